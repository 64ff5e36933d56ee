"""Commits of exactly the kept hunks, and their undoing. Never loads the project's configuration
for it.

The kept change is merged into HEAD's version of each file and, separately, into the index's. The
new index is put in place first and the branch moved second, each by compare-and-swap under git's
own locks, so that a crash in between leaves the change staged and the person's own staged and
unstaged work as it was.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath

from assistant.errors import CommitFailed, DiskFailed, RepoError
from assistant.repo.commit_record import Record, mark, receipt_of, records, undoable, unpacked
from assistant.repo.commit_work import WAIT_S, CommitWork, Ears, Options, refuse_pushed
from assistant.repo.delta import Merge
from assistant.repo.effects import Booked, Effects
from assistant.repo.gitdir import GitDir, Head, find
from assistant.repo.gitwrite import (
    IndexLock,
    leftover_lock,
    leftover_notes_lock,
    leftover_ref_lock,
    move_ref,
)
from assistant.repo.identity import Identity, person
from assistant.repo.journal import Journal
from assistant.repo.runner import Runner
from assistant.repo.sidecar import Sidecar
from assistant.repo.tree import entries_at, write_index
from assistant.repo.trust import is_whole_home
from assistant.repo.view import View
from assistant.types import ChangeSet, Receipt

__all__ = ["Commits", "Identity", "Options", "create_repository"]


class Commits:
    """Commits and undoes in the project of ``sidecar``; ``merge`` is the three-way merge over
    lines."""

    def __init__(
        self,
        sidecar: Sidecar,
        journal: Journal,
        *,
        merge: Merge,
        effects: Effects,
        trusted: bool = False,
    ) -> None:
        self._sidecar = sidecar
        self._journal = journal
        self._merge = merge
        self._effects = effects
        self._trusted = trusted
        self._disk = journal.disk

    def commit(
        self,
        changes: Sequence[ChangeSet],
        message: str,
        options: Options | None = None,
        *,
        progress: Callable[[str], None] = lambda _: None,
        heard: Callable[[str], None] = lambda _: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Receipt:
        """One commit of every kept hunk in ``changes``, in their order.

        ``progress`` gets our steps, ``heard`` the words of hooks. Raises CommitFailed with the
        reason; then HEAD, index and branch are as they were. ``cancelled`` is asked until the index
        is about to change.
        """
        chosen, ears = options or Options(), Ears(progress, heard, cancelled)
        if chosen.hooks and not self._trusted:
            raise CommitFailed("Hooks and signing run only in a folder you trust.")
        try:
            repo, head = self._repo()
            view = View(repo, self._sidecar.folder)
            work = CommitWork(
                view, head, self._journal, self._merge, chosen, ears, self._effects, self._trusted
            )
            return work.run(changes, message)
        except CommitFailed:
            raise
        except (RepoError, OSError) as error:
            cause = error.cause if isinstance(error, RepoError) else str(error)
            raise CommitFailed(f"Nothing was committed: {cause}") from error

    def last(self) -> Receipt | None:
        """The newest commit by Galley that still is where its branch is: what can be undone next.

        It may be from an earlier run of the program.
        """
        repo, _ = self._sidecar.repository()
        if repo is None:
            return None
        for commit, record in records(self._journal, "done"):
            at = repo.head().commit if record["ref"] == "HEAD" else repo.ref(record["ref"])
            if at == commit:
                return receipt_of(commit, record)
        return None

    def undo_commit(self, receipt: Receipt, allowed: frozenset[str] = frozenset()) -> Receipt:
        """Take the newest commit back: branch and index as before it; the files keep the change.

        Raises CommitFailed when there is something newer, or it was pushed and that is not
        ``allowed``. Returns where HEAD is now.
        """
        try:
            return self._undo(receipt, allowed)
        except CommitFailed:
            raise
        except (RepoError, OSError) as error:
            cause = error.cause if isinstance(error, RepoError) else str(error)
            raise CommitFailed(f"The commit was not undone: {cause}") from error

    def _undo(self, receipt: Receipt, allowed: frozenset[str]) -> Receipt:
        repo, head = self._repo()
        record = undoable(self._journal, receipt.commit)
        ref = str(record["ref"])
        own = ref != (head.ref or "HEAD")
        at = Head(repo.ref(ref), ref.removeprefix("refs/heads/"), ref) if own else head
        if at.commit != receipt.commit:
            raise CommitFailed("There are newer commits on top of it.", "Use git revert instead.")
        view = View(repo, self._sidecar.folder)
        refuse_pushed(view, receipt.commit, allowed)
        who = person(view.settings()).line()
        back = Head(record["old"], at.branch, at.ref)
        with IndexLock(repo, self._disk, wait_s=WAIT_S) as lock:
            mark(self._journal, receipt.commit, {**record, "state": "undoing"})
            why = "reset: undone in Galley"
            move_ref(repo, at, record["old"], self._disk, who=who, why=why, only=own)
            try:
                self._disk.step("branch moved back")
                self._restore_index(view, lock, record)
            except BaseException:
                why = "reset: undoing in Galley failed"
                move_ref(repo, back, receipt.commit, self._disk, who=who, why=why, only=own)
                mark(self._journal, receipt.commit, {**record, "state": "done"})
                raise
        try:
            mark(self._journal, receipt.commit, {**record, "state": "undone"})
        except DiskFailed as error:
            # it is undone; at the next start its record is found and completed
            self._journal.notes.append(f"The commit was undone, but: {error.cause}")
        return Receipt(record["old"], at.branch, tuple(PurePosixPath(p) for p in record["files"]))

    def recover(self) -> list[str]:
        """Put right what a dead Galley left: its index.lock, and an index that ran ahead of the
        branch; and book what a hook did that it did not see the end of."""
        notes = [_cut_off(booked) for booked in self._effects.recover() if booked.entry]
        repo, _ = self._sidecar.repository()
        if repo is None:
            return notes
        if leftover_lock(repo):
            notes.append("A lock that Galley left on the index was removed.")
        leftover_notes_lock(repo)
        for commit, record in records(self._journal, "open", "undoing"):
            leftover_ref_lock(repo, record["ref"], (commit, record["old"]))
            now = repo.head().commit if record["ref"] == "HEAD" else repo.ref(record["ref"])
            if now != record["old"]:
                mark(self._journal, commit, {**record, "state": "done"})
                continue
            with IndexLock(repo, self._disk) as lock:
                self._restore_index(View(repo, self._sidecar.folder), lock, record)
            mark(self._journal, commit, {**record, "state": "undone"})
            notes.append("An interrupted commit was taken back; your files are as they were.")
        return notes

    def _repo(self) -> tuple[GitDir, Head]:
        repo, why = self._sidecar.repository()
        if repo is None:
            raise CommitFailed(why or "This folder is not in git.", "Create a repository first.")
        return repo, repo.head()

    def _restore_index(self, view: View, lock: IndexLock, record: Record) -> None:
        """Entries that are still as the commit left them become what they were; others are the
        person's."""
        before, after = unpacked(record["before"]), unpacked(record["after"])
        if not before:
            return
        with view.index() as index:
            git = view.runner(index=index, write_objects=True)
            now = entries_at(git, list(before))
            back = {path: before[path] for path in before if now[path] == after[path]}
            if back:
                lock.install(write_index(git, index, back))


def _cut_off(booked: Booked) -> str:
    count = len(booked.paths)
    files = "1 file" if count == 1 else f"{count} files"
    return f"The {booked.command} was at work when Galley ended; it changed {files}, see History."


def create_repository(root: Path | str) -> str:
    """``git init`` without templates in ``root``; returns the branch's name.

    Raises CommitFailed inside another repository, and for the home folder or the root of a disk.
    """
    real = os.path.realpath(root)
    if is_whole_home(real):
        raise CommitFailed(
            f"{real} is too much for one repository.", "Open the project's own folder."
        )
    repo, why = find(real)
    if repo is not None or why:
        raise CommitFailed(why or f"This folder is already in the repository {repo and repo.root}.")
    branch = "main"
    git = Runner(real, {"GIT_CEILING_DIRECTORIES": os.path.dirname(real)})
    git.run("init", "-q", "--template=", f"--initial-branch={branch}", real)
    return branch
