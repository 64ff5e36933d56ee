"""Fills a number of tokens with the best pieces: whole chunks, joined when they touch."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field

from assistant.context.rank import Ranking
from assistant.context.store import Index
from assistant.context.tokens import estimate

_FILL = 0.98
_MISSES = 25
_OUTLINED = 16
HEADER = 4
"""Tokens round the path of a file."""


@dataclass(slots=True)
class Piece:
    """Lines ``first`` to ``last`` of a file, 1-based inclusive."""

    path: str
    first: int
    last: int
    score: float = 0.0


@dataclass(slots=True)
class Packing:
    """What was chosen, in the order of the files' ranks, and what it costs."""

    pieces: list[Piece] = field(default_factory=list)
    used: float = 0.0
    left_out: dict[str, float] = field(default_factory=dict)


class Budgeter:
    """Packs chunks of a ranking. ``lines`` gives the lines of a file without their ends, or
    None."""

    def __init__(self, index: Index, lines: Callable[[str], Sequence[str] | None]) -> None:
        self._index = index
        self._lines = lines

    def pack(
        self,
        ranking: Ranking,
        budget: float,
        *,
        outline: float = 0.0,
        skip: Collection[str] = (),
        taken: Callable[[str, int, int], bool] | None = None,
    ) -> Packing:
        """At most ``budget`` tokens. ``outline`` is the share given to signatures of the best
        files; ``skip`` are
        paths that must not appear, ``taken`` says of lines that they are in the context already, or
        unwanted."""
        packing = Packing()
        chosen: dict[str, list[Piece]] = {}
        limit = budget * _FILL * (1 - outline)
        misses = 0
        for chunk, score in self._candidates(ranking):
            entry, first, last = self._index.chunk(chunk)
            if entry.path in skip or (taken is not None and taken(entry.path, first, last)):
                continue
            lines = self._lines(entry.path)
            if lines is None or first > len(lines):
                continue
            last = min(last, len(lines))
            cost = estimate("\n".join(lines[first - 1 : last]) + "\n") + 1
            if entry.path not in chosen:
                cost += estimate(entry.path) + HEADER
            if packing.used + cost > limit:
                misses += 1
                packing.left_out[entry.path] = packing.left_out.get(entry.path, 0.0) + cost
                if misses > _MISSES:
                    break
                continue
            packing.used += cost
            chosen.setdefault(entry.path, []).append(Piece(entry.path, first, last, score))
        if outline > 0:
            self._outlines(ranking, budget * _FILL, chosen, packing, skip, taken)
        rank = {self._index.by_number[f].path: i for i, f in enumerate(ranking.files)}
        for path in sorted(chosen, key=lambda p: (rank.get(p, len(rank)), p)):
            packing.pieces.extend(_joined(chosen[path]))
            packing.left_out.pop(path, None)
        return packing

    def _candidates(self, ranking: Ranking) -> Iterator[tuple[int, float]]:
        """Chunks and their points: those that were ranked, then the rest of the files as these are
        ranked, which a budget larger than all that holds a word of the wish is filled with."""
        yield from zip(ranking.chunks, ranking.chunk_scores, strict=True)
        ranked = set(ranking.chunks)
        for number in ranking.files:
            entry = self._index.by_number[number]
            for chunk in range(entry.first_chunk, entry.first_chunk + entry.chunks):
                if chunk not in ranked:
                    yield chunk, 0.0

    def _outlines(
        self,
        ranking: Ranking,
        limit: float,
        chosen: dict[str, list[Piece]],
        packing: Packing,
        skip: Collection[str],
        taken: Callable[[str, int, int], bool] | None,
    ) -> None:
        """Signature lines of the best files that are not in the context already."""
        for number in ranking.files[:_OUTLINED]:
            entry = self._index.by_number[number]
            lines = self._lines(entry.path)
            if lines is None or entry.path in skip:
                continue
            there = chosen.get(entry.path, [])
            for _, _, _, line, _ in entry.definitions():
                shown = any(piece.first <= line <= piece.last for piece in there)
                if shown or line > len(lines) or (taken and taken(entry.path, line, line)):
                    continue
                price = estimate(lines[line - 1] + "\n") + 1
                price += 0 if there else estimate(entry.path) + HEADER
                if packing.used + price > limit:
                    return
                packing.used += price
                there.append(Piece(entry.path, line, line))
                chosen[entry.path] = there


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Pieces of one file in order, those that touch made one."""
    out: list[Piece] = []
    for piece in sorted(pieces, key=lambda p: (p.first, p.last)):
        if out and piece.first <= out[-1].last + 1:
            out[-1].last = max(out[-1].last, piece.last)
            out[-1].score = max(out[-1].score, piece.score)
        else:
            out.append(Piece(piece.path, piece.first, piece.last, piece.score))
    return out
