"""The rows of a screen and those that scrolled out of it. Knows no cursor and no sequences.

Lines are numbered from the first one that ever scrolled out or is on the screen: ``first`` is the
oldest that is still kept, ``top`` the first on the screen.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import islice

from assistant.terminal.rows import AnyRow, Line, Past, Row


class Grid:
    """``keeps`` is how many lines of the past are kept; 0 for a screen without one."""

    def __init__(self, columns: int, height: int, keeps: int) -> None:
        self.columns, self.height = columns, height
        self.rows = [Row(columns) for _ in range(height)]
        self.past: deque[Past] = deque(maxlen=keeps)
        self.top = 0
        self.upper, self.lower = 0, height - 1
        """The rows between which scrolling happens."""

    @property
    def first(self) -> int:
        return self.top - len(self.past)

    @property
    def end(self) -> int:
        """One after the last line."""
        return self.top + self.height

    @property
    def whole(self) -> bool:
        """Scrolling moves the whole screen."""
        return self.upper == 0 and self.lower == self.height - 1

    def line(self, number: int) -> AnyRow:
        """A row of the screen or of the past; an empty one for what is not there any more."""
        if number >= self.top:
            at = number - self.top
            return self.rows[at] if at < self.height else ""
        at = number - self.first
        return self.past[at] if at >= 0 else ""

    def lines(self, start: int, end: int) -> list[AnyRow]:
        """The rows from ``start`` up to ``end``, as far as they are kept."""
        start, end = max(start, self.first), min(end, self.end)
        if start >= end:
            return []
        base = self.first
        old = islice(self.past, min(start - base, len(self.past)), max(0, end - base))
        return [*old, *self.rows[max(0, start - self.top) : max(0, end - self.top)]]

    # -- scrolling -----------------------------------------------------------------------------

    def scroll_up(self, count: int, pen: int) -> None:
        """Rows go out at the upper border, fresh ones come in at the lower."""
        for _ in range(min(count, self.lower - self.upper + 1)):
            gone = self.rows.pop(self.upper)
            self.rows.insert(self.lower, Row(self.columns, pen))
            if self.upper == 0:
                self._keep(gone)

    def scroll_down(self, count: int, pen: int) -> None:
        self.insert_rows(self.upper, count, pen)

    def insert_rows(self, at: int, count: int, pen: int) -> None:
        """Fresh rows before row ``at``, inside the borders."""
        for _ in range(min(count, self.lower - at + 1)):
            self.rows.pop(self.lower)
            self.rows.insert(at, Row(self.columns, pen))

    def delete_rows(self, at: int, count: int, pen: int) -> None:
        for _ in range(min(count, self.lower - at + 1)):
            self.rows.pop(at)
            self.rows.insert(self.lower, Row(self.columns, pen))

    def append(self, texts: Sequence[str], pen: int) -> None:
        """Plain lines, each as if written into the fresh last row of a screen that scrolls whole,
        with a line end after it.
        """
        columns, most = self.columns, self.past.maxlen or 0
        skipped = max(0, len(texts) - most - self.height)
        gone_by = sum(max(1, -(-len(text) // columns)) for text in texts[:skipped])
        pieces: list[tuple[str, bool]] = []
        for text in texts[skipped:]:
            while len(text) > columns:
                pieces.append((text[:columns], True))
                text = text[columns:]
            pieces.append((text, False))
        old: list[Row] = [] if skipped else self.rows[:-1]
        going = max(0, len(old) + len(pieces) - (self.height - 1))
        if most:
            self.past.extend(row.past() for row in old[:going])
            ends = pieces[: max(0, going - len(old))]
            self.past.extend(_plain(text, pen, goes_on) for text, goes_on in ends)
            self.top += gone_by + len(pieces)
        stays = pieces[max(0, going - len(old)) :]
        shown = [_written(text, goes_on, columns, pen) for text, goes_on in stays]
        self.rows = [*old[going:], *shown, Row(columns)]

    def _keep(self, row: Row) -> None:
        if self.past.maxlen:
            self.past.append(row.past())
            self.top += 1

    # -- erasing -------------------------------------------------------------------------------

    def clear_rows(self, start: int, end: int, pen: int) -> None:
        for at in range(max(0, start), min(end, self.height)):
            self.rows[at] = Row(self.columns, pen)

    def keep_screen(self) -> None:
        """What is on the screen goes to the past, so that clearing loses nothing of it."""
        written = [at for at, row in enumerate(self.rows) if not row.fresh]
        if self.past.maxlen and written:
            for row in self.rows[: written[-1] + 1]:
                self._keep(row)

    def forget(self) -> None:
        """Nothing of the past is kept."""
        self.past.clear()


def _plain(text: str, pen: int, goes_on: bool) -> Past:
    if not text or (pen == 0 and not goes_on):
        return text.rstrip(" ")
    return Line(tuple(text), ((0, len(text), pen),), goes_on)


def _written(text: str, goes_on: bool, columns: int, pen: int) -> Row:
    row = Row(columns)
    if text:
        row.write(0, text, pen)
    row.wrapped = goes_on
    return row
