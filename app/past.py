"""The history page: every change the app made, and taking one back.

Knows the time line and the project.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from app.bridge import Door
from app.documents import Documents
from app.notices import Notices, leave
from assistant.errors import sentence_of
from assistant.project import Project
from assistant.rewind import Moments, PlannedRestore
from widgets.timeline import Moment, Timeline

SHOWN = 6
PAGE = 200


class Past(QObject):
    """A restore shows its list of files first, and is itself one more entry that can be undone."""

    told = Signal(str)
    failed = Signal(str)
    restored = Signal()

    def __init__(self, door: Door, page: Timeline, documents: Documents, notices: Notices) -> None:
        super().__init__(page)
        self._door, self._page = door, page
        self._documents, self._notices = documents, notices
        self._project: Project | None = None
        self._shown, self._full = PAGE, False
        page.restore_requested.connect(self._on_restore_requested)
        page.undo_requested.connect(self._on_undo_requested)
        documents.saved.connect(self._on_saved)

    def use(self, project: Project | None) -> None:
        self._project = project
        self._shown, self._full = PAGE, False
        self._page.show_moments(())

    @Slot()
    def refresh(self) -> None:
        if self._project is not None:
            self._ask(partial(self._project.rewind.moments, self._shown), self._on_moments)

    @Slot()
    def more(self) -> None:
        """The end of the list is in sight."""
        if self._full:
            self._shown += PAGE
            self.refresh()

    @Slot(object)
    def _on_saved(self, _document: object) -> None:
        if self._page.isVisible():
            self.refresh()

    @Slot(object)
    def _on_moments(self, moments: Moments) -> None:
        self._full = len(moments.found) == self._shown
        self._page.show_moments(
            [
                Moment(
                    str(m.id), m.who, m.title, _when(m.time), m.detail, m.added, m.removed, m.files
                )
                for m in moments.found
            ]
        )

    @Slot(str)
    def _on_undo_requested(self, number: str) -> None:
        """Take back only this change; what came after stays."""
        if self._project is not None:
            self._ask(partial(self._project.rewind.plan_undo, int(number)), self._on_planned)

    @Slot(str, str)
    def _on_restore_requested(self, number: str, _what: str) -> None:
        """Everything as it was after this change."""
        if self._project is not None:
            self._ask(partial(self._project.rewind.plan_moment, int(number)), self._on_planned)

    @Slot(object)
    def _on_planned(self, planned: PlannedRestore) -> None:
        """The list comes before the deed."""
        if not planned.doable:
            why = planned.lines[0] if planned.lines else "nothing differs"
            self.told.emit(f"There is nothing to restore: {why}.")
            return
        rows = "; ".join(planned.lines[:SHOWN])
        more = f" and {len(planned.lines) - SHOWN} more" if len(planned.lines) > SHOWN else ""
        self._notices.show(
            "restore",
            f"{planned.title}: {rows}{more}.",
            "warning",
            ("Restore", partial(self._carry_out, planned)),
            ("Leave it", leave),
        )

    def _carry_out(self, planned: PlannedRestore) -> None:
        if self._project is not None:
            self._ask(partial(self._project.rewind.restore, planned), self._on_restored)

    @Slot(object)
    def _on_restored(self, count: object) -> None:
        self.told.emit(f"Restored {count} file(s); History can take this back too.")
        self._documents.look_again()
        self.refresh()
        self.restored.emit()

    def _ask(self, question: Callable[[], object], answer: Callable[..., object]) -> None:
        run = self._door.ask(question)
        run.answered.connect(answer)
        run.failed.connect(self._on_failed)

    @Slot(object, object)
    def _on_failed(self, error: BaseException, _subject: object) -> None:
        self.failed.emit(sentence_of(error))


def _when(moment: float) -> str:
    """Today's by the clock, others by the day."""
    local = time.localtime(moment)
    today = time.localtime()[:3] == local[:3]
    return time.strftime("%H:%M:%S" if today else "%Y-%m-%d %H:%M", local)
