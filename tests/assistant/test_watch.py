"""Watching a folder: atomic saves, renames, git's own moves, and what is noise."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path, PurePosixPath

import psutil
import pytest

from assistant import watcher
from assistant.events import FilesChanged, Notice
from assistant.watch import watch


def changes(root: Path, act: Callable[[], None], wanted: set[str]) -> set[str]:
    """What is told from the moment ``act`` ran until all of ``wanted`` was."""

    async def listen() -> set[str]:
        told: set[str] = set()
        probe = root / "probe"
        async with aclosing(watch(root)) as events, asyncio.timeout(20):
            probing = asyncio.create_task(_poke(probe))
            async for event in events:
                assert isinstance(event, FilesChanged)
                names = {str(path) for path in event.paths}
                if "probe" in names and not probing.done():
                    probing.cancel()
                    act()
                told |= names - {"probe"}
                if wanted <= told:
                    return told
        return told

    return asyncio.run(listen())


def test_an_atomic_save_by_another_editor_is_told_by_the_name_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("old")

    def save() -> None:
        (tmp_path / ".a.tmp").write_text("new")
        os.replace(tmp_path / ".a.tmp", tmp_path / "a.txt")

    assert "a.txt" in changes(tmp_path, save, {"a.txt"})


def test_new_folders_and_deleted_files_are_told(tmp_path: Path) -> None:
    (tmp_path / "gone.txt").write_text("x")

    def act() -> None:
        (tmp_path / "gone.txt").unlink()
        (tmp_path / "deep").mkdir()

    assert {"gone.txt", "deep"} <= changes(tmp_path, act, {"gone.txt", "deep"})


def test_git_says_that_it_moved_but_not_every_object(tmp_path: Path) -> None:
    (tmp_path / ".git" / "objects").mkdir(parents=True)
    (tmp_path / "node_modules").mkdir()

    def act() -> None:
        (tmp_path / ".git" / "objects" / "ab").write_text("x")
        (tmp_path / ".git" / "index.lock").write_text("x")
        (tmp_path / "node_modules" / "x.js").write_text("x")
        (tmp_path / ".git" / "HEAD").write_text("ref: refs/heads/main\n")

    told = changes(tmp_path, act, {".git/HEAD"})
    assert told == {".git/HEAD"}


def test_a_folder_that_is_new_is_followed_too(tmp_path: Path) -> None:
    async def write(path: Path) -> None:
        while True:
            path.parent.mkdir(exist_ok=True)
            path.write_text("x")
            await asyncio.sleep(0.02)

    async def listen() -> None:
        async with aclosing(watch(tmp_path)) as events, asyncio.timeout(20):
            writing = asyncio.create_task(write(tmp_path / "fresh" / "a.py"))
            async for event in events:
                assert isinstance(event, FilesChanged)
                if "fresh/a.py" in {str(path) for path in event.paths}:
                    break
            writing.cancel()

    asyncio.run(listen())


def test_thousands_of_changes_are_told_as_a_look_at_everything(tmp_path: Path) -> None:
    def flood() -> None:
        for i in range(1500):
            (tmp_path / f"f{i}").write_text("x")

    async def listen() -> None:
        async with aclosing(watch(tmp_path)) as events, asyncio.timeout(30):
            flooding = None
            poking = asyncio.create_task(_poke(tmp_path / "probe"))
            async for event in events:
                assert isinstance(event, FilesChanged)
                if flooding is None:
                    poking.cancel()
                    flooding = asyncio.create_task(asyncio.to_thread(flood))
                elif event.lost:
                    break
            assert flooding is not None
            await flooding

    asyncio.run(listen())


def test_after_the_death_of_the_watching_process_all_is_looked_at_again(tmp_path: Path) -> None:
    async def listen() -> None:
        async with aclosing(watch(tmp_path)) as events, asyncio.timeout(30):
            poking = asyncio.create_task(_poke(tmp_path / "probe"))
            seen = 0
            async for event in events:
                assert isinstance(event, FilesChanged)
                if not poking.done():
                    poking.cancel()
                    for child in psutil.Process().children():
                        child.kill()
                elif event.lost:
                    seen += 1  # for the death, and for the watches that stand again
                    if seen == 1:
                        (tmp_path / "later.txt").write_text("x")
                if PurePosixPath("later.txt") in event.paths or seen == 2:
                    break

    asyncio.run(listen())


async def _poke(probe: Path) -> None:
    while True:  # the watch begins a moment after it was asked for
        probe.write_text("x")
        await asyncio.sleep(0.02)


_CANNOT = """
import errno, watchdog.observers.api as api
import assistant.watching as watching
def refuse(self, *a, **k):
    raise OSError(errno.ENOSPC, "No space left on device")
start = api.BaseObserver.start
def begin(self):
    refuse(self) if "Polling" not in repr(type(self)) else start(self)
api.BaseObserver.start = begin
watching.main()
"""


def test_without_watches_the_folder_is_looked_at_and_the_person_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watcher, "PROGRAM", [sys.executable, "-P", "-c", _CANNOT])
    (tmp_path / "a.txt").write_text("x")

    async def listen() -> None:
        async with aclosing(watch(tmp_path)) as events, asyncio.timeout(30):
            told = await anext(events)
            assert isinstance(told, Notice) and "it is looked at every 2 s" in told.text
            poking = asyncio.create_task(_grow(tmp_path / "a.txt"))
            async for event in events:
                assert isinstance(event, FilesChanged)
                if PurePosixPath("a.txt") in event.paths:
                    break
            poking.cancel()

    asyncio.run(listen())


async def _grow(path: Path) -> None:
    while True:
        with path.open("a") as file:
            file.write("x")
        await asyncio.sleep(0.05)
