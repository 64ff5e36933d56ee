"""One proposed hunk and its run: what was said, where it stands, what state it is in. Moves
nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from assistant.events import Opinion
from assistant.types import Hunk, HunkState, LineSpan, Snapshot
from widgets.editor.surface import encode
from widgets.inlinediff.tracking import Range

DECIDED = (HunkState.KEPT, HunkState.REJECTED, HunkState.SUPERSEDED)
OPEN = (HunkState.STREAMING, HunkState.PENDING, HunkState.CONFLICTED)


class Merged(Protocol):
    """What a three-way merge says (see ``assistant.edits.merge``)."""

    @property
    def lines(self) -> Sequence[str]: ...

    @property
    def conflicts(self) -> Sequence[object]: ...


ThreeWay = Callable[[Sequence[str], Sequence[str], Sequence[str]], Merged]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many hunks are in which state; ``open`` ones wait for a decision or their end."""

    pending: int = 0
    streaming: int = 0
    conflicted: int = 0
    kept: int = 0
    rejected: int = 0

    @property
    def open(self) -> int:
        return self.pending + self.streaming + self.conflicted

    @property
    def total(self) -> int:
        return self.open + self.kept + self.rejected


class Mode(StrEnum):
    """PROPOSE: the buffer holds the old text. REVIEW: it holds the new text already, and rejecting
    takes it out.
    """

    PROPOSE = "propose"
    REVIEW = "review"


@dataclass(slots=True, eq=False)
class Run:
    """One proposal: the text it was made from and since when edits of the buffer matter to it."""

    number: int
    prompt: str
    base: Snapshot
    mode: Mode
    text: bytes
    """The buffer when the run began."""
    mark: int
    """Where in the log of edits the run began."""
    first: tuple[int, int, int] = (0, 0, 0)
    """The replacement that made ``text`` of the base: position, bytes removed, bytes added."""
    offsets: list[int] = field(default_factory=list)
    hunks: dict[int, Tracked] = field(default_factory=dict)
    aligned: bool = False


@dataclass(slots=True, eq=False)
class Tracked:
    """One hunk in its place. ``here`` is what the buffer is expected to hold, ``other`` what would
    replace it.
    """

    run: Run
    hunk: Hunk
    range: Range
    decision: HunkState | None = None
    state: HunkState = HunkState.PENDING
    present: bytes = b""
    rows: tuple[str, ...] = ()
    """The other side as it would be applied now, with the person's own edits merged in."""
    note: str = ""
    edited: bool = False
    before: bytes | None = None
    after: bytes | None = None
    """What stood in the range before and after it was applied; undo and redo go between the two."""
    revision: int = 0
    """Grows with every change of what is to be drawn."""
    lines: tuple[int, int, LineSpan] | None = None
    """Where it stood when that was asked last: at which count of lines and revision."""
    opinion: Opinion | None = None
    """What a model said of it; nothing follows from it."""

    @property
    def here(self) -> tuple[str, ...]:
        return self.hunk.old if self.run.mode is Mode.PROPOSE else self.hunk.new

    @property
    def other(self) -> tuple[str, ...]:
        return self.hunk.new if self.run.mode is Mode.PROPOSE else self.hunk.old

    @property
    def applied(self) -> HunkState:
        """The state it has once its other side stands in the buffer."""
        return HunkState.KEPT if self.run.mode is Mode.PROPOSE else HunkState.REJECTED

    @property
    def open(self) -> bool:
        return self.decision is None


def size_of(lines: Sequence[str]) -> int:
    return sum(len(encode(line)) for line in lines)


def difference(old: bytes, new: bytes) -> tuple[int, int, int]:
    """One replacement that makes ``new`` of ``old``, at line ends: position, bytes removed, bytes
    added.
    """
    if old == new:
        return 0, 0, 0
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    head = 0
    while head < min(len(before), len(after)) and before[head] == after[head]:
        head += 1
    tail = 0
    most = min(len(before), len(after)) - head
    while tail < most and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    start = sum(map(len, before[:head]))
    kept = sum(map(len, before[len(before) - tail :])) if tail else 0
    return start, len(old) - start - kept, len(new) - start - kept
