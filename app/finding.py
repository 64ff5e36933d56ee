"""The palette of a window: files, commands, lines, symbols, questions.

Knows the palette and the commands.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.bridge import Door
from app.commands import Commands
from app.documents import Documents
from app.rooms import Assistance
from assistant.types import LineSpan
from widgets.palette import CommandEntry, Palette, SymbolEntry

if TYPE_CHECKING:
    from assistant.context.completion import Choice

RECENT = 30


class Finder(QObject):
    """Ctrl+P, Ctrl+Shift+P, Ctrl+G and the search box of the top bar."""

    asked = Signal(str)

    def __init__(
        self,
        door: Door,
        palette: Palette,
        commands: Commands,
        documents: Documents,
        assistance: Callable[[], Assistance | None],
    ) -> None:
        super().__init__(palette)
        self._door, self._palette = door, palette
        self._commands, self._documents = commands, documents
        self._assistance = assistance
        self._recent: list[str] = []
        palette.file_chosen.connect(self._on_file_chosen)
        palette.command_chosen.connect(self._on_command_chosen)
        palette.line_chosen.connect(self._on_line_chosen)
        palette.symbol_chosen.connect(self._on_symbol_chosen)
        palette.symbols_requested.connect(self._on_symbols_requested)
        palette.asked.connect(self.asked)
        palette.dismissed.connect(self._on_dismissed)
        documents.activated.connect(self._on_activated)

    def fill_commands(self) -> None:
        """Show every command that does something, with its keys."""
        entries = [
            CommandEntry(c.id, c.title, c.group, c.keys[0] if c.keys else "")
            for c in self._commands.all.values()
            if self._commands.actions[c.id].isEnabled()
        ]
        self._palette.set_commands(entries)

    @Slot(list)
    def set_files(self, files: list[str]) -> None:
        self._palette.set_files(files, self._recent)

    @Slot()
    def files(self) -> None:
        self._palette.popup("")

    @Slot()
    def commands(self) -> None:
        self.fill_commands()
        self._palette.popup(">")

    @Slot()
    def lines(self) -> None:
        self._palette.popup(":")

    @Slot()
    def symbols(self) -> None:
        self._palette.popup("@")

    @Slot(str)
    def _on_symbols_requested(self, typed: str) -> None:
        assistance = self._assistance()
        if assistance is not None:
            self._door.open(assistance.symbols(typed)).answered.connect(self._on_symbols)

    @Slot(object)
    def _on_symbols(self, choices: tuple[Choice, ...]) -> None:
        rows = [SymbolEntry(c.value, c.detail or c.kind, c.path, c.line) for c in choices]
        self._palette.set_symbols(rows)

    @Slot(str, int)
    def _on_file_chosen(self, path: str, line: int) -> None:
        span = LineSpan(line, line) if line >= 0 else None
        self._documents.open(PurePosixPath(path), span)

    @Slot(str)
    def _on_command_chosen(self, name: str) -> None:
        self._commands.run(name)

    @Slot(int)
    def _on_line_chosen(self, line: int) -> None:
        document = self._documents.current()
        if document is not None:
            document.editor.goto(line)
            document.editor.setFocus()

    @Slot(object)
    def _on_symbol_chosen(self, symbol: SymbolEntry) -> None:
        span = LineSpan(symbol.line, symbol.line)
        self._documents.open(PurePosixPath(symbol.path), span)

    @Slot()
    def _on_dismissed(self) -> None:
        document = self._documents.current()
        if document is not None:
            document.editor.setFocus()

    @Slot(object)
    def _on_activated(self, document: object) -> None:
        key = getattr(document, "key", "")
        if key:
            self._recent = [key, *(k for k in self._recent if k != key)][:RECENT]
            self._palette.set_recent(self._recent)
