"""Files and folders at the sizes that the security checks name, in the real window: 31 and 32.

Each case runs in a process of its own, so that the memory is its own:
``python -m tests.torture large [CASE …]``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

import psutil
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.torture.gauges import Gauges
from tests.walks.harness import Player, Walk, git, places_in, plain
from tests.walks.victim import Waiting

FILES, FOLDERS = 70_000, 700
LOG = (
    b"2026-01-01 00:00:00,000 INFO worker-%07d took a job and finished it in 12 ms, all was well\n"
)


@dataclass(frozen=True)
class Bound:
    """What the check names. Keys and ``own`` gaps, in ms, are processor time of the window's own
    thread: what another program took of the machine is not the window's doing.
    """

    open_s: float = 6.0
    rss_mb: float = 900.0
    own: float = 100.0


@dataclass(frozen=True)
class Case:
    name: str
    build: Callable[[Path], object]
    act: Callable[[Walk, Gauges], dict[str, float]]
    bound: Bound


def _log(root: Path) -> None:
    with (root / "big.txt").open("wb") as file:
        for start in range(0, 2_200_000, 20_000):
            file.write(b"".join(LOG % n for n in range(start, start + 20_000)))


def _line(root: Path) -> None:
    (root / "big.txt").write_bytes(b"x" * 1_000_000 + b"\n")


def _lines(root: Path) -> None:
    (root / "big.txt").write_bytes(b"line\n" * 1_000_000)


def _many(root: Path) -> None:
    for folder in range(FOLDERS):
        place = root / f"dir{folder:03}"
        place.mkdir()
        for number in range(FILES // FOLDERS):
            (place / f"file{folder:03}x{number:03}.py").write_text(
                f"def f{folder}_{number}(): ...\n"
            )
    git(root, "init", "-q", "-b", "main")


def _open(walk: Walk, gauges: Gauges) -> dict[str, float]:
    """Open, type, go to the end, undo; nothing stands still meanwhile."""
    size = (walk.root / "big.txt").stat().st_size
    began = time.perf_counter()
    gauges.skip()
    document = walk.open("big.txt")
    walk.until(lambda: document.editor.surface.length() == size)
    walk.until(lambda: not document.editor.surface.readOnly())
    opened = time.perf_counter() - began
    key = 0.0
    for _ in range(20):
        gauges.skip()
        start = time.thread_time()
        walk.type("a")
        document.editor.surface.viewport().repaint()
        key = max(key, time.thread_time() - start)
        QTest.qWait(20)
    gauges.skip()
    document.editor.goto(document.editor.surface.lineCount() - 1)
    QTest.qWait(3000)
    assert document.editor.surface.length() == size + 20
    return {"open_s": opened, "key_ms": key * 1000}


def _browse(walk: Walk, gauges: Gauges) -> dict[str, float]:
    """The tree stands, a file is found by name, and the index comes in the background."""
    began = time.perf_counter()
    walk.until(lambda: walk.window.tree._model.rowCount() >= FOLDERS)
    tree = time.perf_counter() - began
    gauges.skip()
    walk.press("Ctrl+P")
    walk.type("file699x099")
    view = walk.window.palette_box.view
    walk.until(lambda: "file699x099" in str(view.model().index(0, 0).data() or ""))
    found = time.perf_counter() - began
    walk.press("Return")
    walk.until(lambda: walk.work.documents.get("dir699/file699x099.py") is not None)
    assistance = walk.work.assistance
    assert assistance is not None
    said: list[str] = []
    while not (said and _whole(said[-1])) and time.perf_counter() - began < 120:
        run = walk.program.door.open(assistance.index_report())
        run.answered.connect(lambda words: said.append(str(words)))
        QTest.qWait(500)
    indexed = time.perf_counter() - began
    return {"open_s": tree, "found_s": found, "index_s": indexed}


def _whole(words: str) -> bool:
    """Whether the index says that it knows all of them."""
    return f"{FILES:,} files" in words and "so far" not in words


CASES = (
    Case("200 MB", _log, _open, Bound()),
    Case("a line of a million letters", _line, _open, Bound()),
    Case("a million lines", _lines, _open, Bound()),
    Case("70,000 files", _many, _browse, Bound(open_s=3.0)),
)


def run(case: Case) -> dict[str, float]:
    """In this process."""
    app = QApplication.instance() or QApplication(["galley"])
    with tempfile.TemporaryDirectory() as base:
        root = plain(Path(base, "project"), {})
        case.build(root)
        places = places_in(Path(base, "home"))
        walk = Walk(Waiting(), root, places)  # type: ignore[arg-type]
        walk.start(Player(""))
        gauges = Gauges(places.data)
        told = case.act(walk, gauges)
        told |= {"gap_ms": gauges.gap, "own_ms": gauges.busy}
        told["rss_mb"] = psutil.Process().memory_info().rss / 1e6
        walk.close()
    assert app is not None
    return told


def judged(case: Case, told: dict[str, float]) -> list[str]:
    bound, wrong = case.bound, []
    if told["open_s"] > bound.open_s:
        wrong.append(f"usable after {told['open_s']:.1f} s, not {bound.open_s:g}")
    if told["rss_mb"] > bound.rss_mb:
        wrong.append(f"holds {told['rss_mb']:.0f} MB, not {bound.rss_mb:g}")
    if told["own_ms"] > bound.own:
        wrong.append(f"stood still for {told['own_ms']:.0f} ms, not {bound.own:g}")
    if told.get("key_ms", 0.0) > 50:
        wrong.append(f"a key took {told['key_ms']:.0f} ms, not 50")
    if told.get("index_s", 0.0) > 60:
        wrong.append(f"the index took {told['index_s']:.0f} s, not 60")
    return wrong


def main(wanted: list[str]) -> int:
    """How many bounds were missed."""
    bad = 0
    for case in CASES:
        if wanted and case.name not in wanted:
            continue
        words = [sys.executable, "-m", "tests.torture.large", case.name]
        done = subprocess.run(words, stdout=subprocess.PIPE, text=True)
        if done.returncode:
            print(f"{case.name}: the program failed")
            bad += 1
            continue
        told = json.loads(done.stdout.strip().rsplit("\n", 1)[-1])
        wrong = judged(case, told)
        bad += len(wrong)
        shown = ", ".join(f"{name} {value:.1f}" for name, value in told.items())
        print(f"{case.name:28} {shown}   {len(wrong)} bad", flush=True)
        for line in wrong:
            print(f"    {line}")
    return bad


if __name__ == "__main__":
    (one,) = (case for case in CASES if case.name == sys.argv[1])
    sys.stdout.write("\n" + json.dumps(run(one)) + "\n")
