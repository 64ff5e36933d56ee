"""One open folder as the rest of the house sees it: files, journal, git, trust.

Plain blocking calls.

Everything here may touch the disk; the window asks for it through the door. Each answer names its
path, so that whoever asked can tell answers apart.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from assistant import parcel
from assistant.answers import (
    Left,
    Listing,
    Loaded,
    Name,
    NameJudged,
    Renamed,
    SaveJob,
    Status,
    Unsaved,
    Written,
)
from assistant.brings import brings
from assistant.committing import Committing
from assistant.context.reading import Unread, read_bytes
from assistant.context.secrets import is_secret_path
from assistant.context.walker import Walker
from assistant.edits.merge import three_way
from assistant.errors import GalleyError, RepoError, WriteRefused
from assistant.parcel import Parcel
from assistant.provenance import Provenance
from assistant.repo.booking import booked
from assistant.repo.checkpoints import Checkpoints
from assistant.repo.codec import TextFile, decode, encode
from assistant.repo.door import WriteDoor
from assistant.repo.effects import Effects
from assistant.repo.gitdir import Head
from assistant.repo.journal import Journal
from assistant.repo.lock import ProjectBusy
from assistant.repo.paths import forbidden, parts_below, protected
from assistant.repo.pieces import Piece, rebuilt
from assistant.repo.points import Points
from assistant.repo.reader import ReaderJournal
from assistant.repo.sidecar import FileStatus, Sidecar
from assistant.repo.trust import TrustStore
from assistant.rewind import Rewind
from assistant.talking import Talking
from assistant.types import ChangeSet, Origin, Passage, Refusal, Snapshot, Step

__all__ = [
    "Left",
    "Listing",
    "Loaded",
    "Name",
    "Project",
    "Renamed",
    "SaveJob",
    "Status",
    "Written",
]
LARGEST = 16 << 20
"""Bytes of the largest file that a snapshot of the folder holds."""

if TYPE_CHECKING:
    from assistant.tape import Moment


class Project:
    """One folder, opened.

    Takes the project's lock until :meth:`close`. While another Galley holds it, ``reading`` says
    so in a sentence, and whatever would change something raises it.
    """

    def __init__(self, root: Path, data: Path) -> None:
        self.root = Path(os.path.realpath(root))
        self.name = self.root.name or str(self.root)
        if not self.root.is_dir():
            raise RepoError(f"{self.root} is not a folder.", "Open one that is there.")
        self._trust = TrustStore(data)
        self.reading = ""
        try:
            self.journal = Journal(data, self.root)
        except ProjectBusy as busy:
            self.reading = busy.cause
            self.journal = ReaderJournal(data, self.root)
        self._door = WriteDoor(
            self.root,
            self.journal,
            trusted=self.is_trusted(),
            closed=(data,),
            reading=self.reading,
        )
        self._door.recover()
        self._sidecar = Sidecar(self.root, self.journal.store.folder)
        self.points = Points(self.journal, self._door, self._vault)
        self.effects = Effects(self.journal, self._sidecar, self.points)
        self.rewind = Rewind(self._door, self.journal, self.effects, self.points)
        self.provenance = Provenance(self.journal, self.effects)
        self.talking = Talking(self.journal)
        self._files: tuple[str, ...] | None = None
        self.brings = brings(self.root)
        """What trusting the folder would let in, by name; looked at when it was opened."""
        self.commits = Committing(
            self._sidecar,
            self.journal,
            self._door,
            self.is_trusted,
            self.effects,
            self.points,
            reading=self.reading,
        )
        self.recovered = self.commits.recover()
        """Sentences about what a run that died had left in git."""

    def close(self) -> None:
        """Give the folder free, once no commit is at work in it."""
        self.commits.wait()
        self.journal.close()

    @cached_property
    def _snapshots(self) -> Checkpoints:
        return Checkpoints(self.root, self.journal.store.folder, largest=LARGEST)

    def _vault(self) -> Checkpoints:
        """Raises RepoError for the home folder and the root of a disk."""
        return self._snapshots

    # -- trust ---------------------------------------------------------------------------------

    def is_trusted(self) -> bool:
        return self._trust.is_trusted(self.root)

    def trust(self, yes: bool) -> bool:
        """The person decided; returns what holds now."""
        if yes:
            self._trust.grant(self.root)
        else:
            self._trust.revoke(self.root)
        self._door.trusted = self.is_trusted()
        return self._door.trusted

    # -- reading -------------------------------------------------------------------------------

    def load(self, path: PurePosixPath) -> Loaded:
        """A file as it is on disk; one that is not there has empty text and no hash."""
        state = self._door.read(path)
        if not state.exists:
            return Loaded(path, TextFile(""), None)
        return Loaded(path, decode(state.data), state.hash)

    def look(self, path: PurePosixPath) -> Loaded:
        """:meth:`load`, and whether a command of ours wrote what stands there now."""
        loaded = self.load(path)
        return replace(loaded, by=self.effects.author_of(path, loaded.content_hash or ""))

    def read(self, path: PurePosixPath) -> Snapshot | Refusal:
        """The text of a file for a model's edit, or why it cannot be edited."""
        try:
            loaded = self.load(path)
        except GalleyError as error:
            return Refusal(str(path), str(error))
        if loaded.content_hash is None:
            return Refusal(str(path), "There is no such file.")
        if loaded.file.binary:
            return Refusal(str(path), "It is not a text file.")
        return Snapshot(path, loaded.file.text)

    def withheld(self, path: PurePosixPath) -> str | None:
        """Why no line of a file may go to a model, or None.

        Secret names, ignored files, links and what lies behind them, git's own files.
        """
        if path.is_absolute():
            root = PurePosixPath(self.root.as_posix())
            if not path.is_relative_to(root):
                return is_secret_path(path)
            path = path.relative_to(root)
        return Walker(str(self.root)).judge(str(path))

    def bytes_of(self, path: PurePosixPath, most: int) -> bytes:
        """A regular file below the root, no link followed. Raises RepoError when it cannot be."""
        data = read_bytes(str(self.root), str(path), most)
        if isinstance(data, Unread):
            raise RepoError(f"{path} {data.reason}.", "Choose another file.")
        return data

    def listing(self, path: PurePosixPath) -> Listing:
        """Names in a folder of the project; what cannot be read is an empty folder."""
        inside = self.root.joinpath(*path.parts)
        with os.scandir(inside) as entries:
            names = tuple(
                Name(entry.name, entry.is_dir(follow_symlinks=False))
                for entry in entries
                if entry.name != ".git"
            )
        return Listing(path, names)

    def files(self) -> list[str]:
        """Every file that ignore rules leave, sorted; looks at the disk."""
        found = sorted(Walker(str(self.root)).scan().files)
        self._files = tuple(found)
        return found

    def known_files(self) -> tuple[str, ...]:
        """What :meth:`files` said last."""
        return self._files if self._files is not None else tuple(self.files())

    def status(self) -> Status:
        """Branch and letters by path; an empty one for a folder without git."""
        status = self._sidecar.status()
        head = status.head or Head()
        letters = {str(file.path): _letter(file) for file in status.files}
        branch = head.branch or head.commit[:7]
        return Status(branch, letters, status.repository, head.doing, status.notes, head.commit)

    def diff(self) -> str:
        """Everything uncommitted as a unified diff; empty without git."""
        return self._sidecar.diff() if self._sidecar.head() is not None else ""

    # -- writing -------------------------------------------------------------------------------

    def save(self, job: SaveJob) -> Written:
        """Write a buffer.

        Raises ChangedUnderneath, WriteRefused, DiskFailed; then nothing changed.
        """
        if job.pieces:
            text = rebuilt(job.saved, job.pieces)
            job = replace(job, snapshot=replace(job.snapshot, text=text), pieces=())
        snapshot = job.snapshot
        data = encode(snapshot.text, job.like)
        state = self._door.write(
            snapshot.path,
            data,
            expect=job.expect,
            why=job.why,
            confirm_protected=job.confirmed,
            parts=_parts(job),
        )
        if job.passages:
            self.journal.passages.put(snapshot.path, state.hash, job.passages)
        return Written(snapshot.path, state.hash, snapshot.text, snapshot.version)

    def judge_name(self, text: str) -> NameJudged:
        """What saving under ``text``, as a person wrote it, would mean. Changes nothing."""
        try:
            path = PurePosixPath(*parts_below(str(self.root), text.strip()))
            if not path.parts or text.rstrip().endswith("/"):
                raise WriteRefused("A name is missing.", "Write one after the folder.")
            if (never := forbidden(path)) is not None:
                raise WriteRefused(f"{path} is never written by Galley: {never}.")
            state = self._door.read(path)
        except RepoError as error:
            return NameJudged(text, PurePosixPath(), "refused", str(error))
        if (why := protected(path)) is not None:
            return NameJudged(text, path, "protected", f"{path} is protected: {why}.", state.hash)
        if state.exists:
            words = f"{path} exists; the history keeps what it says now."
            return NameJudged(text, path, "exists", words, state.hash)
        return NameJudged(text, path, "free", f"{path} will be a new file.")

    def create_file(self, path: PurePosixPath, confirmed: bool = False) -> PurePosixPath:
        """An empty file. Raises NeedsConfirmation for a protected name, as all of these do."""
        self._door.write(path, b"", expect=None, why="new file", confirm_protected=confirmed)
        return path

    def create_folder(self, path: PurePosixPath, confirmed: bool = False) -> PurePosixPath:
        """A folder is kept by a file in it; an empty one is made as it is."""
        self._door.make_folder(path, confirm_protected=confirmed)
        return path

    def rename(self, old: PurePosixPath, new: PurePosixPath, confirmed: bool = False) -> Renamed:
        """Give a file another name, or place below the root."""
        state = self._door.read(old)
        self._door.move(old, new, expect=state.hash, why="rename", confirm_protected=confirmed)
        return Renamed(old, new)

    def delete(self, path: PurePosixPath, confirmed: bool = False) -> PurePosixPath:
        """Remove a file; the journal keeps its content, so History can bring it back."""
        state = self._door.read(path)
        self._door.delete(path, expect=state.hash, why="delete", confirm_protected=confirmed)
        return path

    # -- what would be lost --------------------------------------------------------------------

    def keep_buffer(
        self,
        path: PurePosixPath,
        text: str,
        base_hash: str | None,
        passages: Sequence[Passage] = (),
        steps: Sequence[Step] = (),
    ) -> None:
        """An unsaved text, with who wrote it."""
        self.journal.save_buffer(path, text, base_hash or "")
        self.journal.passages.keep_buffer(path, text, passages, steps)

    def keep_pieces(
        self, path: PurePosixPath, base: str, pieces: Sequence[Piece], base_hash: str | None
    ) -> None:
        """A large unsaved text, as what is new in it over ``base``."""
        self.journal.save_pieces(path, base, pieces, base_hash or "")

    def unsaved(self, path: PurePosixPath) -> Unsaved:
        """The whole of an unsaved text that was left as pieces."""
        return Unsaved(path, self.journal.whole(path))

    def drop_buffer(self, path: PurePosixPath) -> None:
        self.journal.drop_buffer(path)
        self.journal.passages.drop_buffer(path)

    def put_away(self, path: PurePosixPath, text: str) -> None:
        """A text without a file was closed."""
        self.journal.put_away(path, text)

    def take_out(self, path: PurePosixPath) -> None:
        self.journal.take_out(path)

    def put_away_texts(self) -> list[tuple[PurePosixPath, str]]:
        return self.journal.put_away_texts()

    def keep_proposals(self, proposals: Sequence[ChangeSet], runs: Mapping[str, str]) -> None:
        """These wait; what was kept before and is not among them is decided. ``runs`` names the
        run of a proposal by its id.
        """
        waiting = {changes.id for changes in proposals}
        for changes in proposals:
            self.journal.save_proposal(changes, runs.get(changes.id, ""))
        for saved in self.journal.proposals():
            if saved.changes.id not in waiting:
                self.journal.drop_proposal(saved.changes.id)

    def keep_verdicts(self, verdicts: Sequence[tuple[str, str]]) -> None:
        """These were not told to a model yet."""
        self.journal.keep_verdicts(verdicts)

    def left(self) -> Left:
        """What the last run of the program left: unsaved text and undecided proposals."""
        saved = self.journal.proposals()
        runs = {one.changes.id: one.run for one in saved}
        return Left(
            tuple(self.journal.buffers()),
            tuple(one.changes for one in saved),
            runs,
            self.journal.run_notes.many(tuple(runs.values())),
            self.journal.verdicts(),
        )

    def sent(self, run: str) -> Parcel | None:
        """What the last request of a run held, as it was kept when it left."""
        requests = [row for row in self.journal.run_log(run).read() if row["kind"] == "request"]
        return parcel.read(requests[-1]) if requests else None

    def recording(self, run: str) -> tuple[Moment, ...]:
        """A run as it can be played again; empty where it was not recorded. Raises
        SettingsError.
        """
        from assistant.tape import read  # only once something is played

        return read(self.journal.run_log(run).read())

    def record(self, run: str, kind: str, data: Mapping[str, object]) -> None:
        self.journal.run_log(run).append(kind, data)


def _parts(job: SaveJob) -> list[tuple[Origin, bytes]]:
    """Who wrote what of a save. Where a text on the way cannot be written in the file's encoding,
    the save is one step of the person's.
    """
    if not job.steps:
        return []
    steps = booked(job.saved, job.steps, job.snapshot.text, three_way)
    try:
        return [(step.origin, encode(step.after, job.like)) for step in steps]
    except WriteRefused:
        return []


def _letter(file: FileStatus) -> str:
    """One letter for the tree: conflict, untracked, added, deleted, else modified."""
    both = file.index + file.tree
    if "U" in both:
        return "!"
    if "?" in both:
        return "U"
    return next((letter for letter in "AD" if letter in both), "M")
