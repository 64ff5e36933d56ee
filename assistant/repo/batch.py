"""The steps of one change to several files, and the way back. Judges nothing."""

from __future__ import annotations

import os
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from assistant.errors import ChangedUnderneath, DiskFailed, RepoError, WriteRefused
from assistant.repo.disk import Disk, Folder
from assistant.repo.ledger import Change, Entry, Ledger
from assistant.repo.paths import Place, resolve
from assistant.repo.saver import (
    FileState,
    Staged,
    changed,
    digest,
    discard,
    disk_errors,
    failed,
    is_what_was_seen,
    look,
    make_executable,
    overwrite,
    publish,
    same_or_refuse,
    set_mode,
    stage,
)
from assistant.types import FileAction


@dataclass(frozen=True, slots=True)
class Write:
    """``data`` at ``path``; ``expect`` is the hash of what is there now, empty for a free name.

    ``executable`` makes a new file a program; one that is there keeps its mode, unless ``mode``
    (permission bits) is given.
    """

    path: PurePosixPath
    data: bytes
    expect: str
    executable: bool = False
    mode: int = 0


@dataclass(frozen=True, slots=True)
class Delete:
    """Nothing at ``path``."""

    path: PurePosixPath
    expect: str


@dataclass(frozen=True, slots=True)
class Move:
    """What is at ``path`` under the free name ``to``."""

    path: PurePosixPath
    to: PurePosixPath
    expect: str


Operation = Write | Delete | Move


def _temp_name() -> str:
    return f".~galley-{secrets.token_hex(8)}.tmp"


@dataclass(slots=True)
class Planned:
    """One operation with its place held open and the state it starts from."""

    operation: Operation
    place: Place
    before: FileState
    seen: os.stat_result | None
    target: Place | None = None
    staged: Staged | None = None
    temp: str = field(default_factory=_temp_name)
    done_mode: int = 0

    @property
    def already(self) -> bool:
        """Whether the file is as it should be without doing anything."""
        one = self.operation
        if isinstance(one, Write):
            same = one.mode in (0, self.before.mode)
            return self.before.exists and one.data == self.before.data and same
        return isinstance(one, Delete) and not self.before.exists

    @property
    def rank(self) -> int:
        """Destructive steps come last."""
        return {Write: 0, Move: 1, Delete: 2}[type(self.operation)]

    @property
    def after(self) -> FileState:
        one = self.operation
        if isinstance(one, Write):
            mode = self.before.mode if self.before.exists else self.done_mode
            return FileState(one.data, digest(one.data), one.mode or mode, True)
        return self.before if isinstance(one, Move) else FileState()

    def change(self) -> Change:
        """What the journal says of this."""
        one, path, pre = self.operation, self.place.relative, self.before.hash
        made = len(self.place.missing)
        if isinstance(one, Write):
            action = FileAction.MODIFY if self.before.exists else FileAction.CREATE
            post = digest(one.data)
            mode = self.before.mode
            became = one.mode if self.before.exists and one.mode != mode else 0
            return Change(path, action, pre, post, mode, None, self.temp, made, became=became)
        if isinstance(one, Delete):
            return Change(path, FileAction.DELETE, pre, "", self.before.mode, temp=self.temp)
        assert self.target is not None
        to, made = self.target.relative, len(self.target.missing)
        return Change(path, FileAction.MOVE, pre, pre, self.before.mode, moved_to=to, made=made)

    def contents(self) -> list[bytes]:
        data = [self.before.data] if self.before.exists else []
        return [*data, self.operation.data] if isinstance(self.operation, Write) else data


def prepare(one: Planned) -> None:
    """Everything that can fail without touching a file of the person: folders, and the new bytes
    beside it."""
    if isinstance(one.operation, Write):
        make_folders(one.place)
        place = one.place
        one.staged = stage(place.folder, place.name, one.operation.data, one.temp, one.seen)
        if one.operation.mode and not one.staged.in_place:
            set_mode(place.folder, one.temp, one.operation.mode)
        if one.seen is None:
            if one.operation.executable:
                make_executable(place.folder, one.temp)
            one.done_mode = stat.S_IMODE(place.folder.lstat(one.temp).st_mode)
    elif isinstance(one.operation, Move):
        assert one.target is not None
        make_folders(one.target)


def carry_out(one: Planned) -> None:
    """The change itself. Raises ChangedUnderneath, DiskFailed."""
    place = one.place
    match one.operation:
        case Write():
            assert one.staged is not None
            publish(one.staged)
            if one.operation.mode and one.staged.in_place:
                set_mode(place.folder, place.name, one.operation.mode)
        case Move():
            assert one.target is not None
            same_or_refuse(place.folder, place.name, one.seen)
            same_or_refuse(one.target.folder, one.target.name, None)
            with disk_errors(one.operation.path, "move"):
                try:
                    place.folder.rename_free(place.name, one.target.name, one.target.folder)
                except FileExistsError:
                    raise changed(one.operation.to) from None
                one.target.folder.sync()
                place.folder.sync()
        case Delete():
            same_or_refuse(place.folder, place.name, one.seen)
            with disk_errors(one.operation.path, "delete"):
                place.folder.rename(place.name, one.temp)
                assert one.seen is not None
                if not is_what_was_seen(place.folder, one.temp, one.seen):
                    place.folder.rename_free(one.temp, place.name)
                    raise changed(one.operation.path)
                place.folder.sync()


def clear_away(one: Planned) -> None:
    """The deleted file's last name goes, once all the others are in place."""
    if isinstance(one.operation, Delete):
        with disk_errors(one.operation.path, "delete"):
            one.place.folder.unlink(one.temp)
            one.place.folder.sync()


def make_folders(place: Place) -> None:
    """Create the missing folders of ``place`` and go down into them."""
    for name in place.missing:
        with disk_errors(name, "create"):
            try:
                place.folder.mkdir(name)
            except FileExistsError:
                pass  # another file of the same batch, or another program, was first
            place.folder.sync()
            deeper = place.folder.child(name)
        place.folder.close()
        place.folder = deeper
    place.missing = ()


# -- the way back ----------------------------------------------------------------------------------


def take_back(root: str, entry: Entry, ledger: Ledger, disk: Disk) -> list[PurePosixPath]:
    """Undo the open ``entry`` on the disk; what someone else changed since is left and returned.

    An entry that is ``published`` is complete; only names of our own are cleared away.
    """
    left = []
    for change in reversed(entry.changes):
        if entry.state == "published":
            _clear(root, change, disk)
        elif not _back(root, change, ledger, disk):
            left.append(change.path)
    if entry.state != "published":
        for change in entry.changes:
            _remove_folders(root, change, disk)
    return left


def _beside(root: str, path: PurePosixPath, disk: Disk) -> Place:
    """The place of ``path`` itself, even when somebody put a link there since. Raises
    WriteRefused."""
    place = resolve(root, path.with_name(_temp_name()), disk)
    place.name, place.relative = path.name, path
    return place


def _now(place: Place) -> tuple[FileState, os.stat_result | None] | None:
    """What stands there; None for a link, a folder or a device, which nobody but others put
    there."""
    try:
        return look(place.folder, place.name)
    except WriteRefused:
        return None


def _clear(root: str, change: Change, disk: Disk) -> None:
    with _beside(root, change.path, disk) as place:
        if not place.missing:
            with disk_errors(change.path, "delete"):
                _unlink_if_there(place.folder, change.temp)


def _back(root: str, change: Change, ledger: Ledger, disk: Disk) -> bool:
    try:
        with _beside(root, change.path, disk) as place:
            if change.action is FileAction.MOVE:
                return _move_back(root, change, place, disk)
            if place.missing:
                return True
            if change.action is FileAction.DELETE:
                return _undelete(change, place, ledger)
            return _unwrite(change, place, ledger)
    except WriteRefused:
        return False  # its folder is no longer one of this project


def _move_back(root: str, change: Change, place: Place, disk: Disk) -> bool:
    assert change.moved_to is not None
    here = FileState() if place.missing else look(place.folder, place.name)[0]
    with _beside(root, change.moved_to, disk) as target:
        if target.missing or look(target.folder, target.name)[0].hash != change.pre:
            return here.hash == change.pre
        if here.exists:
            return False
        with disk_errors(change.path, "move"):
            target.folder.rename_free(target.name, place.name, place.folder)
            place.folder.sync()
            target.folder.sync()
        return True


def _undelete(change: Change, place: Place, ledger: Ledger) -> bool:
    now, _ = look(place.folder, place.name)
    waiting, _ = look(place.folder, change.temp)
    if now.exists:
        return now.hash == change.pre
    with disk_errors(change.path, "restore"):
        if waiting.exists:
            place.folder.rename(change.temp, place.name)
            place.folder.sync()
        else:
            put_new(place, ledger.content(change.pre), change.mode)
    return True


def _unwrite(change: Change, place: Place, ledger: Ledger) -> bool:
    folder, name = place.folder, place.name
    found = _now(place)
    if found is None:
        with disk_errors(change.path, "restore"):
            _unlink_if_there(folder, change.temp)
        return False
    now, seen = found
    staged, _ = look(folder, change.temp)
    torn = _torn_in_place(change, now, seen, staged)
    if now.hash == change.post or torn:
        with disk_errors(change.path, "restore"):
            if not change.pre:
                folder.unlink(name)
                folder.sync()
            elif torn or (seen is not None and seen.st_nlink > 1):
                overwrite(folder, name, ledger.content(change.pre))
            else:
                again = f"{change.temp}.back"
                discard(folder, again)
                publish(stage(folder, name, ledger.content(change.pre), again, seen))
        now = FileState(hash=change.pre)
    if change.became and change.pre and now.hash == change.pre:
        set_mode(folder, name, change.mode)
    with disk_errors(change.path, "restore"):
        _unlink_if_there(folder, change.temp)
        _unlink_if_there(folder, f"{change.temp}.back")
    return now.hash == change.pre


def _torn_in_place(
    change: Change, now: FileState, seen: os.stat_result | None, staged: FileState
) -> bool:
    """Whether we died while writing into the file itself: the complete copy still waits beside
    it."""
    if seen is None or not change.pre or staged.hash != change.post:
        return False
    return now.hash not in (change.pre, change.post) and seen.st_nlink > 1


def put_new(place: Place, data: bytes, mode: int) -> None:
    """Create a file that is not there, with ``mode``."""
    temp = _temp_name()
    staged = stage(place.folder, place.name, data, temp, None)
    try:
        if mode and hasattr(os, "fchmod"):
            fd = place.folder.open(temp, os.O_WRONLY)
            try:
                os.fchmod(fd, mode)
            finally:
                os.close(fd)
        publish(staged)
    except (OSError, ChangedUnderneath, DiskFailed):
        discard(place.folder, temp)
        raise


def _unlink_if_there(folder: Folder, name: str) -> None:
    try:
        folder.unlink(name)
    except FileNotFoundError:
        return
    folder.sync()


def _remove_folders(root: str, change: Change, disk: Disk) -> None:
    """The folders that were created for this change, as far as they are empty."""
    path = change.moved_to or change.path
    for depth in range(change.made):
        folder = path.parents[depth]
        try:
            with resolve(root, folder, disk) as place:
                place.folder.rmdir(place.name)
        except FileNotFoundError:
            continue  # it was never reached
        except OSError:
            return  # somebody put something there
        except RepoError as error:
            raise failed(OSError(0, str(error)), folder, "remove") from error
