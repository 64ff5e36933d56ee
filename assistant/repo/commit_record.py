"""What the journal knows of the commits that Galley made. Knows no git."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from assistant.errors import CommitFailed
from assistant.repo.journal import Journal
from assistant.repo.serial import changes_from_json, changes_to_json
from assistant.repo.tree import Entries, Entry
from assistant.types import ChangeSet, Receipt

Record = dict[str, Any]
HUNKS_KEPT = 20
"""Commits whose hunks are remembered."""


def mark(journal: Journal, commit: str, record: Record) -> None:
    """Write down how far the commit is; durable on return."""
    with journal.store.transaction() as db:
        db.execute(
            "INSERT OR REPLACE INTO record VALUES('commit',?,?,?,'')",
            (commit, time.time(), json.dumps(record)),
        )


def records(journal: Journal, *states: str) -> list[tuple[str, Record]]:
    """Commits in one of ``states``, the newest first."""
    with journal.store.reading() as db:
        rows = db.execute(
            "SELECT key,data FROM record WHERE kind='commit' ORDER BY time DESC"
        ).fetchall()
    found = [(key, dict(json.loads(data))) for key, data in rows]
    return [(key, one) for key, one in found if one["state"] in states]


def undoable(journal: Journal, commit: str) -> Record:
    """The record of a commit that stands; CommitFailed when Galley did not make it."""
    found = dict(records(journal, "done", "open")).get(commit)
    if found is None:
        raise CommitFailed("This is not a commit that Galley can undo.", "Use git revert instead.")
    return found


def ours_since(journal: Journal, old: str, now: str) -> bool:
    """Whether everything between ``old`` and ``now`` was made, or taken back, by Galley."""
    made = _below(now, dict(records(journal, "done", "open")))
    return not made.isdisjoint(_below(old, dict(records(journal, "undone"))))


def _below(commit: str, known: dict[str, Record]) -> set[str]:
    """``commit`` and what it stands on, as far as ``known`` records go."""
    found = {commit}
    while commit in known and known[commit]["old"] not in found:
        commit = str(known[commit]["old"])
        found.add(commit)
    return found


def receipt_of(commit: str, record: Record) -> Receipt:
    """The receipt as it was given then, as far as undoing needs it."""
    branch = str(record["ref"]).removeprefix("refs/heads/")
    files = tuple(PurePosixPath(path) for path in record["files"])
    subject = str(record.get("subject", ""))
    return Receipt(commit, "" if branch == "HEAD" else branch, files, subject=subject)


def remember_hunks(
    journal: Journal, commit: str, changes: Sequence[ChangeSet], models: Sequence[str]
) -> None:
    """What a commit holds, so that undoing it later can offer the same hunks again; the newest few
    only.
    """
    data = json.dumps({"models": list(models), "sets": [changes_to_json(one) for one in changes]})
    with journal.store.transaction() as db:
        db.execute(
            "INSERT OR REPLACE INTO record VALUES('hunks',?,?,?,'')", (commit, time.time(), data)
        )
        db.execute(
            "DELETE FROM record WHERE kind='hunks' AND key NOT IN"
            " (SELECT key FROM record WHERE kind='hunks' ORDER BY time DESC LIMIT ?)",
            (HUNKS_KEPT,),
        )


def hunks_of(journal: Journal, commit: str) -> tuple[tuple[ChangeSet, ...], str]:
    """What :func:`remember_hunks` was told, and the model that wrote them; nothing when it is too
    long ago.
    """
    with journal.store.reading() as db:
        row = db.execute(
            "SELECT data FROM record WHERE kind='hunks' AND key=?", (commit,)
        ).fetchone()
    if row is None:
        return (), ""
    data = json.loads(row[0])
    sets = tuple(changes_from_json(text) for text in data["sets"])
    return sets, str(data["models"][0]) if len(data["models"]) == 1 else ""


def remember(journal: Journal, key: str, data: Record) -> None:
    """A choice for this project that outlives the program."""
    with journal.store.transaction() as db:
        db.execute(
            "INSERT OR REPLACE INTO record VALUES('choice',?,?,?,'')",
            (key, time.time(), json.dumps(data)),
        )


def remembered(journal: Journal, key: str) -> Record:
    """What :func:`remember` was given last; empty when nothing was."""
    with journal.store.reading() as db:
        row = db.execute("SELECT data FROM record WHERE kind='choice' AND key=?", (key,)).fetchone()
    return {} if row is None else dict(json.loads(row[0]))


def packed(entries: Entries) -> dict[str, list[str] | None]:
    """Entries for JSON."""
    return {path: None if e is None else [e.mode, e.oid] for path, e in entries.items()}


def unpacked(data: dict[str, list[str] | None]) -> Entries:
    """What :func:`packed` made."""
    return {path: None if v is None else Entry(v[0], v[1]) for path, v in data.items()}
