"""Who wrote what as git notes, on the person's word: said first, written, taken back.

Knows the project and the notice bar.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.bridge import Door
from app.notices import Notices, leave
from assistant.errors import sentence_of

if TYPE_CHECKING:
    from assistant.project import Project
    from assistant.repo.notes import NotesFacts

REF = "refs/notes/galley"


class Noting(QObject):
    """About the newest commit. Nothing but one ref is written."""

    told = Signal(str)
    failed = Signal(str)

    def __init__(self, door: Door, notices: Notices, parent: QObject) -> None:
        super().__init__(parent)
        self._door, self._notices = door, notices
        self._project: Project | None = None

    def use(self, project: Project | None) -> None:
        self._project = project

    @Slot()
    def ask(self) -> None:
        """Say what would be written, before it is."""
        if self._project is None:
            self.failed.emit("Open a folder first; notes are about its newest commit.")
            return
        run = self._door.ask(self._project.commits.notes_facts)
        run.answered.connect(self._on_facts)
        run.failed.connect(self._on_failed)

    @Slot(object)
    def _on_facts(self, facts: NotesFacts) -> None:
        undo = (("Take the last notes back", self._undo),) if facts.undoable else ()
        self._notices.show(
            "notes",
            f"Who wrote each line of commit {facts.commit[:7]} “{facts.subject}” goes into the ref "
            f"{REF}; nothing else is written, and nothing is sent anywhere.",
            "info",
            ("Write notes", partial(self._write, facts)),
            *undo,
            ("Leave it", leave),
        )

    def _write(self, facts: NotesFacts) -> None:
        if self._project is not None:
            run = self._door.ask(self._project.commits.write_notes, facts)
            run.answered.connect(self._on_written)
            run.failed.connect(self._on_failed)

    @Slot(object)
    def _on_written(self, facts: NotesFacts) -> None:
        count = len(facts.files)
        files = "1 file" if count == 1 else f"{count} files"
        self._notices.show(
            "notes",
            f"{REF} says who wrote {files} of commit {facts.commit[:7]}; "
            "git notes --ref=galley show reads it.",
            "info",
            ("Take it back", self._undo),
            ("Good", leave),
        )

    def _undo(self) -> None:
        if self._project is not None:
            run = self._door.ask(self._project.commits.undo_notes)
            run.answered.connect(self._on_undone)
            run.failed.connect(self._on_failed)

    @Slot(object)
    def _on_undone(self, _none: object) -> None:
        self.told.emit(f"The notes were taken back; {REF} is as it was before.")

    @Slot(object, object)
    def _on_failed(self, error: BaseException, _subject: object) -> None:
        self.failed.emit(sentence_of(error))
