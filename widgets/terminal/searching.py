"""Finds words in what a terminal said, over rows that were wrapped. Pure; knows a source."""

from __future__ import annotations

from widgets.terminal.source import Source

MOST = 5000
"""Places that are found at most."""

Place = tuple[int, int, int]
"""line, first cell, cell after the last"""


def find(source: Source, words: str) -> list[Place]:
    """Where ``words`` stand, oldest first; large and small letters are the same unless a large one
    is asked for. A word over the border of a row is marked in its first.
    """
    if not words:
        return []
    exact = words != words.casefold()
    needle = words if exact else words.casefold()
    found: list[Place] = []
    line, end = source.first, source.top + source.height
    while line < end and len(found) < MOST:
        last = line
        while source.goes_on(last) and last < end - 1:
            last += 1
        rows = [source.cells(number) for number in range(line, last + 1)]
        text = "".join(map("".join, rows))
        text = text if exact else text.lower()
        if needle in text:
            found += _places(rows, line, text, needle)
        line = last + 1
    return found


def _places(rows: list[tuple[str, ...]], line: int, text: str, needle: str) -> list[Place]:
    spots: list[tuple[int, int]] = []
    for number, cells in enumerate(rows, line):
        for column, cell in enumerate(cells):
            spots += [(number, column)] * len(cell)
    places: list[Place] = []
    at = text.find(needle)
    while 0 <= at < len(spots) and len(places) < MOST:
        first, last = spots[at], spots[min(at + len(needle), len(spots)) - 1]
        end = last[1] + 1 if last[0] == first[0] else len(rows[first[0] - line])
        places.append((first[0], first[1], end))
        at = text.find(needle, at + max(1, len(needle)))
    return places
