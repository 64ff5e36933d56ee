"""Makes a run's history fit the model's window: old answers of tools go first, wishes never.

Sans I/O. Done rarely and for many answers at once, because every change of what was sent before
costs the server's cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant.compaction import Room
from assistant.models.tokens import message_tokens, request_tokens
from assistant.types import Message, ModelRequest, Role, ToolResult

GONE = "[left out to make room; call the tool again if you need it]"
_AIM = 0.6
"""Part of the window that is aimed at once there is no room."""
_SHORT = 200
"""Characters; a shorter answer is not worth leaving out."""
_CUT = 12_000
_HEAD, _TAIL = 3_000, 8_000


def shortened(text: str, name: str) -> str:
    """A tool's answer with its middle left out where it is long; ``name`` is where all of it can
    be read.
    """
    if len(text) <= _CUT:
        return text
    lost = len(text) - _HEAD - _TAIL
    return (
        f"{text[:_HEAD]}\n[{lost:,} characters left out; read_file with the path {name!r} has all "
        f"of it]\n{text[-_TAIL:]}"
    )


def shrunk(request: ModelRequest, room: Room) -> ModelRequest:
    """The request with the oldest answers of tools left out until it takes :data:`_AIM` of the
    window, or nothing more can go. Wishes, words, calls and the newest answers stay, and so does
    what a provider wants back unchanged.
    """
    messages = list(request.messages)
    goal = room.window * _AIM
    total = room.tokens(request_tokens(request))
    last = _last_answers(messages)
    for at, message in enumerate(messages[:last]):
        if total <= goal:
            break
        if message.role is Role.TOOL:
            messages[at] = replace(message, parts=tuple(map(_emptied, message.parts)))
        total -= room.tokens(message_tokens(message) - message_tokens(messages[at]))
    return replace(request, messages=tuple(messages))


def _emptied(part: object) -> ToolResult:
    assert isinstance(part, ToolResult)
    return part if len(part.text) <= _SHORT else replace(part, text=GONE)


def _last_answers(messages: Sequence[Message]) -> int:
    """Where the newest exchange with tools begins."""
    answers = [at for at, message in enumerate(messages) if message.role is Role.TOOL]
    return answers[-1] - 1 if answers else len(messages)
