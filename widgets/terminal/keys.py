"""Keys as programs in a terminal know them: a Qt key in, bytes out. And which keys stay Galley's.

As in the editors of today: a letter with Ctrl, Alt with anything, Esc, Tab and the keys of a full
screen are the program's. Ctrl+Shift, Ctrl+Alt and a few names are the window's.
"""

from __future__ import annotations

import sys

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from assistant.types import Wants

Key, Mod = Qt.Key, Qt.KeyboardModifier
_MAC = sys.platform == "darwin"
CONTROL = Mod.MetaModifier if _MAC else Mod.ControlModifier
"""Where Qt calls the command key Ctrl, Ctrl is Meta."""
_ARROWS = {Key.Key_Up: "A", Key.Key_Down: "B", Key.Key_Right: "C", Key.Key_Left: "D",
           Key.Key_Home: "H", Key.Key_End: "F"}  # fmt: skip
_TILDES = {Key.Key_Insert: 2, Key.Key_Delete: 3, Key.Key_PageUp: 5, Key.Key_PageDown: 6,
           Key.Key_F5: 15, Key.Key_F6: 17, Key.Key_F7: 18, Key.Key_F8: 19, Key.Key_F9: 20,
           Key.Key_F10: 21, Key.Key_F11: 23, Key.Key_F12: 24}  # fmt: skip
_FIRST_F = {Key.Key_F1: "P", Key.Key_F2: "Q", Key.Key_F3: "R", Key.Key_F4: "S"}
_CONTROLS = {Key.Key_Space: 0, Key.Key_At: 0, Key.Key_BracketLeft: 27, Key.Key_Backslash: 28,
             Key.Key_BracketRight: 29, Key.Key_AsciiCircum: 30, Key.Key_Underscore: 31,
             Key.Key_Slash: 31, Key.Key_2: 0, Key.Key_6: 30}  # fmt: skip
_WINDOWS_OWN = (Key.Key_QuoteLeft, Key.Key_Comma, Key.Key_Equal, Key.Key_Plus, Key.Key_Minus,
                Key.Key_0, Key.Key_1, Key.Key_Tab, Key.Key_Backtab, Key.Key_PageUp,
                Key.Key_PageDown)  # fmt: skip
"""With Ctrl, these are the window's."""


def belongs_to_program(event: QKeyEvent, wants: Wants) -> bool:
    """Whether a key that is a shortcut of the window goes to the program all the same."""
    key, mods = Key(event.key()), event.modifiers() & ~Mod.KeypadModifier
    control = bool(mods & CONTROL)
    if _MAC and mods & Mod.ControlModifier:
        return False  # the command key is the window's, always
    if control and mods & (Mod.ShiftModifier | Mod.AltModifier):
        return False
    if control:
        return key not in _WINDOWS_OWN
    if Key.Key_F1 <= key <= Key.Key_F35:
        return wants.alternate or key not in (Key.Key_F1, Key.Key_F11)
    return True


def encode(event: QKeyEvent, wants: Wants) -> bytes:
    """What the program gets for a key; nothing where the key means nothing to it."""
    key, mods = Key(event.key()), event.modifiers()
    shift, alt = bool(mods & Mod.ShiftModifier), bool(mods & Mod.AltModifier)
    control = bool(mods & CONTROL)
    mask = 1 + shift + 2 * alt + 4 * control
    if key in _ARROWS:
        if mask > 1:
            return f"\x1b[1;{mask}{_ARROWS[key]}".encode()
        return f"\x1b{'O' if wants.cursor_keys else '['}{_ARROWS[key]}".encode()
    if key in _FIRST_F:
        start = f"\x1b[1;{mask}" if mask > 1 else "\x1bO"
        return f"{start}{_FIRST_F[key]}".encode()
    if key in _TILDES:
        return f"\x1b[{_TILDES[key]}{f';{mask}' if mask > 1 else ''}~".encode()
    return _letters(event, key, shift, alt, control)


def _letters(event: QKeyEvent, key: Qt.Key, shift: bool, alt: bool, control: bool) -> bytes:
    meta = b"\x1b" if alt else b""
    match key:
        case Key.Key_Return | Key.Key_Enter:
            return meta + b"\r"
        case Key.Key_Backspace:
            return meta + (b"\x08" if control else b"\x7f")
        case Key.Key_Escape:
            return meta + b"\x1b"
        case Key.Key_Backtab:
            return b"\x1b[Z"
        case Key.Key_Tab:
            return b"\x1b[Z" if shift else meta + b"\t"
    if control:
        if Key.Key_A <= key <= Key.Key_Z:
            return meta + bytes([int(key) - int(Key.Key_A) + 1])
        if key in _CONTROLS:
            return meta + bytes([_CONTROLS[key]])
        return b""
    return meta + event.text().encode("utf-8", "replace") if event.text() else b""


def encode_paste(text: str, wants: Wants) -> bytes:
    """Pasted text as typed: line ends become Enter; nothing in it can end the paste or act."""
    typed = text.replace("\r\n", "\r").replace("\n", "\r")
    typed = "".join(c for c in typed if c in "\r\t" or not (c < " " or "\x7f" <= c <= "\x9f"))
    data = typed.encode("utf-8", "replace")
    return b"\x1b[200~" + data + b"\x1b[201~" if wants.paste else data
