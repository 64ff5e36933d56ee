"""Branches are listed as git lists them; a switch brings all or nothing, and loses no byte."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.edits.merge import three_way
from assistant.errors import CommitFailed
from assistant.repo.branches import Branches
from assistant.repo.disk import Disk
from assistant.repo.door import WriteDoor
from assistant.repo.gitwrite import leftover_lock
from assistant.repo.journal import Journal
from tests.assistant.repo.conftest import TEXT, Room, commit_all, edited, git, new_repository


def branches(room: Room) -> Branches:
    return Branches(room.sidecar, room.journal, room.door, merge=three_way)


@pytest.fixture
def two(room: Room) -> Room:
    """main and side: side changed a.py, added c.py and run.sh, and took b.py away."""
    room.git("checkout", "-q", "-b", "side")
    (room.root / "a.py").write_text(edited(TEXT, l3="side"))
    (room.root / "sub").mkdir()
    (room.root / "sub/c.py").write_text("c\n")
    (room.root / "run.sh").write_text("#!/bin/sh\n")
    (room.root / "run.sh").chmod(0o755)
    (room.root / "b.py").unlink()
    commit_all(room.root, "on the side")
    room.git("checkout", "-q", "main")
    return room


def test_branches_are_listed_the_current_first(two: Room) -> None:
    two.git("pack-refs", "--all")
    two.git("branch", "feature/deep", "side")
    found = branches(two).all()
    assert found[0].name == "main"
    assert found[0].current
    assert {b.name for b in found} == {"main", "side", "feature/deep"}
    assert {b.subject for b in found} == {"start", "on the side"}


def test_a_switch_is_what_git_makes_of_it_and_back(two: Room, tmp_path: Path) -> None:
    twin = tmp_path / "twin"
    git(tmp_path, "clone", "-q", "-b", "side", str(two.root), str(twin))
    before = two.state()
    branches(two).switch("side")
    assert two.git("status", "--porcelain") == ""
    assert two.git("rev-parse", "--abbrev-ref", "HEAD") == "side\n"
    for name in ("a.py", "sub/c.py", "run.sh"):
        assert (two.root / name).read_bytes() == (twin / name).read_bytes()
    assert os.access(two.root / "run.sh", os.X_OK)
    assert not (two.root / "b.py").exists()
    assert "moving from main to side" in two.git("reflog", "-1")
    branches(two).switch("main")
    assert two.git("status", "--porcelain") == ""
    assert two.state() == before
    assert two.leftovers() == []


def test_changes_of_ones_own_come_along_where_they_fit(two: Room) -> None:
    (two.root / "a.py").write_text(edited(TEXT, l30="mine"))
    (two.root / "new.txt").write_text("untracked\n")
    branches(two).switch("side")
    assert (two.root / "a.py").read_text() == edited(TEXT, l3="side", l30="mine")
    assert two.git("status", "--porcelain") == " M a.py\n?? new.txt\n"


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("edited", r"Your changes in a\.py meet"),
        ("edited and removed there", r"Your changes in b\.py meet"),
        ("untracked", r"Your changes in sub/c\.py meet"),
        ("staged", r"What you staged of a\.py meets"),
    ],
)
def test_what_would_be_lost_is_named_and_nothing_is_switched(
    two: Room, what: str, why: str
) -> None:
    if what == "edited and removed there":
        (two.root / "b.py").write_text("b, mine\n")
    elif what == "untracked":
        (two.root / "sub").mkdir()
        (two.root / "sub/c.py").write_text("my own c\n")
    else:
        (two.root / "a.py").write_text(edited(TEXT, l3="mine"))
    if what == "staged":
        two.git("add", "a.py")
    before, files = two.state(), _files(two.root)
    with pytest.raises(CommitFailed, match=why):
        branches(two).switch("side")
    assert two.state() == before
    assert _files(two.root) == files
    assert two.leftovers() == []


def _files(root: Path) -> dict[str, bytes]:
    found = [p for p in root.rglob("*") if p.is_file() and ".git" not in p.parts]
    return {str(p.relative_to(root)): p.read_bytes() for p in found}


@pytest.mark.parametrize("what", ["sparse", "merge", "unborn"])
def test_what_galley_does_not_switch_is_said(two: Room, what: str) -> None:
    if what == "sparse":
        two.git("config", "core.sparseCheckout", "true")
    elif what == "merge":
        (two.root / ".git/MERGE_HEAD").write_text(two.git("rev-parse", "side"))
    elif what == "unborn":
        two.git("symbolic-ref", "HEAD", "refs/heads/none")
    before, files = two.state(), _files(two.root)
    with pytest.raises(CommitFailed):
        branches(two).switch("side")
    assert (two.state(), _files(two.root)) == (before, files)


def test_a_new_branch_begins_where_head_is_and_touches_no_file(two: Room) -> None:
    (two.root / "a.py").write_text(edited(TEXT, l30="mine"))
    (two.root / "b.py").write_text("staged\n")
    two.git("add", "b.py")
    index, files = two.git("ls-files", "-s"), _files(two.root)
    branches(two).create("feature/x")
    assert two.git("rev-parse", "--abbrev-ref", "HEAD") == "feature/x\n"
    assert two.git("rev-parse", "feature/x") == two.git("rev-parse", "main")
    assert (two.git("ls-files", "-s"), _files(two.root)) == (index, files)
    for name in ("feature", "feature/x/y", "main", "-bad", "no..dots", "a b"):
        with pytest.raises(CommitFailed):
            branches(two).create(name)


def test_lines_stand_as_the_persons_settings_want_them(two: Room) -> None:
    two.git("config", "core.autocrlf", "true")
    two.git("rm", "-q", "--cached", "-r", ".")
    two.git("reset", "-q", "--hard")
    branches(two).switch("side")
    assert (two.root / "sub/c.py").read_bytes() == b"c\r\n"
    assert two.git("status", "--porcelain") == ""


def test_a_lock_on_head_takes_everything_back(two: Room) -> None:
    (two.root / ".git/HEAD.lock").write_bytes(b"")
    before, files = two.state(), _files(two.root)
    with pytest.raises(CommitFailed, match="is changing HEAD"):
        branches(two).switch("side")
    assert (two.state(), _files(two.root)) == (before, files)


class _Died(BaseException):
    pass


@pytest.mark.parametrize("step", ["index.galley", "HEAD.lock"])
def test_a_switch_that_died_after_its_files_is_finished_at_the_next_start(
    two: Room, tmp_path: Path, step: str
) -> None:
    context = multiprocessing.get_context("fork")
    child = context.Process(target=_die_at, args=(two, step))
    two.journal.close()
    child.start()
    child.join()
    assert child.exitcode == 9
    journal = Journal(tmp_path / "galley-data", two.root)
    try:
        door = type(two.door)(two.root, journal, trusted=True)
        door.recover()
        repo, _ = two.sidecar.repository()
        assert repo is not None
        leftover_lock(repo)
        notes = Branches(two.sidecar, journal, door, merge=three_way).recover()
        assert notes == ["An interrupted switch to side was finished."]
    finally:
        journal.close()
    assert two.git("status", "--porcelain") == ""
    assert two.git("rev-parse", "--abbrev-ref", "HEAD") == "side\n"
    assert two.leftovers() == []


def _die_at(room: Room, step: str) -> None:
    class Dying(Disk):
        def before(self, call: str, name: str) -> None:
            if os.path.basename(name) == step and call in ("rename", "create", "link"):
                os._exit(9)

    journal = Journal(room.data, room.root, Dying())
    door = WriteDoor(room.root, journal, trusted=True)
    Branches(room.sidecar, journal, door, merge=three_way).switch("side")


Make = Callable[..., Room]


def test_39_a_subfolder_switches_only_what_is_its_own(tmp_path: Path, make_room: Make) -> None:
    root = new_repository(tmp_path / "mono")
    (root / "one").mkdir()
    (root / "one/a.py").write_text("a\n")
    (root / "top.py").write_text("top\n")
    commit_all(root)
    git(root, "checkout", "-q", "-b", "inside")
    (root / "one/a.py").write_text("inside\n")
    commit_all(root, "inside")
    git(root, "checkout", "-q", "-b", "outside", "main")
    (root / "top.py").write_text("outside\n")
    commit_all(root, "outside")
    git(root, "checkout", "-q", "main")
    room = make_room(root / "one")
    branches(room).switch("inside")
    assert (root / "one/a.py").read_text() == "inside\n"
    assert git(root, "status", "--porcelain") == b""
    branches(room).switch("main")
    with pytest.raises(CommitFailed, match=r"top\.py differs too"):
        branches(room).switch("outside")
