"""Commands that are at work on the person's files: written down before they start. Knows the
journal's tables, no file."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assistant.repo.ledger import Author, Change, Entry, Ledger, write_changes
from assistant.repo.store import Store


@dataclass(frozen=True, slots=True)
class Announced:
    """A command and what stood before it: ``snapshot`` names the files that are kept, ``stamps``
    are of those that are not, by name. ``point`` is the checkpoint that was made for it, or 0.
    """

    entry: int
    author: Author
    snapshot: str = ""
    point: int = 0
    stamps: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """What a command changed: ``changes`` where it came first, ``later`` where files were saved
    while it ran and then changed again. ``contents`` is what they name.
    """

    changes: Sequence[Change]
    later: Sequence[Change]
    contents: Sequence[bytes]


class CommandBook:
    """An entry that is announced is listed nowhere before it is settled."""

    def __init__(self, store: Store, ledger: Ledger) -> None:
        self._store, self._ledger = store, ledger

    def announce(
        self, author: Author, snapshot: str, point: int, stamps: Mapping[str, str]
    ) -> Announced:
        """A command is about to run; durable on return. Raises DiskFailed."""
        note = json.dumps({"snapshot": snapshot, "point": point, "stamps": dict(stamps)})
        with self._store.transaction() as db:
            row = db.execute(
                "INSERT INTO tx(time,state,author,name,run,why) VALUES(?,'running',?,?,?,?)",
                (time.time(), author.by, author.name, author.run, author.name),
            )
            number = int(row.lastrowid or 0)
            db.execute(
                "INSERT INTO record VALUES('command',?,?,?,'')", (str(number), time.time(), note)
            )
        return Announced(number, author, snapshot, point, stamps)

    def announced(self) -> list[Announced]:
        """Commands that were not settled, oldest first."""
        with self._store.reading() as db:
            rows = db.execute("SELECT key,data FROM record WHERE kind='command'").fetchall()
        notes = {int(key): json.loads(data) for key, data in rows}
        return [_announced(entry, notes.get(entry.id, {})) for entry in self._ledger.running()]

    def settle(self, one: Announced, effect: Effect, why: str) -> int:
        """What it did, as one entry, or two where there is something ``later``. Returns the newest
        entry, 0 when it did nothing. Raises DiskFailed; then it is still announced.
        """
        number, newest = one.entry, one.entry if effect.changes else 0
        with self._store.transaction() as db:
            for data in effect.contents:
                self._store.blobs.put(data)
            write_changes(db, number, effect.changes)
            db.execute("DELETE FROM record WHERE kind='command' AND key=?", (str(number),))
            if effect.later:
                who = one.author
                row = db.execute(
                    "INSERT INTO tx(time,state,author,name,run,why) VALUES(?,'done',?,?,?,?)",
                    (time.time(), who.by, who.name, who.run, why),
                )
                newest = int(row.lastrowid or 0)
                write_changes(db, newest, effect.later)
            if effect.changes:
                db.execute("UPDATE tx SET state='done', why=? WHERE id=?", (why, number))
            else:
                db.execute("DELETE FROM tx WHERE id=?", (number,))
        return newest


def _announced(entry: Entry, note: Mapping[str, object]) -> Announced:
    stamps = note.get("stamps")
    known = stamps if isinstance(stamps, dict) else {}
    point = note.get("point", 0)
    number = point if isinstance(point, int) else 0
    return Announced(entry.id, entry.author, str(note.get("snapshot", "")), number, known)
