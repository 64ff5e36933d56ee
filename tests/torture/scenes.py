"""What is tortured: a project before, and one action on it. Knows no fault."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from assistant.edits.diff import diff_lines
from assistant.edits.merge import three_way
from assistant.repo.commits import Commits
from assistant.repo.disk import Disk
from assistant.repo.door import Delete, Move, Write, WriteDoor
from assistant.repo.history import History
from assistant.repo.journal import Journal
from assistant.repo.sidecar import Sidecar
from assistant.types import (
    ChangeSet,
    FileAction,
    FileChange,
    Hunk,
    HunkState,
    LineSpan,
    Receipt,
    Snapshot,
    split_lines,
)

P = PurePosixPath
BIG_OLD = b"old line\n" * 9000
BIG_NEW = b"the new line\n" * 9000
STAGED = b"b staged\n"


@dataclass
class Stage:
    """One project with everything on it."""

    root: Path
    journal: Journal
    door: WriteDoor
    history: History
    commits: Commits

    @classmethod
    def open(cls, base: Path, disk: Disk) -> Stage:
        root = base / "project"
        journal = Journal(base / "data", root, disk)
        door = WriteDoor(root, journal, trusted=True)
        history = History(door, journal, merge=three_way, diff=diff_lines)
        commits = Commits(Sidecar(root, journal.store.folder), journal, merge=three_way)
        return cls(root, journal, door, history, commits)


@dataclass(frozen=True)
class Scene:
    """``prepare`` builds it, ``act`` is tortured; ``in_place`` may tear a file until recovery."""

    name: str
    prepare: Callable[[Stage], None]
    act: Callable[[Stage], object]
    git: bool = False
    in_place: bool = False


def git(root: Path, *arguments: str) -> bytes:
    env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, env=env)
    if done.returncode:
        raise AssertionError(f"git {arguments}: {done.stderr.decode()}")
    return done.stdout


def picture(root: Path, *, with_git: bool) -> dict[str, object]:
    """What must be old or new: files with modes, HEAD, index, and no file of ours left."""
    found: dict[str, object] = {}
    for folder, names, files in os.walk(root):
        if ".git" in names:
            names.remove(".git")
        for name in files:
            path = Path(folder, name)
            found[str(path.relative_to(root))] = (path.read_bytes(), path.stat().st_mode)
        if folder != str(root):
            found[str(Path(folder).relative_to(root)) + "/"] = ""
    if with_git:
        unborn = not git(root, "for-each-ref")
        found["HEAD"] = b"" if unborn else _without_time(git(root, "log", "--format=%T %P %s"))
        found["index"] = git(root, "ls-files", "-s")
        found["config"] = (root / ".git/config").read_bytes()
        git(root, "fsck", "--strict", "--no-dangling")
        found["odd"] = [str(p) for p in (root / ".git").rglob("*") if _odd(p)]
    return found


def _without_time(log: bytes) -> bytes:
    """Trees and subjects; parents' ids hold a time."""
    return b"\n".join(line[:40] + line.split(b" ")[-1] for line in log.split(b"\n"))


def _odd(path: Path) -> bool:
    return path.suffix == ".lock" or "galley" in path.name or path.name.startswith("tmp_obj")


# -- the scenes ---------------------------------------------------------------------------------


def _files(stage: Stage, **files: bytes) -> None:
    for name, data in files.items():
        (stage.root / name).write_bytes(data)


def _modify(stage: Stage) -> None:
    stage.door.write("a", BIG_NEW, expect=stage.door.read("a").hash, why="save")


def _linked(stage: Stage) -> None:
    _files(stage, a=BIG_OLD)
    os.link(stage.root / "a", stage.root / "twin")


def _batch(stage: Stage) -> None:
    h = {name: stage.door.read(name).hash for name in "abcd"}
    stage.door.apply(
        [
            Write(P("a"), BIG_NEW, h["a"]),
            Delete(P("b"), h["b"]),
            Move(P("c"), P("moved/deep/c"), h["c"]),
            Write(P("new/x"), b"x\n", ""),
            Write(P("d"), b"D\n", h["d"]),
        ],
        why="keep all",
    )


def _before_restore(stage: Stage) -> None:
    _four_files(stage)
    _batch(stage)


def _restore(stage: Stage) -> None:
    stage.history.restore(stage.history.plan_entry(stage.history.entries()[0]))


def _repository(stage: Stage) -> None:
    root = stage.root
    git(root, "init", "-q", "-b", "main")
    git(root, "config", "user.name", "Ada")
    git(root, "config", "user.email", "ada@example.org")
    _files(stage, a=b"1\n2\n3\n4\n5\n", b=b"b\n")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "start")
    _files(stage, b=STAGED)
    git(root, "add", "b")


def _change() -> ChangeSet:
    base = Snapshot(P("a"), "1\n2\n3\n4\n5\n")
    hunk = Hunk(0, LineSpan(2, 3), ("3\n",), ("three\n",), HunkState.KEPT)
    new = split_lines("n\n")
    added = Hunk(0, LineSpan(0, 0), (), new, HunkState.KEPT)
    return ChangeSet(
        "c",
        "t",
        (FileChange(base, (hunk,)), FileChange(Snapshot(P("n"), ""), (added,), FileAction.CREATE)),
    )


def _commit(stage: Stage) -> Receipt:
    return stage.commits.commit([_change()], "kept")


def _unborn(stage: Stage) -> None:
    git(stage.root, "init", "-q", "-b", "main")
    git(stage.root, "config", "user.name", "Ada")
    git(stage.root, "config", "user.email", "ada@example.org")


def _first(stage: Stage) -> Receipt:
    return stage.commits.commit([ChangeSet("c", "t", _change().files[1:])], "kept")


def _committed(stage: Stage) -> None:
    _repository(stage)
    receipt = _commit(stage)
    (stage.root.parent / "receipt").write_text(receipt.commit)


def _undo(stage: Stage) -> None:
    commit = (stage.root.parent / "receipt").read_text()
    stage.commits.undo_commit(Receipt(commit, "main", ()))


def _new_file(stage: Stage) -> None:
    stage.door.write("n/a", BIG_NEW, expect=None, why="save")


def _delete(stage: Stage) -> None:
    stage.door.delete("a", expect=stage.door.read("a").hash, why="delete")


def _one_file(stage: Stage) -> None:
    _files(stage, a=BIG_OLD)


def _four_files(stage: Stage) -> None:
    _files(stage, a=BIG_OLD, b=b"b\n", c=b"c\n", d=b"d\n")


SCENES = (
    Scene("save", _one_file, _modify),
    Scene("save a new file", lambda _: None, _new_file),
    Scene("save a hard link", _linked, _modify, in_place=True),
    Scene("delete", _one_file, _delete),
    Scene("keep in several files", _four_files, _batch),
    Scene("restore", _before_restore, _restore),
    Scene("commit", _repository, _commit, git=True),
    Scene("undo the commit", _committed, _undo, git=True),
)
FIRST = Scene("first commit", _unborn, _first, git=True)


def build(base: Path, scene: Scene) -> None:
    """The project of ``scene`` below the empty folder ``base``, closed again."""
    (base / "project").mkdir(parents=True)
    stage = Stage.open(base, Disk())
    try:
        scene.prepare(stage)
    finally:
        stage.journal.close()


def perform(base: Path, scene: Scene, disk: Disk) -> None:
    """The action of ``scene`` on ``disk``."""
    stage = Stage.open(base, disk)
    try:
        scene.act(stage)
    finally:
        stage.journal.close()


def copy_of(template: Path, to: Path) -> Path:
    """A fresh project, with the links, modes and times of the template."""
    shutil.rmtree(to, ignore_errors=True)
    subprocess.run(["cp", "-a", str(template), str(to)], check=True)
    # the journal is found by the project's real path
    old = next((to / "data/projects").iterdir())
    journal = Journal(to / "data2", to / "project")
    name = journal.store.folder.name
    journal.close()
    shutil.rmtree(to / "data2")
    old.rename(old.with_name(name))
    return to


def recovered(base: Path) -> None:
    """What the app does when it is started again."""
    stage = Stage.open(base, Disk())
    try:
        stage.door.recover()
        stage.commits.recover()
    finally:
        stage.journal.close()
