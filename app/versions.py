"""Git in the window: commits, their messages and undoing, the branch. Wires these rooms together.

Knows no model and no editor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.branching import Branching
from app.bridge import Door
from app.commits import Commits
from app.documents import Documents
from app.notices import Notices, leave
from app.noting import Noting
from app.reach import BUILTIN
from app.review import Review
from app.window import Window
from app.wording import Ask, Wording
from assistant.answers import Status
from assistant.errors import sentence_of

if TYPE_CHECKING:
    from assistant.committing import Already
    from assistant.project import Project


class Versions(QObject):
    """What git says arrives by :meth:`see`; what the person wishes goes through the rooms."""

    committed = Signal(object)  # Receipt
    settled = Signal()  # git changed by our hand
    told = Signal(str)
    failed = Signal(str)
    heard = Signal(object)  # Event of a model that writes a message

    def __init__(
        self,
        door: Door,
        window: Window,
        documents: Documents,
        review: Review,
        notices: Notices,
        ask: Ask,
    ) -> None:
        super().__init__(documents)
        self._window, self._review, self._notices = window, review, notices
        self._door = door
        self._project: Project | None = None
        self._seen = Status()
        self.commits = Commits(door, window.commit_box, documents, review, notices)
        self.branching = Branching(door, window.palette_box, documents, review, notices)
        self.noting = Noting(door, notices, self)
        self.wording = Wording(window.commit_box, self.commits.chosen, ask)
        self._connect()

    def _connect(self) -> None:
        commits = self.commits
        commits.failed.connect(self.failed)
        commits.told.connect(self.told)
        commits.committed.connect(self.committed)
        commits.settled.connect(self.settled)
        commits.proposed.connect(self._on_proposed)
        commits.undoing.carried_out.connect(self.settled)
        self._review.file_action_requested.connect(commits.undoing.carry_out)
        self._window.frame.page_shown.connect(commits.on_page_shown)
        self.wording.heard.connect(self.heard)
        self.noting.told.connect(self.told)
        self.noting.failed.connect(self.failed)
        self._window.commit_box.options.notes_requested.connect(self.noting.ask)
        self._window.timeline.notes_requested.connect(self.noting.ask)
        self.branching.settled.connect(self.settled)
        self.branching.settled.connect(commits.refresh)
        self.branching.told.connect(self.told)
        self.branching.failed.connect(self.failed)

    def use(self, project: Project | None) -> None:
        self._project, self._seen = project, Status()
        self.commits.use(project)
        self.branching.use(project)
        self.noting.use(project)

    def offer_model(self, name: str) -> None:
        """Which model would write a commit's message."""
        self.wording.offer(name != BUILTIN)

    @Slot(object)
    def see(self, status: Status) -> None:
        """What git says now: hunks that it has are kept, and a branch that changed under pending
        hunks asks.
        """
        self._window.frame.top.show_branch(status.branch)
        self.commits.repository = status.repository
        self.branching.see(status)
        before, self._seen = self._seen, status
        moved = bool(before.branch) and status.branch not in (
            before.branch,
            self.branching.expected,
        )
        if moved and self._review.count.pending:
            self._ask_about_pending(before.branch, status.branch)
        if status.branch == self.branching.expected:
            self.branching.expected = ""
        if (before.head, before.letters) != (status.head, status.letters):
            self._look_into_git()

    @property
    def head(self) -> str:
        """The commit that is checked out, as far as was looked."""
        return self._seen.head

    def _look_into_git(self) -> None:
        waiting = [(one.prompt, self._review.present(one)) for one in self._review.proposals()]
        if waiting and self._project is not None and self._seen.repository:
            run = self._door.ask(self._project.commits.already, waiting)
            run.answered.connect(self._on_already)
            run.failed.connect(self._on_failed)

    @Slot(object)
    def _on_already(self, found: tuple[Already, ...]) -> None:
        for one in found:
            path = str(one.path)
            self._review.found_in_git(one.prompt, path, one.index - one.head, committed=False)
            self._review.found_in_git(one.prompt, path, one.head, committed=True)

    @Slot(object, object)
    def _on_failed(self, error: BaseException, _subject: object) -> None:
        self.failed.emit(sentence_of(error))

    def _ask_about_pending(self, before: str, now: str) -> None:
        self._notices.show(
            "branch",
            f"The branch is {now} now; {self._review.count.words()} from {before}.",
            "warning",
            ("Keep them pending", leave),
            ("Reject them", self._review.reject_all),
        )

    @Slot()
    def _on_proposed(self) -> None:
        self._window.frame.show_page("commit")
        self._window.commit_box.focus()
