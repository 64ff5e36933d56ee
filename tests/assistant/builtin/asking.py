"""Asks the built-in engine as the session does, and applies its reply strictly."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from assistant.builtin.engine import BuiltinEngine
from assistant.types import (
    Instruction,
    LineSpan,
    ModelEvent,
    ModelRequest,
    Snapshot,
    Stop,
    TextDelta,
    Usage,
    split_lines,
)


@dataclass
class Reply:
    """``text`` is the target after the edit; ``texts`` every changed file by path."""

    raw: str
    text: str
    texts: dict[str, str] = field(default_factory=dict)

    @property
    def edited(self) -> bool:
        return bool(self.texts)


def ask(
    wish: str,
    source: str,
    path: str = "a.py",
    span: tuple[int, int] | None = None,
    *,
    root: Path | None = None,
    buffers: tuple[Snapshot, ...] = (),
    trusted: bool = False,
) -> Reply:
    engine = BuiltinEngine(root, trusted=lambda: trusted)
    target = Snapshot(PurePosixPath(path), source)
    selected = LineSpan(*span) if span else None
    request = ModelRequest((), instruction=Instruction(wish, target, selected, buffers=buffers))
    events = asyncio.run(collect(engine.stream(request)))
    assert isinstance(events[-1], Stop) and events[-1].reason == "stop"
    assert events[-2] == Usage(cost=0.0)
    raw = "".join(event.text for event in events if isinstance(event, TextDelta))
    return apply(raw, target, root, buffers)


async def collect(stream: AsyncGenerator[ModelEvent, None]) -> list[ModelEvent]:
    return [event async for event in stream]


def apply(
    raw: str,
    target: Snapshot,
    root: Path | None,
    buffers: tuple[Snapshot, ...] = (),
) -> Reply:
    """A strict reader of the diffs the engine writes."""
    known = {str(snapshot.path): snapshot.text for snapshot in (*buffers, target)}
    texts: dict[str, str] = {}
    for mark, info, block in re.findall(r"^(`{3,})(\w*)\n(.*?)^\1$", raw, re.S | re.M):
        del mark
        assert info == "diff"
        path, new = _patched(block, known, root)
        texts[path] = new
    return Reply(raw, texts.get(str(target.path), target.text), texts)


def _patched(diff: str, known: dict[str, str], root: Path | None) -> tuple[str, str]:
    head = re.match(r"--- (?:a/)?(.+)\n\+\+\+ (?:b/)?(.+)\n", diff)
    assert head is not None and head[1] == head[2]
    path = head[1]
    if path not in known:
        assert root is not None
        known[path] = (root / path).read_bytes().decode("utf-8")
    old, out, at = split_lines(known[path]), [], 0
    lines = list(split_lines(diff[head.end() :]))
    for number, line in enumerate(lines):
        if line.startswith("\\"):
            continue
        if number + 1 < len(lines) and lines[number + 1].startswith("\\"):
            line = line[:-1]
        hunk = re.match(r"@@ -(\d+),(\d+) \+\d+,\d+ @@", line)
        if hunk:
            start = int(hunk[1]) - (1 if int(hunk[2]) else 0)
            out += old[at:start]
            at = start
        elif line[0] == "+":
            out.append(line[1:])
        else:
            assert old[at] == line[1:], (old[at], line[1:])
            out += [line[1:]] if line[0] == " " else []
            at += 1
    return path, "".join([*out, *old[at:]])
