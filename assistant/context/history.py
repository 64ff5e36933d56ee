"""What commits say: words by path, files that change together. Data; reading git is gitlog's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

MOST_COMMITS = 3000
MOST_PATHS = 30
"""A commit of more paths says nothing about any of them."""


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit: full hash, the words of its subject and first paragraph, the paths it changed."""

    hash: str
    words: tuple[str, ...]
    paths: tuple[str, ...]


@dataclass(slots=True)
class Commits:
    """The commits in view, newest first."""

    order: list[str] = field(default_factory=list)
    version: int = 0
    known: dict[str, Commit] = field(default_factory=dict)
    _of_path: dict[str, list[str]] = field(default_factory=dict)
    _rank: dict[str, int] = field(default_factory=dict)

    def missing(self, order: Iterable[str]) -> list[str]:
        """Hashes of ``order`` whose content is not known yet."""
        return [h for h in order if h not in self.known]

    def replace(self, order: Sequence[str], fresh: Mapping[str, Commit]) -> set[str]:
        """Look at the commits of ``order`` from now on; the paths whose words changed."""
        self.known.update(fresh)
        before, after = set(self.order), set(order)
        changed = before ^ after
        touched = {path for h in changed if (c := self.known.get(h)) for path in _paths(c)}
        self.order = list(order)
        self.version += 1
        self._rank = {h: i for i, h in enumerate(order)}
        self._of_path = {}
        for h in order:
            commit = self.known.get(h)
            if commit is not None:
                for path in _paths(commit):
                    self._of_path.setdefault(path, []).append(h)
        for h in before - after:
            if len(self.known) > 3 * MOST_COMMITS:
                self.known.pop(h, None)
        return touched

    def words_of(self, path: str) -> Counter[str]:
        """How many commits of ``path`` said which word."""
        counter: Counter[str] = Counter()
        for h in self._of_path.get(path, ()):
            counter.update(self.known[h].words)
        return counter

    def number_of(self, path: str) -> int:
        """How many commits in view changed ``path``."""
        return len(self._of_path.get(path, ()))

    def since(self, path: str) -> int | None:
        """How many commits in view are newer than the last that changed ``path``."""
        told = self._of_path.get(path)
        return self.age(told[0]) if told else None

    def age(self, commit: str) -> int:
        """How many commits in view are newer."""
        return self._rank.get(commit, len(self.order))

    def together(self, path: str) -> dict[str, float]:
        """Paths that changed with ``path`` in its last 300 commits; small commits weigh more."""
        weights: dict[str, float] = {}
        for h in self._of_path.get(path, ())[:300]:
            paths = self.known[h].paths
            if len(paths) > 15:
                continue
            for other in paths:
                if other != path:
                    weights[other] = weights.get(other, 0.0) + 1.0 / max(1, len(paths) - 1)
        return weights

    def listed(self) -> list[Commit]:
        """The commits in view that are known, newest first."""
        return [self.known[h] for h in self.order if h in self.known]


def _paths(commit: Commit) -> tuple[str, ...]:
    return commit.paths if len(commit.paths) <= MOST_PATHS else ()
