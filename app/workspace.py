"""Everything that belongs to one open project in one window, wired together.

Knows all rooms of the app.

The connect block at the end of the constructor is the map: facts flow from left to right.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Signal, Slot

from app.alternatives import Alternatives
from app.bridge import Door, Run
from app.commands import Commands
from app.conversation import Conversation
from app.document import Document
from app.documents import Documents
from app.editors import Editors
from app.errands import Errands
from app.explorer import Explorer
from app.hurrying import Hurrying
from app.inline import InlineEdit
from app.judgement import Judgement
from app.means import Means
from app.memory import Memory
from app.names import Names
from app.notices import Notices
from app.places import Places
from app.reach import Reach
from app.review import Review
from app.rooms import Assistance
from app.sending import Sending
from app.status import StatusLine
from app.surroundings import Surroundings
from app.terminals import Terminals
from app.verdicts import Verdicts
from app.versions import Versions
from app.ways import Ways
from app.window import Window
from assistant.errors import GalleyError
from assistant.settings import Settings
from assistant.types import (
    Around,
    Care,
    ChangeSet,
    ChatModel,
    Effort,
    Instruction,
    Snapshot,
)
from widgets.promptbar import PromptBar

if TYPE_CHECKING:
    from assistant.project import Project


class Workspace(QObject):
    """Documents, review, panel, git of the project in the window; another project replaces them."""

    project_changed = Signal(object)  # Project or None
    model_changed = Signal(str)
    model_menu_requested = Signal(QPoint)

    def __init__(
        self, window: Window, door: Door, commands: Commands, places: Places, settings: Settings
    ) -> None:
        super().__init__(window)
        self.window, self.door, self.places, self.settings = window, door, places, settings
        self.reach = Reach(settings, places.data)
        self.project: Project | None = None
        self._wanted: Path | None = None
        """The folder that is being opened."""
        self.assistance: Assistance | None = None
        self._model_name = ""
        self.model: ChatModel | None = None
        """Set before :meth:`open` to replace every model: the tour's script."""
        self.editors = Editors(window.look, settings)
        self.documents = Documents(door, window, self.editors.make)
        self.surroundings = Surroundings(self.documents)
        self.review = Review(self.documents, window.review)
        self.explorer = Explorer(door, window.tree, self.documents)
        self.status = StatusLine(window.status, self.documents)
        self.alternatives = Alternatives(self.documents, self.review, window.review)
        means = Means(
            self._edit,
            self._make_bar,
            self.buffers,
            self._effort,
            self.status.hear,
            self.check,
            lambda note: self.memory.note(note),
            self.alternatives,
        )
        self.inline = InlineEdit(self.documents, self.review, means)
        self.conversation = Conversation(
            window.panel, self.documents, self.review, self._chat, self.check, self.alternatives
        )
        tabs = places.state / "tabs"
        self.ways = Ways(door, window, self.documents, self.review, tabs)
        self.hurrying = Hurrying(door, self.conversation, self.inline, self.present_assistance)
        self.notices = Notices(window.notices, self.documents)
        self.versions = Versions(
            door, window, self.documents, self.review, self.notices, self._message
        )
        self.commits = self.versions.commits
        self.sending = Sending(self)
        self.judgement = Judgement(self)
        self.verdicts = Verdicts(self.documents, self.review, self._tell)
        memory = self.memory = Memory(
            door, window, self.documents, self.review, self.notices, self.conversation
        )
        self.recovery, self.past, self.who = memory.recovery, memory.past, memory.who
        self.errands = Errands(
            door, window, self.documents, self.conversation, self.present_assistance
        )
        reach = (self.ways, self.present_assistance)
        self.names = Names(door, window, commands, self.documents, *reach)
        self.finder = self.names.finder
        self.terminals = Terminals(self)
        rooms = (self.ways, self.documents, self.memory, self.explorer, self.versions)
        self._rooms = (*rooms, self.surroundings, self.terminals)
        self._connect()

    def _connect(self) -> None:
        documents, status = self.documents, self.status
        documents.activated.connect(self._on_activated)
        self.surroundings.changed.connect(self._on_around)
        documents.failed.connect(status.error)
        documents.told.connect(status.tell)
        documents.saved.connect(self.explorer.refresh_status)
        self.explorer.status_changed.connect(self.versions.see)
        self.explorer.status_changed.connect(status.show_branch)
        self.explorer.files_listed.connect(self.finder.set_files)
        self.explorer.failed.connect(status.error)
        self.explorer.told.connect(status.tell)
        self.explorer.refused.connect(self.notices.protected_name)
        self.memory.told.connect(status.tell)
        self.memory.failed.connect(status.error)
        self.memory.talks.recalled.connect(self._on_recalled)
        self.alternatives.switched.connect(self.memory.talks.on_switched)
        self.alternatives.told.connect(status.tell)
        self.memory.verdict_left.connect(self._retell)
        self.errands.told.connect(status.tell)
        self.review.kept_changed.connect(status.show_kept)
        self.review.guarded.connect(self.notices.guarded)
        self.conversation.heard.connect(status.hear)
        self.conversation.heard.connect(self.sending.remember)
        self.sending.forecasts.weighed.connect(status.show_context)
        self.memory.replaying.context_requested.connect(self.sending.show_sent)
        self.sending.failed.connect(status.error)
        self.sending.told.connect(status.tell)
        self.conversation.forgotten.connect(self._on_forgotten)
        self.window.trust.trusted.connect(self._on_trusted)
        self.window.trust.stayed_restricted.connect(self.window.trust.hide)
        self.versions.failed.connect(status.error)
        self.versions.told.connect(status.tell)
        self.versions.committed.connect(status.committed)
        self.versions.settled.connect(self.explorer.refresh_status)
        self.versions.heard.connect(status.hear)
        self.commits.hooked.connect(self.memory.see_effects)
        status.commit_requested.connect(self.commits.propose)
        status.undo_requested.connect(self.commits.undoing.undo)
        self.conversation.ended.connect(self._on_spent)
        self.inline.settled.connect(self._on_spent)
        self.window.review.focus_returned.connect(self._on_focus_returned)
        self.finder.asked.connect(self.conversation.ask)
        self.ways.told.connect(status.tell)
        self.finder.told.connect(status.tell)
        self.window.search.left.connect(self._on_focus_returned)

    # -- the project ---------------------------------------------------------------------------

    def open(self, root: Path) -> None:
        """Show another folder. What was open is journaled and closed."""
        if self.terminals.hold(partial(self.open, root)):
            return
        self.close()
        self._wanted = root
        self.recovery.lane.ask(_opened, root, self.places.data, then=self._on_project)

    @Slot(object)
    def _on_project(self, opened: Project | GalleyError) -> None:
        if isinstance(opened, GalleyError):
            self.status.error(str(opened))
            self.project_changed.emit(None)
            return
        if self._wanted is None:  # the window was closed, or left, while it opened
            self.recovery.lane.ask(opened.close)
            return
        self._wanted = None
        project = self.project = opened
        self.assistance = Assistance(project, self.settings, self.places, self.reach, self.model)
        for room in self._rooms:
            room.use(project)
        self.window.trust.setVisible(not project.is_trusted())
        if not project.is_trusted():
            self.window.trust.ask(str(project.root), project.brings)
        if project.reading:
            self.notices.busy(project.reading, partial(self.open, project.root))
        self.project_changed.emit(project)

    def close(self) -> None:
        """Journal what is unsaved and leave the project."""
        self._wanted = None
        self.inline.stop_all()
        self.conversation.stop()
        self.memory.write()
        if self.assistance is not None:
            self.door.open(self.assistance.close())
        project, self.project, self.assistance = self.project, None, None
        for room in self._rooms:
            room.use(None)
        self.review.clear()
        self.alternatives.clear()
        self.judgement.clear()
        for document in self.documents.all():
            self.documents.close(document)
        if project is not None:
            self.recovery.lane.ask(project.close)  # once everything is journaled

    def warm(self) -> None:
        """Start the index and name the model, once the window is there."""
        if self.assistance is not None:
            run = self.door.open(self.assistance.warm())
            run.answered.connect(self._on_model_named)
            run.events.connect(self.status.hear_all)

    @Slot(object)
    def _on_model_named(self, name: object) -> None:
        self._model_name = str(name)
        self.versions.offer_model(self.settings.roles.get("commit", self._model_name))
        self.model_changed.emit(self._model_name)
        self.sending.forecasts.again()

    def configure(self, settings: Settings) -> None:
        """Other settings; the loop hears of them before the next question."""
        self.settings = self.editors.settings = settings
        self.door.call(partial(self.reach.switch, settings))
        if self.assistance is not None:
            self.door.call(partial(self.assistance.configure, settings))
            self.warm()
        self.terminals.configure()

    def show_file(self, path: Path) -> None:
        """A file that was named on the command line."""
        assert self.project is not None
        self.documents.open(_inside(self.project.root, path))

    @Slot()
    def stop(self) -> None:
        """End whatever streams; what came stays."""
        self.inline.stop_all()
        self.conversation.stop()

    def toggle_trust(self) -> None:
        if self.project is not None:
            self.trust(not self.project.is_trusted())

    def trust(self, yes: bool) -> None:
        """The person's word about the folder; the index starts anew with or without its rules."""
        if self.project is None:
            return
        try:
            trusted = self.project.trust(yes)
        except GalleyError as error:
            self.status.error(str(error))
            return
        self.stop()  # what streams was begun under the other answer
        self.window.trust.setVisible(False)
        self.commits.refresh()
        self.terminals.trusted()
        self.status.tell("The folder is trusted." if trusted else "The folder is restricted.")

    def dress(self) -> None:
        """The theme or a setting of the text changed while files are open."""
        self.editors.dress(self.documents.all())

    def present_assistance(self) -> Assistance | None:
        return self.assistance

    # -- what the rooms need -------------------------------------------------------------------

    def _make_bar(self) -> PromptBar:
        bar = PromptBar(self.window.look)
        bar.effort.show_effort(self._effort())
        bar.effort.show_care(Care(self.settings.care))
        bar.graph.opened.connect(self.sending.show_sent)
        bar.model.show_model(self._model_name)
        bar.model_menu_requested.connect(self.model_menu_requested)
        self.sending.follow(bar)
        return bar

    def _effort(self) -> Effort:
        return Effort(self.settings.efforts.get("edit") or self.settings.effort)

    def buffers(self) -> tuple[Snapshot, ...]:
        return tuple(d.snapshot() for d in self.documents.all() if d.modified)

    def _edit(self, instruction: Instruction) -> Run:
        assert self.assistance is not None
        self.surroundings.tell()
        self.memory.tell_verdicts()
        return self.door.open(self.assistance.edit(instruction))

    def _chat(self, instruction: Instruction) -> Run:
        assert self.assistance is not None
        self.surroundings.tell()
        self.memory.tell_verdicts()
        return self.door.open(self.assistance.chat(instruction))

    def _message(self, changes: ChangeSet) -> Run | None:
        if self.assistance is None:
            return None
        return self.door.open(self.assistance.commit_message(changes))

    def _tell(self, verdict: str, path: PurePosixPath) -> None:
        self.memory.hear_verdict(verdict, path)
        self._retell(verdict, path)

    @Slot(str, object)
    def _retell(self, verdict: str, path: PurePosixPath) -> None:
        if self.assistance is not None:
            self.door.call(partial(self.assistance.tell, verdict, path))

    @Slot()
    def _on_focus_returned(self) -> None:
        if (document := self.documents.current()) is not None:
            document.editor.setFocus()

    @Slot()
    def _on_trusted(self) -> None:
        self.trust(True)

    @Slot()
    def _on_spent(self) -> None:
        self.door.ask(self.reach.today).answered.connect(self.status.show_today)

    def check(self, changes: ChangeSet) -> Run | None:
        if self.assistance is None:
            return None
        run = self.door.open(self.assistance.check(changes))
        run.events.connect(self.surroundings.hear)
        return run

    # -- facts ---------------------------------------------------------------------------------

    @Slot(object)
    def _on_activated(self, document: Document | None) -> None:
        path = document.path if document is not None else PurePosixPath()
        self.window.show_path(path)
        if document is not None:
            self.window.tree.select(document.key)

    @Slot(object)
    def _on_around(self, around: Around) -> None:
        if self.assistance is not None:
            self.door.call(partial(self.assistance.surround, around))

    @Slot(list)
    def _on_recalled(self, turns: list[tuple[str, str]]) -> None:
        if self.assistance is not None:
            self.door.call(partial(self.assistance.recall, turns))

    @Slot()
    def _on_forgotten(self) -> None:
        self.sending.forget()
        if self.assistance is not None:
            self.door.call(self.assistance.forget)


def _opened(root: Path, data: Path) -> Project | GalleyError:
    """The folder as a project, or why it cannot be one."""
    from assistant.project import Project

    try:
        return Project(root, data)
    except GalleyError as error:
        return error


def _inside(root: Path, path: Path) -> PurePosixPath:
    """``path`` below ``root``; what a link leads out of it keeps its name, and is refused by it."""
    place = path.resolve()
    if not place.is_relative_to(root):
        place = path.parent.resolve() / path.name
    return PurePosixPath(place.relative_to(root).as_posix())
