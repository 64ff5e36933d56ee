"""The order of chunks for a wish, from their own scores and from those of their files.

Reads no text. Ties are broken by path and line.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from assistant.context.hints import points
from assistant.context.postings import F32, Ints
from assistant.context.roles import Part
from assistant.context.store import Index
from assistant.context.terms import Query
from assistant.context.view import View
from assistant.context.weights import CHUNK_WEIGHTS

ASKED = 0.3
"""What is left of the distrust of tests and documents when the wish is about one."""
NAMED = 0.3
"""The same where a test or a document defines a name that the wish writes as code."""
_BEST = 600
"""Chunks that are looked at by their own score, besides all of the best files."""
_FILES = 12
_TOP_LINES = 3
"""A chunk that begins above is the head of its file: licences and imports."""


class ChunkRanker:
    """Orders the chunks of one index."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def order(
        self,
        query: Query,
        files: Sequence[int],
        chance: F32,
        scores: F32,
        covered: F32,
        view: View,
        lifted: Mapping[int, float],
    ) -> tuple[list[int], list[float]]:
        """Chunks best first, and their points. ``files`` are best first, ``chance`` is a softmax
        over them, ``scores`` and ``covered`` are what the words of the wish give each chunk,
        ``lifted`` points that were given besides."""
        index = self._index
        chosen = self._candidates(files, scores, lifted)
        if not len(chosen):
            return [], []
        owner = index.chunk_file[chosen]
        rows = index.chunk_rows[chosen]
        features = self._features(query, chosen, scores, covered, view)
        features["file"] = np.log(chance[owner] + 1e-6)
        value = points(index.next_chunk, lifted)[chosen].astype(np.float64)
        for name, weight in CHUNK_WEIGHTS.items():
            value += weight * features[name]
        rounded = np.round(value, 4)
        order = np.lexsort((rows[:, 0], view.place[owner], -rounded))
        return chosen[order].tolist(), rounded[order].tolist()

    def _candidates(self, files: Sequence[int], scores: F32, lifted: Mapping[int, float]) -> Ints:
        index = self._index
        hits = np.flatnonzero(scores)
        if len(hits) > _BEST:
            border = np.partition(scores[hits], len(hits) - _BEST)[len(hits) - _BEST]
            hits = hits[scores[hits] >= border]
        picked = [hits, np.fromiter(lifted, np.int64, len(lifted))]
        for number in files[:_FILES]:
            entry = index.by_number[number]
            picked.append(np.arange(entry.first_chunk, entry.first_chunk + entry.chunks))
        return np.unique(np.concatenate(picked)).astype(np.int64)

    def _features(
        self, query: Query, chosen: Ints, scores: F32, covered: F32, view: View
    ) -> dict[str, F32]:
        index = self._index
        owner, rows = index.chunk_file[chosen], index.chunk_rows[chosen]
        own = scores[chosen]
        best = np.zeros(index.next_file, np.float32)
        np.maximum.at(best, owner, own)
        compound, defines = self._names(query)
        scaled = _scaled(scores, view)
        asked = ASKED if query.wants_other else 1.0
        doubt = np.where(defines[chosen] > 0, NAMED, 1.0) * asked
        return {
            "score": scaled[chosen],
            "covered": covered[chosen],
            "joined": compound[chosen],
            "named": rows[:, 2],
            "share": own / np.maximum(best[owner], 1e-9),
            "length": np.log(rows[:, 3] + 20.0),
            "defines": defines[chosen],
            "other": doubt * (index.parts[owner] != Part.CODE),
            "before": self._beside(chosen, -1, scaled),
            "behind": self._beside(chosen, 1, scaled),
            "head": rows[:, 0] < _TOP_LINES,
        }

    def _beside(self, chosen: Ints, step: int, scaled: F32) -> F32:
        """What the neighbour in the same file scores."""
        owner = self._index.chunk_file
        at = np.clip(chosen + step, 0, self._index.next_chunk - 1)
        same = (at == chosen + step) & (owner[at] == owner[chosen])
        return np.where(same, scaled[at], 0).astype(np.float32)

    def _names(self, query: Query) -> tuple[F32, F32]:
        """Chunks that hold compound names of the wish, and those that define a name of it."""
        index = self._index
        field = index.fields["chunk"]
        compound = np.zeros(max(index.next_chunk, len(field.alive)), np.float64)
        defines = np.zeros_like(compound)
        body = index.fields["body"]
        for word in query.joined:
            number = index.words.get(word)
            if number is not None:
                held = len(body.of(number)[0])
                compound[field.of(number)[0]] += math.log(1 + len(index.files) / (1 + held))
        for word in query.named:
            number = index.words.get("=" + word)
            for f in index.fields["names"].of(number)[0].tolist() if number is not None else ():
                entry = index.by_number[f]
                lines = {row[3] for row in entry.definitions() if row[0].endswith(word)}
                span = index.chunk_rows[entry.first_chunk : entry.first_chunk + entry.chunks]
                for line in lines:
                    inside = (span[:, 0] <= line) & (span[:, 1] >= line)
                    defines[entry.first_chunk + np.flatnonzero(inside)] = 1.0
        top = compound.max() if len(compound) else 0.0
        return (compound / (top or 1.0)).astype(np.float32), defines.astype(np.float32)


def _scaled(scores: F32, view: View) -> F32:
    """Divided by the best of product code."""
    known = scores[: len(view.code_chunks)][view.code_chunks]
    top = known.max() if len(known) else 0.0
    if top <= 0:
        top = scores.max() if len(scores) else 0.0
        return scores / top if top > 0 else scores
    return np.minimum(scores / top, 1.2)
