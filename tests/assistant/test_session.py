"""One instruction, one ordered stream of events: hunks, refusals, repair, secrets, an end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

import pytest

from assistant.context.secrets import redact, restore
from assistant.edits.reader import EditFormat
from assistant.errors import ContextError, StreamCut
from assistant.events import (
    ContextReady,
    Event,
    HunksChanged,
    Notice,
    PartRefused,
    ProposalReady,
    RunStarted,
)
from assistant.prompts import Prompts
from assistant.seal import SecretSeal
from assistant.session import Rooms, Session
from assistant.types import (
    Autonomy,
    ChangeSet,
    Context,
    FileChange,
    Hunk,
    HunkState,
    Instruction,
    LineSpan,
    ModelEvent,
    ModelRequest,
    Refusal,
    Snapshot,
    Snippet,
    Stop,
    TextDelta,
    Usage,
)
from resources import ROOT

PATH = PurePosixPath("a.py")
OLD = "def area(r):\n    return 3 * r * r\n\n\nprint(area(1))\n"
KEY = "AKIAIOSFODNN7EXAMPLQ"


class Files:
    def __init__(self, **texts: str) -> None:
        self.texts = {PurePosixPath(name.replace("_", ".")): text for name, text in texts.items()}

    def paths(self) -> Sequence[PurePosixPath]:
        return tuple(self.texts)

    def read(self, path: PurePosixPath) -> Snapshot | Refusal:
        if path in self.texts:
            return Snapshot(path, self.texts[path])
        return Refusal(str(path), "There is no such file.")


class Model:
    """Says what it was given, a few characters at a time, and remembers what it was asked."""

    name = "parrot"

    def __init__(self, *replies: str, error: Exception | None = None) -> None:
        self.replies, self.error = list(replies), error
        self.asked: list[ModelRequest] = []

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        self.asked.append(request)
        reply = self.replies.pop(0)
        for at in range(0, len(reply), 7):
            yield TextDelta(reply[at : at + 7])
            await asyncio.sleep(0)
        if self.error:
            raise self.error
        yield Usage(10, output=5, cost=0.01)
        yield Stop("stop")


class Everything:
    """A context that fails, or holds what it was given."""

    def __init__(self, context: Context | None = None) -> None:
        self.context = context

    async def gather(
        self,
        instruction: Instruction,
        budget_tokens: int,
        *,
        pinned: Sequence[Snippet] = (),
        removed: Sequence[Snippet] = (),
    ) -> Context:
        if self.context is None:
            raise ContextError("The index is broken.")
        return self.context


class Log:
    def __init__(self) -> None:
        self.lines: list[tuple[str, Mapping[str, Any]]] = []
        self.proposed: list[ChangeSet] = []

    def record(self, run: str, kind: str, data: Mapping[str, Any]) -> None:
        self.lines.append((kind, data))

    def propose(self, changes: ChangeSet) -> None:
        self.proposed.append(changes)


def session(model: Model, files: Files | None = None, context: Context | None = None) -> Session:
    rooms = Rooms(
        gatherer=Everything(context),
        pick=lambda role, instruction: model,
        files=files or Files(a_py=OLD),
        prompts=Prompts(ROOT / "prompts"),
        log=Log(),
        seal=lambda: SecretSeal(redact, restore),
        forbidden=lambda path: None,
        protected=lambda path: None,
        format_for=lambda model, instruction: EditFormat.SELECTION,
        format_words=lambda format: f"Use {format}.",
        remarks=lambda model, request, events: (),
    )
    return Session(rooms)


def run(stream: AsyncGenerator[Event, None]) -> list[Event]:
    async def collect() -> list[Event]:
        return [event async for event in stream]

    return asyncio.run(collect())


def wish(text: str = "use pi", old: str = OLD, span: LineSpan = LineSpan(0, 2)) -> Instruction:
    return Instruction(text, Snapshot(PATH, old), span)


def test_an_edit_streams_hunks_and_ends_with_the_proposal() -> None:
    model = Model("```python\ndef area(r):\n    return math.pi * r * r\n```\n")
    events = run(session(model, context=Context()).edit(wish()))
    assert isinstance(events[0], RunStarted)
    assert isinstance(events[1], ContextReady)
    last = events[-1]
    assert isinstance(last, ProposalReady)
    [change] = last.changes.files
    [hunk] = change.hunks
    assert (hunk.old, hunk.new) == (
        ("    return 3 * r * r\n",),
        ("    return math.pi * r * r\n",),
    )
    assert hunk.state is HunkState.PENDING
    assert any(isinstance(event, HunksChanged) for event in events[2:-2])


def test_without_an_index_the_selection_is_sent_and_it_is_said() -> None:
    events = run(session(Model("no")).edit(wish()))
    assert any(isinstance(e, Notice) and "index is broken" in e.text for e in events)


def test_a_secret_in_the_selection_does_not_leave_and_comes_back_in_the_hunk() -> None:
    old = f'key = "{KEY}"\nvalue = 1\n'
    model = Model("")
    asking = session(model, Files(a_py=old), Context())

    async def play() -> list[Event]:
        model.replies = [""]
        events = [e async for e in asking.edit(wish(old=old))]
        sent = model.asked[0].messages[-1].text
        assert KEY not in sent
        masked = next(line for line in sent.split("\n") if line.startswith("key = "))
        model.replies = [f"```\n{masked}\nvalue = 2\n```"]
        return events + [e async for e in asking.edit(wish(old=old))]

    last = asyncio.run(play())[-1]
    assert isinstance(last, ProposalReady)
    [change] = last.changes.files
    assert change.applied([HunkState.PENDING]) == f'key = "{KEY}"\nvalue = 2\n'


def test_a_refused_edit_is_told_to_the_model_once_and_then_to_the_person() -> None:
    wrong = "a.py\n```\n<<<<<<< SEARCH\nnot there\n=======\nx\n>>>>>>> REPLACE\n```\n"
    model = Model(wrong, wrong)
    asking = session(model, context=Context())
    events = run(asking.chat(Instruction("x", autonomy=Autonomy.EDIT)))
    assert len(model.asked) == 2
    assert "could not be applied" in model.asked[1].messages[-1].text
    assert any(isinstance(event, PartRefused) for event in events)


def test_ask_never_makes_hunks() -> None:
    model = Model("a.py\n```\n<<<<<<< SEARCH\nprint(area(1))\n=======\nx\n>>>>>>> REPLACE\n```\n")
    events = run(session(model, context=Context()).chat(Instruction("why?", autonomy=Autonomy.ASK)))
    said = "".join(e.text for e in events if isinstance(e, TextDelta))
    assert "SEARCH" in said
    assert not any(isinstance(event, HunksChanged) for event in events)


def test_the_conversation_and_the_verdicts_go_into_the_next_turn() -> None:
    model = Model("first", "second")
    asking = session(model, context=Context())
    run(asking.chat(Instruction("one", autonomy=Autonomy.ASK)))
    asking.tell("rejected a.py:3 because it is slow")
    run(asking.chat(Instruction("two", autonomy=Autonomy.ASK)))
    texts = [message.text for message in model.asked[1].messages]
    assert texts[1:3] == ["one", "first"]
    assert "because it is slow" in texts[3]


def test_a_cut_stream_raises_after_what_came() -> None:
    model = Model("```python\ndef area(r):\n    return 4\n", error=StreamCut("The line dropped."))
    seen: list[Event] = []

    async def play() -> None:
        async for event in session(model, context=Context()).edit(wish()):
            seen.append(event)  # noqa: PERF401 - what came before it broke is the point

    with pytest.raises(StreamCut):
        asyncio.run(play())
    assert any(isinstance(event, HunksChanged) for event in seen)


def test_a_reply_cut_at_the_length_limit_never_deletes_what_it_did_not_reach() -> None:
    class Cut(Model):
        async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
            yield TextDelta("```python\ndef area(r):\n    return 3.14")
            yield Stop("length")

    last = run(session(Cut(), context=Context()).edit(wish()))[-1]
    assert isinstance(last, ProposalReady)
    for change in last.changes.files:
        assert "print(area(1))" in change.applied([HunkState.PENDING])
    assert any("cut" in r.reason or "end" in r.reason for r in last.changes.refused)


WRONG = "a.py\n```\n<<<<<<< SEARCH\nnot there\n=======\nx\n>>>>>>> REPLACE\n```\n"
WHOLE = "a.py\n```python\ndef area(r):\n    return math.pi * r * r\n\n\nprint(area(1))\n```\n"


def searching(model: Model, heard: list[bool]) -> Session:
    """A session whose model is asked for search and replace."""
    made = session(model, context=Context())
    made._rooms = replace(
        made._rooms,
        format_for=lambda model, instruction: EditFormat.SEARCH_REPLACE,
        followed=lambda model, yes: heard.append(yes),
    )
    return made


def test_a_model_that_cannot_follow_the_format_is_asked_for_the_whole_file_visibly() -> None:
    model, heard = Model(WRONG, WHOLE), list[bool]()
    wish = Instruction("use pi", Snapshot(PATH, OLD), autonomy=Autonomy.EDIT)
    events = run(searching(model, heard).chat(wish))
    told = [event.text for event in events if isinstance(event, Notice)]
    assert told == ["1 part had no safe place; parrot is asked for the whole file instead."]
    assert "Use whole_file." in model.asked[1].messages[-1].text
    last = events[-1]
    assert isinstance(last, ProposalReady)
    [change] = last.changes.files
    assert "math.pi" in change.applied([HunkState.PENDING])
    assert heard == [False]


def test_with_lines_selected_it_is_asked_for_the_whole_selection() -> None:
    model, heard = Model(WRONG, "```python\ndef area(r):\n    return 3.14 * r\n```\n"), list[bool]()
    events = run(searching(model, heard).chat(wish("use pi")))
    assert any("the whole selection instead" in e.text for e in events if isinstance(e, Notice))
    last = events[-1]
    assert isinstance(last, ProposalReady)
    [change] = last.changes.files
    assert change.applied([HunkState.PENDING]).startswith("def area(r):\n    return 3.14 * r\n\n\n")


def test_a_reply_that_could_be_read_is_told_too() -> None:
    good = (
        "a.py\n```\n<<<<<<< SEARCH\nprint(area(1))\n=======\nprint(area(2))\n>>>>>>> REPLACE\n```\n"
    )
    heard: list[bool] = []
    run(searching(Model(good), heard).chat(Instruction("x", autonomy=Autonomy.EDIT)))
    assert heard == [True]


def test_small_models_get_plainer_words() -> None:
    model = Model("```python\ndef area(r):\n    return 4\n```\n")
    made = session(model, context=Context())
    made._rooms = replace(made._rooms, small=lambda model: True)
    run(made.edit(wish()))
    assert model.asked[0].messages[0].text.startswith("You edit code.")


def test_a_commit_message_is_written_from_the_kept_hunks_alone() -> None:
    model = Model("Use pi")
    base = Snapshot(PATH, f'{OLD}key = "{KEY}"\n')
    kept = Hunk(
        1, LineSpan(1, 2), ("    return 3 * r * r\n",), ("    return pi\n",), HunkState.KEPT
    )
    left = Hunk(2, LineSpan(4, 5), ("print(area(1))\n",), (f"print('{KEY}')\n",))
    secret = Hunk(3, LineSpan(5, 6), (f'key = "{KEY}"\n',), ("key = read()\n",), HunkState.KEPT)
    changes = ChangeSet("c", "use pi", (FileChange(base, (kept, left, secret)),))
    events = run(session(model, context=Context()).commit_message(changes))
    assert "".join(e.text for e in events if isinstance(e, TextDelta)) == "Use pi"
    shown = model.asked[0].messages[-1].text
    assert "+    return pi" in shown
    assert "print('" not in shown
    assert KEY not in shown
    assert "The person asked for: use pi" in shown
    assert model.asked[0].max_tokens
