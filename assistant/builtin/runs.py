"""Which lines changed between two texts: quick where lines kept their places. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence

Run = tuple[int, int, int, int]
"""``(a0, a1, b0, b1)``: lines a0 to a1 of the old text became lines b0 to b1 of the new one."""
Differ = Callable[[Sequence[str], Sequence[str]], Sequence[Run]]
_MOSTLY = 0.7
_LARGE = 2000


def changed_runs(old: Sequence[str], new: Sequence[str]) -> list[Run]:
    """Ascending runs that do not touch.

    Lines of equal number that mostly stay in place are compared one by one; else difflib decides,
    above 2,000 lines without the lines that are everywhere, which would cost their square.
    """
    head = 0
    while head < len(old) and head < len(new) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    a, b = old[head : len(old) - tail], new[head : len(new) - tail]
    if len(a) == len(b) and _stay(a, b):
        runs = _in_place(a, b)
    else:
        matcher = difflib.SequenceMatcher(None, a, b, autojunk=len(a) > _LARGE)
        runs = [(a0, a1, b0, b1) for tag, a0, a1, b0, b1 in matcher.get_opcodes() if tag != "equal"]
    return [(a0 + head, a1 + head, b0 + head, b1 + head) for a0, a1, b0, b1 in runs]


def _stay(a: Sequence[str], b: Sequence[str]) -> bool:
    return sum(map(str.__eq__, a, b)) >= _MOSTLY * len(a)


def _in_place(a: Sequence[str], b: Sequence[str]) -> list[Run]:
    runs: list[Run] = []
    for at, (old, new) in enumerate(zip(a, b, strict=True)):
        if old == new:
            continue
        if runs and runs[-1][1] == at:
            runs[-1] = (runs[-1][0], at + 1, runs[-1][2], at + 1)
        else:
            runs.append((at, at + 1, at, at + 1))
    return runs
