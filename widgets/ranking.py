"""Fuzzy ranking of paths and titles in plain Python, cheap filters first. Knows strings only.

Tiers, best first: the name starts with what was typed, the name holds it, the path holds it, its
letters stand in the name in this order, they stand in the path. A tier is only searched while the
ones above it have not filled the list; scores order what is inside a tier.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from heapq import nlargest
from itertools import islice
from typing import NamedTuple

_BREAKS = frozenset("/_-. ")


class Hit(NamedTuple):
    """``at`` is the index, ``places`` the positions of the letters that matched."""

    at: int
    score: float
    places: tuple[int, ...]


class Ranker:
    """Keeps lower-cased names in order of length, and what the last query left for the next letter.

    In that order the first of a tier are its shortest, so that a scan can stop when it has enough.
    """

    def __init__(self, items: Sequence[str]) -> None:
        self.items = items
        low = [item.lower() for item in items]
        self._order = sorted(range(len(low)), key=lambda index: len(low[index]))
        self._low = [low[index] for index in self._order]
        self._last = ""
        self._left: Sequence[int] = range(len(low))

    def rank(self, query: str, limit: int = 50) -> list[Hit]:
        """The best ``limit`` items; an empty query keeps the given order."""
        needle = "".join(query.lower().split())
        if not needle:
            return [Hit(index, 0.0, ()) for index in range(min(limit, len(self.items)))]
        if not needle.startswith(self._last):
            self._last, self._left = "", range(len(self._low))
        scored = [self._score(place, needle) for place in self._candidates(needle, limit * 2)]
        return nlargest(limit, scored, key=_best)

    def _candidates(self, needle: str, enough: int) -> list[int]:
        """Places from the best tier down, at most ``enough`` before the letters alone decide."""
        low, pool, cut = self._low, self._left, "/" + needle
        starts = (at for at in pool if cut in low[at] or low[at].startswith(needle))
        found = list(islice(starts, enough))
        if len(found) < enough:
            seen = set(found)
            held = (at for at in pool if needle in low[at] and at not in seen)
            found += islice(held, enough - len(found))
        if len(found) < enough:
            self._left, self._last = self._survivors(needle, pool), needle
            seen = set(found)
            found += islice((at for at in self._left if at not in seen), enough * 2)
        return found

    def _survivors(self, needle: str, pool: Sequence[int]) -> list[int]:
        """Everything that has the letters in this order, by a pattern without backtracking."""
        low = self._low
        letters = [re.escape(letter) for letter in needle]
        pattern = "".join(f"[^{letter}]*+{letter}" for letter in letters)
        find = re.compile(pattern, re.DOTALL).match
        return [at for at in pool if find(low[at])]

    def _score(self, place: int, needle: str) -> Hit:
        index = self._order[place]
        low, item = self._low[place], self.items[index]
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
