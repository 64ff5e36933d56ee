"""What is tortured: a project before, and one action on it. Knows no fault."""

from __future__ import annotations

import os
from pathlib import PurePosixPath

from assistant.edits.diff import diff_lines
from assistant.repo.commits import Options
from assistant.repo.door import Delete, Move, Write
from assistant.repo.notes import export_notes, undo_notes
from assistant.repo.prune import prune
from assistant.repo.running import CommandBook
from assistant.repo.saver import digest
from assistant.types import (
    By,
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
from tests.torture.stage import Scene, Stage, git
from tests.torture.switches import SWITCHES

P = PurePosixPath
BIG_OLD = b"old line\n" * 9000
BIG_NEW = b"the new line\n" * 9000
STAGED = b"b staged\n"


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
    _receipt(stage, _commit(stage))


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


def _rename(stage: Stage) -> None:
    stage.door.move("a", "deep/er/b", expect=stage.door.read("a").hash, why="rename")


def _create(stage: Stage) -> None:
    stage.door.write("new.txt", b"", expect=None, why="new file")


def _buffered(stage: Stage) -> None:
    stage.journal.save_buffer(P("a"), "old text\n" * 9000)


def _buffer(stage: Stage) -> None:
    stage.journal.save_buffer(P("a"), "another text\n" * 200_000)


def buffers(stage: Stage) -> object:
    """The unsaved texts."""
    return [(str(b.path), b.text) for b in stage.journal.buffers()]


def _long_past(stage: Stage) -> None:
    for number in range(6):
        state = stage.door.read("a")
        data = (b"%d\n" % number) * 600_000
        stage.door.write("a", data, expect=state.hash or None, why=f"save {number}")


def _prune(stage: Stage) -> None:
    prune(stage.journal, limit=3 << 20, keep_seconds=0)


def time_line(stage: Stage) -> object:
    """Every entry with all that it names, which must be there."""
    found = []
    for entry in stage.journal.ledger.entries():
        keys = [key for change in entry.changes for key in (change.pre, change.post)]
        found.append((entry.why, [digest(stage.journal.ledger.content(key)) for key in keys]))
    return found


def _noted(stage: Stage) -> None:
    _repository(stage)
    stage.door.write("a", b"1\n2\nthree\n4\n5\n", expect=stage.door.read("a").hash, why="keep")
    _receipt(stage, stage.commits.commit([_change()], "kept"))


def _receipt(stage: Stage, receipt: Receipt) -> None:
    (stage.root.parent / "receipt").write_text(receipt.commit)


def _notes(stage: Stage) -> None:
    commit = (stage.root.parent / "receipt").read_text()
    export_notes(stage.sidecar, stage.journal, Receipt(commit, "main", (P("a"),)), diff_lines)


def _amend(stage: Stage) -> None:
    base = Snapshot(P("a"), "1\n2\nthree\n4\n5\n")
    hunk = Hunk(0, LineSpan(4, 5), ("5\n",), ("five\n",), HunkState.KEPT)
    change = ChangeSet("d", "t", (FileChange(base, (hunk,)),))
    stage.commits.commit([change], "amended", Options(amend=True))


def _branch(stage: Stage) -> None:
    stage.commits.commit([_change()], "aside", Options(branch="work"))


def _checkpointed(stage: Stage) -> None:
    _repository(stage)
    stage.checkpoints.take("first")
    _files(stage, a=BIG_OLD, fresh=b"untracked\n")


def _checkpoint(stage: Stage) -> None:
    stage.checkpoints.take("second")


def _first_checkpoint(stage: Stage) -> None:
    _files(stage, a=b"a\n")


def _deeds(stage: Stage) -> None:
    """What a hook would do to the files."""
    _files(stage, a=BIG_NEW, made=b"made\n")
    (stage.root / "b").chmod(0o755)
    (stage.root / "own").unlink()


def _announced(stage: Stage) -> None:
    _repository(stage)
    _files(stage, own=b"nobody else has this\n")
    stage.effects.begin("pre-commit hook")
    _deeds(stage)


def _book(stage: Stage) -> None:
    (one,) = CommandBook(stage.journal.store, stage.journal.ledger).announced()
    stage.effects.end(one)


def commands(stage: Stage) -> object:
    """What commands did, with contents that must be there, and those that still run."""
    found = []
    for entry in stage.journal.ledger.entries():
        if entry.author.by is By.COMMAND:
            for one in entry.changes:
                ends = [digest(stage.journal.ledger.content(key)) for key in (one.pre, one.post)]
                found.append((str(one.path), one.action, one.mode & 0o111, one.became, *ends))
    running = CommandBook(stage.journal.store, stage.journal.ledger).announced()
    for one in running:  # what stood before can be had
        stage.points.snapshots().difference(_EMPTY_TREE, one.snapshot)
    return found, len(running)


def _announce(stage: Stage) -> None:
    stage.effects.begin("pre-commit hook")


def _booked(stage: Stage) -> None:
    _announced(stage)
    _book(stage)


def _take_back(stage: Stage) -> None:
    stage.history.restore(stage.history.plan_entry(stage.history.entries()[0]))


def marked(stage: Stage) -> object:
    """Every checkpoint of the time line with all that it holds."""
    entries = [e for e in stage.journal.ledger.entries() if e.author.by is By.CHECKPOINT]
    found = []
    for entry in entries:
        snapshot = stage.points.of(entry.id).snapshot
        whole = stage.points.snapshots().difference(_EMPTY_TREE, snapshot)
        found.append((entry.why, sorted((str(one.path), one.after) for one in whole)))
    return found


def _mark(stage: Stage) -> None:
    stage.points.take("by name")


def _marked_and_changed(stage: Stage) -> None:
    _repository(stage)
    _files(stage, own=b"nobody else has this\n")
    stage.points.take("by name")
    _deeds(stage)


def _go_back(stage: Stage) -> None:
    (entry,) = stage.journal.ledger.entries()
    stage.history.restore(stage.points.plan(entry.id))


def _many_marks(stage: Stage) -> None:
    _repository(stage)
    for number in range(3):
        _files(stage, a=b"%d\n" % number)
        stage.points.take(f"{number}", "run")


def _tidy(stage: Stage) -> None:
    stage.points.tidy(automatic=1)


def _twice_noted(stage: Stage) -> None:
    _noted(stage)
    _notes(stage)


def _unnote(stage: Stage) -> None:
    undo_notes(stage.sidecar, stage.journal)


def snapshots(stage: Stage) -> object:
    """What each snapshot holds, byte for byte."""
    found = []
    for commit in stage.checkpoints.commits():
        whole = stage.checkpoints.difference(_EMPTY_TREE, commit)
        found.append(sorted((str(one.path), one.after) for one in whole))
    return found


_EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

SCENES = (
    Scene("save", _one_file, _modify),
    Scene("save a new file", lambda _: None, _new_file),
    Scene("save a hard link", _linked, _modify, in_place=True),
    Scene("rename", _one_file, _rename),
    Scene("create", lambda _: None, _create),
    Scene("delete", _one_file, _delete),
    Scene("keep in several files", _four_files, _batch),
    Scene("restore", _before_restore, _restore),
    Scene("commit", _repository, _commit, git=True),
    Scene("undo the commit", _committed, _undo, git=True),
    Scene("amend", _committed, _amend, git=True),
    Scene("commit to a branch", _repository, _branch, git=True),
    Scene("notes", _noted, _notes, git=True),
    Scene("checkpoint", _checkpointed, _checkpoint, git=True, memory=snapshots),
    Scene("first checkpoint", _first_checkpoint, _checkpoint, memory=snapshots),
    Scene("a hook is announced", _repository, _announce, git=True, memory=commands),
    Scene("what a hook did", _announced, _book, git=True, memory=commands),
    Scene("take a hook's change back", _booked, _take_back, git=True),
    Scene("checkpoint by name", _checkpointed, _mark, git=True, memory=marked),
    Scene("back to a checkpoint", _marked_and_changed, _go_back, git=True),
    Scene("forget checkpoints", _many_marks, _tidy, git=True, memory=marked),
    Scene("take notes back", _twice_noted, _unnote, git=True),
    Scene("unsaved text", _buffered, _buffer, memory=buffers),
    Scene("prune", _long_past, _prune, memory=time_line),
    *SWITCHES,
)
FIRST = Scene("first commit", _unborn, _first, git=True)
