"""Who wrote each character of a version, as the editor saw it. Knows the journal's tables, no file.

A version is a path and the hash of its bytes, so that a file which comes back to an old version has
its writers back too. An unsaved buffer has a row of its own, with the steps that led to it.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Sequence
from pathlib import PurePosixPath

from assistant.repo.saver import digest
from assistant.repo.store import Store
from assistant.types import Author, By, Origin, Passage, Step

BUFFER = "buffer:"
"""Before the hash of an unsaved text, which is the hash of its UTF-8 bytes."""


class PassageBook:
    """Writers by version. What was never put is not known: the time line tells it by lines then."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def put(self, path: PurePosixPath, key: str, passages: Sequence[Passage]) -> None:
        """The version ``key`` of ``path`` was written by these, from its first character on."""
        with self._store.transaction() as db:
            _put(db, path, key, passages)

    def get(self, path: PurePosixPath, key: str) -> tuple[Passage, ...] | None:
        with self._store.reading() as db:
            row = db.execute(
                "SELECT data FROM spans WHERE path=? AND hash=?", (_raw(path), key)
            ).fetchone()
        return None if row is None else passages_from_json(row[0])

    def keep_buffer(
        self, path: PurePosixPath, text: str, passages: Sequence[Passage], steps: Sequence[Step]
    ) -> None:
        """The writers of an unsaved text, and the steps that led to it from what was saved."""
        with self._store.transaction() as db:
            _drop(db, path)
            _put(db, path, BUFFER + _hash(text), passages)
            for number, step in enumerate(steps):
                post = self._store.blobs.put(_bytes(step.after))
                origin = json.dumps(_origin(step.origin))
                db.execute("INSERT INTO step VALUES(?,?,?,?)", (_raw(path), number, origin, post))

    def buffer(
        self, path: PurePosixPath, text: str
    ) -> tuple[tuple[Passage, ...] | None, tuple[Step, ...]]:
        """What :meth:`keep_buffer` was told of exactly this text."""
        found = self.get(path, BUFFER + _hash(text))
        if found is None:
            return None, ()
        with self._store.reading() as db:
            rows = db.execute(
                "SELECT origin,post FROM step WHERE path=? ORDER BY number", (_raw(path),)
            ).fetchall()
            return found, tuple(
                Step(
                    _to_origin(json.loads(row[0])),
                    self._store.blobs.get(row[1]).decode("utf-8", "surrogatepass"),
                )
                for row in rows
            )

    def drop_buffer(self, path: PurePosixPath) -> None:
        with self._store.transaction() as db:
            _drop(db, path)


def _drop(db: sqlite3.Connection, path: PurePosixPath) -> None:
    db.execute("DELETE FROM step WHERE path=?", (_raw(path),))
    db.execute("DELETE FROM spans WHERE path=? AND hash LIKE 'buffer:%'", (_raw(path),))


def _put(
    db: sqlite3.Connection, path: PurePosixPath, key: str, passages: Sequence[Passage]
) -> None:
    db.execute(
        "INSERT OR REPLACE INTO spans VALUES(?,?,?,?)",
        (_raw(path), key, time.time(), passages_to_json(passages)),
    )


def passages_to_json(passages: Sequence[Passage]) -> str:
    """Each origin once, then runs of characters by the number of their origin."""
    numbers: dict[Origin, int] = {}
    runs = [[one.size, numbers.setdefault(one.origin, len(numbers))] for one in passages]
    origins = [_origin(origin) for origin in numbers]
    return json.dumps({"origins": origins, "runs": runs}, separators=(",", ":"))


def passages_from_json(text: str) -> tuple[Passage, ...]:
    """What :func:`passages_to_json` wrote."""
    data = json.loads(text)
    origins = [_to_origin(item) for item in data["origins"]]
    return tuple(Passage(size, origins[number]) for size, number in data["runs"])


def _origin(origin: Origin) -> list[object]:
    who = origin.author
    return [who.by.value, who.name, who.run, origin.entry, origin.why, origin.time]


def _to_origin(item: Sequence[object]) -> Origin:
    by, name, run, entry, why, moment = item
    who = Author(By(str(by)), str(name), str(run))
    return Origin(who, int(str(entry)), str(why), float(str(moment)))


def _hash(text: str) -> str:
    return digest(_bytes(text))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _raw(path: PurePosixPath) -> bytes:
    return os.fsencode(str(path))
