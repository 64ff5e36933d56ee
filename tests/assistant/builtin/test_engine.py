"""The engine and the tour's model as the session meets them: events, cancelling, honesty."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from itertools import pairwise
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.builtin.engine import ABILITIES, NO_EDIT, BuiltinEngine
from assistant.builtin.reply import pieces
from assistant.builtin.scripted import ScriptedModel, load_steps, tokens, write_project
from assistant.errors import SettingsError
from assistant.types import (
    ChatModel,
    Instruction,
    Message,
    ModelEvent,
    ModelRequest,
    Role,
    Snapshot,
    Stop,
    Text,
    TextDelta,
    ThinkingDelta,
    Usage,
)
from resources import ROOT
from tests.assistant.builtin.asking import ask, collect

TOUR = ROOT / "tour"


def said(events: list[ModelEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def wished(text: str, target: Snapshot | None = None) -> ModelRequest:
    return ModelRequest((), instruction=Instruction(text, target))


def test_both_are_chat_models_and_say_that_they_are_none() -> None:
    models: list[ChatModel] = [BuiltinEngine(), ScriptedModel(load_steps(TOUR))]
    assert [model.name for model in models] == [
        "built-in edits (no model)",
        "scripted tour (no model)",
    ]
    assert ScriptedModel(()).scripted is True


@pytest.mark.parametrize("request_", [ModelRequest(()), wished("make the tea"), wished("sort")])
def test_without_a_wish_or_a_file_it_says_what_it_can_do(request_: ModelRequest) -> None:
    events = asyncio.run(collect(BuiltinEngine().stream(request_)))
    text = said(events)
    assert text.startswith(NO_EDIT) and "```" not in text
    if request_.instruction is None or request_.instruction.text != "sort":
        assert text == NO_EDIT + ABILITIES and "connect a model" in text


def test_it_stops_between_two_pieces() -> None:
    target = Snapshot(PurePosixPath("a.txt"), "".join(f"{n}\n" for n in range(9000, 0, -1)))

    async def some() -> int:
        seen = 0
        async with aclosing(BuiltinEngine().stream(wished("sort", target))) as stream:
            async for _ in stream:
                seen += 1
                if seen == 5:
                    break
        return seen

    assert asyncio.run(some()) == 5


def test_the_loop_breathes_while_it_streams() -> None:
    target = Snapshot(PurePosixPath("a.txt"), "".join(f"{n}\n" for n in range(3000, 0, -1)))

    async def ticks() -> tuple[int, int]:
        count = pieces_seen = 0

        async def tick() -> None:
            nonlocal count
            while True:
                count += 1
                await asyncio.sleep(0)

        ticking = asyncio.create_task(tick())
        async with aclosing(BuiltinEngine().stream(wished("sort", target))) as stream:
            async for _ in stream:
                pieces_seen += 1
        ticking.cancel()
        return count, pieces_seen

    count, pieces_seen = asyncio.run(ticks())
    assert count >= pieces_seen > 100


@given(st.text(alphabet="a\r\n𝒳 ", max_size=200))
def test_the_pieces_are_the_reply_and_cut_no_line_end(text: str) -> None:
    cut = list(pieces(text))
    assert "".join(cut) == text
    assert not any(a.endswith("\r") and b.startswith("\n") for a, b in pairwise(cut))


def test_a_reply_may_hold_fences_of_its_own() -> None:
    source = "````\nb\n````\n```\na\n```\n"
    assert ask("sort", source, "a.md").text == "".join(sorted(source.splitlines(keepends=True)))


def test_the_engine_never_touches_the_disk(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import os\n")
    before = (tmp_path / "a.py").stat().st_mtime_ns
    for wish in ("fix lint", "format", "rename os to posix", "sort imports"):
        ask(wish, "import os\nx=os\n", "a.py", root=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["a.py"]
    assert (tmp_path / "a.py").stat().st_mtime_ns == before


def test_each_step_is_played_for_its_own_wish_and_for_words_of_it() -> None:
    steps = load_steps(TOUR)
    assert [step.name for step in steps] == ["edit", "question", "mistake"]
    for step in steps:
        events = asyncio.run(collect(ScriptedModel(steps, pace=0).stream(wished(step.instruction))))
        assert said(events) == step.reply
        thought = "".join(event.text for event in events if isinstance(event, ThinkingDelta))
        assert thought == step.thinking
        usage = events[-2]
        assert isinstance(usage, Usage) and usage.estimated and usage.cost == 0.0
        assert usage.output == len(events) - 2
        assert events[-1] == Stop("stop")
        assert [other for other in steps if other.fits(step.instruction)] == [step]
    assert steps[0].fits("please make fetch more robust")
    assert steps[1].fits("How does the cache work?")


def test_another_wish_gets_an_honest_sentence() -> None:
    request = ModelRequest((Message(Role.USER, (Text("write a poem"),)),))
    events = asyncio.run(collect(ScriptedModel(load_steps(TOUR), pace=0).stream(request)))
    assert said(events).startswith("This is a scripted tour without a model")


@given(st.text(max_size=80))
def test_tokens_joined_are_the_text(text: str) -> None:
    assert "".join(tokens(text)) == text


def test_a_broken_script_is_named(tmp_path: Path) -> None:
    (tmp_path / "script.toml").write_text("[[step]]\nname = 1\n")
    with pytest.raises(SettingsError, match=r"script\.toml"):
        load_steps(tmp_path)


def test_the_sample_is_written_only_into_an_empty_folder(tmp_path: Path) -> None:
    write_project(TOUR, tmp_path / "atlas")
    names = {
        str(p.relative_to(tmp_path / "atlas"))
        for p in (tmp_path / "atlas").rglob("*")
        if p.is_file()
    }
    assert {"atlas/client.py", "atlas/cache.py", "atlas/index.py", "tests/test_cache.py"} <= names
    assert not [name for name in names if name.endswith(".txt")]
    with pytest.raises(FileExistsError):
        write_project(TOUR, tmp_path / "atlas")


def test_what_a_step_highlights_is_a_whole_definition(tmp_path: Path) -> None:
    write_project(TOUR, tmp_path)
    for step in load_steps(TOUR):
        assert step.span is not None
        lines = (tmp_path / step.file).read_text().split("\n")[step.span.start : step.span.end]
        assert lines[0].strip().startswith("def ") and lines[-1].strip()
        compile(
            "\n".join(line.removeprefix("    ") if lines[0][0] == " " else line for line in lines),
            "x",
            "exec",
        )
