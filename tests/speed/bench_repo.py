"""What the repository floor costs, beside plain git in the same run: medians and ratios."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from assistant.edits.diff import diff_lines
from assistant.edits.merge import three_way
from assistant.repo.checkpoints import Checkpoints
from assistant.repo.commits import Commits
from assistant.repo.door import WriteDoor
from assistant.repo.effects import Effects
from assistant.repo.history import History
from assistant.repo.journal import Journal
from assistant.repo.ledger import Author, By, Change
from assistant.repo.points import Points
from assistant.repo.sidecar import Sidecar
from assistant.rewind import Rewind
from assistant.types import (
    BEFORE,
    ChangeSet,
    FileAction,
    FileChange,
    Hunk,
    HunkState,
    LineSpan,
    Origin,
    Passage,
    Snapshot,
    Step,
)

FILES = 20_000
P = PurePosixPath
LINES = [f"line {n} of the file\n" for n in range(60)]


def main() -> None:
    with tempfile.TemporaryDirectory() as temp:
        base = Path(temp)
        os.environ.update(HOME=str(base), GIT_CONFIG_NOSYSTEM="1")
        root = _repository(base / "project")
        journal = Journal(base / "data", root)
        try:
            sidecar = Sidecar(root, journal.store.folder)
            _status(root, sidecar)
            _commit(root, sidecar, journal)
            _checkpoint(root, journal)
            _hook(root, sidecar, journal)
            _journal(root, journal)
            _history(root, journal)
        finally:
            journal.close()


def _repository(root: Path) -> Path:
    for number in range(FILES):
        path = root / f"d{number // 200:03}" / f"f{number:05}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# {number}\n" + "".join(LINES))
    _git(root, "init", "-q", "-b", "main")
    _git(root, "config", "user.name", "Ada")
    _git(root, "config", "user.email", "ada@example.org")
    _git(root, "add", "-A")
    _git(root, "commit", "-q", "-m", "start")
    _git(root, "status")
    return root


def _git(root: Path, *arguments: str) -> bytes:
    env = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith("GIT_") or k == "GIT_CONFIG_NOSYSTEM"
    }
    return subprocess.run(
        ["git", *arguments], cwd=root, capture_output=True, check=True, env=env
    ).stdout


def _times(act: Callable[[int], object], rounds: int) -> float:
    """The median of ``rounds`` in milliseconds, after one that does not count."""
    taken = []
    for number in range(rounds + 1):
        start = time.perf_counter()
        act(number)
        taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken[1:])


def _beside(name: str, ours: float, peer: str, theirs: float) -> None:
    print(f"{name:44} {ours:8.1f} ms   {peer}: {theirs:8.1f} ms   ratio {ours / theirs:.2f}")


def _status(root: Path, sidecar: Sidecar) -> None:
    for number in range(20):
        (root / f"d{number:03}" / f"f{number * 200:05}.py").write_text("changed\n")
    plain = ("--no-optional-locks", "status", "--porcelain=v2", "-z", "-uall")
    ours = _times(lambda _: sidecar.status(), 9)
    theirs = _times(lambda _: _git(root, *plain), 9)
    _beside(f"status, {FILES:,} files, 20 changed", ours, "git status", theirs)
    _git(root, "checkout", "-q", "--", ".")


def _three_hunks(path: str, text: str, round_: int) -> FileChange:
    lines = text.split("\n")
    hunks = []
    for number, at in enumerate((5, 25, 45)):
        old, new = f"{lines[at]}\n", f"round {round_} hunk {number}\n"
        hunks.append(Hunk(number, LineSpan(at, at + 1), (old,), (new,), HunkState.KEPT))
    return FileChange(Snapshot(P(path), text), tuple(hunks))


def _points(root: Path, journal: Journal) -> Points:
    vault = Checkpoints(root, journal.store.folder)
    return Points(journal, WriteDoor(root, journal, trusted=True), lambda: vault)


def _effects(root: Path, journal: Journal) -> Effects:
    sidecar = Sidecar(root, journal.store.folder)
    return Effects(journal, sidecar, _points(root, journal))


def _commit(root: Path, sidecar: Sidecar, journal: Journal) -> None:
    commits = Commits(sidecar, journal, merge=three_way, effects=_effects(root, journal))
    name = "d050/f10000.py"

    def ours(number: int) -> None:
        change = _three_hunks(name, (root / name).read_text(), number)
        (root / name).write_text(change.applied())
        commits.commit([ChangeSet("c", "t", (change,))], f"round {number}")

    def theirs(number: int) -> None:
        change = _three_hunks(name, (root / name).read_text(), 1000 + number)
        (root / name).write_text(change.applied())
        _git(root, "commit", "-q", "-m", f"round {number}", "--", name)

    mine, plain = _times(ours, 9), _times(theirs, 9)
    _beside(f"commit of 3 hunks, {FILES:,} files", mine, "git commit", plain)


def _checkpoint(root: Path, journal: Journal) -> None:
    taken = Checkpoints(root, journal.store.folder)

    def change(number: int) -> None:
        for at in range(20):
            (root / f"d{at:03}" / f"f{at * 200:05}.py").write_text(f"{number} {at}\n")
        taken.take("round")

    def plain(number: int) -> None:
        for at in range(20):
            (root / f"d{at:03}" / f"f{at * 200:05}.py").write_text(f"plain {number} {at}\n")
        _git(root, "stash", "create")

    start = time.perf_counter()
    taken.take("first")
    print(f"first checkpoint {(time.perf_counter() - start) * 1000:35.1f} ms")
    _beside("checkpoint, 20 files changed", _times(change, 7), "git stash create", _times(plain, 7))


def _hook(root: Path, sidecar: Sidecar, journal: Journal) -> None:
    """All files kept before a hook that changes 20, compared and booked after it."""
    effects = _effects(root, journal)

    def ours(number: int) -> None:
        one = effects.begin("pre-commit hook")
        for at in range(20):
            (root / f"d{at:03}" / f"f{at * 200:05}.py").write_text(f"hook {number} {at}\n")
        assert len(effects.end(one).paths) == 20

    def nothing(_number: int) -> None:
        assert not effects.end(effects.begin("pre-commit hook")).paths

    def plain(number: int) -> None:
        _git(root, "stash", "create")
        for at in range(20):
            (root / f"d{at:03}" / f"f{at * 200:05}.py").write_text(f"bare {number} {at}\n")
        _git(root, "stash", "create")

    mine, bare = _times(ours, 7), _times(plain, 7)
    _beside("around a hook that changes 20 files", mine, "2 x git stash create", bare)
    print(f"around a hook that changes nothing {_times(nothing, 7):17.1f} ms")


def _journal(root: Path, journal: Journal) -> None:
    text = "".join(f"    value_{n} = compute({n})  # of ten thousand\n" for n in range(10_000))
    pieces = [text[: 200_000 + n] + "typed" * n + text[200_000 + n :] for n in range(60)]
    ours = _times(lambda n: journal.save_buffer(P("a.py"), pieces[n % 60]), 59)
    file = root.parent / "plain.txt"

    def plain(number: int) -> None:
        with file.open("w") as out:
            out.write(pieces[number % 60])
            out.flush()
            os.fsync(out.fileno())

    _beside("journal of a keystroke pause, 10,000 lines", ours, "write + fsync", _times(plain, 59))
    door = WriteDoor(root, journal, trusted=True)
    state = {"hash": door.read("d000/f00001.py").hash}

    def save(number: int) -> None:
        data = pieces[number % 60].encode()
        state["hash"] = door.write("d000/f00001.py", data, expect=state["hash"], why="save").hash

    _beside(
        "save, journalled and atomic, 450 kB", _times(save, 30), "write + fsync", _times(plain, 30)
    )


def _history(root: Path, journal: Journal) -> None:
    contents = [b"x", b"y"]
    one = Change(P("a"), FileAction.MODIFY, "", "", 0)
    with journal.store.transaction() as db:
        rows = [(time.time() + n, "done", "person", "", "", f"edit {n}") for n in range(10_000)]
        db.executemany("INSERT INTO tx(time,state,author,name,run,why) VALUES(?,?,?,?,?,?)", rows)
        first = db.execute("SELECT MAX(id)-9999 FROM tx").fetchone()[0]
        db.executemany(
            "INSERT INTO change(tx,action,path,moved_to,pre,post,mode,temp,made)"
            " VALUES(?,'modify',?,NULL,'','',0,'','0')",
            [(first + n, f"f{n % 300}".encode()) for n in range(10_000)],
        )
    journal.ledger.begin([one], contents, Author(), "last")
    door = WriteDoor(root, journal, trusted=True)
    history = History(door, journal, merge=three_way, diff=diff_lines)
    every = _times(lambda _: history.entries(20_000), 5)
    rewind = Rewind(door, journal, _effects(root, journal), _points(root, journal))
    listed = _times(lambda _: rewind.moments(), 5)
    print(f"history of 10,000 entries: read {every:.1f} ms, ready to show {listed:.1f} ms")
    text = "".join(f"    value_{n} = compute({n})\n" for n in range(10_000))
    model = Origin(Author(By.MODEL, "m", "run"), why="an instruction", time=1.0)
    passages = [Passage(len(text) // 400, model if n % 2 else BEFORE) for n in range(400)]
    steps = [Step(model, text)]

    def both(number: int) -> None:
        now = text[:1000] + "typed" * number + text[1000:]
        journal.save_buffer(P("b.py"), now)
        journal.passages.keep_buffer(P("b.py"), now, passages, steps)

    print(f"the same with 400 passages and who wrote them {_times(both, 30):16.1f} ms")


if __name__ == "__main__":
    main()
