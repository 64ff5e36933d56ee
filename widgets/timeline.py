"""The history of changes by person, model, formatter and command, with wishes to restore.

Knows records.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QAction, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QListView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from widgets.controls import Segments, Text, fill, named
from widgets.hidden import reveal_line
from widgets.look import Look

Index = QModelIndex | QPersistentModelIndex
ROW = 44
_WHO = {
    "me": ("user", "fg", "You"),
    "model": ("sparkles", "accent", "Model"),
    "formatter": ("wand-sparkles", "green", "Formatter"),
    "command": ("terminal", "yellow", "Command"),
    "disk": ("hard-drive", "muted", "Disk"),
    "commit": ("git-commit-horizontal", "blue", "Commit"),
    "restore": ("undo-2", "blue", "Restore"),
}
_FILTERS = (
    ("", "All", "Every change"),
    ("model", "Model", "What models changed"),
    ("me", "Mine", "What you changed"),
    ("commit", "Commits", "What was committed"),
)


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry.

    ``who`` is me, model, formatter, command, disk, commit or restore; ``when`` is ready to read.
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


class _Moments(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.all: tuple[Moment, ...] = ()
        self.rows: Sequence[Moment] = ()

    def show(self, moments: tuple[Moment, ...], who: str) -> None:
        self.beginResetModel()
        self.all = moments
        self.rows = [m for m in moments if m.who == who] if who else moments
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        moment = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return moment.title
        if role == Qt.ItemDataRole.UserRole:
            return moment
        if role == Qt.ItemDataRole.AccessibleTextRole:
            who = _WHO[moment.who][2]
            counts = f"{moment.added} added, {moment.removed} removed"
            return f"{who}: {moment.title}, {moment.when}, {counts}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(moment.files) or None
        return None


class _Paint(QStyledItemDelegate):
    def __init__(self, look: Look, view: QListView) -> None:
        super().__init__(view)
        self._look, self._view = look, view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(100, max(ROW, self._look.px(13) + self._look.px(11) + 20))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        look, moment = self._look, index.data(Qt.ItemDataRole.UserRole)
        rect: QRect = option.rect
        picked = bool(option.state & QStyle.StateFlag.State_Selected)
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
        counts = f"+{moment.added} −{moment.removed}" if moment.added or moment.removed else ""
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


class Timeline(QFrame):
    """Newest first. Restoring is a wish; the owner shows what would change before it does it."""

    restore_requested = Signal(str, str)
    """Id of a moment; code, talk or both."""
    undo_requested = Signal(str)
    """Take back only this change, keep what came after."""
    opened = Signal(str)
    more_requested = Signal()
    """The end of the list is in sight."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "dock")
        self._look = look
        self.view = QListView()
        self._model = _Moments(self)
        self._filter = Segments(_FILTERS, "Show")
        self._none = Text("Nothing has been changed yet.", "muted")
        self._none.setContentsMargins(16, 6, 16, 6)
        self.view.setModel(self._model)
        self.view.setItemDelegate(_Paint(look, self.view))
        self.view.setUniformItemSizes(True)
        self.view.setAccessibleName("History of changes")
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._menu)
        self.view.doubleClicked.connect(self._opened)
        self.view.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.view.installEventFilter(self)
        self._filter.chosen.connect(self._filtered)
        look.changed.connect(self.view.viewport().update)
        head, bar = QFrame(), QFrame()
        fill(QHBoxLayout(head), (Text("HISTORY", "caption"), None), (14, 9, 8, 6), 0)
        fill(QHBoxLayout(bar), (self._filter, None), (10, 0, 8, 6), 0)
        fill(column := QVBoxLayout(self), (head, bar, self._none, self.view), spacing=0)
        column.setStretch(3, 1)

    def show_moments(self, moments: Sequence[Moment]) -> None:
        """The whole list as it is now; the mark stays on its moment."""
        current = self.current()
        self._model.show(tuple(moments), self._filter.choice())
        self._none.setVisible(not self._model.rows)
        for row, moment in enumerate(self._model.rows):
            if current is not None and moment.id == current.id:
                self.view.setCurrentIndex(self._model.index(row))
                break

    def current(self) -> Moment | None:
        index = self.view.currentIndex()
        return self._model.rows[index.row()] if index.isValid() else None

    def menu_of(self, moment: Moment) -> QMenu:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        entries = [("Show the change", "eye", "open"), ("Take back only this", "undo-2", "undo")]
        entries.append(("Restore the code to here", "history", "code"))
        if moment.talk:
            entries.append(("Restore the conversation to here", "message-square", "talk"))
            entries.append(("Restore both to here", "layers", "both"))
        for words, icon, wish in entries:
            action = menu.addAction(self._look.icon(icon), words)
            action.setData((wish, moment.id))
        menu.triggered.connect(self._chosen)
        return menu

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._opened(self.view.currentIndex())
                return True
            if event.key() == Qt.Key.Key_Menu and (moment := self.current()):
                self.menu_of(moment).popup(self.view.mapToGlobal(QPoint(30, 30)))
                return True
        return False

    def _filtered(self, who: str) -> None:
        self._model.show(self._model.all, who)
        self._none.setVisible(not self._model.rows)

    def _menu(self, at: QPoint) -> None:
        index = self.view.indexAt(at)
        if index.isValid():
            menu = self.menu_of(self._model.rows[index.row()])
            menu.popup(self.view.viewport().mapToGlobal(at))

    def _chosen(self, action: QAction) -> None:
        wish, moment = action.data()
        if wish == "open":
            self.opened.emit(moment)
        elif wish == "undo":
            self.undo_requested.emit(moment)
        else:
            self.restore_requested.emit(moment, wish)

    def _opened(self, index: QModelIndex) -> None:
        if index.isValid():
            self.opened.emit(self._model.rows[index.row()].id)

    def _scrolled(self, value: int) -> None:
        bar = self.view.verticalScrollBar()
        if bar.maximum() and value >= bar.maximum() - 3 * ROW:
            self.more_requested.emit()
