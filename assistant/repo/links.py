"""Links and empty folders of a work tree: looked at, made, taken away, and never followed."""

from __future__ import annotations

import errno
import hashlib
import os
import posixpath
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath

from assistant.errors import CommitFailed
from assistant.repo.disk import Disk, Folder
from assistant.repo.paths import forbidden
from assistant.repo.saver import disk_errors


@dataclass(frozen=True, slots=True)
class Link:
    """``path`` leads to ``old`` before and to ``new`` afterwards; None is no link there.

    ``first`` says that it goes before the files are written, for one takes its place.
    """

    path: str
    old: str | None
    new: str | None
    first: bool = False


def standing(root: str, path: PurePosixPath | str, disk: Disk) -> tuple[str, str]:
    """What stands at ``path`` below the real ``root`` — file, link, folder, other, or empty — and
    where a link leads. CommitFailed when a folder on the way is a link or a file."""
    with _beside(root, path, disk) as folder:
        return _at(folder, PurePosixPath(path).name) if folder is not None else ("", "")


def leads_outside(top: str, path: PurePosixPath | str, target: str) -> bool:
    """Whether a link at ``path`` (below ``top``, the whole work tree) names a place outside of
    it, or one that belongs to git."""
    if not target or "\0" in target or os.path.isabs(target):
        return True
    where = posixpath.normpath(posixpath.join(posixpath.dirname(str(path)), target))
    gone = where == ".." or where.startswith("../")
    return gone or forbidden(PurePosixPath(where)) is not None


def settle(
    root: str, path: PurePosixPath | str, was: str | None, now: str | None, disk: Disk
) -> bool:
    """The link ``was`` becomes ``now``; safe to repeat. False, and nothing done, where something
    else stands. Raises DiskFailed."""
    name = PurePosixPath(path).name
    with _beside(root, path, disk, make=now is not None) as folder:
        if folder is None:
            return now is None
        with disk_errors(path, "write"):
            _clear(folder, _temp(name))
        kind, target = _at(folder, name)
        here = target if kind == "link" else None
        if kind not in ("", "link") or here not in (was, now, None):
            return False
        if here == now:
            return True
        with disk_errors(path, "write"):
            if now is None:
                folder.unlink(name)
            else:
                _put(folder, name, now, free=here is None)
            folder.sync()
        return True


def make_folder(root: str, path: PurePosixPath | str, disk: Disk) -> None:
    """An empty folder, as git makes one for a submodule that is not fetched yet."""
    with _beside(root, path, disk, make=True) as folder, disk_errors(path, "create"):
        assert folder is not None
        _mkdir(folder, PurePosixPath(path).name)


def remove_empty(root: str, path: PurePosixPath | str, disk: Disk) -> bool:
    """The folder ``path``, when nothing is in it; whether it is gone."""
    with _beside(root, path, disk) as folder:
        name = PurePosixPath(path).name
        if folder is None or _at(folder, name)[0] != "folder":
            return folder is None
        with disk_errors(path, "delete"):
            try:
                folder.rmdir(name)
            except OSError as error:
                if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.EBUSY):
                    return False
                raise
            folder.sync()
        return True


def _at(folder: Folder, name: str) -> tuple[str, str]:
    try:
        mode = folder.lstat(name).st_mode
        if stat.S_ISLNK(mode):
            return "link", folder.readlink(name)
    except FileNotFoundError:
        return "", ""
    if stat.S_ISREG(mode):
        return "file", ""
    return ("folder" if stat.S_ISDIR(mode) else "other"), ""


def _put(folder: Folder, name: str, target: str, *, free: bool) -> None:
    """Under a name of our own first, so that the place is never empty in between."""
    temp = _temp(name)
    folder.symlink(target, temp)
    try:
        if free:
            folder.rename_free(temp, name)
        else:
            folder.rename(temp, name)
    except BaseException:
        os.unlink(folder.at(temp), dir_fd=folder.fd)
        raise


def _temp(name: str) -> str:
    """Always the same, so that the next start finds what a dead Galley left."""
    return f".~galley-{hashlib.sha256(os.fsencode(name)).hexdigest()[:16]}.tmp"


def _clear(folder: Folder, temp: str) -> None:
    if _at(folder, temp)[0] == "link":
        folder.unlink(temp)


def _mkdir(folder: Folder, name: str) -> None:
    try:
        folder.mkdir(name)
    except FileExistsError:
        return
    folder.sync()


@contextmanager
def _beside(
    root: str, path: PurePosixPath | str, disk: Disk, *, make: bool = False
) -> Iterator[Folder | None]:
    """The open folder that holds ``path``, reached through no link; None where there is none."""
    folder: Folder | None = Folder.open_root(root, disk)
    try:
        for part in PurePosixPath(path).parts[:-1]:
            assert folder is not None
            deeper = _deeper(folder, part, path, make=make)
            folder.close()
            folder = deeper
            if folder is None:
                break
        yield folder
    finally:
        if folder is not None:
            folder.close()


def _deeper(folder: Folder, part: str, path: object, *, make: bool) -> Folder | None:
    try:
        return folder.child(part)
    except FileNotFoundError:
        if not make:
            return None
    except OSError as error:
        if error.errno not in (errno.ENOTDIR, errno.ELOOP):
            raise
        raise CommitFailed(
            f"{path} cannot be reached: “{part}” is a file or a link here, and a folder there.",
            "Switch in a terminal.",
        ) from error
    with disk_errors(path, "create"):
        _mkdir(folder, part)
        return folder.child(part)
