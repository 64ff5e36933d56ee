"""Who wrote what: booked by a save, known by the character, told in notes, taken back alone."""

from __future__ import annotations

import json
import sqlite3
from itertools import pairwise
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.answers import SaveJob
from assistant.edits.diff import diff_lines
from assistant.edits.merge import three_way
from assistant.project import Project
from assistant.provenance import Provenance, UndoWish
from assistant.repo.authorship import authorship, passages_of
from assistant.repo.booking import booked
from assistant.repo.history import History
from assistant.repo.journal import Journal
from assistant.repo.ledger import Author, By, steps_of
from assistant.repo.notes import export_notes
from assistant.repo.prune import prune
from assistant.repo.store import VERSION
from assistant.repo.takeback import take_back
from assistant.types import (
    BEFORE,
    TYPED,
    LineSpan,
    Origin,
    Passage,
    Snapshot,
    Step,
    split_lines,
)
from tests.assistant.repo.conftest import TEXT, Room, change, changes, edited

P = PurePosixPath
MODEL = Author(By.MODEL, "qwen", "run-1")
ASKED = Origin(MODEL, why="rename it", time=5.0)
OTHER = Origin(Author(By.MODEL, "qwen", "run-2"), why="shorten", time=6.0)
PASTED = Origin(Author(By.PASTE), why="pasted")


# ---- booking ----


def test_a_save_is_booked_as_one_step_for_each_writer_who_touched_other_lines() -> None:
    one = edited(TEXT, l3="typed")
    two = edited(one, l10="model")
    three = edited(two, l20="typed too")
    four = edited(three, l30="model too")
    steps = [Step(TYPED, one), Step(ASKED, two), Step(TYPED, three), Step(ASKED, four)]
    found = booked(TEXT, steps, four, three_way)
    assert found == (
        Step(TYPED, edited(TEXT, l3="typed", l20="typed too")),
        Step(ASKED, four),
    )


def test_steps_on_the_same_lines_keep_their_order() -> None:
    kept = edited(TEXT, l3="model")
    mine = edited(TEXT, l3="model, edited")
    again = edited(TEXT, l3="model, edited, again")
    steps = [Step(ASKED, kept), Step(TYPED, mine), Step(ASKED, again)]
    assert booked(TEXT, steps, again, three_way) == tuple(steps)
    assert booked(TEXT, steps[:1], mine, three_way) == (*steps[:1], Step(TYPED, mine))


def test_a_way_out_and_back_is_not_booked() -> None:
    kept = edited(TEXT, l3="model")
    assert booked(TEXT, [Step(ASKED, kept), Step(TYPED, TEXT)], TEXT, three_way) == ()


WRITERS = st.sampled_from([TYPED, ASKED, OTHER, PASTED])
WORDS = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "d\n"]), max_size=6).map("".join)


@settings(max_examples=300, deadline=None)
@given(
    WORDS, st.lists(st.tuples(st.sampled_from([TYPED, ASKED, OTHER, PASTED]), WORDS), max_size=6)
)
def test_whatever_is_booked_leads_from_the_one_text_to_the_other(before, ways) -> None:
    steps = [Step(origin, after) for origin, after in ways]
    after = steps[-1].after if steps else before
    found = booked(before, steps, after, three_way)
    assert (found[-1].after if found else before) == after
    assert {step.origin for step in found} <= {step.origin for step in steps}
    texts = [before, *(step.after for step in found)]
    assert all(one != other for one, other in pairwise(texts))


# ---- taking one step back ----


@settings(max_examples=300, deadline=None)
@given(WORDS, WORDS)
def test_a_step_taken_back_at_once_is_as_if_it_had_never_been(before, after) -> None:
    taken = take_back(after, before, after, merge=three_way, diff=diff_lines)
    assert (taken.after, taken.clashes) == (before, ())


def test_typing_right_beside_a_kept_hunk_stays_when_the_hunk_is_taken_back() -> None:
    after = edited(TEXT, l3="model")
    typed = after.replace("model\n", "model\ntyped below\n").replace("line 2\n", "line 2\nabove\n")
    taken = take_back(typed, TEXT, after, merge=three_way, diff=diff_lines)
    assert taken.places == 1
    assert taken.after == TEXT.replace("line 3\n", "line 3\ntyped below\n").replace(
        "line 2\n", "line 2\nabove\n"
    )


def test_one_place_of_several_is_taken_back_by_its_line() -> None:
    after = edited(TEXT, l3="three", l20="twenty")
    typed = "new first line\n" + after
    taken = take_back(typed, TEXT, after, merge=three_way, diff=diff_lines, line=20)
    assert taken.after == "new first line\n" + edited(TEXT, l3="three")
    assert not take_back(typed, TEXT, after, merge=three_way, diff=diff_lines, line=9).places


def test_lines_that_both_changed_are_left_and_named() -> None:
    after = edited(TEXT, l3="three", l20="twenty")
    mine = edited(TEXT, l3="three, by me", l20="twenty")
    taken = take_back(mine, TEXT, after, merge=three_way, diff=diff_lines)
    assert taken.after == edited(TEXT, l3="three, by me")
    assert (taken.places, taken.clashes) == (1, (LineSpan(2, 3),))


# ---- in the journal ----


@pytest.fixture
def plain(tmp_path: Path, make_room) -> Room:
    root = tmp_path / "plain"
    root.mkdir()
    (root / "a.py").write_text(TEXT)
    return make_room(root)


def save(room: Room, before: str, *steps: Step) -> str:
    after = steps[-1].after
    parts = [(step.origin, step.after.encode()) for step in steps]
    state = room.door.write(
        "a.py", after.encode(), expect=room.door.read("a.py").hash, why="save", parts=parts
    )
    return state.hash


def history(room: Room) -> History:
    return History(room.door, room.journal, merge=three_way, diff=diff_lines)


def test_a_save_with_kept_hunks_is_booked_by_who_wrote_them(plain: Room) -> None:
    typed = edited(TEXT, l3="typed")
    both = edited(typed, l10="model")
    save(plain, TEXT, Step(TYPED, typed), Step(ASKED, both))
    found = [(s.author, s.why, s.part) for s in history(plain).steps()]
    assert found == [(MODEL, "rename it", 2), (Author(By.PERSON), "typed", 1)]
    assert len(history(plain).entries()) == 1
    lines = {s.span.start: s.origin for s in authorship(plain.journal, P("a.py"), both, diff_lines)}
    assert lines[9].author == MODEL
    assert lines[2].author.by is By.PERSON


def test_a_kept_hunk_that_was_edited_afterwards_shows_both(plain: Room) -> None:
    kept = edited(TEXT, l3="the model wrote this")
    mine = edited(TEXT, l3="the model wrote this, I added")
    key = save(plain, TEXT, Step(ASKED, kept), Step(TYPED, mine))
    assert [s.author.by for s in history(plain).steps()] == [By.PERSON, By.MODEL]
    at = len("line 1\nline 2\n")
    exact = [
        Passage(at, BEFORE),
        Passage(20, ASKED),
        Passage(9, TYPED),
        Passage(len(mine) - at - 29, BEFORE),
    ]
    plain.journal.passages.put(P("a.py"), key, exact)
    spans = authorship(plain.journal, P("a.py"), mine, diff_lines)
    (mixed,) = [span for span in spans if span.others]
    assert (mixed.span, mixed.origin, mixed.others) == (LineSpan(2, 3), ASKED, (TYPED,))
    assert passages_of(plain.journal, P("a.py"), mine, diff_lines) == tuple(exact)


def test_a_run_is_taken_back_around_typing_that_came_between_its_steps(plain: Room) -> None:
    one = edited(TEXT, l3="model")
    two = edited(one, l10="mine")
    three = edited(two, l20="model")
    save(plain, TEXT, Step(ASKED, one))
    save(plain, one, Step(TYPED, two))
    save(plain, two, Step(ASKED, three))
    history(plain).restore(history(plain).plan_run("run-1"))
    assert plain.door.read("a.py").data.decode() == edited(TEXT, l10="mine")


def test_what_a_restore_brings_back_has_its_writers_again(plain: Room) -> None:
    kept = edited(TEXT, l3="model")
    save(plain, TEXT, Step(ASKED, kept))
    gone = kept.replace("model\n", "")
    save(plain, kept, Step(TYPED, gone))
    typed = edited(gone, l20="more")
    save(plain, gone, Step(TYPED, typed))
    entry = history(plain).entries()[1]
    history(plain).restore(history(plain).plan_entry(entry))
    text = plain.door.read("a.py").data.decode()
    assert "model\n" in text and "more\n" in text
    spans = authorship(plain.journal, P("a.py"), text, diff_lines)
    assert [s.origin.author for s in spans if s.span.start == 2] == [MODEL]
    assert not [s for s in spans if s.origin.author.by is By.RESTORE]


def test_restoring_a_restore_is_as_if_nothing_had_been(plain: Room) -> None:
    kept = edited(TEXT, l3="model")
    save(plain, TEXT, Step(ASKED, kept))
    save(plain, kept, Step(TYPED, edited(kept, l20="mine")))
    before = plain.door.read("a.py").data
    past = history(plain)
    past.restore(past.plan_entry(past.step(past.entries()[1].id)))
    assert plain.door.read("a.py").data != before
    past.restore(past.plan_entry(past.entries()[0]))
    assert plain.door.read("a.py").data == before


def test_the_models_last_change_goes_and_typing_stays_saved_or_not(plain: Room) -> None:
    kept = edited(TEXT, l3="model", l30="model")
    save(plain, TEXT, Step(ASKED, kept))
    typed = edited(kept, l10="mine").replace("model\nline 4\n", "model\nright below\nline 4\n")
    found = Provenance(plain.journal, plain.effects).undoable(UndoWish(P("a.py"), typed, 3, kept))
    assert (found.places, found.title, found.model, found.why) == (2, "rename it", "qwen", "")
    assert found.after == edited(TEXT, l10="mine").replace("line 3\n", "line 3\nright below\n")
    later = edited(typed, l20="unsaved model")
    steps = (Step(TYPED, typed), Step(OTHER, later))
    found = Provenance(plain.journal, plain.effects).undoable(
        UndoWish(P("a.py"), later, 4, kept, steps)
    )
    assert (found.places, found.title, found.after) == (1, "shorten", typed)


def test_one_change_is_undone_by_its_line_and_a_clash_is_a_sentence(plain: Room) -> None:
    kept = edited(TEXT, l3="model", l30="model too")
    save(plain, TEXT, Step(ASKED, kept))
    wish = UndoWish(P("a.py"), kept, 1, kept, line=29, origin=ASKED)
    assert Provenance(plain.journal, plain.effects).undoable(wish).after == edited(TEXT, l3="model")
    mine = edited(kept, l3="model, mine")
    wish = UndoWish(P("a.py"), mine, 1, kept, line=2, origin=ASKED)
    found = Provenance(plain.journal, plain.effects).undoable(wish)
    assert (found.places, found.after) == (0, mine)
    assert found.why == "You changed the same lines too (line 3), so it is left as it is."
    nobody = Provenance(plain.journal, plain.effects).undoable(UndoWish(P("b.py"), "b\n", 1, "b\n"))
    assert (nobody.places, nobody.why) == (0, "No model changed this file.")


def test_an_unsaved_buffer_keeps_its_writers_and_steps(plain: Room) -> None:
    text = "typed ☃\udcff model\n"
    passages = (Passage(8, TYPED), Passage(7, ASKED))
    steps = (Step(TYPED, "typed ☃\udcff"), Step(ASKED, text))
    plain.journal.passages.keep_buffer(P("u"), text, passages, steps)
    prune(plain.journal, limit=0, keep_seconds=0)
    assert plain.journal.passages.buffer(P("u"), text) == (passages, steps)
    assert plain.journal.passages.buffer(P("u"), text + "x") == (None, ())
    known = Provenance(plain.journal, plain.effects).writers(P("u"), text, "")
    assert (known.passages, known.steps) == (passages, steps)
    plain.journal.passages.drop_buffer(P("u"))
    assert plain.journal.passages.buffer(P("u"), text) == (None, ())


def test_pruning_takes_parts_along_and_the_newest_writers_stay(plain: Room) -> None:
    text = TEXT
    for number in range(6):
        text = edited(text, l3=f"model {number}")
        key = save(plain, TEXT, Step(ASKED, text))
        plain.journal.passages.put(P("a.py"), key, (Passage(len(text), ASKED),))
    report = prune(plain.journal, limit=0, keep_seconds=0)
    assert report.dropped == 6
    assert not plain.journal.store.db.execute("SELECT 1 FROM part").fetchall()
    assert plain.journal.passages.get(P("a.py"), key) is not None
    assert plain.journal.store.db.execute("SELECT COUNT(*) FROM spans").fetchone() == (1,)


def test_a_save_through_the_project_is_booked_and_its_writers_kept(tmp_path: Path) -> None:
    root = tmp_path / "p"
    root.mkdir()
    (root / "a.py").write_bytes(TEXT.encode("utf-16"))
    project = Project(root, tmp_path / "data")
    try:
        loaded = project.load(P("a.py"))
        kept = edited(TEXT, l3="model ☃")
        passages = (Passage(len(kept), ASKED),)
        job = SaveJob(
            Snapshot(P("a.py"), kept, 1),
            loaded.file,
            loaded.content_hash,
            saved=TEXT,
            steps=(Step(ASKED, kept),),
            passages=passages,
        )
        written = project.save(job)
        assert (root / "a.py").read_text("utf-16") == kept
        (entry,) = project.journal.ledger.entries()
        assert entry.author == Author(By.PERSON)
        assert [step.author for step in steps_of(entry)] == [MODEL]
        assert project.journal.passages.get(P("a.py"), written.content_hash) == passages
        assert project.provenance.writers(P("a.py"), kept, kept).passages == passages
    finally:
        project.close()


# ---- notes ----


def test_a_note_tells_a_mixed_file_line_by_line(room: Room) -> None:
    typed = edited(TEXT, l3="mine", l10="the model's, with my ending")
    kept = edited(TEXT, l10="the model's", l20="model")
    both = edited(typed, l20="model")
    key = save(room, TEXT, Step(ASKED, kept), Step(TYPED, both))
    at10 = both.index("the model's")
    at20 = both.index("model\n", at10 + 20)
    room.journal.passages.put(
        P("a.py"),
        key,
        (
            Passage(both.index("mine"), BEFORE),
            Passage(5, TYPED),
            Passage(at10 - both.index("mine") - 5, BEFORE),
            Passage(11, ASKED),
            Passage(16, TYPED),
            Passage(at20 - at10 - 27, BEFORE),
            Passage(6, ASKED),
            Passage(len(both) - at20 - 6, BEFORE),
        ),
    )
    committed = edited(TEXT, l10="the model's, with my ending", l20="model")
    receipt = room.commits.commit([changes(change("a.py", TEXT, committed))], "kept")
    export_notes(room.sidecar, room.journal, receipt, diff_lines)
    note = json.loads(room.git("notes", "--ref=galley", "show", receipt.commit))
    model = {"by": "model", "name": "qwen", "run": "run-1"}
    person = {"by": "person", "name": "", "run": ""}
    assert room.git("show", "HEAD:a.py") == committed  # line 3 is not committed
    assert note["lines"] == [
        {"from": 10, "to": 10, **person, "also": [model]},
        {"from": 20, "to": 20, **model},
    ]


# ---- formats ----

VERSION_1 = """
CREATE TABLE tx(
    id INTEGER PRIMARY KEY AUTOINCREMENT, time REAL NOT NULL, state TEXT NOT NULL,
    author TEXT NOT NULL, name TEXT NOT NULL, run TEXT NOT NULL, why TEXT NOT NULL,
    undoes INTEGER);
CREATE TABLE change(
    id INTEGER PRIMARY KEY AUTOINCREMENT, tx INTEGER NOT NULL REFERENCES tx(id),
    action TEXT NOT NULL, path BLOB NOT NULL, moved_to BLOB, pre TEXT NOT NULL, post TEXT NOT NULL,
    mode INTEGER NOT NULL, temp BLOB NOT NULL, made TEXT NOT NULL);
CREATE TABLE buffer(
    path BLOB PRIMARY KEY, time REAL NOT NULL, anchor TEXT NOT NULL, head INTEGER NOT NULL,
    tail INTEGER NOT NULL, middle BLOB NOT NULL, hash TEXT NOT NULL, base_hash TEXT NOT NULL);
CREATE TABLE proposal(
    id TEXT PRIMARY KEY, time REAL NOT NULL, run TEXT NOT NULL, data TEXT NOT NULL);
CREATE TABLE decision(
    id INTEGER PRIMARY KEY AUTOINCREMENT, time REAL NOT NULL, proposal TEXT NOT NULL,
    path BLOB NOT NULL, hunk INTEGER NOT NULL, state TEXT NOT NULL);
CREATE TABLE record(
    kind TEXT NOT NULL, key TEXT NOT NULL, time REAL NOT NULL, data TEXT NOT NULL,
    blob TEXT NOT NULL, PRIMARY KEY(kind, key));
CREATE TABLE blob(
    hash TEXT PRIMARY KEY, size INTEGER NOT NULL, kind INTEGER NOT NULL, data BLOB) WITHOUT ROWID;
"""


def test_a_journal_of_the_first_format_is_read_and_goes_on(plain: Room) -> None:
    old = edited(TEXT, l3="model")
    store = plain.journal.store
    data, root = store.folder.parent.parent, plain.journal.root
    before, after = store.blobs.put(TEXT.encode()), store.blobs.put(old.encode())
    blobs = store.db.execute("SELECT * FROM blob").fetchall()
    plain.journal.close()
    for path in store.folder.glob("journal.db*"):
        path.unlink()
    db = sqlite3.connect(store.folder / "journal.db")
    db.executescript(VERSION_1)
    db.executemany("INSERT INTO blob VALUES(?,?,?,?)", blobs)
    db.execute("INSERT INTO tx VALUES(1, 7.0, 'done', 'model', 'qwen', 'run-1', 'rename', NULL)")
    db.execute(
        "INSERT INTO change VALUES(1, 1, 'modify', ?, NULL, ?, ?, 420, ?, '0')",
        (b"a.py", before, after, b""),
    )
    db.execute("PRAGMA user_version=1")
    db.commit()
    db.close()
    journal = Journal(data, root)
    try:
        (entry,) = journal.ledger.entries()
        assert (entry.author, entry.why, steps_of(entry)) == (MODEL, "rename", (entry,))
        spans = authorship(journal, P("a.py"), old, diff_lines)
        assert {s.span.start: s.origin.author for s in spans}[2] == MODEL
        assert journal.store.db.execute("PRAGMA user_version").fetchone() == (VERSION,)
        assert split_lines(old)[2] == "model\n"
    finally:
        journal.close()
    Journal(data, root).close()


def test_what_was_typed_before_the_journal_answered_is_the_persons(plain: Room) -> None:
    typed = edited(TEXT, l15="typed line 15")
    known = Provenance(plain.journal, plain.effects).writers(P("never-seen.py"), typed, TEXT)
    told = [(part.origin.author.by, part.size) for part in known.passages]
    assert [by for by, _ in told] == [By.DISK, By.PERSON, By.DISK]
    assert told[1][1] == len("typed line 15\n")
