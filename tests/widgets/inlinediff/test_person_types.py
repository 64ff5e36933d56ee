"""The person types while hunks are open: their characters stay theirs."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from assistant.types import FileChange, HunkState
from tests.widgets.inlinediff.conftest import NEW, OLD, PATH, Propose, change_of
from widgets.editor.codeeditor import CodeEditor
from widgets.inlinediff.hunkbar import HunkBar
from widgets.inlinediff.inlinediff import InlineDiff

PENDING, CONFLICTED = HunkState.PENDING, HunkState.CONFLICTED


def type_at(editor: CodeEditor, line: int, column: int, text: str) -> None:
    editor.goto(line, column)
    for character in text:
        if character == "\n":
            QTest.keyClick(editor.surface, Qt.Key.Key_Return)
        else:
            QTest.keyClicks(editor.surface, character)


def test_typing_elsewhere_moves_the_hunks_along(
    editor: CodeEditor, diff: InlineDiff, propose: Propose
) -> None:
    propose()
    type_at(editor, 0, 0, "x = 1\ny = 2\n")
    type_at(editor, 8, 0, "z = 3\n")
    assert set(diff.states().values()) == {PENDING}
    spans = {hunk.id: hunk.base.start for hunk in diff.hunks()}
    assert spans == {1: 3, 2: 5, 3: 11, 4: 16, 5: 21}
    diff.keep_all()
    assert editor.text().startswith("x = 1\ny = 2\n")
    rest = editor.text().removeprefix("x = 1\ny = 2\n")
    assert rest.replace("z = 3\n", "") == NEW


def test_typing_before_the_hunks_arrive_is_followed_too(
    editor: CodeEditor, diff: InlineDiff
) -> None:
    diff.begin(editor.snapshot(PATH), "a")
    type_at(editor, 0, 0, "first\n")
    type_at(editor, 7, 0, "second\n")
    diff.show_change(change_of(OLD, NEW), "a")
    assert set(diff.states().values()) == {PENDING}
    diff.keep_all()
    assert editor.text().replace("first\n", "").replace("second\n", "") == NEW


def test_an_edit_inside_a_hunk_that_merges_is_kept_with_it(
    editor: CodeEditor, diff: InlineDiff
) -> None:
    old = "a = 1\nb = 2\nc = 3\nd = 4\ne = 5\n"
    editor.set_text(old)
    diff.begin(editor.snapshot(PATH), "p")
    change = change_of(old, "a = 10\nb = 2\nc = 3\nd = 4\ne = 50\n")
    whole = change.hunks[0]
    joined = type(whole)(
        1,
        type(whole.base)(0, 5),
        tuple(change.base.lines()),
        ("a = 10\n", "b = 2\n", "c = 3\n", "d = 4\n", "e = 50\n"),
    )
    diff.show_change(FileChange(change.base, (joined,)), "p")
    type_at(editor, 2, 5, "3")
    assert diff.states() == {1: PENDING}
    assert diff.hunks()[0].new[2] == "c = 33\n"
    assert diff.keep(1)
    assert editor.text() == "a = 10\nb = 2\nc = 33\nd = 4\ne = 50\n"
    editor.undo()
    assert editor.text() == old.replace("c = 3", "c = 33")
    assert diff.states() == {1: PENDING}


def test_an_edit_that_touches_the_same_words_conflicts_and_keeping_keeps_both(
    editor: CodeEditor, diff: InlineDiff, propose: Propose
) -> None:
    propose()
    type_at(editor, 3, 15, "XX")
    assert diff.states()[2] is CONFLICTED
    assert diff.keep_all() == 4
    assert "import requestsXX\n" in editor.text()
    assert diff.keep(2)
    assert "import requestsXX\nimport httpx\n" in editor.text()
    editor.undo()
    assert diff.states()[2] is CONFLICTED


def test_undoing_the_conflicting_edit_makes_the_hunk_pending_again(
    editor: CodeEditor, diff: InlineDiff, propose: Propose
) -> None:
    propose()
    type_at(editor, 3, 15, "XX")
    assert diff.states()[2] is CONFLICTED
    while editor.surface.canUndo():
        editor.undo()
    assert diff.states()[2] is PENDING


def test_using_the_proposal_in_a_conflict_replaces_the_lines_in_one_undo(
    editor: CodeEditor, diff: InlineDiff, propose: Propose
) -> None:
    propose()
    type_at(editor, 3, 15, "XX")
    diff.refresh()
    bars = editor.findChildren(HunkBar)
    bar = next(bar for bar in bars if bar.isVisible() and bar.replace.isVisible())
    bar.replace.click()
    assert "requestsXX" not in editor.text()
    assert "import httpx\n" in editor.text()
    editor.undo()
    assert "import requestsXX\n" in editor.text()


def test_deleting_what_a_hunk_changes_is_a_conflict_and_undo_heals_it(
    editor: CodeEditor, diff: InlineDiff, propose: Propose
) -> None:
    propose()
    s = editor.surface
    s.setSelection(s.positionFromLine(14), s.positionFromLine(7))
    QTest.keyClick(s, Qt.Key.Key_Delete)
    states = diff.states()
    assert states[3] is CONFLICTED
    editor.undo()
    assert set(diff.states().values()) == {PENDING}
    diff.keep_all()
    assert editor.text() == NEW


def test_doing_by_hand_what_a_hunk_proposes_counts_as_kept(
    editor: CodeEditor, diff: InlineDiff, propose: Propose
) -> None:
    propose()
    s = editor.surface
    s.setSelection(s.positionFromLine(2), s.positionFromLine(1))
    QTest.keyClick(s, Qt.Key.Key_Delete)
    assert diff.states()[1] is HunkState.KEPT


def test_joining_the_lines_around_an_insertion_conflicts_and_never_cuts_a_line(
    editor: CodeEditor, diff: InlineDiff, propose: Propose
) -> None:
    editor.set_text("one\ntwo\n")
    propose("one\nnew\ntwo\n")
    editor.goto(1, 0)
    QTest.keyClick(editor.surface, Qt.Key.Key_Backspace)
    assert diff.states() == {1: CONFLICTED}
    diff.keep(1)
    assert editor.text() == "onetwo\nnew\n"


def test_a_line_typed_right_under_or_over_a_hunk_is_not_in_it(
    editor: CodeEditor, diff: InlineDiff, propose: Propose
) -> None:
    propose()
    type_at(editor, 3, 15, "\nunder = 1")
    assert diff.states()[2] is PENDING
    type_at(editor, 3, 0, "over = 1\n")
    assert diff.states()[2] is PENDING
    diff.keep_all()
    assert "over = 1\nimport httpx\nunder = 1\n" in editor.text()
    while editor.surface.canUndo():
        editor.undo()
    assert editor.text() == OLD
    assert set(diff.states().values()) == {PENDING}


def test_find_and_copy_see_only_real_text(
    editor: CodeEditor, diff: InlineDiff, propose: Propose
) -> None:
    propose()
    assert editor.surface.search(0, editor.surface.length(), b"FetchError", 0) is None
    editor.surface.selectAll()
    editor.surface.copy()
    assert "FetchError" not in QGuiApplication.clipboard().text()


def test_the_caret_walks_over_the_proposal(
    editor: CodeEditor, diff: InlineDiff, propose: Propose
) -> None:
    propose()
    editor.goto(3, 0)
    QTest.keyClick(editor.surface, Qt.Key.Key_Down)
    assert editor.caret() == (4, 0)
