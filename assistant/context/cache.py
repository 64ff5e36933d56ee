"""The index of a project as one file of the app: arrays and strings, never code, never objects.

A cache that is damaged, of another version, or of another root is no cache: the caller indexes
anew.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import zlib
from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from assistant.context.history import Commit
from assistant.context.project import Project
from assistant.context.roles import Part
from assistant.context.store import FileEntry, Index

NAME = "index.bin"
_MAGIC = b"galley index 2\n"
_SEPARATOR = "\0"
_WASTEFUL = 0.3
"""Share of dead chunk numbers; from here on they are given anew before saving at the end."""
_SHAPING = (
    "analyst", "cache", "chunks", "copies", "definitions", "grammars", "history", "ignores",
    "postings", "reading", "roles", "secrets", "store", "terms", "walker",
)  # fmt: skip
"""Modules whose every change may make another index of the same files."""
_KINDS = frozenset(("uint8", "int8", "uint16", "uint32", "int32", "int64", "bool"))


@dataclass(frozen=True, slots=True)
class Picture:
    """An index as it was at one moment, to be written on any thread."""

    entries: list[FileEntry]
    arrays: dict[str, NDArray[Any]]
    texts: dict[str, list[str]]
    head: dict[str, Any]


def place_of(store: str, root: str) -> str:
    """The folder for what is kept of ``root``."""
    name = blake2b(os.fsencode(os.path.realpath(root)), digest_size=16).hexdigest()
    return os.path.join(store, name)


def save(project: Project, place: str) -> None:
    """Write the index whole or not at all; raises OSError. Buffers are left out: they are not on
    the disk."""
    if project.index.waste > _WASTEFUL:
        project.index.compact()
    project.index.forget_left()
    project.index.merge()
    write(picture(project), place)


def picture(project: Project) -> Picture:
    """What there is to write now. All postings must stand in their bases: whoever calls this has
    merged before."""
    index = project.index
    entries = sorted(index.files.values(), key=lambda entry: entry.number)
    told = index.message_numbers()
    arrays: dict[str, NDArray[Any]] = {
        "chunk_rows": index.chunk_rows[: index.next_chunk],
        "chunk_file": index.chunk_file[: index.next_chunk].astype(np.int32),
        "told": np.array([number for number, _ in told], np.int64),
        "sizes": np.array([index.next_file, index.next_message], np.int64),
        "numbers": np.array(
            [
                (e.number, e.first_chunk, e.chunks, e.lines, len(e.symbols), int(e.part),
                 _mtime(e), e.size)
                for e in entries
            ],
            np.int64,
        ).reshape(-1, 8),
    }  # fmt: skip
    for name, field in index.fields.items():
        arrays |= {f"{name}.{key}": value for key, value in field.state().items()}
    texts = {
        "words": list(index.words),
        "order": list(index.commits.order),
        "commits": _commit_lines(index),
        "messages": [path for _, path in told],
        "commit_of": list(index.commit_of),
    }
    head = {
        "code": _code_version(),
        "root": project.root,
        "head": project.head,
        "unread": dict(project.unread),
    }
    return Picture(entries, arrays, texts, head)


def write(made: Picture, place: str) -> None:
    """Put a picture on the disk, whole or not at all; raises OSError."""
    entries = made.entries
    texts = made.texts | {
        "paths": [e.path for e in entries],
        "symbol_names": [e.symbol_names for e in entries],
        "texts": [f"{e.language}\x01{e.digest}\x01{e.reason}" for e in entries],
    }
    arrays = made.arrays | {name: _packed(value) for name, value in texts.items()}
    symbols = b"".join(e.symbols.tobytes() for e in entries)
    arrays["symbols"] = np.frombuffer(symbols, np.uint32)
    folder = Path(place)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=folder, prefix="index-")
    try:
        with os.fdopen(handle, "wb") as file:
            _put(file, made.head, arrays)
        os.replace(name, folder / NAME)
    except BaseException:
        os.unlink(name)
        raise


def load(project: Project, place: str) -> bool:
    """Take the saved index into a fresh project; False when there is none that can be trusted."""
    try:
        with open(os.path.join(place, NAME), "rb") as file:
            head, arrays = _get(file)
        if (head["code"], head["root"]) != (_code_version(), project.root):
            return False
        _install(project, arrays)
        project.head = head["head"]
        project.unread = dict(head["unread"])
    except (OSError, ValueError, KeyError, IndexError, TypeError, EOFError, MemoryError):
        project.reset()
        return False
    return True


def _put(file: BinaryIO, head: dict[str, Any], arrays: Mapping[str, NDArray[Any]]) -> None:
    """Magic, length and sum of the head, the head as JSON, then the arrays one after the other."""
    blocks = [np.ascontiguousarray(value) for value in arrays.values()]
    table = [
        (name, block.dtype.name, block.shape, zlib.crc32(block.data.cast("B")))
        for name, block in zip(arrays, blocks, strict=True)
        if block.size
    ]
    empty = [(n, b.dtype.name, b.shape) for n, b in zip(arrays, blocks, strict=True) if not b.size]
    words = json.dumps(head | {"arrays": table, "empty": empty}).encode()
    file.write(_MAGIC + len(words).to_bytes(8, "little") + zlib.crc32(words).to_bytes(4, "little"))
    file.write(words)
    for block in blocks:
        if block.size:
            file.write(block.data.cast("B"))


def _get(file: BinaryIO) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Raises ValueError where a sum or a size is wrong."""
    left = os.fstat(file.fileno()).st_size
    start = file.read(len(_MAGIC) + 12)
    if not start.startswith(_MAGIC) or len(start) < len(_MAGIC) + 12:
        raise ValueError("not an index")
    size = int.from_bytes(start[len(_MAGIC) : -4], "little")
    if size > left:
        raise ValueError("cut")
    words = file.read(size)
    if zlib.crc32(words) != int.from_bytes(start[-4:], "little"):
        raise ValueError("a damaged head")
    head = json.loads(words)
    arrays: dict[str, NDArray[Any]] = {}
    for name, kind, shape in head["empty"]:
        arrays[name] = np.zeros(shape, _kind(kind))
    for name, kind, shape, total in head["arrays"]:
        if np.prod(shape) * _kind(kind).itemsize > left:
            raise ValueError("an array larger than the file")
        block = arrays[name] = np.empty(shape, _kind(kind))
        data = block.data.cast("B")
        if file.readinto(data) != len(data) or zlib.crc32(data) != total:  # type: ignore[attr-defined]
            raise ValueError("a damaged array")
    return head, arrays


def _kind(name: str) -> np.dtype[Any]:
    if name not in _KINDS:
        raise ValueError("an array of objects")
    return np.dtype(name)


def _install(project: Project, arrays: Mapping[str, Any]) -> None:
    index = project.index
    numbers = arrays["numbers"].tolist()
    paths, names, texts = (_unpacked(arrays[k]) for k in ("paths", "symbol_names", "texts"))
    symbols = arrays["symbols"].data.cast("B")
    if not len(numbers) == len(paths) == len(names) == len(texts):
        raise ValueError("tables of different lengths")
    entries = []
    at = 0
    for i, (number, first, chunks, lines, width, part, mtime_ns, size) in enumerate(numbers):
        language, digest, reason = texts[i].split("\x01")
        rows = array("I")
        rows.frombytes(symbols[at : at + 4 * width])
        at += 4 * width
        entries.append(
            FileEntry(
                paths[i], number, first, chunks, lines, sys.intern(language), Part(part), names[i],
                rows, mtime_ns, size, digest, reason,
            )
        )  # fmt: skip
    for line in _unpacked(arrays["commits"]):
        name, words, touched = line.split("\x01")
        index.commits.known[name] = Commit(
            name, tuple(words.split("\x02")) if words else (), tuple(touched.split("\x02"))
        )
    index.commits.replace(_unpacked(arrays["order"]), {})
    told = list(zip(arrays["told"].tolist(), _unpacked(arrays["messages"]), strict=True))
    index.install(entries, _unpacked(arrays["words"]), arrays, told, _unpacked(arrays["commit_of"]))


def _commit_lines(index: Index) -> list[str]:
    known = index.commits.known
    return [
        f"{name}\x01{chr(2).join(known[name].words)}\x01{chr(2).join(known[name].paths)}"
        for name in index.commit_of
        if name in known
    ]


def _mtime(entry: FileEntry) -> int:
    """A buffer's entry gets a stamp no file has, so that the file is read at the next start."""
    return -1 if entry.digest.startswith("buffer:") else entry.mtime_ns


def _packed(texts: list[str]) -> np.ndarray[Any, Any]:
    data = _SEPARATOR.join(texts).encode("utf-8", "surrogateescape")
    if texts and data.count(b"\0") != len(texts) - 1:
        raise ValueError("a text with a NUL")
    return np.frombuffer(data + b"\0" if texts else b"", np.uint8)


def _unpacked(data: np.ndarray[Any, Any]) -> list[str]:
    text = data.astype(np.uint8).tobytes().decode("utf-8", "surrogateescape")
    return text.split(_SEPARATOR)[:-1] if text else []


def _code_version() -> str:
    """Another grammar or tokeniser makes other chunks: a sum over the modules that shape an index,
    and which grammars are installed."""
    digest = blake2b(digest_size=16)
    for name in _SHAPING:
        digest.update(Path(__file__).with_name(f"{name}.py").read_bytes())
    packages = os.listdir(Path(np.__file__).parents[1])
    shaping = sorted(n for n in packages if n.startswith("tree_sitter") and n.endswith("-info"))
    return f"{digest.hexdigest()} numpy {np.__version__} {' '.join(shaping)}"
