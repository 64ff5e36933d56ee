"""Checkpoints in the time line: every byte of the folder, gone back to after a list, undone."""

from __future__ import annotations

import os
import stat
from pathlib import Path, PurePosixPath

import pytest

from assistant.edits.diff import diff_lines
from assistant.edits.merge import three_way
from assistant.errors import DiskFailed, Forgotten, RepoError
from assistant.repo.checkpoints import Checkpoints
from assistant.repo.history import History
from assistant.repo.ledger import By
from assistant.repo.points import Points
from assistant.repo.prune import prune
from assistant.rewind import Rewind
from tests.assistant.repo.conftest import TEXT, Room, commit_all, edited, git, new_repository

P = PurePosixPath


def history(room: Room) -> History:
    return History(room.door, room.journal, merge=three_way, diff=diff_lines)


def rewind(room: Room) -> Rewind:
    return Rewind(room.door, room.journal, room.effects, room.points)


def picture(root: Path) -> dict[str, tuple[bytes, bool]]:
    return {
        str(path.relative_to(root)): (path.read_bytes(), bool(path.stat().st_mode & stat.S_IXUSR))
        for path in root.rglob("*")
        if path.is_file() and ".git" not in path.parts
    }


def upset(room: Room) -> None:
    """Changes of all kinds that the journal never saw."""
    (room.root / "a.py").write_text(edited(TEXT, l3="outside", l30="outside too"))
    (room.root / "b.py").unlink()
    (room.root / "own.txt").chmod(0o755)
    (room.root / "deep/x.bin").write_bytes(b"\0other\xff")
    (room.root / "came.txt").write_text("since\n")


@pytest.fixture(params=["git", "plain"])
def folder(request: pytest.FixtureRequest, tmp_path: Path, make_room) -> Room:
    root = tmp_path / "folder"
    root.mkdir()
    if request.param == "git":
        new_repository(root)
    (root / "a.py").write_text(TEXT)
    (root / "b.py").write_text("b\n")
    if request.param == "git":
        commit_all(root)
    (root / "own.txt").write_text("never committed\n")
    (root / "deep").mkdir()
    (root / "deep/x.bin").write_bytes(b"\0\1\xff\r\n")
    return make_room(root)


def test_the_whole_folder_comes_back_and_the_way_back_is_undone(folder: Room) -> None:
    before = picture(folder.root)
    point = folder.points.take("by me")
    upset(folder)
    after = picture(folder.root)
    plan = folder.points.plan(point.entry)
    assert {str(s.path): (s.what, s.careful) for s in plan.steps} == {
        "a.py": ("change", False),
        "b.py": ("create", False),
        "came.txt": ("delete", True),
        "deep/x.bin": ("change", False),
        "own.txt": ("change", False),
    }
    assert picture(folder.root) == after
    past = history(folder)
    past.restore(plan)
    assert picture(folder.root) == before
    past.restore(past.plan_entry(past.entries()[0]))
    assert picture(folder.root) == after


def test_it_is_a_row_of_the_time_line_and_tells_what_has_changed_since(folder: Room) -> None:
    past = rewind(folder)
    point = folder.points.take("Before the big change")
    (moment,) = past.moments().found
    assert (moment.who, moment.why, moment.files) == ("checkpoint", "Before the big change", ())
    upset(folder)
    shown = past.show(point.entry, 0)
    assert {str(f.base.path): len(f.hunks) for f in shown.files}["a.py"] == 2
    part = past.plan_undo(point.entry, 0, "a.py", 1)
    assert past.restore(part) == 1
    assert (folder.root / "a.py").read_text() == edited(TEXT, l3="outside")
    past.restore(past.plan_undo(point.entry, 0, "b.py"))
    assert (folder.root / "b.py").read_text() == "b\n"
    assert stat.S_IMODE((folder.root / "own.txt").stat().st_mode) & 0o111
    with pytest.raises(RepoError, match="does not differ"):
        past.plan_undo(point.entry, 0, "a.py", 7)


def test_a_restore_takes_a_checkpoint_first_and_only_where_something_is_different(
    folder: Room,
) -> None:
    past = rewind(folder)
    point = folder.points.take("one")
    upset(folder)
    past.restore(past.plan_to(point.entry), ["a.py"])
    rows = [(m.who, m.why) for m in past.moments().found]
    assert rows == [
        ("restore", "Back to checkpoint: one"),
        ("checkpoint", "Before: Back to checkpoint: one"),
        ("checkpoint", "one"),
    ]
    assert folder.points.take("again", "run").fresh
    assert not folder.points.take("and again", "run").fresh
    assert folder.points.take("and again").fresh  # the person named it
    assert len([m for m in past.moments().found if m.who == "checkpoint"]) == 4


def test_a_file_that_changed_after_the_list_was_shown_is_not_overwritten(folder: Room) -> None:
    past = rewind(folder)
    point = folder.points.take("one")
    (folder.root / "a.py").write_text("first\n")
    plan = past.plan_to(point.entry)
    (folder.root / "a.py").write_text("second\n")
    with pytest.raises(RepoError, match="changed by another program"):
        past.restore(plan)
    assert (folder.root / "a.py").read_text() == "second\n"


def test_what_a_checkpoint_does_not_hold_is_listed_as_staying(room: Room) -> None:
    (room.root / "big").write_bytes(b"x" * (3 << 20))
    (room.root / "link").symlink_to("a.py")
    point = room.points.take("one")
    (room.root / "link").unlink()
    (room.root / "link").symlink_to("b.py")
    (room.root / "big").write_bytes(b"y")
    steps = {str(s.path): (s.what, s.why) for s in room.points.plan(point.entry).steps}
    assert steps["link"] == ("left", "It is a link, or was one.")
    assert steps["big"][0] == "left" and "does not hold it" in steps["big"][1]


def test_content_that_git_threw_away_is_said_and_the_rest_comes_back(room: Room) -> None:
    (room.root / "gone.txt").write_text("staged once\n")
    room.git("add", "gone.txt")
    point = room.points.take("one")
    oid = room.git("rev-parse", ":gone.txt").strip()
    (room.root / "gone.txt").write_text("other\n")
    (room.root / "b.py").write_text("other\n")
    (room.root / f".git/objects/{oid[:2]}/{oid[2:]}").unlink()
    steps = {str(s.path): s.what for s in room.points.plan(point.entry).steps}
    assert steps == {"gone.txt": "left", "b.py": "change"}


def test_what_the_journal_saw_being_made_is_taken_away_without_a_second_word(room: Room) -> None:
    point = room.points.take("one")
    room.door.write("mine.txt", b"m\n", expect=None, why="new file")
    (step,) = room.points.plan(point.entry).steps
    assert (str(step.path), step.what, step.careful) == ("mine.txt", "delete", False)


def test_38_home_is_refused_with_a_sentence_and_nothing_is_listed(room: Room) -> None:
    def vault() -> Checkpoints:
        return Checkpoints(os.path.expanduser("~"), room.journal.store.folder)

    points = Points(room.journal, room.door, vault)
    with pytest.raises(RepoError, match="too large"):
        points.take("no")
    assert "too large" in points.before("no", "run")
    assert points.size() == 0
    assert points.tidy() == 0
    assert history(room).entries() == []


def test_38_tidying_keeps_the_named_and_the_newest_and_frees_what_a_kill_left(
    room: Room,
) -> None:
    made = [room.points.take("named")]
    for number in range(4):
        (room.root / "a.py").write_text(f"{number}\n")
        made.append(room.points.take(f"{number}", "run"))
    vault = room.points.snapshots()
    vault.take("a killed one")
    assert room.points.tidy(automatic=2) == 2
    assert vault.commits() == [p.snapshot for p in (made[0], *made[3:])]
    titles = [e.why for e in history(room).entries() if e.author.by is By.CHECKPOINT]
    assert titles == ["3", "2", "named"]
    with pytest.raises(Forgotten):
        room.points.of(made[1].entry)
    assert [s.what for s in room.points.plan(made[0].entry).steps] == ["change"]


def test_38_above_the_quota_the_oldest_go(room: Room) -> None:
    for number in range(4):
        (room.root / "noise").write_bytes(os.urandom(300_000))
        room.points.take(str(number))
    assert room.points.tidy(room=700_000) >= 2
    assert room.points.size() <= 700_000
    assert history(room).entries()[0].why == "3"


def test_forgetting_the_history_forgets_its_checkpoints(room: Room) -> None:
    point = room.points.take("old")
    with room.journal.store.transaction() as db:
        db.execute("UPDATE tx SET time=1")
    prune(room.journal, limit=-1, keep_seconds=60)
    with pytest.raises(Forgotten):
        room.points.plan(point.entry)
    room.points.tidy()
    assert room.points.snapshots().commits() == []


def test_23_a_checkpoint_that_fails_lists_nothing(room: Room) -> None:
    room.points.take("good")
    objects = room.journal.store.folder / "vault.git/objects"
    objects.rename(objects.with_name("gone"))
    objects.write_text("not a folder")
    (room.root / "a.py").write_text("x\n")
    with pytest.raises(DiskFailed):
        room.points.take("bad")
    assert [e.why for e in history(room).entries()] == ["good"]


def test_a_switch_of_branches_has_one_before_it(room: Room) -> None:
    from tests.assistant.repo.test_commits_queue import committing

    git(room.root, "branch", "other")
    (room.root / "b.py").write_text("mine\n")
    committing(room).switch("other")
    (entry,) = [e for e in history(room).entries() if e.author.by is By.CHECKPOINT]
    assert entry.why == "Before the switch to other"
