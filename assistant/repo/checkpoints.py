"""Snapshots of a whole project in the app's own git directory. Never writes into the project or
its .git.

Contents are stored byte for byte: no line end is converted and no filter runs. The index of the
last snapshot is kept, so that the next one costs what changed in between. What git ignores is left
out but for the files that are asked for by name.
"""

from __future__ import annotations

import os
import stat
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from assistant.errors import DiskFailed, RepoError
from assistant.repo.disk import Disk
from assistant.repo.gitdir import GitDir, find
from assistant.repo.runner import GitFailed, Runner
from assistant.repo.saver import disk_errors, failed
from assistant.repo.tree import read_blobs
from assistant.repo.treediff import Difference as Differs
from assistant.repo.treediff import changed_between
from assistant.repo.trust import is_whole_home
from assistant.repo.view import View, own_config, quoted

_ATTRIBUTES = b"* -text -filter -ident -diff -merge !eol !working-tree-encoding\n"
_IDENTITY = {
    "GIT_AUTHOR_NAME": "Galley",
    "GIT_AUTHOR_EMAIL": "checkpoint@galley.invalid",
    "GIT_COMMITTER_NAME": "Galley",
    "GIT_COMMITTER_EMAIL": "checkpoint@galley.invalid",
}
# Objects go to the device without waiting for each; syncing the ref at the end commits them all.
_SYNC = b"[core]\n\tfsync = loose-object,index,reference\n\tfsyncMethod = writeout-only\n"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One snapshot. ``skipped`` are files it does not hold: too large, special, or a nested
    repository."""

    commit: str
    time: float
    title: str
    skipped: tuple[PurePosixPath, ...] = ()
    tree: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """One path that differs between two snapshots; None where it does not exist."""

    path: PurePosixPath
    before: bytes | None
    after: bytes | None


class Checkpoints:
    """The snapshots of ``root``, kept in ``folder``. Raises RepoError for the home folder and the
    root."""

    def __init__(
        self,
        root: Path | str,
        folder: Path,
        *,
        largest: int = 2 << 20,
        most: int = 1 << 30,
        disk: Disk | None = None,
    ) -> None:
        self.root = os.path.realpath(root)
        if is_whole_home(self.root):
            raise RepoError(
                f"{self.root} is too large to keep snapshots of.", "Open the project's own folder."
            )
        self._path = folder / "vault.git"
        self._view_folder = folder
        self._largest = largest
        self._most = most
        self._lock = threading.Lock()
        self._disk = disk or Disk()

    def take(self, title: str, also: Sequence[PurePosixPath] = ()) -> Checkpoint:
        """Snapshot every file that git does not ignore, and those of ``also`` whatever git says;
        RepoError rather than an incomplete one.
        """
        with self._lock:
            git, tree, skipped = self._looked(also)
            try:
                commit = self._keep(git, tree, title)
            except GitFailed as error:
                raise _no_checkpoint(error) from error
            except OSError as error:
                raise failed(error, "a checkpoint", "write") from error
            return Checkpoint(commit, time.time(), title, tuple(map(_as_path, skipped)), tree)

    def since(
        self, tree: str, also: Sequence[PurePosixPath] = ()
    ) -> tuple[list[Differs], tuple[PurePosixPath, ...]]:
        """How what stands now differs from ``tree`` (or a commit), and what is not held. Nothing is
        kept for later.
        """
        with self._lock:
            git, now, skipped = self._looked(also)
            differs = changed_between(git, tree, now) if now != tree else []
            return differs, tuple(map(_as_path, skipped))

    def _looked(self, also: Sequence[PurePosixPath]) -> tuple[Runner, str, list[bytes]]:
        repo, _ = find(self.root)
        if repo is not None and repo.root != self.root:
            repo = None  # a subfolder is kept by itself, whole
        try:
            git = self._runner(repo)
            self._make(repo)
            try:
                return git, *self._tree(git, repo, also)
            except GitFailed as error:
                return git, *self._again(git, repo, also, error)
        except OSError as error:
            raise failed(error, "a checkpoint", "write") from error

    def _again(
        self, git: Runner, repo: GitDir | None, also: Sequence[PurePosixPath], first: GitFailed
    ) -> tuple[str, list[bytes]]:
        """Once more without what the last snapshot left behind; a second failure is the person's
        to know."""
        for name in ("checkpoint.index", "checkpoint.index.lock"):
            (self._path / name).unlink(missing_ok=True)
        try:
            return self._tree(git, repo, also)
        except GitFailed:
            raise _no_checkpoint(first) from first

    def _tree(
        self, git: Runner, repo: GitDir | None, also: Sequence[PurePosixPath]
    ) -> tuple[str, list[bytes]]:
        self._seed(repo)
        changed, skipped = self._changed(git, also)
        if changed:
            names = b"\0".join(changed) + b"\0"
            self._disk.step("checkpoint: contents")
            git.run("update-index", "--add", "--remove", "-z", "--stdin", stdin=names)
        self._disk.step("checkpoint: tree")
        return git.run("write-tree", "--missing-ok").decode().strip(), skipped

    def _keep(self, git: Runner, tree: str, title: str) -> str:
        self._disk.step("checkpoint: commit")
        made = git.run("commit-tree", tree, stdin=title.encode(), environment=_IDENTITY)
        commit = made.decode().strip()
        ref = f"refs/checkpoints/{time.time_ns()}"
        self._disk.step("checkpoint: ref")
        git.run("update-ref", ref, commit)
        fd = os.open(self._path / ref, os.O_RDWR)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
        return commit

    # -- asking ------------------------------------------------------------------------------------

    def compare(self, one: str, other: str) -> list[Differs]:
        """Every path that two snapshots (commits or trees) have differently."""
        return changed_between(self._runner(find(self.root)[0]), one, other)

    def sizes(self, oids: Iterable[str]) -> dict[str, int]:
        """Bytes of each content that is still held here or in the project's git."""
        git = self._runner(find(self.root)[0])
        given = "".join(f"{oid}\n" for oid in dict.fromkeys(oids)).encode()
        rows = git.run("cat-file", "--batch-check", stdin=given).decode().split("\n")
        parts = [row.split() for row in rows]
        return {part[0]: int(part[2]) for part in parts if len(part) == 3 and part[1] == "blob"}

    def contents(self, oids: Iterable[str]) -> dict[str, bytes]:
        """The bytes of contents that :meth:`sizes` knows."""
        return read_blobs(self._runner(find(self.root)[0]), oids)

    def difference(self, one: str, other: str) -> tuple[Difference, ...]:
        """What changed from checkpoint ``one`` to ``other`` (commits), with contents."""
        differs = self.compare(one, other)
        sides = [side for each in differs for side in (each.old, each.new) if side is not None]
        blobs = self.contents(side.oid for side in sides)
        return tuple(
            Difference(
                PurePosixPath(each.path),
                blobs[each.old.oid] if each.old is not None else None,
                blobs[each.new.oid] if each.new is not None else None,
            )
            for each in differs
        )

    def commits(self) -> list[str]:
        """All snapshots, oldest first."""
        return [commit for _, commit in sorted(self._refs().items())]

    def size(self) -> int:
        """Bytes that the snapshots take on the disk."""
        total = 0
        for folder, _, files in os.walk(self._path):
            total += sum(os.lstat(os.path.join(folder, name)).st_size for name in files)
        return total

    def prune(self, keep: int = 50) -> int:
        """Forget all but the newest ``keep`` snapshots and pack the rest; how many were
        forgotten."""
        old = self.commits()[: -keep or None]
        self.drop(old)
        self.pack()
        return len(old)

    def pack(self) -> None:
        """Give free what no snapshot holds, and pack the rest."""
        with self._lock, disk_errors("a checkpoint", "pack"):
            if (self._path / "HEAD").exists():
                git = self._runner(find(self.root)[0])
                self._disk.step("checkpoint: pack")
                git.run("repack", "-q", "-a", "-d", "-l")
                git.run("prune", "--expire=now")

    def drop(self, commits: Iterable[str]) -> None:
        """Forget these snapshots; their contents go with the next :meth:`pack`."""
        wanted = set(commits)
        with self._lock, disk_errors("a checkpoint", "forget"):
            self._forget([name for name, commit in self._refs().items() if commit in wanted])

    def _refs(self) -> dict[str, str]:
        """The commit of each snapshot, by the name of its ref."""
        if not (self._path / "HEAD").exists():
            return {}
        git = self._runner(find(self.root)[0])
        raw = git.run("for-each-ref", "--format=%(refname) %(objectname)", "refs/checkpoints")
        return dict(row.split() for row in raw.decode().split("\n") if row)

    def _forget(self, refs: Sequence[str]) -> None:
        if refs:
            lines = "".join(f"delete {name}\n" for name in refs)
            self._disk.step("checkpoint: forget")
            git = self._runner(find(self.root)[0])
            git.run("update-ref", "--stdin", stdin=lines.encode())

    # -- inside ------------------------------------------------------------------------------------

    def _runner(self, repo: GitDir | None) -> Runner:
        environment = {
            "GIT_DIR": str(self._path),
            "GIT_WORK_TREE": self.root,
            "GIT_INDEX_FILE": str(self._path / "checkpoint.index"),
        }
        if repo is not None:
            environment["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = quoted(
                os.path.join(repo.common, "objects")
            )
        self._path.mkdir(parents=True, exist_ok=True, mode=0o700)
        return Runner(str(self._path), environment)

    def _make(self, repo: GitDir | None) -> None:
        if (self._path / "HEAD").exists():
            return
        for name in ("objects/info", "objects/pack", "refs/heads", "info"):
            (self._path / name).mkdir(parents=True, exist_ok=True, mode=0o700)
        kind = repo.format if repo is not None else "sha1"
        (self._path / "config").write_bytes(own_config(kind) + _SYNC)
        (self._path / "info/attributes").write_bytes(_ATTRIBUTES)
        exclude = Path(repo.common, "info", "exclude") if repo is not None else None
        if exclude is not None and exclude.is_file() and not exclude.is_symlink():
            (self._path / "info/exclude").write_bytes(exclude.read_bytes())
        self._disk.step("checkpoint: folder")
        new = self._path / "HEAD.new"
        new.write_bytes(b"ref: refs/heads/none\n")
        os.replace(new, self._path / "HEAD")  # a half written one would be taken for a whole folder

    def _seed(self, repo: GitDir | None) -> None:
        """Begin with what the person's index knows, unless git converts contents on their way in.

        There the index names converted contents, which would not come back byte for byte.
        """
        index = self._path / "checkpoint.index"
        if index.exists() or repo is None:
            return
        view = View(repo, self._view_folder)
        if view.settings().get("core.autocrlf", "false").lower() in ("true", "input"):
            return
        with view.index() as copy:
            if not os.path.exists(copy):
                return
            git = view.runner(index=copy)
            listed = git.run("ls-files", "-z", "--", "*.gitattributes", environment=_GLOBS)
            if listed or (self._path.parent / "view.git/info/attributes").read_bytes():
                return
            os.replace(copy, index)

    def _changed(
        self, git: Runner, also: Sequence[PurePosixPath]
    ) -> tuple[list[bytes], list[bytes]]:
        """Paths to store, and those that are left out."""
        new = git.run("ls-files", "-o", "--exclude-standard", "-z").split(b"\0")[:-1]
        status, listed, said = git.run_all(
            "diff-files", "--name-only", "-z", "--ignore-submodules=all"
        )
        if status not in (0, 1):
            raise GitFailed("diff-files", status, said)
        changed, skipped, total = [], [], 0
        named = [os.fsencode(str(path)) for path in also if _below(self.root, path)]
        for name in dict.fromkeys([*new, *listed.split(b"\0")[:-1], *named]):
            try:
                seen = os.lstat(os.path.join(os.fsencode(self.root), name))
            except FileNotFoundError:
                changed.append(name)
                continue
            plain = stat.S_ISREG(seen.st_mode) or stat.S_ISLNK(seen.st_mode)
            if name.endswith(b"/") or not plain or seen.st_size > self._largest:
                skipped.append(name)
                continue
            total += seen.st_size
            changed.append(name)
        if total > self._most:
            raise RepoError(
                f"A snapshot would take {total >> 20} MB.",
                "Add what is generated to .gitignore.",
            )
        return changed, skipped


_GLOBS = {"GIT_LITERAL_PATHSPECS": "0", "GIT_GLOB_PATHSPECS": "0"}


def _below(root: str, path: PurePosixPath) -> bool:
    """Whether a file is in the folder, with no link on the way to it."""
    real = os.path.realpath(os.path.join(root, *path.parts))
    return real == os.path.join(root, *path.parts) and ".git" not in path.parts


def _no_checkpoint(error: GitFailed) -> DiskFailed:
    return DiskFailed(f"No checkpoint was taken: {error.cause}", "Free some space.")


def _as_path(name: bytes) -> PurePosixPath:
    return PurePosixPath(os.fsdecode(name))
