"""The list under the palette's field: rows of a picture, words and keys.

Knows nothing of their meaning.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import (
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QListView, QStyledItemDelegate, QStyleOptionViewItem

from widgets.hidden import reveal_line
from widgets.look import Look
from widgets.rows import Index, Rows, is_picked

ROW = 30


@dataclass(frozen=True, slots=True)
class Choice:
    """One row: what it shows, and what it means when taken."""

    icon: str
    role: str
    title: str
    detail: str = ""
    keys: str = ""
    places: tuple[int, ...] = ()
    value: object = None


class Choices(Rows[Choice]):
    """What can be chosen just now."""

    def words(self, row: Choice) -> str:
        return row.title

    def spoken(self, row: Choice) -> str:
        return ", ".join(word for word in (row.title, row.detail, row.keys) if word)


class ChoicePaint(QStyledItemDelegate):
    def __init__(self, look: Look, view: QListView) -> None:
        super().__init__(view)
        self._look, self._view = look, view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(100, max(ROW, self._look.px(13) + 15))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        look, choice = self._look, index.data(Qt.ItemDataRole.UserRole)
        rect: QRect = option.rect
        picked = is_picked(option)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if picked:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.mixed("accent", "raised", 0.22))
            painter.drawRoundedRect(rect.adjusted(2, 1, -2, -1), 6, 6)
        picture = look.pixmap(choice.icon, choice.role, 15, self._view.devicePixelRatioF())
        painter.drawPixmap(rect.x() + 11, rect.center().y() - 7, picture)
        right = self._paint_keys(painter, choice.keys, rect)
        self._paint_words(
            painter, choice, QRect(rect.x() + 35, rect.y(), right - 45, rect.height())
        )
        painter.restore()

    def _paint_keys(self, painter: QPainter, keys: str, rect: QRect) -> int:
        if not keys:
            return rect.right() - 8
        painter.setFont(self._look.font(11))
        width = painter.fontMetrics().horizontalAdvance(keys) + 12
        box = QRect(rect.right() - width - 10, rect.center().y() - 9, width, 18)
        painter.setPen(self._look.colour("border"))
        painter.setBrush(self._look.colour("chrome"))
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(self._look.colour("muted"))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), keys)
        return box.left() - 8

    def _paint_words(self, painter: QPainter, choice: Choice, room: QRect) -> None:
        look, flags = self._look, int(Qt.AlignmentFlag.AlignVCenter)
        title, detail = reveal_line(choice.title), reveal_line(choice.detail)
        x, places = room.x(), frozenset(choice.places if title == choice.title else ())
        plain, bold = look.font(13), look.font(13, 700)
        for run, hit in _runs(title, places):
            painter.setFont(bold if hit else plain)
            painter.setPen(look.colour("accent" if hit else "fg"))
            painter.drawText(
                QRect(x, room.y(), max(0, room.right() - x), room.height()), flags, run
            )
            x += painter.fontMetrics().horizontalAdvance(run)
        painter.setFont(look.font(12))
        painter.setPen(look.colour("muted"))
        rest = QRect(x + 10, room.y(), max(0, room.right() - x - 10), room.height())
        words = painter.fontMetrics().elidedText(detail, Qt.TextElideMode.ElideMiddle, rest.width())
        painter.drawText(rest, flags, words)


def _runs(text: str, places: frozenset[int]) -> list[tuple[str, bool]]:
    runs: list[tuple[str, bool]] = []
    for index, letter in enumerate(text):
        hit = index in places
        if runs and runs[-1][1] == hit:
            runs[-1] = (runs[-1][0] + letter, hit)
        else:
            runs.append((letter, hit))
    return runs
