"""The model inside the app: a llama.cpp process started on demand and unloaded when idle.

Knows one file.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import signal
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from assistant.errors import ConnectionFailed, ModelError, StreamCut, StreamStalled
from assistant.models.capabilities import remarks
from assistant.models.chat_completions import ChatCompletions
from assistant.models.connection import Connection
from assistant.models.discovery import models_of
from assistant.models.egress import Egress
from assistant.models.exchange import HttpModel, Limits
from assistant.models.hurry import Hurry
from assistant.models.keys import KeyStore
from assistant.models.prices import FREE, Price
from assistant.models.reply import Reply
from assistant.models.retry import Backoff
from assistant.models.speeds import Speeds
from assistant.types import (
    ModelEvent,
    ModelRequest,
    Retrying,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
    Usage,
)

_CHILD = Path(__file__).with_name("engine_child.py")
_LOOPBACK = "http://127.0.0.1"
_MAGIC = b"GGUF"


class EngineFailed(ModelError):
    """The local engine did not start or ended by itself; the app goes on, the next request starts
    it anew.
    """


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """``path`` is a .gguf file, ``context`` its window; ``threads`` 0: llama.cpp chooses."""

    path: Path
    context: int = 16_384
    threads: int = 0
    idle_seconds: float = 600.0
    start_seconds: float = 600.0


@dataclass(frozen=True, slots=True)
class _Running:
    process: asyncio.subprocess.Process
    url: str
    connection: Connection


class LocalEngine:
    """One process for one model. To be used on one event loop; ``close`` before that loop ends."""

    def __init__(
        self,
        settings: EngineSettings,
        egress: Egress,
        *,
        make_room: Callable[[LocalEngine], Awaitable[None]] | None = None,
    ) -> None:
        self._make_room = make_room
        self.settings = settings
        self.context: int | None = None
        self.egress = egress
        self.keys = KeyStore(environment={})
        self._running: _Running | None = None
        self._log: IO[bytes] | None = None
        """What the process says, from its start to its end."""
        self._lock = asyncio.Lock()
        self._users = 0
        self._idle: asyncio.TimerHandle | None = None
        self._stopping: asyncio.Task[None] | None = None

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._running is not None and self._running.process.returncode is None

    @property
    def busy(self) -> bool:
        """Whether a request holds it."""
        return self._users > 0

    @property
    def pid(self) -> int | None:
        """The process, while it lives."""
        return self._running.process.pid if self._running is not None and self.running else None

    @asynccontextmanager
    async def using(self) -> AsyncIterator[Connection]:
        """The connection to the engine, started if need be; it is not unloaded before the block
        ends.

        Raises AIOff before a process or socket exists, and EngineFailed.
        """
        self.egress.check(_LOOPBACK)
        self._users += 1
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        try:
            async with self._lock:
                if not self.running:
                    if self._make_room is not None:
                        await self._make_room(self)
                    await self._start()
            assert self._running is not None
            yield self._running.connection
        finally:
            self._users -= 1
            if not self._users and self.running:
                loop = asyncio.get_running_loop()
                self._idle = loop.call_later(self.settings.idle_seconds, self._unload)

    async def stop(self) -> None:
        """Unloads the model and frees its memory."""
        async with self._lock:
            running, self._running = self._running, None
            if running is not None:
                await _end(running.process)
            self._forget_log()

    async def close(self) -> None:
        """Ends everything the engine holds."""
        if self._idle is not None:
            self._idle.cancel()
        if self._stopping is not None:
            await self._stopping
        await self.stop()

    async def post_mortem(self) -> EngineFailed | None:
        """The error that says how the process ended, or None while it lives."""
        running = self._running
        if running is None:
            return None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                await running.process.wait()
        code = running.process.returncode
        if code is None:
            return None
        self._running, said = None, self._last_words()
        self._forget_log()
        return EngineFailed(
            f"The local engine ended by itself ({_ending(code)}).{said}",
            "Ask again: it starts anew. If it happens again, choose a smaller model or window.",
        )

    async def _start(self) -> None:
        path = self.settings.path
        _check_file(path)
        key = secrets.token_urlsafe(24)
        reference = self.keys.keep("engine", key)
        self._forget_log()  # of one that ended by itself, and nobody asked how
        self._log = log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",
                "-I",
                str(_CHILD),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log.fileno(),
            )
        except BaseException:
            self._forget_log()
            raise
        try:
            url = await self._listen(process, key)
            connection = Connection(
                f"{path.stem} (in the app)",
                "chat",
                f"{url}/v1",
                path.stem,
                reference,
                "embedded",
                self.settings.context,
            )
            infos = await models_of(connection, self.egress, self.keys)
        except BaseException:
            await _end(process)
            self._forget_log()
            raise
        self.context = infos[0].context if infos else None
        self._running = _Running(process, url, connection)

    async def _listen(self, process: asyncio.subprocess.Process, key: str) -> str:
        assert process.stdin is not None
        assert process.stdout is not None
        wish = {
            "path": str(self.settings.path),
            "context": self.settings.context,
            "threads": self.settings.threads,
            "key": key,
        }
        # Not on the command line: other users of the machine can read that.
        process.stdin.write(json.dumps(wish).encode() + b"\n")
        try:
            async with asyncio.timeout(self.settings.start_seconds):
                line = await process.stdout.readline()
        except TimeoutError:
            raise EngineFailed(
                f"The local engine was not ready after {self.settings.start_seconds:.0f} seconds.",
                "Choose a smaller model.",
            ) from None
        if not line:
            code = await process.wait()
            raise EngineFailed(
                f"The local engine could not load {self.settings.path.name} "
                f"({_ending(code)}).{self._last_words()}",
                "Choose a smaller model or window, or download the file again.",
            )
        answer = json.loads(line)
        if "ready" not in answer:
            raise EngineFailed(
                f"The local engine could not load {self.settings.path.name} "
                f"({answer.get('error')}).{self._last_words()}",
                "Choose another model, or download the file again.",
            )
        return str(answer["ready"]).rstrip("/")

    def _unload(self) -> None:
        if not self._users:
            self._stopping = asyncio.get_running_loop().create_task(self.stop())

    def _forget_log(self) -> None:
        if self._log is not None:
            self._log.close()
            self._log = None

    def _last_words(self) -> str:
        if self._log is None:
            return ""
        self._log.seek(0)
        lines = self._log.read().decode("utf-8", "replace").split("\n")
        telling = [line for line in lines if "error" in line.lower() or "failed" in line.lower()]
        return f" It said: {telling[-1].strip()[:200]}" if telling else ""


class LocalModel:
    """A ChatModel on the local engine.

    ``speed`` is tokens a second as last measured on this machine.
    """

    hurries = True

    def __init__(
        self,
        engine: LocalEngine,
        clock: Callable[[], float] = time.monotonic,
        speeds: Speeds | None = None,
    ) -> None:
        self.name = f"{engine.settings.path.stem} (in the app)"
        self.price: Price | None = FREE
        self._file = engine.settings.path.name
        self._speeds = speeds
        self.speed: float | None = speeds.of(self._file) if speeds else None
        self.engine = engine
        self._clock = clock

    @property
    def model(self) -> str:
        """The name of the file without its ending."""
        return self.engine.settings.path.stem

    async def stream(
        self, request: ModelRequest, hurry: Hurry | None = None
    ) -> AsyncGenerator[ModelEvent, None]:
        """The reply. Raises EngineFailed when the process ended meanwhile."""
        if not self.engine.running:
            yield Retrying(0.0, 1, 1, f"starting {self.name}")
        async with self.engine.using() as connection:
            inner = HttpModel(
                connection,
                ChatCompletions(),
                self.engine.egress,
                self.engine.keys,
                Limits(first_byte=1_800.0, idle=300.0),
                FREE,
                Backoff(attempts=0),
            )
            first: float | None = None
            pieces = 0
            try:
                async with aclosing(inner.stream(request, hurry)) as events:
                    async for event in events:
                        if isinstance(event, (TextDelta, ThinkingDelta, ToolCallDelta)):
                            pieces += 1
                            first = first or self._clock()
                        elif isinstance(event, Usage) and first is not None:
                            self._measure(event.output or pieces, self._clock() - first)
                        yield event
            except (ConnectionFailed, StreamCut, StreamStalled) as error:
                raise await self.engine.post_mortem() or error from None

    @property
    def longest(self) -> int | None:
        """Tokens the model can take; None where that is not known."""
        return self.engine.context or self.engine.settings.context

    def remarks(self, request: ModelRequest, reply: Reply) -> tuple[str, ...]:
        """What the person should know of a reply: see :meth:`HttpModel.remarks`."""
        return remarks("embedded", "chat", self.model, request, reply, self.engine.context)

    def _measure(self, tokens: int, seconds: float) -> None:
        if tokens > 1 and seconds > 0:
            self.speed = (tokens - 1) / seconds
            if self._speeds is not None:
                self._speeds.record(self._file, self.speed)


def _check_file(path: Path) -> None:
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except OSError as error:
        raise EngineFailed(
            f"{path} cannot be read ({error.strerror}).", "Choose another file."
        ) from error
    if magic != _MAGIC:
        raise EngineFailed(f"{path.name} is not a GGUF model.", "Choose a file ending in .gguf.")


def _ending(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
    return f"{name}, probably out of memory" if name == "SIGKILL" else name


async def _end(process: asyncio.subprocess.Process) -> None:
    """Closes its input, which ends it; kills it when that takes more than five seconds."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(5.0):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
