"""The index of a project as one file of the app: arrays and strings, never code, never objects.

A cache that is damaged, of another version, or of another root is no cache: the caller indexes
anew.
"""

from __future__ import annotations

import io
import json
import os
import tempfile
import zipfile
from array import array
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from assistant.context.chunks import FIELDS
from assistant.context.history import Commit
from assistant.context.project import Project
from assistant.context.roles import part_of
from assistant.context.store import FileEntry, Index

_FORMAT = 1
_SEPARATOR = "\0"


def place_of(store: str, root: str) -> str:
    """The folder for what is kept of ``root``."""
    name = blake2b(os.fsencode(os.path.realpath(root)), digest_size=16).hexdigest()
    return os.path.join(store, name)


def save(project: Project, place: str) -> None:
    """Write the index whole or not at all; raises OSError. Buffers are left out: they are not on
    the disk."""
    index = project.index
    index.compact()
    entries = sorted(index.files.values(), key=lambda entry: entry.number)
    arrays: dict[str, np.ndarray[Any, Any]] = {
        "chunk_rows": index.chunk_rows[: index.next_chunk],
        "chunk_file": index.chunk_file[: index.next_chunk].astype(np.int32),
        "words": _packed(list(index.words)),
        "paths": _packed([e.path for e in entries]),
        "symbol_names": _packed([e.symbol_names for e in entries]),
        "symbols": np.concatenate(
            [
                np.zeros(0, np.uint32),
                *(np.frombuffer(e.symbols, np.uint32) for e in entries if e.symbols),
            ]
        ),
        "numbers": np.array(
            [
                (e.first_chunk, e.chunks, e.lines, len(e.symbols), _mtime(e), e.size)
                for e in entries
            ],
            np.int64,
        ).reshape(-1, 6),
        "texts": _packed([f"{e.language}\x01{e.digest}\x01{e.reason}" for e in entries]),
        "order": _packed(index.commits.order),
        "commits": _packed(_commit_lines(index)),
        "messages": _packed(list(index.message_paths())),
        "commit_of": _packed(index.commit_of),
    }
    for name, field in index.fields.items():
        arrays |= {f"{name}.{key}": value for key, value in field.state().items()}
    head = {
        "format": _FORMAT,
        "code": _code_version(),
        "root": project.root,
        "head": project.head,
        "unread": project.unread,
    }
    arrays["head"] = np.frombuffer(json.dumps(head).encode(), np.uint8)
    _write(Path(place), arrays)


def load(project: Project, place: str) -> bool:
    """Take the saved index into a fresh project; False when there is none that can be trusted."""
    try:
        with open(os.path.join(place, "index.npz"), "rb") as file:
            saved = np.load(file, allow_pickle=False)
            arrays = {name: saved[name] for name in saved.files}
        head = json.loads(arrays["head"].tobytes())
        if (head["format"], head["code"], head["root"]) != (_FORMAT, _code_version(), project.root):
            return False
        _install(project, arrays)
        project.head = head["head"]
        project.unread = dict(head["unread"])
    except (OSError, ValueError, KeyError, IndexError, TypeError, EOFError, zipfile.BadZipFile):
        project.reset()
        return False
    return True


def _install(project: Project, arrays: dict[str, Any]) -> None:
    index = project.index
    numbers = arrays["numbers"].tolist()
    paths, names, texts = (_unpacked(arrays[k]) for k in ("paths", "symbol_names", "texts"))
    symbols = arrays["symbols"].astype(np.uint32)
    if not len(numbers) == len(paths) == len(names) == len(texts):
        raise ValueError("tables of different lengths")
    entries = []
    at = 0
    for i, (first, chunks, lines, width, mtime_ns, size) in enumerate(numbers):
        language, digest, reason = texts[i].split("\x01")
        rows = array("I")
        rows.frombytes(symbols[at : at + width].tobytes())
        at += width
        entries.append(
            FileEntry(
                paths[i], i, first, chunks, lines, language, part_of(paths[i]), names[i], rows,
                mtime_ns, size, digest, reason,
            )
        )  # fmt: skip
    for line in _unpacked(arrays["commits"]):
        name, words, touched = line.split("\x01")
        index.commits.known[name] = Commit(
            name, tuple(words.split("\x02")) if words else (), tuple(touched.split("\x02"))
        )
    index.commits.replace(_unpacked(arrays["order"]), {})
    index.install(
        entries, _unpacked(arrays["words"]), arrays, _unpacked(arrays["messages"]),
        _unpacked(arrays["commit_of"]),
    )  # fmt: skip


def _commit_lines(index: Index) -> list[str]:
    known = index.commits.known
    return [
        f"{name}\x01{chr(2).join(known[name].words)}\x01{chr(2).join(known[name].paths)}"
        for name in index.commit_of
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
    """Another grammar or tokeniser makes other chunks."""
    names = ("tree-sitter", "tree-sitter-python", "tree-sitter-typescript", "numpy")
    return " ".join(["1", *FIELDS, *(version(name) for name in names)])


def _write(place: Path, arrays: dict[str, np.ndarray[Any, Any]]) -> None:
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    handle, name = tempfile.mkstemp(dir=place, prefix="index-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(buffer.getbuffer())
        os.replace(name, place / "index.npz")
    except BaseException:
        os.unlink(name)
        raise
