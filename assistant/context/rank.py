"""From a wish to ordered files and chunks: a linear model over the index's fields, each with its why. No text read.

Every feature is divided by its largest value over the files; ties are broken by path, so the order depends on the
content alone and not on the way the index came to be.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from assistant.context.postings import F32, Ints
from assistant.context.roles import Part
from assistant.context.store import Index
from assistant.context.terms import Query, Splitter, joined, parse_query

WEIGHTS: Mapping[str, float] = {
    "best_chunks": 1.45,
    "best_chunk": 1.1,
    "body": 1.15,
    "covered": 1.2,
    "symbols": 0.8,
    "base": 0.65,
    "dirs": 0.9,
    "messages": 2.3,
    "joined": 0.86,
    "defines": 0.45,
    "uses": 0.5,
    "mentioned": 1.3,
    "similar": 0.0,
    "churn": 0.0,
    "base_share": 0.0,
    "other": -3.06,
    "data": -3.3,
    "together": 3.0,
    "near": 0.5,
}
CHUNK_WEIGHTS: Mapping[str, float] = {
    "score": 2.73,
    "covered": 1.5,
    "joined": 0.83,
    "named": 1.5,
    "file": 0.55,
    "other": -1.5,
    "length": -0.6,
    "defines": 0.5,
}
_DECAY = np.array([1, 0.5, 0.25, 0.12, 0.06], np.float64)
_SAID = {
    "best_chunks": "its functions match",
    "body": "its text matches",
    "symbols": "its symbols match",
    "base": "its name matches",
    "dirs": "its folder matches",
    "messages": "commits with these words changed it",
    "joined": "it holds the compound name",
    "defines": "it defines a name you wrote",
    "uses": "it uses a name you wrote",
    "mentioned": "you wrote its name",
    "similar": "similar commits changed it",
    "together": "it changes together with an open file",
    "near": "it is open or near",
}


@dataclass(slots=True)
class Ranking:
    """Files best first (numbers), their scores by number, chunks best first, and what each file got points for."""

    query: Query
    files: list[int] = field(default_factory=list)
    scores: F32 = field(default_factory=lambda: np.zeros(0, np.float32))
    chunks: list[int] = field(default_factory=list)
    chunk_scores: list[float] = field(default_factory=list)
    features: dict[str, F32] = field(default_factory=dict)
    covering: dict[int, tuple[str, ...]] = field(default_factory=dict)

    def why(self, number: int) -> str:
        """The two strongest reasons for a file, as a sentence without its subject."""
        points = sorted(
            ((WEIGHTS[n] * float(f[number]), n) for n, f in self.features.items() if n in _SAID),
            reverse=True,
        )
        said = [_SAID[name] for value, name in points[:2] if value > 0.15]
        return "; ".join(said) or "it is close to what you wrote"


class Ranker:
    """Answers wishes from one index."""

    def __init__(self, index: Index, splitter: Splitter) -> None:
        self._index = index
        self._splitter = splitter

    def rank(
        self, text: str, open_paths: Sequence[str] = (), near: Mapping[str, float] | None = None
    ) -> Ranking:
        """Order files and chunks for ``text``. ``open_paths`` are files the person works in, ``near`` extra points."""
        query = parse_query(text, self._splitter)
        ranking = Ranking(query)
        index = self._index
        if not index.files or (query.empty and not open_paths and not near):
            return ranking
        numbers = {index.words[t]: n for t, n in query.terms.items() if t in index.words}
        features, chunks, covered = self._features(query, numbers)
        features["together"] = self._together(open_paths)
        features["near"] = self._near(near or {})
        ranking.features = features
        scores = np.zeros(index.next_file, np.float64)
        for name, weight in WEIGHTS.items():
            if weight and not (name in ("other", "data") and query.wants_other):
                scores += weight * features[name]
        living = np.array(sorted(index.by_number), np.int64)
        rounded = np.round(scores, 4)
        paths = index.by_number
        ranking.scores = scores.astype(np.float32)
        ranking.files = sorted(living.tolist(), key=lambda f: (-rounded[f], paths[f].path))
        self._chunks(ranking, chunks, covered, living)
        return ranking

    # ---- files

    def _features(
        self, query: Query, numbers: Mapping[int, int]
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
            "best_chunks": _scaled(sums),
            "best_chunk": _scaled(best),
            "body": _scaled(body[:size]),
            "covered": share[:size],
        }
        for name in ("symbols", "base", "dirs"):
            field = index.fields[name]
            features[name] = _scaled(field.score(numbers, max(size, len(field.alive)))[0][:size])
        features["messages"] = self._messages(numbers)
        features["similar"] = self._similar(numbers)
        features["base_share"] = self._base_share(numbers)
        features["churn"] = self._churn()
        features["joined"] = self._compound(query)
        features["defines"], features["uses"] = self._names(query)
        features["mentioned"] = self._mentioned(query)
        parts = index.parts[:size]
        features["other"] = (parts == Part.OTHER).astype(np.float32)
        features["data"] = (parts == Part.DATA).astype(np.float32)
        return features, chunks, covered

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

    def _messages(self, numbers: Mapping[int, int]) -> F32:
        index = self._index
        out = np.zeros(index.next_file, np.float32)
        field = index.fields["messages"]
        if index.next_message:
            scores = field.score(numbers, len(field.alive))[0][: index.next_message]
            hits = np.flatnonzero((scores > 0) & field.alive[: index.next_message])
            out[index.message_file[hits]] = scores[hits]
        return _scaled(out)

    def _similar(self, numbers: Mapping[int, int]) -> F32:
        """Files of the fifty commits whose words are most like the wish; small commits weigh more."""
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
        return _scaled(out.astype(np.float32))

    def _churn(self) -> F32:
        """How often a file changed lately."""
        index = self._index
        out = np.zeros(index.next_file, np.float64)
        for path, value in index.commits.churn().items():
            entry = index.files.get(path)
            if entry is not None:
                out[entry.number] = math.log1p(value)
        return _scaled(out.astype(np.float32))

    def _base_share(self, numbers: Mapping[int, int]) -> F32:
        """How much of a file's name the wish says."""
        field = self._index.fields["base"]
        size = self._index.next_file
        out = np.zeros(max(size, len(field.alive)), np.float64)
        for term in numbers:
            held, counts = field.of(term)
            out[held] += counts
        return (out / np.maximum(field.lengths[: len(out)], 1)).astype(np.float32)[:size]

    def _compound(self, query: Query) -> F32:
        out = np.zeros(self._index.next_file, np.float64)
        body = self._index.fields["body"]
        for word in query.joined:
            number = self._index.words.get(word)
            if number is not None:
                held = body.of(number)[0]
                out[held] += math.log(1 + len(self._index.files) / (1 + len(held)))
        return _scaled(out.astype(np.float32))

    def _names(self, query: Query) -> tuple[F32, F32]:
        """Who defines, and who uses, an identifier of the wish."""
        index = self._index
        defines, uses = np.zeros(index.next_file, np.float64), np.zeros(index.next_file, np.float64)
        for word in query.words:
            strong = word in query.named
            number = index.words.get("=" + word)
            if number is not None and (strong or len(word) >= 6):
                held = index.fields["names"].of(number)[0]
                if len(held):
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
        return _scaled(defines.astype(np.float32)), _scaled(uses.astype(np.float32))

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
        return _scaled(out.astype(np.float32))

    def _near(self, near: Mapping[str, float]) -> F32:
        out = np.zeros(self._index.next_file, np.float32)
        for path, points in near.items():
            entry = self._index.files.get(path)
            if entry is not None:
                out[entry.number] = points
        return out

    # ---- chunks

    def _chunks(self, ranking: Ranking, scores: F32, covered: F32, living: Ints) -> None:
        index = self._index
        hits = np.flatnonzero(scores)
        if len(hits) > 600:
            border = np.partition(scores[hits], len(hits) - 600)[len(hits) - 600]
            hits = hits[scores[hits] >= border]
        picked = [hits]
        for number in ranking.files[:12]:
            entry = index.by_number[number]
            picked.append(np.arange(entry.first_chunk, entry.first_chunk + entry.chunks))
        candidates = np.unique(np.concatenate(picked)).astype(np.int64)
        if not len(candidates):
            return
        owner = index.chunk_file[candidates]
        rows = index.chunk_rows[candidates]
        chance = self._chance(ranking.scores, living)
        compound, defines = self._chunk_names(ranking.query)
        w = CHUNK_WEIGHTS
        value = (
            w["score"] * _scaled(scores)[candidates]
            + w["covered"] * covered[candidates]
            + w["joined"] * compound[candidates]
            + w["named"] * rows[:, 2]
            + w["file"] * np.log(chance[owner] + 1e-6)
            + w["length"] * np.log(rows[:, 3] + 20.0)
            + w["defines"] * defines[candidates]
        )
        if not ranking.query.wants_other:
            value = value + w["other"] * (index.parts[owner] != Part.CODE)
        rounded = np.round(value, 4)
        order = sorted(
            range(len(candidates)),
            key=lambda i: (-rounded[i], index.by_number[int(owner[i])].path, int(rows[i, 0])),
        )
        ranking.chunks = [int(candidates[i]) for i in order]
        ranking.chunk_scores = [float(rounded[i]) for i in order]

    def _chance(self, scores: F32, living: Ints) -> F32:
        """A softmax of the files' scores."""
        out = np.zeros(len(scores), np.float32)
        values = scores[living].astype(np.float64)
        powers = np.exp(values - values.max())
        out[living] = powers / powers.sum()
        return out

    def _chunk_names(self, query: Query) -> tuple[F32, F32]:
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
                    defines[
                        entry.first_chunk
                        + np.flatnonzero((span[:, 0] <= line) & (span[:, 1] >= line))
                    ] = 1.0
        return _scaled(compound.astype(np.float32)), defines.astype(np.float32)


def _scaled(values: F32) -> F32:
    top = values.max() if len(values) else 0.0
    return values / top if top > 0 else values
