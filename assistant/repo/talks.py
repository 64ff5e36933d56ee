"""Conversations that outlive the program: their turns, what was proposed and decided. Knows the
journal's tables.

Nothing of a conversation is ever deleted by going back in it: what came later is set aside, and can
be brought back.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from assistant.repo.serial import changes_from_json, changes_to_json

if TYPE_CHECKING:
    from assistant.repo.store import Store
    from assistant.types import ChangeSet


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and its answer; secrets stand as the placeholders that were sent.

    ``changes`` is what was proposed with the last states of its hunks.
    """

    number: int
    question: str
    about: str = ""
    """The selected lines that went along."""
    said: str = ""
    run: str = ""
    model: str = ""
    cost: float | None = None
    seconds: float = 0.0
    time: float = 0.0
    changes: ChangeSet | None = None
    ended: bool = False
    """Whether the answer is complete, stopped or failed; not when the program died before."""

    @property
    def words(self) -> str:
        """The question as a model is told of it later."""
        return f"{self.question}\n\n(about {self.about})" if self.about else self.question


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation in the list. ``cost`` is what its turns cost together, None when unknown."""

    id: str
    title: str
    time: float
    turns: int = 0
    model: str = ""
    cost: float | None = None


class TalkBook:
    """Conversations of one project, newest first."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def put(self, talk: str, title: str, turn: Turn) -> None:
        """Keep a turn in place of what was kept under its number; a first turn makes the talk."""
        now = turn.time or time.time()
        with self._store.transaction() as db:
            db.execute("INSERT OR IGNORE INTO talk VALUES(?,?,?,NULL)", (talk, now, title))
            db.execute("UPDATE talk SET time=max(time,?) WHERE id=?", (now, talk))
            db.execute(
                "INSERT OR REPLACE INTO turn VALUES(?,?,?,?,NULL,?)",
                (talk, turn.number, now, turn.run, _to_json(turn)),
            )

    def talks(self, limit: int = 500) -> list[Talk]:
        """Conversations that have a turn, the one spoken in last first."""
        with self._store.reading() as db:
            rows = db.execute(
                "SELECT id,title,time FROM talk WHERE gone IS NULL AND EXISTS"
                " (SELECT 1 FROM turn WHERE talk=talk.id AND turn.gone IS NULL)"
                " ORDER BY time DESC LIMIT ?",
                (limit,),
            ).fetchall()
            return [self._talk(db, *row) for row in rows]

    def _talk(self, db: sqlite3.Connection, id: str, title: str, moment: float) -> Talk:
        rows = db.execute(
            "SELECT json_extract(data,'$.model'), json_extract(data,'$.cost') FROM turn"
            " WHERE talk=? AND gone IS NULL ORDER BY number",
            (id,),
        ).fetchall()
        known = [cost for _, cost in rows if cost is not None]
        cost = sum(known) if len(known) == len(rows) else None
        return Talk(id, title, moment, len(rows), next((m for m, _ in rows[::-1] if m), ""), cost)

    def turns(self, talk: str) -> list[Turn]:
        """The turns that stand, in their order."""
        with self._store.reading() as db:
            rows = db.execute(
                "SELECT number,time,run,data FROM turn WHERE talk=? AND gone IS NULL"
                " ORDER BY number",
                (talk,),
            ).fetchall()
        return [_from_json(*row) for row in rows]

    def of_run(self, run: str) -> tuple[str, int] | None:
        """The conversation and the number of the turn that a run was."""
        with self._store.reading() as db:
            row = db.execute(
                "SELECT talk,number FROM turn WHERE run=? AND run!='' LIMIT 1", (run,)
            ).fetchone()
        return None if row is None else (str(row[0]), int(row[1]))

    def runs_with_turns(self) -> frozenset[str]:
        with self._store.reading() as db:
            return frozenset(r[0] for r in db.execute("SELECT run FROM turn WHERE gone IS NULL"))

    def next_number(self, talk: str) -> int:
        """Numbers of turns that were set aside are not used again."""
        with self._store.reading() as db:
            row = db.execute("SELECT MAX(number) FROM turn WHERE talk=?", (talk,)).fetchone()
        return 1 if row[0] is None else int(row[0]) + 1

    def go_back(self, talk: str, number: int) -> int:
        """Set aside every turn from ``number`` on; returns how many."""
        with self._store.transaction() as db:
            done = db.execute(
                "UPDATE turn SET gone=? WHERE talk=? AND number>=? AND gone IS NULL",
                (time.time(), talk, number),
            )
            return int(done.rowcount)

    def bring_back(self, talk: str, numbers: Sequence[int]) -> None:
        """Turns that were set aside stand again."""
        with self._store.transaction() as db:
            db.executemany(
                "UPDATE turn SET gone=NULL WHERE talk=? AND number=?",
                [(talk, number) for number in numbers],
            )

    def set_aside(self, talk: str, gone: bool = True) -> None:
        """Take a whole conversation out of the list, or put it back. No file is touched."""
        with self._store.transaction() as db:
            db.execute("UPDATE talk SET gone=? WHERE id=?", (time.time() if gone else None, talk))


def _to_json(turn: Turn) -> str:
    changes = None if turn.changes is None else changes_to_json(turn.changes)
    return json.dumps(
        {
            "question": turn.question,
            "about": turn.about,
            "said": turn.said,
            "model": turn.model,
            "cost": turn.cost,
            "seconds": turn.seconds,
            "ended": turn.ended,
            "changes": changes,
        },
        separators=(",", ":"),
    )


def _from_json(number: int, moment: float, run: str, data: str) -> Turn:
    item: dict[str, Any] = json.loads(data)
    changes = item.get("changes")
    turn = Turn(number, item["question"], item["about"], item["said"], run, item["model"])
    return replace(
        turn,
        cost=item["cost"],
        seconds=item["seconds"],
        time=moment,
        changes=None if changes is None else changes_from_json(changes),
        ended=item["ended"],
    )
