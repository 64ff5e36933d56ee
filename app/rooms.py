"""Composes the assistant of one project: models, context, edits, log.

Lives on the asyncio thread; knows no Qt.

Nothing heavy is imported before the first question, so that the window is there first.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from app.places import Places
from app.reach import BUILTIN, Reach
from assistant.errors import NotTrusted, SettingsError
from assistant.events import Answered, Event, Notice
from assistant.project import Project
from assistant.settings import Settings
from assistant.types import (
    ChangeSet,
    ChatModel,
    Effort,
    FileAction,
    FileChange,
    HunkState,
    Instruction,
    ModelEvent,
    ModelRequest,
    Refusal,
    Snapshot,
    Snippet,
)
from resources import ROOT

if TYPE_CHECKING:
    from assistant.context.engine import ContextEngine
    from assistant.edits.reader import EditFormat
    from assistant.models.router import Router
    from assistant.session import Session


class Assistance:
    """What the window asks of the assistant, as streams for the door.

    ``model`` replaces every model (the tour's script); ``reach`` is shared by all projects.
    """

    def __init__(
        self,
        project: Project,
        settings: Settings,
        places: Places,
        reach: Reach,
        model: ChatModel | None = None,
    ) -> None:
        self._project, self._settings, self._places = project, settings, places
        self._reach, self._model = reach, model
        self._session: Session | None = None
        self._router: Router | None = None
        self._engine: ContextEngine | None = None
        self._edits = 0
        self._closed = False
        self._born = time.strftime("%Y%m%d-%H%M%S")
        self._buffers: Mapping[PurePosixPath, Snapshot] = {}

    # -- streams for the door ------------------------------------------------------------------

    async def edit(self, instruction: Instruction) -> AsyncGenerator[Event, None]:
        self._see(instruction)
        async with aclosing(self._ready().edit(instruction)) as events:
            async for event in events:
                yield event

    async def chat(self, instruction: Instruction) -> AsyncGenerator[Event, None]:
        self._see(instruction)
        async with aclosing(self._ready().chat(instruction)) as events:
            async for event in events:
                yield event

    async def preview(
        self, instruction: Instruction, pinned: tuple[Snippet, ...], removed: tuple[Snippet, ...]
    ) -> AsyncGenerator[Event, None]:
        """What would leave: one ContextReady. Pins and removals hold for what is asked next."""
        self._see(instruction)
        session = self._ready()
        session.pinned, session.removed = pinned, removed
        async with aclosing(session.preview(instruction)) as events:
            async for event in events:
                yield event

    async def check(self, changes: ChangeSet) -> AsyncGenerator[Event, None]:
        """Evidence: what linters, parsers and the tests say of the proposal; one CheckFinished
        each.
        """
        from assistant.agent.checks import run_checks

        before = {c.base.path: c.base.text for c in changes.files}
        after = {c.moved_to or c.base.path: _proposed(c) for c in changes.files}
        trusted = self._project.is_trusted()
        checks = run_checks(self._project.root, after, trusted, before=before)
        async with aclosing(checks) as found:
            async for event in found:
                yield event

    async def symbols(self, typed: str) -> AsyncGenerator[Event, None]:
        """Answered with definitions whose name fits."""
        self._ready()
        assert self._engine is not None
        yield Answered(await self._engine.symbols(typed, 40))

    async def complete(self, typed: str) -> AsyncGenerator[Event, None]:
        """Answered with files, folders and symbols for a mention that is being typed."""
        self._ready()
        assert self._engine is not None
        files = await self._engine.complete("file", typed, 8)
        folders = await self._engine.complete("folder", typed, 4) if typed else ()
        symbols = await self._engine.complete("symbol", typed, 8) if typed else ()
        yield Answered((*files, *symbols, *folders))

    async def warm(self) -> AsyncGenerator[Event, None]:
        """Start the index and say which model answers; what is wrong becomes a notice."""
        if self._closed:  # the folder was left before its turn came
            return
        try:
            self._ready()
            assert self._engine is not None
            await self._engine.start()
            yield Answered(self.model_name("edit"))
        except SettingsError as error:
            yield Notice(str(error), "warning")

    async def close(self) -> AsyncGenerator[Event, None]:
        """End the index process."""
        self._closed = True
        if self._engine is not None:
            await self._engine.close()
        yield Answered(None)

    # -- told from the window, run on the loop -------------------------------------------------

    def configure(self, settings: Settings) -> None:
        """Other settings: models are picked anew at the next question."""
        self._settings = settings
        self._router = None
        if self._session is not None:
            self._session.budget_tokens = settings.context_tokens

    def tell(self, verdict: str) -> None:
        if self._session is not None:
            self._session.tell(verdict)

    def forget(self) -> None:
        if self._session is not None:
            self._session.forget()

    # -- composition ---------------------------------------------------------------------------

    def model_name(self, role: str) -> str:
        return self._choose(role, Instruction("")).name

    def _see(self, instruction: Instruction) -> None:
        self._ready()
        assert self._engine is not None
        self._engine.trusted = self._project.is_trusted()
        seen = {snapshot.path: snapshot for snapshot in instruction.buffers}
        if instruction.target is not None:
            seen[instruction.target.path] = instruction.target
        self._buffers = seen

    def _ready(self) -> Session:
        if self._session is None:
            from assistant.context.engine import ContextEngine
            from assistant.context.secrets import redact, restore
            from assistant.prompts import Prompts
            from assistant.repo.paths import protected
            from assistant.seal import SecretSeal
            from assistant.session import Rooms, Session

            cache = self._places.cache / "context"
            engine = self._engine = ContextEngine(self._project.root, cache)
            rooms = Rooms(
                gatherer=engine,
                pick=self._pick,
                files=ProjectFiles(self._project, self),
                prompts=Prompts(ROOT / "prompts"),
                log=Log(self._project),
                seal=lambda: SecretSeal(redact, lambda t, known: engine.restore(restore(t, known))),
                protected=protected,
                format_for=_format_for,
                format_words=_format_words,
                remarks=_remarks,
                texts={"diff": self._project.diff},
            )
            self._session = Session(rooms, budget_tokens=self._settings.context_tokens)
        return self._session

    def _pick(self, role: str, instruction: Instruction) -> ChatModel:
        """The model for this request; in a restricted folder nothing that could send anything."""
        model = self._choose(role, instruction)
        if model is self._model or model.name == BUILTIN or self._project.is_trusted():
            return model
        return _for_restricted(model, self._routed().pick(role, override=BUILTIN), instruction)

    def _choose(self, role: str, instruction: Instruction) -> ChatModel:
        if self._model is not None:
            return self._model
        roles = self._settings.roles
        chosen = instruction.model or roles.get(role, "") or roles.get("edit", "")
        override = chosen if chosen == BUILTIN or instruction.model else ""
        model = self._routed().pick(role, instruction.effort or Effort.OFF, override)
        return self._metered(model, role)

    def _metered(self, model: ChatModel, role: str) -> ChatModel:
        """A model that costs money, with the book and the person's caps around it."""
        from assistant.models.exchange import HttpModel
        from assistant.models.ledger import Account
        from assistant.models.local import LocalModel
        from assistant.models.metered import Caps, MeteredModel

        if not isinstance(model, HttpModel | LocalModel):
            return model
        self._edits += 1
        edit = f"{self._born}-{self._edits}"
        account = Account(str(self._project.root), self._born, edit, role)
        caps = Caps(self._settings.cap_per_edit or None, self._settings.cap_per_day or None)
        return MeteredModel(model, self._reach.ledger, account, caps=caps)

    def _routed(self) -> Router:
        if self._router is None:
            self._router = self._route()
        return self._router

    def _route(self) -> Router:
        from assistant.builtin.engine import BuiltinEngine
        from assistant.edits.diff import diff_lines
        from assistant.models.connection import EMBEDDED, Connection, connect
        from assistant.models.egress import ANYWHERE, Allowed
        from assistant.models.router import Assignment, Router

        builtin = BuiltinEngine(
            self._project.root,
            list_files=self._known_files,
            trusted=self._project.is_trusted,
            diff_lines=diff_lines,
        )
        if not self._settings.ai:
            return Router({}, {}, _no_model, builtin)
        local = str(self._project.root) in self._settings.local_only
        allowed = Allowed(frozenset({"localhost"})) if local else ANYWHERE
        egress = self._reach.egress.for_project(allowed)
        keys = self._reach.keys
        connections = {c["name"]: Connection(**c) for c in self._settings.connections}
        roles = {
            role: Assignment(name)
            for role, name in self._settings.roles.items()
            if name in connections
        }

        def make(connection: Connection) -> ChatModel:
            if connection.preset == EMBEDDED:
                return self._reach.engines.model(connection)
            return connect(connection, egress, keys=keys)

        return Router(connections, roles, make, builtin)

    def _known_files(self, _root: Path) -> Sequence[PurePosixPath]:
        return tuple(PurePosixPath(path) for path in self._project.known_files())

    def snapshot(self, path: PurePosixPath) -> Snapshot | None:
        return self._buffers.get(path)


class ProjectFiles:
    """The files a reply may name: open buffers first, then the disk."""

    def __init__(self, project: Project, assistance: Assistance) -> None:
        self._project, self._assistance = project, assistance

    def paths(self) -> Sequence[PurePosixPath]:
        return tuple(PurePosixPath(path) for path in self._project.files())

    def read(self, path: PurePosixPath) -> Snapshot | Refusal:
        return self._assistance.snapshot(path) or self._project.read(path)


class Log:
    """The run log in the project's journal."""

    def __init__(self, project: Project) -> None:
        self._project = project

    def record(self, run: str, kind: str, data: Mapping[str, Any]) -> None:
        self._project.record(run, kind, data)

    def propose(self, changes: ChangeSet) -> None:
        """Proposals are journaled by the window, which knows their decisions."""


def _remarks(
    model: ChatModel, request: ModelRequest, events: Sequence[ModelEvent]
) -> tuple[str, ...]:
    """A model behind a server can tell when its knob was ignored or its prompt was cut."""
    from assistant.models.metered import MeteredModel
    from assistant.models.reply import Reply

    if not isinstance(model, MeteredModel):
        return ()
    reply = Reply()
    for event in events:
        reply.add(event)
    return model.remarks(request, reply)


def _proposed(change: FileChange) -> str | None:
    """The file with everything that is proposed in it; None when it would be deleted."""
    if change.action is FileAction.DELETE:
        return None
    return change.applied((HunkState.PENDING, HunkState.KEPT))


def _for_restricted(model: ChatModel, builtin: ChatModel, instruction: Instruction) -> ChatModel:
    """The built-in edits where they know what to do; else NotTrusted, before anything is sent."""
    from assistant.builtin.intent import read_wishes

    if instruction.text and read_wishes(instruction.text):
        return builtin
    raise NotTrusted(
        f"This folder is restricted, so nothing of it is sent to {model.name}.",
        "Trust the folder to ask; the built-in edits work without.",
    )


def _no_model(_connection: object) -> ChatModel:
    raise SettingsError("All AI is off.", "Turn it on in the settings.")


def _format_for(model: ChatModel, instruction: Instruction) -> EditFormat:
    from assistant.edits.reader import EditFormat

    if getattr(model, "scripted", False) or model.name == BUILTIN:
        return EditFormat.AUTO  # their replies are patches, never the bare text of a selection
    if instruction.target is not None and instruction.span is not None:
        return EditFormat.SELECTION
    family = model.name.casefold()
    return EditFormat.V4A if family.startswith(("gpt", "o3", "o4")) else EditFormat.SEARCH_REPLACE


def _format_words(name: EditFormat) -> str:
    from assistant.edits.reader import EditFormat

    if name is EditFormat.AUTO:
        return ""  # nobody who needs to be told
    path = ROOT / "prompts" / f"edit_{name.value}.md"
    return path.read_text(encoding="utf-8").strip()
