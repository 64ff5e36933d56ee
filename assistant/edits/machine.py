"""What a part of a reply is to the reader: lines in until its end, hunks at any time."""

from __future__ import annotations

from typing import Protocol


class Machine(Protocol):
    """One edit notation being read."""

    opaque: bool
    """Whether fences inside belong to its text, as within a SEARCH/REPLACE block."""

    def feed(self, line: str) -> bool:
        """Take a line without its end; False when it does not belong here any more."""
        ...

    def show(self) -> None:
        """Put the hunks so far into the drafts."""
        ...

    def close(self) -> None:
        """The end was said: settle, or refuse."""
        ...

    def cut(self, *, cancelled: bool) -> None:
        """The reply stopped inside: what is complete settles, the rest is dropped or refused."""
        ...
