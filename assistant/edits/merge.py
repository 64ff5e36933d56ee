"""Three-way merge of lines, strict: what touches conflicts, unless both sides are the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.edits.diff import Run, diff_lines


@dataclass(frozen=True, slots=True)
class Conflict:
    """Lines ``start`` to ``end`` of the merged text hold ``ours``; the same place was ``base``
    and is ``theirs``.
    """

    start: int
    end: int
    base: tuple[str, ...]
    ours: tuple[str, ...]
    theirs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Merge:
    """The merged lines, with our side wherever there is a conflict."""

    lines: tuple[str, ...]
    conflicts: tuple[Conflict, ...] = ()


def three_way(base: Sequence[str], ours: Sequence[str], theirs: Sequence[str]) -> Merge:
    """What both sides made of ``base``.

    Regions of different sides that overlap or touch conflict.
    """
    mine, other = diff_lines(base, ours), diff_lines(base, theirs)
    events = sorted(
        [(run, 0) for run in mine] + [(run, 1) for run in other],
        key=lambda e: (e[0][0], e[0][1], e[1]),
    )
    out: list[str] = []
    conflicts: list[Conflict] = []
    position = k = 0
    while k < len(events):
        group = [events[k]]
        low, high = events[k][0][0], events[k][0][1]
        k += 1
        while k < len(events) and events[k][0][0] <= high:
            group.append(events[k])
            high = max(high, events[k][0][1])
            k += 1
        out.extend(base[position:low])
        left = _side([run for run, side in group if side == 0], base, ours, low, high)
        right = _side([run for run, side in group if side == 1], base, theirs, low, high)
        if left is None or right is None or left == right:
            out.extend(right if left is None and right is not None else left or [])
        else:
            start = len(out)
            out.extend(left)
            conflicts.append(
                Conflict(start, len(out), tuple(base[low:high]), tuple(left), tuple(right))
            )
        position = high
    out.extend(base[position:])
    return Merge(tuple(out), tuple(conflicts))


def _side(
    runs: list[Run], base: Sequence[str], text: Sequence[str], low: int, high: int
) -> list[str] | None:
    """What one side made of ``base[low:high]``; None when it left it alone."""
    if not runs:
        return None
    out: list[str] = []
    position = low
    for a0, a1, b0, b1 in runs:
        out.extend(base[position:a0])
        out.extend(text[b0:b1])
        position = a1
    out.extend(base[position:high])
    return out
