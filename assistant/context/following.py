"""What is said to have changed on the disk, until it is taken up; and the watch that says so.

Knows names and times, reads no files. Where no watch can be had, it says so, and the owner looks
every two seconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from assistant.context.walker import Scan
from assistant.context.watch import cover
from assistant.watcher import Told, Watcher

FEW = 20
"""Paths; so many are taken up at once, more wait for quiet: a branch switch sends thousands."""
_QUIET = 0.15
_AT_LATEST = 1.0


class Follower:
    """Follows one root from :meth:`start` to :meth:`close`. ``tell`` is called on another thread;
    what it gets belongs to :meth:`hear`."""

    def __init__(self, root: str, tell: Callable[[Told], None]) -> None:
        self._root = root
        self._tell = tell
        self._watcher: Watcher | None = None
        self._names: set[str] = set()
        self._first = self._last = 0.0
        self.starting = False
        """It was asked for watches and has not said yet whether there are any."""
        self.refused = ""
        """Why there are none."""

    @property
    def watching(self) -> bool:
        """Whether changes are told, or will be in a moment."""
        return self._watcher is not None

    def start(self, scan: Scan) -> None:
        """Watch what ``scan`` found; returns at once, :meth:`hear` is told when it is so."""
        self._watcher = Watcher(self._root, self._tell)
        self.starting = True
        self.cover(scan)

    def cover(self, scan: Scan) -> None:
        """Watch what ``scan`` found instead: folders come and go."""
        if self._watcher is not None:
            self._watcher.watch(cover(scan.folders, scan.pruned))

    def hear(self, told: Told) -> bool:
        """Keep the names; whether the whole folder has to be looked at, for more may have changed
        than was told."""
        if told.names:
            self.add(told.names)
        if told.stand or told.refused:
            self.starting = False
        if told.refused and self._watcher is not None:
            self._watcher.close()
            self._watcher = None
            self.refused = told.refused
        return bool(told.lost or told.fresh or told.refused)

    def add(self, names: Iterable[str]) -> None:
        """These changed."""
        now = time.monotonic()
        if not self._names:
            self._first = now
        self._last = now
        self._names.update(names)

    @property
    def waiting(self) -> bool:
        """Whether there is something to take up."""
        return bool(self._names)

    def take(self) -> set[str]:
        """What changed, when there is little of it or it has become quiet; else nothing yet."""
        now = time.monotonic()
        quiet = now - self._last >= _QUIET or now - self._first >= _AT_LATEST
        if len(self._names) > FEW and not quiet:
            return set()
        names, self._names = self._names, set()
        return names

    def close(self) -> None:
        """End the watch."""
        if self._watcher is not None:
            self._watcher.close()
            self._watcher = None
        self.starting = False
