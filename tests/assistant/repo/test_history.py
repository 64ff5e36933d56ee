"""The time line: restored per file, hunk, run and moment, three-way, and itself undoable."""

from __future__ import annotations

import time
from pathlib import Path, PurePosixPath

import pytest

from assistant.edits.diff import diff_lines
from assistant.edits.merge import three_way
from assistant.errors import ChangedUnderneath, RepoError
from assistant.repo.authorship import authorship
from assistant.repo.door import Delete, Move, Write
from assistant.repo.history import History
from assistant.repo.ledger import Author, By
from assistant.types import LineSpan
from tests.assistant.repo.conftest import TEXT, Room, edited

P = PurePosixPath
MODEL = Author(By.MODEL, "qwen", "run-1")


@pytest.fixture
def plain(tmp_path: Path, make_room) -> Room:
    """A folder without git."""
    root = tmp_path / "plain"
    root.mkdir()
    (root / "a.py").write_text(TEXT)
    return make_room(root)


@pytest.fixture
def history(plain: Room) -> History:
    return History(plain.door, plain.journal, merge=three_way, diff=diff_lines)


def write(
    room: Room, path: str, text: str, author: Author | None = None, why: str = "edit"
) -> None:
    room.door.write(path, text.encode(), expect=room.door.read(path).hash, why=why, author=author)


def test_06_a_change_is_taken_back_with_later_edits_kept_and_that_is_undoable(
    plain: Room, history: History
) -> None:
    write(plain, "a.py", edited(TEXT, l3="model"), MODEL, "rename")
    write(plain, "a.py", edited(TEXT, l3="model", l30="mine"))
    entry = history.entries()[1]
    plan = history.plan_entry(entry)
    assert [(str(s.path), s.what) for s in plan.steps] == [("a.py", "change")]
    assert plain.door.read("a.py").data.decode() == edited(TEXT, l3="model", l30="mine")
    history.restore(plan)
    assert plain.door.read("a.py").data.decode() == edited(TEXT, l30="mine")
    newest = history.entries()[0]
    assert (newest.author.by, newest.undoes) == (By.RESTORE, entry.id)
    history.restore(history.plan_entry(newest))
    assert plain.door.read("a.py").data.decode() == edited(TEXT, l3="model", l30="mine")


def test_one_hunk_is_taken_back(plain: Room, history: History) -> None:
    write(plain, "a.py", edited(TEXT, l3="three", l20="twenty"), MODEL)
    history.restore(history.plan_hunk(history.entries()[0], P("a.py"), 0))
    assert plain.door.read("a.py").data.decode() == edited(TEXT, l20="twenty")
    with pytest.raises(RepoError, match="no part 8"):
        history.plan_hunk(history.entries()[1], P("a.py"), 7)


def test_a_later_edit_of_the_same_line_is_a_conflict_in_the_list_and_nothing_happens(
    plain: Room, history: History
) -> None:
    write(plain, "a.py", edited(TEXT, l3="model"), MODEL)
    write(plain, "a.py", edited(TEXT, l3="model and me"))
    plan = history.plan_entry(history.entries()[1])
    assert [s.what for s in plan.steps] == ["conflict"]
    with pytest.raises(RepoError, match="nothing"):
        history.restore(plan)
    assert plain.door.read("a.py").data.decode() == edited(TEXT, l3="model and me")


def test_05_restoring_deletes_only_what_galley_created_and_nobody_changed(
    plain: Room, history: History
) -> None:
    (plain.root / "untracked.txt").write_text("mine")
    write(plain, "new1.py", "n\n", MODEL)
    write(plain, "new2.py", "n\n", MODEL)
    (plain.root / "new2.py").write_text("n\nand mine\n")
    plan = history.plan_run("run-1")
    assert {str(s.path): s.what for s in plan.steps} == {"new1.py": "delete", "new2.py": "left"}
    history.restore(plan)
    assert sorted(p.name for p in plain.root.iterdir()) == ["a.py", "new2.py", "untracked.txt"]


def test_everything_goes_back_to_a_moment(plain: Room, history: History) -> None:
    write(plain, "b.py", "b\n")
    time.sleep(0.01)
    moment = time.time()
    write(plain, "a.py", edited(TEXT, l1="x"), MODEL)
    write(plain, "c.py", "c\n", MODEL)
    h = {n: plain.door.read(n).hash for n in ("a.py", "b.py")}
    plain.door.apply(
        [Move(P("b.py"), P("d.py"), h["b.py"]), Delete(P("a.py"), h["a.py"])], why="more"
    )
    history.restore(history.plan_moment(moment))
    found = {p.name: p.read_text() for p in plain.root.iterdir()}
    assert found == {"a.py": TEXT, "b.py": "b\n"}
    history.restore(history.plan_entry(history.entries()[0]))
    assert {p.name for p in plain.root.iterdir()} == {"c.py", "d.py"}


def test_a_file_that_changes_after_the_list_was_shown_stops_the_restore(
    plain: Room, history: History
) -> None:
    write(plain, "a.py", edited(TEXT, l3="model"), MODEL)
    plan = history.plan_entry(history.entries()[0])
    (plain.root / "a.py").write_text("something else\n")
    with pytest.raises(ChangedUnderneath):
        history.restore(plan)
    assert (plain.root / "a.py").read_text() == "something else\n"


def test_what_a_command_did_is_in_the_time_line_and_can_be_taken_back(
    plain: Room, history: History
) -> None:
    (plain.root / "gone.txt").write_bytes(b"precious \xff")
    before = {P(n): plain.door.read(n).data for n in ("a.py", "gone.txt")} | {P("made"): None}
    (plain.root / "a.py").write_text("formatted\n")
    (plain.root / "gone.txt").unlink()
    (plain.root / "made").write_text("m")
    assert history.record_outside(before, Author(By.COMMAND, "make"), "make clean")
    history.restore(history.plan_entry(history.entries()[0]))
    assert {p.name: p.read_bytes() for p in plain.root.iterdir()} == {
        "a.py": TEXT.encode(),
        "gone.txt": b"precious \xff",
    }
    assert history.record_outside(before, Author(By.COMMAND), "again") is None


def test_04_restoring_in_a_repository_leaves_head_index_and_refs(room: Room) -> None:
    history = History(room.door, room.journal, merge=three_way, diff=diff_lines)
    (room.root / "b.py").write_text("staged\n")
    room.git("add", "b.py")
    before = room.state()
    write(room, "a.py", edited(TEXT, l3="model"), MODEL)
    write(room, "b.py", "model\n", MODEL)
    history.restore(history.plan_run("run-1"))
    assert room.state() == before
    assert (room.root / "b.py").read_text() == "staged\n"


def test_every_line_knows_its_author(plain: Room) -> None:
    write(plain, "a.py", edited(TEXT, l3="model"), MODEL, "rename line 3")
    (plain.root / "a.py").write_text(edited(TEXT, l3="model", l10="outside"))
    write(
        plain,
        "a.py",
        edited(TEXT, l3="model", l10="outside", l20="fmt"),
        Author(By.FORMATTER, "ruff"),
    )
    text = edited(TEXT, l3="model", l10="outside", l20="fmt", l30="typed")
    spans = authorship(plain.journal, P("a.py"), text, diff_lines)
    found = {s.span.start: s.origin for s in spans}
    assert found[2].author == MODEL
    assert found[2].why == "rename line 3"
    assert (found[9].author.by, found[9].why) == (By.DISK, "changed outside")
    assert found[19].author == Author(By.FORMATTER, "ruff")
    assert found[29].author.by is By.PERSON
    assert spans[0].span == LineSpan(0, 2)
    assert spans[-1].span.end == 40


def test_a_long_time_line_pages(plain: Room, history: History) -> None:
    for number in range(25):
        plain.door.apply([Write(P(f"f{number}"), b"x", "")], why=str(number))
    first = history.entries(10)
    assert [e.why for e in first] == [str(n) for n in range(24, 14, -1)]
    assert history.entries(10, first[-1].id)[0].why == "14"
