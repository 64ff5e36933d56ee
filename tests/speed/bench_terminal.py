"""The terminal's speed: bytes into a screen beside pyte, slices of a flood, painting, starting."""

from __future__ import annotations

import asyncio
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pyte
from PySide6.QtWidgets import QApplication

from assistant.events import TerminalOutput
from assistant.terminal.emulator import Emulator
from assistant.terminal.screen import Screen
from assistant.terminal.shell import Shell
from assistant.terminal.start import shell_start
from resources import ROOT
from widgets.look import Look
from widgets.terminal.view import TerminalView
from widgets.theme import load_theme

SIZE = (120, 40)
PEER_BYTES = 300_000
"""pyte gets the beginning only: it would take minutes."""


def samples() -> dict[str, bytes]:
    rng = random.Random(5)
    cells = [
        b"\x1b[%d;%dH\x1b[48;2;%d;80;90m%c"
        % (rng.randint(1, 40), rng.randint(1, 120), rng.randint(0, 255), rng.randint(65, 90))
        for _ in range(60_000)
    ]
    return {
        "seq 1000000": b"".join(b"%d\r\n" % n for n in range(1_000_000)),
        "cat of a log, 100,000 lines": b"".join(
            b"2026-01-01 12:00:00 INFO module.%d: a request of %d bytes was served\r\n" % (n % 9, n)
            for n in range(100_000)
        ),
        "a log in colours": b"".join(
            b"\x1b[32m12:00:00\x1b[0m \x1b[1;3%dmINFO\x1b[0m module \x1b[38;5;%dmserved\x1b[m\r\n"
            % (n % 8, n % 256)
            for n in range(30_000)
        ),
        "a full screen, cell by cell in true colour": b"".join(cells),
        "Russian, Chinese and emoji": "привет мир, 漢字 и 🚀 é à строка\r\n".encode() * 15_000,
    }


def rate(feed: Callable[[bytes], object], data: bytes) -> float:
    """Megabytes in a second."""
    began = time.perf_counter()
    for start in range(0, len(data), 65_536):
        feed(data[start : start + 65_536])
    return len(data) / (time.perf_counter() - began) / 1e6


def feeding() -> None:
    print(f"bytes into a screen of {SIZE[0]} x {SIZE[1]} with 10,000 lines of past:")
    for name, data in samples().items():
        ours = rate(Emulator(Screen(*SIZE)).feed, data)
        bare = pyte.ByteStream(pyte.Screen(*SIZE))
        history = pyte.ByteStream(pyte.HistoryScreen(*SIZE, history=10_000))
        theirs = rate(bare.feed, data[:PEER_BYTES])
        past = rate(history.feed, data[:PEER_BYTES])
        print(
            f"   {name:44} {ours:6.1f} MB/s   pyte {theirs:5.2f}, with history {past:5.2f}"
            f"   {ours / theirs:5.0f} x, {ours / past:5.0f} x"
        )


def slices() -> None:
    """A flood as the window takes it: 8 ms of work, then a frame."""
    look = Look(load_theme("night"))
    for name, data in samples().items():
        screen = Screen(*SIZE)
        emulator, view = Emulator(screen), TerminalView(look, screen, 11)
        view.resize(SIZE[0] * view.painter.width + 40, SIZE[1] * view.painter.height + 20)
        view.show()
        QApplication.processEvents()
        emulator.take(data)
        frames, began = [], time.perf_counter()
        while emulator.waiting:
            start = time.perf_counter()
            emulator.work(0.008)
            view.refresh()
            QApplication.processEvents()
            frames.append((time.perf_counter() - start) * 1000)
        total = time.perf_counter() - began
        late = sorted(frames)[int(len(frames) * 0.99)]
        print(
            f"   {name:44} {total:5.2f} s, {len(frames):4} frames, p50"
            f" {statistics.median(frames):5.1f} ms, p99 {late:5.1f}, max {max(frames):5.1f}"
        )
        view.close()


def resizing() -> None:
    screen = Screen(*SIZE)
    Emulator(screen).feed(samples()["cat of a log, 100,000 lines"])
    taken = []
    for width in (100, 60, 119, 40, 120):
        began = time.perf_counter()
        screen.resize(width, 40)
        taken.append((time.perf_counter() - began) * 1000)
    print(f"   10,000 lines laid out anew                   p50 {statistics.median(taken):5.1f} ms")


def starting() -> None:
    """From the wish to the first prompt, and from the wish to the end."""

    async def once(folder: Path) -> tuple[float, float]:
        given = {**os.environ, "SHELL": "/bin/sh", "HOME": str(folder)}
        shell = Shell(shell_start(folder, ROOT / "shell", given), 80, 24)
        began, first = time.perf_counter(), 0.0
        async for event in shell.stream():
            if isinstance(event, TerminalOutput) and not first:
                first = time.perf_counter() - began
                ending = time.perf_counter()
                shell.end()
        return first * 1000, (time.perf_counter() - ending) * 1000

    with tempfile.TemporaryDirectory() as name:
        times = [asyncio.run(once(Path(name))) for _ in range(9)]
    print(f"   a shell's first prompt                       p50 {_middle(times, 0):5.1f} ms")
    print(f"   its end, with all it started                 p50 {_middle(times, 1):5.1f} ms")


def _middle(times: list[tuple[float, float]], which: int) -> float:
    return statistics.median(pair[which] for pair in times)


def main() -> None:
    app = QApplication.instance() or QApplication([])
    feeding()
    print("the same as the window takes it, painted, 8 ms of work a frame:")
    slices()
    print("sizes and starts:")
    resizing()
    starting()
    app.processEvents()


if __name__ == "__main__":
    main()
