"""Who wrote what in the open files: asked of the journal when a file opens, kept with it.

Knows documents and the journal's answers; shows nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.bridge import Door, Run
from app.document import Document
from app.documents import Documents
from app.lane import Lane
from app.reach import BUILTIN
from assistant.errors import sentence_of
from assistant.types import Author, By

if TYPE_CHECKING:
    from assistant.project import Project
    from assistant.provenance import Writers as Known
    from assistant.repo.codec import TextFile
    from assistant.repo.runs import RunNote


def author_of(model: str, run: str) -> Author:
    """Who is behind a run: a model, or the tools that edit without one."""
    return Author(By.FORMATTER if model == BUILTIN else By.MODEL, model, run)


class Writers(QObject):
    """Fills :class:`widgets.editor.authors.Authors` of each document. ``lane`` is the journal's."""

    failed = Signal(str)
    known = Signal(object)  # Document: who wrote its text is known now

    def __init__(self, door: Door, documents: Documents, lane: Lane) -> None:
        super().__init__(documents)
        self._door, self._documents, self._lane = door, documents, lane
        self._project: Project | None = None
        self.during: Callable[[], str] = str
        """The command that runs in the terminal, or just did; set by whoever has one."""
        documents.opened.connect(self._on_opened)
        documents.followed.connect(self._on_followed)
        documents.changed_outside.connect(self._on_changed_outside)

    def use(self, project: Project | None) -> None:
        self._project = project

    def note(self, note: RunNote) -> None:
        """Remember a run that ended."""
        if self._project is not None:
            self._lane.ask(self._project.provenance.note_run, note)

    @Slot(object)
    def _on_opened(self, document: Document) -> None:
        if not self._documents.awaits_text(document):  # it is followed once it has one
            self.ask(document)

    def ask(self, document: Document) -> None:
        """Who wrote the text that stands in ``document``, as far as the journal knows; a large one
        is not compared with what it was.
        """
        if self._project is not None and not document.large:
            question = self._project.provenance.writers
            saved = document.disk_text
            text = document.editor.text() if document.modified else saved
            asked = (document, document.editor.version)
            run = self._door.ask(question, document.path, text, saved, subject=asked)
            run.answered.connect(self._on_known)
            run.failed.connect(self._on_failed)

    @Slot()
    def ask_again(self) -> None:
        """Of all that stands as it is on disk: a command that wrote it is known by now."""
        for document in self._documents.all():
            if not document.large and _as_on_disk(document):
                self.ask(document)

    @Slot(object)
    def _on_known(self, known: Known) -> None:
        run = self.sender()
        document = self._documents.get(known.path)
        if document is None or not isinstance(run, Run):
            return
        if run.subject != (document, document.editor.version):  # typed, or filled, meanwhile
            self.ask(document)
            return
        document.editor.authors.load(known.passages, known.steps, document.disk_text)
        self.known.emit(document)

    @Slot(object)
    def _on_followed(self, document: Document) -> None:
        """A restore brings writers back; another program is told apart from them by the journal."""
        if not document.large and _as_on_disk(document):
            self.ask(document)

    @Slot(object, str, object)
    def _on_changed_outside(self, path: PurePosixPath, before: str, like: TextFile) -> None:
        if self._project is not None:
            why = "changed outside"
            if line := self.during():
                why = f"{why}, about when “{line}” ran in the terminal"
            self._lane.ask(self._project.rewind.note_outside, path, before, like, why)

    @Slot(object, object)
    def _on_failed(self, error: BaseException, _key: object) -> None:
        self.failed.emit(f"Who wrote this file is not known. {sentence_of(error)}")


def _as_on_disk(document: Document) -> bool:
    """Without a copy of its whole text where nothing was typed."""
    return not document.modified or document.editor.text() == document.disk_text
