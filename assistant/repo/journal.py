"""What survives a crash: buffers, proposals, decisions, runs. Writes no project.

``journal.ledger`` is the list of changes, ``journal.passages`` says who wrote what,
``journal.talks`` are the conversations, ``journal.store`` the database with its contents.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from assistant.errors import RepoError
from assistant.repo.disk import Disk
from assistant.repo.ledger import Ledger
from assistant.repo.passages import PassageBook
from assistant.repo.pieces import PACKED, Piece, built, in_steps, pack, unpack
from assistant.repo.runs import RunBook
from assistant.repo.saver import digest
from assistant.repo.serial import changes_from_json, changes_to_json
from assistant.repo.store import Store
from assistant.repo.talks import TalkBook
from assistant.types import ChangeSet, HunkState

_NEW_ANCHOR = 64 << 10


@dataclass(frozen=True, slots=True)
class SavedBuffer:
    """An unsaved text as it was at ``time``; ``base_hash`` is the file it was opened from, empty
    if none. Of a large one there are only ``pieces`` of what the file said; :meth:`Journal.whole`
    has its text."""

    path: PurePosixPath
    text: str
    base_hash: str
    time: float
    pieces: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True)
class SavedProposal:
    """A proposal with the states its hunks last had."""

    changes: ChangeSet
    run: str
    time: float


class RunLog:
    """JSON lines of one run, appended and never rewritten; a torn last line is left out when
    read."""

    def __init__(self, path: Path, disk: Disk) -> None:
        self.path = path
        self._disk = disk

    def append(self, kind: str, data: Mapping[str, Any]) -> None:
        """One line ``{"time", "kind", **data}``; on the device when it returns."""
        line = json.dumps({"time": time.time(), "kind": kind, **data}, separators=(",", ":"))
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        fd = os.open(self.path, flags, 0o600)
        try:
            end = os.fstat(fd).st_size
            torn = end > 0 and os.pread(fd, 1, end - 1) != b"\n" if hasattr(os, "pread") else False
            self._disk.write(fd, (b"\n" if torn else b"") + line.encode() + b"\n", str(self.path))
            self._disk.sync(fd, str(self.path))
        finally:
            os.close(fd)

    def read(self) -> list[dict[str, Any]]:
        """All whole lines, oldest first; an empty list when the run never spoke."""
        lines: list[dict[str, Any]] = []
        if not self.path.exists():
            return lines
        for raw in self.path.read_bytes().split(b"\n"):
            try:
                lines.append(json.loads(raw))
            except ValueError:
                continue  # torn by a crash in the middle of this line
        return lines


class Journal:
    """One project's memory in ``data``; takes the project's lock until :meth:`close`. Raises
    ProjectBusy."""

    def __init__(self, data: Path, root: Path | str, disk: Disk | None = None) -> None:
        self.disk = disk or Disk()
        self.root = os.path.realpath(root)
        self.store = Store(Path(data), self.root, self.disk)
        self.ledger = Ledger(self.store)
        self.passages = PassageBook(self.store)
        self.run_notes = RunBook(self.store)
        self.talks = TalkBook(self.store)
        self.notes = self.store.notes
        self._anchors: dict[PurePosixPath, tuple[str, bytes]] = {}
        self._bases: dict[PurePosixPath, tuple[str, str]] = {}
        """The text that the pieces of a large buffer are taken from, and its content's name."""

    # -- unsaved buffers ---------------------------------------------------------------------------

    def save_buffer(self, path: PurePosixPath, text: str, base_hash: str = "") -> None:
        """Keep ``text`` as the unsaved state of ``path``; what was typed since the last time is
        written."""
        data = text.encode("utf-8", "surrogatepass")
        key, anchor = self._anchors.get(path, ("", b""))
        head, tail = _common(anchor, data)
        middle = data[head : len(data) - tail]
        with self.store.transaction() as db:
            if not key or len(middle) > _NEW_ANCHOR:
                key, anchor = self.store.blobs.put(data), data
                head, tail, middle = len(data), 0, b""
            db.execute(
                "INSERT OR REPLACE INTO buffer VALUES(?,?,?,?,?,?,?,?)",
                (_raw(path), time.time(), key, head, tail, middle, digest(data), base_hash),
            )
        self._anchors[path] = (key, anchor)

    def save_pieces(
        self, path: PurePosixPath, base: str, pieces: Sequence[Piece], base_hash: str = ""
    ) -> None:
        """:meth:`save_buffer` of a large text: what is new in it over ``base``, which is stored
        once."""
        text, key = self._bases.get(path, ("", ""))
        data = pack(pieces)
        with self.store.transaction() as db:
            if not key or text is not base:
                key = self.store.blobs.put_pieces(partial(in_steps, base))
            db.execute(
                "INSERT OR REPLACE INTO buffer VALUES(?,?,?,?,?,?,?,?)",
                (_raw(path), time.time(), key, PACKED, 0, data, digest(data), base_hash),
            )
        self._bases[path] = (base, key)

    def drop_buffer(self, path: PurePosixPath) -> None:
        """``path`` was saved durably, or its owner threw the text away."""
        with self.store.transaction() as db:
            db.execute("DELETE FROM buffer WHERE path=?", (_raw(path),))
        self._anchors.pop(path, None)
        self._bases.pop(path, None)

    def put_away(self, path: PurePosixPath, text: str, most: int = 20) -> None:
        """Keep the text of a closed tab that has no file; the newest ``most`` stay."""
        with self.store.transaction() as db:
            key = self.store.blobs.put(text.encode("utf-8", "surrogatepass"))
            db.execute(
                "INSERT OR REPLACE INTO record VALUES('shut',?,?,'',?)",
                (str(path), time.time(), key),
            )
            db.execute(
                "DELETE FROM record WHERE kind='shut' AND key NOT IN"
                " (SELECT key FROM record WHERE kind='shut' ORDER BY time DESC LIMIT ?)",
                (most,),
            )

    def take_out(self, path: PurePosixPath) -> None:
        """That text is open again."""
        with self.store.transaction() as db:
            db.execute("DELETE FROM record WHERE kind='shut' AND key=?", (str(path),))

    def put_away_texts(self) -> list[tuple[PurePosixPath, str]]:
        """The texts that were put away, the newest last."""
        with self.store.reading() as db:
            rows = db.execute(
                "SELECT key,blob FROM record WHERE kind='shut' ORDER BY time"
            ).fetchall()
            return [
                (PurePosixPath(key), self.store.blobs.get(blob).decode("utf-8", "surrogatepass"))
                for key, blob in rows
            ]

    def buffers(self) -> list[SavedBuffer]:
        """Every unsaved text; RepoError rather than a wrong one."""
        with self.store.reading() as db:
            rows = db.execute(
                "SELECT path,time,head,middle,hash,base_hash FROM buffer ORDER BY time"
            ).fetchall()
            return [self._buffer(row) for row in rows]

    def whole(self, path: PurePosixPath) -> str:
        """The unsaved text of ``path``; RepoError when there is none, or it is damaged."""
        with self.store.reading() as db:
            row = db.execute(
                "SELECT anchor,head,tail,middle,hash FROM buffer WHERE path=?", (_raw(path),)
            ).fetchone()
            if row is None:
                raise RepoError(f"The journal has no unsaved text of {path}.", "It was saved.")
            key, head, tail, middle, expected = row
            if head == PACKED:
                base = self.store.blobs.get(key)
                return built(base, _pieces(middle, expected)).decode("utf-8", "surrogateescape")
            anchor = self.store.blobs.get(key)
        data = anchor[:head] + middle + (anchor[len(anchor) - tail :] if tail else b"")
        if digest(data) != expected:
            raise RepoError("An unsaved text in the journal is damaged.", "Check the disk.")
        return str(data, "utf-8", "surrogatepass")

    def _buffer(self, row: tuple[Any, ...]) -> SavedBuffer:
        raw, moment, head, middle, expected, base_hash = row
        path = PurePosixPath(os.fsdecode(raw))
        if head == PACKED:
            return SavedBuffer(path, "", base_hash, moment, _pieces(middle, expected))
        return SavedBuffer(path, self.whole(path), base_hash, moment)

    # -- proposals and decisions -------------------------------------------------------------------

    def save_proposal(self, changes: ChangeSet, run: str = "") -> None:
        """Keep a proposal with the present states of its hunks, in place of what was kept under
        its id."""
        with self.store.transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO proposal VALUES(?,?,?,?)",
                (changes.id, time.time(), run, changes_to_json(changes)),
            )

    def drop_proposal(self, id: str) -> None:
        """Every hunk of it was decided and written."""
        with self.store.transaction() as db:
            db.execute("DELETE FROM proposal WHERE id=?", (id,))

    def proposals(self) -> list[SavedProposal]:
        """What was waiting for the person, oldest first, the latest decisions in it."""
        with self.store.reading() as db:
            rows = db.execute("SELECT id,time,run,data FROM proposal ORDER BY time").fetchall()
            saved = [SavedProposal(changes_from_json(r[3]), r[2], r[1]) for r in rows]
            return [self._decided(one) for one in saved]

    def decide(self, id: str, path: PurePosixPath, hunk: int, state: HunkState) -> None:
        """The person decided one hunk of proposal ``id``; kept for good."""
        with self.store.transaction() as db:
            db.execute(
                "INSERT INTO decision(time,proposal,path,hunk,state) VALUES(?,?,?,?,?)",
                (time.time(), id, _raw(path), hunk, state.value),
            )

    def _decided(self, saved: SavedProposal) -> SavedProposal:
        rows = self.store.db.execute(
            "SELECT path,hunk,state FROM decision WHERE proposal=? AND time>=? ORDER BY id",
            (saved.changes.id, saved.time),
        ).fetchall()
        states: dict[str, dict[int, HunkState]] = {}
        for path, hunk, state in rows:
            states.setdefault(os.fsdecode(path), {})[hunk] = HunkState(state)
        files = tuple(f.with_states(states.get(str(f.base.path), {})) for f in saved.changes.files)
        changes = ChangeSet(saved.changes.id, saved.changes.title, files, saved.changes.refused)
        return SavedProposal(changes, saved.run, saved.time)

    def keep_verdicts(self, verdicts: Sequence[tuple[str, str]]) -> None:
        """What the person said of hunks and no model was told yet: (words, path), all of it."""
        with self.store.transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO record VALUES('verdicts','untold',?,?,'')",
                (time.time(), json.dumps([list(one) for one in verdicts])),
            )

    def verdicts(self) -> tuple[tuple[str, str], ...]:
        with self.store.reading() as db:
            row = db.execute("SELECT data FROM record WHERE kind='verdicts'").fetchone()
        return () if row is None else tuple((str(w), str(p)) for w, p in json.loads(row[0]))

    # -- runs and the end --------------------------------------------------------------------------

    def run_log(self, run: str) -> RunLog:
        """The log of run ``run``, a name of letters, digits, ``-`` and ``_``."""
        if not run or not run.replace("-", "").replace("_", "").isalnum():
            raise ValueError(f"not a run's name: {run!r}")
        return RunLog(self.store.folder / "runs" / f"{run}.jsonl", self.disk)

    def runs(self) -> list[str]:
        """Names of the runs that have a log, oldest first."""
        folder = self.store.folder / "runs"
        found = sorted(folder.glob("*.jsonl"), key=lambda p: p.stat().st_mtime_ns)
        return [path.stem for path in found]

    def close(self) -> None:
        """Give the project free for another instance."""
        self.store.close()


def _raw(path: PurePosixPath) -> bytes:
    return os.fsencode(str(path))


def _pieces(packed: bytes, expected: str) -> tuple[Piece, ...]:
    if digest(packed) != expected:
        raise RepoError("An unsaved text in the journal is damaged.", "Check the disk.")
    return unpack(packed)


def _common(old: bytes, new: bytes) -> tuple[int, int]:
    """Lengths of the common head and tail, which do not overlap; halved, and compared in C."""
    most = min(len(old), len(new))
    head = _longest(most, lambda low, high: old[low:high] == new[low:high])

    def same_end(low: int, high: int) -> bool:
        return old[len(old) - high : len(old) - low] == new[len(new) - high : len(new) - low]

    return head, _longest(most - head, same_end)


def _longest(most: int, same: Callable[[int, int], bool]) -> int:
    """The largest number up to ``most`` so that everything below it is the same."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if same(low, middle):
            low = middle
        else:
            high = middle - 1
    return low
