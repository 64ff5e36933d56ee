"""From a wish to ordered files and chunks: a linear model over the fields. Reads no text.

Every feature is divided by its largest value over the files; ties are broken by path, so the order
depends on the content alone and not on the way the index came to be.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from assistant.context.chunkrank import ASKED, NAMED, ChunkRanker
from assistant.context.hints import Hints, points
from assistant.context.leads import Leads
from assistant.context.postings import F32, Bools, Ints
from assistant.context.roles import Part
from assistant.context.store import Index
from assistant.context.terms import Query, Splitter, joined, parse_query
from assistant.context.view import View, view_of
from assistant.context.weights import SAID, WEIGHTS

_DECAY = np.array([1, 0.5, 0.25, 0.12, 0.06], np.float64)


@dataclass(slots=True)
class Ranking:
    """Files best first (numbers), their scores by number, chunks best first, and what each file got
    points for."""

    query: Query
    files: list[int] = field(default_factory=list)
    scores: F32 = field(default_factory=lambda: np.zeros(0, np.float32))
    chunks: list[int] = field(default_factory=list)
    chunk_scores: list[float] = field(default_factory=list)
    features: dict[str, F32] = field(default_factory=dict)
    hints: Hints = field(default_factory=Hints)

    def why(self, number: int) -> str:
        """The two strongest reasons for a file, as a sentence without its subject; what the person
        has around comes first."""
        points = sorted(
            ((WEIGHTS[n] * float(f[number]), n) for n, f in self.features.items() if n in SAID),
            reverse=True,
        )
        said = self.hints.why(number)[:2]
        said += [SAID[name] for value, name in points[: 2 - len(said)] if value > 0.15]
        return "; ".join(said) or "it is close to what you wrote"


class Ranker:
    """Answers wishes from one index."""

    def __init__(self, index: Index, splitter: Splitter) -> None:
        self._index = index
        self._splitter = splitter
        self._seen: View | None = None
        self._leads = Leads(index, splitter)
        self._chunks = ChunkRanker(index)

    def _view(self) -> View:
        if self._seen is None or self._seen.version != self._index.version:
            self._seen = view_of(self._index)
        return self._seen

    def rank(
        self,
        text: str,
        open_paths: Sequence[str] = (),
        hints: Hints | None = None,
        beside: str = "",
    ) -> Ranking:
        """Order files and chunks for ``text``. ``open_paths`` are files the person works in,
        ``hints`` points for what is around, ``beside`` words that count less."""
        query = parse_query(text, self._splitter, beside)
        ranking = Ranking(query, hints=hints or Hints())
        index = self._index
        index.sync()
        if not index.files or (query.empty and not open_paths and ranking.hints.empty):
            return ranking
        numbers = {index.words[t]: n for t, n in query.terms.items() if t in index.words}
        features, chunks, covered = self._features(query, numbers)
        features["together"] = _scaled(self._together(open_paths))
        features["near"] = points(index.next_file, ranking.hints.files)
        ranking.features = features
        features["recent"] = self._leads.recent()
        features["scope"] = self._leads.scope(query.scope)
        features["tested"] = self._leads.tested(features["best_chunks"])
        scores = self._sum(query, features)
        order = self._order(scores)
        features["callers"] = self._scaled(self._leads.callers(order, scores))
        features["cochange"] = self._leads.together(order, scores)
        scores = self._sum(query, features)
        ranking.scores = scores
        ranking.files = self._order(scores).tolist()
        ranking.chunks, ranking.chunk_scores = self._chunks.order(
            query, ranking.files, self._chance(scores), chunks, covered, self._view(),
            ranking.hints.chunks,
        )  # fmt: skip
        return ranking

    def _chance(self, scores: F32) -> F32:
        """A softmax of the files' scores."""
        living = self._view().living
        out = np.zeros(len(scores), np.float32)
        values = scores[living].astype(np.float64)
        powers = np.exp(values - values.max())
        out[living] = powers / powers.sum()
        return out

    def _sum(self, query: Query, features: Mapping[str, F32]) -> F32:
        """The files' points, from the features there are."""
        scores = np.zeros(self._index.next_file, np.float64)
        for name, weight in WEIGHTS.items():
            if name in features:
                asked = query.wants_other and name in ("other", "data")
                scores += weight * (ASKED if asked else 1.0) * features[name]
        return scores.astype(np.float32)

    def _order(self, scores: F32) -> Ints:
        """The files alive, best first; equal ones by path."""
        view = self._view()
        rounded = np.round(scores[view.living].astype(np.float64), 4)
        return view.living[np.lexsort((view.place[view.living], -rounded))]

    # ---- files

    def _features(
        self, query: Query, numbers: Mapping[int, float]
    ) -> tuple[dict[str, F32], F32, F32]:
        index = self._index
        size = index.next_file
        chunks, covered = index.fields["chunk"].score(
            numbers, max(index.next_chunk, len(index.fields["chunk"].alive))
        )
        sums, best = self._best_chunks(chunks)
        body, share = index.fields["body"].score(
            numbers, max(size, len(index.fields["body"].alive))
        )
        features = {
            "best_chunks": self._scaled(sums),
            "best_chunk": self._scaled(best),
            "body": self._scaled(body[:size]),
            "covered": share[:size],
        }
        for name in ("symbols", "base", "dirs"):
            field = index.fields[name]
            scores = field.score(numbers, max(size, len(field.alive)))[0][:size]
            features[name] = self._scaled(scores)
        features["messages"] = self._scaled(self._messages(numbers))
        features["similar"] = self._scaled(self._similar(numbers))
        features["joined"] = self._scaled(self._compound(query))
        defines, uses, said = self._names(query)
        features["defines"], features["uses"] = self._scaled(defines), self._scaled(uses)
        features["mentioned"] = self._mentioned(query)
        parts = index.parts[:size]
        doubt = np.where(said, NAMED, 1.0).astype(np.float32)
        features["other"] = (parts == Part.OTHER) * doubt
        features["data"] = (parts == Part.DATA) * doubt
        return features, chunks, covered

    def _scaled(self, values: F32) -> F32:
        """Divided by the largest value of product code: a change log that repeats every word is no
        measure."""
        code = values[self._view().code_files]
        top = code.max() if len(code) else 0.0
        return np.minimum(values / top, 1.2) if top > 0 else _scaled(values)

    def _best_chunks(self, scores: F32) -> tuple[F32, F32]:
        """Per file the decaying sum of its five best chunks, and the best."""
        size = self._index.next_file
        sums, best = np.zeros(size, np.float64), np.zeros(size, np.float64)
        hits = np.flatnonzero(scores)
        if not len(hits):
            return sums.astype(np.float32), best.astype(np.float32)
        owner = self._index.chunk_file[hits]
        order = np.lexsort((-scores[hits], owner))
        owner, values = owner[order], scores[hits][order].astype(np.float64)
        first = np.concatenate(([True], owner[1:] != owner[:-1]))
        starts = np.flatnonzero(first)
        place = np.arange(len(owner)) - np.repeat(starts, np.diff(np.append(starts, len(owner))))
        top = place < len(_DECAY)
        np.add.at(sums, owner[top], values[top] * _DECAY[place[top]])
        best[owner[first]] = values[first]
        return sums.astype(np.float32), best.astype(np.float32)

    def _messages(self, numbers: Mapping[int, float]) -> F32:
        index = self._index
        out = np.zeros(index.next_file, np.float32)
        field = index.fields["messages"]
        if index.next_message:
            scores = field.score(numbers, len(field.alive))[0][: index.next_message]
            hits = np.flatnonzero((scores > 0) & field.alive[: index.next_message])
            out[index.message_file[hits]] = scores[hits]
        return out

    def _similar(self, numbers: Mapping[int, float]) -> F32:
        """Files of the fifty commits whose words are most like the wish; small commits weigh
        more."""
        index = self._index
        out = np.zeros(index.next_file, np.float64)
        size = len(index.commit_of)
        if not size:
            return out.astype(np.float32)
        field = index.fields["commits"]
        scores = field.score(numbers, len(field.alive))[0][:size]
        hits = np.flatnonzero(scores)
        if not len(hits):
            return out.astype(np.float32)
        age = index.commits.age
        rounded = np.round(scores[hits].astype(np.float64), 5)
        best = sorted(
            (-value, age(index.commit_of[number]), number)
            for value, number in zip(rounded.tolist(), hits.tolist(), strict=True)
        )[:50]
        for value, _, number in best:
            paths = index.commits.known[index.commit_of[number]].paths
            if len(paths) > 30:
                continue
            points = (value / best[0][0]) ** 2 / math.sqrt(len(paths))
            for path in paths:
                entry = index.files.get(path)
                if entry is not None:
                    out[entry.number] += points
        return out.astype(np.float32)

    def _compound(self, query: Query) -> F32:
        out = np.zeros(self._index.next_file, np.float64)
        body = self._index.fields["body"]
        for word in query.joined:
            number = self._index.words.get(word)
            if number is not None:
                held = body.of(number)[0]
                out[held] += math.log(1 + len(self._index.files) / (1 + len(held)))
        return out.astype(np.float32)

    def _names(self, query: Query) -> tuple[F32, F32, Bools]:
        """Who defines, and who uses, an identifier of the wish; who defines one written as code."""
        index = self._index
        defines, uses = np.zeros(index.next_file, np.float64), np.zeros(index.next_file, np.float64)
        said = np.zeros(index.next_file, np.bool_)
        for word in query.words:
            strong = word in query.named
            number = index.words.get("=" + word)
            if number is not None and (strong or len(word) >= 6):
                held = index.fields["names"].of(number)[0]
                if len(held):
                    said[held] |= strong
                    defines[held] += (1.0 if strong else 0.4) / math.sqrt(len(held))
            if strong:
                terms = self._splitter.identifier(word)
                number = (
                    index.words.get(joined(word))
                    if len(terms) > 1
                    else index.words.get(terms[0] if terms else "")
                )
                if number is not None:
                    held = index.fields["body"].of(number)[0]
                    if len(held):
                        uses[held] += math.log(1 + len(index.files) / (1 + len(held)))
        return defines.astype(np.float32), uses.astype(np.float32), said

    def _mentioned(self, query: Query) -> F32:
        """Files whose name, or path, stands in the wish."""
        index = self._index
        out = np.zeros(index.next_file, np.float32)
        for said in query.names:
            name = said.replace("\\", "/")
            base = name.rpartition("/")[2]
            if len(base) < 4:
                continue
            points = 1.0 if "." in base else 0.5
            for number in index.called(base):
                path = index.by_number[number].path.lower()
                full = "/" in name and (path == name or path.endswith("/" + name))
                if "/" not in name or full or points < 1.0:
                    out[number] = max(out[number], 1.0 if full else points)
        return out

    def _together(self, open_paths: Sequence[str]) -> F32:
        index = self._index
        out = np.zeros(index.next_file, np.float64)
        for path in open_paths:
            for other, weight in index.commits.together(path).items():
                entry = index.files.get(other)
                if entry is not None and other not in open_paths:
                    out[entry.number] += weight
        return out.astype(np.float32)


def _scaled(values: F32) -> F32:
    top = values.max() if len(values) else 0.0
    return values / top if top > 0 else values
