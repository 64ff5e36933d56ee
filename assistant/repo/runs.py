"""What is remembered of runs: model, cost, times, and which conversation. Knows the journal's
tables.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.repo.store import Store


@dataclass(frozen=True, slots=True)
class RunNote:
    """One run as it ended. ``cost`` is in US dollars, None when the price is not known."""

    id: str
    title: str
    model: str
    cost: float | None = None
    seconds: float = 0.0
    thought: float = 0.0
    """Seconds of thinking before the answer."""
    tokens: int = 0
    time: float = 0.0
    talk: str = ""
    """The conversation it belongs to; empty for an edit in place."""


class RunBook:
    """Notes by the id of a run."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def put(self, note: RunNote) -> None:
        data = {
            "title": note.title,
            "model": note.model,
            "cost": note.cost,
            "seconds": note.seconds,
            "thought": note.thought,
            "tokens": note.tokens,
        }
        moment = note.time or time.time()
        with self._store.transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO run VALUES(?,?,?,?)",
                (note.id, moment, note.talk, json.dumps(data)),
            )

    def get(self, run: str) -> RunNote | None:
        return self.many([run]).get(run)

    def many(self, runs: Sequence[str]) -> Mapping[str, RunNote]:
        """The notes of those that are known."""
        found: dict[str, RunNote] = {}
        wanted = sorted(set(runs) - {""})
        with self._store.reading() as db:
            for start in range(0, len(wanted), 500):
                some = wanted[start : start + 500]
                marks = ",".join("?" * len(some))
                query = f"SELECT id,time,talk,data FROM run WHERE id IN ({marks})"  # noqa: S608
                for row in db.execute(query, some):
                    found[row[0]] = _note(*row)
        return found


def _note(run: str, moment: float, talk: str, data: str) -> RunNote:
    item: dict[str, Any] = json.loads(data)
    cost = item.get("cost")
    return RunNote(
        run,
        str(item.get("title", "")),
        str(item.get("model", "")),
        None if cost is None else float(cost),
        float(item.get("seconds", 0)),
        float(item.get("thought", 0)),
        int(item.get("tokens", 0)),
        moment,
        talk,
    )
