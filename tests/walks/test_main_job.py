"""The main job: ask, judge, save, commit, undo; text, bytes and git are compared at each point."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.document import Document
from tests.walks.harness import (
    KEPT,
    LONG_MS,
    PENDING,
    REJECTED,
    Walk,
    repository,
    select_lines,
)

Start = Callable[..., Walk]


def function(name: str, word: str, comment: str = "") -> str:
    """Eight lines in which ``word`` stands in two, next to each other."""
    body = f"def {name}({word}):\n    result = {word} + 1\n"
    more = "".join(f"    # step {n} of {name}\n" for n in range(3))
    return body + comment + more + "    return result\n\n\n"


OLD = function("first", "total") + function("middle", "total") + function("last", "total")
ONE_AND_THREE = function("first", "amount") + function("middle", "total")
ONE_AND_THREE += function("last", "amount")
TYPED = "    # mine\n"
ONE_AND_THREE_TYPED = function("first", "amount") + function("middle", "total", TYPED)
ONE_AND_THREE_TYPED += function("last", "amount")
WISH = "replace 'total' with 'amount'"


@pytest.fixture
def walk(start: Start, tmp_path: Path) -> Walk:
    return start(repository(tmp_path / "shop", {"till.py": OLD, "note.txt": "one\n"}))


def asked(walk: Walk) -> Document:
    """The file with three pending hunks, nothing else changed."""
    document = walk.open("till.py")
    walk.press("Ctrl+A")
    walk.ask(WISH)
    assert walk.states("till.py") == [PENDING] * 3, walk.ask_bar().status()
    assert document.editor.text() == OLD
    assert not document.modified
    assert walk.disk("till.py").decode() == OLD
    assert walk.git("status", "--porcelain") == ""
    return document


def test_ctrl_k_to_commit_and_back_by_keyboard_alone(walk: Walk) -> None:
    document = asked(walk)
    head = walk.git("rev-parse", "HEAD")

    walk.press("Alt+Return", "Alt+Backspace", "Alt+Return")
    assert walk.states("till.py") == [KEPT, REJECTED, KEPT]
    assert document.editor.text() == ONE_AND_THREE
    assert walk.disk("till.py").decode() == OLD

    walk.press("Escape")  # leaves the bar: the keys are the editor's again
    walk.until(lambda: walk.work.inline.current() is None)
    assert walk.focused() is document.editor.surface
    walk.press("Ctrl+Home", *["Down"] * 10)
    walk.type("    # mine\n")
    assert document.editor.text() == ONE_AND_THREE_TYPED

    walk.save(document)
    assert walk.disk("till.py").decode() == ONE_AND_THREE_TYPED

    for _ in range(2):
        before = document.editor.text()
        while document.editor.text() == before:
            walk.press("Ctrl+Z")
    assert document.modified
    while document.editor.surface.canRedo():
        walk.press("Ctrl+Y")
    assert document.editor.text() == ONE_AND_THREE_TYPED
    assert not document.modified
    assert walk.states("till.py") == [KEPT, REJECTED, KEPT]

    commit = walk.commit()
    committed(walk, commit, head)

    walk.run("Undo the last commit")
    taken_back(walk, head)


def test_ctrl_k_to_commit_and_back_by_mouse(walk: Walk) -> None:
    document = walk.open("till.py")
    head = walk.git("rev-parse", "HEAD")
    select_lines(document, 0, document.editor.surface.lineCount())
    walk.run("edit selection generate")
    walk.type(WISH)
    walk.click(walk.button(walk.ask_bar(), "Send"))
    walk.settled()
    assert walk.states("till.py") == [PENDING] * 3

    walk.click(walk.button(walk.ask_bar(), "Leave"))
    walk.until(lambda: len(walk.hunk_bars("till.py")) == 3)
    walk.click(walk.hunk_bars("till.py")[1].reject)
    walk.until(lambda: len(walk.hunk_bars("till.py")) == 2)
    walk.click(walk.hunk_bars("till.py")[0].keep)
    assert walk.states("till.py") == [KEPT, REJECTED, PENDING]
    walk.click(walk.button(walk.window.review, "Keep all"))
    walk.until(lambda: walk.states("till.py") == [KEPT, REJECTED, KEPT])
    assert not walk.window.review.isVisible()
    document.editor.goto(10)
    document.editor.setFocus()
    walk.type(TYPED)
    assert document.editor.text() == ONE_AND_THREE_TYPED

    assert walk.message() == "2 hunks kept"
    walk.click(walk.button(walk.window.status, "2 hunks kept: commit"))
    walk.until(walk.window.commit_box.isVisible)
    with walk.bot.waitSignal(walk.work.commits.committed, timeout=LONG_MS) as done:
        walk.click(walk.button(walk.window.commit_box, "Commit"))
    committed(walk, done.args[0].commit, head)

    assert walk.message().startswith("committed ")
    walk.click(walk.button(walk.window.status, walk.message() + ": undo"))
    taken_back(walk, head)


def committed(walk: Walk, commit: str, head: str) -> None:
    """HEAD and index hold the kept hunks alone; the disk also what was typed."""
    assert walk.git("rev-parse", "HEAD").strip() == commit
    assert walk.git("rev-parse", "HEAD^") == head
    assert walk.git("show", "HEAD:till.py") == ONE_AND_THREE
    assert walk.git("show", ":till.py") == ONE_AND_THREE
    assert walk.disk("till.py").decode() == ONE_AND_THREE_TYPED
    assert walk.git("status", "--porcelain") == " M till.py\n"
    assert walk.git("log", "-1", "--format=%an <%ae>").strip() == "Ada Person <ada@example.invalid>"
    assert "built-in edits" in walk.git("log", "-1", "--format=%B")


def taken_back(walk: Walk, head: str) -> None:
    """Branch and index are as before; files keep everything and can be committed again."""
    walk.until(lambda: "undone" in walk.message())
    assert walk.git("rev-parse", "HEAD") == head
    assert walk.git("show", ":till.py") == OLD
    assert walk.disk("till.py").decode() == ONE_AND_THREE_TYPED
    assert walk.document("till.py").editor.text() == ONE_AND_THREE_TYPED
    again = walk.commit()
    assert walk.git("show", f"{again}:till.py") == ONE_AND_THREE
