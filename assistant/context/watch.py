"""Hears what changes below a root, through watchdog; leaves relative paths with a callback.

Ignored folders are not watched. Events can be lost (a full kernel queue, a race): ``lost`` is
called then, and the owner looks at the whole folder. Where no watch can be had, it says so, and the
owner looks every two seconds.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterable

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

_EVENTS: list[type[FileSystemEvent]] = [
    FileCreatedEvent,
    FileDeletedEvent,
    FileMovedEvent,
    FileClosedEvent,
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
]
"""Opened, read and half-written files are not asked for: they would fill the kernel's queue for
nothing."""
_MOST_WATCHES = 96
"""Each is a thread; beyond it the root is watched whole, ignored folders included."""


class Watcher:
    """Watches from :meth:`start` to :meth:`close`. The callbacks come on other threads."""

    def __init__(
        self, root: str, changed: Callable[[str], None], lost: Callable[[str], None]
    ) -> None:
        self._root = root
        self._handler = _Handler(root, changed)
        self._lost = _Lost(lost)
        self._observer = Observer()

    def start(self, folders: Iterable[str], pruned: Iterable[str]) -> str:
        """Watch; empty when that works, else the reason why the owner must look by itself."""
        events = list(_EVENTS)
        if not sys.platform.startswith("linux"):
            events.append(FileModifiedEvent)
        logging.getLogger("watchdog").addHandler(self._lost)
        try:
            for path, recursive in cover(folders, pruned):
                full = os.path.join(self._root, path) if path else self._root
                if os.path.isdir(full):
                    self._observer.schedule(
                        self._handler, full, recursive=recursive, event_filter=events
                    )
            self._observer.start()
        except OSError as error:
            self.close()
            return f"the system gives no more watches ({error.strerror or error})"
        return ""

    def close(self) -> None:
        """Stop watching; waits for the threads."""
        logging.getLogger("watchdog").removeHandler(self._lost)
        self._observer.unschedule_all()
        if self._observer.is_alive():
            self._observer.stop()
            self._observer.join()


def cover(folders: Iterable[str], pruned: Iterable[str]) -> list[tuple[str, bool]]:
    """The fewest watches (folder, recursive) that see every folder and no pruned one."""
    torn = {""}
    for path in pruned:
        if path.rpartition("/")[2] == "__pycache__":
            continue
        parent = path.rpartition("/")[0]
        while parent not in torn:
            torn.add(parent)
            parent = parent.rpartition("/")[0]
    out = []
    for folder in folders:
        if folder in torn:
            out.append((folder, False))
        elif folder.rpartition("/")[0] in torn:
            out.append((folder, True))
    return out if len(out) <= _MOST_WATCHES else [("", True)]


class _Handler(FileSystemEventHandler):
    def __init__(self, root: str, changed: Callable[[str], None]) -> None:
        super().__init__()
        self._root = root
        self._changed = changed

    def dispatch(self, event: FileSystemEvent) -> None:
        for path in (event.src_path, event.dest_path):
            if path:
                below = os.path.relpath(os.fsdecode(path), self._root).replace(os.sep, "/")
                if not below.startswith("../"):
                    self._changed("" if below == "." else below)


class _Lost(logging.Handler):
    """The only place where watchdog says that events were lost is its log."""

    def __init__(self, lost: Callable[[str], None]) -> None:
        super().__init__(logging.WARNING)
        self._said = lost

    def emit(self, record: logging.LogRecord) -> None:
        self._said(record.getMessage())
