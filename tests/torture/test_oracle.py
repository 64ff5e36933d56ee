"""The torture tortured: savers that are broken on purpose are reported, and nothing passes the
seam unannounced."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

import pytest

from assistant.errors import DiskFailed, RepoError
from assistant.repo.disk import Folder
from tests.torture import scenes
from tests.torture.run import torture
from tests.torture.scenes import BIG_NEW, FIRST, SCENES
from tests.torture.seam import audited
from tests.torture.stage import Scene, Stage, build, git

pytestmark = pytest.mark.torture


def naive(stage: Stage) -> None:
    """As most editors save: truncate, then write."""
    with Folder.open_root(str(stage.root), stage.journal.disk) as folder:
        try:
            fd = folder.open("a", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            try:
                stage.journal.disk.write(fd, BIG_NEW, "a")
            finally:
                os.close(fd)
        except OSError as error:
            raise DiskFailed("The disk failed.") from error


def swallowing(stage: Stage) -> None:
    """Says nothing when it failed half way."""
    try:
        naive(stage)
    except DiskFailed:
        return


def one_by_one(stage: Stage) -> None:
    """Several files, each safe and all together not."""
    for name in "ad":
        stage.door.write(name, b"new\n", expect=stage.door.read(name).hash, why="keep")


def leaving_a_file(stage: Stage) -> None:
    """A name of its own that no journal knows."""
    with Folder.open_root(str(stage.root), stage.journal.disk) as folder:
        os.close(folder.open(".~galley-lost.tmp", os.O_WRONLY | os.O_CREAT))
        stage.door.write("a", BIG_NEW, expect=stage.door.read("a").hash, why="save")
        folder.unlink(".~galley-lost.tmp")


def two_commits(stage: Stage) -> None:
    scenes._repository(stage)
    git(stage.root, "branch", "next")
    git(stage.root, "commit", "-q", "-m", "kept")  # what is staged
    git(stage.root, "branch", "-f", "next", "HEAD")
    git(stage.root, "reset", "-q", "--soft", "HEAD~1")
    git(stage.root, "reset", "-q")


def ref_first(stage: Stage) -> None:
    """The branch moves before the index does."""
    stage.journal.disk.step("ref")
    git(stage.root, "update-ref", "refs/heads/main", "next")
    stage.journal.disk.step("index")
    git(stage.root, "read-tree", "next")


def forgetting(stage: Stage) -> None:
    """The old text goes before the new one is there."""
    stage.journal.drop_buffer(PurePosixPath("a"))
    stage.journal.save_buffer(PurePosixPath("a"), "another text\n")


def speechless(stage: Stage) -> None:
    try:
        scenes._modify(stage)
    except RepoError as error:
        raise RepoError("") from error


BROKEN: list[tuple[Scene, str]] = [
    (Scene("naive", scenes._one_file, naive), "kill"),
    (Scene("naive", scenes._one_file, naive), "torn"),
    (Scene("naive", scenes._one_file, naive), "ENOSPC"),
    (Scene("swallowing", scenes._one_file, swallowing), "EIO"),
    (Scene("one by one", scenes._four_files, one_by_one), "kill"),
    (Scene("one by one", scenes._four_files, one_by_one), "ENOSPC"),
    (Scene("leaving a file", scenes._one_file, leaving_a_file), "kill"),
    (Scene("ref first", two_commits, ref_first, git=True), "kill"),
    (Scene("forgetting", scenes._buffered, forgetting, memory=scenes.buffers), "kill"),
    (Scene("speechless", scenes._one_file, speechless), "disk stays full"),
]


@pytest.mark.parametrize(("scene", "mode"), BROKEN, ids=lambda part: getattr(part, "name", part))
def test_01_02_a_saver_that_is_broken_on_purpose_is_reported(
    tmp_path: Path, scene: Scene, mode: str
) -> None:
    assert torture(tmp_path, scene, mode).bad


EXPECTED = {
    "save": {"create": 1, "write": 1, "fsync": 2, "exchange": 1, "unlink": 1, "commit": 2},
    "save a hard link": {"write": 2, "truncate": 1, "fsync": 4, "unlink": 1},
    "delete": {"rename": 1, "unlink": 1, "fsync": 2, "commit": 3},
    "rename": {"mkdir": 2, "rename": 1, "fsync": 4},
    "keep in several files": {"create": 3, "exchange": 2, "rename": 3, "mkdir": 3},
    "commit": {"link": 2, "rename": 2, "step": 1, "commit": 2},
    "unsaved text": {"commit": 1},
    "prune": {"commit": 1, "unlink": 1},
    "switch": {"create": 3, "exchange": 3, "symlink": 3, "chmod": 4, "mkdir": 3, "rmdir": 1},
}


@pytest.mark.parametrize("scene", [*SCENES, FIRST], ids=lambda scene: scene.name)
def test_01_every_change_of_a_scene_is_announced_and_so_is_tortured(
    tmp_path: Path, scene: Scene
) -> None:
    build(tmp_path, scene)
    unseen, counts = audited(tmp_path, scene)
    assert unseen == []
    for call, least in EXPECTED.get(scene.name, {"commit": 0}).items():
        assert counts.get(call, 0) >= least, (call, counts)
