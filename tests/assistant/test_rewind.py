"""The time line as the window asks for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.errors import Forgotten
from assistant.repo.door import WriteDoor
from assistant.repo.journal import Journal
from assistant.repo.sidecar import Sidecar
from assistant.rewind import Rewind
from tests.assistant.repo.conftest import effects_of, points_of


def test_what_was_forgotten_while_it_was_asked_for_is_left_out_of_a_look_and_named_in_a_wish(
    tmp_path: Path,
) -> None:
    root = tmp_path / "project"
    root.mkdir()
    journal = Journal(tmp_path / "data", root)
    try:
        door = WriteDoor(root, journal, trusted=True)
        effects = effects_of(Sidecar(root, journal.store.folder), journal)
        rewind = Rewind(door, journal, effects, points_of(journal, door))
        state = door.write("a.txt", b"one\n", expect=None, why="save")
        door.write("a.txt", b"one\ntwo\n", expect=state.hash, why="save")
        newest, oldest = (moment.id for moment in rewind.moments().found)
        with journal.store.transaction() as db:
            db.execute("UPDATE tx SET time=0 WHERE id=?", (oldest,))
        rewind.prune(1.0)
        assert rewind.tallies([(oldest, 0), (newest, 0)]) == {(newest, 0): (1, 0)}
        with pytest.raises(Forgotten):
            rewind.plan_undo(oldest)
    finally:
        journal.close()
