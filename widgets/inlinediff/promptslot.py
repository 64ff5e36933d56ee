"""A place between two lines for a widget that stays put while text grows around it."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QWidget

from assistant.types import LineSpan
from widgets.editor.surface import Surface

NARROW, EDGE = 440, 6
"""Pixels beside the margins below which the widget stands over them, and its edge then."""


class PromptSlot(QObject):
    """One slot of one surface. The lines it speaks of are tracked by position."""

    changed = Signal()
    """Its height or place changed: the rows under the line have to be laid anew."""
    released = Signal()
    """The person scrolled or moved the caret: the slot no longer holds the screen."""

    def __init__(self, surface: Surface) -> None:
        super().__init__(surface)
        self._surface = surface
        self.widget: QWidget | None = None
        self.position = 0
        """Where the lines begin; the widget stands under the first of them."""
        self.end = 0
        self.holding = False

    def open(self, widget: QWidget, span: LineSpan) -> None:
        """Show ``widget`` under the first of these lines; it becomes a child of the viewport."""
        if self.widget is not None:
            self.close()
        self.widget = widget
        self.position = self._surface.positionFromLine(span.start)
        self.end = max(self.position, self._surface.line_start(span.end))
        self.holding = True
        widget.setParent(self._surface.viewport())
        widget.installEventFilter(self)
        widget.show()
        self.changed.emit()

    def close(self) -> QWidget | None:
        """Take the widget out; it is the caller's again, hidden and without a parent."""
        widget, self.widget = self.widget, None
        self.holding = False
        if widget is not None:
            widget.removeEventFilter(self)
            widget.hide()
            widget.setParent(None)
            self.changed.emit()
        return widget

    def line(self) -> int:
        return self._surface.lineFromPosition(self.position)

    def span(self) -> LineSpan:
        """The lines it was opened for, as they are now: with what was kept and typed in them."""
        s, first = self._surface, self.line()
        if self.end <= self.position:
            return LineSpan(first, first)
        last = s.lineFromPosition(self.end)
        return LineSpan(first, last if s.positionFromLine(last) == self.end else last + 1)

    def rows(self) -> int:
        """Rows of text that the widget takes."""
        if self.widget is None:
            return 0
        height = max(self.widget.sizeHint().height(), self.widget.minimumHeight())
        return max(1, math.ceil((height + 8) / self._surface.textHeight(0)))

    def place(self) -> None:
        """Lay the widget over its rows."""
        if self.widget is None:
            return
        s = self._surface
        line, height = self.line(), s.textHeight(0)
        top = s.pointYFromPosition(s.positionFromLine(line)) + s.wrapCount(line) * height
        left, room = s.text_left(), s.viewport().width()
        if room - left < NARROW:  # beside the margins there is too little
            left = EDGE
        width = max(200, min(760, room - left - (24 if left > EDGE else EDGE)))
        size = max(self.widget.sizeHint().height(), self.widget.minimumHeight())
        self.widget.setGeometry(left, top + (self.rows() * height - size) // 2, width, size)
        self.widget.raise_()

    def release(self) -> None:
        if self.holding:
            self.holding = False
            self.released.emit()

    def on_modified(self, inserted: bool, position: int, size: int) -> None:
        if inserted:
            self.end += size if position < self.end else 0
            self.position += size if position <= self.position else 0
            self.end = max(self.position, self.end)
        else:
            self.end = max(position, self.end - size) if position < self.end else self.end
            if position < self.position:
                self.position = max(position, self.position - size)

    def on_replaced(self, start: int, removed: int, added: int) -> None:
        """A hunk was put into the text: its new lines belong where its old ones did."""
        if start < self.position and start + removed <= self.position:
            self.position += added - removed
            self.end += added - removed
        elif start <= self.end:
            self.end = max(start + added, self.end + added - removed)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self.changed.emit()
        return super().eventFilter(watched, event)
