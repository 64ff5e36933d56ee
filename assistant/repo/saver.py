"""One file replaced so that it is old or new at every instant. Knows no project.

The new bytes are written beside the file and synced, with the owner, mode and extended attributes
of the old one; then renamed over it; then the folder is synced. A file with several hard links,
or whose owner or attributes cannot be given to a new file, is written in place while the synced
copy waits beside it.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from assistant.errors import ChangedUnderneath, DiskFailed, WriteRefused
from assistant.repo.disk import Folder

_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)


@dataclass(frozen=True, slots=True)
class FileState:
    """What stood at a path: ``hash`` is the SHA-256 of ``data`` in hex, and empty when nothing
    ``exists``."""

    data: bytes = b""
    hash: str = ""
    mode: int = 0
    exists: bool = False


@dataclass(slots=True)
class Staged:
    """New bytes on the disk under ``temp``, waiting to take the place of ``name``."""

    folder: Folder
    name: str
    temp: str
    data: bytes
    seen: os.stat_result | None
    in_place: bool


def digest(data: bytes) -> str:
    """The name of some bytes everywhere in Galley: SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()


def look(folder: Folder, name: str) -> tuple[FileState, os.stat_result | None]:
    """What stands at ``name`` and its stat; never opens a link, a device or a pipe.

    Raises WriteRefused when it is not a regular file, DiskFailed when it cannot be read.
    """
    try:
        kind = folder.lstat(name)
    except FileNotFoundError:
        return FileState(), None
    except OSError as error:
        raise failed(error, name, "read") from error
    regular_or_refuse(kind, name)
    try:
        fd = folder.open(name, _READ)
    except FileNotFoundError:
        return FileState(), None
    except OSError as error:
        raise failed(error, name, "read") from error
    try:
        seen = os.fstat(fd)
        regular_or_refuse(seen, name)
        with os.fdopen(os.dup(fd), "rb") as file:
            data = file.read()
        return FileState(data, digest(data), stat.S_IMODE(seen.st_mode), True), seen
    except OSError as error:
        raise failed(error, name, "read") from error
    finally:
        os.close(fd)


def regular_or_refuse(seen: os.stat_result, name: str) -> None:
    """WriteRefused unless ``seen`` is a regular file."""
    if not stat.S_ISREG(seen.st_mode):
        kind = "a folder" if stat.S_ISDIR(seen.st_mode) else "a link, device, pipe or socket"
        raise WriteRefused(f"{name} is {kind}, not a file.")


def stage(folder: Folder, name: str, data: bytes, temp: str, seen: os.stat_result | None) -> Staged:
    """Write ``data`` durably under ``temp``; the file itself is untouched. Raises DiskFailed,
    WriteRefused."""
    if seen is not None:
        _writable_or_refuse(folder, name, seen)
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        fd = folder.open(temp, flags, 0o666 if seen is None else 0o600)
    except OSError as error:
        raise failed(error, name, "write") from error
    try:
        try:
            folder.disk.write(fd, data, temp)
            same = seen is None or _take_over(folder, name, fd, seen)
            folder.disk.sync(fd, temp)
        finally:
            os.close(fd)
    except OSError as error:
        discard(folder, temp)
        raise failed(error, name, "write") from error
    in_place = seen is not None and (seen.st_nlink > 1 or not same)
    return Staged(folder, name, temp, data, seen, in_place)


def make_executable(folder: Folder, temp: str) -> None:
    """Who may read the staged file may run it. Raises DiskFailed."""
    try:
        set_mode(folder, temp, runnable(stat.S_IMODE(folder.lstat(temp).st_mode)))
    except DiskFailed:
        discard(folder, temp)
        raise


def runnable(mode: int) -> int:
    """The mode with the right to run for everybody who may read."""
    return mode | (mode & 0o444) >> 2


def set_mode(folder: Folder, name: str, mode: int) -> None:
    """Give the file ``name`` these permission bits. Raises DiskFailed."""
    if not hasattr(os, "fchmod"):
        return
    try:
        fd = folder.open(name, _READ)
        try:
            folder.disk.before("chmod", name)
            os.fchmod(fd, mode)
        finally:
            os.close(fd)
    except OSError as error:
        raise failed(error, name, "write") from error


def publish(staged: Staged) -> None:
    """The staged bytes take the file's place. Raises ChangedUnderneath when it is no longer the
    file seen."""
    folder, name, temp = staged.folder, staged.name, staged.temp
    same_or_refuse(folder, name, staged.seen)
    try:
        if staged.in_place:
            folder.sync()
            overwrite(folder, name, staged.data, staged.seen)
            folder.unlink(temp)
        elif staged.seen is None:
            folder.rename_free(temp, name)
        elif not _exchanged(staged):
            folder.rename(temp, name)
        folder.sync()
    except FileExistsError:
        raise changed(name) from None
    except OSError as error:
        raise failed(error, name, "write") from error


def _exchanged(staged: Staged) -> bool:
    """Swap the new file in, then look at what came out, so that nothing slips in between.

    False where the system cannot swap. Raises ChangedUnderneath after swapping back.
    """
    folder, name, temp = staged.folder, staged.name, staged.temp
    if not folder.exchange(temp, name):
        return False
    assert staged.seen is not None
    if is_what_was_seen(folder, temp, staged.seen):
        folder.unlink(temp)
        return True
    folder.exchange(temp, name)
    try:
        ours = look(folder, temp)[0].hash == digest(staged.data)
    except WriteRefused:
        ours = False
    if not ours:
        folder.exchange(temp, name)  # it was replaced yet again in between; the newest stays
        kept = f"{name}.kept{temp[-12:-4]}"
        folder.rename(temp, kept)
        raise ChangedUnderneath(f"{name} was replaced twice meanwhile.", f"One is now {kept}.")
    raise changed(name)


def is_what_was_seen(folder: Folder, name: str, seen: os.stat_result) -> bool:
    """Whether the file that is called ``name`` since a moment ago is the one that was seen."""
    try:
        out = folder.lstat(name)
    except FileNotFoundError:
        return False
    # renaming changes ctime, and nothing else
    return _identity(out)[:-1] == _identity(seen)[:-1]


def overwrite(folder: Folder, name: str, data: bytes, seen: os.stat_result | None = None) -> None:
    """Write into the existing file, for hard links and foreign owners; the caller holds a durable
    copy. Raises ChangedUnderneath when what is open is not the file ``seen``."""
    fd = folder.open(name, os.O_WRONLY)
    try:
        if seen is not None and _identity(os.fstat(fd)) != _identity(seen):
            raise changed(name)
        folder.disk.write(fd, data, name)
        folder.disk.before("truncate", name)
        os.ftruncate(fd, len(data))
        folder.disk.sync(fd, name)
    finally:
        os.close(fd)


def same_or_refuse(folder: Folder, name: str, seen: os.stat_result | None) -> None:
    """ChangedUnderneath unless ``name`` is still exactly the file (or the absence) that was
    seen."""
    try:
        now = folder.lstat(name)
    except FileNotFoundError:
        if seen is None:
            return
        raise changed(name) from None
    if seen is None or _identity(now) != _identity(seen):
        raise changed(name)


def changed(name: object) -> ChangedUnderneath:
    return ChangedUnderneath(
        f"{name} was changed by another program in the meantime.",
        "Look at what it says now; both versions are kept.",
    )


def discard(folder: Folder, name: str) -> None:
    """Remove a file of our own that may not exist, or that a dying disk will not let go of."""
    try:
        folder.unlink(name)
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.EIO, errno.EROFS, errno.ENOSPC, errno.EDQUOT):
            raise


def failed(error: OSError, name: object, verb: str) -> DiskFailed:
    """The sentence for an operating-system error; nothing was changed."""
    actions = {
        errno.ENOSPC: (
            "the disk is full",
            "Free some space and try again; the text is still here.",
        ),
        errno.EDQUOT: ("your quota is used up", "Free some space and try again."),
        errno.EROFS: ("the disk is read-only", "Save it somewhere else."),
        errno.EACCES: ("you may not", "Change its permissions, or save it somewhere else."),
        errno.EPERM: ("you may not", "Change its permissions, or save it somewhere else."),
        errno.EIO: ("the disk reports an error", "Save it to another disk."),
    }
    why, action = actions.get(error.errno or 0, ((error.strerror or str(error)).lower(), ""))
    return DiskFailed(f"Cannot {verb} {name}: {why}.", action or "The file is as it was.")


@contextmanager
def disk_errors(name: object, verb: str) -> Iterator[None]:
    """Turns OSError into DiskFailed."""
    try:
        yield
    except OSError as error:
        raise failed(error, name, verb) from error


def _identity(seen: os.stat_result) -> tuple[int, ...]:
    return (
        seen.st_dev,
        seen.st_ino,
        seen.st_mode,
        seen.st_size,
        seen.st_mtime_ns,
        seen.st_ctime_ns,
    )


def _writable_or_refuse(folder: Folder, name: str, seen: os.stat_result) -> None:
    effective = os.access in os.supports_effective_ids
    dir_fd = folder.fd if os.access in os.supports_dir_fd else None
    allowed = os.access(folder.at(name), os.W_OK, dir_fd=dir_fd, effective_ids=effective)
    if not allowed or not seen.st_mode & 0o222:
        raise WriteRefused(f"{name} is read-only.", "Make it writable first, or save a copy.")


def _take_over(folder: Folder, name: str, fd: int, seen: os.stat_result) -> bool:
    """Give the new file the owner, mode and attributes of the old one; False when that is not
    possible."""
    if not hasattr(os, "fchown"):
        return True
    new = os.fstat(fd)
    if (new.st_uid, new.st_gid) != (seen.st_uid, seen.st_gid):
        folder.disk.before("chown", name)
        try:
            os.fchown(fd, seen.st_uid, seen.st_gid)
        except PermissionError:
            return False
    folder.disk.before("chmod", name)
    os.fchmod(fd, stat.S_IMODE(seen.st_mode))
    if not hasattr(os, "listxattr"):
        return True
    old = folder.open(name, _READ)
    try:
        for key in os.listxattr(old):
            folder.disk.before("setxattr", name)
            os.setxattr(fd, key, os.getxattr(old, key))
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
            raise
        return False
    finally:
        os.close(old)
    return True
