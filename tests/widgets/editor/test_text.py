"""Text in and out, places, undo, saving, and what the signals say."""

from __future__ import annotations

import threading
from pathlib import PurePosixPath

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from assistant.types import LineSpan, split_lines
from widgets.editor.codeeditor import CodeEditor
from widgets.editor.surface import decode, encode
from widgets.theme import load_theme

ODD = "\ufeffa\0b\r\nü日🙂\udcff\udc80\rlast\u2028one\x0c"


def test_every_byte_comes_back(editor: CodeEditor) -> None:
    editor.set_text(ODD)
    assert editor.text() == ODD
    assert editor.surface.data() == ODD.encode("utf-8", "surrogateescape")
    assert editor.surface.line_count() == len(split_lines(ODD)) == 3


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.binary(max_size=60))
def test_any_bytes_survive_the_editor(editor: CodeEditor, data: bytes) -> None:
    editor.set_text(decode(data))
    assert editor.surface.data() == data
    assert encode(editor.text()) == data
    assert editor.surface.line_count() == len(split_lines(decode(data)))


def test_a_surrogate_that_stands_for_no_byte_becomes_a_replacement() -> None:
    assert encode("a\ud83db\udc80") == b"a\xef\xbf\xbdb\x80"


def test_setting_text_starts_anew(editor: CodeEditor, qtbot: QtBot) -> None:
    editor.set_text("one\n")
    QTest.keyClicks(editor.surface, "x")
    assert editor.is_modified()
    with qtbot.waitSignal(editor.saved_state_changed) as changed:
        editor.set_text("two\n")
    assert changed.args == [False]
    assert not editor.is_modified()
    assert not editor.surface.canUndo()
    assert editor.caret() == (0, 0)


def test_a_snapshot_carries_the_number_of_edits(editor: CodeEditor) -> None:
    path = PurePosixPath("a.py")
    editor.set_text("one\n")
    before = editor.snapshot(path)
    QTest.keyClicks(editor.surface, "xy")
    after = editor.snapshot(path)
    assert (before.text, after.text) == ("one\n", "xyone\n")
    assert after.version > before.version
    assert editor.snapshot(path) == after


def test_the_selection_is_whole_lines(editor: CodeEditor) -> None:
    editor.set_text("one\ntwo\nthree\nfour")
    s = editor.surface
    s.setSelection(s.positionFromLine(2), s.positionFromLine(1) + 1)
    assert editor.selected_span() == LineSpan(1, 2)
    s.setSelection(s.positionFromLine(2) + 1, s.positionFromLine(1))
    assert editor.selected_span() == LineSpan(1, 3)
    s.selectAll()
    assert editor.selected_span() == LineSpan(0, 4)
    editor.goto(2, 1)
    assert editor.selected_span() == LineSpan(2, 2)


@pytest.mark.parametrize(
    ("line", "column", "lands"),
    [
        (1, 2, (1, 2)),
        (1, 99, (1, 3)),
        (99, 0, (3, 0)),
        (-1, 0, (0, 0)),
        (2, 4, (2, 4)),
        (0, 3, (0, 3)),
    ],
)
def test_columns_are_characters(
    editor: CodeEditor, line: int, column: int, lands: tuple[int, int]
) -> None:
    editor.set_text("one\nüé日\n🙂\udcffab\nend")
    editor.goto(line, column)
    assert editor.caret() == lands


def test_replacing_lines_is_one_undo(editor: CodeEditor) -> None:
    editor.set_text("a\nb\nc\n")
    editor.replace_lines(LineSpan(1, 2), ["x\n", "y\n"])
    assert editor.text() == "a\nx\ny\nc\n"
    editor.replace_lines(LineSpan(4, 4), ["z\n"])
    assert editor.text() == "a\nx\ny\nc\nz\n"
    editor.undo()
    editor.undo()
    assert editor.text() == "a\nb\nc\n"
    editor.redo()
    assert editor.text() == "a\nx\ny\nc\n"


def test_signals_tell_of_edits_and_places(editor: CodeEditor, qtbot: QtBot) -> None:
    editor.set_text("".join(f"{n}\n" for n in range(300)))
    with qtbot.waitSignals([editor.text_changed, editor.caret_moved, editor.saved_state_changed]):
        QTest.keyClicks(editor.surface, "q")
    with qtbot.waitSignal(editor.saved_state_changed) as saved:
        editor.set_saved()
    assert saved.args == [False]
    with qtbot.waitSignal(editor.scrolled):
        editor.surface.lineScroll(0, 40)
    with qtbot.waitSignal(editor.caret_moved) as moved:
        editor.goto(7, 1)
    assert moved.args == [7, 1]


def test_a_read_only_text_can_be_set_but_not_typed_in(editor: CodeEditor) -> None:
    editor.set_read_only(True)
    editor.set_text("fixed")
    QTest.keyClicks(editor.surface, "x")
    assert editor.text() == "fixed"


def test_another_thread_fills_a_large_document(editor: CodeEditor, qtbot: QtBot) -> None:
    line = "naïve = 'ü' \udcfe\r\n".encode("utf-8", "surrogateescape")
    chunk = line * 20_000
    editor.set_language("python")
    QTest.keyClicks(editor.surface, "before")
    loader = editor.loader(len(chunk) * 20)
    counts: list[int] = []
    thread = threading.Thread(target=lambda: counts.append(loader.fill(chunk for _ in range(20))))
    thread.start()
    thread.join()
    with qtbot.waitSignal(editor.text_changed):
        editor.adopt(loader)
    assert counts == [len(chunk) * 20]
    assert editor.surface.length() == len(chunk) * 20
    assert editor.surface.data(0, len(line)) == line
    assert editor.habits.eol == "\r\n"
    assert not editor.is_modified()
    assert not editor.surface.canUndo()
    editor.goto(399_999, 3)
    assert editor.caret() == (399_999, 3)
    QTest.keyClicks(editor.surface, "x")
    assert editor.is_modified()
    editor.undo()
    assert not editor.is_modified()


def test_a_loader_that_is_not_wanted_gives_its_memory_back(editor: CodeEditor) -> None:
    loader = editor.loader(10)
    loader.fill([b"abc"])
    loader.discard()
    loader.discard()
    assert editor.text() == ""


def test_the_keyboard_goes_to_the_text(editor: CodeEditor, qtbot: QtBot) -> None:
    QTest.keyClick(editor.surface, Qt.Key.Key_A)
    assert editor.text() == "a"
    assert editor.focusProxy() is editor.surface


def test_a_place_gone_to_before_the_first_paint_is_on_screen(qtbot: QtBot) -> None:
    editor = CodeEditor(load_theme("night"))
    qtbot.addWidget(editor)
    editor.set_text("".join(f"{n}\n" for n in range(44)))
    editor.resize(400, 20)
    editor.goto(13)
    s = editor.surface
    s.setSel(s.positionFromLine(13), s.positionFromLine(24))
    editor.resize(600, 700)
    editor.show()
    qtbot.waitExposed(editor)
    first = s.firstVisibleLine()
    assert first <= 13
    assert s.docLineFromVisible(first + s.linesOnScreen()) > 24
