"""A conversation made valid before it is sent: every call has its result, nothing is orphaned.

Sends nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from assistant.types import Message, Opaque, Part, Role, Text, ToolCall, ToolResult

INTERRUPTED = "This call was interrupted before it finished; nothing is known of its effect."


def repaired(messages: Iterable[Message]) -> tuple[Message, ...]:
    """The same conversation, such that every server takes it. Idempotent.

    Calls without a result get one that says so, directly after their message; results without a
    call, second results and empty messages go; results stand in the order of their calls.
    """
    whole = list(messages)
    answered: set[str] = set()
    fixed: list[Message] = []
    for place, message in enumerate(whole):
        if message.role is Role.ASSISTANT:
            calls: list[ToolCall] = []
            kept: list[Part] = []
            for part in message.parts:
                if isinstance(part, ToolCall):
                    if part.id in answered:
                        continue
                    answered.add(part.id)
                    calls.append(part)
                if not isinstance(part, ToolResult):
                    kept.append(part)
            if all(isinstance(part, Opaque) for part in kept):
                continue
            fixed.append(replace(message, parts=tuple(kept)))
            if calls:
                results = _results(whole[place + 1 :])
                found = [results.get(call.id) or _interrupted(call) for call in calls]
                fixed.append(Message(Role.TOOL, tuple(found)))
            continue
        rest: tuple[Part, ...] = tuple(p for p in message.parts if not isinstance(p, ToolResult))
        if rest or not message.parts:
            role = Role.USER if message.role is Role.TOOL else message.role
            fixed.append(replace(message, role=role, parts=rest))
    return tuple(fixed)


def merged(messages: Iterable[Message]) -> tuple[Message, ...]:
    """Neighbours of one role joined, for servers that want roles to alternate; tools count as the
    user.
    """
    joined: list[Message] = []
    for message in messages:
        role = Role.USER if message.role is Role.TOOL else message.role
        if joined and joined[-1].role is role:
            joined[-1] = Message(role, (*joined[-1].parts, *message.parts))
        else:
            joined.append(Message(role, message.parts))
    return tuple(joined)


def split_system(messages: Iterable[Message]) -> tuple[str, tuple[Message, ...]]:
    """The system texts, joined by an empty line, and the rest of the conversation."""
    rest: list[Message] = []
    system: list[str] = []
    for message in messages:
        if message.role is Role.SYSTEM:
            system.append(message.text)
        else:
            rest.append(message)
    return "\n\n".join(text for text in system if text), tuple(rest)


def _speaks(message: Message) -> bool:
    return any(isinstance(part, Text) for part in message.parts)


def _results(later: list[Message]) -> dict[str, ToolResult]:
    found: dict[str, ToolResult] = {}
    for message in later:
        for part in message.parts:
            if isinstance(part, ToolResult):
                found.setdefault(part.call_id, part)
    return found


def _interrupted(call: ToolCall) -> ToolResult:
    return ToolResult(call.id, call.name, INTERRUPTED, is_error=True)
