"""The hooks of a repository around a commit: which there are, and one round of them.

They run for the person's own commit in a trusted folder only; whoever calls sees to that. A hook
sees HEAD plus the kept hunks as its index, in a file of its own, so that nothing of the person's is
changed by a hook that refuses. What it does to the files is booked as its own.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from assistant.errors import CommitFailed, RepoError, Way
from assistant.repo.effects import Booked, Effects
from assistant.repo.gitconfig import GitConfig
from assistant.repo.gitdir import GitDir
from assistant.repo.identity import Identity
from assistant.repo.process import Ended, run_program
from assistant.repo.view import View

NAMES = ("pre-commit", "prepare-commit-msg", "commit-msg", "post-commit")
LIMIT_S = 600.0
MESSAGE = "COMMIT_EDITMSG"
NO_HOOKS = Way("no-hooks", "Commit without hooks")
UNKEPT = Way("unkept", "Run the hooks all the same")


def hooks_folder(repo: GitDir, settings: GitConfig) -> str:
    """Where git would look for hooks."""
    named = settings.get("core.hookspath")
    if not named:
        return os.path.join(repo.common, "hooks")
    return os.path.join(repo.root, os.path.expanduser(named))


def present(repo: GitDir, settings: GitConfig) -> tuple[str, ...]:
    """The hooks around a commit that git would run here, in their order."""
    folder = hooks_folder(repo, settings)
    paths = {name: os.path.join(folder, name) for name in NAMES}
    return tuple(
        n for n, path in paths.items() if os.path.isfile(path) and os.access(path, os.X_OK)
    )


@dataclass(slots=True)
class Hooks:
    """One round for one commit. ``allowed`` is what the person agreed to: see :class:`Way`.

    ``open`` are files that are open in editors, which are kept even where git ignores them.
    """

    view: View
    who: Identity
    effects: Effects
    allowed: frozenset[str]
    progress: Callable[[str], None]
    heard: Callable[[str], None]
    cancelled: Callable[[], bool]
    limit_s: float = LIMIT_S
    open: tuple[PurePosixPath, ...] = ()
    booked: list[Booked] = field(default_factory=list)

    def before(self, index: str, tree: str, text: str) -> tuple[str, str, tuple[str, ...]]:
        """pre-commit, prepare-commit-msg and commit-msg: the tree and the message they leave, and
        what else they did.

        ``index`` is a file that may be overwritten. Raises CommitFailed when one refuses, or when
        the tree changed and the person has not agreed to exactly that.
        """
        names = present(self.view.repo, self.view.settings())
        git = self.view.runner(index=index, write_objects=True)
        git.run("read-tree", "--reset", tree)
        git.run("update-index", "-q", "--refresh", allowed=(0, 1))
        if "pre-commit" in names:
            self._run("pre-commit", index)
        left = git.run("write-tree").decode().strip()
        if left != tree and f"tree:{left}" not in self.allowed:
            changed = git.run("diff-tree", "-r", "-z", "--name-only", tree, left)
            raise _more(changed.decode("utf-8", "surrogateescape").strip("\0").split("\0"), left)
        if {"prepare-commit-msg", "commit-msg"} & set(names):
            text = self._message(index, names, text)
        touched = self._touched()
        notes = (f"The hooks changed {touched} on disk; that is not in the commit.",)
        return left, text, (*(notes if touched else ()), *self._not_booked())

    def after(self) -> tuple[str, ...]:
        """post-commit, which can change nothing about the commit; a sentence when it failed, and
        about what it did."""
        if "post-commit" not in present(self.view.repo, self.view.settings()):
            return ()
        self.booked.clear()
        try:
            ended = self._start("post-commit", "", ())
        except CommitFailed as error:
            return (f"{error.cause} The commit stands.",)
        said = []
        if ended.stopped:
            said.append(f"post-commit was {ended.stopped}; the commit stands.")
        elif ended.status:
            said.append(f"post-commit failed with status {ended.status}; the commit stands.")
        if touched := self._touched():
            said.append(f"post-commit changed {touched} on disk.")
        return (*said, *self._not_booked())

    def _message(self, index: str, names: tuple[str, ...], text: str) -> str:
        """The words as the hooks leave them, through the file that git uses for it."""
        path = os.path.join(self.view.repo.path, MESSAGE)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)
        with os.fdopen(os.open(path, flags, 0o666), "wb") as file:
            file.write(text.encode("utf-8", "surrogateescape"))
        if "prepare-commit-msg" in names:
            self._run("prepare-commit-msg", index, path, "message")
        if "commit-msg" in names:
            self._run("commit-msg", index, path)
        raw = Path(path).read_bytes().decode("utf-8", "surrogateescape")
        lines = [line.rstrip() for line in raw.replace("\r\n", "\n").strip().split("\n")]
        if lines == [""]:
            raise CommitFailed("The hooks left no message.", "Write one again, or leave hooks out.")
        return "\n".join(lines) + "\n"

    def _run(self, name: str, index: str, *arguments: str) -> None:
        """One hook; CommitFailed with its words when it refuses."""
        ended = self._start(name, index, arguments)
        if not ended.stopped and not ended.status:
            return
        touched = self._touched()
        also = " ".join((f" It changed {touched} on disk." if touched else "", *self._not_booked()))
        if ended.stopped == "cancelled":
            raise CommitFailed(f"{name} was cancelled; nothing was committed.{also}")
        lines = ended.output.strip().split("\n")  # all of it was heard; the last one says why
        said = lines[-1].strip()[-300:] or f"it ended with status {ended.status}"
        how = f"was {ended.stopped}" if ended.stopped else "refused the commit"
        raise CommitFailed(
            f"{name} {how}: {said}{'' if said.endswith('.') else '.'}{also}",
            "Nothing was committed.",
            ways=(NO_HOOKS,),
        )

    def _start(self, name: str, index: str, arguments: tuple[str, ...]) -> Ended:
        self.progress(f"running {name}")
        program = os.path.join(hooks_folder(self.view.repo, self.view.settings()), name)
        environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
        environment |= {"GIT_EDITOR": ":", "GIT_PREFIX": "", "GIT_TERMINAL_PROMPT": "0"}
        environment |= {k: v for k, v in self.who.environment().items() if "AUTHOR" in k}
        if index:
            environment["GIT_INDEX_FILE"] = index
        try:
            with self._seen(name):
                return run_program(
                    [program, *arguments],
                    folder=self.view.repo.root,
                    environment=environment,
                    limit_s=self.limit_s,
                    heard=self.heard,
                    cancelled=self.cancelled,
                )
        except OSError as error:
            raise CommitFailed(
                f"{name} cannot be run: {error.strerror or error}.",
                "Nothing was committed.",
                ways=(NO_HOOKS,),
            ) from error

    # -- what a hook did to the files --------------------------------------------------------------

    @contextmanager
    def _seen(self, name: str) -> Iterator[None]:
        """What is done meanwhile is the hook's. CommitFailed when the files cannot be kept."""
        if UNKEPT.key in self.allowed:
            yield
            return
        try:
            one = self.effects.begin(f"{name} hook", self.open)
        except RepoError as error:
            raise CommitFailed(
                f"The files could not be kept before {name} runs: {error.cause}",
                "What it changes could not be taken back.",
                ways=(UNKEPT, NO_HOOKS),
            ) from error
        try:
            yield
        finally:
            self.booked.append(self.effects.end(one, self.open))

    def _touched(self) -> str:
        """The files that hooks wrote so far, for a sentence; empty when there are none."""
        paths = dict.fromkeys(str(path) for one in self.booked for path in one.paths)
        return _names(sorted(paths))

    def _not_booked(self) -> tuple[str, ...]:
        """A sentence about what the history does not have, where there is something."""
        left = [f"{one.command}: {_names(list(one.left))}" for one in self.booked if one.left]
        return (f"Not in the history: {'; '.join(left)}.",) if left else ()


def _names(names: list[str]) -> str:
    shown = ", ".join(names[:3])
    return shown + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _more(names: list[str], tree: str) -> CommitFailed:
    """The hook staged something, so the commit would hold more than the kept hunks."""
    return CommitFailed(
        f"pre-commit changed what would be committed: {_names(names)}.",
        "Nothing was committed.",
        ways=(
            Way(f"tree:{tree}", "Commit with its changes"),
            NO_HOOKS,
        ),
    )
