"""One row of a terminal: while it can change, and once it is past. Knows numbers of pens alone.

A wide character stands in the first of its two cells, the second is empty. A row of the past that
is plain is a mere ``str``: a million of them come by quickly.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

Spans = tuple[tuple[int, int, int], ...]
"""(first cell, cell after the last, pen)"""


class Row:
    """``styled`` and ``odd`` say that pens or widths must be looked at; ``fresh`` that nothing was
    written since it came."""

    __slots__ = ("cells", "fresh", "odd", "pens", "styled", "wrapped")

    def __init__(self, columns: int, pen: int = 0) -> None:
        self.cells = [" "] * columns
        self.pens = [pen] * columns
        self.wrapped = False
        """It goes on in the next row."""
        self.styled = pen != 0
        self.odd = False
        self.fresh = True

    @classmethod
    def of(cls, past: Past, columns: int) -> Row:
        """A row of the past, to be changed again."""
        row = cls(columns)
        whole = cells_of(past)
        cells = whole[:columns]
        row.cells[: len(cells)] = cells
        if len(whole) > columns and whole[columns] == "":
            row.cells[-1] = " "  # half of a wide character
        for start, end, pen in spans_of(past):
            end = min(end, columns)
            row.pens[start:end] = [pen] * max(0, end - start)
            row.styled |= pen != 0
        row.wrapped = wrapped(past)
        row.odd = not isinstance(past, str)
        row.fresh = not cells
        return row

    def write(self, at: int, text: Sequence[str], pen: int) -> None:
        """Characters of one cell each from cell ``at``; they must fit."""
        end = at + len(text)
        if self.odd:
            self.part(at)
            self.part(end)
        self.cells[at:end] = text
        self.pens[at:end] = [pen] * len(text)
        self.fresh = False
        if pen:
            self.styled = True

    def write_wide(self, at: int, character: str, pen: int) -> None:
        """A character of two cells; both must be there."""
        self.odd = True
        self.write(at, (character, ""), pen)

    def clear(self, start: int, end: int, pen: int) -> None:
        self.write(start, " " * max(0, min(end, len(self.cells)) - start), pen)
        if end >= len(self.cells):
            self.wrapped = False

    def part(self, at: int) -> None:
        """Nothing wide lies across the border before cell ``at`` any more."""
        if 0 < at < len(self.cells) and self.cells[at] == "":
            self.cells[at - 1] = self.cells[at] = " "

    def insert(self, at: int, count: int, pen: int) -> None:
        """Blank cells before ``at``; what is pushed over the edge is gone."""
        columns, count = len(self.cells), min(count, len(self.cells) - at)
        self.part(at)
        self.part(columns - count)
        self.cells[at:] = [" "] * count + self.cells[at : columns - count]
        self.pens[at:] = [pen] * count + self.pens[at : columns - count]
        self._touched(pen)

    def delete(self, at: int, count: int, pen: int) -> None:
        """Cells from ``at`` go; blanks come in at the edge."""
        count = min(count, len(self.cells) - at)
        self.part(at)
        self.part(at + count)
        self.cells[at:] = self.cells[at + count :] + [" "] * count
        self.pens[at:] = self.pens[at + count :] + [pen] * count
        self._touched(pen)

    def attach(self, at: int, mark: str) -> None:
        """An accent or a joiner onto the character in cell ``at``; a few, not a tower."""
        if at > 0 and self.cells[at] == "":
            at -= 1
        if len(self.cells[at]) < 12:
            self.cells[at] += mark
            self.odd = True
            self.fresh = False

    def past(self) -> Past:
        """What is kept when the row scrolls out of sight."""
        if not (self.styled or self.odd or self.wrapped):
            return "".join(self.cells).rstrip(" ")
        end = len(self.cells)
        if not self.wrapped:
            while end and self.cells[end - 1] == " " and self.pens[end - 1] == 0:
                end -= 1
        return Line(tuple(self.cells[:end]), spans(self.pens[:end]), self.wrapped)

    def _touched(self, pen: int) -> None:
        self.wrapped = self.fresh = False
        if pen:
            self.styled = True


class Line:
    """A row of the past with colours, wide characters, or one that goes on in the next."""

    __slots__ = ("cells", "spans", "wrapped")

    def __init__(self, cells: tuple[str, ...], spans: Spans, wrapped: bool) -> None:
        self.cells, self.spans, self.wrapped = cells, spans, wrapped


Past = str | Line
AnyRow = str | Line | Row


def spans(pens: Sequence[int]) -> Spans:
    """Neighbouring cells of one pen."""
    made, at = [], 0
    for pen, group in groupby(pens):
        size = len(list(group))
        made.append((at, at + size, pen))
        at += size
    return tuple(made)


def cells_of(row: AnyRow) -> Sequence[str]:
    return row if isinstance(row, str) else row.cells


def spans_of(row: AnyRow) -> Spans:
    if isinstance(row, str):
        return ((0, len(row), 0),) if row else ()
    if isinstance(row, Line):
        return row.spans
    return spans(row.pens) if row.styled else ((0, len(row.cells), 0),)


def wrapped(row: AnyRow) -> bool:
    return not isinstance(row, str) and row.wrapped


def text_of(row: AnyRow) -> str:
    """The characters, without the blanks at the end of a row that does not go on."""
    text = row if isinstance(row, str) else "".join(row.cells)
    return text if wrapped(row) else text.rstrip(" ")
