"""Completion of words: what is offered, where it is not, and which keys take a word."""

from __future__ import annotations

import statistics
import time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QListWidget

from widgets.editor.codeeditor import CodeEditor
from widgets.theme import load_theme

TEXT = "retry_count = 1\nretries = retry_count\nRetryError = Exception\n"
Key = Qt.Key


@pytest.fixture
def editor(qapp: QApplication, qtbot) -> CodeEditor:
    editor = CodeEditor(load_theme("night"))
    qtbot.addWidget(editor)
    editor.resize(600, 400)
    editor.show()
    qtbot.waitActive(editor)
    editor.set_text(TEXT)
    editor.set_language("python")
    editor.setFocus()
    editor.goto(3)
    return editor


def typed(qtbot, editor: CodeEditor, text: str) -> None:
    for letter in text:
        qtbot.keyClick(editor.surface, letter)


def press(qtbot, editor: CodeEditor, key: Key) -> None:
    qtbot.keyClick(editor.surface, key)


def last_line(editor: CodeEditor) -> str:
    return editor.text().split("\n")[3]


def test_three_letters_bring_the_list_and_tab_takes_the_best(editor: CodeEditor, qtbot) -> None:
    typed(qtbot, editor, "re")
    assert not editor.completion.active()
    typed(qtbot, editor, "t")
    assert editor.completion.active()
    assert editor.completion.choices("ret") == ["retry_count", "retries", "return", "RetryError"]
    press(qtbot, editor, Key.Key_Tab)
    assert last_line(editor) == "retry_count"
    editor.undo()
    assert last_line(editor) in ("ret", "")


def test_enter_ends_the_line_unless_the_list_was_asked_for_or_moved_in(
    editor: CodeEditor, qtbot
) -> None:
    typed(qtbot, editor, "ret")
    press(qtbot, editor, Key.Key_Return)
    assert editor.text() == TEXT + "ret\n"
    typed(qtbot, editor, "ret")
    press(qtbot, editor, Key.Key_Down)
    press(qtbot, editor, Key.Key_Return)
    assert editor.text() == TEXT + "ret\nretries"


def test_asked_for_it_comes_at_once_and_enter_takes(editor: CodeEditor, qtbot) -> None:
    typed(qtbot, editor, "R")
    assert not editor.completion.active()
    editor.completion.ask()
    assert editor.completion.active()
    press(qtbot, editor, Key.Key_Return)
    assert last_line(editor) == "RetryError"


@pytest.mark.parametrize("before", ["# ", '"', '"' * 3 + "\n", "x = 'a "])
def test_in_words_for_people_it_waits_to_be_asked(editor: CodeEditor, qtbot, before: str) -> None:
    editor.pairs.on = False
    editor.surface.replace(len(TEXT), len(TEXT), before.encode())
    editor.surface.gotoPos(len(TEXT) + len(before))
    typed(qtbot, editor, "retr")
    assert not editor.completion.active()
    editor.completion.ask()
    assert editor.completion.active()


def test_escape_closes_only_the_list(editor: CodeEditor, qtbot) -> None:
    typed(qtbot, editor, "ret")
    with qtbot.assertNotEmitted(editor.escaped):
        press(qtbot, editor, Key.Key_Escape)
    assert not editor.completion.active()
    assert last_line(editor) == "ret"


def test_switched_off_nothing_comes_by_itself(editor: CodeEditor, qtbot) -> None:
    editor.completion.on = False
    typed(qtbot, editor, "retr")
    assert not editor.completion.active()
    editor.completion.ask()
    assert editor.completion.active()


def test_inside_a_word_numbers_and_several_carets_nothing_comes(editor: CodeEditor, qtbot) -> None:
    typed(qtbot, editor, "123")
    assert not editor.completion.active()
    editor.surface.gotoPos(2)
    typed(qtbot, editor, "t")
    assert not editor.completion.active()
    editor.surface.setSelection(0, 0)
    editor.surface.addSelection(5, 5)
    typed(qtbot, editor, "ret")
    assert not editor.completion.active()


def test_words_others_know_come_after_those_of_the_text_and_join_an_open_list(
    editor: CodeEditor, qtbot
) -> None:
    with qtbot.waitSignal(editor.completion.words_wished) as wished:
        typed(qtbot, editor, "ret")
    assert wished.args == ["ret"]
    editor.completion.others = frozenset({"return_code", "unrelated"})
    editor.completion.offer("ret", ["retain_all", "retry_count"])
    shown = editor.completion.choices("ret")
    own, told = ["retry_count", "retries"], ["retain_all", "return", "return_code"]
    assert shown == [*own, *told, "RetryError"]
    with qtbot.assertNotEmitted(editor.completion.words_wished):
        typed(qtbot, editor, "a")
    press(qtbot, editor, Key.Key_Tab)
    assert last_line(editor) == "retain_all"


def test_where_only_others_know_words_the_list_comes_with_their_answer(
    editor: CodeEditor, qtbot
) -> None:
    typed(qtbot, editor, "zeb")
    assert not editor.completion.active()
    editor.completion.offer("zeb", ["zebra_count"])
    assert editor.completion.active()
    press(qtbot, editor, Key.Key_Escape)
    editor.completion.offer("zeb", ["zebra_count"])
    assert not editor.completion.active()


def test_the_list_wears_the_theme(editor: CodeEditor, qtbot) -> None:
    typed(qtbot, editor, "ret")
    [shown] = [
        w for w in QApplication.topLevelWidgets() if isinstance(w, QListWidget) and w.isVisible()
    ]
    assert load_theme("night").ui["raised"] in shown.styleSheet()
    assert shown.accessibleName()
    assert QApplication.focusWidget() is editor.surface


def test_a_key_in_ten_thousand_lines_is_answered_within_a_frame(editor: CodeEditor, qtbot) -> None:
    lines = "".join(
        f"value_{n} = compute_{n % 700}(value_{n - 1}, other_{n % 90})\n" for n in range(10_000)
    )
    editor.set_text(lines)
    editor.goto(10_000)
    took = []
    for letter in "compute_":
        begun = time.perf_counter()
        qtbot.keyClick(editor.surface, letter)
        took.append(time.perf_counter() - begun)
    assert editor.completion.active()
    print(f"median {1000 * statistics.median(took):.1f} ms, longest {1000 * max(took):.1f} ms")
