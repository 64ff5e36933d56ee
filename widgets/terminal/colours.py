"""The colours of a terminal's cells: pens in, what is drawn with out. Knows the theme.

Text is always told from what it stands on: where a program asks for too little contrast, or hides
its text, the text is drawn lighter or darker until it can be read.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QColor

from assistant.types import DEFAULT, TRUE, Ink, Pen
from widgets.look import Look
from widgets.theme import contrast, mix

LEAST = 4.5
LEAST_HIGH = 7.0
"""Contrast of text, on ordinary themes and on the one of high contrast."""
_LEVELS = (0, 95, 135, 175, 215, 255)


@dataclass(frozen=True, slots=True)
class Paint:
    """``back`` is None where the terminal's own background shows."""

    text: QColor
    back: QColor | None
    ink: int
    link: bool


class CellColours:
    """One for all terminals of a window; made anew with the theme."""

    def __init__(self, look: Look) -> None:
        theme = look.theme
        self.back, self.text = theme.ui["bg"], theme.ui["fg"]
        self._sixteen = theme.terminal
        self._least = LEAST_HIGH if theme.name == "contrast" else LEAST
        self._paints: dict[tuple[Pen, bool], Paint] = {}

    def paint(self, pen: Pen, inverse: bool = False) -> Paint:
        """``inverse``: the whole screen is turned over."""
        found = self._paints.get((pen, inverse))
        if found is None:
            if len(self._paints) > 20_000:
                self._paints.clear()
            found = self._paints[(pen, inverse)] = self._mixed(pen, inverse)
        return found

    def _mixed(self, pen: Pen, inverse: bool) -> Paint:
        bright = pen.ink & Ink.BOLD and 0 <= pen.fg < 8
        fore = self._colour(pen.fg + 8 if bright else pen.fg, self.text)
        back = self._colour(pen.bg, self.back)
        turned = bool(pen.ink & Ink.INVERSE) != inverse
        if turned:
            fore, back = back, fore
        if pen.ink & (Ink.FAINT | Ink.HIDDEN):
            fore = mix(fore, back, 0.6)
        fore = readable(fore, back, self._least)
        own = turned or pen.bg != DEFAULT
        return Paint(QColor(fore), QColor(back) if own else None, pen.ink, bool(pen.link))

    def _colour(self, number: int, default: str) -> str:
        if number == DEFAULT:
            return default
        if number >= TRUE:
            return f"#{number & 0xFFFFFF:06x}"
        if number < 16:
            return self._sixteen[number]
        if number < 232:
            cube = number - 16
            parts = (_LEVELS[cube // 36], _LEVELS[cube // 6 % 6], _LEVELS[cube % 6])
        else:
            parts = (8 + (number - 232) * 10,) * 3
        return "#" + "".join(f"{part:02x}" for part in parts)


def readable(text: str, back: str, least: float) -> str:
    """``text``, or the nearest to it that stands out from ``back``."""
    if contrast(text, back) >= least:
        return text
    end = "#ffffff" if contrast("#ffffff", back) > contrast("#000000", back) else "#000000"
    for share in (0.2, 0.4, 0.6, 0.8):
        if contrast(mixed := mix(end, text, share), back) >= least:
            return mixed
    return end
