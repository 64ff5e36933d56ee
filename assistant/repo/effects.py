"""What a command does to the person's files: seen before and after, and booked as its own.

A command writes where it likes, so everything is kept before it runs: a snapshot beside the
journal. That it runs is written down; afterwards what differs is an entry of the time line. What a
command did while Galley died is booked at the next start. What Galley itself wrote meanwhile, such
as a save of the person's, is theirs.
"""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from assistant.errors import RepoError
from assistant.repo.checkpoints import Checkpoints
from assistant.repo.gitdir import HERE
from assistant.repo.journal import Journal
from assistant.repo.ledger import Author, By, Change, Ledger, ends
from assistant.repo.points import Points
from assistant.repo.running import Announced, CommandBook, Effect
from assistant.repo.saver import digest, runnable
from assistant.repo.sidecar import Sidecar
from assistant.repo.treediff import Difference
from assistant.types import FileAction

MOST_FILES = 2_000
MOST_BYTES = 128 << 20
"""More than that of one command is not put into the journal: its snapshot stays instead."""
CUT_OFF = "cut off when Galley ended"
_RUNS = "100755"


@dataclass(frozen=True, slots=True)
class Booked:
    """``paths`` are in the time line as the command's; ``left`` changed too and are not, each with
    the reason; then the checkpoint before stays in the time line.
    """

    command: str
    entry: int = 0
    paths: tuple[PurePosixPath, ...] = ()
    left: tuple[str, ...] = ()


class Effects:
    """Of one project. ``points`` keep what stands before."""

    def __init__(self, journal: Journal, sidecar: Sidecar, points: Points) -> None:
        self._journal, self._sidecar, self._points = journal, sidecar, points
        self._book = CommandBook(journal.store, journal.ledger)
        self._running: Announced | None = None
        self._lock = threading.Lock()

    @property
    def running(self) -> Author | None:
        """The command that is at work on the files just now."""
        one = self._running
        return one.author if one is not None else None

    def author_of(self, path: PurePosixPath, key: str) -> Author | None:
        """The command that wrote the version ``key`` of a file, as far as is known by now."""
        newest = self._journal.ledger.newest_of(path)
        if newest is None or all(post != key for _, _, post in ends(newest)):
            return self.running
        return newest.author if newest.author.by is By.COMMAND else None

    def begin(self, name: str, also: Sequence[PurePosixPath] = ()) -> Announced:
        """Keep what stands before the command ``name``; ``also`` files that git ignores.

        Raises RepoError when it cannot be kept; then the command must not run unasked.
        """
        with self._lock:
            self._recover("")
            point = self._points.take(f"Before {name}", "command", also)
            stamps = self._stamps(point.skipped)
            made = point.entry if point.fresh else 0
            author = Author(By.COMMAND, name)
            self._running = self._book.announce(author, point.snapshot, made, stamps)
            return self._running

    def end(self, one: Announced, also: Sequence[PurePosixPath] = ()) -> Booked:
        """The command has ended, in whatever way: book what it did.

        Where that cannot be written down now, it is done at the next start, and ``left`` says so.
        """
        with self._lock:
            try:
                return self._booked(one, also)
            except (RepoError, OSError) as error:
                cause = error.cause if isinstance(error, RepoError) else str(error)
                later = f"what it changed is booked at the next start ({cause.rstrip('.')})"
                return Booked(one.author.name, left=(later,))
            finally:
                self._running = None

    def recover(self) -> list[Booked]:
        """Book what commands did that outlived a dead Galley. Call once after opening."""
        with self._lock:
            return self._recover(CUT_OFF)

    def _recover(self, how: str) -> list[Booked]:
        found = []
        for one in self._book.announced():
            try:
                found.append(self._booked(one, (), how))
            except RepoError as error:
                self._journal.notes.append(f"What {one.author.name} changed waits: {error.cause}")
        return found

    # -- after it ----------------------------------------------------------------------------------

    def _booked(self, one: Announced, also: Sequence[PurePosixPath], how: str = "") -> Booked:
        name = one.author.name
        vault = self._points.snapshots()
        differs, skipped = vault.since(one.snapshot, also)
        left = [*self._not_kept(one, skipped)]
        effect = _Sorting(self._journal.ledger, vault, one.entry).sorted(differs, left)
        why = f"{name}, {how}" if how else name
        entry = self._book.settle(one, effect, why)
        if one.point and not left:
            self._forget(one.point)
        changed = dict.fromkeys(c.path for c in (*effect.changes, *effect.later))
        return Booked(name, entry, tuple(changed), tuple(left))

    def _forget(self, point: int) -> None:
        """All of it is in the journal; a checkpoint that stays costs room and nothing else."""
        try:
            self._points.drop(self._points.of(point))
        except RepoError as error:
            self._journal.notes.append(f"Clearing up a checkpoint waits: {error.cause}")

    def _not_kept(self, one: Announced, skipped: Sequence[PurePosixPath]) -> list[str]:
        """Files that no snapshot holds and that are not what they were."""
        before, now = dict(one.stamps or {}), self._stamps(skipped)
        names = [name for name in sorted(before | now) if before.get(name) != now.get(name)]
        return [f"{name} ({self._why_not(name)})" for name in names]

    def _stamps(self, skipped: Sequence[PurePosixPath]) -> dict[str, str]:
        """Kind, size and time of what is not kept: large and special files, and all that is changed
        outside of the open folder.
        """
        root = self._sidecar.root
        names = {str(path): os.path.join(root, *path.parts) for path in skipped}
        repo, _ = self._sidecar.repository()
        if repo is not None and repo.prefix != HERE:
            with self._sidecar.view().index() as index:
                git = self._sidecar.view().runner(index=index)
                git.run("update-index", "-q", "--refresh", allowed=(0, 1))
                listed = git.run("ls-files", "-z", "-m", "-o", "--exclude-standard", "-d")
            for raw in listed.split(b"\0")[:-1]:
                path = PurePosixPath(os.fsdecode(raw))
                if not path.is_relative_to(repo.prefix):
                    names[os.path.relpath(os.path.join(repo.root, path), root)] = os.path.join(
                        repo.root, path
                    )
        return {name: _stamp(path) for name, path in names.items()}

    def _why_not(self, name: str) -> str:
        if name.startswith(".."):
            return "outside of the open folder"
        path = os.path.join(self._sidecar.root, name)
        large = os.path.isfile(path) and not os.path.islink(path)
        return "too large to keep" if large else "no plain file"


class _Sorting:
    """Tells a command's changes from those that Galley wrote while it ran: every entry after
    ``start``.
    """

    def __init__(self, ledger: Ledger, vault: Checkpoints, start: int) -> None:
        self._vault = vault
        self._chains: dict[PurePosixPath, list[tuple[str, str]]] = {}
        for step in ledger.after(start):
            for path, pre, post in ends(step):
                self._chains.setdefault(path, []).append((pre, post))
        self._changes: list[Change] = []
        self._later: list[Change] = []
        self._contents: dict[str, bytes] = {}

    def sorted(self, differs: Sequence[Difference], left: list[str]) -> Effect:
        """The effect; what is not put into the journal is named in ``left``."""
        plain = [one for one in differs if one.plain]
        left += [f"{one.path} (a link)" for one in differs if not one.plain]
        blobs = self._vault.contents(self._fitting(plain, left))
        for one in plain:
            sides = [side.oid for side in (one.old, one.new) if side is not None]
            if all(oid in blobs for oid in sides):
                self._sort(one, blobs)
        return Effect(self._changes, self._later, list(self._contents.values()))

    def _fitting(self, plain: Sequence[Difference], left: list[str]) -> list[str]:
        """Ids of the contents that are put into the journal."""
        sizes = self._vault.sizes(s.oid for d in plain for s in (d.old, d.new) if s is not None)
        fit: list[str] = []
        room, over = MOST_BYTES, 0
        for number, one in enumerate(plain):
            oids = [side.oid for side in (one.old, one.new) if side is not None]
            if missing := [oid for oid in oids if oid not in sizes]:
                left.append(f"{one.path} (its content {missing[0][:12]} is not in git any more)")
                continue
            room -= sum(sizes[oid] for oid in oids)
            if number >= MOST_FILES or room < 0:
                over += 1
            else:
                fit += oids
        if over:
            left.append(f"{over:,} files more (too many at once)")
        return fit

    def _sort(self, one: Difference, blobs: dict[str, bytes]) -> None:
        path = PurePosixPath(one.path)
        before = blobs[one.old.oid] if one.old is not None else None
        after = blobs[one.new.oid] if one.new is not None else None
        modes = self._modes(path, one)
        pre, post = (digest(data) if data is not None else "" for data in (before, after))
        chain = self._chains.get(path)
        if chain is None:
            self._changes.append(_change(path, pre, post, modes))
        else:
            if chain[0][0] != pre:
                self._changes.append(_change(path, pre, chain[0][0], modes))
            if all(post not in pair for pair in chain):
                self._later.append(_change(path, chain[-1][1], post, (modes[0], 0)))
        for key, data in ((pre, before), (post, after)):
            if data is not None:
                self._contents[key] = data

    def _modes(self, path: PurePosixPath, one: Difference) -> tuple[int, int]:
        """The mode before, and the one after where it is another; of git's modes only the right to
        run is known.
        """
        place = os.path.join(self._vault.root, *path.parts)
        try:
            now = stat.S_IMODE(os.lstat(place).st_mode)
        except OSError:
            now = 0o644 if one.old is None or one.old.mode != _RUNS else 0o755
        if one.old is None or one.new is None or one.old.mode == one.new.mode:
            return now, 0
        ran = one.old.mode == _RUNS
        return (runnable(now) if ran else now & ~0o111), now


def _change(path: PurePosixPath, pre: str, post: str, modes: tuple[int, int]) -> Change:
    action = FileAction.MODIFY
    if not pre or not post:
        action = FileAction.DELETE if pre else FileAction.CREATE
    return Change(path, action, pre, post, modes[0], became=modes[1])


def _stamp(path: str) -> str:
    try:
        facts = os.lstat(path)
    except OSError:
        return ""
    return f"{facts.st_mode} {facts.st_size} {facts.st_mtime_ns} {facts.st_ino}"
