"""Indenting, commenting, carets, braces: what typing and the commands on lines do."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from widgets.editor.codeeditor import CodeEditor


def type_in(editor: CodeEditor, text: str) -> None:
    for character in text:
        if character == "\n":
            QTest.keyClick(editor.surface, Qt.Key.Key_Return)
        else:
            QTest.keyClicks(editor.surface, character)


@pytest.mark.parametrize(
    ("language", "typed", "becomes"),
    [
        ("python", "def f():\nreturn 1\nx", "def f():\n    return 1\nx"),
        ("python", "if a:  # why:\nb\nc", "if a:  # why:\n    b\n    c"),
        ("javascript", "f() {\na;\n}\nb", "f() {\n  a;\n}\nb"),
        ("go", "func f() {\nx()\n}\n", "func f() {\n\tx()\n}\n"),
        ("plain", "  a:\nb", "  a:\n  b"),
        ("yaml", "a:\nb: 1\nc", "a:\n  b: 1\n  c"),
    ],
)
def test_a_new_line_is_indented_as_the_language_wants(
    editor: CodeEditor, language: str, typed: str, becomes: str
) -> None:
    editor.set_language(language)
    type_in(editor, typed)
    assert editor.text() == becomes


def test_enter_between_braces_opens_a_block(editor: CodeEditor) -> None:
    editor.set_language("c")
    editor.set_text("int f() {}")
    editor.goto(0, 9)
    type_in(editor, "\nx;")
    assert editor.text() == "int f() {\n    x;\n}"


def test_new_lines_end_as_the_others_do(editor: CodeEditor) -> None:
    editor.set_text("a\r\nb\r\n")
    editor.goto(0, 1)
    type_in(editor, "\nx")
    assert editor.text() == "a\r\nx\r\nb\r\n"


def test_the_file_decides_on_tabs_and_width(editor: CodeEditor) -> None:
    editor.set_language("python")
    editor.set_text("if a:\n  b\n  if c:\n    d\n")
    editor.goto(3, 5)
    type_in(editor, "\nif e:\nf")
    assert editor.text().endswith("    d\n    if e:\n      f\n")
    editor.set_text("if a:\n\tb\n")
    editor.goto(1, 2)
    type_in(editor, "\nif c:\nd")
    assert editor.text() == "if a:\n\tb\n\tif c:\n\t\td\n"


@pytest.mark.parametrize(
    ("language", "text", "commented"),
    [
        ("python", "if a:\n    b\n\n    c\n", "# if a:\n#     b\n\n#     c\n"),
        ("rust", "  a\n    b\n", "  // a\n  //   b\n"),
        ("css", "a { b: c }\n", "/* a { b: c } */\n"),
        ("html", "<b>\n</b>\n", "<!-- <b>\n</b> -->\n"),
    ],
)
def test_a_comment_is_put_on_and_taken_off(
    editor: CodeEditor, language: str, text: str, commented: str
) -> None:
    editor.set_language(language)
    editor.set_text(text)
    editor.surface.selectAll()
    editor.lines.toggle_comment()
    assert editor.text() == commented
    editor.surface.selectAll()
    editor.lines.toggle_comment()
    assert editor.text() == text
    editor.undo()
    editor.undo()
    assert editor.text() == text
    assert not editor.surface.canUndo()


def test_lines_move_join_repeat_and_go(editor: CodeEditor) -> None:
    editor.set_text("a\nb\nc\n")
    editor.goto(0)
    QTest.keyClick(editor.surface, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert editor.text() == "b\na\nc\n"
    editor.lines.move(down=False)
    assert editor.text() == "a\nb\nc\n"
    editor.lines.duplicate()
    assert editor.text() == "a\na\nb\nc\n"
    editor.lines.join()
    assert editor.text().startswith("a a\n")
    editor.lines.delete()
    assert editor.text() == "b\nc\n"


def test_line_ends_are_converted_in_one_undo(editor: CodeEditor) -> None:
    editor.set_text("a\r\nb\nc")
    editor.lines.set_line_ends("\n")
    assert editor.text() == "a\nb\nc"
    editor.undo()
    assert editor.text() == "a\r\nb\nc"


def test_one_more_occurrence_is_selected_each_time(editor: CodeEditor) -> None:
    editor.set_text("cat dog cat catalogue cat\n")
    editor.goto(0, 1)
    for _ in range(3):
        QTest.keyClick(editor.surface, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    assert editor.carets.count() == 3
    QTest.keyClicks(editor.surface, "x")
    assert editor.text() == "x dog x xalogue cat\n"
    QTest.keyClick(editor.surface, Qt.Key.Key_Escape)
    assert editor.carets.count() == 1


def test_all_occurrences_and_lines_get_carets(editor: CodeEditor) -> None:
    editor.set_text("ab\nab\nab\n")
    editor.goto(0, 0)
    editor.carets.add_all()
    assert editor.carets.count() == 3
    assert editor.carets.single()
    assert not editor.carets.single()
    editor.goto(0, 1)
    editor.carets.add_line(1)
    editor.carets.add_line(1)
    QTest.keyClicks(editor.surface, "-")
    assert editor.text() == "a-b\na-b\na-b\n"


def test_alt_and_click_sets_a_caret(editor: CodeEditor) -> None:
    editor.set_text("one\ntwo\nthree\n")
    editor.goto(0, 0)
    s = editor.surface
    there = s.positionFromLine(2) + 2
    point = QPoint(s.pointXFromPosition(there) + 1, s.pointYFromPosition(there) + 5)
    QTest.mouseClick(
        s.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.AltModifier, point
    )
    QTest.keyClicks(s, "#")
    assert editor.text() == "#one\ntwo\nth#ree\n"


def test_a_brace_finds_its_partner_beside_bytes_that_are_no_text(editor: CodeEditor) -> None:
    editor.set_text("\udcff(a [b])\udcff\n")
    for column in range(11):
        editor.goto(0, column)
    s = editor.surface
    assert s.braceMatch(1, 0) == 7


def test_blanks_at_line_ends_go_in_one_step(editor: CodeEditor) -> None:
    editor.set_text("a  \r\n\t\r\n b\t \r\n  c")
    editor.lines.trim()
    assert editor.text() == "a\r\n\r\n b\r\n  c"
    editor.undo()
    assert editor.text() == "a  \r\n\t\r\n b\t \r\n  c"


def test_the_matching_bracket_is_gone_to_and_back(editor: CodeEditor) -> None:
    editor.set_text("f(a[1], b)")
    editor.goto(0, 1)
    editor.carets.to_bracket()
    assert editor.caret() == (0, 9)
    editor.carets.to_bracket()
    assert editor.caret() == (0, 1)
