"""The project as it would be with a run's edits: texts over buffers and disk. Writes nothing.

Each file stands against one snapshot of what the person has. When the person changes that, the
run's edits are carried over to the new text; where both changed the same lines, the person's stay.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Protocol

from assistant.edits.diff import diff_lines
from assistant.edits.guards import HIDDEN, flagged, guarded, hides, with_moves
from assistant.edits.merge import three_way
from assistant.types import (
    ChangeSet,
    FileAction,
    FileChange,
    Hunk,
    HunkState,
    LineSpan,
    Refusal,
    Snapshot,
    split_lines,
)


class Tree(Protocol):
    """What the person has: files of the project, with unsaved text in place of the disk's."""

    def paths(self) -> Sequence[PurePosixPath]: ...

    def read(self, path: PurePosixPath) -> Snapshot | Refusal: ...

    def unsaved(self) -> Mapping[PurePosixPath, str]:
        """Texts of open documents that differ from the disk."""
        ...


@dataclass(slots=True)
class _Entry:
    """One file of the run. ``text`` is what is proposed; None deletes."""

    base: Snapshot
    text: str | None
    created: bool = False
    moved_to: PurePosixPath | None = None
    hunks: tuple[Hunk, ...] = ()

    @property
    def action(self) -> FileAction:
        if self.created:
            return FileAction.CREATE
        if self.text is None:
            return FileAction.DELETE
        return FileAction.MOVE if self.moved_to is not None else FileAction.MODIFY

    @property
    def idle(self) -> bool:
        """Whether the file is again what the person has."""
        if self.created:
            return self.text is None
        return self.moved_to is None and self.text == self.base.text


class Overlay:
    """Reads see the edits so far. ``refused(path)`` is why a path may not be read, or None;
    ``protected(path)`` why its hunks need a word of their own.
    """

    def __init__(
        self,
        tree: Tree,
        refused: Callable[[PurePosixPath], str | None],
        protected: Callable[[PurePosixPath], str | None],
    ) -> None:
        self._tree, self._refused, self._protected = tree, refused, protected
        self._entries: dict[PurePosixPath, _Entry] = {}
        """By the name the file has in the proposal."""
        self._ids = itertools.count(1)

    # ---- the tree as the model sees it

    def refused(self, path: PurePosixPath) -> str | None:
        """Why a path is not the model's to read, and so not to write, or None."""
        return self._refused(path)

    def paths(self) -> Sequence[PurePosixPath]:
        """All files there would be, without those that may not be read."""
        gone = {entry.base.path for entry in self._entries.values() if entry.moved_to is not None}
        gone |= {path for path, entry in self._entries.items() if entry.text is None}
        there = dict.fromkeys(self._tree.paths()) | dict.fromkeys(self._entries)
        return [path for path in there if path not in gone and self._refused(path) is None]

    def read(self, path: PurePosixPath) -> Snapshot | Refusal:
        """The file with the edits so far, or why there is none."""
        if (why := self._refused(path)) is not None:
            return Refusal(str(path), f"{path} is not shown to a model: {why}.")
        entry = self._entries.get(path)
        if entry is not None:
            if entry.text is None:
                return Refusal(str(path), f"{path} is deleted by an earlier edit.")
            return Snapshot(path, entry.text)
        if any(entry.base.path == path for entry in self._entries.values()):
            return Refusal(str(path), f"{path} was moved by an earlier edit.")
        return self._tree.read(path)

    def texts(self) -> dict[PurePosixPath, str | None]:
        """What would differ from the person's files: whole texts, None for files that go."""
        out: dict[PurePosixPath, str | None] = {}
        for path, entry in self._entries.items():
            if entry.moved_to is not None:
                out.setdefault(entry.base.path, None)
            if not entry.idle:
                out[path] = entry.text
        return out

    def over_disk(self) -> dict[PurePosixPath, str | None]:
        """The same with the person's unsaved texts: what lies over the disk."""
        unsaved = {p: t for p, t in self._tree.unsaved().items() if self._refused(p) is None}
        return {**unsaved, **self.texts()}

    def before(self) -> dict[PurePosixPath, str]:
        """The person's texts of the files that would change, and their unsaved ones."""
        own = {entry.base.path: entry.base.text for entry in self._entries.values()}
        return {**self._tree.unsaved(), **own}

    # ---- edits

    def take(self, changes: ChangeSet) -> tuple[PurePosixPath, ...]:
        """Edits against :meth:`read` become part of the proposal; the paths of changed files.

        Call :meth:`follow` first, or a text that the person just changed is taken for the base.
        """
        return tuple(self._take(change) for change in changes.files)

    def write(self, path: PurePosixPath, text: str | None) -> None:
        """The whole text of one file, or None to delete it: what a command made of it."""
        entry = self._entries.get(path)
        if entry is None:
            there = self._tree.read(path)
            new = isinstance(there, Refusal)
            if new and text is None:
                return
            base = Snapshot(path, "") if isinstance(there, Refusal) else there
            self._entries[path] = _Entry(base, text, created=new)
        else:
            entry.text = text

    def _take(self, change: FileChange) -> PurePosixPath:
        path = change.base.path
        open_states = (HunkState.PENDING, HunkState.KEPT, HunkState.STREAMING)
        text = None if change.action is FileAction.DELETE else change.applied(open_states)
        self.write(path, text)
        if change.moved_to is not None and path in self._entries:
            entry = self._entries.pop(path)
            entry.moved_to = None if entry.created else change.moved_to
            if entry.created:
                entry.base = Snapshot(change.moved_to, "")
            self._entries[change.moved_to] = entry
            return change.moved_to
        return path

    # ---- the person goes on working

    def follow(self) -> tuple[PurePosixPath, ...]:
        """Carry the edits over to what the person has now; the paths whose text they changed."""
        moved = []
        for path, entry in self._entries.items():
            there = self._tree.read(entry.base.path)
            now = Snapshot(entry.base.path, "") if isinstance(there, Refusal) else there
            if now.text == entry.base.text or (isinstance(there, Refusal) and entry.created):
                continue
            if entry.text is not None:
                sides = [split_lines(t) for t in (entry.base.text, now.text, entry.text)]
                entry.text = "".join(three_way(sides[0], sides[1], sides[2]).lines)
            entry.base, entry.hunks, entry.created = now, (), False
            moved.append(path)
        return tuple(moved)

    # ---- the proposal

    def change(self, path: PurePosixPath) -> FileChange | None:
        """The hunks of one file against what the person has; None for a file not of the run.

        Hunk ids stay from first sight to the end, as long as the base is the same.
        """
        entry = self._entries.get(path)
        if entry is None:
            return None
        entry.hunks = self._hunks(entry)
        change = FileChange(entry.base, entry.hunks, entry.action, entry.moved_to)
        return guarded(flagged(change), self._protected)

    def change_set(self, identity: str, title: str) -> ChangeSet:
        """Everything that is proposed."""
        changes = [self.change(path) for path, entry in self._entries.items() if not entry.idle]
        files = [change for change in changes if change is not None]
        return ChangeSet(identity, title, with_moves(files))

    def __bool__(self) -> bool:
        return any(not entry.idle for entry in self._entries.values())

    def _hunks(self, entry: _Entry) -> tuple[Hunk, ...]:
        old = entry.base.lines()
        new = split_lines(entry.text or "")
        if entry.text is None:
            runs = [(0, len(old), 0, 0)] if old else []  # also for a new file that went again
        else:
            runs = diff_lines(old, new)
        free = list(entry.hunks)
        hunks = []
        for a0, a1, b0, b1 in runs:
            hunk = Hunk(0, LineSpan(a0, a1), tuple(old[a0:a1]), tuple(new[b0:b1]))
            known = next((h for h in free if h.base.touches(hunk.base)), None)
            if known is not None:
                free.remove(known)
            hunk = replace(hunk, id=known.id if known is not None else next(self._ids))
            hunks.append(replace(hunk, flags=(HIDDEN,)) if hides(hunk) else hunk)
        return tuple(hunks)
