"""A commit whose hook changes files, killed and starved at each of its calls: what the hook did is
booked with what stood before, or it did nothing."""

from __future__ import annotations

import errno
import signal
from collections.abc import Iterator
from pathlib import Path

from assistant.errors import RepoError
from assistant.repo.commits import Options
from assistant.repo.disk import Disk
from assistant.repo.running import CommandBook
from assistant.types import By
from tests.torture import scenes
from tests.torture.faults import Counting, Dying, Failing, in_child
from tests.torture.run import MODES, Outcome
from tests.torture.stage import Scene, Stage, build, copy_of, git, odd, perform, recovered

OLD, NEW = b"nobody else has this\n", b"hooked\n"
OPTIONS = Options(hooks=True)


def _prepare(stage: Stage) -> None:
    scenes._repository(stage)
    (stage.root / "own").write_bytes(OLD)
    path = stage.root / ".git/hooks/pre-commit"
    path.parent.mkdir(exist_ok=True)
    path.write_text("#!/bin/sh\necho hooked > own\n")
    path.chmod(0o755)


def _act(stage: Stage) -> None:
    stage.commits.commit([scenes._change()], "kept", OPTIONS)


SCENE = Scene("commit with a hook", _prepare, _act, git=True)


def hooked(base: Path, mode: str, *, most: int = 0) -> Outcome:
    """Every change of the commit with the fault ``mode``; or ``most`` of them, others per mode."""
    template = base / "template"
    build(template, SCENE)
    start = git(template / "project", "log", "--format=%T")
    counting = Counting()
    perform(copy_of(template, base / "done"), SCENE, counting)
    end = git(base / "done/project", "log", "--format=%T")
    total = len(counting.calls)
    every = max(1, total // most) if most else 1
    points = range(1 + MODES.index(mode) % every, total + 1, every)
    bad = []
    for at in points:
        here = copy_of(template, base / "try")
        point = f"{mode} at {at} ({counting.calls[at - 1]})"
        bad += [f"{point}: {what}" for what in _one(here, mode, at, (start, end))]
    return Outcome(SCENE.name, mode, len(points), tuple(bad))


def _one(here: Path, mode: str, at: int, logs: tuple[bytes, bytes]) -> Iterator[str]:
    if mode in ("kill", "torn"):
        code = in_child(lambda: perform(here, SCENE, Dying(at, torn=mode == "torn")))
        if code != -signal.SIGKILL:
            yield f"the child ended with {code} instead of being killed"
    else:
        code = errno.EIO if mode == "EIO" else errno.ENOSPC
        try:
            perform(here, SCENE, Failing(at, code, on=mode == "disk stays full"))
        except RepoError as error:
            if not error.cause:
                yield "an error without a cause"
    recovered(here)
    yield from _state(here, logs)


def _state(here: Path, logs: tuple[bytes, bytes]) -> Iterator[str]:
    own = (here / "project/own").read_bytes()
    if own not in (OLD, NEW):
        yield f"own says {own!r}"
    if git(here / "project", "log", "--format=%T") not in logs:
        yield "the branch is neither before nor after the commit"
    left = [p.name for p in (here / "project/.git").rglob("*") if odd(p)]
    if left:
        yield f"left {left}"
    stage = Stage.open(here, Disk())
    try:
        if CommandBook(stage.journal.store, stage.journal.ledger).announced():
            yield "a hook still runs, by the journal"
        content = stage.journal.ledger.content
        booked = [
            (content(one.pre), content(one.post))
            for entry in stage.journal.ledger.entries()
            if entry.author.by is By.COMMAND
            for one in entry.changes
        ]
    finally:
        stage.journal.close()
    if booked != ([(OLD, NEW)] if own == NEW else []):
        yield f"own says {own!r}, and booked is {booked}"
