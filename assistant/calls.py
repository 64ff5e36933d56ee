"""One wish as a graph of calls, in plain values: what is asked, checked, chosen, and at what cost.

Knows no model and nothing that runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class NodeKind(StrEnum):
    """``escalate`` is a repair by another model than the one that wrote the draft."""

    DRAFT = "draft"
    CHECK = "check"
    REPAIR = "repair"
    ESCALATE = "escalate"
    CHOOSE = "choose"
    JUDGE = "judge"

    @property
    def asks(self) -> bool:
        """Whether a model is asked; the app does the others itself."""
        return self not in (NodeKind.CHECK, NodeKind.CHOOSE)


class NodeState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
    """It was not needed, or would have gone over a limit; ``note`` says which."""
    STOPPED = "stopped"


class When(StrEnum):
    """What makes a node run once the ones before it ended."""

    ALWAYS = "always"
    IF_WRONG = "if a check finds something wrong"
    IF_TIED = "if the checks cannot tell"


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a node, or a whole graph, may take; 0 is no limit. ``cost`` is US dollars."""

    seconds: float = 0.0
    tokens: int = 0
    cost: float = 0.0


@dataclass(frozen=True, slots=True)
class Node:
    """One step of a graph: declared before it runs, then with what it took.

    ``cost`` None is a price that is not known. ``run`` names the log of what the call sent.
    """

    id: str
    kind: NodeKind
    title: str
    role: str = ""
    model: str = ""
    after: tuple[str, ...] = ()
    when: When = When.ALWAYS
    most: Allowance = Allowance()
    state: NodeState = NodeState.WAITING
    note: str = ""
    seconds: float = 0.0
    cost: float | None = None
    tokens: int = 0
    run: str = ""
    good: bool | None = None
    """What a check found, or whether a draft was chosen; None says nothing of it."""

    @property
    def over(self) -> bool:
        return self.state not in (NodeState.WAITING, NodeState.RUNNING)


class Verdict(StrEnum):
    """A model's opinion of a hunk; it is never evidence."""

    FINE = "fine"
    DOUBT = "doubt"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Opinion:
    """What ``model`` thinks of one hunk. ``line`` is 0-based in the file as it would be, or None.

    ``words`` are the model's own.
    """

    path: str
    hunk: int
    verdict: Verdict
    words: str
    model: str
    line: int | None = None
