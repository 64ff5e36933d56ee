"""The shadow under what floats: deep on dark themes, faint on light ones. Knows the look only."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QGraphicsDropShadowEffect, QWidget

from widgets.look import Look


class Shadow(QGraphicsDropShadowEffect):
    """Falls from ``widget``; follows a switch of theme."""

    def __init__(self, look: Look, widget: QWidget, blur: int = 28, drop: int = 6) -> None:
        super().__init__(widget)
        self._look = look
        self.setBlurRadius(blur)
        self.setOffset(QPointF(0, drop))
        self._tint()
        look.changed.connect(self._tint)
        widget.setGraphicsEffect(self)

    def _tint(self) -> None:
        self.setColor(QColor(0, 0, 0, 160 if self._look.theme.dark else 55))
