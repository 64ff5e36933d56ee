"""Which model does which work: roles, fallbacks, the person's choice.

Knows models only by their key.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from assistant.errors import (
    ConnectionFailed,
    ModelError,
    Overloaded,
    QuotaExhausted,
    RateLimited,
    SettingsError,
    StreamCut,
    StreamStalled,
    Unauthorized,
)
from assistant.models.connection import Connection
from assistant.models.egress import ServerNotAllowed
from assistant.models.hurry import Hurriable, Hurry
from assistant.models.local import EngineFailed
from assistant.models.metered import PricedModel
from assistant.models.prices import Price
from assistant.models.reply import Reply
from assistant.models.roles import INHERITS, ROLES
from assistant.types import (
    ChatModel,
    Effort,
    ModelEvent,
    ModelRequest,
    Stop,
    Switched,
    TextDelta,
    ToolCall,
    ToolCallDelta,
)

_WORTH_ANOTHER = (
    ConnectionFailed,
    Overloaded,
    QuotaExhausted,
    RateLimited,
    StreamCut,
    StreamStalled,
    Unauthorized,
    ServerNotAllowed,
    EngineFailed,
)
"""What another model may answer instead of. Not an overflow: that request is made smaller first."""


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
        while role not in self._roles and role in INHERITS:
            role = INHERITS[role]
        if role in self._roles:
            return self._roles[role]
        if asked in ROLES and self._connections:
            return Assignment(next(iter(self._connections)))
        return None

    def pick(
        self,
        role: str,
        effort: Effort = Effort.OFF,
        override: str = "",
        wrap: Callable[[ChatModel], ChatModel] | None = None,
    ) -> ChatModel:
        """The model for a role, made anew for one request.

        ``override`` is a connection's key chosen for this request; no fallbacks then. ``wrap`` is
        put around every model of the chain, for example a meter.

        Raises SettingsError for an unknown role or key, and when nothing is connected.
        """
        if role not in ROLES:
            raise SettingsError(f"{role!r} is not a role.", f"Use one of {', '.join(ROLES)}.")
        if self._builtin is not None and override and override == self._builtin.name:
            return self._builtin
        dressed = wrap or _bare
        if override:
            return dressed(self._model(override))
        found = self.assignment(role)
        if found is None:
            if self._builtin is not None:
                return self._builtin
            raise SettingsError("No model is connected.", "Connect one in the settings.")
        first = found.by_effort.get(effort, found.model)
        chain = [first, *[key for key in found.fallbacks if key != first]]
        models = [dressed(self._model(key)) for key in chain]
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


def _bare(model: ChatModel) -> ChatModel:
    return model


class WithFallbacks:
    """A model that lets the next one answer when one cannot; never once a word of an answer was
    shown.
    """

    hurries = True

    def __init__(self, models: Sequence[ChatModel]) -> None:
        self.models = tuple(models)
        self._present = self.models[0]
        self.name = self._present.name

    @property
    def model(self) -> str:
        """Its name at its server."""
        return self._present.model if isinstance(self._present, PricedModel) else self.name

    @property
    def price(self) -> Price | None:
        return self._present.price if isinstance(self._present, PricedModel) else None

    @property
    def longest(self) -> int | None:
        """Tokens the model can take; None where that is not known."""
        return self._present.longest if isinstance(self._present, PricedModel) else None

    def remarks(self, request: ModelRequest, reply: Reply) -> tuple[str, ...]:
        """What the one that answered has to say of a reply."""
        present = self._present
        return present.remarks(request, reply) if isinstance(present, PricedModel) else ()

    @property
    def first(self) -> ChatModel:
        """Who is asked first."""
        return self.models[0]

    async def stream(
        self, request: ModelRequest, hurry: Hurry | None = None
    ) -> AsyncGenerator[ModelEvent, None]:
        """The reply of the first that answers; every change is announced by a Switched event.

        A repair of a reply goes to the model that gave it.
        """
        start = self.models.index(self._present)
        for place, model in enumerate(self.models[start:], start):
            last = place == len(self.models) - 1
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
            self._present = self.models[place + 1]
            self.name = self._present.name
            yield Switched(self.name, failure.cause)
            request = replace(request, model="")


def _hurriable(
    model: ChatModel, request: ModelRequest, hurry: Hurry | None
) -> AsyncGenerator[ModelEvent, None]:
    """The stream, with the buttons for those that have them."""
    if hurry is None or not isinstance(model, Hurriable):
        return model.stream(request)
    return model.stream(request, hurry)
