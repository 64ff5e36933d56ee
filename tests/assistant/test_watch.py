"""Watching a folder: atomic saves, renames, git's own moves, and what is noise."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

from assistant.events import FilesChanged
from assistant.watch import watch


def changes(root: Path, act: Callable[[], None], wanted: set[str]) -> set[str]:
    """What is told from the moment ``act`` ran until all of ``wanted`` was."""

    async def listen() -> set[str]:
        told: set[str] = set()
        probe = root / "probe"
        async with aclosing(watch(root)) as events, asyncio.timeout(20):
            probing = asyncio.create_task(poke(probe))
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

    async def poke(probe: Path) -> None:
        while True:  # the watch begins a moment after it was asked for
            probe.write_text("x")
            await asyncio.sleep(0.02)

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
