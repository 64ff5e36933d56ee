"""The history page: every change by who made it, what it did, and taking it back.

Knows the time line, the project and what is in front.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.bridge import Door, Run
from app.document import Document
from app.documents import Documents
from app.notices import Notices, leave
from app.progress import dollars
from assistant.errors import Forgotten, sentence_of
from assistant.types import LineSpan
from widgets.momentpreview import PastChange
from widgets.restorelist import Plan, PlanRow
from widgets.timeline import Moment, Timeline

if TYPE_CHECKING:
    from assistant.project import Project
    from assistant.repo.prune import Pruned, Room
    from assistant.rewind import Moment as Step
    from assistant.rewind import Moments, PlannedFile, PlannedRestore, Shown

DAY = 86400.0
KEEP_DAYS = 30
SET_ASIDE = "Later turns of the conversation are set aside; they can be had again."
_plans = count(1)
_GLANCE = "glance"
"""Asked by moving through the list: nothing to tell when the entry was forgotten meanwhile."""
_DEEDS = {
    "save": "Edited",
    "typed": "Edited",
    "new file": "Created",
    "rename": "Renamed",
    "delete": "Deleted",
    "pasted": "Pasted into",
    "changed outside": "Changed outside:",
}


class Past(QObject):
    """A restore shows its list of files first, and is itself one more entry that can be undone."""

    told = Signal(str)
    failed = Signal(str)
    restored = Signal()
    talk_requested = Signal(str)
    """The conversation shall go back to the turn that this run was."""

    def __init__(self, door: Door, page: Timeline, documents: Documents, notices: Notices) -> None:
        super().__init__(page)
        self._door, self._page = door, page
        self._documents, self._notices = documents, notices
        self._project: Project | None = None
        self._steps: dict[str, Step] = {}
        self._plans: dict[str, tuple[PlannedRestore | None, str]] = {}
        """By key: what would be done, and the run whose turn the conversation goes back to."""
        page.restore_requested.connect(self._on_restore_requested)
        page.undo_requested.connect(self._on_undo_requested)
        page.selected.connect(self._on_selected)
        page.opened.connect(self._on_opened)
        page.seen.connect(self._on_seen)
        page.prune_requested.connect(self._on_prune_requested)
        page.run_undo_requested.connect(self._on_run_undo_requested)
        page.preview.run_undo_requested.connect(self._on_run_undo_requested)
        page.preview.undo_requested.connect(self._on_undo_requested)
        page.preview.restore_requested.connect(self._on_restore_requested)
        page.preview.open_requested.connect(self._on_file_requested)
        page.plan.accepted.connect(self._on_accepted)
        documents.saved.connect(self._on_saved)
        documents.activated.connect(self._on_activated)

    def use(self, project: Project | None) -> None:
        self._project = project
        self._steps, self._plans = {}, {}
        self._page.show_moments(())
        self._page.show_size("")

    @Slot()
    def refresh(self) -> None:
        """Ask for what is newer than the newest in the list."""
        if self._project is not None:
            since = max((step.id for step in self._steps.values()), default=0)
            self._ask(partial(self._project.rewind.moments, since), self._on_moments)
            self._ask(self._project.rewind.room, self._on_room)

    @Slot()
    def anew(self) -> None:
        """Ask for all of it: something may have come between what is listed."""
        if self._project is not None and (self._steps or self._page.isVisible()):
            self._ask(self._project.rewind.moments, self._on_all)

    @Slot()
    def more(self) -> None:
        """The end of a very long list is in sight."""
        from assistant.rewind import PAGE

        if self._project is not None and len(self._steps) >= PAGE:
            oldest = min(step.id for step in self._steps.values())
            self._ask(partial(self._project.rewind.moments, 0, oldest), self._on_older)

    # -- the list ------------------------------------------------------------------------------

    @Slot(object)
    def _on_saved(self, _document: object) -> None:
        if self._page.isVisible():
            self.refresh()

    @Slot(object)
    def _on_activated(self, document: Document | None) -> None:
        self._page.show_file(document.key if document is not None else "")

    @Slot(object)
    def _on_moments(self, moments: Moments) -> None:
        newest = max((step.id for step in self._steps.values()), default=0)
        if moments.since != newest:  # an answer to an older question
            return
        fresh = {_key(step): step for step in moments.found}
        self._steps |= fresh
        shown = [_row(key, step) for key, step in fresh.items()]
        if shown or not newest:
            self._page.show_moments([*shown, *self._page.moments()])

    @Slot(object)
    def _on_all(self, moments: Moments) -> None:
        self._steps = {_key(step): step for step in moments.found}
        self._page.show_moments([_row(key, step) for key, step in self._steps.items()])

    @Slot(object)
    def _on_older(self, moments: Moments) -> None:
        older = {_key(step): step for step in moments.found if _key(step) not in self._steps}
        if older and moments.before == min(step.id for step in self._steps.values()):
            self._steps |= older
            shown = [_row(key, step) for key, step in older.items()]
            self._page.show_moments([*self._page.moments(), *shown])

    @Slot(object)
    def _on_room(self, room: Room) -> None:
        points = f", {size_words(room.points)} of it checkpoints" if room.points else ""
        self._page.show_size(f"History uses {size_words(room.used)}{points}")

    @Slot(list)
    def _on_seen(self, ids: list[str]) -> None:
        if self._project is not None:
            wanted = [(self._steps[i].id, self._steps[i].part) for i in ids if i in self._steps]
            self._ask(partial(self._project.rewind.tallies, wanted), self._on_tallies)

    @Slot(object)
    def _on_tallies(self, found: dict[tuple[int, int], tuple[int, int]]) -> None:
        self._page.show_counts({f"{n}.{part}": counts for (n, part), counts in found.items()})

    @Slot(str)
    def _on_selected(self, key: str) -> None:
        step = self._steps.get(key)
        if step is not None and self._project is not None:
            show = partial(self._project.rewind.show, step.id, step.part)
            self._ask(show, self._on_shown, _GLANCE)

    @Slot(object)
    def _on_shown(self, shown: Shown) -> None:
        key = f"{shown.id}.{shown.part}"
        step, current = self._steps.get(key), self._page.current()
        if step is None or current is None or current.id != key:
            return
        facts = [words for words in (current.detail, current.when) if words]
        facts += [f"{path} {became}" for path, became in shown.modes.items()]
        note = shown.note
        if note is not None and note.thought >= 1:
            facts.append(f"thought {note.thought:.0f} s")
        point = step.who == "checkpoint"
        if point:
            facts.append(_since_words(len(shown.files)))
        words = " · ".join(facts)
        change = PastChange(key, current.title, words, shown.files, step.talk, point, current.run)
        self._page.show_change(change)

    @Slot(str)
    def _on_opened(self, key: str) -> None:
        step = self._steps.get(key)
        if step is not None and step.who == "checkpoint":
            self._on_restore_requested(key, "code")
        elif step is not None and step.files:
            self._documents.open(PurePosixPath(step.files[0]))

    @Slot(str, int)
    def _on_file_requested(self, path: str, line: int) -> None:
        self._documents.open(PurePosixPath(path), LineSpan(line, line))

    # -- plans ---------------------------------------------------------------------------------

    @Slot(str)
    @Slot(str, str, int)
    def _on_undo_requested(self, key: str, path: str = "", part: int = -1) -> None:
        """Take back only this change, of it one file, or one part; what came after stays."""
        step = self._steps.get(key)
        if step is not None and self._project is not None:
            plan = partial(self._project.rewind.plan_undo, step.id, step.part, path, part)
            self._ask(plan, self._on_planned, "")

    @Slot(str)
    def _on_run_undo_requested(self, key: str) -> None:
        """All that one run did; what was written by others stays."""
        step = self._steps.get(key)
        if step is not None and step.run and self._project is not None:
            self._ask(partial(self._project.rewind.plan_run, step.run), self._on_planned, "")

    @Slot(str, str)
    def _on_restore_requested(self, key: str, what: str) -> None:
        """Code, conversation or both as they were after this change."""
        step = self._steps.get(key)
        if step is None or self._project is None:
            return
        if what == "talk":
            self._show_plan(None, step.run)
            return
        plan = partial(self._project.rewind.plan_to, step.id, step.part)
        self._ask(plan, self._on_planned, step.run if what == "both" else "")

    def plan_moment(self, moment: float, run: str) -> None:
        """The code as it was at ``moment``; with a run, the conversation goes back to it too."""
        if self._project is not None:
            plan = partial(self._project.rewind.plan_moment, moment)
            self._ask(plan, self._on_planned, run)

    @Slot(object)
    def _on_planned(self, planned: PlannedRestore) -> None:
        """The list comes before the deed."""
        asked = self.sender()
        run = str(asked.subject) if isinstance(asked, Run) else ""
        if not planned.files and not run:
            self.told.emit("Nothing has changed since; there is nothing to restore.")
            return
        self._show_plan(planned, run)

    def _show_plan(self, planned: PlannedRestore | None, run: str) -> None:
        key = str(next(_plans))
        self._plans[key] = (planned, run)
        files = planned.files if planned is not None else ()
        title = planned.title if planned is not None else "The conversation goes back"
        talk = SET_ASIDE if run else ""
        self._page.show_plan(Plan(key, title, tuple(map(_planned_row, files)), talk))

    @Slot(str, list)
    def _on_accepted(self, key: str, paths: list[str]) -> None:
        planned, run = self._plans.pop(key, (None, ""))
        if run:
            self.talk_requested.emit(run)
        if planned is not None and paths and self._project is not None:
            restore = partial(self._project.rewind.restore, planned, paths)
            self._ask(restore, self._on_restored)
        self._page.plan.closed.emit()

    @Slot(object)
    def _on_restored(self, restored: object) -> None:
        files = f"{restored} file" + ("" if restored == 1 else "s")
        self.told.emit(f"Restored {files}; the history can take this back too.")
        self._documents.look_again()
        self.refresh()
        self.restored.emit()

    # -- room ----------------------------------------------------------------------------------

    @Slot()
    def _on_prune_requested(self) -> None:
        """Forgetting cannot be undone, so it is asked first."""
        limit = time.time() - KEEP_DAYS * DAY
        old = len({step.id for step in self._steps.values() if step.time < limit})
        keep = (f"Forget what is older than {KEEP_DAYS} days", partial(self._prune, KEEP_DAYS))
        every = ("Forget all but today", partial(self._prune, 1))
        more = (keep, every) if old else (every,)
        self._notices.show(
            "prune",
            f"{old:,} changes are older than {KEEP_DAYS} days. What is forgotten cannot be "
            "restored; files and unsaved text are not touched.",
            "warning",
            *more,
            ("Keep all", leave),
        )

    def _prune(self, days: int) -> None:
        if self._project is not None:
            self._ask(partial(self._project.rewind.prune, days * DAY), self._on_pruned)

    @Slot(object)
    def _on_pruned(self, pruned: Pruned) -> None:
        freed = size_words(max(0, pruned.bytes_before - pruned.bytes_after))
        self.told.emit(f"Forgot {pruned.dropped:,} changes, {freed} of old contents.")
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._steps = {}
        self._page.show_moments(())
        self.refresh()

    def _ask(
        self, question: Callable[[], object], answer: Callable[..., object], subject: object = None
    ) -> None:
        run = self._door.ask(question, subject=subject)
        run.answered.connect(answer)
        run.failed.connect(self._on_failed)

    @Slot(object, object)
    def _on_failed(self, error: BaseException, subject: object) -> None:
        if isinstance(error, Forgotten):  # here or by another window: the list is made anew
            self._begin_anew()
        if subject is not _GLANCE or not isinstance(error, Forgotten):
            self.failed.emit(sentence_of(error))


def _key(step: Step) -> str:
    return f"{step.id}.{step.part}"


def _row(key: str, step: Step) -> Moment:
    names = [PurePosixPath(path).name for path in step.files]
    what = names[0] if len(names) == 1 else f"{len(names)} files" if names else ""
    why, _, when_seen = step.why.partition(", about when ")
    deed = _DEEDS.get(why)
    title = f"{deed} {what}" if deed and step.who in ("me", "paste", "disk") else step.why
    if step.who == "command":
        deed, title = "Changed", f"Changed {what}"
    cost = dollars(step.cost) if step.cost is not None else ""
    about = "" if deed and title.endswith(what) else what
    name = step.why if step.who == "command" else step.name
    if deed and when_seen:
        name = f"about when {when_seen}"
    detail = " · ".join(word for word in (name, about, cost) if word)
    moment = _when(step.time)
    mine = step.who == "model" and bool(step.run)
    return Moment(key, step.who, title, moment, detail, 0, 0, step.files, step.talk, mine)


def _planned_row(file: PlannedFile) -> PlanRow:
    why = f"protected: {file.protected}" if file.protected else file.why
    words = {"left": "stays", "conflict": "stays"}.get(file.what, file.what)
    careful = bool(file.protected) or file.careful
    return PlanRow(file.path, words, why, file.doable, careful)


def _since_words(count: int) -> str:
    files = "1 file differs" if count == 1 else f"{count} files differ"
    return f"{files} now" if count else "nothing differs now"


def size_words(size: int) -> str:
    """12 MB."""
    if size < 1_000_000:
        return f"{max(1, size // 1000)} kB"
    return f"{size / 1e6:.1f} MB" if size < 10_000_000 else f"{size / 1e6:,.0f} MB"


def _when(moment: float) -> str:
    """Today's by the clock, others by the day."""
    local = time.localtime(moment)
    today = time.localtime()[:3] == local[:3]
    return time.strftime("%H:%M:%S" if today else "%Y-%m-%d %H:%M", local)
