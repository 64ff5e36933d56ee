"""The commits of one open project: what is true before one, the queue, the way back.

Plain blocking calls, but for the queue's stream; the window asks for both through the door.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePosixPath

from assistant.edits.diff import diff_lines
from assistant.edits.merge import three_way
from assistant.edits.rebase import rebase
from assistant.errors import CommitFailed, RepoError
from assistant.events import Answered, Event
from assistant.repo.already import Already, already_in_git
from assistant.repo.branches import Branch, Branches
from assistant.repo.commit_facts import Choices, CommitFacts, choices, choose, commit_facts
from assistant.repo.commit_record import hunks_of
from assistant.repo.commits import Commits, Options, create_repository
from assistant.repo.door import WriteDoor
from assistant.repo.effects import Effects
from assistant.repo.gitdir import Head
from assistant.repo.identity import Identity
from assistant.repo.journal import Journal
from assistant.repo.notes import NotesFacts, export_notes, notes_facts, undo_notes
from assistant.repo.points import Points
from assistant.repo.sidecar import Sidecar
from assistant.repo.worker import CommitWorker, Say, Work
from assistant.types import ChangeSet, FileChange, Receipt

__all__ = ["Already", "Branch", "Choices", "CommitFacts", "CommitJob", "Committing", "Identity"]

PATIENCE_S = 5.0
"""How long closing a folder lets its commits end before it cancels them."""


@dataclass(frozen=True, slots=True)
class CommitJob:
    """Kept hunks by run, and the message; ``models`` wrote them.

    ``branch`` is one of its own to commit to. ``seen`` is where HEAD was when the person looked,
    ``allowed`` what they agreed to after a refusal.
    """

    changes: tuple[ChangeSet, ...]
    message: str
    models: tuple[str, ...] = ()
    branch: str = ""
    amend: bool = False
    hooks: bool = False
    notes: bool = False
    seen: Head | None = None
    allowed: frozenset[str] = frozenset()
    open: tuple[PurePosixPath, ...] = ()
    """Files that are open in editors."""


class Committing:
    """``trusted`` is asked anew for each commit; ``reading`` is why nothing may be changed here, or
    empty.
    """

    def __init__(
        self,
        sidecar: Sidecar,
        journal: Journal,
        door: WriteDoor,
        trusted: Callable[[], bool],
        effects: Effects,
        points: Points,
        *,
        reading: str = "",
    ) -> None:
        self._sidecar, self._journal, self._trusted = sidecar, journal, trusted
        self._effects, self._points = effects, points
        self._branches = Branches(sidecar, journal, door, merge=three_way)
        self._reading = reading
        self._idle = threading.Event()
        self._idle.set()
        self.queue = CommitWorker()

    # -- before ----------------------------------------------------------------------------------

    def recover(self) -> list[str]:
        """Put right what a run that died had left in git."""
        if self._reading:
            return []
        return [*self._commits().recover(), *self._branches.recover()]

    def facts(self) -> CommitFacts | None:
        """What should be known before a commit; None without a repository. Raises RepoError."""
        repo, _ = self._sidecar.repository()
        if repo is None:
            return None
        return commit_facts(self._sidecar.view(), self._journal, trusted=self._trusted())

    def choose(self, chosen: Choices) -> CommitFacts | None:
        """Keep the person's choices for this project; the facts with them."""
        choose(self._journal, chosen)
        return self.facts()

    def already(self, asked: Sequence[tuple[str, FileChange]]) -> tuple[Already, ...]:
        """Which hunks of proposals git has, by whoever's hand they came there."""
        return already_in_git(self._sidecar, asked, rebase)

    def branches(self) -> tuple[Branch, ...]:
        """Local branches, the current one first, then the newest."""
        return self._branches.all()

    def switch(self, name: str) -> Branch:
        """Check out another branch; CommitFailed names what is in its way."""
        self._owned()
        if said := self._points.before(f"Before the switch to {name}", "switch"):
            self._journal.notes.append(said)
        return self._branches.switch(name)

    def create_branch(self, name: str) -> Branch:
        """A new branch from here, checked out; no file changes."""
        self._owned()
        return self._branches.create(name)

    def create_repository(self) -> str:
        """Put the folder under git; nothing is added or committed. Returns the branch's name."""
        self._owned()
        return create_repository(self._sidecar.root)

    # -- the queue -------------------------------------------------------------------------------

    async def news(self) -> AsyncGenerator[Event, None]:
        """Works the queue off and tells of it; one reader, until :meth:`end`."""
        self._idle.clear()
        try:
            async with aclosing(self.queue.news()) as news:
                async for one in news:
                    yield one
        finally:
            self._idle.set()

    async def end(self) -> AsyncGenerator[Event, None]:
        """Let the queue come to its end; Answered when it has."""
        await self.queue.close(PATIENCE_S)
        yield Answered(None)

    def wait(self) -> None:
        """Block until no commit of the queue is at work."""
        self._idle.wait()

    def work(self, job: CommitJob) -> Work:
        """The job as the queue takes it."""
        return partial(self.commit, job)

    # -- doing and undoing -----------------------------------------------------------------------

    def commit(
        self, job: CommitJob, progress: Say, heard: Say, cancelled: Callable[[], bool]
    ) -> Receipt:
        """One commit of the kept hunks. Raises CommitFailed; then nothing was changed."""
        self._owned()
        author = choices(self._journal).author if self._unknown() else None
        options = Options(
            models=job.models,
            amend=job.amend,
            branch=job.branch,
            hooks=job.hooks,
            author=author,
            seen=job.seen,
            allowed=job.allowed,
            open=job.open,
        )
        receipt = self._commits().commit(
            job.changes,
            job.message,
            options,
            progress=progress,
            heard=heard,
            cancelled=cancelled,
        )
        return self._with_notes(receipt, author, progress) if job.notes else receipt

    def last(self) -> Receipt | None:
        """The commit that can be undone next, also one of an earlier run of the program."""
        return self._commits().last()

    def notes_facts(self) -> NotesFacts:
        """What writing notes about the newest commit would do. Raises CommitFailed."""
        return notes_facts(self._sidecar, self._journal)

    def write_notes(self, facts: NotesFacts) -> NotesFacts:
        """Who wrote which line of that commit, into refs/notes/galley. Raises CommitFailed."""
        self._owned()
        author = choices(self._journal).author if self._unknown() else None
        receipt = Receipt(facts.commit, "", facts.files)
        export_notes(self._sidecar, self._journal, receipt, diff_lines, author)
        return facts

    def undo_notes(self) -> None:
        """Take the notes back that were written last. Raises CommitFailed."""
        self._owned()
        undo_notes(self._sidecar, self._journal)

    def hunks_of(self, receipt: Receipt) -> tuple[tuple[ChangeSet, ...], str]:
        """What went into a commit of Galley's, and the model that wrote it, as far as is known."""
        return hunks_of(self._journal, receipt.commit)

    def undo(self, receipt: Receipt, allowed: frozenset[str] = frozenset()) -> Receipt:
        """Branch and index as before; the files keep the change. Raises CommitFailed."""
        self._owned()
        return self._commits().undo_commit(receipt, allowed)

    def _with_notes(self, receipt: Receipt, author: Identity | None, progress: Say) -> Receipt:
        """The commit stands; notes that cannot be written are a note of the receipt."""
        progress("writing notes")
        try:
            export_notes(self._sidecar, self._journal, receipt, diff_lines, author)
        except (RepoError, OSError) as error:
            said = f"Authorship was not written as notes: {error}"
        else:
            said = "Authorship is in refs/notes/galley."
        return replace(receipt, notes=(*receipt.notes, said))

    def _unknown(self) -> bool:
        """Whether git itself was never told who the person is."""
        settings = self._sidecar.view().settings()
        return not (settings.get("user.name") and settings.get("user.email"))

    def _owned(self) -> None:
        """Raises CommitFailed where another Galley has the folder."""
        if self._reading:
            raise CommitFailed(f"{self._reading} Nothing was changed.", "Do it there.")

    def _commits(self) -> Commits:
        return Commits(
            self._sidecar,
            self._journal,
            merge=three_way,
            effects=self._effects,
            trusted=self._trusted(),
        )
