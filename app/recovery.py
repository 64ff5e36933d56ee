"""Unsaved text and undecided hunks outlive the program.

Knows documents, review and the journal's answers.

Written at most 1 s after a change and at the latest 2 s after it, off the Qt thread, so a kill -9
costs two seconds of typing. Of a large text only what is new in it is copied. What was recovered is
shown as unsaved text and pending hunks, never written by itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.bridge import Door
from app.document import Document
from app.documents import Documents
from app.lane import Lane
from app.proposals import OPEN, Proposal
from app.review import Review
from app.writers import author_of
from assistant.errors import sentence_of
from assistant.types import ChangeSet, FileChange, HunkState

if TYPE_CHECKING:
    from assistant.answers import Left, Unsaved
    from assistant.project import Project
    from assistant.repo.journal import SavedBuffer

PAUSE_S = 1.0
LONGEST_S = 2.0


class Recovery(QObject):
    """Journals what would be lost, and brings it back."""

    told = Signal(str)
    failed = Signal(str)
    recovered = Signal(object)  # Left
    untold = Signal(object)  # verdicts that no model was told: tuples of words and path

    def __init__(self, door: Door, documents: Documents, review: Review) -> None:
        super().__init__(documents)
        self._documents, self._review = documents, review
        self.lane = Lane(door, self)
        """Everything that touches the journal: a later write never overtakes an earlier one."""
        self.lane.failed.connect(self._on_failed)
        self._project: Project | None = None
        self._dirty: dict[str, float] = {}
        self._proposed = 0.0
        self._returning: set[str] = set()
        """What the journal has and the buffer has not yet; it must not be dropped as undone."""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.write)
        documents.edited.connect(self._on_edited)
        documents.saved.connect(self._on_saved)
        documents.closed.connect(self._on_closed)
        documents.renamed.connect(self._on_renamed)
        review.counted.connect(self._on_counted)

    def use(self, project: Project | None) -> None:
        """Another project: what it left behind is asked for."""
        self.write()
        self._project = project
        if project is not None:
            self.lane.ask(project.left, then=self._on_left)

    # -- writing -------------------------------------------------------------------------------

    @Slot(object)
    def _on_edited(self, document: Document) -> None:
        self._dirty.setdefault(document.key, time.monotonic())
        self._plan()

    @Slot(object)
    def _on_counted(self, _count: object) -> None:
        self._proposed = self._proposed or time.monotonic()
        self._plan()

    def _plan(self) -> None:
        first = min([*self._dirty.values(), *([self._proposed] if self._proposed else [])])
        wait = min(PAUSE_S, max(0.0, first + LONGEST_S - time.monotonic()))
        self._timer.start(round(wait * 1000))

    @Slot()
    def write(self) -> None:
        """Journal everything that changed since the last time, now."""
        project = self._project
        dirty, self._dirty = self._dirty, {}
        proposed, self._proposed = self._proposed, 0.0
        self._timer.stop()
        if project is None:
            return
        for key in dirty:
            document = self._documents.get(key)
            if document is None or key in self._returning:
                continue
            if not document.modified:  # undone to what the file says: nothing would be lost
                self.lane.ask(project.drop_buffer, document.path)
            elif document.pieces is not None:
                told = (document.disk_text, document.pieces.parts(), document.disk_hash)
                self.lane.ask(project.keep_pieces, document.path, *told)
            else:
                text, authors = document.editor.text(), document.editor.authors
                who = (authors.passages(text), authors.steps())
                self.lane.ask(project.keep_buffer, document.path, text, document.disk_hash, *who)
        if proposed:
            runs = {p.prompt: p.author.run for p in self._review.proposals()}
            self.lane.ask(project.keep_proposals, self._open_proposals(), runs)

    def _open_proposals(self) -> tuple[ChangeSet, ...]:
        """One change set for each prompt, with all its files that wait."""
        waiting: dict[str, ChangeSet] = {}
        for proposal in self._review.proposals():
            change = self._review.present(proposal)
            undecided = any(hunk.state in OPEN for hunk in change.hunks)
            kept = {h.id for h in change.hunks if h.state is HunkState.KEPT}
            if undecided or kept - proposal.committed:
                known = waiting.setdefault(
                    proposal.prompt, ChangeSet(proposal.prompt, proposal.title)
                )
                waiting[proposal.prompt] = replace(known, files=(*known.files, change))
        return tuple(waiting.values())

    @Slot(object)
    def _on_saved(self, document: Document) -> None:
        if not document.modified:
            self._drop(document.path)
        elif document.pieces is not None:  # they are of what was saved now
            self._on_edited(document)

    @Slot(object)
    def _on_closed(self, path: object) -> None:
        self._drop(path)

    @Slot(object, object)
    def _on_renamed(self, path: object, document: Document) -> None:
        """It is journaled under its new name, where it is unsaved still."""
        self._drop(path)
        self._proposed = self._proposed or time.monotonic()
        if document.modified:
            self._dirty.setdefault(document.key, time.monotonic())
        self._plan()

    def _drop(self, path: object) -> None:
        self._dirty.pop(str(path), None)
        if self._project is not None:
            self.lane.ask(self._project.drop_buffer, path)

    # -- bringing back -------------------------------------------------------------------------

    @Slot(object)
    def _on_left(self, left: Left) -> None:
        for buffer in left.buffers:
            self._returning.add(str(buffer.path))
            then = partial(self._restore, buffer)
            self._documents.open(buffer.path, show=False, then=then)
        for changes in left.proposals:
            for change in changes.files:
                self._bring_back(changes, change, left)
        if left.verdicts:
            self.untold.emit(left.verdicts)
        if left.buffers or left.proposals:
            self.recovered.emit(left)

    def _restore(self, buffer: SavedBuffer, document: Document) -> None:
        """Put unsaved text back over what the disk says, as one undo step."""
        if buffer.pieces and document.disk_hash != buffer.base_hash and self._project is not None:
            self.lane.ask(self._project.unsaved, buffer.path, then=self._on_unsaved)
            return
        self._returning.discard(document.key)
        if buffer.pieces:
            document.take_pieces(buffer.pieces)
        else:
            document.take(buffer.text)

    @Slot(object)
    def _on_unsaved(self, unsaved: Unsaved) -> None:
        """The file is another one than the pieces were taken from."""
        self._returning.discard(str(unsaved.path))
        if (document := self._documents.get(unsaved.path)) is not None:
            document.take(unsaved.text)

    def _bring_back(self, changes: ChangeSet, change: FileChange, left: Left) -> None:
        """One file of a proposal: what waits, and what was kept and is in no commit."""
        pending = [h for h in change.hunks if h.state in OPEN]
        kept = any(h.state is HunkState.KEPT for h in change.hunks)
        run = left.runs.get(changes.id, "")
        note = left.notes.get(run)
        model = note.model if note is not None else ""
        author = author_of(model, run)
        waiting = change.with_states(
            {h.id: HunkState.PENDING for h in pending if h.state is HunkState.STREAMING}
        )
        words = (f"again-{changes.id}", changes.title, model, waiting, author)
        show = partial(self._review.show, *words)
        if kept:
            show = partial(self._review.bring_back, Proposal(*words))
        path = change.base.path
        if kept and any(buffer.path == path for buffer in left.buffers):
            self._documents.open(path, show=False, then=_Then(show))  # in the text they are kept in
        elif pending or kept:
            show()
            if pending:
                self._documents.open(path, show=False)

    @Slot(object, object)
    def _on_failed(self, error: BaseException, _subject: object) -> None:
        self.failed.emit(f"Unsaved work could not be journaled. {sentence_of(error)}")


class _Then:
    """Shows a proposal once its document says what it said."""

    def __init__(self, show: Callable[[], None]) -> None:
        self._show = show

    def __call__(self, _document: Document) -> None:
        self._show()
