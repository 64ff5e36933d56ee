"""The context engine as asyncio sees it: a client of a worker process. Tokenises nothing.

The worker dies with its input, is started again once when it crashes, and loses nothing by that:
the index is a cache of the folder. Placeholders of secrets are kept here, in memory, and nowhere
else.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any

from assistant.context.completion import Choice
from assistant.context.secrets import Redacted, redact, restore
from assistant.context.tokens import Calibration
from assistant.errors import ContextError
from assistant.types import Context, Instruction, LeftOut, LineSpan, Snippet

Pin = PurePosixPath | tuple[PurePosixPath, LineSpan | None] | Snippet
"""Something pinned or removed: a whole file, lines of one, or a snippet as it was shown."""

_LINE_LIMIT = 256 * 1024 * 1024
_CRASHES = 3
_NEUTRAL = os.sep
"""Where the worker stands: a folder of no project."""


class ContextEngine:
    """Index, search and context of one folder. ``cache_dir`` belongs to the app and lies outside
    every project.

    ``trusted`` lets rules files in; ``watch`` follows the disk. All methods raise
    :class:`ContextError` when the worker cannot answer.
    """

    def __init__(
        self,
        root: Path,
        cache_dir: Path,
        *,
        trusted: bool = False,
        watch: bool = True,
        calibration: Calibration | None = None,
        warn: Callable[[str], None] | None = None,
    ) -> None:
        self.root = root
        self.trusted = trusted
        self.calibration = calibration or Calibration()
        self._cache = cache_dir
        self._watch = watch
        self._warn = warn or (lambda sentence: None)
        self._salt = os.urandom(16).hex()
        self._secrets: dict[str, str] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._next = 0
        self._starting = asyncio.Lock()
        self._crashes = 0
        self._closed = False

    # ---- life

    async def start(self) -> None:
        """Start the worker; returns when the list of files is known, the rest is indexed
        meanwhile."""
        await self._running()

    async def close(self) -> None:
        """End the worker; waits until it is gone. Further questions raise."""
        self._closed = True
        async with self._starting:  # one that is just being started must not be left behind
            process, self._process = self._process, None
        if process is not None:
            await self._end(process)
        if self._reader is not None:
            await self._reader
            self._reader = None

    async def settled(self) -> None:
        """Return when the index says what the disk said at the time of the call."""
        await self._ask("settle")

    # ---- questions

    async def gather(
        self,
        instruction: Instruction,
        budget_tokens: int,
        pinned: Sequence[Pin] = (),
        removed: Sequence[Pin] = (),
        open_paths: Sequence[PurePosixPath] = (),
    ) -> Context:
        """What leaves with ``instruction``, best first within its file order, at most
        ``budget_tokens`` by estimate.

        Unsaved buffers stand in for their files. ``pinned`` always enters, ``removed`` never does.
        """
        answer = await self._ask(
            "gather",
            wish=self._wish(instruction, budget_tokens, pinned, removed, open_paths),
            buffers=self._buffers(instruction),
        )
        self._secrets.update(answer["placeholders"])
        return Context(
            snippets=tuple(_snippet(row) for row in answer["snippets"]),
            rules=tuple(_snippet(row) for row in answer["rules"]),
            tokens=answer["tokens"],
            left_out=tuple(
                LeftOut(PurePosixPath(row["path"]), row["why"], row["tokens"])
                for row in answer["left_out"]
            ),
        )

    async def search(
        self, text: str, k: int = 20, *, buffers: Mapping[str, str] | None = None
    ) -> tuple[Snippet, ...]:
        """The ``k`` best chunks for ``text``, redacted, best first.

        ``buffers`` are texts by path that stand in for their files from now on.
        """
        more = {} if buffers is None else {"buffers": dict(buffers)}
        answer = await self._ask("search", text=text, k=k, **more)
        self._secrets.update(answer["placeholders"])
        return tuple(_snippet(row | {"tokens": 0, "source": "search"}) for row in answer["rows"])

    async def complete(self, kind: str, typed: str, limit: int = 20) -> tuple[Choice, ...]:
        """Choices for a mention being typed; ``kind`` is file, folder, symbol, commit
        or image."""
        answer = await self._ask("complete", kind=kind, typed=typed, limit=limit)
        return tuple(Choice(**choice) for choice in answer["choices"])

    async def symbols(self, prefix: str, limit: int = 20) -> tuple[Choice, ...]:
        """Definitions whose name fits ``prefix``."""
        return await self.complete("symbol", prefix, limit)

    async def files(self, prefix: str, limit: int = 20) -> tuple[PurePosixPath, ...]:
        """Indexed files whose name or path fits ``prefix``."""
        return tuple(PurePosixPath(c.path) for c in await self.complete("file", prefix, limit))

    async def rules(self, near: Sequence[PurePosixPath] = ()) -> tuple[Mapping[str, Any], ...]:
        """Rules files with ``path``, ``state``, ``why`` and ``tokens``; empty while the folder is
        not trusted."""
        if not self.trusted:
            return ()
        answer = await self._ask("rules", near=[str(path) for path in near])
        return tuple(answer["rules"])

    async def report(self) -> Mapping[str, Any]:
        """Counts, memory, whether all is settled, and ``left_out``: path → why its text is not
        indexed."""
        return await self._ask("report")

    def redact(self, text: str) -> Redacted:
        """The text without what looks like a secret, by the names this engine gives to secrets."""
        return redact(text, bytes.fromhex(self._salt))

    @property
    def placeholders(self) -> dict[str, str]:
        """The book of this conversation: every placeholder with what it stands for."""
        return self._secrets

    def restore(self, text: str) -> str:
        """``text`` with the secrets this engine took out put back."""
        return restore(text, self._secrets)

    # ---- the wire

    async def _ask(self, op: str, **message: Any) -> dict[str, Any]:
        process = await self._running()
        return await self._send(process, op, **message)

    async def _send(
        self, process: asyncio.subprocess.Process, op: str, **message: Any
    ) -> dict[str, Any]:
        self._next += 1
        number = self._next
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps({"op": op, "id": number, **message}).encode() + b"\n")
            await process.stdin.drain()
            said = await answer
        except (ConnectionError, RuntimeError) as error:
            raise _gone() from error
        finally:
            self._answers.pop(number, None)
        if "error" in said:
            raise ContextError(
                f"The index could not answer: {said['error']}.", "Open the folder again."
            )
        return said

    async def _running(self) -> asyncio.subprocess.Process:
        """The worker, started when there is none."""
        async with self._starting:
            if self._closed:
                raise ContextError("The index of this folder is closed.", "Open the folder again.")
            if self._process is not None and self._process.returncode is None and self._alive():
                return self._process
            if self._process is not None:
                self._crashes += 1
                if self._crashes > _CRASHES:
                    raise ContextError(
                        f"The index worker stopped {self._crashes} times.",
                        "Open the folder again, or report this.",
                    )
                self._warn("The index worker stopped unexpectedly and was started again.")
            self._process = await self._spawn()
            self._reader = asyncio.create_task(self._read(self._process), name="context-reader")
            await self._send(
                self._process,
                "open",
                root=str(self.root),
                store=str(self._cache),
                salt=self._salt,
                watch=self._watch,
                cache=True,
            )
            return self._process

    def _alive(self) -> bool:
        return self._reader is not None and not self._reader.done()

    async def _spawn(self) -> asyncio.subprocess.Process:
        program = str(Path(__file__).parents[2])
        keep = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "GIT_"))}
        try:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",
                "-m",
                "assistant.context",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                cwd=_NEUTRAL,
                env=keep | {"PYTHONPATH": program, "PYTHONUTF8": "1"},
                limit=_LINE_LIMIT,
            )
        except OSError as error:
            raise ContextError(
                f"The index worker cannot start: {error}.", "Check the installation."
            ) from error

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        """Hand answers to those who wait; at the end of the worker, tell them."""
        assert process.stdout is not None
        try:
            while line := await process.stdout.readline():
                said = json.loads(line)
                waiting = self._answers.get(said.get("id", 0))
                if waiting is not None and not waiting.done():
                    waiting.set_result(said)
        finally:
            for waiting in self._answers.values():
                if not waiting.done():
                    waiting.set_exception(_gone())

    async def _end(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        with suppress(ConnectionError, RuntimeError):
            process.stdin.write(b'{"op": "quit"}\n')
            await process.stdin.drain()
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 5)
        except TimeoutError:
            process.kill()
            await process.wait()

    # ---- words for the worker

    def _wish(
        self,
        instruction: Instruction,
        budget: int,
        pinned: Sequence[Pin],
        removed: Sequence[Pin],
        open_paths: Sequence[PurePosixPath],
    ) -> dict[str, Any]:
        target, span, around = instruction.target, instruction.span, instruction.around
        if span is not None and span.empty:  # a caret selects nothing
            span = None
        return {
            "text": instruction.text,
            "budget": budget,
            "autonomy": instruction.autonomy.value,
            "target": self._inside(target.path) if target else None,
            "target_text": target.text if target else None,
            "start": span.start if span else None,
            "end": span.end if span else None,
            "mentions": [
                {
                    "kind": m.kind,
                    "value": m.value,
                    "text": m.text,
                    "span": [m.span.start, m.span.end] if m.span else None,
                }
                for m in instruction.mentions
            ],
            "pinned": _pieces(pinned),
            "removed": _pieces(removed),
            "open_paths": [self._inside(p) for p in dict.fromkeys((*open_paths, *around.open))],
            "edited": [[self._inside(p), s.start, s.end] for p, s in around.edited],
            "problems": [[self._inside(p.path), p.line, p.message] for p in around.problems],
            "model_factor": self.calibration.factor(instruction.model),
            "trusted": self.trusted,
        }

    def _buffers(self, instruction: Instruction) -> dict[str, str]:
        texts = {self._inside(b.path): b.text for b in instruction.buffers}
        return {path: text for path, text in texts.items() if not os.path.isabs(path)}

    def _inside(self, path: PurePosixPath) -> str:
        """Relative to the root where it lies below it."""
        root = PurePosixPath(self.root.as_posix())
        return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


def _pieces(pins: Iterable[Pin]) -> list[list[Any]]:
    out: list[list[Any]] = []
    for pin in pins:
        if isinstance(pin, Snippet):
            out.append([str(pin.path), pin.span.start, pin.span.end])
        elif isinstance(pin, tuple):
            path, span = pin
            out.append([str(path)] if span is None else [str(path), span.start, span.end])
        else:
            out.append([str(pin)])
    return out


def _snippet(row: Mapping[str, Any]) -> Snippet:
    return Snippet(
        path=PurePosixPath(row["path"]),
        span=LineSpan(row["start"], row["end"]),
        text=row["text"],
        why=row["why"],
        score=row["score"],
        tokens=row["tokens"],
        source=row["source"],
        redactions=row["redactions"],
    )


def _gone() -> ContextError:
    return ContextError(
        "The index worker stopped while it was answering.", "Ask again: it starts anew."
    )
