"""One reply put together from its events: message, usage, what the person sees of the thinking.

Sends nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from assistant.types import (
    Message,
    ModelEvent,
    Opaque,
    Part,
    Retrying,
    Role,
    Stop,
    Switched,
    Text,
    TextDelta,
    Thinking,
    ThinkingDelta,
    ToolCall,
    ToolCallDelta,
    Usage,
)


@dataclass(slots=True)
class _Pieces:
    kind: type[Text] | type[Thinking]
    texts: list[str] = field(default_factory=list)


class Reply:
    """Takes every event of one stream. Parts keep the order in which they began."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.usage: Usage | None = None
        self.stop: str | None = None
        self._clock = clock
        self._began = clock()
        self._first: float | None = None
        self._answered: float | None = None
        self._parts: list[_Pieces | str | Opaque] = []
        self._calls: dict[str, ToolCall | None] = {}

    def add(self, event: ModelEvent) -> None:
        """One event, in order."""
        match event:
            case TextDelta(text):
                self._answered = self._answered or self._clock()
                self._extend(Text, text)
            case ThinkingDelta(text):
                self._extend(Thinking, text)
            case ToolCallDelta(key):
                self._answered = self._answered or self._clock()
                self._call(key, None)
            case ToolCall():
                self._call(event.id, event)
            case Opaque():
                self._parts.append(event)
            case Usage():
                self.usage = event
            case Stop(reason):
                self.stop = reason
            case Retrying() | Switched():
                # The next attempt starts from nothing.
                self._parts.clear()
                self._calls.clear()
                self.usage = None
                self._first = self._answered = None

    @property
    def text(self) -> str:
        """The answer so far."""
        return self._joined(Text)

    @property
    def thinking(self) -> str:
        """The thinking so far."""
        return self._joined(Thinking)

    @property
    def calls(self) -> tuple[ToolCall, ...]:
        """The complete calls; one that was cut off is not among them."""
        return tuple(call for call in self._calls.values() if call is not None)

    @property
    def complete(self) -> bool:
        """Whether the reply said that it was finished."""
        return self.stop is not None

    def message(self) -> Message:
        """The reply for the history: valid also when the stream was cut or cancelled."""
        parts: list[Part] = []
        for part in self._parts:
            match part:
                case _Pieces(kind, texts):
                    parts.append(kind("".join(texts)))
                case str():
                    call = self._calls[part]
                    if call is not None:
                        parts.append(call)
                case Opaque() if self.complete:
                    parts.append(part)
        return Message(Role.ASSISTANT, tuple(parts))

    def _extend(self, kind: type[Text] | type[Thinking], text: str) -> None:
        self._first = self._first or self._clock()
        last = self._parts[-1] if self._parts else None
        if not (isinstance(last, _Pieces) and last.kind is kind):
            last = _Pieces(kind)
            self._parts.append(last)
        last.texts.append(text)

    def _call(self, key: str, call: ToolCall | None) -> None:
        if key not in self._calls:
            self._parts.append(key)
        self._calls[key] = call or self._calls.get(key)

    def _joined(self, kind: type[Text] | type[Thinking]) -> str:
        return "".join(
            "".join(part.texts)
            for part in self._parts
            if isinstance(part, _Pieces) and part.kind is kind
        )
