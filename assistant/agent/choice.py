"""Which of several drafts is the best, by evidence first; what the checks cannot tell is a tie."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.agent.proposal import NOT_RUN
from assistant.events import Candidate, CheckFinished
from assistant.types import HunkState

_WEIGHT = {"syntax": 0, "tests": 1}
"""The graver the earlier; every other check is an opinion on style beside these."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """Candidates by what is known of them: ``best`` are those between which nothing decides."""

    best: tuple[Candidate, ...]
    why: str


def ran(found: CheckFinished) -> bool:
    """Whether a check has anything to say."""
    return not found.summary.startswith(NOT_RUN)


def blamed(found: CheckFinished) -> bool:
    """Whether the change made something worse; what was just as bad before is not its fault."""
    return ran(found) and not found.ok and not found.same_before


def wrong(candidate: Candidate) -> list[str]:
    """What is known to be wrong with a draft, as lines for the one who shall mend it."""
    lines = [f"- {r.path}: {r.reason}" for r in candidate.changes.refused]
    for found in candidate.evidence:
        if blamed(found):
            lines.append(f"- {found.tool}: {found.summary}")
            lines += [f"    {detail}" for detail in found.details[:30]]
    return lines


def ranked(candidates: Sequence[Candidate]) -> Ranked:
    """The best by evidence. ``candidates`` is not empty."""
    ranks = [_rank(candidate) for candidate in candidates]
    top = min(ranks)
    best = [c for c, rank in zip(candidates, ranks, strict=True) if rank == top]
    if len(best) == 1:
        if len(candidates) == 1:
            return Ranked(tuple(best), "it is the only one")
        return Ranked(tuple(best), _difference(best[0], candidates))
    return _by_votes(best)


def _by_votes(best: Sequence[Candidate]) -> Ranked:
    """Drafts that come to the same text are one; more of them are more than one alone."""
    texts = [outcome(candidate) for candidate in best]
    votes = Counter(texts)
    most = max(votes.values())
    firsts = dict(zip(texts[::-1], best[::-1], strict=True))
    left = [firsts[text] for text in dict.fromkeys(texts) if votes[text] == most]
    if len(left) == 1 and most > 1:
        return Ranked(tuple(left), f"{most} of {len(best)} drafts say the same")
    return Ranked(tuple(left), "the checks say the same of all")


def outcome(candidate: Candidate) -> tuple[tuple[str, str, str], ...]:
    """What the files would be: path, what is done to it, its text. Drafts alike are equal."""
    proposed = (HunkState.PENDING, HunkState.KEPT)
    return tuple(
        sorted(
            (str(change.moved_to or change.base.path), change.action, change.applied(proposed))
            for change in candidate.changes.files
        )
    )


def _rank(candidate: Candidate) -> tuple[int, ...]:
    """Smaller is better: something proposed, nothing refused, then check by check."""
    blame = [found for found in candidate.evidence if blamed(found)]
    by_check = [sum(_weight(found) == grade for found in blame) for grade in (0, 1, 2)]
    style = sum(max(1, len(found.details)) for found in blame if _weight(found) == 2)
    return (
        0 if candidate.changes.files else 1,
        by_check[0],
        by_check[1],
        len(candidate.changes.refused),
        # What was bad before and is so still: a draft that mends it is the better one.
        sum(ran(found) and found.same_before for found in candidate.evidence),
        style,
    )


def _weight(found: CheckFinished) -> int:
    return _WEIGHT.get(found.tool, 2)


def _difference(best: Candidate, candidates: Sequence[Candidate]) -> str:
    """What speaks for it: the first thing in which another is worse."""
    others = [c for c in candidates if c is not best]
    if all(not other.changes.files for other in others):
        return "it alone changes something"
    if not any(blamed(found) for found in best.evidence):
        good = [f.summary for f in best.evidence if ran(f) and f.ok]
        return f"nothing is wrong with it ({good[-1]})" if good else "nothing is wrong with it"
    return "the checks find less wrong with it"
