"""The field at the foot of the assistant panel: what to ask, how far it may go, stop.

Knows no model.
"""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from assistant.types import Autonomy, Mention
from widgets.contextchips import ContextChips
from widgets.controls import IconButton, Segments, fill, named
from widgets.forecast import Forecast
from widgets.look import Look
from widgets.modelchips import EffortChip, ModelChip
from widgets.promptbar import Prompt, StatusLine, hurry_button
from widgets.promptedit import PromptEdit

_AUTONOMY = (
    ("ask", "Ask", "Answers only; nothing is changed"),
    ("edit", "Edit", "Proposes edits that wait for your decision"),
    ("agent", "Agent", "Works on its own in a copy; you review the result"),
)


class Composer(QFrame):
    """Enter sends; while an answer streams, Enter queues nothing: the button stops it."""

    submitted = Signal(object)
    """A :class:`widgets.promptbar.Prompt`."""
    stop_requested = Signal()
    hurry_requested = Signal()
    """Stop thinking, answer now."""
    mentions_requested = Signal(str)
    mention_opened = Signal(object)
    context_requested = Signal()
    autonomy_chosen = Signal(object)
    effort_chosen = Signal(object)
    model_menu_requested = Signal(QPoint)
    action_requested = Signal(str)
    escaped = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "composer")
        self._look = look
        self.setAccessibleName("Ask the model")
        self.edit = PromptEdit(look, "Ask, or describe a change.  @ adds context")
        self.forecast = Forecast(look)
        self.chips = ContextChips(look, last=self.forecast)
        self.autonomy = Segments(_AUTONOMY, "Autonomy")
        self.effort, self.model = EffortChip(look), ModelChip(look)
        self.status = StatusLine(look)
        self._go = IconButton(look, "arrow-up", "Send", size=15, role="accent")
        self._hurry = hurry_button(look)
        self._running = False
        self.autonomy.choose("edit")
        foot = QFrame()
        items = (self.autonomy, 2, self.effort, self.model, None, self._hurry, self._go)
        fill(QHBoxLayout(foot), items, (0, 0, 0, 0), 4)
        column = (self.chips, self.edit, self.status, foot)
        fill(QVBoxLayout(self), column, (10, 9, 8, 8), 8)
        self.setTabOrder(self.edit, self._go)
        self.setCursor(Qt.CursorShape.IBeamCursor)
        for widget in (self.chips, foot, self.status):
            widget.setCursor(Qt.CursorShape.ArrowCursor)
        self._connect()

    def focus(self, text: str = "") -> None:
        """Take the keys, with this text if any."""
        if text:
            self.edit.set_text(text)
        self.edit.setFocus()

    def show_running(self, running: bool) -> None:
        self._running = running
        self._go.show_icon("square" if running else "arrow-up", "red" if running else "accent")
        self._go.rename("Stop" if running else "Send", "Esc" if running else "Enter")

    def show_hurry(self, possible: bool) -> None:
        """Whether the model thinks and can be told to answer now."""
        self._hurry.setVisible(possible)

    def running(self) -> bool:
        return self._running

    def prompt(self) -> Prompt:
        mentions, effort = self.chips.mentions(), self.effort.effort()
        return Prompt(self.edit.text(), mentions, effort, Autonomy(self.autonomy.choice()))

    def show_status(self, text: str, kind: str = "info") -> None:
        """One sentence under the field; none hides it."""
        self.status.show_status(text, kind)

    def sent(self, text: str) -> None:
        """These words are on their way: an empty field, and Up brings them back."""
        self.edit.remember(text)
        self.chips.set_mentions(())

    def add_mention(self, mention: Mention) -> None:
        self.chips.add(mention)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < 26 * self._look.px(13)
        self.effort.set_compact(narrow)
        self.model.set_compact(narrow)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.edit.setFocus()

    def _connect(self) -> None:
        self.edit.submitted.connect(self._submit)
        self.edit.escaped.connect(self._escape)
        self.edit.mentions_requested.connect(self.mentions_requested)
        self.edit.mentioned.connect(self.chips.add)
        self.chips.opened.connect(self.mention_opened)
        self.chips.add_requested.connect(self._add)
        self.autonomy.chosen.connect(self._autonomy_chosen)
        self.effort.effort_chosen.connect(self.effort_chosen)
        self.model.menu_requested.connect(self.model_menu_requested)
        self.status.action_requested.connect(self.action_requested)
        self.forecast.clicked.connect(self.context_requested)
        self._go.clicked.connect(self._pressed)
        self._hurry.clicked.connect(self.hurry_requested)

    def _submit(self) -> None:
        prompt = self.prompt()
        if prompt.text and not self._running:
            self.submitted.emit(prompt)

    def _pressed(self) -> None:
        if self._running:
            self.stop_requested.emit()
        else:
            self._submit()

    def _escape(self) -> None:
        if self._running:
            self.stop_requested.emit()
        else:
            self.escaped.emit()

    def _autonomy_chosen(self, key: str) -> None:
        self.autonomy_chosen.emit(Autonomy(key))

    def _add(self) -> None:
        self.edit.setFocus()
        self.edit.insertPlainText("@" if self.edit.toPlainText()[-1:] in ("", " ", "\n") else " @")
