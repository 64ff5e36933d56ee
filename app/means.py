"""What an ask under the lines needs from the rest of the window. Knows types, does nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.alternatives import Alternatives
from app.bridge import Run
from assistant.events import Event
from assistant.types import ChangeSet, Effort, Instruction, Snapshot
from widgets.promptbar import PromptBar

if TYPE_CHECKING:
    from assistant.repo.runs import RunNote


@dataclass(frozen=True)
class Means:
    """What an ask needs from the rest of the window."""

    run: Callable[[Instruction], Run]
    bar: Callable[[], PromptBar]
    buffers: Callable[[], tuple[Snapshot, ...]]
    effort: Callable[[], Effort]
    listen: Callable[[Event], object]
    """Hears every event, for the status line."""
    check: Callable[[ChangeSet], Run | None]
    """Runs the checks over a proposal."""
    note: Callable[[RunNote], object]
    """Remembers what a run was."""
    alternatives: Alternatives
    """The drafts of a wish, where there are several."""
