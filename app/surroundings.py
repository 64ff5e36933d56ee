"""What the person has around: open tabs, the lines edited last, what the checks found.

Tells it as one value, soon after it changed; knows nothing of what it is for.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.document import Document
from app.documents import Documents
from assistant.events import CheckFinished, Event
from assistant.types import Around, LineSpan, Problem

if TYPE_CHECKING:
    from assistant.project import Project

_SOON_MS = 200
_EDITS = 12
"""Places; older edits are forgotten."""
_NEAR = 8
"""Lines between edits that are one place."""
_PLACE = re.compile(r"(?P<path>[^:\n]+):(?:\s*line)?\s*(?P<line>\d+):?\s+(?P<message>.+)")


class Surroundings(QObject):
    """Follows the documents of a window and hears the checks of its project."""

    changed = Signal(object)  # Around

    def __init__(self, documents: Documents) -> None:
        super().__init__(documents)
        self._documents = documents
        self._edited: list[tuple[PurePosixPath, LineSpan]] = []
        self._found: dict[str, tuple[Problem, ...]] = {}
        self._told = Around()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SOON_MS)
        self._soon.timeout.connect(self.tell)
        documents.opened.connect(self._on_tabs)
        documents.closed.connect(self._on_tabs)
        documents.edited.connect(self._on_edited)

    def use(self, project: Project | None) -> None:
        """Another project, or none: nothing is around yet."""
        self._edited, self._found = [], {}
        self._told = Around()

    def now(self) -> Around:
        """What is around at this moment."""
        tabs = tuple(document.path for document in self._documents.all())
        problems = tuple(problem for found in self._found.values() for problem in found)
        return Around(tabs, tuple(self._edited), problems)

    @Slot()
    def tell(self) -> None:
        """Say it when it is not what was said last."""
        self._soon.stop()
        around = self.now()
        if around != self._told:
            self._told = around
            self.changed.emit(around)

    @Slot(list)
    def hear(self, events: list[Event]) -> None:
        """The last word of each tool counts."""
        for event in events:
            if isinstance(event, CheckFinished):
                said = (_problem(detail) for detail in event.details)
                self._found[event.tool] = tuple(problem for problem in said if problem is not None)
                self._soon.start()

    @Slot(object)
    def _on_tabs(self, _document: object) -> None:
        self._soon.start()

    @Slot(object)
    def _on_edited(self, document: Document) -> None:
        line = document.editor.caret()[0]
        span = LineSpan(line, line + 1)
        rest = []
        for path, known in self._edited:
            if path == document.path and known.start - _NEAR <= line < known.end + _NEAR:
                span = LineSpan(min(span.start, known.start), max(span.end, known.end))
            else:
                rest.append((path, known))
        self._edited = [(document.path, span), *rest][:_EDITS]
        self._soon.start()


def _problem(detail: str) -> Problem | None:
    """A line of a check's report that names a line of a file; others say nothing about a place."""
    match = _PLACE.match(detail)
    if match is None:
        return None
    line = max(0, int(match["line"]) - 1)
    return Problem(PurePosixPath(match["path"]), line, match["message"].strip())
