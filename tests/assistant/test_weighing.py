"""One wish as several calls: what is asked when, what is chosen, and what it may cost at most."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest

from assistant.agent.checks import RuffCheck, SyntaxCheck, TestsCheck, run_checks
from assistant.agent.limits import Limits
from assistant.context.secrets import redact, restore
from assistant.edits.reader import EditFormat
from assistant.errors import BadRequest, CapReached, Overloaded, SettingsError
from assistant.events import (
    Candidate,
    CheckFinished,
    Chosen,
    ContextReady,
    Event,
    GraphChanged,
    HunksChanged,
    Node,
    NodeKind,
    NodeState,
    ProposalReady,
    Terms,
    UsageChanged,
)
from assistant.prompts import Prompts
from assistant.seal import SecretSeal
from assistant.session import Rooms, Session
from assistant.types import (
    Autonomy,
    Care,
    ChangeSet,
    ChatModel,
    Context,
    Effort,
    HunkState,
    Instruction,
    LineSpan,
    ModelEvent,
    ModelRequest,
    Snapshot,
    Stop,
    TextDelta,
    Usage,
)
from resources import ROOT
from tests.assistant.test_session import Everything, Files, Log, run

PATH = PurePosixPath("area.py")
OLD = "def area(r):\n    return 3 * r * r\n"
GOOD = "def area(r):\n    return 3.14159 * r * r\n"
BAD = "def area(r):\n    return 6.28 * r\n"
BROKEN = "def area(r:\n    return 3.14159\n"
TEST = """\
import unittest
from area import area


class Test(unittest.TestCase):
    def test_area(self):
        self.assertAlmostEqual(area(1), 3.1, 0)
"""


def fenced(code: str) -> str:
    return f"```python\n{code}```\n"


class Member:
    """A model with a name: says its replies in turn, then its last; an error in place of one."""

    def __init__(self, name: str, *replies: str | Exception, cost: float | None = 0.01) -> None:
        self.name, self.replies, self.cost = name, list(replies), cost
        self.asked: list[ModelRequest] = []
        self.closed = 0
        self.gate: asyncio.Event | None = None

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        self.asked.append(request)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        try:
            if isinstance(reply, Exception):
                raise reply
            for at in range(0, len(reply), 9):
                yield TextDelta(reply[at : at + 9])
                await asyncio.sleep(0)
            yield Usage(10, output=5, cost=self.cost)
            if self.gate is not None:
                await self.gate.wait()
            yield Stop("stop")
        finally:
            self.closed += 1


class Table:
    """A session in which each role has its model, over a real folder with real checks."""

    def __init__(
        self,
        root: Path,
        roles: Mapping[str, ChatModel],
        *,
        trusted: bool = True,
        limits: Limits = Limits(),
        prices: Mapping[str, tuple[float | None, float | None]] | None = None,
        engine: Callable[[ChatModel], bool] = lambda model: False,
    ) -> None:
        self.root, self.roles, self.trusted, self.log = root, roles, trusted, Log()
        self.picked: list[tuple[str, Instruction]] = []
        self.prices = prices or {}
        rooms = Rooms(
            gatherer=Everything(Context()),
            pick=self._pick,
            files=Files(),
            prompts=Prompts(ROOT / "prompts"),
            log=self.log,
            seal=lambda: SecretSeal(redact, restore),
            forbidden=lambda path: None,
            protected=lambda path: None,
            format_for=lambda model, instruction: EditFormat.SELECTION,
            format_words=lambda format: f"Use {format}.",
            remarks=lambda model, request, events: (),
            terms=self._terms,
            check=self._check,
            limits=lambda: limits,
            engine=engine,
        )
        self.session = Session(rooms)

    def _pick(self, role: str, instruction: Instruction) -> ChatModel:
        self.picked.append((role, instruction))
        found = self.roles.get(role) or (self.roles["edit"] if role != "judge" else None)
        if found is None:
            raise SettingsError("No model is there to judge.")
        return found

    def _terms(self, model: ChatModel, request: ModelRequest, tokens: int) -> Terms:
        low, high = self.prices.get(model.name, (0.01, 0.02))
        return Terms(low=low, high=high)

    async def _check(self, changes: ChangeSet) -> AsyncGenerator[CheckFinished, None]:
        after = {c.base.path: c.applied([HunkState.PENDING]) for c in changes.files}
        before = {c.base.path: c.base.text for c in changes.files}
        checks = (SyntaxCheck(), RuffCheck(), TestsCheck(30))
        found = run_checks(self.root, after, self.trusted, checks=checks, before=before)
        async for one in found:
            yield one

    def edit(self, care: Care, **more: object) -> list[Event]:
        return run(self.session.edit(self.wish(care, **more)))

    def wish(self, care: Care, **more: object) -> Instruction:
        wish = Instruction("use pi", Snapshot(PATH, OLD), LineSpan(0, 2), care=care)
        return replace(wish, effort=Effort.OFF, **more)  # type: ignore[arg-type]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "area.py").write_text(OLD)
    (tmp_path / "test_area.py").write_text(TEST)
    return tmp_path


def graph(events: list[Event]) -> dict[str, Node]:
    last = [event for event in events if isinstance(event, GraphChanged)][-1]
    return {node.id: node for node in last.nodes}


def chosen(events: list[Event]) -> Chosen:
    [one] = [event for event in events if isinstance(event, Chosen)]
    return one


def text_of(events: list[Event]) -> str:
    last = events[-1]
    assert isinstance(last, ProposalReady)
    [change] = last.changes.files
    return change.applied([HunkState.PENDING])


def states(events: list[Event]) -> dict[str, NodeState]:
    return {id: node.state for id, node in graph(events).items()}


DONE, SKIPPED, FAILED = NodeState.DONE, NodeState.SKIPPED, NodeState.FAILED


def test_quick_is_one_call_and_no_graph(root: Path) -> None:
    model = Member("one", fenced(GOOD))
    events = Table(root, {"edit": model}).edit(Care.QUICK)
    assert len(model.asked) == 1
    assert not [event for event in events if isinstance(event, GraphChanged | Chosen)]


def test_a_checked_draft_that_is_right_is_asked_for_once(root: Path) -> None:
    model = Member("one", fenced(GOOD))
    events = Table(root, {"edit": model}).edit(Care.CHECKED)
    assert len(model.asked) == 1
    assert states(events) == {
        "a": DONE, "check-a": DONE, "b": SKIPPED, "check-b": SKIPPED, "choose": SKIPPED
    }  # fmt: skip
    nodes = graph(events)
    assert nodes["check-a"].good is True
    assert "1 passed" in nodes["check-a"].note
    assert [event.tool for event in events if isinstance(event, CheckFinished)] == [
        "syntax", "ruff", "tests"
    ]  # fmt: skip
    assert text_of(events) == GOOD


def test_what_the_checks_find_is_mended_once_by_another_model(root: Path) -> None:
    cheap, strong = Member("cheap", fenced(BAD)), Member("strong", fenced(GOOD), cost=0.05)
    table = Table(root, {"edit": cheap, "repair": strong})
    events = table.edit(Care.CHECKED)
    assert (len(cheap.asked), len(strong.asked)) == (1, 1)
    assert graph(events)["b"].kind is NodeKind.ESCALATE
    told = strong.asked[0].messages
    assert told[-2].text == fenced(BAD)
    assert "1 failed" in told[-1].text
    assert "test_area" in told[-1].text
    assert text_of(events) == GOOD
    decided = chosen(events)
    assert (decided.id, [c.id for c in decided.candidates]) == ("b", ["a", "b"])
    assert graph(events)["check-a"].good is False
    assert graph(events)["check-b"].good is True
    runs = [node.run for node in graph(events).values() if node.run]
    assert len(set(runs)) == 2
    assert [kind for kind, _ in table.log.lines].count("request") == 2
    total = [event for event in events if isinstance(event, UsageChanged)][-1]
    assert total.usage.cost == pytest.approx(0.06)


def test_the_shown_hunks_are_those_of_the_first_draft_until_it_is_decided(root: Path) -> None:
    table = Table(root, {"edit": Member("one", fenced(BAD), fenced(GOOD))})
    events = table.edit(Care.CHECKED)
    shown = [event.change for event in events if isinstance(event, HunksChanged)]
    new = {line for change in shown for hunk in change.hunks for line in hunk.new}
    assert new == {"    return 6.28 * r\n"}
    assert isinstance(events[-1], ProposalReady)
    assert isinstance(events[-2], Chosen)


def test_a_repair_that_is_no_better_leaves_the_first(root: Path) -> None:
    events = Table(root, {"edit": Member("one", fenced(BAD), fenced(BROKEN))}).edit(Care.CHECKED)
    assert chosen(events).id == "a"
    assert text_of(events) == BAD


def test_what_was_just_as_bad_before_is_not_mended(root: Path) -> None:
    (root / "test_area.py").write_text(TEST.replace("3.1", "99"))
    model = Member("one", fenced("def area(r):\n    return 3 * r * r  # squared\n"))
    events = Table(root, {"edit": model}).edit(Care.CHECKED)
    assert len(model.asked) == 1
    assert "the same without the change" in " ".join(
        event.summary for event in events if isinstance(event, CheckFinished)
    )


def test_in_a_restricted_folder_no_test_runs_and_it_is_said(root: Path) -> None:
    events = Table(root, {"edit": Member("one", fenced(BAD))}, trusted=False).edit(Care.CHECKED)
    found = {event.tool: event for event in events if isinstance(event, CheckFinished)}
    assert found["syntax"].ok
    assert "not trusted" in found["tests"].summary
    assert chosen(events).id == "a"


def test_an_engine_that_writes_the_same_again_is_only_checked(root: Path) -> None:
    model = Member("engine", fenced(BAD))
    table = Table(root, {"edit": model}, engine=lambda m: m is model)
    for care in (Care.CHECKED, Care.COUNCIL):
        events = table.edit(care)
        assert list(graph(events)) == ["a", "check-a"]
        assert graph(events)["check-a"].good is False
        assert chosen(events).id == "a"


def test_a_council_takes_the_draft_that_the_checks_find_best(root: Path) -> None:
    members = {
        "edit": Member("one", fenced(BROKEN)),
        "repair": Member("two", fenced(GOOD)),
        "judge": Member("three", fenced(BAD)),
    }
    events = Table(root, members).edit(Care.COUNCIL)
    decided = chosen(events)
    assert (decided.id, "passed" in decided.why) == ("b", True)
    assert [c.model for c in decided.candidates] == ["one", "two", "three"]
    assert text_of(events) == GOOD
    assert graph(events)["judge"].state is SKIPPED
    assert [m.asked[0].temperature for m in members.values()] == [None] * 3


def test_one_model_is_asked_at_different_temperatures_and_without_where_it_thinks(
    root: Path,
) -> None:
    model, judge = Member("one", fenced(GOOD)), Member("one", "1: fine.")
    Table(root, {"edit": model, "judge": judge}).edit(Care.COUNCIL)
    assert [request.temperature for request in model.asked] == [None, 0.2, 1.0]
    table = Table(root, {"edit": (again := Member("one", fenced(GOOD))), "judge": judge})
    run(table.session.edit(replace(table.wish(Care.COUNCIL), effort=Effort.HIGH)))
    assert [request.temperature for request in again.asked] == [None] * 3


def test_a_model_that_takes_no_temperature_is_asked_without(root: Path) -> None:
    class Strict(Member):
        async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
            if request.temperature is not None:
                self.asked.append(request)
                raise BadRequest("Unsupported value: temperature.")
            async for event in super().stream(request):
                yield event

    model = Strict("one", fenced(GOOD))
    events = Table(root, {"edit": model, "judge": model}).edit(Care.COUNCIL)
    assert len(model.asked) == 5
    assert len(chosen(events).candidates) == 3


def test_drafts_alike_win_by_their_number_without_a_judge(root: Path) -> None:
    other = "def area(r):\n    return 3.14159265 * r * r\n"
    members = {
        "edit": Member("one", fenced(other)),
        "repair": Member("two", fenced(GOOD)),
        "judge": Member("three", fenced(GOOD)),
    }
    events = Table(root, members).edit(Care.COUNCIL)
    assert (chosen(events).id, chosen(events).why) == ("b", "2 of 3 drafts say the same")
    assert graph(events)["judge"].state is SKIPPED


ONE = "def area(r):\n    return 3.141593 * r * r\n"
TWO = "def area(r):\n    return 3.1415927 * r * r\n"


def tied(said: str) -> dict[str, Member]:
    """Three drafts that all pass and differ; the judge's draft is its first reply."""
    return {
        "edit": Member("model-x", fenced(ONE)),
        "repair": Member("model-y", fenced(TWO)),
        "judge": Member("model-z", fenced(GOOD), said),
    }


def test_only_a_tie_is_put_before_the_judge_and_it_sees_no_names(root: Path) -> None:
    members = tied("1: It is the plainest.")
    table = Table(root, members)
    events = table.edit(Care.COUNCIL)
    assert len(members["judge"].asked) == 2
    words = "\n".join(message.text for message in members["judge"].asked[1].messages)
    assert "3.141593 *" in words
    assert "3.1415927 *" in words
    assert not [name for name in "xyz" if f"model-{name}" in words]
    decided = chosen(events)
    assert "model-z prefers it" in decided.why
    assert "It is the plainest." in graph(events)["judge"].note
    assert text_of(events) == next(
        c.changes.files[0].applied([HunkState.PENDING])
        for c in decided.candidates
        if c.id == decided.id
    )
    assert graph(events)["judge"].run.endswith("_judge")


@pytest.mark.parametrize("said", ["", "9: nine", "I like them all", Overloaded("Too busy.")])
def test_a_judge_that_names_no_draft_changes_nothing(root: Path, said: str | Exception) -> None:
    members = tied("")
    members["judge"].replies[1] = said
    events = Table(root, members).edit(Care.COUNCIL)
    assert chosen(events).id == "a"
    assert graph(events)["judge"].state is FAILED


def test_a_member_that_fails_does_not_sink_the_council(root: Path) -> None:
    members = {
        "edit": Member("one", Overloaded("Too busy.")),
        "repair": Member("two", fenced(GOOD)),
        "judge": Member("three", fenced(BAD)),
    }
    events = Table(root, members).edit(Care.COUNCIL)
    assert graph(events)["a"].state is FAILED
    assert "Too busy" in graph(events)["a"].note
    assert text_of(events) == GOOD


def test_a_council_of_which_nobody_answers_fails_as_the_first_did(root: Path) -> None:
    members = {name: Member(name, Overloaded(f"{name} is busy.")) for name in ("edit", "judge")}
    with pytest.raises(Overloaded, match="edit is busy"):
        Table(root, members).edit(Care.COUNCIL)


# -- limits ----------------------------------------------------------------------------------------


def test_no_call_begins_that_would_go_over_the_limit(root: Path) -> None:
    cheap, strong = Member("cheap", fenced(BAD)), Member("strong", fenced(GOOD), cost=0.5)
    prices = {"cheap": (0.01, 0.02), "strong": (0.2, 0.6)}
    table = Table(root, {"edit": cheap, "repair": strong}, limits=Limits(cost=0.1), prices=prices)
    events = table.edit(Care.CHECKED)
    assert not strong.asked
    assert graph(events)["b"].state is SKIPPED
    assert "would go over $0.10" in graph(events)["b"].note
    assert text_of(events) == BAD


def test_calls_side_by_side_are_stopped_at_the_limit_of_all_together(root: Path) -> None:
    gate = [Member(name, fenced(GOOD), cost=0.06) for name in ("one", "two", "three")]
    roles = dict(zip(("edit", "repair", "judge"), gate, strict=True))
    table = Table(root, roles, limits=Limits(cost=0.1))
    with_all = table.edit(Care.COUNCIL)
    spent = [event for event in with_all if isinstance(event, UsageChanged)][-1].usage.cost
    assert spent is not None
    assert spent <= 0.18
    stopped = [node for node in graph(with_all).values() if node.state is NodeState.STOPPED]
    assert stopped
    assert all("of $0.10" in node.note for node in stopped)
    assert graph(with_all)["judge"].state is SKIPPED


def test_a_limit_that_is_reached_at_once_is_an_error_with_its_cause(root: Path) -> None:
    table = Table(root, {"edit": Member("one", fenced(GOOD))}, limits=Limits(cost=0.005))
    with pytest.raises(CapReached, match=r"would go over \$0\.0"):
        table.edit(Care.CHECKED)


def test_all_calls_of_a_wish_share_one_account(root: Path) -> None:
    table = Table(root, tied("1: yes"))
    table.edit(Care.COUNCIL)
    assert len({instruction.run for _, instruction in table.picked}) == 1
    assert table.picked[0][1].run


def test_the_price_before_sending_is_that_of_the_whole_graph(root: Path) -> None:
    prices = {"one": (0.01, 0.04), "two": (0.02, 0.08), "three": (0.03, 0.16)}

    def forecast(care: Care, **roles: str) -> Terms:
        members = {role: Member(name, "") for role, name in roles.items()}
        table = Table(root, members, prices=prices)
        events = run(table.session.preview(table.wish(care), "edit"))
        assert not any(member.asked for member in members.values())
        [ready] = [event for event in events if isinstance(event, ContextReady)]
        return ready.parcel.terms

    quick = forecast(Care.QUICK, edit="one", repair="two", judge="three")
    assert (quick.low, quick.high, quick.calls) == (0.01, 0.04, 1)
    once = forecast(Care.CHECKED, edit="one", repair="two", judge="three")
    assert (once.low, once.high, once.calls) == (0.01, pytest.approx(0.12), 2)
    council = forecast(Care.COUNCIL, edit="one", repair="two", judge="three")
    assert council.low == pytest.approx(0.06)
    assert council.high == pytest.approx(0.04 + 0.08 + 0.16 + 0.16)
    assert council.calls == 4
    prices["two"] = (None, None)
    unknown = forecast(Care.CHECKED, edit="one", repair="two", judge="three")
    assert (unknown.low, unknown.high) == (0.01, None)


# -- stopping --------------------------------------------------------------------------------------


@pytest.mark.parametrize("after", range(0, 24, 2))
def test_it_can_be_stopped_at_any_event_and_every_call_is_closed(root: Path, after: int) -> None:
    members = tied("1: yes")
    table = Table(root, members)

    async def play() -> None:
        stream = table.session.edit(table.wish(Care.COUNCIL))
        for _ in range(after):
            await anext(stream)
        await stream.aclose()

    asyncio.run(play())
    assert all(len(member.asked) == member.closed for member in members.values())


def test_a_cancelled_council_leaves_no_call_behind(root: Path) -> None:
    members = tied("1: yes")

    async def play() -> None:
        for member in members.values():
            member.gate = asyncio.Event()
        table = Table(root, members)

        async def collect() -> None:
            async for _ in table.session.edit(table.wish(Care.COUNCIL)):
                pass

        task = asyncio.create_task(collect())
        while not all(member.asked for member in members.values()):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(play())
    assert all(member.closed == 1 for member in members.values())


def test_a_question_in_the_panel_is_one_call_whatever_the_care(root: Path) -> None:
    model = Member("one", "Three.")
    table = Table(root, {"edit": model, "chat": model, "judge": model})
    wish = Instruction("why 3?", autonomy=Autonomy.ASK, care=Care.COUNCIL)
    events = run(table.session.chat(wish))
    assert len(model.asked) == 1
    assert not [event for event in events if isinstance(event, GraphChanged)]


def test_an_answer_without_an_edit_is_not_checked(root: Path) -> None:
    model = Member("one", "It is three because nobody cared.")
    table = Table(root, {"edit": model, "chat": model})
    events = run(table.session.chat(Instruction("why 3?", care=Care.CHECKED)))
    assert states(events)["check-a"] is SKIPPED
    assert len(model.asked) == 1
    assert not [event for event in events if isinstance(event, Candidate | Chosen)]


def test_between_drafts_the_one_that_mends_a_failing_test_is_better(root: Path) -> None:
    (root / "test_area.py").write_text(TEST.replace("3.1", "99"))
    members = {
        "edit": Member("one", fenced("def area(r):\n    return 4 * r * r\n")),
        "repair": Member("two", fenced("def area(r):\n    return 99 * r * r\n")),
        "judge": Member("three", fenced("def area(r):\n    return 5 * r * r\n")),
    }
    assert chosen(Table(root, members).edit(Care.COUNCIL)).id == "b"
