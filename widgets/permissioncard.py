"""A question of a run: what would happen, in full, and the answers. Knows words, decides nothing.

Nothing is preselected, Esc never answers, and for a moment after it appeared or moved it hears
nothing: a click or a key that was meant for something else allows nothing.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMoveEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QPlainTextEdit, QVBoxLayout

from widgets.blankruns import without
from widgets.controls import Button, Picture, Text, fill, named, rekind
from widgets.flow import Flow
from widgets.hidden import reveal, reveal_code
from widgets.look import Look

DEAF_MS = 300
"""How long it hears nothing once it appeared or moved."""
_ROWS = 9
_CHOICES = {
    "command": (
        ("once", "Allow once", "plain", "Allowed once"),
        ("run", "Allow this command for this run", "plain", "Allowed for this run"),
        ("no", "Deny", "bad", "Denied"),
    ),
    "repeat": (
        ("once", "Go on", "plain", "Going on"),
        ("no", "Stop", "bad", "Stopped"),
    ),
}
_HINTS = {"command": "Why not, or what instead", "repeat": "A hint for the model"}


class PermissionCard(QFrame):
    """Answered once, by a button or, with Enter in the field, by the last one with a word."""

    answered = Signal(str, str, str)
    """Key of the question; ``once``, ``run`` or ``no``; a word besides."""
    left = Signal()
    """Esc: the question stays, the keys go elsewhere."""

    def __init__(
        self, look: Look, key: str, title: str, detail: str, kind: str = "command"
    ) -> None:
        super().__init__()
        named(self, "callout_warning")
        self.key, self.waits = key, True
        self._yes = False
        choices = _CHOICES[kind]
        self._done = {key: words for key, _, _, words in choices}
        self._answer = Text("", "muted")
        self._answer.hide()
        self._buttons = [Button(words, style, key=key) for key, words, style, _ in choices]
        self.word = QLineEdit()
        self.word.setPlaceholderText(_HINTS[kind])
        self.word.setAccessibleName(_HINTS[kind])
        self.word.setMaxLength(400)
        self._deaf = QTimer(self)
        self._deaf.setSingleShot(True)
        self._deaf.setInterval(DEAF_MS)
        self._deaf.timeout.connect(self._hear)
        top, foot = QFrame(), QFrame()
        self._picture = Picture(look, "shield-alert", "yellow", 15)
        self._heading = Text(reveal(title), "strong", wrap=True)
        fill(line := QHBoxLayout(top), (self._picture, self._heading, self._answer))
        line.setStretch(1, 1)
        answers = Flow(foot, 6)
        for button in self._buttons:
            answers.addWidget(button)
        self._rest = (_whole(look, detail), self.word, foot)
        fill(QVBoxLayout(self), (top, *self._rest), (10, 9, 10, 9), 7)
        for button in self._buttons:
            button.pressed_key.connect(self._choose)
        self.word.returnPressed.connect(self._deny)
        self.setAccessibleName(f"The run asks: {title} {detail}")
        self._listen(False)

    def focus(self) -> None:
        """The keys go to the field: from there Tab leads to the answers."""
        self.word.setFocus()

    def close_question(self) -> None:
        """The run is over: nobody waits for an answer any more."""
        if self.waits:
            self._settle("Not answered")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
            return
        super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._listen(False)

    def moveEvent(self, event: QMoveEvent) -> None:
        super().moveEvent(event)
        self._listen(False)

    def _listen(self, yes: bool) -> None:
        if not self.waits:
            return
        for button in self._buttons:
            button.setEnabled(yes)
        self.word.setReadOnly(not yes)
        if not yes:
            self._deaf.start()

    def _hear(self) -> None:
        self._listen(True)

    def _deny(self) -> None:
        self._choose("no")

    def _choose(self, answer: str) -> None:
        if not self.waits or self._deaf.isActive():
            return
        word, self._yes = self.word.text().strip(), answer != "no"
        self._settle(self._done[answer] + (f": {reveal(word)}" if word else ""))
        self.answered.emit(self.key, answer, word)

    def _settle(self, words: str) -> None:
        """One quiet line stays: the step below shows the whole of it."""
        self.waits = False
        self._deaf.stop()
        for widget in (*self._rest, *self._buttons, self._heading):
            widget.hide()
        rekind(self, "")
        self._picture.show_icon("shield-check" if self._yes else "shield", "muted")
        self._answer.setText(words)
        self._answer.show()


def _whole(look: Look, detail: str) -> QPlainTextEdit:
    """The whole of it, hidden characters and long blanks shown, blank lines as their number, what
    is long to be scrolled."""
    detail = without(detail)
    body = QPlainTextEdit("\n".join(reveal_code(line) for line in detail.split("\n")))
    body.setReadOnly(True)
    body.setProperty("kind", "output")
    body.setFont(look.code_font(12))
    body.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
    body.setAccessibleName("What would happen")
    body.setTabChangesFocus(True)
    wrapped = sum(1 + len(line) // 48 for line in detail.split("\n"))
    body.setFixedHeight(16 + min(_ROWS, wrapped) * body.fontMetrics().lineSpacing())
    return body
