"""What a terminal's view reads: cells by line. Whoever runs the terminal gives it."""

from __future__ import annotations

from typing import Protocol

from assistant.types import CellRun, Spot, Wants


class Source(Protocol):
    """Lines count from the first the terminal ever said."""

    columns: int
    height: int
    wants: Wants

    @property
    def first(self) -> int:
        """The oldest line that is kept."""

    @property
    def top(self) -> int:
        """The first line of the screen."""

    @property
    def spot(self) -> Spot:
        """Where the cursor is."""

    def runs(self, line: int) -> tuple[CellRun, ...]: ...

    def cells(self, line: int) -> tuple[str, ...]:
        """Characters cell by cell; the second cell of a wide one is empty."""

    def goes_on(self, line: int) -> bool:
        """The line was too long and goes on in the next."""

    def link_at(self, spot: Spot) -> str: ...

    def text(self, start: Spot, end: Spot) -> str: ...
