"""How far a run may go, and when it went so far. Knows numbers and a clock that is passed in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from assistant.events import StepBegan
from assistant.types import Usage


@dataclass(frozen=True, slots=True)
class Limits:
    """0 is no limit. ``tokens`` counts all that goes in and comes out, cached ones too; ``cost``
    is US dollars and counts known prices only.
    """

    steps: int = 40
    seconds: float = 900.0
    tokens: int = 2_000_000
    cost: float = 0.0


class Budget:
    """What one run took. Time in which a person is asked does not count."""

    def __init__(self, limits: Limits, now: Callable[[], float]) -> None:
        self.limits = limits
        self.steps = 0
        self.usage = Usage()
        self._now = now
        self._began = now()
        self._waited = 0.0
        self._asked: float | None = None

    @property
    def seconds(self) -> float:
        """Without the waits for the person."""
        until = self._now() if self._asked is None else self._asked
        return until - self._began - self._waited

    @property
    def tokens(self) -> int:
        used = self.usage
        return used.input + used.cache_read + used.cache_write + used.output

    def left(self) -> float | None:
        """Seconds to go; None without a limit."""
        return max(0.0, self.limits.seconds - self.seconds) if self.limits.seconds else None

    def asks(self) -> None:
        """The person is asked: the clock stands still."""
        self._asked = self._now()

    def answered(self) -> None:
        if self._asked is not None:
            self._waited += self._now() - self._asked
            self._asked = None

    def over(self) -> str:
        """Which limit is reached, as a half sentence; empty while there is room."""
        limits = self.limits
        if limits.steps and self.steps >= limits.steps:
            return f"it took {self.steps} steps"
        if limits.seconds and self.seconds >= limits.seconds:
            return f"it took {self.seconds / 60:.0f} minutes"
        if limits.tokens and self.tokens >= limits.tokens:
            return f"it used {self.tokens:,} tokens"
        if limits.cost and (self.usage.cost or 0.0) >= limits.cost:
            return f"it cost ${self.usage.cost or 0.0:.2f}"
        return ""

    def step(self) -> StepBegan:
        """Another step begins."""
        self.steps += 1
        return self.stands()

    def stands(self) -> StepBegan:
        """What was taken so far, of what may be."""
        limits = self.limits
        return StepBegan(
            self.steps, limits.steps, self.seconds, limits.seconds, self.tokens, limits.tokens,
            self.usage.cost, limits.cost,
        )  # fmt: skip

    def took(self, usage: Usage) -> None:
        """The totals of the run so far, as its clock has them."""
        self.usage = replace(usage)
