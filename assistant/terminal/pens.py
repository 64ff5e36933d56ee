"""Pens by number, and what SGR parameters make of one. Knows no grid.

A grid keeps numbers, not pens: there are few pens and many cells. Number 0 is the plain pen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant.cells import DEFAULT, TRUE, Ink, Pen

MOST = 1 << 16
"""Pens of one terminal; a program that invents more gets the plain one."""
_ON = {1: Ink.BOLD, 2: Ink.FAINT, 3: Ink.ITALIC, 5: Ink.BLINK, 6: Ink.BLINK, 7: Ink.INVERSE,
       8: Ink.HIDDEN, 9: Ink.STRIKE, 21: Ink.DOUBLE, 53: Ink.OVERLINE}  # fmt: skip
_LINES = Ink.UNDERLINE | Ink.DOUBLE | Ink.CURLY
_OFF = {22: Ink.BOLD | Ink.FAINT, 23: Ink.ITALIC, 24: _LINES, 25: Ink.BLINK, 27: Ink.INVERSE,
        28: Ink.HIDDEN, 29: Ink.STRIKE, 55: Ink.OVERLINE}  # fmt: skip
_UNDER = {0: Ink.PLAIN, 2: Ink.DOUBLE, 3: Ink.CURLY}


class Pens:
    """All pens of one terminal."""

    def __init__(self) -> None:
        self._pens: list[Pen] = [Pen()]
        self._numbers: dict[Pen, int] = {Pen(): 0}
        self._steps: dict[tuple[int, str], int] = {}

    def __getitem__(self, number: int) -> Pen:
        return self._pens[number]

    def number(self, pen: Pen) -> int:
        found = self._numbers.get(pen)
        if found is None:
            if len(self._pens) >= MOST:
                return 0
            found = self._numbers[pen] = len(self._pens)
            self._pens.append(pen)
        return found

    def after(self, number: int, parameters: str) -> int:
        """The pen that SGR ``parameters`` make of pen ``number``."""
        key = (number, parameters)
        found = self._steps.get(key)
        if found is None:
            if len(self._steps) > MOST:
                self._steps.clear()
            found = self._steps[key] = self.number(_styled(self._pens[number], parameters))
        return found

    def erased(self, number: int) -> int:
        """The pen of cells that are cleared while pen ``number`` writes: its background alone."""
        if number == 0:
            return 0
        return self.number(Pen(bg=self._pens[number].bg))

    def linked(self, number: int, link: str) -> int:
        """The same pen over a link, or over none."""
        return self.number(replace(self._pens[number], link=link))


def _styled(pen: Pen, parameters: str) -> Pen:
    fg, bg, ink = pen.fg, pen.bg, pen.ink
    parts = parameters.split(";")
    at = 0
    while at < len(parts):
        head, *rest = parts[at].split(":")
        code = int(head or 0)
        if code == 0:
            fg, bg, ink = DEFAULT, DEFAULT, 0
        elif code == 4:
            under = _UNDER.get(_int(rest[0]) if rest else 1, Ink.UNDERLINE)
            ink = ink & ~_LINES | under
        elif code in _ON:
            ink |= _ON[code]
        elif code in _OFF:
            ink &= ~_OFF[code]
        elif code in (38, 48, 58):
            colour, used = _colour(rest, parts[at + 1 :])
            at += used
            if colour is not None and code != 58:
                fg, bg = (colour, bg) if code == 38 else (fg, colour)
        else:
            fg, bg = _named(code, fg, bg)
        at += 1
    return Pen(fg, bg, int(ink), pen.link)


def _named(code: int, fg: int, bg: int) -> tuple[int, int]:
    """The sixteen colours of old, and back to the theme's."""
    if 30 <= code <= 37:
        return code - 30, bg
    if 90 <= code <= 97:
        return code - 82, bg
    if 40 <= code <= 47:
        return fg, code - 40
    if 100 <= code <= 107:
        return fg, code - 92
    return DEFAULT if code == 39 else fg, DEFAULT if code == 49 else bg


def _colour(inside: Sequence[str], after: Sequence[str]) -> tuple[int | None, int]:
    """``38:2::r:g:b``, ``38:5:n`` or the same with semicolons; the colour, parameters used up."""
    given = inside or after
    kind = _int(given[0]) if given else 0
    if kind == 5 and len(given) >= 2:
        number = _int(given[1])
        return (number if 0 <= number < 256 else None), 0 if inside else 2
    if kind == 2 and len(given) >= 4:
        channels = list(given[2:5] if inside and len(given) >= 5 else given[1:4])
        red, green, blue = (min(255, max(0, _int(c))) for c in channels)
        return TRUE | red << 16 | green << 8 | blue, 0 if inside else 4
    return None, 0 if inside else len(after)


def _int(text: str) -> int:
    return int(text) if text.isdigit() and len(text) < 7 else 0
