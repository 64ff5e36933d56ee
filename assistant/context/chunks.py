"""One text taken apart for the index: chunks by definition, their terms, the symbols. Pure.

Everything is flat (arrays and joined strings): it crosses to another process and into a file
without objects.
"""

from __future__ import annotations

import posixpath
from array import array
from collections import Counter
from dataclasses import dataclass, field

from assistant.context.definitions import KINDS, Definition, definitions
from assistant.context.grammars import language_of
from assistant.context.terms import IDENTIFIER, Splitter

MAX_CHUNK = 80
"""Lines; a longer definition is split."""
WINDOW = 40
"""Lines of a chunk where no definition says where to cut."""
MOST = 65535
"""What a count is cut off at."""
FIELDS = ("body", "symbols", "base", "dirs", "names")


@dataclass(slots=True)
class Analysis:
    """What the index takes from one text.

    ``chunks`` holds four numbers a chunk (first line, last line, named, tokens); ``definitions``
    four a symbol (first, last, line of the name, kind). ``terms`` are this file's words; ``ids``,
    ``counts`` and ``offsets`` say how often which of them stands in which chunk; ``fields`` the
    same for whole-file fields.
    """

    language: str
    lines: int
    terms: list[str]
    chunks: array[int]
    ids: array[int]
    counts: array[int]
    offsets: array[int]
    fields: dict[str, tuple[array[int], array[int]]]
    symbol_names: list[str] = field(default_factory=list)
    definitions: array[int] = field(default_factory=lambda: array("I"))


class _Builder:
    """Collects the terms of one file under file-local numbers."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.ids = array("I")
        self.counts = array("H")
        self.offsets = array("I", (0,))
        self.chunks = array("I")

    def chunk(
        self, counter: dict[str, int], first: int, last: int, named: bool, tokens: int
    ) -> None:
        numbers = self.numbers
        for term, count in counter.items():
            self.ids.append(numbers.setdefault(term, len(numbers)))
            self.counts.append(min(count, MOST))
        self.offsets.append(len(self.ids))
        self.chunks.extend((first, last, int(named), tokens))

    def field(self, counter: dict[str, int]) -> tuple[array[int], array[int]]:
        numbers = self.numbers
        ids = array("I", [numbers.setdefault(term, len(numbers)) for term in counter])
        return ids, array("H", [min(count, MOST) for count in counter.values()])


def analyse(path: str, text: str | None, splitter: Splitter) -> Analysis:
    """``text`` with its line ends, or None for a file of which only the path is indexed."""
    builder = _Builder()
    stem, _ = posixpath.splitext(posixpath.basename(path))
    base = splitter.text(stem)
    body: Counter[str] = Counter()
    found: list[Definition] = []
    lines = 0
    if text is not None:
        plain = text if "\r" not in text else text.replace("\r\n", "\n").replace("\r", "\n")
        found = definitions(path, plain)
        rows = plain.split("\n")
        lines = len(rows) - 1 if rows[-1] == "" else len(rows)
        _cut(builder, rows, lines, found, base, body, splitter)
    symbols: Counter[str] = Counter()
    names: Counter[str] = Counter()
    for one in found:
        symbols.update(splitter.text(one.name))
        names["=" + short_name(one.name)] += 1
    dirs = Counter(splitter.text(posixpath.dirname(path)))
    fields = {
        name: builder.field(counter)
        for name, counter in zip(FIELDS, (body, symbols, Counter(base), dirs, names), strict=True)
    }
    return Analysis(
        language_of(path),
        lines,
        list(builder.numbers),
        builder.chunks,
        builder.ids,
        builder.counts,
        builder.offsets,
        fields,
        [one.name for one in found],
        _rows(found),
    )


def short_name(name: str) -> str:
    """The last part of a qualified name: ``Foo::bar`` and ``foo.bar`` are called ``bar``."""
    return name.rpartition(".")[2].rpartition(":")[2]


def _rows(found: list[Definition]) -> array[int]:
    rows = array("I")
    for one in found:
        rows.extend((one.first, one.last, one.line, KINDS.index(one.kind)))
    return rows


def _cut(
    builder: _Builder,
    rows: list[str],
    lines: int,
    found: list[Definition],
    base: list[str],
    body: Counter[str],
    splitter: Splitter,
) -> None:
    """Each line belongs to the smallest definition round it; runs of one owner are chunks."""
    owner: list[Definition | None] = [None] * (lines + 2)
    for one in found:
        last = min(one.last, lines)
        owner[one.first : last + 1] = [one] * (last + 1 - one.first)
    first = 1
    while first <= lines:
        last = _end(owner, rows, first, lines, bool(found))
        text = "\n".join(rows[first - 1 : last])
        if text and not text.isspace():
            _count(builder, text, first, last, owner[first], base, body, splitter)
        first = last + 1


def _end(owner: list[Definition | None], rows: list[str], first: int, lines: int, cut: bool) -> int:
    """The last line of the chunk that starts at ``first``."""
    mine = owner[first]
    limit = MAX_CHUNK if cut else WINDOW + 10
    last = first
    while last < lines and owner[last + 1] is mine and last - first < limit - 1:
        last += 1
        if not cut and last - first >= WINDOW and not rows[last - 1].strip():
            break
    return last


def _count(
    builder: _Builder,
    text: str,
    first: int,
    last: int,
    owner: Definition | None,
    base: list[str],
    body: Counter[str],
    splitter: Splitter,
) -> None:
    counter: dict[str, int] = {}
    identifier = splitter.identifier
    for word, count in Counter(IDENTIFIER.findall(text)).items():
        for term in identifier(word):
            counter[term] = counter.get(term, 0) + count
    for term, count in counter.items():
        body[term] += count
    if owner is not None:
        for term in splitter.text(owner.name):
            counter[term] = counter.get(term, 0) + 3
    for term in base:
        counter[term] = counter.get(term, 0) + 1
    builder.chunk(counter, first, last, owner is not None, int(len(text) / 3.6 + 2))
