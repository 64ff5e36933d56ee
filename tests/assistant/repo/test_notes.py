"""Authorship as git notes: one ref, by compare-and-swap, taken back."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from assistant.edits.diff import diff_lines
from assistant.errors import CommitFailed
from assistant.repo.ledger import Author, By
from assistant.repo.notes import NotesFacts, export_notes, notes_facts, undo_notes
from assistant.types import Receipt
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
from tests.assistant.repo.test_commits_queue import committing

P = PurePosixPath
REF = "refs/notes/galley"


def by_model(room: Room) -> Receipt:
    """A commit with a line that a model wrote."""
    new = edited(TEXT, l3="model")
    author = Author(By.MODEL, "qwen", "run-1")
    state = room.door.read("a.py")
    room.door.write("a.py", new.encode(), expect=state.hash, why="rename", author=author)
    return room.commits.commit([changes(change("a.py", TEXT, new))], "kept")


def test_authorship_is_exported_as_git_notes(room: Room) -> None:
    receipt = by_model(room)
    for _ in range(2):
        export_notes(room.sidecar, room.journal, receipt, diff_lines)
    note = room.git("notes", "--ref=galley", "show", receipt.commit)
    assert note == (
        '{"path":"a.py","lines":[{"from":3,"to":3,"by":"model","name":"qwen","run":"run-1"}]}\n'
    )
    assert "Notes added" in room.git("log", "-1", "--format=%s", "refs/notes/galley")
    git(room.root, "fsck", "--strict")


def test_notes_about_the_newest_commit_are_said_written_and_taken_back(room: Room) -> None:
    receipt = by_model(room)
    floor = committing(room)
    facts = floor.notes_facts()
    assert facts == NotesFacts(receipt.commit, "kept", (P("a.py"),))
    before = room.state()
    floor.write_notes(facts)
    assert '"by":"model"' in room.git("notes", "--ref=galley", "show", receipt.commit)
    assert floor.notes_facts().undoable
    first = room.git("rev-parse", REF)
    floor.write_notes(facts)
    floor.undo_notes()
    assert room.git("rev-parse", REF) == first
    assert not floor.notes_facts().undoable
    with pytest.raises(CommitFailed, match="no notes"):
        floor.undo_notes()
    floor.write_notes(facts)
    assert room.git("for-each-ref", "--format=%(refname)") == f"refs/heads/main\n{REF}\n"
    room.git("update-ref", "-d", REF)
    assert room.state() == before


def test_the_first_notes_taken_back_leave_no_ref(room: Room) -> None:
    by_model(room)
    before = room.state()
    floor = committing(room)
    floor.write_notes(floor.notes_facts())
    floor.undo_notes()
    assert room.state() == before
    git(room.root, "fsck", "--strict")


def test_notes_that_another_program_moved_are_not_taken_back(room: Room) -> None:
    by_model(room)
    floor = committing(room)
    floor.write_notes(floor.notes_facts())
    room.git("notes", "--ref=galley", "add", "-f", "-m", "theirs", "HEAD")
    theirs = room.git("rev-parse", REF)
    assert not floor.notes_facts().undoable
    with pytest.raises(CommitFailed, match="moved by someone else"):
        floor.undo_notes()
    assert room.git("rev-parse", REF) == theirs


def test_what_cannot_be_noted_is_a_sentence(tmp_path: Path, make_room) -> None:
    (tmp_path / "plain").mkdir()
    with pytest.raises(CommitFailed, match="not in git"):
        committing(make_room(tmp_path / "plain")).notes_facts()
    root = new_repository(tmp_path / "unborn")
    room = make_room(root)
    with pytest.raises(CommitFailed, match="no commit yet"):
        notes_facts(room.sidecar, room.journal)
    git(root, "commit", "-q", "--allow-empty", "-m", "nothing")
    with pytest.raises(CommitFailed, match="nothing to note"):
        notes_facts(room.sidecar, room.journal)


def test_a_folder_inside_the_repository_notes_its_own_files(tmp_path: Path, make_room) -> None:
    root = new_repository(tmp_path / "mono")
    (root / "one").mkdir()
    (root / "one/a.py").write_text(TEXT)
    (root / "top.txt").write_text("t\n")
    commit = commit_all(root)
    room = make_room(root / "one")
    facts = notes_facts(room.sidecar, room.journal)
    assert (facts.commit, facts.files) == (commit, (P("a.py"),))
    export_notes(room.sidecar, room.journal, Receipt(commit, "", facts.files), diff_lines)
    assert '"path":"one/a.py"' in room.git("notes", "--ref=galley", "show", commit)
    undo_notes(room.sidecar, room.journal)
