"""A text taken apart once is not taken apart again: what the index holds of it, read back for
another path.

Only what a path adds is made anew: the words of its name in every chunk, and its folders.
"""

from __future__ import annotations

import posixpath
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from assistant.context.chunks import FIELDS, MOST, Analysis
from assistant.context.reading import unwanted_name
from assistant.context.terms import Splitter

if TYPE_CHECKING:
    from assistant.context.postings import Entries
    from assistant.context.store import FileEntry, Index

_KEPT = ("body", "symbols", "names")
"""Fields that no path changes."""


class Copies:
    """What is read back of some files: their entries in each field, by document."""

    def __init__(self, index: Index, entries: Sequence[FileEntry]) -> None:
        self._index = index
        self._entries = entries
        self._words = list(index.words)
        self._fields: dict[str, Entries] = {}

    def read(self) -> Iterator[None]:
        """One pass over each field, however many files there are; a field a step. Comes before
        all else."""
        for name in ("chunk", *_KEPT):
            field = self._index.fields[name]
            wanted = np.zeros(len(field.alive), np.bool_)
            for entry in self._entries:
                if name == "chunk":
                    wanted[entry.first_chunk : entry.first_chunk + entry.chunks] = True
                else:
                    wanted[entry.number] = True
            self._fields[name] = field.entries_of(wanted)
            yield

    def analysis(self, entry: FileEntry, path: str, splitter: Splitter) -> Analysis | None:
        """What taking apart the text of ``entry`` under ``path`` gives; None where a count was cut
        off and cannot be told."""
        numbers: dict[str, int] = {}
        kept = {name: self._field(name, entry.number, entry.number + 1, numbers) for name in _KEPT}
        old, new = _base(entry.path, splitter), _base(path, splitter)
        ids, counts, offsets = array("I"), array("H"), array("I", (0,))
        for chunk in range(entry.first_chunk, entry.first_chunk + entry.chunks):
            mine, times = self._field("chunk", chunk, chunk + 1, numbers)
            if old != new:
                changed = _renamed(mine, times, old, new, numbers)
                if changed is None:
                    return None
                mine, times = changed
            ids += mine
            counts += times
            offsets.append(len(ids))
        dirs = Counter(splitter.text(posixpath.dirname(path)))
        fields = kept | {"base": _counted(new, numbers), "dirs": _counted(dirs, numbers)}
        span = slice(entry.first_chunk, entry.first_chunk + entry.chunks)
        return Analysis(
            entry.language,
            entry.lines,
            list(numbers),
            _array("I", self._index.chunk_rows[span].ravel()),
            ids,
            counts,
            offsets,
            {name: fields[name] for name in FIELDS},
            entry.symbol_names.split("\n") if entry.symbols else [],
            array("I", entry.symbols),
        )

    def _field(
        self, name: str, first: int, end: int, numbers: dict[str, int]
    ) -> tuple[array[int], array[int]]:
        """The entries of some documents under the file's own numbers of words."""
        documents, terms, counts = self._fields[name]
        at = slice(*np.searchsorted(documents, (first, end)).tolist())
        words = self._words
        ids = [numbers.setdefault(words[term], len(numbers)) for term in terms[at].tolist()]
        return array("I", ids), _array("H", counts[at])


def _renamed(
    ids: array[int],
    counts: array[int],
    old: Counter[str],
    new: Counter[str],
    numbers: dict[str, int],
) -> tuple[array[int], array[int]] | None:
    """One chunk without the words of the old name, with those of the new one."""
    if MOST in counts:
        return None
    held = dict(zip(ids, counts, strict=True))
    for term, times in old.items():
        number = numbers[term]
        held[number] -= times
        if not held[number]:
            del held[number]
    for term, times in new.items():
        number = numbers.setdefault(term, len(numbers))
        held[number] = held.get(number, 0) + times
    return array("I", held), array("H", [min(count, MOST) for count in held.values()])


def same_kind(old: str, new: str) -> bool:
    """Whether a text means the same under both paths: one language, one limit of size."""
    a, b = (posixpath.splitext(posixpath.basename(path)) for path in (old, new))
    return a[1].lower() == b[1].lower() and bool(a[1] or a[0] == b[0]) and not unwanted_name(new)


def _base(path: str, splitter: Splitter) -> Counter[str]:
    return Counter(splitter.text(posixpath.splitext(posixpath.basename(path))[0]))


def _counted(counter: Counter[str], numbers: dict[str, int]) -> tuple[array[int], array[int]]:
    ids = array("I", [numbers.setdefault(term, len(numbers)) for term in counter])
    return ids, array("H", [min(count, MOST) for count in counter.values()])


def _array(code: str, values: NDArray[Any]) -> array[int]:
    out: array[int] = array(code)
    out.frombytes(values.astype(np.uint32 if code == "I" else np.uint16).tobytes())
    return out
