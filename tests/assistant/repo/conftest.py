"""Real repositories, a journal and the doors on them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pytest

from assistant.edits.diff import diff_lines
from assistant.edits.merge import three_way
from assistant.repo.checkpoints import Checkpoints
from assistant.repo.commits import Commits
from assistant.repo.door import WriteDoor
from assistant.repo.effects import Effects
from assistant.repo.journal import Journal
from assistant.repo.points import Points
from assistant.repo.sidecar import Sidecar
from assistant.types import (
    ChangeSet,
    FileAction,
    FileChange,
    Hunk,
    HunkState,
    LineSpan,
    Snapshot,
    split_lines,
)


def git(root: Path, *arguments: str, data: bytes | None = None, check: bool = True) -> bytes:
    """Plain git, as the person would run it."""
    done = subprocess.run(["git", *arguments], cwd=root, input=data, capture_output=True)
    if check and done.returncode:
        raise AssertionError(f"git {arguments}: {done.stderr.decode()}")
    return done.stdout


def new_repository(root: Path, *options: str) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    git(root, "init", "-q", "-b", "main", *options)
    git(root, "config", "user.name", "Ada Person")
    git(root, "config", "user.email", "ada@example.org")
    return root


def commit_all(root: Path, message: str = "start") -> str:
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", message)
    return git(root, "rev-parse", "HEAD").decode().strip()


def change(
    path: str, old: str, new: str, keep: Callable[[int], bool] = lambda _: True
) -> FileChange:
    """The line hunks from ``old`` to ``new``; ``keep`` decides each by its number."""
    before, after = split_lines(old), split_lines(new)
    hunks = []
    for number, (a0, a1, b0, b1) in enumerate(diff_lines(before, after)):
        state = HunkState.KEPT if keep(number) else HunkState.REJECTED
        hunks.append(Hunk(number, LineSpan(a0, a1), before[a0:a1], after[b0:b1], state))
    return FileChange(Snapshot(PurePosixPath(path), old), tuple(hunks))


def changes(*files: FileChange, title: str = "work") -> ChangeSet:
    return ChangeSet("c1", title, files)


def created(path: str, text: str) -> FileChange:
    lines = split_lines(text)
    hunk = Hunk(0, LineSpan(0, 0), (), lines, HunkState.KEPT)
    return FileChange(Snapshot(PurePosixPath(path), ""), (hunk,), FileAction.CREATE)


@dataclass
class Room:
    """A project with everything of the repository's floor on it."""

    root: Path
    data: Path
    journal: Journal
    door: WriteDoor
    sidecar: Sidecar
    commits: Commits
    effects: Effects
    points: Points

    def git(self, *arguments: str, data: bytes | None = None) -> str:
        return git(self.root, *arguments, data=data).decode("utf-8", "surrogateescape")

    def state(self) -> tuple[str, ...]:
        """HEAD, refs, the index's meaning, stash and configuration."""
        return (
            (self.root / ".git/HEAD").read_text(),
            self.git("for-each-ref"),
            self.git("ls-files", "-s"),
            self.git("stash", "list"),
            (self.root / ".git/config").read_text(),
            ",".join(sorted(os.listdir(self.root / ".git/hooks")))
            if (self.root / ".git/hooks").exists()
            else "",
        )

    def leftovers(self) -> list[str]:
        found = []
        for folder, _, files in os.walk(self.root):
            found += [
                os.path.join(folder, f)
                for f in files
                if f.endswith((".lock", ".tmp", ".idx", ".galley"))
            ]
        return found


@pytest.fixture
def make_room(tmp_path: Path) -> Iterator[Callable[..., Room]]:
    rooms: list[Room] = []

    def make(root: Path, *, trusted: bool = True) -> Room:
        journal = Journal(tmp_path / "galley-data", root)
        sidecar = Sidecar(root, journal.store.folder)
        door = WriteDoor(root, journal, trusted=trusted)
        points = points_of(journal, door)
        effects = Effects(journal, sidecar, points)
        room = Room(
            root,
            tmp_path / "galley-data",
            journal,
            door,
            sidecar,
            Commits(sidecar, journal, merge=three_way, effects=effects, trusted=trusted),
            effects,
            points,
        )
        rooms.append(room)
        return room

    yield make
    for room in rooms:
        room.journal.close()


def points_of(journal: Journal, door: WriteDoor | None = None) -> Points:
    vault = Checkpoints(journal.root, journal.store.folder)
    return Points(journal, door or WriteDoor(journal.root, journal, trusted=True), lambda: vault)


def effects_of(sidecar: Sidecar, journal: Journal) -> Effects:
    return Effects(journal, sidecar, points_of(journal))


def commits_of(sidecar: Sidecar, journal: Journal) -> Commits:
    return Commits(sidecar, journal, merge=three_way, effects=effects_of(sidecar, journal))


TEXT = "".join(f"line {n}\n" for n in range(1, 41))


@pytest.fixture
def room(tmp_path: Path, make_room: Callable[..., Room]) -> Room:
    """A repository with one commit: a.py of 40 lines, b.py of one."""
    root = new_repository(tmp_path / "project")
    (root / "a.py").write_text(TEXT)
    (root / "b.py").write_text("b\n")
    commit_all(root)
    return make_room(root)


def edited(text: str, **lines: str) -> str:
    """``text`` with lines replaced: ``edited(TEXT, l3="three")``."""
    all_lines = text.split("\n")
    for key, value in lines.items():
        all_lines[int(key[1:]) - 1] = value
    return "\n".join(all_lines)
