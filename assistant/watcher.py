"""Has a process of its own watch folders, and hands on in batches what it tells; knows no watchdog.

A thread that reads thousands of events takes the interpreter from every other thread; so the events
are read elsewhere, and one thread here takes names in by the thousand. A process that dies is
started again, and what happened meanwhile is said to be lost.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROGRAM = [sys.executable, "-P", "-m", "assistant.watching"]
_BATCH = 1 << 16
_STARTS = 4
"""So often it is started when it dies; counted anew when it lived for a while."""
_A_WHILE = 60.0
_PATIENCE = 2.0
"""Seconds; it ends at once when its input does."""


@dataclass(frozen=True, slots=True)
class Told:
    """What came at once: ``names`` below the root that changed, why events were ``lost``, whether
    the watches asked for ``stand`` since now, some of them ``fresh``, and why there are none any
    more (``refused``). With ``lost`` or ``fresh`` things may have changed that were not told."""

    names: frozenset[str] = frozenset()
    lost: str = ""
    stand: bool = False
    fresh: bool = False
    refused: str = ""

    def __or__(self, later: Told) -> Told:
        """Both as one."""
        return Told(
            self.names | later.names,
            self.lost or later.lost,
            self.stand or later.stand,
            self.fresh or later.fresh,
            later.refused or self.refused,
        )


class Watcher:
    """Watches below ``root`` from :meth:`watch` to :meth:`close`. ``tell`` is called on another
    thread, with paths relative to the root, whatever bytes their names hold."""

    def __init__(self, root: str, tell: Callable[[Told], None]) -> None:
        self._root = root
        self._tell = tell
        self._wish = b""
        self._asked = False
        self._again = False
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="watcher", daemon=True)

    def watch(self, folders: Iterable[tuple[str, bool]], poll: float = 0.0) -> None:
        """Watch these folders, each alone or with all inside, and no others; with ``poll`` look at
        them every so many seconds. Returns at once."""
        wish = {"root": self._root, "watches": list(folders), "poll": poll}
        with self._lock:
            self._wish = json.dumps(wish).encode() + b"\n"
            if self._thread.ident is None and not self._closed:
                self._thread.start()
            elif self._process is not None:
                self._again = self._asked
                if not self._asked:
                    self._ask(self._process)

    def close(self) -> None:
        """End the process and the thread; nothing is told any more."""
        with self._lock:
            self._closed = True
            process = self._process
        if process is not None:
            _end(process)
        if self._thread.ident is not None:
            self._thread.join()

    @property
    def pid(self) -> int:
        """The process that watches now; 0 when there is none."""
        process = self._process
        return 0 if process is None else process.pid

    # ---- on the thread

    def _run(self) -> None:
        ended = 0
        while True:
            started = time.monotonic()
            try:
                process = self._start()
            except OSError as error:
                self._tell(Told(refused=f"the process that watches cannot start: {error}"))
                return
            if process is None:
                return
            self._listen(process)
            with self._lock:
                self._process = None
            _end(process)
            if self._closed:
                return
            ended = 1 if time.monotonic() - started > _A_WHILE else ended + 1
            if ended == _STARTS:
                self._tell(Told(refused=f"the process that watches ended {ended} times"))
                return
            self._tell(Told(lost="the process that watches ended and is started again"))

    def _start(self) -> subprocess.Popen[bytes] | None:
        """The process, asked; None when all is closed by now."""
        program = str(Path(__file__).parents[1])
        keep = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        process = subprocess.Popen(
            PROGRAM,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=os.path.abspath(os.sep),
            env=keep | {"PYTHONPATH": program, "PYTHONUTF8": "1"},
        )
        with self._lock:
            closed = self._closed
            if not closed:
                self._process = process
                self._ask(process)
        if closed:
            assert process.stdout is not None
            process.stdout.close()
            _end(process)
        return None if closed else process

    def _ask(self, process: subprocess.Popen[bytes]) -> None:
        """Pass the wish on; the next one waits until this is answered, so that a process that
        stands still stops nobody."""
        assert process.stdin is not None
        self._asked, self._again = True, False
        with suppress(OSError, ValueError):  # it ended: the thread will see that
            process.stdin.write(self._wish)
            process.stdin.flush()

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        """Until the process ends."""
        assert process.stdout is not None
        rest = b""
        with process.stdout as stream:
            while data := os.read(stream.fileno(), _BATCH):
                *messages, rest = (rest + data).split(b"\0")
                told = _told(messages)
                if told.stand or told.refused:
                    self._answered(process)
                if messages and not self._closed:
                    self._tell(told)

    def _answered(self, process: subprocess.Popen[bytes]) -> None:
        with self._lock:
            self._asked = False
            if self._again and not self._closed:
                self._ask(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """It ends when its input does; one that stands still is ended."""
    assert process.stdin is not None
    with suppress(OSError):
        process.stdin.close()
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _told(messages: list[bytes]) -> Told:
    names = frozenset(os.fsdecode(message[1:]) for message in messages if message[:1] == b"c")
    said = {m[:1]: os.fsdecode(m[1:]) for m in messages if m[:1] != b"c"}
    stand = said.get(b"w")
    return Told(names, said.get(b"l", ""), stand is not None, stand == "fresh", said.get(b"n", ""))
