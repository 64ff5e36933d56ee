"""Which files of a folder count: ignore rules, nested repositories, links, pipes. Runs no git.

Follows what ``git ls-files -co --exclude-standard`` lists (tracked files count although a rule
ignores them, except that nested repositories are walked under their own rules) and says why
everything else was left out.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Container, Iterator
from dataclasses import dataclass, field

from assistant.context.gitindex import git_folder, tracked_paths
from assistant.context.ignores import IgnoreFile, ignored, parse
from assistant.context.reading import Unread, linked, read_bytes
from assistant.context.secrets import is_secret_path

_VCS = frozenset((".git", ".hg", ".svn", ".jj", "CVS", ".bzr"))
_RULE_FILES = (".gitignore", ".ignore", ".galleyignore")
_HEAVY = frozenset(
    ("node_modules", "__pycache__", ".venv", ".tox", ".mypy_cache", ".ruff_cache", ".pytest_cache")
)
"""Left out even where no rule says so: a folder without git has no rules, and nobody means these.
"""


@dataclass(frozen=True, slots=True)
class Found:
    """One file: ``path`` relative and posix, modification time in ns, size in bytes, mode bits."""

    path: str
    mtime_ns: int
    size: int
    inode: int = 0


@dataclass(slots=True)
class Scan:
    """One walk: the files, what was skipped and why, the folders that were walked (to be watched)
    and which folders were not entered."""

    files: dict[str, Found] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)
    pruned: list[str] = field(default_factory=list)
    ignored: int = 0
    truncated: bool = False

    def known_folders(self) -> frozenset[str]:
        """The folders that were walked, without the root."""
        return frozenset(self.folders) - {""}


@dataclass(frozen=True, slots=True)
class _Folder:
    path: str
    stack: tuple[IgnoreFile, ...]
    tracked: frozenset[str]
    repo: str


class Walker:
    """Walks one root. ``limit`` bounds the number of files; ``harmless`` are paths whose names
    were judged before and are no secrets."""

    def __init__(
        self, root: str, *, limit: int = 400_000, harmless: Container[str] = frozenset()
    ) -> None:
        self.root = root
        self._limit = limit
        self._harmless = harmless

    def scan(self) -> Scan:
        """Everything below the root; unreadable folders are reported, never raised."""
        result = Scan()
        for _ in self.steps(result):
            continue
        return result

    def steps(self, result: Scan) -> Iterator[None]:
        """The same into ``result``, a folder a step."""
        todo = [self._repository("")]
        while todo:
            yield
            folder = todo.pop()
            if len(result.files) >= self._limit:
                result.truncated = True
                result.skipped[folder.path or "."] = (
                    f"the project has more than {self._limit} files"
                )
                return
            self._list(folder, result, todo)

    def judge(self, path: str) -> str | None:
        """Why the file at ``path`` (which need not exist) may not be known, or None. Reads the
        rules on its way."""
        if linked(self.root, path):
            return "is a link, or lies behind one"
        if reason := is_secret_path(path):
            return reason
        folder = self._repository("")
        parts = path.split("/")
        for i, name in enumerate(parts):
            here = "/".join(parts[: i + 1])
            names = set(_RULE_FILES)
            folder = _Folder(
                folder.path, self._with_rules(folder, names), folder.tracked, folder.repo
            )
            if i == len(parts) - 1:
                below = here[len(folder.repo) + 1 :] if folder.repo else here
                hidden = below not in folder.tracked and ignored(here, False, folder.stack)
                return "is ignored" if hidden else None
            todo: list[_Folder] = []
            self._child(name, here, folder, Scan(), todo)
            if not todo:
                return "lies in an ignored folder"
            folder = todo[0]
            if os.path.lexists(os.path.join(self.root, here, ".git")):
                folder = self._repository(here)
        return "is no file"

    def _list(self, folder: _Folder, result: Scan, todo: list[_Folder]) -> None:
        try:
            with os.scandir(os.path.join(self.root, folder.path)) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            result.skipped[folder.path or "."] = f"the folder cannot be read: {error.strerror}"
            return
        result.folders.append(folder.path)
        names = {entry.name for entry in listed}
        if ".git" in names and folder.path != folder.repo:
            folder = self._repository(folder.path)
        here = _Folder(folder.path, self._with_rules(folder, names), folder.tracked, folder.repo)
        for entry in listed:
            path = f"{folder.path}/{entry.name}" if folder.path else entry.name
            try:
                self._entry(entry, path, here, result, todo)
            except OSError as error:
                result.skipped[path] = f"cannot be looked at: {error.strerror}"

    def _with_rules(self, folder: _Folder, names: set[str]) -> tuple[IgnoreFile, ...]:
        stack = folder.stack
        for name in _RULE_FILES:
            if name in names:
                path = f"{folder.path}/{name}" if folder.path else name
                data = read_bytes(self.root, path)
                if not isinstance(data, Unread):
                    rules = parse(data.decode("utf-8", "surrogateescape"), folder.path)
                    stack = (*stack, rules) if rules.rules else stack
        return stack

    def _entry(
        self, entry: os.DirEntry[str], path: str, folder: _Folder, result: Scan, todo: list[_Folder]
    ) -> None:
        facts = entry.stat(follow_symlinks=False)
        mode = facts.st_mode
        if stat.S_ISDIR(mode):
            self._child(entry.name, path, folder, result, todo)
            return
        below = path[len(folder.repo) + 1 :] if folder.repo else path
        if below not in folder.tracked and ignored(path, False, folder.stack):
            result.ignored += 1
        elif stat.S_ISLNK(mode):
            result.skipped[path] = "is a link"
        elif not stat.S_ISREG(mode):
            result.skipped[path] = "is not a regular file (a pipe, socket or device)"
        elif path not in self._harmless and (reason := is_secret_path(path)):
            result.skipped[path] = reason
        else:
            result.files[path] = Found(path, facts.st_mtime_ns, facts.st_size, facts.st_ino)

    def _child(
        self, name: str, path: str, folder: _Folder, result: Scan, todo: list[_Folder]
    ) -> None:
        if name in _VCS:
            result.pruned.append(path)
            return
        below = path[len(folder.repo) + 1 :] if folder.repo else path
        holds_tracked = below + "/" in folder.tracked
        if not holds_tracked and (name in _HEAVY or ignored(path, True, folder.stack)):
            result.ignored += 1
            result.pruned.append(path)
            return
        if is_secret_path(f"{name}/x"):
            result.skipped[path] = "is a folder where keys are kept"
            return
        stack = folder.stack
        if holds_tracked and ignored(path, True, folder.stack):
            stack = (*stack, IgnoreFile(path, parse("*").rules))
        todo.append(_Folder(path, stack, folder.tracked, folder.repo))

    def _repository(self, path: str) -> _Folder:
        """The folder ``path`` as the top of a repository (or of a plain folder): its own rules
        only."""
        stack: tuple[IgnoreFile, ...] = ()
        if rules := _global_rules(path):
            stack = (rules,)
        tracked: frozenset[str] = frozenset()
        gitdir = git_folder(self.root, path)
        if gitdir is not None:
            exclude = _small_text(os.path.join(gitdir.common, "info", "exclude"))
            if exclude and (rules := parse(exclude, path)).rules:
                stack = (*stack, rules)
            tracked = tracked_paths(os.path.join(gitdir.own, "index"))
        return _Folder(path, stack, tracked, path)


def _small_text(path: str) -> str:
    """The text of one of git's own small files; empty when it is missing, large or no file."""
    try:
        facts = os.stat(path)
        if not stat.S_ISREG(facts.st_mode) or facts.st_size > 1_000_000:
            return ""
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.read()
    except OSError:
        return ""


def _global_rules(base: str) -> IgnoreFile | None:
    """The person's own excludes file, named by their own git configuration, read as inert text."""
    home = os.path.expanduser("~")
    config = os.environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config")
    named = re.search(
        r"^\s*excludes[Ff]ile\s*=\s*\"?([^\n\"]+?)\"?\s*$",
        _small_text(os.path.join(home, ".gitconfig"))
        or _small_text(os.path.join(config, "git", "config")),
        re.MULTILINE,
    )
    path = os.path.expanduser(named[1]) if named else os.path.join(config, "git", "ignore")
    rules = parse(_small_text(path), base)
    return rules if rules.rules else None
