"""Large texts on their way into their editors, from another thread. Knows no tab.

Until its text is there a document cannot be edited, and whoever wants something of it waits.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.bridge import Door, Run
from app.document import Document

if TYPE_CHECKING:
    from assistant.answers import Loaded

Then = Callable[[Document], object]


class Filling(QObject):
    """The documents that have no text yet."""

    filled = Signal(object)  # Document
    failed = Signal(object, object)  # the error, the key of the document

    def __init__(self, door: Door, parent: QObject) -> None:
        super().__init__(parent)
        self._door = door
        self._waiting: dict[Document, list[Then]] = {}

    def holds(self, document: Document) -> bool:
        return document in self._waiting

    def once_filled(self, document: Document, then: Then) -> None:
        """Call ``then`` with the document: now, unless its text is still on the way."""
        waiting = self._waiting.get(document)
        if waiting is None:
            then(document)
        else:
            waiting.append(then)

    def fill(self, document: Document, loaded: Loaded) -> None:
        document.editor.set_read_only(True)
        document.read_from(loaded.file, loaded.content_hash)
        self._waiting[document] = []
        loader = document.editor.loader(len(loaded.file.text))
        run = self._door.ask(loader.fill_text, loaded.file.text, subject=(document, loader))
        run.answered.connect(self._on_filled)
        run.failed.connect(self._on_failed)

    def forget(self, document: Document) -> None:
        """It was closed."""
        self._waiting.pop(document, None)

    @Slot(object)
    def _on_filled(self, _size: object) -> None:
        run = self.sender()
        if not isinstance(run, Run) or not isinstance(run.subject, tuple):
            return
        document, loader = run.subject
        if document not in self._waiting:  # closed meanwhile
            loader.discard()
            return
        assert isinstance(document, Document)
        document.editor.adopt(loader)
        document.filled()
        document.editor.set_language(document.editor.language_for(document.path))
        waiting = self._waiting.pop(document)
        self.filled.emit(document)
        for then in waiting:
            then(document)

    @Slot(object, object)
    def _on_failed(self, error: BaseException, subject: object) -> None:
        assert isinstance(subject, tuple)
        document, loader = subject
        loader.discard()
        self.failed.emit(error, document.key)
