"""The two files of a repository that a commit changes: the index and one ref. Git's own lock
files are used.

Nothing else in .git is written by hand. A lock of another process is respected, never removed.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from assistant.errors import CommitFailed
from assistant.repo.disk import Disk, Folder
from assistant.repo.gitdir import GitDir, Head

MARK = b"galley holds this lock\n"


class IndexLock:
    """``index.lock`` held from entering to leaving; :meth:`install` makes new bytes the index."""

    def __init__(self, repo: GitDir, disk: Disk) -> None:
        self._folder = Folder.open_root(repo.path, disk)
        self._held = False

    def __enter__(self) -> IndexLock:
        try:
            fd = self._folder.open("index.lock", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        except FileExistsError:
            age = time.time() - self._folder.lstat("index.lock").st_mtime
            self._folder.close()
            raise CommitFailed(
                f"Another git command holds the index (index.lock, {age:.0f} s old).",
                "Wait until it ends; if none is running, delete .git/index.lock.",
            ) from None
        except OSError as error:
            self._folder.close()
            raise CommitFailed(f"The index cannot be locked: {error.strerror}.") from error
        self._held = True
        try:
            os.write(fd, MARK)
        finally:
            os.close(fd)
        return self

    def install(self, data: bytes) -> None:
        """``data`` becomes the index, durably, and stays locked; OSError leaves the old one."""
        name, disk = "index.galley", self._folder.disk
        try:
            mode = self._folder.lstat("index").st_mode & 0o777
        except FileNotFoundError:
            mode = self._folder.lstat("index.lock").st_mode & 0o777
        try:
            fd = self._folder.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
            try:
                disk.write(fd, data, name)
                disk.sync(fd, name)
            finally:
                os.close(fd)
            self._folder.rename(name, "index")
            self._folder.sync()
        finally:
            if os.path.lexists(os.path.join(self._folder.path, name)):
                os.unlink(os.path.join(self._folder.path, name))

    def restore(self, data: bytes | None, mtime_ns: int) -> None:
        """The index as it was, with its time; None when there was none, as before the first add."""
        if data is not None:
            self.install(data)
            # a newer time would hide files that were written in the same tick as the old index
            os.utime(os.path.join(self._folder.path, "index"), ns=(mtime_ns, mtime_ns))
            return
        if os.path.lexists(os.path.join(self._folder.path, "index")):
            self._folder.unlink("index")
            self._folder.sync()

    def __exit__(self, *_: object) -> None:
        try:
            if self._held:
                os.unlink(os.path.join(self._folder.path, "index.lock"))
        finally:
            self._folder.close()


def leftover_lock(repo: GitDir) -> bool:
    """Remove an index.lock that a Galley wrote and died with; the caller holds the project's
    lock."""
    path = Path(repo.path, "index.lock")
    if not path.is_file() or path.is_symlink() or path.read_bytes() != MARK:
        return False
    path.unlink()
    half = Path(repo.path, "index.galley")
    if half.is_file() and not half.is_symlink():
        half.unlink()
    return True


def move_ref(repo: GitDir, head: Head, new: str, disk: Disk, *, who: str, why: str) -> None:
    """HEAD's branch (or a detached HEAD) from ``head.commit`` to ``new`` by compare-and-swap.

    Empty ``head.commit`` means that it must not exist; empty ``new`` removes it again. Raises
    CommitFailed.
    """
    name = head.ref or "HEAD"
    base = repo.common if head.ref else repo.path
    with _ref_folder(base, name, disk) as folder:
        last = name.rsplit("/", 1)[-1]
        lock = f"{last}.lock"
        try:
            fd = folder.open(lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        except FileExistsError:
            raise CommitFailed(
                f"Another git command is changing {name}.", "Try again when it has ended."
            ) from None
        held = True
        try:
            try:
                now = repo.ref(head.ref) if head.ref else repo.head().commit
                if now != head.commit:
                    raise CommitFailed(
                        f"{name} was moved by someone else in the meantime.",
                        "Look at it, then try again.",
                    )
                disk.write(fd, f"{new}\n".encode(), lock)
                disk.sync(fd, lock)
            finally:
                os.close(fd)
            if new:
                folder.rename(lock, last)
                held = False
            else:
                if name in repo.packed():
                    raise CommitFailed(
                        f"{name} was packed in the meantime.", "Use git in a terminal."
                    )
                folder.unlink(last)
            folder.sync()
        finally:
            if held:
                os.unlink(os.path.join(folder.path, lock))
    _reflog(repo, head, new, who, why)


@contextmanager
def _ref_folder(base: str, name: str, disk: Disk) -> Iterator[Folder]:
    """The folder of a ref, reached without following a link; missing folders are made, as git
    makes them."""
    folder = Folder.open_root(base, disk)
    try:
        for part in name.split("/")[:-1]:
            try:
                deeper = folder.child(part)
            except FileNotFoundError:
                folder.mkdir(part)
                deeper = folder.child(part)
            folder.close()
            folder = deeper
        yield folder
    except OSError as error:
        raise CommitFailed(f"{name} cannot be written: {error.strerror or error}.") from error
    finally:
        folder.close()


def _reflog(repo: GitDir, head: Head, new: str, who: str, why: str) -> None:
    """One line in the logs that exist already; git without a reflog is still right, so failing is
    no error."""
    zero = "0" * (len(new) or len(head.commit))
    line = f"{head.commit or zero} {new or zero} {who}\t{why}\n".encode("utf-8", "surrogateescape")
    logs = [os.path.join(repo.path, "logs", "HEAD")]
    if head.ref:
        logs.append(os.path.join(repo.common, "logs", *head.ref.split("/")))
    if not repo.config.flag("core.logallrefupdates", default=True):
        return
    for path in logs:
        folder = os.path.dirname(path)
        if os.path.islink(path) or os.path.realpath(folder) != os.path.abspath(folder):
            continue
        try:
            os.makedirs(folder, exist_ok=True)
            with open(path, "ab") as file:
                file.write(line)
        except OSError:
            continue  # the commit stands; only its line in the reflog is missing
