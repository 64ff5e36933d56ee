"""Ticks over the vertical scroll bar: where in the file the hunks are. Paints, no more."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPixmap
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
        self._known: list[Tick] = []
        self._of: tuple[int, int] = (0, 0)
        """Lines of the file and pixels that the picture was made for."""
        self._picture = QPixmap()
        bar.installEventFilter(self)
        self.setGeometry(bar.rect())
        self.show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        ticks = self._ticks()
        of = (self._total(), self.height())
        if ticks != self._known or of != self._of:
            self._known, self._of = ticks, of
            self._picture = self._drawn()
        if ticks:
            painter = QPainter(self)
            painter.drawPixmap(self.width() - 5, 0, self._picture)
            painter.end()

    def _drawn(self) -> QPixmap:
        """The ticks as a strip: hundreds of them are painted once and shown with every key."""
        ratio = self.devicePixelRatioF()
        picture = QPixmap(round(4 * ratio), max(1, round(self.height() * ratio)))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        scale = self.height() / max(1, self._of[0])
        for first, count, colour in self._known:
            top, height = int(first * scale), max(2, round(count * scale))
            painter.fillRect(QRect(0, top, 4, height), QColor(colour))
        painter.end()
        return picture
