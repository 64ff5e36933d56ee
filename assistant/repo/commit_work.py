"""The steps of one commit, from the plan to the moved branch. Knows one repository at one
moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from assistant.errors import CommitFailed, DiskFailed, Way
from assistant.repo.commit_record import Record, mark, ours_since, packed, remember_hunks
from assistant.repo.delta import Merge
from assistant.repo.effects import Effects
from assistant.repo.gitdir import GitDir, Head, valid_ref
from assistant.repo.gitwrite import IndexLock, move_ref
from assistant.repo.hooks import LIMIT_S, Hooks
from assistant.repo.identity import Identity, message_with_trailer, person
from assistant.repo.journal import Journal
from assistant.repo.runner import Runner
from assistant.repo.signing import LIMIT_S as SIGNING_S
from assistant.repo.signing import UNSIGNED, Signing, signing
from assistant.repo.tree import Plan, plan_changes, write_index
from assistant.repo.treediff import changed_between, with_changes
from assistant.repo.treewrite import new_tree
from assistant.repo.view import View
from assistant.types import ChangeSet, Receipt

WAIT_S = 5.0
PUSHED = Way("pushed", "Do it all the same")


@dataclass(frozen=True, slots=True)
class Options:
    """What the person chose for one commit.

    ``branch`` commits onto a branch of its own, without moving HEAD; ``hooks`` runs the project's
    hooks, in a trusted folder only. ``seen`` is where HEAD was when the person looked, ``allowed``
    holds the keys of the ways on that they chose after a refusal.
    """

    models: tuple[str, ...] = ()
    amend: bool = False
    branch: str = ""
    hooks: bool = False
    author: Identity | None = None
    seen: Head | None = None
    allowed: frozenset[str] = frozenset()
    hook_limit_s: float = LIMIT_S
    open: tuple[PurePosixPath, ...] = ()
    """Files that are open in editors."""
    wait_s: float = WAIT_S
    """How long a lock of another git command is waited for."""


@dataclass(frozen=True, slots=True)
class Ears:
    """Who hears of it: ``progress`` our steps, ``heard`` the words of programs that run."""

    progress: Callable[[str], None] = lambda _: None
    heard: Callable[[str], None] = lambda _: None
    cancelled: Callable[[], bool] = lambda: False


@dataclass(frozen=True, slots=True)
class _Made:
    """A commit object that no ref names yet; ``tree`` is what it holds."""

    commit: str
    tree: str
    text: str
    plan: Plan
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class CommitWork:
    """One commit in the making. :meth:`run` is called once."""

    view: View
    head: Head
    journal: Journal
    merge: Merge
    options: Options
    ears: Ears
    effects: Effects
    trusted: bool = False
    who: Identity = field(default_factory=lambda: Identity("", ""))
    sign: Signing = field(default_factory=Signing)

    @property
    def repo(self) -> GitDir:
        return self.view.repo

    def run(self, changes: Sequence[ChangeSet], message: str) -> Receipt:
        """Plan, write objects, then index and branch. Raises CommitFailed, and nothing was
        changed."""
        self._refuse_odd_states()
        text = message_with_trailer(message, self.options.models)
        self.who = self.options.author or person(self.view.settings())
        self.sign = self._signing()
        base, hooks = self._base(), self._hooks()
        self._say("reading")
        made = None
        if hooks is not None or self.sign.wanted:  # they take long: no lock is held meanwhile
            made = self._made_before(base, changes, text, hooks)
        with (
            self.view.index(copied=not self.options.branch) as index,
            self._lock() as lock,
        ):
            git = self.view.runner(index=index, write_objects=True)
            plan = self._plan(git, base, changes)
            self._say("writing")
            if made is None:
                made = self._object(base, plan, text)
            else:
                plan = self._with_hooks_changes(git, index, plan, made)
            data = None
            if plan.index and not self.options.branch:
                data = write_index(git, index, plan.index)
            self._say("committing")
            remember_hunks(self.journal, made.commit, changes, self.options.models)
            receipt = self._publish(lock, data, base, made, plan)
        notes = (*made.notes, *(hooks.after() if hooks is not None else ()))
        return replace(receipt, notes=notes, signed=self.sign.words if self.sign.wanted else "")

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
        self._refuse_moved()
        if self.options.amend:
            refuse_pushed(self.view, self.head.commit, self.options.allowed)

    def _refuse_moved(self) -> None:
        """HEAD must be what the person saw, but for commits that they made here since."""
        seen, now = self.options.seen, self.head
        key = f"at:{now.ref}:{now.commit}"
        if seen is None or key in self.options.allowed:
            return
        here = now.branch or "a detached HEAD"
        if seen.ref != now.ref:
            before = seen.branch or "a detached HEAD"
            raise CommitFailed(
                f"This was prepared on {before}, and {here} is checked out now.",
                "Nothing was committed.",
                ways=(Way(key, f"Commit on {here}"),),
            )
        if seen.commit != now.commit and not ours_since(self.journal, seen.commit, now.commit):
            raise CommitFailed(
                f"{here} was moved outside of Galley, from {seen.commit[:7] or 'no commit'} to "
                f"{now.commit[:7] or 'no commit'}.",
                "Nothing was committed.",
                ways=(Way(key, "Commit on top of it"),),
            )

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

    def _signing(self) -> Signing:
        asked = signing(self.view.person, self.repo.config, trusted=self.trusted)
        if asked.wanted and UNSIGNED.key in self.options.allowed:
            return Signing()
        if asked.problem:
            raise asked.refusal()
        return asked

    def _hooks(self) -> Hooks | None:
        """Hooks see the branch that is checked out, so only a commit on it can have them."""
        options = self.options
        if not options.hooks or "no-hooks" in options.allowed:
            return None
        if options.branch:
            raise CommitFailed("Hooks run only for commits on the current branch.")
        ears = self.ears
        return Hooks(
            self.view,
            self.who,
            self.effects,
            options.allowed,
            ears.progress,
            ears.heard,
            ears.cancelled,
            options.hook_limit_s,
            options.open,
        )

    def _say(self, what: str) -> None:
        if self.ears.cancelled():
            raise CommitFailed("The commit was cancelled; nothing was changed.")
        self.ears.progress(what)
        self.journal.disk.step(what)

    def _lock(self) -> IndexLock:
        return IndexLock(
            self.repo,
            self.journal.disk,
            wait_s=self.options.wait_s,
            waiting=self.ears.progress,
            cancelled=self.ears.cancelled,
        )

    def _plan(self, git: Runner, base: Head, changes: Sequence[ChangeSet]) -> Plan:
        if self.options.amend and not changes:  # other words for the same files
            return Plan({}, {}, {}, ())
        return plan_changes(
            git,
            base.commit,
            changes,
            root=self.repo.root,
            prefix=self.repo.prefix,
            merge=self.merge,
            autocrlf=self.view.settings().get("core.autocrlf").lower(),
            folder=self.view.path,
            with_index=not self.options.branch,
        )

    # -- objects -----------------------------------------------------------------------------------

    def _made_before(
        self, base: Head, changes: Sequence[ChangeSet], text: str, hooks: Hooks | None
    ) -> _Made:
        """The commit object while nothing is locked: hooks may take minutes, a passphrase too."""
        with self.view.index(copied=not self.options.branch) as index:
            git = self.view.runner(index=index, write_objects=True)
            plan = self._plan(git, base, changes)
            if hooks is None:
                return self._object(base, plan, text)
            tree = new_tree(git, base.commit, plan.tree, self.repo.format, self.view.path)
            tree, text, notes = hooks.before(index, tree, text)
            return replace(self._object(base, plan, text, tree), notes=notes)

    def _object(self, base: Head, plan: Plan, text: str, tree: str = "") -> _Made:
        git = self.view.runner(write_objects=True)
        if not tree:
            tree = new_tree(git, base.commit, plan.tree, self.repo.format, self.view.path)
        parents, env = [base.commit] if base.commit else [], self.who.environment()
        if self.options.amend:
            parents, env = _as_before(git, base.commit, env)
        words = ["commit-tree", tree, *(word for p in parents for word in ("-p", p))]
        data = text.encode("utf-8", "surrogateescape")
        made = git.run(*words, stdin=data, environment=env) if not self.sign.wanted else b""
        if self.sign.wanted:
            made = self._signed(git, words, data, env)
        return _Made(made.decode().strip(), tree, text, plan)

    def _signed(self, git: Runner, words: list[str], text: bytes, env: dict[str, str]) -> bytes:
        self.ears.progress("signing")
        ended = git.run_long(
            words[0],
            "-S",
            *words[1:],
            stdin=text,
            environment={**env, **self.sign.environment()},
            limit_s=SIGNING_S,
            cancelled=self.ears.cancelled,
        )
        if ended.stopped == "cancelled":
            raise CommitFailed("The commit was cancelled; nothing was changed.")
        lines = ended.output.split("\n")
        if ended.status or ended.stopped or not lines[-1].strip().isalnum():
            said = ended.stopped or " ".join(line.strip() for line in lines)[-400:]
            self.ears.heard(ended.output)
            raise CommitFailed(
                f"The commit could not be signed: {said}.",
                "Nothing was committed.",
                ways=(UNSIGNED,),
            )
        return lines[-1].encode()

    def _with_hooks_changes(self, git: Runner, index: str, plan: Plan, made: _Made) -> Plan:
        """What hooks staged, as the person agreed, goes into their index too."""
        planned = new_tree(git, self.head.commit, made.plan.tree, self.repo.format, self.view.path)
        if planned == made.tree:
            return plan
        return with_changes(
            git, plan, changed_between(git, planned, made.tree), self.merge, self.view.path
        )

    # -- the change --------------------------------------------------------------------------------

    def _publish(
        self, lock: IndexLock, data: bytes | None, base: Head, made: _Made, plan: Plan
    ) -> Receipt:
        if not self.options.branch and self.repo.head() != self.head:
            now = self.repo.head()
            raise CommitFailed(
                "HEAD was moved by someone else in the meantime.",
                "Nothing was committed.",
                ways=(Way(f"at:{now.ref}:{now.commit}", "Commit where it is now"),),
            )
        subject, commit = made.text.split("\n", 1)[0], made.commit
        old = Head(base.commit if base.doing != "new" else "", base.branch, base.ref)
        record = self._record(old, plan, subject)
        mark(self.journal, commit, {**record, "state": "open"})
        before = self._index_bytes()
        try:
            if data is not None:
                lock.install(data)
            self.journal.disk.step("index installed")
            why = "commit (amend)" if self.options.amend else "commit"
            why = f"{why}{' (initial)' if not base.commit else ''}: {subject}"
            own, disk = bool(self.options.branch), self.journal.disk
            move_ref(self.repo, old, commit, disk, who=self.who.line(), why=why, only=own)
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

    def _record(self, old: Head, plan: Plan, subject: str) -> Record:
        before = {} if self.options.branch else plan.index_before
        return {
            "old": old.commit,
            "ref": old.ref or "HEAD",
            "files": [str(path) for path in self._files(plan)],
            "subject": subject,
            "before": packed(before),
            "after": packed({path: plan.index.get(path) for path in before}),
        }


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


def is_pushed(view: View, commit: str) -> bool:
    """Whether a remote branch already has ``commit``, as far as is known here."""
    tips = sorted(view.repo.remote_tips())
    if not tips or not commit:
        return False
    lines = "\n".join([commit, *(f"^{tip}" for tip in tips)]) + "\n"
    git = view.runner()
    return not git.run(
        "rev-list", "-n1", "--ignore-missing", "--stdin", stdin=lines.encode()
    ).strip()


def refuse_pushed(view: View, commit: str, allowed: frozenset[str] = frozenset()) -> None:
    """CommitFailed when a remote branch already has ``commit`` and the person has not agreed."""
    if PUSHED.key not in allowed and is_pushed(view, commit):
        raise CommitFailed(
            "This commit was already pushed, so others may have it.",
            "Use git revert instead.",
            ways=(PUSHED,),
        )
