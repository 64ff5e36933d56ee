"""From quoted lines to the one place they mean: every reading down the ladder, or none."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from assistant.edits.elision import is_elision
from assistant.edits.fuzzy import fuzzy_place
from assistant.edits.lines import indent, width
from assistant.edits.locate import STRICT, Level, Place, TextIndex, blank_blind, contiguous, placed

_NUMBER = re.compile(r"^\s*\d+(?:\s?[|:]\s?|\t)")


@dataclass(frozen=True, slots=True)
class Hint:
    """What the reply says about the place: a 0-based line, scope lines, the end of the file."""

    line: int | None = None
    scopes: tuple[str, ...] = ()
    at_end: bool = False


def as_written(text: str) -> str:
    """The reading that changes nothing."""
    return text


def without_number(text: str) -> str:
    """A line copied with the number it was shown under."""
    return _NUMBER.sub("", text, count=1)


def unquoted(text: str) -> str:
    r"""A line whose quotes were escaped as if it stood in JSON: ``\"`` is ``"``."""
    return text.replace('\\"', '"').replace("\\'", "'").replace("\\t", "\t")


Line = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Found:
    """The place of ``old`` as ``reading`` reads it, or the rivals between which nothing decides."""

    place: Place | None = None
    old: tuple[str, ...] = ()
    rivals: tuple[Place, ...] = ()
    reading: Line = field(default=as_written)


def find(index: TextIndex, old: Sequence[str], new: Sequence[str], hint: Hint) -> Found:
    """The one place of ``old``.

    The first level of the ladder at which any reading stands somewhere decides.
    """
    if not any(text.strip() for text in old):
        return Found()
    readings = _readings(old)
    for level in STRICT:
        for line, said in readings:
            places = contiguous(index, said, level, new)
            if places:
                return _decided(index, places, said, line, hint)
    for line, said in readings:
        places = blank_blind(index, said, new)
        if places:
            return _decided(index, places, said, line, hint)
    if any(is_elision(text) for text in old):
        return _elided(index, old, new)
    if not new:
        return Found()
    found = fuzzy_place(index, old, new)
    if isinstance(found, Place):
        return Found(found, tuple(old))
    return Found(None, tuple(old), tuple(found))


def _readings(old: Sequence[str]) -> list[tuple[Line, tuple[str, ...]]]:
    out: list[tuple[Line, tuple[str, ...]]] = [(as_written, tuple(old))]
    solid = [text for text in old if text.strip()]
    if all(_NUMBER.match(text) for text in solid):
        out.append((without_number, tuple(map(without_number, old))))
    for line in (html.unescape, unquoted):
        said = tuple(map(line, old))
        if said != out[0][1]:
            out.append((line, said))
    return out


def _decided(
    index: TextIndex, places: Sequence[Place], old: tuple[str, ...], line: Line, hint: Hint
) -> Found:
    """One place, or the one the hint points at."""
    if len(places) > 1:
        chosen = by_hint(index, places, hint)
        if chosen is None:
            return Found(None, old, tuple(places), line)
        return Found(chosen, old, (), line)
    return Found(places[0], old, (), line)


NEAR = 3
"""How many lines a line number may be off when it has to decide between equal places."""


def by_hint(index: TextIndex, places: Sequence[Place], hint: Hint) -> Place | None:
    """The place a line number, a scope or the end of the file tells from its rivals; None when
    nothing does.
    """
    if hint.scopes:
        inside = _in_scope(index, places, hint.scopes)
        if len(inside) == 1:
            return inside[0]
        places = inside or places
    if hint.line is not None:
        near = sorted(places, key=lambda place: abs(place.start - hint.line))  # type: ignore[operator]
        first, second = (abs(place.start - hint.line) for place in near[:2])
        if first == 0 or (first <= NEAR and second >= 2 * first + 2):
            return near[0]
    if hint.at_end:
        last = max(places, key=lambda place: place.end)
        if all(not text.strip() for text in index.lines[last.end :]):
            return last
    return None


def _in_scope(index: TextIndex, places: Sequence[Place], scopes: Sequence[str]) -> list[Place]:
    """In each block that the scope lines open, one after the other, the first of the places."""
    keys = index.keys(Level.INDENT)
    ranges = [(0, len(keys))]
    for scope in scopes:
        wanted = scope.strip()
        inner: list[tuple[int, int]] = []
        for low, high in ranges:
            hits = [k for k in range(low, high) if keys[k] == wanted]
            if not hits and len(wanted) > 3:
                hits = [k for k in range(low, high) if keys[k].startswith(wanted)]
            inner.extend((k, _block_end(index, k, high)) for k in hits)
        if not inner:
            continue
        ranges = inner
    if ranges == [(0, len(keys))]:
        return []
    firsts = {
        next((p.start for p in places if low <= p.start and p.end <= high), -1)
        for low, high in ranges
    }
    return [p for p in places if p.start in firsts]


def _block_end(index: TextIndex, header: int, high: int) -> int:
    """The line after the last one indented deeper than the header, closing brackets included."""
    level = width(indent(index.lines[header]))
    for k in range(header + 1, high):
        text = index.lines[k]
        if text.strip() and width(indent(text)) <= level:
            if text.strip()[0] in ")}]{" or text.strip().startswith(
                ("end", "else", "elif", "except")
            ):
                continue
            return k
    return high


def _elided(index: TextIndex, old: Sequence[str], new: Sequence[str]) -> Found:
    """A quotation with its middle left out: every piece in order, each at the one place left for
    it.
    """
    pieces: list[tuple[int, list[str]]] = []
    current: list[str] = []
    for i, text in enumerate([*old, None]):
        if text is None or is_elision(text):
            if any(part.strip() for part in current):
                pieces.append((i - len(current), current))
            current = []
        else:
            current.append(text)
    if len(pieces) < 1 or all(is_elision(text) for text in old if text.strip()):
        return Found()
    options = [_piece_places(index, piece, new) for _, piece in pieces]
    if any(not places for places in options):
        return Found()
    chains = [[place] for place in options[0]]
    for places in options[1:]:
        chains = [[*c, p] for c in chains for p in places if p.start >= c[-1].end][:2000]
    if not chains:
        return Found()
    if len(chains) > 1:
        shortest = min(c[-1].end - c[0].start for c in chains)
        tight = [c for c in chains if c[-1].end - c[0].start == shortest]
        starts = {c[0].start for c in chains}
        if len(tight) > 1 or (len(options[0]) > 1 and len(starts) > 1):
            return Found(None, tuple(old), tuple(c[0] for c in chains[:12]))
        if len({c[-1].start for c in chains}) > 1:
            return Found(None, tuple(old), tuple(c[-1] for c in chains[:12]))
        chains = tight
    mapping: list[int | None] = [None] * len(old)
    for (at, _), place in zip(pieces, chains[0], strict=True):
        for i, k in enumerate(place.mapping):
            mapping[at + i] = k
    level = max((place.level for place in chains[0]), key=list(Level).index)
    return Found(placed(index, old, new, mapping, level), tuple(old))


def _piece_places(index: TextIndex, piece: Sequence[str], new: Sequence[str]) -> list[Place]:
    for level in STRICT:
        if places := contiguous(index, piece, level, new):
            return places
    return [replace(place) for place in blank_blind(index, piece, new)]
