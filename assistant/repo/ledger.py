"""What was changed, by whom, and from what to what: written before it happens. Knows no project
folder."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Any

from assistant.repo.store import Store
from assistant.types import FileAction


class By(StrEnum):
    """Who caused a change."""

    PERSON = "person"
    MODEL = "model"
    FORMATTER = "formatter"
    COMMAND = "command"
    RESTORE = "restore"
    DISK = "disk"


@dataclass(frozen=True, slots=True)
class Author:
    """Who: the kind, a name for the person (a model, a program), and the run it belongs to."""

    by: By = By.PERSON
    name: str = ""
    run: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One file from ``pre`` to ``post`` (hashes of contents in the journal; empty is absence).

    ``temp`` is the file waiting beside it while this happens, ``made`` the number of folders
    created for it.
    """

    path: PurePosixPath
    action: FileAction
    pre: str
    post: str
    mode: int = 0
    moved_to: PurePosixPath | None = None
    temp: str = ""
    made: int = 0
    id: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """One moment of the time line: changes that happened together, or not at all."""

    id: int
    time: float
    state: str
    author: Author
    why: str
    changes: tuple[Change, ...]
    undoes: int | None = None


class Ledger:
    """The write-ahead list of changes. An entry is open, then done or undone; nothing is ever
    edited."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def begin(
        self,
        changes: Sequence[Change],
        contents: Sequence[bytes],
        author: Author,
        why: str,
        undoes: int | None = None,
        state: str = "open",
    ) -> int:
        """Write down what is about to happen with the ``contents`` it needs; durable on return."""
        with self._store.transaction() as db:
            for data in contents:
                self._store.blobs.put(data)
            row = db.execute(
                "INSERT INTO tx(time,state,author,name,run,why,undoes) VALUES(?,?,?,?,?,?,?)",
                (time.time(), state, author.by, author.name, author.run, why, undoes),
            )
            number = int(row.lastrowid or 0)
            db.executemany(
                "INSERT INTO change(tx,action,path,moved_to,pre,post,mode,temp,made)"
                " VALUES(?,?,?,?,?,?,?,?,?)",
                [_row(number, change) for change in changes],
            )
        return number

    def finish(self, entry: int, state: str = "done") -> None:
        """The entry happened (``done``) or was taken back (``undone``)."""
        with self._store.transaction() as db:
            db.execute("UPDATE tx SET state=? WHERE id=?", (state, entry))

    def unfinished(self) -> list[Entry]:
        """What was begun by an owner that died."""
        return self._entries("WHERE state IN ('open','published') ORDER BY id")

    def entry(self, number: int) -> Entry | None:
        found = self._entries("WHERE id=?", (number,))
        return found[0] if found else None

    def entries(self, limit: int = 200, before: int | None = None) -> list[Entry]:
        """The newest ``limit`` entries that happened, newest first; ``before`` an id, for the
        next page."""
        last = before if before is not None else 1 << 62
        return self._entries(
            "WHERE state IN ('done','published') AND id<? ORDER BY id DESC LIMIT ?", (last, limit)
        )

    def of_path(self, path: PurePosixPath) -> list[Entry]:
        """Every entry that changed ``path``, oldest first."""
        raw = os.fsencode(str(path))
        inside = "SELECT tx FROM change WHERE path=? OR moved_to=?"
        return self._entries(
            f"WHERE state IN ('done','published') AND id IN ({inside}) ORDER BY id", (raw, raw)
        )

    def since(self, moment: float) -> list[Entry]:
        """Every entry after ``moment`` (seconds since the epoch), oldest first."""
        return self._entries(
            "WHERE state IN ('done','published') AND time>? ORDER BY id", (moment,)
        )

    def of_run(self, run: str) -> list[Entry]:
        """Every entry of one run, oldest first."""
        return self._entries("WHERE state IN ('done','published') AND run=? ORDER BY id", (run,))

    def content(self, key: str) -> bytes:
        """The bytes a change names; empty for absence."""
        if not key:
            return b""
        with self._store.reading():
            return self._store.blobs.get(key)

    def _entries(self, where: str, values: Sequence[object] = ()) -> list[Entry]:
        with self._store.reading() as db:
            rows = db.execute(
                f"SELECT id,time,state,author,name,run,why,undoes FROM tx {where}",  # noqa: S608
                tuple(values),
            ).fetchall()
            changes: dict[int, list[Change]] = {}
            for start in range(0, len(rows), 500):
                ids = [row[0] for row in rows[start : start + 500]]
                marks = ",".join("?" * len(ids))
                for found in db.execute(
                    "SELECT tx,id,action,path,moved_to,pre,post,mode,temp,made FROM change"  # noqa: S608
                    f" WHERE tx IN ({marks}) ORDER BY id",
                    ids,
                ):
                    changes.setdefault(found[0], []).append(_change(found))
        return [
            Entry(
                r[0],
                r[1],
                r[2],
                Author(By(r[3]), r[4], r[5]),
                r[6],
                tuple(changes.get(r[0], ())),
                r[7],
            )
            for r in rows
        ]


def _row(entry: int, change: Change) -> tuple[object, ...]:
    moved = None if change.moved_to is None else os.fsencode(str(change.moved_to))
    return (
        entry,
        change.action.value,
        os.fsencode(str(change.path)),
        moved,
        change.pre,
        change.post,
        change.mode,
        os.fsencode(change.temp),
        str(change.made),
    )


def _change(row: tuple[Any, ...]) -> Change:
    _, number, action, path, moved, pre, post, mode, temp, made = row
    return Change(
        PurePosixPath(os.fsdecode(path)),
        FileAction(action),
        str(pre),
        str(post),
        int(mode),
        None if moved is None else PurePosixPath(os.fsdecode(moved)),
        os.fsdecode(temp),
        int(made),
        int(number),
    )
