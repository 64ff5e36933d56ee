"""The index of one project in memory: files, chunks, symbols, postings. Reads no files itself."""

from __future__ import annotations

import posixpath
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.context.chunks import FIELDS, Analysis
from assistant.context.contents import Contents
from assistant.context.history import Commits
from assistant.context.postings import U32, Ints, Merged, Postings, Segment
from assistant.context.roles import Part, part_of

_B = {
    "chunk": 0.6,
    "body": 0.75,
    "symbols": 0.6,
    "base": 0.3,
    "dirs": 0.3,
    "names": 0.3,
    "messages": 0.75,
    "commits": 0.4,
}

_RETURNING = ("messages", "commits")
"""The fields whose documents come back: a branch is left and entered again."""


@dataclass(slots=True)
class FileEntry:
    """One indexed file. ``first_chunk`` and ``chunks`` are its range in the chunk table; ``reason``
    says why its text is not indexed, empty when it is."""

    path: str
    number: int
    first_chunk: int
    chunks: int
    lines: int
    language: str
    part: Part
    symbol_names: str
    symbols: array[int]
    mtime_ns: int = 0
    size: int = 0
    digest: str = ""
    reason: str = ""

    def definitions(self) -> list[tuple[str, int, int, int, int]]:
        """(name, first, last, line of the name, kind), 1-based inclusive lines."""
        if not self.symbols:
            return []
        rows = self.symbols
        names = self.symbol_names.split("\n")
        return [
            (name, rows[4 * i], rows[4 * i + 1], rows[4 * i + 2], rows[4 * i + 3])
            for i, name in enumerate(names)
        ]


class Index:
    """All that ranking needs. Terms, files and chunks are numbers; numbers are never used twice."""

    def __init__(self) -> None:
        self.words: dict[str, int] = {}
        self.files: dict[str, FileEntry] = {}
        self.by_number: dict[int, FileEntry] = {}
        self.fields = {name: Postings(b, returning=name in _RETURNING) for name, b in _B.items()}
        self.commits = Commits()
        self.contents = Contents()
        self.chunk_file: Ints = np.zeros(0, np.int64)
        self.chunk_rows: NDArray[np.uint32] = np.zeros((0, 4), np.uint32)
        self.next_file = 0
        self.next_chunk = 0
        self.next_message = 0
        self.message_file: Ints = np.zeros(0, np.int64)
        self._message_of: dict[str, int] = {}
        self.commit_of: list[str] = []
        self._by_base: dict[str, set[int]] = {}
        self.parts: NDArray[np.int8] = np.zeros(0, np.int8)
        self.version = 0

    # ---- files

    def add(
        self,
        path: str,
        found: Analysis,
        *,
        mtime_ns: int = 0,
        size: int = 0,
        digest: str = "",
        reason: str = "",
    ) -> FileEntry:
        """Take one file in, instead of what was known of it."""
        self.drop(path)
        self.version += 1
        numbers = self.word_numbers(found.terms)
        entry = FileEntry(
            path,
            self.next_file,
            self.next_chunk,
            len(found.offsets) - 1,
            found.lines,
            found.language,
            part_of(path),
            "\n".join(found.symbol_names),
            found.definitions,
            mtime_ns,
            size,
            digest,
            reason,
        )
        self.next_file += 1
        self.next_chunk += entry.chunks
        self._chunk_table(entry, found)
        ids = numbers[np.frombuffer(found.ids, np.uint32)] if found.ids else numbers[:0]
        counts = np.frombuffer(found.counts, np.uint16)
        offsets = np.frombuffer(found.offsets, np.uint32).astype(np.int64)
        self.fields["chunk"].add(entry.first_chunk, ids, counts, offsets)
        for name in FIELDS:
            local, times = found.fields[name]
            mine = numbers[np.frombuffer(local, np.uint32)] if local else numbers[:0]
            self.fields[name].add_one(entry.number, mine, np.frombuffer(times, np.uint16))
        self._enter(entry)
        return entry

    def drop(self, path: str) -> FileEntry | None:
        """Forget a file; what was known of it, or None."""
        entry = self.files.pop(path, None)
        if entry is None:
            return None
        self.version += 1
        del self.by_number[entry.number]
        self._set_alive(entry, False)
        self._let_go(self.contents.leave(entry))
        for key in _base_keys(path):
            self._by_base[key].discard(entry.number)
        message = self._message_of.get(path)
        if message is not None:
            self.fields["messages"].set_alive(message, 1, False)
        return entry

    def bring_back(self, entry: FileEntry) -> None:
        """A file that left and is still in ``contents`` is there again, as it was."""
        self.drop(entry.path)
        self.version += 1
        self._set_alive(entry, True)
        self._enter(entry)

    def forget_left(self) -> None:
        """Files that left do not come back as they were."""
        self._let_go(self.contents.clear(self.files.values()))

    def word_numbers(self, terms: Sequence[str]) -> U32:
        """Numbers of words; new words get new ones."""
        words = self.words
        return np.fromiter((words.setdefault(t, len(words)) for t in terms), np.uint32, len(terms))

    def called(self, base: str) -> set[int]:
        """Numbers of the files whose name, with or without its suffix, is ``base`` (lowered)."""
        return self._by_base.get(base, set())

    def sync(self, least: int = 0) -> None:
        """Make what was added findable, in fields where more than ``least`` entries wait."""
        for field in self.fields.values():
            if field.waiting > least:
                field.sync()

    def merge(self) -> None:
        """Sort everything into the bases, now."""
        for field in self.fields.values():
            field.merge(len(self.words))

    def begin_sorting(self, *, every: bool = False) -> Callable[[], dict[str, Merged]]:
        """What sorts segments into their bases, on any thread, for :meth:`end_sorting`: those of
        ``every`` field or only of the crowded ones."""
        fields, terms = self.fields, len(self.words)
        parts = {n: f.freeze() for n, f in fields.items() if f.crowded or (every and f.beside)}
        return partial(_sorted, fields, parts, terms)

    def end_sorting(self, made: Mapping[str, Merged]) -> None:
        """Use the new bases."""
        for name, base in made.items():
            self.fields[name].adopt(base)

    @property
    def crowded(self) -> bool:
        """Whether :meth:`begin_sorting` is worth it."""
        return any(field.crowded for field in self.fields.values())

    @property
    def sorted(self) -> bool:
        """Whether all entries stand in their bases."""
        return not any(field.beside or field.waiting for field in self.fields.values())

    @property
    def waste(self) -> float:
        """The share of chunk numbers that stand for nothing any more."""
        living = int(self.fields["chunk"].alive.sum())
        return 1 - living / self.next_chunk if self.next_chunk else 0.0

    def chunk(self, number: int) -> tuple[FileEntry, int, int]:
        """The file, first and last line of a chunk."""
        row = self.chunk_rows[number]
        return self.by_number[int(self.chunk_file[number])], int(row[0]), int(row[1])

    # ---- history

    def retell(self, paths: Iterable[str]) -> None:
        """The commits that touched ``paths`` changed: tell the messages field."""
        field = self.fields["messages"]
        for path in sorted(set(paths)):
            old = self._message_of.pop(path, None)
            if old is not None:
                field.set_alive(old, 1, False)
            said = self.commits.words_of(path) if path in self.files else None
            if not said:
                continue
            number = self.next_message
            self.next_message += 1
            self._message_of[path] = number
            if number >= len(self.message_file):
                room = np.full(max(256, len(self.message_file) // 2), -1, np.int64)
                self.message_file = np.concatenate((self.message_file, room))
            ids = self.word_numbers(list(said))
            counts = np.fromiter((min(n, 65535) for n in said.values()), np.uint16, len(said))
            field.add_one(number, ids, counts)
            self.message_file[number] = self.files[path].number

    def message_numbers(self) -> list[tuple[int, str]]:
        """The documents of the messages field and the path each is about, in order."""
        return sorted((number, path) for path, number in self._message_of.items())

    def commit_documents(self) -> None:
        """Make the commits in view findable by their words, and those out of view not."""
        field = self.fields["commits"]
        view = set(self.commits.order)
        for number, name in enumerate(self.commit_of):
            field.set_alive(number, 1, name in view)
        known = set(self.commit_of)
        for commit in self.commits.listed():
            if commit.hash in known:
                continue
            ids = self.word_numbers(commit.words)
            ones = np.ones(len(ids), np.uint16)
            field.add_one(len(self.commit_of), ids, ones)
            self.commit_of.append(commit.hash)

    # ---- saving

    def compact(self) -> None:
        """Give everything alive fresh numbers without gaps, in order of path, so that arrays hold
        no dead."""
        order = sorted(self.files.values(), key=lambda entry: entry.number)
        self.forget_left()
        files = np.full(max(1, self.next_file), -1, np.int64)
        chunks = np.full(max(1, self.next_chunk), -1, np.int64)
        at = 0
        for number, entry in enumerate(order):
            files[entry.number] = number
            chunks[entry.first_chunk : entry.first_chunk + entry.chunks] = np.arange(
                at, at + entry.chunks
            )
            at += entry.chunks
        kept = chunks[: self.next_chunk] >= 0
        rows = self.chunk_rows[: self.next_chunk][kept]
        owner = self.chunk_file[: self.next_chunk][kept]
        self.fields["chunk"].renumber(chunks[: self.next_chunk], len(self.words))
        for name in FIELDS:
            self.fields[name].renumber(files[: self.next_file], len(self.words))
        self._compact_history()
        self.chunk_rows, self.chunk_file = rows, files[owner]
        self.next_chunk, self.next_file = at, len(order)
        for entry in order:
            entry.first_chunk = int(chunks[entry.first_chunk]) if entry.chunks else 0
            entry.number = int(files[entry.number])
        self._reenter(order)

    def _compact_history(self) -> None:
        """The same for the documents of the history's fields."""
        for name, size in (("messages", self.next_message), ("commits", len(self.commit_of))):
            field = self.fields[name]
            living = field.alive[:size]
            numbers = np.where(living, np.cumsum(living) - 1, -1).astype(np.int64)
            if name == "messages":
                told = [path for number, path in self.message_numbers() if living[number]]
                self.message_file = self.message_file[:size][living]
                self._message_of = {path: i for i, path in enumerate(told)}
                self.next_message = len(told)
            else:
                self.commit_of = [
                    c for c, alive in zip(self.commit_of, living, strict=True) if alive
                ]
            if size:
                field.renumber(numbers, len(self.words))

    def install(
        self,
        entries: list[FileEntry],
        words: list[str],
        arrays: Mapping[str, Any],
        told: list[tuple[int, str]],
        commits: list[str],
    ) -> None:
        """Take a saved index back; raises KeyError or ValueError when the parts do not fit each
        other."""
        self.words = dict(zip(words, range(len(words)), strict=True))
        rows, owner = arrays["chunk_rows"], arrays["chunk_file"]
        self.next_file, self.next_message = (int(n) for n in arrays["sizes"])
        if rows.ndim != 2 or rows.shape[1] != 4 or len(owner) != len(rows):
            raise ValueError("a chunk table that does not fit")
        if len(owner) and (int(owner.min()) < 0 or int(owner.max()) >= self.next_file):
            raise ValueError("a chunk of no file")
        if any(not 0 <= entry.number < self.next_file for entry in entries):
            raise ValueError("a file out of range")
        self.chunk_rows, self.chunk_file = rows, owner.astype(np.int64)
        self.next_chunk = len(rows)
        documents = dict.fromkeys(FIELDS, self.next_file)
        documents |= {"chunk": len(rows), "messages": self.next_message, "commits": len(commits)}
        for name, field in self.fields.items():
            field.load({k.split(".")[1]: v for k, v in arrays.items() if k.startswith(name + ".")})
            if len(field.offsets) > len(words) + 1:
                raise ValueError("postings of unknown words")
            if len(field.alive) < documents[name]:
                raise ValueError(f"too few documents in {name}")
        self.commit_of = commits
        self._message_of = {path: number for number, path in told}
        self.message_file = np.full(max(1, self.next_message), -1, np.int64)
        self._reenter(entries)

    # ---- inside

    def _set_alive(self, entry: FileEntry, alive: bool) -> None:
        self.fields["chunk"].set_alive(entry.first_chunk, entry.chunks, alive)
        for name in FIELDS:
            self.fields[name].set_alive(entry.number, 1, alive)

    def _let_go(self, entries: Iterable[FileEntry]) -> None:
        for entry in entries:
            self.fields["chunk"].let_go(entry.first_chunk, entry.chunks)
            for name in FIELDS:
                self.fields[name].let_go(entry.number, 1)

    def _chunk_table(self, entry: FileEntry, found: Analysis) -> None:
        if self.next_chunk > len(self.chunk_file):
            room = max(self.next_chunk, int(len(self.chunk_file) * 1.5) + 1024) - len(
                self.chunk_file
            )
            self.chunk_file = np.concatenate((self.chunk_file, np.zeros(room, np.int64)))
            self.chunk_rows = np.concatenate((self.chunk_rows, np.zeros((room, 4), np.uint32)))
        span = slice(entry.first_chunk, entry.first_chunk + entry.chunks)
        self.chunk_file[span] = entry.number
        self.chunk_rows[span] = np.frombuffer(found.chunks, np.uint32).reshape(-1, 4)

    def _enter(self, entry: FileEntry) -> None:
        self.files[entry.path] = entry
        self.by_number[entry.number] = entry
        self.contents.enter(entry)
        if entry.number >= len(self.parts):
            room = np.zeros(max(1024, len(self.parts) // 2), np.int8)
            self.parts = np.concatenate((self.parts, room))
        self.parts[entry.number] = entry.part
        for key in _base_keys(entry.path):
            self._by_base.setdefault(key, set()).add(entry.number)
        message = self._message_of.get(entry.path)
        if message is not None:
            self.message_file[message] = entry.number
            self.fields["messages"].set_alive(message, 1, True)
        elif self.commits.number_of(entry.path):
            self.retell([entry.path])

    def _reenter(self, entries: Iterable[FileEntry]) -> None:
        self.files, self.by_number, self._by_base = {}, {}, {}
        self.parts = np.zeros(max(1, self.next_file), np.int8)
        for entry in entries:
            self._enter(entry)
        self.version += 1


def _sorted(
    fields: Mapping[str, Postings], parts: Mapping[str, tuple[Segment, ...]], terms: int
) -> dict[str, Merged]:
    return {name: fields[name].merged(part, terms) for name, part in parts.items()}


def _base_keys(path: str) -> tuple[str, str]:
    name = posixpath.basename(path).lower()
    return posixpath.splitext(name)[0], name
