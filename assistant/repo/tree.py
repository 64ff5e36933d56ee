"""Entries of trees and of an index, and what kept changes make of them. Knows git's plumbing
only."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from assistant.errors import CommitFailed
from assistant.repo.delta import Merge, carried_over, created, is_kept
from assistant.repo.runner import Runner
from assistant.types import ChangeSet, FileAction, FileChange

FILE_MODES = ("100644", "100755")
_NAMED = 1000
"""So many paths fit a command line in any case; above, everything is asked for."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file in a tree or an index: ``mode`` as six octal digits, ``oid`` the blob."""

    mode: str
    oid: str


Entries = dict[str, Entry | None]
"""Path to entry; None where there is no such file."""


def entries_in_tree(git: Runner, commit: str, paths: Sequence[str]) -> Entries:
    """Those of ``paths`` that ``commit`` has; all None when it is empty."""
    found: Entries = dict.fromkeys(paths)
    if commit:
        few = ("--", *paths) if len(paths) <= _NAMED else ("-r",)
        raw = git.run("ls-tree", "-z", "--full-tree", commit, *few)
        for line in raw.split(b"\0")[:-1]:
            facts, _, name = line.partition(b"\t")
            mode, _, oid = facts.decode().split()
            if os.fsdecode(name) in found:
                found[os.fsdecode(name)] = Entry(mode, oid)
    return found


def entries_at(git: Runner, paths: Sequence[str], *, conflicts: bool = True) -> Entries:
    """Those of ``paths`` that the runner's index has. Raises CommitFailed for one with
    ``conflicts``, or leaves it out."""
    found: Entries = dict.fromkeys(paths)
    few = ("--", *paths) if len(paths) <= _NAMED else ()
    raw = git.run("ls-files", "-s", "-z", *few)
    for line in raw.split(b"\0")[:-1]:
        facts, _, name = line.partition(b"\t")
        mode, oid, stage = facts.decode().split()
        path = os.fsdecode(name)
        if path not in found:
            continue
        if stage != "0" and not conflicts:
            continue
        if stage != "0":
            raise CommitFailed(f"{path} has merge conflicts.", "Resolve them first.")
        found[path] = Entry(mode, oid)
    return found


def read_blobs(git: Runner, oids: Iterable[str]) -> dict[str, bytes]:
    """The contents of blobs, in one process."""
    wanted = list(dict.fromkeys(oids))
    if not wanted:
        return {}
    raw = git.run("cat-file", "--batch", stdin="".join(f"{oid}\n" for oid in wanted).encode())
    found, at = {}, 0
    for oid in wanted:
        end = raw.index(b"\n", at)
        head = raw[at:end].split()
        if len(head) != 3 or head[1] != b"blob":
            raise CommitFailed(f"Object {oid[:12]} is missing or damaged.", "Run git fsck.")
        size = int(head[2])
        found[oid] = raw[end + 1 : end + 1 + size]
        at = end + size + 2
    return found


def write_blobs(git: Runner, contents: Sequence[bytes], folder: Path) -> list[str]:
    """Store ``contents`` exactly as they are; their ids in order."""
    if not contents:
        return []
    with tempfile.TemporaryDirectory(dir=folder, prefix="blobs-") as temp:
        names = []
        for number, data in enumerate(contents):
            name = Path(temp, str(number))
            name.write_bytes(data)
            names.append(str(name))
        listed = "\n".join(names).encode("utf-8", "surrogateescape") + b"\n"
        raw = git.run("hash-object", "-w", "--no-filters", "--stdin-paths", stdin=listed)
    return raw.decode().split()


def write_index(git: Runner, index: str, entries: Entries) -> bytes:
    """Put ``entries`` into the runner's index file ``index`` and return its bytes."""
    width = next((len(entry.oid) for entry in entries.values() if entry), 40)
    lines = []
    for path, entry in entries.items():
        mode, oid = (entry.mode, entry.oid) if entry else ("0", "0" * width)
        lines.append(f"{mode} {oid} 0\t".encode() + os.fsencode(path))
    git.run("update-index", "-z", "--index-info", stdin=b"\0".join(lines) + b"\0")
    return Path(index).read_bytes()


@dataclass(slots=True)
class Version:
    """The touched files as HEAD or the index has them; ``name`` is for the person."""

    name: str
    start: Entries
    blobs: dict[str, bytes]
    files: dict[str, tuple[str, bytes] | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for path, entry in self.start.items():
            self.files[path] = None
            if entry is not None:
                self.files[path] = (entry.mode, self.blobs.get(entry.oid, b""))

    def apply(
        self, path: str, to: str, change: FileChange, mode: str, lf: bool, merge: Merge
    ) -> None:
        """Bring the kept part of ``change`` into this version. Raises CommitFailed."""
        here = self.files[path]
        if here is not None and here[0] not in FILE_MODES:
            raise CommitFailed(f"{path} is a link or a submodule in {self.name}.")
        if change.action is FileAction.CREATE and here is None:
            self.files[path] = (mode, created(change, as_lf=lf))
        elif change.action is FileAction.DELETE:
            self.files[path] = None
        elif here is None:
            raise CommitFailed(
                f"{path} is not in {self.name}, so its kept lines cannot be committed alone.",
                "Commit the whole file once (git add), then go on.",
            )
        else:
            data = here[1]
            if change.hunks:
                data = carried_over(change, here[1], merge, self.name)
            self.files[path] = None
            if path != to and self.files[to] is not None:
                raise CommitFailed(f"{to} already exists in {self.name}.")
            self.files[to] = (here[0], data)

    def changed(self) -> dict[str, tuple[str, bytes] | None]:
        """The files that differ from where this version started."""
        found = {}
        for path, now in self.files.items():
            entry = self.start[path]
            before = None if entry is None else (entry.mode, self.blobs.get(entry.oid, b""))
            if now != before:
                found[path] = now
        return found


@dataclass(frozen=True, slots=True)
class Plan:
    """What a commit will put into its tree and into the index, and what the index had there."""

    tree: Entries
    index: Entries
    index_before: Entries
    paths: tuple[PurePosixPath, ...]


@dataclass(frozen=True, slots=True)
class Attributes:
    """How git stores a path: ``filter`` names a program, ``lf`` is whether line ends become LF."""

    filter: str
    lf: bool


def attributes(git: Runner, paths: Sequence[str], autocrlf: str) -> dict[str, Attributes]:
    """The attributes that matter for storing ``paths``; nothing is run to find out."""
    names = b"\0".join(map(os.fsencode, paths)) + b"\0"
    wanted = ("filter", "text", "eol")
    raw = git.run("check-attr", "-z", "--stdin", *wanted, stdin=names).split(b"\0")
    values: dict[str, dict[str, str]] = {path: {} for path in paths}
    for name, key, value in zip(raw[0::3], raw[1::3], raw[2::3], strict=False):
        values[os.fsdecode(name)][key.decode()] = value.decode()
    found = {}
    for path, of in values.items():
        text, eol = of.get("text", "unspecified"), of.get("eol", "unspecified")
        lf = text in ("set", "auto") or (text == "unspecified" and eol in ("lf", "crlf"))
        lf = lf or (text == "unspecified" and autocrlf in ("true", "input"))
        program = of.get("filter", "unspecified")
        found[path] = Attributes("" if program in ("unspecified", "unset") else program, lf)
    return found


def plan_changes(
    git: Runner,
    commit: str,
    changes: Sequence[ChangeSet],
    *,
    root: str,
    prefix: PurePosixPath,
    merge: Merge,
    autocrlf: str,
    folder: Path,
    with_index: bool,
) -> Plan:
    """The new entries of everything kept in ``changes``, blobs written. Raises CommitFailed."""
    kept = [file for change in changes for file in change.files if is_kept(file)]
    if not kept:
        raise CommitFailed("Nothing was kept, so there is nothing to commit.")
    places = [(_full(prefix, f.base.path), _full(prefix, f.moved_to or f.base.path)) for f in kept]
    paths = list(dict.fromkeys(path for pair in places for path in pair))
    in_tree = entries_in_tree(git, commit, paths)
    in_index = entries_at(git, paths) if with_index else dict(in_tree)
    ids = [e.oid for e in (*in_tree.values(), *in_index.values()) if e and e.mode in FILE_MODES]
    blobs = read_blobs(git, ids)
    attrs = attributes(git, paths, autocrlf)
    tree, index = Version("HEAD", in_tree, blobs), Version("the index", in_index, blobs)
    for file, (path, to) in zip(kept, places, strict=True):
        if attrs[to].filter and file.action is not FileAction.DELETE:
            raise CommitFailed(
                f"{to} is stored through the filter “{attrs[to].filter}”, which is not run here.",
                "Commit this file in a terminal.",
            )
        mode = _mode(os.path.join(root, to))
        tree.apply(path, to, file, mode, attrs[to].lf, merge)
        if with_index:
            _apply_to_index(index, path, to, file, mode, attrs[to].lf, merge)
    if not tree.changed():
        raise CommitFailed("HEAD already has these changes, so there is nothing to commit.")
    return _stored(git, folder, tree, index, in_index)


def _apply_to_index(
    index: Version, path: str, to: str, file: FileChange, mode: str, lf: bool, merge: Merge
) -> None:
    """A created file that the person staged with edits of their own stays as they staged it."""
    try:
        index.apply(path, to, file, mode, lf, merge)
    except CommitFailed:
        if file.action is not FileAction.CREATE:
            raise


def _stored(git: Runner, folder: Path, tree: Version, index: Version, before: Entries) -> Plan:
    in_tree, in_index = tree.changed(), index.changed()
    contents = [v[1] for v in (*in_tree.values(), *in_index.values()) if v is not None]
    contents = list(dict.fromkeys(contents))
    ids = dict(zip(contents, write_blobs(git, contents, folder), strict=True))

    def entries(files: dict[str, tuple[str, bytes] | None]) -> Entries:
        return {path: None if v is None else Entry(v[0], ids[v[1]]) for path, v in files.items()}

    return Plan(
        entries(in_tree),
        entries(in_index),
        {path: before[path] for path in in_index},
        tuple(PurePosixPath(path) for path in in_tree),
    )


def _full(prefix: PurePosixPath, path: PurePosixPath) -> str:
    if path.is_absolute():
        raise CommitFailed(f"{path} is outside the open folder.")
    return str(prefix / path)


def _mode(path: str) -> str:
    try:
        return "100755" if os.name != "nt" and os.lstat(path).st_mode & 0o100 else "100644"
    except OSError:
        return "100644"
