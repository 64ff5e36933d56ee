"""What a field for a model is made of, in the panel and under the lines. Knows no model.

The words, what goes along, thinking level and model, send and stop; how it is laid out is up to
who builds on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from assistant.types import Autonomy, Care, Effort, Mention
from widgets.contextchips import ContextChips
from widgets.controls import Button, Elided, IconButton, Picture, fill, named, rekind
from widgets.forecast import Forecast
from widgets.look import Look
from widgets.mentions import MentionItem
from widgets.modelchips import EffortChip, ModelChip
from widgets.promptedit import PromptEdit

_KINDS = {
    "info": ("muted", "info", "muted"),
    "ok": ("ok", "circle-check", "green"),
    "warning": ("warned", "triangle-alert", "yellow"),
    "error": ("failed", "circle-x", "red"),
}
NARROW = 26
"""Times the size of the text: below, thinking level and model show only their pictures."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the person sends."""

    text: str
    mentions: tuple[Mention, ...] = ()
    effort: Effort = Effort.MEDIUM
    autonomy: Autonomy = Autonomy.EDIT
    care: Care = Care.QUICK


class StatusLine(QFrame):
    """One line of what happened, with buttons for what can be done about it."""

    action_requested = Signal(str)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._picture = Picture(look, "info", "muted", 13)
        self._words = Elided("", "muted")
        self._buttons: list[Button] = []
        self._actions: tuple[tuple[str, str], ...] = ()
        self._line = QHBoxLayout(self)
        fill(self._line, (self._picture, self._words), (0, 0, 0, 0), 6)
        self._line.setStretch(1, 1)
        self.hide()

    def show_status(
        self, text: str, kind: str = "info", actions: Sequence[tuple[str, str]] = ()
    ) -> None:
        """``kind`` is info, ok, warning or error; ``actions`` are (key, words).

        No text hides it.
        """
        style, icon, role = _KINDS[kind]
        self._picture.show_icon(icon, role)
        self._words.setText(text)
        self.setAccessibleName(f"{kind}: {text}")
        rekind(self._words, style)
        self.setVisible(bool(text))
        if tuple(actions) == self._actions:
            return  # a countdown must not take a button away under the finger
        self._actions = tuple(actions)
        for button in self._buttons:
            self._line.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._buttons = [Button(words, "link", key=key) for key, words in actions]
        for button in self._buttons:
            button.pressed_key.connect(self.action_requested)
            self._line.addWidget(button)
            button.show()  # a line that is in sight already shows new parts a moment later

    def text(self) -> str:
        return self._words.text()


class Asking(QFrame):
    """Enter sends; Esc stops what runs, else the field is left. One that runs sends nothing."""

    submitted = Signal(object)
    """A :class:`Prompt`."""
    stop_requested = Signal()
    hurry_requested = Signal()
    """Stop thinking, answer now."""
    left = Signal()
    """Esc while nothing runs."""
    mentions_requested = Signal(str)
    mention_opened = Signal(object)
    context_requested = Signal()
    """Show what will be sent."""
    effort_chosen = Signal(object)
    model_menu_requested = Signal(QPoint)
    action_requested = Signal(str)

    def __init__(
        self,
        look: Look,
        kind: str,
        name: str,
        hint: str,
        parent: QWidget | None,
        *,
        together: bool = False,
    ) -> None:
        """``together``: what will leave stands in one row with what goes along."""
        super().__init__(parent)
        named(self, kind)
        self.setAccessibleName(name)
        self._look = look
        self._running = False
        self.edit = PromptEdit(look, hint)
        self.forecast = Forecast(look)
        self.chips = ContextChips(look, last=self.forecast if together else None)
        self.effort, self.model = EffortChip(look), ModelChip(look)
        self.status_line = StatusLine(look)
        self._go = IconButton(look, "arrow-up", "Send", size=15, role="accent")
        hurry = ("zap", "Stop thinking, answer now")
        self._hurry = IconButton(look, *hurry, size=15, role="accent", command="inline.answer_now")
        self._hurry.hide()
        self.edit.submitted.connect(self._submit)
        self.edit.escaped.connect(self._escape)
        self.edit.mentions_requested.connect(self.mentions_requested)
        self.edit.mentioned.connect(self.chips.add)
        self.chips.opened.connect(self.mention_opened)
        self.chips.add_requested.connect(self._add)
        self.effort.effort_chosen.connect(self.effort_chosen)
        self.model.menu_requested.connect(self.model_menu_requested)
        self.status_line.action_requested.connect(self.action_requested)
        self.forecast.clicked.connect(self.context_requested)
        self._go.clicked.connect(self._pressed)
        self._hurry.clicked.connect(self.hurry_requested)

    def focus(self, text: str = "") -> None:
        """Take the keys, with this text if any."""
        if text:
            self.edit.set_text(text)
        self.edit.setFocus()

    def running(self) -> bool:
        return self._running

    def show_running(self, running: bool) -> None:
        """While it runs, the button and Esc stop it; the text stays and can be changed."""
        self._running = running
        self._go.show_icon("square" if running else "arrow-up", "red" if running else "accent")
        self._go.rename("Stop" if running else "Send", "Esc" if running else "Enter")

    def show_hurry(self, possible: bool) -> None:
        """Whether the model thinks and can be told to answer now."""
        self._hurry.setVisible(possible)

    def show_status(
        self, text: str, kind: str = "info", actions: Sequence[tuple[str, str]] = ()
    ) -> None:
        """One sentence about what happened; none hides it."""
        self.status_line.show_status(text, kind, actions)

    def status(self) -> str:
        return self.status_line.text()

    def set_mentions(self, items: Sequence[MentionItem]) -> None:
        """The answer to :attr:`mentions_requested`."""
        self.edit.set_mentions(items)

    def prompt(self) -> Prompt:
        effort, care = self.effort.effort(), self.effort.care()
        return Prompt(self.edit.text(), self.chips.mentions(), effort, care=care)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < NARROW * self._look.px(13)
        self.effort.set_compact(narrow)
        self.model.set_compact(narrow)

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
            self.left.emit()

    def _add(self) -> None:
        self.edit.setFocus()
        self.edit.insertPlainText("@" if self.edit.toPlainText()[-1:] in ("", " ", "\n") else " @")
