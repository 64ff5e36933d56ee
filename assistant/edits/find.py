"""From quoted lines to the one place they mean: every reading of the quotation down the ladder, or none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from assistant.edits.locate import STRICT, Place, TextIndex, blank_blind, contiguous


@dataclass(frozen=True, slots=True)
class Hint:
    """What else the reply says about the place: a 0-based line, scope lines, the end of the file."""

    line: int | None = None
    scopes: tuple[str, ...] = ()
    at_end: bool = False


def as_written(text: str) -> str:
    """The reading that changes nothing."""
    return text


@dataclass(frozen=True, slots=True)
class Found:
    """The place of ``old`` as ``reading`` reads it, or the rivals between which nothing decides."""

    place: Place | None = None
    old: tuple[str, ...] = ()
    rivals: tuple[Place, ...] = ()
    reading: Callable[[str], str] = field(default=as_written)


def find(index: TextIndex, old: Sequence[str], new: Sequence[str], hint: Hint) -> Found:
    """The one place of ``old``: the first level of the ladder that has any place decides."""
    if not old:
        return Found()
    for level in STRICT:
        places = contiguous(index, old, level, new)
        if places:
            return _decided(places, old)
    places = blank_blind(index, old, new)
    if places:
        return _decided(places, old)
    return Found()


def _decided(places: Sequence[Place], old: Sequence[str]) -> Found:
    if len(places) == 1:
        return Found(places[0], tuple(old))
    return Found(None, tuple(old), tuple(places))
