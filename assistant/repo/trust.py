"""Which folders the person trusts. A project cannot speak for itself here.

A grant is bound to the real path, to device and inode, to the owner and to the moment the folder
was made: a folder that was moved away or deleted and replaced by another one is not trusted any
more, also where the file system gives the new one the number of the old.
"""

from __future__ import annotations

import ctypes
import json
import os
import struct
import sys
import time
from functools import cache
from pathlib import Path
from typing import Any

from assistant.errors import RepoError
from assistant.repo.disk import Disk, Folder
from assistant.repo.saver import discard, look, publish, stage

_BORN = 0x800
"""STATX_BTIME."""


class TrustStore:
    """The list of trusted folders in ``data/trust.json``. An unreadable list trusts nobody."""

    def __init__(self, data: Path, disk: Disk | None = None) -> None:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = os.path.realpath(data)
        self._disk = disk or Disk()

    def is_trusted(self, root: Path | str) -> bool:
        """Whether exactly this folder was trusted by the person. A parent's trust does not
        count."""
        try:
            real, mark = _identity(root)
        except OSError:
            return False
        found = self._read().get(real)
        return isinstance(found, dict) and found.get("mark") == mark

    def grant(self, root: Path | str) -> None:
        """The person said yes. Raises RepoError for the home folder and the root of the disk."""
        real, mark = _identity(root)
        if is_whole_home(real):
            raise RepoError(
                f"{real} is too much to trust at once.", "Open the project's own folder."
            )
        self._write({**self._read(), real: {"mark": mark, "since": time.time()}})

    def revoke(self, root: Path | str) -> None:
        """The person changed their mind; nothing happens if it was not trusted."""
        listed = self._read()
        if listed.pop(os.path.realpath(root), None) is not None:
            self._write(listed)

    def _read(self) -> dict[str, Any]:
        with Folder.open_root(self._folder, self._disk) as folder:
            state, seen = look(folder, "trust.json")
        if seen is not None and hasattr(os, "geteuid") and seen.st_uid != os.geteuid():
            return {}
        try:
            listed = json.loads(state.data.decode()) if state.exists else {}
        except ValueError:
            return {}
        return listed if isinstance(listed, dict) else {}

    def _write(self, listed: dict[str, Any]) -> None:
        with Folder.open_root(self._folder, self._disk) as folder:
            _, seen = look(folder, "trust.json")
            discard(folder, "trust.json.tmp")
            publish(
                stage(folder, "trust.json", json.dumps(listed).encode(), "trust.json.tmp", seen)
            )
            if hasattr(os, "chmod"):
                os.chmod(os.path.join(self._folder, "trust.json"), 0o600)


def is_whole_home(real: str) -> bool:
    """Whether ``real`` is the home folder, holds it, or is the root of a disk."""
    home = os.path.realpath(os.path.expanduser("~"))
    if real == os.path.dirname(real):
        return True
    return os.path.normcase(home + os.sep).startswith(os.path.normcase(real + os.sep))


def _identity(root: Path | str) -> tuple[str, list[int]]:
    real = os.path.realpath(root)
    seen = os.stat(real)
    return real, [seen.st_dev, seen.st_ino, seen.st_uid, _born(real, seen)]


def _born(real: str, seen: os.stat_result) -> int:
    """When the folder was made, in nanoseconds; 0 where the file system does not say.

    Needed because ext4 and others give a new folder the inode of one just deleted.
    """
    told = getattr(seen, "st_birthtime", None)
    if told is not None:
        return int(told * 1_000_000_000)
    call = _statx_call()
    if call is None:
        return 0
    answer = ctypes.create_string_buffer(256)
    if call(-100, os.fsencode(real), 0x100, _BORN, answer) != 0:
        return 0
    if not struct.unpack_from("=I", answer, 0)[0] & _BORN:
        return 0
    seconds, nanoseconds = struct.unpack_from("=qI", answer, 80)
    return int(seconds * 1_000_000_000 + nanoseconds)


@cache
def _statx_call() -> Any:
    """``statx`` of Linux, which Python does not offer before 3.15; None elsewhere."""
    function = getattr(ctypes.CDLL(None), "statx", None) if sys.platform == "linux" else None
    if function is not None:
        number, text = ctypes.c_int, ctypes.c_char_p
        function.argtypes = [number, text, number, ctypes.c_uint, text]
    return function
