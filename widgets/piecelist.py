"""The pieces of a request as rows: what leaves, then what stays here and why.

Knows pieces, not files.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeWidget, QTreeWidgetItem

from widgets.contextmap import Piece, source_role
from widgets.hidden import reveal_line, said
from widgets.look import Look
from widgets.statusbar import dollars, tokens

_KEY = Qt.ItemDataRole.UserRole
_NAMES = ("Piece", "From", "Why", "Tokens", "Price")
_FROM, _WHY, _TOKENS, _PRICE = 1, 2, 3, 4
_NARROW, _NARROWEST = 560, 400


class PieceList(QTreeWidget):
    """Two groups; the second is there only where something was kept back."""

    picked = Signal(str)
    opened = Signal(str)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.setColumnCount(len(_NAMES))
        self.setHeaderLabels(list(_NAMES))
        self.setRootIsDecorated(False)
        self.setIndentation(12)
        self.setUniformRowHeights(True)
        self.setAccessibleName("Pieces of the request")
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(_WHY, QHeaderView.ResizeMode.Stretch)
        self.currentItemChanged.connect(self._moved)
        self.itemActivated.connect(self._activated)

    def show_pieces(self, pieces: Sequence[Piece], rate: float | None) -> None:
        """``rate`` is dollars for one token, None when it is not known."""
        self.blockSignals(True)
        self.clear()
        leaving = sorted((p for p in pieces if not p.stays), key=lambda p: -p.tokens)
        for name, group in (
            (f"Leaves ({len(leaving)})", leaving),
            ("Stays here", [p for p in pieces if p.stays]),
        ):
            if group:
                self._group(name, group, rate)
        self.blockSignals(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow place the words give way to the numbers; tool tips still say them."""
        super().resizeEvent(event)
        self.setColumnHidden(_FROM, self.width() < _NARROW)
        narrow = self.width() < _NARROWEST
        self.setColumnHidden(_WHY, narrow)
        fit, stretch = QHeaderView.ResizeMode.ResizeToContents, QHeaderView.ResizeMode.Stretch
        self.header().setSectionResizeMode(0, stretch if narrow else fit)

    def current(self) -> str:
        """The key of the marked piece; empty on a group."""
        item = self.currentItem()
        return str(item.data(0, _KEY) or "") if item is not None else ""

    def mark(self, key: str) -> None:
        for at in range(self.topLevelItemCount()):
            group = self.topLevelItem(at)
            for row in range(group.childCount() if group is not None else 0):
                item = group.child(row) if group is not None else None
                if item is not None and item.data(0, _KEY) == key:
                    self.setCurrentItem(item)

    def rows(self) -> list[list[str]]:
        """What the rows say, groups included."""
        said_: list[list[str]] = []
        for at in range(self.topLevelItemCount()):
            group = self.topLevelItem(at)
            if group is None:
                continue
            said_.append([group.text(0)])
            children = (group.child(row) for row in range(group.childCount()))
            said_ += [[c.text(i) for i in range(len(_NAMES))] for c in children if c is not None]
        return said_

    def _group(self, name: str, pieces: Sequence[Piece], rate: float | None) -> None:
        head = QTreeWidgetItem([name])
        head.setForeground(0, QColor(self._look.colour("muted")))
        head.setFlags(Qt.ItemFlag.ItemIsEnabled)
        head.setFirstColumnSpanned(True)
        self.addTopLevelItem(head)
        for piece in pieces:
            head.addChild(self._row(piece, rate))
        head.setExpanded(True)

    def _row(self, piece: Piece, rate: float | None) -> QTreeWidgetItem:
        why = piece.why
        if piece.redactions:
            secrets = "secret" if piece.redactions == 1 else "secrets"
            why += f" · {piece.redactions} {secrets} masked"
        role, source = source_role(piece.source)
        cost = "" if piece.stays else dollars(None if rate is None else piece.tokens * rate)
        count = tokens(piece.tokens) if piece.tokens or not piece.stays else ""
        words = [piece.lines, "" if piece.stays else source, why, count, cost]
        item = QTreeWidgetItem([reveal_line(word) for word in words])
        icon = "lock" if piece.stays else "pin" if piece.pinned else "dot"
        item.setIcon(0, self._look.icon(icon, "muted" if piece.stays else role, 14))
        item.setData(0, _KEY, piece.key)
        about = f"{piece.path or piece.title}\n{source}: {why}"
        item.setToolTip(0, said("\n".join(map(reveal_line, about.split("\n")))))
        item.setToolTip(_WHY, said(reveal_line(why)))
        for column in (_TOKENS, _PRICE):
            item.setTextAlignment(
                column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            )
        if piece.stays:
            for column in range(len(_NAMES)):
                item.setForeground(column, QColor(self._look.colour("muted")))
        return item

    def _moved(self) -> None:
        self.picked.emit(self.current())

    def _activated(self) -> None:
        self.opened.emit(self.current())
