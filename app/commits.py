"""Kept hunks become commits, and commits become undone.

Knows the review, the commit box and the project.

The files are saved first; then the queue in the background commits exactly the kept hunks, one
commit after the other, while the person goes on. What else they typed stays in the work tree, what
they staged stays staged.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.bridge import Door, Run
from app.commitwords import done_words, ground_of, message_of, rows_of, ways_of
from app.document import Document
from app.documents import Documents
from app.lane import Lane
from app.notices import Notices
from app.review import Review
from app.undoing import Undoing
from assistant.errors import CommitFailed, GalleyError, sentence_of
from assistant.events import CommitNews, Event, JobState
from assistant.types import ChangeSet, HunkState, Receipt
from widgets.commitbox import CommitBox, CommitWish
from widgets.commitjobs import CommitRow
from widgets.commitoptions import CommitGround

if TYPE_CHECKING:
    from assistant.committing import Choices, CommitFacts, CommitJob
    from assistant.project import Project

SHOWN = 6
"""Commits that are over stay listed until there are more."""
MOST_OUTPUT = 20_000
OVER = (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


@dataclass(eq=False)
class Queued:
    """One commit as the window follows it. ``ticket`` is its number in the queue, 0 before it is
    there; a retry gets a new one.
    """

    row: CommitRow
    job: CommitJob
    unsaved: set[str] = field(default_factory=set)
    ticket: int = 0
    receipt: Receipt | None = None

    @property
    def id(self) -> int:
        return self.row.id


class Commits(QObject):
    """Several may wait; a failed one changes nothing and says why and what can be done."""

    committed = Signal(object)  # Receipt
    told = Signal(str)
    settled = Signal()  # git changed by our hand
    hooked = Signal()  # hooks may have run, and what they changed is booked
    proposed = Signal()  # the commit box is filled
    failed = Signal(str)

    def __init__(
        self,
        door: Door,
        box: CommitBox,
        documents: Documents,
        review: Review,
        notices: Notices,
    ) -> None:
        super().__init__(documents)
        self._door, self._box, self._documents, self._review = door, box, documents, review
        self._notices = notices
        self._lane = Lane(door, self)  # facts of before a choice never come after it
        self._lane.failed.connect(self._on_failed)
        self.undoing = Undoing(door, notices, review, self)
        self._project: Project | None = None
        self._facts: CommitFacts | None = None
        self._numbers = count(1)
        self._queued: list[Queued] = []
        self.repository = True
        """Whether the folder is under git, as the status said last."""
        self._known: dict[tuple[str, int], int] = {}
        """(prompt, hunk id) to the number in the box: two runs may number alike."""
        box.commit_requested.connect(self._on_commit_requested)
        box.options.chosen.connect(self._on_chosen)
        box.options.author_given.connect(self._on_author_given)
        box.jobs.action_requested.connect(self._on_action)
        self.undoing.undone.connect(self._on_undone)
        self.undoing.failed.connect(self.failed)
        self.undoing.hunks_back.connect(self._tell_undone)
        review.kept_changed.connect(self._on_kept_changed)
        documents.saved.connect(self._on_saved)
        documents.failed.connect(self._on_save_failed)

    def use(self, project: Project | None) -> None:
        """Another folder: the commits of this one come to their end in the background."""
        if self._project is not None:
            self._door.open(self._project.commits.end())
        self._project, self._facts = project, None
        self.undoing.use(project)
        self._known.clear()
        self._queued.clear()
        self._show()
        self._box.clear()
        self._box.options.show_ground(CommitGround())
        if project is not None:
            news = self._door.open(project.commits.news())
            news.subject = project
            news.events.connect(self._on_news)
            self.refresh()

    # -- the page --------------------------------------------------------------------------------

    @Slot()
    def refresh(self) -> None:
        """Ask what is true now: who commits, which hooks there are, what is signed."""
        if self._project is not None:
            self._lane.ask(self._project.commits.facts, then=self._on_facts)

    @Slot(object)
    def _on_facts(self, facts: CommitFacts | None) -> None:
        self._facts = facts
        self._box.options.show_ground(ground_of(facts))

    @Slot()
    def fill(self) -> None:
        """Show what would be committed, and what is true now."""
        self._list()
        self.refresh()

    @Slot()
    def _on_kept_changed(self) -> None:
        if self._box.isVisible():
            self._list()

    def _list(self) -> None:
        """The kept hunks, with a message made from the instructions."""
        sets = self._review.kept()
        models = ", ".join(self._review.models(sets))
        files = rows_of(sets, self._known)
        self._box.show_changes(files, message_of(sets) if sets else "", models)

    @Slot(str)
    def on_page_shown(self, page: str) -> None:
        if page == "commit":
            self.fill()

    @Slot()
    def propose(self) -> None:
        """The commit page, when there is something to commit."""
        if not self._review.kept():
            self.failed.emit("No hunk is kept that is not committed yet.")
        elif not self.repository:
            self._ask_for_repository()
        else:
            self.fill()
            self.proposed.emit()

    @Slot(bool, bool)
    def _on_chosen(self, hooks: bool, notes: bool) -> None:
        from assistant.committing import Choices

        known = self._facts.choices if self._facts is not None else Choices()
        self._choose(replace(known, hooks=hooks, notes=notes))

    @Slot(str, str)
    def _on_author_given(self, name: str, email: str) -> None:
        from assistant.committing import Choices, Identity

        known = self._facts.choices if self._facts is not None else Choices()
        self._choose(replace(known, author=Identity(name, email)))

    def _choose(self, chosen: Choices) -> None:
        if self._project is not None:
            self._lane.ask(self._project.commits.choose, chosen, then=self._on_facts)

    # -- committing ------------------------------------------------------------------------------

    @Slot(object)
    def _on_commit_requested(self, wish: CommitWish) -> None:
        sets = self.chosen(wish)
        if self._project is None or not (sets or wish.amend):
            return
        from assistant.committing import CommitJob

        job = CommitJob(
            sets,
            wish.message,
            self._review.models(sets),
            wish.branch,
            wish.amend,
            wish.hooks,
            wish.notes,
            self._facts.head if self._facts is not None else None,
            open=tuple(document.path for document in self._documents.all()),
        )
        title = wish.message.partition("\n")[0]
        queued = Queued(CommitRow(next(self._numbers), title, JobState.WAITING), job)
        self._queued.insert(0, queued)
        self._box.clear()
        self._begin(queued)
        self._list()

    def chosen(self, wish: CommitWish | None = None) -> tuple[ChangeSet, ...]:
        """The kept hunks that are ticked in the box."""
        numbers = {number for _, number in (wish or self._box.wish()).chosen}
        hunks = {hunk for hunk, number in self._known.items() if number in numbers}
        sets = (_only(changes, hunks) for changes in self._review.kept())
        return tuple(changes for changes in sets if changes.files)

    def _begin(self, queued: Queued) -> None:
        """Save the files of the kept hunks, then put the commit into the queue."""
        sets = queued.job.changes
        self._review.settle(queued.id, sets)
        files = {str(change.base.path) for changes in sets for change in changes.files}
        documents = [d for d in map(self._documents.get, files) if d is not None and d.modified]
        queued.unsaved = {document.key for document in documents}
        queued.ticket, queued.receipt = 0, None
        self._tell(queued, JobState.WAITING, "saving" if documents else "")
        for document in documents:
            self._documents.save(document, "save before commit")
        self._submit(queued)

    def _submit(self, queued: Queued) -> None:
        waits = queued.row.state is JobState.WAITING and not queued.ticket
        if waits and not queued.unsaved and self._project is not None:
            queued.ticket = next(self._numbers)
            commits = self._project.commits
            self._door.call(partial(commits.queue.submit, queued.ticket, commits.work(queued.job)))

    @Slot(object)
    def _on_saved(self, document: Document) -> None:
        for queued in list(self._queued):
            queued.unsaved.discard(document.key)
            self._submit(queued)

    @Slot(str)
    def _on_save_failed(self, _sentence: str) -> None:
        for queued in [one for one in self._queued if one.unsaved]:
            queued.unsaved.clear()
            self._over(queued, CommitFailed("Nothing was committed: a file could not be saved."))

    @Slot(list)
    def _on_news(self, events: list[Event]) -> None:
        run = self.sender()
        if isinstance(run, Run) and run.subject is not self._project:
            return  # of a folder that was left
        for event in events:
            if isinstance(event, CommitNews):
                self._hear(event)

    def _hear(self, news: CommitNews) -> None:
        queued = next((one for one in self._queued if one.ticket == news.id), None)
        if queued is None:
            return
        if news.words:
            output = (queued.row.output + news.words)[-MOST_OUTPUT:]
            queued.row = replace(queued.row, output=output)
        if news.receipt is not None:
            self._on_committed(queued, news.receipt)
        elif news.error is not None:
            self._over(queued, news.error, news.state)
        else:
            self._tell(queued, news.state, news.step or queued.row.words)
        if queued.job.hooks and news.state in OVER:
            self.hooked.emit()

    def _on_committed(self, queued: Queued, receipt: Receipt) -> None:
        queued.receipt = receipt
        self._tell(queued, JobState.DONE, done_words(receipt))
        self.committed.emit(receipt)
        self.settled.emit()
        self.refresh()

    def _over(self, queued: Queued, error: GalleyError, state: JobState = JobState.FAILED) -> None:
        """Nothing was committed: the hunks are kept and can go into another commit."""
        self._review.unsettle(queued.id)
        ways = ways_of(error, state)
        queued.row = replace(queued.row, actions=ways)
        self._tell(queued, state, sentence_of(error))
        if state is JobState.FAILED:
            self.failed.emit(sentence_of(error))
        self._list()

    # -- the rows --------------------------------------------------------------------------------

    def _tell(self, queued: Queued, state: JobState, words: str) -> None:
        actions = queued.row.actions if state in (JobState.FAILED, JobState.CANCELLED) else ()
        if state in (JobState.WAITING, JobState.RUNNING):
            actions = (("cancel", "Cancel"),)
        queued.row = replace(queued.row, state=state, words=words, actions=actions)
        self._show()

    def _show(self) -> None:
        over = [one for one in self._queued if one.row.state in OVER]
        for old in over[SHOWN:]:
            self._queued.remove(old)
        done = [one for one in self._queued if one.receipt is not None]
        for one in done:
            undo = (("undo", "Undo"),) if one is done[0] else ()
            one.row = replace(one.row, actions=undo)
        self._box.jobs.show_rows([one.row for one in self._queued])

    @Slot(int, str)
    def _on_action(self, id: int, key: str) -> None:
        queued = next((one for one in self._queued if one.id == id), None)
        if queued is None or self._project is None:
            return
        if key == "cancel" and queued.ticket:
            self._door.call(partial(self._project.commits.queue.cancel, queued.ticket))
        elif key == "cancel":
            queued.unsaved.clear()
            error = CommitFailed("The commit was cancelled; nothing was changed.")
            self._over(queued, error, JobState.CANCELLED)
        elif key == "undo":
            self.undoing.undo()
        elif key == "dismiss":
            self._queued.remove(queued)
            self._show()
        else:
            agreed = queued.job.allowed | ({key} if key != "retry" else set())
            queued.job = replace(queued.job, allowed=agreed)
            queued.row = replace(queued.row, output="")
            self._begin(queued)
            self._list()

    @Slot(object)
    def _on_undone(self, receipt: Receipt) -> None:
        """A commit was taken back: its hunks are kept and can be committed again."""
        ours = [q for q in self._queued if q.receipt and q.receipt.commit == receipt.commit]
        for queued in ours:
            self._review.unsettle(queued.id)
            queued.receipt = None
            queued.row = replace(queued.row, actions=(("dismiss", "Dismiss"),))
            words = "undone; its changes are still in your files"
            self._tell(queued, JobState.CANCELLED, words)
        self.settled.emit()
        (self._tell_undone if ours else self.undoing.bring_back)(receipt)

    @Slot(object)
    def _tell_undone(self, receipt: Receipt) -> None:
        """Its hunks are kept again, and listed."""
        self.told.emit(f"commit {receipt.commit[:7]} undone; its changes are still in your files")
        self.fill()

    # -- folders without git, files that go ------------------------------------------------------

    def _ask_for_repository(self) -> None:
        """Without git the kept hunks are saved; every save is in the history."""
        self._notices.show(
            "repository",
            "This folder is not under git. The kept hunks can be saved, or committed to a new one.",
            "info",
            ("Create a repository", self.create_repository),
            ("Save all", self._documents.save_all),
        )

    def create_repository(self) -> None:
        if self._project is not None:
            run = self._door.ask(self._project.commits.create_repository)
            run.answered.connect(self._on_created)
            run.failed.connect(self._on_failed)

    @Slot(object)
    def _on_created(self, branch: object) -> None:
        self.repository = True
        self.told.emit(f"This folder is under git now, on {branch}.")
        self.settled.emit()
        self.propose()

    @Slot(object, object)
    def _on_failed(self, error: BaseException, _subject: object) -> None:
        self.failed.emit(sentence_of(error))


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
