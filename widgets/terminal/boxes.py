"""Lines and blocks that must meet from cell to cell, drawn instead of taken from a font.

A box character is four arms of no, light, heavy or double stroke; Unicode's names say which.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

Arms = tuple[str, str, str, str]
"""up, right, down, left: light, heavy, double or nothing"""
_SIDES = {"UP": 0, "RIGHT": 1, "DOWN": 2, "LEFT": 3}
_BOTH = {"VERTICAL": (0, 2), "HORIZONTAL": (1, 3)}
_WEIGHTS = {"LIGHT": "light", "HEAVY": "heavy", "DOUBLE": "double", "SINGLE": "light"}
_SHADES = {"░": 0.25, "▒": 0.5, "▓": 0.75}
_QUADRANTS = {"▘": 1, "▝": 2, "▖": 4, "▗": 8, "▚": 9, "▞": 6, "▛": 7, "▜": 11, "▙": 13, "▟": 14}


def draws(character: str) -> bool:
    """Whether the character is drawn here."""
    return "\u2500" <= character <= "\u259f" and (character >= "\u2580" or arms(character) != _NONE)


_NONE: Arms = ("", "", "", "")


@lru_cache(maxsize=256)
def arms(character: str) -> Arms:
    """The arms of a box character; four times nothing for dashes, diagonals and others."""
    words = unicodedata.name(character, "").removeprefix("BOX DRAWINGS ").split()
    if not words or "DASH" in words or "DIAGONAL" in words:
        return _NONE
    found = ["", "", "", ""]
    # "DOWN LIGHT AND RIGHT HEAVY" names sides before weights, "LIGHT DOWN AND RIGHT" after.
    first = words[0] in _WEIGHTS
    weight, sides = "", list[int]()
    for word in [w for w in words if w not in ("AND", "ARC")]:
        if word in _WEIGHTS:
            weight = _WEIGHTS[word]
            if not first:
                for side in sides:
                    found[side] = weight
                sides = []
        else:
            named = _BOTH.get(word) or (_SIDES[word],)
            sides += named
            if first:
                for side in named:
                    found[side] = weight
    return (found[0], found[1], found[2], found[3])


def draw(painter: QPainter, character: str, cell: QRectF, colour: QColor) -> None:
    """One of these characters into its cell."""
    if character >= "\u2580":
        _draw_block(painter, character, cell, colour)
    elif "\u256d" <= character <= "\u2570":
        _draw_arc(painter, character, cell, colour)
    else:
        _draw_arms(painter, arms(character), cell, colour)


def _draw_arms(painter: QPainter, found: Arms, cell: QRectF, colour: QColor) -> None:
    thin = max(1.0, round(cell.width() / 8))
    middle_x, middle_y = round(cell.center().x()), round(cell.center().y())
    up_down = _thickness(found[0] or found[2], thin)
    across = _thickness(found[1] or found[3], thin)
    for side, weight in enumerate(found):
        if not weight:
            continue
        width = thin * 2 if weight == "heavy" else thin
        shifts = (-thin, thin) if weight == "double" else (0.0,)
        for shift in shifts:
            half = width / 2
            if side in (0, 2):
                reach = across / 2
                top = cell.top() if side == 0 else middle_y - reach
                bottom = middle_y + reach if side == 0 else cell.bottom()
                box = QRectF(middle_x + shift - half, top, width, bottom - top)
            else:
                reach = up_down / 2
                left = middle_x - reach if side == 1 else cell.left()
                right = cell.right() if side == 1 else middle_x + reach
                box = QRectF(left, middle_y + shift - half, right - left, width)
            painter.fillRect(box, colour)


def _thickness(weight: str, thin: float) -> float:
    return {"": 0.0, "light": thin, "heavy": thin * 2, "double": thin * 3}[weight]


def _draw_arc(painter: QPainter, character: str, cell: QRectF, colour: QColor) -> None:
    thin = max(1.0, round(cell.width() / 8))
    x, y = round(cell.center().x()), round(cell.center().y())
    right, down = character in "╭╰", character in "╭╮"
    path = QPainterPath(QPointF(x, cell.bottom() if down else cell.top()))
    turn = min(cell.width(), cell.height()) / 2
    path.lineTo(x, y + turn if down else y - turn)
    path.quadTo(QPointF(x, y), QPointF(x + turn if right else x - turn, y))
    path.lineTo(cell.right() if right else cell.left(), y)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour, thin, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
    painter.drawPath(path)
    painter.restore()


def _draw_block(painter: QPainter, character: str, cell: QRectF, colour: QColor) -> None:
    x, y, w, h = cell.x(), cell.y(), cell.width(), cell.height()
    code = ord(character)
    if character in _SHADES:
        shade = QColor(colour)
        shade.setAlphaF(_SHADES[character])
        painter.fillRect(cell, shade)
    elif character in _QUADRANTS:
        for bit in range(4):
            if _QUADRANTS[character] >> bit & 1:
                part = QRectF(x + bit % 2 * w / 2, y + bit // 2 * h / 2, w / 2, h / 2)
                painter.fillRect(part, colour)
    elif code == 0x2580:
        painter.fillRect(QRectF(x, y, w, h / 2), colour)
    elif code <= 0x2588:
        share = (code - 0x2580) / 8
        painter.fillRect(QRectF(x, y + h * (1 - share), w, h * share), colour)
    elif code <= 0x258F:
        painter.fillRect(QRectF(x, y, w * (0x2590 - code) / 8, h), colour)
    elif code == 0x2590:
        painter.fillRect(QRectF(x + w / 2, y, w / 2, h), colour)
    elif code == 0x2594:
        painter.fillRect(QRectF(x, y, w, h / 8), colour)
    elif code == 0x2595:
        painter.fillRect(QRectF(x + w * 7 / 8, y, w / 8, h), colour)
