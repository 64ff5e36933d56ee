"""What floats over a terminal and takes no row from it: search, a paste to be looked at, an offer.

Knows words and keys, no terminal.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from assistant.types import split_lines
from widgets.controls import Button, Elided, IconButton, Picture, Text, fill, named
from widgets.hidden import hides, reveal, reveal_line
from widgets.look import Look

SHOWN_LINES = 7
_MOST_SHOWN = 20_000


class TerminalSearch(QFrame):
    """Enter goes up through the past, Shift+Enter down; Esc leaves."""

    changed = Signal(str)
    stepped = Signal(int)
    left = Signal()

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        named(self, "float")
        self.field = QLineEdit()
        self.field.setPlaceholderText("Find in the terminal")
        self.field.setAccessibleName("Find in the terminal")
        self.field.setFixedWidth(190)
        self.count = Text("", "tiny")
        self.count.setMinimumWidth(58)
        up = IconButton(look, "chevron-up", "Find before", size=14)
        down = IconButton(look, "chevron-down", "Find after", size=14)
        close = IconButton(look, "x", "Close the search", size=13)
        fill(QHBoxLayout(self), (self.field, self.count, up, down, close), (6, 5, 6, 5), 4)
        self.field.textChanged.connect(self.changed)
        up.clicked.connect(self._up)
        down.clicked.connect(self._down)
        close.clicked.connect(self.left)
        self.hide()

    def open(self, text: str) -> None:
        if text:
            self.field.setText(text)
        self.show()
        self.raise_()
        self.field.selectAll()
        self.field.setFocus()

    def show_count(self, at: int, count: int) -> None:
        found = f"{at + 1} of {count}" if count else "nothing"
        self.count.setText(found if self.field.text() else "")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            down = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            self.stepped.emit(1 if down else -1)
        else:
            super().keyPressEvent(event)

    def _up(self) -> None:
        self.stepped.emit(-1)

    def _down(self) -> None:
        self.stepped.emit(1)


class PasteCheck(QFrame):
    """A paste of several lines, or with characters that act, in full before it is pasted."""

    accepted = Signal(str)
    refused = Signal()

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        named(self, "callout_warning")
        self._text = ""
        self._words = Text("", "strong", wrap=True)
        self._shown = QPlainTextEdit()
        self._shown.setReadOnly(True)
        self._shown.setProperty("kind", "output")
        self._shown.setAccessibleName("What would be pasted")
        self._paste = Button("Paste", "primary")
        self._one_line = Button("Paste as one line")
        self._cancel = Button("Do not paste", "ghost")
        head = QHBoxLayout()
        fill(head, (Picture(look, "triangle-alert", "yellow", 15), self._words), spacing=7)
        head.setStretch(1, 1)
        foot = QHBoxLayout()
        fill(foot, (self._paste, self._one_line, self._cancel, None), spacing=6)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 9, 10, 9)
        column.setSpacing(7)
        column.addLayout(head)
        column.addWidget(self._shown)
        column.addLayout(foot)
        self._paste.clicked.connect(self._on_paste)
        self._one_line.clicked.connect(self._on_one_line)
        self._cancel.clicked.connect(self._on_cancel)
        self.hide()

    def ask(self, text: str, *, held: bool, waits: bool = False) -> None:
        """``held``: the program takes it as a paste, and nothing runs before Enter. ``waits``:
        what would run by itself is not offered.
        """
        self._text = text
        lines = text.count("\n") + (not text.endswith("\n"))
        what = "One line with its end" if lines == 1 else f"{lines} lines"
        if hides(text):
            what += ", with hidden characters"
        runs = "The program takes it as a paste." if held else "Each line runs as it arrives."
        self._words.setText(f"{what} would be pasted. {runs}")
        cut = len(text) > _MOST_SHOWN
        more = f"\n… and {len(text) - _MOST_SHOWN:,} more characters" if cut else ""
        self._shown.setPlainText(reveal(text[:_MOST_SHOWN]) + more)
        shown = min(SHOWN_LINES, max(2, lines))
        self._shown.setFixedHeight(shown * self._shown.fontMetrics().lineSpacing() + 24)
        self._one_line.setVisible(lines > 1)
        self._paste.setVisible(held or not waits)
        self.show()
        self.raise_()
        (self._paste if self._paste.isVisibleTo(self) else self._one_line).setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._on_cancel()
        else:
            super().keyPressEvent(event)

    def _on_paste(self) -> None:
        self.hide()
        self.accepted.emit(self._text)

    def _on_one_line(self) -> None:
        self.hide()
        self.accepted.emit(one_line(self._text))

    def _on_cancel(self) -> None:
        self.hide()
        self.refused.emit()


class EndedBar(QFrame):
    """The shell of a terminal ended: how, and what next."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        named(self, "float")
        self._words = Elided("", "small")
        self.restart = Button("Start again")
        self.close_ = Button("Close", "ghost")
        picture = Picture(look, "circle-stop", "muted", 14)
        fill(QHBoxLayout(self), (picture, self._words, self.restart, self.close_), (10, 4, 6, 4), 6)
        self.hide()

    def show_words(self, words: str) -> None:
        self._words.setText(words)
        self.setAccessibleName(words)
        self.show()
        self.raise_()


class Offer(QFrame):
    """A command failed: what it was, and a way to ask about it."""

    taken = Signal()

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        named(self, "float")
        self._words = Elided("", "small")
        self._words.setMaximumWidth(320)
        self.ask = Button("Ask about this")
        self._close = IconButton(look, "x", "Dismiss", size=12)
        picture = Picture(look, "circle-x", "red", 14)
        fill(QHBoxLayout(self), (picture, self._words, self.ask, self._close), (9, 3, 5, 3), 6)
        self.ask.clicked.connect(self._on_asked)
        self._close.clicked.connect(self.hide)
        self.hide()

    def show_failure(self, line: str, status: int) -> None:
        words = f"Ended with {status}: {reveal_line(line)}" if line else f"Ended with {status}"
        self._words.setText(words)
        self.setAccessibleName(words)
        self.show()
        self.raise_()

    def _on_asked(self) -> None:
        self.hide()
        self.taken.emit()


def needs_a_look(text: str) -> bool:
    """Whether a paste could do more than it seems: it has line ends or characters that act."""
    return "\n" in text or "\r" in text or hides(text)


def one_line(text: str) -> str:
    """Without line ends and without characters that act: nothing of it runs by itself."""
    words = " ".join(part.strip() for part in split_lines(text) if part.strip())
    return "".join(c for c in words if c >= " " and not "\x7f" <= c <= "\x9f")
