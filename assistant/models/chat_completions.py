"""The OpenAI Chat Completions dialect, as a dozen servers really speak it. Knows no network."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from assistant.errors import Overloaded, StreamCut
from assistant.models import failures
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
from assistant.models.sse import Frame
from assistant.models.thinktags import ThinkTags
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

_STOPS = {
    "stop": "stop",
    "eos": "stop",
    "end_turn": "stop",
    "length": "length",
    "max_tokens": "length",
    "model_length": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "filter",
}


class ChatCompletions(BearerDialect):
    """``POST {base}/chat/completions``."""

    name = "chat"

    def url(self, target: Target) -> str:
        base, mark, query = target.base_url.partition("?")
        return f"{base.rstrip('/')}/chat/completions{mark}{query}"

    def body(self, request: ModelRequest, target: Target) -> dict[str, Any]:
        quirks = target.quirks
        body: dict[str, Any] = {"model": target.model}
        if request.tools:
            body["tools"] = [
                {
                    "type": "function",
                    "function": {
                        "name": tool.name,
                        "description": tool.description,
                        "parameters": dict(tool.schema),
                    },
                }
                for tool in sorted(request.tools, key=lambda t: t.name)
            ]
            if quirks.get("parallel_tools"):
                body["parallel_tool_calls"] = True
        body["messages"] = [m for message in request.messages for m in _messages(message, target)]
        body["stream"] = True
        if quirks.get("usage_option", True):
            body["stream_options"] = {"include_usage": True}
            if quirks.get("obfuscation"):
                body["stream_options"]["include_obfuscation"] = False
        if request.max_tokens is not None:
            body[quirks.get("max_tokens", "max_tokens")] = request.max_tokens
        if request.temperature is not None:
            body["temperature"] = request.temperature
        if request.cache_key and quirks.get("cache_key"):
            body[quirks["cache_key"]] = request.cache_key
        merge(body, target.thinking)
        return body

    def reader(self, target: Target) -> ChatReader:
        return ChatReader(target)


class ChatReader:
    """Chunks of one reply."""

    def __init__(self, target: Target) -> None:
        self.done = False
        self.settled = False
        self._target = target
        self._tags = ThinkTags()
        self._calls = ToolCalls()
        self._finish: str | None = None
        self._reasoning: list[str] = []
        self._details: list[Any] = []
        self._refused = False

    def read(self, frame: Frame) -> Iterator[ModelEvent]:
        if frame.data.strip() == "[DONE]":
            self.done = True
            return
        if not frame.data.strip():
            return
        chunk = parse(frame)
        if chunk.get("error") or chunk.get("object") == "error" or frame.event == "error":
            raise failures.in_band(chunk, self._target.base_url)
        for choice in listed(chunk.get("choices")):
            if isinstance(choice, dict) and not choice.get("index"):
                yield from self._choice(choice)
        usage = chunk.get("usage")
        if isinstance(usage, dict):
            yield _usage(usage)
        if frame.event == "document":
            self.done = True

    def finish(self) -> Iterator[ModelEvent]:
        if self._finish is None:
            raise StreamCut(
                "The reply ended without saying that it was complete.",
                "The text so far is kept; try again.",
            )
        yield from self._tags.close()
        yield from self._opaque()
        yield from self._calls.finished(cut=self._finish == "length")
        reason = _STOPS.get(self._finish, "stop")
        if reason == "stop" and self._calls:
            reason = "tool_calls"
        yield Stop("refusal" if self._refused and reason == "stop" else reason)

    def _choice(self, choice: Mapping[str, Any]) -> Iterator[ModelEvent]:
        delta = mapping(choice.get("delta") or choice.get("message"))
        yield from self._thinking(delta)
        content = delta.get("content")
        if content:
            yield from self._content(content)
        refusal = delta.get("refusal")
        if isinstance(refusal, str) and refusal:
            self._refused = True
            yield TextDelta(refusal)
        for piece in listed(delta.get("tool_calls")):
            if isinstance(piece, dict):
                function = mapping(piece.get("function"))
                yield self._calls.piece(
                    position(piece.get("index")),
                    piece.get("id"),
                    function.get("name"),
                    function.get("arguments"),
                )
        finish = choice.get("finish_reason")
        if finish == "error":
            raise Overloaded(
                "The model's server broke off with an error.", "Try again or choose another model."
            )
        if isinstance(finish, str) and finish:
            self._finish = finish
            self.settled = True

    def _content(self, content: Any) -> Iterator[ModelEvent]:
        if isinstance(content, str):
            yield from self._tags.feed(content)
            return
        for part in content if isinstance(content, list) else ():
            part = mapping(part)
            if part.get("type") == "thinking":
                inner = part.get("thinking")
                pieces = inner if isinstance(inner, list) else [{"text": inner}]
                text = "".join(str(mapping(p).get("text") or "") for p in pieces)
                if text:
                    yield ThinkingDelta(text)
            elif isinstance(part.get("text"), str):
                yield from self._tags.feed(part["text"])

    def _thinking(self, delta: Mapping[str, Any]) -> Iterator[ModelEvent]:
        details = delta.get("reasoning_details")
        if isinstance(details, list):
            self._details += details
        text = delta.get("reasoning_content") or delta.get("reasoning")
        if isinstance(delta.get("reasoning_content"), str):
            self._reasoning.append(delta["reasoning_content"])
        if not text and isinstance(details, list):
            pieces = [mapping(d) for d in details]
            text = "".join(str(p.get("text") or p.get("summary") or "") for p in pieces)
        if isinstance(text, str) and text:
            yield ThinkingDelta(text)

    def _opaque(self) -> Iterator[ModelEvent]:
        """What has to go back with the next request: nothing at most servers, reasoning at two."""
        if self._details:
            yield Opaque(self._target.origin, {"reasoning_details": self._details})
        elif self._calls and self._target.quirks.get("reasoning_back"):
            yield Opaque(self._target.origin, {"reasoning_content": "".join(self._reasoning)})


def _usage(usage: Mapping[str, Any]) -> Usage:
    prompt = mapping(usage.get("prompt_tokens_details"))
    answer = mapping(usage.get("completion_tokens_details"))
    read = number(prompt.get("cached_tokens")) or number(usage.get("prompt_cache_hit_tokens"))
    written = number(prompt.get("cache_write_tokens"))
    reasoning = number(answer.get("reasoning_tokens"))
    all_in, output = number(usage.get("prompt_tokens")), number(usage.get("completion_tokens"))
    if reasoning and number(usage.get("total_tokens")) == all_in + output + reasoning:
        # Some servers count the reasoning beside the answer, not in it.
        output += reasoning
    cost = usage.get("cost")
    return Usage(
        input=max(all_in - read - written, 0),
        cache_read=read,
        cache_write=written,
        output=output,
        reasoning=reasoning,
        cost=float(cost) if isinstance(cost, (int, float)) and not isinstance(cost, bool) else None,
    )


def _messages(message: Message, target: Target) -> Iterable[dict[str, Any]]:
    if message.role is Role.ASSISTANT:
        yield _assistant(message, target)
        return
    results = [part for part in message.parts if isinstance(part, ToolResult)]
    for result in results:
        yield {"role": "tool", "tool_call_id": result.call_id, "content": result.text}
    content = [part for part in message.parts if isinstance(part, (Text, Image))]
    if content or not results:
        role = "user" if message.role is Role.TOOL else message.role.value
        yield {"role": role, "content": _parts(content)}


def _parts(parts: list[Text | Image]) -> Any:
    if not any(isinstance(part, Image) for part in parts):
        return "".join(part.text for part in parts if isinstance(part, Text))
    return [
        {"type": "text", "text": part.text}
        if isinstance(part, Text)
        else {"type": "image_url", "image_url": {"url": data_url(part)}}
        for part in parts
    ]


def data_url(image: Image) -> str:
    """The picture as a ``data:`` address."""
    return f"data:{image.media_type};base64,{base64.b64encode(image.data).decode()}"


def written_arguments(call: ToolCall) -> dict[str, Any]:
    """The arguments of a call for the history; some servers refuse a history that is not JSON."""
    return {"invalid_json": call.invalid} if call.invalid else dict(call.arguments)


def _assistant(message: Message, target: Target) -> dict[str, Any]:
    calls = [part for part in message.parts if isinstance(part, ToolCall)]
    entry: dict[str, Any] = {
        "role": "assistant",
        "content": message.text or (None if calls else ""),
    }
    for part in message.parts:
        if isinstance(part, Opaque) and part.provider == target.origin:
            entry.update(part.data)
    if calls and target.quirks.get("reasoning_back"):
        entry.setdefault("reasoning_content", "")
    if calls:
        entry["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {
                    "name": call.name,
                    "arguments": json.dumps(written_arguments(call), ensure_ascii=False),
                },
            }
            for call in calls
        ]
    return entry
