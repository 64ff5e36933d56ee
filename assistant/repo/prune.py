"""The journal kept below a size: the oldest entries go, what is referenced stays. Knows no
project."""

from __future__ import annotations

import time
from dataclasses import dataclass

from assistant.repo.journal import Journal

TALKS = 64 << 20
"""Bytes of conversations that are kept however old they are."""
_USED = (
    "SELECT pre FROM change UNION SELECT post FROM change UNION SELECT anchor FROM buffer"
    " UNION SELECT blob FROM record UNION SELECT pre FROM part UNION SELECT post FROM part"
    " UNION SELECT post FROM step"
)
_STALE_SPANS = (
    "DELETE FROM spans WHERE hash NOT LIKE 'buffer:%' AND hash NOT IN (SELECT hash FROM blob)"
    " AND time < (SELECT MAX(time) FROM spans AS newer WHERE newer.path=spans.path)"
)
"""The newest version of each file keeps its writers, however old it is."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """What pruning did: entries of the time line dropped, contents removed, bytes of content
    before and after."""

    dropped: int
    contents: int
    bytes_before: int
    bytes_after: int


@dataclass(frozen=True, slots=True)
class Room:
    """What the journal uses: bytes on disk, entries, and the time of the oldest (0 without any);
    ``points`` are the bytes of checkpoints among them.
    """

    used: int
    entries: int
    oldest: float
    points: int = 0


def room_of(journal: Journal) -> Room:
    """How much the journal of one project uses, everything in its folder counted."""
    used = sum(path.stat().st_size for path in journal.store.folder.rglob("*") if path.is_file())
    with journal.store.reading() as db:
        count, oldest = db.execute("SELECT COUNT(*), MIN(time) FROM tx").fetchone()
    return Room(used, int(count), float(oldest or 0))


def prune(journal: Journal, *, limit: int = 2 << 30, keep_seconds: float = 7 * 86400) -> Pruned:
    """Drop the oldest finished entries until the contents fit ``limit`` bytes.

    Entries younger than ``keep_seconds``, unfinished ones, unsaved buffers and waiting proposals
    always stay, so the result may be larger than the limit.
    """
    store = journal.store
    before, dropped, contents = store.blobs.size(), 0, 0
    with store.transaction() as db:
        contents += store.blobs.drop_unused(_USED)
        while store.blobs.size() > limit:
            rows = db.execute(
                "SELECT id FROM tx WHERE state IN ('done','undone') AND time<? ORDER BY id LIMIT ?",
                (time.time() - keep_seconds, _step(journal)),
            ).fetchall()
            if not rows:
                break
            for (number,) in rows:
                for table in ("change", "part", "tally", "point"):
                    db.execute(f"DELETE FROM {table} WHERE tx=?", (number,))  # noqa: S608
                db.execute("DELETE FROM tx WHERE id=?", (number,))
            dropped += len(rows)
            contents += store.blobs.drop_unused(_USED)
        db.execute(_STALE_SPANS)
        _forget_talks(journal, time.time() - keep_seconds)
        after = store.blobs.size()
    try:
        with store.reading():  # nobody puts a content down meanwhile
            store.blobs.sweep()
    except OSError as error:
        journal.notes.append(f"Clearing up the journal waits: {error.strerror}.")
    if dropped or contents:
        with store.reading() as db:
            db.execute("VACUUM")
    return Pruned(dropped, contents, before, after)


def _forget_talks(journal: Journal, before: float) -> None:
    """Conversations and turns that were set aside go; of the others the oldest above the limit."""
    db = journal.store.db
    db.execute(
        "DELETE FROM turn WHERE gone<? OR talk IN (SELECT id FROM talk WHERE gone<?)", (before,) * 2
    )
    for (talk,) in db.execute(
        "SELECT id FROM talk WHERE time<? ORDER BY time", (before,)
    ).fetchall():
        used = db.execute("SELECT COALESCE(SUM(LENGTH(data)),0) FROM turn").fetchone()[0]
        if used <= TALKS:
            break
        db.execute("DELETE FROM turn WHERE talk=?", (talk,))
    db.execute("DELETE FROM talk WHERE NOT EXISTS (SELECT 1 FROM turn WHERE talk=talk.id)")


def _step(journal: Journal) -> int:
    """A twentieth of the entries at a time, so that a long journal takes twenty looks and not
    thousands."""
    count = journal.store.db.execute("SELECT COUNT(*) FROM tx").fetchone()[0]
    return max(int(count) // 20, 1)
