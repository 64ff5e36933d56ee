"""How the rows of the project tree look, and its keys. Knows the model's roles only."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QWidget,
)

from widgets.look import Look
from widgets.projectmodel import IGNORED, PENDING, STATE, STATE_ROLES, Index

ROW = 24


def placed(index: Index) -> QModelIndex:
    """The same place as a QModelIndex."""
    if isinstance(index, QModelIndex):
        return index
    return index.model().index(index.row(), index.column(), index.parent())


class RowPaint(QStyledItemDelegate):
    """One row: icon, name in the colour of its state, letter or dot at the right."""

    def __init__(self, look: Look, view: QTreeView) -> None:
        super().__init__(view)
        self._look, self._view = look, view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(60, max(ROW, self._look.px(13) + 10))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        look, rect = self._look, option.rect
        model = index.model()
        folder = model.hasChildren(index) or not index.data(Qt.ItemDataRole.DecorationRole)
        density = self._view.devicePixelRatioF()
        y = rect.center().y()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if folder:
            name = "folder-open" if self._view.isExpanded(placed(index)) else "folder"
            painter.drawPixmap(rect.x(), y - 7, look.pixmap(name, "muted", 16, density))
        else:
            icon = index.data(Qt.ItemDataRole.DecorationRole)
            icon.paint(painter, QRect(rect.x(), y - 7, 16, 16))
        letter, pending = index.data(STATE), index.data(PENDING)
        role = STATE_ROLES.get(letter, "fg")
        if index.data(IGNORED):
            role = "faint"
        right = rect.right() - 8
        align = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        painter.setFont(look.font(11, 600))
        painter.setPen(look.colour(role))
        if letter:
            shown = "•" if folder else letter.replace("?", "U")
            painter.drawText(QRect(right - 20, rect.y(), 20, rect.height()), align, shown)
            right -= 18
        if pending:
            painter.setPen(look.colour("accent"))
            words = f"{pending} ✎"
            painter.drawText(QRect(right - 40, rect.y(), 40, rect.height()), align, words)
            right -= painter.fontMetrics().horizontalAdvance(words) + 8
        painter.setFont(look.font(13))
        painter.setPen(look.colour(role))
        room = QRect(rect.x() + 23, rect.y(), max(0, right - rect.x() - 26), rect.height())
        name = painter.fontMetrics().elidedText(
            str(index.data()), Qt.TextElideMode.ElideMiddle, room.width()
        )
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), name)
        painter.restore()

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> None:
        rect = option.rect
        editor.setGeometry(rect.adjusted(18, 0, -4, 0))


class ProjectView(QTreeView):
    """Arrows, row backgrounds over the whole width, and the keys of a tree."""

    key_wished = Signal(str)
    preview_wished = Signal()

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.setHeaderHidden(True)
        self.setUniformRowHeights(True)
        self.setIndentation(14)
        self.setAnimated(False)
        self.setMouseTracking(True)
        self.setExpandsOnDoubleClick(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setAccessibleName("Project files")
        self.setItemDelegate(RowPaint(look, self))
        self._hover = QModelIndex()
        look.changed.connect(self._on_look)

    def _on_look(self) -> None:
        self.viewport().update()

    def drawRow(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rect = option.rect.adjusted(2, 0, -3, 0)
        rect.setLeft(2)
        picked = self.selectionModel().isSelected(placed(index))
        hover = index == self._hover
        if picked or hover:
            share = 0.18 if picked else 0.0
            colour = self._look.mixed("accent", "panel", share) if picked else None
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            if picked and self.hasFocus():
                painter.setPen(self._look.mixed("accent", "panel", 0.6))
            painter.setBrush(colour or self._look.colour("hover"))
            painter.drawRoundedRect(rect.adjusted(0, 1, -1, -1), 5, 5)
            painter.restore()
        inner = QStyleOptionViewItem(option)
        self.drawBranches(painter, self._branch_rect(placed(index), rect), index)
        inner.rect = self._item_rect(placed(index), option.rect)
        self.itemDelegate().paint(painter, inner, index)

    def drawBranches(self, painter: QPainter, rect: QRect, index: Index) -> None:
        if self.model().hasChildren(index):
            opened = self.isExpanded(placed(index))
            name = "chevron-down" if opened else "chevron-right"
            picture = self._look.pixmap(name, "muted", 13, self.devicePixelRatioF())
            painter.drawPixmap(rect.right() - 14, rect.center().y() - 5, picture)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if index != self._hover:
            self._hover = index
            self.viewport().update()
        super().mouseMoveEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._hover = QModelIndex()
        self.viewport().update()
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = {
            Qt.Key.Key_Return: "open",
            Qt.Key.Key_Enter: "open",
            Qt.Key.Key_F2: "rename",
            Qt.Key.Key_Delete: "delete",
            Qt.Key.Key_Space: "preview",
        }
        wish = keys.get(Qt.Key(event.key()))
        editing = self.state() == QAbstractItemView.State.EditingState
        if wish and not editing and event.modifiers() in _PLAIN:
            self.key_wished.emit(wish)
        else:
            super().keyPressEvent(event)

    def _depth(self, index: QModelIndex) -> int:
        depth = 0
        while index.parent().isValid():
            index, depth = index.parent(), depth + 1
        return depth

    def _branch_rect(self, index: QModelIndex, rect: QRect) -> QRect:
        left = 4 + self._depth(index) * self.indentation()
        return QRect(left, rect.y(), self.indentation() + 2, rect.height())

    def _item_rect(self, index: QModelIndex, rect: QRect) -> QRect:
        left = 4 + (self._depth(index) + 1) * self.indentation() + 4
        return QRect(left, rect.y(), self.viewport().width() - left - 2, rect.height())


_PLAIN = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
