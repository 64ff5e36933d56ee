"""The map of a request: a box for each piece, its area the tokens, its colour and word the source.

Knows pieces, not files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from widgets.hidden import reveal_line
from widgets.look import Look
from widgets.statusbar import tokens
from widgets.treemap import squarify

_SOURCES = {
    "selection": ("accent", "selection"),
    "file": ("blue", "open file"),
    "symbol": ("blue", "symbol"),
    "search": ("yellow", "found by search"),
    "rule": ("red", "rules"),
    "pin": ("accent", "pinned"),
    "history": ("muted", "conversation"),
    "system": ("faint", "Galley's words"),
    "prompt": ("fg", "your words"),
    "image": ("green", "image"),
    **dict.fromkeys(
        ("folder", "commit", "diff", "problems", "terminal", "paste"), ("accent2", "mentioned")
    ),
}


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing that leaves, or that stays here. Lines are 0-based, half-open; both 0 where there
    are none.
    """

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
    text: str = ""
    """Just what leaves of it."""
    picture: bytes = b""
    stays: bool = False
    """It does not leave: ``why`` says why not."""

    @property
    def lines(self) -> str:
        """``client.py:11-19``, 1-based."""
        if not self.path or self.end <= self.start:
            return self.title
        last = f"-{self.end}" if self.end > self.start + 1 else ""
        return f"{self.title}:{self.start + 1}{last}"


def source_role(source: str) -> tuple[str, str]:
    """Theme role and words of a source."""
    return _SOURCES.get(source, ("muted", source))


class ContextMap(QWidget):
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
