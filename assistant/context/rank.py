"""From a wish to ordered files and chunks: a linear model over the fields. Reads no text.

Every feature is divided by its largest value over the files; ties are broken by path, so the order
depends on the content alone and not on the way the index came to be.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from assistant.context.hints import Hints, points
from assistant.context.postings import F32, Bools, Ints
from assistant.context.roles import Part
from assistant.context.store import Index
from assistant.context.terms import Query, Splitter, joined, parse_query
from assistant.context.weights import CHUNK_WEIGHTS, SAID, WEIGHTS

_ASKED = 0.3
"""What is left of the distrust of tests and documents when the wish is about one."""
_NAMED = 0.3
"""The same where a test or a document defines a name that the wish writes as code."""
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


@dataclass(frozen=True, slots=True)
class _View:
    """What every question needs of one version of an index: files alive, the place of each path in
    their order,
    which files and which chunks are product code."""

    version: int
    living: Ints
    place: Ints
    code_files: Bools
    code_chunks: Bools


class Ranker:
    """Answers wishes from one index."""

    def __init__(self, index: Index, splitter: Splitter) -> None:
        self._index = index
        self._splitter = splitter
        self._seen: _View | None = None

    def _view(self) -> _View:
        index = self._index
        if self._seen is None or self._seen.version != index.version:
            living = np.array(sorted(index.by_number), np.int64)
            place = np.zeros(max(1, index.next_file), np.int64)
            place[[index.files[path].number for path in sorted(index.files)]] = np.arange(
                len(living)
            )
            alive = np.zeros(len(place), np.bool_)
            alive[living] = True
            code = (index.parts[: len(place)] == Part.CODE) & alive[: len(index.parts)]
            chunks = code[index.chunk_file[: index.next_chunk]]
            self._seen = _View(index.version, living, place, code[: index.next_file], chunks)
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
        scores = np.zeros(index.next_file, np.float64)
        for name, weight in WEIGHTS.items():
            if weight:
                asked = query.wants_other and name in ("other", "data")
                scores += weight * (_ASKED if asked else 1.0) * features[name]
        living = self._view().living
        rounded = np.round(scores[living], 4)
        ranking.scores = scores.astype(np.float32)
        ranking.files = living[np.lexsort((self._view().place[living], -rounded))].tolist()
        self._chunks(ranking, chunks, covered, living)
        return ranking

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
        doubt = np.where(said, _NAMED, 1.0).astype(np.float32)
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

    # ---- chunks

    def _chunks(self, ranking: Ranking, scores: F32, covered: F32, living: Ints) -> None:
        index = self._index
        hits = np.flatnonzero(scores)
        if len(hits) > 600:
            border = np.partition(scores[hits], len(hits) - 600)[len(hits) - 600]
            hits = hits[scores[hits] >= border]
        picked = [hits]
        lifted = ranking.hints.chunks
        picked.append(np.fromiter(lifted, np.int64, len(lifted)))
        for number in ranking.files[:12]:
            entry = index.by_number[number]
            picked.append(np.arange(entry.first_chunk, entry.first_chunk + entry.chunks))
        candidates = np.unique(np.concatenate(picked)).astype(np.int64)
        if not len(candidates):
            return
        owner = index.chunk_file[candidates]
        place = np.zeros(index.next_file, np.float64)
        place[ranking.files] = np.log1p(np.arange(len(ranking.files)))
        own = scores[candidates]
        best = np.zeros(index.next_file, np.float32)
        np.maximum.at(best, owner, own)
        rows = index.chunk_rows[candidates]
        chance = self._chance(ranking.scores, living)
        compound, defines = self._chunk_names(ranking.query)
        w = CHUNK_WEIGHTS
        value = (
            w["score"] * self._scaled_chunks(scores)[candidates]
            + w["covered"] * covered[candidates]
            + w["joined"] * compound[candidates]
            + w["named"] * rows[:, 2]
            + w["file"] * np.log(chance[owner] + 1e-6)
            + w["rank"] * place[owner]
            + w["share"] * own / np.maximum(best[owner], 1e-9)
            + w["length"] * np.log(rows[:, 3] + 20.0)
            + w["defines"] * defines[candidates]
            + points(index.next_chunk, lifted)[candidates]
        )
        asked = _ASKED if ranking.query.wants_other else 1.0
        doubt = np.where(defines[candidates] > 0, _NAMED, 1.0) * asked
        value = value + doubt * w["other"] * (index.parts[owner] != Part.CODE)
        rounded = np.round(value, 4)
        order = np.lexsort((rows[:, 0], self._view().place[owner], -rounded))
        ranking.chunks = candidates[order].tolist()
        ranking.chunk_scores = rounded[order].tolist()

    def _scaled_chunks(self, scores: F32) -> F32:
        """The same for chunks."""
        code = self._view().code_chunks
        known = scores[: len(code)][code]
        top = known.max() if len(known) else 0.0
        if top <= 0:
            return _scaled(scores)
        return np.minimum(scores / top, 1.2)

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
