"""The branches of a repository: listed, made, switched to. Knows git's plumbing and the write door.

Switching brings the difference between two commits into the files, three-way, through the door:
all of it or nothing. What the person changed comes along where it does not meet the difference;
where it does, nothing is switched. Files first, then the index, then HEAD.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from assistant.errors import CommitFailed, RepoError
from assistant.repo.commit_record import packed, unpacked
from assistant.repo.commit_work import WAIT_S
from assistant.repo.delta import Merge, three_way
from assistant.repo.door import Delete, Operation, Write, WriteDoor
from assistant.repo.gitdir import HERE, GitDir, Head, valid_ref
from assistant.repo.gitwrite import IndexLock, leftover_head_lock, move_ref, point_head
from assistant.repo.identity import Identity
from assistant.repo.journal import Journal
from assistant.repo.runner import Runner
from assistant.repo.saver import FileState, digest
from assistant.repo.sidecar import Sidecar
from assistant.repo.tree import Entries, entries_at, read_blobs, write_index
from assistant.repo.treediff import Difference, changed_between
from assistant.repo.view import View

HEADS = "refs/heads/"
_NAMED = 4
_CONVERTING = ("text", "eol", "ident", "working-tree-encoding")


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
        with view.index() as index, IndexLock(repo, self._journal.disk, wait_s=WAIT_S) as lock:
            git = view.runner(index=index)
            different = changed_between(git, head.commit, target)
            _refuse_odd(repo, different)
            entries = _entries(git, different)
            before, todo = self._operations(git, view, different)
            record: dict[str, object] = {
                "old": [head.ref, head.commit],
                "new": [ref, target],
                "index": packed(entries),
                "files": [_probe(one) for one in todo],
            }
            self._mark({**record, "state": "open"})
            self._door.apply(todo, why=f"switch to {name}", confirm_protected=True)
            path = Path(view.index_file())
            was = (path.read_bytes(), path.stat().st_mtime_ns) if path.exists() else (None, 0)
            try:
                lock.install(_index_bytes(git, index, entries))
                self._point(repo, head, ref, target, _line(view))
            except BaseException:
                lock.restore(*was)
                back = [_inverse(one, state) for one, state in zip(todo, before, strict=True)]
                self._door.apply(back, why=f"stay on {head.branch}", confirm_protected=True)
                self._mark({**record, "state": "undone"})
                raise
        self._mark({**record, "state": "done"})
        return Branch(name, target, current=True)

    def recover(self) -> list[str]:
        """Finish a switch whose files were done when Galley died; call after the door's own."""
        record = self._open_record()
        repo, _ = self._sidecar.repository()
        if record is None or repo is None:
            return []
        (old_ref, old), (ref, target) = record["old"], record["new"]
        leftover_head_lock(repo, ref)
        head, done = repo.head(), [self._there(*probe) for probe in record["files"]]
        here = head.ref == old_ref and head.commit == old
        if not here or not all(done):
            self._mark({**record, "state": "done" if head.ref == ref else "undone"})
            return []
        view = View(repo, self._sidecar.folder)
        with view.index() as index, IndexLock(repo, self._journal.disk, wait_s=WAIT_S) as lock:
            git = view.runner(index=index)
            lock.install(_index_bytes(git, index, unpacked(record["index"])))
            self._point(repo, head, ref, target, _line(view))
        self._mark({**record, "state": "done"})
        return [f"An interrupted switch to {ref.removeprefix(HEADS)} was finished."]

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
        if repo.config.flag("core.sparsecheckout"):
            raise CommitFailed(
                "Only a part of this repository is checked out.", "Switch in a terminal."
            )

    def _operations(
        self, git: Runner, view: View, different: Sequence[Difference]
    ) -> tuple[list[FileState], list[Operation]]:
        """What stands now and what to do about it. CommitFailed where both sides changed."""
        old = _contents(git, view, [(d.path, d.old.oid) for d in different if d.old])
        new = _contents(git, view, [(d.path, d.new.oid) for d in different if d.new])
        states: list[FileState] = []
        todo: list[Operation] = []
        met: list[str] = []
        for one in different:
            path = PurePosixPath(one.path).relative_to(view.repo.prefix)
            state = self._door.read(path)
            there = state.data if state.exists else None
            was, wanted = old.get(one.path), new.get(one.path)
            if there == wanted:
                continue
            if there != was:
                wanted = self._merged(path, was, there, wanted)
                if wanted is None:
                    met.append(one.path)
                    continue
            states.append(state)
            if wanted is None:
                todo.append(Delete(path, state.hash))
            else:
                runs = one.new is not None and one.new.mode == "100755"
                todo.append(Write(path, wanted, state.hash, executable=runs))
        if met:
            more = f" and {len(met) - _NAMED} more" if len(met) > _NAMED else ""
            raise CommitFailed(
                f"Your changes in {', '.join(met[:_NAMED])}{more} meet what the branch has there.",
                "Commit them first.",
            )
        return states, todo

    def _merged(
        self, path: PurePosixPath, was: bytes | None, mine: bytes | None, new: bytes | None
    ) -> bytes | None:
        """The person's own changes and the branch's together; None when they meet."""
        if was is None or mine is None or new is None:
            return None
        return three_way(path, was, mine, new, self._merge)

    def _point(self, repo: GitDir, head: Head, ref: str, commit: str, who: str) -> None:
        there = ref.removeprefix(HEADS)
        why = f"checkout: moving from {head.branch or head.commit} to {there}"
        point_head(repo, head, ref, commit, self._journal.disk, who=who, why=why)

    def _there(self, path: str, digest: str) -> bool:
        try:
            return self._door.read(path).hash == digest
        except RepoError:
            return False

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
        return record if record is not None and record["state"] == "open" else None


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


def _refuse_odd(repo: GitDir, different: Sequence[Difference]) -> None:
    """What Galley does not bring into files: said by name, before anything is done."""
    for one in different:
        path = PurePosixPath(one.path)
        if repo.prefix != HERE and not path.is_relative_to(repo.prefix):
            raise CommitFailed(
                f"{path} differs too, and is outside of the open folder.",
                f"Open {repo.root} to switch.",
            )
        if not one.plain:
            raise CommitFailed(
                f"{path} is a link or a submodule on one side.", "Switch in a terminal."
            )
        if path.name == ".gitattributes":
            raise CommitFailed(
                f"{path} differs, so files may be stored otherwise there.", "Switch in a terminal."
            )
        if one.old and one.new and one.old.mode != one.new.mode:
            raise CommitFailed(
                f"{path} becomes a program, or stops being one.", "Switch in a terminal."
            )


def _entries(git: Runner, different: Sequence[Difference]) -> Entries:
    """The index afterwards. CommitFailed where the person staged something else."""
    staged = entries_at(git, [one.path for one in different])
    for one in different:
        if staged[one.path] not in (one.old, one.new):
            raise CommitFailed(
                f"What you staged of {one.path} meets what the branch has there.",
                "Commit or unstage it first.",
            )
    return {one.path: one.new for one in different}


def _contents(git: Runner, view: View, wanted: Sequence[tuple[str, str]]) -> dict[str, bytes]:
    """The blobs as they would stand in files. CommitFailed for one behind a filter."""
    if not wanted:
        return {}
    names = b"\0".join(os.fsencode(path) for path, _ in wanted) + b"\0"
    raw = git.run("check-attr", "-z", "--stdin", "filter", *_CONVERTING, stdin=names).split(b"\0")
    converts = view.settings().get("core.autocrlf").lower() == "true"
    special = set()
    for name, key, value in zip(raw[0::3], raw[1::3], raw[2::3], strict=False):
        path, said = os.fsdecode(name), value not in (b"unspecified", b"unset")
        if said and key == b"filter":
            raise CommitFailed(
                f"{path} is stored through the filter “{value.decode()}”, which is not run here.",
                "Switch in a terminal.",
            )
        if said or converts:
            special.add(path)
    blobs = read_blobs(git, [oid for path, oid in wanted if path not in special])
    found = {path: blobs[oid] for path, oid in wanted if path not in special}
    for path, oid in wanted:
        if path in special:
            found[path] = git.run("cat-file", "--filters", f"--path={path}", oid)
    return found


def _index_bytes(git: Runner, index: str, entries: Entries) -> bytes:
    """The new index, with the times of the files, so that the next status need not read them."""
    if entries:
        write_index(git, index, entries)
    git.run("update-index", "-q", "--refresh", allowed=(0, 1))
    return Path(index).read_bytes()


def _probe(one: Operation) -> list[str]:
    """Path and content hash of a file once the operation is done; empty when it is gone."""
    return [str(one.path), digest(one.data) if isinstance(one, Write) else ""]


def _inverse(one: Operation, before: FileState) -> Operation:
    """The way back to ``before``."""
    now = _probe(one)[1]
    if not before.exists:
        return Delete(one.path, now)
    return Write(one.path, before.data, now)
