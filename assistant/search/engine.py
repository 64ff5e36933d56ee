"""Searches as asyncio sees them: a question to a process that is ended when it takes too long.

A regular expression can need longer than the universe will last, and holds the interpreter's lock
all the while; only another process can be stopped.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from assistant.builtin.process import quiet_env, run, stop
from assistant.events import Answered, Event
from assistant.query import FileHits, Found, Hit, Looked, Query, Search, Swap
from assistant.search.scope import Scope

PATIENCE_S = 4.0
"""How long one text, or one file, may take."""
_LINE_LIMIT = 64 * 1024 * 1024
_ARGV = (sys.executable, "-P", "-m", "assistant.search")
_NEUTRAL = os.sep
_TOO_LONG = "This expression takes too long; make it simpler."


async def in_text(
    search: Search, text: str, seconds: float = PATIENCE_S
) -> AsyncGenerator[Event, None]:
    """Answers :class:`Found`; one with an error when it takes longer than ``seconds``."""
    asked = {"query": asdict(search.query), "limit": search.limit, "template": search.template}
    try:
        done = await run(
            _ARGV, json.dumps(asked) + "\n" + text, cwd=_NEUTRAL, env=_env(), seconds=seconds
        )
    except TimeoutError:
        yield Answered(Found(error=_TOO_LONG))
        return
    if done.code != 0:
        yield Answered(Found(error="The search ended unexpectedly; try again."))
        return
    said = json.loads(done.out)
    spans = tuple((start, end) for start, end in said["spans"])
    yield Answered(Found(spans, tuple(said["new"]), said["error"]))


async def in_files(
    root: Path,
    names: Callable[[], Sequence[str]],
    query: Query,
    *,
    scope: str = "",
    buffers: Mapping[str, str] | None = None,
    template: str | None = None,
    most: int = 10_000,
    seconds: float = PATIENCE_S,
) -> AsyncGenerator[Event, None]:
    """Answers a :class:`FileHits` for each file with a match, last a :class:`Looked`.

    ``names`` says which files there are, and may block. ``buffers`` are texts newer than the disk,
    by path; ``seconds`` is for one file.
    """
    chosen = Scope(scope)
    asked = {
        "query": asdict(query),
        "root": str(root),
        "names": [name for name in await asyncio.to_thread(names) if chosen.has(name)],
        "buffers": dict(buffers or {}),
        "template": template,
        "most": most,
    }
    process = await asyncio.create_subprocess_exec(
        *_ARGV,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=_NEUTRAL,
        env=_env(),
        limit=_LINE_LIMIT,
        start_new_session=sys.platform != "win32",
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        process.stdin.write(json.dumps(asked).encode())
        process.stdin.close()
        hits = files = 0
        while True:
            async with asyncio.timeout(seconds):
                line = await process.stdout.readline()
            if not line:
                yield Answered(Looked(files, hits, error="The search ended unexpectedly."))
                return
            said = json.loads(line)
            if "path" in said:
                found = _hits(said)
                files, hits = files + 1, hits + len(found.hits)
                yield Answered(found)
            elif said:
                yield Answered(Looked(**said))
                return
    except TimeoutError:
        yield Answered(Looked(files, hits, error=_TOO_LONG))
    finally:
        await stop(process)


def _hits(said: Mapping[str, Any]) -> FileHits:
    hits = tuple(Hit(**hit) for hit in said["hits"])
    swaps = tuple(Swap(s["line"], tuple(s["old"]), tuple(s["new"])) for s in said["swaps"])
    return FileHits(said["path"], hits, swaps)


def _env() -> dict[str, str]:
    program = str(Path(__file__).parents[2])
    return quiet_env(_NEUTRAL) | {"PYTHONPATH": program}
