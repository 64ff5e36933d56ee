"""The files of one reply: opened once, refused where protected, added up to a ChangeSet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Protocol

from assistant.edits.draft import Draft
from assistant.edits.guards import flagged, with_moves
from assistant.edits.paths import Paths
from assistant.types import ChangeSet, FileAction, FileChange, HunkState, Refusal, Snapshot


class FileSource(Protocol):
    """The files a reply may name. ``read`` refuses what is missing, binary or not to be read."""

    def paths(self) -> Sequence[PurePosixPath]:
        """All files of the project, relative to its root."""
        ...

    def read(self, path: PurePosixPath) -> Snapshot | Refusal:
        """The text the model saw, or why there is none."""
        ...


Protected = Callable[[PurePosixPath], str | None]


class Desk:
    """Drafts by path, in the order the reply named them."""

    def __init__(
        self, files: FileSource, target: Snapshot | None = None, protected: Protected | None = None
    ) -> None:
        self.files = files
        self.target = target
        self.drafts: dict[PurePosixPath, Draft] = {}
        self.refused: list[Refusal] = []
        self.parts = 0
        self._protected = protected
        self._paths: Paths | None = None

    @property
    def paths(self) -> Paths:
        """The project's paths, asked for once."""
        if self._paths is None:
            known = list(self.files.paths())
            if self.target is not None and self.target.path not in known:
                known.append(self.target.path)
            self._paths = Paths(known)
        return self._paths

    def next_part(self) -> int:
        """A number for the next part of the reply."""
        self.parts += 1
        return self.parts - 1

    def refuse(self, refusal: Refusal | None) -> None:
        """Note a part that was not applied."""
        if refusal is not None and refusal not in self.refused:
            self.refused.append(refusal)

    def exists(self, path: PurePosixPath) -> bool:
        """Whether the project, or this reply, has the file."""
        return str(path) in self.paths.known or path in self.drafts

    def resolve(self, written: str | None, *, existing: bool = False) -> PurePosixPath | Refusal:
        """The file meant; without a name the target, or the only file there is."""
        if written is None:
            if self.target is not None:
                return self.target.path
            if len(self.drafts) == 1:
                return next(iter(self.drafts))
            if len(self.paths.known) == 1:
                return next(iter(self.paths.known.values()))
            return Refusal(
                "", "The reply does not say which file it edits; write the path before each edit."
            )
        found = self.paths.resolve(written, existing=existing)
        if isinstance(found, PurePosixPath) and self._protected is not None:
            why = self._protected(found)
            if why is not None:
                return Refusal(str(found), why)
        return found

    def open(self, written: str | None) -> Draft | Refusal:
        """The draft of an existing file."""
        path = self.resolve(written, existing=True)
        if isinstance(path, Refusal):
            return path
        if path in self.drafts:
            draft = self.drafts[path]
            if draft.action is FileAction.DELETE:
                return Refusal(
                    str(path), f"{path} is deleted by the same reply, so it cannot be edited."
                )
            return draft
        if self.target is not None and path == self.target.path:
            text: Snapshot | Refusal = self.target
        elif str(path) not in self.paths.known:
            return Refusal(str(path), f"{path} does not exist in the project.")
        else:
            text = self.files.read(path)
        if isinstance(text, Refusal):
            return text
        self.drafts[path] = Draft(text)
        return self.drafts[path]

    def create(self, written: str | None) -> Draft | Refusal:
        """The draft of a file that does not exist yet."""
        path = self.resolve(written)
        if isinstance(path, Refusal):
            return path
        if self.exists(path):
            return Refusal(str(path), f"{path} exists already; edit it instead of creating it.")
        self.drafts[path] = Draft(Snapshot(path, ""), FileAction.CREATE)
        return self.drafts[path]

    def drop(self, draft: Draft) -> None:
        """Forget a draft that came to nothing."""
        if self.drafts.get(draft.base.path) is draft and not draft.settled:
            del self.drafts[draft.base.path]

    def changed(self) -> tuple[FileChange, ...]:
        """The changes of drafts that moved since last asked."""
        out = []
        for draft in self.drafts.values():
            if draft.dirty:
                draft.dirty = False
                out.append(flagged(draft.change()))
        return tuple(out)

    def change_set(self, identity: str, title: str) -> ChangeSet:
        """Everything, with every hunk decided to be pending."""
        files = []
        for draft in self.drafts.values():
            draft.live = []
            change = draft.change()
            if not change.hunks and change.action is FileAction.MODIFY:
                continue
            hunks = tuple(
                replace(h, state=HunkState.PENDING) if h.state is HunkState.STREAMING else h
                for h in change.hunks
            )
            files.append(flagged(replace(change, hunks=hunks)))
        return ChangeSet(identity, title, with_moves(files), tuple(self.refused))
