"""Keys and the mouse reach a program as the ones it knows; the window keeps what is its own."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent

from assistant.types import Wants
from widgets.terminal import mouse
from widgets.terminal.keys import belongs_to_program, encode, encode_paste

Key, Mod = Qt.Key, Qt.KeyboardModifier
NONE, SHIFT, CTRL, ALT = (
    Mod.NoModifier,
    Mod.ShiftModifier,
    Mod.ControlModifier,
    Mod.AltModifier,
)


def pressed(key: Qt.Key, mods: Qt.KeyboardModifier = NONE, text: str = "") -> QKeyEvent:
    return QKeyEvent(QEvent.Type.KeyPress, key, mods, text)


@pytest.mark.parametrize(
    ("key", "mods", "text", "sent"),
    [
        (Key.Key_A, NONE, "a", b"a"),
        (Key.Key_A, SHIFT, "A", b"A"),
        (Key.Key_Adiaeresis, NONE, "ä", "ä".encode()),
        (Key.Key_C, CTRL, "\x03", b"\x03"),
        (Key.Key_R, CTRL, "\x12", b"\x12"),
        (Key.Key_L, CTRL, "\x0c", b"\x0c"),
        (Key.Key_Space, CTRL, "\x00", b"\x00"),
        (Key.Key_BracketLeft, CTRL, "\x1b", b"\x1b"),
        (Key.Key_Slash, CTRL, "/", b"\x1f"),
        (Key.Key_B, ALT, "b", b"\x1bb"),
        (Key.Key_Backspace, NONE, "\b", b"\x7f"),
        (Key.Key_Backspace, ALT, "\b", b"\x1b\x7f"),
        (Key.Key_Backspace, CTRL, "\x7f", b"\x08"),
        (Key.Key_Return, NONE, "\r", b"\r"),
        (Key.Key_Escape, NONE, "\x1b", b"\x1b"),
        (Key.Key_Tab, NONE, "\t", b"\t"),
        (Key.Key_Backtab, SHIFT, "\t", b"\x1b[Z"),
        (Key.Key_Up, NONE, "", b"\x1b[A"),
        (Key.Key_Left, CTRL, "", b"\x1b[1;5D"),
        (Key.Key_Right, SHIFT | ALT, "", b"\x1b[1;4C"),
        (Key.Key_Home, NONE, "", b"\x1b[H"),
        (Key.Key_Delete, NONE, "\x7f", b"\x1b[3~"),
        (Key.Key_PageUp, CTRL, "", b"\x1b[5;5~"),
        (Key.Key_F1, NONE, "", b"\x1bOP"),
        (Key.Key_F3, SHIFT, "", b"\x1b[1;2R"),
        (Key.Key_F10, NONE, "", b"\x1b[21~"),
        (Key.Key_Shift, SHIFT, "", b""),
    ],
)
def test_keys(key: Qt.Key, mods: Qt.KeyboardModifier, text: str, sent: bytes) -> None:
    assert encode(pressed(key, mods, text), Wants()) == sent


def test_arrows_speak_as_in_an_application() -> None:
    assert encode(pressed(Key.Key_Up), Wants(cursor_keys=True)) == b"\x1bOA"


@pytest.mark.parametrize("key", [Key.Key_C, Key.Key_R, Key.Key_L, Key.Key_P, Key.Key_K, Key.Key_W])
def test_a_letter_with_ctrl_is_the_programs(key: Qt.Key) -> None:
    assert belongs_to_program(pressed(key, CTRL), Wants())


@pytest.mark.parametrize(
    ("key", "mods"),
    [
        (Key.Key_P, CTRL | SHIFT),
        (Key.Key_E, CTRL | SHIFT),
        (Key.Key_J, CTRL | ALT),
        (Key.Key_QuoteLeft, CTRL),
        (Key.Key_1, CTRL),
        (Key.Key_Tab, CTRL),
        (Key.Key_Comma, CTRL),
        (Key.Key_F1, NONE),
        (Key.Key_F11, NONE),
    ],
)
def test_these_stay_the_windows(key: Qt.Key, mods: Qt.KeyboardModifier) -> None:
    assert not belongs_to_program(pressed(key, mods), Wants())


def test_a_full_screen_program_has_all_keys_of_functions() -> None:
    assert belongs_to_program(pressed(Key.Key_F1), Wants(alternate=True))
    assert belongs_to_program(pressed(Key.Key_F10), Wants())
    assert belongs_to_program(pressed(Key.Key_Escape), Wants())
    assert belongs_to_program(pressed(Key.Key_Return, ALT), Wants())


def test_a_paste_cannot_act_or_end_itself() -> None:
    evil = "a\x1b[201~rm -rf ~\nb\x03\x9b\tc\r\nd"
    assert encode_paste(evil, Wants()) == b"a[201~rm -rf ~\rb\tc\rd"
    held = encode_paste(evil, Wants(paste=True))
    assert held == b"\x1b[200~a[201~rm -rf ~\rb\tc\rd\x1b[201~"
    assert held.count(b"\x1b") == 2


def test_the_mouse_is_told_as_it_was_asked_for() -> None:
    far = Wants(mouse=1002, mouse_far=True)
    left = Qt.MouseButton.LeftButton
    code = mouse.code_of(left, NONE)
    assert mouse.encode(far, code, 299, 4) == b"\x1b[<0;300;5M"
    assert mouse.encode(far, code, 299, 4, released=True) == b"\x1b[<0;300;5m"
    near = Wants(mouse=1000)
    assert mouse.encode(near, code, 2, 4) == b"\x1b[M\x20\x23\x25"
    assert mouse.encode(near, code, 2, 4, released=True) == b"\x1b[M\x23\x23\x25"
    assert mouse.encode(near, code, 299, 4) == b""
    assert mouse.encode(far, mouse.code_of(left, CTRL, moved=True), 0, 0) == b"\x1b[<48;1;1M"


def test_only_what_was_asked_for_is_told() -> None:
    assert not mouse.wanted(Wants(), "press")
    assert mouse.wanted(Wants(mouse=9), "press")
    assert not mouse.wanted(Wants(mouse=9), "release")
    assert not mouse.wanted(Wants(mouse=1000), "move", held=True)
    assert mouse.wanted(Wants(mouse=1002), "move", held=True)
    assert not mouse.wanted(Wants(mouse=1002), "move")
    assert mouse.wanted(Wants(mouse=1003), "move")
