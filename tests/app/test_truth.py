"""What the X-ray shows is what leaves: the preview against the request a model really got."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path, PurePosixPath

import pytest

from app.places import Places
from app.reach import Reach
from app.rooms import Assistance
from assistant.builtin.scripted import write_project
from assistant.events import ContextReady, Event
from assistant.project import Project
from assistant.settings import Settings
from assistant.types import (
    Autonomy,
    Context,
    Instruction,
    LineSpan,
    ModelEvent,
    ModelRequest,
    Snapshot,
    Stop,
    TextDelta,
)
from resources import ROOT

KEY = "AKIAIOSFODNN7EXAMPLQ"


class Recorder:
    """A model that keeps what it was asked and has nothing to say."""

    name = "recorder"

    def __init__(self) -> None:
        self.asked: list[ModelRequest] = []

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        self.asked.append(request)
        yield TextDelta("Nothing to change.")
        yield Stop("stop")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    folder = tmp_path / "atlas"
    write_project(ROOT / "tour", folder)
    (folder / "atlas" / "settings.py").write_text(f'fetch_key = "{KEY}"\n')
    (folder / ".env").write_text(f"TOKEN={KEY}\n")
    opened = Project(folder, tmp_path / "data")
    yield opened
    opened.close()


def ask(project: Project, tmp_path: Path, instruction: Instruction) -> tuple[Context, str, str]:
    """The context that was previewed, the one that was announced, and all words that were sent."""
    model = Recorder()
    places = Places(*(tmp_path / name for name in ("config", "data", "cache", "state"))).make()
    reach = Reach(Settings(), places.data)
    assistance = Assistance(project, Settings(), places, reach, model)

    async def contexts(stream: AsyncGenerator[Event, None]) -> list[Context]:
        async with aclosing(stream) as events:
            return [event.context async for event in events if isinstance(event, ContextReady)]

    async def play() -> tuple[Context, Context]:
        async for _ in assistance.warm():
            pass
        [previewed] = await contexts(assistance.preview(instruction, (), ()))
        [announced] = await contexts(assistance.chat(instruction))
        async for _ in assistance.close():
            pass
        return previewed, announced

    previewed, announced = asyncio.run(play())
    assert previewed == announced
    [request] = model.asked
    sent = "\n".join(message.text for message in request.messages)
    log = "".join(path.read_text() for path in (tmp_path / "data").rglob("runs/*.jsonl"))
    return previewed, sent, log


def test_every_piece_of_the_xray_is_in_the_request_and_nothing_else_of_the_project(
    project: Project, tmp_path: Path
) -> None:
    target = project.read(PurePosixPath("atlas/client.py"))
    assert isinstance(target, Snapshot)
    wish = Instruction(
        "why does fetch return None?", target, LineSpan(13, 24), autonomy=Autonomy.ASK
    )
    context, sent, log = ask(project, tmp_path, wish)
    assert len(context.snippets) > 3
    for snippet in context.snippets:
        assert snippet.text.rstrip("\n") in sent
    shown = "".join(snippet.text for snippet in context.snippets) + wish.text
    for path in ("atlas/cache.py", "atlas/index.py", "atlas/client.py"):
        text = project.load(PurePosixPath(path)).file.text
        for line in text.split("\n"):
            if len(line.strip()) > 12 and line in sent:
                assert line in shown
    assert "why does fetch return None?" in log


def test_no_secret_is_in_the_request_nor_in_what_is_kept_of_it(
    project: Project, tmp_path: Path
) -> None:
    target = project.read(PurePosixPath("atlas/settings.py"))
    assert isinstance(target, Snapshot)
    wish = Instruction("what is fetch_key for?", target, LineSpan(0, 1), autonomy=Autonomy.ASK)
    context, sent, log = ask(project, tmp_path, wish)
    assert "GALLEY_SECRET_" in sent
    assert KEY not in sent
    assert KEY not in log
    assert ".env" not in {str(snippet.path) for snippet in context.snippets}
