"""Plays prepared replies in place of a model, token by token. Knows no network."""

from __future__ import annotations

import asyncio
import re
import tomllib
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from assistant.errors import SettingsError
from assistant.types import (
    LineSpan,
    ModelEvent,
    ModelRequest,
    Stop,
    TextDelta,
    ThinkingDelta,
    Usage,
)

NAME = "scripted tour (no model)"
_TOKEN = re.compile(r"\s*[^\W_]+|\s*[^\w\s]+|_+|\s+")
_SUFFIX = ".txt"


@dataclass(frozen=True, slots=True)
class Step:
    """One stop of the tour. ``span`` is what it highlights in ``file``; ``mode`` is edit or ask.

    ``lesson`` may be empty.
    """

    name: str
    title: str
    mode: str
    file: PurePosixPath
    span: LineSpan | None
    instruction: str
    words: tuple[frozenset[str], ...]
    reply: str
    thinking: str = ""
    lesson: str = ""

    def fits(self, text: str) -> bool:
        """Whether the wish is this step's own instruction, or holds all words of one of its
        sets."""
        if text.strip().casefold() == self.instruction.casefold():
            return True
        said = set(re.findall(r"\w+", text.casefold()))
        return any(words <= said for words in self.words)


def load_steps(folder: Path) -> tuple[Step, ...]:
    """The steps of ``script.toml`` in ``folder``, in order. Raises SettingsError."""
    path = folder / "script.toml"
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
        return tuple(_step(entry) for entry in raw["step"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SettingsError(
            f"The tour's script {path} cannot be read: {error}.", "Install Galley again."
        ) from error


def _step(raw: dict[str, object]) -> Step:
    select = raw.get("select")
    span = LineSpan(int(select[0]) - 1, int(select[1])) if isinstance(select, list) else None
    sets = raw["words"]
    assert isinstance(sets, list)
    return Step(
        name=str(raw["name"]),
        title=str(raw["title"]),
        mode=str(raw["mode"]),
        file=PurePosixPath(str(raw["file"])),
        span=span,
        instruction=str(raw["instruction"]),
        words=tuple(frozenset(str(word) for word in words) for words in sets),
        reply=str(raw["reply"]).lstrip("\n"),
        thinking=str(raw.get("thinking", "")).strip(),
        lesson=str(raw.get("lesson", "")).strip(),
    )


def write_project(tour: Path, folder: Path) -> None:
    """Copies the sample project into ``folder``, which must be empty or new.

    Raises FileExistsError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty")
    source = tour / "project"
    for path in sorted(source.rglob("*" + _SUFFIX)):
        target = folder / path.relative_to(source).with_suffix("")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())


class ScriptedModel:
    """A ChatModel that plays a script. ``pace`` is seconds per token, 0 for no wait."""

    name = NAME
    scripted = True

    def __init__(self, steps: tuple[Step, ...], *, pace: float = 0.012) -> None:
        self.steps = steps
        self._pace = pace

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """Never raises. A wish that no step fits gets one sentence that says what this is."""
        text = request.instruction.text if request.instruction else _last_words(request)
        step = next((step for step in self.steps if step.fits(text)), None)
        thought = said = 0
        for token in tokens(step.thinking if step else ""):
            yield ThinkingDelta(token)
            thought += 1
            await asyncio.sleep(self._pace)
        for token in tokens(step.reply if step else self._sorry()):
            yield TextDelta(token)
            said += 1
            await asyncio.sleep(self._pace)
        yield Usage(output=thought + said, reasoning=thought, cost=0.0, estimated=True)
        yield Stop("stop")

    def _sorry(self) -> str:
        offers = "; ".join(f"“{step.instruction}”" for step in self.steps)
        return f"This is a scripted tour without a model, it only knows: {offers}"


def tokens(text: str) -> Iterator[str]:
    """Words with the blanks before them, as models send them; joined they are the text."""
    for match in _TOKEN.finditer(text):
        yield match.group()


def _last_words(request: ModelRequest) -> str:
    return request.messages[-1].text if request.messages else ""
