"""The switches of a terminal: by number, on or off, and whether a program may ask about one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from assistant.terminal.screen import Cursor, Screen

_WANTS: dict[int, str] = {
    1: "cursor_keys",
    5: "inverse",
    12: "blink",
    25: "cursor",
    66: "keypad",
    1004: "focus",
    1006: "mouse_far",
    1007: "wheel_keys",
    2004: "paste",
}
_MICE = (9, 1000, 1002, 1003)


def set_modes(screen: Screen, prefix: str, numbers: Iterable[int], on: bool) -> None:
    for number in numbers:
        if prefix == "?":
            _set_private(screen, number, on)
        elif number == 4:
            screen.inserting = on
        elif number == 20:
            screen.newline = on


def mode(screen: Screen, number: int) -> int:
    """1 for on, 2 for off, 0 for a switch that is not here: the answer to a question."""
    wants = screen.wants
    if number in _WANTS:
        return 1 if getattr(wants, _WANTS[number]) else 2
    if number in _MICE:
        return 1 if wants.mouse == number else 2
    states = {6: screen.cursor.origin, 7: screen.autowrap, 2026: screen.held}
    states |= dict.fromkeys((47, 1047, 1049), wants.alternate)
    return {None: 0, True: 1, False: 2}[states.get(number)]


def _set_private(screen: Screen, number: int, on: bool) -> None:
    if number in _WANTS:
        change: dict[str, Any] = {_WANTS[number]: on}
        screen.wants = replace(screen.wants, **change)
    elif number in _MICE:
        screen.wants = replace(screen.wants, mouse=number if on else 0)
    elif number == 6:
        screen.cursor.origin = on
        screen.go(0, screen.grid.upper if on else 0)
    elif number == 7:
        screen.autowrap = on
        screen.cursor.wrapping = False
    elif number == 2026:
        screen.held = on
    elif number in (47, 1047):
        screen.show_alternate(on, clear=number == 1047)
    elif number == 1048:
        _keep_cursor(screen, on)
    elif number == 1049:
        _full_screen(screen, on)


def _keep_cursor(screen: Screen, on: bool) -> None:
    if on:
        screen.saved[screen.wants.alternate] = replace(screen.cursor)
    else:
        screen.cursor = replace(screen.saved.get(screen.wants.alternate, Cursor()))
        screen.go(screen.cursor.x, screen.cursor.y)


def _full_screen(screen: Screen, on: bool) -> None:
    if on == screen.wants.alternate:
        return
    if on:
        _keep_cursor(screen, True)
        screen.show_alternate(True, clear=True)
    else:
        screen.show_alternate(False, clear=False)
        _keep_cursor(screen, False)
