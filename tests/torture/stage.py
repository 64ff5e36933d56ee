"""A project with everything of the repository's floor on it, built, copied, looked at. Knows no
scene."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from assistant.edits.diff import diff_lines
from assistant.edits.merge import three_way
from assistant.repo.branches import Branches
from assistant.repo.checkpoints import Checkpoints
from assistant.repo.commits import Commits
from assistant.repo.disk import Disk
from assistant.repo.door import WriteDoor
from assistant.repo.effects import Effects
from assistant.repo.history import History
from assistant.repo.journal import Journal
from assistant.repo.points import Points
from assistant.repo.sidecar import Sidecar


@dataclass
class Stage:
    """One project with everything on it."""

    root: Path
    journal: Journal
    door: WriteDoor
    history: History
    commits: Commits
    checkpoints: Checkpoints
    sidecar: Sidecar
    points: Points
    effects: Effects
    branches: Branches

    @classmethod
    def open(cls, base: Path, disk: Disk) -> Stage:
        root = base / "project"
        journal = Journal(base / "data", root, disk)
        door = WriteDoor(root, journal, trusted=True)
        history = History(door, journal, merge=three_way, diff=diff_lines)
        sidecar = Sidecar(root, journal.store.folder)
        checkpoints = Checkpoints(root, journal.store.folder, disk=disk)
        points = Points(journal, door, lambda: checkpoints)
        effects = Effects(journal, sidecar, points)
        commits = Commits(sidecar, journal, merge=three_way, effects=effects, trusted=True)
        branches = Branches(sidecar, journal, door, merge=three_way)
        kept = (checkpoints, sidecar, points, effects, branches)
        return cls(root, journal, door, history, commits, *kept)


@dataclass(frozen=True)
class Scene:
    """``prepare`` builds it, ``act`` is tortured; ``in_place`` may tear a file until recovery.

    ``memory`` is what must be old or new besides the project's files: the journal's contents.
    """

    name: str
    prepare: Callable[[Stage], None]
    act: Callable[[Stage], object]
    git: bool = False
    in_place: bool = False
    memory: Callable[[Stage], object] | None = None


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
        for name in (*files, *(one for one in names if os.path.islink(os.path.join(folder, one)))):
            path = Path(folder, name)
            seen = path.lstat().st_mode
            data = os.readlink(path) if path.is_symlink() else path.read_bytes()
            found[str(path.relative_to(root))] = (data, seen)
        if folder != str(root):
            found[str(Path(folder).relative_to(root)) + "/"] = ""
    if with_git:
        unborn = not git(root, "for-each-ref")
        found["HEAD"] = b"" if unborn else _without_time(git(root, "log", "--format=%T %P %s"))
        found["index"] = git(root, "ls-files", "-s")
        found["branch"] = (root / ".git/HEAD").read_bytes()
        found["refs"] = git(root, "for-each-ref", "--format=%(refname) %(tree)")
        found["notes"] = git(root, "for-each-ref", "--format=%(tree)", "refs/notes")
        found["config"] = (root / ".git/config").read_bytes()
        git(root, "fsck", "--strict", "--no-dangling")
        found["odd"] = [p.name for p in (root / ".git").rglob("*") if odd(p)]
    return found


def _without_time(log: bytes) -> bytes:
    """Trees and subjects; parents' ids hold a time."""
    return b"\n".join(line[:40] + line.split(b" ")[-1] for line in log.split(b"\n"))


def odd(path: Path) -> bool:
    ours = "galley" in path.name and path.parent.name != "notes"
    return path.suffix == ".lock" or ours or path.name.startswith("tmp_obj")


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
        stage.branches.recover()
    finally:
        stage.journal.close()


def whole_picture(base: Path, scene: Scene) -> dict[str, object]:
    """All that must be old or new: the project, git, and what ``scene`` has in the journal."""
    found = picture(base / "project", with_git=scene.git)
    if scene.memory is not None:
        stage = Stage.open(base, Disk())
        try:
            found["memory"] = scene.memory(stage)
        finally:
            stage.journal.close()
    return found
