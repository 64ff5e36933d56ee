"""Workers side by side whose events become one stream, in the order they happen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress

from assistant.events import Event

Put = Callable[[Event], Awaitable[None]]
Worker = Callable[[Put], Awaitable[None]]
_MOST_WAITING = 64


async def merged(*workers: Worker) -> AsyncGenerator[Event, None]:
    """What the workers put, until all have ended; closing it ends them first.

    A worker that raises ends the others; the first error is raised here.
    """
    queue: asyncio.Queue[Event | None] = asyncio.Queue(_MOST_WAITING)
    # The group lives in a task of its own: a generator may not be left inside a group.
    all_of_them = asyncio.create_task(_all(workers, queue), name="workers")
    try:
        while (event := await _next(queue, all_of_them)) is not None:
            yield event
        await all_of_them
    except BaseExceptionGroup as group:
        raise _first(group) from None
    finally:
        all_of_them.cancel()
        with suppress(asyncio.CancelledError, BaseExceptionGroup):
            await all_of_them


async def _all(workers: tuple[Worker, ...], queue: asyncio.Queue[Event | None]) -> None:
    async with asyncio.TaskGroup() as group:
        for worker in workers:
            group.create_task(_one(worker, queue.put))


async def _one(worker: Worker, put: Put) -> None:
    await worker(put)


async def _next(queue: asyncio.Queue[Event | None], task: asyncio.Task[None]) -> Event | None:
    """The next event; None once the workers have ended and nothing is left."""
    if not queue.empty():
        return queue.get_nowait()
    if task.done():
        return None
    getting = asyncio.ensure_future(queue.get())
    try:
        await asyncio.wait({getting, task}, return_when=asyncio.FIRST_COMPLETED)
        if getting.done():
            return getting.result()
    finally:
        if not getting.done():
            getting.cancel()
    return queue.get_nowait() if not queue.empty() else None


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
