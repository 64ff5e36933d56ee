"""The view shows what stands on the screen, selects it, finds it, and follows where it leads."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage, QInputMethodEvent, QPainter, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from assistant.terminal.emulator import Emulator
from assistant.terminal.screen import Screen
from assistant.types import TRUE, Ink, Pen, Spot
from widgets.look import Look
from widgets.terminal import boxes
from widgets.terminal.colours import CellColours, readable
from widgets.terminal.links import link_at
from widgets.terminal.panel import TerminalPage
from widgets.terminal.searching import find
from widgets.terminal.selection import Selection
from widgets.terminal.view import TerminalView
from widgets.theme import contrast, load_theme

LEFT = Qt.MouseButton.LeftButton
NONE, SHIFT, CTRL, ALT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)


class Shown:
    """A page with a view of a screen that is fed here."""

    def __init__(self, qtbot: QtBot, look: Look) -> None:
        self.screen = Screen(60, 12, 500)
        self.emulator = Emulator(self.screen)
        self.view = TerminalView(look, self.screen, 11)
        self.page = TerminalPage(look, self.view)
        self.typed: list[bytes] = []
        self.view.typed.connect(self.typed.append)
        qtbot.addWidget(self.page)
        painter = self.view.painter
        self.page.resize(60 * painter.width + 40, 12 * painter.height + 20)
        self.page.show()
        qtbot.waitExposed(self.page)

    def say(self, *parts: str) -> None:
        for part in parts:
            self.emulator.feed(part.encode())
        self.view.refresh()

    def at(self, column: int, row: int) -> QPoint:
        """The middle of a cell."""
        return self.view.painter.cell(column, row).center().toPoint()

    def left_of(self, column: int, row: int) -> QPoint:
        return self.view.painter.cell(column, row).topLeft().toPoint() + QPoint(1, 4)

    def drag(self, start: tuple[int, int], end: tuple[int, int], mods: object = NONE) -> None:
        port = self.view.viewport()
        QTest.mousePress(port, LEFT, mods, self.left_of(*start))  # type: ignore[arg-type]
        QTest.mouseMove(port, self.left_of(*end))
        QTest.mouseRelease(port, LEFT, mods, self.left_of(*end))  # type: ignore[arg-type]

    def picture(self) -> QImage:
        return self.view.viewport().grab().toImage()


@pytest.fixture
def shown(qtbot: QtBot, look: Look) -> Shown:
    return Shown(qtbot, look)


def test_text_is_painted_where_it_stands(shown: Shown) -> None:
    shown.say("\x1b[3;5H\x1b[41mred")
    picture, cell = shown.picture(), shown.view.painter.cell(4, 2)
    red = shown.view.painter.colours.paint(Pen(bg=1)).back
    assert red is not None
    assert picture.pixelColor(int(cell.x()) + 1, int(cell.y()) + 1) == red
    assert picture.pixelColor(int(cell.x()) - 2, int(cell.y()) + 1) == shown.view._look.colour("bg")


def test_only_rows_that_differ_are_painted_again(shown: Shown, qtbot: QtBot) -> None:
    shown.say("one\r\ntwo\r\nthree")
    QApplication.processEvents()
    areas: list[int] = []
    painted = shown.view.paintEvent

    def counted(event):  # type: ignore[no-untyped-def]
        areas.append(event.region().boundingRect().height())
        painted(event)

    shown.view.paintEvent = counted  # type: ignore[method-assign]
    shown.say("!")
    shown.view.viewport().repaint(shown.view._cursor)
    qtbot.waitUntil(lambda: bool(areas))
    assert max(areas) <= 2 * shown.view.painter.height


def test_keys_are_typed_and_tab_does_not_leave(shown: Shown) -> None:
    shown.view.setFocus()
    QTest.keyClicks(shown.view, "ls")
    QTest.keyClick(shown.view, Qt.Key.Key_Tab)
    QTest.keyClick(shown.view, Qt.Key.Key_Return)
    assert b"".join(shown.typed) == b"ls\t\r"


def test_what_an_input_method_commits_is_typed(shown: Shown) -> None:
    event = QInputMethodEvent("かん", [])
    QApplication.sendEvent(shown.view, event)
    assert shown.typed == []
    event = QInputMethodEvent()
    event.setCommitString("漢")
    QApplication.sendEvent(shown.view, event)
    assert shown.typed == ["漢".encode()]
    place = shown.view.inputMethodQuery(Qt.InputMethodQuery.ImCursorRectangle)
    assert place == shown.view._cursor_box().toRect()


def test_cells_words_lines_and_blocks_are_selected(shown: Shown) -> None:
    shown.say("alpha src/a.py:3 gamma\r\nsecond line here\r\n")
    shown.drag((2, 0), (5, 0))
    assert shown.view.selected_text() == "pha"
    shown.drag((6, 0), (6, 1))
    assert shown.view.selected_text() == "src/a.py:3 gamma\nsecond"
    shown.drag((1, 0), (4, 1), ALT)
    assert shown.view.selected_text() == "lph\neco"
    word = Selection(shown.screen, Spot(0, 8), "word")
    assert word.text() == "src/a.py:3"
    line = Selection(shown.screen, Spot(1, 3), "line")
    assert line.text() == "second line here"


def test_clicks_select_words_and_lines(shown: Shown) -> None:
    shown.say("alpha beta gamma")
    port, at = shown.view.viewport(), shown.at(7, 0)
    QTest.mouseClick(port, LEFT, NONE, at)
    QTest.mouseDClick(port, LEFT, NONE, at)
    assert shown.view.selected_text() == "beta"


def test_a_wrapped_line_is_copied_whole(shown: Shown) -> None:
    shown.say("x" * 50 + " " + "y" * 50)
    shown.view.select(Selection(shown.screen, Spot(0, 0), "line"))
    shown.view.copy()
    assert QGuiApplication.clipboard().text() == "x" * 50 + " " + "y" * 50


def test_the_mouse_is_the_programs_where_it_asked_and_shift_selects(shown: Shown) -> None:
    shown.say("some text\x1b[?1002h\x1b[?1006h")
    shown.drag((0, 0), (4, 0))
    assert shown.typed[0] == b"\x1b[<0;1;1M"
    assert shown.typed[-1].endswith(b"m")
    assert shown.view.selected_text() == ""
    shown.drag((0, 0), (4, 0), SHIFT)
    assert shown.view.selected_text() == "some"


def _wheel(view: TerminalView, at: QPoint, steps: int) -> None:
    event = QWheelEvent(
        QPointF(at), QPointF(view.viewport().mapToGlobal(at)), QPoint(), QPoint(0, 120 * steps),
        Qt.MouseButton.NoButton, NONE, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(view.viewport(), event)


def test_the_wheel_goes_through_the_past_and_stays_there(shown: Shown) -> None:
    shown.say("".join(f"line {n}\r\n" for n in range(100)))
    bottom = shown.view.top
    _wheel(shown.view, shown.at(3, 3), 2)
    assert shown.view.top == bottom - 6
    shown.say("".join(f"more {n}\r\n" for n in range(30)))
    assert shown.view.top == bottom - 6  # what one reads stands still
    QTest.keyClick(shown.view, Qt.Key.Key_A)
    assert shown.view.top == shown.screen.top  # typing goes to where it shows


def test_on_a_full_screen_the_wheel_types_arrows(shown: Shown) -> None:
    shown.say("\x1b[?1049h")
    _wheel(shown.view, shown.at(3, 3), -1)
    assert shown.typed == [b"\x1b[B" * 3]


def test_pages_of_the_past_by_keys(shown: Shown) -> None:
    shown.say("".join(f"line {n}\r\n" for n in range(100)))
    bottom = shown.view.top
    QTest.keyClick(shown.view, Qt.Key.Key_PageUp, SHIFT)
    assert shown.view.top == bottom - (shown.screen.height - 1)
    QTest.keyClick(shown.view, Qt.Key.Key_Home, SHIFT)
    assert shown.view.top == shown.screen.first
    QTest.keyClick(shown.view, Qt.Key.Key_End, SHIFT)
    assert shown.view.top == bottom
    assert shown.typed == []


@pytest.mark.parametrize(
    ("text", "at", "path", "line", "address"),
    [
        ("src/a.py:12: error", 3, "src/a.py", 12, ""),
        ("  --> src/main.rs:4:7", 8, "src/main.rs", 4, ""),
        ('  File "/w/x y.py", line 33, in f', 10, "/w/x y.py", 33, ""),
        ("a.ts(7,3): error TS1", 2, "a.ts", 7, ""),
        ("see https://example.org/a?b=c, and", 8, "", 0, "https://example.org/a?b=c"),
        ("(http://localhost:8000/)", 5, "", 0, "http://localhost:8000/"),
        ("modified:   widgets/tabs.py", 15, "widgets/tabs.py", 0, ""),
        ("\x1b]8;;https://real.example/\x07click\x1b]8;;\x07", 2, "", 0, "https://real.example/"),
    ],
)
def test_places_and_addresses_are_found(
    shown: Shown, text: str, at: int, path: str, line: int, address: str
) -> None:
    shown.say(text)
    link = link_at(shown.screen, Spot(0, at))
    assert link is not None
    assert (link.path, link.line, link.address) == (path, line, address)


def test_prose_leads_nowhere(shown: Shown) -> None:
    shown.say("nothing here, really 12:30")
    assert all(link_at(shown.screen, Spot(0, n)) is None for n in range(26))


def test_a_link_is_followed_with_ctrl_alone(shown: Shown, qtbot: QtBot) -> None:
    shown.say("at test_a.py:5: AssertionError")
    QTest.mouseClick(shown.view.viewport(), LEFT, NONE, shown.at(6, 0))
    with qtbot.waitSignal(shown.view.place_requested) as asked:
        QTest.mouseClick(shown.view.viewport(), LEFT, CTRL, shown.at(6, 0))
    assert asked.args == ["test_a.py", 5]


def test_words_are_found_over_the_border_of_rows(shown: Shown) -> None:
    shown.say("x" * 58 + "needle\r\nNeedle again\r\n")
    assert find(shown.screen, "needle") == [(0, 58, 60), (2, 0, 6)]
    assert find(shown.screen, "Needle") == [(2, 0, 6)]
    assert find(shown.screen, "") == []


def test_searching_goes_up_from_the_last(shown: Shown) -> None:
    shown.say("".join(f"word {n}\r\n" for n in range(200)))
    shown.page.open_search()
    QTest.keyClicks(shown.page.search.field, "word 1")
    assert shown.page.search.count.text() == "111 of 111"
    QTest.keyClick(shown.page.search.field, Qt.Key.Key_Return)
    assert shown.page.search.count.text() == "110 of 111"
    assert shown.view.top <= shown.view.found[109][0] < shown.view.top + 12
    QTest.keyClick(shown.page.search.field, Qt.Key.Key_Escape)
    assert shown.view.found == []
    assert shown.page.search.isHidden()


def test_one_plain_line_is_pasted_at_once(shown: Shown) -> None:
    shown.page.paste("ls -la")
    assert shown.typed == [b"ls -la"]


@pytest.mark.parametrize("text", ["one\ntwo\n", "ls\r", "a\u202eb", "x\x1b[201~y", "z\u200b"])
def test_a_paste_that_could_do_more_is_shown_first(shown: Shown, text: str) -> None:
    shown.page.paste(text)
    assert shown.typed == []
    assert shown.page.check.isVisible()
    QTest.keyClick(shown.page.check, Qt.Key.Key_Escape)
    assert shown.typed == []
    assert shown.page.check.isHidden()
    shown.page.paste(text)
    shown.page.check.accepted.emit(text)
    assert len(shown.typed) == 1


def test_a_command_that_is_put_here_cannot_run_by_itself(shown: Shown) -> None:
    shown.page.insert("echo one\necho two\n")
    check = shown.page.check
    assert not check._paste.isVisible()  # this program runs each line as it arrives
    check._one_line.click()
    assert shown.typed == [b"echo one echo two"]
    shown.say("\x1b[?2004h")
    shown.page.insert("echo one\necho two\n")
    assert check._paste.isVisible()
    check._paste.click()
    assert shown.typed[-1] == b"\x1b[200~echo one\recho two\x1b[201~"
    shown.page.insert("make test\n")
    assert shown.typed[-1] == b"\x1b[200~make test\x1b[201~"


def test_a_screen_reader_hears_the_line_of_the_cursor(shown: Shown, qtbot: QtBot) -> None:
    shown.say("$ make")
    qtbot.waitUntil(lambda: shown.view.accessibleDescription() == "$ make")
    assert shown.view.accessibleName() == "Terminal"


@pytest.mark.parametrize("name", ["night", "day", "contrast"])
def test_every_colour_can_be_read(name: str, qapp: QApplication) -> None:
    look = Look(load_theme(name))
    colours = CellColours(look)
    least = 7.0 if name == "contrast" else 4.5
    backs = [Pen(), Pen(bg=1), Pen(bg=7), Pen(bg=15), Pen(bg=226), Pen(bg=TRUE | 0x808080)]
    for base in backs:
        for fg in (*range(-1, 256, 5), TRUE | 0x777777):
            for ink in (0, Ink.BOLD, Ink.FAINT, Ink.HIDDEN, Ink.INVERSE):
                paint = colours.paint(Pen(fg, base.bg, ink))
                back = paint.back.name() if paint.back else look.theme.ui["bg"]
                assert contrast(paint.text.name(), back) >= least - 0.05 or _is_end(paint.text)


def _is_end(colour: QColor) -> bool:
    """On a middle grey neither black nor white reaches seven; the better of both is taken."""
    return colour.name() in ("#000000", "#ffffff")


def test_readable_keeps_what_is_readable() -> None:
    assert readable("#ffffff", "#000000", 4.5) == "#ffffff"
    assert readable("#000000", "#000000", 4.5) != "#000000"


def test_lines_meet_from_cell_to_cell(qapp: QApplication) -> None:
    image = QImage(30, 60, QImage.Format.Format_RGB32)
    image.fill(QColor("black"))
    painter = QPainter(image)
    for row, character in enumerate("┌├└"):
        boxes.draw(painter, character, QRectF(0, row * 20, 10, 20), QColor("white"))
    painter.end()
    column = [image.pixelColor(5, y).lightness() for y in range(60)]
    assert min(column[12:48]) > 200
    assert boxes.arms("╪") == ("light", "double", "light", "double")
    assert not boxes.draws("╱")
    assert not boxes.draws("a")
