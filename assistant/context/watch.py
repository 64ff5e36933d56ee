"""Which folders to watch so that every change that counts is heard, and no other."""

from __future__ import annotations

from collections.abc import Iterable

_MOST_WATCHES = 96
"""Each is a thread; beyond it the root is watched whole, ignored folders included."""


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
