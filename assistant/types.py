"""The nouns of the house. Frozen, comparable, picklable; knows only the standard library.

Text is ``str`` decoded with ``surrogateescape``, so that bytes which are not UTF-8 survive a round
trip. Lines are the currency: 0-based, half-open spans over :func:`split_lines`. Byte positions
never appear here.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Protocol

from assistant.cells import DEFAULT as DEFAULT
from assistant.cells import TRUE as TRUE
from assistant.cells import CellRun as CellRun
from assistant.cells import Finished as Finished
from assistant.cells import Ink as Ink
from assistant.cells import Pen as Pen
from assistant.cells import Spot as Spot
from assistant.cells import Wants as Wants
from assistant.cells import cell_width as cell_width
from assistant.messages import Image as Image
from assistant.messages import KeepAlive as KeepAlive
from assistant.messages import Message as Message
from assistant.messages import ModelEvent as ModelEvent
from assistant.messages import Opaque as Opaque
from assistant.messages import Part as Part
from assistant.messages import Retrying as Retrying
from assistant.messages import Role as Role
from assistant.messages import Stop as Stop
from assistant.messages import Switched as Switched
from assistant.messages import Text as Text
from assistant.messages import TextDelta as TextDelta
from assistant.messages import Thinking as Thinking
from assistant.messages import ThinkingDelta as ThinkingDelta
from assistant.messages import ToolCall as ToolCall
from assistant.messages import ToolCallDelta as ToolCallDelta
from assistant.messages import ToolResult as ToolResult
from assistant.messages import ToolSpec as ToolSpec
from assistant.messages import Usage as Usage
from assistant.query import FileHits as FileHits
from assistant.query import Found as Found
from assistant.query import Hit as Hit
from assistant.query import Looked as Looked
from assistant.query import Query as Query
from assistant.query import Search as Search
from assistant.query import look as look
from assistant.writers import BEFORE as BEFORE
from assistant.writers import TYPED as TYPED
from assistant.writers import Author as Author
from assistant.writers import By as By
from assistant.writers import Origin as Origin
from assistant.writers import Passage as Passage
from assistant.writers import Step as Step

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


HIDDEN = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Characters that a reader does not see or that turn the order of others, as the inside of a
regular expression's class: controls, Unicode's default-ignorable code points, letters without a
shape."""


def split_lines(text: str) -> tuple[str, ...]:
    r"""Lines of ``text`` with their ends kept. Ends are ``\n``, ``\r`` and ``\r\n``, as in the
    editor.

    ``str.splitlines`` also breaks at form feeds, U+2028 and five more, which would shift every
    line number.
    """
    if "\r" not in text:
        lines = text.split("\n")
        last = lines.pop()
        return (
            (*[line + "\n" for line in lines], last)
            if last
            else tuple(line + "\n" for line in lines)
        )
    return tuple(_LINE.findall(text))


@dataclass(frozen=True, slots=True, order=True)
class LineSpan:
    """Lines ``start`` to ``end`` of one text: 0-based, ``end`` not included; empty when equal.

    An empty span is a place. It has no ``len`` and so is never false: ``if span`` would drop it.
    """

    start: int
    end: int

    @property
    def size(self) -> int:
        """How many lines."""
        return self.end - self.start

    @property
    def empty(self) -> bool:
        return self.start == self.end

    def touches(self, other: LineSpan) -> bool:
        """Whether the two share a line or a border."""
        return self.start <= other.end and other.start <= self.end


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one document said at one moment.

    ``path`` is relative to the project root, or absolute for a file outside it. ``version`` counts
    the edits of the buffer it was taken from; a file read from disk has version 0.
    """

    path: PurePosixPath
    text: str
    version: int = 0

    def lines(self, span: LineSpan | None = None) -> tuple[str, ...]:
        """The lines of ``span``, or all of them; O(size of the text)."""
        lines = split_lines(self.text)
        return lines if span is None else lines[span.start : span.end]


class Effort(StrEnum):
    """How long a model may think before it answers."""

    OFF = "off"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    MAX = "max"


class Autonomy(StrEnum):
    """How far the assistant goes by itself: answer, propose edits, or work on its own."""

    ASK = "ask"
    EDIT = "edit"
    AGENT = "agent"


class Care(StrEnum):
    """How much is spent to get an edit right: one call, one that is checked and mended, or several
    drafts of which the best is taken.
    """

    QUICK = "quick"
    CHECKED = "checked"
    COUNCIL = "council"


@dataclass(frozen=True, slots=True)
class Mention:
    """Something the person pointed at: ``kind`` is file, folder, symbol, diff, problems, terminal,
    commit, paste or image. An image has a ``picture``, a title and in ``text`` its size.
    """

    kind: str
    value: str
    text: str = ""
    span: LineSpan | None = None
    picture: Image | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is known to be wrong with a line (0-based) of a file."""

    path: PurePosixPath
    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Around:
    """What the person has around a wish: open files, the lines edited last (newest first), what
    checks found.
    """

    open: tuple[PurePosixPath, ...] = ()
    edited: tuple[tuple[PurePosixPath, LineSpan], ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Instruction:
    """What the person asked for, and where. ``span`` is whole lines of ``target``; both None for a
    project question.
    """

    text: str
    target: Snapshot | None = None
    span: LineSpan | None = None
    mentions: tuple[Mention, ...] = ()
    effort: Effort = Effort.MEDIUM
    autonomy: Autonomy = Autonomy.EDIT
    buffers: tuple[Snapshot, ...] = ()
    """Open documents whose text differs from disk; they stand in for the files."""
    model: str = ""
    """Key of the chosen model; empty means the router decides by role."""
    around: Around = Around()
    """What is around counts when the context is chosen."""
    care: Care = Care.QUICK
    run: str = ""
    """The run it is asked in, once it has begun: all its calls share one account."""


class HunkState(StrEnum):
    STREAMING = "streaming"
    PENDING = "pending"
    KEPT = "kept"
    REJECTED = "rejected"
    CONFLICTED = "conflicted"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True)
class Hunk:
    """One place where ``new`` lines stand against the ``old`` lines ``base`` of a snapshot.

    ``note`` says how the place was found when it was not exact. ``flags`` name dangers the person
    must see before keeping (``deletes-most``, ``empties-file``, ``drops-elided``,
    ``hidden-characters``); ``moved`` links to the id of the hunk that holds the other half of a
    move, or is 0.
    """

    id: int
    base: LineSpan
    old: tuple[str, ...]
    new: tuple[str, ...]
    state: HunkState = HunkState.PENDING
    note: str = ""
    flags: tuple[str, ...] = ()
    moved: int = 0


PROTECTED = "protected-name"
"""A flag: other programs obey the file, so its hunks are kept only after a word on that file."""


class FileAction(StrEnum):
    MODIFY = "modify"
    CREATE = "create"
    DELETE = "delete"
    MOVE = "move"


@dataclass(frozen=True, slots=True)
class FileChange:
    """Hunks against one snapshot, in ascending order, not overlapping.

    CREATE has an empty base, DELETE one hunk that removes everything, MOVE a ``moved_to`` and
    maybe hunks.
    """

    base: Snapshot
    hunks: tuple[Hunk, ...] = ()
    action: FileAction = FileAction.MODIFY
    moved_to: PurePosixPath | None = None

    def applied(self, states: Iterable[HunkState] = (HunkState.KEPT,)) -> str:
        """The base text with the hunks of these states in it."""
        wanted = set(states)
        lines = list(self.base.lines())
        for hunk in sorted(self.hunks, key=lambda h: (h.base.start, h.base.end), reverse=True):
            if hunk.state in wanted:
                lines[hunk.base.start : hunk.base.end] = hunk.new
        return "".join(lines)

    def with_states(self, states: Mapping[int, HunkState]) -> FileChange:
        """The same change with the states of the named hunks replaced."""
        return replace(
            self, hunks=tuple(replace(h, state=states.get(h.id, h.state)) for h in self.hunks)
        )


@dataclass(frozen=True, slots=True)
class Refusal:
    """One part of a reply that was not applied: ``reason`` is a sentence, for the person and for
    the model.
    """

    path: str
    reason: str
    line: int | None = None
    """0-based line of the nearest region in the file, where there is one."""


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """What one run proposes: a file each, and the parts that were refused."""

    id: str
    title: str
    files: tuple[FileChange, ...] = ()
    refused: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the repository did. ``commit`` is the full hash, empty when only files were written.

    ``signed`` says with what, ``notes`` are sentences about what else happened.
    """

    commit: str
    branch: str
    files: tuple[PurePosixPath, ...]
    checkpoint: str = ""
    subject: str = ""
    signed: str = ""
    notes: tuple[str, ...] = ()


# ---- context
# -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Snippet:
    """Lines of one file with the reason they were chosen; ``source`` is selection, file, symbol,
    search, rule, …
    """

    path: PurePosixPath
    span: LineSpan
    text: str
    why: str
    score: float = 0.0
    tokens: int = 0
    source: str = "search"
    redactions: int = 0


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that did not enter the context, and why."""

    path: PurePosixPath
    why: str
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class Context:
    """What leaves the machine with a request besides the instruction. ``tokens`` is an estimate of
    the total.
    """

    snippets: tuple[Snippet, ...] = ()
    rules: tuple[Snippet, ...] = ()
    tokens: int = 0
    left_out: tuple[LeftOut, ...] = ()


# ---- models -------------------------------------------------------------------------------------
# -------------


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One request. ``instruction`` is there for engines that read the wish itself instead of the
    prompt.
    """

    messages: tuple[Message, ...]
    model: str = ""
    tools: tuple[ToolSpec, ...] = ()
    effort: Effort = Effort.OFF
    max_tokens: int | None = None
    temperature: float | None = None
    cache_key: str = ""
    instruction: Instruction | None = None


class ChatModel(Protocol):
    """Anything that answers a request with events: the last one is a Stop, or an exception ends
    the stream.
    """

    name: str
    """As shown to the person."""

    def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """Raises :class:`assistant.errors.ModelError`; closing the generator closes the
        connection.
        """
        ...
