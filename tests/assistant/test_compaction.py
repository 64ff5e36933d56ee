"""A request that does not fit: what goes along, what is left out, one notice, one retry, one error.

Check 19, the compaction half, on a session's own model and on a real llama.cpp server.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from pathlib import PurePosixPath

import pytest

from assistant.compaction import Room, fit, refuse_too_much
from assistant.edits.reader import EditFormat
from assistant.errors import ContextOverflow, ModelError
from assistant.events import ContextReady, Event, Notice, UsageChanged
from assistant.models.connection import connect
from assistant.models.egress import Egress
from assistant.models.tokens import request_tokens
from assistant.prompts import Prompts
from assistant.session import Rooms, Session
from assistant.types import (
    Autonomy,
    ChatModel,
    Context,
    Instruction,
    LineSpan,
    Message,
    ModelEvent,
    ModelRequest,
    Role,
    Snapshot,
    Snippet,
    Stop,
    Text,
    TextDelta,
    ToolCall,
    Usage,
)
from resources import ROOT
from tests.assistant.test_session import Everything, Files, Log
from tests.peers.scripted import Line, said, scripted_server

__all__ = ["scripted_server"]
PROMPTS = Prompts(ROOT / "prompts")
WORDS = "alpha beta gamma delta epsilon "


class _PlainSeal:
    def close(self, text: str) -> str:
        return text

    def open(self, piece: str) -> str:
        return piece

    def rest(self) -> str:
        return ""

    def hidden(self, text: str) -> int:
        return 0

    def arguments(self, call: ToolCall) -> ToolCall:
        return call


def snippet(name: str, score: float, size: int = 20, source: str = "search") -> Snippet:
    text = f"# {name}\n" + WORDS * size
    return Snippet(PurePosixPath(f"{name}.py"), LineSpan(0, 2), text, "near", score, source=source)


def talk(turns: int, size: int = 10) -> tuple[Message, ...]:
    messages: list[Message] = []
    for turn in range(turns):
        messages.append(Message(Role.USER, (Text(f"question {turn} {WORDS * size}"),)))
        messages.append(Message(Role.ASSISTANT, (Text(f"answer {turn} {WORDS * size}"),)))
    return tuple(messages)


def build(context: Context, history: Sequence[Message]) -> ModelRequest:
    wish = Instruction("why?", autonomy=Autonomy.ASK)
    return ModelRequest(PROMPTS.chat(wish, context, "", history).messages())


def test_the_newest_turns_and_the_best_snippets_go_along() -> None:
    context = Context(tuple(snippet(f"s{n}", score=n) for n in range(10)))
    room = Room("m", 2_000)
    fitted = fit(build, context, talk(10), room)
    assert room.holds(fitted.request)
    assert not room.holds(build(context, talk(10)))
    assert fitted.history == talk(10)[-len(fitted.history) :]
    assert len(fitted.history) % 2 == 0
    assert fitted.older + fitted.history == talk(10)
    kept = [s.path.stem for s in fitted.context.snippets]
    assert kept == [f"s{n}" for n in range(10 - len(kept), 10)]
    assert kept
    assert fitted.history
    assert {left.path.stem for left in fitted.context.left_out} == {
        s.path.stem for s in fitted.left_out
    }
    words = fitted.words(room, summarised=True)
    assert "2,000 tokens of m" in words
    assert f"{len(fitted.older)} older messages were summarised" in words
    assert f"{len(fitted.left_out)} pieces of the project" in words


def test_what_the_person_pinned_stays_before_what_only_scored_better() -> None:
    pinned, better = snippet("pinned", 0.1, 60), snippet("better", 9.0, 60)
    fitted = fit(build, Context((better, pinned)), (), Room("m", 1_600), pinned=(pinned,))
    assert fitted.context.snippets == (pinned,)


def test_the_selected_lines_are_never_left_out() -> None:
    chosen = snippet("chosen", 0.0, source="selection")
    fitted = fit(build, Context((snippet("big", 9, 90), chosen)), (), Room("m", 1_100))
    assert fitted.context.snippets == (chosen,)


def test_a_fixed_part_of_more_than_sixty_percent_is_refused() -> None:
    big = Context((snippet("chosen", 0, 100, source="selection"),))
    fixed = request_tokens(build(big, ()))
    refuse_too_much(build, big, Room("m", int(fixed / 0.6) + 10))
    with pytest.raises(ContextOverflow) as caught:
        refuse_too_much(build, big, Room("m", int(fixed / 0.6) - 10))
    assert "selected lines alone take about" in caught.value.cause
    assert "larger window" in caught.value.action


class Narrow:
    """A model with a window it does not tell before it is asked: counts real tokens as it likes."""

    name = "narrow"

    def __init__(self, window: int, *, per: float = 2.0, summary: str | Exception = "") -> None:
        self.window, self.per, self.summary = window, per, summary
        self.asked: list[ModelRequest] = []

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        self.asked.append(request)
        if request.messages[0].text.startswith("Summarise"):
            if isinstance(self.summary, Exception):
                raise self.summary
            yield TextDelta(self.summary)
            yield Usage(50, output=9, cost=0.01)
            yield Stop("stop")
            return
        needed = int(request_tokens(request) * self.per)
        if needed > self.window:
            raise ContextOverflow("Too long.", "Cut it.", needed=needed, window=self.window)
        yield TextDelta("ok")
        yield Usage(needed, output=1, cost=0.02)
        yield Stop("stop")


def session(model: ChatModel, context: Context = Context(), window: int | None = None) -> Session:
    return Session(
        Rooms(
            gatherer=Everything(context),
            pick=lambda role, instruction: model,
            files=Files(),
            prompts=PROMPTS,
            log=Log(),
            seal=_PlainSeal,
            forbidden=lambda path: None,
            protected=lambda path: None,
            format_for=lambda model, instruction: EditFormat.SEARCH_REPLACE,
            format_words=lambda format: "",
            remarks=lambda model, request, events: (),
            window=lambda model: window,
        )
    )


def ask(asking: Session, text: str = "why?") -> tuple[list[Event], ModelError | None]:
    events: list[Event] = []

    async def play() -> None:
        async for event in asking.chat(Instruction(text, autonomy=Autonomy.ASK)):
            events.append(event)  # noqa: PERF401 - an error must leave what came

    try:
        asyncio.run(play())
    except ModelError as error:
        return events, error
    return events, None


def notices(events: Sequence[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, Notice)]


def test_check_19_an_overflow_is_shortened_once_said_once_and_answered() -> None:
    context = Context(tuple(snippet(f"s{n}", n) for n in range(6)))
    model = Narrow(3_000, summary="They talked about Greek letters.")
    asking = session(model, context)
    asking._history = list(talk(8, size=20))
    events, error = ask(asking)
    assert error is None
    assert len(notices(events)) == 1
    assert "did not fit the 3,000 tokens of narrow" in notices(events)[0]
    assert "summarised" in notices(events)[0]
    sent = model.asked[-1]
    assert "Greek letters" in sent.messages[1].text
    assert sent.messages[-1].text.endswith("why?")
    roles = [message.role for message in sent.messages[1:]]
    assert roles == [Role.USER, Role.ASSISTANT] * (len(roles) // 2) + [Role.USER]
    told = [event for event in events if isinstance(event, ContextReady)]
    assert len(told) == 2
    assert len(told[1].context.snippets) < 6
    # The summary was paid for as well.
    assert [e for e in events if isinstance(e, UsageChanged)][-1].usage.cost == pytest.approx(0.03)
    # What was learnt holds: the next question fits at once.
    events, error = ask(asking, "and now?")
    assert error is None
    assert "Greek letters" in model.asked[-1].messages[1].text


def test_without_a_summary_the_older_part_is_dropped_and_that_is_said() -> None:
    model = Narrow(3_000, summary=ModelError("The summary failed."))
    asking = session(model)
    asking._history = list(talk(8, size=20))
    events, error = ask(asking)
    assert error is None
    assert any("could not be summarised: The summary failed." in n for n in notices(events))
    assert any("older messages were left out" in n for n in notices(events))


def test_a_second_overflow_is_one_clear_error() -> None:
    class Stubborn(Narrow):
        async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
            self.asked.append(request)
            if request.messages[0].text.startswith("Summarise"):
                yield Stop("stop")
                return
            raise ContextOverflow("Too long.", needed=9_000, window=8_000)

    model = Stubborn(8_000)
    asking = session(model)
    asking._history = list(talk(3))
    _, error = ask(asking)
    assert isinstance(error, ContextOverflow)
    assert "does not fit narrow even after it was shortened: 9,000 tokens" in error.cause
    assert error.action
    real = [r for r in model.asked if not r.messages[0].text.startswith("Summarise")]
    assert len(real) == 2


def test_a_known_window_is_kept_to_before_anything_is_sent() -> None:
    model = Narrow(2_000, per=1.0)
    asking = session(model, window=2_000)
    asking._history = list(talk(12, size=10))
    _, error = ask(asking)
    assert error is None
    assert len([r for r in model.asked if not r.messages[0].text.startswith("Summarise")]) == 1
    _, error = ask(asking, WORDS * 200)
    assert isinstance(error, ContextOverflow)
    assert "alone take about" in error.cause
    assert len(model.asked) == 2  # one summary, one answer: the last wish was not sent at all


@pytest.mark.parametrize("protocol", ["chat", "responses", "messages"])
def test_check_19_a_real_server_with_a_small_window_answers_after_one_cut(
    scripted_server: Callable[..., object], protocol: str
) -> None:
    server = scripted_server(
        [
            Line("We spoke of Greek letters.", "system and 'Summarise' in system"),
            said("final", "After the cut there was room."),
            Line("An answer of a usual kind."),
        ],
        context=12_000,  # two slots: 6,000 for each
    )

    async def play() -> tuple[list[Event], Session]:
        egress = Egress()
        try:
            model = connect(server.connection(protocol), egress)  # type: ignore[attr-defined]
            asking = session(model)
            asking._history = list(talk(12, size=10))
            wish = Instruction("the final question", autonomy=Autonomy.ASK)
            events = [event async for event in asking.chat(wish)]
            told = [sent.status for sent in egress.sent]  # 0 where the line dropped and was retried
            assert [one for one in told if one] == [400, 200, 200], (told, events)
            return events, asking
        finally:
            await egress.aclose()

    events, asking = asyncio.run(play())
    answer = "".join(e.text for e in events if isinstance(e, TextDelta))
    assert answer == "After the cut there was room."
    assert "did not fit the 6," in notices(events)[0]
    assert "summarised" in notices(events)[0]
    assert "Greek letters" in asking._history[0].text


def test_an_edit_keeps_its_selection_and_its_file() -> None:
    target = Snapshot(PurePosixPath("a.py"), "one = 1\n" * 4)
    chosen = Snippet(
        target.path, LineSpan(0, 2), "one = 1\none = 1\n", "selected", source="selection"
    )
    model = Narrow(2_400)
    asking = session(model, Context((snippet("far", 1, 90), chosen)))

    async def play() -> list[Event]:
        return [e async for e in asking.edit(Instruction("two", target, LineSpan(0, 2)))]

    events = asyncio.run(play())
    assert len(model.asked) == 2
    assert "<selection" in model.asked[1].messages[-1].text
    assert "alpha" not in model.asked[1].messages[-1].text
    assert any("pieces of the project left out" in n or "1 piece" in n for n in notices(events))
