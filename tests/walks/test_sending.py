"""What a person sees of what leaves: chips, price, X-ray, caps, and what stays here."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication, QImage

from assistant.models.connection import Connection
from assistant.types import Autonomy
from tests.peers.raw import Heard, Line
from tests.walks.conftest import Start
from tests.walks.harness import Walk, connected, raw_peer, repository, select_lines
from widgets.controls import Button

CODE = "def area(r):\n    return 3 * r * r\n\n\nprint(area(1))\n"
SECRET = "the canary laid an egg"


def sse(*choices: dict[str, object], usage: dict[str, object] | None = None) -> bytes:
    events: list[dict[str, object]] = [{"choices": [choice]} for choice in choices]
    if usage is not None:
        events.append({"choices": [], "usage": usage})
    return "".join(f"data: {json.dumps(event)}\n\n" for event in events).encode()


def said(text: str) -> dict[str, object]:
    return {"index": 0, "delta": {"content": text}}


STOP: dict[str, object] = {"index": 0, "delta": {}, "finish_reason": "stop"}


async def answers(_heard: Heard, line: Line) -> None:
    usage = {
        "prompt_tokens": 900,
        "completion_tokens": 9,
        "prompt_tokens_details": {"cached_tokens": 400},
    }
    await line.stream(sse(said("It is **3**."), STOP, usage=usage) + b"data: [DONE]\n\n")


def peer_named(url: str, model: str = "gpt-4o") -> Connection:
    return Connection("peer", "chat", f"{url}/v1", model, preset="openai")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {"a.py": CODE, ".env": f"TOKEN={SECRET}\n", "AGENTS.md": "Use tabs.\n"}
    return repository(tmp_path / "shop", files)


def write(walk: Walk, text: str) -> None:
    """Words into the panel's field."""
    walk.window.panel.composer.focus()
    walk.until(lambda: walk.focused() is walk.window.panel.composer.edit)
    walk.type(text)


def test_the_price_stands_beside_send_and_what_was_sent_opens_from_the_answer(
    folder: Path, tmp_path: Path, start: Start
) -> None:
    with raw_peer(answers) as peer:
        connected(tmp_path / "home", peer_named(peer.url))
        walk = start(folder)
        walk.open("a.py")
        composer = walk.window.panel.composer
        write(walk, "what is area?")
        walk.until(lambda: "$" in composer.forecast.text())
        assert composer.forecast.text().startswith("≈ ")
        assert "–" in composer.forecast.text()
        planned = composer.forecast.parcel()
        assert planned is not None
        assert "/ 128k" in walk.window.status.text_of("context")
        walk.press("Return")
        assert composer.edit.text() == ""
        walk.until(lambda: not walk.work.conversation.running())
        [heard] = [h for h in peer.heard if h.method == "POST"]
        show = next(
            b
            for b in walk.window.panel.transcript.findChildren(Button)
            if b.accessibleName() == "Show what was sent"
        )
        walk.click(show)
        page = walk.window.stack.currentWidget
        walk.until(lambda: page().accessibleName() == "What will be sent")
        xray = walk.work.sending._page
        assert xray is not None
        walk.until(lambda: xray.list.rows())
        sent = [piece.text for piece in xray._pieces.values() if not piece.stays]
        assert sent == [portion.text for portion in planned.portions]
        everything = "\n".join(m["content"] for m in heard.json["messages"])
        assert all(text in everything for text in sent)
        assert not xray._add.isVisible()


def test_lines_copied_in_an_editor_keep_their_place_when_they_are_pasted(
    folder: Path, tmp_path: Path, start: Start
) -> None:
    with raw_peer(answers) as peer:
        connected(tmp_path / "home", peer_named(peer.url))
        walk = start(folder)
        document = walk.open("a.py")
        select_lines(document, 0, 2)
        walk.press("Ctrl+C")
        walk.until(lambda: "3 * r" in QGuiApplication.clipboard().text())
        composer = walk.window.panel.composer
        composer.autonomy.choose(Autonomy.ASK.value)
        write(walk, "why ")
        walk.press("Ctrl+V")
        walk.until(lambda: composer.chips.mentions())
        [mention] = composer.chips.mentions()
        assert (mention.kind, mention.value) == ("paste", "a.py")
        assert mention.span is not None
        assert (mention.span.start, mention.span.end) == (0, 2)
        assert composer.edit.text() == "why"
        QGuiApplication.clipboard().setText("other words")
        walk.press("Ctrl+V")
        assert composer.edit.text() == "why other words"


def test_a_pasted_picture_is_a_chip_and_a_blind_model_says_so_before_it_is_sent(
    folder: Path, tmp_path: Path, start: Start
) -> None:
    with raw_peer(answers) as peer:
        connected(tmp_path / "home", peer_named(peer.url, "gpt-3.5-turbo"))
        walk = start(folder)
        composer = walk.window.panel.composer
        picture = QImage(3000, 1500, QImage.Format.Format_RGB32)
        picture.fill(0x3366CC)
        QGuiApplication.clipboard().setImage(picture)
        write(walk, "what is this?")
        walk.press("Ctrl+V")
        walk.until(lambda: composer.chips.mentions())
        [mention] = composer.chips.mentions()
        assert mention.text.startswith("1568 × 784 · ≈ 1.6k tokens")
        walk.until(lambda: "does not see images" in composer.status())
        walk.press("Return")
        walk.until(lambda: not walk.work.conversation.running())
        assert not [heard for heard in peer.heard if heard.method == "POST"]


def test_the_cap_of_an_edit_stops_the_stream_with_one_sentence(
    folder: Path, tmp_path: Path, start: Start
) -> None:
    written: list[int] = []

    async def endless(_heard: Heard, line: Line) -> None:
        await line.head(200, content_type="text/event-stream")
        for number in range(20_000):
            written.append(number)
            await line.send(sse(said(f"line {number} of many words\n")))
            await asyncio.sleep(0.002)

    with raw_peer(endless) as peer:
        connected(tmp_path / "home", peer_named(peer.url), cap_per_edit=0.02)
        walk = start(folder)
        select_lines(walk.open("a.py"), 0, 2)
        walk.begin("use pi")
        walk.settled()
        assert "The limit of $0.02" in walk.ask_bar().status()
        assert "is reached" in walk.ask_bar().status()
        walk.until(lambda: peer.closed == peer.connections)
        price = walk.ask_bar().forecast.parcel()
        assert price is not None
        assert price.terms.rate is not None
        tokens = 0.02 / (price.terms.rate * 4)
        assert len(written) < tokens, "output costs four times the input; each piece is some tokens"


def test_lines_of_a_secret_file_stay_and_one_sentence_says_why(
    folder: Path, tmp_path: Path, start: Start
) -> None:
    with raw_peer(answers) as peer:
        connected(tmp_path / "home", peer_named(peer.url))
        walk = start(folder)
        select_lines(walk.open(".env"), 0, 1)
        walk.begin("rotate it")
        walk.settled()
        assert ".env stays on this machine: it is an environment file" in walk.ask_bar().status()
        assert not [heard for heard in peer.heard if heard.method == "POST"]


def test_the_kinds_of_mentions_complete_by_keys(folder: Path, tmp_path: Path, start: Start) -> None:
    with raw_peer(answers) as peer:
        connected(tmp_path / "home", peer_named(peer.url))
        walk = start(folder)
        edit = walk.window.panel.composer.edit
        write(walk, "see @")
        walk.until(edit.popup_open)
        labels = [item.label for item in edit._list().list.items()]
        assert labels[:8] == [
            "@file:",
            "@folder:",
            "@symbol:",
            "@commit:",
            "@image:",
            "@diff",
            "@problems",
            "@terminal",
        ]
        walk.type("comm")
        walk.until(lambda: [i.label for i in edit._list().list.items()][:1] == ["@commit:"])
        walk.press("Return")

        def known() -> bool:
            """The index may still be reading the history: ask until it has."""
            edit.mentions_requested.emit("commit:")
            return [item.detail for item in edit._list().list.items()] == ["start"]

        walk.until(known)
        walk.press("Tab")
        [mention] = walk.window.panel.composer.chips.mentions()
        assert mention.kind == "commit"
        assert edit.text() == "see"
