"""The proposed hunks of one buffer: places, states, how each is applied. Draws nothing.

Every hunk is tracked by itself; its state is derived from the bytes that stand in
its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace

from assistant.types import FileChange, Hunk, HunkState, LineSpan, Snapshot, split_lines
from widgets.editor.surface import DELETED, INSERTED, REDONE, UNDONE, Surface, decode, encode
from widgets.inlinediff.places import Places
from widgets.inlinediff.proposal import DECIDED, Mode, Run, ThreeWay, Tracked, size_of
from widgets.inlinediff.states import NEWLINES, States
from widgets.inlinediff.tracking import Ranges

Writing = Callable[[str], AbstractContextManager[None]]
"""Stands around what is put into the text for a prompt."""
_RUNS_FOLLOWED = 32
"""Of older runs only those with open hunks are kept; the others have long ended."""


class HunkBook:
    """All runs over one buffer. Call :meth:`on_modified` for each modification and :meth:`settle`
    before reading.
    """

    def __init__(self, surface: Surface, three_way: ThreeWay, writing: Writing) -> None:
        self.tracked: list[Tracked] = []
        """In the order of their places."""
        self._surface = surface
        self._states = States(surface, three_way, self._contested)
        self._writing = writing
        self._ranges = Ranges(surface.charAt)
        self._runs: dict[str, Run] = {}
        self._places = Places(surface)
        self._begun = 0
        self.lines_changed = 0
        """How often lines came or went."""
        self.replacing = False
        """The edit under way is a hunk's own; it is told as a whole afterwards."""
        self.replaced: list[Callable[[int, int, int], object]] = []
        """Told each hunk put into the text: position, bytes removed, bytes added."""

    # ---- what the model says ----

    def begin(self, snapshot: Snapshot, prompt: str, mode: Mode) -> None:
        """From now on edits are logged for the run of ``prompt`` that answers to ``snapshot``."""
        self._begun += 1
        self._runs.pop(prompt, None)
        for old in list(self._runs)[:-_RUNS_FOLLOWED]:
            if not any(item.open for item in self._runs[old].hunks.values()):
                del self._runs[old]
        text = self._surface.data()
        self._runs[prompt] = Run(self._begun, prompt, snapshot, mode, text, self._places.log.mark())

    def end(self, prompt: str) -> None:
        """The run said all it will say; one that proposed nothing here is followed no longer."""
        run = self._runs.get(prompt)
        if run is not None and not run.hunks:
            del self._runs[prompt]
            log = self._places.log
            marks = [left.mark for left in self._runs.values()]
            log.forget_before(min(marks, default=log.mark()))

    def follows(self) -> bool:
        """Whether any run has begun, so that modifications matter."""
        return bool(self._runs)

    def show(self, change: FileChange, prompt: str) -> None:
        """Take over a run's latest hunks. What is decided stays, what is no longer named goes."""
        if prompt not in self._runs:
            self.begin(change.base, prompt, Mode.PROPOSE)
        run = self._runs[prompt]
        self._places.align(run, change)
        shift = 0
        moved = False
        for hunk in change.hunks:
            item = run.hunks.get(hunk.id)
            if item is None:
                item = Tracked(run, hunk, self._places.of(run, hunk, shift))
                if hunk.state in DECIDED:  # in an earlier session
                    item.decision = item.state = hunk.state
                run.hunks[hunk.id] = item
                self._ranges.items.append(item.range)
                self.tracked.append(item)
                moved = True
            elif item.open and item.hunk is not hunk and item.hunk != hunk:
                if item.hunk.base != hunk.base or run.mode is Mode.REVIEW:
                    place = self._places.of(run, hunk, shift)
                    item.range.start, item.range.end = place.start, place.end
                    item.range.displaced = place.displaced
                    moved = True
                moved = moved or hunk.state is not item.hunk.state
                item.hunk = hunk
                item.range.touch(by_history=False)
            if run.mode is Mode.REVIEW:
                shift += size_of(hunk.new) - size_of(hunk.old)
        if moved:
            self._sort()
        named = {hunk.id for hunk in change.hunks}
        self._drop([item for item in run.hunks.values() if item.open and item.hunk.id not in named])
        if moved:
            self._supersede(run)

    def withdraw(self, prompt: str) -> None:
        """What is undecided of this prompt is superseded: it will be asked again."""
        own = [item for item in self.tracked if item.run.prompt == prompt and item.open]
        self._decide_all((item, HunkState.SUPERSEDED) for item in own)

    def forget(self, states: Iterable[HunkState]) -> None:
        """Track hunks in these states no longer."""
        wanted = set(states)
        self._drop([item for item in self.tracked if item.state in wanted])

    def clear(self) -> None:
        """Forget everything."""
        self._drop(list(self.tracked))
        self._runs.clear()

    def find(self, number: int, prompt: str | None = None) -> Tracked | None:
        """The hunk with this id, of this prompt; of the newest run, undecided first, when none is
        named.
        """
        found = [
            item
            for item in self.tracked
            if item.hunk.id == number and prompt in (None, item.run.prompt)
        ]
        return max(found, key=lambda item: (item.open, item.run.number), default=None)

    # ---- what the person does ----

    def apply(self, item: Tracked) -> None:
        """Put the other side into the buffer, as one step of undo. A conflict puts it beneath and
        removes nothing.
        """
        if self._states.torn(item.range):
            self._to_next_line(item)
        self._put(item, self.result(item))
        self._decide_all(((item, item.applied),))

    def apply_all(self, items: Iterable[Tracked]) -> None:
        """The same for several, from the last in the text to the first; what stands behind them
        moves once.
        """
        items = tuple(items)
        wanted = set(items)
        for item in items:
            if self._states.torn(item.range):
                self._to_next_line(item)
        with self._ranges.together():
            for item in reversed(self.tracked):
                if item in wanted:
                    self._put(item, self.result(item))
        self._decide_all((item, item.applied) for item in items)

    def apply_instead(self, item: Tracked) -> None:
        """Put the other side in place of whatever stands there, the person's edits included."""
        self._put(item, encode("".join(item.other)))
        self._decide_all(((item, item.applied),))

    def result(self, item: Tracked) -> bytes:
        """What :meth:`apply` would leave in the range."""
        other = encode("".join(item.rows))
        if item.state is not HunkState.CONFLICTED:
            return other
        present = item.present
        if present and present[-1:] not in NEWLINES:
            present += b"\n"
        return present + other

    def dismiss(self, item: Tracked) -> None:
        """Leave the buffer as it is: no byte, no step of undo, no save point is touched."""
        self.dismiss_all((item,))

    def dismiss_all(self, items: Iterable[Tracked]) -> None:
        """The same for several."""
        verdict = {Mode.PROPOSE: HunkState.REJECTED, Mode.REVIEW: HunkState.KEPT}
        self._decide_all((item, verdict[item.run.mode]) for item in items)

    def restore(self, item: Tracked) -> None:
        """Make a rejected hunk pending again."""
        if item.state is not HunkState.REJECTED:
            return
        if item.applied is HunkState.REJECTED and item.before is not None:
            self._put(item, item.before)
        item.before = item.after = None
        item.decision = None
        item.range.touch(by_history=False)
        self._touch_beside(item)

    def on_modified(self, kind: int, position: int, data: bytes) -> None:
        """One modification of the buffer, as Scintilla reports it."""
        by_history = bool(kind & (UNDONE | REDONE))
        size = len(data)
        if any(newline in data for newline in NEWLINES):
            self.lines_changed += 1
        if kind & INSERTED:
            self._places.log.inserted(position, size)
            if not self.replacing:
                self._ranges.inserted(position, data, by_history)
        elif kind & DELETED:
            self._places.log.deleted(position, size)
            if not self.replacing:
                self._ranges.deleted(position, data, by_history)

    def settle(self) -> list[tuple[Tracked, HunkState]]:
        """Derive the states of hunks that were touched; returns those whose state changed, with the
        old one.
        """
        changed = []
        for item in self.tracked:
            if item.range.touched:
                old = item.state
                self._states.derive(item)
                if item.state is not old:
                    changed.append((item, old))
        return changed

    # ---- places ----

    def span(self, item: Tracked) -> LineSpan:
        """The lines of the present buffer that the hunk stands on.

        Asked for every hunk with every key: found anew once lines came or went, or the hunk
        changed.
        """
        known = item.lines
        now = (self.lines_changed, item.revision)
        if known is not None and known[:2] == now and not item.range.touched:
            return known[2]
        span = self._span(item)
        item.lines = (*now, span)
        return span

    def _span(self, item: Tracked) -> LineSpan:
        s = self._surface
        first = s.lineFromPosition(item.range.start)
        if item.range.end <= item.range.start:
            return LineSpan(first, first)
        last = s.lineFromPosition(item.range.end)
        return LineSpan(first, last if s.positionFromLine(last) == item.range.end else last + 1)

    def as_hunk(self, item: Tracked) -> Hunk:
        """The hunk in coordinates of the present buffer."""
        present = split_lines(decode(item.present))
        propose = item.run.mode is Mode.PROPOSE
        if item.state is item.applied:
            old, new = (item.here, present) if propose else (present, item.here)
        else:
            old, new = (present, item.rows) if propose else (item.rows, present)
        note = item.note or item.hunk.note
        return replace(
            item.hunk,
            base=self.span(item),
            old=tuple(old),
            new=tuple(new),
            state=item.state,
            note=note,
        )

    # ---- inside ----

    def _supersede(self, run: Run) -> None:
        """Older hunks of the same prompt go, and those of others that say the very same."""
        older = {
            item
            for new in run.hunks.values()
            for item in self._beside(new)
            if item.open
            and item.run.number < run.number
            and (item.run.prompt == run.prompt or _alike(item, new))
        }
        self._decide_all((item, HunkState.SUPERSEDED) for item in older)

    def _put(self, item: Tracked, new: bytes) -> None:
        s = self._surface
        start, end = item.range.start, item.range.end
        old = s.data(start, end)
        self._touch_beside(item)
        self.replacing = True
        s.beginUndoAction()
        with self._writing(item.run.prompt):
            s.replace(start, end, new)
        s.endUndoAction()
        self.replacing = False
        self._ranges.replaced(item.range, old, new)
        for hear in self.replaced:
            hear(start, len(old), len(new))
        item.before, item.after = old, new

    def _decide_all(self, decisions: Iterable[tuple[Tracked, HunkState]]) -> None:
        for item, decision in decisions:
            item.decision = decision
            item.range.touch(by_history=False)
            self._touch_beside(item)

    def _touch_beside(self, item: Tracked) -> None:
        """A decision can end or begin an overlap of two prompts."""
        if len(self._runs) > 1:
            for other in self._beside(item):
                other.range.touched = True

    def _to_next_line(self, item: Tracked) -> None:
        """Whole lines never go into the middle of one."""
        s = self._surface
        at = s.line_start(s.lineFromPosition(item.range.start) + 1)
        item.range.start = item.range.end = at
        self._sort()

    def _contested(self, item: Tracked) -> bool:
        if len(self._runs) < 2:
            return False
        return any(
            other.open
            and other.run.number < item.run.number
            and other.run.prompt != item.run.prompt
            for other in self._beside(item)
        )

    def _beside(self, item: Tracked) -> Iterator[Tracked]:
        """Hunks that claim the same bytes; both lists are in one order, so few are looked at."""
        for other in self.tracked[self._ranges.near(item.range)]:
            if other is not item and other.range.overlaps(item.range):
                yield other

    def _drop(self, items: list[Tracked]) -> None:
        if not items:
            return
        for item in items:
            self._touch_beside(item)
        self._ranges.remove(item.range for item in items)
        gone = set(items)
        self.tracked = [item for item in self.tracked if item not in gone]
        for item in items:
            item.run.hunks.pop(item.hunk.id, None)

    def _sort(self) -> None:
        self._ranges.sort()
        order = {held: at for at, held in enumerate(self._ranges.items)}
        self.tracked.sort(key=lambda item: order[item.range])


def _alike(one: Tracked, other: Tracked) -> bool:
    """Whether two final hunks would do the same to the same lines."""
    if HunkState.STREAMING in (one.hunk.state, other.hunk.state) or one.run.mode != other.run.mode:
        return False
    places = (one.range.start, one.range.end) == (other.range.start, other.range.end)
    return places and one.hunk.old == other.hunk.old and one.hunk.new == other.hunk.new
