"""Earlier conversations: title, model, cost, when. Knows records; opens nothing by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
)

from widgets.controls import Text, fill, named
from widgets.hidden import reveal
from widgets.look import Look
from widgets.rows import is_picked

Index = QModelIndex | QPersistentModelIndex
ROW = 46


@dataclass(frozen=True, slots=True)
class TalkRow:
    """``detail`` is model, turns and cost in one line; ``when`` is ready to read."""

    id: str
    title: str
    detail: str
    when: str
    current: bool = False


class _Talks(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.all: tuple[TalkRow, ...] = ()
        self.rows: Sequence[TalkRow] = ()

    def show(self, rows: tuple[TalkRow, ...], words: str) -> None:
        self.beginResetModel()
        self.all = rows
        wanted = words.casefold().split()
        self.rows = [
            r for r in rows if all(w in f"{r.title} {r.detail}".casefold() for w in wanted)
        ]
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.title
        if role == Qt.ItemDataRole.UserRole:
            return row
        if role == Qt.ItemDataRole.AccessibleTextRole:
            now = ", open now" if row.current else ""
            return f"{row.title}, {row.detail}, {row.when}{now}"
        return None


class _Paint(QStyledItemDelegate):
    def __init__(self, look: Look, view: QListView) -> None:
        super().__init__(view)
        self._look, self._view = look, view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(100, max(ROW, self._look.px(13) + self._look.px(11) + 22))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        look, row = self._look, index.data(Qt.ItemDataRole.UserRole)
        rect: QRect = option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if is_picked(option):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.mixed("accent", "panel", 0.18))
            painter.drawRoundedRect(rect.adjusted(2, 1, -2, -1), 5, 5)
        icon = "circle-dot" if row.current else "message-square"
        role = "accent" if row.current else "muted"
        picture = look.pixmap(icon, role, 14, self._view.devicePixelRatioF())
        painter.drawPixmap(rect.x() + 12, rect.y() + 8, picture)
        flags = int(Qt.AlignmentFlag.AlignVCenter)
        right = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
        top = QRect(rect.x() + 36, rect.y() + 4, rect.width() - 48, rect.height() // 2 - 3)
        under = top.translated(0, top.height())
        elide = Qt.TextElideMode.ElideRight
        painter.setFont(look.font(11))
        painter.setPen(look.colour("muted"))
        painter.drawText(top, right, row.when)
        room = top.width() - painter.fontMetrics().horizontalAdvance(row.when) - 8
        detail = painter.fontMetrics().elidedText(reveal(row.detail), elide, under.width())
        painter.drawText(under, flags, detail)
        painter.setFont(look.font(13))
        painter.setPen(look.colour("fg"))
        title = painter.fontMetrics().elidedText(reveal(row.title), elide, room)
        painter.drawText(top, flags, title)
        painter.restore()


class TalkList(QFrame):
    """Enter opens, Delete takes out of the list, Escape goes back."""

    opened = Signal(str)
    removed = Signal(str)
    left = Signal()

    def __init__(self, look: Look) -> None:
        super().__init__()
        named(self, "panel")
        self.words = QLineEdit()
        self.words.setPlaceholderText("Search the conversations")
        self.words.setAccessibleName("Search the conversations")
        self.words.setClearButtonEnabled(True)
        self.view = QListView()
        self._model = _Talks(self)
        self.view.setModel(self._model)
        self.view.setItemDelegate(_Paint(look, self.view))
        self.view.setUniformItemSizes(True)
        self.view.setAccessibleName("Earlier conversations")
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._none = Text("", "muted", wrap=True)
        self._none.setContentsMargins(18, 6, 18, 6)
        field, foot = QFrame(), QFrame()
        fill(QHBoxLayout(field), (self.words,), (12, 10, 12, 6), 0)
        hint = Text("Enter opens · Delete takes out of the list, files stay as they are", "tiny")
        fill(QHBoxLayout(foot), (hint, None), (16, 3, 10, 5), 0)
        fill(column := QVBoxLayout(self), (field, self._none, self.view, foot), spacing=0)
        column.setStretch(2, 1)
        self.words.textChanged.connect(self._filtered)
        self.words.installEventFilter(self)
        self.view.installEventFilter(self)
        self.view.clicked.connect(self._on_opened)
        look.changed.connect(self._on_look)

    def _on_look(self) -> None:
        self.view.viewport().update()

    def show_talks(self, rows: Sequence[TalkRow]) -> None:
        self._model.show(tuple(rows), self.words.text())
        self._settle()

    def rows(self) -> tuple[TalkRow, ...]:
        return tuple(self._model.rows)

    def focus(self) -> None:
        self.words.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        key = event.key()
        if key == Qt.Key.Key_Escape:
            self.left.emit()
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._on_opened(self.view.currentIndex())
            return True
        if key == Qt.Key.Key_Delete and watched is self.view:
            index = self.view.currentIndex()
            if index.isValid():
                self.removed.emit(self._model.rows[index.row()].id)
            return True
        if key == Qt.Key.Key_Down and watched is self.words:
            self.view.setFocus()
            return True
        return False

    def _filtered(self, words: str) -> None:
        self._model.show(self._model.all, words)
        self._settle()

    def _settle(self) -> None:
        if self._model.rows:
            self.view.setCurrentIndex(self._model.index(0))
        empty = (
            "No conversation yet: ask something." if not self._model.all else "None is like that."
        )
        self._none.setText(empty)
        self._none.setVisible(not self._model.rows)

    def _on_opened(self, index: QModelIndex) -> None:
        if index.isValid():
            self.opened.emit(self._model.rows[index.row()].id)
