"""One open folder as the rest of the house sees it: files, journal, git, trust. Plain blocking calls.

Everything here may touch the disk; the window asks for it through the door. Each answer names its path, so that
whoever asked can tell answers apart.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from assistant.edits.merge import three_way
from assistant.errors import RepoError
from assistant.repo import commits, paths, sidecar
from assistant.repo.codec import TextFile, decode, encode
from assistant.repo.door import WriteDoor
from assistant.repo.journal import Journal
from assistant.repo.trust import TrustStore
from assistant.types import ChangeSet, Receipt, Refusal, Snapshot


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file as read: ``content_hash`` is None when there is no such file yet."""

    path: PurePosixPath
    file: TextFile
    content_hash: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One name in a folder; ``shown`` has undecodable bytes and control characters made visible."""

    name: str
    is_folder: bool
    is_link: bool = False


@dataclass(frozen=True, slots=True)
class Written:
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
