"""Ollama's own dialect: JSON lines, whole calls, a window that must be asked for.

Knows no network.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any

from assistant.errors import StreamCut
from assistant.models import failures
from assistant.models.chat_completions import written_arguments
from assistant.models.dialect import BearerDialect, Target, listed, mapping, merge, number, parse
from assistant.models.sse import Decoder, Frame, NDJSONDecoder
from assistant.models.thinktags import ThinkTags
from assistant.models.tokens import fitting_window, request_tokens
from assistant.models.toolcalls import ToolCalls
from assistant.types import (
    Image,
    Message,
    ModelEvent,
    ModelRequest,
    Role,
    Stop,
    Text,
    Thinking,
    ThinkingDelta,
    ToolCall,
    ToolResult,
    Usage,
)


class Ollama(BearerDialect):
    """``POST {base}/api/chat``.

    ``num_ctx`` is always sent, large enough for this request: without it the server cuts the prompt
    to its default and does not say so. It grows in steps, because every new size loads the model
    anew.
    """

    name = "ollama"

    def url(self, target: Target) -> str:
        return f"{target.base_url.removesuffix('/v1').rstrip('/')}/api/chat"

    def decoder(self) -> Decoder:
        return NDJSONDecoder()

    def body(self, request: ModelRequest, target: Target) -> dict[str, Any]:
        needed = request_tokens(request) + (request.max_tokens or 4_096)
        options: dict[str, Any] = {"num_ctx": fitting_window(needed, target.context)}
        if request.max_tokens is not None:
            options["num_predict"] = request.max_tokens
        if request.temperature is not None:
            options["temperature"] = request.temperature
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
        body["messages"] = [m for message in request.messages for m in _messages(message)]
        body["stream"] = True
        body["options"] = options
        merge(body, target.thinking)
        return body

    def reader(self, target: Target) -> OllamaReader:
        return OllamaReader(target)


class OllamaReader:
    """Lines of one reply."""

    def __init__(self, target: Target) -> None:
        self.done = False
        self.settled = False
        self._target = target
        self._tags = ThinkTags()
        self._calls = ToolCalls()
        self._count = 0
        self._reason: str | None = None

    def read(self, frame: Frame) -> Iterator[ModelEvent]:
        line = parse(frame)
        if line.get("error"):
            raise failures.in_band(
                {"error": {"message": line["error"], "type": "api_error"}}
                if isinstance(line["error"], str)
                else line,
                self._target.base_url,
            )
        message = mapping(line.get("message"))
        # Servers that only look like Ollama use the other name.
        thought = message.get("thinking") or message.get("reasoning_content")
        if isinstance(thought, str) and thought:
            yield ThinkingDelta(thought)
        content = message.get("content")
        if isinstance(content, str) and content:
            yield from self._tags.feed(content)
        for call in listed(message.get("tool_calls")):
            self._count += 1
            function = mapping(mapping(call).get("function"))
            # Every call comes whole, so each is a new one; indexes are missing or all alike.
            yield self._calls.piece(
                self._count,
                mapping(call).get("id"),
                function.get("name"),
                function.get("arguments") or {},
            )
        if line.get("done"):
            self._reason = str(line.get("done_reason") or "stop")
            yield Usage(
                input=number(line.get("prompt_eval_count")),
                output=number(line.get("eval_count")),
            )
            self.done = self.settled = True

    def finish(self) -> Iterator[ModelEvent]:
        if self._reason is None:
            raise StreamCut(
                "The reply ended without saying that it was complete.",
                "The text so far is kept; try again.",
            )
        yield from self._tags.close()
        yield from self._calls.finished(cut=self._reason == "length")
        reason = "length" if self._reason == "length" else "stop"
        yield Stop("tool_calls" if self._calls and reason == "stop" else reason)


def _messages(message: Message) -> Iterator[dict[str, Any]]:
    for part in message.parts:
        if isinstance(part, ToolResult):
            yield {"role": "tool", "tool_name": part.name, "content": part.text}
    texts = [part for part in message.parts if isinstance(part, (Text, Image, ToolCall, Thinking))]
    if not texts:
        return
    role = Role.USER if message.role is Role.TOOL else message.role
    entry: dict[str, Any] = {"role": role.value, "content": message.text}
    pictures = [base64.b64encode(p.data).decode() for p in texts if isinstance(p, Image)]
    if pictures:
        entry["images"] = pictures
    calls = [part for part in texts if isinstance(part, ToolCall)]
    if calls:
        entry["tool_calls"] = [_call(call) for call in calls]
        thought = "".join(part.text for part in texts if isinstance(part, Thinking))
        if thought:
            entry["thinking"] = thought
    yield entry


def _call(call: ToolCall) -> Mapping[str, Any]:
    return {
        "id": call.id,
        "function": {"name": call.name, "arguments": written_arguments(call)},
    }
