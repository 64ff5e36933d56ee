"""The process that watches folders: watchdog, and the names it tells of. Imports nothing of this
project.

Reads JSON lines from its standard input, each ``{"root", "watches": [[folder, recursive], …],
"poll"}``: from now on these folders below the root are watched, or looked at every ``poll`` seconds
where that is not 0. Ends when its input ends, so it cannot outlive who started it.

Writes messages that end with a NUL, for names hold every other byte: ``c`` and the path below the
root of something that changed, ``l`` and why events were lost; to each wish ``w`` when its watches
stand, with ``fresh`` when some of them did not before, or ``n`` and why no watches can be had.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import stat
import sys
import threading
import time
from collections.abc import Iterable
from typing import Any, BinaryIO

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
from watchdog.observers.api import BaseObserver, ObservedWatch
from watchdog.observers.polling import PollingObserver

PAUSE = 0.01
"""Seconds; so long is collected before it is told, within a flood. What comes alone is told at
once."""
_EVENTS: list[type[FileSystemEvent]] = [
    FileCreatedEvent,
    FileDeletedEvent,
    FileMovedEvent,
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
]
"""Opened and half-written files are not asked for: they would fill the kernel's queue for
nothing."""


class Teller:
    """Collects messages from any thread, each name once, and writes them from one."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._some = threading.Condition()
        self._names: dict[str, None] = {}
        self._said: list[str] = []

    def changed(self, name: str) -> None:
        """Something below the root, or the root itself when empty."""
        with self._some:
            self._names[name] = None
            self._some.notify()

    def say(self, message: str) -> None:
        """A message as it is, after the names that came before it."""
        with self._some:
            self._said += [*(f"c{name}" for name in self._names), message]
            self._names.clear()
            self._some.notify()

    def run(self) -> None:
        """Write until the other side is gone."""
        while True:
            with self._some:
                self._some.wait_for(self._waiting)
                messages = self._said + [f"c{name}" for name in self._names]
                self._names.clear()
                self._said.clear()
            self._out.write(b"".join(os.fsencode(text) + b"\0" for text in messages))
            self._out.flush()
            time.sleep(PAUSE)

    def _waiting(self) -> bool:
        return bool(self._names or self._said)


class Watches:
    """The watches that stand below one root."""

    def __init__(self, root: str, poll: float, teller: Teller) -> None:
        self._root = root
        self._handler = _Handler(root, teller)
        self._observer: BaseObserver = PollingObserver(timeout=poll) if poll else Observer()
        self._told = sys.platform.startswith("linux") and not poll
        self._events = [*_EVENTS, FileClosedEvent if self._told else FileModifiedEvent]
        self._standing: dict[tuple[str, bool], tuple[ObservedWatch, tuple[int, int]]] = {}

    def set(self, wanted: Iterable[tuple[str, bool]]) -> bool:
        """Watch these folders and no others; whether one of them was not watched before. A folder
        that was made anew in its old place counts as another. Raises OSError when the system
        gives no more watches."""
        found = {}
        for path, recursive in wanted:
            full = os.path.join(self._root, path) if path else self._root
            with contextlib.suppress(OSError):  # it went meanwhile: whoever asked will hear of that
                facts = os.stat(full, follow_symlinks=not path)
                if stat.S_ISDIR(facts.st_mode):
                    found[path, recursive] = full, (facts.st_dev, facts.st_ino)
        for key, (watch, identity) in list(self._standing.items()):
            if key not in found or found[key][1] != identity:
                self._observer.unschedule(watch)
                del self._standing[key]
        fresh = [key for key in found if key not in self._standing]
        for key in fresh:
            full, identity = found[key]
            watch = self._observer.schedule(
                self._handler, full, recursive=key[1], event_filter=self._events
            )
            self._standing[key] = watch, identity
        if not self._observer.is_alive():
            self._observer.start()
        if fresh and self._told:
            self._try_one_more()
        return bool(fresh)

    def _try_one_more(self) -> None:
        """watchdog passes over folders inside for which the system gives no watch any more; so one
        more is asked for, of a folder that is surely there."""
        watch = self._observer.schedule(self._handler, os.sep, event_filter=[FileMovedEvent])
        self._observer.unschedule(watch)

    def end(self) -> None:
        """No watch stands any more."""
        self._standing.clear()
        self._observer.unschedule_all()
        if self._observer.is_alive():
            self._observer.stop()


class _Handler(FileSystemEventHandler):
    def __init__(self, root: str, teller: Teller) -> None:
        super().__init__()
        self._root = root
        self._below = root if root.endswith(os.sep) else root + os.sep
        self._teller = teller

    def dispatch(self, event: FileSystemEvent) -> None:
        for path in (event.src_path, event.dest_path):
            name = os.fsdecode(path)
            if name.startswith(self._below):
                self._teller.changed(name[len(self._below) :].replace(os.sep, "/"))
            elif name == self._root:
                self._teller.changed("")


class _Lost(logging.Handler):
    """The only place where watchdog says that events were lost is its log."""

    def __init__(self, teller: Teller) -> None:
        super().__init__(logging.WARNING)
        self._teller = teller

    def emit(self, record: logging.LogRecord) -> None:
        self._teller.say(f"l{record.getMessage()}")


def _follow(lines: Iterable[bytes], teller: Teller) -> None:
    """Carry out wishes until they end."""
    watches: Watches | None = None
    poll = 0.0
    for line in lines:
        wish: dict[str, Any] = json.loads(line)
        if watches is None or wish["poll"] != poll:
            if watches is not None:
                watches.end()
            poll = wish["poll"]
            watches = None
        try:
            watches = watches or Watches(wish["root"], poll, teller)
            if watches.set((path, recursive) for path, recursive in wish["watches"]):
                teller.say("wfresh")
            else:
                teller.say("w")
        except OSError as error:
            if watches is not None:
                watches.end()
                watches = None
            teller.say(f"nthe system gives no more watches ({error.strerror or error})")


def main() -> None:
    """Serve standard input and output."""
    teller = Teller(sys.stdout.buffer)
    logging.getLogger("watchdog").addHandler(_Lost(teller))
    threading.Thread(target=_tell, args=(teller,), daemon=True).start()
    _follow(sys.stdin.buffer, teller)
    os._exit(0)  # watchdog's threads may be in the middle of a flood, and nobody listens any more


def _tell(teller: Teller) -> None:
    try:
        teller.run()
    except OSError:
        os._exit(0)


if __name__ == "__main__":
    main()
