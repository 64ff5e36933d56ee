"""A project in memory and ways to feed a reply to a reader."""

# ruff: noqa: E501  (a reply is one literal)
from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import PurePosixPath

from assistant.edits.reader import EditFormat, EditReader, Progress
from assistant.types import ChangeSet, HunkState, LineSpan, Refusal, Snapshot

SHOWN = (HunkState.PENDING, HunkState.STREAMING)


class Project:
    """Files by path; ``broken`` ones are refused when read."""

    def __init__(self, files: dict[str, str], broken: dict[str, str] | None = None) -> None:
        self.files = files
        self.broken = broken or {}

    def paths(self) -> list[PurePosixPath]:
        return [PurePosixPath(p) for p in (*self.files, *self.broken)]

    def read(self, path: PurePosixPath) -> Snapshot | Refusal:
        if str(path) in self.broken:
            return Refusal(str(path), self.broken[str(path)])
        return Snapshot(path, self.files[str(path)])


def reader(files: dict[str, str], **options: object) -> EditReader:
    return EditReader(Project(files), title="test", **options)


def whole(made: EditReader, reply: str) -> ChangeSet:
    made.push(reply)
    return made.finish()


def pieces(reply: str, rng: random.Random) -> Iterable[str]:
    at = 0
    while at < len(reply):
        size = rng.choice([1, 2, 3, 7, 20, 90])
        yield reply[at : at + size]
        at += size


def texts(changes: ChangeSet) -> dict[str, str]:
    return {str(c.base.path): c.applied(SHOWN) for c in changes.files}


def selected(
    text: str, start: int, end: int, reply: str, path: str = "m.py", step: int = 0
) -> tuple[ChangeSet, list[Progress], EditReader]:
    """A reply about lines ``start`` to ``end`` of one file, pushed in steps of ``step`` characters."""
    made = reader(
        {path: text},
        target=Snapshot(PurePosixPath(path), text),
        span=LineSpan(start, end),
        format=EditFormat.SELECTION,
    )
    step = step or len(reply)
    seen = [made.push(reply[k : k + step]) for k in range(0, len(reply), step)]
    return made.finish(), seen, made
