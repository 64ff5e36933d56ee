"""What a hook does to the files is in the history as its own, whatever becomes of the commit."""

from __future__ import annotations

import errno
import os
import signal
import stat
from pathlib import Path, PurePosixPath

import pytest

from assistant.edits.diff import diff_lines
from assistant.edits.merge import three_way
from assistant.errors import CommitFailed
from assistant.provenance import Provenance
from assistant.repo import effects as effects_module
from assistant.repo.authorship import authorship
from assistant.repo.checkpoints import Checkpoints
from assistant.repo.codec import decode
from assistant.repo.commits import Commits, Options
from assistant.repo.effects import Effects
from assistant.repo.history import History
from assistant.repo.ledger import Author, By, Entry
from assistant.repo.points import Points
from assistant.rewind import Rewind
from assistant.types import LineSpan
from tests.assistant.repo.conftest import (
    TEXT,
    Room,
    commit_all,
    edited,
    effects_of,
    new_repository,
)
from tests.assistant.repo.test_commits_hooks import HOOKED, hook, kept
from tests.torture.faults import Failing, in_child

P = PurePosixPath
HOOK = Author(By.COMMAND, "pre-commit hook")
LONG = "".join(f"old {n}\n" for n in range(1, 31))
DEEDS = """
sed -i 's/^old 3$/hooked 3/; s/^old 27$/hooked 27/' c.txt
echo new > made.txt
rm d.txt
chmod 755 b.py
"""


@pytest.fixture
def busy(room: Room) -> Room:
    """With files that a hook is busy with: c.txt is tracked, d.txt was never committed."""
    (room.root / "c.txt").write_text(LONG)
    (room.root / ".gitignore").write_text("*.log\n")
    commit_all(room.root)
    (room.root / "d.txt").write_text("nobody else has this\n")
    (room.root / "b.py").write_text("mine, not saved in git\n")
    return room


def history(room: Room) -> History:
    return History(room.door, room.journal, merge=three_way, diff=diff_lines)


def of_commands(room: Room) -> list[Entry]:
    return [e for e in history(room).entries() if e.author.by is By.COMMAND]


def deeds(entry: Entry) -> dict[str, str]:
    return {str(one.path): one.action.value for one in entry.changes}


DONE = {"b.py": "modify", "c.txt": "modify", "d.txt": "delete", "made.txt": "create"}


def check_all_is_booked_and_comes_back(room: Room, author: Author = HOOK) -> None:
    (entry,) = of_commands(room)
    assert entry.author == author
    assert deeds(entry) == DONE
    past = history(room)
    past.restore(past.plan_entry(entry))
    assert (room.root / "c.txt").read_text() == LONG
    assert (room.root / "d.txt").read_text() == "nobody else has this\n"
    assert (room.root / "b.py").read_text() == "mine, not saved in git\n"
    assert not (room.root / "made.txt").exists()
    assert not stat.S_IMODE((room.root / "b.py").stat().st_mode) & 0o111
    past.restore(past.plan_entry(past.entries()[0]))  # and the way back again
    assert not (room.root / "d.txt").exists()
    assert stat.S_IMODE((room.root / "b.py").stat().st_mode) & 0o111
    assert room.leftovers() == []


def test_what_a_hook_changed_made_deleted_and_chmodded_is_booked_and_restored(busy: Room) -> None:
    hook(busy.root, "pre-commit", DEEDS)
    busy.commits.commit(kept(), "one", HOOKED)
    check_all_is_booked_and_comes_back(busy)


def test_the_same_when_the_hook_refuses(busy: Room) -> None:
    hook(busy.root, "pre-commit", f"{DEEDS}\necho no; exit 1")
    with pytest.raises(CommitFailed, match=r"It changed b\.py, c\.txt, d\.txt and 1 more on disk"):
        busy.commits.commit(kept(), "one", HOOKED)
    check_all_is_booked_and_comes_back(busy)


def test_the_same_when_it_is_cancelled(busy: Room) -> None:
    hook(busy.root, "pre-commit", f"{DEEDS}\necho done; sleep 600")
    heard: list[str] = []
    with pytest.raises(CommitFailed, match="cancelled"):
        busy.commits.commit(
            kept(), "one", HOOKED, heard=heard.append, cancelled=lambda: bool(heard)
        )
    check_all_is_booked_and_comes_back(busy)


def test_the_same_when_it_takes_too_long(busy: Room) -> None:
    hook(busy.root, "pre-commit", f"{DEEDS}\nsleep 600")
    with pytest.raises(CommitFailed, match="was stopped"):
        busy.commits.commit(kept(), "one", Options(hooks=True, hook_limit_s=1.0))
    check_all_is_booked_and_comes_back(busy)


def test_the_same_when_galley_is_killed_while_it_runs(busy: Room, make_room) -> None:
    hook(busy.root, "pre-commit", f"{DEEDS}\nkill -9 $PPID; sleep 0.1")
    busy.journal.close()

    def act() -> None:
        mine = make_room(busy.root)
        mine.commits.commit(kept(), "one", HOOKED)

    assert in_child(act) == -signal.SIGKILL
    again = make_room(busy.root)
    assert of_commands(again) == []
    said = again.commits.recover()
    assert any("pre-commit hook was at work when Galley ended" in one for one in said)
    (entry,) = of_commands(again)
    assert entry.why == "pre-commit hook, cut off when Galley ended"
    check_all_is_booked_and_comes_back(again)
    assert again.commits.recover() == []


def test_each_hook_has_an_entry_of_its_own_and_one_that_did_nothing_has_none(busy: Room) -> None:
    hook(busy.root, "pre-commit", "true")
    hook(busy.root, "commit-msg", "echo again >> c.txt")
    hook(busy.root, "post-commit", "echo after >> c.txt")
    receipt = busy.commits.commit(kept(), "one", HOOKED)
    assert [e.author.name for e in of_commands(busy)] == ["post-commit hook", "commit-msg hook"]
    assert receipt.notes == (
        "The hooks changed c.txt on disk; that is not in the commit.",
        "post-commit changed c.txt on disk.",
    )
    assert Checkpoints(busy.root, busy.journal.store.folder).commits() == []


def test_one_part_of_a_file_is_taken_back_and_the_rest_and_later_typing_stay(busy: Room) -> None:
    hook(busy.root, "pre-commit", DEEDS)
    busy.commits.commit(kept(), "one", HOOKED)
    (entry,) = of_commands(busy)
    text = (busy.root / "c.txt").read_text().replace("old 15\n", "typed\n")
    state = busy.door.read("c.txt")
    busy.door.write("c.txt", text.encode(), expect=state.hash, why="save")
    past = history(busy)
    past.restore(past.plan_hunk(entry, P("c.txt"), 0))
    assert (busy.root / "c.txt").read_text() == text.replace("hooked 3\n", "old 3\n")
    past.restore(past.plan_entry(entry, [P("c.txt")]))
    assert (busy.root / "c.txt").read_text() == LONG.replace("old 15\n", "typed\n")
    assert not (busy.root / "d.txt").exists()


def test_a_moment_before_the_hook_is_gone_back_to_with_its_modes(busy: Room) -> None:
    state = busy.door.read("a.py")
    busy.door.write("a.py", edited(TEXT, l30="x").encode(), expect=state.hash, why="save")
    first = history(busy).entries()[0]
    hook(busy.root, "pre-commit", DEEDS)
    busy.commits.commit(kept(), "one", HOOKED)
    past = history(busy)
    past.restore(past.plan_to(first))
    assert (busy.root / "c.txt").read_text() == LONG
    assert (busy.root / "d.txt").exists()
    assert not stat.S_IMODE((busy.root / "b.py").stat().st_mode) & 0o111
    busy.door.delete("b.py", expect=busy.door.read("b.py").hash, why="delete")


def test_the_lines_are_the_commands_and_not_the_persons_nor_the_disks(busy: Room) -> None:
    hook(busy.root, "pre-commit", DEEDS)
    busy.commits.commit(kept(), "one", HOOKED)
    text = (busy.root / "c.txt").read_text()
    found = {
        s.span: s.origin.author for s in authorship(busy.journal, P("c.txt"), text, diff_lines)
    }
    assert found[LineSpan(2, 3)] == HOOK
    assert found[LineSpan(26, 27)] == HOOK
    assert found[LineSpan(0, 2)].by is By.DISK


def test_what_is_saved_while_a_hook_runs_is_the_persons_and_the_rest_is_the_hooks(
    busy: Room,
) -> None:
    """c.txt: the hook, a save, the hook again. d.txt: a save alone."""
    for name in ("go", "on"):
        os.mkfifo(busy.root / f".git/{name}")
    body = "sed -i 's/^old 3$/hooked 3/' c.txt; echo ready; read x < .git/go;"
    hook(busy.root, "pre-commit", f"{body} sed -i 's/^old 27$/hooked 27/' c.txt")
    first = LONG.replace("old 3\n", "hooked 3\n")
    mine = first.replace("old 15\n", "typed\n")

    def listen(words: str) -> None:
        if "ready" in words:
            assert busy.effects.running == HOOK
            rewind = Rewind(busy.door, busy.journal, busy.effects, busy.points)
            like = busy.door.read("c.txt")
            assert rewind.note_outside(P("c.txt"), LONG, decode(like.data)) is None
            busy.door.write("c.txt", mine.encode(), expect=like.hash, why="save")
            other = busy.door.read("d.txt")
            busy.door.write("d.txt", b"saved\n", expect=other.hash, why="save")
            (busy.root / ".git/go").write_text("now\n")

    busy.commits.commit(kept(), "one", HOOKED, heard=listen)
    entries = list(reversed(history(busy).entries()))
    told = [(e.author.by, deeds(e)) for e in entries]
    assert told == [
        (By.COMMAND, {"c.txt": "modify"}),
        (By.PERSON, {"c.txt": "modify"}),
        (By.PERSON, {"d.txt": "modify"}),
        (By.COMMAND, {"c.txt": "modify"}),
    ]
    last = mine.replace("old 27\n", "hooked 27\n")
    assert (busy.root / "c.txt").read_text() == last
    texts = [tuple(t for _, *t in history(busy).diff_of(e)) for e in entries]
    assert texts[0] == ([LONG, first],)
    assert texts[3] == ([mine, last],)
    past = history(busy)
    past.restore(past.plan_entry(entries[0]))
    past.restore(past.plan_entry(entries[3]))
    assert (busy.root / "c.txt").read_text() == LONG.replace("old 15\n", "typed\n")
    assert busy.effects.running is None


def test_ignored_files_are_kept_where_they_are_open_and_not_else(busy: Room) -> None:
    for name in ("open.log", "shut.log"):
        (busy.root / name).write_text("before\n")
    hook(busy.root, "pre-commit", "echo x > open.log; echo x > shut.log")
    busy.commits.commit(kept(), "one", Options(hooks=True, open=(P("open.log"), P("b.py"))))
    (entry,) = of_commands(busy)
    assert deeds(entry) == {"open.log": "modify"}
    past = history(busy)
    past.restore(past.plan_entry(entry))
    assert (busy.root / "open.log").read_text() == "before\n"


def test_what_is_not_covered_is_named(busy: Room) -> None:
    (busy.root / "big.bin").write_bytes(b"x" * (3 << 20))
    (busy.root / "link").symlink_to("c.txt")
    hook(busy.root, "pre-commit", "echo y >> big.bin; ln -sf a.py link; echo more >> c.txt")
    receipt = busy.commits.commit(kept(), "one", HOOKED)
    assert receipt.notes == (
        "The hooks changed c.txt on disk; that is not in the commit.",
        "Not in the history: pre-commit hook: big.bin (too large to keep), link (a link).",
    )
    (before,) = [e for e in history(busy).entries() if e.author.by is By.CHECKPOINT]
    assert before.why == "Before pre-commit hook"
    wanted = {str(step.path): step.what for step in busy.points.plan(before.id).steps}
    assert wanted == {"c.txt": "change", "link": "left", "big.bin": "left"}


def test_a_hook_that_changes_very_much_is_booked_as_far_as_it_goes(
    busy: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(effects_module, "MOST_FILES", 5)
    hook(busy.root, "pre-commit", "for n in 1 2 3 4 5 6 7 8; do echo $n > made$n; done")
    receipt = busy.commits.commit(kept(), "one", HOOKED)
    assert "3 files more (too many at once)" in receipt.notes[1]
    assert len(of_commands(busy)[0].changes) == 5


def test_a_folder_inside_the_repository_names_what_a_hook_changed_outside_of_it(
    tmp_path: Path, make_room
) -> None:
    root = new_repository(tmp_path / "mono")
    (root / "one").mkdir()
    (root / "one/a.py").write_text(TEXT)
    (root / "top.txt").write_text("t\n")
    commit_all(root)
    hook(root, "pre-commit", "echo x >> top.txt; echo x >> one/a.py")
    room = make_room(root / "one")
    receipt = room.commits.commit(kept(), "one", HOOKED)
    assert receipt.notes == (
        "The hooks changed a.py on disk; that is not in the commit.",
        "Not in the history: pre-commit hook: ../top.txt (outside of the open folder).",
    )


def test_where_the_files_cannot_be_kept_the_hook_does_not_run_unasked(busy: Room) -> None:
    def none() -> Checkpoints:
        return Checkpoints(os.path.expanduser("~"), busy.journal.store.folder)

    effects = Effects(busy.journal, busy.sidecar, Points(busy.journal, busy.door, none))
    commits = Commits(busy.sidecar, busy.journal, merge=three_way, effects=effects, trusted=True)
    hook(busy.root, "pre-commit", "echo ran > ran")
    before = busy.state()
    with pytest.raises(CommitFailed, match="could not be kept before pre-commit runs") as no:
        commits.commit(kept(), "one", HOOKED)
    assert not (busy.root / "ran").exists()
    assert busy.state() == before
    yes, without = (way.key for way in no.value.ways)
    assert without == "no-hooks"
    commits.commit(kept(), "one", Options(hooks=True, allowed=frozenset({yes})))
    assert (busy.root / "ran").exists()


def test_a_booking_that_fails_is_said_and_done_later(busy: Room) -> None:
    hook(busy.root, "pre-commit", DEEDS)
    disk = busy.journal.disk
    effects = effects_of(busy.sidecar, busy.journal)
    one = effects.begin("pre-commit hook")
    os.system(f"cd {busy.root} && sh .git/hooks/pre-commit")
    busy.journal.store.disk = Failing(1, errno.ENOSPC, on=True)
    booked = effects.end(one)
    busy.journal.store.disk = disk
    assert booked.paths == ()
    assert "booked at the next start" in booked.left[0]
    assert effects_of(busy.sidecar, busy.journal).recover()[0].paths
    check_all_is_booked_and_comes_back(busy)


def test_an_effect_is_counted_and_shown_like_any_change(busy: Room) -> None:
    hook(busy.root, "pre-commit", DEEDS)
    busy.commits.commit(kept(), "one", HOOKED)
    rewind = Rewind(busy.door, busy.journal, busy.effects, busy.points)
    (moment,) = rewind.moments().found
    assert (moment.who, moment.name, moment.files) == ("command", "pre-commit hook", tuple(DONE))
    shown = rewind.show(moment.id, moment.part)
    assert [len(file.hunks) for file in shown.files] == [0, 2, 1, 1]
    assert rewind.tallies([(moment.id, 0)]) == {(moment.id, 0): (3, 3)}
    assert shown.modes == {"b.py": "may be run now"}
    plan = rewind.plan_undo(moment.id)
    assert {file.path: file.what for file in plan.files} == {
        "b.py": "change",
        "c.txt": "change",
        "d.txt": "create",
        "made.txt": "delete",
    }


def test_a_file_that_the_journal_knows_is_the_commands_while_it_still_runs(busy: Room) -> None:
    state = busy.door.read("c.txt")
    mine = LONG.replace("old 15\n", "typed\n")
    busy.door.write("c.txt", mine.encode(), expect=state.hash, why="save")
    one = busy.effects.begin("pre-commit hook")
    text = mine.replace("old 3\n", "hooked 3\n")
    (busy.root / "c.txt").write_text(text)
    told = Provenance(busy.journal, busy.effects).writers(P("c.txt"), text, text)
    assert [part.origin.author.by for part in told.passages if part.origin.time] == [
        By.COMMAND,
        By.PERSON,
    ]
    key = busy.door.read("c.txt").hash
    assert busy.effects.author_of(P("c.txt"), key) == HOOK
    busy.effects.end(one)
    assert busy.effects.author_of(P("c.txt"), key) == HOOK
    assert busy.effects.author_of(P("a.py"), busy.door.read("a.py").hash) is None
