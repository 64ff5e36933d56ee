"""Old lines against new ones that still arrive: a diff whose settled part never changes again.

Knows lines and nothing else. Old lines which the stream has not reached yet look untouched.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assistant.edits.diff import Run, diff_lines
from assistant.edits.lines import is_trivial

BAND = 512
"""Old lines after the settled part in which a new line is looked for."""
OPEN, SKIP = 0.25, 0.06
"""What it costs to leave out old lines: once, and per line.

A line that stands once in the old text earns 1.
"""
SURE = 0.95
"""Weight of equal lines in a row that settles everything before them, when none was skipped."""
DISTRUST = 0.3
"""More weight that is asked for, per old line skipped beyond the lines inserted."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class StreamRun:
    """``old[a0:a1]`` becomes ``new[b0:b1]``.

    ``final``: nothing that still arrives can change it.
    """

    a0: int
    a1: int
    b0: int
    b1: int
    final: bool


class LineStream:
    """Feed new lines with :meth:`push`; read :meth:`runs` at any time; :meth:`finish` when all
    have come.

    The runs are a function of the lines pushed so far, never of how they were grouped or when one
    looked. Their
    order is their identity: the k-th run stays the k-th, and a final one is never touched again.
    """

    def __init__(self, old: Sequence[str]) -> None:
        self.old = list(old)
        self.new: list[str] = []
        self.finished = False
        self._ids: dict[str, int] = {}
        counts = Counter(self.old)
        weights = {
            line: (0.04 if is_trivial(line) else 1.0 / count) for line, count in counts.items()
        }
        self._a = np.array(
            [self._ids.setdefault(x, len(self._ids)) for x in self.old], dtype=np.int64
        )
        self._weights = np.array([weights[x] for x in self.old], dtype=np.float64)
        self._seen: Counter[int] = Counter()
        self._settled: list[StreamRun] = []
        self._a0 = self._b0 = 0
        self._open: list[Run] | None = None
        self._restart()

    def _restart(self) -> None:
        """A fresh row after the settled part."""
        size = min(BAND, len(self.old) - self._a0)
        self._ramp = SKIP * np.arange(size + 1, dtype=np.float64)
        self._score: Floats = -OPEN - self._ramp
        self._score[0] = 0.0
        self._streak: Floats = np.zeros(size + 1)
        self._length = np.zeros(size + 1, dtype=np.int64)
        self._frontier = self._a0
        self._tail = 0

    def push(self, line: str) -> None:
        """One more new line, complete and compared as it stands. O(BAND)."""
        self.new.append(line)
        self._open = None
        identity = self._ids.setdefault(line, len(self._ids))
        self._seen[identity] += 1
        if (
            self._b0 == len(self.new) - 1
            and self._a0 < len(self.old)
            and line == self.old[self._a0]
        ):
            self._a0 += 1  # in step with the old text: nothing to weigh
            self._b0 += 1
            self._restart_in_step()
            return
        self._advance(identity)

    def _restart_in_step(self) -> None:
        """Like :meth:`_restart`, postponed until a line differs."""
        self._score = np.zeros(0)
        self._frontier, self._tail = self._a0, 0

    def _advance(self, identity: int) -> None:
        if not len(self._score):
            self._restart()
        size = len(self._score) - 1
        if size:
            window = slice(self._a0, self._a0 + size)
            weight = np.where(self._a[window] == identity, self._weights[window], 0.0)
            equal = weight > 0
            diagonal = np.where(equal, self._score[:-1] + weight, -np.inf)
            rows = self._score.copy()
            better = diagonal > rows[1:]
            rows[1:] = np.where(better, diagonal, rows[1:])
            streak, length = np.zeros(size + 1), np.zeros(size + 1, dtype=np.int64)
            streak[1:] = np.where(better, self._streak[:-1] + weight, 0.0)
            length[1:] = np.where(better, self._length[:-1] + 1, 0)
            reach = np.maximum.accumulate(rows + self._ramp) - self._ramp - OPEN
            skipped = reach > rows
            streak[skipped], length[skipped] = 0.0, 0
            self._score = np.where(skipped, reach, rows)
            self._streak, self._length = streak, length
            best = int(np.argmax(self._score))
            self._frontier = self._a0 + best
            self._tail = int(length[best])
            if self._tail:
                self._settle(best)

    def _settle(self, best: int) -> None:
        """Settle everything up to the last telling line of the equal stretch, if the stretch says
        enough.
        """
        a1, b1 = self._frontier, len(self.new)
        old_gap, new_gap = a1 - self._tail - self._a0, b1 - self._tail - self._b0
        asked = SURE + DISTRUST * max(0, old_gap - new_gap - 2)
        weight = float(self._streak[best])
        if weight < asked:
            return
        while self._tail and self._weights[a1 - 1] < 0.1:
            a1, b1, self._tail = a1 - 1, b1 - 1, self._tail - 1
        if not self._tail:
            return
        ahead = len(self.new) - b1
        segment = self._segment(a1 - self._tail, b1 - self._tail)
        self._settled += [StreamRun(*run, True) for run in segment]
        self._a0, self._b0 = a1, b1
        while ahead and self._a0 < len(self.old) and self.old[self._a0] == self.new[self._b0]:
            self._a0, self._b0, ahead = self._a0 + 1, self._b0 + 1, ahead - 1
        self._restart_in_step()
        for line in self.new[self._b0 :]:
            self._advance(self._ids[line])

    def _segment(self, a1: int, b1: int) -> list[Run]:
        """The diff of what is not settled, up to ``a1`` and ``b1``, in whole-text numbers."""
        a0, b0 = self._a0, self._b0
        if a0 == a1 or b0 == b1:
            return [] if a0 == a1 and b0 == b1 else [(a0, a1, b0, b1)]
        return [
            (a0 + r[0], a0 + r[1], b0 + r[2], b0 + r[3])
            for r in diff_lines(self.old[a0:a1], self.new[b0:b1])
        ]

    def runs(self) -> list[StreamRun]:
        """All runs so far, ascending; those after the settled part are not final before
        :meth:`finish`.
        """
        if self._open is None:
            a1 = len(self.old) if self.finished else max(self._frontier, self._a0)
            self._open = self._segment(a1, len(self.new))
        return self._settled + [StreamRun(*run, self.finished) for run in self._open]

    def finish(self) -> list[StreamRun]:
        """No more lines: old lines that were never reached are gone."""
        self.finished = True
        self._open = None
        return self.runs()

    @property
    def settled(self) -> int:
        """How many of the first runs are final."""
        return len(self._settled)

    @property
    def changed(self) -> bool:
        """Whether any line differs so far."""
        return bool(self._settled) or bool(self.runs())
