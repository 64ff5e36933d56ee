"""The loop of a run: ask the model, do what it calls for, tell it what came of it, until done.

Everything it does is an event. What is sent is repaired and fits first; a call runs only when its
reply was complete, its arguments fit and the policy lets it; every call has its answer before the
next request.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any

from assistant.agent.calls import Calling, Done
from assistant.agent.limits import Budget, Limits
from assistant.agent.repeats import Repeats, Turn
from assistant.agent.shrink import shrunk
from assistant.clock import Clock
from assistant.compaction import FIXED_SHARE, Room
from assistant.errors import CapReached, ContextOverflow
from assistant.events import Event, Notice
from assistant.models.history import repaired
from assistant.models.hurry import Hurriable, Hurry
from assistant.models.reply import Reply
from assistant.models.tokens import request_tokens
from assistant.needs import Seal
from assistant.types import (
    ChatModel,
    Effort,
    Message,
    ModelEvent,
    ModelRequest,
    Retrying,
    Role,
    Switched,
    Text,
    TextDelta,
    ThinkingDelta,
    ToolCall,
    ToolCallDelta,
    ToolResult,
    Usage,
)

MOST_WRONG = 3
"""So many calls in a row that cannot be understood end the run."""
NOT_RUN = "This call was not run: the reply was cut at its length limit. Repeat it, shorter."
_MOST_SHRINKS = 2

Record = Callable[[str, Mapping[str, Any]], None]


@dataclass(frozen=True)
class Means:
    """What a run works with. ``room()`` is what is known of the model's window, ``learn`` hears
    that a request was too long and says what is known then.
    """

    model: ChatModel
    seal: Seal
    limits: Limits
    record: Record
    room: Callable[[], Room | None]
    learn: Callable[[ContextOverflow, ModelRequest], Room]
    effort: Effort = Effort.OFF
    cache_key: str = ""
    hurry: Hurry = field(default_factory=Hurry)
    now: Callable[[], float] = time.monotonic


class Loop:
    """Plays one wish. ``messages`` is the conversation as it went along, valid at every moment
    once :func:`repaired`; ``said`` the words of the model.
    """

    def __init__(self, means: Means, calling: Calling) -> None:
        self._means, self._calling = means, calling
        self.messages: list[Message] = []
        self.said = ""
        self.calls = 0
        self.stopped = ""
        """Why it ended before the model was done, as a sentence."""
        self._budget = Budget(means.limits, means.now)
        self._clock = Clock(means.now)
        self._repeats = Repeats()
        self._wrong = 0
        self._shrinks = 0
        self._going = True

    async def play(self, messages: Sequence[Message]) -> AsyncGenerator[Event, None]:
        """Raises ModelError; what came until then is in ``messages``."""
        self.messages = list(messages)
        while self._going:
            if why := self._budget.over():
                self._end(f"Stopped, because {why}. Say “go on” to continue.")
                break
            yield self._budget.step()
            try:
                async with aclosing(self._step()) as events:
                    async for event in events:
                        yield event
            except TimeoutError:
                if not self._budget.over():
                    raise
            except CapReached as error:
                self._end(str(error))
        if self.stopped:
            yield Notice(self.stopped, "warning")

    def _end(self, why: str) -> None:
        self._going, self.stopped = False, why

    # ---- one step

    async def _step(self) -> AsyncGenerator[Event, None]:
        request = self._request()
        reply = Reply()
        try:
            async with aclosing(self._ask(request, reply)) as events:
                async for event in events:
                    yield event
        except ContextOverflow as error:
            request = self._shorter(error, request)
            yield Notice("The window is full; older answers of tools are left out.", "warning")
            async with aclosing(self._ask(request, reply)) as events:
                async for event in events:
                    yield event
        if not reply.calls:
            self._going = False
            if reply.stop in ("filter", "refusal"):
                yield Notice("The model declined to answer this request.", "warning")
            if reply.stop == "length":
                self._end("The reply was cut at the model's length limit. Say “go on”.")
            return
        self.calls += len(reply.calls)
        if reply.stop == "length":
            self._answer([ToolResult(c.id, c.name, NOT_RUN, is_error=True) for c in reply.calls])
            self._count_wrong(len(reply.calls))
            return
        async with aclosing(self._calling.carry_out(reply.calls, self._budget)) as work:
            async for done in work:
                if isinstance(done, Done):
                    self._answer(done.results)
                else:
                    yield done
        async with aclosing(self._judge(reply)) as events:
            async for event in events:
                yield event

    def _answer(self, results: Sequence[ToolResult]) -> None:
        message = Message(Role.TOOL, tuple(results))
        self.messages.append(message)
        self._means.record("answers", {"results": [_result(r) for r in results]})

    # ---- a request that is valid and fits

    def _request(self) -> ModelRequest:
        means = self._means
        request = ModelRequest(
            messages=repaired(self.messages),
            tools=self._calling.specs(),
            effort=means.effort,
            cache_key=means.cache_key,
        )
        room = means.room()
        if room is None:
            return request
        fixed = replace(request, messages=tuple(m for m in request.messages if _stays(m)))
        if room.tokens(request_tokens(fixed)) > room.window * FIXED_SHARE:
            raise ContextOverflow(
                f"The wish, the tools and the rules alone take more than half of the "
                f"{room.window:,} tokens of {room.model}.",
                "Choose a model with a larger window, or send less context.",
                window=room.window,
            )
        return request if room.holds(request) else self._shrink(request, room)

    def _shrink(self, request: ModelRequest, room: Room) -> ModelRequest:
        smaller = shrunk(request, room)
        self._shrinks += not room.holds(smaller)
        if self._shrinks >= _MOST_SHRINKS:
            raise ContextOverflow(
                f"The run does not fit the {room.window:,} tokens of {room.model} any more, even "
                "without the older answers of its tools.",
                "Begin a new conversation; what is proposed stays.",
                window=room.window,
            )
        self.messages = list(smaller.messages)
        return smaller

    def _shorter(self, error: ContextOverflow, request: ModelRequest) -> ModelRequest:
        """The server refused the request for its length: what it said counts from now on."""
        room = self._means.learn(error, request)
        smaller = self._shrink(request, room)
        if smaller == request:
            raise error
        return smaller

    # ---- what the model says

    async def _ask(self, request: ModelRequest, reply: Reply) -> AsyncGenerator[Event, None]:
        means = self._means
        means.record("step", {"model": means.model.name, "messages": len(request.messages)})
        self._clock.begin()
        try:
            async with aclosing(self._stream(request)) as stream:
                while (event := await self._next(stream)) is not None:
                    reply.add(event)
                    for out in self._hear(event):
                        yield out
        finally:
            # Words stay, also of a reply that broke off; its calls and seals do not.
            if rest := means.seal.rest():
                self.said += rest
            message = reply.message()
            if not reply.complete:
                parts = tuple(part for part in message.parts if isinstance(part, Text))
                message = replace(message, parts=parts)
            if message.parts:
                self.messages.append(message)
                means.record("reply", {"text": message.text, "calls": _plain(message)})
        if rest:
            yield TextDelta(rest)

    async def _next(self, stream: AsyncGenerator[ModelEvent, None]) -> ModelEvent | None:
        """The next event, None at the end. Raises TimeoutError when the run's time is up."""
        async with asyncio.timeout(self._budget.left()):
            return await anext(stream, None)

    def _stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        if isinstance(self._means.model, Hurriable):
            return self._means.model.stream(request, self._means.hurry)
        return self._means.model.stream(request)

    def _hear(self, event: ModelEvent) -> list[Event]:
        match event:
            case TextDelta(text):
                shown = self._means.seal.open(text)
                self.said += shown
                said: list[Event] = [TextDelta(shown)] if shown else []
                return [*said, *self._clock.tick(len(text))]
            case ThinkingDelta(text):
                return [event, *self._clock.tick(len(text))]
            case ToolCallDelta(arguments=text):
                return [*self._clock.tick(len(text))]
            case Usage():
                told = self._clock.count(event)
                self._budget.took(told.usage)
                return [told]
            case Retrying() | Switched():
                self._clock.begin()
                return [event]
        return []

    # ---- circles

    async def _judge(self, reply: Reply) -> AsyncGenerator[Event, None]:
        """Whether the run goes in circles, or cannot say what it wants."""
        results = {r.call_id: r for r in self.messages[-1].parts if isinstance(r, ToolResult)}
        wrong = [call for call in reply.calls if call.id in self._calling.wrong]
        if len(wrong) == len(reply.calls):
            self._count_wrong(len(wrong))
        else:
            self._wrong = 0
        for call in reply.calls:
            found = self._repeats.heard(call, results[call.id])
            if found.turn is Turn.STOP:
                self._end(f"Stopped, because it goes in circles. {found.words}")
                return
            if found.turn is Turn.ASK:
                question = self._calling.approvals.ask(
                    "repeat", "repeat", "It may be going in circles", found.words
                )
                self._budget.asks()
                yield question
                answer = await self._calling.approvals.answer_to(question)
                self._budget.answered()
                if not answer.allows:
                    self._end("Stopped on your word.")
                    return
                if answer.word:
                    self.messages.append(Message(Role.USER, (Text(answer.word),)))

    def _count_wrong(self, count: int) -> None:
        self._wrong += count
        if self._wrong >= MOST_WRONG:
            self._end(
                f"Stopped, because {self._means.model.name} called tools wrongly {self._wrong} "
                "times in a row."
            )


def _stays(message: Message) -> bool:
    """What can never be left out: what it was told and asked, without what it did since."""
    return message.role in (Role.SYSTEM, Role.USER)


def _plain(message: Message) -> list[dict[str, Any]]:
    calls = [part for part in message.parts if isinstance(part, ToolCall)]
    return [{"id": c.id, "name": c.name, "arguments": dict(c.arguments)} for c in calls]


def _result(result: ToolResult) -> dict[str, Any]:
    said = {"id": result.call_id, "name": result.name, "text": result.text}
    return {**said, "error": result.is_error}
