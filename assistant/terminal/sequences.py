"""What control sequences do to a screen: a table from their last letter to a function.

Sequences that are not here do nothing. Titles, clipboards, files and settings of the terminal can
be neither read nor reported by any of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from assistant.terminal.modes import set_modes
from assistant.terminal.reports import hear_command, report
from assistant.terminal.screen import Cursor, Screen

FAR = 10_000
"""Larger parameters count as this much."""
_SHAPES = {0: ("block", True), 1: ("block", True), 2: ("block", False), 3: ("underline", True),
           4: ("underline", False), 5: ("bar", True), 6: ("bar", False)}  # fmt: skip


class Interpreter:
    """What a parser calls: carries everything out on one screen."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen

    def write(self, text: str) -> None:
        self._screen.write(text)

    def write_lines(self, text: str) -> None:
        self._screen.write_lines(text)

    def control(self, character: str) -> None:
        self._screen.control(character)

    def escape(self, between: str, final: str) -> None:
        _do_escape(self._screen, between, final)

    def sequence(self, prefix: str, parameters: str, between: str, final: str) -> None:
        _do_sequence(self._screen, prefix, parameters, between, final)

    def command(self, text: str) -> None:
        hear_command(self._screen, text)


def _do_sequence(screen: Screen, prefix: str, parameters: str, between: str, final: str) -> None:
    if between == "" and prefix == "" and final == "m":
        screen.cursor.pen = screen.pens.after(screen.cursor.pen, parameters)
        return
    numbers = [_number(part) for part in parameters.split(";")]
    key = prefix + between + final
    if final in "hl" and between == "" and prefix in ("", "?"):
        set_modes(screen, prefix, numbers, final == "h")
    elif (act := _ACTS.get(key)) is not None:
        act(screen, numbers)
    else:
        report(screen, key, numbers)


def _do_escape(screen: Screen, between: str, final: str) -> None:
    cursor = screen.cursor
    match between + final:
        case "7":
            save_cursor(screen)
        case "8":
            restore_cursor(screen)
        case "D":
            screen.line_feed()
        case "E":
            cursor.x = 0
            screen.line_feed()
        case "H":
            screen.tabs.add(cursor.x)
        case "M":
            _reverse_feed(screen)
        case "c":
            screen.reset()
        case "=" | ">":
            screen.wants = replace(screen.wants, keypad=final == "=")
        case "#8":
            for row in screen.grid.rows:
                row.write(0, "E" * screen.columns, 0)
        case _ if between in ("(", ")"):
            first, second = cursor.graphics
            lines = final == "0"
            cursor.graphics = (lines, second) if between == "(" else (first, lines)


def save_cursor(screen: Screen) -> None:
    screen.saved[screen.wants.alternate] = replace(screen.cursor)


def restore_cursor(screen: Screen) -> None:
    kept = replace(screen.saved.get(screen.wants.alternate, Cursor()))
    kept.x, kept.y = min(kept.x, screen.columns - 1), min(kept.y, screen.height - 1)
    screen.cursor = kept


def _number(part: str) -> int:
    digits = part.partition(":")[0]
    return min(FAR, int(digits)) if digits else 0


def _count(numbers: list[int]) -> int:
    return max(1, numbers[0])


def _reverse_feed(screen: Screen) -> None:
    cursor, grid = screen.cursor, screen.grid
    cursor.wrapping = False
    if cursor.y == grid.upper:
        grid.scroll_down(1, screen.erased)
    elif cursor.y > 0:
        cursor.y -= 1


# -- moving -------------------------------------------------------------------------------------


def _up(screen: Screen, numbers: list[int]) -> None:
    cursor = screen.cursor
    edge = screen.grid.upper if cursor.y >= screen.grid.upper else 0
    cursor.y, cursor.wrapping = max(edge, cursor.y - _count(numbers)), False


def _down(screen: Screen, numbers: list[int]) -> None:
    cursor = screen.cursor
    edge = screen.grid.lower if cursor.y <= screen.grid.lower else screen.height - 1
    cursor.y, cursor.wrapping = min(edge, cursor.y + _count(numbers)), False


def _left(screen: Screen, numbers: list[int]) -> None:
    cursor = screen.cursor
    cursor.x, cursor.wrapping = max(0, cursor.x - _count(numbers)), False


def _right(screen: Screen, numbers: list[int]) -> None:
    cursor = screen.cursor
    cursor.x = min(screen.columns - 1, cursor.x + _count(numbers))
    cursor.wrapping = False


def _next_line(screen: Screen, numbers: list[int]) -> None:
    _down(screen, numbers)
    screen.cursor.x = 0


def _previous_line(screen: Screen, numbers: list[int]) -> None:
    _up(screen, numbers)
    screen.cursor.x = 0


def _column(screen: Screen, numbers: list[int]) -> None:
    cursor = screen.cursor
    cursor.x, cursor.wrapping = min(screen.columns, _count(numbers)) - 1, False


def _base(screen: Screen) -> int:
    return screen.grid.upper if screen.cursor.origin else 0


def _line(screen: Screen, numbers: list[int]) -> None:
    screen.go(screen.cursor.x, _base(screen) + _count(numbers) - 1)


def _place(screen: Screen, numbers: list[int]) -> None:
    line, column = (*numbers, 0)[:2]
    screen.go(max(1, column) - 1, _base(screen) + max(1, line) - 1)


def _tab(screen: Screen, numbers: list[int]) -> None:
    screen.tab(_count(numbers))


def _back_tab(screen: Screen, numbers: list[int]) -> None:
    screen.tab(-_count(numbers))


def _clear_tabs(screen: Screen, numbers: list[int]) -> None:
    if numbers[0] == 3:
        screen.tabs.clear()
    elif numbers[0] == 0:
        screen.tabs.discard(screen.cursor.x)


def _borders(screen: Screen, numbers: list[int]) -> None:
    upper, lower = (*numbers, 0)[:2]
    upper, lower = max(1, upper) - 1, min(lower or screen.height, screen.height) - 1
    if upper < lower:
        screen.grid.upper, screen.grid.lower = upper, lower
        screen.go(0, _base(screen))


# -- erasing and moving text --------------------------------------------------------------------


def _erase_screen(screen: Screen, numbers: list[int]) -> None:
    grid, cursor, pen = screen.grid, screen.cursor, screen.erased
    match numbers[0]:
        case 0:
            screen.row.clear(cursor.x, screen.columns, pen)
            grid.clear_rows(cursor.y + 1, screen.height, pen)
        case 1:
            screen.row.clear(0, cursor.x + 1, pen)
            grid.clear_rows(0, cursor.y, pen)
        case 2:
            grid.keep_screen()
            grid.clear_rows(0, screen.height, pen)
        case 3:
            grid.forget()
            screen.marks.forget_before(grid.top)
    cursor.wrapping = False


def _erase_line(screen: Screen, numbers: list[int]) -> None:
    x = screen.cursor.x
    parts = {0: (x, screen.columns), 1: (0, x + 1), 2: (0, screen.columns)}
    if numbers[0] in parts:
        screen.row.clear(*parts[numbers[0]], screen.erased)
    screen.cursor.wrapping = False


def _erase_cells(screen: Screen, numbers: list[int]) -> None:
    x = screen.cursor.x
    screen.row.clear(x, min(screen.columns, x + _count(numbers)), screen.erased)
    screen.cursor.wrapping = False


def _insert_cells(screen: Screen, numbers: list[int]) -> None:
    screen.row.insert(screen.cursor.x, _count(numbers), screen.erased)
    screen.cursor.wrapping = False


def _delete_cells(screen: Screen, numbers: list[int]) -> None:
    screen.row.delete(screen.cursor.x, _count(numbers), screen.erased)
    screen.cursor.wrapping = False


def _insert_lines(screen: Screen, numbers: list[int]) -> None:
    if screen.grid.upper <= screen.cursor.y <= screen.grid.lower:
        screen.grid.insert_rows(screen.cursor.y, _count(numbers), screen.erased)
        screen.control("\r")


def _delete_lines(screen: Screen, numbers: list[int]) -> None:
    if screen.grid.upper <= screen.cursor.y <= screen.grid.lower:
        screen.grid.delete_rows(screen.cursor.y, _count(numbers), screen.erased)
        screen.control("\r")


def _scroll_up(screen: Screen, numbers: list[int]) -> None:
    screen.grid.scroll_up(_count(numbers), screen.erased)


def _scroll_down(screen: Screen, numbers: list[int]) -> None:
    if len(numbers) == 1:
        screen.grid.scroll_down(_count(numbers), screen.erased)


def _repeat(screen: Screen, numbers: list[int]) -> None:
    screen.repeat(_count(numbers))


# -- the rest -----------------------------------------------------------------------------------


def _save(screen: Screen, _numbers: list[int]) -> None:
    save_cursor(screen)


def _restore(screen: Screen, _numbers: list[int]) -> None:
    restore_cursor(screen)


def _shape(screen: Screen, numbers: list[int]) -> None:
    if numbers[0] in _SHAPES:
        shape, blink = _SHAPES[numbers[0]]
        screen.wants = replace(screen.wants, shape=shape, blink=blink)


def _soft_reset(screen: Screen, _numbers: list[int]) -> None:
    screen.wants = replace(screen.wants, cursor=True, cursor_keys=False, keypad=False)
    screen.autowrap, screen.inserting = True, False
    screen.grid.upper, screen.grid.lower = 0, screen.height - 1
    cursor = screen.cursor
    cursor.origin, cursor.pen, cursor.graphics, cursor.shift = False, 0, (False, False), 0
    screen.saved.pop(screen.wants.alternate, None)


_ACTS: dict[str, Callable[[Screen, list[int]], None]] = {
    "A": _up, "k": _up, "B": _down, "e": _down, "C": _right, "a": _right, "D": _left, "j": _left,
    "E": _next_line, "F": _previous_line, "G": _column, "`": _column, "d": _line,
    "H": _place, "f": _place, "I": _tab, "Z": _back_tab, "g": _clear_tabs, "r": _borders,
    "J": _erase_screen, "?J": _erase_screen, "K": _erase_line, "?K": _erase_line,
    "X": _erase_cells, "@": _insert_cells, "P": _delete_cells, "L": _insert_lines,
    "M": _delete_lines, "S": _scroll_up, "T": _scroll_down, "b": _repeat,
    "s": _save, "u": _restore, " q": _shape, "!p": _soft_reset,
}  # fmt: skip
