"""A throw-away copy of a project for commands: kept in step before each, read out after it.

Blocking; call it from a thread, and only while no command runs in it. What a command did to the
copy is not trusted: no link in it is followed.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from assistant.agent.sandbox import installed
from assistant.agent.treecopy import SKIPPED, TooLarge, source_files
from assistant.repo.codec import TextFile, decode, encode

__all__ = ["Harvest", "TooLarge", "WorkCopy"]

_MOST_TEXT = 1_000_000
_MOST_CHANGED = 60

Stamp = tuple[int, int, int]
Texts = Mapping[PurePosixPath, str | None]


@dataclass(frozen=True, slots=True)
class Harvest:
    """What a command changed: whole texts by path, None for a file that is gone; and what stays in
    the copy, each with the reason.
    """

    texts: dict[PurePosixPath, str | None]
    left: tuple[str, ...] = ()


class WorkCopy:
    """``withheld(path)`` is why a file does not enter the copy, ``kept_out(path)`` why a change of
    one does not leave it.
    """

    def __init__(
        self,
        root: Path,
        withheld: Callable[[PurePosixPath], str | None],
        kept_out: Callable[[PurePosixPath], str | None],
    ) -> None:
        self._root = root.resolve()
        self._withheld, self._kept_out = withheld, kept_out
        self._home: Path | None = None
        self._source: dict[PurePosixPath, Stamp] = {}
        self._over: dict[PurePosixPath, str | None] = {}
        self._made: dict[PurePosixPath, Stamp] = {}

    @property
    def home(self) -> Path:
        """The folder that a command may write to; the copy lies in it."""
        assert self._home is not None
        return self._home

    @property
    def tree(self) -> Path:
        return self.home / "tree" / (self._root.name or "project")

    def prepare(self, over: Texts) -> None:
        """The copy says what the disk says, with ``over`` laid on it. Raises TooLarge, OSError."""
        if self._home is not None and self._twisted():
            self.remove()
        if self._home is None:
            self._home = Path(tempfile.mkdtemp(prefix="galley-run-"))
            for name in ("tree", "home", "tmp"):
                (self._home / name).mkdir()
            self.tree.mkdir()
            for folder in installed(self._root):
                (self.tree / Path(folder).name).symlink_to(folder)
        self._follow_disk(over)
        for path, text in over.items():
            if path not in self._over or self._over[path] != text:
                self._lay(path, text)
        self._over = dict(over)
        self._made = dict(self._stamps())

    def harvest(self) -> Harvest:
        """What differs from what :meth:`prepare` left."""
        now = dict(self._stamps())
        names = sorted(
            path for path in {*now, *self._made} if now.get(path) != self._made.get(path)
        )
        texts: dict[PurePosixPath, str | None] = {}
        left: list[str] = []
        for path in names:
            why = self._kept_out(path)
            if why is None and len(texts) >= _MOST_CHANGED:
                why = f"more than {_MOST_CHANGED} files changed"
            found = self._text(path) if why is None and path in now else None
            if isinstance(found, str) or (why is None and path not in now):
                texts[path] = found
                self._over[path] = found
            else:
                left.append(f"{path}: {why or 'it is no text, or too large'}")
        return Harvest(texts, tuple(left))

    def remove(self) -> None:
        """Nothing is left of it."""
        if self._home is not None:
            shutil.rmtree(self._home, ignore_errors=True)
        self._home = None
        self._source, self._over, self._made = {}, {}, {}

    # ---- into the copy

    def _follow_disk(self, over: Texts) -> None:
        """New and changed files of the project go in, gone ones go; also those laid over once."""
        before, self._source = self._source, {}
        for path, facts in source_files(self._root):
            if self._withheld(path) is not None:
                continue
            stamp = self._source[path] = _stamp(facts)
            lifted = path in self._over and path not in over
            if (before.get(path) != stamp or lifted) and path not in over:
                place = self._cleared(path)
                shutil.copy2(self._root / path, place)
        for path in {*before, *self._over} - {*self._source, *over}:
            self._cleared(path)

    def _lay(self, path: PurePosixPath, text: str | None) -> None:
        if path.is_absolute() or ".." in path.parts or self._withheld(path) is not None:
            return
        place = self._cleared(path)
        if text is None:
            return
        source = self._root / path
        like = decode(source.read_bytes()) if source.is_file() else TextFile("")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
        mode = stat.S_IMODE(source.stat().st_mode) if source.is_file() else 0o644
        with os.fdopen(os.open(place, flags, mode), "wb") as file:
            file.write(encode(text, TextFile("") if like.binary else like))

    def _cleared(self, path: PurePosixPath) -> Path:
        """The place of a file with nothing there; its folder exists."""
        place = self.tree / path
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)
        place.parent.mkdir(parents=True, exist_ok=True)
        return place

    def _twisted(self) -> bool:
        """Whether a command put a link or a file where the copy has a folder: then a path could
        lead outside.
        """
        if not self.tree.is_dir() or self.tree.is_symlink() or self.tree.parent.is_symlink():
            return True
        mine = {Path(folder).name for folder in installed(self._root)}
        folders = {path.parent for path in self._made}
        ours = any(not stat.S_ISDIR(_mode(self.tree / folder)) for folder in folders)
        links = any(
            (Path(folder) / name).is_symlink()
            for folder, names, _ in os.walk(self.tree)
            for name in names
            if not (Path(folder) == self.tree and name in mine)
        )
        return ours or links

    # ---- out of the copy

    def _stamps(self) -> Iterator[tuple[PurePosixPath, Stamp]]:
        for folder, folders, names in os.walk(self.tree):
            folders[:] = [n for n in folders if n not in SKIPPED]
            below = os.path.relpath(folder, self.tree).replace(os.sep, "/")
            for name in names:
                facts = os.lstat(os.path.join(folder, name))
                if stat.S_ISREG(facts.st_mode):
                    yield PurePosixPath(below, name), _stamp(facts)

    def _text(self, path: PurePosixPath) -> str | None:
        """The text of a regular file of the copy; None for anything else."""
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        with os.fdopen(os.open(self.tree / path, flags), "rb") as file:
            facts = os.fstat(file.fileno())
            if not stat.S_ISREG(facts.st_mode) or facts.st_size > _MOST_TEXT:
                return None
            found = decode(file.read(_MOST_TEXT + 1))
        return None if found.binary else found.text


def _stamp(facts: os.stat_result) -> Stamp:
    return (facts.st_mtime_ns, facts.st_size, facts.st_ino)


def _mode(path: Path) -> int:
    try:
        return os.lstat(path).st_mode
    except OSError:
        return 0
