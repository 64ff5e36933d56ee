"""What an ``@`` can stand for, as a list: picture, words, kind. Knows mentions, not files."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QListView, QStyleOptionViewItem, QVBoxLayout, QWidget

from widgets.controls import fill, named
from widgets.look import Look
from widgets.mentions import MentionItem, mention_icon
from widgets.palettelist import Choice, ChoicePaint, Choices

_ROW = 26


class _Paint(ChoicePaint):
    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return QSize(100, max(_ROW, self._look.px(13) + 11))


class MentionList(QListView):
    """Rows to choose from by keys or by the mouse; it never takes the focus."""

    picked = Signal(object)
    """The :class:`MentionItem`."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._items: tuple[MentionItem, ...] = ()
        self._rows = Choices(self)
        self.setModel(self._rows)
        self.setItemDelegate(_Paint(look, self))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName("Things to mention")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.clicked.connect(self._clicked)
        self.entered.connect(self.setCurrentIndex)

    def show_items(self, items: Sequence[MentionItem]) -> None:
        self._items = tuple(items)
        self._rows.show([_row(item) for item in items])
        self.setCurrentIndex(self._rows.index(0))

    def items(self) -> tuple[MentionItem, ...]:
        return self._items

    def step(self, by: int) -> None:
        if self._items:
            row = (self.currentIndex().row() + by) % len(self._items)
            self.setCurrentIndex(self._rows.index(row))

    def take(self) -> None:
        row = self.currentIndex().row()
        if 0 <= row < len(self._items):
            self.picked.emit(self._items[row])

    def row_height(self) -> int:
        return max(1, self.sizeHintForRow(0))

    def _clicked(self, index: QModelIndex) -> None:
        self.picked.emit(self._items[index.row()])


def _row(item: MentionItem) -> Choice:
    icon, role = mention_icon(item.mention)
    kind = "" if item.label.startswith("@") else item.mention.kind
    return Choice(icon, role, item.label, item.detail, kind)


class MentionPopup(QFrame):
    """The list under the field; it never takes the focus."""

    picked = Signal(object)

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        named(self, "float")
        self.list = MentionList(look)
        self.list.picked.connect(self.picked)
        fill(QVBoxLayout(self), (self.list,), (3, 4, 3, 4), 0)
        self.hide()

    def show_items(self, items: Sequence[MentionItem]) -> None:
        self.list.show_items(items)

    def count(self) -> int:
        return len(self.list.items())

    def height_for(self, rows: int) -> int:
        """Pixels for so many rows."""
        return min(rows, self.count()) * self.list.row_height() + 12
