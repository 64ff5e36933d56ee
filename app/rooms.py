"""Composes the assistant of one project: models, context, edits, log.

Lives on the asyncio thread; knows no Qt.

Nothing heavy is imported before the first question, so that the window is there first.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from app.choosing import Choosing, calls_tools, format_words, is_engine, is_small, longest, remarks
from app.places import Places
from app.reach import Reach
from app.terms import terms
from assistant.errors import SettingsError
from assistant.events import Answered, CheckFinished, Event, Notice
from assistant.settings import Settings
from assistant.types import (
    Around,
    ChangeSet,
    ChatModel,
    FileAction,
    FileChange,
    HunkState,
    Instruction,
    ModelEvent,
    ModelRequest,
    Refusal,
    Snapshot,
    Snippet,
    Usage,
)
from resources import ROOT

if TYPE_CHECKING:
    from assistant.agent.limits import Limits
    from assistant.context.engine import ContextEngine
    from assistant.context.tokens import Calibration
    from assistant.errand import Shop
    from assistant.project import Project
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
        from assistant.mentioned import Mentioned

        self._project, self._settings, self._places = project, settings, places
        self._choosing = Choosing(project, settings, reach, model)
        self._mentioned = Mentioned(project)
        self._session: Session | None = None
        self._engine: ContextEngine | None = None
        self._closed = False
        self._buffers: Mapping[PurePosixPath, Snapshot] = {}
        self._around = Around()
        self._counts: Calibration | None = None

    # -- streams for the door ------------------------------------------------------------------

    async def edit(self, instruction: Instruction) -> AsyncGenerator[Event, None]:
        instruction = self._seen(instruction)
        async with aclosing(self._ready().edit(instruction)) as events:
            async for event in events:
                yield event

    async def chat(self, instruction: Instruction) -> AsyncGenerator[Event, None]:
        instruction = self._seen(instruction)
        async with aclosing(self._ready().chat(instruction)) as events:
            async for event in events:
                yield event

    async def preview(
        self,
        instruction: Instruction,
        pinned: tuple[Snippet, ...],
        removed: tuple[Snippet, ...],
        role: str = "chat",
    ) -> AsyncGenerator[Event, None]:
        """What would leave: one ContextReady. Pins and removals hold for what is asked next."""
        instruction = self._seen(instruction)
        session = self._ready()
        session.pinned, session.removed = pinned, removed
        async with aclosing(session.preview(instruction, role)) as events:
            async for event in events:
                yield event

    async def commit_message(self, changes: ChangeSet) -> AsyncGenerator[Event, None]:
        """A message for the kept hunks of ``changes``: TextDelta as it is written, UsageChanged."""
        async with aclosing(self._ready().commit_message(changes)) as events:
            async for event in events:
                yield event

    async def opinion(self, changes: ChangeSet, *, ask: bool) -> AsyncGenerator[Event, None]:
        """What another model would be sent of ``changes``, at what price; then what it says."""
        async with aclosing(self._ready().opinion(changes, ask=ask)) as events:
            async for event in events:
                yield event

    async def check(self, changes: ChangeSet) -> AsyncGenerator[Event, None]:
        """Evidence: what linters, parsers and the tests say of the proposal; one CheckFinished
        each.
        """
        async with aclosing(self._checked(changes)) as found:
            async for event in found:
                self._mentioned.heard(event)
                yield event

    async def _checked(self, changes: ChangeSet) -> AsyncGenerator[CheckFinished, None]:
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
        """Answered with files, folders and symbols for a mention that is being typed;
        ``kind:letters`` asks for one kind alone.
        """
        self._ready()
        assert self._engine is not None
        kind, one, letters = typed.partition(":")
        if one:
            known = kind in ("file", "folder", "symbol", "commit", "image")
            yield Answered(await self._engine.complete(kind, letters, 20) if known else ())
            return
        files = await self._engine.complete("file", typed, 8)
        folders = await self._engine.complete("folder", typed, 4) if typed else ()
        symbols = await self._engine.complete("symbol", typed, 8) if typed else ()
        yield Answered((*files, *symbols, *folders))

    async def index_report(self) -> AsyncGenerator[Event, None]:
        """Answered with what the index knows, and every file it leaves out with the reason."""
        from assistant.context.report import report_of

        self._ready()
        assert self._engine is not None
        yield Answered(report_of(await self._engine.report()))

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
        self._choosing.configure(settings)
        if self._session is not None:
            self._session.budget_tokens = settings.context_tokens

    def surround(self, around: Around) -> None:
        """Other tabs, edits or problems; they count from the next question on."""
        self._around = around

    def terminal_said(self, words: str) -> None:
        """What @terminal stands for from now on; called on the loop."""
        self._mentioned.terminal_said(words)

    def tell(self, verdict: str, path: PurePosixPath) -> None:
        self._ready().tell(verdict, path)

    def answer_now(self, run: str) -> None:
        """End the thinking of a run; called on the loop."""
        if self._session is not None:
            self._session.answer_now(run)

    def try_now(self, run: str) -> None:
        """End the wait of a run before its next attempt; called on the loop."""
        if self._session is not None:
            self._session.try_now(run)

    def recall(self, turns: Sequence[tuple[str, str]]) -> None:
        """An earlier conversation goes on."""
        self._ready().recall(turns)

    def answer(self, key: str, choice: str, word: str) -> None:
        """The person answered a question of a run; called on the loop."""
        if self._session is not None:
            self._session.answer(key, choice, word)

    def follow(self, snapshots: Sequence[Snapshot]) -> None:
        """What the person typed while a run works; called on the loop."""
        self._buffers = {**self._buffers, **{s.path: s for s in snapshots}}

    def forget(self) -> None:
        if self._session is not None:
            self._session.forget()

    # -- composition ---------------------------------------------------------------------------

    def model_name(self, role: str) -> str:
        return self._choosing.choose(role, Instruction("")).name

    def _seen(self, instruction: Instruction) -> Instruction:
        """The instruction with what is around it. Its buffers stand in for the files from now
        on."""
        self._ready()
        assert self._engine is not None
        self._engine.trusted = self._project.is_trusted()
        seen = {snapshot.path: snapshot for snapshot in instruction.buffers}
        if instruction.target is not None:
            seen[instruction.target.path] = instruction.target
        self._buffers = seen
        return replace(instruction, around=self._around)

    def _ready(self) -> Session:
        if self._session is None:
            from assistant.context.engine import ContextEngine
            from assistant.context.secrets import restore
            from assistant.context.tokens import Calibration
            from assistant.prompts import Prompts
            from assistant.repo.paths import forbidden, protected
            from assistant.seal import SecretSeal
            from assistant.session import Rooms, Session

            cache = self._places.cache / "context"
            self._counts = Calibration.load(cache / "tokens.json")
            engine = self._engine = ContextEngine(
                self._project.root, cache, calibration=self._counts
            )
            rooms = Rooms(
                gatherer=engine,
                pick=self._choosing.pick,
                files=ProjectFiles(self._project, self),
                prompts=Prompts(ROOT / "prompts"),
                log=Log(self._project),
                seal=lambda: SecretSeal(engine.redact, restore, engine.placeholders),
                forbidden=forbidden,
                protected=protected,
                format_for=self._choosing.format_for,
                format_words=format_words,
                remarks=self._remarks,
                texts={
                    "diff": self._mentioned.diff,
                    "problems": self._mentioned.problems,
                    "terminal": self._mentioned.terminal,
                },
                withheld=self._project.withheld,
                terms=terms,
                calibration=engine.calibration,
                window=longest,
                followed=self._choosing.followed,
                effort=self._choosing.effort,
                small=is_small,
                check=self._checked,
                limits=self._limits,
                engine=is_engine,
            )
            tokens = self._settings.context_tokens
            self._session = Session(rooms, budget_tokens=tokens, shop=self._shop(engine))
        return self._session

    def _remarks(
        self, model: ChatModel, request: ModelRequest, events: Sequence[ModelEvent]
    ) -> tuple[str, ...]:
        """What is odd about a reply; what it says of the prompt's size corrects the estimate."""
        self._learn(model, request, events)
        return remarks(model, request, events)

    def _learn(self, model: ChatModel, request: ModelRequest, events: Sequence[ModelEvent]) -> None:
        from assistant.context.tokens import estimate

        reported = [event for event in events if isinstance(event, Usage) and not event.estimated]
        if not reported or self._counts is None:
            return
        usage = reported[-1]
        given = usage.input + usage.cache_read + usage.cache_write
        self._counts.learn(model.name, sum(estimate(m.text) for m in request.messages), given)
        self._counts.save(self._places.cache / "context" / "tokens.json")

    def _shop(self, engine: ContextEngine) -> Shop:
        """What a run with tools works with."""
        from assistant.context.secrets import is_secret_path
        from assistant.errand import Shop

        return Shop(
            root=self._project.root,
            tree=ProjectFiles(self._project, self),
            index=engine,
            trusted=self._project.is_trusted,
            secret=is_secret_path,
            tools=calls_tools,
            limits=self._limits,
        )

    def _limits(self) -> Limits:
        from assistant.agent.limits import Limits

        own = self._settings
        minutes = own.agent_minutes * 60
        return Limits(own.agent_steps, minutes, own.agent_tokens, own.cap_per_edit)

    def snapshot(self, path: PurePosixPath) -> Snapshot | None:
        return self._buffers.get(path)

    def unsaved(self) -> Mapping[PurePosixPath, str]:
        """What is open, as it was seen last."""
        return {path: snapshot.text for path, snapshot in self._buffers.items()}


class ProjectFiles:
    """The files a reply may name: open buffers first, then the disk."""

    def __init__(self, project: Project, assistance: Assistance) -> None:
        self._project, self._assistance = project, assistance

    def paths(self) -> Sequence[PurePosixPath]:
        return tuple(PurePosixPath(path) for path in self._project.files())

    def read(self, path: PurePosixPath) -> Snapshot | Refusal:
        return self._assistance.snapshot(path) or self._project.read(path)

    def unsaved(self) -> Mapping[PurePosixPath, str]:
        return self._assistance.unsaved()


class Log:
    """The run log in the project's journal."""

    def __init__(self, project: Project) -> None:
        self._project = project

    def record(self, run: str, kind: str, data: Mapping[str, Any]) -> None:
        self._project.record(run, kind, data)

    def propose(self, changes: ChangeSet) -> None:
        """Proposals are journaled by the window, which knows their decisions."""


def _proposed(change: FileChange) -> str | None:
    """The file with everything that is proposed in it; None when it would be deleted."""
    if change.action is FileAction.DELETE:
        return None
    return change.applied((HunkState.PENDING, HunkState.KEPT))
