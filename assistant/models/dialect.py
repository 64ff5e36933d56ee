"""What one wire protocol is: a request built, and a reader of its frames. Knows no network."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from assistant.errors import BadReply, StreamCut
from assistant.models.sse import Decoder, Frame, SniffingDecoder
from assistant.types import ModelEvent, ModelRequest

_SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a request is for: everything a dialect may depend on besides the request itself.

    ``thinking`` holds the fields to merge into the body for the wished effort; ``quirks`` are the
    provider's, by name; ``origin`` marks opaque items so that no other model ever gets them.
    """

    base_url: str
    model: str
    provider: str = ""
    origin: str = ""
    context: int | None = None
    max_output: int | None = None
    thinking: Mapping[str, Any] = field(default_factory=dict, hash=False)
    quirks: Mapping[str, Any] = field(default_factory=dict, hash=False)


class ReplyReader(Protocol):
    """Frames to events, one reply long."""

    done: bool
    """The reply said that it is complete: nothing more needs to be read."""
    settled: bool
    """What is missing is only decoration (usage, a closing mark); the reply counts if the line
    drops now.
    """

    def read(self, frame: Frame) -> Iterable[ModelEvent]:
        """Raises ModelError for an error inside the stream; ignores what it does not know."""
        ...

    def finish(self) -> Iterable[ModelEvent]:
        """The complete calls and the Stop.

        Raises StreamCut when the reply never said that it is complete.
        """
        ...


class Dialect(Protocol):
    """One wire protocol."""

    name: str
    key_header: str
    key_prefix: str

    def url(self, target: Target) -> str: ...

    def headers(self, target: Target) -> Mapping[str, str]: ...

    def body(self, request: ModelRequest, target: Target) -> dict[str, Any]: ...

    def reader(self, target: Target) -> ReplyReader: ...

    def decoder(self) -> Decoder: ...


class BearerDialect:
    """What most protocols share: a bearer key, server-sent events."""

    key_header = "authorization"
    key_prefix = "Bearer "

    def headers(self, target: Target) -> Mapping[str, str]:
        return dict(target.quirks.get("headers", {}))

    def decoder(self) -> Decoder:
        return SniffingDecoder()


def parse(frame: Frame) -> dict[str, Any]:
    """The payload as an object. Raises BadReply, or StreamCut for a payload that was cut off."""
    try:
        payload = json.loads(frame.data)
    except json.JSONDecodeError as error:
        if frame.event == "page":
            raise BadReply(
                "The server answered with a web page instead of a reply.",
                "Check the address: it usually ends in /v1.",
            ) from None
        if error.pos >= len(frame.data.rstrip()):
            raise StreamCut("The reply was cut in the middle of a message.", "Try again.") from None
        raise BadReply(
            f"The server sent something that is not JSON: {frame.data[:80]!r}.", "Try again."
        ) from None
    except RecursionError:
        raise BadReply("The server sent absurdly nested JSON.", "Try another server.") from None
    if not isinstance(payload, dict):
        raise BadReply(f"The server sent {frame.data[:80]!r}.", "It does not speak this protocol.")
    return payload


def number(value: Any) -> int:
    """A count as servers send it: missing, null, negative and floating ones included."""
    return max(int(value), 0) if isinstance(value, (int, float)) and value == value else 0


def mapping(value: Any) -> Mapping[str, Any]:
    """An object, or an empty one where a server sent null or something else."""
    return value if isinstance(value, dict) else {}


def listed(value: Any) -> list[Any]:
    """A list, or an empty one where a server sent null or something else."""
    return value if isinstance(value, list) else []


def named(value: Any) -> str:
    """A name or id; servers send null, and numbers, for either."""
    return str(value) if isinstance(value, (str, int)) else ""


def position(value: Any) -> str | int | None:
    """What a server calls the place of a part: an index, an id, or nothing usable."""
    return value if isinstance(value, (str, int)) else None


def encode(body: Mapping[str, Any]) -> bytes:
    """JSON with the keys in the order they were put: a stable prefix keeps the servers' prompt
    caches warm.

    Bytes that were no UTF-8 in a file (lone surrogates here) leave as U+FFFD; no server takes them.
    """
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    try:
        return text.encode()
    except UnicodeEncodeError:
        return _SURROGATES.sub("\ufffd", text).encode()


def merge(body: dict[str, Any], fields: Mapping[str, Any]) -> None:
    """Puts ``fields`` into ``body``, objects inside objects; an empty string removes a field."""
    for name, value in fields.items():
        if isinstance(value, Mapping):
            inner = body.setdefault(name, {})
            merge(inner, value)
        elif value == "":
            body.pop(name, None)
        else:
            body[name] = value


def whole_text(text: str) -> str:
    """Text that can become bytes: surrogate pairs joined, lone ones replaced."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


class WholeText:
    """Joins characters that a server split into two escapes of two events."""

    def __init__(self) -> None:
        self._held = ""

    def add(self, text: str) -> str:
        """The text that is whole so far."""
        if self._held:
            text, self._held = self._held + text, ""
        if text and "\ud800" <= text[-1] <= "\udbff":
            text, self._held = text[:-1], text[-1]
        return whole_text(text)


def whole_values(value: Any) -> Any:
    """The same for every string inside parsed JSON."""
    match value:
        case str():
            return whole_text(value)
        case dict():
            return {whole_text(str(k)): whole_values(v) for k, v in value.items()}
        case list():
            return [whole_values(v) for v in value]
        case _:
            return value
