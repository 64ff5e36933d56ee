"""The calls of one run in one row: a mark and a word for each, in the order they happen.

For places too small for the picture; knows nodes, asks nobody.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QElapsedTimer, QEvent, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from assistant.events import Node, NodeKind, NodeState
from widgets.graphview import ended, node_words, state_look
from widgets.hidden import reveal_line
from widgets.look import Look
from widgets.steprow import seconds_words

_GAP = 16


class GraphStrip(QWidget):
    """Hidden while there is nothing to show. Arrow keys walk, Enter or a click opens."""

    opened = Signal(str)
    """What the call of this log sent shall be shown."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._nodes: tuple[Node, ...] = ()
        self._current = -1
        self._since = QElapsedTimer()
        self._tick = QTimer(self)
        self._tick.setInterval(500)
        self._tick.timeout.connect(self.update)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Calls of this run")
        self.setMouseTracking(True)
        look.changed.connect(self.updateGeometry)
        self.hide()

    def show_nodes(self, nodes: Sequence[Node]) -> None:
        """What is drawn: all but the choice, which stands in the words below."""
        self._nodes = tuple(node for node in nodes if node.kind is not NodeKind.CHOOSE)
        self._since.start()
        running = any(node.state is NodeState.RUNNING for node in self._nodes)
        self._tick.start() if running else self._tick.stop()
        self.setAccessibleDescription("; ".join(map(node_words, self._nodes)))
        self.setVisible(bool(self._nodes))
        self.update()

    def stop(self) -> None:
        """The run ended."""
        self.show_nodes(ended(self._nodes))

    def nodes(self) -> tuple[Node, ...]:
        return self._nodes

    def boxes(self) -> list[tuple[Node, QRectF]]:
        """The place of each node; where there is no room for words only the marks stand."""
        metrics, mark = QFontMetrics(self._look.font(11)), self._mark()
        words = [metrics.horizontalAdvance(self._label(node)) + 5 for node in self._nodes]
        roomy = sum(words) + len(words) * (mark + _GAP) <= self.width()
        boxes, x = [], 0.0
        for node, wide in zip(self._nodes, words, strict=True):
            width = mark + (wide if roomy else 0)
            boxes.append((node, QRectF(x, 0, width, self.height())))
            x += width + _GAP
        return boxes

    def sizeHint(self) -> QSize:
        return QSize(200, QFontMetrics(self._look.font(11)).height() + 6)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, self.sizeHint().height())

    def _mark(self) -> int:
        return self._look.px(13)

    def _label(self, node: Node) -> str:
        words = reveal_line(node.title)
        if node.state is NodeState.RUNNING:
            words += f" {seconds_words(node.seconds + self._since.elapsed() / 1000)}"
        return words

    def node_at(self, at: QPointF) -> Node | None:
        return next((node for node, box in self.boxes() if box.contains(at)), None)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._open(self.node_at(event.position()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        node = self.node_at(event.position())
        hand = node is not None and bool(node.run)
        self.setCursor(Qt.CursorShape.PointingHandCursor if hand else Qt.CursorShape.ArrowCursor)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is not None and self._nodes:
            self._current = max(0, min(len(self._nodes) - 1, self._current + step))
            self.setAccessibleDescription(node_words(self._nodes[self._current]))
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Space) and self._current >= 0:
            self._open(self._nodes[self._current])
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            node = self.node_at(QPointF(event.pos()))
            if node is not None:
                QToolTip.showText(event.globalPos(), node_words(node), self)
                return True
        return super().event(event)

    def _open(self, node: Node | None) -> None:
        if node is not None and node.run:
            self.opened.emit(node.run)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        font = self._look.font(11)
        painter.setFont(font)
        size, middle = self._mark(), int(Qt.AlignmentFlag.AlignVCenter)
        before: QRectF | None = None
        for index, (node, box) in enumerate(self.boxes()):
            icon, role, _ = state_look(node)
            if before is not None:
                painter.setPen(self._look.colour("faint"))
                gap = QRectF(before.right(), 0, box.left() - before.right(), box.height())
                painter.drawText(gap, int(Qt.AlignmentFlag.AlignCenter), "›")
            pixmap = self._look.pixmap(icon, role, size, self.devicePixelRatioF())
            painter.drawPixmap(QPointF(box.x(), (box.height() - size) / 2), pixmap)
            dim = node.state in (NodeState.WAITING, NodeState.SKIPPED)
            picked = index == self._current and self.hasFocus()
            painter.setPen(self._look.colour("accent" if picked else "faint" if dim else "fg"))
            if box.width() > size:
                painter.drawText(box.adjusted(size + 4, 0, 4, 0), middle, self._label(node))
            before = box
