"""The Ctrl+K bar: one instruction for the lines under it, its progress and its errors.

Knows no model.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from assistant.events import Node
from assistant.types import Mention
from widgets.asking import Asking
from widgets.controls import Elided, IconButton, fill
from widgets.graphstrip import GraphStrip
from widgets.look import Look


class PromptBar(Asking):
    """Esc closes the list of mentions, stops the answer, leaves the bar; what came stays."""

    height_changed = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        hint = "What shall change here?  @ adds context"
        super().__init__(look, "prompt", "Edit with a model", hint, parent)
        self._close = IconButton(look, "x", "Leave the bar", size=13)
        self._progress = Elided("", "tiny")
        self.graph = GraphStrip(look)
        self._build()
        self.edit.height_changed.connect(self.height_changed)
        self.chips.changed.connect(self.height_changed)
        self._close.clicked.connect(self.left)

    def open(self, mentions: Sequence[Mention] = (), text: str = "") -> None:
        """Fresh, with the keys in the field."""
        self.chips.set_mentions(mentions)
        self.edit.set_text(text)
        self.show_running(False)
        self.show_status("")
        self.show_progress("")
        self.focus()

    def show_graph(self, nodes: Sequence[Node]) -> None:
        """The calls of the run, where there are several."""
        shown = self.graph.isVisibleTo(self)
        self.graph.show_nodes(nodes)
        if shown != self.graph.isVisibleTo(self):
            self.height_changed.emit()

    def show_progress(self, words: str) -> None:
        """For example ``thought 12 s · 3.1k tokens · $0.02``."""
        self._progress.setText(words)

    def show_status(
        self, text: str, kind: str = "info", actions: Sequence[tuple[str, str]] = ()
    ) -> None:
        super().show_status(text, kind, actions)
        self.height_changed.emit()

    def _build(self) -> None:
        top, field, foot = QFrame(), QFrame(), QFrame()
        fill(first := QHBoxLayout(top), (self.chips, self._close), (0, 0, 0, 0), 4)
        first.setStretch(0, 1)
        fill(middle := QHBoxLayout(field), (self.edit, self._hurry, self._go), (2, 0, 0, 0), 4)
        middle.setStretch(0, 1)
        items = (self.effort, self.model, self.forecast, 4, self._progress)
        fill(last := QHBoxLayout(foot), items, (0, 0, 0, 0), 5)
        last.setStretch(4, 1)
        fill(QVBoxLayout(self), (top, field, foot, self.graph, self.status_line), (9, 7, 7, 8), 6)
        self.setMaximumWidth(760)
        self.setTabOrder(self.edit, self._go)
