"""New trees from an old one and some changed files, without an index. Knows git's tree objects."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from assistant.errors import CommitFailed
from assistant.repo.runner import Runner
from assistant.repo.tree import Entries

_TREE = b"40000"
Tree = dict[bytes, tuple[bytes, bytes]]
"""Name to ``(mode, id)`` as in a tree object."""


def new_tree(git: Runner, commit: str, entries: Entries, kind: str, folder: Path) -> str:
    """The id of ``commit``'s tree with ``entries`` in it; only the trees on their way are read
    and written.

    ``commit`` is empty for a first commit, ``kind`` the object format. Raises CommitFailed where
    a file and a folder would have one name.
    """
    files = {os.fsencode(path): entry for path, entry in entries.items()}
    folders = {b""}
    for path in files:
        parts = path.split(b"/")[:-1]
        folders |= {b"/".join(parts[: n + 1]) for n in range(len(parts))}
    trees = _read(git, commit, sorted(folders), 32 if kind == "sha256" else 20)
    for path, entry in files.items():
        above, _, name = path.rpartition(b"/")
        tree = trees[above]
        is_folder = tree.get(name, (b"", b""))[0] == _TREE
        if entry is None and not is_folder:
            tree.pop(name, None)
        elif entry is not None:
            if is_folder:
                raise CommitFailed(f"{os.fsdecode(path)} is a folder in HEAD.")
            tree[name] = (entry.mode.encode(), bytes.fromhex(entry.oid))
    return _write(git, trees, kind, folder)


def _read(git: Runner, commit: str, folders: list[bytes], width: int) -> dict[bytes, Tree]:
    trees: dict[bytes, Tree] = {folder: {} for folder in folders}
    if not commit:
        return trees
    if any(b"\n" in folder for folder in folders):
        raise CommitFailed("A folder's name has a line break in it.", "Commit it in a terminal.")
    wanted = b"".join(commit.encode() + b":" + folder + b"\n" for folder in folders)
    raw, at = git.run("cat-file", "--batch", stdin=wanted), 0
    for folder in folders:
        end = raw.index(b"\n", at)
        line = raw[at:end]
        if line.endswith(b" missing"):
            at = end + 1
            continue
        _, what, size = line.rsplit(b" ", 2)
        if what == b"tree":
            trees[folder] = _parse(raw[end + 1 : end + 1 + int(size)], width)
        at = end + int(size) + 2
    return trees


def _parse(data: bytes, width: int) -> Tree:
    tree: Tree = {}
    at = 0
    while at < len(data):
        space, end = data.index(b" ", at), data.index(b"\0", at)
        tree[data[space + 1 : end]] = (data[at:space], data[end + 1 : end + 1 + width])
        at = end + 1 + width
    return tree


def _write(git: Runner, trees: dict[bytes, Tree], kind: str, folder: Path) -> str:
    """Store all trees, the deepest first; the id of the topmost."""
    made: list[tuple[bytes, bytes]] = []
    top = b""
    for path in sorted(trees, key=lambda p: p.count(b"/") + bool(p), reverse=True):
        tree = trees[path]
        data = b"".join(
            mode + b" " + name + b"\0" + oid
            for name, (mode, oid) in sorted(tree.items(), key=_order)
        )
        top = hashlib.new(kind, b"tree %d\0" % len(data) + data).digest()
        made.append((top, data))
        if path:
            _hang(trees, path, top if tree else None)
    _store(git, made, folder)
    return top.hex()


def _hang(trees: dict[bytes, Tree], path: bytes, oid: bytes | None) -> None:
    """Put a finished tree into the one above it, or take an empty one out."""
    above, _, name = path.rpartition(b"/")
    parent = trees[above]
    there = parent.get(name)
    if there is not None and there[0] != _TREE:
        if oid is not None:
            raise CommitFailed(f"{os.fsdecode(path)} is a file in HEAD.")
        return
    if oid is None:
        parent.pop(name, None)
    else:
        parent[name] = (_TREE, oid)


def _order(item: tuple[bytes, tuple[bytes, bytes]]) -> bytes:
    """Git sorts a folder as if its name ended with a slash."""
    return item[0] + b"/" if item[1][0] == _TREE else item[0]


def _store(git: Runner, made: list[tuple[bytes, bytes]], folder: Path) -> None:
    """One process for all; git checks each tree, and its ids must be ours."""
    with tempfile.TemporaryDirectory(dir=folder, prefix="blobs-") as temp:
        names = []
        for number, (_, data) in enumerate(made):
            name = Path(temp, str(number))
            name.write_bytes(data)
            names.append(str(name))
        listed = "\n".join(names).encode("utf-8", "surrogateescape") + b"\n"
        raw = git.run(
            "hash-object", "-t", "tree", "-w", "--no-filters", "--stdin-paths", stdin=listed
        )
    if raw.decode().split() != [oid.hex() for oid, _ in made]:
        raise CommitFailed("Git and Galley disagree about a tree.", "Please report this.")
