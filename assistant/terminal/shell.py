"""A shell in a pseudo-terminal, on the asyncio thread: its words come as events, keys go to it.

Knows no screen. Nothing is read while the reader is behind, so that a flood waits in the program
that makes it. The shell and all of its session end with the lifeline that this object holds.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import struct
import subprocess
import sys
import termios
from collections.abc import AsyncGenerator
from pathlib import Path

from assistant.errors import TerminalError
from assistant.events import Event, TerminalEnded, TerminalOutput, TerminalStarted
from assistant.terminal.start import Start

MOST = 256 << 10
"""Bytes that are on their way to the screen; no more are read before some arrived."""
CHUNK = 64 << 10
_GUARD = Path(__file__).parent / "guard.py"
_END_S = 5.0


class Shell:
    """:meth:`stream` runs it once. All other methods are called on the loop and return at once."""

    def __init__(self, start: Start, columns: int, rows: int) -> None:
        self._start, self._size = start, (columns, rows)
        self._master = self._lifeline = self._reports = -1
        self._guard: subprocess.Popen[bytes] | None = None
        self._under_way = 0
        self._unwritten = bytearray()
        self._heard = bytearray()
        self._news = asyncio.Event()
        self._over = False
        self._told = b""
        self._pid = 0

    async def stream(self) -> AsyncGenerator[Event, None]:
        """TerminalStarted, TerminalOutput as it comes, TerminalEnded; ends when nothing of the
        session is left.

        Raises TerminalError when the shell cannot be started.
        """
        loop = asyncio.get_running_loop()
        try:
            self._open()
            loop.add_reader(self._reports, self._on_report)
            self._listen(True)
            ended = False
            while True:
                await self._news.wait()
                self._news.clear()
                if self._heard:
                    data = bytes(self._heard)
                    self._heard.clear()
                    self._under_way += len(data)
                    self._listen(True)
                    yield TerminalOutput(data)
                while (event := self._report()) is not None:
                    if isinstance(event, TerminalEnded):
                        for data in iter(self._rest, b""):
                            yield TerminalOutput(data)
                        self._hang_up()
                        ended = True
                    yield event
                if self._over:
                    if not ended:
                        yield TerminalEnded(None)
                    return
        finally:
            self._close(loop)

    # -- called on the loop --------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """Keys, or what was pasted."""
        if self._master < 0:
            return
        idle = not self._unwritten
        self._unwritten += data
        if idle:
            self._on_writable()

    def resize(self, columns: int, rows: int) -> None:
        self._size = (columns, rows)
        if self._master >= 0:
            fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def arrived(self, size: int) -> None:
        """So many bytes are on the screen."""
        self._under_way -= size
        self._listen(True)

    def end(self) -> None:
        """Hang up and end everything of the session; the stream ends when it is gone."""
        self._cut(self._lifeline)
        self._lifeline = -1

    def job(self) -> str:
        """The program that has the keys, when it is not the shell itself; else nothing."""
        if self._master < 0 or not self._pid:
            return ""
        try:
            group = os.tcgetpgrp(self._master)
        except OSError:
            return ""
        return "" if group in (0, self._pid) else _name_of(group)

    def folder(self) -> str:
        """Where the shell is now; where that cannot be known, where it began."""
        try:
            return os.readlink(f"/proc/{self._pid}/cwd")
        except OSError:
            return self._start.folder

    # -- inside --------------------------------------------------------------------------------

    def _open(self) -> None:
        start = self._start
        lifeline = reports = slave = -1
        try:
            self._master, slave = os.openpty()
            os.set_blocking(self._master, False)
            self.resize(*self._size)
            _speak_utf8(slave)
            lifeline, self._lifeline = os.pipe()
            self._reports, reports = os.pipe()
            os.set_blocking(self._reports, False)
            own = [sys.executable, "-I", "-S", str(_GUARD), *map(str, (slave, lifeline, reports))]
            self._guard = subprocess.Popen(
                [*own, start.program, *start.arguments],
                cwd=start.folder,
                env=dict(start.environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(slave, lifeline, reports),
                start_new_session=True,
            )
        except OSError as error:
            raise TerminalError(
                f"{start.name} cannot be started in {start.folder}: {error.strerror}.",
                "Look at the folder and at $SHELL.",
            ) from error
        finally:
            for fd in (slave, lifeline, reports):
                self._cut(fd)

    def _on_report(self) -> None:
        try:
            data = os.read(self._reports, 4096)
        except BlockingIOError:
            return
        if not data:
            asyncio.get_running_loop().remove_reader(self._reports)
            self._over = True
        self._told += data
        self._news.set()

    def _report(self) -> Event | None:
        """The next word of the guard."""
        line, found, rest = self._told.partition(b"\n")
        if not found:
            return None
        self._told = rest
        if line.startswith(b"P"):
            self._pid = int(line[1:])
            return TerminalStarted(self._pid)
        return TerminalEnded(int(line[1:]))

    def _listen(self, yes: bool) -> None:
        """Read, or let the program wait."""
        if self._master < 0:
            return
        loop = asyncio.get_running_loop()
        if yes and not self._heard and self._under_way < MOST:
            loop.add_reader(self._master, self._on_readable)
        else:
            loop.remove_reader(self._master)

    def _on_readable(self) -> None:
        self._drain()
        self._news.set()
        self._listen(not self._heard)

    def _drain(self) -> None:
        """What is there now, up to a chunk: the kernel gives it in pieces of 4 KB."""
        while self._master >= 0 and len(self._heard) < CHUNK:
            try:
                data = os.read(self._master, CHUNK)
            except BlockingIOError:
                return
            except OSError:  # EIO: nobody has the terminal open any more
                data = b""
            if not data:
                self._hang_up()
                return
            self._heard += data

    def _rest(self) -> bytes:
        """What was said before the end; nothing when that is all."""
        self._drain()
        data = bytes(self._heard)
        self._heard.clear()
        return data

    def _on_writable(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            del self._unwritten[: os.write(self._master, self._unwritten[:CHUNK])]
        except BlockingIOError:
            pass
        except OSError:  # nobody reads any more
            self._unwritten.clear()
        if self._unwritten and self._master >= 0:
            loop.add_writer(self._master, self._on_writable)
        else:
            loop.remove_writer(self._master)

    def _hang_up(self) -> None:
        """The terminal itself is closed; processes that still have it read its end."""
        if self._master >= 0:
            loop = asyncio.get_running_loop()
            loop.remove_reader(self._master)
            loop.remove_writer(self._master)
            self._unwritten.clear()
            os.close(self._master)
            self._master = -1

    def _close(self, loop: asyncio.AbstractEventLoop) -> None:
        """Also in the middle of things: the guard ends the session, and is waited for."""
        if self._reports >= 0:
            loop.remove_reader(self._reports)
        self.end()
        self._hang_up()
        if self._guard is not None:
            try:
                self._guard.wait(_END_S)
            except subprocess.TimeoutExpired:
                self._guard.kill()
                self._guard.wait()
        self._cut(self._reports)
        self._reports = -1

    @staticmethod
    def _cut(fd: int) -> None:
        if fd >= 0:
            os.close(fd)


def _speak_utf8(slave: int) -> None:
    """Backspace takes a whole character from a line that the kernel edits."""
    flags = termios.tcgetattr(slave)
    flags[0] |= getattr(termios, "IUTF8", 0x4000 if sys.platform == "linux" else 0)
    termios.tcsetattr(slave, termios.TCSANOW, flags)


def _name_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return "A program"
