"""Runs a scene once per change and per fault, and says every state that is neither old nor new."""

from __future__ import annotations

import errno
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import RepoError
from tests.torture.faults import Counting, Dying, Failing, in_child
from tests.torture.stage import Scene, build, copy_of, perform, picture, recovered, whole_picture

MODES = ("kill", "torn", "ENOSPC", "disk stays full", "EIO")


@dataclass(frozen=True)
class Outcome:
    scene: str
    mode: str
    points: int
    bad: tuple[str, ...]


def torture(base: Path, scene: Scene, mode: str, *, most: int = 0) -> Outcome:
    """Every change of ``scene`` with the fault ``mode``; or ``most`` of them, others per mode."""
    template = base / "template"
    build(template, scene)
    old = whole_picture(template, scene)
    counting = Counting()
    done = copy_of(template, base / "done")
    perform(done, scene, counting)
    new = whole_picture(done, scene)
    assert old != new, "the scene does nothing"
    bad = []
    total = len(counting.calls)
    every = max(1, total // most) if most else 1
    points = range(1 + MODES.index(mode) % every, total + 1, every)
    for at in points:
        here = copy_of(template, base / "try")
        point = f"{mode} at {at} ({counting.calls[at - 1]})"
        bad += [f"{point}: {what}" for what in _one(here, scene, mode, at, old, new)]
    return Outcome(scene.name, mode, len(points), tuple(bad))


def _one(
    here: Path, scene: Scene, mode: str, at: int, old: dict[str, object], new: dict[str, object]
) -> Iterator[str]:
    if mode in ("kill", "torn"):
        code = in_child(lambda: perform(here, scene, Dying(at, torn=mode == "torn")))
        if code != -signal.SIGKILL:
            yield f"the child ended with {code} instead of being killed"
        if not scene.in_place:
            yield from _torn_files(picture(here / "project", with_git=False), old, new)
    else:
        code = errno.EIO if mode == "EIO" else errno.ENOSPC
        disk = Failing(at, code, on=mode == "disk stays full")
        try:
            perform(here, scene, disk)
        except RepoError as error:
            if not error.cause:
                yield "an error without a cause"
            now = whole_picture(here, scene) if mode != "disk stays full" else old
            if now != old:
                yield f"it failed, but not back to the old state: {_difference(now, old)}"
    recovered(here)
    now = whole_picture(here, scene)
    if now not in (old, new):
        yield f"neither old nor new after recovery: {_difference(now, old)}"


def _torn_files(
    now: dict[str, object], old: dict[str, object], new: dict[str, object]
) -> Iterator[str]:
    """Before any recovery each file of the person is already whole."""
    for name, value in now.items():
        if (
            not name.endswith("/")
            and ".~galley" not in name
            and value not in (old.get(name), new.get(name))
        ):
            yield f"{name} is torn"


def _difference(now: dict[str, object], other: dict[str, object]) -> str:
    keys = [k for k in {*now, *other} if now.get(k) != other.get(k)]
    return "; ".join(
        f"{k}: {str(other.get(k))[:60]} → {str(now.get(k))[:60]}" for k in sorted(keys)
    )
