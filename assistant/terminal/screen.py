"""The screen of a terminal: characters, controls and sequences come in, cells stand there.

Knows no window and no process. What a program may ask back is in ``reports``; what it may not is
named there too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from assistant.cells import CellRun, Spot, Wants, cell_width, joins_cell
from assistant.terminal.grid import Grid
from assistant.terminal.marks import Marks
from assistant.terminal.pens import Pens
from assistant.terminal.reflow import reflow
from assistant.terminal.rows import AnyRow, Past, Row, cells_of, spans_of, text_of, wrapped

LEAST = (2, 1)
"""Columns and rows that a screen has at least."""
_GRAPHICS = str.maketrans("_`abcdefghijklmnopqrstuvwxyz{|}~", " ◆▒␉␌␍␊°±␤␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·")


@dataclass(slots=True)
class Cursor:
    """``wrapping``: the last cell of a row is written, the next character begins a new row."""

    x: int = 0
    y: int = 0
    wrapping: bool = False
    pen: int = 0
    origin: bool = False
    graphics: tuple[bool, bool] = (False, False)
    """Which of the two character sets draw lines."""
    shift: int = 0


class Screen:
    """``keeps`` is how many lines of the past are kept; marks with ``word`` are believed."""

    def __init__(self, columns: int, rows: int, keeps: int = 10_000, word: str = "") -> None:
        self.columns, self.height = max(LEAST[0], columns), max(LEAST[1], rows)
        self.pens = Pens()
        self._main = Grid(self.columns, self.height, keeps)
        self._other = Grid(self.columns, self.height, 0)
        self.grid = self._main
        self.cursor = Cursor()
        self.saved: dict[bool, Cursor] = {}
        """The cursor that was put aside, on the full screen and on the other."""
        self.wants = Wants()
        self.autowrap, self.inserting, self.newline = True, False, False
        self.held = False
        """The program draws a whole picture first; showing half of it would flicker."""
        self.tabs = _tabs(self.columns)
        self.marks = Marks(word, self.text)
        self.title = ""
        self.bells = 0
        self.replies = bytearray()
        """What goes back to the program, as if typed."""
        self.refused: list[str] = []
        """What a program asked for and did not get."""
        self.colours = ("rgb:c8c8/cdcd/d8d8", "rgb:1515/1717/1c1c")
        """Text and background as told to a program that asks."""
        self._last = ""

    # -- reading -------------------------------------------------------------------------------

    def runs(self, line: int) -> tuple[CellRun, ...]:
        """A line as runs of one pen, for whoever draws it."""
        row, pens = self.grid.line(line), self.pens
        cells = cells_of(row)
        if isinstance(row, str):
            return (CellRun(0, row, len(row), pens[0]),) if row else ()
        return tuple(
            CellRun(start, "".join(cells[start:end]), end - start, pens[pen])
            for start, end, pen in spans_of(row)
        )

    def cells(self, line: int) -> tuple[str, ...]:
        return tuple(cells_of(self.grid.line(line)))

    def goes_on(self, line: int) -> bool:
        """The line was too long and goes on in the next."""
        return wrapped(self.grid.line(line))

    def link_at(self, spot: Spot) -> str:
        for start, end, pen in spans_of(self.grid.line(spot.line)):
            if start <= spot.column < end:
                return self.pens[pen].link
        return ""

    def text(self, start: Spot, end: Spot) -> str:
        """Everything from one cell up to another; lines that were too long are whole again."""
        parts = []
        for number in range(max(start.line, self.grid.first), min(end.line, self.grid.end - 1) + 1):
            row = self.grid.line(number)
            left = start.column if number == start.line else 0
            if number == end.line:
                parts.append("".join(cells_of(row)[left : end.column]).rstrip(" "))
                break
            parts.append(text_of(row) if left == 0 else _from(row, left))
            if not wrapped(row):
                parts.append("\n")
        return "".join(parts)

    @property
    def first(self) -> int:
        """The oldest line that is kept."""
        return self.grid.first

    @property
    def top(self) -> int:
        """The first line of the screen."""
        return self.grid.top

    @property
    def spot(self) -> Spot:
        """Where the cursor is."""
        return Spot(self.grid.top + self.cursor.y, self.cursor.x)

    # -- writing -------------------------------------------------------------------------------

    def write(self, text: str) -> None:
        cursor = self.cursor
        if cursor.graphics[cursor.shift]:
            text = text.translate(_GRAPHICS)
        if text.isascii() and not self.inserting:
            self._write_narrow(text)
            return
        for character in text:
            size = 1 if character < "\u0300" else cell_width(character)
            if size == 0:
                self._attach(character)
            elif size == 1:
                self._put_narrow(character)
            else:
                self._put_wide(character)

    def write_lines(self, text: str) -> None:
        """Whole lines; most of a flood takes this way, and only what stays in sight is laid out."""
        lines = text.split("\r\n")
        lines.pop()
        at = 0
        plain = self.autowrap and not self.inserting and not any(self.cursor.graphics)
        while at < len(lines) and not (plain and self._at_foot()):
            if lines[at]:
                self.write(lines[at])
            self.control("\r")
            self.control("\n")
            at += 1
        if at < len(lines):
            self.grid.append(lines[at:], self.cursor.pen)
            self._last = next((line[-1] for line in reversed(lines) if line), self._last)

    def _at_foot(self) -> bool:
        """What is written now comes into a fresh last row and scrolls the whole screen."""
        cursor, grid = self.cursor, self.grid
        return (
            cursor.x == 0
            and cursor.y == self.height - 1
            and grid.whole
            and grid.rows[-1].fresh
            and not grid.rows[-1].styled
            and self.pens.erased(cursor.pen) == 0
        )

    def _write_narrow(self, text: str) -> None:
        cursor, grid = self.cursor, self.grid
        self._last = text[-1]
        while text:
            if cursor.wrapping:
                self._wrap()
            room = self.columns - cursor.x
            if len(text) > room and not self.autowrap:
                text = text[: room - 1] + text[-1]
            part, text = text[:room], text[room:]
            grid.rows[cursor.y].write(cursor.x, part, cursor.pen)
            self._go_on(len(part))

    def _put_narrow(self, character: str) -> None:
        cursor = self.cursor
        if cursor.wrapping:
            self._wrap()
        row = self.grid.rows[cursor.y]
        if self.inserting:
            row.insert(cursor.x, 1, cursor.pen)
        row.write(cursor.x, (character,), cursor.pen)
        row.odd |= len(character) != 1
        self._last = character
        self._go_on(1)

    def _put_wide(self, character: str) -> None:
        cursor = self.cursor
        if cursor.wrapping or (cursor.x == self.columns - 1 and self.autowrap):
            self._wrap()
        if cursor.x == self.columns - 1:
            return
        row = self.grid.rows[cursor.y]
        if self.inserting:
            row.insert(cursor.x, 2, cursor.pen)
        row.write_wide(cursor.x, character, cursor.pen)
        self._last = character
        self._go_on(2)

    def _attach(self, mark: str) -> None:
        if not joins_cell(mark):
            return  # it would turn or hide other text
        cursor = self.cursor
        at = cursor.x if cursor.wrapping else cursor.x - 1
        if at >= 0:
            self.grid.rows[cursor.y].attach(at, mark)

    def _go_on(self, cells: int) -> None:
        cursor = self.cursor
        cursor.x += cells
        if cursor.x >= self.columns:
            cursor.x, cursor.wrapping = self.columns - 1, self.autowrap

    def _wrap(self) -> None:
        self.grid.rows[self.cursor.y].wrapped = True
        self.cursor.x, self.cursor.wrapping = 0, False
        self.line_feed()

    def repeat(self, count: int) -> None:
        """The last character again."""
        if self._last:
            self.write(self._last * min(count, self.columns * self.height))

    # -- the cursor ----------------------------------------------------------------------------

    def control(self, character: str) -> None:
        cursor = self.cursor
        match character:
            case "\r":
                cursor.x, cursor.wrapping = 0, False
            case "\n" | "\x0b" | "\x0c":
                self.line_feed()
                if self.newline:
                    cursor.x = 0
            case "\b":
                cursor.x, cursor.wrapping = max(0, cursor.x - 1), False
            case "\t":
                self.tab(1)
            case "\x07":
                self.bells += 1
            case "\x0e" | "\x0f":
                cursor.shift = 1 if character == "\x0e" else 0

    def line_feed(self) -> None:
        cursor, grid = self.cursor, self.grid
        cursor.wrapping = False
        if cursor.y == grid.lower:
            grid.scroll_up(1, self.erased)
        elif cursor.y < self.height - 1:
            cursor.y += 1

    def tab(self, count: int) -> None:
        """Forward to the next stops, or back."""
        for _ in range(min(abs(count), self.columns)):
            x = self.cursor.x
            if count > 0:
                stops = [stop for stop in self.tabs if x < stop < self.columns]
                self.cursor.x = min(stops, default=self.columns - 1)
            else:
                self.cursor.x = max([stop for stop in self.tabs if stop < x], default=0)
        self.cursor.wrapping = False

    def go(self, x: int, y: int) -> None:
        """Put the cursor into a cell of the screen, or the nearest one to it."""
        cursor, grid = self.cursor, self.grid
        low, high = (grid.upper, grid.lower) if cursor.origin else (0, self.height - 1)
        cursor.x = min(self.columns - 1, max(0, x))
        cursor.y = min(high, max(low, y))
        cursor.wrapping = False

    @property
    def row(self) -> Row:
        return self.grid.rows[self.cursor.y]

    @property
    def erased(self) -> int:
        """The pen of cells that are cleared now."""
        return self.pens.erased(self.cursor.pen)

    # -- the whole -----------------------------------------------------------------------------

    def show_alternate(self, yes: bool, *, clear: bool) -> None:
        """The full screen of an editor, or back to the lines that were there before."""
        if yes != self.wants.alternate:
            self.grid = self._other if yes else self._main
            self.wants = replace(self.wants, alternate=yes)
        if clear and yes:
            self.grid.clear_rows(0, self.height, self.erased)

    def reset(self) -> None:
        """As it began; the past stays."""
        self.show_alternate(False, clear=False)
        self.grid.keep_screen()
        self.grid.upper, self.grid.lower = 0, self.height - 1
        self.cursor = Cursor()
        self.grid.clear_rows(0, self.height, 0)
        self.saved.clear()
        self.wants, self.tabs = Wants(), _tabs(self.columns)
        self.autowrap, self.inserting, self.newline, self.held = True, False, False, False

    def resize(self, columns: int, rows: int) -> None:
        """Another size; long lines of the first screen are laid out anew, a full screen is cut."""
        columns, rows = max(LEAST[0], columns), max(LEAST[1], rows)
        if (columns, rows) == (self.columns, self.height):
            return
        full = self.wants.alternate
        kept = self.saved.get(False, Cursor()) if full else self.cursor
        x, y = self._lay_out(columns, rows, (kept.x, kept.y))
        self._other = _cropped(self._other, columns, rows)
        self.columns, self.height = columns, rows
        kept.x, kept.y = x, y
        self.grid = self._other if full else self._main
        for cursor in (self.cursor, *self.saved.values()):
            cursor.x, cursor.y = min(cursor.x, columns - 1), min(cursor.y, rows - 1)
            cursor.wrapping = False
        self.tabs |= {stop for stop in _tabs(columns) if stop >= max(self.tabs, default=0)}

    def _lay_out(self, columns: int, rows: int, cursor: tuple[int, int]) -> tuple[int, int]:
        """The first screen and its past in another size; where the cursor is then."""
        old = self._main
        x, y = cursor
        written = max((at for at, row in enumerate(old.rows) if not row.fresh), default=0)
        used = max(written, y) + 1
        every: list[AnyRow] = [*old.past, *old.rows[:used]]
        base, before = old.first, len(old.past)
        if columns == old.columns:
            places = list(range(len(every)))
            lines: list[Past] = [row.past() if isinstance(row, Row) else row for row in every]
            row, column = before + y, x
        else:
            flowed = reflow(every, (before + y, x), columns)
            lines, places, (row, column) = flowed.lines, flowed.places, flowed.cursor
        top = places[before]
        if used >= old.height:  # it was full: a higher screen shows more of the past
            top = max(0, len(lines) - rows)
        top = min(row, max(top, row - rows + 1))
        new = Grid(columns, rows, old.past.maxlen or 0)
        new.past.extend(lines[:top])
        new.top = base + top
        for at, line in enumerate(lines[top : top + rows]):
            new.rows[at] = Row.of(line, columns)
        self._main = new
        after = len(lines)
        self.marks.move(
            lambda line: base + (places[line - base] if 0 <= line - base < len(places) else after)
        )
        return column, row - top


def _tabs(columns: int) -> set[int]:
    return set(range(8, columns, 8))


def _cropped(old: Grid, columns: int, rows: int) -> Grid:
    new = Grid(columns, rows, 0)
    for at, row in enumerate(old.rows[:rows]):
        new.rows[at] = Row.of(row.past(), columns)
        new.rows[at].wrapped = False
    return new


def _from(row: AnyRow, left: int) -> str:
    text = "".join(cells_of(row)[left:])
    return text if wrapped(row) else text.rstrip(" ")
