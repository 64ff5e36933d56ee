"""The Gemini dialect: parts, signatures that stay on their part, a subset of JSON Schema.

Knows no network.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from assistant.errors import BadReply, StreamCut
from assistant.models import failures
from assistant.models.chat_completions import written_arguments
from assistant.models.dialect import BearerDialect, Target, listed, mapping, merge, number, parse
from assistant.models.history import merged, split_system
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

_FILTERED = {"SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY"}
_BROKEN = {"MALFORMED_FUNCTION_CALL", "MISSING_THOUGHT_SIGNATURE", "UNEXPECTED_TOOL_CALL"}
_BROKEN |= {"TOO_MANY_TOOL_CALLS", "MALFORMED_RESPONSE"}
_DROPPED = {"$schema", "$id", "additionalProperties", "$defs", "definitions", "strict", "examples"}


class Gemini(BearerDialect):
    """``POST {base}/models/{model}:streamGenerateContent?alt=sse``; without ``alt=sse`` it is one
    JSON array.
    """

    name = "gemini"
    key_header = "x-goog-api-key"
    key_prefix = ""

    def url(self, target: Target) -> str:
        model = target.model if "/" in target.model else f"models/{target.model}"
        return f"{target.base_url}/{quote(model)}:streamGenerateContent?alt=sse"

    def body(self, request: ModelRequest, target: Target) -> dict[str, Any]:
        system, rest = split_system(request.messages)
        body: dict[str, Any] = {}
        if system:
            body["systemInstruction"] = {"parts": [{"text": system}]}
        if request.tools:
            declared = [
                {
                    "name": tool.name,
                    "description": tool.description,
                    "parameters": schema(tool.schema),
                }
                for tool in sorted(request.tools, key=lambda t: t.name)
            ]
            body["tools"] = [{"functionDeclarations": declared}]
        body["contents"] = [_content(message, target) for message in merged(rest)]
        settings: dict[str, Any] = {}
        if request.max_tokens is not None:
            settings["maxOutputTokens"] = request.max_tokens
        if request.temperature is not None:
            settings["temperature"] = request.temperature
        if settings:
            body["generationConfig"] = settings
        merge(body, target.thinking)
        return body

    def reader(self, target: Target) -> GeminiReader:
        return GeminiReader(target)


class GeminiReader:
    """Chunks of one reply."""

    def __init__(self, target: Target) -> None:
        self.done = False
        self.settled = False
        self._target = target
        self._calls = ToolCalls()
        self._count = 0
        self._reason: str | None = None

    def read(self, frame: Frame) -> Iterator[ModelEvent]:
        if not frame.data.strip() or frame.data.strip() == "[DONE]":
            return
        if frame.event == "array":
            for chunk in _array(frame):
                yield from self._chunk(mapping(chunk))
            self.done = True
            return
        yield from self._chunk(parse(frame))

    def finish(self) -> Iterator[ModelEvent]:
        if self._reason is None:
            raise StreamCut(
                "The reply ended without saying that it was complete.",
                "The text so far is kept; try again.",
            )
        if self._reason in _BROKEN:
            raise BadReply(
                f"The model wrote a call that its server could not read ({self._reason}).",
                "Try again or choose another model.",
            )
        length = self._reason == "MAX_TOKENS"
        yield from self._calls.finished(cut=length)
        if self._reason in _FILTERED:
            yield Stop("filter")
        elif length:
            yield Stop("length")
        else:
            yield Stop("tool_calls" if self._calls else "stop")

    def _chunk(self, chunk: Mapping[str, Any]) -> Iterator[ModelEvent]:
        if chunk.get("error"):
            raise failures.in_band(chunk, self._target.base_url)
        for candidate in listed(chunk.get("candidates"))[:1]:
            for part in listed(mapping(mapping(candidate).get("content")).get("parts")):
                yield from self._part(mapping(part))
            reason = mapping(candidate).get("finishReason")
            if isinstance(reason, str) and reason:
                self._reason = reason
                self.settled = True
        usage = chunk.get("usageMetadata")
        if isinstance(usage, dict):
            yield _usage(usage)
        blocked = mapping(chunk.get("promptFeedback")).get("blockReason")
        if blocked:
            self._reason = "SAFETY"
            yield TextDelta(f"The server blocked the request ({blocked}).")

    def _part(self, part: Mapping[str, Any]) -> Iterator[ModelEvent]:
        if "functionCall" in part:
            call = mapping(part["functionCall"])
            self._count += 1
            delta = self._calls.piece(
                self._count, call.get("id"), call.get("name"), call.get("args") or {}
            )
            yield delta
            if part.get("thoughtSignature"):
                yield Opaque(self._target.origin, {"call": delta.key, "part": dict(part)})
            return
        text = part.get("text")
        if isinstance(text, str) and text:
            yield ThinkingDelta(text) if part.get("thought") else TextDelta(text)
        if part.get("thoughtSignature") and not part.get("thought"):
            yield Opaque(self._target.origin, {"part": dict(part)})


def _array(frame: Frame) -> list[Any]:
    try:
        chunks = json.loads(frame.data)
    except ValueError:
        raise StreamCut("The reply was cut in the middle of a message.", "Try again.") from None
    return chunks if isinstance(chunks, list) else [chunks]


def _usage(usage: Mapping[str, Any]) -> Usage:
    cached, thought = (
        number(usage.get("cachedContentTokenCount")),
        number(usage.get("thoughtsTokenCount")),
    )
    given = number(usage.get("promptTokenCount")) + number(usage.get("toolUsePromptTokenCount"))
    return Usage(
        input=max(given - cached, 0),
        cache_read=cached,
        output=number(usage.get("candidatesTokenCount")) + thought,
        reasoning=thought,
    )


def schema(source: Any) -> Any:
    """A JSON Schema without the words this server refuses."""
    match source:
        case dict():
            kept = {k: schema(v) for k, v in source.items() if k not in _DROPPED}
            kinds = kept.get("type")
            if isinstance(kinds, list):
                real = [kind for kind in kinds if kind != "null"]
                kept["type"] = real[0] if real else "string"
                if len(real) != len(kinds):
                    kept["nullable"] = True
            if "const" in kept:
                kept["enum"] = [kept.pop("const")]
            return kept
        case list() | tuple():
            return [schema(item) for item in source]
    return source


def _content(message: Message, target: Target) -> dict[str, Any]:
    opaque = [
        p.data for p in message.parts if isinstance(p, Opaque) and p.provider == target.origin
    ]
    signed = {data["call"]: data["part"] for data in opaque if "call" in data}
    parts: list[dict[str, Any]] = []
    for part in message.parts:
        match part:
            case Text(text) if text:
                parts.append({"text": text})
            case Image(media_type, data):
                inline = {"mimeType": media_type, "data": base64.b64encode(data).decode()}
                parts.append({"inlineData": inline})
            case ToolCall():
                plain = {"functionCall": {"name": part.name, "args": written_arguments(part)}}
                parts.append(dict(signed.get(part.id, plain)))
            case ToolResult():
                parts.append({"functionResponse": _result(part)})
            case Opaque(provider, data) if provider == target.origin and "call" not in data:
                _put_back(parts, data["part"])
    role = "model" if message.role is Role.ASSISTANT else "user"
    return {"role": role, "parts": parts or [{"text": ""}]}


def _result(part: ToolResult) -> dict[str, Any]:
    return {"name": part.name, "response": {"error" if part.is_error else "output": part.text}}


def _put_back(parts: list[dict[str, Any]], signed: Mapping[str, Any]) -> None:
    """A signed text part gets its own place again: its text is the tail of what was joined to one
    text.
    """
    text = str(signed.get("text") or "")
    if text and parts and str(parts[-1].get("text", "")).endswith(text):
        before = parts[-1]["text"][: -len(text)]
        parts.pop()
        if before:
            parts.append({"text": before})
    parts.append(dict(signed))
