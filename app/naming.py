"""Saving under a name: a text that has no file yet, or any file once more elsewhere.

Knows documents, the box that asks, and the project's judgement of a name.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.bridge import Door
from app.document import Document
from app.documents import Documents
from assistant.answers import NameJudged, SaveJob, Written
from assistant.errors import sentence_of
from widgets.savebox import SaveBox, Verdict

if TYPE_CHECKING:
    from assistant.project import Project


class Naming(QObject):
    """One document at a time; Esc leaves everything as it was."""

    told = Signal(str)
    failed = Signal(str)

    def __init__(self, door: Door, box: SaveBox, documents: Documents) -> None:
        super().__init__(box)
        self._door, self._box, self._documents = door, box, documents
        self._project: Project | None = None
        self._document: Document | None = None
        self._judged: NameJudged | None = None
        box.name_changed.connect(self._on_name_changed)
        box.save_requested.connect(self._on_save_requested)
        box.dismissed.connect(self._on_dismissed)
        documents.name_requested.connect(self.ask)
        documents.closed.connect(self._on_closed)

    def use(self, project: Project | None) -> None:
        self._project = project
        self._box.hide()

    @Slot(object)
    def ask(self, document: Document) -> None:
        """Show the box for ``document``, with a name to begin with."""
        if self._project is None or document.saving:
            return
        if document.diff.counts().streaming:
            self.told.emit("A model is writing here; save it when it has finished.")
            return
        self._document, self._judged = document, None
        folders = {str(PurePosixPath(path).parent) for path in self._project.known_files()}
        self._box.set_folders(sorted(folders - {"."}))
        self._box.ask(_suggested(document) if document.untitled else document.key)

    @Slot(str)
    def _on_name_changed(self, text: str) -> None:
        self._judged = None
        if self._project is not None and text.strip():
            run = self._door.ask(self._project.judge_name, text)
            run.answered.connect(self._on_judged)
            run.failed.connect(self._on_failed)

    @Slot(object)
    def _on_judged(self, judged: NameJudged) -> None:
        if judged.text != self._box.text() or self._document is None:
            return
        self._judged = judged
        if judged.kind != "refused" and judged.path == self._document.path:
            verdict = Verdict("refused", f"{judged.path} is this file; Ctrl+S saves it.")
        elif judged.kind != "refused" and self._held(judged.path):
            name = judged.path
            verdict = Verdict(
                "refused", f"{name} is open with unsaved text. Save or close it first."
            )
        else:
            verdict = Verdict(judged.kind, judged.words)
        self._box.show_verdict(verdict)

    def _held(self, path: PurePosixPath) -> bool:
        other = self._documents.get(path)
        return other is not None and not other.idle()

    @Slot(bool)
    def _on_save_requested(self, confirmed: bool) -> None:
        document, judged = self._document, self._judged
        if document is None or judged is None or self._project is None:
            return
        self._box.hide()
        snapshot, authors = document.begin_save(), document.editor.authors
        told = document.untitled and not judged.content_hash
        job = SaveJob(
            replace(snapshot, path=judged.path),
            document.like,
            judged.content_hash or None,
            "save as",
            confirmed and judged.kind == "protected",
            "",
            authors.steps() if told else (),
            authors.passages(),
        )
        run = self._door.ask(self._project.save, job, subject=document)
        run.answered.connect(self._on_written)
        run.failed.connect(self._on_refused)

    @Slot(object)
    def _on_written(self, written: Written) -> None:
        document = self._document
        if document is None:
            return
        self._document = None
        other = self._documents.get(written.path)
        if other is not None and other is not document:
            self._documents.close(other)
        self._documents.rename(document, written)
        self.told.emit(f"Saved as {written.path}.")

    @Slot(object, object)
    def _on_refused(self, error: BaseException, document: object) -> None:
        """Nothing was written: the name can be changed, or tried again."""
        assert isinstance(document, Document)
        document.not_saved()
        self.failed.emit(sentence_of(error))

    @Slot(object, object)
    def _on_failed(self, error: BaseException, _subject: object) -> None:
        self.failed.emit(sentence_of(error))

    @Slot()
    def _on_dismissed(self) -> None:
        self._document = None
        if (front := self._documents.current()) is not None:
            front.editor.setFocus()

    @Slot(object)
    def _on_closed(self, path: PurePosixPath) -> None:
        if self._document is not None and self._document.path == path:
            self._document = None
            self._box.hide()


def _suggested(document: Document) -> str:
    """A name whose end says the language of the text."""
    from widgets.editor.languages import languages

    patterns = languages()[document.editor.language.name].patterns
    ends = [p[1:] for p in patterns if p.startswith("*.") and p[2:].isalnum()]
    return f"untitled{ends[0] if ends else '.txt'}"
