"""Tells which files of a folder change on disk. Knows the watcher and the clock, nothing of what
the files mean.

Watching loses events when thousands come at once and when the system runs out of watches; what is
said then is ``lost``, and whoever listens looks at the files again.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from pathlib import Path, PurePosixPath

from assistant.events import Event, FilesChanged, Notice
from assistant.watcher import Told, Watcher

QUIET_S = 0.12
LONGEST_S = 1.0
MANY = 500
"""Names; more are not worth telling one by one: all is looked at again."""
POLL_S = 2.0
SKIPPED = {
    "node_modules",
    "__pycache__",
    ".venv",
    ".tox",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
}
_GIT = {"HEAD", "index", "refs", "packed-refs"}


async def watch(root: Path) -> AsyncGenerator[Event, None]:
    """FilesChanged in batches, forever: after 0.12 s of quiet, at the latest after a second."""
    queue: asyncio.Queue[Told] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def tell(told: Told) -> None:
        loop.call_soon_threadsafe(queue.put_nowait, told)

    watcher = Watcher(os.fspath(root), tell)
    begun = polled = False
    try:
        watcher.watch(await asyncio.to_thread(_folders, root))
        while True:
            told = await _batch(queue)
            if told.refused and not polled:
                polled = True
                words = f"{root} cannot be watched ({told.refused}); it is looked at every 2 s."
                yield Notice(words, "warning")
            names = {name for name in told.names if _wanted(name)}
            changed = told.refused or told.fresh  # a folder may have come before its watch stood
            if changed or any("/" not in name for name in names):
                poll = POLL_S if polled else 0.0
                watcher.watch(await asyncio.to_thread(_folders, root), poll)
            missed = bool(told.lost) or (told.fresh and begun)
            begun = begun or told.stand
            if len(names) > MANY or missed:
                yield FilesChanged(frozenset(), lost=True)
            elif names:
                yield FilesChanged(frozenset(map(PurePosixPath, names - {""})))
    finally:
        await asyncio.to_thread(watcher.close)


def _folders(root: Path) -> list[tuple[str, bool]]:
    """The root alone, and with all inside every folder of it that is not noise: git's objects,
    packages, caches."""
    try:
        with os.scandir(root) as entries:
            names = {entry.name for entry in entries if entry.is_dir(follow_symlinks=False)}
    except OSError:  # it went; the root itself is listened for
        names = set()
    git = [(name, name != ".git") for name in (".git", ".git/refs") if (root / name).is_dir()]
    return [("", False), *git, *((name, True) for name in sorted(names - SKIPPED - {".git"}))]


def _wanted(name: str) -> bool:
    parts = name.split("/")
    if parts[0] == ".git":  # what says that git moved; objects are noise
        return len(parts) > 1 and parts[1] in _GIT and not name.endswith(".lock")
    return not SKIPPED.intersection(parts)


async def _batch(queue: asyncio.Queue[Told]) -> Told:
    """All that is told until it is quiet, as one."""
    told = await queue.get()
    loop = asyncio.get_running_loop()
    end = loop.time() + LONGEST_S
    while (left := min(QUIET_S, end - loop.time())) > 0:
        try:
            told = told | await asyncio.wait_for(queue.get(), left)
        except TimeoutError:
            break
    return told
