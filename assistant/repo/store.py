"""The journal's database: locked, versioned, never overwritten. Knows only tables."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from assistant.errors import DiskFailed, RepoError
from assistant.repo import blobs
from assistant.repo.disk import Disk
from assistant.repo.lock import ProjectLock

VERSION = 3
"""2 adds who wrote what: part, spans, step, run, and the conversations: talk, turn. 3 adds
checkpoints and modes that a command changed."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS tx(
    id INTEGER PRIMARY KEY AUTOINCREMENT, time REAL NOT NULL, state TEXT NOT NULL,
    author TEXT NOT NULL, name TEXT NOT NULL, run TEXT NOT NULL, why TEXT NOT NULL,
    undoes INTEGER);
CREATE TABLE IF NOT EXISTS change(
    id INTEGER PRIMARY KEY AUTOINCREMENT, tx INTEGER NOT NULL REFERENCES tx(id),
    action TEXT NOT NULL, path BLOB NOT NULL, moved_to BLOB, pre TEXT NOT NULL, post TEXT NOT NULL,
    mode INTEGER NOT NULL, temp BLOB NOT NULL, made TEXT NOT NULL,
    became INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS change_tx ON change(tx);
CREATE INDEX IF NOT EXISTS change_path ON change(path);
CREATE TABLE IF NOT EXISTS buffer(
    path BLOB PRIMARY KEY, time REAL NOT NULL, anchor TEXT NOT NULL, head INTEGER NOT NULL,
    tail INTEGER NOT NULL, middle BLOB NOT NULL, hash TEXT NOT NULL, base_hash TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS proposal(
    id TEXT PRIMARY KEY, time REAL NOT NULL, run TEXT NOT NULL, data TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS decision(
    id INTEGER PRIMARY KEY AUTOINCREMENT, time REAL NOT NULL, proposal TEXT NOT NULL,
    path BLOB NOT NULL, hunk INTEGER NOT NULL, state TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS record(
    kind TEXT NOT NULL, key TEXT NOT NULL, time REAL NOT NULL, data TEXT NOT NULL,
    blob TEXT NOT NULL, PRIMARY KEY(kind, key));
CREATE TABLE IF NOT EXISTS part(
    tx INTEGER NOT NULL REFERENCES tx(id), number INTEGER NOT NULL, author TEXT NOT NULL,
    name TEXT NOT NULL, run TEXT NOT NULL, why TEXT NOT NULL, time REAL NOT NULL,
    pre TEXT NOT NULL, post TEXT NOT NULL, PRIMARY KEY(tx, number)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS part_run ON part(run);
CREATE TABLE IF NOT EXISTS tally(
    tx INTEGER NOT NULL, part INTEGER NOT NULL, added INTEGER NOT NULL, removed INTEGER NOT NULL,
    PRIMARY KEY(tx, part)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS spans(
    path BLOB NOT NULL, hash TEXT NOT NULL, time REAL NOT NULL, data TEXT NOT NULL,
    PRIMARY KEY(path, hash)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS step(
    path BLOB NOT NULL, number INTEGER NOT NULL, origin TEXT NOT NULL, post TEXT NOT NULL,
    PRIMARY KEY(path, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS run(
    id TEXT PRIMARY KEY, time REAL NOT NULL, talk TEXT NOT NULL, data TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS talk(
    id TEXT PRIMARY KEY, time REAL NOT NULL, title TEXT NOT NULL, gone REAL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS turn(
    talk TEXT NOT NULL REFERENCES talk(id), number INTEGER NOT NULL, time REAL NOT NULL,
    run TEXT NOT NULL, gone REAL, data TEXT NOT NULL, PRIMARY KEY(talk, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS point(
    tx INTEGER PRIMARY KEY REFERENCES tx(id), snapshot TEXT NOT NULL, kind TEXT NOT NULL,
    data TEXT NOT NULL);
"""
_BESIDE = (
    "A newer Galley keeps the history of this folder. Nothing of it was touched; this version "
    "goes on beside it, with a history of its own."
)


class Store:
    """One project's database and contents below the app's data folder; safe to call from any
    thread.

    ``notes`` are sentences for the person about what was found at opening. Raises ProjectBusy,
    RepoError.
    """

    def __init__(self, data: Path, root: str, disk: Disk) -> None:
        key = hashlib.sha256(os.fsencode(os.path.realpath(root))).hexdigest()[:16]
        self.folder = data / "projects" / key
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.disk = disk
        self.notes: list[str] = []
        self._guard = threading.RLock()
        self._lock = ProjectLock(self.folder / "lock")
        contents = self.folder / "blobs"
        try:
            try:
                self.db = self._open(self.folder / "journal.db")
            except _Newer:
                self.db = self._open(self.folder / f"journal.version{VERSION}.db")
                contents = self.folder / f"blobs.version{VERSION}"
                self.notes.append(_BESIDE)
        except BaseException:
            self._lock.close()
            raise
        self.blobs = blobs.BlobStore(self.db, contents, disk)
        if self._lock.taken_over:
            self.notes.append(f"The last Galley here{self._lock.taken_over} ended without closing.")

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of it durable at the end, or none; DiskFailed when the journal's own disk fails."""
        with self._guard:
            try:
                self.db.execute("BEGIN IMMEDIATE")
                yield self.db
                self.disk.before("commit", "journal")
                self.db.execute("COMMIT")
            except BaseException as error:
                if self.db.in_transaction:
                    self.db.execute("ROLLBACK")
                if isinstance(error, (sqlite3.Error, OSError)):
                    raise DiskFailed(
                        f"The journal cannot be written: {error}.",
                        "Nothing was changed. Free some space where Galley keeps its data.",
                    ) from error
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The database for questions only."""
        with self._guard:
            yield self.db

    def close(self) -> None:
        """Flush and give the project free."""
        with self._guard:
            self.db.close()
            self._lock.close()

    def _open(self, path: Path) -> sqlite3.Connection:
        db = self._connect(path)
        try:
            self._prepare(db)
        except sqlite3.DatabaseError as error:
            db.close()
            if not _damaged(error):
                raise RepoError(f"The journal cannot be opened: {error}.") from error
            db = self._connect(self._move_aside(path))
            self._prepare(db)
        except BaseException:
            db.close()
            raise
        return db

    def _prepare(self, db: sqlite3.Connection) -> None:
        """Tables as this version knows them; :class:`_Newer` for a format of the future, which is
        left alone."""
        found = int(db.execute("PRAGMA user_version").fetchone()[0])
        if found > VERSION:
            raise _Newer
        db.executescript(_SCHEMA + blobs.SCHEMA)
        if "became" not in {row[1] for row in db.execute("PRAGMA table_info(change)")}:
            db.execute("ALTER TABLE change ADD COLUMN became INTEGER NOT NULL DEFAULT 0")
        for table in ("tx", "buffer", "proposal"):
            db.execute(f"SELECT * FROM {table} ORDER BY rowid DESC LIMIT 1").fetchone()  # noqa: S608
        db.execute(f"PRAGMA user_version={VERSION}")

    def _connect(self, path: Path) -> sqlite3.Connection:
        try:
            db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
        except sqlite3.Error as error:
            raise RepoError(f"The journal cannot be opened: {error}.") from error
        try:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=FULL")
            db.execute("PRAGMA foreign_keys=ON")
        except sqlite3.DatabaseError as error:
            if not _damaged(error):
                db.close()
                raise RepoError(f"The journal cannot be opened: {error}.") from error
        return db

    def _move_aside(self, path: Path) -> Path:
        stamp = time.strftime("%Y%m%d-%H%M%S")
        for suffix in ("", "-wal", "-shm"):
            old = path.with_name(path.name + suffix)
            if old.exists():
                old.replace(path.with_name(f"{path.stem}.damaged-{stamp}.db{suffix}"))
        self.notes.append(
            f"The journal was damaged; it is kept as "
            f"{path.stem}.damaged-{stamp}.db and a new one began."
        )
        return path


class _Newer(Exception):
    """The database was written by a version of the future."""


def _damaged(error: sqlite3.DatabaseError) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
    )
