"""The mouse as programs in a terminal know it: buttons and cells in, bytes out. Pure."""

from __future__ import annotations

from PySide6.QtCore import Qt

from assistant.types import Wants

Button, Mod = Qt.MouseButton, Qt.KeyboardModifier
_CODES = {Button.LeftButton: 0, Button.MiddleButton: 1, Button.RightButton: 2}
MOTION, WHEEL_UP, WHEEL_DOWN = 32, 64, 65


def wanted(wants: Wants, kind: str, *, held: bool = False) -> bool:
    """Whether the program asked for a ``press``, ``release``, ``move`` or ``wheel``."""
    match kind:
        case "press":
            return wants.mouse > 0
        case "release" | "wheel":
            return wants.mouse >= 1000
        case _:
            return wants.mouse == 1003 or (wants.mouse == 1002 and held)


def code_of(button: Qt.MouseButton, mods: Qt.KeyboardModifier, *, moved: bool = False) -> int:
    """The number of a button, or of a wheel's step, with what is held."""
    code = _CODES.get(button, 3)
    return code + held_keys(mods) + (MOTION if moved else 0)


def held_keys(mods: Qt.KeyboardModifier) -> int:
    """Shift is not told: with it the mouse selects text."""
    return 8 * bool(mods & Mod.AltModifier) + 16 * bool(mods & Mod.ControlModifier)


def encode(wants: Wants, code: int, column: int, row: int, *, released: bool = False) -> bytes:
    """``column`` and ``row`` from 0. Nothing where the old way of telling does not reach so far."""
    if wants.mouse_far:
        return f"\x1b[<{code};{column + 1};{row + 1}{'m' if released else 'M'}".encode()
    if released:
        code = code & ~3 | 3
    if column > 222 or row > 222:
        return b""
    return b"\x1b[M" + bytes([32 + code, 33 + column, 33 + row])
