"""How the text is shown: fonts, themes, folds, wrapping, hidden characters, large files."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from assistant.types import LineSpan
from widgets.editor import hidden
from widgets.editor.codeeditor import CodeEditor
from widgets.editor.detect import Habits, habits
from widgets.editor.surface import MARGIN_FOLDS, MARGIN_NUMBERS
from widgets.hidden import FAR_BLANKS, hides, reveal_code
from widgets.theme import load_theme, rgb

CODE = "def f():\n    if a:\n        b\n    c\n\n\ndef g():\n    d\n"


def test_at_its_usual_size_a_character_is_a_whole_number_of_pixels_wide(
    editor: CodeEditor,
) -> None:
    assert abs(editor.surface.textWidth(32, "0" * 100) - 100 * editor.styling.advance) <= 2


def test_zoom_has_steps_limits_and_a_way_back(editor: CodeEditor) -> None:
    widths = []
    editor.zoom(-99)
    for _ in range(5, 25):
        widths.append(editor.surface.textWidth(32, "0" * 100))
        editor.zoom(1)
    assert widths == sorted(set(widths))
    editor.zoom(99)
    assert editor.styling.advance == 24
    editor.zoom(0)
    assert editor.styling.advance == editor.styling.usual in (8, 9)


@pytest.mark.parametrize("name", ["night", "day", "contrast"])
def test_a_theme_reaches_the_ground_and_the_margins(editor: CodeEditor, name: str) -> None:
    theme = load_theme(name)
    editor.set_text(CODE)
    editor.apply_theme(theme)
    image = editor.surface.viewport().grab().toImage()
    for x in (2, editor.surface.marginWidthN(MARGIN_NUMBERS) + 2, image.width() - 3):
        pixel = image.pixelColor(QPoint(x, image.height() - 5))
        assert (pixel.red(), pixel.green(), pixel.blue()) == rgb(theme.ui["bg"])


def test_the_number_margin_grows_with_the_file(editor: CodeEditor) -> None:
    editor.set_text("a\n")
    small = editor.surface.marginWidthN(MARGIN_NUMBERS)
    editor.surface.replace(0, 0, b"a\n" * 12_000)
    assert editor.surface.marginWidthN(MARGIN_NUMBERS) == small + 2 * editor.styling.advance


def test_a_click_beside_a_definition_folds_it(editor: CodeEditor, qtbot: QtBot) -> None:
    editor.set_language("python")
    editor.set_text(CODE)
    s = editor.surface
    s.colourise(0, -1)
    x = s.text_left() - s.marginWidthN(MARGIN_FOLDS) // 2
    QTest.mouseClick(
        s.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(x, 5)
    )
    assert not s.lineVisible(1)
    assert s.lineVisible(6)
    editor.goto(2, 0)
    assert s.lineVisible(2)


def test_folds_open_and_close_by_command(editor: CodeEditor) -> None:
    editor.set_language("python")
    editor.set_text(CODE)
    s = editor.surface
    s.colourise(0, -1)
    editor.view.fold_all(closed=True)
    assert [s.lineVisible(line) for line in (0, 1, 6, 7)] == [True, False, True, False]
    editor.view.fold_all(closed=False)
    editor.view.toggle_fold(2)
    assert not s.lineVisible(2)
    assert s.lineVisible(1)


def test_long_lines_wrap_when_wanted(editor: CodeEditor, qtbot: QtBot) -> None:
    editor.set_text("word " * 100 + "\nend\n")
    assert editor.surface.wrapCount(0) == 1
    editor.view.set_wrap(True)
    qtbot.waitUntil(lambda: editor.surface.wrapCount(0) > 3)
    editor.view.set_wrap(False)
    assert not editor.view.wraps()


def test_blanks_are_shown_when_wanted(editor: CodeEditor) -> None:
    editor.set_text("a b\tc")
    before = editor.surface.viewport().grab().toImage()
    editor.view.set_whitespace(True)
    assert editor.view.shows_whitespace()
    assert editor.surface.viewport().grab().toImage() != before


def test_changed_and_saved_lines_have_different_marks(editor: CodeEditor) -> None:
    editor.set_text("a\nb\nc\n")
    editor.goto(1, 0)
    QTest.keyClicks(editor.surface, "x")
    modified = editor.surface.markerGet(1)
    editor.set_saved()
    saved = editor.surface.markerGet(1)
    assert editor.surface.markerGet(0) == 0
    assert modified >> 21
    assert saved >> 21
    assert modified != saved


@pytest.mark.parametrize(
    "character", ["\u202e", "\u200b", "\u2066", "\ufeff", "\x85", "\U000e0041"]
)
def test_characters_that_nobody_sees_take_space_in_the_editor(
    editor: CodeEditor, character: str
) -> None:
    editor.set_text(f"a{character}b\n")
    s = editor.surface
    width = s.pointXFromPosition(s.lineEndPosition(0)) - s.pointXFromPosition(0)
    assert width >= 4 * editor.styling.advance


def test_hidden_characters_are_found_and_named() -> None:
    assert hidden.find("a\u202eb\x00c\udc80") == [
        (1, 2, "[RLO]"),
        (3, 4, "[U+0000]"),
        (5, 6, "[x80]"),
    ]
    assert hidden.find("a = 1\t# ü 日 🙂") == []
    assert hidden.find("x" + " " * 300 + "y") == [(1, 301, " [300 blanks] ")]
    assert hidden.find(" " * 60 + "deeply(" + "x" * 40) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", Habits()),
        ("a\r\nb\r\n", Habits("\r\n")),
        ("a\r\nb\n\nc\n", Habits("\n", mixed=True)),
        ("a\n  b\n    c\n", Habits(width=2)),
        ("a\n\tb\n\t\tc\n", Habits(tabs=True)),
        ("a\n    b\n        c\n    d\n    e\n", Habits(width=4)),
    ],
)
def test_a_files_habits_are_read_from_it(text: str, found: Habits) -> None:
    assert habits(text) == found


def test_a_file_of_many_megabytes_is_coloured_while_idle_and_a_huge_one_not_at_all(
    editor: CodeEditor,
) -> None:
    editor.set_language("python")
    editor.set_text("x = 'a'\n" * 300_000)
    assert editor.surface.idleStyling() == 3
    editor.set_text("x = 'a'\n")
    assert editor.surface.idleStyling() == 0
    assert not editor.is_large()
    editor.set_text("x = 'a' + 'some more text in here'\n" * 1_500_000)
    assert editor.is_large()
    assert not editor.styling.roles


HIDDEN_CODES = [
    *range(0x09), 0x0B, *range(0x0E, 0x20), *range(0x7F, 0xA1), 0xAD, 0x34F, 0x61C, 0x115F,
    *range(0x180B, 0x1810), *range(0x2000, 0x2010), *range(0x2028, 0x2030), *range(0x205F, 0x2070),
    0x2800, 0x3164, *range(0xFE00, 0xFE10), 0xFEFF, 0xFFA0, *range(0xFFF0, 0xFFFC), 0x1BCA0,
    *range(0x1D173, 0x1D17B), *range(0xE0000, 0xE0200), 0xE0FFF,
]  # fmt: skip


def test_29_every_letter_that_is_not_seen_or_looks_like_a_space_stands_in_a_box(
    editor: CodeEditor,
) -> None:
    """Typed or pasted after the file was opened, too."""
    s = editor.surface
    editor.set_text("first\n")
    editor.replace_lines(LineSpan(0, 1), [f"a{chr(code)}b\n" for code in HIDDEN_CODES])
    narrow = []
    for line, code in enumerate(HIDDEN_CODES):
        width = s.pointXFromPosition(s.lineEndPosition(line)) - s.pointXFromPosition(
            s.positionFromLine(line)
        )
        if width < 3.5 * editor.styling.advance:
            narrow.append(f"U+{code:04X} {width}")
    assert not narrow


def test_29_every_one_of_them_is_named_in_proposals_and_in_names() -> None:
    for code in HIDDEN_CODES:
        assert hidden.find(f"a{chr(code)}b"), hex(code)
        assert hides(f"a{chr(code)}b") or chr(code).isspace(), hex(code)


def test_29_text_behind_a_run_of_any_blanks_is_drawn_near() -> None:
    for blank in " \t\xa0\u2003\u3000\u2800":
        assert [m.start() for m in FAR_BLANKS.finditer(f"x{blank * 90}y")] == [1]
        assert "⟨90 blanks⟩" in reveal_code(f"x{blank * 90}y")
