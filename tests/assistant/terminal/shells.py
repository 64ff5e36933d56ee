"""A real shell in a real pseudo-terminal, worked as a person does; waits for what stands there."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from assistant.events import Event, TerminalEnded, TerminalOutput, TerminalStarted
from assistant.terminal.emulator import Emulator
from assistant.terminal.rows import text_of
from assistant.terminal.screen import Screen
from assistant.terminal.shell import Shell
from assistant.terminal.start import shell_start
from resources import ROOT

LONG_S = 20.0


class Seat:
    """One shell with its screen."""

    def __init__(self, folder: Path, shell: str, *, columns: int = 80, rows: int = 24) -> None:
        home = folder / "home"
        home.mkdir(exist_ok=True)
        (home / ".zshrc").touch()
        given = {"PATH": os.environ["PATH"], "HOME": str(home), "SHELL": shell, "LANG": "C.UTF-8"}
        start = shell_start(folder, ROOT / "shell", given)
        self.screen = Screen(columns, rows, 1000, start.word)
        self.emulator = Emulator(self.screen)
        self.shell = Shell(start, columns, rows)
        self.pid = 0
        self.status: int | None = None
        self.ended = False
        self.most = 0
        self._news = asyncio.Event()

    async def watch(self) -> None:
        async for event in self.shell.stream():
            self._hear(event)

    def _hear(self, event: Event) -> None:
        match event:
            case TerminalStarted(pid):
                self.pid = pid
            case TerminalOutput(data):
                self.most = max(self.most, len(data))
                self.emulator.feed(data)
                self.shell.arrived(len(data))
                self.shell.write(bytes(self.screen.replies))
                self.screen.replies.clear()
            case TerminalEnded(status):
                self.status, self.ended = status, True
        self._news.set()

    def type(self, text: str) -> None:
        self.shell.write(text.encode())

    def text(self) -> str:
        lines = self.screen.grid.lines(self.screen.first, self.screen.grid.end)
        return "\n".join(map(text_of, lines))

    async def until(self, true: Callable[[], object]) -> None:
        async with asyncio.timeout(LONG_S):
            while not true():
                self._news.clear()
                try:
                    await asyncio.wait_for(self._news.wait(), 0.2)
                except TimeoutError:
                    continue  # what is waited for may be no news of the shell


def seated(folder: Path, work: Callable[[Seat], Awaitable[None]], shell: str = "/bin/bash") -> Seat:
    """Work with a shell, then end it; raises when its stream does not end."""

    async def whole() -> Seat:
        seat = Seat(folder, shell)
        watching = asyncio.create_task(seat.watch())
        try:
            await seat.until(lambda: seat.pid)
            await work(seat)
        finally:
            seat.shell.end()
            async with asyncio.timeout(LONG_S):
                await watching
        return seat

    return asyncio.run(whole())
