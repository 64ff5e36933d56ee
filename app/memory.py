"""What the window remembers: unsaved work, who wrote what, the history. Wires these rooms together.

Knows no model and no git. Everything here is written through one lane, so that nothing overtakes.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from app.bridge import Door
from app.conversation import Conversation
from app.documents import Documents
from app.notices import Notices
from app.past import Past
from app.recovery import Recovery
from app.review import Review
from app.talks import Talks
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
        self,
        door: Door,
        window: Window,
        documents: Documents,
        review: Review,
        notices: Notices,
        conversation: Conversation,
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
        self.talks = Talks(window.panel, conversation, review, notices, self.lane)
        self.talks.told.connect(self.told)
        self.talks.failed.connect(self.failed)
        self.talks.code_wished.connect(self._on_code_wished)
        self.past.talk_requested.connect(self.talks.go_back)
        self.who.run_requested.connect(self._on_run_requested)
        conversation.noted.connect(self.note)
        window.frame.page_shown.connect(self._on_page_shown)

    def use(self, project: Project | None) -> None:
        """Another project: what it left behind is asked for."""
        for room in (self.recovery, self.writers, self.who, self.past, self.talks):
            room.use(project)

    @Slot(object)
    def note(self, note: RunNote) -> None:
        """A run ended."""
        self.writers.note(note)

    def write(self) -> None:
        """Journal everything that changed since the last time, now."""
        self.recovery.write()
        self.talks.write()

    @Slot(float, str)
    def _on_code_wished(self, moment: float, mark: str) -> None:
        """The list of files stands in the history."""
        self._window.frame.show_page("history")
        self.past.plan_moment(moment, mark)

    @Slot(str)
    def _on_run_requested(self, run: str) -> None:
        self._window.frame.show_panel("right", True)
        self.talks.open_run(run)

    @Slot(str)
    def _on_page_shown(self, page: str) -> None:
        if page == "history":
            self.past.refresh()
