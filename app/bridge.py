"""The one door between the Qt thread and the asyncio thread. Knows streams, nothing of what they
say.

    Qt thread                            asyncio thread
    ---------                            --------------
    door.open(session.edit(i)) -> Run    async for event in stream: mailbox.put(event)
    Run.events(list)     <-- one poke -- (waits while the mailbox is full)
    Run.ended(Outcome)   <-- exactly once, after the last event
    Run.cancel()         -- cancel ----> CancelledError inside the stream

No coroutine may hold a QObject: when the asyncio thread drops the last reference to one, Qt
crashes. So the loop side knows plain Mailboxes and a single signal of the Door, and the Door
outlives the loop.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from itertools import count
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from assistant.events import Answered, Cancelled, Done, Event, Failed, Outcome

if TYPE_CHECKING:
    import asyncio
    from concurrent.futures import Future

FRAME_S = 0.016
"""At most one delivery a frame; ``Door.frame_s`` is 33 ms on high-density screens, where painting
takes longer.
"""
MAILBOX_LIMIT = 512
log = logging.getLogger(__name__)

Stream = AsyncGenerator[Event, None]


class Mailbox:
    """A bounded queue with one reader (Qt) and one writer (asyncio). Knows nothing of Qt."""

    def __init__(self, poke: Callable[[], None]) -> None:
        self._items: deque[Event | Outcome] = deque()
        self._poke = poke
        self._poked = False
        self._room: asyncio.Event | None = None

    async def pump(self, stream: Stream) -> None:
        """Carry ``stream`` to its end; the last item put is always an Outcome."""
        import asyncio

        self._room = asyncio.Event()
        try:
            async with aclosing(stream):  # or the connection stays open when we are cancelled here
                async for event in stream:
                    while len(self._items) >= MAILBOX_LIMIT:
                        self._room.clear()
                        await self._room.wait()
                    self._put(event)
            self._put(Done())
        except asyncio.CancelledError:
            self._put(Cancelled())
            raise
        except Exception as error:
            log.info("a run failed", exc_info=error)
            self._put(Failed(error))

    def _put(self, item: Event | Outcome) -> None:
        self._items.append(item)
        if not self._poked:
            self._poked = True
            self._poke()

    def empty(self) -> list[Event | Outcome]:
        self._poked = False  # before taking: whatever is put later pokes again
        return [self._items.popleft() for _ in range(len(self._items))]

    def make_room(self) -> None:
        if self._room is not None:
            self._room.set()


class Run(QObject):
    """One stream of the assistant as the Qt thread sees it. Made by :meth:`Door.open`."""

    events = Signal(list)  # list[Event], in order, at most once per frame
    answered = Signal(object)  # the value of every Answered event, for runs that are one question
    ended = Signal(object)  # Outcome, exactly once, after the last events
    failed = Signal(object, object)  # the error and the run's subject, just before ``ended``

    def __init__(self, door: Door, key: int, mailbox: Mailbox, future: Future[None]) -> None:
        super().__init__()  # no parent: Python owns runs, the Door holds each until it ended
        self._door, self._key, self._mailbox, self._future = door, key, mailbox, future
        self._last = 0.0
        self.subject: object = None
        """What the run is about, for whoever opened it; the door does not look at it."""
        self.outcome: Outcome | None = None
        self._frame = QTimer(self)
        self._frame.setSingleShot(True)
        self._frame.setTimerType(Qt.TimerType.PreciseTimer)
        self._frame.timeout.connect(self._deliver)

    def cancel(self) -> None:
        """End the run now. No events follow; ``ended`` says Cancelled before this returns."""
        if self.outcome is None:
            self._future.cancel()
            self._end(Cancelled())

    def poked(self) -> None:
        wait = self._last + self._door.frame_s - time.perf_counter()
        if wait <= 0:
            self._deliver()  # the first event is shown at once
        elif not self._frame.isActive():
            self._frame.start(max(1, round(wait * 1000)))

    @Slot()
    def _deliver(self) -> None:
        self._last = time.perf_counter()
        batch = self._mailbox.empty()
        self._door.call(self._mailbox.make_room)
        if self.outcome is not None or not batch:
            return
        last = batch[-1]
        events = [item for item in batch if not isinstance(item, Outcome)]
        if events:
            self.events.emit(events)
            for event in events:
                if isinstance(event, Answered) and self.outcome is None:
                    self.answered.emit(event.value)
        if isinstance(last, Outcome) and self.outcome is None:  # a listener may have cancelled
            self._end(last)

    def _end(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self._frame.stop()
        if isinstance(outcome, Failed):
            self.failed.emit(outcome.error, self.subject)
        self.ended.emit(outcome)
        self._door.forget(self._key)


class Door(QObject):
    """Owns the asyncio thread. Lives as long as the program.

    The thread, and asyncio itself, begin with the first stream: a window is shown without them.
    """

    idle = Signal()  # the last run ended

    _poked = Signal(int)

    def __init__(self, frame_s: float = FRAME_S) -> None:
        super().__init__()
        self.frame_s = frame_s
        self._ids = count(1)
        self._runs: dict[int, Run] = {}
        self._closed = False
        self._poked.connect(self._on_poked, Qt.ConnectionType.QueuedConnection)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def open(self, stream: Stream) -> Run:
        """Start ``stream`` on the asyncio thread. Raises RuntimeError after :meth:`close`."""
        import asyncio

        if self._closed:
            raise RuntimeError("the door is closed")
        key = next(self._ids)
        mailbox = Mailbox(_Poke(self._poked, key))
        loop = self._started()
        future = asyncio.run_coroutine_threadsafe(mailbox.pump(stream), loop)
        run = self._runs[key] = Run(self, key, mailbox, future)
        return run

    def ask(self, function: Callable[..., object], *args: object, subject: object = None) -> Run:
        """Run a blocking function on the executor; ``Run.answered`` brings what it returned."""
        run = self.open(_ask(function, args))
        run.subject = subject
        return run

    def call(self, function: Callable[[], object]) -> None:
        """Run a plain function on the loop. After close() this does nothing."""
        if self._closed and self._loop is None:
            return
        loop = self._started()
        if not loop.is_closed():
            with suppress(RuntimeError):  # closed between the two lines
                loop.call_soon_threadsafe(function)

    def runs(self) -> int:
        """How many runs have not ended."""
        return len(self._runs)

    def close(self, timeout: float = 5.0) -> bool:
        """Cancel what still runs and end the thread. False if it would not end."""
        self._closed = True
        for run in list(self._runs.values()):
            run.cancel()
        if self._loop is None or self._thread is None:
            return True
        self.call(self._loop.stop)
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _started(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            import asyncio

            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=_main, args=(self._loop,), name="assistant")
            self._thread.start()
        return self._loop

    def forget(self, key: int) -> None:
        self._runs.pop(key, None)
        if not self._runs:
            self.idle.emit()

    @Slot(int)
    def _on_poked(self, key: int) -> None:
        if run := self._runs.get(key):
            run.poked()


class _Poke:
    """Emits the door's signal from the loop: holds a bound signal of the Door, which outlives the
    loop.
    """

    def __init__(self, signal: Any, key: int) -> None:
        self._signal, self._key = signal, key

    def __call__(self) -> None:
        self._signal.emit(self._key)


async def _ask(function: Callable[..., object], args: tuple[object, ...]) -> Stream:
    import asyncio

    yield Answered(await asyncio.to_thread(function, *args))


def _main(loop: asyncio.AbstractEventLoop) -> None:
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    asyncio.set_event_loop(loop)
    loop.set_default_executor(
        ThreadPoolExecutor(max_workers=8, thread_name_prefix="assistant-disk")
    )
    loop.run_forever()
    while tasks := asyncio.all_tasks(loop):
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()
