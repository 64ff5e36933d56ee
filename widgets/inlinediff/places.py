"""Where the lines a run speaks of stand in the buffer as it is now. Knows edits, no states."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate

from assistant.types import FileChange, Hunk, HunkState
from widgets.editor.surface import Surface, encode
from widgets.inlinediff.proposal import Mode, Run, difference, size_of
from widgets.inlinediff.tracking import EditLog, Range, end_after, start_after


class Places:
    """The log of edits of one buffer, and what it says about the lines of each run's base."""

    def __init__(self, surface: Surface) -> None:
        self._surface = surface
        self.log = EditLog()

    def align(self, run: Run, change: FileChange) -> None:
        """Once: line offsets of the base, and a log that starts at the text the hunks are about."""
        if run.aligned:
            return
        run.aligned = True
        wanted = change.base.text
        lines: Iterable[str] | Iterable[bytes] = change.base.lines()
        if not wanted.isascii():
            lines = map(encode, change.base.lines())
        run.offsets = [0, *accumulate(map(len, lines))]
        if run.mode is Mode.REVIEW:
            wanted = change.applied(tuple(HunkState))
        run.first = difference(encode(wanted), run.text)
        run.text = b""

    def of(self, run: Run, hunk: Hunk, shift: int) -> Range:
        s = self._surface
        last = len(run.offsets) - 1
        first = run.offsets[min(hunk.base.start, last)] + shift
        stop = run.offsets[min(hunk.base.end, last)] + shift
        if run.mode is Mode.REVIEW:
            stop = first + size_of(hunk.new)
        if first == stop:
            at = self._end_now(run, first)
            return Range(at, at)
        start = self._start_now(run, first)
        end = max(start, self._end_now(run, stop))
        start = s.positionFromLine(s.lineFromPosition(start))
        line = s.lineFromPosition(end)
        if end > start and s.positionFromLine(line) != end:
            end = s.line_start(line + 1)
        return Range(start, end)

    def _start_now(self, run: Run, position: int) -> int:
        """Where a range starts in the present text that started there in the run's base."""
        begun = start_after(position, *run.first) if any(run.first) else position
        return min(self.log.start_of(begun, run.mark), self._surface.length())

    def _end_now(self, run: Run, position: int) -> int:
        begun = end_after(position, *run.first) if any(run.first) else position
        return min(self.log.end_of(begun, run.mark), self._surface.length())
