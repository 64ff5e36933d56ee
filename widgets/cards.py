"""What stands between the words of an answer: the question, thoughts, steps, evidence, refusals.

Knows words.

Every class here is one entry of the transcript and has no meaning outside it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QElapsedTimer, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPlainTextEdit, QVBoxLayout

from assistant.types import Mention
from widgets.contextchips import ContextChips
from widgets.controls import Button, Elided, IconButton, Picture, Text, fill, named
from widgets.hidden import reveal
from widgets.look import Look
from widgets.steprow import StepRow as StepRow
from widgets.steprow import seconds_words


class UserCard(QFrame):
    """What the person asked, with what they pointed at."""

    mention_opened = Signal(object)
    edit_requested = Signal(str)
    back_requested = Signal(str)
    """talk, code or both, to before this question."""
    replay_requested = Signal(str)
    """The run that answered it shall be played again."""

    def __init__(self, look: Look, text: str, mentions: Sequence[Mention]) -> None:
        super().__init__()
        named(self, "user")
        self.text = text
        words = Text(reveal(text), wrap=True)
        words.setTextInteractionFlags(words.textInteractionFlags().TextSelectableByMouse)
        again = IconButton(look, "pencil", "Ask this again, changed", size=12, role="faint")
        self._again_button = again
        self.run = ""
        """The run that answered it, once it has begun."""
        again.clicked.connect(self._again)
        self._look = look
        self._back = IconButton(look, "history", "Go back to before this", size=12, role="faint")
        self._back.clicked.connect(self._on_back)
        line, column = QHBoxLayout(), QVBoxLayout(self)
        if not mentions:
            fill(line, (words, self._back, again), (0, 0, 0, 0), 4)
            fill(column, (), (12, 10, 8, 10), 5)
        else:
            chips = ContextChips(look, removable=False, adding=False)
            chips.set_mentions(mentions)
            chips.opened.connect(self.mention_opened)
            fill(line, (chips, self._back, again), (0, 0, 0, 0), 4)
            fill(column, (words,), (12, 10, 8, 8), 5)
        line.setStretch(0, 1)
        for button in (self._back, again):
            line.setAlignment(button, Qt.AlignmentFlag.AlignBottom)
        column.addLayout(line)
        self.setAccessibleName(f"You: {text}")

    def menu(self) -> QMenu:
        menu = QMenu(self.window())  # the card may go before the menu does
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for what, icon, words in (
            ("talk", "message-square", "Restore the conversation to here"),
            ("code", "history", "Restore the code to here"),
            ("both", "layers", "Restore code and conversation to here"),
        ):
            menu.addAction(self._look.icon(icon), words).setData(what)
        menu.addSeparator()
        play = menu.addAction(self._look.icon("play"), "Play the answer again")
        play.setData("play")
        play.setEnabled(bool(self.run))
        menu.triggered.connect(self._on_chosen)
        return menu

    def lock(self) -> None:
        """It only shows: there is nothing to ask or to go back to here."""
        self._again_button.hide()
        self._back.hide()

    def _on_back(self) -> None:
        self.menu().popup(self._back.mapToGlobal(QPoint(0, self._back.height())))

    def _on_chosen(self, action: QAction) -> None:
        if action.data() == "play":
            self.replay_requested.emit(self.run)
        else:
            self.back_requested.emit(action.data())

    def _again(self) -> None:
        self.edit_requested.emit(self.text)


class ThinkingFold(QFrame):
    """``Thought for 4 s``: closed until it is pressed, and then in full."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._parts: list[str] = []
        self._shown = 0
        self._count = ""
        self._clock = QElapsedTimer()
        self._clock.start()
        self._tick = QTimer(self)
        self._tick.setInterval(1000)
        self._tick.timeout.connect(self._ticked)
        self._arrow = IconButton(look, "chevron-right", "Show the thoughts", size=12, role="faint")
        self._arrow.setFixedSize(16, 18)
        self._head = Button("Thinking…", "ghost", name="Thoughts")
        self._head.setStyleSheet("padding: 0; text-align: left;")
        self._body = QPlainTextEdit()
        self._body.setReadOnly(True)
        self._body.setProperty("kind", "bare")
        self._body.setFixedHeight(150)
        self._body.setAccessibleName("Thoughts")
        self._body.hide()
        top = QFrame()
        fill(QHBoxLayout(top), (self._arrow, self._head, None), (0, 0, 0, 0), 5)
        fill(QVBoxLayout(self), (top, self._body), (0, 0, 0, 0), 2)
        self._arrow.clicked.connect(self.toggle)
        self._head.clicked.connect(self.toggle)
        self._look = look
        look.changed.connect(self._restyle)
        self._restyle()
        self._tick.start()

    def append(self, text: str) -> None:
        self._parts.append(text)
        if not self._body.isHidden():
            self._show_rest()

    def finish(self) -> None:
        """The thinking is over: say how long it took."""
        if self._tick.isActive():
            self._tick.stop()
            seconds = self._clock.elapsed() / 1000
            words = f"Thought for {seconds_words(seconds)}" if seconds >= 1 else "Thought"
            self._head.setText(words + self._count)

    def count(self, words: str) -> None:
        """Tokens and cost so far, such as ``3.1k tokens · $0.02``."""
        if self._tick.isActive():
            self._count = f" · {words}" if words else ""
            self._ticked()

    def title(self) -> str:
        return self._head.text()

    def text(self) -> str:
        return "".join(self._parts)

    def toggle(self) -> None:
        opened = self._body.isHidden()
        self._body.setVisible(opened)
        self._arrow.show_icon("chevron-down" if opened else "chevron-right", "faint")
        self._arrow.rename("Hide the thoughts" if opened else "Show the thoughts")
        if opened:
            self._show_rest()

    def _show_rest(self) -> None:
        new = "".join(self._parts[self._shown :])
        self._shown = len(self._parts)
        cursor = self._body.textCursor()
        cursor.movePosition(cursor.MoveOperation.End)
        cursor.insertText(reveal(new))

    def _ticked(self) -> None:
        self._head.setText(f"Thinking… {seconds_words(self._clock.elapsed() / 1000)}{self._count}")

    def _restyle(self) -> None:
        self._body.setFont(self._look.font(12))


class EvidenceRow(QFrame):
    """``14 passed  in a copy of the tree, with these edits``; the details open below it."""

    details_requested = Signal(str)

    def __init__(
        self, look: Look, ok: bool, summary: str, scope: str, details: Sequence[str] = ()
    ) -> None:
        super().__init__()
        icon = Picture(look, "circle-check" if ok else "circle-x", "green" if ok else "red", 14)
        words = Text(reveal(summary), "ok" if ok else "failed")
        self._more = Button("details", "link", name=f"Details of {summary}")
        self._body = Text(reveal("\n".join(details)), "codesmall", wrap=True)
        self._body.setTextInteractionFlags(self._body.textInteractionFlags().TextSelectableByMouse)
        self._body.hide()
        top = QFrame()
        items = (icon, words, Elided(reveal(scope), "muted"), self._more, None)
        fill(QHBoxLayout(top), items, (2, 0, 0, 0), 6)
        fill(QVBoxLayout(self), (top, self._body), (0, 0, 0, 0), 4)
        self._more.setVisible(bool(details))
        self._more.clicked.connect(self._toggle)
        self.setAccessibleName(f"{'Passed' if ok else 'Failed'}: {summary} {scope}")

    def _toggle(self) -> None:
        self._body.setVisible(self._body.isHidden())


class Callout(QFrame):
    """A sentence that asks for attention, with what can be done: refusals, errors, notices,
    retries.
    """

    action_requested = Signal(str)

    def __init__(
        self,
        look: Look,
        level: str,
        text: str,
        detail: str = "",
        actions: Sequence[tuple[str, str]] = (),
    ) -> None:
        """``level`` is info, warning or error; ``actions`` are (key, words)."""
        super().__init__()
        named(self, f"callout_{level}")
        icon, role = {
            "info": ("info", "blue"),
            "warning": ("triangle-alert", "yellow"),
            "error": ("circle-x", "red"),
        }[level]
        self._words = Text(reveal(text), "small", wrap=True)
        self._detail = Text(reveal(detail), "muted", wrap=True)
        for words in (self._words, self._detail):
            words.setTextInteractionFlags(words.textInteractionFlags().TextSelectableByMouse)
        self._buttons = [Button(words, "link", key=key) for key, words in actions]
        body, line = QFrame(), QFrame()
        fill(QHBoxLayout(line), (*self._buttons, None), (0, 0, 0, 0), 10)
        fill(QVBoxLayout(body), (self._words, self._detail, line), (0, 0, 0, 0), 3)
        holder = QFrame()
        fill(QVBoxLayout(holder), (Picture(look, icon, role, 14), None), (0, 1, 0, 0), 0)
        fill(across := QHBoxLayout(self), (holder, body), (10, 8, 10, 8), 8)
        across.setStretch(1, 1)
        self._detail.setVisible(bool(detail))
        line.setVisible(bool(actions))
        for button in self._buttons:
            button.pressed_key.connect(self.action_requested)
        self.setAccessibleName(f"{level}: {text} {detail}".strip())

    def say(self, text: str, detail: str = "") -> None:
        self._words.setText(reveal(text))
        self._detail.setText(reveal(detail))
        self._detail.setVisible(bool(detail))

    def words(self) -> str:
        return f"{self._words.text()} {self._detail.text()}".strip()

    def settle(self) -> None:
        """Nothing more can be done here: the buttons go."""
        for button in self._buttons:
            button.hide()


class RetryCard(Callout):
    """Counts down to the next attempt; the person can end the wait either way."""

    def __init__(
        self, look: Look, reason: str, seconds: float, attempt: int, attempts: int
    ) -> None:
        actions = (("retry_now", "Try now"), ("stop", "Stop"))
        super().__init__(look, "warning", "", reason, actions)
        self._reason, self.attempt = reason, attempt
        self._attempt = f"attempt {attempt} of {attempts}"
        self._left = max(0, math.ceil(seconds))
        self._tick = QTimer(self)
        self._tick.setInterval(1000)
        self._tick.timeout.connect(self._ticked)
        self._tick.start()
        self._tell()

    def wait(self, seconds: float) -> None:
        """How long it will still take, by the clock of the one who waits."""
        self._left = max(0, math.ceil(seconds))
        self._tell()

    def settle(self) -> None:
        super().settle()
        self._tick.stop()
        self.say(f"Tried again ({self._attempt})", self._reason)

    def _ticked(self) -> None:
        self._left = max(0, self._left - 1)
        self._tell()
        if not self._left:
            self._tick.stop()

    def _tell(self) -> None:
        self.say(f"Trying again in {self._left} s ({self._attempt})", self._reason)
