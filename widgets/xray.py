"""The context X-ray: exactly what leaves, as a map, a list and the very text; remove, pin, add.

Knows pieces, not files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from assistant.events import Terms
from widgets.contextmap import ContextMap, Piece, source_role
from widgets.controls import Button, IconButton, Picture, Ring, Text, fill, named, row
from widgets.flow import Flow
from widgets.forecast import cost_words
from widgets.hidden import reveal_line
from widgets.look import Look
from widgets.piecelist import PieceList
from widgets.piecepicker import PiecePicker
from widgets.pieceview import PieceView
from widgets.statusbar import tokens

__all__ = ["Budget", "Piece", "XRay"]
_WIDE = 900


@dataclass(frozen=True, slots=True)
class Budget:
    """What frames the pieces: the model with its terms, and whether they have left already."""

    terms: Terms = field(default_factory=Terms)
    model: str = ""
    sent: bool = False
    """It has left already: a record, not a plan."""


class XRay(QFrame):
    """Before sending it can be changed; what was sent can only be looked at."""

    remove_requested = Signal(str)
    pin_requested = Signal(str, bool)
    pieces_requested = Signal(str)
    """These letters were typed into the picker; answer with :meth:`XRay.picker.set_items`."""
    add_requested = Signal(object)
    """A :class:`assistant.types.Mention` whose lines shall go along."""
    restore_requested = Signal()
    """What was left out shall come back."""
    open_requested = Signal(str, int, int)
    """Path and its lines."""
    closed = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "float")
        self.setAccessibleName("What will be sent")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._look = look
        self._pieces: dict[str, Piece] = {}
        self._budget = Budget()
        self.map, self.list, self.view = ContextMap(look), PieceList(look), PieceView(look)
        self.picker = PiecePicker(look, self)
        self._title = Text("What will be sent", "title")
        self._sum = Text("", "muted", wrap=True)
        self._out = Text("", "tiny", wrap=True)
        self._ring = Ring(look)
        self._legend = QFrame()
        self._remove, self._pin = Button("Leave out", "plain"), Button("Pin", "plain")
        self._add, self._open = Button("Add…", "plain"), Button("Open", "ghost")
        self._back = Button("Bring back", "ghost", name="Bring back what was left out")
        self._build(look)
        self._connect()
        self._tell()

    def show_pieces(self, pieces: Sequence[Piece], budget: Budget, *, removed: int = 0) -> None:
        """All of it; keeps the mark where the piece is still there."""
        current = self.current()
        self._pieces = {piece.key: piece for piece in pieces}
        self._budget = budget
        leaving = [piece for piece in pieces if not piece.stays]
        self.list.show_pieces(pieces, budget.terms.rate)
        self.map.show_pieces(leaving)
        self._show_legend(leaving)
        self._show_sum(leaving)
        self._back.setVisible(removed > 0 and not budget.sent)
        largest = max(leaving, key=lambda piece: piece.tokens).key if leaving else ""
        self.mark(current if current in self._pieces else largest)

    def sum(self) -> str:
        """The line beside the title."""
        return self._sum.text()

    def current(self) -> str:
        return self.list.current()

    def mark(self, key: str) -> None:
        self.list.mark(key)
        self.map.show_current(key)
        self._tell()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        elif event.key() == Qt.Key.Key_Delete:
            self._removed()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.width() >= _WIDE
        way = QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        self._lower.setDirection(way)

    def _build(self, look: Look) -> None:
        close = IconButton(look, "x", "Close", size=14)
        close.clicked.connect(self.closed)
        head, total, foot, lower = QFrame(), QFrame(), QFrame(), QFrame()
        fill(QHBoxLayout(head), (self._title, None, close), spacing=6)
        fill(line := QHBoxLayout(total), (self._ring, self._sum), spacing=6)
        line.setStretch(1, 1)
        buttons = (self._remove, self._pin, self._open, None, self._back, self._add)
        fill(QHBoxLayout(foot), buttons, spacing=6)
        self._keys = Flow(self._legend, gap=10)
        self._lower = QBoxLayout(QBoxLayout.Direction.TopToBottom, lower)
        self._lower.setContentsMargins(0, 0, 0, 0)
        self._lower.setSpacing(8)
        self._lower.addWidget(self.list, 3)
        self._lower.addWidget(self.view, 2)
        items = (head, total, self.map, self._legend, lower, self._out, foot)
        fill(column := QVBoxLayout(self), items, (14, 10, 14, 12), 8)
        column.setStretch(2, 2)
        column.setStretch(4, 4)

    def _connect(self) -> None:
        self.map.picked.connect(self.mark)
        self.map.opened.connect(self._opened)
        self.list.picked.connect(self._picked)
        self.list.opened.connect(self._opened)
        self._remove.clicked.connect(self._removed)
        self._pin.clicked.connect(self._pinned)
        self._open.clicked.connect(self._open_current)
        self._add.clicked.connect(self._pick)
        self._back.clicked.connect(self.restore_requested)
        self.picker.typed.connect(self.pieces_requested)
        self.picker.picked.connect(self.add_requested)
        self._look.changed.connect(self._restyle)

    def _show_sum(self, leaving: Sequence[Piece]) -> None:
        budget, terms = self._budget, self._budget.terms
        total = sum(piece.tokens for piece in leaving)
        self._ring.show_share(total / terms.window if terms.window else 0.0)
        self._ring.setVisible(bool(terms.window))
        self._title.setText("What was sent" if budget.sent else "What will be sent")
        window = f" of {tokens(terms.window)}" if terms.window else ""
        cost = cost_words(terms)
        parts = [f"{tokens(total)}{window} tokens"] if terms.leaves else []
        priced = f"before the answer came: {cost}" if budget.sent and cost[:1] == "$" else cost
        parts += [f"price {cost}" if cost == "—" else priced, reveal_line(budget.model)]
        self._sum.setText(" · ".join(part for part in parts if part))
        hidden = sum(piece.redactions for piece in leaving)
        words = "secrets leave as placeholders and come back in the diff."
        if hidden == 1:
            words = "secret leaves as a placeholder and comes back in the diff."
        blind = terms.sees is False and any(piece.picture for piece in leaving)
        lines = [f"{hidden} {words}" if hidden else ""]
        lines.append(f"{budget.model} does not see images." if blind else "")
        self._out.setText(" ".join(line for line in lines if line))
        self._out.setVisible(bool(self._out.text()))

    def _show_legend(self, leaving: Sequence[Piece]) -> None:
        """Each source with its colour and its share, most first."""
        while (item := self._keys.takeAt(0)) is not None:
            if widget := item.widget():
                widget.hide()
                widget.deleteLater()
        weights: dict[tuple[str, str], int] = {}
        for piece in leaving:
            source = source_role(piece.source)
            weights[source] = weights.get(source, 0) + piece.tokens
        for (role, words), weight in sorted(weights.items(), key=lambda item: -item[1]):
            dot, text = (
                Picture(self._look, "dot", role, 14),
                Text(f"{words} {tokens(weight)}", "tiny"),
            )
            self._keys.addWidget(row(dot, text, spacing=4))
        self._legend.updateGeometry()

    def _restyle(self) -> None:
        current = self.current()
        self.list.show_pieces(tuple(self._pieces.values()), self._budget.terms.rate)
        self.mark(current)

    def _picked(self, key: str) -> None:
        self.map.show_current(key)
        self._tell()

    def _tell(self) -> None:
        piece = self._pieces.get(self.current())
        plan = not self._budget.sent
        free = piece is not None and not piece.fixed and not piece.stays and plan
        self._remove.setEnabled(free)
        pinnable = piece is not None and bool(piece.path) and piece.source != "rule"
        self._pin.setEnabled(free and pinnable)
        self._pin.setText("Unpin" if piece is not None and piece.pinned else "Pin")
        self._open.setVisible(bool(piece and piece.path))
        self._add.setEnabled(plan)
        for button in (self._remove, self._pin, self._add):
            button.setVisible(plan)
        self.view.show_piece(piece)

    def _pick(self) -> None:
        self.picker.open_over(self._add)

    def _removed(self) -> None:
        if self._remove.isEnabled():
            self.remove_requested.emit(self.current())

    def _pinned(self) -> None:
        piece = self._pieces[self.current()]
        self.pin_requested.emit(piece.key, not piece.pinned)

    def _open_current(self) -> None:
        self._opened(self.current())

    def _opened(self, key: str) -> None:
        piece = self._pieces.get(key)
        if piece is not None and piece.path:
            self.open_requested.emit(piece.path, piece.start, piece.end)
