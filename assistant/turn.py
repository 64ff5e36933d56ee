"""One request and its repairs: what a model says becomes events and, in the end, a proposal.

Knows the rooms of a session as protocols; keeps nothing after the turn.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any, Protocol

from assistant.edits.reader import EditFormat, EditReader, FileSource, Progress
from assistant.errors import ModelError
from assistant.events import (
    Event,
    HunksChanged,
    Notice,
    PartRefused,
    UsageChanged,
)
from assistant.prompts import Prompts
from assistant.types import (
    Autonomy,
    ChangeSet,
    ChatModel,
    Context,
    Effort,
    Instruction,
    Message,
    ModelEvent,
    ModelRequest,
    Retrying,
    Role,
    Snippet,
    Stop,
    Text,
    TextDelta,
    ThinkingDelta,
    ToolCall,
    ToolCallDelta,
    Usage,
)

REPAIRS = 1
"""How often a model is told what was refused and asked for those parts again."""


class Gatherer(Protocol):
    """Chooses what the model sees."""

    async def gather(
        self,
        instruction: Instruction,
        budget_tokens: int,
        *,
        pinned: Sequence[Snippet] = (),
        removed: Sequence[Snippet] = (),
    ) -> Context: ...


class Seal(Protocol):
    """Takes secrets out of what leaves and puts them back into what comes; one for each run."""

    def close(self, text: str) -> str: ...

    def open(self, piece: str) -> str:
        """Stream-safe: may hold back a tail that could be the start of a placeholder."""
        ...

    def rest(self) -> str: ...


class RunLog(Protocol):
    """Keeps what was sent and what came back."""

    def record(self, run: str, kind: str, data: Mapping[str, Any]) -> None: ...

    def propose(self, changes: ChangeSet) -> None: ...


@dataclass(frozen=True)
class Rooms:
    """What a session is composed of. ``pick(role, instruction)`` chooses the model for a role."""

    gatherer: Gatherer
    pick: Callable[[str, Instruction], ChatModel]
    files: FileSource
    prompts: Prompts
    log: RunLog
    seal: Callable[[], Seal]
    protected: Callable[[PurePosixPath], str | None]
    format_for: Callable[[ChatModel, Instruction], EditFormat]
    format_words: Callable[[EditFormat], str]
    remarks: Callable[[ChatModel, ModelRequest, Sequence[ModelEvent]], Sequence[str]]
    """What to say of a reply: it ignored the thinking knob, its prompt was cut by the server."""
    texts: Mapping[str, Callable[[], str]] = field(default_factory=dict)
    """What a mention of a kind without text stands for: ``diff``, ``problems``; may block."""


class Turn:
    """One request and its repairs: what the model says becomes events and, in the end,
    ``changes``.
    """

    def __init__(
        self, rooms: Rooms, instruction: Instruction, role: str, model: ChatModel, run: str
    ) -> None:
        self._rooms, self._instruction, self._model, self._run = rooms, instruction, model, run
        self._role = role
        self._format = rooms.format_for(model, instruction)
        self._edits = role == "edit" or instruction.autonomy is not Autonomy.ASK
        self._clock = Clock()
        self._cut = False
        self.said = ""
        self.changes = ChangeSet(run, instruction.text)

    def request(
        self, context: Context, instruction: Instruction, history: Sequence[Message]
    ) -> ModelRequest:
        words = self._rooms.format_words(self._format)
        if self._role == "edit":
            messages = self._rooms.prompts.edit(instruction, context, words)
        else:
            messages = self._rooms.prompts.chat(instruction, context, words, history)
        return ModelRequest(
            messages=messages,
            effort=instruction.effort if instruction.effort else Effort.OFF,
            cache_key=self._run.rpartition("-")[0],
            instruction=self._instruction,
        )

    async def play(self, request: ModelRequest) -> AsyncGenerator[Event, None]:
        for attempt in itertools.count():
            reader = self._reader()
            try:
                async with aclosing(self._ask(request, reader)) as events:
                    async for event in events:
                        yield event
            except ModelError:  # what was complete stays as pending; the rest never was
                for change in reader.cancel().files if self._edits else ():
                    yield HunksChanged(change)
                raise
            if self._edits:
                self.changes = reader.finish(complete=not self._cut)
                if rest := reader.last_prose():
                    yield TextDelta(rest)
            if not self._worth_repairing() or attempt == REPAIRS:
                break
            yield Notice(
                f"{len(self.changes.refused)} part(s) had no safe place; asking the model again."
            )
            request = self._repair(request)
        for change in self.changes.files:
            yield HunksChanged(change)
        for refusal in self.changes.refused:
            yield PartRefused(refusal)

    def _reader(self) -> EditReader:
        selection = self._format is EditFormat.SELECTION and self._role == "edit"
        return EditReader(
            self._rooms.files,
            title=self._instruction.text,
            target=self._instruction.target,
            span=self._instruction.span if selection else None,
            format=self._format if selection else EditFormat.AUTO,
            protected=self._rooms.protected,
        )

    def _worth_repairing(self) -> bool:
        free = self._format is not EditFormat.AUTO  # a model, not a script or an engine
        return bool(self.changes.refused) and not self.changes.files and free

    def _repair(self, request: ModelRequest) -> ModelRequest:
        reasons = "\n".join(f"- {r.path}: {r.reason}" for r in self.changes.refused)
        told = (
            f"Nothing was changed. These parts could not be applied:\n{reasons}\nWrite them again."
        )
        more = (Message(Role.ASSISTANT, (Text(self.said),)), Message(Role.USER, (Text(told),)))
        self.said = ""
        return replace(request, messages=(*request.messages, *more))

    async def _ask(self, request: ModelRequest, reader: EditReader) -> AsyncGenerator[Event, None]:
        seal = self._rooms.seal()
        request = replace(request, messages=tuple(_sealed(m, seal) for m in request.messages))
        self._rooms.log.record(
            self._run, "request", {"model": self._model.name, "messages": _plain(request)}
        )
        self._clock.start()
        async with aclosing(self._model.stream(request)) as stream:
            heard: list[ModelEvent] = []
            async for event in stream:
                heard.append(event)
                for out in self._hear(event, reader, seal):
                    yield out
        for out in self._read(seal.rest(), reader):
            yield out
        self._rooms.log.record(self._run, "reply", {"text": self.said})
        for remark in self._rooms.remarks(self._model, request, heard):
            yield Notice(remark, "warning")

    def _hear(self, event: object, reader: EditReader, seal: Seal) -> list[Event]:
        match event:
            case TextDelta(text):
                return [*self._read(seal.open(text), reader), *self._clock.tick(len(text))]
            case ThinkingDelta(text):
                return [ThinkingDelta(text), *self._clock.tick(len(text))]
            case ToolCall() | ToolCallDelta():
                return self._shown(reader.push_tool(event)) if self._edits else []
            case Usage():
                return [self._clock.total(event)]
            case Retrying():
                return [event]
            case Stop(reason) if reason == "length":
                self._cut = True
                words = "The reply was cut at the model's length limit; what is complete is shown."
                return [Notice(words, "warning")]
            case Stop(reason) if reason in {"filter", "refusal"}:
                return [Notice("The model declined to answer this request.", "warning")]
        return []

    def _read(self, text: str, reader: EditReader) -> list[Event]:
        if not text:
            return []
        self.said += text
        if not self._edits:
            return [TextDelta(text)]
        return self._shown(reader.push(text))

    def _shown(self, progress: Progress) -> list[Event]:
        events: list[Event] = [TextDelta(progress.prose)] if progress.prose else []
        events += [HunksChanged(change) for change in progress.changes]
        return events


class Clock:
    """Measures a reply: tokens are estimated at four characters each until the server reports
    them.
    """

    EVERY_S = 0.2

    def __init__(self) -> None:
        self._start = self._last = time.monotonic()
        self._first: float | None = None
        self._chars = 0
        self._known = Usage()

    def start(self) -> None:
        self._start = self._last = time.monotonic()
        self._first = None
        self._chars = 0

    def tick(self, chars: int) -> list[Event]:
        now = time.monotonic()
        self._first = self._first or now
        self._chars += chars
        if now - self._last < self.EVERY_S:
            return []
        self._last = now
        running = replace(self._known, output=self._known.output + self._chars // 4, estimated=True)
        return [UsageChanged(running, now - self._start, self._rate(self._chars / 4, now))]

    def total(self, usage: Usage) -> Event:
        now = time.monotonic()
        self._known = usage
        return UsageChanged(usage, now - self._start, self._rate(usage.output, now))

    def _rate(self, tokens: float, now: float) -> float:
        spent = now - (self._first if self._first is not None else now)
        return tokens / spent if spent > 0.05 else 0.0


def _sealed(message: Message, seal: Seal) -> Message:
    parts = tuple(Text(seal.close(p.text)) if isinstance(p, Text) else p for p in message.parts)
    return replace(message, parts=parts)


def _plain(request: ModelRequest) -> list[dict[str, str]]:
    return [{"role": message.role.value, "text": message.text} for message in request.messages]
