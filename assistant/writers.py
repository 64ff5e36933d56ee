"""Who wrote what: the kinds of writers, and where a passage of text comes from. Stdlib only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

NAMED = "named"
"""The kind of a checkpoint that the person took; the others are taken before something."""


class By(StrEnum):
    """Who caused a change."""

    PERSON = "person"
    MODEL = "model"
    FORMATTER = "formatter"
    COMMAND = "command"
    RESTORE = "restore"
    PASTE = "paste"
    DISK = "disk"
    CHECKPOINT = "checkpoint"
    """Changes nothing: a moment that was marked, with all files kept."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who: the kind, a name for the person (a model, a program), and the run it belongs to."""

    by: By = By.PERSON
    name: str = ""
    run: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where text comes from: ``why`` is the instruction or the reason, ``time`` seconds since the
    epoch, 0 when it is not known. ``entry`` is the journal's, 0 for what no entry stands for.
    """

    author: Author
    entry: int = 0
    why: str = ""
    time: float = 0.0


@dataclass(frozen=True, slots=True)
class Passage:
    """The next ``size`` characters of a text are from ``origin``."""

    size: int
    origin: Origin


BEFORE = Origin(Author(By.DISK), why="was here before")
"""What stood there when Galley first saw the file."""
TYPED = Origin(Author(By.PERSON), why="typed")


@dataclass(frozen=True, slots=True)
class Step:
    """One writer's part of the way from one text to the next: the text ``after`` it."""

    origin: Origin
    after: str
