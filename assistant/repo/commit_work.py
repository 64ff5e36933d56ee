"""The steps of one commit, from the plan to the moved branch. Knows one repository at one
moment."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from assistant.errors import CommitFailed, DiskFailed
from assistant.repo.delta import Merge
from assistant.repo.gitdir import GitDir, Head, valid_ref
from assistant.repo.gitwrite import IndexLock, move_ref
from assistant.repo.identity import Identity, message_with_trailer, person
from assistant.repo.journal import Journal
from assistant.repo.runner import Runner
from assistant.repo.tree import Entries, Entry, Plan, plan_changes, write_index
from assistant.repo.treewrite import new_tree
from assistant.repo.view import View
from assistant.types import ChangeSet, Receipt


@dataclass(frozen=True, slots=True)
class Options:
    """What the person chose for one commit.

    ``branch`` commits onto a branch of its own, without moving HEAD; ``hooks`` runs the project's
    hooks and the person's signing, in a trusted folder only.
    """

    models: tuple[str, ...] = ()
    amend: bool = False
    branch: str = ""
    hooks: bool = False
    author: Identity | None = None


@dataclass(slots=True)
class CommitWork:
    """One commit in the making. :meth:`run` is called once."""

    view: View
    head: Head
    journal: Journal
    merge: Merge
    options: Options
    progress: Callable[[str], None]
    cancelled: Callable[[], bool]

    @property
    def repo(self) -> GitDir:
        return self.view.repo

    def run(self, changes: Sequence[ChangeSet], message: str) -> Receipt:
        """Plan, write objects, then index and branch. Raises CommitFailed, and nothing was
        changed."""
        self._refuse_odd_states()
        text = message_with_trailer(message, self.options.models)
        who = self.options.author or person(self.view.settings())
        base = self._base()
        own = bool(self.options.branch)
        self._say("reading")
        with (
            self.view.index(copied=not own) as index,
            IndexLock(self.repo, self.journal.disk) as lock,
        ):
            git = self.view.runner(index=index, write_objects=True)
            plan = plan_changes(
                git,
                base.commit,
                changes,
                root=self.repo.root,
                prefix=self.repo.prefix,
                merge=self.merge,
                autocrlf=self.view.settings().get("core.autocrlf").lower(),
                folder=self.view.path,
                with_index=not own,
            )
            self._say("writing")
            data = write_index(git, index, plan.index) if plan.index and not own else None
            with self.view.index(copied=False) as temp:
                commit = self._objects(base, plan, text, who)
                self._say("committing")
                return self._publish(lock, data, base, commit, plan, text, who, temp)

    # -- before anything changes -------------------------------------------------------------------

    def _refuse_odd_states(self) -> None:
        if self.head.doing:
            raise CommitFailed(
                f"{self.head.doing.capitalize()} is in progress here.", "Finish or abort it first."
            )
        if self.options.amend and self.head.unborn:
            raise CommitFailed("There is no commit to amend yet.")
        if self.options.amend and self.options.branch:
            raise CommitFailed("A branch of its own begins with a new commit.")
        if self.options.amend:
            refuse_pushed(self.view, self.head.commit)

    def _base(self) -> Head:
        """The ref that will move, with the commit it is at."""
        if not self.options.branch:
            return self.head
        ref = f"refs/heads/{self.options.branch}"
        if not valid_ref(ref) or self.options.branch.startswith("-"):
            raise CommitFailed(f"“{self.options.branch}” cannot be a branch's name.")
        if ref == self.head.ref:
            raise CommitFailed(f"You are on {self.options.branch} already.")
        tip = self.repo.ref(ref)
        return Head(tip or self.head.commit, self.options.branch, ref, "" if tip else "new")

    def _say(self, what: str) -> None:
        if self.cancelled():
            raise CommitFailed("The commit was cancelled; nothing was changed.")
        self.progress(what)
        self.journal.disk.step(what)

    # -- objects -----------------------------------------------------------------------------------

    def _objects(self, base: Head, plan: Plan, text: str, who: Identity) -> str:
        git = self.view.runner(write_objects=True)
        tree = new_tree(git, base.commit, plan.tree, self.repo.format, self.view.path)
        parents, env = [base.commit] if base.commit else [], who.environment()
        if self.options.amend:
            parents, env = _as_before(git, base.commit, env)
        arguments = [word for parent in parents for word in ("-p", parent)]
        made = git.run("commit-tree", tree, *arguments, stdin=text.encode(), environment=env)
        return made.decode().strip()

    # -- the change --------------------------------------------------------------------------------

    def _publish(
        self,
        lock: IndexLock,
        data: bytes | None,
        base: Head,
        commit: str,
        plan: Plan,
        text: str,
        who: Identity,
        temp: str,
    ) -> Receipt:
        if not self.options.branch and self.repo.head() != self.head:
            raise CommitFailed("HEAD was moved by someone else in the meantime.", "Try again.")
        old = Head(base.commit if base.doing != "new" else "", base.branch, base.ref)
        record = self._record(old, plan)
        mark(self.journal, commit, {**record, "state": "open"})
        before = self._index_bytes()
        try:
            if data is not None:
                lock.install(data)
            subject = text.split("\n", 1)[0]
            self.journal.disk.step("index installed")
            if self.options.hooks:
                commit = self._with_hooks(temp, text, commit, record)
            else:
                why = "commit (amend)" if self.options.amend else "commit"
                why = f"{why}{' (initial)' if not base.commit else ''}: {subject}"
                own = bool(self.options.branch)
                disk = self.journal.disk
                move_ref(self.repo, old, commit, disk, who=who.line(), why=why, only=own)
        except BaseException:
            if data is not None:
                lock.restore(*before)
            mark(self.journal, commit, {**record, "state": "undone"})
            raise
        try:
            mark(self.journal, commit, {**record, "state": "done"})
        except DiskFailed as error:
            # the commit stands; at the next start its record is found open and completed
            self.journal.notes.append(f"The commit stands, but: {error.cause}")
        return Receipt(commit, base.branch, self._files(plan), subject=subject)

    def _files(self, plan: Plan) -> tuple[PurePosixPath, ...]:
        """The committed files as the opened folder names them."""
        return tuple(path.relative_to(self.repo.prefix) for path in plan.paths)

    def _index_bytes(self) -> tuple[bytes | None, int]:
        path = Path(self.view.index_file())
        return (path.read_bytes(), path.stat().st_mtime_ns) if path.exists() else (None, 0)

    def _record(self, old: Head, plan: Plan) -> dict[str, object]:
        before = {} if self.options.branch else plan.index_before
        return {
            "old": old.commit,
            "ref": old.ref or "HEAD",
            "files": [str(path) for path in self._files(plan)],
            "before": packed(before),
            "after": packed({path: plan.index.get(path) for path in before}),
        }

    def _with_hooks(self, temp: str, text: str, planned: str, record: dict[str, object]) -> str:
        """``git commit`` itself on the planned index: the project's hooks and the person's
        signing run."""
        if self.options.branch:
            raise CommitFailed("Hooks run only for commits on the current branch.")
        planned_index = self.view.runner(index=temp, write_objects=True)
        planned_index.run("read-tree", planned)
        git = Runner(
            self.repo.root,
            {"GIT_INDEX_FILE": temp, "GIT_EDITOR": ":", "GIT_TERMINAL_PROMPT": "0"},
            quiet=False,
        )
        amend = ["--amend"] if self.options.amend else []
        arguments = ["commit", "-q", "--cleanup=verbatim", *amend, "-F", "-"]
        self.progress("running hooks")
        status, output, said = git.run_all(*arguments, stdin=text.encode())
        shown = (output.decode("utf-8", "replace") + said).strip()
        if shown:
            self.progress(shown)
        if status != 0:
            raise CommitFailed(f"A hook or the signature refused the commit: {shown[-400:]}")
        mark(self.journal, planned, {**record, "state": "undone"})
        return self.repo.head().commit


def _as_before(git: Runner, commit: str, env: dict[str, str]) -> tuple[list[str], dict[str, str]]:
    """Parents and author of the commit that is amended; the committer is the person."""
    raw = git.run(
        "log",
        "-n1",
        "--no-show-signature",
        "--format=%P%x01%an%x01%ae%x01%ad",
        "--date=raw",
        commit,
    )
    parents, name, email, date = raw.decode("utf-8", "surrogateescape").strip().split("\x01")
    author = {"GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": email, "GIT_AUTHOR_DATE": f"@{date}"}
    return parents.split(), {**env, **author}


def refuse_pushed(view: View, commit: str) -> None:
    """CommitFailed when a remote branch already has ``commit``."""
    tips = sorted(view.repo.remote_tips())
    if not tips:
        return
    git = view.runner()
    lines = "\n".join([commit, *(f"^{tip}" for tip in tips)]) + "\n"
    left = git.run("rev-list", "-n1", "--ignore-missing", "--stdin", stdin=lines.encode())
    if not left.strip():
        raise CommitFailed("This commit was already pushed.", "Use git revert instead.")


def mark(journal: Journal, commit: str, record: dict[str, object]) -> None:
    """Write down how far the commit is; durable on return."""
    with journal.store.transaction() as db:
        db.execute(
            "INSERT OR REPLACE INTO record VALUES('commit',?,?,?,'')",
            (commit, time.time(), json.dumps(record)),
        )


def packed(entries: Entries) -> dict[str, list[str] | None]:
    """Entries for JSON."""
    return {path: None if e is None else [e.mode, e.oid] for path, e in entries.items()}


def unpacked(data: dict[str, list[str] | None]) -> Entries:
    """What :func:`packed` made."""
    return {path: None if v is None else Entry(v[0], v[1]) for path, v in data.items()}
