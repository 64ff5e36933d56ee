"""BM25 over numpy arrays for one field: a sorted base and small segments. Knows no words.

Removing a document only clears its ``alive`` bit; frequencies, sizes and averages are counted over
the living, so that an index that grew by edits answers exactly like a fresh one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

U32 = NDArray[np.uint32]
U16 = NDArray[np.uint16]
F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

Entries = tuple[U32, U32, U16]
"""(document, term, count), in order of the documents."""
_K1 = 1.2
_LARGE = 150_000
"""Entries; a segment of so many is not made larger in passing, which would take over 20 ms."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Entries of some documents in order of their terms: ``terms`` are those that occur,
    ``offsets[i]`` is where the i-th begins."""

    terms: U32
    offsets: Ints
    documents: U32
    counts: U16

    @staticmethod
    def of(terms: U32, documents: U32, counts: U16) -> Segment:
        """From entries in any order; equal terms keep theirs."""
        order = np.argsort(terms, kind="stable")
        terms = terms[order]
        starts = np.flatnonzero(np.concatenate(([True], terms[1:] != terms[:-1])))
        offsets = np.concatenate((starts, [len(terms)])).astype(np.int64)
        return Segment(terms[starts], offsets, documents[order], counts[order])

    def entries(self) -> tuple[U32, U32, U16]:
        """(term, document, count) of every entry, in order of the terms."""
        return np.repeat(self.terms, np.diff(self.offsets)), self.documents, self.counts

    def find(self, term: int) -> slice | None:
        """Where the entries of ``term`` stand."""
        at = int(np.searchsorted(self.terms, term))
        if at == len(self.terms) or self.terms[at] != term:
            return None
        return slice(int(self.offsets[at]), int(self.offsets[at + 1]))


@dataclass(frozen=True, slots=True)
class Merged:
    """A base that was made beside the one in use; :meth:`Postings.adopt` takes it."""

    offsets: Ints
    documents: U32
    counts: U16
    source: U32
    segments: int
    """How many segments went in, and which base."""


class Postings:
    """Documents are numbers given by the caller, ascending and never used twice; terms are numbers
    too.

    A sorted base and some small sorted segments. What is added becomes a segment, neighbours of a
    like size become one, and all of them are sorted into the base when they are many: beside, on
    any thread (:meth:`merged`), because with millions of entries that takes a while. ``returning``
    says that documents may be taken out and come back, so that merging keeps the dead.
    """

    def __init__(self, b: float, *, returning: bool = False) -> None:
        self._b = b
        self._returning = returning
        self.offsets: Ints = np.zeros(1, np.int64)
        self.documents: U32 = np.zeros(0, np.uint32)
        self.counts: U16 = np.zeros(0, np.uint16)
        self.lengths: U32 = np.zeros(0, np.uint32)
        self.alive: Bools = np.zeros(0, np.bool_)
        self._kept: Bools = np.zeros(0, np.bool_)
        self._pending: list[tuple[U32, U16]] = []
        self._numbers: list[int] = []
        self._sizes: list[int] = []
        self._waiting = 0
        self._segments: list[Segment] = []
        self._frozen = 0
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
        self._kept[first : first + number] = True
        self._living += number
        self._total += int(lengths.sum())
        if len(ids):
            self._wait(ids, counts)
            self._numbers.extend(range(first, first + number))
            self._sizes.extend((offsets[1:] - offsets[:-1]).tolist())

    def add_one(self, document: int, ids: U32, counts: U16) -> None:
        """One document, in a fraction of the time: a project has five such a file."""
        if document >= len(self.lengths):
            self._grow(document + 1)
        length = int(counts.sum())
        self.lengths[document] = length
        self.alive[document] = self._kept[document] = True
        self._living += 1
        self._total += length
        if len(ids):
            self._wait(ids, counts)
            self._numbers.append(document)
            self._sizes.append(len(ids))

    def _wait(self, ids: U32, counts: U16) -> None:
        self._pending.append((ids, counts))
        self._waiting += len(ids)

    def set_alive(self, first: int, number: int, alive: bool) -> None:
        """Take documents out, or back in. Those that are out are in nobody's way, but their
        entries stay until they are let go."""
        part = self.alive[first : first + number]
        changed = part != alive
        if not changed.any():
            return
        sign = 1 if alive else -1
        self._living += sign * int(changed.sum())
        self._total += sign * int(self.lengths[first : first + number][changed].sum())
        part[:] = alive

    def let_go(self, first: int, number: int) -> None:
        """These documents are out and do not come back."""
        self._kept[first : first + number] = False

    def entries_of(self, wanted: Bools) -> Entries:
        """All entries of the documents that ``wanted`` (as long as ``alive``) names, also of those
        that are out."""
        self.sync()
        at = np.flatnonzero(wanted[self.documents])
        terms = np.searchsorted(self.offsets, at, side="right").astype(np.uint32) - np.uint32(1)
        parts = [(terms, self.documents[at], self.counts[at])]
        for segment in self._segments:
            at = np.flatnonzero(wanted[segment.documents])
            rows = np.searchsorted(segment.offsets, at, side="right") - 1
            parts.append((segment.terms[rows], segment.documents[at], segment.counts[at]))
        words, documents, counts = _joined(parts)
        order = np.argsort(documents, kind="stable")
        return documents[order], words[order], counts[order]

    @property
    def waiting(self) -> int:
        """Entries that were added and cannot be found yet."""
        return self._waiting

    def sync(self) -> None:
        """Make everything added findable."""
        if not self._pending:
            return
        ids, counts = zip(*self._pending, strict=True)
        documents = np.repeat(np.array(self._numbers, np.uint32), self._sizes)
        self._segments.append(Segment.of(np.concatenate(ids), documents, np.concatenate(counts)))
        self._pending, self._numbers, self._sizes, self._waiting = [], [], [], 0
        while len(self._segments) - self._frozen > 1:
            a, b = self._segments[-2:]
            if len(a.documents) > 2 * len(b.documents) or len(a.documents) > _LARGE:
                break
            self._segments[-2:] = [Segment.of(*_joined((a.entries(), b.entries())))]

    @property
    def beside(self) -> int:
        """Entries that can be found and do not stand in the base."""
        return sum(len(segment.documents) for segment in self._segments)

    @property
    def crowded(self) -> bool:
        """Whether so much lies beside the base that it is worth sorting in."""
        return self.beside > max(_LARGE, len(self.documents) // 5)

    def merge(self, terms: int) -> None:
        """Sort everything into the base, now; before saving."""
        self.sync()
        self.adopt(self.merged(self.freeze(), terms))

    def freeze(self) -> tuple[Segment, ...]:
        """The segments as they are; they stay so until :meth:`adopt`."""
        self._frozen = len(self._segments)
        return tuple(self._segments)

    def merged(self, segments: tuple[Segment, ...], terms: int) -> Merged:
        """A new base of the present one and of frozen segments. Changes nothing: any thread may do
        it while the owner goes on."""
        alive = None if self._returning else self._kept
        old = np.repeat(np.arange(len(self.offsets) - 1, dtype=np.uint32), np.diff(self.offsets))
        base = _living(alive, old, self.documents, self.counts)
        empty = (np.zeros(0, np.uint32), np.zeros(0, np.uint32), np.zeros(0, np.uint16))
        entries = [empty, *(segment.entries() for segment in segments)]
        fresh = _living(alive, *_joined(entries))
        order = np.argsort(fresh[0], kind="stable")
        size = len(base[0]) + len(order)
        place = np.searchsorted(base[0], fresh[0][order], side="right") + np.arange(len(order))
        kept = np.ones(size, np.bool_)
        kept[place] = False
        documents, counts = np.empty(size, np.uint32), np.empty(size, np.uint16)
        documents[kept], documents[place] = base[1], fresh[1][order]
        counts[kept], counts[place] = base[2], fresh[2][order]
        held = np.bincount(base[0], minlength=terms) + np.bincount(fresh[0], minlength=terms)
        offsets = np.concatenate(([0], np.cumsum(held, dtype=np.int64)))
        return Merged(offsets, documents, counts, self.documents, len(segments))

    def adopt(self, made: Merged) -> None:
        """Use a base made by :meth:`merged`, unless the base it was made from is gone; what was
        added since stays beside it."""
        self._frozen = 0
        if made.source is self.documents:
            self.offsets, self.documents, self.counts = made.offsets, made.documents, made.counts
            self._segments = self._segments[made.segments :]

    def of(self, term: int) -> tuple[U32, U16]:
        """The living documents that hold ``term``, and how often."""
        if term + 1 < len(self.offsets):
            start, end = int(self.offsets[term]), int(self.offsets[term + 1])
            documents, counts = self.documents[start:end], self.counts[start:end]
        else:
            documents, counts = self.documents[:0], self.counts[:0]
        for segment in self._segments:
            place = segment.find(term)
            if place is not None:
                documents = np.concatenate((documents, segment.documents[place]))
                counts = np.concatenate((counts, segment.counts[place]))
        keep = self.alive[documents]
        return (documents, counts) if keep.all() else (documents[keep], counts[keep])

    def idf(self, held: int) -> float:
        """Weight of a term that ``held`` living documents hold."""
        return math.log(1 + (self._living - held + 0.5) / (held + 0.5)) if held else 0.0

    def score(self, query: Mapping[int, float], size: int) -> tuple[F32, F32]:
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
            share = weight * min(1.0, times)
            total += share
            often = counts.astype(np.float64)
            norm = _K1 * (1 - self._b + self._b * self.lengths[documents] / average)
            scores[documents] += times * weight * often * (_K1 + 1) / (often + norm)
            covered[documents] += share
        return scores.astype(np.float32), (covered / (total or 1.0)).astype(np.float32)

    def renumber(self, numbers: Ints, terms: int) -> None:
        """Give the living documents new numbers (``numbers[old]``, ascending, -1 for the dead) and
        merge."""
        self.merge(terms)
        if self._returning and len(self.documents):
            keep = numbers[self.documents] >= 0
            held = np.concatenate(([0], np.cumsum(keep, dtype=np.int64)))
            self.offsets = held[self.offsets]
            self.documents, self.counts = self.documents[keep], self.counts[keep]
        self.documents = numbers[self.documents].astype(np.uint32)
        living = np.flatnonzero(self.alive[: len(numbers)])
        size = int(numbers.max()) + 1 if len(numbers) else 0
        lengths = np.zeros(size, np.uint32)
        lengths[numbers[living]] = self.lengths[living]
        alive = np.zeros(size, np.bool_)
        alive[numbers[living]] = True
        self.lengths, self.alive = lengths, alive
        self._kept = alive.copy()

    def state(self) -> dict[str, NDArray[Any]]:
        """The arrays to be saved; call :meth:`merge` before."""
        return {
            "offsets": self.offsets,
            "documents": self.documents,
            "counts": self.counts,
            "lengths": self.lengths.copy(),
            "alive": self.alive.copy(),
        }

    def load(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Take saved arrays back; raises KeyError or ValueError when they cannot be this
        field's."""
        self.offsets = state["offsets"].astype(np.int64, copy=False)
        self.documents = state["documents"].astype(np.uint32, copy=False)
        self.counts = state["counts"].astype(np.uint16, copy=False)
        self.lengths = state["lengths"].astype(np.uint32, copy=False)
        self.alive = state["alive"].astype(np.bool_, copy=False)
        if len(self.documents) != len(self.counts) or len(self.lengths) != len(self.alive):
            raise ValueError("arrays of different lengths")
        if len(self.documents) and int(self.documents.max()) >= len(self.alive):
            raise ValueError("a document out of range")
        if int(self.offsets[-1]) != len(self.documents) or bool((np.diff(self.offsets) < 0).any()):
            raise ValueError("offsets that do not fit")
        self._kept = self.alive.copy()
        self._living = int(self.alive.sum())
        self._total = int(self.lengths[self.alive].sum())

    def _grow(self, size: int) -> None:
        if size > len(self.lengths):
            room = max(size, int(len(self.lengths) * 1.5) + 256) - len(self.lengths)
            self.lengths = np.concatenate((self.lengths, np.zeros(room, np.uint32)))
            self.alive = np.concatenate((self.alive, np.zeros(room, np.bool_)))
            self._kept = np.concatenate((self._kept, np.zeros(room, np.bool_)))


def _living(alive: Bools | None, terms: Any, documents: Any, counts: Any) -> tuple[Any, Any, Any]:
    """The entries whose documents are alive; all of them where nobody says who is."""
    if alive is None or not len(documents) or alive.all():
        return terms, documents, counts
    keep = alive[documents]
    return terms[keep], documents[keep], counts[keep]


def _joined(parts: Sequence[tuple[U32, U32, U16]]) -> tuple[U32, U32, U16]:
    """Entries one after the other."""
    terms, documents, counts = zip(*parts, strict=True)
    return np.concatenate(terms), np.concatenate(documents), np.concatenate(counts)
