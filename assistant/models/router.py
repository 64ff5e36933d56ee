"""Which model does which work: roles, fallbacks, the person's choice.

Knows models only by their key.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from assistant.errors import (
    ConnectionFailed,
    ModelError,
    Overloaded,
    QuotaExhausted,
    RateLimited,
    SettingsError,
    StreamStalled,
    Unauthorized,
)
from assistant.models.connection import Connection
from assistant.models.exchange import Hurry
from assistant.models.metered import PricedModel
from assistant.types import (
    ChatModel,
    Effort,
    ModelEvent,
    ModelRequest,
    Retrying,
    Stop,
    TextDelta,
    ToolCall,
    ToolCallDelta,
)

ROLES = ("edit", "chat", "plan", "apply", "summary", "commit", "judge")
_INHERITS = {
    "chat": "edit",
    "plan": "chat",
    "apply": "edit",
    "summary": "chat",
    "commit": "summary",
}
_INHERITS |= {"judge": "chat"}
_WORTH_ANOTHER = (
    ConnectionFailed,
    Overloaded,
    QuotaExhausted,
    RateLimited,
    StreamStalled,
    Unauthorized,
)


@dataclass(frozen=True, slots=True)
class Assignment:
    """Connections by key for one role: the model, other models for some efforts, and who takes
    over.
    """

    model: str
    by_effort: Mapping[Effort, str] = field(default_factory=dict, hash=False)
    fallbacks: tuple[str, ...] = ()


class Router:
    """Picks models.

    ``make`` turns a connection into a model; ``builtin`` answers where none is connected.
    """

    def __init__(
        self,
        connections: Mapping[str, Connection],
        roles: Mapping[str, Assignment],
        make: Callable[[Connection], ChatModel],
        builtin: ChatModel | None = None,
    ) -> None:
        for role in roles:
            if role not in ROLES:
                raise SettingsError(f"{role!r} is not a role.", f"Use one of {', '.join(ROLES)}.")
        self._connections = dict(connections)
        self._roles = dict(roles)
        self._make = make
        self._builtin = builtin
        self._made: dict[str, ChatModel] = {}

    def keys(self) -> tuple[str, ...]:
        """The keys of all connections, as :meth:`pick` takes them for ``override``."""
        return tuple(self._connections)

    def assignment(self, role: str) -> Assignment | None:
        """What is set for a role, or for the one it inherits from; else the only or first
        connection.
        """
        asked = role
        while role not in self._roles and role in _INHERITS:
            role = _INHERITS[role]
        if role in self._roles:
            return self._roles[role]
        if asked in ROLES and self._connections:
            return Assignment(next(iter(self._connections)))
        return None

    def pick(self, role: str, effort: Effort = Effort.OFF, override: str = "") -> ChatModel:
        """The model for a role.

        ``override`` is a connection's key chosen for this request; no fallbacks then.

        Raises SettingsError for an unknown role or key, and when nothing is connected.
        """
        if role not in ROLES:
            raise SettingsError(f"{role!r} is not a role.", f"Use one of {', '.join(ROLES)}.")
        if self._builtin is not None and override and override == self._builtin.name:
            return self._builtin
        if override:
            return self._model(override)
        found = self.assignment(role)
        if found is None:
            if self._builtin is not None:
                return self._builtin
            raise SettingsError("No model is connected.", "Connect one in the settings.")
        first = found.by_effort.get(effort, found.model)
        chain = [first, *[key for key in found.fallbacks if key != first]]
        models = [self._model(key) for key in chain]
        return models[0] if len(models) == 1 else WithFallbacks(models)

    def _model(self, key: str) -> ChatModel:
        if key not in self._made:
            connection = self._connections.get(key)
            if connection is None:
                raise SettingsError(
                    f"There is no connection {key!r}.", "Choose another model for this role."
                )
            self._made[key] = self._make(connection)
        return self._made[key]


class WithFallbacks:
    """A model that lets the next one answer when one cannot; never once a word of an answer was
    shown.
    """

    def __init__(self, models: Sequence[ChatModel]) -> None:
        self._models = tuple(models)
        self.name = self._models[0].name

    async def stream(
        self, request: ModelRequest, hurry: Hurry | None = None
    ) -> AsyncGenerator[ModelEvent, None]:
        """The reply of the first that answers; every change is announced by a Retrying event."""
        for place, model in enumerate(self._models):
            last = place == len(self._models) - 1
            spoke = False
            try:
                async with aclosing(_hurriable(model, request, hurry)) as events:
                    async for event in events:
                        spoke |= isinstance(event, (TextDelta, ToolCallDelta, ToolCall, Stop))
                        yield event
                return
            except _WORTH_ANOTHER as error:
                if spoke or last:
                    raise
                failure: ModelError = error
            self.name = self._models[place + 1].name
            reason = f"{failure.cause} {self.name} answers instead."
            yield Retrying(0.0, place + 1, len(self._models) - 1, reason)
            request = _without_model(request)


def _hurriable(
    model: ChatModel, request: ModelRequest, hurry: Hurry | None
) -> AsyncGenerator[ModelEvent, None]:
    """The stream, with the button for those that have one."""
    if hurry is None or not isinstance(model, PricedModel):
        return model.stream(request)
    return model.stream(request, hurry)


def _without_model(request: ModelRequest) -> ModelRequest:
    """The next model has its own name."""
    from dataclasses import replace

    return replace(request, model="") if request.model else request
