"""Tool calls put together from pieces: slots, ids, arguments. Knows no protocol; runs nothing."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from assistant.models.dialect import named, whole_values
from assistant.types import ToolCall, ToolCallDelta


@dataclass(slots=True)
class _Slot:
    id: str
    name: str
    pieces: list[str] = field(default_factory=list)
    server_id: str = ""

    def arguments(self) -> str:
        return "".join(self.pieces)


class ToolCalls:
    """The calls of one reply, in the order they began.

    Servers disagree about what names a call: an index, an id, both, or neither. A new id on a known
    index is a new call, and so is a new name once the arguments so far are whole.
    """

    def __init__(self) -> None:
        self._slots: list[_Slot] = []
        self._by_key: dict[Any, _Slot] = {}

    def __bool__(self) -> bool:
        return bool(self._slots)

    def piece(
        self, key: str | int | None, id: Any = None, name: Any = None, arguments: Any = None
    ) -> ToolCallDelta:
        """Takes one piece; ``key`` is the server's own index or item id, or None where it sends
        neither.
        """
        id, name = named(id), named(name)
        slot = self._find(key, id, name)
        if slot is None:
            slot = self._begin(id, name)
        elif name and not slot.name:
            slot.name = name
        if key is not None:
            self._by_key[key] = slot
        text = arguments if isinstance(arguments, str) else ""
        if arguments is not None and not isinstance(arguments, str):
            text = json.dumps(arguments, ensure_ascii=False)
        if text:
            slot.pieces.append(text)
        return ToolCallDelta(slot.id, slot.name, text)

    def complete(self, key: Any, arguments: str) -> ToolCallDelta | None:
        """Replaces the pieces by the whole; gives what had not been streamed yet."""
        slot = self._by_key.get(key)
        if slot is None:
            return None
        had = slot.arguments()
        if had == arguments:
            return None
        slot.pieces = [arguments]
        rest = arguments[len(had) :] if arguments.startswith(had) else ""
        return ToolCallDelta(slot.id, slot.name, rest) if rest else None

    def finished(self, *, cut: bool = False) -> Iterator[ToolCall]:
        """The calls.

        With ``cut`` (a token limit ended the reply) a last call that is not whole is left out.
        """
        for slot in self._slots:
            call = _call(slot)
            if call.invalid and cut and slot is self._slots[-1]:
                continue
            yield call

    def _find(self, key: Any, id: str, name: str) -> _Slot | None:
        slot = self._by_key.get(key) if key is not None else self._last(id, name)
        if slot is None:
            return None
        if id and slot.server_id and id != slot.server_id:
            return next((s for s in self._slots if s.server_id == id), None)
        if not id and name and slot.name and slot.pieces and _whole(slot.arguments()):
            return None
        if id and not slot.server_id:
            slot.server_id = id
        return slot

    def _last(self, id: str, name: str) -> _Slot | None:
        if id:
            return next((s for s in self._slots if s.server_id == id), None)
        return self._slots[-1] if self._slots and not (name and self._slots[-1].name) else None

    def _begin(self, id: str, name: str) -> _Slot:
        taken = {slot.id for slot in self._slots}
        unique = id if id and id not in taken else f"call_{uuid.uuid4().hex[:12]}"
        slot = _Slot(unique, name, server_id=id)
        self._slots.append(slot)
        return slot


def _whole(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _call(slot: _Slot) -> ToolCall:
    text = slot.arguments()
    if not text.strip():
        return ToolCall(slot.id, slot.name, {})
    try:
        arguments = json.loads(text)
        if isinstance(arguments, str):
            # Encoded twice, as some templates do.
            arguments = json.loads(arguments)
    except (ValueError, RecursionError):
        return ToolCall(slot.id, slot.name, {}, invalid=text)
    if arguments is None:
        arguments = {}
    if not isinstance(arguments, dict):
        return ToolCall(slot.id, slot.name, {}, invalid=text)
    return ToolCall(slot.id, slot.name, whole_values(arguments) if "\\u" in text else arguments)
