"""Snapshots hold every byte, leave the project alone and cost what changed."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

import pytest

from assistant.errors import DiskFailed, RepoError
from assistant.repo.checkpoints import Checkpoints, Difference
from tests.assistant.repo.conftest import (
    TEXT,
    Room,
    change,
    changes,
    commit_all,
    edited,
    git,
    new_repository,
)

P = PurePosixPath


def points(room: Room, **options: int) -> Checkpoints:
    return Checkpoints(room.root, room.journal.store.folder, **options)


def test_a_checkpoint_holds_tracked_and_untracked_bytes_and_touches_nothing(room: Room) -> None:
    (room.root / ".gitignore").write_text("*.log\n")
    (room.root / "x.log").write_text("ignored")
    before = room.state()
    taken = points(room)
    one = taken.take("before")
    (room.root / "a.py").write_bytes(b"\r\nbytes \xff\r\n")
    (room.root / "new.bin").write_bytes(b"\0\1")
    (room.root / "b.py").unlink()
    two = taken.take("after")
    assert taken.difference(one.commit, two.commit) == (
        Difference(P("a.py"), TEXT.encode(), b"\r\nbytes \xff\r\n"),
        Difference(P("b.py"), b"b\n", None),
        Difference(P("new.bin"), None, b"\0\1"),
    )
    assert room.state() == before
    git(room.root, "fsck", "--strict")


@pytest.mark.parametrize("how", ["autocrlf", "attributes"])
def test_contents_that_git_would_convert_are_kept_byte_for_byte(
    tmp_path: Path, make_room, how: str
) -> None:
    root = new_repository(tmp_path / "crlf")
    if how == "autocrlf":
        git(root, "config", "core.autocrlf", "true")
    else:
        (root / ".gitattributes").write_text("*.txt text eol=crlf\n*.id ident\n")
        (root / "x.id").write_text("$Id$\n")
    (root / "a.txt").write_bytes(b"one\r\ntwo\r\n")
    commit_all(root)
    taken = points(make_room(root))
    one = taken.take("1")
    (root / "a.txt").write_bytes(b"changed\r\n")
    two = taken.take("2")
    assert taken.difference(one.commit, two.commit)[0].before == b"one\r\ntwo\r\n"


def test_it_works_without_git_and_in_an_unborn_one(tmp_path: Path, make_room) -> None:
    for name in ("plain", "unborn"):
        root = tmp_path / name
        root.mkdir()
        if name == "unborn":
            new_repository(root)
        taken = points(make_room(root))
        one = taken.take("empty")
        (root / "a").write_bytes(b"a")
        two = taken.take("full")
        assert taken.difference(one.commit, two.commit) == (Difference(P("a"), None, b"a"),)


def test_38_large_special_and_nested_things_are_named_and_left_out(room: Room) -> None:
    (room.root / "big").write_bytes(b"x" * 5000)
    os.mkfifo(room.root / "pipe")
    inner = new_repository(room.root / "nested")
    (inner / "f").write_text("f")
    commit_all(inner)
    one = points(room, largest=4000).take("some")
    assert {str(p) for p in one.skipped} == {"big", "nested"} or {str(p) for p in one.skipped} == {
        "big", "nested", "pipe"}  # fmt: skip


def test_38_home_and_root_are_refused_and_a_quota_stops_it(room: Room) -> None:
    for path in ("/", os.path.expanduser("~")):
        with pytest.raises(RepoError, match="too large"):
            Checkpoints(path, room.journal.store.folder)
    (room.root / "data").write_bytes(os.urandom(5000))
    with pytest.raises(RepoError, match="gitignore"):
        points(room, most=4000).take("no")


def test_38_pruning_keeps_the_newest(room: Room) -> None:
    taken = points(room)
    made = []
    for number in range(6):
        (room.root / "a.py").write_text(f"{number}\n")
        made.append(taken.take(str(number)).commit)
    assert taken.size() > 0
    assert taken.prune(keep=2) == 4
    assert taken.difference(made[4], made[5])[0].after == b"5\n"
    (room.root / "a.py").write_text("again\n")
    assert taken.difference(made[5], taken.take("again").commit)[0].after == b"again\n"


def test_23_a_checkpoint_that_cannot_be_written_is_an_error(room: Room) -> None:
    taken = points(room)
    taken.take("good")
    objects = room.journal.store.folder / "vault.git/objects"
    objects.rename(objects.with_name("gone"))
    objects.write_text("not a folder")
    (room.root / "a.py").write_text("x\n")
    with pytest.raises(DiskFailed, match="No checkpoint"):
        taken.take("bad")


def test_a_damaged_checkpoint_index_is_built_again(room: Room) -> None:
    taken = points(room)
    one = taken.take("good")
    (room.journal.store.folder / "vault.git/checkpoint.index").write_bytes(b"DIRC broken")
    (room.root / "a.py").write_text("x\n")
    two = taken.take("again")
    assert [d.path for d in taken.difference(one.commit, two.commit)] == [P("a.py")]


def test_a_lock_of_a_killed_checkpoint_does_not_stop_the_next_one(room: Room) -> None:
    taken = points(room)
    one = taken.take("good")
    (room.journal.store.folder / "vault.git/checkpoint.index.lock").write_bytes(b"")
    (room.root / "a.py").write_text("x\n")
    assert taken.difference(one.commit, taken.take("again").commit)[0].after == b"x\n"


def test_40_hundreds_of_actions_leave_no_descriptors_children_or_files(room: Room) -> None:
    import psutil

    me = psutil.Process()
    others = me.children()
    taken = points(room)

    def rounds(count: int, start: int) -> None:
        for number in range(start, start + count):
            text = room.door.read("a.py").data.decode()
            new = edited(TEXT, l5=f"round {number}")
            room.door.write("a.py", new.encode(), expect=room.door.read("a.py").hash, why="w")
            room.sidecar.status()
            receipt = room.commits.commit([changes(change("a.py", text, new))], f"{number}")
            room.commits.undo_commit(receipt)
            room.git("checkout", "-q", "--", "a.py")
            taken.take(str(number))

    rounds(2, 0)
    before = me.num_fds()
    rounds(8, 10)
    assert me.num_fds() <= before
    assert [child for child in me.children() if child not in others] == []
    assert room.leftovers() == []
    kept = [p.name for p in room.journal.store.folder.rglob("*") if p.is_file()]
    assert [n for n in kept if n.startswith(("index-", "blobs-")) or n.endswith(".lock")] == []


def test_39_a_subfolder_is_kept_by_itself(tmp_path: Path, make_room) -> None:
    root = new_repository(tmp_path / "mono")
    (root / "one").mkdir()
    (root / "one/a").write_text("a")
    (root / "top").write_text("t")
    commit_all(root)
    taken = points(make_room(root / "one"))
    one = taken.take("1")
    (root / "top").write_text("changed")
    (root / "one/a").write_text("b")
    two = taken.take("2")
    assert [d.path for d in taken.difference(one.commit, two.commit)] == [P("a")]
