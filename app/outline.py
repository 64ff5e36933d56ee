"""The definitions of the file in front: where the caret is in the crumbs, what the palette lists.

Knows one open text at a time, as it is now, saved or not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QTimer, Signal, Slot

from app.bridge import Door, Run
from app.document import Document
from app.documents import Documents
from widgets.breadcrumbs import Breadcrumbs
from widgets.palette import SymbolEntry

if TYPE_CHECKING:
    from assistant.context.definitions import Definition

PAUSE_MS = 400
LONGEST = 100_000
"""Characters; a longer text would hold up the window while it is read, so it has no outline."""


def read(path: str, text: str) -> list[Definition]:
    """Runs on another thread."""
    from assistant.context.definitions import definitions

    return definitions(path, text.replace("\r\n", "\n").replace("\r", "\n"))


class Outline(QObject):
    """Read anew when the person pauses."""

    symbols_wished = Signal()
    """A symbol of the crumbs was pressed."""

    def __init__(self, door: Door, documents: Documents, crumbs: Breadcrumbs) -> None:
        super().__init__(documents)
        self._door, self._crumbs = door, crumbs
        self._document: Document | None = None
        self._found: list[Definition] = []
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(PAUSE_MS)
        self._later.timeout.connect(self._read)
        documents.opened.connect(self._on_opened)
        documents.activated.connect(self._on_activated)
        crumbs.symbol_requested.connect(self._on_symbol_requested)

    def entries(self) -> tuple[SymbolEntry, ...]:
        """In the order of the text."""
        key = self._document.key if self._document is not None else ""
        return tuple(SymbolEntry(d.name, d.kind, key, d.line - 1) for d in self._found)

    @Slot(object)
    def _on_opened(self, document: Document) -> None:
        document.editor.text_changed.connect(self._later.start)
        document.editor.caret_moved.connect(self._on_caret_moved)

    @Slot(object)
    def _on_activated(self, front: object) -> None:
        self._document = front if isinstance(front, Document) else None
        self._found = []
        self._later.start()

    @Slot()
    def _read(self) -> None:
        document = self._document
        if document is None or document.editor.surface.length() > LONGEST:
            return
        run = self._door.ask(read, document.key, document.editor.text(), subject=document)
        run.answered.connect(self._on_read)

    @Slot(object)
    def _on_read(self, found: list[Definition]) -> None:
        run = self.sender()
        if isinstance(run, Run) and run.subject is self._document and self._document is not None:
            self._found = found
            self._show(self._document.editor.caret()[0])

    @Slot(int, int)
    def _on_caret_moved(self, line: int, _column: int) -> None:
        if self._document is not None and self.sender() is self._document.editor:
            self._show(line)

    def _show(self, line: int) -> None:
        round_it = [d for d in self._found if d.first <= line + 1 <= d.last]
        self._crumbs.show_symbols([(d.kind, d.name.rpartition(".")[2]) for d in round_it])

    @Slot(str, QPoint)
    def _on_symbol_requested(self, _name: str, _at: QPoint) -> None:
        self.symbols_wished.emit()
