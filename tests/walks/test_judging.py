"""Keep, reject, type between, undo, redo, commit: what each leaves in text, bytes and git."""

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
    git,
    plain,
    repository,
    select_lines,
)

Start = Callable[..., Walk]

LINES = [f"line {number} of the file\n" for number in range(24)]
OLD = "".join(LINES)


def with_lines(changes: dict[int, str], lines: list[str] = LINES) -> str:
    return "".join(changes.get(number, line) for number, line in enumerate(lines))


A, B, C = {2: "line 2, written anew\n"}, {11: "line 11\nand one more\n"}, {20: ""}
NEW = with_lines({**A, **B, **C})


def asked(walk: Walk, name: str = "a.txt") -> Document:
    document = walk.open(name)
    select_lines(document, 0, 24)
    walk.ask("make it better")
    assert walk.states(name) == [PENDING] * 3, walk.ask_bar().status()
    walk.press("Escape")
    walk.until(lambda: walk.work.inline.current() is None)
    return document


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return repository(tmp_path / "project", {"a.txt": OLD, "b.txt": "other\n"})


def test_two_kept_one_rejected_typing_between_save_undo_redo_commit(
    start: Start, folder: Path
) -> None:
    walk = start(folder, Player(fenced(NEW, "")))
    document = asked(walk)
    document.editor.goto(0)
    walk.press("Alt+Return")
    document.editor.goto(7)
    walk.type("typed here\n")
    document.editor.goto(22)
    walk.press("Alt+Return")
    document.editor.goto(0)
    walk.press("Alt+Backspace")
    assert walk.states("a.txt") == [KEPT, REJECTED, KEPT]
    typed = {7: "typed here\n" + LINES[7]}
    expected = with_lines({**A, **typed, **C})
    assert document.editor.text() == expected
    walk.save(document)
    assert walk.disk("a.txt").decode() == expected

    walk.press("Ctrl+Z")  # the second keep
    assert walk.states("a.txt") == [KEPT, REJECTED, PENDING]
    assert document.editor.text() == with_lines({**A, **typed})
    walk.press("Ctrl+Y")
    assert walk.states("a.txt") == [KEPT, REJECTED, KEPT]
    assert document.editor.text() == expected
    assert not document.modified

    walk.commit()
    assert walk.git("show", "HEAD:a.txt") == with_lines({**A, **C})
    assert walk.git("show", ":a.txt") == with_lines({**A, **C})
    assert walk.disk("a.txt").decode() == expected


def test_what_the_person_staged_stays_staged_and_what_they_did_not_stays_out(
    start: Start, folder: Path
) -> None:
    staged = with_lines({6: "staged by hand\n"})
    (folder / "a.txt").write_text(staged)
    (folder / "b.txt").write_text("staged too\n")
    git(folder, "add", "a.txt", "b.txt")
    lines = with_lines({6: "staged by hand\n", 16: "not staged\n"})
    (folder / "a.txt").write_text(lines)
    new = with_lines({6: "staged by hand\n", 16: "not staged\n", **A, **B, **C})
    walk = start(folder, Player(fenced(new, "")))
    asked(walk)
    walk.document("a.txt").editor.goto(0)
    walk.press("Alt+Return", "Alt+Backspace", "Alt+Return")
    walk.commit()
    assert walk.git("show", "HEAD:a.txt") == with_lines({**A, **C})
    assert walk.git("show", ":a.txt") == with_lines({6: "staged by hand\n", **A, **C})
    assert walk.git("show", ":b.txt") == "staged too\n"
    assert walk.git("show", "HEAD:b.txt") == "other\n"
    assert walk.disk("a.txt").decode() == with_lines(
        {6: "staged by hand\n", 16: "not staged\n", **A, **C}
    )


@pytest.mark.parametrize("how", ["Alt+Shift+Backspace", "review bar", "one by one"])
def test_reject_all_leaves_bytes_undo_save_point_and_git_as_they_were(
    start: Start, folder: Path, how: str
) -> None:
    walk = start(folder, Player(fenced(NEW, "")))
    document = walk.open("a.txt")
    before = walk.git("status", "--porcelain=v2", "--branch")
    index = (folder / ".git" / "index").read_bytes()
    asked(walk)
    if how == "review bar":
        walk.click(walk.button(walk.window.review, "Reject all"))
    elif how == "one by one":
        walk.press("Alt+Backspace", "Alt+Backspace", "Alt+Backspace")
    else:
        walk.press(how)
    walk.until(lambda: walk.states("a.txt") == [REJECTED] * 3)
    assert document.editor.text() == OLD
    assert not document.modified
    assert not document.editor.surface.canUndo()
    assert not document.editor.surface.canRedo()
    assert walk.disk("a.txt").decode() == OLD
    assert walk.git("status", "--porcelain=v2", "--branch") == before
    assert (folder / ".git" / "index").read_bytes() == index
    walk.run("Bring rejected hunks of this file back")
    assert walk.states("a.txt") == [PENDING] * 3
    assert document.editor.text() == OLD


def test_keep_all_is_one_step_of_undo(start: Start, folder: Path) -> None:
    walk = start(folder, Player(fenced(NEW, "")))
    document = asked(walk)
    walk.press("Alt+Shift+Return")
    assert document.editor.text() == NEW
    walk.press("Ctrl+Z")
    assert document.editor.text() == OLD
    assert walk.states("a.txt") == [PENDING] * 3
    assert not document.modified


def test_ctrl_enter_keeps_all_only_while_the_review_has_the_keys(
    start: Start, folder: Path
) -> None:
    walk = start(folder, Player(fenced(NEW, "")))
    document = asked(walk)
    document.editor.setFocus()
    document.editor.goto(23)
    walk.press("Ctrl+Backspace")
    assert REJECTED not in walk.states("a.txt")
    walk.press("Ctrl+Alt+R")
    assert walk.focused() is walk.window.review
    walk.press("Ctrl+Return")
    walk.until(lambda: PENDING not in walk.states("a.txt"))
    assert walk.states("a.txt") == [KEPT] * 3


def test_a_second_wish_at_the_same_place_touches_only_its_own_hunks(
    start: Start, folder: Path
) -> None:
    walk = start(folder, Player(fenced(NEW, "")))
    document = walk.open("a.txt")
    select_lines(document, 0, 24)
    walk.ask("make it better")
    walk.press("Alt+Return")
    kept = document.editor.text()
    walk.work.model.reply = fenced(with_lines({**A, 15: "another\n"}), "")  # type: ignore[union-attr]
    walk.press("Ctrl+K")
    walk.type(" again\n")
    walk.settled()
    assert document.editor.text() == kept
    assert walk.states("a.txt") == [KEPT, PENDING]
    walk.press("Alt+Return")
    assert document.editor.text() == with_lines({**A, 15: "another\n"})


def test_without_git_the_review_is_the_same_and_a_repository_is_offered(
    start: Start, tmp_path: Path
) -> None:
    folder = plain(tmp_path / "bare", {"a.txt": OLD})
    walk = start(folder, Player(fenced(NEW, "")))
    document = asked(walk)
    walk.press("Alt+Shift+Return")
    walk.save(document)
    assert walk.disk("a.txt").decode() == NEW
    walk.press("Ctrl+Shift+Return")
    walk.until(lambda: any("not under git" in notice for notice in walk.notices()))
    assert walk.disk("a.txt").decode() == NEW
    assert sorted(path.name for path in folder.iterdir()) == ["a.txt"]


def test_a_reason_and_an_edit_by_hand_reach_the_model_in_the_next_turn(
    start: Start, folder: Path
) -> None:
    model = Player(fenced(NEW, ""))
    walk = start(folder, model)
    document = asked(walk)
    document.editor.goto(0)
    walk.until(lambda: walk.hunk_bars("a.txt"))
    walk.click(walk.hunk_bars("a.txt")[0].why)
    walk.type("too bold\n")
    assert walk.states("a.txt") == [REJECTED, PENDING, PENDING]
    walk.ask("try once more")
    told = model.requests[-1].messages[-1].text
    assert "too bold" in told
    assert "line 2, written anew" in told
    walk.press("Escape")
    walk.ask("and again")
    assert "too bold" not in model.requests[-1].messages[-1].text  # told once


def test_switching_the_branch_with_pending_hunks_asks(start: Start, folder: Path) -> None:
    walk = start(folder, Player(fenced(NEW, "")))
    walk.until(lambda: bool(walk.window.status.text_of("branch")))
    asked(walk)
    walk.git("checkout", "-q", "-b", "elsewhere")
    walk.until(lambda: any("elsewhere" in notice for notice in walk.notices()))
    assert walk.states("a.txt") == [PENDING] * 3
