"""The calls of one run as a picture: a box for each, what it waits for, its state, time and price.

Knows nodes; asks nobody. Pressing a box opens what that call sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QElapsedTimer, QEvent, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from assistant.events import Node, NodeKind, NodeState
from widgets.hidden import reveal_line
from widgets.look import Look
from widgets.statusbar import dollars
from widgets.steprow import seconds_words

_PAD, _GAP_X, _GAP_Y = 7, 16, 12
_WIDEST = 190
_LOOKS = {
    NodeState.WAITING: ("circle", "faint", "waits"),
    NodeState.RUNNING: ("loader-circle", "accent", "runs"),
    NodeState.DONE: ("circle-check", "muted", "done"),
    NodeState.FAILED: ("circle-x", "red", "failed"),
    NodeState.SKIPPED: ("circle-dot", "faint", "not needed"),
    NodeState.STOPPED: ("circle-stop", "yellow", "stopped"),
}
_HIDDEN = (NodeKind.CHOOSE,)


def ended(nodes: Sequence[Node]) -> tuple[Node, ...]:
    """The nodes of a run that is over: what still ran was stopped, what waited never will run."""
    over = {NodeState.RUNNING: NodeState.STOPPED, NodeState.WAITING: NodeState.SKIPPED}
    return tuple(replace(node, state=over.get(node.state, node.state)) for node in nodes)


def state_look(node: Node) -> tuple[str, str, str]:
    """Icon, theme role and words for how a node stands."""
    icon, role, words = _LOOKS[node.state]
    if node.kind is NodeKind.CHECK and node.state is NodeState.DONE:
        if node.good is None:
            return "circle-dot", "muted", "nothing was checked"
        if not node.good:
            return "circle-x", "red", "something is wrong"
        return icon, "green", "nothing is wrong"
    if node.good and node.kind.asks:
        return "check-check", "green", "taken"
    return icon, role, words


def node_words(node: Node) -> str:
    """All that is known of a node, in one line."""
    parts = [f"{node.title}: {state_look(node)[2]}", node.model, node.note]
    if (node.over and node.state is not NodeState.SKIPPED) or node.state is NodeState.RUNNING:
        parts.append(seconds_words(node.seconds))
        parts.append(dollars(node.cost) if node.kind.asks else "")
    if node.most.seconds and not node.over:
        parts.append(f"at most {seconds_words(node.most.seconds)}")
    return " · ".join(reveal_line(part) for part in parts if part)


class GraphView(QWidget):
    """Columns are drafts, rows what comes after. Arrow keys walk, Enter or a click opens."""

    opened = Signal(str)
    """What the call of this log sent shall be shown."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._nodes: tuple[Node, ...] = ()
        self._current = ""
        self._since = QElapsedTimer()
        self._tick = QTimer(self)
        self._tick.setInterval(500)
        self._tick.timeout.connect(self.update)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Calls of this run")
        look.changed.connect(self.updateGeometry)

    def show_nodes(self, nodes: Sequence[Node]) -> None:
        """The whole graph as it stands now."""
        before = len(self._nodes)
        self._nodes = tuple(nodes)
        self._since.start()
        if any(node.state is NodeState.RUNNING for node in nodes):
            self._tick.start()
        else:
            self._tick.stop()
        self.setAccessibleDescription("; ".join(self.words(node) for node in nodes))
        if before != len(self._nodes):
            self.updateGeometry()
        self.update()

    def stop(self) -> None:
        """The run ended: what still ran was stopped, what waited never will."""
        self.show_nodes(ended([replace(n, seconds=self._seconds(n)) for n in self._nodes]))

    def nodes(self) -> tuple[Node, ...]:
        return self._nodes

    def words(self, node: Node) -> str:
        """All that is known of a node at this moment, in one line."""
        return node_words(replace(node, seconds=self._seconds(node)))

    # -- where everything stands ---------------------------------------------------------------

    def boxes(self) -> dict[str, QRectF]:
        """The place of every node that is drawn."""
        places = _grid(self._nodes)
        if not places:
            return {}
        columns = 1 + max(column for column, _ in places.values())
        room = self.width() - 2
        width = min(_WIDEST * self._scale(), (room - (columns - 1) * _GAP_X) / columns)
        height = self._box_height()
        boxes = {}
        for id, (column, row) in places.items():
            x, y = 1 + column * (width + _GAP_X), 1 + row * (height + _GAP_Y)
            spans = columns if id in _SPANNING else 1
            boxes[id] = QRectF(x, y, width * spans + _GAP_X * (spans - 1), height)
        return boxes

    def sizeHint(self) -> QSize:
        rows = 1 + max((row for _, row in _grid(self._nodes).values()), default=0)
        return QSize(240, round(2 + rows * self._box_height() + (rows - 1) * _GAP_Y))

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.sizeHint().height())

    def node_at(self, at: QPointF) -> Node | None:
        id = next((id for id, box in self.boxes().items() if box.contains(at)), "")
        return next((node for node in self._nodes if node.id == id), None)

    def _scale(self) -> float:
        return self._look.px(13) / 13

    def _box_height(self) -> float:
        return 3 * self._line() + 2 * _PAD - 2

    def _line(self) -> int:
        return QFontMetrics(self._look.font(11)).height() + 1

    def _seconds(self, node: Node) -> float:
        more = self._since.elapsed() / 1000 if node.state is NodeState.RUNNING else 0.0
        return node.seconds + more

    # -- what the person does ------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        node = self.node_at(event.position())
        if node is not None:
            self._current = node.id
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        node = self.node_at(event.position())
        if node is not None and node.id == self._current:
            self._open(node)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        node = self.node_at(event.position())
        hand = node is not None and bool(node.run)
        shape = Qt.CursorShape.PointingHandCursor if hand else Qt.CursorShape.ArrowCursor
        self.setCursor(shape)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {
            Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1,
        }.get(Qt.Key(event.key()))  # fmt: skip
        drawn = [node for node in self._nodes if node.id in self.boxes()]
        at = next((i for i, node in enumerate(drawn) if node.id == self._current), -1)
        if step is not None and drawn:
            at = max(0, min(len(drawn) - 1, at + step))
            self._current = drawn[at].id
            self.setAccessibleDescription(self.words(drawn[at]))
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Space) and at >= 0:
            self._open(drawn[at])
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            node = self.node_at(QPointF(event.pos()))
            if node is not None:
                more = "\nPress to see what was sent." if node.run else ""
                QToolTip.showText(event.globalPos(), self.words(node) + more, self)
                return True
        return super().event(event)

    def _open(self, node: Node) -> None:
        if node.run and node.state is not NodeState.WAITING:
            self.opened.emit(node.run)

    # -- painting ------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        boxes = self.boxes()
        for node in self._nodes:
            for before in node.after:
                if node.id in boxes and before in boxes:
                    self._paint_line(painter, boxes[before], boxes[node.id], node)
        for node in self._nodes:
            if node.id in boxes:
                self._paint_box(painter, boxes[node.id], node)

    def _paint_line(self, painter: QPainter, start: QRectF, end: QRectF, node: Node) -> None:
        role = "faint" if node.state in (NodeState.WAITING, NodeState.SKIPPED) else "muted"
        pen = QPen(self._look.colour(role), 1.2)
        if node.state in (NodeState.WAITING, NodeState.SKIPPED):
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        path = QPainterPath()
        if end.top() > start.bottom():
            x = start.center().x()
            path.moveTo(x, start.bottom())
            path.lineTo(x, end.top())
        else:
            middle = (start.right() + end.left()) / 2
            path.moveTo(start.right(), start.center().y())
            path.lineTo(middle, start.center().y())
            path.lineTo(middle, end.center().y())
            path.lineTo(end.left(), end.center().y())
        painter.drawPath(path)

    def _paint_box(self, painter: QPainter, box: QRectF, node: Node) -> None:
        look, (icon, role, _) = self._look, state_look(node)
        dim = node.state in (NodeState.WAITING, NodeState.SKIPPED)
        edge = role if role in ("green", "red", "yellow", "accent") else "border"
        if node.id == self._current and self.hasFocus():
            edge = "accent"
        pen = QPen(look.colour(edge), 1.6 if node.id == self._current and self.hasFocus() else 1)
        if dim:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(look.colour("panel" if dim else "raised"))
        painter.drawRoundedRect(box, 6, 6)
        inner, line = box.adjusted(_PAD, _PAD - 2, -_PAD, -_PAD), self._line()
        size = round(13 * self._scale())
        pixmap = look.pixmap(icon, role, size, self.devicePixelRatioF())
        painter.drawPixmap(QPointF(inner.x(), inner.y() + (line - size) / 2), pixmap)
        title = inner.adjusted(size + 5, 0, 0, 0)
        self._write(painter, title, 0, node.title, "muted" if dim else "fg", bold=True)
        second, third = self._lines(node)
        self._write(painter, inner, 1, second, "muted")
        self._write(painter, inner, 2, third, "faint" if dim else "muted")

    def _lines(self, node: Node) -> tuple[str, str]:
        """What stands under the title."""
        took = []
        if node.state is NodeState.RUNNING or (node.over and node.state is not NodeState.SKIPPED):
            took.append(seconds_words(self._seconds(node)))
            if node.kind.asks and (node.over or node.tokens):
                took.append(dollars(node.cost))
        words = " · ".join(took)
        if node.state is NodeState.SKIPPED:
            return (node.model or node.note, node.note if node.model else "")
        if node.kind.asks and node.state in (NodeState.FAILED, NodeState.STOPPED):
            return node.model, node.note or words
        if node.kind is NodeKind.JUDGE and node.state is NodeState.DONE:
            return f"{node.model} · {words}", node.note
        if node.kind.asks:
            return node.model, words or node.when.value.replace("always", "")
        return node.note or state_look(node)[2], words

    def _write(
        self, painter: QPainter, box: QRectF, row: int, text: str, role: str, *, bold: bool = False
    ) -> None:
        font = self._look.font(11)
        font.setBold(bold)
        painter.setFont(font)
        painter.setPen(self._look.colour(role))
        line = self._line()
        room = QRectF(box.x(), box.y() + row * line, box.width(), line)
        short = QFontMetrics(font).elidedText(
            reveal_line(text), Qt.TextElideMode.ElideRight, int(room.width())
        )
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), short)


_SPANNING = frozenset(("judge",))


def _grid(nodes: Sequence[Node]) -> dict[str, tuple[int, int]]:
    """Column and row of each node that is drawn: a draft over its check, the next draft beside it;
    what is about all of them below.
    """
    places: dict[str, tuple[int, int]] = {}
    for node in nodes:
        if node.kind in (NodeKind.DRAFT, NodeKind.REPAIR, NodeKind.ESCALATE):
            places[node.id] = (len([p for p in places.values() if p[1] == 0]), 0)
        elif node.kind is NodeKind.CHECK:
            places[node.id] = (places[node.after[0]][0], 1)
        elif node.kind not in _HIDDEN:
            places[node.id] = (0, 2)
    return places
