"""How far a run is, in a few words: "thought 12 s · 3.1k tokens · $0.02".

Knows events and the clock.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from assistant.events import (
    CheckFinished,
    ContextReady,
    Event,
    HunksChanged,
    ProposalReady,
    RunStarted,
    UsageChanged,
)
from assistant.types import Effort, TextDelta, ThinkingDelta, Usage

if TYPE_CHECKING:
    from assistant.repo.runs import RunNote

NOT_RUN = "not run"


class Progress:
    """Listens to one run.

    Seconds are measured here; a cost that is not known is shown as a dash.
    """

    def __init__(self, effort: Effort = Effort.OFF) -> None:
        self._effort = effort
        self.run = ""
        """Name of the run, once it has begun."""
        self.hurries = False
        """Whether the model thinks now and could be told to answer."""
        self._can_hurry = False
        self._started = time.monotonic()
        self._thinking: float | None = None
        self.thought = 0.0
        self.usage: Usage | None = None
        self.rate = 0.0
        self.seconds = 0.0

    def hear(self, event: Event) -> None:
        now = time.monotonic()
        self.seconds = now - self._started
        match event:
            case RunStarted(id=run, hurries=hurries):
                self.run, self._can_hurry = run, hurries
            case ContextReady():
                # Many models think without a word of it: the wait may be ended all the same.
                self.hurries = self._can_hurry and self._effort is not Effort.OFF
            case ThinkingDelta():
                self._thinking = self._thinking or now
                self.thought = now - self._thinking
                self.hurries = self._can_hurry
            case TextDelta() | HunksChanged() | ProposalReady():
                self.hurries = self._can_hurry = False
            case UsageChanged(usage, seconds, rate):
                self.usage, self.seconds, self.rate = usage, seconds, rate

    def note(self, run: str, title: str, model: str, talk: str = "") -> RunNote:
        """What is remembered of the run."""
        from assistant.repo.runs import RunNote

        usage = self.usage
        return RunNote(
            run,
            title,
            model,
            usage.cost if usage is not None else None,
            self.seconds,
            self.thought,
            usage.output if usage is not None else 0,
            time.time(),
            talk,
        )

    def hurried(self) -> None:
        """The button was pressed: once is enough."""
        self.hurries = self._can_hurry = False

    def words(self) -> str:
        parts = [f"thought {self.thought:.0f} s"] if self.thought >= 1 else []
        if self.usage is not None and self.usage.output:
            parts.append(f"{short(self.usage.output)} tokens")
            parts.append(dollars(self.usage.cost))
        elif self.seconds >= 1:
            parts.append(f"{self.seconds:.0f} s")
        return " · ".join(parts)


def ran(found: CheckFinished) -> bool:
    """Whether a check really ran; one that did not is neither good nor bad news."""
    return not found.summary.startswith(NOT_RUN)


def short(count: int) -> str:
    """3100 as 3.1k."""
    return str(count) if count < 1000 else f"{count / 1000:.1f}k"


def dollars(cost: float | None) -> str:
    """An unknown price is a dash, never nothing."""
    if cost is None:
        return "$—"
    return f"${cost:.4f}" if 0 < cost < 0.01 else f"${cost:.2f}"
