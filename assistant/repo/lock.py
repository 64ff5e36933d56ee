"""One owner per project, across processes. The operating system frees the lock of a dead owner."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import IO

from assistant.errors import RepoError

if sys.platform == "win32":
    import msvcrt

    def _take(file: IO[str]) -> None:
        file.seek(1 << 30)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(file: IO[str]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


class ProjectBusy(RepoError):
    """Another running Galley has this project open."""


class ProjectLock:
    """Held from construction to :meth:`close`; ``taken_over`` tells who died without closing it,
    or is empty."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fd = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        self._file: IO[str] = os.fdopen(fd, "r+", encoding="utf-8")
        try:
            _take(self._file)
        except OSError as error:
            owner = self._owner()
            self._file.close()
            raise ProjectBusy(
                f"This folder is already open in another Galley{owner}.",
                "Go on there, or close it first.",
            ) from error
        self.taken_over = self._owner()
        self._file.seek(0)
        self._file.truncate()
        json.dump({"pid": os.getpid(), "since": time.time()}, self._file)
        self._file.flush()

    def close(self) -> None:
        """Give the project free; the file stays, so that nobody locks an unlinked one."""
        if not self._file.closed:
            self._file.seek(0)
            self._file.truncate()
            self._file.flush()
            self._file.close()

    def _owner(self) -> str:
        self._file.seek(0)
        try:
            return f" (process {json.load(self._file)['pid']})"
        except (ValueError, KeyError, OSError):
            return ""
