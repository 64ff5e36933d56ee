"""How long and how much a run takes, measured while it streams. Knows events, asks nobody."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from assistant.events import UsageChanged
from assistant.types import Usage


class Clock:
    """Totals of a run over all its requests, given up ones included.

    Tokens are estimated at four characters each until somebody counts them.
    """

    EVERY_S = 0.2

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._start = self._last = now()
        self._before: Usage | None = None
        self._known: Usage | None = None
        self._first: float | None = None
        self._chars = self._counted = 0

    def begin(self) -> None:
        """Another request begins; what the last one took stays in the totals."""
        if self._known is not None or self._chars:
            self._before = added(self._before, self._so_far())
        self._known = self._first = None
        self._chars = self._counted = 0

    def tick(self, chars: int) -> list[UsageChanged]:
        """Some characters came; says so now and then."""
        now = self._now()
        self._first = self._first or now
        self._chars += chars
        if now - self._last < self.EVERY_S:
            return []
        self._last = now
        return [self._told(self._so_far(), now)]

    def count(self, usage: Usage) -> UsageChanged:
        """What the server, or the meter, says of this request so far."""
        self._known, self._counted = usage, self._chars
        return self._told(usage, self._now())

    def _so_far(self) -> Usage:
        known = self._known or Usage(estimated=True)
        more = (self._chars - self._counted) // 4
        return replace(known, output=known.output + more, estimated=True) if more else known

    def _told(self, usage: Usage, now: float) -> UsageChanged:
        spent = now - (self._first if self._first is not None else now)
        rate = usage.output / spent if spent > 0.05 else 0.0
        return UsageChanged(added(self._before, usage), now - self._start, rate)


def added(one: Usage | None, two: Usage) -> Usage:
    """Both together. A cost that is not known of either makes the sum unknown."""
    if one is None:
        return two
    cost = None if one.cost is None or two.cost is None else one.cost + two.cost
    return Usage(
        one.input + two.input,
        one.cache_read + two.cache_read,
        one.cache_write + two.cache_write,
        one.output + two.output,
        one.reasoning + two.reasoning,
        cost,
        one.estimated or two.estimated,
    )
