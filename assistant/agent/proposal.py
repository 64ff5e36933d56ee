"""A proposal as checks see it, and what a check is. Reads the disk, writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from assistant.events import CheckFinished

NOT_RUN = "not run"
"""The first words of the summary of a check that did not run.

Its ``ok`` is False and means nothing.
"""
_BIGGEST = 4_000_000


@dataclass(frozen=True, slots=True)
class Proposal:
    """A tree with changes over it. ``changes`` gives whole new texts by path below ``root``; None
    deletes the file.

    ``before`` are texts that stand in for the disk (open buffers); without one the file on disk is
    meant.
    """

    root: Path
    changes: Mapping[PurePosixPath, str | None]
    trusted: bool = False
    before: Mapping[PurePosixPath, str] | None = None

    def old(self, path: PurePosixPath) -> str:
        """The text without the change; empty when the file is new. Reads the disk."""
        if self.before is not None and path in self.before:
            return self.before[path]
        try:
            data = (self.root / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return ""
        return data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")

    def texts(self) -> dict[PurePosixPath, str]:
        """The changed files that still exist and are of a size to be read."""
        kept = {path: text for path, text in self.changes.items() if text is not None}
        return {path: text for path, text in sorted(kept.items()) if len(text) <= _BIGGEST}


class Check(Protocol):
    """One kind of evidence. ``name`` is what the person sees as its tool."""

    name: str

    async def run(self, proposal: Proposal) -> CheckFinished | None:
        """None when the proposal has nothing for this check.

        Cancelling ends whatever it started.
        """
        ...
