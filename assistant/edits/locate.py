"""Where in a file quoted lines stand: one level of reading at a time, all places of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from assistant.edits.fit import Fit, fit_of, nearest_fit
from assistant.edits.lines import BOM, bare, plain


class Level(StrEnum):
    """How freely a quotation was read; the value is what the person is told."""

    EXACT = ""
    TRAILING = "Found when blanks at line ends were ignored."
    INDENT = "Found when indentation was ignored; the new lines were re-indented."
    PUNCTUATION = "Found when typographic punctuation was read as plain."
    BLANKS = "Found when blank lines and indentation were ignored."
    FUZZY = "Found although the quoted context differs in places; the file's own lines stay."
    FRAGMENT = "Found inside a line."


def key(level: Level, text: str) -> str:
    """One line as a level reads it."""
    match level:
        case Level.EXACT:
            return text
        case Level.TRAILING:
            return text.rstrip()
        case Level.INDENT:
            return text.strip()
        case _:
            return plain(text).strip()


class TextIndex:
    """The lines of one text with, per level, where each line stands.

    Built as far as it is asked.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        text = "".join(lines)
        self._ascii = text.isascii()
        if "\r" in text:
            self.lines = [bare(line) for line in lines]
        else:
            self.lines = text.split("\n")
            if not self.lines[-1]:
                self.lines.pop()
        if self.lines and self.lines[0].startswith(BOM):
            self.lines[0] = self.lines[0][1:]
        self._keys: dict[Level, list[str]] = {}
        self._where: dict[Level, dict[str, list[int]]] = {}
        self._sets: dict[Level, frozenset[str]] = {}
        self._filled: list[int] | None = None

    def keys(self, level: Level) -> list[str]:
        """Every line as this level reads it."""
        if level not in self._keys:
            self._keys[level] = self._read(level)
        return self._keys[level]

    def _read(self, level: Level) -> list[str]:
        match level:
            case Level.EXACT:
                return self.lines
            case Level.TRAILING:
                return [line.rstrip() for line in self.lines]
            case Level.INDENT:
                return [line.strip() for line in self.lines]
            case _ if self._ascii:
                return self.keys(Level.INDENT)
            case _:
                return [plain(line).strip() for line in self.lines]

    def where(self, level: Level) -> dict[str, list[int]]:
        """The line numbers of each reading."""
        if level not in self._where:
            table: dict[str, list[int]] = defaultdict(list)
            for k, text in enumerate(self.keys(level)):
                table[text].append(k)
            table = dict(table)
            self._where[level] = table
        return self._where[level]

    def has(self, level: Level, text: str) -> bool:
        """Whether any line reads so."""
        if level not in self._sets:
            self._sets[level] = frozenset(self.keys(level))
        return text in self._sets[level]

    @property
    def filled(self) -> list[int]:
        """Numbers of the lines that are not blank."""
        if self._filled is None:
            self._filled = [k for k, line in enumerate(self.lines) if line.strip()]
        return self._filled

    def starts(self, level: Level, wanted: Sequence[str]) -> list[int]:
        """Every line at which ``wanted`` (already read at this level) stands, contiguous."""
        if not wanted:
            return []
        table, keys = self.where(level), self.keys(level)
        rarest = min(range(len(wanted)), key=lambda k: len(table.get(wanted[k], ())))
        found = []
        for position in table.get(wanted[rarest], ()):
            start = position - rarest
            if start >= 0 and keys[start : start + len(wanted)] == list(wanted):
                found.append(start)
        return found


@dataclass(frozen=True, slots=True)
class Place:
    """Where quoted lines stand: ``mapping[i]`` is the file line of quoted line ``i``, None when
    it has none.
    """

    start: int
    end: int
    mapping: tuple[int | None, ...]
    level: Level = Level.EXACT
    fit: Fit = field(default_factory=Fit)
    score: float = 1.0


def contiguous(
    index: TextIndex, old: Sequence[str], level: Level, new: Sequence[str]
) -> list[Place]:
    """Places of ``old`` as one run of lines at one level; only those that one fit explains."""
    places = []
    for start in index.starts(level, [key(level, text) for text in old]):
        if level is Level.EXACT:
            fit: Fit | None = Fit()
        else:
            pairs = list(zip(old, index.lines[start : start + len(old)], strict=True))
            fit = fit_of(pairs, index.lines, new)
        if fit is not None:
            places.append(
                Place(start, start + len(old), tuple(range(start, start + len(old))), level, fit)
            )
    return places


def blank_blind(index: TextIndex, old: Sequence[str], new: Sequence[str]) -> list[Place]:
    """Places of the lines of ``old`` that are not blank, with any number of blank lines between
    them.
    """
    keys = index.keys(Level.PUNCTUATION)
    wanted = [(i, key(Level.PUNCTUATION, text)) for i, text in enumerate(old) if text.strip()]
    if not wanted:
        return []
    filled = index.filled
    order = {line: k for k, line in enumerate(filled)}
    table = index.where(Level.PUNCTUATION)
    rarest = min(range(len(wanted)), key=lambda k: len(table.get(wanted[k][1], ())))
    places = []
    for position in table.get(wanted[rarest][1], ()):
        first = order[position] - rarest
        run = filled[first : first + len(wanted)] if first >= 0 else []
        if len(run) < len(wanted) or any(keys[k] != w[1] for k, w in zip(run, wanted, strict=True)):
            continue
        mapping = _with_blanks(index, old, {i: k for (i, _), k in zip(wanted, run, strict=True)})
        places.append(placed(index, old, new, mapping, Level.BLANKS))
    return places


def _with_blanks(index: TextIndex, old: Sequence[str], known: dict[int, int]) -> list[int | None]:
    """The mapping with blank lines of ``old`` laid on the blank lines the file has in the same
    gap.
    """
    mapping: list[int | None] = [known.get(i) for i in range(len(old))]
    for i, text in enumerate(old):
        if text.strip() or mapping[i] is not None:
            continue
        before = mapping[i - 1] if i else None
        if (
            before is not None
            and before + 1 < len(index.lines)
            and not index.lines[before + 1].strip()
        ):
            mapping[i] = before + 1
    for i in range(len(old) - 1, -1, -1):
        if old[i].strip() or mapping[i] is not None or i + 1 >= len(old):
            continue
        after = mapping[i + 1]
        taken = after is not None and after - 1 in mapping
        if after is not None and after > 0 and not taken and not index.lines[after - 1].strip():
            mapping[i] = after - 1
    return mapping


def placed(
    index: TextIndex,
    old: Sequence[str],
    new: Sequence[str],
    mapping: Sequence[int | None],
    level: Level,
    score: float = 1.0,
) -> Place:
    """A place from a mapping, with the fit its pairs show."""
    known = [k for k in mapping if k is not None]
    pairs = [(old[i], index.lines[k]) for i, k in enumerate(mapping) if k is not None]
    fit = fit_of(pairs, index.lines, new) or nearest_fit(pairs, index.lines, new)
    return Place(min(known), max(known) + 1, tuple(mapping), level, fit, score)


STRICT = (Level.EXACT, Level.TRAILING, Level.INDENT, Level.PUNCTUATION)
