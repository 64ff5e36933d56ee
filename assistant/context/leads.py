"""What the history and the first look at a wish lead to: callers, tests, what changes together.

Points by file number; reads no text.
"""

from __future__ import annotations

import math
import posixpath
import re
from collections.abc import Sequence

import numpy as np

from assistant.context.postings import F32, Ints
from assistant.context.roles import Part
from assistant.context.store import FileEntry, Index
from assistant.context.terms import Splitter, joined

_HALF_AGE = 50
"""Commits after which a change counts half."""
_FIRST = 8
_CALLED = 5
"""How many of the best files are followed: to files that change with them, to their callers."""
_NAMES = 300
_RARE = 20
"""Files; a name that more of them say leads nowhere."""
_TESTS = 60
_TEST = re.compile(r"(^tests?_|_tests?$|_spec$|\.(test|spec)$|Tests?$|^Test(?=[A-Z]))")


class Leads:
    """Follows leads in one index."""

    def __init__(self, index: Index, splitter: Splitter) -> None:
        self._index = index
        self._splitter = splitter
        self._recent: tuple[tuple[int, int], F32] | None = None

    def recent(self) -> F32:
        """1.0 for what the last commit changed, less the longer ago."""
        index = self._index
        key = (index.version, index.commits.version)
        if self._recent is None or self._recent[0] != key:
            out = np.zeros(index.next_file, np.float32)
            for number, entry in index.by_number.items():
                since = index.commits.since(entry.path)
                if since is not None:
                    out[number] = 1 / (1 + since / _HALF_AGE)
            self._recent = key, out
        return self._recent[1]

    def scope(self, words: frozenset[str]) -> F32:
        """The share of the words that stand in a file's path."""
        index = self._index
        out = np.zeros(index.next_file, np.float32)
        for word in words:
            number = index.words.get(word)
            if number is not None:
                held = [index.fields[name].of(number)[0] for name in ("base", "dirs")]
                out[np.union1d(*held)] += 1 / len(words)
        return out

    def tested(self, matching: F32) -> F32:
        """Product files whose tests match: by the name of the test, ``test_foo`` for ``foo``."""
        index = self._index
        out = np.zeros(index.next_file, np.float32)
        tests = np.flatnonzero((index.parts[: index.next_file] == Part.OTHER) & (matching > 0))
        best = sorted(tests.tolist(), key=lambda f: (-matching[f], index.by_number[f].path))
        for number in best[:_TESTS]:
            stem = posixpath.splitext(posixpath.basename(index.by_number[number].path))[0]
            about = _TEST.sub("", stem).lower()
            if about == stem.lower():
                continue
            meant = [f for f in index.called(about) if index.parts[f] == Part.CODE]
            for f in meant:
                out[f] = max(out[f], matching[number] / math.sqrt(len(meant)))
        return out

    def together(self, order: Ints, scores: F32) -> F32:
        """What the history changes together with the best files."""
        index = self._index
        out = np.zeros(index.next_file, np.float64)
        for number, chance in self._best(order, scores, _FIRST):
            path = index.by_number[number].path
            often = 3 + index.commits.number_of(path)
            for other, weight in index.commits.together(path).items():
                entry = index.files.get(other)
                if entry is not None:
                    out[entry.number] += chance * weight / often
        return out.astype(np.float32)

    def callers(self, order: Ints, scores: F32) -> F32:
        """Who says the rare compound names that the best files define; these say them too."""
        index = self._index
        out = np.zeros(index.next_file, np.float64)
        body = index.fields["body"]
        for number, chance in self._best(order, scores, _CALLED):
            names = self._names(index.by_number[number])
            for name in names:
                held = body.of(name)[0]
                if 1 < len(held) < _RARE:
                    weight = math.log(1 + len(index.files) / (1 + len(held)))
                    out[held] += chance * weight / math.sqrt(len(names))
        return out.astype(np.float32)

    def _names(self, entry: FileEntry) -> list[int]:
        """The words for the compound names a file defines, each once."""
        found: dict[int, None] = {}
        for row in entry.definitions()[:_NAMES]:
            name = row[0].rpartition(".")[2].rpartition(":")[2]
            number = self._index.words.get(joined(name))
            if number is not None and len(self._splitter.identifier(name)) > 1:
                found[number] = None
        return list(found)

    def _best(self, order: Ints, scores: F32, most: int) -> Sequence[tuple[int, float]]:
        """The best files, and how near each is to the first."""
        best = order[:most].tolist()
        return [(f, math.exp(float(scores[f]) - float(scores[best[0]]))) for f in best]
