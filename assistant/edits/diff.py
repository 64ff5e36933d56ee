"""Line and word differences of two texts: patience anchors, edges where readers expect them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from functools import cache
from types import ModuleType

from assistant.edits.lines import is_trivial

Run = tuple[int, int, int, int]
_MATRIX = 120_000_000
_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
_ISLAND = 2


@cache
def _distance() -> ModuleType:
    """Loaded with the first difference: a window is shown without one."""
    from rapidfuzz import distance

    return distance


def diff_lines(old: Sequence[str], new: Sequence[str]) -> list[Run]:
    """Changed runs ``(a0, a1, b0, b1)``: ``old[a0:a1]`` became ``new[b0:b1]``; ascending, never
    touching.

    Lines are compared as they stand, ends included. Equal heads and tails cost nothing but their
    comparison.
    """
    if old == new:
        return []
    matches = _matches(old, new)
    runs = _gaps(matches, len(old), len(new))
    runs = [_slid(run, old, new, low, high) for run, low, high in _with_room(runs, len(old))]
    return _joined(runs, old, new)


def _matches(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int, int]]:
    """Equal stretches ``(i, j, length)``, ascending in both."""
    ids: dict[str, int] = {}
    a = [ids.setdefault(line, len(ids)) for line in old]
    b = [ids.setdefault(line, len(ids)) for line in new]
    found: list[tuple[int, int, int]] = []
    todo = [(0, len(a), 0, len(b))]
    while todo:
        i1, i2, j1, j2 = todo.pop()
        head = 0
        while i1 + head < i2 and j1 + head < j2 and a[i1 + head] == b[j1 + head]:
            head += 1
        if head:
            found.append((i1, j1, head))
            i1, j1 = i1 + head, j1 + head
        tail = 0
        while i2 - tail > i1 and j2 - tail > j1 and a[i2 - tail - 1] == b[j2 - tail - 1]:
            tail += 1
        if tail:
            found.append((i2 - tail, j2 - tail, tail))
            i2, j2 = i2 - tail, j2 - tail
        if i1 == i2 or j1 == j2:
            continue
        anchors = _anchors(a, b, (i1, i2, j1, j2))
        if anchors:
            for i, j in anchors:
                todo.append((i1, i, j1, j))
                found.append((i, j, 1))
                i1, j1 = i + 1, j + 1
            todo.append((i1, i2, j1, j2))
        elif (i2 - i1) * (j2 - j1) <= _MATRIX:
            for op in _distance().Indel.opcodes(a[i1:i2], b[j1:j2]):
                if op.tag == "equal":
                    length = op.src_end - op.src_start
                    found.append((i1 + op.src_start, j1 + op.dest_start, length))
    found.sort()
    return found


def _anchors(a: list[int], b: list[int], box: Run) -> list[tuple[int, int]]:
    """Lines that stand once on each side of the box, the longest chain that ascends in both."""
    i1, i2, j1, j2 = box
    in_a: dict[int, int] = {}
    in_b: dict[int, int] = {}
    for k in range(i1, i2):
        in_a[a[k]] = -1 if a[k] in in_a else k
    for k in range(j1, j2):
        in_b[b[k]] = -1 if b[k] in in_b else k
    points = [(i, in_b[x]) for x, i in in_a.items() if i >= 0 and in_b.get(x, -1) >= 0]
    points.sort()
    tops: list[int] = []
    where: list[int] = []
    before = [-1] * len(points)
    for k, (_, j) in enumerate(points):
        p = bisect_left(tops, j)
        before[k] = where[p - 1] if p else -1
        if p == len(tops):
            tops.append(j)
            where.append(k)
        else:
            tops[p], where[p] = j, k
    chain: list[tuple[int, int]] = []
    k = where[-1] if where else -1
    while k >= 0:
        chain.append(points[k])
        k = before[k]
    chain.reverse()
    return chain


def _gaps(matches: list[tuple[int, int, int]], n: int, m: int) -> list[Run]:
    runs: list[Run] = []
    i = j = 0
    for x, y, length in matches:
        if x > i or y > j:
            runs.append((i, x, j, y))
        i, j = x + length, y + length
    if i < n or j < m:
        runs.append((i, n, j, m))
    return runs


def _with_room(runs: list[Run], n: int) -> list[tuple[Run, int, int]]:
    """Each run with the lines of the old text it may slide over: up to its neighbours, not into
    them.
    """
    rooms = []
    for k, run in enumerate(runs):
        low = runs[k - 1][1] + 1 if k else 0
        high = runs[k + 1][0] - 1 if k + 1 < len(runs) else n
        rooms.append((run, min(low, run[0]), max(high, run[1])))
    return rooms


def _slid(run: Run, old: Sequence[str], new: Sequence[str], low: int, high: int) -> Run:
    """A pure insertion or deletion moved to the equivalent place that starts and ends at a
    boundary.
    """
    a0, a1, b0, b1 = run
    if (a0 == a1) == (b0 == b1):
        return run
    side, start, end = (new, b0, b1) if a0 == a1 else (old, a0, a1)
    up = 0
    while a0 - up > low and side[start - up - 1] == side[end - up - 1]:
        up += 1
    down = 0
    while a1 + down < high and side[start + down] == side[end + down]:
        down += 1
    if not up and not down:
        return run
    best = min(range(-up, down + 1), key=lambda s: (_edge(side, start + s, end + s), -s))
    return (a0 + best, a1 + best, b0 + best, b1 + best)


def _edge(side: Sequence[str], start: int, end: int) -> int:
    """How unnatural it is to cut before ``start`` and before ``end``; smaller is better."""
    cost = 0
    for cut in (start, end):
        following = side[cut] if cut < len(side) else ""
        before = side[cut - 1] if cut else ""
        if following.strip():
            cost += 2 * min(len(following) - len(following.lstrip()), 40)
        elif cut < len(side):
            cost += 30
        if cut == 0 or not before.strip():
            cost -= 3
    return cost


def _joined(runs: list[Run], old: Sequence[str], new: Sequence[str]) -> list[Run]:
    """Neighbours with only a brace or a blank between them read better as one, when both are
    substantial.
    """
    out: list[Run] = []
    for run in runs:
        if out:
            last = out[-1]
            gap = run[0] - last[1]
            if gap <= 0 or (
                gap <= _ISLAND
                and (last[1] - last[0]) + (last[3] - last[2]) > 2
                and (run[1] - run[0]) + (run[3] - run[2]) > 2
                and last[3] > last[2]
                and run[3] > run[2]
                and (last[1] > last[0] or run[1] > run[0])
                and all(is_trivial(line) for line in old[last[1] : run[0]])
            ):
                out[-1] = (last[0], run[1], last[2], run[3])
                continue
        out.append(run)
    return out


def diff_words(old: str, new: str) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Changed character ranges of ``old`` and of ``new``; both empty when the texts are too
    unlike to help.
    """
    left, right = _TOKEN.findall(old), _TOKEN.findall(new)
    if not left or not right or len(left) + len(right) > 6000:
        return [], []
    ids: dict[str, int] = {}
    a = [ids.setdefault(token, len(ids)) for token in left]
    b = [ids.setdefault(token, len(ids)) for token in right]
    operations = _distance().LCSseq.opcodes(a, b)
    at_a, at_b = _offsets(left), _offsets(right)
    same = 0
    marks_a: list[tuple[int, int]] = []
    marks_b: list[tuple[int, int]] = []
    for op in operations:
        if op.tag == "equal":
            same += len(old[at_a[op.src_start] : at_a[op.src_end]].strip())
            continue
        if op.src_end > op.src_start:
            marks_a.append((at_a[op.src_start], at_a[op.src_end]))
        if op.dest_end > op.dest_start:
            marks_b.append((at_b[op.dest_start], at_b[op.dest_end]))
    if 2 * same < 0.4 * (len(old.strip()) + len(new.strip())):
        return [], []
    return _bridged(marks_a, old), _bridged(marks_b, new)


def _offsets(tokens: list[str]) -> list[int]:
    at = [0]
    for token in tokens:
        at.append(at[-1] + len(token))
    return at


def _bridged(marks: list[tuple[int, int]], text: str) -> list[tuple[int, int]]:
    """Marks with at most two characters, or only blanks and punctuation of one line, between them
    become one.
    """
    out: list[tuple[int, int]] = []
    for start, end in marks:
        if out:
            between = text[out[-1][1] : start]
            if (
                "\n" not in between
                and (len(between) <= 2 or not re.search(r"\w", between))
                and len(between) <= 4
            ):
                out[-1] = (out[-1][0], end)
                continue
        out.append((start, end))
    return out
