"""What the model last saw of each file, by the hash of its text."""

from __future__ import annotations

import hashlib
from pathlib import PurePosixPath

from assistant.types import Snapshot


class Sight:
    """Tells an edit of a file that changed since it was read from one that may be made."""

    def __init__(self) -> None:
        self._seen: dict[PurePosixPath, str] = {}

    def saw(self, snapshot: Snapshot) -> None:
        self._seen[snapshot.path] = _hash(snapshot.text)

    def stale(self, snapshot: Snapshot) -> bool:
        """Whether the model saw another text of this file; one it never saw is not stale."""
        seen = self._seen.get(snapshot.path)
        return seen is not None and seen != _hash(snapshot.text)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
