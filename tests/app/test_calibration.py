"""What a server reports of a prompt's size corrects the next estimate, also after a restart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from app.places import Places
from app.reach import Reach
from app.rooms import Assistance
from assistant.context.tokens import estimate
from assistant.events import ContextReady
from assistant.project import Project
from assistant.settings import Settings
from assistant.types import (
    Autonomy,
    Instruction,
    ModelEvent,
    ModelRequest,
    Stop,
    TextDelta,
    Usage,
)


class Counting:
    """A model whose server counts half as many tokens again as the estimate."""

    name = "a counting model"

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        given = int(1.5 * sum(estimate(message.text) for message in request.messages))
        yield TextDelta("Nothing to change.")
        yield Usage(input=given - 100, cache_read=100, output=4)
        yield Stop("stop")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    folder = tmp_path / "p"
    folder.mkdir()
    for i in range(40):
        text = f"def walrus_{i}(value):\n" + "    value += compute(value)\n" * 20
        (folder / f"m{i}.py").write_text(text)
    opened = Project(folder, tmp_path / "data")
    yield opened
    opened.close()


def _tokens(project: Project, tmp_path: Path, *, ask: bool) -> tuple[int, int]:
    """Tokens and pieces of a preview, after one question when ``ask``."""
    places = Places(*(tmp_path / name for name in ("config", "data", "cache", "state"))).make()
    assistance = Assistance(project, Settings(), places, Reach(Settings(), places.data), Counting())
    wish = Instruction("what does walrus compute?", autonomy=Autonomy.ASK)

    async def play() -> tuple[int, int]:
        async for _ in assistance.warm():
            pass
        if ask:
            async for _ in assistance.chat(wish):
                pass
        async for event in assistance.preview(wish, (), ()):
            if isinstance(event, ContextReady):
                found = event.context.tokens, len(event.context.snippets)
        async for _ in assistance.close():
            pass
        return found

    return asyncio.run(play())


def test_a_reported_prompt_corrects_the_estimate_and_is_remembered(
    project: Project, tmp_path: Path
) -> None:
    before, pieces = _tokens(project, tmp_path, ask=False)
    after, same = _tokens(project, tmp_path, ask=True)
    assert pieces == same and after == pytest.approx(1.5 * before, rel=0.03)
    assert _tokens(project, tmp_path, ask=False) == (after, same)


def test_a_damaged_memory_of_counts_is_no_memory(project: Project, tmp_path: Path) -> None:
    before, _ = _tokens(project, tmp_path, ask=False)
    kept = tmp_path / "cache" / "context" / "tokens.json"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text('{"a counting model": "many"}')
    assert _tokens(project, tmp_path, ask=False)[0] == before
