"""Ticks over the vertical scroll bar: where in the file the hunks are. Paints, no more."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

Tick = tuple[int, int, str]
"""First display line, display lines, colour."""


class Overview(QWidget):
    """Lies over a scroll bar and follows its size. ``ticks`` gives what to paint, ``total`` the
    lines of the file.
    """

    def __init__(
        self, bar: QWidget, ticks: Callable[[], list[Tick]], total: Callable[[], int]
    ) -> None:
        super().__init__(bar)
        self._ticks, self._total = ticks, total
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName("Where the proposed changes are")
        bar.installEventFilter(self)
        self.setGeometry(bar.rect())
        self.show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        ticks = self._ticks()
        if not ticks:
            return
        painter = QPainter(self)
        scale = self.height() / max(1, self._total())
        for first, count, colour in ticks:
            top = int(first * scale)
            height = max(2, round(count * scale))
            # Removed on the left half, added on the right: the place tells it as well as the
            # colour.
            painter.fillRect(QRect(self.width() - 5, top, 4, height), QColor(colour))
        painter.end()
