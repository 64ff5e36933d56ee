"""One errand: a wish that a model works on in steps, with tools. Composes the rooms of the agent.

Keeps nothing after the run but what the session takes: the words, the proposal, the messages.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from assistant.agent.approvals import Approvals
from assistant.agent.calls import Calling
from assistant.agent.editing import Editing
from assistant.agent.limits import Limits
from assistant.agent.looking import Index, Looking
from assistant.agent.loop import Loop, Means
from assistant.agent.overlay import Overlay, Tree
from assistant.agent.policy import Setting
from assistant.agent.sandbox import LEVELS, confinement
from assistant.agent.sight import Sight
from assistant.agent.working import Place, Working
from assistant.edits.reader import EditReader
from assistant.errors import BadRequest, GalleyError
from assistant.events import Event, HunksChanged, Notice, PartRefused
from assistant.models.hurry import Hurry
from assistant.needs import Rooms
from assistant.parcel import Parcel, plain
from assistant.turn import Asked
from assistant.types import (
    ChangeSet,
    ChatModel,
    Instruction,
    Message,
    ModelRequest,
    Role,
    Snapshot,
)
from assistant.windows import Windows
from assistant.writing import Writer


class NoTools(GalleyError):
    """The model cannot call tools; nothing was done yet."""


@dataclass(frozen=True)
class Shop:
    """What errands need besides the rooms of a session. ``tools(model)`` is whether a model may be
    able to call tools, ``secret(path)`` why a file is never shown to one.
    """

    root: Path
    tree: Tree
    index: Index
    trusted: Callable[[], bool]
    secret: Callable[[PurePosixPath], str | None]
    tools: Callable[[ChatModel], bool]
    limits: Callable[[], Limits]
    level: Callable[[], str] = confinement


class Errand:
    """Plays one wish. In the end ``changes`` holds the proposal, ``said`` the words of the model,
    ``messages`` all that was said and done, without the system's words.
    """

    def __init__(
        self,
        rooms: Rooms,
        shop: Shop,
        approvals: Approvals,
        instruction: Instruction,
        model: ChatModel,
        run: str,
        windows: Windows,
    ) -> None:
        self._rooms, self._shop, self._approvals = rooms, shop, approvals
        self._instruction, self._model, self._run = instruction, model, run
        self._windows = windows
        self._overlay = Overlay(shop.tree, shop.secret, rooms.protected)
        self._sight = Sight()
        self._writer = Writer(rooms, instruction, "chat", model, run)
        self._loop: Loop | None = None
        self._calling: Calling | None = None
        self._working: Working | None = None
        self.hurry = Hurry()
        """The buttons of this run."""
        self.changes = ChangeSet(run, instruction.text)

    @property
    def said(self) -> str:
        return self._loop.said if self._loop is not None else ""

    @property
    def messages(self) -> tuple[Message, ...]:
        found = self._loop.messages if self._loop is not None else []
        return tuple(message for message in found if message.role is not Role.SYSTEM)

    def parcel(self, asked: Asked) -> Parcel:
        """What would leave first. Blocks."""
        return self._writer.parcel(self._first(asked))

    async def play(self, asked: Asked) -> AsyncGenerator[Event, None]:
        """Raises ModelError, and NoTools before anything was done; what is proposed until then
        stays in ``changes``.
        """
        try:
            async with aclosing(self._played(asked)) as events:
                async for event in events:
                    yield event
        finally:
            self.changes = self._overlay.change_set(self._run, self._instruction.text)
            if self._working is not None:
                await self._working.close()

    async def _played(self, asked: Asked) -> AsyncGenerator[Event, None]:
        request = await asyncio.to_thread(self._first, asked)
        await asyncio.to_thread(self._see, asked)
        self._rooms.log.record(self._run, "request", plain(self._writer.parcel(request)))
        loop = self._loop = Loop(self._means(asked.instruction), self._made())
        try:
            async with aclosing(loop.play(request.messages)) as events:
                async for event in events:
                    yield event
        except BadRequest as error:
            if loop.calls or loop.said or "tool" not in str(error).lower():
                raise
            raise NoTools(f"{self._model.name} cannot call tools.", str(error)) from error
        if not loop.calls:
            async with aclosing(self._read(loop.said)) as events:
                async for event in events:
                    yield event

    def _first(self, asked: Asked) -> ModelRequest:
        """The request that begins it."""
        specs = self._made().specs()
        return self._writer.task(asked.instruction, asked.context, asked.history, specs)

    def _made(self) -> Calling:
        """The tools, made once: their walls, and what they may do."""
        if self._calling is None:
            shop = self._shop
            place = Place(shop.root, shop.trusted(), shop.level())
            self._working = Working(place, self._overlay, shop.secret, self._rooms.protected)
            outputs: dict[str, str] = {}
            looking = Looking(shop.root, self._overlay, self._sight, shop.index, outputs)
            editing = Editing(self._overlay, self._sight, self._rooms.forbidden)
            tools = (*looking.tools(), *editing.tools(), *self._working.tools())
            self._calling = Calling(
                tools,
                Setting(self._instruction.autonomy, place.trusted, place.confined),
                self._overlay,
                self._approvals,
                self._writer.seal,
                LEVELS[place.level],
                outputs,
                self._record,
            )
        return self._calling

    def _means(self, instruction: Instruction) -> Means:
        return Means(
            self._model,
            self._writer.seal,
            self._shop.limits(),
            self._record,
            room=lambda: self._windows.room(self._model),
            learn=lambda error, request: self._windows.learn(self._model, error, request),
            effort=instruction.effort,
            cache_key=self._run.rpartition("-")[0],
            hurry=self.hurry,
        )

    def _see(self, asked: Asked) -> None:
        for path in {snippet.path for snippet in asked.context.snippets}:
            if isinstance(there := self._overlay.read(path), Snapshot):
                self._sight.saw(there)

    async def _read(self, said: str) -> AsyncGenerator[Event, None]:
        """A model that calls no tools at all may have written its edits as words."""
        reader = EditReader(
            self._overlay,
            title=self._instruction.text,
            target=self._instruction.target,
            protected=self._rooms.forbidden,
        )
        reader.push(said)
        changes = reader.finish()
        if not changes.files and not changes.refused:
            return
        yield Notice(f"{self._model.name} called no tools; its edits were read from its words.")
        for path in self._overlay.take(changes):
            if (change := self._overlay.change(path)) is not None:
                yield HunksChanged(change)
        for refusal in changes.refused:
            yield PartRefused(refusal)

    def _record(self, kind: str, data: Mapping[str, Any]) -> None:
        self._rooms.log.record(self._run, kind, data)
