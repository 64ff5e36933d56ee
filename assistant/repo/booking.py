"""What a save is booked as: who wrote what between two texts. Pure; knows no file and no journal.

The steps come in the order they happened. Ways out and back are cut, and steps of one writer are
joined wherever the order does not matter, so that a save is a few entries and not a diary.
"""

from __future__ import annotations

from collections.abc import Sequence

from assistant.repo.delta import Merge
from assistant.types import TYPED, Origin, Step, split_lines

MOST = 24
"""Longer chains are only joined where neighbours have one writer."""


def booked(before: str, steps: Sequence[Step], after: str, merge: Merge) -> tuple[Step, ...]:
    """Steps that lead from ``before`` to ``after``; what no step accounts for was typed."""
    texts, writers = _without_loops(before, _closed(steps, before, after))
    _join(texts, writers)
    if len(writers) <= MOST:
        _gather(texts, writers, merge)
    return tuple(Step(who, text) for who, text in zip(writers, texts[1:], strict=True))


def _closed(steps: Sequence[Step], before: str, after: str) -> list[Step]:
    last = steps[-1].after if steps else before
    return [*steps] if last == after else [*steps, Step(TYPED, after)]


def _without_loops(before: str, steps: Sequence[Step]) -> tuple[list[str], list[Origin]]:
    """Texts and the writers between them; a text that comes again cuts out the way there."""
    texts: list[str] = [before]
    writers: list[Origin] = []
    for step in steps:
        if step.after in texts:
            at = texts.index(step.after)
            del texts[at + 1 :], writers[at:]
            continue
        texts.append(step.after)
        writers.append(step.origin)
    return texts, writers


def _same(one: Origin, other: Origin) -> bool:
    return (one.author, one.why) == (other.author, other.why)


def _join(texts: list[str], writers: list[Origin]) -> None:
    for at in range(len(writers) - 1, 0, -1):
        if _same(writers[at], writers[at - 1]):
            writers[at - 1] = writers[at]
            del writers[at], texts[at]


def _gather(texts: list[str], writers: list[Origin], merge: Merge) -> None:
    """Move each step next to an earlier one of its writer, past steps that it does not touch."""
    at = 1
    while at < len(writers):
        earlier = [n for n in range(at - 1) if _same(writers[n], writers[at])]
        if earlier and _move(texts, writers, at, earlier[-1] + 1, merge):
            _join(texts, writers)
            at = earlier[-1]
        at += 1


def _move(texts: list[str], writers: list[Origin], at: int, to: int, merge: Merge) -> bool:
    """Swap the step ``at`` towards ``to``; all the way, or nothing."""
    tried, order = list(texts), list(writers)
    for now in range(at, to, -1):
        between = _swapped(tried[now - 1], tried[now], tried[now + 1], merge)
        if between is None:
            return False
        tried[now] = between
        order[now - 1], order[now] = order[now], order[now - 1]
    texts[:], writers[:] = tried, order
    return True


def _swapped(a: str, b: str, c: str, merge: Merge) -> str | None:
    """The text in the middle when the step from ``b`` to ``c`` comes before that from ``a`` to
    ``b``; None when they depend on one another.
    """
    old, mine, theirs = split_lines(b), split_lines(a), split_lines(c)
    first = merge(old, mine, theirs)
    if first.conflicts:
        return None
    back = merge(mine, tuple(first.lines), old)
    if back.conflicts or "".join(back.lines) != c:
        return None
    return "".join(first.lines)
