"""The commits that wait, run and ended: one row each, with what can be done about it.

Knows rows of words, no git.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent, QTextOption
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from assistant.events import JobState
from widgets.controls import Button, Elided, Picture, Text, fill, named, rekind
from widgets.flow import Flow
from widgets.hidden import reveal, reveal_line
from widgets.look import Look

_STATES = {
    JobState.WAITING: ("clock", "muted", "muted"),
    JobState.RUNNING: ("loader-circle", "accent", "small"),
    JobState.DONE: ("circle-check", "green", "muted"),
    JobState.FAILED: ("circle-x", "red", "small"),
    JobState.CANCELLED: ("circle-stop", "muted", "muted"),
}
HIGHEST = 300
"""Pixels that the list may take of the page; the rest scrolls."""
OUTPUT_LINES = 9


@dataclass(frozen=True, slots=True)
class CommitRow:
    """``title`` is the message's first line, ``words`` the step, the receipt or the reason.

    ``output`` is what hooks said; ``actions`` are (key, words).
    """

    id: int
    title: str
    state: JobState
    words: str = ""
    output: str = ""
    actions: tuple[tuple[str, str], ...] = ()


class JobRow(QFrame):
    """One commit; it is changed in place, so that a focused button stays where it is."""

    pressed = Signal(int, str)

    def __init__(self, look: Look) -> None:
        super().__init__()
        named(self, "card")
        self.row = CommitRow(0, "", JobState.WAITING)
        self._picture = Picture(look, "clock", "muted", 14)
        self._title = Elided("", "small")
        self._words = Text("", "muted", wrap=True)
        self._output = QPlainTextEdit()
        self._output.setReadOnly(True)
        self._output.setProperty("kind", "output")
        self._output.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
        self._output.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._output.setTabChangesFocus(True)
        self._output.setAccessibleName("What the hooks said")
        self._more = Button("Show output", "link")
        self._more.clicked.connect(self._toggle)
        self._open = False
        self._buttons: list[Button] = []
        self._actions = QFrame()
        self._flow = Flow(self._actions, 9)
        top = QFrame()
        fill(line := QHBoxLayout(top), (self._picture, self._title), (0, 0, 0, 0), 7)
        line.setStretch(1, 1)
        self._flow.addWidget(self._more)
        items = (top, self._words, self._output, self._actions)
        fill(QVBoxLayout(self), items, (9, 7, 9, 8), 4)

    def show_row(self, row: CommitRow) -> None:
        before, self.row = self.row, row
        icon, role, kind = _STATES[row.state]
        self._picture.show_icon(icon, role)
        self._title.setText(row.title)
        said = f"{row.state}: {row.words}" if row.words else row.state.value
        self._words.setText(row.words or row.state.value)
        rekind(self._words, kind)
        self.setAccessibleName(reveal_line(f"{row.title}: {said}"))
        if row.output != before.output:
            self._write(row.output)
        if row.state is not before.state:  # shown while it runs and when it failed
            self._open = row.state in (JobState.RUNNING, JobState.FAILED)
        if row.actions != before.actions:
            self._show_actions(row.actions)
        self._show_output()

    def _write(self, text: str) -> None:
        self._output.setPlainText(reveal(text.rstrip("\n")))
        lines = min(OUTPUT_LINES, self._output.blockCount())
        self._output.setFixedHeight(lines * self._output.fontMetrics().lineSpacing() + 10)
        bar = self._output.verticalScrollBar()
        bar.setValue(bar.maximum())

    def _show_output(self) -> None:
        said = bool(self.row.output.strip())
        self._more.setVisible(said)
        self._more.setText("Hide output" if self._open else "Show output")
        self._output.setVisible(said and self._open)
        self._actions.setVisible(said or bool(self._buttons))

    def _toggle(self) -> None:
        self._open = not self._open
        self._show_output()

    def _show_actions(self, actions: Sequence[tuple[str, str]]) -> None:
        for button in self._buttons:
            self._flow.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._buttons = [
            Button(words, "link", key=key, name=f"{words}: {self.row.title}")
            for key, words in actions
        ]
        self._flow.removeWidget(self._more)  # what can be done comes first
        for button in self._buttons:
            button.pressed_key.connect(self._pressed)
            self._flow.addWidget(button)
            button.show()  # at once, not when the loop comes round
        self._flow.addWidget(self._more)

    def _pressed(self, key: str) -> None:
        self.pressed.emit(self.row.id, key)


class CommitJobs(QScrollArea):
    """The newest commit on top; as high as it needs up to :data:`HIGHEST`."""

    action_requested = Signal(int, str)
    """Number of the commit, key of the action."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._rows: dict[int, JobRow] = {}
        self._inside = QWidget()
        self._column = QVBoxLayout(self._inside)
        fill(self._column, (None,), (0, 0, 0, 0), 6)
        self.setWidget(self._inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("Commits of this window")
        self.hide()

    def show_rows(self, rows: Sequence[CommitRow]) -> None:
        """Exactly these, in this order."""
        wanted = {row.id for row in rows}
        for id in [id for id in self._rows if id not in wanted]:
            gone = self._rows.pop(id)
            self._column.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        for at, row in enumerate(rows):
            shown = self._rows.get(row.id)
            if shown is None:
                shown = self._rows[row.id] = JobRow(self._look)
                shown.pressed.connect(self.action_requested)
                self._column.insertWidget(at, shown)
            shown.show_row(row)
        self.setVisible(bool(rows))
        self.updateGeometry()

    def rows(self) -> tuple[CommitRow, ...]:
        return tuple(row.row for row in self._rows.values())

    def sizeHint(self) -> QSize:
        width = max(60, self.viewport().width())
        layout = self._column
        tall = layout.heightForWidth(width) if layout.hasHeightForWidth() else 0
        return QSize(width, min(HIGHEST, max(tall, layout.sizeHint().height() if not tall else 0)))

    def minimumSizeHint(self) -> QSize:
        return QSize(60, min(64, self.sizeHint().height()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()
