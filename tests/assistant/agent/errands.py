"""A session whose model works in steps on a real folder, for tests of the loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Any

from assistant.agent.approvals import NO, ONCE, RUN
from assistant.agent.limits import Limits
from assistant.context.secrets import is_secret_path, redact, restore
from assistant.edits.reader import EditFormat
from assistant.errand import Shop
from assistant.events import Event, Notice, PermissionAsked, ProposalReady, ToolFinished
from assistant.prompts import Prompts
from assistant.repo.paths import forbidden, protected
from assistant.seal import SecretSeal
from assistant.session import Rooms, Session
from assistant.types import (
    Autonomy,
    ChangeSet,
    ChatModel,
    Context,
    Instruction,
    Message,
    ModelEvent,
    ModelRequest,
    Opaque,
    Role,
    Snippet,
    Stop,
    TextDelta,
    ToolCall,
    ToolResult,
    Usage,
)
from resources import ROOT
from tests.assistant.agent.trees import DiskTree, NoIndex

__all__ = ["NO", "ONCE", "RUN"]

Reply = str | ToolCall | tuple[str | ToolCall | ModelEvent, ...] | Exception


def call(name: str, **arguments: Any) -> ToolCall:
    """A call; its id tells it from others of the same run."""
    number = next(_numbers)
    return ToolCall(f"call_{number}", name, arguments)


_numbers = iter(range(1, 1_000_000))


class Player:
    """Says one reply a request, from a list or a function of the request."""

    name = "player"

    def __init__(self, *replies: Reply, always: Callable[[ModelRequest], Reply] | None = None):
        self.replies, self.always = list(replies), always
        self.asked: list[ModelRequest] = []
        self.usage = Usage(100, output=10, cost=0.01)

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        self.asked.append(request)
        reply = self.replies.pop(0) if self.replies else self._always(request)
        parts = reply if isinstance(reply, tuple) else (reply,)
        for part in parts:
            if isinstance(part, Exception):
                raise part
            yield TextDelta(part) if isinstance(part, str) else part
            await asyncio.sleep(0)
        yield self.usage
        if not any(isinstance(part, Stop) for part in parts):
            yield Stop("stop")

    def _always(self, request: ModelRequest) -> Reply:
        assert self.always is not None, "asked more often than there are replies"
        return self.always(request)

    def told(self) -> list[ToolResult]:
        """The answers of tools in the last request."""
        messages = self.asked[-1].messages
        return [p for m in messages for p in m.parts if isinstance(p, ToolResult)]


class Log:
    def __init__(self) -> None:
        self.lines: list[tuple[str, Mapping[str, Any]]] = []
        self.proposed: list[ChangeSet] = []

    def record(self, run: str, kind: str, data: Mapping[str, Any]) -> None:
        self.lines.append((kind, data))

    def propose(self, changes: ChangeSet) -> None:
        self.proposed.append(changes)


class Nothing:
    """A gatherer without an index."""

    async def gather(
        self,
        instruction: Instruction,
        budget_tokens: int,
        *,
        pinned: Sequence[Snippet] = (),
        removed: Sequence[Snippet] = (),
    ) -> Context:
        return Context()


class Errands:
    """One project, one session. ``answers`` are given to its questions in order."""

    def __init__(
        self,
        tree: DiskTree,
        model: ChatModel,
        *,
        limits: Limits | None = None,
        trusted: bool = True,
        level: str = "",
        window: int | None = None,
        answers: Sequence[tuple[str, str]] = (),
    ) -> None:
        self.tree, self.log = tree, Log()
        self.answers = list(answers)
        self.questions: list[PermissionAsked] = []
        rooms = Rooms(
            gatherer=Nothing(),
            pick=lambda role, instruction: model,
            files=tree,
            prompts=Prompts(ROOT / "prompts"),
            log=self.log,
            seal=lambda: SecretSeal(redact, restore),
            forbidden=forbidden,
            protected=protected,
            format_for=lambda model, instruction: EditFormat.SEARCH_REPLACE,
            format_words=lambda name: f"Use {name}.",
            remarks=lambda model, request, events: (),
            window=lambda model: window,
        )
        shop = Shop(
            root=tree.root,
            tree=tree,
            index=NoIndex(),
            trusted=lambda: trusted,
            secret=is_secret_path,
            tools=lambda model: True,
            limits=lambda: limits or Limits(),
            level=lambda: level,
        )
        self.session = Session(rooms, shop=shop)

    async def stream(self, text: str, autonomy: Autonomy) -> AsyncGenerator[Event, None]:
        async for event in self.session.chat(Instruction(text, autonomy=autonomy)):
            yield event
            if isinstance(event, PermissionAsked):
                self.questions.append(event)
                choice, word = self.answers.pop(0)
                self.session.answer(event.key, choice, word)

    def run(self, text: str = "do it", autonomy: Autonomy = Autonomy.AGENT) -> list[Event]:
        async def collect() -> list[Event]:
            return [event async for event in self.stream(text, autonomy)]

        return asyncio.run(collect())


def finished(events: Sequence[Event]) -> list[tuple[str, bool]]:
    """The tools that ran, and whether they did what they should."""
    return [(e.call.name, e.ok) for e in events if isinstance(e, ToolFinished)]


def notices(events: Sequence[Event]) -> str:
    return "\n".join(event.text for event in events if isinstance(event, Notice))


def proposed(events: Sequence[Event]) -> ChangeSet:
    last = events[-1]
    assert isinstance(last, ProposalReady)
    return last.changes


def opaque(messages: Sequence[Message]) -> list[Opaque]:
    return [p for m in messages if m.role is Role.ASSISTANT for p in m.parts
            if isinstance(p, Opaque)]  # fmt: skip
