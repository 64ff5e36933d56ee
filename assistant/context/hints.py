"""What the person has around a wish, as points for files and chunks: tabs, edits, problems, the
selection's own names. Reads no text but the wish.

Every point comes with its why.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from assistant.context.store import FileEntry, Index
from assistant.context.terms import IDENTIFIER, STOP, Splitter, joined

OPEN = 0.5
_EDITED = (0.8, 0.7, 0.6, 0.5, 0.4)
"""By age, newest first; older edits say nothing."""
_EDITED_LINES = 0.8
_PROBLEM, _PROBLEM_LINES = 1.2, 1.6
_DEFINES, _DEFINES_LINES = 0.9, 1.1
_CALLS, _CALLS_LINES = 0.6, 0.8
_COMMON = 8
"""Definitions of one name; a name with more of them points nowhere."""
_CALLED_BY_MANY = 40
_NAMES = 200
_SHOWN = 80
"""Characters of a problem's message."""


@dataclass(slots=True)
class Hints:
    """Points by file number and by chunk number, and why, the strongest reason first."""

    files: dict[int, float] = field(default_factory=dict)
    chunks: dict[int, float] = field(default_factory=dict)
    _why: dict[int, list[tuple[float, str]]] = field(default_factory=dict)

    def add(self, entry: FileEntry, points: float, why: str) -> None:
        """Points of one kind do not add up within a file: the first says it."""
        reasons = self._why.setdefault(entry.number, [])
        if all(why != said for _, said in reasons):
            reasons.append((points, why))
            self.files[entry.number] = self.files.get(entry.number, 0.0) + points

    def lift(self, chunks: Iterable[int], points: float) -> None:
        for chunk in chunks:
            self.chunks[chunk] = max(self.chunks.get(chunk, 0.0), points)

    def why(self, number: int) -> list[str]:
        """Reasons for a file, strongest first."""
        reasons = self._why.get(number, [])
        return [why for _, why in sorted(reasons, key=lambda reason: -reason[0])]

    @property
    def empty(self) -> bool:
        return not self.files


@dataclass(frozen=True, slots=True)
class Selection:
    """The selected text, and the name of the definition round it (empty where there is none)."""

    path: str
    text: str
    enclosing: str = ""


class Hinter:
    """Makes hints from one index."""

    def __init__(self, index: Index, splitter: Splitter) -> None:
        self._index = index
        self._splitter = splitter

    def hints(
        self,
        opened: Sequence[str] = (),
        edited: Sequence[Sequence[Any]] = (),
        problems: Sequence[Sequence[Any]] = (),
        selection: Selection | None = None,
    ) -> Hints:
        """``edited`` holds (path, first, last) of 0-based half-open lines, newest first;
        ``problems`` (path, 0-based line, message)."""
        found = Hints()
        for path in opened:
            if (entry := self._index.files.get(path)) is not None:
                found.add(entry, OPEN, "you have it open")
        self._edits(found, edited)
        self._problems(found, problems)
        if selection is not None:
            self._definitions(found, selection)
            self._callers(found, selection)
        return found

    def _edits(self, found: Hints, edited: Sequence[Sequence[Any]]) -> None:
        seen: dict[str, None] = {}
        for path, first, last in edited:
            seen.setdefault(path)
            entry = self._index.files.get(path)
            place = list(seen).index(path)
            if entry is None or place >= len(_EDITED):
                continue
            found.add(entry, _EDITED[place], "you edited it lately")
            found.lift(self._at(entry, int(first) + 1, int(last)), _EDITED_LINES)

    def _problems(self, found: Hints, problems: Sequence[Sequence[Any]]) -> None:
        for path, line, message in problems:
            entry = self._index.files.get(path)
            if entry is None:
                continue
            said = " ".join(str(message).split())
            said = said if len(said) <= _SHOWN else said[: _SHOWN - 1] + "…"
            if not any(why.startswith("it has a problem") for why in found.why(entry.number)):
                found.add(entry, _PROBLEM, f"it has a problem: {said}")
            found.lift(self._at(entry, int(line) + 1, int(line) + 1), _PROBLEM_LINES)

    def _definitions(self, found: Hints, selection: Selection) -> None:
        """Where the names that the selection uses are defined."""
        index = self._index
        words = dict.fromkeys(IDENTIFIER.findall(selection.text))
        for word in list(words)[:_NAMES]:
            held = self._defining(word)
            if not 0 < len(held) <= _COMMON or word.lower() in STOP:
                continue
            share = 1 / math.sqrt(len(held))
            for number in held:
                entry = index.by_number[number]
                found.lift(self._naming(entry, word), _DEFINES_LINES * share)
                if entry.path != selection.path:
                    found.add(entry, _DEFINES * share, f"it defines {word}, which you selected")

    def _callers(self, found: Hints, selection: Selection) -> None:
        """Who says the name of the definition that is being changed."""
        name = selection.enclosing.rpartition(".")[2].rpartition(":")[2]
        terms = self._splitter.identifier(name) if name else ()
        if not terms or not 0 < len(self._defining(name)) <= _COMMON:
            return
        number = self._index.words.get(joined(name) if len(terms) > 1 else terms[0])
        if number is None:
            return
        chunks = self._index.fields["chunk"].of(number)[0]
        owners = self._index.chunk_file[chunks]
        if not 0 < len(np.unique(owners)) <= _CALLED_BY_MANY:
            return
        for chunk, owner in zip(chunks.tolist(), owners.tolist(), strict=True):
            entry = self._index.by_number[owner]
            found.lift([chunk], _CALLS_LINES)
            if entry.path != selection.path:
                found.add(entry, _CALLS, f"it uses {name}, which you are changing")

    # ---- inside

    def _defining(self, word: str) -> list[int]:
        number = self._index.words.get("=" + word)
        return [] if number is None else self._index.fields["names"].of(number)[0].tolist()

    def _at(self, entry: FileEntry, first: int, last: int) -> list[int]:
        """The chunks that hold some of the lines, 1-based inclusive."""
        rows = self._index.chunk_rows[entry.first_chunk : entry.first_chunk + entry.chunks]
        inside = (rows[:, 0] <= max(first, last)) & (rows[:, 1] >= first)
        return (entry.first_chunk + np.flatnonzero(inside)).tolist()

    def _naming(self, entry: FileEntry, word: str) -> list[int]:
        """The chunks where ``word`` is defined."""
        out: list[int] = []
        for name, _, _, line, _ in entry.definitions():
            if name.rpartition(".")[2].rpartition(":")[2] == word:
                out += self._at(entry, line, line)
        return out


def points(size: int, given: Mapping[int, float]) -> np.ndarray[Any, np.dtype[np.float32]]:
    """The given points as an array."""
    out = np.zeros(size, np.float32)
    for number, value in given.items():
        out[number] = value
    return out
