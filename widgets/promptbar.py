"""The Ctrl+K bar: one instruction for the lines under it, its progress and its errors.

Knows no model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from assistant.types import Autonomy, Effort, Mention
from widgets.contextchips import ContextChips
from widgets.controls import Button, Elided, IconButton, Picture, fill, named, rekind
from widgets.forecast import Forecast
from widgets.look import Look
from widgets.mentionpopup import MentionItem
from widgets.modelchips import EffortChip, ModelChip
from widgets.promptedit import PromptEdit

_KINDS = {
    "info": ("muted", "info", "muted"),
    "ok": ("ok", "circle-check", "green"),
    "warning": ("warned", "triangle-alert", "yellow"),
    "error": ("failed", "circle-x", "red"),
}


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the person sends."""

    text: str
    mentions: tuple[Mention, ...] = ()
    effort: Effort = Effort.MEDIUM
    autonomy: Autonomy = Autonomy.EDIT


def hurry_button(look: Look) -> IconButton:
    """The button beside stop; hidden until the model thinks."""
    button = IconButton(look, "zap", "Stop thinking, answer now", size=15, role="accent")
    button.hide()
    return button


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

    def text(self) -> str:
        return self._words.text()


NARROW = 420
"""Pixels of a bar below which its chips show only their pictures."""


class PromptBar(QFrame):
    """Esc closes the list of mentions, then stops the answer, then leaves the bar."""

    submitted = Signal(object)
    """A :class:`Prompt`."""
    stop_requested = Signal()
    hurry_requested = Signal()
    """Stop thinking, answer now."""
    left = Signal()
    """Esc while nothing runs: the bar may go; what came stays."""
    mentions_requested = Signal(str)
    mention_opened = Signal(object)
    context_requested = Signal()
    """Show what will be sent."""
    effort_chosen = Signal(object)
    model_menu_requested = Signal(QPoint)
    action_requested = Signal(str)
    height_changed = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "prompt")
        self.setAccessibleName("Edit with a model")
        self.edit = PromptEdit(look, "What shall change here?  @ adds context")
        self.chips = ContextChips(look)
        self.effort = EffortChip(look)
        self.model = ModelChip(look)
        self._go = IconButton(look, "arrow-up", "Send", size=15, role="accent")
        self._close = IconButton(look, "x", "Leave the bar", size=13)
        self.forecast = Forecast(look)
        self._progress = Elided("", "tiny")
        self._status = StatusLine(look)
        self._hurry = hurry_button(look)
        self._running = False
        self._build()
        self._connect()

    def open(self, mentions: Sequence[Mention] = (), text: str = "") -> None:
        """Fresh, with the keys in the field."""
        self.chips.set_mentions(mentions)
        self.edit.set_text(text)
        self.show_running(False)
        self.show_status("")
        self.show_progress("")
        self.focus()

    def focus(self) -> None:
        self.edit.setFocus()

    def show_hurry(self, possible: bool) -> None:
        """Whether the model thinks and can be told to answer now."""
        self._hurry.setVisible(possible)

    def running(self) -> bool:
        return self._running

    def show_running(self, running: bool) -> None:
        """While it runs, the button and Esc stop it; the text stays and can be changed."""
        self._running = running
        self._go.show_icon("square" if running else "arrow-up", "red" if running else "accent")
        self._go.rename("Stop" if running else "Send", "Esc" if running else "Enter")

    def show_progress(self, words: str) -> None:
        """For example ``thought 12 s · 3.1k tokens · $0.02``."""
        self._progress.setText(words)

    def show_status(
        self, text: str, kind: str = "info", actions: Sequence[tuple[str, str]] = ()
    ) -> None:
        self._status.show_status(text, kind, actions)
        self.height_changed.emit()

    def status(self) -> str:
        return self._status.text()

    def set_mentions(self, items: Sequence[MentionItem]) -> None:
        """The answer to :attr:`mentions_requested`."""
        self.edit.set_mentions(items)

    def prompt(self) -> Prompt:
        return Prompt(self.edit.text(), self.chips.mentions(), self.effort.effort())

    def _build(self) -> None:
        top, field, foot = QFrame(), QFrame(), QFrame()
        fill(first := QHBoxLayout(top), (self.chips, self._close), (0, 0, 0, 0), 4)
        first.setStretch(0, 1)
        fill(middle := QHBoxLayout(field), (self.edit, self._hurry, self._go), (2, 0, 0, 0), 4)
        middle.setStretch(0, 1)
        items = (self.effort, self.model, self.forecast, 4, self._progress)
        fill(last := QHBoxLayout(foot), items, (0, 0, 0, 0), 5)
        last.setStretch(4, 1)
        fill(QVBoxLayout(self), (top, field, foot, self._status), (9, 7, 7, 8), 6)
        self.setMaximumWidth(760)
        self.setTabOrder(self.edit, self._go)

    def _connect(self) -> None:
        self.edit.submitted.connect(self._submit)
        self.edit.escaped.connect(self._escape)
        self.edit.mentions_requested.connect(self.mentions_requested)
        self.edit.mentioned.connect(self.chips.add)
        self.edit.height_changed.connect(self.height_changed)
        self.chips.changed.connect(self.height_changed)
        self.chips.opened.connect(self.mention_opened)
        self.chips.add_requested.connect(self._add)
        self.effort.effort_chosen.connect(self.effort_chosen)
        self.model.menu_requested.connect(self.model_menu_requested)
        self._go.clicked.connect(self._pressed)
        self._hurry.clicked.connect(self.hurry_requested)
        self._close.clicked.connect(self.left)
        self.forecast.clicked.connect(self.context_requested)
        self._status.action_requested.connect(self.action_requested)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < NARROW
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
