"""Which of a server's models to begin with, where the person has not said. Knows names only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from assistant.models.tables import provider


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What a server says of one of its models; None where it does not say."""

    name: str
    context: int | None = None
    max_output: int | None = None
    thinks: bool | None = None
    tools: bool | None = None
    images: bool | None = None


_NO_TALKERS = re.compile(
    r"embed|whisper|tts|dall-e|moderation|image|audio|realtime|transcri|rerank|guard|ocr|veo|imagen"
    r"|speech|bge-|clip|computer-use|robotics|(^|[-/])(aqa|lyria)",
    re.IGNORECASE,
)
_DATE = re.compile(r"-?\d{4}-?\d{2}-?\d{2}|-\d{4}$|@\d+")


def talkers(models: Sequence[ModelInfo]) -> tuple[ModelInfo, ...]:
    """Those that answer in words, in the server's order; all, where none seems to."""
    kept = tuple(model for model in models if not _NO_TALKERS.search(model.name))
    return kept or tuple(models)


def best(preset: str, models: Sequence[ModelInfo]) -> ModelInfo | None:
    """The first wish of the preset's table that the server has, in its newest version; else the
    first that answers in words.
    """
    known = talkers(models)
    for wish in provider(preset).prefer:
        patterns = wish.split()
        fitting = [m for m in known if any(fnmatchcase(m.name.lower(), p) for p in patterns)]
        if fitting:
            return max(fitting, key=lambda model: _newness(model.name))
    return known[0] if known else None


def _newness(name: str) -> tuple[tuple[int, ...], int]:
    """Version numbers without dates; of equal ones the shorter name."""
    numbers = re.findall(r"\d+", _DATE.sub("", name))
    return tuple(int(number) for number in numbers), -len(name)
