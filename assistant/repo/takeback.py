"""One step taken out of a text, place by place, with what others wrote since left alone. Pure.

A place whose new lines still stand as they were written is put back even where typing touches it; a
place that was edited since is merged, and left when both changed the same lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.repo.delta import Merge
from assistant.repo.history import DiffLines
from assistant.types import LineSpan, split_lines

Runs = Sequence[tuple[int, int, int, int]]


@dataclass(frozen=True, slots=True)
class Taken:
    """The text ``after`` it; ``places`` were put back; ``clashes`` are where both changed the same
    lines, in lines of the text that was given.
    """

    after: str
    places: int = 0
    clashes: tuple[LineSpan, ...] = ()


def take_back(
    text: str,
    before: str,
    after: str,
    *,
    merge: Merge,
    diff: DiffLines,
    line: int | None = None,
) -> Taken:
    """``text`` without the step from ``before`` to ``after``; of its places the one that ``line``
    of the text stands in, or all.
    """
    now, old, new = split_lines(text), split_lines(before), split_lines(after)
    since = diff(new, now)
    lines, places, clashes = list(now), 0, []
    for a0, a1, b0, b1 in sorted(diff(old, new), reverse=True):
        here = LineSpan(_moved(since, b0, end=False), _moved(since, b1, end=True))
        if line is not None and not _holds(here, line):
            continue
        if not _touched(since, b0, b1) or (b1 > b0 and now[here.start : here.end] == new[b0:b1]):
            lines[here.start : here.end] = old[a0:a1]
            places += 1
            continue
        without = (*new[:b0], *old[a0:a1], *new[b1:])
        merged = merge(new, tuple(lines), without)
        if merged.conflicts:
            if now[here.start : here.end] != old[a0:a1]:
                clashes.append(here)
        elif tuple(merged.lines) != tuple(lines):
            lines, places = list(merged.lines), places + 1
    return Taken("".join(lines), places, tuple(reversed(clashes)))


def _holds(span: LineSpan, line: int) -> bool:
    return span.start <= line < span.end or (span.start == span.end and line == span.start)


def _touched(since: Runs, start: int, end: int) -> bool:
    """Whether a later change lies in or at the lines ``start`` to ``end``."""
    return any(a0 <= end and start <= a1 for a0, a1, _, _ in since)


def _moved(since: Runs, line: int, *, end: bool) -> int:
    """Where a border between two lines of then is now: what came right there lies outside."""
    shift = 0
    for a0, a1, b0, b1 in sorted(since):
        if a0 > line or (a0 == line and end and a1 == a0):
            break
        if a0 < line < a1:
            return b1 if end else b0
        if a1 == line and end and a0 < a1:
            return b1
        if a0 == line and not end and a0 < a1:
            return b0
        if a0 == line and end:
            return b0
        shift = b1 - a1
    return line + shift
