"""Several carets, the matching brace, the other places of a word. Edits nothing."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from pyside6_scintilla import Scintilla

from widgets.editor.surface import IND_WORD, Surface

BRACES = b"()[]{}"
WORD = re.compile(rb"[A-Za-z_]\w*")
Mod = Qt.KeyboardModifier
WHOLE_WORD, MATCH_CASE = 0x2, 0x4


class Carets:
    """Commands on selections; reached as ``editor.carets``."""

    def __init__(self, surface: Surface) -> None:
        self._surface = s = surface
        self._marked = b""
        s.setMultipleSelection(True)
        s.setAdditionalSelectionTyping(True)
        s.setMultiPaste(int(Scintilla.MultiPaste.Each))
        s.setMouseSelectionRectangularSwitch(True)
        s.setVirtualSpaceOptions(int(Scintilla.VirtualSpace.RectangularSelection))
        s.press_filters.append(self._take_press)

    def count(self) -> int:
        return self._surface.selections()

    def add_next(self) -> None:
        """Select the word under the caret, then one more occurrence each time."""
        s = self._surface
        flags = MATCH_CASE | (WHOLE_WORD if s.selectionEmpty() else 0)
        s.setSearchFlags(flags)
        s.targetWholeDocument()
        s.multipleSelectAddNext()
        s.scrollCaret()

    def add_all(self) -> None:
        """Select every occurrence of the selection, or of the word under the caret."""
        s = self._surface
        word_only = bool(s.selectionEmpty())
        if word_only:
            self.add_next()
        s.setSearchFlags(MATCH_CASE | (WHOLE_WORD if word_only else 0))
        s.targetWholeDocument()
        s.multipleSelectAddEach()

    def add_line(self, step: int) -> None:
        """One more caret on the line above (-1) or below (1), in the same column."""
        s = self._surface
        position = s.currentPos()
        line = s.lineFromPosition(position) + step
        if 0 <= line < s.lineCount():
            there = s.findColumn(line, s.column(position))
            s.addSelection(there, there)

    def to_bracket(self) -> None:
        """To the bracket that belongs to the one at the caret, or to the end of what is open."""
        s = self._surface
        position = s.currentPos()
        for at in (position - 1, position):
            if at >= 0 and s.charAt(at) & 0xFF in BRACES:
                other = s.braceMatch(at, 0)
                if other >= 0:
                    s.gotoPos(other + (at < position))
                    s.scrollCaret()
                return

    def single(self) -> bool:
        """Drop all carets but the main one; False when there was only one."""
        s = self._surface
        if s.selections() < 2:
            return False
        main = s.mainSelection()
        s.setSelection(s.selectionNCaret(main), s.selectionNAnchor(main))
        return True

    def take_key(self, event: QKeyEvent) -> bool:
        """The keys of these commands where the application has not bound them itself."""
        match event.key(), event.modifiers() & ~Mod.KeypadModifier:
            case Qt.Key.Key_D, Mod.ControlModifier:
                self.add_next()
            case Qt.Key.Key_L, both if both == Mod.ControlModifier | Mod.ShiftModifier:
                self.add_all()
            case Qt.Key.Key_Up, both if both == Mod.ControlModifier | Mod.AltModifier:
                self.add_line(-1)
            case Qt.Key.Key_Down, both if both == Mod.ControlModifier | Mod.AltModifier:
                self.add_line(1)
            case _:
                return False
        return True

    def on_update(self, what: int) -> None:
        """After the selection or the text changed: mark braces and the word."""
        if what & 0x03:
            self._mark_brace()
            self._mark_word()

    def _mark_brace(self) -> None:
        s = self._surface
        position = s.currentPos()
        for at in (position - 1, position):
            if at >= 0 and s.charAt(at) & 0xFF in BRACES:
                other = s.braceMatch(at, 0)
                s.braceHighlight(at, other) if other >= 0 else s.braceBadLight(at)
                return
        s.braceHighlight(-1, -1)

    def _mark_word(self) -> None:
        """Tint the other occurrences on screen of a selected word."""
        s = self._surface
        start, end = s.selectionStart(), s.selectionEnd()
        word = s.data(start, end) if 1 < end - start < 100 and s.selections() == 1 else b""
        if not WORD.fullmatch(word):
            word = b""
        if not word and not self._marked:
            return
        self._marked = word
        s.setIndicatorCurrent(IND_WORD)
        s.indicatorClearRange(0, s.length())
        if not word:
            return
        first = s.firstVisibleLine()
        top = s.positionFromLine(s.docLineFromVisible(first))
        bottom = s.line_start(s.docLineFromVisible(first + s.linesOnScreen()) + 1)
        for match in re.finditer(rb"\b" + word + rb"\b", s.data(top, bottom)):
            if top + match.start() != start:
                s.indicatorFillRange(top + match.start(), match.end() - match.start())

    def _take_press(self, event: QMouseEvent) -> bool:
        """Alt and click sets one more caret."""
        if (
            event.button() != Qt.MouseButton.LeftButton
            or event.modifiers() != Qt.KeyboardModifier.AltModifier
        ):
            return False
        point = event.position().toPoint()
        at = self._surface.positionFromPoint(point.x(), point.y())
        self._surface.addSelection(at, at)
        return True
