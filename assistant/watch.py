"""Tells which files of a folder change on disk. Knows watchdog and the clock, nothing of what the
files mean.

Watching loses events when thousands come at once and when the system runs out of watches; what is
said then is ``lost``, and whoever listens looks at the files again.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
from collections.abc import AsyncGenerator
from pathlib import Path, PurePosixPath

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver
from watchdog.observers.polling import PollingObserver

from assistant.events import Event, FilesChanged, Notice

QUIET_S = 0.12
LONGEST_S = 1.0
MANY = 2000
SKIPPED = {
    "node_modules",
    "__pycache__",
    ".venv",
    ".tox",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
}
_KINDS: list[type[FileSystemEvent]] = [FileCreatedEvent, FileDeletedEvent, FileMovedEvent]
_KINDS += [DirCreatedEvent, DirDeletedEvent, DirMovedEvent]
# Where the system tells when a writer closed a file, each write by itself is noise that overflows.
_KINDS.append(FileClosedEvent if sys.platform == "linux" else FileModifiedEvent)
log = logging.getLogger(__name__)


class _Handler(FileSystemEventHandler):
    def __init__(
        self, root: Path, loop: asyncio.AbstractEventLoop, queue: asyncio.Queue[str]
    ) -> None:
        self._root, self._loop, self._queue = os.fspath(root), loop, queue

    def on_any_event(self, event: FileSystemEvent) -> None:
        for path in (event.src_path, event.dest_path):
            name = os.fsdecode(path)
            if name.startswith(self._root) and self._wanted(name):
                self._loop.call_soon_threadsafe(self._queue.put_nowait, name)

    def _wanted(self, name: str) -> bool:
        parts = name[len(self._root) :].strip(os.sep).split(os.sep)
        if parts[0] == ".git":  # what says that git moved; objects are noise
            told = {"HEAD", "index", "refs", "packed-refs"}
            return len(parts) > 1 and parts[1] in told and not name.endswith(".lock")
        return not SKIPPED.intersection(parts)


async def watch(root: Path) -> AsyncGenerator[Event, None]:
    """FilesChanged in batches, forever: after 0.12 s of quiet, at the latest after a second."""
    queue: asyncio.Queue[str] = asyncio.Queue()
    handler = _Handler(root, asyncio.get_running_loop(), queue)
    try:
        watching = _Watching(Observer(), handler, root)
    except OSError as error:
        words = f"{root} cannot be watched ({error.strerror}); it is looked at every 2 s instead."
        watching = _Watching(PollingObserver(timeout=2), handler, root)
        yield Notice(words, "warning")
    try:
        await asyncio.to_thread(watching.follow)
        while True:
            names = await _batch(queue)
            if any(Path(name).parent == root for name in names):  # a new folder, perhaps
                await asyncio.to_thread(watching.follow)
            paths = {PurePosixPath(Path(name).relative_to(root).as_posix()) for name in names}
            yield FilesChanged(frozenset(paths - {PurePosixPath(".")}), lost=len(names) > MANY)
    finally:
        watching.end()


class _Watching:
    """One observer. Made and ended on the loop; folders are added on another thread meanwhile."""

    def __init__(self, observer: BaseObserver, handler: _Handler, root: Path) -> None:
        self._observer, self._handler, self._root = observer, handler, root
        self._followed: set[str] = set()
        self._lock = threading.Lock()
        self._ended = False
        observer.schedule(handler, os.fspath(root), recursive=False, event_filter=_KINDS)
        observer.start()

    def follow(self) -> None:
        """Watch every folder of the root that is not noise: git's objects, packages, caches."""
        wanted = [name for name in (".git", ".git/refs") if (self._root / name).is_dir()]
        with os.scandir(self._root) as entries:
            folders = {entry.name for entry in entries if entry.is_dir(follow_symlinks=False)}
        wanted += sorted(folders - SKIPPED - {".git"})
        self._followed.intersection_update(wanted)  # what was deleted may come again
        for name in wanted:
            with self._lock:
                if self._ended:
                    return
                if name not in self._followed:
                    self._add(name)

    def _add(self, name: str) -> None:
        path, deep = os.path.join(self._root, name), name != ".git"
        try:
            self._observer.schedule(self._handler, path, recursive=deep, event_filter=_KINDS)
            self._followed.add(name)
        except OSError as error:
            log.warning("%s cannot be watched: %s", path, error)

    def end(self) -> None:
        """No event follows; all threads of the observer are gone."""
        with self._lock:
            self._ended = True
            self._observer.stop()
        self._observer.join(2)


async def _batch(queue: asyncio.Queue[str]) -> set[str]:
    names = {await queue.get()}
    loop = asyncio.get_running_loop()
    end = loop.time() + LONGEST_S
    while (left := min(QUIET_S, end - loop.time())) > 0:
        try:
            names.add(await asyncio.wait_for(queue.get(), left))
        except TimeoutError:
            break
    return names
