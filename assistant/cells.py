"""What stands in the cells of a terminal: pens, runs of one pen, and what a program asked of the
keys and the mouse. Stdlib only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from functools import lru_cache
from unicodedata import category, east_asian_width

DEFAULT = -1
"""The colour of the theme. 0 to 255 are the palette's; from ``TRUE`` on, 24 bits follow."""
TRUE = 1 << 24


class Ink(IntFlag):
    """How characters are drawn."""

    PLAIN = 0
    BOLD = 1
    FAINT = 2
    ITALIC = 4
    UNDERLINE = 8
    BLINK = 16
    INVERSE = 32
    HIDDEN = 64
    STRIKE = 128
    OVERLINE = 256
    DOUBLE = 512
    CURLY = 1024


@dataclass(frozen=True, slots=True)
class Pen:
    """Colours as above; ``link`` is an address the program gave, or nothing."""

    fg: int = DEFAULT
    bg: int = DEFAULT
    ink: int = 0
    link: str = ""


@dataclass(frozen=True, slots=True)
class CellRun:
    """Neighbouring cells of one pen: ``text`` fills ``width`` cells from ``start``."""

    start: int
    text: str
    width: int
    pen: Pen


@dataclass(frozen=True, slots=True)
class Wants:
    """What the program in a terminal asked for."""

    cursor_keys: bool = False
    """Arrow keys speak as in an application."""
    keypad: bool = False
    paste: bool = False
    """Pasted text comes between marks."""
    mouse: int = 0
    """0, 9, 1000, 1002 or 1003: presses alone, with releases, with drags, with every move."""
    mouse_far: bool = False
    """Places of the mouse are told in digits, as far as they go."""
    focus: bool = False
    cursor: bool = True
    shape: str = "block"
    """block, underline or bar."""
    blink: bool = True
    alternate: bool = False
    """A full screen without a past, as of editors and pagers."""
    wheel_keys: bool = True
    """There, the wheel types arrow keys."""
    inverse: bool = False


@dataclass(frozen=True, slots=True)
class Finished:
    """A command that ran in a terminal: what was typed, how it ended, how many lines it said."""

    line: str
    status: int
    lines: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Spot:
    """A cell: ``line`` counts from the first line the terminal ever said, ``column`` from 0."""

    line: int
    column: int

    def __lt__(self, other: Spot) -> bool:
        return (self.line, self.column) < (other.line, other.column)

    def __le__(self, other: Spot) -> bool:
        return self == other or self < other


@lru_cache(maxsize=8192)
def cell_width(character: str) -> int:
    """0 for what stands on the character before it, 2 for what is as wide as it is high."""
    code = ord(character)
    if code < 0x300:
        return 0 if code == 0xAD else 1
    if 0x1160 <= code <= 0x11FF or 0xD7B0 <= code <= 0xD7FF:
        return 0  # vowels and endings of a Hangul syllable
    if category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if east_asian_width(character) in ("W", "F") else 1


def joins_cell(character: str) -> bool:
    """An accent, or part of an emoji: of the characters without a cell, those that are kept."""
    return category(character) in ("Mn", "Me") or character == "\u200d" or _is_vowel(character)


def _is_vowel(character: str) -> bool:
    return "\u1160" <= character <= "\u11ff" or "\ud7b0" <= character <= "\ud7ff"
