"""Kept hunks become commits, and commits become undone.

Knows the review, the commit box and the project.

The files are saved first; then the background worker commits exactly the kept hunks. What else the
person typed stays in the work tree, what they staged stays staged.
"""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Signal, Slot

from app.bridge import Door, Run
from app.document import Document
from app.documents import Documents
from app.review import Review
from assistant.errors import sentence_of
from assistant.project import CommitJob, Project
from assistant.types import ChangeSet, FileAction, FileChange, Hunk, HunkState, Receipt
from widgets.commitbox import CommitBox, CommitFile, CommitHunk, CommitWish

SUBJECT = 72


class Commits(QObject):
    """One commit at a time; a failed one changes nothing and says why."""

    committed = Signal(object)  # Receipt
    undone = Signal(str)
    settled = Signal()  # git changed by our hand
    proposed = Signal()  # the commit box is filled
    repository_missing = Signal()
    failed = Signal(str)

    def __init__(self, door: Door, box: CommitBox, documents: Documents, review: Review) -> None:
        super().__init__(documents)
        self._door, self._box, self._documents, self._review = door, box, documents, review
        self._project: Project | None = None
        self._last: Receipt | None = None
        self._job: CommitJob | None = None
        self.repository = True
        """Whether the folder is under git, as the status said last."""
        self._unsaved: set[str] = set()
        self._listed: dict[int, tuple[str, int]] = {}
        """Number in the box to (prompt, hunk id): two runs may number alike."""
        box.commit_requested.connect(self._on_commit_requested)
        documents.saved.connect(self._on_saved)
        documents.failed.connect(self._on_save_failed)

    def use(self, project: Project | None) -> None:
        self._project = project
        self._last = None
        self._job = None

    @Slot()
    def propose(self) -> None:
        """Show what would be committed, with a message made from the instructions."""
        sets = self._review.kept()
        if not sets:
            self.failed.emit("No hunk is kept that is not committed yet.")
            return
        if not self.repository:
            self.repository_missing.emit()
            return
        self._box.show_changes(self._rows(sets), message_of(sets), ", ".join(self._review.models()))
        self.proposed.emit()

    def _rows(self, sets: tuple[ChangeSet, ...]) -> list[CommitFile]:
        self._listed.clear()
        files: dict[str, list[CommitHunk]] = {}
        for changes in sets:
            for change in changes.files:
                for hunk in change.hunks:
                    if hunk.state is HunkState.KEPT:
                        number = len(self._listed) + 1
                        self._listed[number] = (changes.id, hunk.id)
                        row = CommitHunk(number, _telling(hunk), len(hunk.new), len(hunk.old))
                        files.setdefault(str(change.base.path), []).append(row)
        return [CommitFile(path, tuple(rows)) for path, rows in files.items()]

    @Slot(object)
    def _on_commit_requested(self, wish: CommitWish) -> None:
        chosen = {self._listed[number] for _, number in wish.chosen if number in self._listed}
        sets = tuple(_only(changes, chosen) for changes in self._review.kept())
        self.commit(wish.message, sets, branch=wish.branch, amend=wish.amend)

    def commit(
        self,
        message: str,
        sets: tuple[ChangeSet, ...],
        *,
        branch: str = "",
        amend: bool = False,
    ) -> None:
        """Save the files of the kept hunks of ``sets``, then commit those hunks."""
        sets = tuple(changes for changes in sets if changes.files)
        if not sets or self._project is None or self._job is not None:
            return
        self._job = CommitJob(sets, message, self._review.models(), branch, amend)
        files = {str(change.base.path) for changes in sets for change in changes.files}
        open_files = [d for d in map(self._documents.get, files) if d is not None]
        self._unsaved = {d.key for d in open_files if d.modified}
        self._box.show_busy(True)
        for document in open_files:
            if document.modified:
                self._documents.save(document, "save before commit")
        self._go_on()

    @Slot(object)
    def _on_saved(self, document: Document) -> None:
        self._unsaved.discard(document.key)
        self._go_on()

    @Slot(str)
    def _on_save_failed(self, _sentence: str) -> None:
        if self._unsaved:
            self._unsaved.clear()
            self._job = None
            self._box.show_busy(False)
            self.failed.emit("Nothing was committed: a file could not be saved.")

    def _go_on(self) -> None:
        if self._job is not None and not self._unsaved and self._project is not None:
            job, self._job = self._job, None
            run = self._door.ask(self._project.commit, job, subject=job)
            run.answered.connect(self._on_committed)
            run.failed.connect(self._on_failed)

    @Slot(object)
    def _on_committed(self, receipt: Receipt) -> None:
        self._last = receipt
        run = self.sender()
        if isinstance(run, Run) and isinstance(run.subject, CommitJob):
            self._review.settle(run.subject.changes)
        self._box.show_busy(False)
        self._box.show_changes((), "")
        self.committed.emit(receipt)
        self.settled.emit()

    def create_repository(self) -> None:
        if self._project is not None:
            run = self._door.ask(self._project.create_repository)
            run.answered.connect(self._on_created)
            run.failed.connect(self._on_failed)

    @Slot(object)
    def _on_created(self, branch: object) -> None:
        self.repository = True
        self.undone.emit(f"This folder is under git now, on {branch}.")
        self.settled.emit()
        self.propose()

    @Slot()
    def undo(self) -> None:
        """Take the last commit back; the work tree stays as it is."""
        if self._last is None or self._project is None:
            self.failed.emit("There is no commit of this session to undo.")
            return
        run = self._door.ask(self._project.undo_commit, self._last)
        run.answered.connect(self._on_undone)
        run.failed.connect(self._on_failed)

    @Slot(object)
    def _on_undone(self, receipt: Receipt) -> None:
        last, self._last = self._last, None
        self._review.unsettle()
        if last is not None:
            self.undone.emit(
                f"commit {last.commit[:7]} undone; its changes are still in your files"
            )
        self.settled.emit()

    @Slot(object)
    def carry_out(self, change: FileChange) -> None:
        """A kept deletion or move of a file; History can bring it back."""
        if self._project is None:
            return
        if change.action is FileAction.DELETE:
            run = self._door.ask(self._project.delete, change.base.path)
        else:
            run = self._door.ask(self._project.rename, change.base.path, change.moved_to)
        run.answered.connect(self._on_carried_out)
        run.failed.connect(self._on_failed)

    @Slot(object)
    def _on_carried_out(self, _done: object) -> None:
        self.settled.emit()

    @Slot(object, object)
    def _on_failed(self, error: BaseException, _subject: object) -> None:
        self._box.show_busy(False)
        self._box.show_status(sentence_of(error), "error")
        self.failed.emit(sentence_of(error))


def message_of(sets: tuple[ChangeSet, ...]) -> str:
    """A commit message out of the instructions: the first one first, the others as a list."""
    titles = list(dict.fromkeys(changes.title.strip() for changes in sets if changes.title.strip()))
    if not titles:
        return "Apply reviewed edits"
    first = titles[0].split("\n")[0].rstrip(".")
    subject = first[:1].upper() + first[1:]
    if len(subject) > SUBJECT:
        subject = subject[: SUBJECT - 1].rsplit(" ", 1)[0] + "…"
    rest = "\n".join(f"- {title}" for title in titles[1:])
    whole = titles[0] if len(first) > SUBJECT or "\n" in titles[0] else ""
    body = "\n\n".join(part for part in (whole, rest) if part)
    return f"{subject}\n\n{body}" if body else subject


def _telling(hunk: Hunk) -> str:
    """The first line of a hunk that says something."""
    lines = [line.strip() for line in (*hunk.new, *hunk.old) if line.strip()]
    return lines[0] if lines else "blank lines"


def _only(changes: ChangeSet, chosen: set[tuple[str, int]]) -> ChangeSet:
    """The change set without the kept hunks that were not chosen."""
    files = []
    for change in changes.files:
        left_out = {
            hunk.id: HunkState.PENDING
            for hunk in change.hunks
            if hunk.state is HunkState.KEPT and (changes.id, hunk.id) not in chosen
        }
        narrowed = change.with_states(left_out)
        if any(hunk.state is HunkState.KEPT for hunk in narrowed.hunks):
            files.append(narrowed)
    return replace(changes, files=tuple(files))
