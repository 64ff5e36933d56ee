"""What an open folder answers, as plain values: files as read, listed and written, git's status,
what was left undone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.repo.codec import TextFile
    from assistant.repo.journal import SavedBuffer
    from assistant.repo.pieces import Piece
    from assistant.repo.runs import RunNote
    from assistant.types import Author, ChangeSet, Passage, Snapshot, Step


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file as read: ``content_hash`` is None when there is no such file yet."""

    path: PurePosixPath
    file: TextFile
    content_hash: str | None
    by: Author | None = None
    """The command that wrote it last, where one did."""


@dataclass(frozen=True, slots=True)
class Name:
    """One name in a folder."""

    name: str
    is_folder: bool
    ignored: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    path: PurePosixPath
    entries: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class Renamed:
    old: PurePosixPath
    new: PurePosixPath


@dataclass(frozen=True, slots=True)
class Written:
    """What stands on disk now; ``version`` is the buffer's when it was taken."""

    path: PurePosixPath
    content_hash: str
    text: str
    version: int


@dataclass(frozen=True, slots=True)
class NameJudged:
    """What saving under a name would mean: ``kind`` is free, exists, protected or refused, and
    ``words`` the sentence for it. ``text`` is what was asked."""

    text: str
    path: PurePosixPath
    kind: str
    words: str
    content_hash: str = ""
    """Of what stands there now; empty for nothing."""


@dataclass(frozen=True, slots=True)
class SaveJob:
    """``expect`` is the content hash the file must still have; None: it must not exist."""

    snapshot: Snapshot
    like: TextFile
    expect: str | None
    why: str = "save"
    confirmed: bool = False
    """The person was shown the resolved name of a protected file and said yes."""
    saved: str = ""
    """What the file said before, as text."""
    steps: tuple[Step, ...] = ()
    """How the buffer came about from ``saved``: who wrote what."""
    passages: tuple[Passage, ...] = ()
    """Who wrote each character of the snapshot."""
    pieces: tuple[Piece, ...] = ()
    """Of a large text, in place of the snapshot's: what it has of ``saved``, and what is new."""


@dataclass(frozen=True, slots=True)
class Status:
    """``letters`` is M A D U ? ! by path; ``operation`` names a merge or rebase in progress."""

    branch: str = ""
    letters: Mapping[str, str] = field(default_factory=dict)
    repository: bool = False
    operation: str = ""
    notes: tuple[str, ...] = ()
    head: str = ""
    """The commit that is checked out."""


@dataclass(frozen=True, slots=True)
class Unsaved:
    """The whole unsaved text of a large file."""

    path: PurePosixPath
    text: str


@dataclass(frozen=True, slots=True)
class Left:
    """What the last run of the program left undone."""

    buffers: tuple[SavedBuffer, ...] = ()
    proposals: tuple[ChangeSet, ...] = ()
    runs: Mapping[str, str] = field(default_factory=dict)
    """The run of a proposal by its id."""
    notes: Mapping[str, RunNote] = field(default_factory=dict)
    """What is remembered of these runs."""
    verdicts: tuple[tuple[str, str], ...] = ()
    """What no model was told yet: a verdict on its hunks, and the file."""
