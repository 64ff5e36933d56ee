"""Who wrote each byte of one text: runs of one writer each. Pure; a writer is a number.

An edit costs the runs between it and the last one, so that typing in one place is cheap however
many runs there are.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher

Run = tuple[int, int]
"""(bytes, writer)"""
_MOST_COMPARED = 4_000_000
"""Lines times lines; above it a replacement is its writer's altogether."""


class Spans:
    """Runs that cover the whole text. Neighbours never have the same writer, and none is empty."""

    def __init__(self, runs: Iterable[Run] = ()) -> None:
        self._runs: list[Run] = []
        self._at = self._start = 0
        self.reset(runs)

    def reset(self, runs: Iterable[Run]) -> None:
        """Another text, written by these."""
        self._runs = _joined(runs)
        self._at = self._start = 0

    def runs(self) -> tuple[Run, ...]:
        return tuple(self._runs)

    def size(self) -> int:
        return sum(size for size, _ in self._runs)

    def writer_at(self, position: int) -> int | None:
        """Who wrote the byte there; None behind the end."""
        at, _ = self._seek(position)
        return self._runs[at][1] if at < len(self._runs) else None

    def between(self, start: int, end: int) -> list[Run]:
        """The runs of a range, cut at its borders."""
        at, begin = self._seek(start)
        found: list[Run] = []
        while at < len(self._runs) and begin < end:
            size, who = self._runs[at]
            part = min(begin + size, end) - max(begin, start)
            if part > 0:
                found.append((part, who))
            begin += size
            at += 1
        return found

    def insert(self, position: int, runs: Iterable[Run]) -> None:
        """These bytes came in front of ``position``."""
        at, begin = self._seek(position)
        new = list(runs)
        if at == len(self._runs):
            self._splice(at, at, new)
            return
        size, who = self._runs[at]
        inside = position - begin
        self._splice(at, at + 1, [(inside, who), *new, (size - inside, who)])

    def delete(self, position: int, size: int) -> list[Run]:
        """These bytes went; returns who had written them."""
        gone = self.between(position, position + size)
        at, begin = self._seek(position)
        end, stop = at, begin
        while end < len(self._runs) and stop < position + size:
            stop += self._runs[end][0]
            end += 1
        if at < end:
            head = (position - begin, self._runs[at][1])
            tail = (stop - position - size, self._runs[end - 1][1])
            self._splice(at, end, [head, tail])
        return gone

    def _seek(self, position: int) -> tuple[int, int]:
        """The run that holds the byte at ``position``, and where it starts."""
        at, start = self._at, self._start
        while at < len(self._runs) and start + self._runs[at][0] <= position:
            start += self._runs[at][0]
            at += 1
        while at > 0 and start > position:
            at -= 1
            start -= self._runs[at][0]
        self._at, self._start = at, start
        return at, start

    def _splice(self, first: int, last: int, runs: list[Run]) -> None:
        """``runs`` in place of those from ``first`` to ``last``, joined with their neighbours."""
        before, start = first, self._start
        if before > 0:
            before -= 1
            start -= self._runs[before][0]
        behind = min(last + 1, len(self._runs))
        self._runs[before:behind] = _joined(
            [*self._runs[before:first], *runs, *self._runs[last:behind]]
        )
        self._at, self._start = before, start


def carried(old: bytes, runs: Iterable[Run], new: bytes, writer: int) -> list[Run]:
    """Who wrote ``new``, which ``writer`` put in place of ``old``: lines that stood there already
    keep their writers.
    """
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    spans, starts = Spans(runs), [0]
    for line in before:
        starts.append(starts[-1] + len(line))
    found: list[Run] = []
    at = 0
    for start, there, size in _equal(before, after):
        found.append((sum(map(len, after[at:there])), writer))
        found += spans.between(starts[start], starts[start + size])
        at = there + size
    found.append((sum(map(len, after[at:])), writer))
    return _joined(found)


def _equal(before: list[bytes], after: list[bytes]) -> list[tuple[int, int, int]]:
    """Blocks of equal lines: where in the one, where in the other, how many."""
    if len(before) * len(after) > _MOST_COMPARED:
        return []
    blocks = SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    return [(block.a, block.b, block.size) for block in blocks]


def _joined(runs: Iterable[Run]) -> list[Run]:
    found: list[Run] = []
    for size, who in runs:
        if not size:
            continue
        if found and found[-1][1] == who:
            found[-1] = (found[-1][0] + size, who)
        else:
            found.append((size, who))
    return found
