"""What the window remembers: unsaved work, who wrote what, the history. Wires these rooms together.

Knows no model and no git. Everything here is written through one lane, so that nothing overtakes.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from app.bridge import Door
from app.documents import Documents
from app.notices import Notices
from app.past import Past
from app.recovery import Recovery
from app.review import Review
from app.who import Who
from app.window import Window
from app.writers import Writers
from assistant.project import Project
from assistant.repo.runs import RunNote


class Memory(QObject):
    """``lane`` is the journal's: a later write never overtakes an earlier one."""

    told = Signal(str)
    failed = Signal(str)

    def __init__(
        self, door: Door, window: Window, documents: Documents, review: Review, notices: Notices
    ) -> None:
        super().__init__(documents)
        self.recovery = Recovery(door, documents, review)
        self.lane = self.recovery.lane
        self.writers = Writers(door, documents, self.lane)
        self.who = Who(door, window.look, documents, review, notices)
        self.past = Past(door, window.timeline, documents, notices)
        self._window = window
        self.recovery.failed.connect(self.failed)
        self.recovery.recovered.connect(notices.recovered)
        self.writers.failed.connect(self.failed)
        self.who.told.connect(self.told)
        self.who.failed.connect(self.failed)
        self.past.told.connect(self.told)
        self.past.failed.connect(self.failed)
        window.frame.page_shown.connect(self._on_page_shown)

    def use(self, project: Project | None) -> None:
        """Another project: what it left behind is asked for."""
        for room in (self.recovery, self.writers, self.who, self.past):
            room.use(project)

    @Slot(object)
    def note(self, note: RunNote) -> None:
        """A run ended."""
        self.writers.note(note)

    @Slot(str)
    def _on_page_shown(self, page: str) -> None:
        if page == "history":
            self.past.refresh()
