"""Hunks that were made from an older text follow to the current one, or become conflicted; none is lost."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace

from assistant.edits.diff import Run, diff_lines
from assistant.types import FileAction, FileChange, Hunk, HunkState, LineSpan, Snapshot

_DECIDED = (HunkState.KEPT, HunkState.SUPERSEDED)


def rebase(change: FileChange, current: Snapshot) -> FileChange:
    """``change`` against ``current``: undecided and rejected hunks move with the lines around them.

    A hunk whose place, or a line touching it, was edited meanwhile becomes CONFLICTED: its ``base`` is the
    region of the current text, ``old`` what stands there now, ``new`` what was proposed. Where the text already
    reads as proposed the hunk becomes KEPT. Kept hunks that are still in the text stay kept.
    """
    if current.text == change.base.text:
        return replace(change, base=current)
    if change.action is FileAction.CREATE:
        return _rebased_creation(change, current)
    old, new = change.base.lines(), current.lines()
    runs = diff_lines(old, new)
    if change.action is FileAction.DELETE:
        return _rebased_deletion(change, current, new)
    moved: list[Hunk] = []
    for hunk in change.hunks:
        moved.append(_follow(hunk, runs, old, new))
    return replace(change, base=current, hunks=_apart(moved, new))


def _follow(hunk: Hunk, runs: Sequence[Run], old: Sequence[str], new: Sequence[str]) -> Hunk:
    start, end = hunk.base.start, hunk.base.end
    touching = [run for run in runs if run[0] <= end and run[1] >= start]
    if not touching:
        at = start + _shift(runs, start)
        return replace(hunk, base=LineSpan(at, at + len(hunk.base)))
    low, high = min(start, touching[0][0]), max(end, touching[-1][1])
    to_low = touching[0][2] - (touching[0][0] - low)
    to_high = touching[-1][3] + (high - touching[-1][1])
    here = tuple(new[to_low:to_high])
    wanted = (*old[low:start], *hunk.new, *old[end:high])
    if here == wanted:
        head = start - low
        span = LineSpan(to_low + head, to_low + head + len(hunk.new))
        if hunk.state is HunkState.REJECTED:
            return replace(hunk, base=span, old=tuple(new[span.start : span.end]))
        return replace(hunk, base=span, old=hunk.new, state=HunkState.KEPT)
    if hunk.state in _DECIDED or hunk.state is HunkState.REJECTED:
        return replace(hunk, base=LineSpan(to_low, to_high), old=here, new=tuple(wanted))
    return replace(
        hunk,
        base=LineSpan(to_low, to_high),
        old=here,
        new=tuple(wanted),
        state=HunkState.CONFLICTED,
        note="These lines were changed after the proposal was made.",
    )


def _shift(runs: Sequence[Run], line: int) -> int:
    """By how many lines ``line``, which no run touches, has moved."""
    k = bisect_right([run[1] for run in runs], line) - 1
    return runs[k][3] - runs[k][1] if k >= 0 else 0


def _apart(hunks: Sequence[Hunk], new: Sequence[str]) -> tuple[Hunk, ...]:
    """Ascending and not overlapping: conflicted hunks that claim the same lines become one claim."""
    out: list[Hunk] = []
    for hunk in sorted(hunks, key=lambda h: (h.base.start, h.base.end)):
        last = out[-1] if out else None
        if last is not None and hunk.base.start < last.base.end:
            if hunk.state is HunkState.CONFLICTED:
                keep = tuple(new[last.base.end : hunk.base.end])
                span = LineSpan(last.base.end, max(last.base.end, hunk.base.end))
                hunk = replace(hunk, base=span, old=keep)
            elif last.state is HunkState.CONFLICTED:
                span = LineSpan(last.base.start, max(last.base.start, hunk.base.start))
                out[-1] = replace(last, base=span, old=tuple(new[span.start : span.end]))
        out.append(hunk)
    return tuple(out)


def _rebased_creation(change: FileChange, current: Snapshot) -> FileChange:
    """A file that was to be created exists now: the same text is kept, another one is a conflict."""
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
