"""Commands on lines, and what typing a line end or a brace does."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from widgets.editor import languages
from widgets.editor.languages import Language
from widgets.editor.surface import Surface, decode, encode

CLOSERS = {"}": "{", ")": "(", "]": "["}
LEAVES = re.compile(r"\s*(return|pass|raise|break|continue)\b")
Key, Mod = Qt.Key, Qt.KeyboardModifier


class LineCommands:
    """Reached as ``editor.lines``; every command is one step of undo."""

    def __init__(self, surface: Surface) -> None:
        self._surface = s = surface
        self.language: Language = languages.PLAIN
        s.setTabIndents(True)
        s.setBackSpaceUnIndents(True)
        # Scintilla's own keys for these are taken by commands of the application.
        for letter in "DLTU/[]\\":
            for modifiers in (2, 3):
                s.clearCmdKey(ord(letter) | modifiers << 16)

    def toggle_comment(self) -> None:
        """Comment the selected lines, or take the comment away when all of them have it."""
        s, language = self._surface, self.language
        if not language.line_comment:
            self._toggle_block()
            return
        first, last = self._selected()
        mark = language.line_comment
        texts = {line: self._line(line) for line in range(first, last + 1)}
        filled = {line: text for line, text in texts.items() if text.strip()} or texts
        commented = all(text.lstrip().startswith(mark) for text in filled.values())
        column = min(len(text) - len(text.lstrip()) for text in filled.values())
        s.beginUndoAction()
        for line, text in reversed(filled.items()):
            start = s.positionFromLine(line)
            if commented:
                at = len(text) - len(text.lstrip())
                size = len(mark) + text[at + len(mark) :].startswith(" ")
                s.replace(start + at, start + at + size, b"")
            else:
                s.replace(start + column, start + column, encode(mark + " "))
        s.endUndoAction()

    def move(self, down: bool) -> None:
        """Carry the selected lines over the next or the previous line."""
        s = self._surface
        s.moveSelectedLinesDown() if down else s.moveSelectedLinesUp()

    def duplicate(self) -> None:
        """Repeat the selection, or the line without one."""
        self._surface.selectionDuplicate()

    def delete(self) -> None:
        """Remove the selected lines."""
        s = self._surface
        first, last = self._selected()
        s.replace(s.positionFromLine(first), s.line_start(last + 1), b"")

    def trim(self) -> None:
        """Take blanks off the ends of all lines, as one step of undo."""
        s = self._surface
        s.beginUndoAction()
        for line in reversed(range(s.lineCount())):
            end = s.lineEndPosition(line)
            text = self._line(line)
            size = len(text) - len(text.rstrip(" \t"))
            if size:
                s.replace(end - size, end, b"")
        s.endUndoAction()

    def join(self) -> None:
        """Make one line of the selected ones, or of the line and the next."""
        s = self._surface
        first, last = self._selected()
        s.setTargetRange(s.positionFromLine(first), s.line_start(max(last, first + 1)))
        s.linesJoin()

    def set_line_ends(self, eol: str) -> None:
        r"""Make every line end ``\n``, ``\r\n`` or ``\r`` in one step of undo; typed ones too."""
        mode = {"\r\n": 0, "\r": 1, "\n": 2}[eol]
        self._surface.setEOLMode(mode)
        self._surface.convertEOLs(mode)

    def take_key(self, event: QKeyEvent) -> bool:
        """The keys of these commands where the application has not bound them itself."""
        modifiers = event.modifiers() & ~Mod.KeypadModifier
        match event.key(), modifiers:
            case Key.Key_Slash, Mod.ControlModifier:
                self.toggle_comment()
            case Key.Key_Up, Mod.AltModifier:
                self.move(down=False)
            case Key.Key_Down, Mod.AltModifier:
                self.move(down=True)
            case Key.Key_J, Mod.ControlModifier:
                self.join()
            case _:
                return False
        return True

    def after_character(self, code: int) -> None:
        """Indent a new line, and bring a closing brace under its opener."""
        if self._surface.selections() > 1:
            return
        character = chr(code) if 0 < code < 0x110000 else ""
        if character in ("\n", "\r") and not (character == "\r" and self._surface.eOLMode() == 0):
            self._after_newline()
        elif character in CLOSERS and self.language.indent_after:
            self._after_closer()

    def _after_newline(self) -> None:
        s = self._surface
        line = s.lineFromPosition(s.currentPos())
        if line == 0:
            return
        above = self._line(line - 1)
        code = (
            above.split(self.language.line_comment)[0]
            if self.language.line_comment == "#"
            else above
        )
        step = s.indent() or s.tabWidth()
        indent = s.lineIndentation(line - 1)
        opener = code.rstrip()[-1:]
        if opener and opener in self.language.indent_after:
            indent += step
        elif ":" in self.language.indent_after and LEAVES.match(above):
            indent = max(0, indent - step)
        following = chr(s.charAt(s.currentPos()) & 0xFF)
        if following in CLOSERS and CLOSERS[following] == opener:
            end = {0: b"\r\n", 1: b"\r", 2: b"\n"}[s.eOLMode()]
            at = s.currentPos()
            s.replace(at, at, end)
            s.setLineIndentation(line + 1, s.lineIndentation(line - 1))
        if indent:
            s.setLineIndentation(line, indent)
            s.gotoPos(s.lineIndentPosition(line))

    def _after_closer(self) -> None:
        s = self._surface
        position = s.currentPos() - 1
        line = s.lineFromPosition(position)
        if position != s.lineIndentPosition(line):
            return
        opener = s.braceMatch(position, 0)
        if opener >= 0 and s.lineFromPosition(opener) != line:
            s.setLineIndentation(line, s.lineIndentation(s.lineFromPosition(opener)))
            s.gotoPos(s.lineIndentPosition(line) + 1)

    def _toggle_block(self) -> None:
        s = self._surface
        opening, closing = map(encode, self.language.block_comment)
        if not opening:
            return
        first, last = self._selected()
        start, end = s.lineIndentPosition(first), s.lineEndPosition(last)
        text = s.data(start, end)
        if text.startswith(opening) and text.endswith(closing):
            inner = text[len(opening) : -len(closing)].strip(b" ")
        else:
            inner = opening + b" " + text + b" " + closing
        s.replace(start, end, inner)

    def _selected(self) -> tuple[int, int]:
        s = self._surface
        first, last = s.lineFromPosition(s.selectionStart()), s.lineFromPosition(s.selectionEnd())
        if last > first and s.selectionEnd() == s.positionFromLine(last):
            last -= 1
        return first, last

    def _line(self, line: int) -> str:
        s = self._surface
        return decode(s.data(s.positionFromLine(line), s.lineEndPosition(line)))
