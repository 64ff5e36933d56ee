"""What the window remembers: unsaved work, who wrote what, the history. Wires these rooms together.

Knows no model and no git. Everything here is written through one lane, so that nothing overtakes.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.bridge import Door
from app.checkpoints import Checkpoints
from app.conversation import Conversation
from app.documents import Documents
from app.naming import Naming
from app.notices import Notices
from app.past import Past
from app.recovery import Recovery
from app.replaying import Replaying
from app.review import Review
from app.talks import Talks
from app.untitled import Untitled
from app.who import Who
from app.window import Window
from app.writers import Writers

if TYPE_CHECKING:
    from assistant.project import Project
    from assistant.repo.runs import RunNote


class Memory(QObject):
    """``lane`` is the journal's: a later write never overtakes an earlier one."""

    told = Signal(str)
    failed = Signal(str)
    verdict_left = Signal(str, object)
    """A verdict of an earlier run of the program, and its file: no model was told of it."""

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
        self.untitled = Untitled(documents, self.lane)
        self.naming = Naming(door, window.save_box, documents)
        self.writers = Writers(door, documents, self.lane)
        self.who = Who(door, window.look, documents, review, notices)
        self.past = Past(door, window.timeline, documents, notices)
        self.checkpoints = Checkpoints(door, window.timeline, documents)
        self._window, self._documents, self._notices = window, documents, notices
        self._project: Project | None = None
        self._untold: list[tuple[str, str]] = []
        self.untitled.told.connect(self.told)
        self.naming.told.connect(self.told)
        self.naming.failed.connect(self.failed)
        self.recovery.failed.connect(self.failed)
        self.recovery.recovered.connect(notices.recovered)
        self.writers.failed.connect(self.failed)
        self.who.told.connect(self.told)
        self.who.failed.connect(self.failed)
        self.checkpoints.told.connect(self.told)
        self.checkpoints.failed.connect(self.failed)
        self.checkpoints.taken.connect(self._on_checkpoint)
        conversation.asked.connect(self.checkpoints.before_run)
        self.past.told.connect(self.told)
        self.past.failed.connect(self.failed)
        self.talks = Talks(window.panel, conversation, review, notices, self.lane)
        self.replaying = Replaying(door, window)
        self.replaying.told.connect(self.told)
        self.replaying.failed.connect(self.failed)
        self.talks.told.connect(self.told)
        self.talks.failed.connect(self.failed)
        self.talks.code_wished.connect(self._on_code_wished)
        self.past.talk_requested.connect(self.talks.go_back)
        self.who.run_requested.connect(self._on_run_requested)
        conversation.noted.connect(self.note)
        self.recovery.untold.connect(self._on_untold)
        window.frame.page_shown.connect(self._on_page_shown)

    def use(self, project: Project | None) -> None:
        """Another project: what it left behind is asked for, and its journal kept in bounds."""
        self._project, self._untold = project, []
        rooms = (self.recovery, self.untitled, self.naming, self.writers, self.who, self.past)
        for room in (*rooms, self.checkpoints, self.talks, self.replaying):
            room.use(project)
        if project is not None:
            self.lane.ask(project.rewind.tidy)
            if project.recovered:
                words = " ".join(project.recovered)
                self._notices.show("mended", words, "info", ("Show the history", self._history))

    def _history(self) -> None:
        self._window.frame.show_page("history")

    @Slot(object)
    def note(self, note: RunNote) -> None:
        """A run ended."""
        self.writers.note(note)
        self.replaying.remember(note.id)

    def write(self) -> None:
        """Journal everything that changed since the last time, now."""
        self.recovery.write()
        self.talks.write()

    @Slot()
    def see_effects(self) -> None:
        """A command has ended: what it wrote is known now."""
        self._documents.look_again()
        self.writers.ask_again()
        self.past.anew()

    def hear_verdict(self, words: str, path: PurePosixPath) -> None:
        """Keep what the person said of a hunk until a model is told."""
        self._untold.append((words, str(path)))
        self._keep_untold()

    def tell_verdicts(self) -> None:
        """A run begins: it is told."""
        if self._untold:
            self._untold.clear()
            self._keep_untold()

    def _keep_untold(self) -> None:
        if self._project is not None:
            self.lane.ask(self._project.keep_verdicts, tuple(self._untold))

    @Slot(object)
    def _on_untold(self, verdicts: tuple[tuple[str, str], ...]) -> None:
        self._untold = [*verdicts, *self._untold]
        for words, path in verdicts:
            self.verdict_left.emit(words, PurePosixPath(path))

    @Slot(float, str)
    def _on_code_wished(self, moment: float, mark: str) -> None:
        """The list of files stands in the history."""
        self._history()
        self.past.plan_moment(moment, mark)

    @Slot(str)
    def _on_run_requested(self, run: str) -> None:
        self._window.frame.show_panel("right", True)
        self.talks.open_run(run)

    def name_checkpoint(self) -> None:
        """The history page, with the field for a name."""
        self._history()
        self._window.timeline.name_checkpoint()

    @Slot()
    def _on_checkpoint(self) -> None:
        if self._window.timeline.isVisible():
            self.past.refresh()

    @Slot(str)
    def _on_page_shown(self, page: str) -> None:
        if page == "history":
            self.past.refresh()
