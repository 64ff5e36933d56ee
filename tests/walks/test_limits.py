"""The limit of a day, in the window: one clear sentence, nothing sent, and the way to raise it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QDoubleSpinBox

from assistant.models.ledger import Account, Ledger
from assistant.settings import load
from assistant.types import Usage
from tests.peers.raw import Heard, Line, RawServer
from tests.walks.conftest import Start
from tests.walks.harness import (
    PENDING,
    Walk,
    connected,
    places_in,
    raw_peer,
    repository,
    select_lines,
)
from tests.walks.test_sending import STOP, peer_named, said, sse

CODE = "def area(r):\n    return 3 * r * r\n"
SENTENCE = "The limit of $1.00 for today is reached. Nothing was sent."


async def answers(_heard: Heard, line: Line) -> None:
    reply = "```python\ndef area(r):\n    return 3.14 * r * r\n```\n"
    usage = {"prompt_tokens": 900, "completion_tokens": 9}
    await line.stream(sse(said(reply), STOP, usage=usage) + b"data: [DONE]\n\n")


def posts(peer: RawServer) -> int:
    return sum(heard.method == "POST" for heard in peer.heard)


def spent(home: Path, dollars: float) -> None:
    ledger = Ledger(places_in(home).data / "ledger.sqlite")
    ledger.enter(Account(edit="before"), "gpt-4o", Usage(input=1, cost=dollars), "complete")
    ledger.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return repository(tmp_path / "project", {"a.py": CODE})


def raise_to(walk: Walk, tmp_path: Path, dollars: int) -> None:
    """In the field that has the keys now."""
    walk.until(lambda: isinstance(walk.focused(), QDoubleSpinBox))
    field = walk.focused()
    assert isinstance(field, QDoubleSpinBox)
    assert field.value() == 1.0
    walk.until(lambda: field.visibleRegion().boundingRect() == field.rect())  # in sight
    walk.press("Ctrl+A")
    walk.type(f"{dollars}\n")
    walk.until(lambda: load(places_in(tmp_path / "home").settings)[0].cap_per_day == dollars)


def test_an_edit_over_the_limit_of_the_day_sends_nothing_and_goes_on_once_it_is_raised(
    folder: Path, tmp_path: Path, start: Start
) -> None:
    with raw_peer(answers) as peer:
        connected(tmp_path / "home", peer_named(peer.url), cap_per_day=1.0)
        spent(tmp_path / "home", 1.5)
        walk = start(folder)
        document = walk.open("a.py")
        select_lines(document, 0, 2)
        walk.begin("use pi")
        walk.settled()
        assert SENTENCE in walk.ask_bar().status()
        assert posts(peer) == 0
        bar = walk.ask_bar()
        walk.click(walk.button(bar, "Raise the limit"))
        raise_to(walk, tmp_path, 5)
        walk.press("Escape")
        walk.until(lambda: walk.window.stack.currentWidget() is document.editor)
        walk.click(walk.button(bar, "Try again"))
        walk.until(lambda: walk.states("a.py") == [PENDING])
        assert posts(peer) == 1


def test_a_question_over_the_limit_says_so_in_the_panel(
    folder: Path, tmp_path: Path, start: Start
) -> None:
    with raw_peer(answers) as peer:
        connected(tmp_path / "home", peer_named(peer.url), cap_per_day=1.0)
        spent(tmp_path / "home", 1.5)
        walk = start(folder)
        walk.press("Ctrl+L")
        walk.type("what is area?\n")
        walk.until(lambda: not walk.work.conversation.running())
        panel = walk.window.panel
        walk.until(lambda: any("Raise the limit" in b.text() for b in buttons(walk)))
        assert posts(peer) == 0
        walk.click(walk.button(panel, "Raise the limit"))
        raise_to(walk, tmp_path, 3)
        walk.click(walk.button(panel, "Try again"))
        walk.until(lambda: posts(peer) == 1)


def test_the_page_of_what_was_spent_says_the_limit_and_leads_to_it(
    folder: Path, tmp_path: Path, start: Start
) -> None:
    with raw_peer(answers) as peer:
        connected(tmp_path / "home", peer_named(peer.url), cap_per_day=1.0)
        spent(tmp_path / "home", 1.5)
        walk = start(folder)
        walk.run("What was spent")
        page = walk.program.pages._spending_page
        assert page is not None
        walk.until(lambda: "The cap for a day is $1.00" in page.words())
        assert "Today: $1.50" in page.words()
        walk.click(walk.button(page, "Change the limit"))
        raise_to(walk, tmp_path, 2)


@pytest.mark.parametrize("title", ["Settings", "Connect a model", "What was spent"])
def test_escape_leaves_every_page(folder: Path, start: Start, title: str) -> None:
    walk = start(folder)
    document = walk.open("a.py")
    walk.run(title)
    walk.until(lambda: walk.window.stack.currentWidget() is not document.editor)
    walk.press("Escape")
    walk.until(lambda: walk.window.stack.currentWidget() is document.editor)


def buttons(walk: Walk):  # type: ignore[no-untyped-def]
    from PySide6.QtWidgets import QAbstractButton

    return [b for b in walk.window.panel.findChildren(QAbstractButton) if b.isVisible()]
