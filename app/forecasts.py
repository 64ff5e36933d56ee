"""What is being written would weigh and cost so much: asked again when the writing pauses.

Knows the bars and the assistance; never waits for either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.bridge import Door, Run
from app.mentioning import Bar
from assistant.errors import sentence_of
from assistant.events import ContextReady, Event, Failed, Notice, Outcome

if TYPE_CHECKING:
    from app.sending import Sending
    from app.workspace import Workspace

PAUSE_MS = 350


class Forecasts(QObject):
    """One clock for each bar; ``sending`` says what would be asked, pinned and left out."""

    weighed = Signal(object)
    """The Parcel of what is being written."""
    renewed = Signal()
    """What was known of prices and pieces no longer holds."""

    def __init__(self, door: Door, work: Workspace, sending: Sending) -> None:
        super().__init__(work)
        self._door, self._work, self._sending = door, work, sending

    def follow(self, bar: Bar, role: str) -> None:
        clock = BarClock(self, bar, role)
        self.renewed.connect(clock.touch)

    def again(self) -> None:
        """Another model, another file, pins: every bar that has words is asked anew."""
        self.renewed.emit()

    def ask(self, bar: Bar, role: str) -> Run | None:
        """The run of one preview; None when there is nothing to send."""
        assistance, wish = self._work.assistance, self._sending.wish(bar)
        if assistance is None or wish is None or not wish.text.strip():
            return None
        return self._door.open(assistance.preview(wish, *self._sending.edits(), role))


class BarClock(QObject):
    """Lives as long as its bar."""

    def __init__(self, forecasts: Forecasts, bar: Bar, role: str) -> None:
        super().__init__(bar)
        self._forecasts, self._bar, self._role = forecasts, bar, role
        self._run: Run | None = None
        self._warned = ""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self._ask)
        bar.submitted.connect(self._stop)
        bar.edit.textChanged.connect(self.touch)
        bar.chips.changed.connect(self.touch)
        bar.effort.effort_chosen.connect(self.touch)

    @Slot()
    def touch(self) -> None:
        """Something changed; what was known is no longer right."""
        self._stop()
        if not self._bar.edit.text():
            self._bar.forecast.show_parcel(None)
            self._warn("")
            return
        self._timer.start()

    @Slot()
    def _stop(self) -> None:
        """It is on its way, or has changed: an answer about it would come too late."""
        self._timer.stop()
        if self._run is not None:
            self._run.cancel()
            self._run = None

    @Slot()
    def _ask(self) -> None:
        if self._bar.running():
            return
        self._run = self._forecasts.ask(self._bar, self._role)
        if self._run is not None:
            self._run.events.connect(self._on_events)
            self._run.ended.connect(self._on_ended)

    @Slot(list)
    def _on_events(self, events: list[Event]) -> None:
        warning = ""
        for event in events:
            match event:
                case Notice(text, "warning"):
                    warning = text
                case ContextReady(parcel=parcel):
                    self._bar.forecast.show_parcel(parcel)
                    self._forecasts.weighed.emit(parcel)
                    if parcel.terms.sees is False and any(p.picture for p in parcel.portions):
                        warning = f"{parcel.model} does not see images."
        self._warn(warning)

    @Slot(object)
    def _on_ended(self, outcome: Outcome) -> None:
        self._run = None
        if isinstance(outcome, Failed):
            self._bar.forecast.show_parcel(None)
            self._warn(sentence_of(outcome.error))

    def _said(self) -> str:
        """What stands under the words just now."""
        return self._bar.status()

    def _warn(self, sentence: str) -> None:
        """One sentence before it is sent; it goes when its cause goes. What others said stays."""
        mine, self._warned = self._warned, sentence
        if sentence:
            self._bar.show_status(sentence, "warning")
        elif mine and self._said() == mine:
            self._bar.show_status("")
