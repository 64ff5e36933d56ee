"""What .git says when read as data: where it is, HEAD, which paths are tracked. Runs no git."""

from __future__ import annotations

import os
import re
import stat
import struct
from dataclasses import dataclass
from functools import lru_cache

_OBJECT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")


@dataclass(frozen=True, slots=True)
class GitFolder:
    """Absolute paths: ``own`` holds HEAD and index of this work tree, ``common`` objects, refs and
    info."""

    own: str
    common: str


def git_folder(root: str, path: str = "") -> GitFolder | None:
    """The git folder of the work tree ``path`` below ``root``, or None.

    A ``.git`` file may name any folder of the disk, so it is believed only when that folder is
    inside the root or names this work tree back, as git's own worktrees and submodules do.
    """
    tree = os.path.join(root, path) if path else root
    dot = os.path.join(tree, ".git")
    try:
        mode = os.lstat(dot).st_mode
    except OSError:
        return None
    if stat.S_ISDIR(mode):
        return GitFolder(dot, dot) if os.path.isfile(os.path.join(dot, "HEAD")) else None
    if not stat.S_ISREG(mode):
        return None
    target = _line(dot).removeprefix("gitdir:").strip()
    own = os.path.realpath(os.path.join(tree, target)) if target else ""
    if not own or not os.path.isfile(os.path.join(own, "HEAD")):
        return None
    back = _line(os.path.join(own, "gitdir"))
    inside = os.path.commonpath([os.path.realpath(root), own]) == os.path.realpath(root)
    if not inside and os.path.realpath(back or "/") != os.path.realpath(dot):
        return None
    common = _line(os.path.join(own, "commondir"))
    return GitFolder(own, os.path.realpath(os.path.join(own, common)) if common else own)


def head_commit(folder: GitFolder) -> str | None:
    """The full hash HEAD stands for, by files alone; None before the first commit or for a
    reftable."""
    head = _line(os.path.join(folder.own, "HEAD"))
    for _ in range(5):
        if _OBJECT.match(head):
            return head
        name = head.removeprefix("ref:").strip()
        if not name.startswith("refs/") or ".." in name.split("/"):
            return None
        head = _line(os.path.join(folder.own, name)) or _line(os.path.join(folder.common, name))
        if not head:
            return _packed(folder, name)
    return None


def _packed(folder: GitFolder, name: str) -> str | None:
    try:
        with open(
            os.path.join(folder.common, "packed-refs"), encoding="utf-8", errors="replace"
        ) as file:
            for line in file:
                if line.rstrip("\n").endswith(" " + name):
                    found = line.split(" ", 1)[0]
                    return found if _OBJECT.match(found) else None
    except OSError:
        return None
    return None


def tracked_paths(index: str) -> frozenset[str]:
    """Paths in a git index (versions 2 to 4), and each of their folders with a ``/`` at its end.

    Anything unexpected gives the empty set: the worst that follows is that an ignored but tracked
    file stays out.
    """
    try:
        facts = os.stat(index)
        return _tracked(index, facts.st_mtime_ns, facts.st_size)
    except (OSError, struct.error, IndexError, ValueError):
        return frozenset()


@lru_cache(maxsize=16)
def _tracked(index: str, mtime_ns: int, size: int) -> frozenset[str]:
    """The same index, by its stamp, is taken apart once: every new file asks for it."""
    if size > 200_000_000:
        raise ValueError(f"an index of {size} bytes, changed at {mtime_ns}")
    with open(index, "rb") as file:
        return _parse_index(file.read())


def _parse_index(data: bytes) -> frozenset[str]:
    magic, version, count = struct.unpack_from(">4sII", data)
    if magic != b"DIRC" or version not in (2, 3, 4):
        return frozenset()
    paths: set[str] = set()
    at = 12
    name = b""
    for _ in range(count):
        (flags,) = struct.unpack_from(">H", data, at + 60)
        start = at + (64 if flags & 0x4000 else 62)
        if version == 4:
            drop, start = _offset(data, start)
            end = data.index(b"\0", start)
            name = name[: len(name) - drop] + data[start:end]
            at = end + 1
        else:
            end = data.index(b"\0", start)
            name = data[start:end]
            at += (end - at) // 8 * 8 + 8
        paths.add(os.fsdecode(name))
    folders: set[str] = set()
    for path in paths:
        parent = path.rpartition("/")[0]
        while parent and parent + "/" not in folders:
            folders.add(parent + "/")
            parent = parent.rpartition("/")[0]
    return frozenset(paths | folders)


def _offset(data: bytes, at: int) -> tuple[int, int]:
    """The variable-width number of index version 4, and where it ends."""
    byte = data[at]
    value = byte & 127
    at += 1
    while byte & 128:
        byte = data[at]
        at += 1
        value = ((value + 1) << 7) | (byte & 127)
    return value, at


def _line(path: str) -> str:
    """The first line of a small regular file without its end; empty when there is none."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return ""
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.readline(4096).strip()
    except OSError:
        return ""
