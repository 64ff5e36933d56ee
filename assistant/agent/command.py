"""One command at work: its output as far as it is kept, its end, and the end of all it started."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from assistant.builtin.process import quiet_env, stop

_HEAD, _TAIL = 128_000, 384_000
_TIDY_S = 0.8


@dataclass(frozen=True, slots=True)
class Ran:
    """``code`` is negative for a signal. ``lost`` bytes are missing between ``head`` and
    ``tail``; ``late`` says that the time was up.
    """

    code: int
    head: str
    tail: str = ""
    lost: int = 0
    late: bool = False

    @property
    def text(self) -> str:
        """All that was kept, with a line that says what is missing."""
        if not self.lost:
            return self.head + self.tail
        return f"{self.head}\n[{self.lost:,} bytes left out]\n{self.tail}"


async def run(argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], seconds: float) -> Ran:
    """Runs ``argv`` as :func:`assistant.agent.sandbox.confined` made it. Raises OSError.

    Ended or cancelled, nothing that it started is left.
    """
    process = await _started(argv, cwd, env)
    output = _Output()
    late = False
    try:
        async with asyncio.timeout(seconds):
            assert process.stdout is not None
            while chunk := await process.stdout.read(65_536):
                output.add(chunk)
            await process.wait()
    except TimeoutError:
        late = True
    finally:
        await _end(process)
    code = process.returncode if process.returncode is not None else -1
    return Ran(code, *output.parts(), late=late)


async def _started(
    argv: Sequence[str], cwd: Path, env: Mapping[str, str]
) -> asyncio.subprocess.Process:
    """Cancelled while it starts, asyncio would kill the launcher alone and leave the rest."""
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            *argv,
            cwd=cwd,
            env=dict(env),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=sys.platform != "win32",
        )
    )
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        await _end(await starting)
        raise


async def _end(process: asyncio.subprocess.Process) -> None:
    """Close the lifeline, which ends all descendants; then whoever does not listen."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        if process.returncode is None:
            with suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), _TIDY_S)
    finally:
        await stop(process)
        await _drained(process)


async def _drained(process: asyncio.subprocess.Process) -> None:
    """Everybody who could write is gone: the pipe ends, and until it was read to its end asyncio
    leaves it open.
    """
    assert process.stdout is not None
    with suppress(TimeoutError):
        async with asyncio.timeout(_TIDY_S):
            while await process.stdout.read(65_536):
                pass


def environment(home: Path, tree: Path, programs: Sequence[str]) -> dict[str, str]:
    """Nothing of the person's but where programs are; ``programs`` are looked in first."""
    env = quiet_env(str(home / "home"))
    own = str(Path(sys.executable).parent)
    path = os.pathsep.join([*programs, env.get("PATH", os.defpath), own])
    sources = [str(tree), *([str(tree / "src")] if (tree / "src").is_dir() else [])]
    temporary = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(home / "tmp"))
    return {**env, **temporary, "PATH": path, "PYTHONPATH": os.pathsep.join(sources), "CI": "1"}


class _Output:
    """The beginning and the end of what is printed."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._tail = bytearray()
        self._lost = 0

    def add(self, chunk: bytes) -> None:
        room = _HEAD - len(self._head)
        self._head += chunk[:room]
        self._tail += chunk[room:] if room < len(chunk) else b""
        if (over := len(self._tail) - _TAIL) > _HEAD:
            del self._tail[:over]
            self._lost += over

    def parts(self) -> tuple[str, str, int]:
        if not self._lost:
            return (self._head + self._tail).decode("utf-8", "replace"), "", 0
        head, tail = self._head.decode("utf-8", "replace"), self._tail.decode("utf-8", "replace")
        return head, tail, self._lost
