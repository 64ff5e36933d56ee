"""A list of rows in memory, as a model: what each shows and what a screen reader says. No looks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QStyleOptionViewItem

from widgets.hidden import reveal_line, said

Index = QModelIndex | QPersistentModelIndex
Row = TypeVar("Row")


class Rows(QAbstractListModel, Generic[Row]):
    """Say :meth:`words`, and :meth:`spoken` and :meth:`tip` where they differ; what would hide in
    them is shown.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.rows: list[Row] = []

    def show(self, rows: Iterable[Row]) -> None:
        self.beginResetModel()
        self.rows = list(rows)
        self.endResetModel()

    def add(self, rows: Iterable[Row]) -> None:
        """More at the end; what is marked stays marked."""
        more = list(rows)
        if more:
            first = len(self.rows)
            self.beginInsertRows(QModelIndex(), first, first + len(more) - 1)
            self.rows += more
            self.endInsertRows()

    def row(self, index: Index) -> Row | None:
        return self.rows[index.row()] if index.isValid() else None

    def words(self, row: Row) -> str:
        """What a row says in one line."""
        raise NotImplementedError

    def spoken(self, row: Row) -> str:
        return self.words(row)

    def tip(self, row: Row) -> str | None:
        return None

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return reveal_line(self.words(row))
            case Qt.ItemDataRole.UserRole:
                return row
            case Qt.ItemDataRole.AccessibleTextRole:
                return reveal_line(self.spoken(row))
            case Qt.ItemDataRole.ToolTipRole:
                tip = self.tip(row)
                return None if tip is None else said(tip)
        return None


def is_picked(option: QStyleOptionViewItem) -> bool:
    """Whether this row is the chosen one."""
    from PySide6.QtWidgets import QStyle  # 150 enumerations, which no first frame needs

    return bool(option.state & QStyle.StateFlag.State_Selected)


def is_under_mouse(option: QStyleOptionViewItem) -> bool:
    from PySide6.QtWidgets import QStyle

    return bool(option.state & QStyle.StateFlag.State_MouseOver)
