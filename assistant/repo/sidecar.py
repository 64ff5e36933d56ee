"""What git knows about a project: status, diff, log, blame. Never loads the project's
configuration."""

from __future__ import annotations

import hashlib
import os
import threading
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from assistant.errors import RepoError
from assistant.repo.codec import TextFile, decode
from assistant.repo.gitdir import HERE, GitDir, Head, find
from assistant.repo.runner import GitFailed, Runner
from assistant.repo.view import View

EMPTY_TREE = {
    "sha1": "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "sha256": "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}


@dataclass(frozen=True, slots=True)
class FileStatus:
    """One path as ``git status`` letters: ``index`` against HEAD, ``tree`` against the index.

    Letters are M A D R C T, ``U`` for a conflict, ``?`` for untracked, ``.`` for unchanged.
    """

    path: PurePosixPath
    index: str
    tree: str
    moved_from: PurePosixPath | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """``repository`` is false without git; then ``notes`` says why, if there is something to
    say."""

    repository: bool
    head: Head | None = None
    files: tuple[FileStatus, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One commit; ``time`` is its author's, in seconds since the epoch."""

    commit: str
    author: str
    email: str
    time: int
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class BlameLine:
    """Who wrote a line last: ``commit`` is all zeros for what is not committed."""

    commit: str
    author: str
    time: int
    subject: str


class Sidecar:
    """Questions about the project at ``root``; ``folder`` is the app's own for it. Any thread may
    ask."""

    def __init__(self, root: Path | str, folder: Path) -> None:
        self.root = os.path.realpath(root)
        self.folder = folder
        self._lock = threading.Lock()

    def repository(self) -> tuple[GitDir | None, str]:
        """The repository as it is now (it may come and go), or None and a sentence when something
        is odd."""
        return find(self.root)

    def view(self) -> View:
        """Git's view of it; RepoError when this is no repository."""
        repo, why = self.repository()
        if repo is None:
            raise RepoError(why or "This folder is not in git.", "Create a repository to commit.")
        return View(repo, self.folder)

    def head(self) -> Head | None:
        """Branch, commit and what is in progress, from files only; None without a repository."""
        repo, _ = self.repository()
        return None if repo is None else repo.head()

    def status(self) -> Status:
        """Every changed, conflicted and untracked file below the opened folder, as plain git
        would list them."""
        repo, why = self.repository()
        if repo is None:
            return Status(False, notes=(why,) if why else ())
        view, head = View(repo, self.folder), repo.head()
        arguments = ["status", "--porcelain=v2", "-z", "-uall", "--ignore-submodules=all"]
        arguments += ["--no-renames", *_below(repo)]
        notes: list[str] = []
        with self._lock, view.index() as index:
            view.point_head(head.commit)
            git = view.runner(index=index)
            try:
                raw = git.run(*arguments)
            except GitFailed as error:
                notes.append(f"The index is damaged and was read from HEAD instead ({error.cause})")
                _rebuild(git, index, head)
                raw = git.run(*arguments)
            files = _without_filters(git, view, _parse_status(raw), notes)
        if head.doing:
            notes.append(
                f"{head.doing.capitalize()} is in progress; commits wait until it is finished."
            )
        return Status(True, head, tuple(_strip(repo, files)), tuple(notes))

    def diff(self, path: PurePosixPath | None = None, context: int = 3) -> str:
        """The working files against HEAD as a unified diff; bytes that are not UTF-8 are
        surrogates."""
        repo, _ = self.repository()
        if repo is None:
            return ""
        view, head = View(repo, self.folder), repo.head()
        where = _below(repo) if path is None else ["--", str(repo.prefix / path)]
        with self._lock, view.index() as index:
            view.point_head(head.commit)
            git = view.runner(index=index)
            base = head.commit or EMPTY_TREE[repo.format]
            options = ["--no-ext-diff", "--no-textconv", "--no-color", "--ignore-submodules=all"]
            raw = git.run("diff", *options, f"-U{context}", base, *where)
        return raw.decode("utf-8", "surrogateescape")

    def head_bytes(self, path: PurePosixPath, commit: str = "") -> bytes | None:
        """The file as HEAD (or ``commit``) has it; None when it has none, or a link or submodule
        there."""
        repo, _ = self.repository()
        if repo is None:
            return None
        at = commit or repo.head().commit
        if not at:
            return None
        git = View(repo, self.folder).runner()
        listed = git.run("ls-tree", "-z", "--full-tree", at, "--", str(repo.prefix / path))
        kind, _, name = listed.rstrip(b"\0").partition(b"\t")
        if not name or not kind.startswith(b"100"):
            return None
        return git.run("cat-file", "blob", kind.split()[2].decode())

    def head_text(self, path: PurePosixPath) -> TextFile | None:
        """:meth:`head_bytes` decoded."""
        data = self.head_bytes(path)
        return None if data is None else decode(data)

    def log(self, limit: int = 100, path: PurePosixPath | None = None) -> tuple[LogEntry, ...]:
        """The newest commits, those that touch ``path`` when it is given."""
        repo, _ = self.repository()
        head = None if repo is None else repo.head()
        if repo is None or head is None or head.unborn:
            return ()
        where = _below(repo) if path is None else ["--", str(repo.prefix / path)]
        raw = (
            View(repo, self.folder)
            .runner()
            .run(
                "log",
                "-z",
                f"-n{limit}",
                "--no-show-signature",
                "--no-ext-diff",
                "--no-textconv",
                "--format=%H%x01%an%x01%ae%x01%at%x01%s%x01%b",
                head.commit,
                *where,
            )
        )
        return tuple(_log_entry(one) for one in raw.split(b"\0") if one)

    def blame(self, path: PurePosixPath, text: bytes | None = None) -> tuple[BlameLine, ...]:
        """One entry per line of HEAD's file, or of ``text`` (the buffer's bytes) when given."""
        repo, _ = self.repository()
        head = None if repo is None else repo.head()
        if repo is None or head is None or head.unborn:
            return ()
        view = View(repo, self.folder)
        contents = [] if text is None else ["--contents", "-"]
        with self._lock, view.index() as index:
            view.point_head(head.commit)
            raw = view.runner(index=index).run(
                "blame",
                "--porcelain",
                "--no-textconv",
                *contents,
                *([] if contents else [head.commit]),
                "--",
                str(repo.prefix / path),
                stdin=text,
            )
        return _parse_blame(raw)


def _below(repo: GitDir) -> list[str]:
    return [] if repo.prefix == HERE else ["--", str(repo.prefix)]


def _strip(repo: GitDir, files: list[FileStatus]) -> list[FileStatus]:
    if repo.prefix == HERE:
        return files
    return [replace(f, path=f.path.relative_to(repo.prefix)) for f in files]


def _rebuild(git: Runner, index: str, head: Head) -> None:
    if os.path.exists(index):
        os.unlink(index)
    git.run("read-tree", head.commit or "--empty")


def _path(raw: bytes) -> PurePosixPath:
    return PurePosixPath(os.fsdecode(raw))


def _parse_status(raw: bytes) -> list[FileStatus]:
    """Porcelain v2 with NULs: ordinary, moved, unmerged and untracked entries."""
    files = []
    records = iter(raw.split(b"\0"))
    for record in records:
        match record[:1]:
            case b"1":
                part = record.split(b" ", 8)
                files.append(FileStatus(_path(part[8]), chr(part[1][0]), chr(part[1][1])))
            case b"2":
                part, source = record.split(b" ", 9), next(records)
                letters = part[1].decode()
                files.append(FileStatus(_path(part[9]), letters[0], letters[1], _path(source)))
            case b"u":
                files.append(FileStatus(_path(record.split(b" ", 10)[10]), "U", "U"))
            case b"?":
                files.append(FileStatus(_path(record[2:]), "?", "?"))
    return files


def _without_filters(
    git: Runner, view: View, files: list[FileStatus], notes: list[str]
) -> list[FileStatus]:
    """Files stored through a filter look changed to a git that runs none; LFS is compared here
    instead."""
    suspects = [f for f in files if f.tree == "M"]
    if not suspects:
        return files
    names = b"\0".join(os.fsencode(str(f.path)) for f in suspects) + b"\0"
    fields = git.run("check-attr", "-z", "--stdin", "filter", stdin=names).split(b"\0")
    filtered = {_path(n): v.decode() for n, v in zip(fields[0::3], fields[2::3], strict=False)}
    filtered = {n: v for n, v in filtered.items() if v not in ("unspecified", "unset")}
    clean = set()
    for path, name in filtered.items():
        if name == "lfs" and _same_as_pointer(git, view, path):
            clean.add(path)
        elif name != "lfs":
            notes.append(f"{path} may only look changed: its filter “{name}” is not run here.")
    return [
        replace(f, tree=".") if f.path in clean else f
        for f in files
        if f.path not in clean or f.index != "."
    ]


def _same_as_pointer(git: Runner, view: View, path: PurePosixPath) -> bool:
    """Whether the working file is the content that the pointer in the index stands for."""
    pointer = git.run("cat-file", "blob", f":{path}")
    digest, size = hashlib.sha256(), 0
    try:
        with open(os.path.join(view.repo.root, path), "rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
                size += len(block)
    except OSError:
        return False
    return f"oid sha256:{digest.hexdigest()}\nsize {size}\n".encode() in pointer


def _log_entry(raw: bytes) -> LogEntry:
    part = raw.decode("utf-8", "surrogateescape").strip("\n").split("\x01", 5)
    return LogEntry(part[0], part[1], part[2], int(part[3]), part[4], part[5].strip())


def _parse_blame(raw: bytes) -> tuple[BlameLine, ...]:
    known: dict[str, dict[str, str]] = {}
    lines, commit = [], ""
    for row in raw.decode("utf-8", "surrogateescape").split("\n"):
        if row.startswith("\t"):
            facts = known[commit]
            lines.append(
                BlameLine(
                    commit,
                    facts.get("author", ""),
                    int(facts.get("author-time", "0")),
                    facts.get("summary", ""),
                )
            )
            continue
        word, _, rest = row.partition(" ")
        if len(word) in (40, 64) and word.isalnum():
            commit = word
            known.setdefault(commit, {})
        elif commit:
            known[commit][word] = rest
    return tuple(lines)
