"""How blobs stand in files: line ends and encodings by the attributes of one commit. Runs no filter
of anybody's."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from assistant.errors import CommitFailed
from assistant.repo.runner import Runner
from assistant.repo.tree import FILE_MODES, read_blobs
from assistant.repo.view import View

_CONVERTING = ("text", "eol", "ident", "working-tree-encoding", "crlf")
_ATTRIBUTES = ".gitattributes"


class Converted:
    """Contents as ``commit`` wants them in files; its own attributes count, not those that lie in
    the work tree now."""

    def __init__(self, git: Runner, view: View, folder: str) -> None:
        self._git, self._folder = git, folder
        self._all = view.settings().get("core.autocrlf").lower() == "true"

    def filters(self, paths: Sequence[str]) -> dict[str, str]:
        """The filter that each of ``paths`` is stored through; those without one are left out."""
        return {
            path: value for path, key, value in self._attributes(paths, "filter") if key == "filter"
        }

    def contents(self, wanted: Sequence[tuple[str, str]]) -> dict[str, bytes]:
        """Of ``(path, blob)`` pairs. CommitFailed when an object is missing."""
        special = {path for path, _, _ in self._attributes([p for p, _ in wanted], *_CONVERTING)}
        if self._all:
            special.update(path for path, _ in wanted)
        blobs = read_blobs(self._git, [oid for path, oid in wanted if path not in special])
        found = {path: blobs[oid] for path, oid in wanted if path not in special}
        for path, oid in wanted:
            if path in special:
                found[path] = self._run("cat-file", "--filters", f"--path={path}", oid)
        return found

    def stored(self, path: str, data: bytes) -> str:
        """The blob that ``data`` in the file ``path`` would be committed as."""
        raw = self._run("hash-object", "--stdin", f"--path={path}", stdin=data)
        return raw.decode().strip()

    def _run(self, *words: str, stdin: bytes | None = None) -> bytes:
        """From within the folder, for outside of its work tree git knows no attributes."""
        where = {"GIT_WORK_TREE": self._folder}
        return self._git.run("-C", self._folder, *words, stdin=stdin, environment=where)

    def _attributes(self, paths: Sequence[str], *keys: str) -> Iterator[tuple[str, str, str]]:
        if not paths:
            return
        names = b"\0".join(map(os.fsencode, paths)) + b"\0"
        raw = self._run("check-attr", "-z", "--stdin", *keys, stdin=names).split(b"\0")
        for name, key, value in zip(raw[0::3], raw[1::3], raw[2::3], strict=False):
            if value not in (b"unspecified", b"unset"):
                yield os.fsdecode(name), key.decode(), value.decode("utf-8", "replace")


@contextmanager
def converted(git: Runner, view: View, commit: str) -> Iterator[Converted]:
    """By the attributes that stand in ``commit``, which are laid out in a folder of the app's."""
    with tempfile.TemporaryDirectory(dir=view.path, prefix="attributes-") as folder:
        raw = git.run("ls-tree", "-r", "-z", "--full-tree", commit).split(b"\0")
        oids: dict[str, str] = {}
        for line in raw[:-1]:
            facts, _, name = line.partition(b"\t")
            path = os.fsdecode(name)
            mode, _, oid = facts.decode().split()
            if path.rpartition("/")[2] == _ATTRIBUTES and mode in FILE_MODES:
                oids[path] = oid
        blobs = read_blobs(git, oids.values())
        for path, oid in oids.items():
            place = Path(folder, path)
            if os.path.commonpath((folder, os.path.normpath(place))) != folder:
                raise CommitFailed(f"The branch holds a name that leads outside: {path}.")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(blobs[oid])
        yield Converted(git, view, folder)
