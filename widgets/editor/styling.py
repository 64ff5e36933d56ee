"""The theme laid on Scintilla: fonts, styles, margins, indicators, annotation styles."""

from __future__ import annotations

import math
from collections.abc import Mapping

from PySide6.QtGui import QFont, QFontMetricsF
from pyside6_scintilla import Scintilla

from widgets.editor.surface import (
    IND_ADDED,
    IND_CURRENT,
    IND_FOUND,
    IND_REMOVED,
    IND_WORD,
    MARGIN_CHANGES,
    MARGIN_FOLDS,
    MARGIN_NUMBERS,
    MARGIN_REVIEW,
    Surface,
)
from widgets.theme import CODE_FONTS, Theme, abgr, bgr, first_font, mix, rgb

DEFAULT, LINE_NUMBER, BRACE, BAD_BRACE, CONTROL, GUIDE = 32, 33, 34, 35, 36, 37
SMALLEST, LARGEST = 5, 24
"""Limits of the advance of one character in pixels."""
_EXACT = 0.03
USUAL = (8, 9)
"""The usual advance: the first of these that the platform's rounding of sizes allows."""

# One bank of extended styles serves every annotation: roles as they are, on an added and on a
# removed word.
ROLE_LIMIT = 48
PLAIN_KIND, ADDED_KIND, REMOVED_KIND = 0, ROLE_LIMIT, 2 * ROLE_LIMIT
NOTE = 3 * ROLE_LIMIT
"""The style of a remark inside an annotation: what is hidden, how a place was found."""
Element = Scintilla.Element


def left_over(high: str, low: str, bg: str) -> str:
    """What must lie under a tint of (low - bg) to come out as ``high``."""
    parts = (
        max(0, min(255, h - (m - b))) for h, m, b in zip(rgb(high), rgb(low), rgb(bg), strict=True)
    )
    return "#" + "".join(f"{part:02x}" for part in parts)


def under_multiply(high: str, low: str, bg: str) -> str:
    """The same where the tint is laid on by multiplication, which suits light themes."""
    parts = (
        max(0, min(255, round(h * b / max(1, m))))
        for h, m, b in zip(rgb(high), rgb(low), rgb(bg), strict=True)
    )
    return "#" + "".join(f"{part:02x}" for part in parts)


class Styling:
    """Lays a theme on one surface. ``advance`` is the width of a character: a whole number of
    pixels.

    Scintilla truncates the width of each run of an annotation to whole pixels, so any other width
    would let the proposal drift away from the text above it.
    """

    def __init__(self, surface: Surface, theme: Theme) -> None:
        self.surface = surface
        self.theme = theme
        self.family = first_font(CODE_FONTS)
        self.bank = surface.allocateExtendedStyles(256)
        self.roles: Mapping[int, str] = {}
        self._sizes: dict[int, tuple[float, float]] = {}
        self.usual = next((a for a in USUAL if abs(self._size(a)[1] - a) < _EXACT), USUAL[0])
        self.advance = self.usual
        surface.annotationSetStyleOffset(self.bank)
        surface.annotationSetVisible(1)

    def points(self) -> float:
        """The font size whose characters are nearest to ``advance`` and a whole number."""
        return self._size(self.advance)[0]

    def _size(self, advance: int) -> tuple[float, float]:
        """Points, and the width of a character at that size.

        Where the platform rounds sizes to whole pixels there may be no exact one: it is measured.
        """
        if advance not in self._sizes:
            font = QFont(self.family)
            font.setPointSizeF(100.0)
            about = 1000.0 * advance / QFontMetricsF(font).horizontalAdvance("0" * 10)
            best = (math.inf, about, 0.0)
            for step in range(-30, 31):
                font.setPointSizeF(about * (1 + step / 400))
                width = QFontMetricsF(font).horizontalAdvance("0" * 100) / 100
                cost = abs(width - round(width)) + abs(width - advance)
                best = min(best, (round(cost, 3) + abs(step) / 10_000, font.pointSizeF(), width))
            self._sizes[advance] = best[1:]
        return self._sizes[advance]

    def zoom(self, steps: int) -> None:
        """Make characters wider by whole pixels; 0 goes back to the usual size."""
        wanted = self.advance + steps if steps else self.usual
        self.advance = max(SMALLEST, min(LARGEST, wanted))
        self.apply()

    def set_roles(self, roles: Mapping[int, str]) -> None:
        self.roles = roles
        self.apply()

    def apply(self) -> None:
        """Lay everything on anew: a few hundred messages, under a millisecond."""
        self._text()
        self._elements()
        self._margins()
        self._indicators()
        for style, role in self.roles.items():
            self._style(style, role)
        self._bank()
        self.fit_numbers()

    def fit_numbers(self) -> None:
        """As many digits in the margin as the last line's number has, at least three."""
        digits = max(3, len(str(self.surface.lineCount())))
        width = self.advance * digits + 18
        if self.surface.marginWidthN(MARGIN_NUMBERS) != width:
            self.surface.setMarginWidthN(MARGIN_NUMBERS, width)

    def _text(self) -> None:
        s, ui = self.surface, self.theme.ui
        s.ground = self.theme.colour("bg")
        s.styleResetDefault()
        s.styleSetFont(DEFAULT, self.family)
        s.styleSetSizeFractional(DEFAULT, round(self.points() * 100))
        s.styleSetFore(DEFAULT, bgr(ui["fg"]))
        s.styleSetBack(DEFAULT, bgr(ui["bg"]))
        # a line of a million letters is measured by one of them: 9 ms a key instead of 280
        s.styleSetCheckMonospaced(DEFAULT, True)
        s.styleClearAll()
        extra = max(1, self.advance * 3 // 8)
        s.setExtraAscent(extra)
        s.setExtraDescent(extra)
        s.styleSetFore(LINE_NUMBER, bgr(ui["faint"]))
        s.styleSetBack(LINE_NUMBER, bgr(ui["bg"]))
        s.styleSetFore(GUIDE, bgr(ui["border"]))
        s.styleSetFore(CONTROL, bgr(ui["yellow"]))
        s.styleSetFore(BRACE, bgr(ui["fg"]))
        s.styleSetBack(BRACE, bgr(mix(ui["accent"], ui["bg"], 0.40)))
        s.styleSetBold(BRACE, True)
        s.styleSetFore(BAD_BRACE, bgr(ui["red"]))

    def _elements(self) -> None:
        s, ui = self.surface, self.theme.ui
        line = 10 if self.theme.dark else 8
        shade = "#ffffff" if self.theme.dark else "#000000"
        for element, colour, alpha in (
            (Element.Caret, ui["accent"], 255),
            (Element.CaretAdditional, ui["accent"], 170),
            (Element.CaretLineBack, shade, line),
            (Element.SelectionBack, ui["sel"], 255),
            (Element.SelectionAdditionalBack, ui["sel"], 255),
            (Element.SelectionInactiveBack, ui["sel"], 170),
            (Element.WhiteSpace, ui["faint"], 255),
            (Element.HiddenLine, ui["faint"], 255),
            (Element.FoldLine, ui["border"], 255),
        ):
            s.setElementColour(int(element), abgr(colour, alpha))
        s.setCaretLineLayer(1)
        s.setSelectionLayer(0)

    def _margins(self) -> None:
        s, ui = self.surface, self.theme.ui
        s.setFoldMarginColour(True, bgr(ui["bg"]))
        s.setFoldMarginHiColour(True, bgr(ui["bg"]))
        for margin in (MARGIN_CHANGES, MARGIN_REVIEW, MARGIN_FOLDS):
            s.setMarginBackN(margin, bgr(ui["bg"]))
        # Folds: an arrow right (closed) or down (open), nothing between.
        for marker in range(25, 32):
            s.markerDefine(marker, {30: 2, 31: 6}.get(marker, 5))
            s.markerSetFore(marker, bgr(ui["bg"]))
            s.markerSetBack(marker, bgr(ui["faint"]))
        # Change history: reverted to origin, saved, modified, reverted to modified.
        for marker, colour in ((21, "blue"), (22, "green"), (23, "yellow"), (24, "yellow")):
            s.markerDefine(marker, int(Scintilla.MarkerSymbol.LeftRect))
            for paint in (s.markerSetFore, s.markerSetBack):
                paint(marker, bgr(mix(ui[colour], ui["bg"], 0.75)))

    def _indicators(self) -> None:
        s, ui = self.surface, self.theme.ui
        box = int(Scintilla.IndicatorStyle.FullBox)
        for indicator, colour, alpha, outline in (
            (IND_ADDED, ui["green"], 75, 0),
            (IND_REMOVED, ui["red"], 75, 0),
            (IND_FOUND, ui["yellow"], 60, 110),
            (IND_CURRENT, ui["yellow"], 130, 255),
            (IND_WORD, ui["accent"], 45, 0),
        ):
            s.indicSetStyle(indicator, box)
            s.indicSetFore(indicator, bgr(colour))
            s.indicSetAlpha(indicator, alpha)
            s.indicSetOutlineAlpha(indicator, outline)
            s.indicSetUnder(indicator, True)

    def _style(self, number: int, role: str) -> None:
        look = self.theme.role(role)
        self.surface.styleSetFore(number, bgr(look.fg))
        self.surface.styleSetBold(number, look.bold)
        self.surface.styleSetItalic(number, look.italic)

    def _bank(self) -> None:
        s, ui = self.surface, self.theme.ui
        names = self._role_names()
        size = round(self.points() * 100)
        under = left_over if self.theme.dark else under_multiply
        for kind, back in (
            (PLAIN_KIND, ui["bg"]),
            (ADDED_KIND, under(ui["add_hi"], ui["add"], ui["bg"])),
            (REMOVED_KIND, under(ui["del_hi"], ui["del"], ui["bg"])),
        ):
            for index, role in enumerate(names):
                style = self.bank + kind + index
                s.styleSetFont(style, self.family)
                s.styleSetSizeFractional(style, size)
                s.styleSetBack(style, bgr(back))
                self._style(style, role)
        note = self.bank + NOTE
        s.styleSetFont(note, self.family)
        s.styleSetSizeFractional(note, size)
        s.styleSetBack(note, bgr(mix(ui["yellow"], ui["bg"], 0.16)))
        s.styleSetFore(note, bgr(ui["yellow"]))

    def _role_names(self) -> list[str]:
        names = ["default", *sorted(set(self.theme.syntax) - {"default"})]
        return names[:ROLE_LIMIT]

    def translation(self) -> bytes:
        """For ``bytes.translate``: a lexer's style numbers to styles of the annotation bank."""
        names = self._role_names()
        table = bytearray(256)
        for style, role in self.roles.items():
            while role and role not in names:
                role = role.rpartition(".")[0]
            table[style] = names.index(role) if role else 0
        return bytes(table)
