"""What leaves with a request: secrets taken out, and the same as plain data for the run log."""

from __future__ import annotations

from dataclasses import replace

from assistant.needs import Seal
from assistant.types import Message, ModelRequest, Text


def sealed(message: Message, seal: Seal) -> Message:
    """The message without secrets."""
    parts = tuple(Text(seal.close(p.text)) if isinstance(p, Text) else p for p in message.parts)
    return replace(message, parts=parts)


def plain(request: ModelRequest) -> list[dict[str, str]]:
    """The messages as they stand in the run log."""
    return [{"role": message.role.value, "text": message.text} for message in request.messages]
