"""Which texts are known: those of the files in the index, and of files that just left it and may
come back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.context.store import FileEntry

_MOST = 30_000
"""Chunks of files that left: some 20 MB, some 400,000 lines."""


class Contents:
    """Files by the sum of their bytes. A file that left stays known until too many left after it;
    its numbers are kept alive in nobody's answers, only in the arrays."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._known: dict[str, FileEntry] = {}
        self._left: dict[int, FileEntry] = {}
        self._chunks = 0

    def __bool__(self) -> bool:
        return bool(self._known)

    def enter(self, entry: FileEntry) -> None:
        """It is in the index now. A file without its text says nothing, nor does a buffer, which
        is another one with every key."""
        if self._left.pop(entry.number, None) is not None:
            self._chunks -= entry.chunks
        if _tells(entry):
            self._known[entry.digest] = entry

    def leave(self, entry: FileEntry) -> list[FileEntry]:
        """It is in the index no more; those that must be let go for good."""
        if not _tells(entry):
            return [entry]
        self._left[entry.number] = entry
        self._chunks += entry.chunks
        self._known[entry.digest] = entry  # the one that left can return as it is
        going = []
        while self._chunks > self._most:
            old = self._left.pop(next(iter(self._left)))
            self._chunks -= old.chunks
            going.append(old)
            if self._known.get(old.digest) is old:
                del self._known[old.digest]
        return going

    def clear(self, entries: Iterable[FileEntry]) -> list[FileEntry]:
        """Only ``entries`` are known from now on; those that had left."""
        going = list(self._left.values())
        self._known, self._left, self._chunks = {}, {}, 0
        for entry in entries:
            self.enter(entry)
        return going

    def find(self, digest: str) -> FileEntry | None:
        """A file with this text, in the index or not."""
        return self._known.get(digest)

    def left(self, entry: FileEntry) -> bool:
        """Whether it left and can come back as it is."""
        return self._left.get(entry.number) is entry

    def sizes(self) -> frozenset[int]:
        """Bytes of all texts that are known."""
        return frozenset(entry.size for entry in self._known.values())


def _tells(entry: FileEntry) -> bool:
    return bool(entry.digest) and not entry.reason and not entry.digest.startswith("buffer:")
