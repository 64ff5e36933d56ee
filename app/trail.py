"""Where the person has been: places to go back to and forward again. Knows open files."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import NamedTuple

from PySide6.QtCore import QObject, Slot

from app.document import Document
from app.documents import Documents
from assistant.types import LineSpan

FAR = 10
"""Lines; a caret that moves less far has not gone anywhere."""
MOST = 100


class Place(NamedTuple):
    key: str
    line: int

    def near(self, other: Place) -> bool:
        return self.key == other.key and abs(self.line - other.line) <= FAR


class Trail(QObject):
    """A jump leaves a mark at where it began; typing and reading on do not."""

    def __init__(self, documents: Documents) -> None:
        super().__init__(documents)
        self._documents = documents
        self._here: Place | None = None
        self._behind: list[Place] = []
        self._ahead: list[Place] = []
        documents.opened.connect(self._on_opened)
        documents.activated.connect(self._on_activated)

    def back(self) -> None:
        self._go(self._behind, self._ahead)

    def forward(self) -> None:
        self._go(self._ahead, self._behind)

    def clear(self) -> None:
        """Another project."""
        self._here = None
        self._behind.clear()
        self._ahead.clear()

    def _go(self, come_from: list[Place], leave_on: list[Place]) -> None:
        if not come_from:
            return
        target = come_from.pop()
        if self._here is not None:
            leave_on.append(self._here)
        self._here = target
        span = LineSpan(target.line, target.line)
        self._documents.open(PurePosixPath(target.key), span)

    @Slot(object)
    def _on_opened(self, document: Document) -> None:
        document.editor.caret_moved.connect(self._on_caret_moved)

    @Slot(object)
    def _on_activated(self, document: Document | None) -> None:
        if document is not None:
            self._at(Place(document.key, document.editor.caret()[0]))

    @Slot(int, int)
    def _on_caret_moved(self, line: int, _column: int) -> None:
        document = self._documents.current()
        if document is not None and document.editor is self.sender():
            self._at(Place(document.key, line))

    def _at(self, place: Place) -> None:
        if self._here is not None and not self._here.near(place):
            self._behind.append(self._here)
            self._ahead.clear()
            del self._behind[:-MOST]
        self._here = place
