"""Looks through files one after the other, as bytes first. Runs in the process of its own."""

from __future__ import annotations

import os
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate

from assistant.query import FileHits, Hit, Query, Swap
from assistant.types import split_lines

LARGEST = 20_000_000
"""Bytes; a larger file is passed over."""
WIDEST = 400
"""Characters of a line that are shown; a longer one is cut round its match."""


def through(
    root: str, names: Sequence[str], buffers: Mapping[str, str], query: Query, template: str | None
) -> Iterator[FileHits | None]:
    """What each file holds; None for one without a match. ``buffers`` are newer than the disk."""
    pattern = query.compile()
    needle = query.pattern.encode("utf-8", "surrogateescape")
    quick = b"" if query.regex or not (query.case or needle.isascii()) else needle
    if not query.case:
        quick = quick.lower()
    for name in names:
        text = buffers.get(name)
        if text is None:
            data = _read(os.path.join(root, name))
            if quick and quick not in (data if query.case else data.lower()):
                yield None
                continue
            text = data.decode("utf-8", "surrogateescape")
        yield in_file(name, text, query, pattern, template)


def _read(path: str) -> bytes:
    """Nothing of what is no text, too large, or gone."""
    try:
        with open(path, "rb") as file:
            if os.fstat(file.fileno()).st_size > LARGEST:
                return b""
            data = file.read()
    except OSError:
        return b""
    return b"" if b"\0" in data[:8192] else data


def in_file(
    name: str, text: str, query: Query, pattern: re.Pattern[str], template: str | None
) -> FileHits | None:
    """The matches of one text, and the lines that would change."""
    matches = [match for match in pattern.finditer(text) if match.end() > match.start()]
    if not matches:
        return None
    lines = split_lines(text)
    starts = [0, *accumulate(map(len, lines))]
    hits = []
    for match in matches:
        line = bisect_right(starts, match.start()) - 1
        hits.append(_hit(line, lines[line], match.start() - starts[line], len(match.group())))
    swaps = () if template is None else _swaps(matches, lines, starts, query, template)
    return FileHits(name, tuple(hits), swaps)


def _hit(line: int, text: str, start: int, size: int) -> Hit:
    shown = text.rstrip("\r\n")
    lead = len(shown) - len(shown.lstrip())
    cut = min(lead, start) if start < WIDEST else start - WIDEST // 4
    shown = shown[cut : cut + WIDEST]
    at = start - cut
    return Hit(line, shown, at, min(len(shown), at + size))


def _swaps(
    matches: Sequence[re.Match[str]],
    lines: Sequence[str],
    starts: Sequence[int],
    query: Query,
    template: str,
) -> tuple[Swap, ...]:
    """Whole lines, joined where matches share one or stand in lines next to each other."""
    regions: list[tuple[int, int, list[re.Match[str]]]] = []
    for match in matches:
        first = bisect_right(starts, match.start()) - 1
        last = bisect_right(starts, match.end() - 1)
        if regions and first <= regions[-1][1]:
            start, end, inside = regions[-1]
            regions[-1] = (start, max(end, last), [*inside, match])
        else:
            regions.append((first, last, [match]))
    swaps = []
    for first, last, inside in regions:
        text, offset = "".join(lines[first:last]), starts[first]
        for match in reversed(inside):
            start, end = match.start() - offset, match.end() - offset
            text = text[:start] + query.replacement(match, template) + text[end:]
        new = split_lines(text)
        if new != tuple(lines[first:last]):
            swaps.append(Swap(first, tuple(lines[first:last]), new))
    return tuple(swaps)
