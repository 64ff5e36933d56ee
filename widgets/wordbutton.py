"""A flat button of an icon and a word, laid out to the pixel; for bars and paths.

No meaning of its own.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolButton

from widgets.hidden import reveal_line, said
from widgets.look import Look

PAD, GAP = 5, 5


class WordButton(QToolButton):
    """``size`` and ``weight`` are those of :meth:`Look.font`; ``role`` colours the word."""

    pressed_at = Signal(str, QPoint)
    """Its key, and the point under its left corner."""

    def __init__(
        self,
        look: Look,
        icon: str,
        name: str,
        *,
        key: str = "",
        size: int = 12,
        weight: int = 400,
        role: str = "muted",
        icon_role: str = "muted",
        after: bool = False,
        icon_size: int = 14,
    ) -> None:
        super().__init__()
        self.key = key
        self._look, self._icon, self._icon_role = look, icon, icon_role
        self._size, self._weight, self._role = size, weight, role
        self._after, self._icon_size, self._name = after, icon_size, name
        self.setAccessibleName(reveal_line(name))
        self.setToolTip(said(reveal_line(name)))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.clicked.connect(self._clicked)
        look.changed.connect(self.updateGeometry)

    def show_word(self, text: str, tip: str = "") -> None:
        self.setText(text)
        self.setAccessibleName(reveal_line(f"{self._name}: {text}"))
        self.setToolTip(said(reveal_line(tip or self._name)))
        self.updateGeometry()

    def setText(self, text: str) -> None:
        """With hidden characters shown."""
        super().setText(reveal_line(text))

    def show_icon(self, icon: str, role: str = "muted") -> None:
        self._icon, self._icon_role = icon, role
        self.update()

    def sizeHint(self) -> QSize:
        words = QFontMetrics(self._font()).horizontalAdvance(self.text())
        icon = self._icon_size + (GAP if self.text() else 0) if self._icon else 0
        return QSize(2 * PAD + icon + words, self._look.px(self._size) + 10)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, look = QPainter(self), self._look
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        hover = self.underMouse() and self.isEnabled()
        if hover or self.hasFocus():
            painter.setPen(look.colour("accent") if self.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(look.colour("hover") if hover else Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        painter.setFont(self._font())
        words = painter.fontMetrics().horizontalAdvance(self.text())
        x = PAD
        icon_x = PAD + words + GAP if self._after else x
        if self._icon:
            picture = look.pixmap(
                self._icon, self._icon_role, self._icon_size, self.devicePixelRatioF()
            )
            painter.drawPixmap(icon_x, (self.height() - self._icon_size + 1) // 2, picture)
            x += 0 if self._after else self._icon_size + GAP
        painter.setPen(look.colour("fg" if hover else self._role))
        room = QRect(x, 0, words + 2, self.height())
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), self.text())

    def _font(self) -> QFont:
        return self._look.font(self._size, self._weight)

    def _clicked(self) -> None:
        self.pressed_at.emit(self.key, self.mapToGlobal(QPoint(0, self.height() + 2)))
