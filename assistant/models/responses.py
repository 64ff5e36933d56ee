"""The OpenAI Responses dialect, stateless: the whole history goes each time. Knows no network."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from assistant.errors import StreamCut
from assistant.models import failures
from assistant.models.chat_completions import data_url, written_arguments
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
from assistant.models.history import split_system
from assistant.models.sse import Frame
from assistant.models.toolcalls import ToolCalls
from assistant.types import (
    Image,
    Message,
    ModelEvent,
    ModelRequest,
    Opaque,
    Role,
    Stop,
    Text,
    TextDelta,
    ThinkingDelta,
    ToolCall,
    ToolResult,
    Usage,
)


class Responses(BearerDialect):
    """``POST {base}/responses`` with ``store: false``; reasoning comes back encrypted and goes back
    verbatim.
    """

    name = "responses"

    def url(self, target: Target) -> str:
        base, mark, query = target.base_url.partition("?")
        return f"{base.rstrip('/')}/responses{mark}{query}"

    def body(self, request: ModelRequest, target: Target) -> dict[str, Any]:
        system, rest = split_system(request.messages)
        body: dict[str, Any] = {"model": target.model}
        if system:
            body["instructions"] = system
        if request.tools:
            body["tools"] = [
                {
                    "type": "function",
                    "name": tool.name,
                    "description": tool.description,
                    "parameters": dict(tool.schema),
                    "strict": False,
                }
                for tool in sorted(request.tools, key=lambda t: t.name)
            ]
            body["parallel_tool_calls"] = True
        body["input"] = [item for message in rest for item in _items(message, target)]
        body["store"] = False
        body["stream"] = True
        if target.thinking:
            body["include"] = ["reasoning.encrypted_content"]
        if request.max_tokens is not None:
            body["max_output_tokens"] = request.max_tokens
        if request.temperature is not None:
            body["temperature"] = request.temperature
        if request.cache_key and target.quirks.get("cache_key"):
            body[target.quirks["cache_key"]] = request.cache_key
        if target.quirks.get("obfuscation"):
            body["stream_options"] = {"include_obfuscation": False}
        merge(body, target.thinking)
        return body

    def reader(self, target: Target) -> ResponsesReader:
        return ResponsesReader(target)


class ResponsesReader:
    """Events of one reply.

    Items are known by their id; positions and sequence numbers may be missing.
    """

    def __init__(self, target: Target) -> None:
        self.done = False
        self.settled = False
        self._target = target
        self._calls = ToolCalls()
        self._spoken: dict[Any, str] = {}
        self._thought: set[Any] = set()
        self._end: str | None = None
        self._refused = False

    def read(self, frame: Frame) -> Iterator[ModelEvent]:
        if not frame.data.strip():
            return
        if frame.data.strip() == "[DONE]":
            self.done = self._end is not None
            return
        event = parse(frame)
        kind = str(event.get("type") or frame.event)
        item_id = position(event.get("item_id", event.get("output_index")))
        match kind:
            case "response.output_text.delta" | "response.refusal.delta":
                self._refused |= kind == "response.refusal.delta"
                yield from self._say(item_id, str(event.get("delta") or ""))
            case "response.reasoning_summary_text.delta" | "response.reasoning_text.delta":
                yield from self._think(item_id, str(event.get("delta") or ""))
            case "response.reasoning_summary_part.added":
                if item_id in self._thought:
                    yield ThinkingDelta("\n\n")
            case "response.output_item.added":
                yield from self._added(mapping(event.get("item")), event)
            case "response.function_call_arguments.delta" | "response.custom_tool_call_input.delta":
                yield self._calls.piece(item_id, arguments=str(event.get("delta") or ""))
            case "response.function_call_arguments.done":
                arguments = event.get("arguments")
                rest = self._calls.complete(item_id, arguments) if arguments else None
                if rest is not None:
                    yield rest
            case "response.output_item.done":
                yield from self._item(mapping(event.get("item")), event)
            case "response.completed" | "response.incomplete":
                yield from self._ended(mapping(event.get("response")), kind)
            case "response.failed" | "response.cancelled":
                raise failures.in_band(mapping(event.get("response")), self._target.base_url)
            case "error":
                raise failures.in_band(
                    event if event.get("error") else {"error": event}, self._target.base_url
                )
            case _ if event.get("object") == "response":
                yield from self._whole(event)
            case _ if event.get("error"):
                raise failures.in_band(event, self._target.base_url)

    def finish(self) -> Iterator[ModelEvent]:
        if self._end is None:
            raise StreamCut(
                "The reply ended without saying that it was complete.",
                "The text so far is kept; try again.",
            )
        yield from self._calls.finished(cut=self._end == "length")
        if self._end != "stop":
            yield Stop(self._end)
        elif self._calls:
            yield Stop("tool_calls")
        else:
            yield Stop("refusal" if self._refused else "stop")

    def _say(self, item_id: Any, text: str) -> Iterator[ModelEvent]:
        if text:
            self._spoken[item_id] = self._spoken.get(item_id, "") + text
            yield TextDelta(text)

    def _think(self, item_id: Any, text: str) -> Iterator[ModelEvent]:
        if text:
            self._thought.add(item_id)
            yield ThinkingDelta(text)

    def _added(self, item: Mapping[str, Any], event: Mapping[str, Any]) -> Iterator[ModelEvent]:
        if item.get("type") in ("function_call", "custom_tool_call"):
            key = position(item.get("id", event.get("output_index")))
            yield self._calls.piece(
                key, item.get("call_id"), item.get("name"), item.get("arguments") or None
            )

    def _item(self, item: Mapping[str, Any], event: Mapping[str, Any]) -> Iterator[ModelEvent]:
        key = position(item.get("id", event.get("output_index")))
        match item.get("type"):
            case "function_call" | "custom_tool_call":
                whole = item.get("arguments", item.get("input"))
                text = whole if isinstance(whole, str) else json.dumps(whole or {})
                rest = self._calls.complete(key, text)
                if rest is not None:
                    yield rest
            case "reasoning":
                if key not in self._thought:
                    parts = [*listed(item.get("summary")), *listed(item.get("content"))]
                    text = "\n\n".join(str(mapping(p).get("text") or "") for p in parts)
                    yield from self._think(key, text)
                yield Opaque(self._target.origin, dict(item))
            case "message":
                text = "".join(
                    str(mapping(part).get("text") or mapping(part).get("refusal") or "")
                    for part in listed(item.get("content"))
                )
                had = self._spoken.get(key, "")
                if text.startswith(had) and text != had:
                    yield from self._say(key, text[len(had) :])

    def _ended(self, response: Mapping[str, Any], kind: str) -> Iterator[ModelEvent]:
        reason = mapping(response.get("incomplete_details")).get("reason")
        if kind == "response.incomplete" or response.get("status") == "incomplete":
            self._end = "filter" if reason == "content_filter" else "length"
        else:
            self._end = "stop"
        usage = response.get("usage")
        if isinstance(usage, dict):
            yield _usage(usage)
        self.done = self.settled = True

    def _whole(self, response: Mapping[str, Any]) -> Iterator[ModelEvent]:
        if response.get("error"):
            raise failures.in_band(response, self._target.base_url)
        for place, item in enumerate(listed(response.get("output"))):
            yield from self._added(mapping(item), {"output_index": place})
            yield from self._item(mapping(item), {"output_index": place})
        yield from self._ended(response, "response.completed")


def _usage(usage: Mapping[str, Any]) -> Usage:
    given = mapping(usage.get("input_tokens_details"))
    made = mapping(usage.get("output_tokens_details"))
    read, written = number(given.get("cached_tokens")), number(given.get("cache_write_tokens"))
    return Usage(
        input=max(number(usage.get("input_tokens")) - read - written, 0),
        cache_read=read,
        cache_write=written,
        output=number(usage.get("output_tokens")),
        reasoning=number(made.get("reasoning_tokens")),
    )


def _items(message: Message, target: Target) -> Iterator[dict[str, Any]]:
    """Input items in the order of the parts; neighbouring texts and pictures make one message."""
    mine = message.role is Role.ASSISTANT
    role = "assistant" if mine else "user"
    content: list[dict[str, Any]] = []
    for part in message.parts:
        match part:
            case Text(text):
                if text:
                    content.append({"type": "output_text" if mine else "input_text", "text": text})
                continue
            case Image():
                content.append({"type": "input_image", "image_url": data_url(part)})
                continue
        item = _item(part, target)
        if item is None:
            continue
        if content:
            yield {"type": "message", "role": role, "content": content}
            content = []
        yield item
    if content:
        yield {"type": "message", "role": role, "content": content}


def _item(part: Any, target: Target) -> dict[str, Any] | None:
    match part:
        case ToolCall():
            return {
                "type": "function_call",
                "call_id": part.id,
                "name": part.name,
                "arguments": json.dumps(written_arguments(part), ensure_ascii=False),
            }
        case ToolResult():
            return {
                "type": "function_call_output",
                "call_id": part.call_id,
                "output": part.text,
            }
        case Opaque(provider, data) if provider == target.origin:
            return dict(data)
    return None
