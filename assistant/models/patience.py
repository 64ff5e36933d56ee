"""A wait with a limit that can be called off from outside. Knows no network."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

_T = TypeVar("_T")


class CalledOff(Exception):
    """The wait was ended from outside."""


class Patience:
    """A wait with a limit that can also be called off from outside, without cancelling the task."""

    def __init__(self) -> None:
        self._timer: asyncio.Timeout | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.called_off = False

    async def wait(self, awaitable: Awaitable[_T], seconds: float | None) -> _T:
        """The result; raises TimeoutError after ``seconds``, CalledOff after :meth:`call_off`."""
        self._loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(seconds) as timer:
                self._timer = timer
                if self.called_off:
                    timer.reschedule(0)
                return await awaitable
        except TimeoutError:
            if self.called_off:
                raise CalledOff from None
            raise
        finally:
            self._timer = None

    def call_off(self) -> None:
        """Ends the wait now; any thread may call it."""
        self.called_off = True
        loop = self._loop
        if loop is None:
            return
        try:
            here = asyncio.get_running_loop()
        except RuntimeError:
            here = None
        if here is loop:
            self._ring()
        else:
            loop.call_soon_threadsafe(self._ring)

    def _ring(self) -> None:
        if self._timer is not None and not self._timer.expired():
            self._timer.reschedule(0)
