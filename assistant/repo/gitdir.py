"""A project's .git read as files: HEAD, refs, what is in progress. Starts no process."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from assistant.errors import RepoError
from assistant.repo.gitconfig import GitConfig, read_project

HERE = PurePosixPath()
_HEX = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_IN_PROGRESS = {
    "MERGE_HEAD": "a merge",
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
}


@dataclass(frozen=True, slots=True)
class Head:
    """Where the project stands. ``commit`` is empty when unborn, ``branch`` when detached.

    ``doing`` names a merge, rebase, cherry-pick or revert that is not finished.
    """

    commit: str = ""
    branch: str = ""
    ref: str = ""
    doing: str = ""

    @property
    def unborn(self) -> bool:
        return not self.commit

    @property
    def detached(self) -> bool:
        return bool(self.commit) and not self.ref


@dataclass(frozen=True, slots=True)
class GitDir:
    """The folders of one repository: ``path`` for HEAD and index, ``common`` for objects and refs.

    ``root`` is the top of its work tree, ``prefix`` the opened folder below it (``.`` when it is
    the top).
    """

    root: str
    path: str
    common: str
    config: GitConfig
    prefix: PurePosixPath = HERE

    @property
    def format(self) -> str:
        """The object format: sha1 or sha256."""
        return self.config.get("extensions.objectformat", "sha1").lower()

    def head(self) -> Head:
        """HEAD as it is now; RepoError when it says nothing that git would accept."""
        text = _small(os.path.join(self.path, "HEAD"))
        doing = next(
            (w for n, w in _IN_PROGRESS.items() if os.path.lexists(f"{self.path}/{n}")), ""
        )
        if text.startswith("ref: "):
            ref = text[5:].strip()
            if not valid_ref(ref):
                raise RepoError(f"HEAD names “{ref[:80]}”, which is not a branch.")
            branch = ref.removeprefix("refs/heads/")
            return Head(self.ref(ref), branch, ref, doing)
        if _HEX.fullmatch(text):
            return Head(text, "", "", doing)
        raise RepoError("HEAD of this repository is damaged.", "Run git fsck in a terminal.")

    def ref(self, name: str) -> str:
        """The commit a ref names, loose or packed; empty when it does not exist."""
        for _ in range(5):
            if not valid_ref(name):
                return ""
            text = _small(os.path.join(self.common, *name.split("/")))
            if text.startswith("ref: "):
                name = text[5:].strip()
                continue
            return text if _HEX.fullmatch(text) else self.packed().get(name, "")
        return ""

    def packed(self) -> dict[str, str]:
        """The refs in packed-refs."""
        found = {}
        for line in _text(os.path.join(self.common, "packed-refs")).split("\n"):
            value, _, name = line.partition(" ")
            if _HEX.fullmatch(value):
                found[name.strip()] = value
        return found

    def heads(self) -> dict[str, str]:
        """Every local branch with its commit."""
        start = "refs/heads/"
        found = {k.removeprefix(start): v for k, v in self.packed().items() if k.startswith(start)}
        base = os.path.join(self.common, "refs", "heads")
        for folder, _, files in os.walk(base):
            for name in files:
                branch = os.path.relpath(os.path.join(folder, name), base).replace(os.sep, "/")
                if valid_ref(start + branch) and (commit := self.ref(start + branch)):
                    found[branch] = commit
        return found

    def remote_tips(self) -> set[str]:
        """Every commit that a remote-tracking ref names."""
        tips = {v for k, v in self.packed().items() if k.startswith("refs/remotes/")}
        base = os.path.join(self.common, "refs", "remotes")
        for folder, _, files in os.walk(base):
            for name in files:
                text = _small(os.path.join(folder, name))
                if _HEX.fullmatch(text):
                    tips.add(text)
        return tips


def valid_ref(name: str) -> bool:
    """Whether ``name`` is a full ref that stays below refs/."""
    bad = re.search(r"\.\.|//|@\{|[\x00-\x20\x7f~^:?*\[\\]|\.lock(/|$)|/\.|[./]$", name)
    return name.startswith("refs/") and bad is None


def find(opened: str) -> tuple[GitDir | None, str]:
    """The repository that the real path ``opened`` lies in, or None with the reason when
    something is odd.

    Folders above are looked at only while the same person owns them, and never above the home
    folder.
    """
    home = os.path.realpath(os.path.expanduser("~"))
    folder = opened
    while True:
        if os.path.lexists(os.path.join(folder, ".git")):
            found, why = _at(folder)
            if found is None:
                return None, why
            prefix = os.path.relpath(opened, folder).replace(os.sep, "/")
            return replace(found, prefix=PurePosixPath(prefix)), ""
        parent = os.path.dirname(folder)
        if parent == folder or folder == home or not _same_owner(parent, opened):
            return None, ""
        folder = parent


def _same_owner(one: str, other: str) -> bool:
    try:
        return os.stat(one).st_uid == os.stat(other).st_uid
    except OSError:
        return False


def _at(root: str) -> tuple[GitDir | None, str]:
    dot = os.path.join(root, ".git")
    if os.path.islink(dot):
        return None, "git is off here: .git is a link to another place."
    if os.path.isdir(dot):
        return _checked(root, dot, dot)
    text = _small(dot)
    if not text.startswith("gitdir: "):
        return None, "git is off here: .git is not a repository."
    path = os.path.realpath(os.path.join(root, text[8:].strip()))
    if not _points_back(root, path):
        return None, f"git is off here: .git leads to {path}, which does not lead back."
    common = _small(os.path.join(path, "commondir"))
    return _checked(root, path, os.path.realpath(os.path.join(path, common)) if common else path)


def _checked(root: str, path: str, common: str) -> tuple[GitDir | None, str]:
    inside = ("objects", "refs")
    if not all(os.path.isdir(os.path.join(common, name)) for name in inside):
        return None, "git is off here: .git is not a complete repository."
    links = [os.path.islink(os.path.join(common, name)) for name in inside]
    with os.scandir(os.path.join(common, "objects")) as entries:
        links += [entry.is_symlink() for entry in entries]
    if any(links):
        return None, "git is off here: parts of .git are links to another place."
    config = read_project(os.path.join(common, "config"))
    if config.flag("extensions.worktreeconfig"):  # where git puts what is sparse
        config = config.merged(read_project(os.path.join(path, "config.worktree")))
    if config.get("extensions.refstorage", "files") != "files":
        return None, "git is off here: its refs are not stored as files."
    if config.get("extensions.objectformat", "sha1").lower() not in ("sha1", "sha256"):
        return None, "git is off here: its object format is unknown."
    return GitDir(root, path, common, config), ""


def _points_back(root: str, path: str) -> bool:
    """Whether a linked work tree or submodule at ``path`` names ``root`` itself; a stranger's
    would not."""
    back = _small(os.path.join(path, "gitdir"))
    if back:
        return os.path.realpath(os.path.join(path, back)) == os.path.realpath(f"{root}/.git")
    tree = read_project(os.path.join(path, "config")).get("core.worktree")
    return bool(tree) and os.path.realpath(os.path.join(path, tree)) == os.path.realpath(root)


def _text(path: str) -> str:
    try:
        if not os.path.isfile(path) or os.path.islink(path):
            return ""
        return Path(path).read_bytes().decode("utf-8", "surrogateescape")
    except OSError:
        return ""  # packed-refs and loose refs are both optional


def _small(path: str) -> str:
    try:
        if os.path.isfile(path) and os.path.getsize(path) < 65536:
            return _text(path).strip()
    except OSError:
        return ""  # it went away between the two looks
    return ""
