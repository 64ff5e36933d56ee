"""What one sees: rows, colours, buttons, the prompt's place, a screen that stands still."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from assistant.types import FileChange, Hunk, HunkState, LineSpan, split_lines
from tests.widgets.inlinediff.conftest import NEW, OLD, PATH, Propose, change_of
from widgets.editor.codeeditor import CodeEditor
from widgets.inlinediff.hunkbar import HunkBar
from widgets.inlinediff.inlinediff import InlineDiff
from widgets.theme import load_theme, rgb


def bars(editor: CodeEditor) -> list[HunkBar]:
    return [bar for bar in editor.findChildren(HunkBar) if bar.isVisible()]


def rows_under(editor: CodeEditor, line: int) -> list[str]:
    text: bytes = editor.surface.annotationText(line).data()
    return text.decode("utf-8", "surrogateescape").split("\n") if text else []


def colour_at(editor: CodeEditor, line: int, row: int = 0) -> tuple[int, int, int]:
    """The background at the right end of a line, or of a row of its annotation."""
    s = editor.surface
    y = s.pointYFromPosition(s.positionFromLine(line)) + row * s.textHeight(0) + 2
    pixel = s.viewport().grab().toImage().pixelColor(QPoint(s.viewport().width() // 2, y))
    return pixel.red(), pixel.green(), pixel.blue()


@pytest.mark.parametrize("theme", ["night", "day", "contrast"])
def test_red_and_green_reach_the_edge_in_the_themes_own_tints(
    editor: CodeEditor, diff: InlineDiff, propose: Propose, theme: str
) -> None:
    chosen = load_theme(theme)
    editor.apply_theme(chosen)
    propose()
    close = 3  # of 255, for rounding

    def near(found: tuple[int, int, int], wanted: str) -> bool:
        return all(abs(a - b) <= close for a, b in zip(found, rgb(wanted), strict=True))

    assert near(colour_at(editor, 10), chosen.ui["del"])
    assert near(colour_at(editor, 11, row=3), chosen.ui["add"])
    assert near(colour_at(editor, 7), chosen.ui["bg"])


def test_a_proposal_has_the_colours_of_its_language_and_marks_words(
    editor: CodeEditor, diff: InlineDiff, propose: Propose
) -> None:
    propose()
    styles: bytes = editor.surface.annotationStyles(3).data()
    assert rows_under(editor, 3) == ["import httpx"]
    keyword, name = styles[0], styles[7]
    assert len(set(styles[:6])) == 1
    assert keyword != name
    assert name >= 48
    assert keyword < 48


def test_every_line_has_a_sign_beside_its_colour(
    editor: CodeEditor, diff: InlineDiff, propose: Propose, qtbot: QtBot
) -> None:
    s = editor.surface
    left, width = s.marginWidthN(0) + s.marginWidthN(1) + 4, s.marginWidthN(2) - 4

    def ink(line: int, row: int) -> int:
        y = s.pointYFromPosition(s.positionFromLine(line)) + row * s.textHeight(0)
        image = s.viewport().grab().toImage()
        ground = QColor(editor.theme.ui["bg"])
        points = ((x, y + dy) for x in range(left, left + width) for dy in range(s.textHeight(0)))
        return sum(image.pixelColor(x, at) != ground for x, at in points)

    before = ink(10, 0)
    propose()
    assert before == 0
    assert ink(10, 0) > 4
    assert ink(11, 3) > 4
    assert ink(7, 0) == 0


def test_the_buttons_keep_and_reject(
    editor: CodeEditor, diff: InlineDiff, propose: Propose, qtbot: QtBot
) -> None:
    propose()
    found = bars(editor)
    assert len(found) == 5
    assert found[1].keep.accessibleName() == "Keep change at line 4, pending"
    qtbot.mouseClick(found[1].keep, Qt.MouseButton.LeftButton)
    assert "import httpx" in editor.text()
    qtbot.mouseClick(bars(editor)[0].reject, Qt.MouseButton.LeftButton)
    assert "import os" in editor.text()
    assert len(bars(editor)) == 3


def test_a_reason_is_typed_on_reject(
    editor: CodeEditor, diff: InlineDiff, propose: Propose, qtbot: QtBot
) -> None:
    propose()
    bar = bars(editor)[2]
    qtbot.mouseClick(bar.why, Qt.MouseButton.LeftButton)
    QTest.keyClicks(bar.reason, "too long")
    with qtbot.waitSignal(diff.reason_given) as given:
        QTest.keyClick(bar.reason, Qt.Key.Key_Return)
    reason = given.args[0]
    assert (reason.hunk.id, reason.prompt, reason.text) == (3, "a", "too long")
    assert diff.states()[3] is HunkState.REJECTED


def test_the_buttons_move_with_the_text(
    editor: CodeEditor, diff: InlineDiff, propose: Propose, qtbot: QtBot
) -> None:
    editor.resize(900, 200)
    propose()
    s = editor.surface
    first = bars(editor)[0].y()
    s.lineScroll(0, 1)
    qtbot.waitUntil(lambda: bars(editor)[0].y() == first - s.textHeight(0))


def test_a_streaming_hunk_has_no_buttons_until_it_is_final(
    editor: CodeEditor, diff: InlineDiff
) -> None:
    change = change_of(OLD, NEW)
    first, *_ = change.hunks
    diff.begin(editor.snapshot(PATH), "a")
    growing = Hunk(2, change.hunks[1].base, change.hunks[1].old, (), HunkState.STREAMING)
    diff.show_change(FileChange(change.base, (first, growing)), "a")
    assert [bar.keep.accessibleName() for bar in bars(editor)] == ["Keep change at line 2, pending"]


def test_next_goes_through_the_undecided_and_around(
    editor: CodeEditor, diff: InlineDiff, propose: Propose
) -> None:
    propose()
    diff.reject(2)

    def ids(step: Callable[[], Hunk | None], times: int) -> list[int]:
        found = [step() for _ in range(times)]
        return [hunk.id for hunk in found if hunk is not None]

    assert ids(diff.next, 5) == [1, 3, 4, 5, 1]
    assert ids(diff.previous, 2) == [5, 4]
    current = diff.current()
    assert current is not None
    assert current.id == 4
    diff.keep(4)
    following = diff.current()
    assert following is not None
    assert following.id == 5


def test_growth_above_the_screen_does_not_move_the_text_on_it(
    editor: CodeEditor, diff: InlineDiff
) -> None:
    text = "".join(f"line {n}\n" for n in range(600))
    editor.set_text(text)
    s = editor.surface
    s.setFirstVisibleLine(300)
    top = s.docLineFromVisible(s.firstVisibleLine())
    diff.begin(editor.snapshot(PATH), "a")
    old = split_lines(text)[100:140]
    new: tuple[str, ...] = ()
    for n in range(60):
        new = (*new, f"new line {n}\n")
        hunk = Hunk(1, LineSpan(100, 140), old, new, HunkState.STREAMING)
        diff.show_change(FileChange(editor.snapshot(PATH), (hunk,)), "a")
        assert s.docLineFromVisible(s.firstVisibleLine()) == top
    final = Hunk(1, LineSpan(100, 140), old, new)
    diff.show_change(FileChange(editor.snapshot(PATH), (final,)), "a")
    assert s.docLineFromVisible(s.firstVisibleLine()) == top
    diff.keep(1)
    now = s.docLineFromVisible(s.firstVisibleLine())
    assert editor.text().split("\n")[now] == f"line {top}"
    editor.undo()
    diff.refresh()


def test_rows_far_from_the_screen_are_blank_until_they_come_near(
    editor: CodeEditor, diff: InlineDiff
) -> None:
    editor.set_text("a = 1\nb = 2\n")
    new = "a = 1\n" + "".join(f"x{n} = {n}\n" for n in range(3000)) + "b = 2\n"
    diff.begin(editor.snapshot(PATH), "a")
    diff.show_change(change_of(editor.text(), new), "a")
    rows = rows_under(editor, 0)
    assert len(rows) == 3000
    assert rows[0] == "x0 = 0"
    assert rows[2000] == " "
    editor.surface.setFirstVisibleLine(1990)
    QTest.qWait(0)
    assert rows_under(editor, 0)[2000] == "x2000 = 2000"


def test_folded_lines_open_for_their_hunks(
    editor: CodeEditor, diff: InlineDiff, propose: Propose
) -> None:
    s = editor.surface
    s.colourise(0, -1)
    editor.view.fold_all(closed=True)
    assert not s.lineVisible(13)
    propose()
    assert s.lineVisible(13)
    assert s.lineVisible(18)


def test_wrapped_lines_carry_their_rows_below_all_their_parts(
    editor: CodeEditor, diff: InlineDiff, propose: Propose, qtbot: QtBot
) -> None:
    editor.view.set_wrap(True)
    old = "word " * 120 + "\nend\n"
    editor.set_text(old)
    qtbot.waitUntil(lambda: editor.surface.wrapCount(0) > 2)
    propose("other\nend\n")
    ground = rgb(editor.theme.ui["add"])
    found = colour_at(editor, 0, row=editor.surface.wrapCount(0))
    assert all(abs(a - b) <= 3 for a, b in zip(found, ground, strict=True))


def test_hidden_characters_and_far_text_are_shown_by_name_in_a_proposal(
    editor: CodeEditor, diff: InlineDiff, propose: Propose
) -> None:
    editor.set_text("a = 1\n")
    propose("a = 1\nif x:\u202e # \u200b\n\ty = 2" + " " * 200 + "; steal()\x07\n")
    assert rows_under(editor, 0) == [
        "if x:[RLO] # [ZWSP]",
        "    y = 2 [200 blanks] ; steal()[U+0007]",
    ]


def test_29_a_flood_of_blank_lines_is_one_row_with_its_number_until_it_is_asked_for(
    editor: CodeEditor, diff: InlineDiff, propose: Propose
) -> None:
    editor.set_text("a = 1\n")
    new = "a = 1\nb = 2\n" + "\n" * 3000 + "import evil\n" + " \n\t\n" * 10 + "\n\n\nc = 3\n"
    propose(new)
    folded = ["b = 2", "⟨3000 blank lines⟩", "import evil", "⟨23 blank lines⟩", "c = 3"]
    assert rows_under(editor, 0) == folded
    (bar,) = bars(editor)
    assert bar.blanks.text() == "Show 3000 blank lines"
    assert bar.blanks.focusPolicy() & Qt.FocusPolicy.TabFocus
    bar.blanks.click()
    assert len(rows_under(editor, 0)) == 3026
    assert bar.blanks.text() == "Fold blank lines"
    bar.blanks.click()
    assert rows_under(editor, 0) == folded
    diff.keep_all()
    assert editor.text() == new


def test_a_few_blank_lines_stay_as_they_are(
    editor: CodeEditor, diff: InlineDiff, propose: Propose
) -> None:
    editor.set_text("a = 1\n")
    propose("a = 1\n\n\n\nb = 2\n")
    assert len(rows_under(editor, 0)) == 4
    (bar,) = bars(editor)
    assert not bar.blanks.isVisible()


def test_different_line_ends_are_named(
    editor: CodeEditor, diff: InlineDiff, propose: Propose
) -> None:
    editor.set_text("a = 1\nb = 2\n")
    propose("a = 1\r\nb = 2")
    assert rows_under(editor, 1) == ["a = 1 [CRLF]", "b = 2 [no line end]"]


def test_the_prompt_keeps_its_place_while_text_grows_above_and_below(
    editor: CodeEditor, diff: InlineDiff, qtbot: QtBot
) -> None:
    text = "".join(f"line {n}\n" for n in range(300))
    editor.set_text(text)
    s = editor.surface
    s.setFirstVisibleLine(95)
    prompt = QLabel("prompt")
    prompt.setMinimumHeight(60)
    diff.open_prompt(prompt, LineSpan(100, 104))
    place = prompt.y()
    assert place > s.pointYFromPosition(s.positionFromLine(100))
    diff.begin(editor.snapshot(PATH), "a")
    lines = split_lines(text)
    for count in range(1, 20):
        new = tuple(f"new {n}\n" for n in range(count))
        above = Hunk(1, LineSpan(97, 97), (), new, HunkState.STREAMING)
        below = Hunk(2, LineSpan(101, 103), lines[101:103], new, HunkState.STREAMING)
        diff.show_change(FileChange(editor.snapshot(PATH), (above, below)), "a")
        editor.surface.setEmptySelection(count)  # the program's own doing
        assert prompt.y() == place
    with qtbot.waitSignal(diff.slot.released):
        QTest.keyClick(s, Qt.Key.Key_PageDown)
    assert not diff.slot.holding
    assert diff.slot.close() is prompt
    prompt.deleteLater()


def test_typing_at_a_proposals_line_lays_the_rows_anew(
    editor: CodeEditor, diff: InlineDiff, propose: Propose, qtbot: QtBot
) -> None:
    propose(OLD.replace("TIMEOUT = 10\n", "TIMEOUT = 10\nRETRIES = 3\n"))
    assert rows_under(editor, 5) == ["RETRIES = 3"]
    editor.goto(5, 12)
    QTest.keyClick(editor.surface, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: rows_under(editor, 6) == ["RETRIES = 3"])
    assert rows_under(editor, 5) == []
    editor.undo()
    qtbot.waitUntil(lambda: rows_under(editor, 5) == ["RETRIES = 3"])
    assert rows_under(editor, 6) == []


def test_a_move_leads_to_its_other_half(editor: CodeEditor, diff: InlineDiff, qtbot: QtBot) -> None:
    lines = split_lines(OLD)
    out = Hunk(1, LineSpan(1, 2), lines[1:2], (), moved=2)
    into = Hunk(2, LineSpan(4, 4), (), lines[1:2], moved=1)
    diff.begin(editor.snapshot(PATH), "a")
    diff.show_change(FileChange(editor.snapshot(PATH), (out, into)), "a")
    first = next(bar for bar in bars(editor) if bar.moved.isVisible())
    qtbot.mouseClick(first.moved, Qt.MouseButton.LeftButton)
    current = diff.current()
    assert current is not None
    assert current.id == 2


def test_dangers_are_written_on_the_hunk(editor: CodeEditor, diff: InlineDiff) -> None:
    lines = split_lines(OLD)
    hunk = Hunk(1, LineSpan(0, len(lines)), lines, (), flags=("empties-file",))
    diff.begin(editor.snapshot(PATH), "a")
    diff.show_change(FileChange(editor.snapshot(PATH), (hunk,)), "a")
    assert [bar.note.text() for bar in bars(editor)] == ["⚠ empties the file"]


def test_a_new_theme_and_a_new_language_are_taken_over(
    editor: CodeEditor, diff: InlineDiff, propose: Propose, qtbot: QtBot
) -> None:
    propose()
    before: bytes = editor.surface.annotationStyles(11).data()
    editor.set_language("plain")
    qtbot.waitUntil(lambda: editor.surface.annotationStyles(11).data() != before)
    editor.apply_theme(load_theme("day"))
    bar = bars(editor)[0]
    qtbot.waitUntil(lambda: load_theme("day").ui["raised"] in bar.styleSheet())
    assert colour_at(editor, 7) == rgb(load_theme("day").ui["bg"])


def test_no_seams_show_at_a_fractional_scale(
    editor: CodeEditor, diff: InlineDiff, propose: Propose
) -> None:
    propose()
    view = editor.surface.viewport()
    image = QImage(view.size() * 1.5, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(1.5)
    image.fill(QColor("white"))
    view.render(image)
    brightest = max(rgb(editor.theme.ui["add"]) + rgb(editor.theme.ui["del"]))
    left, right = round(610 * 1.5), round(620 * 1.5)
    for y in range(0, image.height(), 1):
        for x in (left, right):
            pixel = image.pixelColor(x, y)
            assert max(pixel.red(), pixel.green(), pixel.blue()) <= brightest + 8, (x, y)


def test_buttons_and_the_prompt_follow_zoom_and_wrapping(
    editor: CodeEditor, diff: InlineDiff, propose: Propose, qtbot: QtBot
) -> None:
    editor.set_text("word " * 60 + "\n" + OLD)
    propose(editor.text().replace("import os\n", ""))
    s = editor.surface

    def beside(line: int) -> bool:
        return bars(editor)[0].y() == s.pointYFromPosition(s.positionFromLine(line))

    assert beside(2)
    before = bars(editor)[0].y()
    editor.zoom(4)
    qtbot.waitUntil(lambda: bars(editor)[0].y() > before and beside(2))
    editor.view.set_wrap(True)
    qtbot.waitUntil(lambda: s.visibleFromDocLine(2) > 2 and beside(2))


def test_a_line_that_goes_on_behind_many_blanks_is_marked_at_the_edge(
    editor: CodeEditor, diff: InlineDiff
) -> None:
    def edge() -> set[str]:
        image = editor.surface.viewport().grab().toImage()
        columns = range(image.width() - 60, image.width() - 2)
        return {image.pixelColor(x, 10).name() for x in columns}

    editor.set_text("ok()\n")
    plain = edge()
    editor.set_text("ok()" + " " * 300 + "; steal()\n")
    assert len(plain) == 1
    assert len(edge()) > 1


def test_both_sides_of_a_hunk_can_be_copied(
    editor: CodeEditor, diff: InlineDiff, propose: Propose
) -> None:
    propose()
    menu = bars(editor)[1].menu
    actions = {action.text(): action for action in menu.actions()}
    actions["Copy the proposed lines"].trigger()
    assert QGuiApplication.clipboard().text() == "import httpx\n"
    actions["Copy the present lines"].trigger()
    assert QGuiApplication.clipboard().text() == "import requests\n"
