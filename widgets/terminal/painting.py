"""Paints the cells of a terminal: text on whole pixels, lines that meet, selection, the cursor."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QStaticText

from assistant.types import CellRun, Ink, cell_width
from widgets.look import Look
from widgets.terminal import boxes
from widgets.terminal.colours import CellColours, Paint

MARGIN = 8
"""Pixels between the edge and the first cell."""
_MOST_TEXTS = 4096
_UNDERLINED = Ink.UNDERLINE | Ink.DOUBLE | Ink.CURLY


class CellPainter:
    """One for each view: fonts of one size, colours of one theme."""

    def __init__(self, look: Look, points: float) -> None:
        self._look = look
        self.set_size(points)

    def set_size(self, points: float) -> None:
        """The size of the text; the theme is read anew too."""
        self.colours = CellColours(self._look)
        self._fonts: dict[int, QFont] = {}
        self._texts: dict[tuple[str, int], QStaticText] = {}
        font = QFont(self._look.code_family)
        font.setStyleHint(QFont.StyleHint.Monospace)
        font.setFixedPitch(True)
        font.setPointSizeF(points)
        for feature in ("liga", "calt", "clig", "dlig"):
            font.setFeature(QFont.Tag(feature), 0)  # each character in its own cell
        metrics = QFontMetricsF(font)
        advance = metrics.horizontalAdvance("0" * 100) / 100
        self.width = max(1, round(advance))
        self.height = max(1, round(metrics.height()))
        self.ascent, self._above = round(metrics.ascent()), metrics.ascent()
        if abs(advance - self.width) > 0.001:
            font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, self.width - advance)
        self._font = font

    def font(self, ink: int) -> QFont:
        key = ink & (Ink.BOLD | Ink.ITALIC)
        found = self._fonts.get(key)
        if found is None:
            found = QFont(self._font)
            found.setBold(bool(key & Ink.BOLD))
            found.setItalic(bool(key & Ink.ITALIC))
            self._fonts[key] = found
        return found

    def _words(self, text: str, ink: int) -> QStaticText:
        """Text with its glyphs found once: most of what is painted was painted before."""
        key = (text, ink & (Ink.BOLD | Ink.ITALIC))
        found = self._texts.get(key)
        if found is None:
            if len(self._texts) >= _MOST_TEXTS:
                self._texts.clear()
            found = self._texts[key] = QStaticText(text)
            found.setTextFormat(Qt.TextFormat.PlainText)
            found.prepare(font=self.font(ink))
        return found

    def cell(self, column: int, row: int, cells: int = 1) -> QRectF:
        """Where cells stand in the view."""
        x, y = MARGIN + column * self.width, MARGIN + row * self.height
        return QRectF(x, y, cells * self.width, self.height)

    def paint_backs(
        self, painter: QPainter, row: int, runs: Sequence[CellRun], inverse: bool
    ) -> None:
        for run in runs:
            paint = self.colours.paint(run.pen, inverse)
            if paint.back is not None:
                painter.fillRect(self.cell(run.start, row, run.width), paint.back)

    def paint_texts(
        self, painter: QPainter, row: int, runs: Sequence[CellRun], inverse: bool
    ) -> None:
        for run in runs:
            paint = self.colours.paint(run.pen, inverse)
            if run.text and not (run.text.isspace() and not paint.ink):
                self._paint_text(painter, row, run, paint)
            if paint.ink & (_UNDERLINED | Ink.STRIKE | Ink.OVERLINE) or paint.link:
                self._paint_lines(painter, row, run, paint)

    def paint_marked(
        self, painter: QPainter, row: int, columns: tuple[int, int], colour: QColor
    ) -> None:
        left, right = columns
        if right > left:
            painter.fillRect(self.cell(left, row, right - left), colour)

    def paint_cursor(
        self, painter: QPainter, cell: QRectF, shape: str, character: str, active: bool
    ) -> None:
        colour = self._look.colour("accent")
        if not active:
            painter.setPen(QPen(colour, 1))
            painter.drawRect(cell.adjusted(0.5, 0.5, -0.5, -0.5))
        elif shape == "bar":
            painter.fillRect(QRectF(cell.x(), cell.y(), 2, cell.height()), colour)
        elif shape == "underline":
            painter.fillRect(QRectF(cell.x(), cell.bottom() - 2, cell.width(), 2), colour)
        else:
            painter.fillRect(cell, colour)
            if character.strip():
                painter.setFont(self.font(0))
                painter.setPen(QColor(self.colours.back))
                painter.drawText(QPointF(cell.x(), cell.y() + self.ascent), character)

    def _paint_text(self, painter: QPainter, row: int, run: CellRun, paint: Paint) -> None:
        painter.setFont(self.font(paint.ink))
        painter.setPen(paint.text)
        at = self.cell(run.start, row)
        base = at.y() + self.ascent
        if run.text.isascii():
            words = self._words(run.text.rstrip(" "), paint.ink)
            painter.drawStaticText(QPointF(at.x(), base - self._above), words)
            return
        for column, character, size in placed(run.text):
            cell = self.cell(run.start + column, row, size)
            if boxes.draws(character[0]):
                boxes.draw(painter, character[0], cell, paint.text)
            elif character != " ":
                self._paint_character(painter, character, cell, base, paint.ink)

    def _paint_character(
        self, painter: QPainter, character: str, cell: QRectF, base: float, ink: int
    ) -> None:
        """In its own cell, whatever face it comes from: made narrower where it would not fit."""
        need = self._words(character, ink).size().width()
        if need <= cell.width() + 1:
            # Not as static text: a face with other heights would move it off its line.
            painter.drawText(QPointF(cell.x(), base), character)
            return
        painter.save()
        painter.translate(cell.x(), base)
        painter.scale(cell.width() / need, 1.0)
        painter.drawText(QPointF(0, 0), character)
        painter.restore()

    def _paint_lines(self, painter: QPainter, row: int, run: CellRun, paint: Paint) -> None:
        box = self.cell(run.start, row, run.width)
        under = box.y() + min(self.height - 1, self.ascent + 2)
        if paint.ink & Ink.STRIKE:
            painter.fillRect(
                QRectF(box.x(), box.y() + self.ascent * 0.68, box.width(), 1), paint.text
            )
        if paint.ink & Ink.OVERLINE:
            painter.fillRect(QRectF(box.x(), box.y(), box.width(), 1), paint.text)
        if paint.ink & _UNDERLINED or paint.link:
            style = Qt.PenStyle.SolidLine
            if paint.link and not paint.ink & _UNDERLINED:
                style = Qt.PenStyle.DotLine
            elif paint.ink & Ink.CURLY:
                style = Qt.PenStyle.DashLine
            painter.setPen(QPen(paint.text, 1, style))
            painter.drawLine(QPointF(box.x(), under + 0.5), QPointF(box.right(), under + 0.5))
            if paint.ink & Ink.DOUBLE:
                painter.drawLine(QPointF(box.x(), under - 1.5), QPointF(box.right(), under - 1.5))


def placed(text: str) -> list[tuple[int, str, int]]:
    """(cell, character with what stands on it, cells) of a run."""
    found: list[tuple[int, str, int]] = []
    at = 0
    for character in text:
        size = cell_width(character)
        if size == 0 and found:
            column, before, own = found[-1]
            found[-1] = (column, before + character, own)
            continue
        found.append((at, character, size))
        at += size
    return found
