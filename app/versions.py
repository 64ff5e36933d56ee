"""Git in the window: commits, their messages and undoing, the branch. Wires these rooms together.

Knows no model and no editor.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from app.bridge import Door
from app.commits import Commits
from app.documents import Documents
from app.notices import Notices, leave
from app.reach import BUILTIN
from app.review import Review
from app.window import Window
from app.wording import Ask, Wording
from assistant.project import Project, Status


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
        self._branch = ""
        self.commits = Commits(door, window.commit_box, documents, review, notices)
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

    def use(self, project: Project | None) -> None:
        self._branch = ""
        self.commits.use(project)

    def offer_model(self, name: str) -> None:
        """Which model would write a commit's message."""
        self.wording.offer(name != BUILTIN)

    @Slot(object)
    def see(self, status: Status) -> None:
        """What git says now; a branch that changed under pending hunks asks."""
        self._window.frame.top.show_branch(status.branch)
        self.commits.repository = status.repository
        before, self._branch = self._branch, status.branch
        if before and status.branch != before and self._review.count.pending:
            self._notices.show(
                "branch",
                f"The branch is {status.branch} now; {self._review.count.words()} from {before}.",
                "warning",
                ("Keep them pending", leave),
                ("Reject them", self._review.reject_all),
            )

    @Slot()
    def _on_proposed(self) -> None:
        self._window.frame.show_page("commit")
        self._window.commit_box.focus()
