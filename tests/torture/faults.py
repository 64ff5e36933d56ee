"""Disks that fail or die at the n-th change, and children to die in. Knows the seam, no room
above it."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Callable

import pytest

from assistant.repo.disk import Disk

needs_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="changing owners needs root"
)


class Counting(Disk):
    """Counts the changes and names them."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def before(self, call: str, name: str) -> None:
        self.calls.append(f"{call} {os.path.basename(name)}")


class Failing(Disk):
    """The ``at``-th change (from 1) raises ``code``; with ``on`` so do all later ones that need
    space."""

    def __init__(self, at: int, code: int, *, on: bool = False) -> None:
        self.at = at
        self.code = code
        self.on = on
        self.count = 0

    def before(self, call: str, name: str) -> None:
        self.count += 1
        needs_space = call in ("create", "write", "mkdir", "symlink", "setxattr")
        if self.count == self.at or (self.on and self.count > self.at and needs_space):
            raise OSError(self.code, os.strerror(self.code), name)


class Dying(Disk):
    """The process kills itself (SIGKILL) before the ``at``-th change, or in the middle of it when
    ``torn``."""

    def __init__(self, at: int, *, torn: bool = False) -> None:
        self.at = at
        self.torn = torn
        self.count = 0

    def before(self, call: str, name: str) -> None:
        self.count += 1
        if self.count == self.at and not (self.torn and call == "write"):
            os.kill(os.getpid(), signal.SIGKILL)

    def write(self, fd: int, data: bytes, name: str) -> None:
        self.before("write", name)
        if self.count == self.at:
            os.write(fd, data[: len(data) // 2])
            os.kill(os.getpid(), signal.SIGKILL)
        os.write(fd, data)


def in_child(act: Callable[[], None]) -> int:
    """Run ``act`` in a forked child; its exit code, negative for a signal."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            act()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def as_user(uid: int, act: Callable[[], None]) -> int:
    """Run ``act`` in a child without root's rights."""

    def drop() -> None:
        os.setgroups([])
        os.setgid(uid)
        os.setuid(uid)
        act()

    return in_child(drop)


CODES = {"ENOSPC": errno.ENOSPC, "EIO": errno.EIO}
