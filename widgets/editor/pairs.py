"""Brackets and quotes that close themselves, go round a selection, and are typed over."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from pyside6_scintilla import Scintilla

from widgets.editor.surface import IND_CLOSER, Surface, encode

BRACKETS = {"(": ")", "[": "]", "{": "}"}
QUOTES = {'"': '"', "'": "'", "`": "`"}
_BEFORE = b" \t\r\n)]},;:.>"
"""What may follow a bracket that closes itself; before a word it is typed alone."""
_TEXT_ROLES = ("string", "comment", "doc", "regexp", "escape")


class Pairs:
    """Reached as ``editor.pairs``. Closers it wrote are marked, and only those are typed over."""

    def __init__(self, surface: Surface) -> None:
        self._surface = s = surface
        self.on = False
        self.roles: Mapping[int, str] = {}
        """What the lexer's styles stand for; empty for plain text."""
        s.indicSetStyle(IND_CLOSER, int(Scintilla.IndicatorStyle.Hidden))

    def take_key(self, event: QKeyEvent) -> bool:
        """True when the key was a bracket or a quote, and is done."""
        if not self.on or self._surface.readOnly() or self._surface.selections() != 1:
            return False
        if event.key() == Qt.Key.Key_Backspace and not event.modifiers():
            return self._delete_pair()
        typed = event.text()
        if len(typed) != 1 or typed not in "([{}])\"'`":
            return False
        if not self._surface.selectionEmpty():
            return self._surround(typed)
        return self._over(typed) or self._open(typed)

    def _surround(self, typed: str) -> bool:
        """The selection between the two, still selected."""
        closer = BRACKETS.get(typed) or QUOTES.get(typed)
        if closer is None:
            return False
        s = self._surface
        start, end = s.selectionStart(), s.selectionEnd()
        s.beginUndoAction()
        s.replace(end, end, encode(closer))
        s.replace(start, start, encode(typed))
        s.endUndoAction()
        s.setSelection(end + 1, start + 1)
        return True

    def _over(self, typed: str) -> bool:
        """A closer that stands there because it closed itself is not typed twice."""
        s = self._surface
        at = s.currentPos()
        if s.charAt(at) & 0xFF != ord(typed) or not s.indicatorValueAt(IND_CLOSER, at):
            return False
        s.setIndicatorCurrent(IND_CLOSER)
        s.indicatorClearRange(at, 1)
        s.gotoPos(at + 1)
        return True

    def _open(self, typed: str) -> bool:
        closer = BRACKETS.get(typed) or QUOTES.get(typed)
        if closer is None or not self._may_close(typed):
            return False
        s = self._surface
        at = s.currentPos()
        s.beginUndoAction()
        s.replace(at, at, encode(typed + closer))
        s.endUndoAction()
        s.gotoPos(at + 1)
        s.setIndicatorCurrent(IND_CLOSER)
        s.indicatorFillRange(at + 1, 1)
        return True

    def _may_close(self, typed: str) -> bool:
        s = self._surface
        at = s.currentPos()
        if at < s.length() and s.charAt(at) & 0xFF not in _BEFORE:
            return False
        if typed in BRACKETS:
            return True
        before = s.charAt(at - 1) & 0xFF if at else 0
        letter = chr(before).isalnum() or before in b"_\\" or before >= 0x80
        role = self.roles.get(s.styleAt(max(0, at - 1)) & 0xFF, "")
        inside = role.split(".")[0] in _TEXT_ROLES and at > s.positionFromLine(
            s.lineFromPosition(at)
        )
        return bool(self.roles) and not letter and before != ord(typed) and not inside

    def _delete_pair(self) -> bool:
        """Backspace between the two takes both."""
        s = self._surface
        at = s.currentPos()
        if not at or not s.selectionEmpty() or not s.indicatorValueAt(IND_CLOSER, at):
            return False
        opener, closer = chr(s.charAt(at - 1) & 0xFF), chr(s.charAt(at) & 0xFF)
        if (BRACKETS | QUOTES).get(opener) != closer:
            return False
        s.replace(at - 1, at + 1, b"")
        return True
