"""What is selected in a terminal: by cells, words, lines or as a block. Knows no widget."""

from __future__ import annotations

import re

from assistant.types import Spot
from widgets.terminal.source import Source

_WORD = re.compile(r"[\w./~+\-@%:#?&=,]+")
"""Double click takes paths and addresses whole."""


class Selection:
    """``anchor`` is where it began, ``head`` where it goes to; both may be widened to words."""

    def __init__(self, source: Source, at: Spot, unit: str = "cell") -> None:
        """``unit`` is cell, word, line or block."""
        self._source, self.unit = source, unit
        self.anchor = self.head = at

    def move(self, head: Spot) -> None:
        self.head = head

    def ends(self) -> tuple[Spot, Spot]:
        """The first cell and the one after the last."""
        start, end = sorted((self.anchor, self.head))
        if self.unit == "word":
            return word_at(self._source, start)[0], word_at(self._source, end)[1]
        if self.unit == "line":
            return whole_line(self._source, start.line)[0], whole_line(self._source, end.line)[1]
        return start, end

    def empty(self) -> bool:
        if self.unit == "block":
            return self.anchor.column == self.head.column
        start, end = self.ends()
        return start == end

    def columns(self, line: int) -> tuple[int, int]:
        """The selected cells of a line, half-open."""
        start, end = self.ends()
        if not start.line <= line <= end.line:
            return 0, 0
        if self.unit == "block":
            left, right = sorted((self.anchor.column, self.head.column))
            return left, right
        left = start.column if line == start.line else 0
        right = end.column if line == end.line else self._source.columns
        return left, right

    def text(self) -> str:
        start, end = self.ends()
        if self.unit != "block":
            return self._source.text(start, end)
        parts = []
        for line in range(start.line, end.line + 1):
            left, right = self.columns(line)
            parts.append("".join(self._source.cells(line)[left:right]).rstrip(" "))
        return "\n".join(parts)


def whole_line(source: Source, line: int) -> tuple[Spot, Spot]:
    """From the first to the last row of a line that may be longer than the screen is wide."""
    first = last = line
    while first > source.first and source.goes_on(first - 1):
        first -= 1
    while source.goes_on(last):
        last += 1
    return Spot(first, 0), Spot(last, source.columns)


def word_at(source: Source, spot: Spot) -> tuple[Spot, Spot]:
    """The word around a cell, over the border of a row; a single cell where there is none."""
    start, end = whole_line(source, spot.line)
    text, offset = "", 0
    for line in range(start.line, end.line + 1):
        cells = [*source.cells(line), *[" "] * source.columns][: source.columns]
        if line == spot.line:
            offset = len(text) + min(spot.column, source.columns - 1)
        text += "".join(cell[:1] or "\ue000" for cell in cells)  # one character a cell
    for found in _WORD.finditer(text.replace("\ue000", "w")):
        if found.start() <= offset < found.end():
            return _spot(source, start, found.start()), _end(source, start, found.end())
    at = _spot(source, start, offset)
    return at, Spot(at.line, at.column + 1)


def _spot(source: Source, start: Spot, offset: int) -> Spot:
    return Spot(start.line + offset // source.columns, offset % source.columns)


def _end(source: Source, start: Spot, offset: int) -> Spot:
    last = _spot(source, start, offset - 1)
    return Spot(last.line, last.column + 1)
