"""The sentences a refused edit comes back with: what was looked for, what stands there."""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz import fuzz

from assistant.edits.lines import plain
from assistant.edits.locate import Place, TextIndex
from assistant.types import Refusal

_SHOWN = 8


def ambiguous(path: str, number: int, index: TextIndex, rivals: Sequence[Place]) -> Refusal:
    """More than one equally good place."""
    lines = ", ".join(str(place.start + 1) for place in rivals[:12])
    more = f" and {len(rivals) - 12} more" if len(rivals) > 12 else ""
    reason = (
        f"Edit {number} of {path} fits {len(rivals)} places equally well, at lines {lines}{more}. "
        "Nothing was applied; quote more of the lines around the one you mean."
    )
    return Refusal(path, reason, rivals[0].start)


def already_applied(number: int, where: tuple[int, int]) -> str:
    """The new text is there."""
    lines = f"lines {where[0] + 1} to {where[1]}"
    return f"Edit {number} is already applied: {lines} read like its new text."


def not_found(path: str, number: int, index: TextIndex, old: Sequence[str]) -> Refusal:
    """No place; names the closest region and its first difference."""
    if not any(text.strip() for text in old):
        return Refusal(path, f"Edit {number} of {path} quotes no line to find its place by.")
    start, score = closest(index, old)
    head = f"Edit {number} of {path} was not applied: the text to replace is not in the file."
    if start is None or score < 50:
        return Refusal(path, f"{head} Nothing in it is similar; read the file again.")
    shown = numbered(index, start, min(len(old), _SHOWN))
    difference = _first_difference(index, old, start)
    return Refusal(path, f"{head} The closest lines are\n{shown}\n{difference}", start)


def stale(
    path: str, number: int, index: TextIndex, old: Sequence[str], place: Place, missing: int
) -> Refusal:
    """A line to be removed, or needed to anchor an insertion, does not stand in the file."""
    shown = numbered(index, place.start, min(place.end - place.start, _SHOWN))
    line = old[missing].strip() if missing < len(old) else ""
    reason = (
        f"Edit {number} of {path} was not applied: the line {line!r} is not in the file as quoted; "
        f"it may have changed since it was read. The file has\n{shown}\n"
        "Read it again and repeat the edit."
    )
    return Refusal(path, reason, place.start)


def numbered(index: TextIndex, start: int, count: int) -> str:
    """Lines with their 1-based numbers."""
    end = min(start + max(count, 1), len(index.lines))
    return "\n".join(f"{k + 1:>5} | {index.lines[k]}" for k in range(start, end))


def closest(index: TextIndex, old: Sequence[str]) -> tuple[int | None, float]:
    """The line at which the quoted lines fit best, and how well, 0 to 100."""
    wanted = [plain(text).strip() for text in old]
    solid = [(i, text) for i, text in enumerate(wanted) if len(text) > 3]
    votes: dict[int, int] = {}
    table: dict[str, list[int]] = {}
    for k, line in enumerate(index.lines):
        table.setdefault(plain(line).strip(), []).append(k)
    for i, text in solid:
        for k in table.get(text, ())[:50]:
            votes[k - i] = votes.get(k - i, 0) + 1
    if votes:
        start = max(votes, key=lambda k: (votes[k], -k))
        return max(start, 0), 100.0 * votes[start] / len(solid)
    if not solid:
        return None, 0.0
    i, text = max(solid, key=lambda pair: len(pair[1]))
    best, score = None, 0.0
    for k, line in enumerate(index.lines):
        value = fuzz.ratio(text, line.strip(), score_cutoff=max(score, 50))
        if value > score:
            best, score = max(k - i, 0), value
    return best, score


def _first_difference(index: TextIndex, old: Sequence[str], start: int) -> str:
    for i, text in enumerate(old):
        k = start + i
        there = index.lines[k] if k < len(index.lines) else None
        if there is None:
            return f"The file ends where the edit has {text.strip()!r}."
        if there.rstrip() != text.rstrip():
            return f"They first differ at line {k + 1}: the edit has {text!r}, the file {there!r}."
    return ""
