"""Branch switches to be tortured: all that can differ, with work of the person's in between."""

from __future__ import annotations

import os
from pathlib import PurePosixPath

from tests.torture.stage import Scene, Stage, git

LINES = [f"line {number}\n" for number in range(40)]
MODULE = "160000,1234567890123456789012345678901234567890,mod"
UNSAVED = "".join(LINES).replace("line 20", "typed, and not saved")


def _start(stage: Stage) -> None:
    """``main`` as it is checked out, and ``side``, which differs in every way that is supported."""
    root = stage.root
    git(root, "init", "-q", "-b", "main")
    git(root, "config", "user.name", "Ada")
    git(root, "config", "user.email", "ada@example.org")
    (root / "gone").mkdir()
    names = ("changed", "mine", "unsaved", "run", "stop", "becomes", "gone/only")
    for name in names:
        (root / name).write_text("".join(LINES))
    (root / "stop").chmod(0o755)
    (root / "away").symlink_to("run")
    (root / "turned").symlink_to("run")
    (root / "plain").symlink_to("run")
    _commit(stage, "start")
    git(root, "checkout", "-q", "-b", "side")
    for name in ("changed", "mine", "unsaved"):
        (root / name).write_text("".join(["first\n", *LINES[1:]]))
    (root / "run").chmod(0o755)
    (root / "stop").chmod(0o644)
    (root / "new/deep").mkdir(parents=True)
    (root / "new/deep/file").write_bytes(b"new\n" * 9000)
    (root / "there").write_bytes(b"the same\n")
    (root / "gone/only").unlink()
    for name in ("away", "turned", "plain", "becomes"):
        (root / name).unlink()
    (root / "turned").symlink_to("stop")
    (root / "plain").write_text("a file now\n")
    (root / "becomes").symlink_to("gone")
    (root / "fresh").symlink_to("new/deep")
    (root / ".gitattributes").write_text("*.crlf text eol=crlf\n")
    (root / "lines.crlf").write_bytes(b"one\r\ntwo\r\n")
    git(root, "update-index", "--add", "--cacheinfo", MODULE)
    _commit(stage, "on the side")
    git(root, "checkout", "-q", "main")
    _work(stage)


def _commit(stage: Stage, why: str) -> None:
    git(stage.root, "add", "-A", "--ignore-errors", ".")
    if why != "start":
        git(stage.root, "update-index", "--add", "--cacheinfo", MODULE)
    git(stage.root, "commit", "-q", "-m", why)


def _work(stage: Stage) -> None:
    """What the person has: an edit that fits, one that is not saved, files that git knows not."""
    root = stage.root
    if (root / "mod").is_dir():
        (root / "mod").rmdir()
    (root / "mine").write_text("".join([*LINES[:-1], "my own last line\n"]))
    stage.journal.save_buffer(PurePosixPath("unsaved"), UNSAVED)
    (root / "there").write_bytes(b"the same\n")
    (root / "untracked").write_bytes(b"nobody else has this\n")
    os.link(root / "changed", root / "twin")


def _go(stage: Stage) -> None:
    stage.branches.switch("side")


def _there_and_work(stage: Stage) -> None:
    _start(stage)
    _go(stage)


def _back(stage: Stage) -> None:
    stage.branches.switch("main")


def unsaved(stage: Stage) -> object:
    """The typed text that no switch may touch."""
    return [(str(one.path), one.text) for one in stage.journal.buffers()]


SWITCHES = (
    Scene("switch", _start, _go, git=True, in_place=True, memory=unsaved),
    Scene("switch back", _there_and_work, _back, git=True, in_place=True, memory=unsaved),
)
