"""The two files of a repository that a commit changes: the index and one ref. Git's own lock
files are used.

Nothing else in .git is written by hand. A lock of another process is respected, never removed.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from assistant.errors import CommitFailed
from assistant.repo.disk import Disk, Folder
from assistant.repo.gitdir import GitDir, Head

MARK = b"galley holds this lock\n"
WAITING = "galley.waiting"
NEW_INDEX = "index.galley"
NOTES_REF = "refs/notes/galley"
_COMMIT_LINE = re.compile(rb"[0-9a-f]{40,64}\n")
LOOK_S = 0.05
"""How often a lock of someone else is looked at."""


class IndexLock:
    """``index.lock`` held from entering to leaving; :meth:`install` makes new bytes the index.

    A lock of someone else is waited for, at most ``wait_s`` seconds, and never removed.
    """

    def __init__(
        self,
        repo: GitDir,
        disk: Disk,
        *,
        wait_s: float = 0.0,
        waiting: Callable[[str], None] = lambda _: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        self._folder = Folder.open_root(repo.path, disk)
        self._wait_s, self._waiting, self._cancelled = wait_s, waiting, cancelled
        self._held = False

    def __enter__(self) -> IndexLock:
        try:
            self._claim()
        except OSError as error:
            self._folder.close()
            raise CommitFailed(f"The index cannot be locked: {error.strerror}.") from error
        except BaseException:
            self._folder.close()
            raise
        self._held = True
        return self

    def _claim(self) -> None:
        began, told = time.monotonic(), False
        while True:
            try:
                claim(self._folder, "index.lock", MARK, self._folder)
                return
            except FileExistsError:
                path = os.path.join(self._folder.path, "index.lock")
                holder, late = holder_of(path), time.monotonic() - began > self._wait_s
                if late or self._cancelled():
                    raise self._refusal(holder) from None
                if not told:
                    self._waiting(f"waiting for {holder or 'another git command'}")
                    told = True
                time.sleep(LOOK_S)

    def _refusal(self, holder: str) -> CommitFailed:
        if self._cancelled():
            return CommitFailed("The commit was cancelled; nothing was changed.")
        try:
            age = time.time() - self._folder.lstat("index.lock").st_mtime
        except FileNotFoundError:
            age = 0.0
        who = holder or "Another git command"
        return CommitFailed(
            f"{who} holds the index (index.lock, {age:.0f} s old).",
            "Wait until it ends."
            if holder
            else "Wait until it ends; if none is running, delete .git/index.lock.",
        )

    def install(self, data: bytes) -> None:
        """``data`` becomes the index, durably, and stays locked; OSError leaves the old one."""
        name, disk = NEW_INDEX, self._folder.disk
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
            _sync_if_possible(self._folder)
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


def claim(folder: Folder, lock: str, data: bytes, beside: Folder) -> None:
    """Create ``lock`` holding ``data`` at one instant, so that a lock of a dead owner is known by
    its words.

    Raises FileExistsError when someone holds it. ``beside`` is where the bytes wait before.
    """
    disk = folder.disk
    fd = beside.open(WAITING, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    try:
        try:
            disk.write(fd, data, WAITING)
            disk.sync(fd, WAITING)
        finally:
            os.close(fd)
        disk.before("link", lock)
        os.link(beside.at(WAITING), folder.at(lock), src_dir_fd=beside.fd, dst_dir_fd=folder.fd)
    finally:
        os.unlink(beside.at(WAITING), dir_fd=beside.fd)


def holder_of(path: str) -> str:
    """Who has ``path`` open, as far as this system tells: ``git (process 4711)``; empty when
    nobody is seen."""
    try:
        processes = [name for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return ""  # a system that does not say
    for process in processes:
        try:
            files = os.listdir(f"/proc/{process}/fd")
            if any(os.readlink(f"/proc/{process}/fd/{fd}") == path for fd in files):
                name = Path(f"/proc/{process}/comm").read_text(encoding="utf-8").strip()
                return f"{name} (process {process})"
        except OSError:
            continue  # it ended meanwhile, or belongs to somebody else
    return ""


def leftover_lock(repo: GitDir) -> bool:
    """Remove an index.lock that a Galley died with, and what waited beside it; True if there was
    a lock.

    The caller holds the project's lock, so no other Galley is at work.
    """
    for name in (WAITING, NEW_INDEX):
        half = Path(repo.path, name)
        if half.is_file() and not half.is_symlink():
            half.unlink()
    return _remove_if(Path(repo.path, "index.lock"), (MARK,))


def leftover_ref_lock(repo: GitDir, ref: str, commits: tuple[str, ...]) -> bool:
    """Remove the lock on ``ref`` when it holds one of ``commits`` (empty: a removal) that we were
    writing."""
    base = repo.path if ref == "HEAD" else repo.common
    words = tuple(f"{commit}\n".encode() if commit else MARK for commit in commits)
    return _remove_if(Path(base, *f"{ref}.lock".split("/")), words)


def leftover_notes_lock(repo: GitDir) -> bool:
    """Remove the lock on our own ref of notes; nobody else writes there, whatever commit it
    holds."""
    path = Path(repo.common, *f"{NOTES_REF}.lock".split("/"))
    if not path.is_file() or path.is_symlink():
        return False
    held = path.read_bytes()
    ours = held == MARK or bool(_COMMIT_LINE.fullmatch(held))
    return ours and _remove_if(path, (held,))


def _remove_if(path: Path, contents: tuple[bytes, ...]) -> bool:
    if not path.is_file() or path.is_symlink() or path.read_bytes() not in contents:
        return False
    path.unlink()
    return True


def move_ref(
    repo: GitDir, head: Head, new: str, disk: Disk, *, who: str, why: str, only: bool = False
) -> None:
    """HEAD's branch (or a detached HEAD; ``only``: another ref) from ``head.commit`` to ``new``
    by compare-and-swap.

    Empty ``head.commit`` means that it must not exist; empty ``new`` removes it again. Raises
    CommitFailed.
    """
    name = head.ref or "HEAD"
    base = repo.common if head.ref else repo.path
    lock = f"{name.rsplit('/', 1)[-1]}.lock"
    with _ref_folder(base, name, disk) as folder, Folder.open_root(repo.path, disk) as beside:
        try:
            claim(folder, lock, f"{new}\n".encode() if new else MARK, beside)
        except FileExistsError:
            raise CommitFailed(
                f"Another git command is changing {name}.", "Try again when it has ended."
            ) from None
        try:
            _swap(repo, head, new, folder, lock)
        except BaseException:
            _remove_if(Path(folder.path, lock), (f"{new}\n".encode() if new else MARK,))
            raise
        if not new:
            os.unlink(folder.at(lock), dir_fd=folder.fd)
    _reflog(repo, head, new, who, why, only)


def point_head(
    repo: GitDir, head: Head, ref: str, commit: str, disk: Disk, *, who: str, why: str
) -> None:
    """HEAD from ``head`` to the branch ``ref``, which is at ``commit``, by compare-and-swap.
    Raises CommitFailed."""
    words = _points_to(ref)
    with _ref_folder(repo.path, "HEAD", disk) as folder:
        try:
            claim(folder, "HEAD.lock", words, folder)
        except FileExistsError:
            raise CommitFailed(
                "Another git command is changing HEAD.", "Try again when it has ended."
            ) from None
        try:
            if repo.head() != head:
                raise CommitFailed("HEAD was moved by someone else in the meantime.")
            folder.rename("HEAD.lock", "HEAD")
        except BaseException:
            _remove_if(Path(repo.path, "HEAD.lock"), (words,))
            raise
        _sync_if_possible(folder)
    _reflog(repo, Head(head.commit), commit, who, why, only=False)


def leftover_head_lock(repo: GitDir, ref: str) -> bool:
    """Remove the lock of a switch to ``ref`` that a Galley died with."""
    return _remove_if(Path(repo.path, "HEAD.lock"), (_points_to(ref),))


def _points_to(ref: str) -> bytes:
    return f"ref: {ref}\n".encode("utf-8", "surrogateescape")


def _swap(repo: GitDir, head: Head, new: str, folder: Folder, lock: str) -> None:
    """Compare, then make the lock file the ref; the lock is held."""
    name, last = head.ref or "HEAD", lock.removesuffix(".lock")
    now = repo.ref(head.ref) if head.ref else repo.head().commit
    if now != head.commit:
        raise CommitFailed(
            f"{name} was moved by someone else in the meantime.", "Look at it, then try again."
        )
    if new:
        folder.rename(lock, last)
    elif name in repo.packed():
        raise CommitFailed(f"{name} was packed in the meantime.", "Use git in a terminal.")
    else:
        folder.unlink(last)
    _sync_if_possible(folder)


def _sync_if_possible(folder: Folder) -> None:
    """After a rename: the change is made, so failing now would be a lie; git itself never syncs
    here."""
    try:
        folder.sync()
    except OSError:
        return


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


def _reflog(repo: GitDir, head: Head, new: str, who: str, why: str, only: bool) -> None:
    """One line in the logs that exist already; git without a reflog is still right, so failing is
    no error."""
    zero = "0" * (len(new) or len(head.commit))
    line = f"{head.commit or zero} {new or zero} {who}\t{why}\n".encode("utf-8", "surrogateescape")
    logs = [] if only else [os.path.join(repo.path, "logs", "HEAD")]
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
