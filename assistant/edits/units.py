"""Lines, definitions and marks of two texts, and which of the one stand for which of the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz import fuzz, process

from assistant.edits.elision import is_elision
from assistant.edits.lines import is_trivial, plain
from assistant.edits.outline import Definition, Outline

DOTS = ("...", "…")
MARK, LINE, DEFINITION = "mark", "line", "definition"
SIMILAR = 60.0
LOSABLE = 12
"""So many telling lines a rewrite may leave out beside each other without a mark."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A line, a whole definition, or a mark; ``key`` is what makes two of them the same."""

    kind: str
    key: str
    start: int
    end: int
    definition: Definition | None = None


class Text:
    """Lines with their outline, cut into units."""

    def __init__(self, text: Outline | Sequence[str], suffix: str) -> None:
        self.outline = text if isinstance(text, Outline) else Outline(list(text), suffix)
        self.lines = list(self.outline.lines)

    def units(
        self, low: int, high: int, known: frozenset[str] | None, *, function: bool = False
    ) -> list[Unit]:
        """The units of these lines. Lines of ``known`` are never marks; None: none is a mark."""
        solid = [k for k in range(low, high) if self.lines[k].strip()]
        tops = {d.start: d for d in self.outline.top(low, high)}
        out: list[Unit] = []
        k = low
        while k < high:
            definition = tops.get(k)
            if definition is not None:
                out.append(Unit(DEFINITION, definition.name, k, definition.end, definition))
                k = definition.end
                continue
            text = plain(self.lines[k]).strip()
            mark = (
                known is not None
                and text not in known
                and (
                    is_elision(self.lines[k])
                    or (text in DOTS and self._dots(k, solid, bool(tops), function))
                )
            )
            out.append(Unit(MARK if mark else LINE, text, k, k + 1))
            k += 1
        return out

    def _dots(self, k: int, solid: Sequence[int], beside: bool, function: bool) -> bool:
        """Whether a bare ``...`` stands for lines: it is no statement where other code stands
        around it.
        """
        if self.outline.family != "python":
            return True
        return len(solid) > 1 and (k != solid[-1] if function else beside)


def align(old: Sequence[Unit], new: Sequence[Unit], free: Sequence[bool]) -> dict[int, int]:
    """Old units to new units, in order: definitions by name, lines by text, changed lines by
    likeness.
    """
    likes = _Likes(old)
    rows, columns = len(new) + 1, len(old) + 1
    score = np.full((rows, columns), -1e9)
    choice = np.zeros((rows, columns), dtype=np.int8)
    skip = np.array([_skip_cost(unit) for unit in old])
    ramp = np.concatenate(([0.0], np.cumsum(skip)))
    score[0, 0] = 0.0
    for j in range(rows):
        if j:
            score[j] = score[j - 1]
            choice[j] = 1  # a new unit without a partner
            for i, gain in likes.of(new[j - 1]):
                value = score[j - 1, i] + gain
                if value > score[j, i + 1]:
                    score[j, i + 1], choice[j, i + 1] = value, 2
        costs = np.zeros(columns) if free[j] else ramp
        reach = np.maximum.accumulate(score[j] + costs) - costs
        passed = reach > score[j] + 1e-12
        choice[j][passed] = 3
        score[j] = np.where(passed, reach, score[j])
    pairs: dict[int, int] = {}
    i, j = columns - 1, rows - 1
    while i > 0 or j > 0:
        step = choice[j, i]
        if step == 3 or j == 0:
            i -= 1
        elif step == 2:
            pairs[i - 1] = j - 1
            i, j = i - 1, j - 1
        else:
            j -= 1
    return pairs


def _skip_cost(unit: Unit) -> float:
    if unit.kind == DEFINITION:
        return 4.0
    return 0.01 if not unit.key else 0.2


class _Likes:
    """Which old units a new one may stand for, and what each pair is worth."""

    def __init__(self, old: Sequence[Unit]) -> None:
        self._where: dict[tuple[str, str], list[int]] = {}
        for i, unit in enumerate(old):
            self._where.setdefault((unit.kind, unit.key), []).append(i)
        self._lines = {
            i: u.key for i, u in enumerate(old) if u.kind == LINE and not is_trivial(u.key)
        }

    def of(self, unit: Unit) -> list[tuple[int, float]]:
        """The candidates of one new unit."""
        if unit.kind == MARK:
            return []
        same = self._where.get((unit.kind, unit.key), [])
        if unit.kind == DEFINITION:
            return [(i, 1000.0) for i in same]
        if same:
            worth = 0.05 if is_trivial(unit.key) else 0.6 + 0.6 / len(same)
            return [(i, worth) for i in same]
        if is_trivial(unit.key):
            return []
        found = process.extract(
            unit.key, self._lines, scorer=fuzz.ratio, score_cutoff=SIMILAR, limit=24
        )
        return [(i, 0.35 * ratio / 100) for _, ratio, i in found]


def end_of_prefix(old: Sequence[str], new: Sequence[str]) -> int | None:
    """The number of old lines that ``new`` replaces, when it is the rewritten beginning of ``old``.

    None when its last telling line is no line of the old text: then nothing says how far it
    reaches.
    """
    units = [
        [Unit(LINE, plain(text).strip(), k, k + 1) for k, text in enumerate(side)]
        for side in (old, new)
    ]
    free = [False] * len(new) + [True]
    pairs = {j: i for i, j in align(units[0], units[1], free).items()}
    last = next((j for j in range(len(new) - 1, -1, -1) if units[1][j].key), None)
    if last is None or last not in pairs or units[0][pairs[last]].key != units[1][last].key:
        return None
    return pairs[last] + 1
