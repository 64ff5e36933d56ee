"""Shows beside the text which lines a model wrote, and tells where the mouse rests on one.

The mark is a dotted bar at the text's edge: its shape is the cue, its colour only helps.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtGui import QColor, QPainter

from assistant.types import By, LineSpan
from widgets.editor.authors import Authors
from widgets.editor.surface import Surface

DWELL_MS = 600
WIDTH = 2


class Writing(QObject):
    """Reached as ``editor.writing``."""

    line_hovered = Signal(int)
    """The mouse rests on a line that a model had a hand in."""
    hover_ended = Signal()

    def __init__(self, surface: Surface, authors: Authors) -> None:
        super().__init__(surface)
        self._surface, self._authors = surface, authors
        self.colour = QColor("violet")
        self.marked = False
        surface.setMouseDwellTime(DWELL_MS)
        surface.dwellStart.connect(self._on_dwell)
        surface.dwellEnd.connect(self._on_dwell_ended)
        surface.overpaint.append(self._paint)

    def mark(self, on: bool) -> None:
        """Whether model-written lines have a mark."""
        self.marked = on
        self._surface.viewport().update()

    def has_model(self, line: int) -> bool:
        origins = self._authors.origins_of(LineSpan(line, line + 1))
        return any(origin.author.by is By.MODEL for origin in origins)

    def place(self, line: int) -> tuple[QPoint, int]:
        """Where the line starts on the surface, and how high it is."""
        s = self._surface
        at = s.positionFromLine(line)
        x = s.pointXFromPosition(at)
        return QPoint(max(x, s.text_left()), s.pointYFromPosition(at)), s.textHeight(line)

    def _on_dwell(self, x: int, y: int) -> None:
        s = self._surface
        if not s.viewport().rect().contains(x, y):
            return
        line = s.lineFromPosition(s.positionFromPoint(x, y))
        top, height = self.place(line)
        if top.y() <= y < top.y() + height and self.has_model(line):
            self.line_hovered.emit(line)

    def _on_dwell_ended(self, *_: int) -> None:
        self.hover_ended.emit()

    def _paint(self, painter: QPainter) -> None:
        if not self.marked:
            return
        s = self._surface
        first = s.docLineFromVisible(s.firstVisibleLine())
        last = s.docLineFromVisible(s.firstVisibleLine() + s.linesOnScreen() + 1)
        height = s.textHeight(0)
        pen = painter.pen()
        pen.setColor(self.colour)
        pen.setWidth(WIDTH)
        pen.setStyle(Qt.PenStyle.DotLine)
        painter.setPen(pen)
        x = s.text_left() - WIDTH
        for line in self._authors.lines_of(By.MODEL, first, min(last + 1, s.lineCount())):
            if s.lineVisible(line):
                y = s.pointYFromPosition(s.positionFromLine(line))
                painter.drawLine(x, y + 1, x, y + height * s.wrapCount(line) - 1)
