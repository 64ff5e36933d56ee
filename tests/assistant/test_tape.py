"""A run recorded and read again: the same events, whatever they hold; versions; damage."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path, PurePosixPath
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

import assistant.events as ev
from assistant.context.secrets import redact, restore
from assistant.errors import BadRequest, Overloaded, SettingsError
from assistant.parcel import Portion
from assistant.repo.journal import Journal
from assistant.seal import SecretSeal
from assistant.tape import KIND, VERSION, Moment, Tape, outcome_of, read
from assistant.types import (
    ChangeSet,
    Context,
    FileAction,
    FileChange,
    Hunk,
    HunkState,
    Image,
    LineSpan,
    Receipt,
    Refusal,
    Retrying,
    Snapshot,
    Snippet,
    Switched,
    TextDelta,
    ThinkingDelta,
    ToolCall,
    Usage,
)
from tests.assistant.test_session import KEY, Model, session, wish
from tests.assistant.test_session import run as played

PATH = PurePosixPath("src/a.py")
TEXT = "".join(f"line {n}\n" for n in range(60))
CHANGE = FileChange(
    Snapshot(PATH, TEXT, 3),
    (Hunk(1, LineSpan(0, 1), ("line 0\n",), ("zero\n",), HunkState.KEPT, "moved", ("x",), 2),),
    FileAction.MOVE,
    PurePosixPath("b.py"),
)
CHANGES = ChangeSet("r", "title", (CHANGE,), (Refusal("c.py", "It is not there.", 4),))
CALL = ToolCall("1", "search", {"pattern": "x", "deep": [1, {"$": "no noun"}]})
CHECK = ev.CheckFinished("tests", False, "1 failed", 2.5, "here", ("a", "b"), "printed")
NODE = ev.Node("a", ev.NodeKind.DRAFT, "Draft A", "edit", "m", ("z",), ev.When.IF_TIED,
               ev.Allowance(1, 2, 3), ev.NodeState.DONE, "fine", 1.5, None, 10, "r-1",
               True)  # fmt: skip
EVENTS: tuple[ev.Event, ...] = (
    ev.RunStarted("r", "title", "m", True, True),
    ev.ContextReady(Context((Snippet(PATH, LineSpan(1, 2), "", "why", 0.5, 7),))),
    TextDelta("a\ud800b"),
    ThinkingDelta("hm"),
    ev.HunksChanged(CHANGE),
    ev.PartRefused(Refusal("c.py", "no")),
    ev.ProposalReady(CHANGES),
    ev.ToolStarted(CALL, "x"),
    ev.ToolFinished(CALL, "done", True, 1.0, "output", False),
    ev.PermissionAsked("k", "t", "d", "repeat"),
    ev.StepBegan(1, 2, 3.0, 4.0, 5, 6, None, 7.0),
    CHECK,
    ev.GraphChanged((NODE,)),
    ev.Chosen("a", "so", (ev.Candidate("a", "Draft A", "m", CHANGES, (CHECK,), "words"),)),
    ev.OpinionsGiven("m", (ev.Opinion("a.py", 1, ev.Verdict.DOUBT, "hm", "m", 3),), 1),
    ev.UsageChanged(Usage(1, 2, 3, 4, 5, 0.5, True), 1.0, 2.0),
    Retrying(1.0, 1, 2, "busy"),
    Switched("m2", "busy"),
    ev.Saved(PATH, "hash"),
    ev.FilesChanged(frozenset((PATH, PurePosixPath("z"))), True),
    ev.Committed(Receipt("abc", "main", (PATH,))),
    ev.CommitNews(1, ev.JobState.DONE, "step", "words", Receipt("abc", "main", (PATH,))),
    ev.Notice("n", "warning"),
    ev.TerminalStarted(7),
    ev.TerminalOutput(b"out\xff"),
    ev.TerminalEnded(None),
    ev.Answered("text"),
)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def recorded(*events: ev.Event, gap: float = 1.0, end: ev.Outcome = ev.Done()) -> list[dict]:  # type: ignore[type-arg]
    """The lines of a log, through JSON as on a disk."""
    lines: list[dict[str, Any]] = []

    def write(data: Mapping[str, Any]) -> None:
        lines.append(json.loads(json.dumps({"time": 0, "kind": KIND, **data})))

    clock = Clock()
    tape = Tape(write, SecretSeal(redact, restore).close, clock)
    for event in events:
        tape.hear(event)
        clock.now += gap
    tape.end(end)
    return lines


def test_every_kind_of_event_comes_back_as_it_was() -> None:
    kinds = set(get_args(ev.Event))
    assert {type(event) for event in EVENTS} == kinds, "give every event an example here"
    moments = read(recorded(*EVENTS))
    assert tuple(moment.event for moment in moments) == (*EVENTS, ev.Done())
    assert [moment.at for moment in moments] == [float(n) for n in range(len(EVENTS) + 1)]


@pytest.mark.parametrize(
    "outcome", [ev.Done(), ev.Cancelled(), ev.Failed(Overloaded("Busy.", "Wait."))]
)
def test_every_end_comes_back(outcome: ev.Outcome) -> None:
    last = outcome_of(read(recorded(TextDelta("a"), end=outcome)))
    assert type(last) is type(outcome)
    if isinstance(outcome, ev.Failed) and isinstance(last, ev.Failed):
        assert type(last.error) is Overloaded
        assert str(last.error) == "Busy. Wait."


def test_an_error_of_no_name_here_comes_back_with_its_words() -> None:
    last = outcome_of(read(recorded(end=ev.Failed(ValueError("odd")))))
    assert isinstance(last, ev.Failed)
    assert "odd" in str(last.error)
    refused = outcome_of(read(recorded(end=ev.Failed(BadRequest("No.", "Yes.", status=400)))))
    assert isinstance(refused, ev.Failed)
    assert type(refused.error) is BadRequest


@given(st.lists(st.text(max_size=300), max_size=12))
def test_whatever_is_said_comes_back(texts: list[str]) -> None:
    said = [TextDelta(text) for text in texts]
    moments = read(recorded(*said))
    assert "".join(m.event.text for m in moments[:-1] if isinstance(m.event, TextDelta)) == (
        redact("".join(texts)).text
    )
    if redact("".join(texts)).text == "".join(texts):
        assert [moment.event for moment in moments[:-1]] == [e for e in said if e.text]


PEM = "-----BEGIN PRIVATE KEY-----\n" + "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj\n" * 4
PEM += "-----END PRIVATE KEY-----\n"


@pytest.mark.parametrize("size", [1, 3, 7, 500])
def test_no_secret_is_kept_however_it_arrives(size: int) -> None:
    said = f"Use {KEY}, and this:\n\n{PEM}\nThat is all."
    words = [TextDelta(said[at : at + size]) for at in range(0, len(said), size)]
    lines = [f'key = "{KEY}"\n', *PEM.splitlines(keepends=True), "half = AKIAIOSFODNN7EXA"]
    hunk = Hunk(1, LineSpan(0, 1), (f'key = "{KEY}"\n',), tuple(lines), HunkState.STREAMING)
    change = FileChange(Snapshot(PATH, f'key = "{KEY}"\n{TEXT}{PEM}'), (hunk,))
    call = ToolCall("1", "run", {"command": f"curl -H {KEY}", "more": [KEY]})
    kept = json.dumps(
        recorded(
            *words,
            ev.RunStarted("r", f"use {KEY}", "m"),
            ev.HunksChanged(change),
            ev.ProposalReady(ChangeSet("r", f"use {KEY}", (change,))),
            ev.ToolStarted(call, KEY),
            ev.CheckFinished("tests", False, "1 failed", 1.0, "", (KEY,), f"printed {KEY}"),
            end=ev.Failed(Overloaded(f"Busy with {KEY}.")),
            gap=0.4,
        )
    )
    assert KEY not in kept
    assert "MIIEvQIBADANBgkqhkiG9w0" not in kept
    moments = read(json.loads(kept))
    text = "".join(m.event.text for m in moments if isinstance(m.event, TextDelta))
    assert text.startswith("Use ")
    assert text.endswith("That is all.")


def test_a_line_that_still_arrives_is_not_kept() -> None:
    hunk = Hunk(1, LineSpan(0, 0), (), ("whole\n", "AKIAIOSF"), HunkState.STREAMING)
    change = FileChange(Snapshot(PATH, TEXT), (hunk,))
    [first, _] = read(recorded(ev.HunksChanged(change)))
    assert isinstance(first.event, ev.HunksChanged)
    assert first.event.change.hunks[0].new == ("whole\n",)


def test_a_long_text_is_kept_once() -> None:
    many = [ev.HunksChanged(replace(CHANGE, hunks=())) for _ in range(50)]
    lines = recorded(*many)
    assert json.dumps(lines).count("line 59") == 1
    assert len(read(lines)) == 51


def test_of_what_follows_fast_the_last_is_kept_before_anything_else() -> None:
    hunks = [
        ev.HunksChanged(replace(CHANGE, hunks=(replace(CHANGE.hunks[0], new=(f"{n}\n",)),)))
        for n in range(100)
    ]
    moments = read(recorded(*hunks, ev.ProposalReady(CHANGES), gap=0.01))
    kept = [m.event for m in moments if isinstance(m.event, ev.HunksChanged)]
    assert len(kept) < 10
    assert kept[0] == hunks[0]
    assert kept[-1] == hunks[-1]
    assert isinstance(moments[-2].event, ev.ProposalReady)


def test_what_was_sent_is_not_kept_twice() -> None:
    parcel = ev.Parcel((Portion("image", "p", "secret words", picture=Image("image/png", b"x")),))
    [first, _] = read(recorded(ev.ContextReady(Context(), parcel)))
    assert isinstance(first.event, ev.ContextReady)
    assert "secret words" not in json.dumps(recorded(ev.ContextReady(Context(), parcel)))
    assert first.event.parcel.portions[0].title == "p"


def test_another_version_and_a_damaged_one_are_refused_with_a_sentence() -> None:
    lines = recorded(TextDelta("a"))
    with pytest.raises(SettingsError, match=f"version {VERSION + 1}"):
        read([{**lines[0], "version": VERSION + 1}])
    for broken in ([[0]], [[0, {"$": "Nobody"}]], [["x", "y"]], [[0, {"$t": 9}]], [5]):
        with pytest.raises(SettingsError, match="damaged"):
            read([{**lines[0], "events": broken}])


def test_lines_of_other_kinds_are_passed_over() -> None:
    assert read([{"kind": "request", "model": "m"}]) == ()
    assert outcome_of(()) is None


def test_a_run_that_died_has_what_was_written_until_then(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "data", tmp_path)
    log = journal.run_log("r-1")
    clock = Clock()
    tape = Tape(lambda data: log.append(KIND, data), str, clock)
    for number in range(12):
        tape.hear(ev.Notice(str(number)))
        clock.now += 1.0
    moments = read(log.read())
    assert len(moments) == 10
    assert outcome_of(moments) is None
    journal.close()


def test_a_session_records_what_it_says(tmp_path: Path) -> None:
    asking = session(
        Model("```python\ndef area(r):\n    return math.pi * r * r\n```\n"), context=Context()
    )
    events = played(asking.edit(wish()))
    log = asking._rooms.log
    lines = [{"kind": kind, **data} for kind, data in log.lines]  # type: ignore[attr-defined]
    moments = read(lines)
    assert moments[-1].event == ev.Done()
    heard = [m.event for m in moments[:-1]]
    fast = (ev.HunksChanged, ev.UsageChanged, ev.ContextReady)
    assert [e for e in heard if not isinstance(e, fast)] == [
        e for e in events if not isinstance(e, fast)
    ]
    assert [e for e in heard if isinstance(e, ev.HunksChanged)][-1] == [
        e for e in events if isinstance(e, ev.HunksChanged)
    ][-1]


@pytest.mark.parametrize("error", [Overloaded("Busy."), RuntimeError("odd")])
def test_a_session_records_how_it_failed(error: Exception) -> None:
    asking = session(Model("```\nx = 1\n", error=error), context=Context())
    with pytest.raises(type(error)):
        played(asking.edit(wish()))
    lines = [{"kind": kind, **data} for kind, data in asking._rooms.log.lines]  # type: ignore[attr-defined]
    last = outcome_of(read(lines))
    assert isinstance(last, ev.Failed)


def test_a_session_records_that_it_was_stopped() -> None:
    asking = session(Model("```\nx = 1\n```"), context=Context())

    async def play() -> None:
        stream = asking.edit(wish())
        for _ in range(4):
            await anext(stream)
        await stream.aclose()

    asyncio.run(play())
    lines = [{"kind": kind, **data} for kind, data in asking._rooms.log.lines]  # type: ignore[attr-defined]
    assert outcome_of(read(lines)) == ev.Cancelled()


def test_a_moment_is_a_value() -> None:
    assert [each.name for each in fields(Moment)] == ["at", "event"]
