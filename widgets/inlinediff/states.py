"""In which state a proposed hunk is, by the bytes that stand in its place. Changes no text.

Knows one buffer; whether another prompt claims the same bytes it is told.
"""

from __future__ import annotations

from collections.abc import Callable

from assistant.types import HunkState, split_lines
from widgets.editor.surface import Surface, decode, encode
from widgets.inlinediff.proposal import ThreeWay, Tracked
from widgets.inlinediff.tracking import Range

NEWLINES = (b"\n", b"\r")
_LINE_ENDS = (b"\n", b"\r\n", b"\r")


class States:
    """:meth:`derive` is called for every hunk whose place was touched."""

    def __init__(
        self, surface: Surface, three_way: ThreeWay, contested: Callable[[Tracked], bool]
    ) -> None:
        self._surface, self._three_way, self._contested = surface, three_way, contested

    def derive(self, item: Tracked) -> None:
        """State, note and rows of a hunk as the buffer is now."""
        held = item.range
        by_history, held.touched, held.by_history = held.by_history, False, False
        item.revision += 1
        item.present = self._surface.data(held.start, held.end)
        if by_history and item.before is not None and item.after is not None:
            if item.decision is item.applied and item.before != item.after:
                if self._holds(item, item.before):
                    item.decision = None
            elif item.decision is None and self._holds(item, item.after):
                item.decision = item.applied
        item.note, item.edited, item.rows = "", False, item.other
        if item.decision is not None:
            item.state = item.decision
            return
        self._trim(item)
        item.state = self._derived_state(item)
        if item.state is item.applied:
            item.decision = item.applied

    def _holds(self, item: Tracked, wanted: bytes) -> bool:
        """Whether ``wanted`` stands in the range; its last line end may lie outside by now."""
        held = item.range
        if item.present == wanted:
            return True
        lost = wanted[len(item.present) :]
        if not (item.present and lost in _LINE_ENDS and wanted.startswith(item.present)):
            return False
        if self._surface.data(held.end, held.end + len(lost)) != lost:
            return False
        held.end += len(lost)
        item.present = wanted
        return True

    def _trim(self, item: Tracked) -> None:
        """Whole lines that the person typed at its border are not in the hunk."""
        here, held = encode("".join(item.here)), item.range
        extra = len(item.present) - len(here)
        if self._holds(item, here) or extra <= 0 or here[-1:] not in NEWLINES:
            return
        if item.present.startswith(here):
            held.end -= extra
        elif item.present.endswith(here) and item.present[extra - 1 : extra] in NEWLINES:
            held.start += extra
        else:
            return
        item.present = here

    def _derived_state(self, item: Tracked) -> HunkState:
        present = item.present
        streaming = item.hunk.state is HunkState.STREAMING
        here, other = encode("".join(item.here)), encode("".join(item.other))
        if item.hunk.state is HunkState.CONFLICTED:
            return HunkState.CONFLICTED
        if self._misplaced(item.range):
            item.note = "The lines it would stand between are gone."
            return HunkState.CONFLICTED
        if self._contested(item):
            item.note = "Another prompt proposes something else here."
            return HunkState.CONFLICTED
        if present == here and (present != other or streaming):
            return HunkState.STREAMING if streaming else HunkState.PENDING
        if streaming:
            return HunkState.STREAMING
        if present == other:
            return item.applied
        merged = self._three_way(item.here, split_lines(decode(present)), item.other)
        if merged.conflicts:
            item.note = "You changed these lines too."
            return HunkState.CONFLICTED
        item.rows, item.edited = tuple(merged.lines), True
        return item.applied if encode("".join(item.rows)) == present else HunkState.PENDING

    def _misplaced(self, held: Range) -> bool:
        """An insertion stands at the start of a line or at the end of the text; anything else is a
        torn place.
        """
        return held.displaced or self.torn(held)

    def torn(self, held: Range) -> bool:
        if held.start != held.end or held.start in (0, self._surface.length()):
            return False
        return self._surface.data(held.start - 1, held.start) not in NEWLINES
