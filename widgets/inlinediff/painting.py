"""Painted over the editor: red and green across the width, + and − beside every line.

Colour is laid over finished text so that it reaches the edge of the window without seams at any
scale: by addition on dark themes and by multiplication on light ones, both of which turn the
background into the tint and spare the glyphs.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QFont, QPainter

from widgets.editor.surface import MARGIN_CHANGES, MARGIN_NUMBERS, MARGIN_REVIEW, Surface, decode
from widgets.hidden import FAR_BLANKS
from widgets.theme import Theme, mix, rgb

BAR = 3


@dataclass(frozen=True, slots=True)
class Band:
    """Rows of one side of a hunk on screen: ``colour`` is add, del or conflict; ``sign`` stands
    beside each row.
    """

    top: int
    rows: int
    colour: str
    sign: str
    current: bool = False


def tint(painter: QPainter, area: QRect, colour: str, theme: Theme) -> None:
    """Turn the background of painted text into ``colour``."""
    over, under = rgb(colour), rgb(theme.ui["bg"])
    if theme.dark:
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Plus)
        shade = QColor(*(max(0, a - b) for a, b in zip(over, under, strict=True)))
    else:
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
        shade = QColor(*(min(255, 255 * a // max(1, b)) for a, b in zip(over, under, strict=True)))
    painter.fillRect(area, shade)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)


class BandPainter:
    """Paints the bands of one surface."""

    def __init__(self, surface: Surface, theme: Theme) -> None:
        self._surface = surface
        self.theme = theme
        self.family = ""

    def paint(self, painter: QPainter, bands: list[Band], row_height: int) -> None:
        s, ui = self._surface, self.theme.ui
        tints = {"add": ui["add"], "del": ui["del"], "conflict": mix(ui["yellow"], ui["bg"], 0.16)}
        inks = {"add": ui["green"], "del": ui["red"], "conflict": ui["yellow"]}
        view = s.viewport().rect()
        left = s.text_left()
        gutter = s.marginWidthN(MARGIN_NUMBERS) + s.marginWidthN(MARGIN_CHANGES)
        width = s.marginWidthN(MARGIN_REVIEW)
        font = QFont(self.family)
        font.setPixelSize(max(8, row_height * 6 // 10))
        font.setBold(True)
        painter.setFont(font)
        for band in bands:
            top, bottom = max(0, band.top), min(view.height(), band.top + band.rows * row_height)
            if bottom <= top:
                continue
            tint(
                painter,
                QRect(left, top, view.width() - left, bottom - top),
                tints[band.colour],
                self.theme,
            )
            ink = QColor(inks[band.colour])
            painter.fillRect(
                QRect(gutter, top, BAR if not band.current else BAR + 2, bottom - top), ink
            )
            painter.setPen(ink)
            skip = (top - band.top) // row_height
            for row in range(skip, band.rows):
                y = band.top + row * row_height
                if y >= bottom:
                    break
                box = QRect(gutter + BAR, y, width - BAR, row_height)
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, band.sign)

    def paint_far(self, painter: QPainter) -> None:
        """A mark at the right edge of every line on screen that goes on behind a long run of
        blanks.
        """
        s = self._surface
        first = s.firstVisibleLine()
        column = s.viewport().width() // max(1, s.textWidth(32, "0"))
        lines = {s.docLineFromVisible(first + row) for row in range(s.linesOnScreen() + 1)}
        for line in sorted(line for line in lines if line < s.lineCount()):
            start, end = s.positionFromLine(line), s.lineEndPosition(line)
            if not min(column, 120) < end - start < 100_000:
                continue
            text = decode(s.data(start, end))
            far = FAR_BLANKS.search(text)
            if far is None:
                continue
            painter.setPen(QColor(self.theme.ui["yellow"]))
            height = s.textHeight(0)
            y = s.pointYFromPosition(start)
            label = f"text at column {far.end() + 1} ▸"
            size = painter.fontMetrics().horizontalAdvance(label) + 12
            box = QRect(
                QPoint(s.viewport().width() - size, y), QPoint(s.viewport().width(), y + height - 1)
            )
            painter.fillRect(box, QColor(mix(self.theme.ui["yellow"], self.theme.ui["bg"], 0.16)))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, label)
