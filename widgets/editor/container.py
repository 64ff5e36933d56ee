"""Styles a surface line by line in Python, for what no lexer of the library can read."""

from __future__ import annotations

from widgets.editor import jsx
from widgets.editor.languages import Language
from widgets.editor.surface import Surface

FOLD_BASE, FOLD_HEADER, FOLD_BLANK = 0x400, 0x2000, 0x1000


class Container:
    """Asked for styles as far as the screen goes; remembers the state behind each line."""

    roles = jsx.ROLES

    def __init__(self, surface: Surface, language: Language) -> None:
        self._surface = surface
        self._reader = jsx.Reader(language.words)
        self._states = [jsx.State()]
        """Before each line, as far as lines were read."""

    def style(self, end: int) -> None:
        """Everything from what is styled up to the line of ``end``."""
        s = self._surface
        first = min(s.lineFromPosition(s.endStyled()), len(self._states) - 1)
        last = s.lineFromPosition(end)
        start = s.positionFromLine(first)
        del self._states[first + 1 :]
        styles = []
        lines = s.data(start, s.line_start(last + 1)).splitlines(keepends=True)
        for number, line in enumerate(lines, first):
            before = self._states[number]
            found, after = self._reader.line(line, before)
            styles.append(found)
            self._states.append(after)
            self._fold(number, line, jsx.depth(before), jsx.depth(after))
        s.set_styles(start, b"".join(styles))

    def _fold(self, number: int, line: bytes, before: int, after: int) -> None:
        level = FOLD_BASE + min(before, 0x3FF)
        if after > before:
            level |= FOLD_HEADER
        elif not line.strip():
            level |= FOLD_BLANK
        if self._surface.foldLevel(number) != level:
            self._surface.setFoldLevel(number, level)
