"""Branches in the window: the palette lists them, one press switches or makes one.

Knows the palette, the notices and the project. What would come along is said first.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.bridge import Door
from app.documents import Documents
from app.notices import Notices, leave
from app.review import Review
from assistant.answers import Status
from assistant.errors import sentence_of
from widgets.palette import BranchEntry, Palette

if TYPE_CHECKING:
    from assistant.committing import Branch
    from assistant.project import Project

DAY_S = 86_400


class Branching(QObject):
    """``expected`` is the branch that was switched to here, so that nobody is told twice."""

    settled = Signal()
    told = Signal(str)
    failed = Signal(str)

    def __init__(
        self,
        door: Door,
        palette: Palette,
        documents: Documents,
        review: Review,
        notices: Notices,
    ) -> None:
        super().__init__(palette)
        self._door, self._palette = door, palette
        self._documents, self._review, self._notices = documents, review, notices
        self._project: Project | None = None
        self._status = Status()
        self.expected = ""
        palette.branch_chosen.connect(self._on_chosen)

    def use(self, project: Project | None) -> None:
        self._project, self._status, self.expected = project, Status(), ""
        self._palette.set_branches(())

    def see(self, status: Status) -> None:
        self._status = status

    @Slot()
    def open(self) -> None:
        """The palette with the branches, as they are now."""
        if self._project is None or not self._status.repository:
            self.failed.emit("This folder is not under git, so it has no branches.")
            return
        run = self._door.ask(self._project.commits.branches)
        run.answered.connect(self._on_listed)
        run.failed.connect(self._on_failed)

    @Slot(object)
    def _on_listed(self, branches: tuple[Branch, ...]) -> None:
        self._palette.set_branches([BranchEntry(b.name, _detail(b), b.current) for b in branches])
        self._palette.popup("~")

    @Slot(str, bool)
    def _on_chosen(self, name: str, new: bool) -> None:
        along = "" if new or name == self._status.branch else self._along()
        if not along:
            self._go(name, new)
            return
        self._notices.show(
            "switch",
            f"{along} They come along to {name} where they fit; where they do not, nothing is "
            "switched.",
            "warning",
            (f"Switch to {name}", partial(self._go, name, new)),
            ("Stay here", leave),
        )

    def _along(self) -> str:
        """What waits or is changed, in a sentence; empty when nothing is."""
        changed = sum(letter != "?" for letter in self._status.letters.values())
        unsaved = sum(document.modified for document in self._documents.all())
        parts = []
        if pending := self._review.count.pending:
            parts.append(f"{pending} {'hunk is' if pending == 1 else 'hunks are'} pending")
        if changed:
            parts.append(f"{changed} {'file has' if changed == 1 else 'files have'} changes")
        if unsaved:
            parts.append(f"{unsaved} {'file is' if unsaved == 1 else 'files are'} not saved")
        return f"{', '.join(parts)}." if parts else ""

    def _go(self, name: str, new: bool) -> None:
        if self._project is not None:
            commits = self._project.commits
            run = self._door.ask(commits.create_branch if new else commits.switch, name)
            run.answered.connect(self._on_switched)
            run.failed.connect(self._on_failed)
            self.expected = name

    @Slot(object)
    def _on_switched(self, branch: Branch) -> None:
        self.told.emit(f"On {branch.name} now.")
        self._documents.look_again()
        self.settled.emit()

    @Slot(object, object)
    def _on_failed(self, error: BaseException, _subject: object) -> None:
        self.expected = ""
        self.failed.emit(sentence_of(error))


def _detail(branch: Branch) -> str:
    """``3 days · subject``"""
    days = int((time.time() - branch.time) // DAY_S)
    age = "today" if days < 1 else "1 day" if days == 1 else f"{days} days"
    return f"{age} · {branch.subject}" if branch.subject else ""
