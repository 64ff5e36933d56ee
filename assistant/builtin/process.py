"""Runs one helper program: text in, text out, killed with its children on cancel."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finished:
    """``code`` is negative for a signal."""

    code: int
    out: str
    err: str


async def run(
    argv: Sequence[str],
    text: str,
    *,
    cwd: str,
    env: Mapping[str, str] | None = None,
    seconds: float = 60,
) -> Finished:
    """Raises TimeoutError after ``seconds`` and OSError when the program cannot start.

    UTF-8 with surrogateescape.
    """
    process = await asyncio.create_subprocess_exec(
        *argv,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=cwd,
        env=dict(env) if env is not None else quiet_env(cwd),
        start_new_session=sys.platform != "win32",
    )
    try:
        async with asyncio.timeout(seconds):
            out, err = await process.communicate(text.encode("utf-8", "surrogateescape"))
    finally:
        await stop(process)
    code = process.returncode if process.returncode is not None else -1
    return Finished(code, out.decode("utf-8", "surrogateescape"), err.decode("utf-8", "replace"))


async def stop(process: asyncio.subprocess.Process) -> None:
    """Ends the process and its group, and waits for it. Does nothing to one that has ended."""
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    await asyncio.shield(process.wait())


def quiet_env(home: str) -> dict[str, str]:
    """Nothing of the person's environment but what a program needs to start.

    Settings are looked for in ``home``.
    """
    needed = (
        "PATH",
        "SYSTEMROOT",
        "WINDIR",
        "TEMP",
        "TMP",
        "TMPDIR",
        "LD_LIBRARY_PATH",
        "DYLD_LIBRARY_PATH",
    )
    env = {name: os.environ[name] for name in needed if name in os.environ}
    return {
        **env,
        "HOME": home,
        "USERPROFILE": home,
        "APPDATA": home,
        "LANG": "C.UTF-8",
        "NO_COLOR": "1",
        "PYTHONUTF8": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
