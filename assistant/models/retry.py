"""When to ask again and after how long. Knows errors, not servers."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from assistant.errors import ModelError
from assistant.models.patience import CalledOff, Patience
from assistant.types import Retrying


@dataclass(frozen=True, slots=True)
class Backoff:
    """``attempts`` further tries; waits of ``first``·2ⁿ up to ``longest`` seconds, less up to a
    quarter.

    What the server asks for counts instead, unless it is over ``patience`` seconds: then the person
    decides.
    """

    attempts: int = 4
    first: float = 0.5
    longest: float = 8.0
    patience: float = 120.0

    def delay(self, error: ModelError, attempt: int) -> float | None:
        """Seconds to wait before the next try after ``attempt`` failed ones, or None: do not try
        again.
        """
        if not error.retryable or attempt >= self.attempts:
            return None
        if error.retry_after is not None:
            return None if error.retry_after > self.patience else error.retry_after
        wait = min(self.first * 2.0**attempt, self.longest)
        return wait * (1 - 0.25 * random.random())  # noqa: S311 - jitter, not a secret


async def countdown(
    seconds: float, attempt: int, attempts: int, reason: str, patience: Patience | None = None
) -> AsyncGenerator[Retrying, None]:
    """Waits, saying every second how long it will still take.

    Cancelling the task ends it at once, and so does calling off ``patience``.
    """
    patience = patience or Patience()
    end = asyncio.get_running_loop().time() + seconds
    while True:
        left = end - asyncio.get_running_loop().time()
        yield Retrying(max(left, 0.0), attempt, attempts, reason)
        left = end - asyncio.get_running_loop().time()
        if left <= 0:
            return
        # Sleep to the next whole second, so that the shown numbers are round.
        nap = min(left, (left - math.floor(left)) or 1.0) if left > 1 else left
        try:
            await patience.wait(asyncio.sleep(nap), None)
        except CalledOff:
            return
        if end - asyncio.get_running_loop().time() <= 0.001:
            return
