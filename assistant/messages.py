"""What is said to a model and what it says back. Knows only the standard library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


@dataclass(frozen=True, slots=True)
class TextDelta:
    text: str


@dataclass(frozen=True, slots=True)
class ThinkingDelta:
    text: str


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """A piece of a call that is still arriving; ``key`` is stable within one reply. Never
    executed.
    """

    key: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A complete call: its arguments are parsed JSON. A call cut off by the end of a stream never
    becomes one.
    """

    id: str
    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict, hash=False)
    invalid: str = ""
    """What the model wrote instead of a JSON object. Then the call is answered with an error,
    never run.
    """


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one request as the server reported them; ``input`` excludes cached ones,
    ``output`` includes reasoning.

    ``cost`` is US dollars: reported by the server, or computed from a known price; None when
    unknown, never 0.
    """

    input: int = 0
    cache_read: int = 0
    cache_write: int = 0
    output: int = 0
    reasoning: int = 0
    cost: float | None = None
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Stop:
    """The reply is complete: ``reason`` is stop, length, tool_calls, filter or refusal."""

    reason: str


@dataclass(frozen=True, slots=True)
class KeepAlive:
    pass


@dataclass(frozen=True, slots=True)
class Opaque:
    """An item that must be sent back unchanged with the next request, and is nobody else's
    business.
    """

    provider: str
    data: Mapping[str, Any] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Retrying:
    """The client waits ``seconds`` before attempt ``attempt`` of ``attempts``, because of
    ``reason``.
    """

    seconds: float
    attempt: int
    attempts: int
    reason: str


@dataclass(frozen=True, slots=True)
class Switched:
    """``model`` answers from here on, because of ``reason``; what came of the reply so far is
    void.
    """

    model: str
    reason: str


ModelEvent = (
    TextDelta
    | ThinkingDelta
    | ToolCallDelta
    | ToolCall
    | Usage
    | Stop
    | KeepAlive
    | Opaque
    | Retrying
    | Switched
)


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Image:
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class ToolResult:
    call_id: str
    name: str
    text: str
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class Thinking:
    text: str


Part = Text | Image | ToolCall | ToolResult | Thinking | Opaque


class Role(Enum):
    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"


@dataclass(frozen=True, slots=True)
class Message:
    role: Role
    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        """All text parts, joined."""
        return "".join(part.text for part in self.parts if isinstance(part, Text))


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as a model sees it; ``schema`` is a JSON Schema object."""

    name: str
    description: str
    schema: Mapping[str, Any] = field(hash=False)
