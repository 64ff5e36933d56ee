"""Plans a branch switch: each path that differs, beside what stands there now. Changes nothing."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import PurePosixPath

from assistant.errors import CommitFailed
from assistant.repo.batch import Delete, Write
from assistant.repo.converted import Converted, converted
from assistant.repo.delta import Merge, three_way
from assistant.repo.disk import Disk
from assistant.repo.door import WriteDoor
from assistant.repo.gitdir import HERE, GitDir
from assistant.repo.links import Link, leads_outside, standing
from assistant.repo.runner import Runner
from assistant.repo.saver import FileState, runnable
from assistant.repo.sparse import Cone
from assistant.repo.switching import Plan, unlisted
from assistant.repo.tree import FILE_MODES, Entries, Entry, entries_at, read_blobs
from assistant.repo.treediff import Difference
from assistant.repo.view import View

LINK, MODULE = "120000", "160000"
_THERE = "Switch in a terminal."


class Planner:
    """For one switch between two commits in ``view``. All errors are CommitFailed."""

    def __init__(self, git: Runner, view: View, door: WriteDoor, disk: Disk, merge: Merge) -> None:
        self._git, self._view, self._door, self._disk = git, view, door, disk
        self._merge = merge
        self._plan = Plan()
        self._met: list[str] = []
        self._modes = view.settings().flag("core.filemode", default=True)

    def plan(
        self,
        commits: tuple[str, str],
        different: Sequence[Difference],
        cone: Cone | None,
        skipped: frozenset[str],
    ) -> Plan:
        """From the first of ``commits`` to the second; ``skipped`` is not checked out now."""
        for one in different:
            self._refuse(self._view.repo, one)
        self._plan.entries = _entries(self._git, different)
        here = [one for one in different if not self._left_out(one, cone, skipped)]
        files = [one for one in here if MODULE not in _modes(one)]
        with ExitStack() as stack:
            old = stack.enter_context(converted(self._git, self._view, commits[0]))
            new = stack.enter_context(converted(self._git, self._view, commits[1]))
            self._files(files, old, new)
        for one in here:
            if MODULE in _modes(one):
                self._module(one)
        self._note_fresh()
        if self._met:
            raise CommitFailed(
                f"Your changes in {unlisted(self._met)} meet what the branch has there.",
                "Commit them first.",
            )
        return self._plan

    # -- before anything is read -------------------------------------------------------------------

    def _refuse(self, repo: GitDir, one: Difference) -> None:
        """What Galley does not bring into files: said by name."""
        path = PurePosixPath(one.path)
        if repo.prefix != HERE and not path.is_relative_to(repo.prefix):
            raise CommitFailed(
                f"{path} differs too, and is outside of the open folder.",
                f"Open {repo.root} to switch.",
            )
        modes = _modes(one)
        if MODULE in modes and modes - {MODULE}:
            raise CommitFailed(
                f"{path} is a submodule on one branch and a file on the other.", _THERE
            )
        if LINK in modes and not self._view.settings().flag("core.symlinks", default=True):
            raise CommitFailed(f"{path} is a link, and this repository keeps none.", _THERE)
        if one.new is not None and one.new.mode == LINK:
            target = _text(read_blobs(self._git, [one.new.oid])[one.new.oid])
            if leads_outside(repo.root, path, target):
                raise CommitFailed(
                    f"{path} would be a link to {target or 'nowhere'}, out of this repository.",
                    "Look at it first, then switch in a terminal.",
                )

    def _left_out(self, one: Difference, cone: Cone | None, skipped: frozenset[str]) -> bool:
        """Whether this path is not checked out, and stays so: only the index speaks of it."""
        if cone is None and not skipped:
            return False
        out = one.path in skipped or (
            one.old is None and cone is not None and not cone.holds(one.path)
        )
        if not out or self._standing(one)[0]:
            return False
        if one.new is not None:
            self._plan.skipped |= {one.path}
        return True

    # -- files and links ---------------------------------------------------------------------------

    def _files(self, files: Sequence[Difference], old: Converted, new: Converted) -> None:
        self._refuse_filtered(files, old, new)
        was = self._contents(old, [(d.path, d.old) for d in files if d.old])
        wanted = self._contents(new, [(d.path, d.new) for d in files if d.new])
        for one in files:
            kind, target = self._standing(one)
            if kind in ("folder", "other"):
                raise CommitFailed(
                    f"{one.path} is a file on one branch, and something else stands there.", _THERE
                )
            ends = (was.get(one.path), wanted.get(one.path))
            if LINK in _modes(one):
                self._link(one, kind, target, old, ends)
            elif kind == "link":
                self._met.append(one.path)
            else:
                self._file(one, old, *ends)

    def _file(
        self, one: Difference, old: Converted, was: bytes | None, wanted: bytes | None
    ) -> None:
        path = self._path(one)
        state = self._door.read(path)
        there = state.data if state.exists else None
        runs = self._runs(one)
        if one.old and one.new and one.old.oid == one.new.oid:
            wanted = there  # only its mode differs, so whatever it says stays
        elif there not in (was, wanted) and not self._unchanged(one, old, there):
            wanted = self._merged(path, was, there, wanted)
            if wanted is None:
                self._met.append(one.path)
                return
        if there == wanted and (there is None or one.old is None or runs is None):
            return
        if wanted is None:
            self._do(Delete(path, state.hash), state)
        else:
            mode = run_mode(state.mode, runs) if state.exists and runs is not None else 0
            self._do(Write(path, wanted, state.hash, executable=bool(runs), mode=mode), state)

    def _link(
        self,
        one: Difference,
        kind: str,
        target: str,
        old: Converted,
        ends: tuple[bytes | None, bytes | None],
    ) -> None:
        """A link on one side or on both; a file may stand on the other."""
        path, (was, wanted) = self._path(one), ends
        before, after = _target(one.old, was), _target(one.new, wanted)
        links = self._plan.links
        if (kind == "link" and target == after) or (not kind and one.new is None):
            return
        if kind == "link" and target == before:
            links.append(
                Link(str(path), before, after, first=after is None and one.new is not None)
            )
            if one.new is None:
                self._plan.leaves(path)
            elif after is None and wanted is not None:
                self._do(Write(path, wanted, "", executable=bool(self._runs(one))), FileState())
            return
        if not kind and one.old is None:
            links.append(Link(str(path), None, after))
            return
        if kind == "file":
            state = self._door.read(path)
            if after is None and state.data == wanted:
                return
            mine = state.data != was and not self._unchanged(one, old, state.data)
            if before is None and one.old is not None and after is not None and not mine:
                self._do(Delete(path, state.hash), state)
                links.append(Link(str(path), None, after))
                return
        self._met.append(one.path)

    def _module(self, one: Difference) -> None:
        """Only the index speaks of a submodule's commit; its own files stay as they are."""
        path = self._path(one)
        kind, _ = self._standing(one)
        if kind in ("file", "link", "other"):
            self._met.append(one.path)
        elif one.old is None and not kind:
            self._plan.made.append(str(path))
        elif one.new is None and kind:
            self._plan.unmade.append(str(path))
            self._plan.leaves(path)

    def _do(self, one: Write | Delete, before: FileState) -> None:
        self._plan.todo.append(one)
        self._plan.before.append(before)
        if isinstance(one, Delete):
            self._plan.leaves(one.path)

    def _note_fresh(self) -> None:
        """The folders that are not there yet and will be."""
        root, fresh = self._door.root, set()
        comes = [one.path for one in self._plan.todo if isinstance(one, Write)]
        comes += [PurePosixPath(one.path) for one in self._plan.links if one.new is not None]
        comes += [PurePosixPath(path) for path in self._plan.made]
        for path in comes:
            for folder in path.parents[:-1]:
                if folder in fresh or os.path.lexists(os.path.join(root, folder)):
                    break
                fresh.add(folder)
        self._plan.fresh = [str(folder) for folder in fresh]

    def _refuse_filtered(self, files: Sequence[Difference], old: Converted, new: Converted) -> None:
        """A filter is a program of the person's that is not run here: where only that makes the
        file, it is left to git."""
        changed = [d for d in files if not (d.old and d.new and d.old.oid == d.new.oid)]
        filters = old.filters([d.path for d in changed if d.old and d.old.mode != LINK])
        filters |= new.filters([d.path for d in changed if d.new and d.new.mode != LINK])
        for path, name in filters.items():
            how = "by Git LFS" if name == "lfs" else f"through the filter “{name}”"
            raise CommitFailed(
                f"{path} is stored {how}, which is a program that Galley does not run.", _THERE
            )

    # -- one path ----------------------------------------------------------------------------------

    def _path(self, one: Difference) -> PurePosixPath:
        return PurePosixPath(one.path).relative_to(self._view.repo.prefix)

    def _standing(self, one: Difference) -> tuple[str, str]:
        return standing(self._door.root, self._path(one), self._disk)

    def _contents(self, of: Converted, wanted: Sequence[tuple[str, Entry]]) -> dict[str, bytes]:
        """Of files as they stand, of links where they lead."""
        files = [(path, entry.oid) for path, entry in wanted if entry.mode in FILE_MODES]
        links = [(path, entry.oid) for path, entry in wanted if entry.mode == LINK]
        blobs = read_blobs(self._git, [oid for _, oid in links])
        return of.contents(files) | {path: blobs[oid] for path, oid in links}

    def _unchanged(self, one: Difference, old: Converted, there: bytes | None) -> bool:
        """Whether git would store what is there as the blob it has, whatever its line ends."""
        return (
            one.old is not None and there is not None and old.stored(one.path, there) == one.old.oid
        )

    def _runs(self, one: Difference) -> bool | None:
        """Whether the file becomes a program, or none; None where that stays as it is."""
        if one.new is None or not self._modes or (one.old and one.old.mode == one.new.mode):
            return None
        return one.new.mode == "100755"

    def _merged(
        self, path: PurePosixPath, was: bytes | None, mine: bytes | None, new: bytes | None
    ) -> bytes | None:
        """The person's own changes and the branch's together; None when they meet."""
        if was is None or mine is None or new is None:
            return None
        return three_way(path, was, mine, new, self._merge)


def run_mode(mode: int, runs: bool) -> int:
    """``mode`` as a program's or not; git knows no more of it than that."""
    return runnable(mode) if runs else mode & ~0o111


def _modes(one: Difference) -> set[str]:
    return {entry.mode for entry in (one.old, one.new) if entry is not None}


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _target(entry: Entry | None, data: bytes | None) -> str | None:
    """Where a link leads; None for a file, or for nothing."""
    return _text(data) if entry is not None and entry.mode == LINK and data is not None else None


def _entries(git: Runner, different: Sequence[Difference]) -> Entries:
    """The index afterwards. CommitFailed where the person staged something else."""
    staged = entries_at(git, [one.path for one in different])
    for one in different:
        if staged[one.path] not in (one.old, one.new):
            raise CommitFailed(
                f"What you staged of {one.path} meets what the branch has there.",
                "Commit or unstage it first.",
            )
    return {one.path: one.new for one in different}
