"""The field at the foot of the assistant panel: what to ask, how far it may go, stop.

Knows no model.
"""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from assistant.types import Autonomy, Mention
from widgets.asking import Asking, Prompt
from widgets.controls import Segments, fill
from widgets.look import Look
from widgets.stepgauge import StepGauge

_AUTONOMY = (
    ("ask", "Ask", "Answers only; nothing is changed"),
    ("edit", "Edit", "Proposes edits that wait for your decision"),
    ("agent", "Agent", "Works on its own in a copy; you review the result"),
)


class Composer(Asking):
    """Enter sends; while an answer streams, Enter queues nothing: the button stops it."""

    autonomy_chosen = Signal(object)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        hint = "Ask, or describe a change.  @ adds context"
        super().__init__(look, "composer", "Ask the model", hint, parent, together=True)
        self.autonomy = Segments(_AUTONOMY, "Autonomy")
        self.gauge = StepGauge(look)
        self.autonomy.choose("edit")
        foot = QFrame()
        items = (self.autonomy, 2, self.effort, self.model, None, self._hurry, self._go)
        fill(QHBoxLayout(foot), items, (0, 0, 0, 0), 4)
        column = (self.chips, self.edit, self.status_line, self.gauge, foot)
        fill(QVBoxLayout(self), column, (10, 9, 8, 8), 8)
        self.setTabOrder(self.edit, self._go)
        self.setCursor(Qt.CursorShape.IBeamCursor)
        for widget in (self.chips, foot, self.status_line, self.gauge):
            widget.setCursor(Qt.CursorShape.ArrowCursor)
        self.autonomy.chosen.connect(self._autonomy_chosen)

    def prompt(self) -> Prompt:
        return replace(super().prompt(), autonomy=Autonomy(self.autonomy.choice()))

    def sent(self, text: str) -> None:
        """These words are on their way: an empty field, and Up brings them back."""
        self.edit.remember(text)
        self.chips.set_mentions(())

    def add_mention(self, mention: Mention) -> None:
        self.chips.add(mention)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.edit.setFocus()

    def _autonomy_chosen(self, key: str) -> None:
        self.autonomy_chosen.emit(Autonomy(key))
