"""One conversation with one project: an instruction goes in, events come out. Knows every room, no
window.

The rooms are passed in as protocols, so that a test, a tour or a command line composes its own.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from assistant.agent.approvals import Approvals
from assistant.asides import commit_message
from assistant.clock import Clock
from assistant.errand import Errand, NoTools, Shop
from assistant.errors import ContextError, GalleyError
from assistant.events import (
    ContextReady,
    Event,
    Notice,
    ProposalReady,
    RunStarted,
)
from assistant.judging import SecondOpinion
from assistant.models.hurry import Hurriable
from assistant.needs import Rooms
from assistant.parcel import Parcel, Terms
from assistant.prompts import selected_text
from assistant.tape import recorded
from assistant.turn import Asked, Turn
from assistant.types import (
    Autonomy,
    Care,
    ChangeSet,
    ChatModel,
    Context,
    Instruction,
    LeftOut,
    Mention,
    Message,
    ModelRequest,
    Role,
    Snippet,
    Text,
    TextDelta,
    Usage,
)
from assistant.weighing import Weighing
from assistant.windows import Windows

_SOMEWHERE = PurePosixPath("a file")
__all__ = ["Rooms", "Session"]


class Session:
    """Conversation, rejected reasons and spending of one project. Used from the asyncio thread
    alone.
    """

    def __init__(
        self, rooms: Rooms, *, budget_tokens: int = 16_000, shop: Shop | None = None
    ) -> None:
        """``shop`` is what a run with tools needs; without one, Agent proposes as Edit does."""
        self._rooms, self._shop = rooms, shop
        self.budget_tokens = budget_tokens
        self.pinned: tuple[Snippet, ...] = ()
        self.removed: tuple[Snippet, ...] = ()
        self._history: list[Message] = []
        self._verdicts: list[tuple[PurePosixPath, str]] = []
        self._windows = Windows(rooms.window)
        self._turns: dict[str, Turn | Errand | Weighing] = {}
        self._approvals = Approvals()
        self._trail: tuple[Message, ...] = ()
        """All that was said and done in the last errand, while it is the last thing said."""
        self._ids = itertools.count(1)
        self._born = time.strftime("%Y%m%d-%H%M%S")

    def tell(self, verdict: str, path: PurePosixPath = _SOMEWHERE) -> None:
        """A reason for a rejection, or how a hunk was changed before it was kept: goes into the
        next turn, unless the lines of that file stay here.
        """
        self._verdicts.append((path, verdict))

    def recall(self, turns: Sequence[tuple[str, str]]) -> None:
        """Go on with an earlier conversation: (question, answer) of its turns."""
        self.forget()
        for words, said in turns:
            self._history += _as_messages(words, said)

    def forget(self) -> None:
        """Start a new conversation."""
        self._history.clear()
        self._trail = ()
        self._verdicts.clear()

    async def preview(
        self, instruction: Instruction, role: str = "chat"
    ) -> AsyncGenerator[Event, None]:
        """What would leave if this were sent: one ContextReady, after notices of what stays."""
        try:
            model = self._rooms.pick(role, instruction)
        except GalleyError as error:  # why nothing can be asked is said when it is asked
            context = await self._gather(instruction, None)
            yield Notice(str(error))
            parcel = Parcel(left_out=context.left_out, terms=Terms(leaves=False))
            yield ContextReady(context, parcel)
            return
        ready = await self._prepare(instruction, role, model)
        for notice in ready.notices:
            yield notice
        yield ContextReady(ready.asked.context, ready.parcel)

    async def edit(self, instruction: Instruction) -> AsyncGenerator[Event, None]:
        """Ctrl+K: the reply is read as an edit of the selected lines (any other format is taken
        too).
        """
        async with aclosing(
            recorded(self._run(instruction, "edit"), self._rooms.log.record, self._rooms.seal)
        ) as events:
            async for event in events:
                yield event

    async def chat(self, instruction: Instruction) -> AsyncGenerator[Event, None]:
        """The side panel: an answer, and where autonomy allows it edits to any file."""
        async with aclosing(
            recorded(self._run(instruction, "chat"), self._rooms.log.record, self._rooms.seal)
        ) as events:
            async for event in events:
                yield event

    async def _run(self, instruction: Instruction, role: str) -> AsyncGenerator[Event, None]:
        run = f"{self._born}-{next(self._ids)}"
        instruction = replace(instruction, run=run)
        model = self._rooms.pick(role, instruction)
        scripted = bool(getattr(model, "scripted", False))
        hurries = isinstance(model, Hurriable)
        yield RunStarted(run, instruction.text, model.name, scripted, hurries)
        ready = await self._prepare(instruction, role, model, run)
        self._verdicts.clear()
        for notice in ready.notices:
            yield notice
        yield ContextReady(ready.asked.context, ready.parcel)
        _refuse_blind(ready.parcel)
        turn, asked = ready.turn, ready.asked
        if isinstance(turn, Errand):
            try:
                async with aclosing(self._played_errand(turn, ready, run)) as events:
                    async for event in events:
                        yield event
                return
            except NoTools:
                yield Notice(f"{model.name} cannot call tools, so it answers as in Edit.")
            turn, asked = self._as_in_edit(ready, model, run)
        self._turns[run] = turn
        try:
            async with aclosing(turn.play(asked)) as events:
                async for event in events:
                    yield event
        finally:
            del self._turns[run]
        if role == "chat":
            self._history = list(turn.history)
            self._remember(ready.instruction, turn.said)
        self._rooms.log.propose(turn.changes)
        yield ProposalReady(turn.changes)

    async def _prepare(
        self, instruction: Instruction, role: str, model: ChatModel, run: str = "preview-0"
    ) -> _Ready:
        """Everything up to the moment of sending.

        Raises ContextError when the lines to be edited may not leave.
        """
        notices: list[Notice] = []
        instruction, kept = await self._admitted(instruction, role, model, notices)
        context = Context()
        try:
            context = await self._gather(instruction, model)
        except ContextError as error:
            notices.append(Notice(f"{error} Only the selection is sent.", "warning"))
        context = replace(context, left_out=(*kept, *context.left_out))
        turn: Turn | Errand | Weighing
        history = tuple(self._history) if role == "chat" else ()
        if role == "chat" and self._works(instruction, model):
            assert self._shop is not None
            turn = Errand(
                self._rooms, self._shop, self._approvals, instruction, model, run, self._windows
            )
            history = self._trail or history
        else:
            turn = self._turn(instruction, role, model, run)
        told = replace(instruction, text=await self._told(instruction))
        asked = Asked(context, told, history, self.pinned)
        parcel = await asyncio.to_thread(turn.parcel, asked)
        return _Ready(instruction, asked, turn, parcel, notices)

    def _turn(
        self, instruction: Instruction, role: str, model: ChatModel, run: str
    ) -> Turn | Weighing:
        """One call, or as many as the care for it takes; a question is one call."""
        edits = role == "edit" or instruction.autonomy is not Autonomy.ASK
        if instruction.care is Care.QUICK or not edits:
            return Turn(self._rooms, instruction, role, model, run, self._windows)
        return Weighing(self._rooms, instruction, role, model, run, self._windows)

    async def _admitted(
        self, instruction: Instruction, role: str, model: ChatModel, notices: list[Notice]
    ) -> tuple[Instruction, tuple[LeftOut, ...]]:
        """The instruction without a target of which no line may leave, and why it stays."""
        target, span = instruction.target, instruction.span
        nothing = ModelRequest(())
        if target is None or not self._rooms.terms(model, nothing, 0).leaves:
            return instruction, ()
        reason = await asyncio.to_thread(self._rooms.withheld, target.path)
        if reason is None:
            return instruction, ()
        sentence = f"{target.path} stays on this machine: {reason}."
        if role == "edit":
            raise ContextError(sentence, "Use the built-in edits for it, or edit it by hand.")
        if span is not None and not span.empty:
            notices.append(Notice(sentence, "warning"))
        return replace(instruction, target=None, span=None), (LeftOut(target.path, reason),)

    # -- errands -------------------------------------------------------------------------------

    def _works(self, instruction: Instruction, model: ChatModel) -> bool:
        """Whether the model shall work in steps, and may be able to."""
        shop = self._shop
        return instruction.autonomy is Autonomy.AGENT and shop is not None and shop.tools(model)

    def _as_in_edit(
        self, ready: _Ready, model: ChatModel, run: str
    ) -> tuple[Turn | Weighing, Asked]:
        """The same wish for a model that turned out to call no tools."""
        instruction = replace(ready.instruction, autonomy=Autonomy.EDIT)
        told = replace(ready.asked.instruction, autonomy=Autonomy.EDIT)
        asked = replace(ready.asked, instruction=told, history=tuple(self._history))
        turn = self._turn(instruction, "chat", model, run)
        if isinstance(turn, Weighing):
            turn.parcel(asked)
        return turn, asked

    async def _played_errand(
        self, errand: Errand, ready: _Ready, run: str
    ) -> AsyncGenerator[Event, None]:
        """However it ends, what was said and done is remembered, and what is proposed stands."""
        self._turns[run] = errand
        try:
            async with aclosing(errand.play(ready.asked)) as events:
                async for event in events:
                    yield event
        except NoTools:
            raise
        except BaseException:
            self._end_errand(ready.instruction, errand)
            raise
        finally:
            del self._turns[run]
        self._end_errand(ready.instruction, errand)
        yield ProposalReady(errand.changes)

    def _end_errand(self, wish: Instruction, errand: Errand) -> None:
        self._remember(wish, errand.said)
        self._trail = errand.messages
        self._rooms.log.propose(errand.changes)

    def answer(self, key: str, choice: str, word: str = "") -> None:
        """The person answered a question of a run."""
        self._approvals.answer(key, choice, word)

    async def commit_message(self, changes: ChangeSet) -> AsyncGenerator[Event, None]:
        """A message for the kept hunks, written by the model of that role: TextDelta, UsageChanged.

        Raises ModelError and SettingsError.
        """
        run, clock = f"{self._born}-{next(self._ids)}", Clock()
        async with aclosing(commit_message(self._rooms, run, changes)) as events:
            async for event in events:
                yield event if isinstance(event, TextDelta) else clock.count(event)

    async def opinion(self, changes: ChangeSet, *, ask: bool) -> AsyncGenerator[Event, None]:
        """What another model thinks of the undecided hunks of ``changes``: first what would leave
        and at what price, then, if it shall be asked, what it said.

        Raises ModelError, SettingsError, and ContextError where nothing may leave.
        """
        run, clock = f"{self._born}-{next(self._ids)}", Clock()
        effort = self._rooms.effort("judge")
        model = self._rooms.pick("judge", Instruction(changes.title, effort=effort, run=run))
        second = await asyncio.to_thread(SecondOpinion, self._rooms, model, run, changes)
        if not second.hunks:
            raise ContextError("No undecided hunk may leave this machine.", "Judge them yourself.")
        yield RunStarted(run, changes.title, model.name)
        yield ContextReady(Context(), await asyncio.to_thread(second.parcel))
        if ask:
            async with aclosing(second.ask()) as events:
                async for event in events:
                    yield clock.count(event) if isinstance(event, Usage) else event

    def answer_now(self, run: str) -> None:
        """The person will not wait for more thinking of a run."""
        if run in self._turns:
            self._turns[run].hurry.press()

    def try_now(self, run: str) -> None:
        """The person will not wait for the next attempt of a run."""
        if run in self._turns:
            self._turns[run].hurry.try_now()

    async def _gather(self, instruction: Instruction, model: ChatModel | None) -> Context:
        mentions = [await self._filled(mention, instruction) for mention in instruction.mentions]
        name = instruction.model if model is None else model.name
        instruction = replace(instruction, mentions=tuple(mentions), model=name)
        return await self._rooms.gatherer.gather(
            instruction, self._budget(model, instruction), pinned=self.pinned, removed=self.removed
        )

    def _budget(self, model: ChatModel | None, instruction: Instruction) -> int:
        """Tokens for the project: what the person set, but never more than half of a window, or a
        fifth where the model looks for itself.
        """
        window = None if model is None else self._rooms.window(model)
        if model is None or window is None:
            return self.budget_tokens
        share = 5 if self._works(instruction, model) else 2
        return min(self.budget_tokens, window // share)

    async def _filled(self, mention: Mention, instruction: Instruction) -> Mention:
        text_of = self._rooms.texts.get(mention.kind)
        if mention.text or text_of is None:
            return mention
        return replace(mention, text=await text_of(instruction))

    async def _told(self, instruction: Instruction) -> str:
        """The wish with the verdicts on the last proposal before it; they are told once."""
        withheld, verdicts = self._rooms.withheld, tuple(self._verdicts)
        stays = {path: await asyncio.to_thread(withheld, path) for path, _ in verdicts}
        said = [f"- {verdict}" for path, verdict in verdicts if stays[path] is None]
        if not said:
            return instruction.text
        told = "\n".join(said)
        return f"About your last proposal:\n{told}\n\n{instruction.text}"

    def _remember(self, instruction: Instruction, said: str) -> None:
        self._trail = ()
        words = instruction.text
        if chosen := selected_text(instruction):
            words += f"\n\n(about {instruction.target and instruction.target.path}:\n{chosen})"
        self._history += _as_messages(words, said)


@dataclass(frozen=True)
class _Ready:
    """A turn at the moment of sending."""

    instruction: Instruction
    asked: Asked
    turn: Turn | Errand | Weighing
    parcel: Parcel
    notices: list[Notice]


def _refuse_blind(parcel: Parcel) -> None:
    """Raises ContextError when there is a picture and the model is known not to see it."""
    if parcel.terms.sees is False and any(portion.picture for portion in parcel.portions):
        raise ContextError(
            f"{parcel.model} does not see images.", "Remove the image, or choose another model."
        )


def _as_messages(words: str, said: str) -> list[Message]:
    return [
        Message(Role.USER, (Text(words),)),
        Message(Role.ASSISTANT, (Text(said or "(no words)"),)),
    ]
