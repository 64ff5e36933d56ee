"""What was changed, by whom, and from what to what: written before it happens. Knows no project
folder."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from assistant.repo.store import Store
from assistant.types import Author as Author
from assistant.types import By as By
from assistant.types import FileAction, Origin


@dataclass(frozen=True, slots=True)
class Change:
    """One file from ``pre`` to ``post`` (hashes of contents in the journal; empty is absence).

    ``temp`` is the file waiting beside it while this happens, ``made`` the number of folders
    created for it. ``mode`` is what it was, ``became`` the mode it got where that is another.
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
    became: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """One writer's share of an entry that changed one file, from ``pre`` to ``post``."""

    author: Author
    why: str
    time: float
    pre: str
    post: str


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
    parts: tuple[Part, ...] = ()
    part: int = 0
    """Which part of the entry this is, counted from 1; 0 for all of it."""


def steps_of(entry: Entry) -> tuple[Entry, ...]:
    """An entry by who wrote what: its parts as entries of their own, or itself."""
    if not entry.parts:
        return (entry,)
    (change,) = entry.changes
    found = []
    for number, part in enumerate(entry.parts, 1):
        action = change.action if number == 1 else FileAction.MODIFY
        one = replace(change, action=action, pre=part.pre, post=part.post)
        moment = part.time or entry.time
        found.append(
            Entry(entry.id, moment, entry.state, part.author, part.why, (one,), None, part=number)
        )
    return tuple(found)


class Line(NamedTuple):
    """One step as it is listed: ``author`` is a value of :class:`By`."""

    entry: int
    part: int
    time: float
    author: str
    name: str
    run: str
    why: str
    files: tuple[str, ...]


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
        parts: Sequence[tuple[Origin, bytes]] = (),
    ) -> int:
        """Write down what is about to happen with the ``contents`` it needs; durable on return.

        ``parts`` say who wrote what of the one file that changes: each with the content after it,
        the last with the content that is written.
        """
        with self._store.transaction() as db:
            for data in contents:
                self._store.blobs.put(data)
            row = db.execute(
                "INSERT INTO tx(time,state,author,name,run,why,undoes) VALUES(?,?,?,?,?,?,?)",
                (time.time(), state, author.by, author.name, author.run, why, undoes),
            )
            number = int(row.lastrowid or 0)
            write_changes(db, number, changes)
            if len(parts) > 1 or (parts and parts[0][0].author != author):
                self._divide(db, number, changes, parts)
        return number

    def _divide(
        self,
        db: sqlite3.Connection,
        number: int,
        changes: Sequence[Change],
        parts: Sequence[tuple[Origin, bytes]],
    ) -> None:
        (change,) = changes
        pre, rows = change.pre, []
        for at, (origin, data) in enumerate(parts, 1):
            who, post = origin.author, self._store.blobs.put(data)
            named = (who.by, who.name, who.run, origin.why, origin.time)
            rows.append((number, at, *named, pre, post))
            pre = post
        if pre != change.post:
            raise ValueError("the parts of an entry must lead to what it writes")
        db.executemany("INSERT INTO part VALUES(?,?,?,?,?,?,?,?,?)", rows)

    def finish(self, entry: int, state: str = "done") -> None:
        """The entry happened (``done``) or was taken back (``undone``)."""
        with self._store.transaction() as db:
            db.execute("UPDATE tx SET state=? WHERE id=?", (state, entry))

    def running(self) -> list[Entry]:
        """Commands that were begun and not settled, oldest first; they are listed nowhere else."""
        return self._entries("WHERE state='running' ORDER BY id")

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

    def lines(self, limit: int, before: int | None = None, since: int = 0) -> list[Line]:
        """The time line to be read, by who wrote what, newest first: no contents, no paths."""
        last = before if before is not None else 1 << 62
        with self._store.reading() as db:
            rows = db.execute(
                "SELECT id,time,author,name,run,why FROM tx WHERE state IN ('done','published')"
                " AND id<? AND id>? ORDER BY id DESC LIMIT ?",
                (last, since, limit),
            ).fetchall()
            span = (rows[-1][0], rows[0][0]) if rows else (1, 0)
            files: dict[int, tuple[str, ...]] = {}
            for tx, path in db.execute(
                "SELECT tx,COALESCE(moved_to,path) FROM change"
                " WHERE tx BETWEEN ? AND ? ORDER BY id",
                span,
            ):
                files[tx] = (*files.get(tx, ()), os.fsdecode(path))
            parts: dict[int, list[tuple[Any, ...]]] = {}
            for tx, *part in db.execute(
                "SELECT tx,number,time,author,name,run,why FROM part WHERE tx BETWEEN ? AND ?"
                " ORDER BY tx, number DESC",
                span,
            ):
                parts.setdefault(tx, []).append(tuple(part))
        found = []
        for number, moment, author, name, run, why in rows:
            names = files.get(number, ())
            whole = [(0, moment, author, name, run, why)]
            for at, when, by, who, its_run, its_why in parts.get(number, whole):
                line = Line(number, at, when or moment, by, who, its_run, its_why, names)
                found.append(line)
        return found

    def after(self, number: int) -> list[Entry]:
        """Every entry later than this one by who wrote what, oldest first."""
        found = self._entries("WHERE state IN ('done','published') AND id>? ORDER BY id", (number,))
        return [step for entry in found for step in steps_of(entry)]

    def tally(self, number: int, part: int) -> tuple[int, int] | None:
        """Lines added and removed by a step, if they were counted."""
        with self._store.reading() as db:
            row = db.execute(
                "SELECT added,removed FROM tally WHERE tx=? AND part=?", (number, part)
            ).fetchone()
        return None if row is None else (int(row[0]), int(row[1]))

    def keep_tallies(self, rows: Sequence[tuple[int, int, int, int]]) -> None:
        """Entry, part, lines added and removed of each."""
        if rows:
            with self._store.transaction() as db:
                db.executemany("INSERT OR REPLACE INTO tally VALUES(?,?,?,?)", rows)

    def of_path(self, path: PurePosixPath) -> list[Entry]:
        """Every entry that changed ``path``, oldest first."""
        raw = os.fsencode(str(path))
        inside = "SELECT tx FROM change WHERE path=? OR moved_to=?"
        return self._entries(
            f"WHERE state IN ('done','published') AND id IN ({inside}) ORDER BY id", (raw, raw)
        )

    def newest_of(self, path: PurePosixPath) -> Entry | None:
        """The last entry that changed ``path``."""
        raw = os.fsencode(str(path))
        inside = "SELECT tx FROM change WHERE path=? OR moved_to=?"
        found = self._entries(
            f"WHERE state IN ('done','published') AND id IN ({inside}) ORDER BY id DESC LIMIT 1",
            (raw, raw),
        )
        return found[0] if found else None

    def since(self, moment: float) -> list[Entry]:
        """Every entry after ``moment`` (seconds since the epoch), oldest first."""
        return self._entries(
            "WHERE state IN ('done','published') AND time>? ORDER BY id", (moment,)
        )

    def of_run(self, run: str) -> list[Entry]:
        """What one run did, oldest first; of a save that others wrote too, its parts alone."""
        inside = "SELECT tx FROM part WHERE run=?"
        found = self._entries(
            f"WHERE state IN ('done','published') AND (run=? OR id IN ({inside})) ORDER BY id",
            (run, run),
        )
        return [step for entry in found for step in steps_of(entry) if step.author.run == run]

    def steps_of_path(self, path: PurePosixPath) -> list[Entry]:
        """Everything that changed ``path`` by who wrote it, oldest first."""
        return [step for entry in self.of_path(path) for step in steps_of(entry)]

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
                    "SELECT tx,id,action,path,moved_to,pre,post,mode,temp,made,became FROM change"  # noqa: S608
                    f" WHERE tx IN ({marks}) ORDER BY id",
                    ids,
                ):
                    changes.setdefault(found[0], []).append(_change(found))
            parts = self._parts(db, rows)
        return [
            Entry(
                r[0],
                r[1],
                r[2],
                Author(By(r[3]), r[4], r[5]),
                r[6],
                tuple(changes.get(r[0], ())),
                r[7],
                tuple(parts.get(r[0], ())),
            )
            for r in rows
        ]

    def _parts(
        self, db: sqlite3.Connection, rows: Sequence[tuple[Any, ...]]
    ) -> dict[int, list[Part]]:
        """The parts of these rows of ``tx``, by entry."""
        found: dict[int, list[Part]] = {}
        if rows:
            ids = [row[0] for row in rows]
            for tx, author, name, run, why, moment, pre, post in db.execute(
                "SELECT tx,author,name,run,why,time,pre,post FROM part"
                " WHERE tx BETWEEN ? AND ? ORDER BY tx, number",
                (min(ids), max(ids)),
            ):
                one = Part(Author(By(author), name, run), why, moment, pre, post)
                found.setdefault(tx, []).append(one)
        return found


def ends(entry: Entry) -> list[tuple[PurePosixPath, str, str]]:
    """``(path, hash before, hash after)``; a move is a file that goes and one that comes."""
    found = []
    for change in entry.changes:
        if change.action is FileAction.MOVE and change.moved_to is not None:
            found += [(change.path, change.pre, ""), (change.moved_to, "", change.post)]
        else:
            found.append((change.path, change.pre, change.post))
    return found


def write_changes(db: sqlite3.Connection, entry: int, changes: Sequence[Change]) -> None:
    """What ``entry`` changed; within a transaction."""
    db.executemany(
        "INSERT INTO change(tx,action,path,moved_to,pre,post,mode,temp,made,became)"
        " VALUES(?,?,?,?,?,?,?,?,?,?)",
        [_row(entry, change) for change in changes],
    )


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
        change.became,
    )


def _change(row: tuple[Any, ...]) -> Change:
    _, number, action, path, moved, pre, post, mode, temp, made, became = row
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
        int(became),
    )
