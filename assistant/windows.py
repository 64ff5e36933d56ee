"""What is known of the windows of models: from tables before they are asked, from servers after."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from assistant.compaction import Room
from assistant.errors import ContextOverflow
from assistant.models.tokens import request_tokens
from assistant.types import ChatModel, ModelRequest


class Windows:
    """One for a session. ``window(model)`` is how many tokens a model can take, where known."""

    def __init__(self, window: Callable[[ChatModel], int | None]) -> None:
        self._window = window
        self._known: dict[str, Room] = {}

    def room(self, model: ChatModel) -> Room | None:
        """What is known of the model's window before it is asked."""
        name, window = model.name, self._window(model)
        known = self._known.get(name)
        if known is None:
            return None if window is None else Room(name, window)
        return known if window is None else replace(known, window=min(window, known.window))

    def learn(self, model: ChatModel, error: ContextOverflow, request: ModelRequest) -> Room:
        """What the server's refusal says of its window and of its way to count."""
        name, estimated = model.name, request_tokens(request)
        window = error.window or self._window(model)
        factor = error.needed / estimated if error.needed else 1.0
        if window is None:
            # It did not say: half of what was too much is the best guess.
            window = max(1_024, int((error.needed or estimated) * 0.5))
        elif not error.needed:
            factor = max(1.0, window / estimated)
        room = self._known[name] = Room(name, window, factor)
        return room
