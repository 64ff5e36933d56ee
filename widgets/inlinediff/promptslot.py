"""A place between two lines for a widget that stays put while text grows around it."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QWidget

from widgets.editor.surface import Surface


class PromptSlot(QObject):
    """One slot of one surface. The line below which it opened is tracked by position."""

    changed = Signal()
    """Its height or place changed: the rows under the line have to be laid anew."""
    released = Signal()
    """The person scrolled or moved the caret: the slot no longer holds the screen."""

    def __init__(self, surface: Surface) -> None:
        super().__init__(surface)
        self._surface = surface
        self.widget: QWidget | None = None
        self.position = 0
        self.holding = False

    def open(self, widget: QWidget, line: int) -> None:
        """Show ``widget`` under ``line``; it becomes a child of the text's viewport."""
        if self.widget is not None:
            self.close()
        self.widget = widget
        self.position = self._surface.positionFromLine(line)
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
        left = s.text_left()
        width = max(200, min(760, s.viewport().width() - left - 24))
        size = max(self.widget.sizeHint().height(), self.widget.minimumHeight())
        self.widget.setGeometry(left, top + (self.rows() * height - size) // 2, width, size)
        self.widget.raise_()

    def release(self) -> None:
        if self.holding:
            self.holding = False
            self.released.emit()

    def on_modified(self, inserted: bool, position: int, size: int) -> None:
        if inserted and position <= self.position:
            self.position += size
        elif not inserted and position < self.position:
            self.position = max(position, self.position - size)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self.changed.emit()
        return super().eventFilter(watched, event)
