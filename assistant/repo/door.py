"""The one way to the person's disk: judged, compared, journalled. Knows one folder.

Every operation names the content it was made from; a file that says something else is not
touched. Several files change together or not at all, also when the process dies in between
(:meth:`WriteDoor.recover`).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from assistant.errors import DiskFailed, NeedsConfirmation, RepoError, WriteRefused
from assistant.repo import batch as steps
from assistant.repo.batch import Delete, Move, Operation, Planned, Write
from assistant.repo.disk import Disk
from assistant.repo.journal import Journal
from assistant.repo.ledger import Author, By, Entry
from assistant.repo.paths import forbidden, outside, parts_below, protected, resolve
from assistant.repo.saver import FileState, changed, disk_errors, look
from assistant.types import Origin

__all__ = ["Delete", "FileState", "Move", "Operation", "Write", "WriteDoor"]


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was found half done at the start and taken back; ``left`` were changed by someone else
    since."""

    entry: Entry
    left: tuple[PurePosixPath, ...] = ()


class WriteDoor:
    """Reads and writes below ``root``; ``journal`` is written before the disk is.

    ``closed`` are folders (the app's settings and data) that nothing may enter, wherever the root
    is. A file outside of the project gets a door of its own, whose root is that file's folder.
    ``reading`` is why nothing may be changed here at all, or empty.
    """

    def __init__(
        self,
        root: Path | str,
        journal: Journal,
        *,
        trusted: bool,
        closed: Sequence[Path | str] = (),
        disk: Disk | None = None,
        reading: str = "",
    ) -> None:
        self.root = os.path.realpath(root)
        self.trusted = trusted
        self._journal = journal
        self._disk = disk or journal.disk
        shut = [journal.store.folder.parent.parent, *closed]
        self._reading = reading
        self._closed = [os.path.realpath(folder) for folder in shut]

    def read(self, path: PurePosixPath | str) -> FileState:
        """What stands at ``path``; ``exists`` is false for a free name. Raises WriteRefused,
        DiskFailed."""
        with resolve(self.root, path, self._disk) as place:
            return FileState() if place.missing else look(place.folder, place.name)[0]

    def write(
        self,
        path: PurePosixPath | str,
        data: bytes,
        *,
        expect: str | None,
        why: str,
        confirm_protected: bool = False,
        author: Author | None = None,
        parts: Sequence[tuple[Origin, bytes]] = (),
    ) -> FileState:
        """Replace or create one file.

        ``expect`` is the hash of the content this was made from; None or empty means that nothing
        may be there. ``parts`` say who wrote what of it: each with the content after it.
        Raises ChangedUnderneath, WriteRefused (NeedsConfirmation), DiskFailed; then nothing was
        changed.
        """
        batch = [Write(PurePosixPath(path), data, expect or "")]
        done = self.apply(
            batch, why=why, confirm_protected=confirm_protected, author=author, parts=parts
        )
        return done[0]

    def delete(
        self,
        path: PurePosixPath | str,
        *,
        expect: str | None,
        why: str,
        confirm_protected: bool = False,
        author: Author | None = None,
    ) -> FileState:
        """Remove one file; its content stays in the journal. Errors as for :meth:`write`."""
        batch = [Delete(PurePosixPath(path), expect or "")]
        return self.apply(batch, why=why, confirm_protected=confirm_protected, author=author)[0]

    def move(
        self,
        path: PurePosixPath | str,
        to: PurePosixPath | str,
        *,
        expect: str | None,
        why: str,
        confirm_protected: bool = False,
        author: Author | None = None,
    ) -> FileState:
        """Give one file another name, which must be free. Errors as for :meth:`write`."""
        batch = [Move(PurePosixPath(path), PurePosixPath(to), expect or "")]
        return self.apply(batch, why=why, confirm_protected=confirm_protected, author=author)[0]

    def apply(
        self,
        batch: Sequence[Operation],
        *,
        why: str,
        confirm_protected: bool = False,
        author: Author | None = None,
        undoes: int | None = None,
        parts: Sequence[tuple[Origin, bytes]] = (),
    ) -> tuple[FileState, ...]:
        """All of ``batch`` or nothing; the states afterwards, in the order of the batch."""
        who = author or Author()
        with ExitStack() as open_folders:
            planned = [self._plan(one, who, confirm_protected, open_folders) for one in batch]
            _no_name_twice(planned)
            todo = [one for one in planned if not one.already]
            if todo:
                self._perform(todo, why, who, undoes, parts)
            return tuple(one.after for one in planned)

    def make_folder(
        self, path: PurePosixPath | str, *, confirm_protected: bool = False
    ) -> PurePosixPath:
        """An empty folder, with those above it; where it really is. Errors as for :meth:`write`."""
        with resolve(self.root, path, self._disk) as place:
            self._judge(PurePosixPath(path), place.relative, Author(), confirm_protected)
            try:
                steps.make_folders(place)
                with disk_errors(path, "create"):
                    place.folder.mkdir(place.name)
                    place.folder.sync()
            except DiskFailed as error:
                if isinstance(error.__cause__, FileExistsError):
                    raise WriteRefused(f"{path} already exists.", "Choose another name.") from error
                raise
            return place.relative

    def recover(self) -> list[Recovered]:
        """Take back what a dead owner left half done. Call once after opening; safe to repeat."""
        found = []
        for entry in self._journal.ledger.unfinished():
            left = steps.take_back(self.root, entry, self._journal.ledger, self._disk)
            self._journal.ledger.finish(
                entry.id, "done" if entry.state == "published" else "undone"
            )
            found.append(Recovered(entry, tuple(left)))
        return found

    # -- one operation -----------------------------------------------------------------------------

    def _plan(self, one: Operation, who: Author, confirmed: bool, stack: ExitStack) -> Planned:
        place = stack.enter_context(resolve(self.root, one.path, self._disk))
        self._judge(one.path, place.relative, who, confirmed)
        if place.linked and not isinstance(one, Write):
            raise WriteRefused(
                f"{one.path} is a link to {place.relative}, which stays as it is.",
                "Change that file itself, or the link with another program.",
            )
        state, seen = (FileState(), None) if place.missing else look(place.folder, place.name)
        if state.hash != one.expect:
            raise changed(one.path)
        planned = Planned(one, place, state, seen)
        if isinstance(one, Move):
            target = stack.enter_context(resolve(self.root, one.to, self._disk))
            self._judge(one.to, target.relative, who, confirmed)
            if not target.missing and look(target.folder, target.name)[0].exists:
                raise WriteRefused(f"{one.to} already exists.", "Choose another name.")
            planned.target = target
        return planned

    def _judge(
        self, asked: PurePosixPath, real: PurePosixPath, who: Author, confirmed: bool
    ) -> None:
        if self._reading:
            raise WriteRefused(f"{self._reading} Nothing was changed.", "Change it there.")
        inside = PurePosixPath(*parts_below(self.root, asked))
        for path in (inside, real):
            if (never := forbidden(path)) is not None:
                raise WriteRefused(f"{real} is never written by Galley: {never}.")
        absolute = os.path.join(self.root, *real.parts)
        for shut in self._closed:
            if os.path.normcase(absolute).startswith(
                os.path.normcase(shut.rstrip(os.sep) + os.sep)
            ):
                raise outside(asked, absolute)
        why = protected(inside) or protected(real)
        may = confirmed and (self.trusted or who.by in (By.PERSON, By.RESTORE))
        if why is not None and not may:
            raise NeedsConfirmation(real, why)

    def _perform(
        self,
        todo: list[Planned],
        why: str,
        who: Author,
        undoes: int | None,
        parts: Sequence[tuple[Origin, bytes]],
    ) -> None:
        ledger = self._journal.ledger
        changes = [one.change() for one in todo]
        contents = [data for one in todo for data in one.contents()]
        number = ledger.begin(changes, contents, who, why, undoes, parts=parts)
        try:
            for one in todo:
                steps.prepare(one)
            for one in sorted(todo, key=lambda p: p.rank):
                steps.carry_out(one)
            deletes = any(isinstance(one.operation, Delete) for one in todo)
            ledger.finish(number, "published" if deletes else "done")
        except BaseException as error:
            self._roll_back(number, error)
            raise
        if deletes:
            self._clear_away(number, todo)

    def _clear_away(self, number: int, todo: list[Planned]) -> None:
        """The change stands; a last name that will not go is cleared at the next start."""
        try:
            for one in todo:
                steps.clear_away(one)
            self._journal.ledger.finish(number)
        except DiskFailed as error:
            self._journal.notes.append(f"Clearing up after a deletion waits: {error.cause}")

    def _roll_back(self, number: int, error: BaseException) -> None:
        ledger = self._journal.ledger
        entry = ledger.entry(number)
        assert entry is not None
        try:
            steps.take_back(self.root, entry, ledger, self._disk)
            ledger.finish(number, "undone")
        except (OSError, RepoError) as second:
            names = ", ".join(str(change.path) for change in entry.changes)
            raise DiskFailed(
                f"Writing {names} failed ({error}), and taking it back failed too ({second}).",
                "The old contents are in the journal; Galley repairs this at the next start.",
            ) from error


def _no_name_twice(planned: Sequence[Planned]) -> None:
    names = [one.place.relative for one in planned]
    names += [one.target.relative for one in planned if one.target is not None]
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise WriteRefused(f"{twice} would be changed twice at once.", "Change it in two steps.")
