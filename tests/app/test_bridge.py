"""The door: order, one delivery a frame, immediate and final cancel, back pressure, a clean end."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from collections.abc import AsyncGenerator, Iterator

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from app.bridge import MAILBOX_LIMIT, Door, Run
from assistant.events import Cancelled, Done, Event, Failed, Outcome
from assistant.types import TextDelta


@pytest.fixture
def door(qapp: object) -> Iterator[Door]:
    door = Door()
    yield door
    assert door.close()
    assert not [t for t in threading.enumerate() if t.name.startswith("assistant")]


class Ear(QObject):
    """Writes down what a run says, and checks that it says it on the Qt thread and not after the
    end.
    """

    def __init__(self, run: Run) -> None:
        super().__init__()
        self.said: list[Event] = []
        self.batches = 0
        self.end: list[Outcome] = []
        run.events.connect(self.hear)
        run.ended.connect(self.end.append)

    def hear(self, batch: list[Event]) -> None:
        assert threading.current_thread() is threading.main_thread()
        assert not self.end
        self.said += batch
        self.batches += 1


async def counting(n: int, gap: float = 0.0) -> AsyncGenerator[Event, None]:
    for i in range(n):
        if gap:
            await asyncio.sleep(gap)
        yield TextDelta(str(i))


def test_events_come_in_order_then_one_outcome(qtbot: QtBot, door: Door) -> None:
    ear = Ear(door.open(counting(5000)))
    qtbot.waitUntil(lambda: bool(ear.end))
    assert [e.text for e in ear.said if isinstance(e, TextDelta)] == [str(i) for i in range(5000)]
    assert ear.end == [Done()]
    assert ear.batches < 500


def test_the_first_event_is_not_delayed(qtbot: QtBot, door: Door) -> None:
    async def one() -> AsyncGenerator[Event, None]:
        yield TextDelta("x")
        await asyncio.sleep(60)

    run = door.open(one())
    with qtbot.waitSignal(run.events, timeout=2000):
        pass
    run.cancel()


def test_cancel_is_immediate_and_final_and_reaches_the_stream(qtbot: QtBot, door: Door) -> None:
    cleaned = threading.Event()

    async def endless() -> AsyncGenerator[Event, None]:
        try:
            while True:
                yield TextDelta("x")
                await asyncio.sleep(0)
        finally:
            cleaned.set()

    run = door.open(endless())
    ear = Ear(run)
    qtbot.waitUntil(lambda: len(ear.said) > 100)
    heard = len(ear.said)
    run.cancel()
    assert ear.end == [Cancelled()]
    assert cleaned.wait(2)
    run.cancel()
    with qtbot.waitSignal(door.open(counting(1)).ended):
        pass  # a whole round trip later nothing more was heard
    assert len(ear.said) == heard
    assert ear.end == [Cancelled()]


def test_a_silent_stream_can_be_cancelled(door: Door) -> None:
    started = threading.Event()

    async def silent() -> AsyncGenerator[Event, None]:
        started.set()
        await asyncio.sleep(60)
        yield TextDelta("never")

    run = door.open(silent())
    ear = Ear(run)
    assert started.wait(2)
    run.cancel()
    assert ear.end == [Cancelled()]


def test_a_failure_is_an_outcome_after_what_was_said(qtbot: QtBot, door: Door) -> None:
    async def bad() -> AsyncGenerator[Event, None]:
        yield TextDelta("a")
        raise ValueError("no")

    ear = Ear(door.open(bad()))
    qtbot.waitUntil(lambda: bool(ear.end))
    assert ear.said == [TextDelta("a")]
    [outcome] = ear.end
    assert isinstance(outcome, Failed)
    assert str(outcome.error) == "no"


def test_a_busy_window_slows_the_producer_down(qtbot: QtBot, door: Door) -> None:
    made = 0
    full = threading.Event()

    async def fast() -> AsyncGenerator[Event, None]:
        nonlocal made
        for i in range(20000):
            made += 1
            if made == MAILBOX_LIMIT + 1:
                full.set()
            yield TextDelta("x")
            if i % 100 == 0:
                await asyncio.sleep(0)

    ear = Ear(door.open(fast()))
    assert full.wait(5)  # the Qt thread is busy here: nobody empties the mailbox
    done = threading.Event()
    door.call(done.set)
    assert done.wait(5)
    assert made == MAILBOX_LIMIT + 1
    qtbot.waitUntil(lambda: bool(ear.end), timeout=20000)
    assert len(ear.said) == 20000


def test_close_ends_runs_in_flight_and_refuses_new_ones(qtbot: QtBot) -> None:
    door = Door()
    ears = [Ear(door.open(counting(10**9, 0.001))) for _ in range(20)]
    qtbot.waitUntil(lambda: all(ear.said for ear in ears))
    assert door.close()
    assert all(ear.end == [Cancelled()] for ear in ears)
    with pytest.raises(RuntimeError, match="closed"):
        door.ask(int)


def test_a_listener_may_die_while_it_streams(qtbot: QtBot, door: Door) -> None:
    run = door.open(counting(10**6, 0.0005))
    ear = Ear(run)
    qtbot.waitUntil(lambda: len(ear.said) > 5)
    with qtbot.waitSignal(ear.destroyed):
        ear.deleteLater()
    with qtbot.waitSignal(run.events):
        pass
    run.cancel()


def test_nobody_needs_to_hold_the_run(qtbot: QtBot, door: Door) -> None:
    door.open(counting(50, 0.0005))
    gc.collect()
    with qtbot.waitSignal(door.idle):
        pass


def test_three_hundred_runs_dropped_in_the_middle(qtbot: QtBot, door: Door) -> None:
    for _ in range(300):
        run = door.open(counting(20, 0.0005))
        with qtbot.waitSignal(run.events):
            pass
        run.cancel()
        del run
    gc.collect()
    assert door.runs() == 0


def test_ended_runs_are_freed(qtbot: QtBot, door: Door) -> None:
    refs = []
    for _ in range(50):
        run = door.open(counting(20))
        ear = Ear(run)
        qtbot.waitUntil(lambda ear=ear: bool(ear.end))
        refs.append(weakref.ref(run))
        del run, ear
    gc.collect()
    assert sum(ref() is not None for ref in refs) <= 2


def test_ask_brings_the_value_of_a_blocking_function(qtbot: QtBot, door: Door) -> None:
    run = door.ask(lambda a, b: (a + b, threading.current_thread().name), 2, 3)
    with qtbot.waitSignal(run.answered) as answer:
        pass
    value, thread = answer.args[0]
    assert value == 5
    assert thread.startswith("assistant-disk")
