"""The rows of the history: who did what and when, with lines added and removed. Knows records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, QRect, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QListView, QStyledItemDelegate, QStyleOptionViewItem

from widgets.hidden import reveal_line
from widgets.look import Look
from widgets.rows import Index, Rows, is_picked

ROW = 44
_WHO = {
    "me": ("user", "fg", "You"),
    "model": ("sparkles", "accent", "Model"),
    "formatter": ("wand-sparkles", "green", "Formatter"),
    "command": ("terminal", "yellow", "Command"),
    "disk": ("hard-drive", "muted", "Outside"),
    "commit": ("git-commit-horizontal", "blue", "Commit"),
    "paste": ("copy", "blue", "Pasted"),
    "checkpoint": ("pin", "accent", "Checkpoint"),
    "restore": ("undo-2", "blue", "Restore"),
}
_MAIN = ("model", "me")


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry.

    ``who`` is me, model, formatter, command, disk, commit, checkpoint or restore; ``when`` is ready
    to read.
    """

    id: str
    who: str
    title: str
    when: str
    detail: str = ""
    """Model, cost, files: one line."""
    added: int = 0
    removed: int = 0
    files: tuple[str, ...] = ()
    talk: bool = False
    """There is a conversation that can be taken back to this moment."""
    run: bool = False
    """A run did it, which may have done more."""


class Moments(Rows[Moment]):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.all: tuple[Moment, ...] = ()
        self.counts: dict[str, tuple[int, int]] = {}

    def show_some(self, moments: tuple[Moment, ...], who: str, words: str = "") -> None:
        self.all = moments
        wanted = words.casefold().split()
        self.show(
            m
            for m in moments
            if (not who or m.who == who or (who == "other" and m.who not in _MAIN))
            and (not wanted or _holds(m, wanted))
        )

    def counts_of(self, moment: Moment) -> tuple[int, int]:
        return self.counts.get(moment.id, (moment.added, moment.removed))

    def words(self, row: Moment) -> str:
        return row.title

    def spoken(self, row: Moment) -> str:
        added, removed = self.counts_of(row)
        counts = f"{added} added, {removed} removed"
        return f"{_WHO[row.who][2]}: {row.title}, {row.when}, {counts}"

    def tip(self, row: Moment) -> str | None:
        return "\n".join(row.files) or None


def _holds(moment: Moment, words: Sequence[str]) -> bool:
    who = _WHO[moment.who][2]
    text = f"{who} {moment.title} {moment.detail} {' '.join(moment.files)}".casefold()
    return all(word in text for word in words)


class MomentPaint(QStyledItemDelegate):
    def __init__(self, look: Look, view: QListView, model: Moments) -> None:
        super().__init__(view)
        self._look, self._view, self._model = look, view, model

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(100, max(ROW, self._look.px(13) + self._look.px(11) + 20))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        look, moment = self._look, index.data(Qt.ItemDataRole.UserRole)
        rect: QRect = option.rect
        picked = is_picked(option)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if picked:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.mixed("accent", "panel", 0.18))
            painter.drawRoundedRect(rect.adjusted(2, 1, -2, -1), 5, 5)
        icon, role, who = _WHO[moment.who]
        painter.setPen(look.colour("border"))
        painter.drawLine(rect.x() + 18, rect.y(), rect.x() + 18, rect.y() + 9)
        painter.drawLine(rect.x() + 18, rect.y() + 29, rect.x() + 18, rect.bottom())
        density = self._view.devicePixelRatioF()
        painter.drawPixmap(rect.x() + 11, rect.y() + 12, look.pixmap(icon, role, 14, density))
        flags = int(Qt.AlignmentFlag.AlignVCenter)
        right = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
        top = QRect(rect.x() + 36, rect.y() + 4, rect.width() - 46, rect.height() // 2 - 3)
        under = top.translated(0, top.height())
        painter.setFont(look.font(11))
        painter.setPen(look.colour("muted"))
        painter.drawText(top, right, moment.when)
        room = top.width() - painter.fontMetrics().horizontalAdvance(moment.when) - 8
        words = " · ".join(word for word in (who, reveal_line(moment.detail)) if word)
        added, removed = self._model.counts_of(moment)
        counts = f"+{added} −{removed}" if added or removed else ""
        width = painter.fontMetrics().horizontalAdvance(counts)
        elide = Qt.TextElideMode.ElideRight
        shown = painter.fontMetrics().elidedText(words, elide, under.width() - width - 8)
        painter.drawText(under, flags, shown)
        painter.drawText(under, right, counts)
        painter.setFont(look.font(13))
        painter.setPen(look.colour("fg"))
        title = painter.fontMetrics().elidedText(reveal_line(moment.title), elide, room)
        painter.drawText(top, flags, title)
        painter.restore()
