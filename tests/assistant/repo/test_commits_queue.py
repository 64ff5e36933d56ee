"""Commits wait for each other in the background; each ends in exactly one way, also at the end."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

import pytest

from assistant.committing import Choices, CommitJob, Committing
from assistant.errors import CommitFailed
from assistant.events import CommitNews, JobState
from assistant.repo.worker import OVER, CommitWorker
from assistant.types import Receipt
from tests.assistant.repo.conftest import TEXT, Room, change, changes, edited

WAITING, RUNNING, DONE = JobState.WAITING, JobState.RUNNING, JobState.DONE
FAILED, CANCELLED = JobState.FAILED, JobState.CANCELLED


def good(progress, heard, cancelled) -> Receipt:
    progress("writing")
    heard("a hook's words\n")
    return Receipt("c" * 40, "main", ())


def until_stopped(started: Callable[[], object]):
    def work(progress, heard, cancelled) -> Receipt:
        started()
        while not cancelled():
            time.sleep(0.001)
        raise CommitFailed("cancelled")

    return work


def test_jobs_are_done_in_order_and_fail_and_are_cancelled_and_done_again() -> None:
    tries = []

    def flaky(progress, heard, cancelled) -> Receipt:
        tries.append(1)
        if len(tries) == 1:
            raise CommitFailed("not now")
        return Receipt("d" * 40, "main", ())

    async def scene() -> list[CommitNews]:
        worker, seen = CommitWorker(), []
        for number, work in ((1, good), (2, flaky), (3, good)):
            worker.submit(number, work)
        with pytest.raises(ValueError, match="known"):
            worker.submit(3, good)
        assert worker.cancel(3)
        async with aclosing(worker.news()) as news:
            async for one in news:
                seen.append(one)
                if one.state is FAILED:
                    worker.submit(4, flaky)
                if one.id == 4 and one.state is DONE:
                    await worker.close(1)
        assert not worker.cancel(4)
        return seen

    seen = asyncio.run(scene())
    assert [(n.id, n.state) for n in seen if not n.step and not n.words] == [
        (1, WAITING),
        (2, WAITING),
        (3, WAITING),
        (3, CANCELLED),
        (1, RUNNING),
        (1, DONE),
        (2, RUNNING),
        (2, FAILED),
        (4, WAITING),
        (4, RUNNING),
        (4, DONE),
    ]
    assert [n.step for n in seen if n.step] == ["writing"]
    assert [n.words for n in seen if n.words] == ["a hook's words\n"]
    assert [n.receipt.commit[0] for n in seen if n.receipt] == ["c", "d"]
    assert [str(n.error) for n in seen if n.error][-1] == "not now"


def test_a_fault_of_the_program_is_told_as_one_and_the_next_job_runs() -> None:
    def broken(progress, heard, cancelled) -> Receipt:
        raise ZeroDivisionError("by us")

    async def scene() -> list[CommitNews]:
        worker = CommitWorker()
        worker.submit(1, broken)
        worker.submit(2, good)
        asyncio.get_running_loop().call_soon(lambda: asyncio.ensure_future(worker.close(10)))
        return [one async for one in worker.news() if one.state in OVER]

    first, second = asyncio.run(scene())
    assert first.state is FAILED
    assert "ZeroDivisionError: by us" in str(first.error)
    assert second.state is DONE


def test_ending_the_stream_waits_for_the_commit_that_is_running() -> None:
    async def scene() -> bool:
        worker = CommitWorker()
        started, done = asyncio.Event(), []
        loop = asyncio.get_running_loop()

        def slow(progress, heard, cancelled) -> Receipt:
            loop.call_soon_threadsafe(started.set)
            while not cancelled():
                time.sleep(0.001)
            done.append(1)
            raise CommitFailed("cancelled")

        worker.submit(1, slow)

        async def read() -> None:
            async with aclosing(worker.news()) as news:
                async for _ in news:
                    continue

        task = asyncio.create_task(read())
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return bool(done)

    assert asyncio.run(scene())


def test_closing_lets_commits_end_and_cancels_what_takes_too_long() -> None:
    async def scene() -> list[CommitNews]:
        worker, seen = CommitWorker(), []
        worker.submit(1, good)
        worker.submit(2, until_stopped(lambda: None))
        worker.submit(3, good)

        async def read() -> None:
            async with aclosing(worker.news()) as news:
                seen.extend([one async for one in news])

        task = asyncio.create_task(read())
        await worker.close(0.2)
        await task
        worker.submit(4, good)
        return [one for one in seen if one.state in OVER]

    ended = asyncio.run(scene())
    assert sorted((one.id, one.state) for one in ended) == [
        (1, DONE),
        (2, CANCELLED),
        (3, CANCELLED),
    ]


def job(message: str, *, hooks: bool = False, notes: bool = False, **lines: str) -> CommitJob:
    kept = changes(change("a.py", TEXT, edited(TEXT, **lines)))
    return CommitJob((kept,), message, hooks=hooks, notes=notes)


def committing(room: Room, trusted: bool = True) -> Committing:
    return Committing(
        room.sidecar, room.journal, room.door, lambda: trusted, room.effects, room.points
    )


def test_two_commits_in_a_row_and_a_refused_one_between_them(room: Room) -> None:
    hook = room.root / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    floor = committing(room)

    async def scene() -> dict[int, CommitNews]:
        jobs = (job("one", l2="x"), job("two", hooks=True, l9="y"), job("three", l20="z"))
        for number, one in enumerate(jobs):
            floor.queue.submit(number, floor.work(one))
        found = {}
        async with aclosing(floor.news()) as news:
            async for one in news:
                if isinstance(one, CommitNews) and one.state in OVER:
                    found[one.id] = one
                    if one.id == 2:
                        await floor.queue.close(1)
        return found

    ended = asyncio.run(scene())
    floor.wait()
    assert [ended[n].state for n in range(3)] == [DONE, FAILED, DONE]
    assert room.git("log", "--format=%s").split() == ["three", "one", "start"]
    assert room.git("show", "HEAD:a.py") == edited(TEXT, l2="x", l20="z")


def test_closing_the_folder_waits_for_the_commit_at_work(room: Room) -> None:
    hook = room.root / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho running\nsleep 600\n")
    hook.chmod(0o755)
    floor, waited = committing(room), threading.Event()

    async def scene() -> list[CommitNews]:
        floor.queue.submit(1, floor.work(job("one", hooks=True, l2="x")))
        seen = []
        async with aclosing(floor.news()) as news:
            async for one in news:
                assert isinstance(one, CommitNews)
                seen.append(one)
                if one.words:
                    waiting = asyncio.to_thread(lambda: (floor.wait(), waited.set()))
                    task = asyncio.create_task(waiting)
                    assert not waited.is_set()
                    await floor.queue.close(0)
        await task
        return seen

    assert asyncio.run(scene())[-1].state is CANCELLED
    assert waited.is_set()
    assert room.git("log", "--format=%s") == "start\n"
    assert room.leftovers() == []


def test_notes_are_written_on_wish_and_name_the_ref(room: Room) -> None:
    floor = committing(room)
    receipt = floor.commit(job("one", notes=True, l2="x"), print, print, lambda: False)
    assert receipt.notes == ("Authorship is in refs/notes/galley.",)
    note = json.loads(room.git("notes", "--ref=galley", "show", receipt.commit))
    assert note["path"] == "a.py"
    floor.commit(job("two", l9="y"), print, print, lambda: False)
    assert room.git("notes", "--ref=galley", "list").count("\n") == 1


def test_notes_that_cannot_be_written_are_told_and_the_commit_stands(room: Room) -> None:
    lock = room.root / ".git/refs/notes/galley.lock"
    lock.parent.mkdir(parents=True)
    lock.write_bytes(b"")
    receipt = committing(room).commit(job("one", notes=True, l2="x"), print, print, lambda: False)
    assert receipt.notes[0].startswith("Authorship was not written as notes: Another git command")
    assert room.git("log", "-1", "--format=%s") == "one\n"


def test_the_choices_of_a_project_are_remembered(room: Room, private_home: Path) -> None:
    floor = committing(room)
    assert floor.facts().choices == Choices()
    chosen = Choices(hooks=False, notes=True)
    assert floor.choose(chosen).choices == chosen
    assert committing(room, trusted=False).facts().choices == chosen
