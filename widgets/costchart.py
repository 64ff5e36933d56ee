"""What the models cost per day, as bars.

Knows days and dollars; a day of unknown cost is drawn as such.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from widgets.look import Look
from widgets.statusbar import dollars, tokens


@dataclass(frozen=True, slots=True)
class Day:
    """``cost`` is None when no price was known for what was used."""

    label: str
    cost: float | None
    tokens: int = 0
    partly: bool = False
    """Some of the day's cost is not known: the bar is at least this high."""


class CostChart(QWidget):
    """The last bar is today; a dashed line is the daily cap."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._days: tuple[Day, ...] = ()
        self._cap: float | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Cost per day")
        look.changed.connect(self.update)

    def show_days(self, days: Sequence[Day], cap: float | None = None) -> None:
        """Oldest first; ``cap`` dollars a day, or None."""
        self._days, self._cap = tuple(days), cap
        words = (f"{day.label}: {dollars(day.cost)}" for day in days)
        self.setAccessibleDescription("; ".join(words))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(280, 110)

    def bars(self) -> list[tuple[Day, QRectF]]:
        """Each day with its bar; an unknown one is a short hatched stub."""
        if not self._days:
            return []
        foot, head = self._look.px(10) + 8, self._look.px(10) + 8
        high = max(10.0, float(self.height() - foot - head))
        top = max([day.cost or 0.0 for day in self._days] + [self._cap or 0.0]) or 1.0
        step = self.width() / len(self._days)
        wide = min(26.0, step * 0.62)
        found = []
        for index, day in enumerate(self._days):
            tall = high * (day.cost or 0.0) / top
            if day.cost is None:
                tall = 10.0 if day.tokens else 0.0
            left = index * step + (step - wide) / 2
            found.append((day, QRectF(left, head + high - max(tall, 1.0), wide, max(tall, 1.0))))
        return found

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            at = QPointF(event.pos())
            for day, rect in self.bars():
                if rect.left() - 4 <= at.x() <= rect.right() + 4:
                    least = "at least " if day.partly else ""
                    words = f"{day.label}: {least}{dollars(day.cost)}, {tokens(day.tokens)} tokens"
                    QToolTip.showText(event.globalPos(), words, self)
                    return True
            QToolTip.hideText()
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, look = QPainter(self), self._look
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        bars = self.bars()
        if not bars:
            painter.setPen(look.colour("muted"))
            painter.setFont(look.font(12))
            painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter), "Nothing spent yet")
            return
        base = bars[0][1].bottom()
        self._paint_cap(painter, base)
        painter.setPen(look.colour("border"))
        painter.drawLine(QPointF(0, base + 0.5), QPointF(self.width(), base + 0.5))
        for index, (day, rect) in enumerate(bars):
            last = index == len(bars) - 1
            brush = look.colour("accent") if last else look.mixed("accent", "panel", 0.45)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(brush)
            if day.cost is None:
                painter.setBrush(QBrush(look.colour("muted"), Qt.BrushStyle.BDiagPattern))
            painter.drawRoundedRect(rect, 2, 2)
            self._paint_words(painter, day, rect, base, last)

    def _paint_words(
        self, painter: QPainter, day: Day, rect: QRectF, base: float, last: bool
    ) -> None:
        look = self._look
        painter.setFont(look.font(10))
        painter.setPen(look.colour("muted"))
        step = self.width() / len(self._days)
        centre = rect.center().x()
        if step >= painter.fontMetrics().horizontalAdvance(day.label) + 4:
            under = QRectF(centre - step / 2, base + 2, step, look.px(10) + 6)
            painter.drawText(under, int(Qt.AlignmentFlag.AlignCenter), day.label)
        if last or (day.cost and day.cost == max(d.cost or 0 for d in self._days)):
            painter.setPen(look.colour("fg"))
            over = QRectF(centre - 40, rect.top() - look.px(10) - 6, 80, look.px(10) + 5)
            if over.right() > self.width():
                over.moveRight(self.width())
            painter.drawText(over, int(Qt.AlignmentFlag.AlignCenter), dollars(day.cost))

    def _paint_cap(self, painter: QPainter, base: float) -> None:
        if not self._cap:
            return
        top = max([day.cost or 0.0 for day in self._days] + [self._cap])
        head = self._look.px(10) + 8
        y = base - (base - head) * self._cap / top
        painter.setPen(QPen(self._look.colour("red"), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(0, y), QPointF(self.width(), y))
        painter.setFont(self._look.font(10))
        words = f"cap {dollars(self._cap)}"
        painter.drawText(QRectF(2, y - 16, 120, 15), int(Qt.AlignmentFlag.AlignVCenter), words)
