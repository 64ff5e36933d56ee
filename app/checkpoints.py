"""Checkpoints in the window: taken by name, and by themselves before a run that works in steps.

Knows the history page and the project. Taking one happens in the background and holds nothing up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.bridge import Door, Run
from app.documents import Documents
from assistant.errors import RepoError, sentence_of
from assistant.types import Autonomy, Instruction
from assistant.writers import NAMED
from widgets.timeline import Timeline

if TYPE_CHECKING:
    from assistant.project import Project
    from assistant.repo.points import Point

LONGEST = 60
"""Characters of a wish in the name of the checkpoint before it."""


class Checkpoints(QObject):
    """All files as they are at one moment, in the time line."""

    told = Signal(str)
    failed = Signal(str)
    taken = Signal()
    """One more is in the time line."""

    def __init__(self, door: Door, page: Timeline, documents: Documents) -> None:
        super().__init__(page)
        self._door, self._documents = door, documents
        self._project: Project | None = None
        page.checkpoint_requested.connect(self.take)

    def use(self, project: Project | None) -> None:
        """Another folder: its checkpoints are kept in bounds."""
        self._project = project
        if project is not None and not project.reading:
            self._door.ask(project.points.tidy).failed.connect(self._on_failed)

    @Slot(str)
    def take(self, name: str) -> None:
        """One that the person named."""
        if self._project is None:
            self.failed.emit("Open a folder first; a checkpoint keeps all its files.")
        elif self._project.reading:
            self.failed.emit(f"{self._project.reading} No checkpoint was taken.")
        else:
            self._ask(name, NAMED)

    @Slot(str, object)
    def before_run(self, _prompt: str, instruction: Instruction) -> None:
        """A run that works in steps begins; what it proposes reaches no file before it is kept."""
        if instruction.autonomy is not Autonomy.AGENT or self._project is None:
            return
        if not self._project.reading:
            from assistant.talking import without_secrets  # not before a run is asked for

            words = " ".join(without_secrets(instruction.text).split())
            short = f"{words[:LONGEST]}…" if len(words) > LONGEST else words
            self._ask(f"Before: {short}", "run")

    def _ask(self, title: str, kind: str) -> None:
        if self._project is not None:
            open_files = tuple(document.path for document in self._documents.all())
            run = self._door.ask(self._project.points.take, title, kind, open_files, subject=kind)
            run.answered.connect(self._on_taken)
            run.failed.connect(self._on_failed)

    @Slot(object)
    def _on_taken(self, point: Point) -> None:
        run = self.sender()
        self.taken.emit()
        if isinstance(run, Run) and run.subject == NAMED:
            self.told.emit(f"Checkpoint “{point.title}” was taken{_without(point)}.")

    @Slot(object, object)
    def _on_failed(self, error: BaseException, kind: object) -> None:
        if kind == NAMED or not isinstance(error, RepoError):
            self.failed.emit(sentence_of(error))
        else:
            self.told.emit(f"No checkpoint was taken before: {error.cause}")


def _without(point: Point) -> str:
    """What it does not hold, in words."""
    names = [str(path) for path in point.skipped]
    if not names:
        return ""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"; not in it, as too large or special: {', '.join(names[:3])}{more}"
