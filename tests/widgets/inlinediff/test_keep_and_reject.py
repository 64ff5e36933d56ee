"""Keeping, rejecting, undoing: what happens to the bytes, the undo stack and the states."""

from __future__ import annotations

import random

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from assistant.types import HunkState
from tests.widgets.inlinediff.conftest import NEW, OLD, PATH, Propose, change_of
from widgets.editor.codeeditor import CodeEditor
from widgets.inlinediff.inlinediff import Counts, InlineDiff

PENDING, KEPT, REJECTED = HunkState.PENDING, HunkState.KEPT, HunkState.REJECTED


def test_a_pending_hunk_touches_neither_text_nor_undo_nor_save_point(
    editor: CodeEditor, diff: InlineDiff, propose: Propose
) -> None:
    propose()
    assert editor.text() == OLD
    assert not editor.surface.canUndo()
    assert not editor.is_modified()
    assert diff.counts() == Counts(pending=5)


def test_rejecting_all_leaves_no_trace(
    editor: CodeEditor, diff: InlineDiff, propose: Propose
) -> None:
    propose()
    assert diff.reject_all() == 5
    s = editor.surface
    assert editor.text() == OLD
    assert not s.canUndo()
    assert not editor.is_modified()
    assert not any(s.annotationLines(line) for line in range(s.lineCount()))


def test_a_keep_is_one_undo_which_brings_the_hunk_back_and_redo_keeps_again(
    editor: CodeEditor, diff: InlineDiff, propose: Propose, qtbot: QtBot
) -> None:
    propose()
    decided, reopened = [], []
    diff.hunk_decided.connect(decided.append)
    diff.hunk_reopened.connect(reopened.append)
    assert diff.keep(3)
    assert "FetchError" in editor.text()
    assert diff.states()[3] is KEPT
    QTest.keyClick(editor.surface, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert editor.text() == OLD
    assert not editor.surface.canUndo()
    assert set(diff.states().values()) == {PENDING}
    QTest.keyClick(editor.surface, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert diff.states()[3] is KEPT
    assert [hunk.id for hunk in decided] == [3, 3]
    assert [hunk.id for hunk in reopened] == [3]


def test_keeping_all_gives_the_new_text_in_one_undo(
    editor: CodeEditor, diff: InlineDiff, propose: Propose
) -> None:
    propose()
    assert diff.keep_all() == 5
    assert editor.text() == NEW
    editor.undo()
    assert editor.text() == OLD
    assert not editor.surface.canUndo()
    assert set(diff.states().values()) == {PENDING}
    editor.redo()
    assert editor.text() == NEW
    assert set(diff.states().values()) == {KEPT}


def test_keeping_in_any_order_gives_the_new_text_and_undoing_all_the_old(
    editor: CodeEditor, diff: InlineDiff, propose: Propose
) -> None:
    order = random.Random(1)
    for _ in range(12):
        propose()
        ids = list(range(1, 6))
        order.shuffle(ids)
        for number in ids:
            assert diff.keep(number)
        assert editor.text() == NEW
        while editor.surface.canUndo():
            editor.undo()
        assert editor.text() == OLD
        assert set(diff.states().values()) == {PENDING}
        diff.reject_all()
        diff.forget_decided()


def test_a_rejected_hunk_can_be_restored(
    editor: CodeEditor, diff: InlineDiff, propose: Propose
) -> None:
    propose()
    assert diff.reject(2)
    assert not diff.keep(2)
    assert diff.states()[2] is REJECTED
    assert diff.restore_rejected() == 1
    assert diff.states()[2] is PENDING
    assert diff.keep(2)
    assert "import httpx" in editor.text()


def test_undoing_a_keep_after_typing_above_restores_the_hunk_in_its_place(
    editor: CodeEditor, diff: InlineDiff, propose: Propose
) -> None:
    propose()
    diff.keep(4)
    editor.goto(0, 0)
    QTest.keyClicks(editor.surface, "# a")
    editor.undo()
    assert diff.states()[4] is KEPT
    editor.undo()
    assert editor.text() == OLD
    assert diff.states()[4] is PENDING
    diff.keep_all()
    assert editor.text() == NEW


def test_editing_kept_text_does_not_reopen_the_hunk(
    editor: CodeEditor, diff: InlineDiff, propose: Propose
) -> None:
    propose()
    diff.keep(2)
    line = editor.text().split("\n").index("import httpx")
    editor.goto(line, 12)
    QTest.keyClicks(editor.surface, "x")
    assert diff.states()[2] is KEPT
    assert [hunk.new for hunk in diff.hunks() if hunk.id == 2] == [("import httpxx\n",)]


def test_keeping_while_it_streams_holds_when_later_hunks_arrive(
    editor: CodeEditor, diff: InlineDiff
) -> None:
    change = change_of(OLD, NEW)
    diff.begin(editor.snapshot(PATH), "a")
    for count in range(1, 6):
        shown = change.hunks[:count]
        diff.show_change(type(change)(change.base, shown), "a")
        assert diff.keep(count)
    assert editor.text() == NEW
    for _ in range(5):
        editor.undo()
    assert editor.text() == OLD


def test_a_streaming_hunk_can_not_be_kept_but_shows(editor: CodeEditor, diff: InlineDiff) -> None:
    diff.begin(editor.snapshot(PATH), "a")
    diff.show_change(change_of(OLD, NEW, HunkState.STREAMING), "a")
    assert not diff.keep(1)
    assert diff.keep_all() == 0
    assert diff.counts().streaming == 5
    assert editor.surface.annotationLines(11) == 8


def test_hunks_that_the_run_takes_back_disappear(
    editor: CodeEditor, diff: InlineDiff, propose: Propose
) -> None:
    change = propose()
    diff.keep(1)
    diff.show_change(type(change)(change.base, change.hunks[3:4]), "a")
    assert diff.states() == {1: KEPT, 4: PENDING}


def test_asking_again_supersedes_only_the_same_prompt(
    editor: CodeEditor, diff: InlineDiff, propose: Propose
) -> None:
    propose(OLD.replace("import os\n", "import sys\n"), prompt="a", first_id=1)
    propose(OLD.replace("TIMEOUT = 10", "TIMEOUT = 20"), prompt="b", first_id=10)
    propose(OLD.replace("import os\n", "import re\n"), prompt="a", first_id=20)
    assert diff.states() == {1: HunkState.SUPERSEDED, 20: PENDING, 10: PENDING}
    diff.keep_all()
    assert "import re\n" in editor.text()
    assert "TIMEOUT = 20" in editor.text()
    assert "import sys" not in editor.text()


def test_another_prompt_over_the_same_lines_is_a_conflict_until_the_first_is_decided(
    editor: CodeEditor, diff: InlineDiff, propose: Propose
) -> None:
    propose(OLD.replace("import os\n", "import sys\n"), prompt="a", first_id=1)
    propose(OLD.replace("import os\n", "import re\n"), prompt="b", first_id=2)
    assert diff.states() == {1: PENDING, 2: HunkState.CONFLICTED}
    diff.reject(1)
    assert diff.states() == {1: REJECTED, 2: PENDING}


def test_review_mode_rejects_by_one_edit_and_keeps_without_one(
    editor: CodeEditor, diff: InlineDiff
) -> None:
    editor.set_text(NEW)
    change = change_of(OLD, NEW)
    diff.begin(change.base, "agent", "review")
    diff.show_change(change, "agent")
    assert editor.text() == NEW
    assert diff.keep(1)
    assert not editor.surface.canUndo()
    assert diff.reject(2)
    assert "import requests\n" in editor.text()
    diff.reject_all()
    assert editor.text() == OLD.replace("import os\n", "")
    editor.undo()
    editor.undo()
    assert editor.text() == NEW
    assert diff.states() == {1: KEPT, 2: PENDING, 3: PENDING, 4: PENDING, 5: PENDING}


def test_restoring_in_review_mode_puts_the_text_back(editor: CodeEditor, diff: InlineDiff) -> None:
    editor.set_text(NEW)
    change = change_of(OLD, NEW)
    diff.begin(change.base, "agent", "review")
    diff.show_change(change, "agent")
    diff.reject_all()
    assert editor.text() == OLD
    assert diff.restore_rejected() == 5
    assert editor.text() == NEW
    assert diff.counts() == Counts(pending=5)


def test_nothing_is_kept_in_a_read_only_text(
    editor: CodeEditor, diff: InlineDiff, propose: Propose
) -> None:
    propose()
    editor.set_read_only(True)
    assert not diff.keep(1)
    assert diff.keep_all() == 0
    assert diff.counts() == Counts(pending=5)
    assert diff.reject(1)


def test_an_empty_file_can_be_filled_and_a_full_one_emptied(
    editor: CodeEditor, diff: InlineDiff, propose: Propose
) -> None:
    editor.set_text("")
    propose("a = 1\nb = 2\n", prompt="new")
    assert editor.surface.annotationLines(0) == 2
    diff.keep_all()
    assert editor.text() == "a = 1\nb = 2\n"
    propose("", prompt="gone")
    diff.keep_all()
    assert editor.text() == ""
    editor.undo()
    editor.undo()
    assert editor.text() == ""


def test_lines_before_the_first_and_behind_the_last(
    editor: CodeEditor, diff: InlineDiff, propose: Propose
) -> None:
    new = "#!/usr/bin/env python\n" + OLD + "main()\n"
    propose(new)
    text = editor.surface.annotationText(0).data()
    assert text.startswith(b"#!/usr/bin/env python\n")
    diff.keep(2)
    diff.keep(1)
    assert editor.text() == new
    propose(OLD, prompt="back")
    diff.keep_all()
    assert editor.text() == OLD


def test_line_ends_byte_order_mark_and_bad_bytes_survive(
    editor: CodeEditor, diff: InlineDiff, propose: Propose
) -> None:
    old = "\ufeffone\r\ntwo\udcff\r\nthree\rfour\nfive"
    editor.set_text(old)
    propose(old.replace("three\r", "3\r"))
    diff.keep_all()
    assert editor.text() == old.replace("three\r", "3\r")
    assert editor.surface.data() == b"\xef\xbb\xbfone\r\ntwo\xff\r\n3\rfour\nfive"


def test_what_was_decided_in_an_earlier_session_stays_decided(
    editor: CodeEditor, diff: InlineDiff
) -> None:
    change = change_of(OLD, NEW)
    kept = change.with_states({1: KEPT, 2: REJECTED})
    editor.set_text(kept.applied())
    said: list[object] = []
    diff.hunk_decided.connect(said.append)
    diff.begin(kept.base, "a")
    diff.show_change(kept, "a")
    assert diff.states() == {1: KEPT, 2: REJECTED, 3: PENDING, 4: PENDING, 5: PENDING}
    assert said == []
    diff.keep_all()
    assert editor.text() == NEW.replace("import httpx", "import requests")


def test_the_first_of_many_prompts_can_still_be_undone(
    editor: CodeEditor, diff: InlineDiff, propose: Propose
) -> None:
    for turn in range(50):
        propose(f"# {turn}\n" + editor.text(), prompt=f"p{turn}", first_id=turn)
        assert diff.keep(turn)
    assert editor.text().startswith("# 49\n# 48\n")
    for _ in range(50):
        editor.undo()
    assert editor.text() == OLD
    assert diff.counts().kept == 0
    assert diff.states()[0] is PENDING


def test_the_same_proposal_twice_is_one(
    editor: CodeEditor, diff: InlineDiff, propose: Propose
) -> None:
    first = propose(prompt="a")
    propose(prompt="b", first_id=101)
    states = diff.states("a")
    assert set(states.values()) == {HunkState.SUPERSEDED}
    assert set(diff.states("b").values()) == {HunkState.PENDING}
    assert diff.keep_all() == len(first.hunks)
    assert editor.text() == NEW
