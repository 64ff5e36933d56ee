"""A careless program beside us, which replaces, deletes and swaps links during our keeps."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path, PurePosixPath

from assistant.errors import RepoError
from assistant.repo.disk import Disk
from tests.torture.stage import Stage

VICTIM = b"nobody may write here\n"


def disturb(root: Path, victim: Path, seed: int) -> None:
    """Until killed: one careless thing after the other to ``root/sub`` and ``root/sub/a``."""
    chance = random.Random(seed)
    file, number = root / "sub/a", 0
    while True:
        number += 1
        try:
            match chance.randrange(6):
                case 0:
                    with file.open("ab") as out:
                        out.write(b"outside %d\n" % number)
                case 1:
                    (root / "t").write_bytes(b"outside %d\n" % number)
                    os.replace(root / "t", file)
                case 2:
                    file.unlink()
                    file.write_bytes(b"outside again %d\n" % number)
                case 3:
                    file.unlink()
                    file.symlink_to(victim / "a")
                    file.unlink()
                    file.write_bytes(b"outside back %d\n" % number)
                case 4:
                    (root / "sub").rename(root / "away")
                    (root / "sub").symlink_to(victim)
                    (root / "sub").unlink()
                    (root / "away").rename(root / "sub")
                case _:
                    time.sleep(0.002)
        except OSError:
            _mend(root)


def _mend(root: Path) -> None:
    """Back to a folder and a file after a step that met one of our own."""
    sub, away = root / "sub", root / "away"
    if sub.is_symlink():
        sub.unlink()
    if away.is_dir() and not sub.exists():
        away.rename(sub)
    sub.mkdir(exist_ok=True)
    if (sub / "a").is_symlink():
        (sub / "a").unlink()


def thousand_keeps(base: Path, keeps: int = 1000, seed: int = 1) -> list[str]:
    """What went wrong: a write outside, a keep that is nowhere, an error without a name."""
    root, victim = base / "project", base / "victim"
    (root / "sub").mkdir(parents=True)
    victim.mkdir()
    (root / "sub/a").write_bytes(b"start\n")
    (victim / "a").write_bytes(VICTIM)
    stage = Stage.open(base, Disk())
    pid = os.fork()
    if pid == 0:
        disturb(root, victim, seed)
    bad: list[str] = []
    kept = 0
    try:
        for number in range(keeps):
            try:
                state = stage.door.read("sub/a")
                data = state.data + b"keep %d\n" % number
                stage.door.write("sub/a", data, expect=state.hash or None, why="keep")
                kept += 1
            except RepoError:
                continue
            except OSError as error:
                bad.append(f"keep {number}: {error!r} instead of a sentence")
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    entries = stage.journal.ledger.of_path(PurePosixPath("sub/a"))
    if len(entries) != kept:
        bad.append(f"{kept} keeps, but {len(entries)} in the time line")
    for entry in entries:
        for change in entry.changes:
            stage.journal.ledger.content(change.pre), stage.journal.ledger.content(change.post)
    stage.journal.close()
    found = {str(p.relative_to(victim)): p.read_bytes() for p in victim.rglob("*")}
    if found != {"a": VICTIM}:
        bad.append(f"the victim was changed: {found}")
    if not kept:
        bad.append("nothing was ever kept")
    return bad
