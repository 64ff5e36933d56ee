"""Syntax roles for code that stands outside the editor: answers and small diffs. Knows no colours.

The editor's own lexers read it in an invisible Scintilla, which is made when it is first needed.
"""

from __future__ import annotations

from itertools import groupby
from pathlib import PurePath
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from widgets.editor.languages import PLAIN, language_for, languages

if TYPE_CHECKING:
    from widgets.editor.surface import Surface

LONGEST = 60_000
"""Characters; longer code stays plain."""
_ALIASES = {
    "py": "python",
    "sh": "bash",
    "shell": "bash",
    "zsh": "bash",
    "console": "bash",
    "js": "javascript",
    "jsx": "javascriptreact",
    "ts": "typescript",
    "tsx": "typescriptreact",
    "c++": "cpp",
    "c#": "csharp",
    "golang": "go",
    "rs": "rust",
    "yml": "yaml",
    "md": "markdown",
    "patch": "diff",
}
Spans = list[tuple[int, int, str]]


def language_named(name: str) -> str:
    """The editor's language for the word behind a fence, or for a path; ``plain`` if none fits."""
    low = name.strip().lower()
    low = _ALIASES.get(low, low)
    if low in languages():
        return low
    return language_for(PurePath(name if "." in name or "/" in name else f"x.{low}"))


class CodeColours:
    """Call it with a language or a path and a text: (start, end, role) in characters, in order."""

    def __init__(self, parent: QWidget) -> None:
        self._parent = parent
        self._surface: Surface | None = None
        self._language = ""
        self._roles: dict[int, str] = {}

    def __call__(self, language: str, text: str) -> Spans:
        """Nothing for plain text, for an unknown language, and for more than ``LONGEST``."""
        name = language_named(language)
        if name == PLAIN.name or len(text) > LONGEST or not text:
            return []
        from widgets.editor.surface import encode

        surface = self._ready(name)
        data = encode(text)
        surface.replace(0, surface.length(), data)
        surface.colourise(0, -1)
        _, styles = surface.styled(0, len(data))
        return self._spans(data, styles)

    def _ready(self, name: str) -> Surface:
        from widgets.editor import lexing
        from widgets.editor.surface import Surface

        if self._surface is None:
            self._surface = Surface(self._parent)
            self._surface.hide()
            self._surface.setUndoCollection(False)  # nothing in it is anybody's text
        if name != self._language:
            self._roles = lexing.install(self._surface, languages()[name])
            self._language = name
        return self._surface

    def _spans(self, data: bytes, styles: bytes) -> Spans:
        spans: Spans = []
        at, characters = 0, 0
        for style, run in groupby(styles):
            length = sum(1 for _ in run)
            piece = data[at : at + length]
            # Continuation bytes are no characters of their own.
            count = length if piece.isascii() else sum(byte & 0xC0 != 0x80 for byte in piece)
            role = self._roles.get(style, "default")
            if role != "default":
                spans.append((characters, characters + count, role))
            at, characters = at + length, characters + count
        return spans
