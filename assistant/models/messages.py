"""The Anthropic Messages dialect: blocks by index, cumulative usage, signed thinking.

Knows no network.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any

from assistant.errors import StreamCut
from assistant.models import failures
from assistant.models.chat_completions import written_arguments
from assistant.models.dialect import (
    BearerDialect,
    Target,
    listed,
    mapping,
    merge,
    number,
    parse,
    position,
)
from assistant.models.history import merged, split_system
from assistant.models.sse import Frame
from assistant.models.toolcalls import ToolCalls
from assistant.types import (
    Image,
    KeepAlive,
    Message,
    ModelEvent,
    ModelRequest,
    Opaque,
    Part,
    Stop,
    Text,
    TextDelta,
    ThinkingDelta,
    ToolCall,
    ToolResult,
    Usage,
)

VERSION = "2023-06-01"
_ROOM = 1_024
_STOPS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "pause_turn": "length",
    "tool_use": "tool_calls",
    "refusal": "refusal",
}
_CACHED = {"cache_control": {"type": "ephemeral"}}


class Messages(BearerDialect):
    """``POST {base}/messages``.

    ``max_tokens`` is required: 8,192 unless the family is known to say more.
    """

    name = "messages"
    key_header = "x-api-key"
    key_prefix = ""

    def url(self, target: Target) -> str:
        return f"{target.base_url}/messages"

    def headers(self, target: Target) -> Mapping[str, str]:
        return {"anthropic-version": VERSION, **super().headers(target)}

    def body(self, request: ModelRequest, target: Target) -> dict[str, Any]:
        system, rest = split_system(request.messages)
        caching = bool(target.quirks.get("cache_control"))
        body: dict[str, Any] = {"model": target.model}
        if request.tools:
            tools = [
                {
                    "name": tool.name,
                    "description": tool.description,
                    "input_schema": dict(tool.schema),
                    **({"eager_input_streaming": True} if target.quirks.get("eager_tools") else {}),
                }
                for tool in sorted(request.tools, key=lambda t: t.name)
            ]
            if caching and not system:
                tools[-1].update(_CACHED)
            body["tools"] = tools
        if system:
            block = {"type": "text", "text": system}
            body["system"] = [{**block, **_CACHED}] if caching else system
        body["messages"] = _conversation(rest, target, caching)
        body["max_tokens"] = request.max_tokens or min(target.max_output or 8_192, 32_000)
        if request.temperature is not None:
            body["temperature"] = request.temperature
        body["stream"] = True
        merge(body, target.thinking)
        budget = number(mapping(body.get("thinking")).get("budget_tokens"))
        if budget:
            # The budget is part of the answer's limit; the answer itself needs room as well.
            body["max_tokens"] = max(body["max_tokens"], budget + _ROOM)
        return body

    def reader(self, target: Target) -> MessagesReader:
        return MessagesReader(target)


class MessagesReader:
    """Events of one reply. Blocks may overlap: they are put together by their index."""

    def __init__(self, target: Target) -> None:
        self.done = False
        self.settled = False
        self._target = target
        self._blocks: dict[Any, dict[str, Any]] = {}
        self._calls = ToolCalls()
        self._usage: dict[str, Any] = {}
        self._reason: str | None = None

    def read(self, frame: Frame) -> Iterator[ModelEvent]:
        if not frame.data.strip() or frame.data.strip() == "[DONE]":
            return
        event = parse(frame)
        kind = event.get("type") or frame.event
        match kind:
            case "ping":
                yield KeepAlive()
            case "error":
                raise failures.in_band(event, self._target.base_url)
            case "message_start":
                yield from self._counted(mapping(mapping(event.get("message")).get("usage")))
            case "content_block_start":
                yield from self._start(
                    position(event.get("index")), mapping(event.get("content_block"))
                )
            case "content_block_delta":
                yield from self._delta(position(event.get("index")), mapping(event.get("delta")))
            case "content_block_stop":
                yield from self._stop(position(event.get("index")))
            case "message_delta":
                self._ended(mapping(event.get("delta")).get("stop_reason"))
                yield from self._counted(mapping(event.get("usage")))
            case "message_stop":
                self.done = True
            case "message":
                yield from self._whole(event)
            case _ if event.get("error"):
                raise failures.in_band(event, self._target.base_url)

    def finish(self) -> Iterator[ModelEvent]:
        if self._reason is None and not self.done:
            raise StreamCut(
                "The reply ended without saying that it was complete.",
                "The text so far is kept; try again.",
            )
        for index in list(self._blocks):
            yield from self._stop(index)
        reason = _STOPS.get(self._reason or "end_turn", "stop")
        yield from self._calls.finished(cut=reason == "length")
        yield Stop("tool_calls" if self._calls and reason == "stop" else reason)

    def _ended(self, reason: Any) -> None:
        if isinstance(reason, str):
            self._reason = reason
            self.settled = True

    def _start(self, index: Any, block: Mapping[str, Any]) -> Iterator[ModelEvent]:
        kept = dict(block)
        self._blocks[index] = kept
        match block.get("type"):
            case "text" if block.get("text"):
                yield TextDelta(str(block["text"]))
            case "thinking" if block.get("thinking"):
                yield ThinkingDelta(str(block["thinking"]))
            case "tool_use":
                given = block.get("input")
                yield self._calls.piece(
                    index, block.get("id"), block.get("name"), given if given else None
                )

    def _delta(self, index: Any, delta: Mapping[str, Any]) -> Iterator[ModelEvent]:
        block = self._blocks.setdefault(index, {})
        match delta.get("type"):
            case "text_delta":
                text = str(delta.get("text") or "")
                if text:
                    yield TextDelta(text)
            case "thinking_delta":
                text = str(delta.get("thinking") or "")
                block["thinking"] = str(block.get("thinking") or "") + text
                if text:
                    yield ThinkingDelta(text)
            case "signature_delta":
                block["signature"] = str(block.get("signature") or "") + str(
                    delta.get("signature") or ""
                )
            case "input_json_delta":
                yield self._calls.piece(index, arguments=str(delta.get("partial_json") or ""))

    def _stop(self, index: Any) -> Iterator[ModelEvent]:
        block = self._blocks.pop(index, None)
        if block is None:
            return
        kind = block.get("type")
        if kind == "redacted_thinking" or (kind == "thinking" and block.get("signature")):
            yield Opaque(self._target.origin, block)

    def _counted(self, usage: Mapping[str, Any]) -> Iterator[ModelEvent]:
        """The counts are cumulative and partial: those that are there replace the ones before."""
        fresh = {name: value for name, value in usage.items() if value is not None}
        if not fresh:
            return
        self._usage.update(fresh)
        details = mapping(self._usage.get("output_tokens_details"))
        yield Usage(
            input=number(self._usage.get("input_tokens")),
            cache_read=number(self._usage.get("cache_read_input_tokens")),
            cache_write=number(self._usage.get("cache_creation_input_tokens")),
            output=number(self._usage.get("output_tokens")),
            reasoning=number(details.get("thinking_tokens") or details.get("reasoning_tokens")),
        )

    def _whole(self, event: Mapping[str, Any]) -> Iterator[ModelEvent]:
        """A reply that came in one piece although a stream was asked for."""
        for index, block in enumerate(listed(event.get("content"))):
            yield from self._start(index, mapping(block))
            yield from self._stop(index)
        self._ended(event.get("stop_reason") or "end_turn")
        yield from self._counted(mapping(event.get("usage")))
        self.done = True


def _conversation(
    messages: tuple[Message, ...], target: Target, caching: bool
) -> list[dict[str, Any]]:
    turns: list[dict[str, Any]] = [
        {"role": m.role.value, "content": [b for part in m.parts for b in _block(part, target)]}
        for m in merged(messages)
    ]
    for turn in turns:
        # Results must come first in their turn.
        turn["content"].sort(key=lambda block: block["type"] != "tool_result")
        if not turn["content"]:
            turn["content"] = [{"type": "text", "text": "…"}]
    if caching:
        # Up to here the next request is the same; the server keeps at most four such marks.
        for turn in [t for t in turns if t["role"] == "user"][-2:]:
            turn["content"][-1] = {**turn["content"][-1], **_CACHED}
    return turns


def _block(part: Part, target: Target) -> Iterator[dict[str, Any]]:
    match part:
        case Text(text):
            if text.strip():
                yield {"type": "text", "text": text}
        case Image(media_type, data):
            source = {
                "type": "base64",
                "media_type": media_type,
                "data": base64.b64encode(data).decode(),
            }
            yield {"type": "image", "source": source}
        case ToolCall():
            yield {
                "type": "tool_use",
                "id": part.id,
                "name": part.name,
                "input": written_arguments(part),
            }
        case ToolResult():
            result = {"type": "tool_result", "tool_use_id": part.call_id, "content": part.text}
            yield {**result, "is_error": True} if part.is_error else result
        case Opaque(provider, data):
            if provider == target.origin:
                yield dict(data)
