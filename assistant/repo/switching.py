"""What a branch switch does to a work tree: planned, done, and taken back. Knows no HEAD.

First go links whose place a file takes; then all files at once, through the write door; then the
other links and the folders. Each step but the files' can be repeated, which ends what a dead Galley
began.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from assistant.errors import CommitFailed, RepoError
from assistant.repo.batch import Delete, Operation, Write
from assistant.repo.disk import Disk
from assistant.repo.door import WriteDoor
from assistant.repo.links import Link, make_folder, remove_empty, settle, standing
from assistant.repo.saver import FileState, digest
from assistant.repo.tree import Entries


@dataclass(slots=True)
class Plan:
    """Paths are below the opened folder, save those of ``entries`` and ``skipped``, which are the
    index afterwards. ``emptied`` are folders to take away where nothing is left in them, ``fresh``
    those that come into being.
    """

    todo: list[Operation] = field(default_factory=list)
    before: list[FileState] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    unmade: list[str] = field(default_factory=list)
    emptied: list[str] = field(default_factory=list)
    fresh: list[str] = field(default_factory=list)
    entries: Entries = field(default_factory=dict)
    skipped: frozenset[str] = frozenset()
    applied: bool = False
    """Whether the files are done."""

    def leaves(self, path: PurePosixPath) -> None:
        """Something goes from ``path``: so may the folders above it."""
        for folder in path.parents[:-1]:
            if str(folder) in self.emptied:
                break
            self.emptied.append(str(folder))

    def steps(self) -> dict[str, object]:
        """What :class:`Steps` must know after a crash, as JSON holds it."""
        return {
            "files": [_probe(one) for one in self.todo],
            "links": [[one.path, one.old, one.new, one.first] for one in self.links],
            "made": self.made,
            "unmade": self.unmade,
            "emptied": _deepest_first(self.emptied),
            "fresh": _deepest_first(self.fresh),
        }


@dataclass(frozen=True, slots=True)
class Steps:
    """The record of a plan, and the ways forward and back that need no more than that."""

    record: dict[str, Any]
    door: WriteDoor
    disk: Disk

    def first(self) -> None:
        """Links go whose place a file takes. CommitFailed when another stands there by now."""
        for one in self._links():
            if one.first and not settle(self.door.root, one.path, one.old, None, self.disk):
                raise _meanwhile(one.path)

    def rest(self) -> list[str]:
        """Links and folders, once the files are done; what others changed since is left and
        returned."""
        root = self.door.root
        left = [
            one.path
            for one in self._links()
            if not one.first and not settle(root, one.path, one.old, one.new, self.disk)
        ]
        for path in self.record.get("made", ()):
            make_folder(root, path, self.disk)
        for path in self.record.get("unmade", ()):
            remove_empty(root, path, self.disk)
        self.remove_emptied()
        return left

    def rest_back(self) -> None:
        """The opposite of :meth:`rest`; the files bring their own folders."""
        root = self.door.root
        for one in self._links():
            if not one.first:
                settle(root, one.path, one.new, one.old, self.disk)
        for path in self.record.get("unmade", ()):
            make_folder(root, path, self.disk)
        for path in self.record.get("made", ()):
            remove_empty(root, path, self.disk)

    def first_back(self) -> list[str]:
        """The opposite of :meth:`first`; where something else stands is left and returned."""
        left = [
            one.path
            for one in self._links()
            if one.first and not settle(self.door.root, one.path, None, one.old, self.disk)
        ]
        for path in self.record.get("fresh", ()):
            remove_empty(self.door.root, path, self.disk)
        return left

    def remove_emptied(self) -> None:
        for path in self.record.get("emptied", ()):
            remove_empty(self.door.root, path, self.disk)

    def files_done(self) -> list[bool]:
        """For each file whether it is as the switch wants it."""
        return [self._there(*probe) for probe in self.record["files"]]

    def _there(self, path: str, wanted: str, runs: bool | None = None) -> bool:
        try:
            if standing(self.door.root, path, self.disk)[0] == "link":
                return not wanted
            state = self.door.read(path)
        except RepoError:
            return False
        return state.hash == wanted and (runs is None or bool(state.mode & 0o100) == runs)

    def _links(self) -> list[Link]:
        return [Link(*one) for one in self.record.get("links", ())]


def carry_out(plan: Plan, steps: Steps, *, why: str) -> None:
    """All of ``plan``; after an error the caller takes back what was done of it."""
    steps.first()
    steps.door.apply(plan.todo, why=why, confirm_protected=True)
    plan.applied = True
    if left := steps.rest():
        raise _meanwhile(left[0])


def take_back(plan: Plan, steps: Steps) -> None:
    """Everything as it was, as far as it was done."""
    steps.rest_back()
    if plan.applied:
        back = [_inverse(one, state) for one, state in zip(plan.todo, plan.before, strict=True)]
        steps.door.apply(back, why="the switch was taken back", confirm_protected=True)
    if left := steps.first_back():
        raise _meanwhile(left[0])


def _deepest_first(folders: Sequence[str]) -> list[str]:
    return sorted(folders, key=lambda path: -path.count("/"))


def _meanwhile(path: str) -> CommitFailed:
    return CommitFailed(f"{path} was changed by another program in the meantime.", "Try again.")


def _probe(one: Operation) -> list[object]:
    """Path, content hash and mode of a file once the operation is done; an empty hash when it is
    gone."""
    if isinstance(one, Write):
        runs = bool(one.mode & 0o100) if one.mode else None
        return [str(one.path), digest(one.data), runs]
    return [str(one.path), "", None]


def _inverse(one: Operation, before: FileState) -> Operation:
    """The way back to ``before``."""
    now = digest(one.data) if isinstance(one, Write) else ""
    if not before.exists:
        return Delete(one.path, now)
    return Write(one.path, before.data, now, mode=before.mode)


def unlisted(names: Sequence[str], most: int = 4) -> str:
    """The first few of ``names``, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"
