"""Runs of blank lines that would push what follows out of sight, as one row with their number.

Knows lines only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

LEAST = 12
"""So many blank lines in a row are no code; the gap between two parts is two or three."""


def runs(lines: Sequence[str]) -> list[tuple[int, int]]:
    """Start and end (half-open) of every run of at least :data:`LEAST` blank lines."""
    found, start = [], -1
    for at, line in enumerate(lines):
        if not line or line.isspace():
            start = at if start < 0 else start
        elif start >= 0:
            if at - start >= LEAST:
                found.append((start, at))
            start = -1
    if start >= 0 and len(lines) - start >= LEAST:
        found.append((start, len(lines)))
    return found


def parts(size: int, folds: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, bool]]:
    """Start, end and whether it is folded of everything from 0 to ``size``."""
    at = 0
    for start, end in folds:
        if start > at:
            yield at, start, False
        yield start, end, True
        at = end
    if at < size:
        yield at, size, False


def words(count: int) -> str:
    return f"⟨{count} blank lines⟩"


def without(text: str) -> str:
    """``text`` with each run as its number."""
    lines = text.split("\n")
    folds = runs(lines)
    if not folds:
        return text
    shown: list[str] = []
    for start, end, folded in parts(len(lines), folds):
        shown += [words(end - start)] if folded else lines[start:end]
    return "\n".join(shown)
