"""One program in a process group of its own: its words as they come, its end at a limit or on a
wish. Knows nothing of git."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO

LOOK_S = 0.04
"""How often a running program is looked at."""
GRACE_S = 0.7
"""From the wish to stop to the end of everything that is left."""
MOST = 256 << 10
"""Bytes of a program's words that are kept: the last ones."""


@dataclass(frozen=True, slots=True)
class Ended:
    """``stopped`` is empty when the program ended by itself, else why it was ended."""

    status: int
    output: str
    stopped: str = ""


def run_program(
    arguments: Sequence[str],
    *,
    folder: str,
    environment: Mapping[str, str],
    stdin: bytes = b"",
    limit_s: float,
    heard: Callable[[str], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Ended:
    """Run ``arguments`` in ``folder``; output and errors together, told to ``heard`` as they come.

    Its words go through a file, not a pipe, so that a child which outlives it holds nobody up.
    Raises OSError when it cannot be started.
    """
    with tempfile.TemporaryFile() as words, tempfile.TemporaryFile() as given:
        given.write(stdin)
        given.seek(0)
        process = subprocess.Popen(
            list(arguments),
            cwd=folder,
            env=dict(environment),
            stdin=given,
            stdout=words,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        told, stopped, began = 0, "", time.monotonic()
        while not stopped and not _ended_within(process, LOOK_S):
            told = _tell(words, told, heard)
            if cancelled():
                stopped = "cancelled"
            elif time.monotonic() - began > limit_s:
                stopped = f"stopped after {limit_s:.0f} s"
        if stopped:
            _end_group(process)
        _tell(words, told, heard)
        size = os.fstat(words.fileno()).st_size
        text = _read(words, max(0, size - MOST), size)
        return Ended(process.returncode, text.strip(), stopped)


def _ended_within(process: subprocess.Popen[bytes], seconds: float) -> bool:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def _tell(words: IO[bytes], told: int, heard: Callable[[str], None]) -> int:
    """Tell what was written since; how much is told now."""
    size = os.fstat(words.fileno()).st_size
    if size > told:
        heard(_read(words, max(told, size - MOST), size))
    return size


def _read(words: IO[bytes], start: int, end: int) -> str:
    """Part of the file, without moving the place at which the program writes."""
    data = os.pread(words.fileno(), end - start, start)
    return data.decode("utf-8", "replace")


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """Everything the program started that is still in its group ends, politely and then not."""
    _signal(process, signal.SIGTERM)
    _ended_within(process, GRACE_S)
    _signal(process, getattr(signal, "SIGKILL", signal.SIGTERM))
    process.wait()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
    except ProcessLookupError:
        return  # all of them ended by themselves
