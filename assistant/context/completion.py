"""Completions while a mention is typed: files, folders, symbols by prefix or scattered letters."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass

from assistant.context.definitions import KINDS
from assistant.context.store import Index
from assistant.images import SUFFIXES


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of the popup: ``value`` goes into the mention, ``detail`` stands beside it."""

    kind: str
    value: str
    detail: str = ""
    path: str = ""
    line: int = 0


class Completer:
    """Answers from one index; its sorted lists are made once a version of it."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._version = -1
        self._symbols: list[tuple[str, str]] = []
        self._folders: list[str] = []

    def files(self, typed: str, limit: int = 20) -> list[Choice]:
        """Files whose name starts with, or whose path holds, the letters typed, best first."""
        return [
            Choice("file", path, posixpath.dirname(path), path)
            for path in self._best(self._index.files, typed, limit)
        ]

    def folders(self, typed: str, limit: int = 20) -> list[Choice]:
        """Folders that hold indexed files."""
        self._renew()
        return [
            Choice("folder", path, "", path) for path in self._best(self._folders, typed, limit)
        ]

    def images(self, paths: Iterable[str], typed: str, limit: int = 20) -> list[Choice]:
        """Pictures among ``paths``: their text is in no index."""
        pictures = [path for path in paths if path.lower().endswith(SUFFIXES)]
        return [
            Choice("image", path, posixpath.dirname(path), path)
            for path in self._best(pictures, typed, limit)
        ]

    def symbols(self, typed: str, limit: int = 20) -> list[Choice]:
        """Definitions by name, with where they stand."""
        self._renew()
        low = typed.lower()
        scored = []
        for name, path in self._symbols:
            points = _points(name.lower(), name, low)
            if points:
                scored.append((-points, self._index.files[path].part, len(name), name, path))
        out = []
        for _, _, _, name, path in sorted(scored)[:limit]:
            entry = self._index.files[path]
            row = next(row for row in entry.definitions() if row[0] == name)
            out.append(Choice("symbol", name, f"{KINDS[row[4]]} in {path}:{row[3]}", path, row[3]))
        return out

    def _best(self, paths: Iterable[str], typed: str, limit: int) -> list[str]:
        low = typed.lower().replace("\\", "/").removeprefix("./")
        scored = []
        for path in paths:
            name = posixpath.basename(path)
            if "/" in low:
                points = _points(path.lower(), path, low)
            else:
                points = 2 * _points(name.lower(), name, low) or _points(path.lower(), path, low)
            if points:
                scored.append((-points, len(path), path))
        return [path for _, _, path in sorted(scored)[:limit]]

    def _renew(self) -> None:
        if self._version == self._index.version:
            return
        self._version = self._index.version
        folders: set[str] = set()
        self._symbols = []
        for path, entry in self._index.files.items():
            if entry.symbol_names:
                self._symbols += [
                    (name, path) for name in dict.fromkeys(entry.symbol_names.split("\n"))
                ]
            parent = posixpath.dirname(path)
            while parent and parent not in folders:
                folders.add(parent)
                parent = posixpath.dirname(parent)
        self._folders = sorted(folders)


def _points(low: str, written: str, typed: str) -> int:
    """How well ``typed`` (lowered) asks for a name: 0 not at all, 8 exactly."""
    if not typed:
        return 1
    if low == typed:
        return 8
    if low.startswith(typed):
        return 6
    at = low.find(typed)
    if at > 0:
        return 4 if not low[at - 1].isalnum() or written[at].isupper() else 3
    at = -1
    for char in typed:
        at = low.find(char, at + 1)
        if at < 0:
            return 0
    return 1
