"""A run that is over, played again: its events in their order, at their times or step by step.

Knows moments; asks nobody and changes nothing. What can be pressed in it only shows more.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from PySide6.QtCore import QElapsedTimer, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSlider, QVBoxLayout, QWidget

from assistant.events import (
    Cancelled,
    Done,
    Event,
    Failed,
    GraphChanged,
    Outcome,
    RunStarted,
    UsageChanged,
)
from assistant.types import TextDelta, ThinkingDelta
from widgets.cards import Callout, UserCard
from widgets.codecolours import CodeColours
from widgets.controls import Elided, IconButton, Segments, Text, fill, named
from widgets.diffcard import DiffCard, WordDiff
from widgets.look import Look
from widgets.permissioncard import PermissionCard
from widgets.runcard import RunCard
from widgets.steprow import seconds_words
from widgets.transcript import Transcript

Moments = Sequence[tuple[float, Event | Outcome]]
_SPEEDS = (
    ("1", "1×", "At the speed of the run"),
    ("4", "4×", "Four times as fast"),
    ("16", "16×", "Sixteen times as fast"),
)
_SOFT = (TextDelta, ThinkingDelta, UsageChanged, GraphChanged)
"""What flows on: a step goes over a row of these at once."""
_FRAME_MS = 16
_OUTCOMES = (Done, Cancelled, Failed)


class Record(Transcript):
    """A conversation that can only be read."""

    def _put(self, entry: QWidget, kind: str, gap: int = 12) -> None:
        match entry:
            case DiffCard() | UserCard() | RunCard():
                entry.lock()
            case PermissionCard():
                entry.close_question()
            case Callout():
                entry.settle()
        super()._put(entry, kind, gap)


class ReplayPage(QFrame):
    """Space plays and pauses, Right goes one step, Home to the beginning, Esc leaves."""

    closed = Signal()
    context_requested = Signal(str)
    """What the run of this name sent."""
    pressed_in_vain = Signal()
    """Something was pressed that would change something."""

    def __init__(self, look: Look, diff_words: WordDiff | None = None) -> None:
        super().__init__()
        named(self, "float")
        self.setAccessibleName("Replay")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._look, self._diff_words = look, diff_words
        self._moments: Moments = ()
        self._times: list[float] = []
        self._at = 0
        self._clock, self._from = QElapsedTimer(), 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(_FRAME_MS)
        self._timer.timeout.connect(self._tick)
        self._title, self._about = Elided("", "title"), Elided("", "muted")
        self.record = Record(look, diff_words=diff_words, highlighter=CodeColours(self))
        self._restart = IconButton(look, "history", "To the beginning", size=15)
        self._play = IconButton(look, "play", "Play", size=15, role="accent")
        self._step = IconButton(look, "step-forward", "One step", size=15)
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setAccessibleName("Place in the recording")
        self._time = Text("", "muted")
        self._speed = Segments(_SPEEDS, "Speed")
        self._close = IconButton(look, "x", "Leave the recording", size=14)
        self._build()
        self._connect()

    def _build(self) -> None:
        head, foot = QFrame(), QFrame()
        words = QFrame()
        fill(QVBoxLayout(words), (self._title, self._about), spacing=1)
        fill(line := QHBoxLayout(head), (words, self._close), (16, 10, 10, 6), 8)
        line.setStretch(0, 1)
        items = (self._restart, self._play, self._step, self._slider, self._time, self._speed)
        fill(line := QHBoxLayout(foot), items, (12, 8, 12, 10), 8)
        line.setStretch(3, 1)
        middle = QFrame()
        fill(line := QHBoxLayout(middle), (self.record,), (10, 0, 10, 0), 0)
        self.record.setMaximumWidth(self._look.px(820))
        fill(column := QVBoxLayout(self), (head, middle, foot), (0, 0, 0, 0), 0)
        column.setStretch(1, 1)

    def _connect(self) -> None:
        self._close.clicked.connect(self._leave)
        self._restart.clicked.connect(self.restart)
        self._play.clicked.connect(self.toggle)
        self._step.clicked.connect(self.step)
        self._speed.chosen.connect(self._on_speed)
        self._slider.valueChanged.connect(self._on_slid)
        self.record.context_requested.connect(self.context_requested)
        for signal in (self.record.apply_requested, self.record.again_requested):
            signal.connect(self.pressed_in_vain)

    # -- what is played ------------------------------------------------------------------------

    def load(self, moments: Moments) -> None:
        """Another recording, at its beginning; the last moment is how it ended."""
        self.pause()
        self._moments, self._times = tuple(moments), [at for at, _ in moments]
        started = next((e for _, e in moments if isinstance(e, RunStarted)), None)
        self._title.setText(started.title if started is not None else "A run")
        model = started.model if started is not None else ""
        about = [model, seconds_words(self.length), "a recording: nothing is asked or changed"]
        self._about.setText(" · ".join(part for part in about if part))
        self._slider.blockSignals(True)
        self._slider.setRange(0, len(self._moments))
        self._slider.blockSignals(False)
        self._seek(0)

    @property
    def length(self) -> float:
        """Seconds."""
        return self._times[-1] if self._times else 0.0

    def place(self) -> int:
        """How many moments have been shown."""
        return self._at

    def playing(self) -> bool:
        return self._timer.isActive()

    # -- what the person does --------------------------------------------------------------------

    def toggle(self) -> None:
        """Play, or pause; from the end it begins anew."""
        if self.playing():
            self.pause()
            return
        if self._at == len(self._moments):
            self._seek(0)
        self._from = self._times[self._at - 1] if self._at else 0.0
        self._clock.start()
        self._timer.start()
        self._show_state()

    def pause(self) -> None:
        self._timer.stop()
        self._show_state()

    def restart(self) -> None:
        """To the beginning, and wait there."""
        self.pause()
        self._seek(0)

    def step(self) -> None:
        """The next thing that happened; words that follow each other are one step."""
        self.pause()
        end = self._at
        while end < len(self._moments):
            end += 1
            later = self._moments[end][1] if end < len(self._moments) else None
            if not isinstance(self._moments[end - 1][1], _SOFT) or not isinstance(later, _SOFT):
                break
        self._advance(end)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        act = {
            Qt.Key.Key_Space: self.toggle,
            Qt.Key.Key_Right: self.step,
            Qt.Key.Key_Home: self.restart,
            Qt.Key.Key_Escape: self._leave,
        }.get(Qt.Key(event.key()))
        if act is None:
            super().keyPressEvent(event)
        else:
            act()

    def _leave(self) -> None:
        self.pause()
        self.closed.emit()

    def _on_speed(self, _key: str) -> None:
        """From here on; what has been played stays."""
        if self.playing():
            self._from = self._times[self._at - 1] if self._at else 0.0
            self._clock.start()

    def _on_slid(self, value: int) -> None:
        if value != self._at:
            self.pause()
            self._seek(value)

    # -- showing -------------------------------------------------------------------------------

    def _tick(self) -> None:
        elapsed = self._clock.elapsed() / 1000 * float(self._speed.choice())
        self._advance(bisect_right(self._times, self._from + elapsed))

    def _seek(self, place: int) -> None:
        """Everything up to ``place``; going back shows it from the beginning."""
        if place < self._at or not place:
            self.record.clear()
            self._at = 0
            self.record.begin(self._title.text())
        self._advance(place)

    def _advance(self, end: int) -> None:
        if end > self._at:
            batch = [event for _, event in self._moments[self._at : end]]
            self._at = end
            self.record.show_events([e for e in batch if not isinstance(e, _OUTCOMES)])
            if isinstance(batch[-1], _OUTCOMES):
                self.record.finish(batch[-1])
        if self._at == len(self._moments):
            self._timer.stop()
        self._show_state()

    def _show_state(self) -> None:
        playing = self.playing()
        self._play.show_icon("pause" if playing else "play", "accent")
        self._play.rename("Pause" if playing else "Play", "Space")
        self._step.setEnabled(self._at < len(self._moments))
        now = self._times[self._at - 1] if self._at else 0.0
        self._time.setText(f"{now:.1f} / {self.length:.1f} s")
        self._slider.blockSignals(True)
        self._slider.setValue(self._at)
        self._slider.blockSignals(False)
