"""The palette of a window: files, commands, lines, symbols, questions.

Knows the palette and the commands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.bridge import Door, Run
from app.commands import Commands, shown_keys
from app.document import Document
from app.documents import Documents
from app.rooms import Assistance
from assistant.errors import sentence_of
from assistant.types import LineSpan
from widgets.palette import CommandEntry, Palette, SymbolEntry

if TYPE_CHECKING:
    from assistant.context.completion import Choice
    from assistant.context.report import IndexReport

RECENT = 30
_NAME_PARTS = re.compile(r"[.:#]+")


def _entry(choice: Choice) -> SymbolEntry:
    """The index counts lines from 1."""
    line = max(0, choice.line - 1)
    return SymbolEntry(choice.value, choice.detail or choice.kind, choice.path, line)


class Finder(QObject):
    """Ctrl+P, Ctrl+Shift+P, Ctrl+G and the search box of the top bar."""

    asked = Signal(str)
    told = Signal(str)
    uses_wished = Signal(str)  # the word at the caret
    defined = Signal(object)  # its definitions: a set of path and 0-based line

    def __init__(
        self,
        door: Door,
        palette: Palette,
        commands: Commands,
        documents: Documents,
        assistance: Callable[[], Assistance | None],
        outline: Callable[[], Sequence[SymbolEntry]],
    ) -> None:
        """``outline`` gives the definitions of the file in front, as its text is now."""
        super().__init__(palette)
        self._door, self._palette = door, palette
        self._commands, self._documents = commands, documents
        self._assistance, self._outline = assistance, outline
        self._recent: list[str] = []
        palette.file_chosen.connect(self._on_file_chosen)
        palette.command_chosen.connect(self._on_command_chosen)
        palette.line_chosen.connect(self._on_line_chosen)
        palette.symbol_chosen.connect(self._on_symbol_chosen)
        palette.symbols_requested.connect(self._on_symbols_requested)
        palette.asked.connect(self.asked)
        palette.language_chosen.connect(self._on_language_chosen)
        palette.dismissed.connect(self._on_dismissed)
        documents.activated.connect(self._on_activated)
        documents.opened.connect(self._on_opened)

    @Slot(object)
    def _on_opened(self, document: Document) -> None:
        document.editor.definition_requested.connect(self.definition)

    def fill_commands(self) -> None:
        """Show every command that does something, with its keys."""
        keys = shown_keys(self._commands.all.values())
        entries = [
            CommandEntry(c.id, c.title, c.group, keys.get(c.id, ""))
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

    @Slot()
    def language(self) -> None:
        """Which language the text in front is in."""
        if self._documents.current() is not None:
            self._palette.popup("%")

    @Slot(str)
    def _on_language_chosen(self, name: str) -> None:
        document = self._documents.current()
        if document is not None:
            document.editor.set_language(name)
            document.editor.setFocus()
            self._documents.language_changed.emit(document)

    @Slot(str)
    def _on_symbols_requested(self, typed: str) -> None:
        """Those of the file in front at once, those of the project as they come."""
        self._palette.set_symbols(self._outline())
        assistance = self._assistance()
        if assistance is not None and typed:
            self._door.open(assistance.symbols(typed)).answered.connect(self._on_symbols)

    @Slot(object)
    def _on_symbols(self, choices: tuple[Choice, ...]) -> None:
        here = self._outline()
        files = {symbol.path for symbol in here}
        there = [_entry(choice) for choice in choices if choice.path not in files]
        self._palette.set_symbols([*here, *there])

    @Slot()
    def definition(self) -> None:
        """Go to where the word at the caret is defined; of several places the palette asks."""
        document, assistance = self._documents.current(), self._assistance()
        word = document.editor.word_at_caret() if document is not None else ""
        if assistance is None or not word:
            return
        run = self._door.open(assistance.symbols(word))
        run.subject = word
        run.answered.connect(self._on_definitions)
        run.failed.connect(self._on_definition_failed)

    @Slot(object)
    def _on_definitions(self, choices: tuple[Choice, ...]) -> None:
        run = self.sender()
        word = str(run.subject) if isinstance(run, Run) else ""
        places = [choice for choice in choices if _NAME_PARTS.split(choice.value)[-1] == word]
        if len(places) == 1:
            self._on_symbol_chosen(_entry(places[0]))
        elif places:
            self._palette.popup(f"@{word}")
        else:
            self.told.emit(f"{word} is not defined in this folder.")

    @Slot()
    def uses(self) -> None:
        """Every place of the word at the caret, and which of them define it."""
        document, assistance = self._documents.current(), self._assistance()
        word = document.editor.word_at_caret() if document is not None else ""
        if not word:
            self.told.emit("There is no word at the caret.")
            return
        self.uses_wished.emit(word)
        if assistance is not None:
            run = self._door.open(assistance.symbols(word))
            run.subject = word
            run.answered.connect(self._on_defined)

    @Slot(object)
    def _on_defined(self, choices: tuple[Choice, ...]) -> None:
        run = self.sender()
        word = str(run.subject) if isinstance(run, Run) else ""
        named = [choice for choice in choices if _NAME_PARTS.split(choice.value)[-1] == word]
        self.defined.emit({(choice.path, max(0, choice.line - 1)) for choice in named})

    @Slot()
    def index_report(self) -> None:
        """Show what the index holds, and every file that it leaves out with the reason."""
        assistance = self._assistance()
        if assistance is not None:
            run = self._door.open(assistance.index_report())
            run.answered.connect(self._on_index_report)
            run.failed.connect(self._on_definition_failed)

    @Slot(object)
    def _on_index_report(self, report: IndexReport) -> None:
        self.told.emit(report.words)
        self._palette.set_left_out(report.heads, report.left)
        self._palette.popup("!")

    @Slot(object, object)
    def _on_definition_failed(self, error: BaseException, _word: object) -> None:
        self.told.emit(sentence_of(error))

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
