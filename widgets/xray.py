"""The context X-ray: exactly what leaves, as a treemap and a list; remove, pin, add.

Knows pieces, not files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QToolTip,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from widgets.controls import Button, IconButton, Ring, Text, fill, named
from widgets.hidden import reveal, reveal_line, said
from widgets.look import Look
from widgets.statusbar import dollars, tokens
from widgets.treemap import squarify

_SOURCES = {
    "selection": ("accent", "selection"),
    "file": ("blue", "open file"),
    "symbol": ("green", "symbol"),
    "search": ("yellow", "found by search"),
    "rule": ("red", "rules"),
    "mention": ("accent2", "mentioned"),
    "history": ("muted", "conversation"),
    "prompt": ("faint", "instructions"),
}


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing that will leave. Lines are 0-based, half-open; both 0 where there are none."""

    key: str
    title: str
    source: str
    why: str
    tokens: int
    path: str = ""
    start: int = 0
    end: int = 0
    redactions: int = 0
    pinned: bool = False
    fixed: bool = False
    """It cannot be left out: the instruction itself."""


@dataclass(frozen=True, slots=True)
class Budget:
    """``price`` is dollars for one token of input, None when unknown."""

    window: int = 0
    price: float | None = None
    sent: bool = False
    """It has left already: a record, not a plan."""
    left_out: int = 0


def source_role(source: str) -> tuple[str, str]:
    """Theme role and words of a source."""
    return _SOURCES.get(source, ("muted", source))


class TreeMap(QWidget):
    """Area is tokens, colour is source; arrow keys walk, Enter opens."""

    picked = Signal(str)
    opened = Signal(str)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._pieces: tuple[Piece, ...] = ()
        self._current = ""
        self.setMinimumHeight(150)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Map of the context")
        look.changed.connect(self.update)

    def show_pieces(self, pieces: Sequence[Piece]) -> None:
        self._pieces = tuple(pieces)
        words = (f"{p.title}, {p.tokens} tokens, {source_role(p.source)[1]}" for p in pieces)
        self.setAccessibleDescription("; ".join(words))
        self.update()

    def show_current(self, key: str) -> None:
        self._current = key
        self.update()

    def boxes(self) -> list[tuple[Piece, QRectF]]:
        area = (0.0, 0.0, float(self.width()), float(self.height()))
        rects = squarify([piece.tokens for piece in self._pieces], area)
        return [(p, QRectF(*rect)) for p, rect in zip(self._pieces, rects, strict=True)]

    def sizeHint(self) -> QSize:
        return QSize(320, 210)

    def piece_at(self, at: QPointF) -> Piece | None:
        return next((piece for piece, rect in self.boxes() if rect.contains(at)), None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        piece = self.piece_at(event.position())
        if piece is not None:
            self.show_current(piece.key)
            self.picked.emit(piece.key)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        piece = self.piece_at(event.position())
        if piece is not None:
            self.opened.emit(piece.key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(Qt.Key(event.key()))
        keys = [piece.key for piece in self._pieces]
        if step and keys:
            at = keys.index(self._current) + step if self._current in keys else 0
            self.show_current(keys[at % len(keys)])
            self.picked.emit(self._current)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._current:
            self.opened.emit(self._current)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            piece = self.piece_at(QPointF(event.pos()))
            words = f"{piece.title}\n{piece.why}\n{tokens(piece.tokens)} tokens" if piece else ""
            QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, look = QPainter(self), self._look
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for piece, rect in self.boxes():
            box = rect.adjusted(1, 1, -1, -1)
            if box.width() < 1 or box.height() < 1:
                continue
            current = piece.key == self._current
            tint = look.mixed(source_role(piece.source)[0], "bg", 0.42 if current else 0.26)
            painter.setBrush(tint)
            painter.setPen(QPen(look.colour("accent"), 2) if current else Qt.PenStyle.NoPen)
            painter.drawRoundedRect(box, 4, 4)
            self._paint_words(painter, piece, box, look.colour("fg"))

    def _paint_words(self, painter: QPainter, piece: Piece, box: QRectF, colour: QColor) -> None:
        if box.width() < 44 or box.height() < 18:
            return
        painter.setPen(colour)
        painter.setFont(self._look.font(11, 600))
        room = box.adjusted(6, 3, -5, -3)
        name = ("▪ " if piece.pinned else "") + reveal_line(piece.title)
        elide = Qt.TextElideMode.ElideMiddle
        shown = painter.fontMetrics().elidedText(name, elide, int(room.width()))
        painter.drawText(room, int(Qt.AlignmentFlag.AlignTop), shown)
        if box.height() > 36:
            painter.setFont(self._look.font(10))
            under = room.adjusted(0, self._look.px(15), 0, 0)
            words = f"{tokens(piece.tokens)} · {source_role(piece.source)[1]}"
            shown = painter.fontMetrics().elidedText(
                words, Qt.TextElideMode.ElideRight, int(room.width())
            )
            painter.drawText(under, int(Qt.AlignmentFlag.AlignTop), shown)


_STEPS = {
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Up: -1,
}


class XRay(QFrame):
    """Before sending it can be changed; what was sent can only be looked at."""

    remove_requested = Signal(str)
    pin_requested = Signal(str, bool)
    add_requested = Signal()
    open_requested = Signal(str, int, int)
    """Path and its lines."""
    closed = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "float")
        self.setAccessibleName("What will be sent")
        self._look = look
        self._pieces: dict[str, Piece] = {}
        self._budget = Budget()
        self.map = TreeMap(look)
        self.list = QTreeWidget()
        self._title, self._sum = Text("What will be sent", "title"), Text("", "muted")
        self._out = Text("", "tiny")
        self._ring = Ring(look)
        self._remove = Button("Leave out", "plain")
        self._pin = Button("Pin", "plain")
        self._add = Button("Add…", "plain")
        self._open = Button("Open", "ghost")
        self._build(look)
        self._connect()
        self._tell()

    def show_pieces(self, pieces: Sequence[Piece], budget: Budget) -> None:
        """All of it; keeps the mark where the piece is still there."""
        current = self.current()
        self._pieces = {piece.key: piece for piece in pieces}
        self._budget = budget
        self._fill()
        self.map.show_pieces(pieces)
        total = sum(piece.tokens for piece in pieces)
        share = total / budget.window if budget.window else 0.0
        self._ring.show_share(share)
        self._title.setText("What was sent" if budget.sent else "What will be sent")
        price = dollars(None if budget.price is None else total * budget.price)
        window = f" of {tokens(budget.window)}" if budget.window else ""
        self._sum.setText(f"{tokens(total)}{window} tokens · {price}")
        more = f"{budget.left_out} pieces did not fit" if budget.left_out else ""
        hidden = sum(piece.redactions for piece in pieces)
        secrets = f"{hidden} secrets replaced by placeholders" if hidden else ""
        self._out.setText(" · ".join(word for word in (more, secrets) if word))
        self._out.setVisible(bool(self._out.text()))
        self.mark(current if current in self._pieces else next(iter(self._pieces), ""))

    def current(self) -> str:
        item = self.list.currentItem()
        return str(item.data(0, Qt.ItemDataRole.UserRole)) if item else ""

    def mark(self, key: str) -> None:
        for row in range(self.list.topLevelItemCount()):
            item = self.list.topLevelItem(row)
            if item is not None and item.data(0, Qt.ItemDataRole.UserRole) == key:
                self.list.setCurrentItem(item)
        self.map.show_current(key)
        self._tell()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        elif event.key() == Qt.Key.Key_Delete:
            self._removed()
        else:
            super().keyPressEvent(event)

    def _build(self, look: Look) -> None:
        close = IconButton(look, "x", "Close", size=14)
        close.clicked.connect(self.closed)
        head, foot = QFrame(), QFrame()
        fill(QHBoxLayout(head), (self._title, 6, self._ring, self._sum, None, close), spacing=6)
        buttons = (self._remove, self._pin, self._open, None, self._add)
        fill(QHBoxLayout(foot), buttons, spacing=6)
        self.list.setColumnCount(4)
        self.list.setHeaderLabels(["Piece", "Why", "Tokens", "Price"])
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setAccessibleName("Pieces of the context")
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        header = self.list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        items = (head, self.map, self.list, self._out, foot)
        fill(column := QVBoxLayout(self), items, (14, 10, 14, 12), 8)
        column.setStretch(1, 2)
        column.setStretch(2, 3)

    def _connect(self) -> None:
        self.map.picked.connect(self.mark)
        self.map.opened.connect(self._opened)
        self.list.currentItemChanged.connect(self._row_changed)
        self.list.itemActivated.connect(self._activated)
        self._remove.clicked.connect(self._removed)
        self._pin.clicked.connect(self._pinned)
        self._open.clicked.connect(self._activated)
        self._add.clicked.connect(self.add_requested)
        self._look.changed.connect(self._restyle)

    def _fill(self) -> None:
        self.list.blockSignals(True)
        self.list.clear()
        price = self._budget.price
        for piece in sorted(self._pieces.values(), key=lambda p: -p.tokens):
            cost = dollars(None if price is None else piece.tokens * price)
            why = reveal(piece.why)
            if piece.redactions:
                why += f" · {piece.redactions} redacted"
            item = QTreeWidgetItem([reveal_line(piece.title), why, tokens(piece.tokens), cost])
            role, words = source_role(piece.source)
            icon = "pin" if piece.pinned else "dot"
            item.setIcon(0, self._look.icon(icon, role, 14))
            item.setData(0, Qt.ItemDataRole.UserRole, piece.key)
            item.setToolTip(0, said(f"{words}: {piece.path or piece.title}"))
            self.list.addTopLevelItem(item)
        self.list.blockSignals(False)

    def _restyle(self) -> None:
        current = self.current()
        self._fill()
        self.mark(current)

    def _row_changed(self, item: QTreeWidgetItem | None) -> None:
        if item is not None:
            self.map.show_current(self.current())
        self._tell()

    def _tell(self) -> None:
        piece = self._pieces.get(self.current())
        free = piece is not None and not piece.fixed and not self._budget.sent
        self._remove.setEnabled(free)
        self._pin.setEnabled(free)
        self._pin.setText("Unpin" if piece is not None and piece.pinned else "Pin")
        self._open.setEnabled(bool(piece and piece.path))
        self._add.setEnabled(not self._budget.sent)

    def _removed(self) -> None:
        if self._remove.isEnabled():
            self.remove_requested.emit(self.current())

    def _pinned(self) -> None:
        piece = self._pieces[self.current()]
        self.pin_requested.emit(piece.key, not piece.pinned)

    def _activated(self) -> None:
        self._opened(self.current())

    def _opened(self, key: str) -> None:
        piece = self._pieces.get(key)
        if piece is not None and piece.path:
            self.open_requested.emit(piece.path, piece.start, piece.end)
