"""Checkpoints as moments of the time line: taken, listed, compared, gone back to, kept in bounds.

A checkpoint holds the whole folder, also what no program of ours ever changed. Going back to one is
first a list, then a change like any other, which can be taken back.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from assistant.errors import Forgotten, RepoError
from assistant.repo.checkpoints import Checkpoints
from assistant.repo.door import WriteDoor
from assistant.repo.history import RestorePlan, Step
from assistant.repo.journal import Journal
from assistant.repo.ledger import By, Entry, ends
from assistant.repo.saver import runnable
from assistant.repo.treediff import Difference
from assistant.writers import NAMED

AUTOMATIC = 50
"""How many checkpoints that nobody named are kept."""
ROOM = 1 << 30
"""Bytes that all checkpoints of a folder may take; the oldest go first."""
MOST_BYTES = 256 << 20
"""Bytes that one restore brings back at once."""
_RUNS = "100755"


@dataclass(frozen=True, slots=True)
class Point:
    """``kind`` is named, or what it was taken before; ``skipped`` are files it does not hold."""

    entry: int
    snapshot: str
    kind: str
    title: str
    time: float
    skipped: tuple[PurePosixPath, ...] = ()
    fresh: bool = True
    """Whether it was taken just now; else nothing had changed since."""


@dataclass(frozen=True, slots=True)
class Since:
    """One file that differs from a checkpoint; None where it is not there."""

    path: PurePosixPath
    before: bytes | None
    after: bytes | None


class Points:
    """Of one project. ``vault`` gives its snapshots; it raises RepoError where none are kept."""

    def __init__(self, journal: Journal, door: WriteDoor, vault: Callable[[], Checkpoints]) -> None:
        self._journal, self._door, self._vault = journal, door, vault
        self._lock = threading.Lock()

    def snapshots(self) -> Checkpoints:
        """Where they are kept. Raises RepoError for the home folder and the root of a disk."""
        return self._vault()

    def take(self, title: str, kind: str = NAMED, also: Sequence[PurePosixPath] = ()) -> Point:
        """Keep all files as they are now. One that nobody named is not taken twice of the same.

        Raises RepoError when it cannot be kept.
        """
        with self._lock:
            return self._take(title, kind, also)

    def _take(self, title: str, kind: str, also: Sequence[PurePosixPath]) -> Point:
        vault = self._vault()
        taken = vault.take(title, also)
        last = self._last()
        if kind != NAMED and last is not None and self._same(vault, last, taken.tree):
            vault.drop([taken.commit])
            return replace(last, skipped=taken.skipped, fresh=False)
        data = {"skipped": [str(path) for path in taken.skipped]}
        with self._journal.store.transaction() as db:
            row = db.execute(
                "INSERT INTO tx(time,state,author,name,run,why) VALUES(?,'done',?,'','',?)",
                (taken.time, By.CHECKPOINT, title),
            )
            number = int(row.lastrowid or 0)
            db.execute(
                "INSERT INTO point VALUES(?,?,?,?)",
                (number, taken.commit, kind, json.dumps({**data, "tree": taken.tree})),
            )
        return Point(number, taken.commit, kind, title, taken.time, taken.skipped)

    def before(self, title: str, kind: str) -> str:
        """:meth:`take` ahead of something that is journaled anyway: a sentence where it could not
        be kept, else nothing.
        """
        try:
            self.take(title, kind)
        except RepoError as error:
            return f"No checkpoint was taken before: {error.cause}"
        return ""

    def drop(self, point: Point) -> None:
        """It was needed for a while only."""
        with self._lock:
            self._forget(self._vault(), [point])

    def of(self, entry: int) -> Point:
        """The checkpoint of an entry of the time line. Forgotten when it was pruned."""
        found = self._points("WHERE tx=?", (entry,))
        if not found:
            raise Forgotten("That checkpoint is not kept any more.", "Look at the list again.")
        return found[0]

    def since(self, entry: int) -> list[Since]:
        """What differs now from the checkpoint, plain files with contents, as far as they fit."""
        vault = self._vault()
        differs, _ = vault.since(self.of(entry).snapshot)
        plain = [one for one in differs if one.plain]
        blobs = vault.contents(_fitting(vault, plain, both=True))
        sides = [(PurePosixPath(d.path), d.old, d.new) for d in plain]
        return [
            Since(path, blobs[old.oid] if old else None, blobs[new.oid] if new else None)
            for path, old, new in sides
            if all(side.oid in blobs for side in (old, new) if side is not None)
        ]

    # -- going back --------------------------------------------------------------------------------

    def plan(self, entry: int) -> RestorePlan:
        """Every file as the checkpoint has it. What came since without a trace in the journal stays
        unless it is ticked.
        """
        point, vault = self.of(entry), self._vault()
        differs, _ = vault.since(point.snapshot)
        plain = [one for one in differs if one.plain]
        blobs = vault.contents(_fitting(vault, plain, both=False))
        ours = self._written_since(entry)
        steps = [self._step(one, blobs, ours) for one in plain]
        links = [PurePosixPath(one.path) for one in differs if not one.plain]
        steps += [Step(path, "left", why="It is a link, or was one.") for path in links]
        steps += [
            Step(path, "left", why="The checkpoint does not hold it: too large, or no plain file.")
            for path in point.skipped
        ]
        return RestorePlan(f"Back to checkpoint: {point.title}", tuple(steps))

    def _step(self, one: Difference, blobs: dict[str, bytes], ours: set[PurePosixPath]) -> Step:
        path = PurePosixPath(one.path)
        try:
            now = self._door.read(path)
        except RepoError as error:
            return Step(path, "left", why=error.cause)
        if one.old is None:
            if not now.exists:
                return Step(path, "nothing")
            why = "" if path in ours else "It came since, and not through Galley."
            return Step(path, "delete", None, now.hash, why, careful=path not in ours)
        data = blobs.get(one.old.oid)
        if data is None:
            return Step(path, "left", why="Its content is not held any more, or is too large.")
        runs = one.old.mode == _RUNS
        if not now.exists:
            return Step(path, "create", data, mode=0o755 if runs else 0)
        mode = runnable(now.mode) if runs else now.mode & ~0o111
        if data == now.data and mode == now.mode:
            return Step(path, "nothing")
        return Step(path, "change", data, now.hash, mode=mode if mode != now.mode else 0)

    def _written_since(self, entry: int) -> set[PurePosixPath]:
        """Files that the journal saw change since."""
        later = self._journal.ledger.after(entry)
        return {path for step in later for path, _, _ in ends(step)}

    # -- in bounds ---------------------------------------------------------------------------------

    def size(self) -> int:
        """Bytes that the checkpoints take, 0 where none are kept."""
        try:
            return self._vault().size()
        except RepoError:
            return 0  # the home folder: there are none

    def tidy(self, automatic: int = AUTOMATIC, room: int = ROOM) -> int:
        """Forget the oldest that nobody named, all but the newest ``automatic`` of them, and more
        while they take more than ``room`` bytes; how many.
        """
        with self._lock:
            try:
                return self._tidy(self._vault(), automatic, room)
            except RepoError as error:
                self._journal.notes.append(f"Clearing up checkpoints waits: {error.cause}")
                return 0

    def _tidy(self, vault: Checkpoints, most: int, room: int) -> int:
        points = self._points("ORDER BY tx")
        lost = set(vault.commits()) - {point.snapshot for point in points}
        vault.drop(lost)
        automatic = [point for point in points if point.kind != NAMED]
        gone = automatic[: -most or None]
        self._forget(vault, gone)
        rest = [p for p in (*automatic, *points) if p not in gone]
        if gone or lost:
            vault.pack()
        while rest and vault.size() > room:
            some = list(dict.fromkeys(rest))[: max(1, len(rest) // 8)]
            self._forget(vault, some)
            vault.pack()
            gone, rest = [*gone, *some], [p for p in rest if p not in some]
        return len(gone)

    def _forget(self, vault: Checkpoints, points: Sequence[Point]) -> None:
        with self._journal.store.transaction() as db:
            for point in points:
                db.execute("DELETE FROM point WHERE tx=?", (point.entry,))
                db.execute("DELETE FROM tx WHERE id=?", (point.entry,))
        vault.drop(point.snapshot for point in points)

    def _last(self) -> Point | None:
        found = self._points("ORDER BY tx DESC LIMIT 1")
        return found[0] if found else None

    def _same(self, vault: Checkpoints, last: Point, tree: str) -> bool:
        """Whether nothing is different since ``last``, and nothing is listed after it."""
        newest: Entry | None = next(iter(self._journal.ledger.entries(1)), None)
        return (
            newest is not None
            and newest.id == last.entry
            and not vault.compare(last.snapshot, tree)
        )

    def _points(self, where: str, values: Sequence[object] = ()) -> list[Point]:
        with self._journal.store.reading() as db:
            rows = db.execute(
                "SELECT tx,snapshot,kind,data,why,time FROM point JOIN tx ON id=tx"  # noqa: S608
                f" {where}",
                tuple(values),
            ).fetchall()
        return [_point(*row) for row in rows]


def _point(entry: int, snapshot: str, kind: str, data: str, title: str, moment: float) -> Point:
    facts: dict[str, Any] = json.loads(data)
    skipped = tuple(PurePosixPath(str(path)) for path in facts.get("skipped", ()))
    return Point(entry, snapshot, kind, title, moment or time.time(), skipped)


def _fitting(vault: Checkpoints, plain: Sequence[Difference], *, both: bool) -> list[str]:
    """Ids of the contents that are held, as many as are brought back at once."""
    wanted = [side.oid for d in plain for side in (d.old, d.new if both else None) if side]
    sizes, room, fit = vault.sizes(wanted), MOST_BYTES, []
    for oid in dict.fromkeys(wanted):
        room -= sizes.get(oid, 0)
        if oid in sizes and room >= 0:
            fit.append(oid)
    return fit
