"""One open folder as the rest of the house sees it: files, journal, git, trust. Plain blocking calls.

Everything here may touch the disk; the window asks for it through the door. Each answer names its path, so that
whoever asked can tell answers apart.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from assistant.context.walker import Walker
from assistant.edits.merge import three_way
from assistant.repo import commits, paths, sidecar
from assistant.repo.codec import TextFile, decode, encode
from assistant.repo.door import WriteDoor
from assistant.repo.journal import Journal, SavedBuffer
from assistant.repo.trust import TrustStore
from assistant.types import ChangeSet, Receipt, Refusal, Snapshot


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file as read: ``content_hash`` is None when there is no such file yet."""

    path: PurePosixPath
    file: TextFile
    content_hash: str | None


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
class SaveJob:
    """``expect`` is the content hash the file must still have; None: it must not exist."""

    snapshot: Snapshot
    like: TextFile
    expect: str | None
    why: str = "save"
    confirmed: bool = False
    """The person was shown the resolved name of a protected file and said yes."""


@dataclass(frozen=True, slots=True)
class Status:
    """``letters`` is M A D U ? ! by path; ``operation`` names a merge or rebase in progress."""

    branch: str = ""
    letters: Mapping[str, str] = field(default_factory=dict)
    repository: bool = False
    operation: str = ""


@dataclass(frozen=True, slots=True)
class Left:
    """What the last run of the program left undone."""

    buffers: tuple[SavedBuffer, ...] = ()
    proposals: tuple[ChangeSet, ...] = ()
