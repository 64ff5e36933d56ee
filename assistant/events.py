"""Everything a run can say, in the order it says it. The last word of a run is its Outcome.

One ordered stream of frozen events is the UI feed, the run log and the test oracle.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePosixPath

from assistant.calls import Allowance as Allowance
from assistant.calls import Node as Node
from assistant.calls import NodeKind as NodeKind
from assistant.calls import NodeState as NodeState
from assistant.calls import Opinion as Opinion
from assistant.calls import Verdict as Verdict
from assistant.calls import When as When
from assistant.errors import GalleyError
from assistant.parcel import (
    Parcel as Parcel,
)
from assistant.parcel import (
    Portion as Portion,
)
from assistant.parcel import (
    Terms as Terms,
)
from assistant.types import (
    ChangeSet,
    Context,
    FileChange,
    Receipt,
    Refusal,
    Retrying,
    Switched,
    TextDelta,
    ThinkingDelta,
    ToolCall,
    Usage,
)


@dataclass(frozen=True, slots=True)
class RunStarted:
    """``id`` names the run in the log; ``model`` is what the person sees, ``scripted`` marks
    canned replies; ``hurries`` that it can be told to stop thinking and answer.
    """

    id: str
    title: str
    model: str
    scripted: bool = False
    hurries: bool = False


@dataclass(frozen=True, slots=True)
class ContextReady:
    """What will leave, before it leaves: what was chosen of the project, and the whole request."""

    context: Context
    parcel: Parcel = field(default_factory=Parcel)


@dataclass(frozen=True, slots=True)
class HunksChanged:
    """The hunks of one file so far. Replaces what this run said of the same file before."""

    change: FileChange


@dataclass(frozen=True, slots=True)
class PartRefused:
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class ProposalReady:
    """The reply is complete: all files of the run, every hunk pending or conflicted."""

    changes: ChangeSet


@dataclass(frozen=True, slots=True)
class ToolStarted:
    """A tool is at work; ``label`` says on what: a path, a pattern, a command."""

    call: ToolCall
    label: str = ""


@dataclass(frozen=True, slots=True)
class ToolFinished:
    """What came of it in a few words; ``output`` is all that the model was told.

    A command that failed was ``done`` and is not ``ok``; one that was refused is neither.
    """

    call: ToolCall
    summary: str
    ok: bool
    seconds: float
    output: str = ""
    done: bool = True


@dataclass(frozen=True, slots=True)
class PermissionAsked:
    """The run waits for an answer to ``key``; ``detail`` is the whole of what would happen.

    ``kind`` is command (once, for the run, or no) or repeat (go on, or stop).
    """

    key: str
    title: str
    detail: str
    kind: str = "command"


@dataclass(frozen=True, slots=True)
class StepBegan:
    """A run goes on: what it took so far, and what it may take at most; 0 is no limit."""

    step: int
    most_steps: int
    seconds: float
    most_seconds: float
    tokens: int
    most_tokens: int
    cost: float | None
    most_cost: float


@dataclass(frozen=True, slots=True)
class CheckFinished:
    """Evidence: what ``tool`` said, run by the app itself over ``scope``."""

    tool: str
    ok: bool
    summary: str
    seconds: float
    scope: str = ""
    details: tuple[str, ...] = ()
    output: str = ""
    """The end of what the tool printed, where it printed something for people."""
    same_before: bool = False
    """It is not ok, and it was just so without the change."""


@dataclass(frozen=True, slots=True)
class GraphChanged:
    """All calls of the run as they stand now. Replaces what this run said of them before."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to do what was asked: what it would change, and what the checks said of it.

    ``id`` is that of the node that wrote it.
    """

    id: str
    title: str
    model: str
    changes: ChangeSet
    evidence: tuple[CheckFinished, ...] = ()
    words: str = ""
    """What was said besides the edits."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The run is decided: ``id`` names the candidate that was chosen, ``why`` is half a sentence.

    ``shown`` is the candidate whose hunks were seen until now; empty when that one came to nothing.
    """

    id: str
    why: str
    candidates: tuple[Candidate, ...]
    shown: str = ""


@dataclass(frozen=True, slots=True)
class OpinionsGiven:
    """A second opinion: at most one for each hunk. ``dropped`` counts what was said of lines or
    hunks that there are not.
    """

    model: str
    opinions: tuple[Opinion, ...]
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class UsageChanged:
    """Totals of the run so far; ``seconds`` and ``tokens_per_second`` are measured here, not
    claimed by a server.
    """

    usage: Usage
    seconds: float
    tokens_per_second: float


@dataclass(frozen=True, slots=True)
class Saved:
    path: PurePosixPath
    content_hash: str


@dataclass(frozen=True, slots=True)
class FilesChanged:
    """Paths that changed on disk by whatever hand; ``lost`` says that more may have changed than
    is named.
    """

    paths: frozenset[PurePosixPath]
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Committed:
    receipt: Receipt


class JobState(StrEnum):
    """Where a commit in the queue stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class CommitNews:
    """What a commit in the queue says: its state, our step, new words of a hook, in the end the
    receipt or the error.
    """

    id: int
    state: JobState
    step: str = ""
    words: str = ""
    receipt: Receipt | None = None
    error: GalleyError | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence for the person: ``level`` is info, warning or error."""

    text: str
    level: str = "info"


@dataclass(frozen=True, slots=True)
class TerminalStarted:
    """A shell runs in a terminal, under this number."""

    pid: int


@dataclass(frozen=True, slots=True)
class TerminalOutput:
    """What the programs in a terminal said, as they said it."""

    data: bytes


@dataclass(frozen=True, slots=True)
class TerminalEnded:
    """The shell of a terminal ended; None where it is not known how."""

    status: int | None


@dataclass(frozen=True, slots=True)
class Answered:
    """The value of a question asked through the door that is not a run: a status, a list, a loaded
    file.
    """

    value: object


@dataclass(frozen=True, slots=True)
class Done:
    pass


@dataclass(frozen=True, slots=True)
class Cancelled:
    pass


@dataclass(frozen=True, slots=True)
class Failed:
    error: BaseException


Event = (
    RunStarted
    | ContextReady
    | TextDelta
    | ThinkingDelta
    | HunksChanged
    | PartRefused
    | ProposalReady
    | ToolStarted
    | ToolFinished
    | PermissionAsked
    | StepBegan
    | CheckFinished
    | GraphChanged
    | Chosen
    | OpinionsGiven
    | UsageChanged
    | Retrying
    | Switched
    | Saved
    | FilesChanged
    | Committed
    | CommitNews
    | Notice
    | TerminalStarted
    | TerminalOutput
    | TerminalEnded
    | Answered
)
Outcome = Done | Cancelled | Failed
