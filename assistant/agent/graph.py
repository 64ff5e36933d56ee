"""A small graph of model calls: which there are, what each may take, what they took so far.

Declares and counts; asks no model and runs no check.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from assistant.agent.limits import Budget, Limits
from assistant.calls import Allowance, Node, NodeKind, NodeState, When
from assistant.clock import added
from assistant.events import GraphChanged
from assistant.types import Usage

LETTERS = "abcdefgh"
CHOOSE, JUDGE = "choose", "judge"
_DRAFT = Allowance(seconds=900)
_CHECK = Allowance(seconds=300)
_JUDGE = Allowance(seconds=180)


@dataclass(frozen=True, slots=True)
class Seat:
    """Who is asked for one draft: ``model`` as shown, ``temperature`` None is the server's own."""

    role: str
    model: str
    temperature: float | None = None


def check_of(draft: str) -> str:
    """The id of the node that checks a draft."""
    return f"check-{draft}"


def checked(draft: Seat, repair: Seat | None) -> tuple[Node, ...]:
    """A draft that is checked; what is wrong with it is mended once, and checked again.

    ``repair`` is None where nobody can mend: an engine without a model writes the same again.
    """
    nodes = _drafted("a", draft)
    if repair is None:
        return tuple(nodes)
    other = repair.model != draft.model
    kind = NodeKind.ESCALATE if other else NodeKind.REPAIR
    title = "Repair by another model" if other else "Repair"
    nodes += _drafted("b", repair, kind, title, (check_of("a"),), When.IF_WRONG)
    choose = Node(CHOOSE, NodeKind.CHOOSE, "Choose", after=(check_of("a"), check_of("b")))
    return (*nodes, replace(choose, when=When.IF_WRONG))


def council(seats: Sequence[Seat], judge: Seat | None) -> tuple[Node, ...]:
    """Several drafts side by side, each checked; a judge only where the checks cannot tell."""
    nodes: list[Node] = []
    for letter, seat in zip(LETTERS, seats, strict=False):
        nodes += _drafted(letter, seat)
    checks = tuple(node.id for node in nodes if node.kind is NodeKind.CHECK)
    choose = Node(CHOOSE, NodeKind.CHOOSE, "Choose", after=checks)
    if judge is not None:
        after, tied = checks, When.IF_TIED
        role, model = judge.role, judge.model
        nodes.append(
            Node(JUDGE, NodeKind.JUDGE, "Judge", role, model, after, when=tied, most=_JUDGE)
        )
        choose = replace(choose, after=(JUDGE,))
    return (*nodes, choose)


def _drafted(
    letter: str,
    seat: Seat,
    kind: NodeKind = NodeKind.DRAFT,
    title: str = "",
    after: tuple[str, ...] = (),
    when: When = When.ALWAYS,
) -> list[Node]:
    """A draft and its check."""
    title = title or f"Draft {letter.upper()}"
    draft = Node(letter, kind, title, seat.role, seat.model, after, when, _DRAFT)
    check = Node(check_of(letter), NodeKind.CHECK, "Checks", after=(letter,), when=when)
    return [draft, replace(check, most=_CHECK)]


class Graph:
    """One graph at work. Times are measured here; ``limits`` hold for all calls together."""

    def __init__(self, nodes: Sequence[Node], limits: Limits, now: Callable[[], float]) -> None:
        self._nodes = {node.id: node for node in nodes}
        self._now, self._limits = now, limits
        self._budget = Budget(replace(limits, steps=0), now)
        self._since: dict[str, float] = {}
        self._usage: dict[str, Usage] = {}

    def nodes(self) -> tuple[Node, ...]:
        return tuple(self._nodes.values())

    def node(self, id: str) -> Node:
        return self._nodes[id]

    def has(self, id: str) -> bool:
        return id in self._nodes

    def shown(self) -> GraphChanged:
        """The graph as it is at this moment."""
        now = self._now()
        return GraphChanged(
            tuple(
                replace(node, seconds=now - self._since[node.id])
                if node.state is NodeState.RUNNING
                else node
                for node in self._nodes.values()
            )
        )

    # -- what happens --------------------------------------------------------------------------

    def start(self, id: str, run: str = "") -> None:
        """``run`` names the log of what the call sends."""
        self._since[id] = self._now()
        self._put(id, state=NodeState.RUNNING, run=run)

    def end(
        self,
        id: str,
        state: NodeState = NodeState.DONE,
        note: str = "",
        good: bool | None = None,
    ) -> None:
        node = self._nodes[id]
        if node.over:
            return
        seconds = self._now() - self._since[id] if id in self._since else 0.0
        self._put(id, state=state, note=note, good=good, seconds=seconds)

    def skip(self, id: str, why: str) -> None:
        """It will not run; nothing that has run is skipped."""
        if self._nodes[id].state is NodeState.WAITING:
            self._put(id, state=NodeState.SKIPPED, note=why)

    def mark(self, id: str, good: bool, note: str = "") -> None:
        """What came of a draft in the end."""
        self._put(id, good=good, **({"note": note} if note else {}))

    def took(self, id: str, usage: Usage) -> None:
        """All that a call has used so far."""
        self._usage[id] = usage
        tokens = usage.input + usage.cache_read + usage.cache_write + usage.output
        self._put(id, cost=usage.cost, tokens=tokens)
        self._budget.took(self.usage)

    def _put(self, id: str, **values: object) -> None:
        self._nodes[id] = replace(self._nodes[id], **values)  # type: ignore[arg-type]

    # -- what may still happen -------------------------------------------------------------------

    @property
    def usage(self) -> Usage:
        """Of all calls together. What has no known price makes no sum of prices."""
        total: Usage | None = None
        for usage in self._usage.values():
            total = added(total, usage)
        return total or Usage(cost=0.0)

    def known_cost(self) -> float:
        """What is known to be spent, where some prices are not known."""
        return sum(usage.cost or 0.0 for usage in self._usage.values())

    def over(self) -> str:
        """Which limit of the whole is reached, as half a sentence; empty while there is room."""
        most = self._limits.cost
        if most and self.known_cost() >= most:
            return f"it cost ${self.known_cost():.2f} of ${most:.2f}"
        return self._budget.over()

    def over_at(self, id: str) -> str:
        """The same for one call."""
        node, most = self._nodes[id], self._nodes[id].most
        if most.tokens and node.tokens >= most.tokens:
            return f"it used {node.tokens:,} tokens"
        if most.cost and (node.cost or 0.0) >= most.cost:
            return f"it cost ${node.cost or 0.0:.2f}"
        return self.over()

    def forbids(self, least: float | None) -> str:
        """Why a call that costs at least so much is not begun, as half a sentence; or empty."""
        if why := self.over():
            return why
        most = self._limits.cost
        if most and least is not None and self.known_cost() + least > most:
            return f"it would go over ${most:.2f}"
        return ""

    def seconds(self, id: str) -> float | None:
        """How long a call may take at most; None is without limit."""
        own, left = self._nodes[id].most.seconds, self._budget.left()
        limits = [*([own] if own else []), *([left] if left is not None else [])]
        return min(limits, default=None)
