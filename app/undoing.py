"""The way back from a commit, and what a kept hunk does to a whole file.

Knows the project and the notice bar; what was pushed asks first.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.bridge import Door, Run
from app.notices import Notices
from app.proposals import Proposal
from app.review import Review
from app.writers import author_of
from assistant.errors import CommitFailed, NeedsConfirmation, sentence_of
from assistant.types import PROTECTED, ChangeSet, FileAction, FileChange, HunkState, Receipt

if TYPE_CHECKING:
    from assistant.project import Project


class Undoing(QObject):
    """Takes back the newest commit of Galley's, as often as there is one."""

    undone = Signal(object)  # Receipt, of the commit that was
    hunks_back = Signal(object)  # Receipt
    """Those of a commit of an earlier run of the program are kept again."""
    carried_out = Signal()
    failed = Signal(str)

    def __init__(self, door: Door, notices: Notices, review: Review, parent: QObject) -> None:
        super().__init__(parent)
        self._door, self._notices, self._review = door, notices, review
        self._project: Project | None = None

    def use(self, project: Project | None) -> None:
        self._project = project

    @Slot()
    def undo(self) -> None:
        """Take the last commit back, also one of an earlier run; the work tree stays as it is."""
        if self._project is not None:
            run = self._door.ask(self._project.commits.last)
            run.answered.connect(self._on_last)
            run.failed.connect(self._on_failed)

    @Slot(object)
    def _on_last(self, receipt: Receipt | None) -> None:
        if receipt is None:
            self.failed.emit("There is no commit of Galley's to undo where the branch is now.")
        else:
            self._undo(receipt, frozenset())

    def _undo(self, receipt: Receipt, allowed: frozenset[str]) -> None:
        if self._project is not None:
            run = self._door.ask(self._project.commits.undo, receipt, allowed, subject=receipt)
            run.answered.connect(self._on_undone)
            run.failed.connect(self._on_undo_failed)

    @Slot(object)
    def _on_undone(self, _now: object) -> None:
        run = self.sender()
        if isinstance(run, Run):
            self.undone.emit(run.subject)

    def bring_back(self, receipt: Receipt) -> None:
        """The hunks of an undone commit that this window did not make."""
        if self._project is not None:
            run = self._door.ask(self._project.commits.hunks_of, receipt, subject=receipt)
            run.answered.connect(self._on_hunks)
            run.failed.connect(self._on_failed)

    @Slot(object)
    def _on_hunks(self, found: tuple[tuple[ChangeSet, ...], str]) -> None:
        run = self.sender()
        receipt = run.subject if isinstance(run, Run) else None
        if not isinstance(receipt, Receipt):
            return
        name = receipt.commit[:7]
        sets, model = found
        for changes in sets:
            for whole in changes.files:
                kept = tuple(h for h in whole.hunks if h.state is HunkState.KEPT)
                change = replace(whole, hunks=kept)
                author = author_of(model, "")
                prompt = f"undone-{name}-{changes.id}"
                again = Proposal(prompt, changes.title, model, change, author)
                # what waited beside them came back with them, and was seen in git meanwhile
                self._review.bring_back(again, f"again-{changes.id}")
        self.hunks_back.emit(receipt)

    @Slot(object, object)
    def _on_undo_failed(self, error: BaseException, receipt: Receipt) -> None:
        ways = error.ways if isinstance(error, CommitFailed) else ()
        actions = [(w.title, partial(self._undo, receipt, frozenset({w.key}))) for w in ways]
        if actions:
            self._notices.show("undo", sentence_of(error), "warning", *actions)
        else:
            self.failed.emit(sentence_of(error))

    @Slot(object)
    def carry_out(self, change: FileChange) -> None:
        """A kept deletion or move of a file; History can bring it back."""
        confirmed = any(PROTECTED in hunk.flags for hunk in change.hunks)  # or it would not be here
        self._carry_out(change, confirmed)

    def _carry_out(self, change: FileChange, confirmed: bool) -> None:
        if self._project is None:
            return
        old, new = change.base.path, change.moved_to
        if change.action is FileAction.DELETE:
            run = self._door.ask(self._project.delete, old, confirmed, subject=change)
        else:
            run = self._door.ask(self._project.rename, old, new, confirmed, subject=change)
        run.answered.connect(self._on_carried_out)
        run.failed.connect(self._on_not_carried_out)

    @Slot(object)
    def _on_carried_out(self, _done: object) -> None:
        self.carried_out.emit()

    @Slot(object, object)
    def _on_not_carried_out(self, error: BaseException, change: FileChange) -> None:
        """A file without a hunk that gets a protected name is asked about by itself."""
        if isinstance(error, NeedsConfirmation):
            self._notices.protected_name(error, partial(self._carry_out, change, True))
        else:
            self.failed.emit(sentence_of(error))

    @Slot(object, object)
    def _on_failed(self, error: BaseException, _subject: object) -> None:
        self.failed.emit(sentence_of(error))
