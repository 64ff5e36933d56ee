"""Whether every change to a disk was announced at the seam first: what is not cannot be tortured.

Python's own audit events say what a scene really does; each must follow the announcement of the
same call. SQLite's writes and those of git's processes are their own.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from assistant.repo.disk import Disk
from tests.torture.faults import in_child
from tests.torture.stage import Scene, perform

_CALLS = {
    "os.rename": "rename",
    "os.remove": "unlink",
    "os.mkdir": "mkdir",
    "os.rmdir": "rmdir",
    "os.link": "link",
    "os.symlink": "symlink",
    "os.truncate": "truncate",
    "os.chmod": "chmod",
    "os.chown": "chown",
    "os.setxattr": "setxattr",
}
_NEW = os.O_CREAT | os.O_TRUNC
_AFTER = {
    "os.remove": (
        "index.lock",
        "galley.waiting",
        "HEAD.lock",
        "main.lock",
        "index.galley",
        "galley.lock",
    ),
}
"""A lock or a waiting copy of our own that goes when its work is done: dying ahead of it is dying
behind the call before, and a start clears it away."""


class Announcing(Disk):
    """Remembers what was announced last, and how often each call was."""

    def __init__(self) -> None:
        self.last = ""
        self.counts: dict[str, int] = {}

    def before(self, call: str, name: str) -> None:
        self.last = call
        self.counts[call] = self.counts.get(call, 0) + 1


def _of_project(folder: int, inside: str) -> bool:
    """Whether an open folder is the project or below it."""
    return f"{os.readlink(f'/proc/self/fd/{folder}')}/".startswith(inside)


def audited(base: Path, scene: Scene) -> tuple[list[str], dict[str, int]]:
    """Changes that were not announced, and how many of each kind were; runs in a child."""
    told = base / "audited.json"

    def act() -> None:
        disk, unseen, on = Announcing(), [], [True]
        inside = f"{base}/project/"

        def hear(event: str, arguments: tuple[object, ...]) -> None:
            if not on[0] or event not in (*_CALLS, "open") or isinstance(arguments[0], int):
                return
            path, call = os.fsdecode(arguments[0]), _CALLS.get(event, "create")  # type: ignore[arg-type]
            folder = arguments[1] if event in ("os.remove", "os.rmdir") else -1
            if isinstance(folder, int) and folder >= 0 and not _of_project(folder, inside):
                return  # a folder of the app's own goes with all that is in it
            logged = path.startswith(f"{inside}.git/logs")  # a line more, once the commit stands
            if logged or path.isdigit() or (os.path.isabs(path) and not path.startswith(inside)):
                return
            if event == "open" and not (isinstance(arguments[2], int) and arguments[2] & _NEW):
                return
            if disk.last != call and os.path.basename(path) not in _AFTER.get(event, ()):
                unseen.append(f"{event} {path} after {disk.last}")

        sys.addaudithook(hear)
        perform(base, scene, disk)
        on[0] = False
        told.write_text(json.dumps([unseen, disk.counts]))

    assert in_child(act) == 0
    unseen, counts = json.loads(told.read_text())
    return unseen, counts
