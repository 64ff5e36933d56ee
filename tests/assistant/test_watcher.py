"""The process that watches and its owner: real folders, real watches, a real process."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from assistant.watcher import Told, Watcher

PROGRAM = Path(__file__).parents[2]
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="names of any bytes")


class Ear:
    """A watcher and what it told."""

    def __init__(self, root: Path) -> None:
        self._told: queue.SimpleQueue[Told] = queue.SimpleQueue()
        self.batches: list[Told] = []
        self.watcher = Watcher(str(root), self._told.put)

    def until(self, true: Callable[[set[str]], bool]) -> Told:
        """Listen until ``true`` of all names since the last call; the batch that made it so."""
        names: set[str] = set()
        while True:
            told = self._told.get(timeout=20)
            self.batches.append(told)
            names |= told.names
            if true(names):
                return told

    def ready(self) -> Told:
        """Listen until the watches stand."""
        return self.until(lambda _: self.batches[-1].stand)


def _children() -> set[psutil.Process]:
    """Some may be there before: a server that all tests of a run share."""
    return set(psutil.Process().children(recursive=True))


@pytest.fixture
def ear(tmp_path: Path) -> Iterator[Ear]:
    before = _children()
    ear = Ear(tmp_path)
    ear.watcher.watch([("", True)])
    assert ear.ready().fresh
    yield ear
    ear.watcher.close()
    assert not _children() - before


def test_one_changed_file_is_told_by_its_path(ear: Ear, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.py").write_text("x")
    ear.until(lambda names: {"sub", "sub/a.py"} <= names)


@linux
def test_names_of_any_bytes_pass(ear: Ear, tmp_path: Path) -> None:
    raw = [
        b"latin-\xe9",
        b"new\nline",
        b"tab\tquote\"'\\",
        b"c",
        "日本".encode(),
        b"\xff\xfe",
        b" ",
    ]
    for name in raw:
        with open(os.path.join(os.fsencode(tmp_path), name), "wb") as file:
            file.write(b"x")
    ear.until(lambda names: {os.fsencode(name) for name in names} >= set(raw))


def test_a_flood_comes_in_batches_and_whole(ear: Ear, tmp_path: Path) -> None:
    for i in range(60):
        (tmp_path / f"d{i}").mkdir()
    wanted = {f"d{i % 60}/f{i}" for i in range(6000)}
    ear.until(lambda names: len(names) == 60)
    ear.batches.clear()
    for name in wanted:
        (tmp_path / name).write_text("x")
    ear.until(lambda names: wanted <= names)
    assert len(ear.batches) < 1200  # created and closed are 12,000 events


def test_the_process_ends_with_the_watcher(tmp_path: Path) -> None:
    ear = Ear(tmp_path)
    ear.watcher.watch([("", True)])
    ear.ready()
    process = psutil.Process(ear.watcher.pid)
    ear.watcher.close()
    assert not process.is_running()


def test_a_watcher_closed_at_once_leaves_nothing(tmp_path: Path) -> None:
    before = _children()
    for _ in range(10):
        ear = Ear(tmp_path)
        ear.watcher.watch([("", True)])
        ear.watcher.close()
    assert not _children() - before


def test_a_process_that_stands_still_does_not_hold_up_who_closes(tmp_path: Path) -> None:
    ear = Ear(tmp_path)
    ear.watcher.watch([("", True)])
    ear.ready()
    process = psutil.Process(ear.watcher.pid)
    process.suspend()
    for _ in range(3000):  # none of these fills a pipe that nobody empties
        ear.watcher.watch([("", True)])
    ear.watcher.close()
    assert not process.is_running()


def test_a_killed_process_is_started_again_and_says_what_may_be_lost(
    ear: Ear, tmp_path: Path
) -> None:
    os.kill(ear.watcher.pid, signal.SIGKILL)
    assert ear.until(lambda _: bool(ear.batches[-1].lost))
    assert ear.ready().fresh
    (tmp_path / "later.py").write_text("x")
    ear.until(lambda names: "later.py" in names)


def test_one_that_dies_again_and_again_is_given_up_with_a_reason(ear: Ear) -> None:
    for _ in range(3):
        os.kill(ear.watcher.pid, signal.SIGKILL)
        ear.ready()
    os.kill(ear.watcher.pid, signal.SIGKILL)
    assert ear.until(lambda _: bool(ear.batches[-1].refused)).refused.endswith("ended 4 times")


def test_it_ends_when_its_owner_is_killed(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom assistant.watcher import Watcher\n"
        "def tell(told):\n    if told.stand: print(watcher.pid, flush=True)\n"
        "watcher = Watcher(sys.argv[1], tell)\nwatcher.watch([('', True)])\nsys.stdin.read()\n"
    )
    owner = subprocess.Popen(
        [sys.executable, "-P", "-c", code, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(PROGRAM)},
    )
    assert owner.stdin and owner.stdout
    watching = psutil.Process(int(owner.stdout.readline()))
    owner.kill()
    owner.wait()
    owner.stdin.close()
    owner.stdout.close()
    _, alive = psutil.wait_procs([watching], timeout=10)
    assert not alive


def test_a_folder_made_anew_in_its_old_place_is_another_one(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    ear = Ear(tmp_path)
    ear.watcher.watch([("", False), ("sub", True)])
    ear.ready()
    (tmp_path / "sub").rename(tmp_path / "elsewhere")
    (tmp_path / "sub").mkdir()
    ear.until(lambda names: {"sub", "elsewhere"} <= names)
    ear.watcher.watch([("", False), ("sub", True)])
    assert ear.ready().fresh
    (tmp_path / "sub" / "a.py").write_text("x")
    ear.until(lambda names: "sub/a.py" in names)
    ear.watcher.watch([("", False), ("sub", True)])
    assert not ear.ready().fresh
    ear.watcher.close()


def test_a_folder_is_looked_at_where_it_cannot_be_watched(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x")
    ear = Ear(tmp_path)
    ear.watcher.watch([("", True)], poll=0.02)
    ear.ready()
    (tmp_path / "a.py").write_text("longer")
    ear.until(lambda names: "a.py" in names)
    ear.watcher.close()


def test_one_change_is_told_within_forty_milliseconds(ear: Ear, tmp_path: Path) -> None:
    """The best of many: how long it takes where nobody else wants the processor."""
    took = []
    for i in range(40):
        started = time.perf_counter()
        (tmp_path / f"n{i}").write_text("x")
        ear.until(lambda names, i=i: f"n{i}" in names)  # type: ignore[misc]
        took.append(time.perf_counter() - started)
    assert min(took) < 0.04
