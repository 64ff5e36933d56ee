"""Which model does which work in one project, in which format, at whose cost.

Lives on the asyncio thread; knows no Qt.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from app.reach import BUILTIN, Reach
from assistant.errors import NotTrusted, SettingsError, WriteRefused
from assistant.models.allowed import allowed_in
from assistant.models.roles import INHERITS, ROLES
from assistant.settings import Settings
from assistant.types import Autonomy, ChatModel, Effort, Instruction, ModelEvent, ModelRequest
from resources import ROOT

if TYPE_CHECKING:
    from assistant.edits.reader import EditFormat
    from assistant.models.connection import Connection
    from assistant.models.router import Router
    from assistant.project import Project

WRITES = ("judge", "summary", "commit")
"""Roles that only a model can play."""


class Choosing:
    """Picks by role, by the person's settings and by what the folder allows.

    ``model`` replaces every model (the tour's script).
    """

    def __init__(
        self, project: Project, settings: Settings, reach: Reach, model: ChatModel | None
    ) -> None:
        self._project, self._settings, self._reach = project, settings, reach
        self._model = model
        self._router: Router | None = None
        self._edits = 0
        self._born = time.strftime("%Y%m%d-%H%M%S")

    def configure(self, settings: Settings) -> None:
        """Other settings: models are picked anew at the next question."""
        self._settings = settings
        self._router = None

    def pick(self, role: str, instruction: Instruction) -> ChatModel:
        """The model for this request; in a restricted folder nothing that could send anything."""
        if self._project.reading and (role == "edit" or instruction.autonomy is not Autonomy.ASK):
            raise WriteRefused(f"{self._project.reading} Nothing is proposed here.", "Ask there.")
        model = self.choose(role, instruction)
        if model is self._model:
            return model
        if role in WRITES and model.name == BUILTIN:
            raise SettingsError(
                "No model is there to write it; the built-in edits write no prose.",
                "Connect a model.",
            )
        if model.name == BUILTIN or self._project.is_trusted():
            return model
        if role in WRITES:
            raise _restricted(model)
        return _for_restricted(model, self._routed().pick(role, override=BUILTIN), instruction)

    def choose(self, role: str, instruction: Instruction) -> ChatModel:
        """The model for this request as it is set, with its meter."""
        if self._model is not None:
            return self._model
        roles = self._settings.roles
        chosen = instruction.model or roles.get(role, "") or roles.get("edit", "")
        override = chosen if chosen == BUILTIN or instruction.model else ""
        self._edits += 1
        edit = instruction.run or f"{self._born}-{self._edits}"

        def metered(model: ChatModel) -> ChatModel:
            return self._metered(model, role, edit)

        effort = instruction.effort or Effort.OFF
        return self._routed().pick(role, effort, override, metered)

    def effort(self, role: str) -> Effort:
        """How long a role may think where nobody turns a knob."""
        return Effort(self._settings.efforts.get(role, Effort.OFF))

    def format_for(self, model: ChatModel, instruction: Instruction) -> EditFormat:
        """How this model is asked to write its edits."""
        from assistant.edits.reader import EditFormat

        if getattr(model, "scripted", False) or model.name == BUILTIN:
            return EditFormat.AUTO  # their replies are patches, never the bare text of a selection
        if instruction.target is not None and instruction.span is not None:
            return EditFormat.SELECTION
        if self._reach.formats.rewrite_whole(_server_name(model)):
            return EditFormat.WHOLE_FILE
        name = _server_name(model).casefold().rpartition("/")[2]
        return EditFormat.V4A if name.startswith(("gpt", "o3", "o4")) else EditFormat.SEARCH_REPLACE

    def followed(self, model: ChatModel, yes: bool) -> None:
        """Whether a reply could be read in the format it was asked for."""
        self._reach.formats.record(_server_name(model), followed=yes)

    def _metered(self, model: ChatModel, role: str, edit: str) -> ChatModel:
        """A model that costs money, with the book and the person's caps around it."""
        from assistant.models.ledger import Account
        from assistant.models.metered import Caps, MeteredModel, PricedModel

        if not isinstance(model, PricedModel):
            return model
        account = Account(str(self._project.root), self._born, edit, role)
        caps = Caps(self._settings.cap_per_edit or None, self._settings.cap_per_day or None)
        known = self._reach.calibration
        return MeteredModel(model, self._reach.ledger, account, caps=caps, calibration=known)

    def _routed(self) -> Router:
        if self._router is None:
            self._router = self._route()
        return self._router

    def _route(self) -> Router:
        from assistant.builtin.engine import BuiltinEngine
        from assistant.edits.diff import diff_lines
        from assistant.models.connection import EMBEDDED, Connection, connect
        from assistant.models.router import Assignment, Router

        builtin = BuiltinEngine(
            self._project.root,
            list_files=self._known_files,
            trusted=self._project.is_trusted,
            diff_lines=diff_lines,
        )
        settings = self._settings
        if not settings.ai:
            return Router({}, {}, _no_model, builtin)
        allowed = allowed_in(self._project.root, settings.servers)
        egress = self._reach.egress.for_project(allowed)
        keys = self._reach.keys
        connections = {c["name"]: Connection(**c) for c in settings.connections}
        roles = {
            role: Assignment(name, fallbacks=after)
            for role, (name, after) in chains(settings, tuple(connections)).items()
        }

        def make(connection: Connection) -> ChatModel:
            if connection.preset == EMBEDDED:
                return self._reach.engines.model(connection)
            return connect(connection, egress, keys=keys)

        return Router(connections, roles, make, builtin)

    def _known_files(self, _root: Path) -> Sequence[PurePosixPath]:
        return tuple(PurePosixPath(path) for path in self._project.known_files())


def chains(
    settings: Settings, connections: Sequence[str]
) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Role to its connection and to those that answer when it cannot."""
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    first = connections[0] if connections else ""
    for role in ROLES:  # whose model it takes comes before it
        name, after = found.get(INHERITS.get(role, ""), (first, ()))
        if settings.roles.get(role) in connections:
            name, after = settings.roles[role], ()
        if role in settings.fallbacks:
            after = tuple(n for n in settings.fallbacks[role] if n in connections)
        if name:
            found[role] = name, tuple(n for n in after if n != name)
    return found


def remarks(
    model: ChatModel, request: ModelRequest, events: Sequence[ModelEvent]
) -> tuple[str, ...]:
    """A model behind a server can tell when its knob was ignored or its prompt was cut."""
    from assistant.models.metered import PricedModel
    from assistant.models.reply import Reply

    if not isinstance(model, PricedModel):
        return ()
    reply = Reply()
    for event in events:
        reply.add(event)
    return model.remarks(request, reply)


def longest(model: ChatModel) -> int | None:
    """Tokens a model can take, where that is known."""
    from assistant.models.metered import PricedModel

    return model.longest if isinstance(model, PricedModel) else None


def calls_tools(model: ChatModel) -> bool:
    """Whether a model may be able to call tools: a server's can, a script and the built-in edits
    cannot.
    """
    from assistant.models.metered import PricedModel

    return isinstance(model, PricedModel) and not getattr(model, "scripted", False)


def is_engine(model: ChatModel) -> bool:
    """Whether it is the built-in edits: they write the same again, and judge nothing."""
    return model.name == BUILTIN


def is_small(model: ChatModel) -> bool:
    """Whether a model is of a family that needs plainer words."""
    from assistant.models.tables import family

    return family(_server_name(model)).small


def format_words(name: EditFormat) -> str:
    """What a model is told about a format."""
    from assistant.edits.reader import EditFormat

    if name is EditFormat.AUTO:
        return ""  # nobody who needs to be told
    path = ROOT / "prompts" / f"edit_{name.value}.md"
    return path.read_text(encoding="utf-8").strip()


def _server_name(model: ChatModel) -> str:
    """A model's name at its server, where it has one."""
    return str(getattr(model, "model", "") or model.name)


def _for_restricted(model: ChatModel, builtin: ChatModel, instruction: Instruction) -> ChatModel:
    """The built-in edits where they know what to do; else NotTrusted, before anything is sent."""
    from assistant.builtin.intent import read_wishes

    if instruction.text and read_wishes(instruction.text):
        return builtin
    raise _restricted(model)


def _restricted(model: ChatModel) -> NotTrusted:
    return NotTrusted(
        f"This folder is restricted, so nothing of it is sent to {model.name}.",
        "Trust the folder to ask; the built-in edits work without.",
    )


def _no_model(_connection: object) -> ChatModel:
    raise SettingsError("All AI is off.", "Turn it on in the settings.")
