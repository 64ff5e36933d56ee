"""How tests of models ask: short ways to a request, a model and the events of a reply."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from contextlib import aclosing
from typing import Any

from assistant.errors import ModelError
from assistant.models.connection import Connection, dialect, limits
from assistant.models.dialect import Target
from assistant.models.egress import Egress
from assistant.models.exchange import HttpModel, Hurry, Limits
from assistant.models.keys import KeyStore
from assistant.models.prices import find
from assistant.models.reply import Reply
from assistant.models.retry import Backoff
from assistant.types import (
    ChatModel,
    Message,
    ModelEvent,
    ModelRequest,
    Role,
    Text,
    TextDelta,
    ThinkingDelta,
    ToolCall,
    ToolSpec,
)

READ = ToolSpec(
    "read_file",
    "Reads a file.",
    {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]},
)
PARALLEL = (
    '<tool_call>\n{"name": "read_file", "arguments": {"path": "one.txt"}}\n</tool_call>\n'
    '<tool_call>\n{"name": "read_file", "arguments": {"path": "two.txt"}}\n</tool_call>'
)
QUICK = Backoff(first=0.01, longest=0.02)


def ask(text: str, *tools: ToolSpec, **more: Any) -> ModelRequest:
    """A request with one user message."""
    return ModelRequest((Message(Role.USER, (Text(text),)),), tools=tools, **more)


def model(
    base_url: str,
    egress: Egress,
    protocol: str = "chat",
    *,
    patience: Limits | None = None,
    backoff: Backoff = QUICK,
    keys: KeyStore | None = None,
    **more: Any,
) -> HttpModel:
    """A model whose waits are short enough for a test."""
    connection = Connection("test", protocol, base_url, more.pop("name", "test-model"), **more)
    return HttpModel(
        connection,
        dialect(protocol),
        egress,
        keys or KeyStore(environment={}),
        patience or limits(connection),
        find(connection.preset, connection.model, local=connection.local),
        backoff,
    )


async def collect(
    source: ChatModel, request: ModelRequest, hurry: Hurry | None = None
) -> list[ModelEvent]:
    """All events of a reply."""
    events = source.stream(request) if hurry is None else source.stream(request, hurry)  # type: ignore[call-arg]
    async with aclosing(events) as stream:
        return [event async for event in stream]


async def until_error(
    source: ChatModel, request: ModelRequest
) -> tuple[list[ModelEvent], ModelError | None]:
    """The events up to an error, and the error."""
    events: list[ModelEvent] = []
    try:
        async with aclosing(source.stream(request)) as stream:
            async for event in stream:
                events.append(event)  # noqa: PERF401 - an error must leave what came
    except ModelError as error:
        return events, error
    return events, None


def reply(events: Iterable[ModelEvent]) -> Reply:
    """The events put together."""
    whole = Reply()
    for event in events:
        whole.add(event)
    return whole


def text(events: Iterable[ModelEvent]) -> str:
    return "".join(e.text for e in events if isinstance(e, TextDelta))


def thinking(events: Iterable[ModelEvent]) -> str:
    return "".join(e.text for e in events if isinstance(e, ThinkingDelta))


def calls(events: Iterable[ModelEvent]) -> list[tuple[str, dict[str, Any]]]:
    return [(e.name, dict(e.arguments)) for e in events if isinstance(e, ToolCall)]


def sse(*payloads: Any, done: bool = True) -> bytes:
    """Payloads as a chat stream; strings go as they are."""
    lines = [p if isinstance(p, str) else json.dumps(p, ensure_ascii=False) for p in payloads]
    return "".join(f"data: {line}\n\n" for line in [*lines, *(["[DONE]"] if done else [])]).encode()


def delta(finish: str | None = None, **fields: Any) -> dict[str, Any]:
    """One chunk of a chat stream."""
    return {"choices": [{"index": 0, "delta": fields, "finish_reason": finish}]}


def decode(
    protocol: str, body: bytes, size: int = 0, target: Target | None = None
) -> list[ModelEvent]:
    """What a protocol's reader makes of a body, without a network."""
    target = target or Target("http://test", "test-model", origin="test")
    adapter = dialect(protocol)
    decoder, reader = adapter.decoder(), adapter.reader(target)
    events: list[ModelEvent] = []
    step = size or max(len(body), 1)
    for start in range(0, len(body), step):
        for frame in decoder.feed(body[start : start + step]):
            if not frame.comment and not reader.done:
                events += reader.read(frame)
    for frame in decoder.close():
        if not frame.comment and not reader.done:
            events += reader.read(frame)
    return [*events, *reader.finish()]


def run(work: Callable[[Egress], Awaitable[Any]], egress: Egress | None = None) -> Any:
    """Runs a coroutine function with an egress that is closed afterwards."""

    async def whole() -> Any:
        way = egress or Egress()
        try:
            return await work(way)
        finally:
            await way.aclose()

    return asyncio.run(whole())
