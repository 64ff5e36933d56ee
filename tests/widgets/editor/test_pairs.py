"""Brackets and quotes that close themselves: where they do, and that they are never in the way."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from widgets.editor.codeeditor import CodeEditor


@pytest.fixture
def python(editor: CodeEditor) -> CodeEditor:
    editor.set_language("python")
    editor.pairs.on = True
    return editor


@pytest.mark.parametrize(
    ("typed", "becomes"),
    [
        ("f(a)", "f(a)"),
        ("f(", "f()"),
        ("x = [1, {2}]", "x = [1, {2}]"),
        ("s = 'a'", "s = 'a'"),
        ("don't", "don't"),
        ("f('a", "f('a')"),
        ("# it is a 'word", "# it is a 'word"),
        ('"""doc', '"""doc'),
    ],
)
def test_typing_gives_what_was_typed_and_what_was_missing(
    python: CodeEditor, typed: str, becomes: str
) -> None:
    for letter in typed:
        QTest.keyClicks(python.surface, letter)
        python.surface.colourise(0, -1)
    assert python.text() == becomes


def test_before_a_word_a_bracket_is_typed_alone(python: CodeEditor) -> None:
    python.set_text("word")
    QTest.keyClicks(python.surface, "(")
    assert python.text() == "(word"


def test_a_closer_of_ones_own_is_not_typed_over(python: CodeEditor) -> None:
    python.set_text(")")
    QTest.keyClicks(python.surface, ")")
    assert python.text() == "))"


def test_a_selection_is_surrounded_and_stays_selected(python: CodeEditor) -> None:
    python.set_text("ab cd")
    python.surface.setSelection(2, 0)
    QTest.keyClicks(python.surface, "(")
    assert python.text() == "(ab) cd"
    assert python.selected_words() == "ab"
    python.undo()
    assert python.text() == "ab cd"


def test_backspace_between_the_two_takes_both(python: CodeEditor) -> None:
    QTest.keyClicks(python.surface, "f(")
    QTest.keyClick(python.surface, Qt.Key.Key_Backspace)
    assert python.text() == "f"
    python.set_text("()")
    python.goto(0, 1)
    QTest.keyClick(python.surface, Qt.Key.Key_Backspace)
    assert python.text() == ")"


def test_enter_between_the_two_opens_a_block(editor: CodeEditor) -> None:
    editor.set_language("c")
    editor.pairs.on = True
    QTest.keyClicks(editor.surface, "int f() {")
    QTest.keyClick(editor.surface, Qt.Key.Key_Return)
    QTest.keyClicks(editor.surface, "x;")
    assert editor.text() == "int f() {\n    x;\n}"


def test_a_pair_is_one_step_of_undo_and_prose_keeps_its_apostrophes(editor: CodeEditor) -> None:
    editor.pairs.on = True
    QTest.keyClicks(editor.surface, "'tis (")
    assert editor.text() == "'tis ()"
    editor.undo()
    assert editor.text() == "'tis "
