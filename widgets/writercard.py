"""Who wrote a line, in a small card under it, with what can be done about it. Knows words.

It comes by hovering and goes with the mouse, or by a key, and then has the focus until Escape.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QEnterEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from widgets.controls import Button, Picture, Text, fill, named
from widgets.hidden import reveal
from widgets.look import Look

WIDTH = 430
GRACE_MS = 350
"""How long the mouse may be elsewhere on its way to the card."""
PICTURES = {
    "person": ("user", "fg"),
    "model": ("sparkles", "accent"),
    "formatter": ("wand-sparkles", "green"),
    "command": ("terminal", "yellow"),
    "restore": ("undo-2", "blue"),
    "paste": ("copy", "blue"),
    "disk": ("hard-drive", "muted"),
}


@dataclass(frozen=True, slots=True)
class WriterWords:
    """``kind`` is person, model, formatter, command, restore, paste or disk; ``title`` says who,
    ``wish`` the instruction, ``facts`` when and at what cost, ``others`` who else wrote there.
    """

    line: int
    kind: str
    title: str
    wish: str = ""
    facts: str = ""
    others: str = ""
    run: str = ""
    undoable: bool = False


class WriterCard(QFrame):
    """One at a time, over the editor it is about."""

    undo_requested = Signal(object)
    """The :class:`WriterWords` whose change shall be undone."""
    run_requested = Signal(str)
    closed = Signal()

    def __init__(self, look: Look, over: QWidget) -> None:
        super().__init__(over)
        named(self, "float")
        self._over = over
        self._words: WriterWords | None = None
        self._picture = Picture(look, "user", "fg", 14)
        self._title, self._wish = Text("", "title", wrap=True), Text("", "small", wrap=True)
        self._facts, self._others = Text("", "tiny", wrap=True), Text("", "tiny", wrap=True)
        self._undo = Button("Undo only this change", "plain", key="undo")
        self._run = Button("Open the run", "ghost", key="run")
        head, foot = QFrame(), QFrame()
        fill(line := QHBoxLayout(head), (self._picture, self._title), (0, 0, 0, 0), 7)
        line.setStretch(1, 1)
        fill(QHBoxLayout(foot), (self._undo, self._run, None), (0, 6, 0, 0), 6)
        self._foot = foot
        rows = (head, self._wish, self._facts, self._others, foot)
        fill(QVBoxLayout(self), rows, (12, 10, 12, 10), 4)
        self._away = QTimer(self)
        self._away.setSingleShot(True)
        self._away.setInterval(GRACE_MS)
        self._away.timeout.connect(self.leave)
        self._undo.clicked.connect(self._on_undo)
        self._run.clicked.connect(self._on_run)
        self.hide()

    def words(self) -> WriterWords | None:
        return self._words

    def show_words(self, words: WriterWords, at: QPoint, line_height: int, focus: bool) -> None:
        """Under the line at ``at``, or above it where there is no room below."""
        self._words = words
        icon, role = PICTURES[words.kind]
        self._picture.show_icon(icon, role)
        for label, text in (
            (self._title, words.title),
            (self._wish, words.wish),
            (self._facts, words.facts),
            (self._others, words.others),
        ):
            label.setText(reveal(text))
            label.setVisible(bool(text))
        self._undo.setVisible(words.undoable)
        self._run.setVisible(bool(words.run))
        self._foot.setVisible(words.undoable or bool(words.run))
        parts = (words.title, words.wish, words.facts, words.others)
        said = ". ".join(part.rstrip(".") for part in parts if part)
        self.setAccessibleName(f"Line {words.line + 1}: {said}")
        over = self._over
        self.setFixedWidth(min(WIDTH, over.width() - 16))
        layout = self.layout()
        assert layout is not None
        self.setFixedHeight(layout.totalHeightForWidth(self.width()))
        below = at.y() + line_height + 2
        fits = below + self.height() <= over.height()
        y = below if fits else max(0, at.y() - self.height() - 2)
        self.move(max(8, min(at.x(), over.width() - self.width() - 8)), y)
        self._away.stop()
        self.show()
        self.raise_()
        if focus:
            button = next((b for b in (self._undo, self._run) if not b.isHidden()), None)
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            (button or self).setFocus()

    def wait(self) -> None:
        """The mouse is elsewhere: go soon, unless it comes here or the keys are here."""
        if self.isVisible() and not self._has_keys():
            self._away.start()

    def leave(self) -> None:
        if self.isVisible():
            had = self._has_keys()
            self.hide()
            if had:
                self.closed.emit()

    def enterEvent(self, event: QEnterEvent) -> None:
        self._away.stop()

    def leaveEvent(self, event: QEvent) -> None:
        self.wait()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        else:
            super().keyPressEvent(event)

    def _has_keys(self) -> bool:
        focused = self.focusWidget()
        return self.hasFocus() or (focused is not None and focused.hasFocus())

    def _on_undo(self) -> None:
        words = self._words
        self.leave()
        self.undo_requested.emit(words)

    def _on_run(self) -> None:
        words = self._words
        self.leave()
        if words is not None:
            self.run_requested.emit(words.run)
