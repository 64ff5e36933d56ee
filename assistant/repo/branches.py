"""The branches of a repository: listed, made, switched to. Knows git's plumbing and the write door.

Switching brings the difference between two commits into the files, three-way, through the door:
all of it or nothing. What the person changed comes along where it does not meet the difference;
where it does, nothing is switched. Files first, then the index, then HEAD.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.errors import CommitFailed, DiskFailed, RepoError
from assistant.repo.commit_record import packed, unpacked
from assistant.repo.commit_work import WAIT_S
from assistant.repo.delta import Merge
from assistant.repo.door import WriteDoor
from assistant.repo.gitdir import GitDir, Head, valid_ref
from assistant.repo.gitwrite import IndexLock, leftover_head_lock, move_ref, point_head
from assistant.repo.identity import Identity
from assistant.repo.journal import Journal
from assistant.repo.runner import Runner
from assistant.repo.saver import disk_errors
from assistant.repo.sidecar import Sidecar
from assistant.repo.sparse import cone_of, skip, skipped
from assistant.repo.switching import Plan, Steps, carry_out, take_back
from assistant.repo.switchplan import Planner
from assistant.repo.tree import Entries, write_index
from assistant.repo.treediff import changed_between
from assistant.repo.view import View

HEADS = "refs/heads/"
_HALF = (
    "A switch to {name} was interrupted, and files of it changed since; they were left as they are."
)


@dataclass(frozen=True, slots=True)
class Branch:
    """``time`` and ``subject`` are those of its newest commit."""

    name: str
    commit: str
    time: float = 0.0
    subject: str = ""
    current: bool = False


class Branches:
    """Of the project of ``sidecar``. All errors are CommitFailed, and then nothing was changed."""

    def __init__(
        self, sidecar: Sidecar, journal: Journal, door: WriteDoor, *, merge: Merge
    ) -> None:
        self._sidecar, self._journal, self._door, self._merge = sidecar, journal, door, merge

    def all(self) -> tuple[Branch, ...]:
        """Local branches, the one that is checked out first, then the newest."""
        repo, head, view = self._repo()
        tips = repo.heads()
        facts = _facts(view.runner(), set(tips.values()))
        found = [
            Branch(name, commit, *facts.get(commit, (0.0, "")), current=name == head.branch)
            for name, commit in tips.items()
        ]
        return tuple(sorted(found, key=lambda b: (not b.current, -b.time, b.name)))

    def create(self, name: str) -> Branch:
        """A new branch where HEAD is, checked out; no file changes."""
        repo, head, view = self._repo()
        ref = HEADS + name
        if not valid_ref(ref) or name.startswith("-"):
            raise CommitFailed(f"“{name}” cannot be a branch's name.")
        for other in repo.heads():
            if other == name or f"{other}/".startswith(f"{name}/") or name.startswith(f"{other}/"):
                raise CommitFailed(f"There is a branch {other} already.", "Choose another name.")
        who, disk = _line(view), self._journal.disk
        if head.commit:
            why = f"branch: Created from {head.branch or head.commit}"
            new = Head("", name, ref)
            move_ref(repo, new, head.commit, disk, who=who, why=why, only=True)
        try:
            self._point(repo, head, ref, head.commit, who)
        except BaseException:
            if head.commit:
                back = Head(head.commit, name, ref)
                move_ref(repo, back, "", disk, who=who, why="branch: not made", only=True)
            raise
        return Branch(name, head.commit, current=True)

    def switch(self, name: str) -> Branch:
        """Check out another branch. CommitFailed names what is in its way."""
        repo, head, view = self._repo()
        ref = HEADS + name
        target = repo.ref(ref)
        self._refuse(repo, head, name, target)
        cone = cone_of(repo)
        with view.index() as index, IndexLock(repo, self._journal.disk, wait_s=WAIT_S) as lock:
            git = view.runner(index=index)
            different = changed_between(git, head.commit, target)
            out = skipped(git) if cone is not None else frozenset()
            planner = Planner(git, view, self._door, self._journal.disk, self._merge)
            plan = planner.plan((head.commit, target), different, cone, out)
            record = self._open(head, ref, target, plan)
            steps = Steps(record, self._door, self._journal.disk)

            def then() -> None:
                lock.install(_index_bytes(git, index, plan.entries, plan.skipped))
                self._point(repo, head, ref, target, _line(view))

            with disk_errors("the branch", "switch"):
                self._bring(plan, steps, lock, Path(view.index_file()), name, then)
        waits = bool(self._journal.ledger.unfinished())  # a deleted file's last name, in a folder
        self._close(record, "emptying" if waits else "done")
        return Branch(name, target, current=True)

    def recover(self) -> list[str]:
        """Finish a switch whose files were done when Galley died; call after the door's own."""
        record = self._open_record()
        repo, _ = self._sidecar.repository()
        if record is None or repo is None:
            return []
        (old_ref, old), (ref, target) = record["old"], record["new"]
        leftover_head_lock(repo, ref)
        steps = Steps(record, self._door, self._journal.disk)
        head, done = repo.head(), steps.files_done()
        if record["state"] == "emptying" and head.ref == ref:
            steps.remove_emptied()
        if head.ref != old_ref or head.commit != old:
            self._mark({**record, "state": "done" if head.ref == ref else "undone"})
            return []
        name = ref.removeprefix(HEADS)
        if not all(done):
            steps.rest_back()
            steps.first_back()
            self._mark({**record, "state": "undone"})
            return [_HALF.format(name=name)] if any(done) else []
        left = steps.rest()
        view = View(repo, self._sidecar.folder)
        with view.index() as index, IndexLock(repo, self._journal.disk, wait_s=WAIT_S) as lock:
            git = view.runner(index=index)
            out = frozenset(record.get("skipped", ()))
            lock.install(_index_bytes(git, index, unpacked(record["index"]), out))
            self._point(repo, head, ref, target, _line(view))
        self._mark({**record, "state": "done"})
        but = f", but {left[0]} was changed since" if left else ""
        return [f"An interrupted switch to {name} was finished{but}."]

    # -- steps -------------------------------------------------------------------------------------

    def _repo(self) -> tuple[GitDir, Head, View]:
        repo, why = self._sidecar.repository()
        if repo is None:
            raise CommitFailed(why or "This folder is not in git.", "Create a repository first.")
        return repo, repo.head(), View(repo, self._sidecar.folder)

    def _refuse(self, repo: GitDir, head: Head, name: str, target: str) -> None:
        if not target:
            raise CommitFailed(f"There is no branch {name} any more.")
        if name == head.branch:
            raise CommitFailed(f"You are on {name} already.")
        if head.doing:
            raise CommitFailed(
                f"{head.doing.capitalize()} is in progress here.", "Finish or abort it first."
            )
        if head.unborn:
            raise CommitFailed(f"{head.branch} has no commit yet.", "Commit something first.")

    def _open(self, head: Head, ref: str, target: str, plan: Plan) -> dict[str, Any]:
        """Written down before anything happens: all that finishing it or taking it back needs."""
        record: dict[str, Any] = {
            "old": [head.ref, head.commit],
            "new": [ref, target],
            "index": packed(plan.entries),
            "skipped": sorted(plan.skipped),
            "state": "open",
            **plan.steps(),
        }
        self._mark(record)
        return record

    def _close(self, record: dict[str, Any], state: str) -> None:
        """What happened stands, whether or not it can be noted; the next start looks again."""
        try:
            self._mark({**record, "state": state})
        except DiskFailed as error:
            self._journal.notes.append(f"Noting the switch waits: {error.cause}")

    def _bring(
        self,
        plan: Plan,
        steps: Steps,
        lock: IndexLock,
        index: Path,
        name: str,
        then: Callable[[], None],
    ) -> None:
        """The files, ``then`` index and HEAD; or none of them."""
        was = (index.read_bytes(), index.stat().st_mtime_ns) if index.exists() else (None, 0)
        filed = False
        try:
            carry_out(plan, steps, why=f"switch to {name}")
            filed = True
            then()
        except BaseException as error:
            try:
                if filed:
                    lock.restore(*was)
                take_back(plan, steps)
            except (OSError, RepoError) as second:
                raise DiskFailed(
                    f"Switching failed ({error}), and taking it back failed too ({second}).",
                    "Nothing is lost; Galley repairs this at the next start.",
                ) from error
            self._close(steps.record, "undone")
            raise

    def _point(self, repo: GitDir, head: Head, ref: str, commit: str, who: str) -> None:
        there = ref.removeprefix(HEADS)
        why = f"checkout: moving from {head.branch or head.commit} to {there}"
        point_head(repo, head, ref, commit, self._journal.disk, who=who, why=why)

    def _mark(self, record: dict[str, object]) -> None:
        with self._journal.store.transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO record VALUES('switch','last',?,?,'')",
                (time.time(), json.dumps(record)),
            )

    def _open_record(self) -> dict[str, Any] | None:
        with self._journal.store.reading() as db:
            row = db.execute("SELECT data FROM record WHERE kind='switch'").fetchone()
        record: dict[str, Any] | None = None if row is None else json.loads(row[0])
        return record if record is not None and record["state"] in ("open", "emptying") else None


def _facts(git: Runner, commits: set[str]) -> dict[str, tuple[float, str]]:
    """Time and subject of each commit, in one process."""
    if not commits:
        return {}
    words = ("log", "-z", "--no-walk=unsorted", "--ignore-missing", "--no-show-signature")
    given = "".join(f"{commit}\n" for commit in sorted(commits)).encode()
    raw = git.run(*words, "--format=%H%x01%ct%x01%s", "--stdin", stdin=given)
    rows = [one.decode("utf-8", "replace").split("\x01", 2) for one in raw.split(b"\0") if one]
    return {row[0]: (float(row[1]), row[2]) for row in rows}


def _line(view: View) -> str:
    """Who moved HEAD, for its log: git accepts one without a name, and guesses none here."""
    settings = view.settings()
    return Identity(settings.get("user.name"), settings.get("user.email")).line()


def _index_bytes(git: Runner, index: str, entries: Entries, out: frozenset[str]) -> bytes:
    """The new index, with the times of the files, so that the next status need not read them."""
    if entries:
        write_index(git, index, entries)
        skip(git, out)
    git.run("update-index", "-q", "--refresh", allowed=(0, 1))
    return Path(index).read_bytes()
