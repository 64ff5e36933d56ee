"""The X-ray against the wire: what is shown before and kept after is the request, byte for byte."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from app.places import Places
from app.reach import Reach, as_data
from app.rooms import Assistance
from assistant.builtin.scripted import write_project
from assistant.errors import GalleyError
from assistant.events import ContextReady, Event, Parcel, RunStarted
from assistant.models.connection import Connection
from assistant.project import Project
from assistant.settings import Settings
from assistant.types import Autonomy, Image, Instruction, LineSpan, Mention, Snapshot, Snippet
from resources import ROOT
from tests.peers.raw import Heard, Line, raw_server

PROTOCOLS = ("chat", "responses", "messages", "ollama", "gemini")
KEY = "AKIAIOSFODNN7EXAMPLQ"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    folder = tmp_path / "atlas"
    write_project(ROOT / "tour", folder)
    (folder / "AGENTS.md").write_text("Use type\u200b hints.\n")
    (folder / "CLAUDE.md").write_text("Use type hints.\n")
    (folder / "atlas" / "settings.py").write_text(f'fetch_key = "{KEY}"\n')
    opened = Project(folder, tmp_path / "data")
    opened.trust(True)
    yield opened
    opened.close()


async def refuse(_heard: Heard, line: Line) -> None:
    await line.answer(400, {"error": {"message": "no"}})


def play(
    project: Project,
    tmp_path: Path,
    protocol: str,
    wish: Instruction,
    role: str = "chat",
    *,
    model: str = "vision",
    pinned: tuple[Snippet, ...] = (),
    removed: tuple[Snippet, ...] = (),
    images: bool | None = True,
    preset: str = "",
) -> tuple[Parcel, Parcel | None, list[Any], str]:
    """What was shown before, what was kept of the run, the bodies on the wire, how it ended."""
    ended = ""
    runs: list[str] = []

    async def events(stream: AsyncGenerator[Event, None]) -> list[Event]:
        nonlocal ended
        said: list[Event] = []
        try:
            async with aclosing(stream) as running:
                async for event in running:
                    said.append(event)  # noqa: PERF401 - what came before it broke counts
        except GalleyError as error:
            ended = str(error)
        return said

    async def all_() -> tuple[Parcel, list[Any]]:
        async with raw_server(refuse) as server:
            connection = Connection(
                "loop", protocol, f"{server.url}/v1", model, preset=preset, images=images
            )
            settings = Settings(connections=(as_data(connection),), roles={"edit": "loop"})
            places = Places(*(tmp_path / name for name in ("config", "data", "k", "s"))).make()
            reach = Reach(settings, places.data)
            assistance = Assistance(project, settings, places, reach)
            await events(assistance.warm())
            seen = await events(assistance.preview(wish, pinned, removed, role))
            [before] = [e.parcel for e in seen if isinstance(e, ContextReady)]
            ran = await events(getattr(assistance, role)(wish))
            runs.extend(e.id for e in ran if isinstance(e, RunStarted))
            await events(assistance.close())
            await events(reach.close())
            return before, [heard.json for heard in server.heard if heard.method == "POST"]

    before, bodies = asyncio.run(all_())
    return before, project.sent(runs[0]), bodies, ended


def strings(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from strings(item)
        case dict():
            for item in value.values():
                yield from strings(item)


def wish(project: Project) -> Instruction:
    target = project.read(PurePosixPath("atlas/client.py"))
    assert isinstance(target, Snapshot)
    return Instruction(
        "why does fetch return None, and what is fetch_key?",
        target,
        LineSpan(13, 20),
        mentions=(
            Mention("image", "shot.png", "1 × 1", picture=Image("image/png", PNG)),
            Mention("file", "atlas/settings.py"),
            Mention("terminal", "", "1 failed in 0.1 s\n"),
            Mention("commit", "1234"),
        ),
        autonomy=Autonomy.ASK,
    )


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_request_is_the_portions_that_were_shown_and_nothing_else(
    project: Project, tmp_path: Path, protocol: str
) -> None:
    before, kept, [body], _ = play(project, tmp_path, protocol, wish(project))
    assert kept == before
    sent = [text for text in strings(body) if len(text) > 24]
    assert {"system", "rule", "image", "selection", "search", "terminal", "prompt"} <= {
        portion.source for portion in before.portions
    }
    picture = base64.b64encode(PNG).decode()
    assert sum(picture in text for text in sent) == 1
    rest = [text for text in sent if picture not in text]
    for portion in sorted(before.portions, key=lambda p: -len(p.text)):
        assert any(portion.text in text for text in rest), portion
        rest = [text.replace(portion.text, "", 1) for text in rest]
    assert "".join(text.strip() for text in rest) == "", "what was sent and not shown"
    assert KEY not in str(body)
    assert before.redactions >= 1
    assert {str(left.path): left.why for left in before.left_out}["CLAUDE.md"] == (
        "it says the same as AGENTS.md"
    )
    assert any("nothing" in left.why or "no commit" in left.why for left in before.left_out)


def test_an_edit_in_one_line_sends_just_that_line_as_the_selection(
    project: Project, tmp_path: Path
) -> None:
    target = project.read(PurePosixPath("atlas/client.py"))
    assert isinstance(target, Snapshot)
    one = Instruction("use httpx", target, LineSpan(16, 17))
    before, kept, [body], _ = play(project, tmp_path, "chat", one, "edit")
    assert kept == before
    line = target.lines()[16]
    user = body["messages"][-1]["content"]
    assert f'lines="17-17">\n{line}</selection>' in user


def test_what_was_pinned_comes_and_what_was_left_out_stays(
    project: Project, tmp_path: Path
) -> None:
    pin = Snippet(PurePosixPath("atlas/index.py"), LineSpan(0, 1_000_000_000), "", "")
    place = Snippet(PurePosixPath("atlas/cache.py"), LineSpan(13, 13), "", "")
    gone = Snippet(PurePosixPath("AGENTS.md"), LineSpan(0, 1), "", "")
    asked = Instruction("zebra", autonomy=Autonomy.ASK)
    before, kept, [body], _ = play(
        project, tmp_path, "chat", asked, pinned=(pin, place), removed=(gone,)
    )
    assert kept == before
    pins = {(p.path, p.span) for p in before.portions if p.source == "pin"}
    index = project.load(PurePosixPath("atlas/index.py")).file.text
    assert ("atlas/index.py", LineSpan(0, index.count("\n"))) in pins
    assert any(path == "atlas/cache.py" and span and span.size > 1 for path, span in pins)
    assert "Use type" not in str(body)
    assert "you left it out" in {left.why for left in before.left_out}


def test_a_model_that_does_not_see_is_not_sent_a_picture(project: Project, tmp_path: Path) -> None:
    before, _, bodies, ended = play(
        project, tmp_path, "chat", wish(project), model="gpt-3.5-turbo", images=None
    )
    assert before.terms.sees is False
    assert bodies == []
    assert ended.endswith("does not see images. Remove the image, or choose another model.")


@pytest.mark.parametrize(
    ("preset", "model", "priced"),
    [("openai", "gpt-4o", True), ("", "gpt-4o", False), ("ollama", "qwen3", None)],
)
def test_the_price_before_sending_is_a_range_or_unknown_or_free(
    project: Project, tmp_path: Path, preset: str, model: str, priced: bool | None
) -> None:
    before, _, _, _ = play(
        project, tmp_path, "chat", wish(project), model=model, preset=preset, images=True
    )
    terms = before.terms
    if priced is None:
        assert (terms.low, terms.high, terms.local) == (0.0, 0.0, True)
    elif priced:
        assert terms.rate is not None
        assert terms.low is not None
        assert terms.high is not None
        assert 0 < terms.low < before.tokens * terms.rate < terms.high
    else:
        assert (terms.low, terms.high, terms.rate) == (None, None, None)
