"""Contents by their hash, in the journal or beside it. Knows bytes, not projects."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path

from assistant.errors import RepoError
from assistant.repo.disk import Disk
from assistant.repo.saver import digest

_INLINE = 1 << 20
_RAW, _ZLIB, _FILE = 0, 1, 2

SCHEMA = """
CREATE TABLE IF NOT EXISTS blob(
    hash TEXT PRIMARY KEY, size INTEGER NOT NULL, kind INTEGER NOT NULL, data BLOB) WITHOUT ROWID;
"""


class BlobStore:
    """Write-once contents. Calls happen inside the caller's transaction, so a blob and its use
    appear together."""

    def __init__(self, db: sqlite3.Connection, folder: Path, disk: Disk) -> None:
        self._db = db
        self._folder = folder
        self._disk = disk

    def put(self, data: bytes) -> str:
        """Store ``data``, durable when the transaction is; returns its SHA-256 in hex."""
        key = digest(data)
        if self._db.execute("SELECT 1 FROM blob WHERE hash=?", (key,)).fetchone():
            return key
        stored: bytes | None
        if len(data) > _INLINE:
            self._put_file(key, (data,))
            kind, stored = _FILE, None
        else:
            packed = zlib.compress(data, 1) if len(data) > 512 else data
            kind, stored = (_ZLIB, packed) if len(packed) < len(data) else (_RAW, data)
        self._db.execute("INSERT INTO blob VALUES(?,?,?,?)", (key, len(data), kind, stored))
        return key

    def put_pieces(self, pieces: Callable[[], Iterable[bytes]]) -> str:
        """:meth:`put` of a large content that is never whole in memory; ``pieces`` is asked twice,
        for its name and for its bytes.
        """
        sha, size = hashlib.sha256(), 0
        for piece in pieces():
            sha.update(piece)
            size += len(piece)
        if size <= _INLINE:
            return self.put(b"".join(pieces()))
        key = sha.hexdigest()
        if not self.holds(key):
            self._put_file(key, pieces())
            self._db.execute("INSERT INTO blob VALUES(?,?,?,?)", (key, size, _FILE, None))
        return key

    def get(self, key: str) -> bytes:
        """The bytes named ``key``; RepoError when they are missing or damaged, never other
        bytes."""
        row = self._db.execute("SELECT kind, data FROM blob WHERE hash=?", (key,)).fetchone()
        if row is None:
            raise RepoError(f"The journal no longer holds version {key[:12]}.", "It was pruned.")
        try:
            data = self._path(key).read_bytes() if row[0] == _FILE else row[1]
            data = zlib.decompress(data) if row[0] == _ZLIB else data
        except (OSError, zlib.error) as error:
            raise RepoError(f"The journal's copy {key[:12]} cannot be read: {error}.") from error
        if digest(data) != key:
            raise RepoError(f"The journal's copy {key[:12]} is damaged.", "Check the disk.")
        return bytes(data)

    def holds(self, key: str) -> bool:
        return self._db.execute("SELECT 1 FROM blob WHERE hash=?", (key,)).fetchone() is not None

    def size(self) -> int:
        """Bytes of content that are kept, before compression."""
        return int(self._db.execute("SELECT COALESCE(SUM(size),0) FROM blob").fetchone()[0])

    def drop_unused(self, used: str) -> int:
        """Remove what no row of the query ``used`` names; returns how many contents went.

        Their files stay until :meth:`sweep`: the transaction may still be taken back.
        """
        gone = self._db.execute(
            f"SELECT hash FROM blob WHERE hash NOT IN ({used})"  # noqa: S608 - our own SQL
        ).fetchall()
        self._db.executemany("DELETE FROM blob WHERE hash=?", gone)
        return len(gone)

    def sweep(self) -> None:
        """Remove files that no row names: what was dropped, and what a dead owner had begun."""
        kept = {key for (key,) in self._db.execute("SELECT hash FROM blob WHERE kind=?", (_FILE,))}
        for path in self._folder.glob("??/*"):
            if path.parent.name + path.name not in kept:
                self._disk.before("unlink", str(path))
                path.unlink()

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / key[2:]

    def _put_file(self, key: str, pieces: Iterable[bytes]) -> None:
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temp = path.with_name(f"{path.name}.{os.getpid()}.tmp")
        self._disk.before("create", str(temp))
        fd = os.open(
            temp, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600
        )
        try:
            for piece in pieces:
                self._disk.write(fd, piece, str(temp))
            self._disk.sync(fd, str(temp))
        finally:
            os.close(fd)
        self._disk.before("rename", str(path))
        os.replace(temp, path)
        if os.name != "nt":
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                self._disk.sync(folder, str(path.parent))
            finally:
                os.close(folder)
