"""A context under construction: what is in it, what it costs. Counts every line once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from assistant.context.budget import HEADER
from assistant.context.secrets import KEY_MARK, Redacted, redact
from assistant.context.tokens import estimate
from assistant.types import split_lines


def _unknown(_path: str) -> str | None:
    return None


@dataclass(slots=True)
class Draft:
    """What was chosen so far: rows as they cross, covered lines by path, tokens spent."""

    budget: float
    salt: bytes
    rows: list[dict[str, Any]] = field(default_factory=list)
    rules: list[dict[str, Any]] = field(default_factory=list)
    left_out: list[dict[str, Any]] = field(default_factory=list)
    covered: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    removed: dict[str, list[tuple[int, int] | None]] = field(default_factory=dict)
    placeholders: dict[str, str] = field(default_factory=dict)
    used: float = 0.0
    whole: Callable[[str], str | None] = _unknown
    """The text of a file of which only some rows were given."""

    def room(self) -> float:
        return max(0.0, self.budget - self.used)

    def taken(self, path: str, first: int, last: int) -> bool:
        """1-based inclusive lines that are there already in whole, or were removed by the
        person."""
        for span in self.removed.get(path, ()):
            if span is None or (first <= span[1] and span[0] < last + 1 and span[0] + 1 <= last):
                return True
        return any(a <= first and last <= b for a, b in self.covered.get(path, ()))

    def put(
        self,
        path: str,
        rows: Sequence[str],
        start: int,
        end: int,
        why: str,
        source: str,
        *,
        must: bool = False,
        share: float = 1.0,
        offset: int = 0,
        score: float = 0.0,
        grow: bool = False,
    ) -> None:
        """Lines ``start`` to ``end`` (0-based, half-open) of a file whose lines from ``offset`` on
        are ``rows``."""
        start, end = max(offset, start), min(end, offset + len(rows))
        if start >= end or (not must and self.taken(path, start + 1, end)):
            return
        inside = self._inside(path, start, end) if grow else []
        covered = [span for span in self.covered.get(path, ()) if span not in inside]
        pieces = []
        for first, last in _holes(covered, start, end):
            clean = self._masked(path, rows, offset, first, last)
            pieces.append((first, last, clean, estimate(clean.text) + 1))
        cost = sum(piece[3] for piece in pieces)
        cost += 0 if covered else estimate(path) + HEADER
        back = sum(row["tokens"] for row in self.rows if _key(row) in {(path, *s) for s in inside})
        if not must and cost - back > self.room() * share + 1e-6:
            why_not = f"{why}, but no room was left"
            self.left_out.append({"path": path, "why": why_not, "tokens": round(cost)})
            return
        self.rows[:] = [row for row in self.rows if _key(row) not in {(path, *s) for s in inside}]
        self.used += cost - back
        self.covered[path] = [*covered, *((first + 1, last) for first, last, _, _ in pieces)]
        for i, (first, last, clean, tokens) in enumerate(pieces):
            self.placeholders.update(clean.placeholders)
            number = len(clean.placeholders)
            share_of_head = cost - sum(p[3] for p in pieces) if i == 0 else 0.0
            self.rows.append(
                new_row(
                    path,
                    first,
                    last,
                    clean.text,
                    why,
                    tokens + share_of_head,
                    source,
                    number,
                    score,
                )
            )

    def _masked(
        self, path: str, rows: Sequence[str], offset: int, first: int, last: int
    ) -> Redacted:
        """Lines without secrets. Of a key only its first line shows that it is one: where a file
        holds one, the whole of it is masked and the lines are cut out after.
        """
        piece = rows[first - offset : last - offset]
        known = self.whole(path) if offset or len(rows) == len(piece) else None
        everything = "".join(rows) if known is None else known
        if KEY_MARK not in everything:
            return redact("".join(piece), self.salt)
        at = first - (offset if known is None else 0)
        if known is not None and list(split_lines(known)[at : at + len(piece)]) != list(piece):
            return redact("".join(piece), self.salt)
        clean = redact(everything, self.salt)
        text = "".join(split_lines(clean.text)[at : at + len(piece)])
        return Redacted(text, {k: v for k, v in clean.placeholders.items() if k in text})

    def _inside(self, path: str, start: int, end: int) -> list[tuple[int, int]]:
        """Covered spans (1-based inclusive) that lie in 0-based lines ``start`` to ``end``."""
        return [s for s in self.covered.get(path, ()) if start < s[0] and s[1] <= end]


def _key(row: dict[str, Any]) -> tuple[str, int, int]:
    return row["path"], row["start"] + 1, row["end"]


def new_row(
    path: str,
    start: int,
    end: int,
    text: str,
    why: str,
    tokens: float,
    source: str,
    redactions: int,
    score: float = 0.0,
) -> dict[str, Any]:
    return {
        "path": path,
        "start": start,
        "end": end,
        "text": text,
        "why": why,
        "tokens": tokens,
        "source": source,
        "redactions": redactions,
        "score": score,
    }


def _holes(covered: Sequence[tuple[int, int]], start: int, end: int) -> list[tuple[int, int]]:
    """The parts of 0-based lines ``start`` to ``end`` that no covered span (1-based inclusive)
    holds."""
    out = []
    at = start
    for first, last in sorted(covered):
        if last <= at or first - 1 >= end:
            continue
        if first - 1 > at:
            out.append((at, first - 1))
        at = max(at, last)
    if at < end:
        out.append((at, end))
    return out
