"""Edits between a span of a file and its whole new text, under the ids they were shown with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant.edits.draft import Draft, Edit, part_id
from assistant.edits.guards import DROPS_ELIDED
from assistant.edits.lines import plain
from assistant.edits.stream import LineStream
from assistant.types import LineSpan

LOST = 3
"""From so many lines on, a loss in a rewrite with elided parts is flagged."""


def difference(
    draft: Draft, span: LineSpan, old: Sequence[str], new: Sequence[str], part: int
) -> list[Edit]:
    """The edits that make ``old`` (bare lines of the span) into ``new``; lines that read the same
    stay.
    """
    stream = LineStream([plain(text) for text in old])
    for text in new:
        stream.push(plain(text))
    runs = stream.finish()
    if not runs and list(old) != list(new):
        stream = LineStream(list(old))
        for text in new:
            stream.push(text)
        runs = stream.finish()
    out = []
    for k, run in enumerate(runs):
        made = draft.edit(span.start + run.a0, span.start + run.a1, new[run.b0 : run.b1])
        if made.new != draft.lines[made.start : made.end]:
            out.append(replace(made, id=part_id(part, k)))
    return out


def flag_losses(edit: Edit) -> Edit:
    """In a rewrite with parts left out, lines that go without any in their place may be an
    oversight.
    """
    lost = edit.end - edit.start - len(edit.new)
    return replace(edit, flags=(*edit.flags, DROPS_ELIDED)) if lost >= LOST else edit


def renamed(edits: Sequence[Edit], shown: Sequence[Edit]) -> list[Edit]:
    """The edits under the ids they were shown with before."""
    out: list[Edit] = []
    taken: set[int] = set()
    for edit in edits:
        same = next(
            (e for e in shown if e.id not in taken and e.start <= edit.end and edit.start <= e.end),
            None,
        )
        if same is not None:
            taken.add(same.id)
            out.append(replace(edit, id=same.id))
        else:
            out.append(edit)
    ids = {edit.id for edit in out}
    if len(ids) < len(out):
        return list(edits)
    return out
