"""One request and its repairs: what a model says becomes events and, in the end, a proposal.

Keeps nothing after the turn.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from assistant import asides
from assistant.clock import Clock
from assistant.compaction import Room, fit, refuse_too_much
from assistant.edits.guards import guarded
from assistant.edits.reader import EditFormat, EditReader, Progress
from assistant.errors import ContextOverflow, ModelError, SettingsError
from assistant.events import ContextReady, Event, HunksChanged, Notice, PartRefused
from assistant.models.hurry import Hurriable, Hurry
from assistant.needs import Rooms
from assistant.parcel import Parcel, plain
from assistant.types import (
    Autonomy,
    ChangeSet,
    ChatModel,
    Context,
    FileChange,
    Instruction,
    Message,
    ModelEvent,
    ModelRequest,
    Retrying,
    Role,
    Snippet,
    Stop,
    Switched,
    Text,
    TextDelta,
    ThinkingDelta,
    ToolCall,
    Usage,
)
from assistant.windows import Windows
from assistant.writing import Writer

REPAIRS = 1
"""How often a model is told what was refused and asked for those parts again."""
_EASIER = {EditFormat.SELECTION, EditFormat.WHOLE_FILE, EditFormat.AUTO}
"""Formats that ask nothing of a model but the whole text, or that nobody was asked for."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a turn is made of: ``instruction`` is the wish with what is told besides it."""

    context: Context
    instruction: Instruction
    history: tuple[Message, ...] = ()
    pinned: tuple[Snippet, ...] = ()
    answered: str = ""
    """An answer that it had already, and what is said of that answer."""
    told: str = ""


class Turn:
    """Plays one wish. In the end ``changes`` holds the proposal, ``said`` the words, and
    ``history`` the conversation as it went along.

    ``windows`` holds what is known of models; what servers say goes into it.
    """

    def __init__(
        self,
        rooms: Rooms,
        instruction: Instruction,
        role: str,
        model: ChatModel,
        run: str,
        windows: Windows | None = None,
        *,
        repairs: int = REPAIRS,
        temperature: float | None = None,
    ) -> None:
        """``repairs`` is how often the model is asked again for what was refused."""
        self._rooms, self._instruction, self._model, self._run = rooms, instruction, model, run
        self._repairs = repairs
        self._role = role
        # An answer in the panel may be about other files than the selected lines.
        place = instruction if role == "edit" else replace(instruction, span=None)
        self._format = rooms.format_for(model, place)
        self._fallen_back = False
        self._edits = role == "edit" or instruction.autonomy is not Autonomy.ASK
        self._writer = Writer(rooms, instruction, role, model, run, temperature)
        self._seal = self._writer.seal
        self._clock = Clock()
        self._cut = False
        self._windows = Windows(rooms.window) if windows is None else windows
        self._asked = Asked(Context(), instruction)
        self.hurry = Hurry()
        """The buttons of this turn."""
        self.said = ""
        self.changes = ChangeSet(run, instruction.text)
        self.history: tuple[Message, ...] = ()

    @property
    def model(self) -> ChatModel:
        """Who is asked."""
        return self._model

    def parcel(self, asked: Asked) -> Parcel:
        """What would leave first, if it fits."""
        self._asked = asked
        return self._writer.parcel(self._build(asked.context, asked.history))

    async def play(self, asked: Asked) -> AsyncGenerator[Event, None]:
        """Asks, reads, and asks once more for what was refused. Raises ModelError."""
        self._asked, self.history = asked, asked.history
        request = self._build(asked.context, asked.history)
        shortened = False
        room = self._windows.room(self._model)
        if room is not None:
            refuse_too_much(self._build, asked.context, room)
            shortened = not room.holds(request)
        if room is not None and shortened:
            async with aclosing(self._shorten(room)) as events:
                async for event in events:
                    yield event
            request = self._shortened
        try:
            async with aclosing(self._attempts(request)) as events:
                async for event in events:
                    yield event
            return
        except ContextOverflow as error:
            if shortened or self.said:
                raise _still_too_long(error, self._model.name) from None
            room = self._windows.learn(self._model, error, request)
        async with aclosing(self._shorten(room)) as events:
            async for event in events:
                yield event
        try:
            async with aclosing(self._attempts(self._shortened)) as events:
                async for event in events:
                    yield event
        except ContextOverflow as error:
            raise _still_too_long(error, self._model.name) from None

    async def _attempts(self, request: ModelRequest) -> AsyncGenerator[Event, None]:
        for attempt in itertools.count():
            reader = self._reader()
            try:
                async with aclosing(self._ask(request, reader)) as events:
                    async for event in events:
                        yield event
            except ContextOverflow:
                if not attempt:
                    raise
                yield Notice("The model's window has no room to ask it again.", "warning")
                break
            except ModelError:  # what was complete stays as pending; the rest never was
                for change in reader.cancel().files if self._edits else ():
                    yield HunksChanged(self._guarded(change))
                raise
            if self._edits:
                found = reader.finish(complete=not self._cut)
                self.changes = replace(found, files=tuple(map(self._guarded, found.files)))
                if rest := reader.last_prose():
                    yield TextDelta(rest)
            self._judge()
            if not self._worth_repairing() or attempt == self._repairs:
                break
            yield Notice(self._fall_back())
            request = self._repair(request)
        for change in self.changes.files:
            yield HunksChanged(change)
        for refusal in self.changes.refused:
            yield PartRefused(refusal)

    # -- a request that fits -------------------------------------------------------------------

    def _build(self, context: Context, history: Sequence[Message]) -> ModelRequest:
        asked = self._asked
        request = self._writer.build(asked.instruction, context, history, self._format)
        if asked.told:
            request = self._writer.again(request, asked.answered or "(no words)", asked.told)
        return request

    async def _shorten(self, room: Room) -> AsyncGenerator[Event, None]:
        """Makes ``_shortened``, a request that fits, and says what does not go along."""
        context, history, pinned = self._asked.context, self._asked.history, self._asked.pinned
        spare = min(asides.SUMMARY_TOKENS, room.prompt // 8)
        fitted = fit(self._build, context, history, room, pinned=pinned, spare=spare)
        words = ""
        if fitted.older:
            try:
                async with aclosing(
                    asides.summary(self._rooms, self._run, fitted.older, room.prompt // 2)
                ) as said:
                    async for event in said:
                        if isinstance(event, Usage):
                            yield self._clock.count(event)
                        else:
                            words += event.text
            except (ModelError, SettingsError) as error:
                words = ""
                yield Notice(f"The older conversation could not be summarised: {error}", "warning")
        self.history = (*_told(words), *fitted.history)
        self._shortened = self._build(fitted.context, self.history)
        if words and not room.holds(self._shortened):
            words, self.history = "", fitted.history
            self._shortened = fitted.request
        yield Notice(fitted.words(room, bool(words)), "warning")
        parcel = self._writer.parcel(self._shortened)
        yield ContextReady(fitted.context, parcel)

    # -- reading -------------------------------------------------------------------------------

    def _reader(self) -> EditReader:
        chosen = self._role == "edit" or self._fallen_back
        selection = self._format is EditFormat.SELECTION and chosen
        return EditReader(
            self._rooms.files,
            title=self._instruction.text,
            target=self._instruction.target,
            span=self._instruction.span if selection else None,
            format=self._format if selection else EditFormat.AUTO,
            protected=self._rooms.forbidden,
        )

    def _judge(self) -> None:
        """Whether the model can be asked for edits in this format again."""
        if self._format not in _EASIER and (self.changes.files or self.changes.refused):
            self._rooms.followed(self._model, bool(self.changes.files))

    def _worth_repairing(self) -> bool:
        free = self._format is not EditFormat.AUTO  # a model, not a script or an engine
        return bool(self.changes.refused) and not self.changes.files and free

    def _fall_back(self) -> str:
        """A format nobody can get wrong for the next attempt, and what is said of it."""
        count = len(self.changes.refused)
        told = f"{count} part had" if count == 1 else f"{count} parts had"
        if self._format in _EASIER:
            return f"{told} no safe place; asking the model again."
        span = self._instruction.span
        selected = self._instruction.target is not None and span is not None and not span.empty
        self._format = EditFormat.SELECTION if selected else EditFormat.WHOLE_FILE
        self._fallen_back = True
        what = "the whole selection" if selected else "the whole file"
        return f"{told} no safe place; {self._model.name} is asked for {what} instead."

    def _repair(self, request: ModelRequest) -> ModelRequest:
        reasons = "\n".join(f"- {r.path}: {r.reason}" for r in self.changes.refused)
        told = f"Nothing was changed. These parts could not be applied:\n{reasons}\n"
        if self._fallen_back:
            told += f"Write the change in another way now. {self._rooms.format_words(self._format)}"
        else:
            told += "Write them again."
        said, self.said = self.said, ""
        return self._writer.again(request, said, told)

    async def _ask(self, request: ModelRequest, reader: EditReader) -> AsyncGenerator[Event, None]:
        self._rooms.log.record(self._run, "request", plain(self._writer.parcel(request)))
        self._clock.begin()
        async with aclosing(self._stream(request)) as stream:
            heard: list[ModelEvent] = []
            async for event in stream:
                heard.append(event)
                for out in self._hear(event, reader):
                    yield out
        for out in self._read(self._seal.rest(), reader):
            yield out
        self._rooms.log.record(self._run, "reply", {"text": self.said})
        for remark in self._rooms.remarks(self._model, request, heard):
            yield Notice(remark, "warning")

    def _stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        if isinstance(self._model, Hurriable):
            return self._model.stream(request, self.hurry)
        return self._model.stream(request)

    def _hear(self, event: object, reader: EditReader) -> list[Event]:
        match event:
            case TextDelta(text):
                return [*self._read(self._seal.open(text), reader), *self._clock.tick(len(text))]
            case ThinkingDelta(text):
                return [ThinkingDelta(text), *self._clock.tick(len(text))]
            case ToolCall():
                call = self._seal.arguments(event)
                return self._shown(reader.push_tool(call)) if self._edits else []
            case Usage():
                return [self._clock.count(event)]
            case Retrying() | Switched():
                self._clock.begin()
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
        events += [HunksChanged(self._guarded(change)) for change in progress.changes]
        return events

    def _guarded(self, change: FileChange) -> FileChange:
        return guarded(change, self._rooms.protected)


def _told(summary: str) -> tuple[Message, ...]:
    """A summary as the first turn of a conversation; roles go on alternating."""
    if not summary.strip():
        return ()
    words = f"Earlier in this conversation, in short:\n{summary.strip()}"
    return (Message(Role.USER, (Text(words),)), Message(Role.ASSISTANT, (Text("Understood."),)))


def _still_too_long(error: ContextOverflow, model: str) -> ContextOverflow:
    sizes = ""
    if error.needed and error.window:
        sizes = f": {error.needed:,} tokens in a window of {error.window:,}"
    return ContextOverflow(
        f"The request does not fit {model} even after it was shortened{sizes}.",
        "Select fewer lines, begin a new conversation, or choose a model with a larger window.",
        status=error.status,
        needed=error.needed,
        window=error.window,
    )
