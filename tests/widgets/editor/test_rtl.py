"""Scripts from right to left can be seen: in lines of their own, in strings and comments."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor

from widgets.editor.codeeditor import CodeEditor


def width(editor: CodeEditor, start: int, end: int) -> int:
    s = editor.surface
    return int(s.pointXFromPosition(end) - s.pointXFromPosition(start))


def ink(editor: CodeEditor, line: int) -> int:
    """How many points of a line are neither ground nor nearly so."""
    s = editor.surface
    image = s.viewport().grab().toImage()
    top = s.pointYFromPosition(s.positionFromLine(line))
    ground = editor.theme.colour("bg")
    found = 0
    for y in range(top, top + s.textHeight(line)):
        for x in range(s.text_left(), image.width() - 20):
            colour = QColor(image.pixel(x, y))
            found += abs(colour.lightness() - ground.lightness()) > 60
    return found


@pytest.mark.parametrize("words", ["שלום עולם", "مرحبا بالعالم"])
def test_a_line_of_its_own_is_as_wide_as_its_letters(editor: CodeEditor, words: str) -> None:
    editor.set_text(f"x\n{words}\n")
    editor.goto(0)
    s = editor.surface
    start, end = s.positionFromLine(1), s.lineEndPosition(1)
    assert width(editor, start, end) > 6 * len(words.split()[0])
    assert ink(editor, 1) > 20


def test_a_string_between_code_takes_its_room(editor: CodeEditor) -> None:
    editor.set_language("python")
    editor.set_text("x = 'שלום'\n# הערה\n")
    editor.surface.colourise(0, -1)
    data = editor.surface.data()
    first = data.index("ש".encode())
    last = data.index(b"'", first)
    assert width(editor, first, last) > 20
    assert width(editor, data.index("ה".encode()), editor.surface.lineEndPosition(1)) > 20
    assert editor.text() == "x = 'שלום'\n# הערה\n"
