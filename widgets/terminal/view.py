"""The view of one terminal: its cells, where one stands in its past, keys, mouse, selection.

Knows a source of cells, no program. What is typed leaves as bytes; what is pasted is looked at
first by whoever holds the view.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QFocusEvent,
    QGuiApplication,
    QInputMethodEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QApplication

from assistant.types import CellRun, Spot
from widgets.controls import rekind
from widgets.hidden import reveal_line
from widgets.look import Look
from widgets.terminal import keys
from widgets.terminal.hand import Hand
from widgets.terminal.painting import MARGIN, CellPainter
from widgets.terminal.selection import Selection
from widgets.terminal.source import Source

_TELL_MS = 250
"""A screen reader hears of the line no more often than this."""


class TerminalView(QAbstractScrollArea):
    """:meth:`refresh` after the source changed; only rows that differ are painted again."""

    typed = Signal(bytes)
    sized = Signal(int, int)
    """Columns and rows that fit."""
    pasted = Signal(str)
    place_requested = Signal(str, int)
    """A path as the program wrote it, and a line from 1, 0 for none."""
    address_requested = Signal(str)
    menu_requested = Signal(QPoint)
    focused = Signal(bool)
    search_requested = Signal()

    def __init__(self, look: Look, source: Source, points: float) -> None:
        super().__init__()
        self._look, self.source = look, source
        self.painter = CellPainter(look, points)
        self.selection: Selection | None = None
        self.found: list[tuple[int, int, int]] = []
        """Found words as (line, first cell, cell after the last)."""
        self.found_at = -1
        self._points = points
        self._drawn: dict[int, tuple[CellRun, ...]] = {}
        self._following = True
        self._base = 0
        self._cursor = QRect()
        self._lit, self._preedit = True, ""
        self._blink = QTimer(self)
        self._tell = QTimer(self)
        self._tell.setSingleShot(True)
        self._tell.setInterval(_TELL_MS)
        self.hand = Hand(self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setAccessibleName("Terminal")
        self.viewport().setCursor(Qt.CursorShape.IBeamCursor)
        self.viewport().setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        self._blink.timeout.connect(self._on_blink)
        self._tell.timeout.connect(self._on_tell)
        look.changed.connect(self._on_look)

    # -- what is seen --------------------------------------------------------------------------

    @property
    def top(self) -> int:
        """The line in the first row of the view."""
        return self.source.first + self.verticalScrollBar().value()

    def refresh(self) -> None:
        """The source said something."""
        bar, source = self.verticalScrollBar(), self.source
        seen = self._base + bar.value()
        bar.blockSignals(True)
        bar.setPageStep(source.height)
        bar.setRange(0, source.top - source.first)
        bar.setValue(bar.maximum() if self._following else seen - source.first)
        bar.blockSignals(False)
        self._base = source.first
        rekind(bar, "bare" if bar.maximum() == 0 else "")  # nothing to scroll: no handle
        self._update_rows()
        if not self._tell.isActive():
            self._tell.start()

    def _update_rows(self) -> None:
        source, top = self.source, self.top
        drawn: dict[int, tuple[CellRun, ...]] = {}
        for row in range(source.height):
            runs = drawn[row] = source.runs(top + row)
            if self._drawn.get(row) != runs:
                self._update_row(row)
        self._drawn = drawn
        cursor = self._cursor_box().toAlignedRect()
        if cursor != self._cursor:
            self.viewport().update(self._cursor)
            self._cursor = cursor
            self._light()

    def show_all(self) -> None:
        """Paint everything again."""
        self._drawn.clear()
        self._update_rows()
        self.viewport().update()

    def set_size(self, points: float) -> None:
        self._points = points
        self._on_look()

    def scroll_to(self, line: int) -> None:
        """Bring a line into sight."""
        row = line - self.top
        if not 0 <= row < self.source.height:
            self.verticalScrollBar().setValue(line - self.source.first - self.source.height // 2)

    def scroll_by(self, rows: int) -> None:
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + rows)

    def to_end(self) -> None:
        self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())

    # -- places --------------------------------------------------------------------------------

    def spot_at(self, at: QPoint) -> Spot:
        """The cell under a point of the viewport, or the nearest."""
        column, row = self.cell_at(at)
        return Spot(self.top + row, column)

    def cell_at(self, at: QPoint) -> tuple[int, int]:
        column = (at.x() - MARGIN) // self.painter.width
        row = (at.y() - MARGIN) // self.painter.height
        source = self.source
        return min(source.columns - 1, max(0, column)), min(source.height - 1, max(0, row))

    def _cursor_box(self) -> QRectF:
        spot = self.source.spot
        cells = self.source.cells(spot.line)
        wide = spot.column + 1 < len(cells) and cells[spot.column + 1] == ""
        return self.painter.cell(spot.column, spot.line - self.top, 2 if wide else 1)

    def _update_row(self, row: int) -> None:
        box = self.painter.cell(0, row)
        self.viewport().update(0, int(box.y()), self.viewport().width(), int(box.height()))

    # -- selection -----------------------------------------------------------------------------

    def select(self, selection: Selection | None) -> None:
        self.selection = selection
        self.viewport().update()
        clipboard = QGuiApplication.clipboard()
        if selection is not None and not selection.empty() and clipboard.supportsSelection():
            clipboard.setText(selection.text(), clipboard.Mode.Selection)

    def select_all(self) -> None:
        source = self.source
        chosen = Selection(source, Spot(source.first, 0))
        chosen.move(Spot(source.top + source.height - 1, source.columns))
        self.select(chosen)

    def selected_text(self) -> str:
        return self.selection.text() if self.selection is not None else ""

    def copy(self) -> None:
        if text := self.selected_text():
            QGuiApplication.clipboard().setText(text)

    def paste(self) -> None:
        if text := QGuiApplication.clipboard().text():
            self.pasted.emit(text)

    def type(self, data: bytes) -> None:
        """Bytes to the program; the view goes to the end, where they show."""
        if data:
            self.to_end()
            if self.selection is not None:
                self.select(None)
            self.typed.emit(data)

    # -- events --------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if self.hand.key(event) or keys.belongs_to_program(event, self.source.wants):
                event.accept()
                return True
            return super().event(event)
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab)
        ):
            self.keyPressEvent(event)  # else it would move the focus
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        act = self.hand.key(event)
        if act is not None:
            act()
        elif data := keys.encode(event, self.source.wants):
            self.type(data)
            self._light()
        else:
            event.ignore()

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        """What an input method composes shows at the cursor; what it commits is typed."""
        self._preedit = event.preeditString()
        if event.commitString():
            self.type(event.commitString().encode("utf-8", "replace"))
        self.viewport().update()
        event.accept()

    def inputMethodQuery(self, query: Qt.InputMethodQuery) -> object:
        if query == Qt.InputMethodQuery.ImCursorRectangle:
            return self._cursor_box().toRect()
        if query == Qt.InputMethodQuery.ImFont:
            return self.painter.font(0)
        if query == Qt.InputMethodQuery.ImEnabled:
            return True
        return super().inputMethodQuery(query)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._focus(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._focus(False)

    def _focus(self, yes: bool) -> None:
        if self.source.wants.focus:
            self.typed.emit(b"\x1b[I" if yes else b"\x1b[O")
        self._light()
        self.viewport().update(self._cursor)
        self.focused.emit(yes)

    def focusNextPrevChild(self, _next: bool) -> bool:
        return False  # Tab is the program's

    def viewportEvent(self, event: QEvent) -> bool:
        return self.hand.event(event) or super().viewportEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.fit()
        self.refresh()

    def fit(self) -> None:
        """Tell how many cells there is room for."""
        room = self.viewport().size()
        columns = (room.width() - MARGIN) // self.painter.width
        rows = (room.height() - MARGIN) // self.painter.height
        if self.isVisible() and columns >= 2 and rows >= 1:
            self.sized.emit(columns, rows)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        source = self.source
        inverse = source.wants.inverse
        painter.fillRect(event.rect(), self._look.colour("fg" if inverse else "bg"))
        first = max(0, (event.rect().top() - MARGIN) // self.painter.height)
        last = min(source.height - 1, (event.rect().bottom() - MARGIN) // self.painter.height)
        for row in range(first, last + 1):
            runs = source.runs(self.top + row)
            self.painter.paint_backs(painter, row, runs, inverse)
            self._paint_marks(painter, row)
            self.painter.paint_texts(painter, row, runs, inverse)
        self._paint_cursor(painter)
        if self.hand.link is not None:
            self._paint_link(painter)

    def _paint_marks(self, painter: QPainter, row: int) -> None:
        line = self.top + row
        for number, (at, left, right) in enumerate(self.found):
            if at == line:
                share = 0.55 if number == self.found_at else 0.25
                colour = self._look.mixed("yellow", "bg", share)
                self.painter.paint_marked(painter, row, (left, right), colour)
        if self.selection is not None:
            colour = self._look.colour("sel")
            self.painter.paint_marked(painter, row, self.selection.columns(line), colour)

    def _paint_cursor(self, painter: QPainter) -> None:
        wants, box = self.source.wants, self._cursor_box()
        if self._preedit:
            painter.setFont(self.painter.font(0))
            painter.fillRect(box, self._look.colour("bg"))
            painter.setPen(self._look.colour("accent"))
            at = QPoint(round(box.x()), round(box.y()) + self.painter.ascent)
            painter.drawText(at, self._preedit)
            return
        if not wants.cursor or not (self._lit or not self.hasFocus()):
            return
        spot = self.source.spot
        if spot.line - self.top >= self.source.height:
            return
        cells = self.source.cells(spot.line)
        character = cells[spot.column] if spot.column < len(cells) else ""
        self.painter.paint_cursor(painter, box, wants.shape, character, self.hasFocus())

    def _paint_link(self, painter: QPainter) -> None:
        link = self.hand.link
        assert link is not None
        painter.setPen(self._look.colour("blue"))
        for line in range(link.start.line, link.end.line + 1):
            left = link.start.column if line == link.start.line else 0
            right = link.end.column if line == link.end.line else self.source.columns
            box = self.painter.cell(left, line - self.top, right - left)
            under = int(box.y()) + self.painter.ascent + 2
            painter.drawLine(int(box.x()), under, int(box.right()), under)

    # -- slots ---------------------------------------------------------------------------------

    def _on_scrolled(self, value: int) -> None:
        self._following = value >= self.verticalScrollBar().maximum()
        self._update_rows()
        self.viewport().update()

    def _light(self) -> None:
        """The cursor is seen while something happens, and blinks while nothing does."""
        self._lit = True
        period = QApplication.cursorFlashTime() // 2
        if self.hasFocus() and self.source.wants.blink and period > 0:
            self._blink.start(period)
        else:
            self._blink.stop()
        self.viewport().update(self._cursor_box().toAlignedRect())

    def _on_blink(self) -> None:
        self._lit = not self._lit
        self.viewport().update(self._cursor)

    def _on_look(self) -> None:
        self.painter.set_size(self._points)
        self.fit()
        self.show_all()

    def _on_tell(self) -> None:
        """A screen reader hears the line the cursor is in."""
        spot = self.source.spot
        words = reveal_line(self.source.text(Spot(spot.line, 0), Spot(spot.line, 1 << 20)))
        if words != self.accessibleDescription():
            self.setAccessibleDescription(words)
            if QAccessible.isActive():
                event = QAccessibleEvent(self, QAccessible.Event.DescriptionChanged)
                QAccessible.updateAccessibility(event)
