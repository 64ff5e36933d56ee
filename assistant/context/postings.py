"""BM25 over numpy arrays for one field: a sorted base and a small overlay. Knows no words.

Removing a document only clears its ``alive`` bit; frequencies, sizes and averages are counted over
the living, so that an index that grew by edits answers exactly like a fresh one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

U32 = NDArray[np.uint32]
U16 = NDArray[np.uint16]
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_K1 = 1.2
_OVERLAY = 40_000
"""Entries; the overlay costs a microsecond each, sorting them into millions 0.1 s at once."""


class Postings:
    """Documents are numbers given by the caller, ascending and never used twice; terms are numbers
    too."""

    def __init__(self, b: float) -> None:
        self._b = b
        self.offsets: Ints = np.zeros(1, np.int64)
        self.documents: U32 = np.zeros(0, np.uint32)
        self.counts: U16 = np.zeros(0, np.uint16)
        self.lengths: U32 = np.zeros(0, np.uint32)
        self.alive: Bools = np.zeros(0, np.bool_)
        self._pending: list[tuple[U32, U32, U16]] = []
        self._waiting = 0
        self._overlay: dict[int, tuple[list[int], list[int]]] = {}
        self._seen = 0
        self._living = 0
        self._total = 0

    def add(self, first: int, ids: U32, counts: U16, offsets: Ints) -> None:
        """Documents ``first``…: the terms of the i-th are ``ids[offsets[i]:offsets[i + 1]]``."""
        number = len(offsets) - 1
        if number <= 0:
            return
        self._grow(first + number)
        sums = np.concatenate(([0], np.cumsum(counts, dtype=np.int64)))
        lengths = sums[offsets[1:]] - sums[offsets[:-1]]
        self.lengths[first : first + number] = lengths
        self.alive[first : first + number] = True
        self._living += number
        self._total += int(lengths.sum())
        spread = np.repeat(np.arange(first, first + number, dtype=np.uint32), np.diff(offsets))
        self._pending.append((ids, spread, counts))
        self._waiting += len(ids)

    def set_alive(self, first: int, number: int, alive: bool) -> None:
        """Take documents out, or back in."""
        part = self.alive[first : first + number]
        changed = part != alive
        if not changed.any():
            return
        sign = 1 if alive else -1
        self._living += sign * int(changed.sum())
        self._total += sign * int(self.lengths[first : first + number][changed].sum())
        part[:] = alive

    def sync(self, terms: int) -> None:
        """Make everything added findable: by the overlay when it is little, else sorted in."""
        if self._waiting > _OVERLAY:
            self.merge(terms)
            return
        for ids, documents, counts in self._pending[self._seen :]:
            for term, document, count in zip(
                ids.tolist(), documents.tolist(), counts.tolist(), strict=True
            ):
                entry = self._overlay.get(term)
                if entry is None:
                    entry = self._overlay[term] = ([], [])
                entry[0].append(document)
                entry[1].append(count)
        self._seen = len(self._pending)

    def merge(self, terms: int) -> None:
        """Sort the overlay in and forget the dead; the base is in order, only the new is sorted."""
        old = np.repeat(np.arange(len(self.offsets) - 1, dtype=np.uint32), np.diff(self.offsets))
        base = self._living_only(old, self.documents, self.counts)
        empty = (np.zeros(0, np.uint32), np.zeros(0, np.uint32), np.zeros(0, np.uint16))
        parts = [empty, *self._pending]
        fresh = self._living_only(*(np.concatenate([part[i] for part in parts]) for i in range(3)))
        order = np.argsort(fresh[0], kind="stable")
        size = len(base[0]) + len(order)
        place = np.searchsorted(base[0], fresh[0][order], side="right") + np.arange(len(order))
        kept = np.ones(size, np.bool_)
        kept[place] = False
        self.documents, self.counts = np.empty(size, np.uint32), np.empty(size, np.uint16)
        self.documents[kept], self.documents[place] = base[1], fresh[1][order]
        self.counts[kept], self.counts[place] = base[2], fresh[2][order]
        held = np.bincount(base[0], minlength=terms) + np.bincount(fresh[0], minlength=terms)
        self.offsets = np.concatenate(([0], np.cumsum(held, dtype=np.int64)))
        self._pending, self._overlay = [], {}
        self._waiting = self._seen = 0

    def _living_only(self, terms: Any, documents: Any, counts: Any) -> tuple[Any, Any, Any]:
        if not len(documents) or self.alive.all():
            return terms, documents, counts
        keep = self.alive[documents]
        return terms[keep], documents[keep], counts[keep]

    def of(self, term: int) -> tuple[U32, U16]:
        """The living documents that hold ``term``, and how often."""
        if term + 1 < len(self.offsets):
            start, end = int(self.offsets[term]), int(self.offsets[term + 1])
            documents, counts = self.documents[start:end], self.counts[start:end]
        else:
            documents, counts = self.documents[:0], self.counts[:0]
        extra = self._overlay.get(term)
        if extra is not None:
            documents = np.concatenate((documents, np.array(extra[0], np.uint32)))
            counts = np.concatenate((counts, np.array(extra[1], np.uint16)))
        keep = self.alive[documents]
        return (documents, counts) if keep.all() else (documents[keep], counts[keep])

    def idf(self, held: int) -> float:
        """Weight of a term that ``held`` living documents hold."""
        return math.log(1 + (self._living - held + 0.5) / (held + 0.5)) if held else 0.0

    def score(self, query: Mapping[int, int], size: int) -> tuple[F32, F32]:
        """BM25 of every document below ``size``, and the share of the query's weight that it
        covers."""
        scores = np.zeros(size, np.float64)
        covered = np.zeros(size, np.float64)
        total = 0.0
        average = self._total / max(1, self._living)
        for term, times in query.items():
            documents, counts = self.of(term)
            weight = self.idf(len(documents))
            if weight <= 0:
                continue
            total += weight
            often = counts.astype(np.float64)
            norm = _K1 * (1 - self._b + self._b * self.lengths[documents] / average)
            scores[documents] += times * weight * often * (_K1 + 1) / (often + norm)
            covered[documents] += weight
        return scores.astype(np.float32), (covered / (total or 1.0)).astype(np.float32)

    def renumber(self, numbers: Ints, terms: int) -> None:
        """Give the living documents new numbers (``numbers[old]``, ascending, -1 for the dead) and
        merge."""
        self.merge(terms)
        self.documents = numbers[self.documents].astype(np.uint32)
        living = np.flatnonzero(self.alive[: len(numbers)])
        size = int(numbers.max()) + 1 if len(numbers) else 0
        lengths = np.zeros(size, np.uint32)
        lengths[numbers[living]] = self.lengths[living]
        alive = np.zeros(size, np.bool_)
        alive[numbers[living]] = True
        self.lengths, self.alive = lengths, alive

    def state(self) -> dict[str, NDArray[Any]]:
        """The arrays to be saved; call :meth:`merge` before."""
        return {
            "offsets": self.offsets,
            "documents": self.documents,
            "counts": self.counts,
            "lengths": self.lengths,
            "alive": self.alive,
        }

    def load(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Take saved arrays back; raises KeyError or ValueError when they cannot be this
        field's."""
        self.offsets = state["offsets"].astype(np.int64, copy=False)
        self.documents = state["documents"].astype(np.uint32, copy=False)
        self.counts = state["counts"].astype(np.uint16, copy=False)
        self.lengths = state["lengths"].astype(np.uint32, copy=True)
        self.alive = state["alive"].astype(np.bool_, copy=True)
        if len(self.documents) != len(self.counts) or len(self.lengths) != len(self.alive):
            raise ValueError("arrays of different lengths")
        if len(self.documents) and int(self.documents.max()) >= len(self.alive):
            raise ValueError("a document out of range")
        if int(self.offsets[-1]) != len(self.documents) or bool((np.diff(self.offsets) < 0).any()):
            raise ValueError("offsets that do not fit")
        self._living = int(self.alive.sum())
        self._total = int(self.lengths[self.alive].sum())

    def _grow(self, size: int) -> None:
        if size > len(self.lengths):
            room = max(size, int(len(self.lengths) * 1.5) + 256) - len(self.lengths)
            self.lengths = np.concatenate((self.lengths, np.zeros(room, np.uint32)))
            self.alive = np.concatenate((self.alive, np.zeros(room, np.bool_)))
