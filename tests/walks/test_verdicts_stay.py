"""Verdicts outlive what comes after them: another answer, a closed tab, another folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.document import Document
from tests.walks.harness import (
    KEPT,
    PENDING,
    REJECTED,
    Player,
    Walk,
    fenced,
    repository,
    select_lines,
)

Start = Callable[..., Walk]

LINES = [f"line {number} of the file\n" for number in range(24)]
OLD = "".join(LINES)


def with_lines(changes: dict[int, str]) -> str:
    return "".join(changes.get(number, line) for number, line in enumerate(LINES))


A, B, C = {2: "line 2, written anew\nand longer\n"}, {11: "line 11\n"}, {20: "line 20, too\n"}
NEW = with_lines({**A, **B, **C})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return repository(tmp_path / "project", {"a.txt": OLD, "b.txt": "other\n"})


def asked(walk: Walk) -> Document:
    document = walk.open("a.txt")
    select_lines(document, 0, 24)
    walk.ask("make it better")
    assert walk.states("a.txt") == [PENDING] * 3, walk.ask_bar().status()
    return document


def left(walk: Walk) -> None:
    """The bar is gone."""
    walk.press("Escape")
    walk.until(lambda: walk.work.inline.current() is None)


def test_what_was_kept_before_asking_again_is_still_committed(start: Start, folder: Path) -> None:
    walk = start(folder, Player(fenced(NEW, "")))
    document = asked(walk)
    document.editor.goto(0)
    walk.press("Alt+Return")
    walk.work.model.reply = fenced(with_lines({**A, 15: "another\n"}), "")  # type: ignore[union-attr]
    walk.press("Ctrl+K")
    walk.type(" again\n")
    walk.settled()
    assert walk.states("a.txt") == [KEPT, PENDING]
    assert walk.work.review.count.pending == 1
    walk.press("Alt+Return")
    left(walk)
    walk.commit()
    assert walk.git("show", "HEAD:a.txt") == with_lines({**A, 15: "another\n"})


def test_a_closed_and_opened_tab_shows_the_same_verdicts(start: Start, folder: Path) -> None:
    walk = start(folder, Player(fenced(NEW, "")))
    document = asked(walk)
    left(walk)
    document.editor.goto(0)
    walk.press("Alt+Return")  # A is kept
    document.editor.goto(20)
    walk.press("Alt+Backspace")  # C is rejected
    assert walk.states("a.txt") == [KEPT, PENDING, REJECTED]
    walk.save(document)
    walk.press("Ctrl+W")
    walk.until(lambda: walk.work.documents.current() is None)
    assert walk.work.review.count.words() == "1 of 3 pending"
    again = walk.open("a.txt")
    assert walk.states("a.txt") == [KEPT, PENDING, REJECTED]
    walk.press("Alt+Return")
    assert again.editor.text() == with_lines({**A, **B})
    walk.commit()
    assert walk.git("show", "HEAD:a.txt") == with_lines({**A, **B})


def test_text_that_was_thrown_away_takes_its_kept_hunks_back(start: Start, folder: Path) -> None:
    walk = start(folder, Player(fenced(NEW, "")))
    document = asked(walk)
    left(walk)
    document.editor.goto(0)
    walk.press("Alt+Return")
    walk.press("Ctrl+W")
    walk.until(walk.notices)
    walk.click(walk.button(walk.window.notices, "Close without saving"))
    walk.until(lambda: walk.work.documents.current() is None)
    assert walk.work.review.count.words() == "3 of 3 pending"
    assert not walk.work.review.kept()
    walk.open("a.txt")
    assert walk.states("a.txt") == [PENDING] * 3


def test_another_folder_has_no_hunks_of_the_one_before(
    start: Start, folder: Path, tmp_path: Path
) -> None:
    other = repository(tmp_path / "other", {"a.txt": OLD})
    walk = start(folder, Player(fenced(NEW, "")))
    document = asked(walk)
    document.editor.goto(0)
    walk.press("Alt+Return")
    walk.work.open(other)
    walk.until(lambda: walk.work.project is not None and walk.work.project.root == other)
    walk.open("a.txt")
    assert not walk.work.review.proposals()
    assert walk.work.review.count.pending == 0
    assert walk.states("a.txt") == []
    walk.work.open(folder)
    walk.until(lambda: walk.work.review.count.pending == 2)


def test_a_question_that_proposed_nothing_leaves_nothing_to_follow(
    start: Start, folder: Path
) -> None:
    walk = start(folder, Player("Nothing has to change."))
    document = walk.open("a.txt")
    for question in ("is this right?", "really?"):
        walk.press("Ctrl+L")
        walk.type(question + "\n")
        walk.until(walk.work.conversation.running)
        walk.until(lambda: not walk.work.conversation.running())
    assert not document.diff.follows()
    assert not walk.work.review.proposals()


def test_deciding_looks_at_the_proposals_of_that_file_alone(start: Start, folder: Path) -> None:
    walk = start(folder, Player(fenced(NEW, "")))
    other = walk.open("b.txt")
    walk.work.model.reply = fenced("another\n", "")  # type: ignore[union-attr]
    select_lines(other, 0, 1)
    walk.ask("make it better")
    left(walk)
    walk.work.model.reply = fenced(NEW, "")  # type: ignore[union-attr]
    document = asked(walk)
    left(walk)
    assert walk.work.review.count.words() == "4 of 4 pending, 2 files"
    untouched = next(p for p in walk.work.review.proposals() if p.path == "b.txt")
    counted = untouched.tally
    document.editor.goto(0)
    walk.press("Alt+Return", "Alt+Backspace")
    assert walk.work.review.count.words() == "2 of 4 pending, 2 files"
    assert untouched.tally is counted  # not even counted anew


def test_what_is_settled_leaves_the_table_and_undo_brings_it_back(
    start: Start, folder: Path
) -> None:
    walk = start(folder, Player(fenced(NEW, "")))
    document = asked(walk)
    left(walk)
    walk.press("Alt+Shift+Backspace")
    assert walk.states("a.txt") == [REJECTED] * 3
    assert not walk.work.review.proposals()
    walk.run("Bring rejected hunks")
    assert walk.work.review.count.words() == "3 of 3 pending"
    walk.press("Alt+Shift+Return")
    walk.commit()
    assert not walk.work.review.proposals()
    document.editor.setFocus()
    walk.press("Ctrl+Z")
    assert walk.states("a.txt") == [PENDING] * 3
    assert walk.work.review.count.pending == 3
