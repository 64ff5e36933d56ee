"""The lines of a grid for another width: what was wrapped is joined and wrapped again.

Pure. Knows rows, no screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.terminal.rows import AnyRow, Line, Past, Row, cells_of, spans, spans_of, wrapped


@dataclass(frozen=True, slots=True)
class Flowed:
    """``places`` tells for each old row in which new one its first cell stands now."""

    lines: list[Past]
    places: list[int]
    cursor: tuple[int, int]
    """Row and column of the cursor among the lines."""


def reflow(rows: Sequence[AnyRow], cursor: tuple[int, int], columns: int) -> Flowed:
    """``cursor`` is a row of ``rows`` and a column in it."""
    lines: list[Past] = []
    places: list[int] = []
    at, moved = 0, (0, 0)
    while at < len(rows):
        row = rows[at]
        if isinstance(row, str) and len(row) <= columns and at != cursor[0]:
            places.append(len(lines))  # most of the past
            lines.append(row)
            at += 1
            continue
        end = at + 1
        while wrapped(rows[end - 1]) and end < len(rows):
            end += 1
        starts, whole, pens = _joined(rows[at:end])
        cut = _cut(whole, pens, columns)
        base = len(lines)
        places += [base + _place(start, cut)[0] for start in starts]
        if at <= cursor[0] < end:
            line, column = _place(starts[cursor[0] - at] + cursor[1], cut)
            moved = (base + line, min(column, columns - 1))
        lines += [made for _, made in cut]
        at = end
    return Flowed(lines, places, moved)


def _joined(rows: Sequence[AnyRow]) -> tuple[list[int], list[str], list[int]]:
    """Where each row begins in the whole, its cells, their pens."""
    starts: list[int] = []
    cells: list[str] = []
    pens: list[int] = []
    for row in rows:
        starts.append(len(cells))
        past = row.past() if isinstance(row, Row) else row
        own = cells_of(past)
        cells += own
        for start, end, pen in spans_of(past):
            pens += [pen] * (end - start)
    return starts, cells, pens


def _cut(cells: list[str], pens: list[int], columns: int) -> list[tuple[int, Past]]:
    """Pieces of at most ``columns`` cells with where they start; nothing wide is cut in two."""
    cut: list[tuple[int, Past]] = []
    at = 0
    while True:
        end = min(len(cells), at + columns)
        if end < len(cells) and cells[end] == "" and end - 1 > at:
            end -= 1
        goes_on = end < len(cells)
        piece, own = cells[at:end], pens[at:end]
        plain = not goes_on and not any(own) and all(len(cell) == 1 for cell in piece)
        made: Past = "".join(piece) if plain else Line(tuple(piece), spans(own), goes_on)
        cut.append((at, made))
        if not goes_on:
            return cut
        at = end


def _place(offset: int, cut: list[tuple[int, Past]]) -> tuple[int, int]:
    """The piece in which a cell of the whole stands, and where in it."""
    for number in range(len(cut) - 1, -1, -1):
        start = cut[number][0]
        if offset >= start:
            return number, offset - start
    return 0, 0
