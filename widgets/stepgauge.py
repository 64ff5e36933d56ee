"""How far a run that works in steps has come: steps, time, money, and what it may take of each."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout

from assistant.events import StepBegan
from widgets.controls import Elided, Ring, fill
from widgets.look import Look
from widgets.statusbar import dollars


class StepGauge(QFrame):
    """Hidden until a step begins. Seconds go on by themselves, but not while it waits."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._ring, self._words = Ring(look), Elided("", "muted")
        fill(line := QHBoxLayout(self), (self._ring, self._words), (1, 0, 0, 0), 6)
        line.setStretch(1, 1)
        self._step: StepBegan | None = None
        self._cost: float | None = None
        self._since = QElapsedTimer()
        self._tick = QTimer(self)
        self._tick.setInterval(1000)
        self._tick.timeout.connect(self._tell)
        self.hide()

    def show_step(self, step: StepBegan) -> None:
        """Another step begins."""
        self._step, self._cost = step, step.cost
        self._since.start()
        self._tick.start()
        self._tell()
        self.show()

    def show_cost(self, cost: float | None) -> None:
        """What the run has cost until now."""
        self._cost = cost
        self._tell()

    def wait(self) -> None:
        """The person is asked: the clock stands still until the next step."""
        self._tick.stop()
        self._words.setText("Waiting for your answer")
        self.setAccessibleName(self._words.text())

    def go_on(self) -> None:
        """The person answered."""
        self._since.start()
        self._tick.start()
        self._tell()

    def finish(self) -> None:
        self._tick.stop()
        self._step = None
        self.hide()

    def text(self) -> str:
        return self._words.text()

    def _tell(self) -> None:
        step = self._step
        if step is None:
            return
        seconds = step.seconds + (self._since.elapsed() / 1000 if self._tick.isActive() else 0)
        cost = dollars(self._cost) if step.tokens or self._cost is not None else ""
        parts = [
            f"Step {step.step}" + (f" of {step.most_steps}" if step.most_steps else ""),
            _time(seconds) + (f" of {_time(step.most_seconds)}" if step.most_seconds else ""),
            cost + (f" of {dollars(step.most_cost)}" if cost and step.most_cost else ""),
        ]
        self._words.setText(" · ".join(part for part in parts if part))
        self.setAccessibleName(self._words.text())
        shares = [
            (step.step, step.most_steps),
            (seconds, step.most_seconds),
            (step.tokens, step.most_tokens),
            (self._cost or 0.0, step.most_cost),
        ]
        self._ring.show_share(max((took / most for took, most in shares if most), default=0.0))


def _time(seconds: float) -> str:
    """``32 s``, ``2:05``, ``15 min``."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min" if not rest else f"{minutes}:{rest:02d}"
