"""Fuzzy ranking of paths and titles in plain Python, cheap filters first. Knows strings only.

Tiers, best first: the name starts with what was typed, the name holds it, the path holds it, its
letters stand in the name in this order, they stand in the path. A tier is only searched while the
ones above it have not filled the list; scores order what is inside a tier.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from heapq import nlargest
from typing import NamedTuple

_BREAKS = frozenset("/_-. ")


class Hit(NamedTuple):
    """``at`` is the index, ``places`` the positions of the letters that matched."""

    at: int
    score: float
    places: tuple[int, ...]


class Ranker:
    """Keeps lower-cased names, and the survivors of the last query for the next letter."""

    def __init__(self, items: Sequence[str]) -> None:
        self.items = items
        self._low = [item.lower() for item in items]
        self._last = ""
        self._left: Sequence[int] = range(len(items))

    def rank(self, query: str, limit: int = 50) -> list[Hit]:
        """The best ``limit`` items; an empty query keeps the given order."""
        words = query.lower().split()
        if not words:
            return [Hit(index, 0.0, ()) for index in range(min(limit, len(self.items)))]
        needle = "".join(words)
        if self._last and needle.startswith(self._last):
            pool = self._left
        else:
            pool = range(len(self.items))
        pool = self._survivors(needle, pool)
        self._last, self._left = needle, pool
        scored = [self._score(index, needle) for index in self._tiers(needle, pool, limit)]
        return nlargest(limit, scored, key=_best)

    def _survivors(self, needle: str, pool: Sequence[int]) -> list[int]:
        """Everything that has the letters in this order, by a pattern without backtracking."""
        low = self._low
        if len(needle) == 1:
            return [index for index in pool if needle in low[index]]
        letters = [re.escape(letter) for letter in needle]
        pattern = "".join(f"[^{letter}]*+{letter}" for letter in letters)
        find = re.compile(pattern, re.DOTALL).match
        return [index for index in pool if find(low[index])]

    def _tiers(self, needle: str, pool: Sequence[int], limit: int) -> Iterable[int]:
        """At most a few times ``limit`` candidates: whole tiers from the best down."""
        low, enough = self._low, limit * 4
        whole = [index for index in pool if needle in low[index]]
        cut = "/" + needle
        starts = [index for index in whole if cut in low[index] or low[index].startswith(needle)]
        if len(starts) >= enough:
            return self._short(starts, enough)
        if len(whole) >= enough:
            seen = set(starts)
            rest = [index for index in whole if index not in seen]
            return [*starts, *self._short(rest, enough - len(starts))]
        seen = set(whole)
        rest = [index for index in pool if index not in seen]
        return [*whole, *self._short(rest, enough * 2)]

    def _short(self, pool: list[int], count: int) -> list[int]:
        """The shortest: of two that match alike, the shorter is meant more often."""
        if len(pool) <= count:
            return pool
        low = self._low
        lengths = sorted(len(low[index]) for index in pool)
        bound = lengths[count]
        shorter = [index for index in pool if len(low[index]) < bound]
        alike = [index for index in pool if len(low[index]) == bound]
        return [*shorter, *alike[:count]]

    def _score(self, index: int, needle: str) -> Hit:
        low, item = self._low[index], self.items[index]
        name = low.rfind("/", 0, len(low) - 1) + 1
        at = low.find(needle, name)
        if at < 0:
            at = low.find(needle)
        if at >= 0:
            score = 100.0 + 8 * len(needle)
            score += 60 if at == name else 30 if at > name else 0
            score += 25 if at == 0 or low[at - 1] in _BREAKS or item[at].isupper() else 0
            score += 40 if at == name and low.rpartition(".")[0][name:] == needle else 0
            return Hit(index, score - len(low) * 0.2, tuple(range(at, at + len(needle))))
        places = _spread(low, item, needle, name) or _spread(low, item, needle, 0)
        score, before = 0.0, -2
        for place in places:
            score += 9 if place == before + 1 else 1
            score += 8 if place == 0 or low[place - 1] in _BREAKS or item[place].isupper() else 0
            score += 3 if place >= name else 0
            before = place
        spread = places[-1] - places[0] if places else 0
        return Hit(index, score - len(low) * 0.1 - spread * 0.15, places)


def _spread(low: str, item: str, needle: str, start: int) -> tuple[int, ...]:
    """Places of the letters from ``start`` on, at starts of words where that is possible; or
    nothing.
    """
    places: list[int] = []
    at = start
    for letter in needle:
        first = low.find(letter, at)
        if first < 0:
            return ()
        best, look = first, first
        while look >= 0 and not (look == 0 or low[look - 1] in _BREAKS or item[look].isupper()):
            look = low.find(letter, look + 1)
        rest = needle[len(places) + 1 :]
        if look > first and _holds(low, rest, look + 1) and (not places or first != places[-1] + 1):
            best = look
        places.append(best)
        at = best + 1
    return tuple(places)


def _holds(low: str, letters: str, at: int) -> bool:
    for letter in letters:
        at = low.find(letter, at) + 1
        if not at:
            return False
    return True


def _best(hit: Hit) -> float:
    return hit.score


def rank(query: str, items: Sequence[str], limit: int = 50) -> list[Hit]:
    """One query over a list that is not kept."""
    return Ranker(items).rank(query, limit)
