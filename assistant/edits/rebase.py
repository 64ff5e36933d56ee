"""Hunks made from an older text follow to the current one, or become conflicted; none is lost."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from assistant.edits.diff import Run, diff_lines
from assistant.types import FileAction, FileChange, Hunk, HunkState, LineSpan, Snapshot

_CHANGED = "These lines were changed after the proposal was made."


def rebase(change: FileChange, current: Snapshot, *, touching: bool = False) -> FileChange:
    """``change`` against ``current``: every hunk moves with the lines around it; none is lost.

    A hunk whose place, or a line touching it, was edited meanwhile becomes CONFLICTED: its
    ``base`` is the
    region of the current text, ``old`` what stands there now, ``new`` what was proposed.
    ``touching``: an edit
    that only borders on a hunk is no conflict, as while somebody types beside it. Where the text
    reads as
    proposed the hunk becomes KEPT: ``base`` are the new lines, ``old`` remains what they
    replaced, and when
    that comes back (undo) the hunk is PENDING again. Rejected and superseded hunks keep their
    state.
    """
    if current.text == change.base.text:
        return replace(change, base=current)
    if change.action is FileAction.CREATE:
        return _rebased_creation(change, current)
    old, new = change.base.lines(), current.lines()
    if change.action is FileAction.DELETE:
        return _rebased_deletion(change, current, new)
    runs = diff_lines(old, new)
    moved = [_follow(hunk, runs, old, new, touching=touching) for hunk in change.hunks]
    return replace(change, base=current, hunks=_apart(moved, new))


def _follow(
    hunk: Hunk, runs: Sequence[Run], old: Sequence[str], new: Sequence[str], *, touching: bool
) -> Hunk:
    start, end = hunk.base.start, hunk.base.end
    near = [run for run in runs if run[0] <= end and run[1] >= start]
    if not near or (touching and not any(_overlaps(run, start, end) for run in near)):
        at = start + _shift(runs, start)
        return replace(hunk, base=LineSpan(at, at + hunk.base.size))
    low, high = min(start, near[0][0]), max(end, near[-1][1])
    to_low = near[0][2] - (near[0][0] - low)
    to_high = near[-1][3] + (high - near[-1][1])
    here = tuple(new[to_low:to_high])
    head, tail = tuple(old[low:start]), tuple(old[end:high])
    region = LineSpan(to_low, to_high)
    if hunk.state is HunkState.KEPT:
        if here == (*head, *hunk.old, *tail):
            span = LineSpan(to_low + len(head), to_high - len(tail))
            return replace(hunk, base=span, state=HunkState.PENDING)
        return replace(hunk, base=region, old=(*head, *hunk.old, *tail), new=here)
    wanted = (*head, *hunk.new, *tail)
    if hunk.state in (HunkState.REJECTED, HunkState.SUPERSEDED):
        return replace(hunk, base=region, old=here, new=wanted)
    if here == wanted:
        span = LineSpan(to_low + len(head), to_high - len(tail))
        return replace(hunk, base=span, state=HunkState.KEPT)
    return replace(
        hunk, base=region, old=here, new=wanted, state=HunkState.CONFLICTED, note=_CHANGED
    )


def _overlaps(run: Run, start: int, end: int) -> bool:
    """Whether an edit changed the hunk's own lines, or inserted at the very place the hunk
    inserts at.
    """
    if start == end:
        return run[0] < start < run[1] or run[0] == run[1] == start
    return run[0] < end and run[1] > start


def _shift(runs: Sequence[Run], line: int) -> int:
    """By how many lines ``line``, which no run touches, has moved."""
    k = bisect_right([run[1] for run in runs], line) - 1
    return runs[k][3] - runs[k][1] if k >= 0 else 0


def _apart(hunks: Sequence[Hunk], new: Sequence[str]) -> tuple[Hunk, ...]:
    """Ascending and not overlapping: of two that claim the same lines the later one claims what
    is left.
    """
    out: list[Hunk] = []
    taken = 0
    for hunk in sorted(hunks, key=lambda h: (h.base.start, h.base.end)):
        if hunk.base.start < taken:
            span = LineSpan(taken, max(taken, hunk.base.end))
            if hunk.state is HunkState.KEPT:
                hunk = replace(hunk, base=span, new=tuple(new[span.start : span.end]))
            elif hunk.state is HunkState.PENDING:
                old = tuple(new[span.start : span.end])
                hunk = replace(hunk, base=span, old=old, state=HunkState.CONFLICTED, note=_CHANGED)
            else:
                hunk = replace(hunk, base=span, old=tuple(new[span.start : span.end]))
        taken = max(taken, hunk.base.end)
        out.append(hunk)
    return tuple(out)


def _rebased_creation(change: FileChange, current: Snapshot) -> FileChange:
    """A file that was to be created exists now: the same text is kept, another is a conflict."""
    lines = current.lines()
    hunks = []
    for hunk in change.hunks:
        if lines == hunk.new:
            hunks.append(
                replace(hunk, base=LineSpan(0, len(lines)), old=lines, state=HunkState.KEPT)
            )
        else:
            note = "The file came to exist after the proposal was made."
            hunks.append(
                replace(
                    hunk,
                    base=LineSpan(0, len(lines)),
                    old=lines,
                    state=HunkState.CONFLICTED if lines else hunk.state,
                    note=note if lines else hunk.note,
                )
            )
    action = FileAction.MODIFY if lines else FileAction.CREATE
    return replace(change, base=current, hunks=tuple(hunks), action=action)


def _rebased_deletion(change: FileChange, current: Snapshot, lines: tuple[str, ...]) -> FileChange:
    """A file that was to be deleted has changed: the deletion has to be judged again."""
    note = "The file was changed after its deletion was proposed."
    hunks = tuple(
        replace(h, base=LineSpan(0, len(lines)), old=lines, state=HunkState.CONFLICTED, note=note)
        if h.state in (HunkState.PENDING, HunkState.STREAMING, HunkState.CONFLICTED)
        else h
        for h in change.hunks
    )
    return replace(change, base=current, hunks=hunks)
