"""One conversation with one project: an instruction goes in, events come out. Knows every room, no
window.

The rooms are passed in as protocols, so that a test, a tour or a command line composes its own.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from assistant.asides import commit_message
from assistant.clock import Clock
from assistant.compaction import Room
from assistant.errors import ContextError, GalleyError
from assistant.events import (
    ContextReady,
    Event,
    Notice,
    ProposalReady,
    RunStarted,
)
from assistant.models.hurry import Hurriable
from assistant.needs import Rooms
from assistant.prompts import selected_text
from assistant.turn import Asked, Turn
from assistant.types import (
    ChangeSet,
    ChatModel,
    Context,
    Instruction,
    Mention,
    Message,
    Role,
    Snippet,
    Text,
    TextDelta,
)

__all__ = ["Rooms", "Session"]


class Session:
    """Conversation, rejected reasons and spending of one project. Used from the asyncio thread
    alone.
    """

    def __init__(self, rooms: Rooms, *, budget_tokens: int = 16_000) -> None:
        self._rooms = rooms
        self.budget_tokens = budget_tokens
        self.pinned: tuple[Snippet, ...] = ()
        self.removed: tuple[Snippet, ...] = ()
        self._history: list[Message] = []
        self._verdicts: list[str] = []
        self._windows: dict[str, Room] = {}
        self._turns: dict[str, Turn] = {}
        self._ids = itertools.count(1)
        self._born = time.strftime("%Y%m%d-%H%M%S")

    def tell(self, verdict: str) -> None:
        """A reason for a rejection, or how a hunk was changed before it was kept: goes into the
        next turn.
        """
        self._verdicts.append(verdict)

    def forget(self) -> None:
        """Start a new conversation."""
        self._history.clear()
        self._verdicts.clear()

    async def preview(self, instruction: Instruction) -> AsyncGenerator[Event, None]:
        """What would leave if this were sent: one ContextReady."""
        try:
            model = self._rooms.pick("chat", instruction)
        except GalleyError:  # why nothing can be asked is said when it is asked
            model = None
        yield ContextReady(await self._gather(instruction, model))

    async def edit(self, instruction: Instruction) -> AsyncGenerator[Event, None]:
        """Ctrl+K: the reply is read as an edit of the selected lines (any other format is taken
        too).
        """
        async with aclosing(self._run(instruction, "edit")) as events:
            async for event in events:
                yield event

    async def chat(self, instruction: Instruction) -> AsyncGenerator[Event, None]:
        """The side panel: an answer, and where autonomy allows it edits to any file."""
        async with aclosing(self._run(instruction, "chat")) as events:
            async for event in events:
                yield event

    async def _run(self, instruction: Instruction, role: str) -> AsyncGenerator[Event, None]:
        run = f"{self._born}-{next(self._ids)}"
        model = self._rooms.pick(role, instruction)
        scripted = bool(getattr(model, "scripted", False))
        hurries = isinstance(model, Hurriable)
        yield RunStarted(run, instruction.text, model.name, scripted, hurries)
        context = Context()
        try:
            context = await self._gather(instruction, model)
        except ContextError as error:
            yield Notice(f"{error} Only the selection is sent.", "warning")
        yield ContextReady(context)
        turn = self._turns[run] = Turn(self._rooms, instruction, role, model, run, self._windows)
        history = tuple(self._history) if role == "chat" else ()
        asked = Asked(context, self._words(instruction), history, self.pinned)
        try:
            async with aclosing(turn.play(asked)) as events:
                async for event in events:
                    yield event
        finally:
            del self._turns[run]
        if role == "chat":
            self._history = list(turn.history)
            self._remember(instruction, turn.said)
        self._rooms.log.propose(turn.changes)
        yield ProposalReady(turn.changes)

    async def commit_message(self, changes: ChangeSet) -> AsyncGenerator[Event, None]:
        """A message for the kept hunks, written by the model of that role: TextDelta, UsageChanged.

        Raises ModelError and SettingsError.
        """
        run, clock = f"{self._born}-{next(self._ids)}", Clock()
        async with aclosing(commit_message(self._rooms, run, changes)) as events:
            async for event in events:
                yield event if isinstance(event, TextDelta) else clock.count(event)

    def answer_now(self, run: str) -> None:
        """The person will not wait for more thinking of a run."""
        if run in self._turns:
            self._turns[run].hurry.press()

    def try_now(self, run: str) -> None:
        """The person will not wait for the next attempt of a run."""
        if run in self._turns:
            self._turns[run].hurry.try_now()

    async def _gather(self, instruction: Instruction, model: ChatModel | None) -> Context:
        mentions = [await self._filled(mention) for mention in instruction.mentions]
        name = instruction.model if model is None else model.name
        instruction = replace(instruction, mentions=tuple(mentions), model=name)
        return await self._rooms.gatherer.gather(
            instruction, self._budget(model), pinned=self.pinned, removed=self.removed
        )

    def _budget(self, model: ChatModel | None) -> int:
        """Tokens for the project: what the person set, but never more than half of a window."""
        window = None if model is None else self._rooms.window(model)
        return self.budget_tokens if window is None else min(self.budget_tokens, window // 2)

    async def _filled(self, mention: Mention) -> Mention:
        text_of = self._rooms.texts.get(mention.kind)
        if mention.text or text_of is None:
            return mention
        return replace(mention, text=await asyncio.to_thread(text_of))

    def _words(self, instruction: Instruction) -> Instruction:
        """The instruction with the verdicts on the last proposal before it; they are told once."""
        if not self._verdicts:
            return instruction
        told = "\n".join(f"- {verdict}" for verdict in self._verdicts)
        self._verdicts.clear()
        text = f"About your last proposal:\n{told}\n\n{instruction.text}"
        return replace(instruction, text=text)

    def _remember(self, instruction: Instruction, said: str) -> None:
        words = instruction.text
        if chosen := selected_text(instruction):
            words += f"\n\n(about {instruction.target and instruction.target.path}:\n{chosen})"
        self._history += [
            Message(Role.USER, (Text(words),)),
            Message(Role.ASSISTANT, (Text(said or "(no words)"),)),
        ]
