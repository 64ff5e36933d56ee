"""What a process holds: memory, descriptors, threads, children, bytes on disk; and how long its
window stood still. Knows no scene."""

from __future__ import annotations

import gc
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil
from PySide6.QtCore import QObject, QTimer, Slot

TICK_MS = 5


@dataclass(frozen=True)
class Reading:
    """At one quiet moment. ``gap`` is the longest since the last one, ``busy`` the processor time
    that the window's own thread took in one piece; sizes are in MB, times in ms."""

    at: float
    actions: int
    rss: float
    files: int
    threads: int
    children: int
    journal: float
    gap: float
    busy: float

    def row(self) -> str:
        return (
            f"{self.at:6.0f} s {self.actions:6} actions  {self.rss:6.1f} MB  {self.files:4} files "
            f"{self.threads:3} threads {self.children:2} children  journal {self.journal:6.1f} MB  "
            f"longest gap {self.gap:5.0f} ms, {self.busy:4.0f} of them its own"
        )


class Gauges(QObject):
    """Ticks in the window's thread; :meth:`read` starts the next stretch."""

    def __init__(self, data: Path) -> None:
        super().__init__()
        self._data, self._process = data, psutil.Process()
        self._began = self._last = time.perf_counter()
        self._spent = time.thread_time()
        self.gap = self.busy = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    @Slot()
    def _tick(self) -> None:
        now, spent = time.perf_counter(), time.thread_time()
        self.gap = max(self.gap, (now - self._last) * 1000 - TICK_MS)
        self.busy = max(self.busy, (spent - self._spent) * 1000)
        self._last, self._spent = now, spent

    def skip(self) -> None:
        """What came since the last tick was the test's own doing."""
        self._last, self._spent = time.perf_counter(), time.thread_time()

    def read(self, actions: int) -> Reading:
        gc.collect()  # what waits for the collector is no leak
        held = self._process
        found = Reading(
            time.perf_counter() - self._began,
            actions,
            held.memory_info().rss / 1e6,
            held.num_fds(),
            held.num_threads(),
            len(held.children(recursive=True)),
            sum(p.stat().st_size for p in self._data.rglob("*") if p.is_file()) / 1e6,
            self.gap,
            self.busy,
        )
        self.gap = self.busy = 0.0
        self.skip()
        return found


def verdict(readings: Sequence[Reading], *, most_children: int) -> list[str]:
    """What grew that must not; the first third is warming up."""
    settled = readings[len(readings) // 3 :]
    if len(settled) < 4:
        return ["too short to tell"]
    half = len(settled) // 2
    early, late = settled[:half], settled[-half:]
    wrong = []
    before, after = median(r.rss for r in early), median(r.rss for r in late)
    if after > before * 1.1:
        wrong.append(f"memory grew from {before:.0f} to {after:.0f} MB")
    for name in ("files", "threads"):
        low, high = median(getattr(r, name) for r in early), median(getattr(r, name) for r in late)
        if high > low + 3:
            wrong.append(f"{name} grew from {low:g} to {high:g}")
    if (most := max(r.children for r in settled)) > most_children:
        wrong.append(f"{most} children at a quiet moment")
    return wrong
