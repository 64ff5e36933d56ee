"""The project tree of a window: folders, git letters, files by name.

Knows the tree and the project's answers.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.bridge import Door, Run
from app.document import Document
from app.documents import Documents
from assistant.errors import NeedsConfirmation, sentence_of
from assistant.events import Cancelled, Event, FilesChanged, Notice, Outcome
from widgets.projectmodel import Entry
from widgets.projecttree import ProjectTree

if TYPE_CHECKING:
    from assistant.answers import Listing, Renamed, Status
    from assistant.project import Project

STATUS_PAUSE_MS = 250


class Explorer(QObject):
    """Fills the tree lazily, follows the disk, and carries out the wishes of its menu."""

    status_changed = Signal(object)  # Status
    files_listed = Signal(list)  # list[str], all files of the project
    files_changed = Signal(object)  # FilesChanged
    failed = Signal(str)
    told = Signal(str)
    refused = Signal(object, object)  # NeedsConfirmation, what to call when the person says yes

    def __init__(self, door: Door, tree: ProjectTree, documents: Documents) -> None:
        super().__init__(tree)
        self._door, self._tree, self._documents = door, tree, documents
        self._project: Project | None = None
        self._loaded: set[str] = set()
        self._watch: Run | None = None
        self._listing: Run | None = None
        self._list_again = False
        self._names: dict[str, set[str]] = {}
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(STATUS_PAUSE_MS)
        self._later.timeout.connect(self.refresh_status)
        tree.children_requested.connect(self._on_children_requested)
        tree.opened.connect(self._on_opened)
        tree.previewed.connect(self._on_previewed)
        tree.create_requested.connect(self._on_create_requested)
        tree.rename_requested.connect(self._on_rename_requested)
        tree.delete_requested.connect(self._on_delete_requested)
        tree.odd_name_met.connect(self._on_odd_name)

    def use(self, project: Project | None) -> None:
        """Show another project: its root is listed, its status asked, its files watched."""
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        if self._listing is not None:  # its files are another project's
            self._listing.cancel()
        self._project = project
        self._loaded.clear()
        self._tree.clear(project.name.upper() if project else "EXPLORER")
        if project is None:
            return
        from assistant.watch import watch

        self._watch = self._door.open(watch(project.root))
        self._watch.events.connect(self._on_watched)
        self.refresh_status()
        self.refresh_files()

    @Slot()
    def refresh_status(self) -> None:
        if self._project is not None:
            run = self._door.ask(self._project.status)
            run.answered.connect(self._on_status)
            run.failed.connect(self._on_failed)

    def refresh_files(self) -> None:
        """List all files again; once more when asked meanwhile, and never two at a time, for each
        takes the interpreter from the window."""
        if self._listing is not None:
            self._list_again = True
        elif self._project is not None:
            self._list_again = False
            self._listing = self._door.ask(self._project.files)
            self._listing.answered.connect(self._on_files)
            self._listing.ended.connect(self._on_listed)

    @Slot(list)
    def _on_files(self, files: list[str]) -> None:
        self._tree.set_files(files)
        self.files_listed.emit(files)

    @Slot(object)
    def _on_listed(self, outcome: Outcome) -> None:
        self._listing = None
        if self._list_again and not isinstance(outcome, Cancelled):
            self.refresh_files()

    @Slot(str)
    def _on_children_requested(self, path: str) -> None:
        if self._project is not None:
            self._loaded.add(path)
            run = self._door.ask(self._project.listing, PurePosixPath(path or "."))
            run.answered.connect(self._on_listing)
            run.failed.connect(self._on_failed)

    @Slot(object)
    def _on_listing(self, listing: Listing) -> None:
        key = "" if str(listing.path) == "." else str(listing.path)
        self._names[key] = {e.name for e in listing.entries}
        entries = [Entry(e.name, e.is_folder, e.ignored) for e in listing.entries]
        self._tree.set_children(key, entries)

    @Slot(object)
    def _on_status(self, status: Status) -> None:
        self._tree.set_states(status.letters)
        self.status_changed.emit(status)

    @Slot(list)
    def _on_watched(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, FilesChanged):
                self._follow(event)
            elif isinstance(event, Notice):
                self.told.emit(event.text)

    def _follow(self, change: FilesChanged) -> None:
        folders = {str(path.parent) for path in change.paths} | {str(path) for path in change.paths}
        named = {"" if folder == "." else folder for folder in folders}
        for folder in set(self._loaded) if change.lost else named & self._loaded:
            self._on_children_requested(folder)
        inside = [path for path in change.paths if path.parts[:1] != (".git",)]
        self._documents.look_again(None if change.lost else inside)
        if inside or change.lost:
            self.refresh_files()
        self._later.start()
        self.files_changed.emit(change)

    @Slot(str)
    def _on_opened(self, path: str) -> None:
        self._documents.open(PurePosixPath(path), then=self._keep_open)

    def _keep_open(self, document: Document) -> None:
        self._documents.keep_open(document.key)

    @Slot(str)
    def _on_previewed(self, path: str) -> None:
        self._documents.look_at(PurePosixPath(path))

    def new_file(self) -> None:
        """A new file in the root of the project."""
        self._on_create_requested("", False)

    @Slot(str)
    def _on_odd_name(self, shown: str) -> None:
        self.failed.emit(
            f"{shown} has a name that is no UTF-8; give it another one elsewhere first."
        )

    @Slot(str, bool)
    def _on_create_requested(self, folder: str, is_folder: bool) -> None:
        """A free name is made at once; it is renamed in place (F2), as any other."""
        if self._project is not None:
            path = PurePosixPath(folder) / self._free_name(folder, is_folder)
            make = self._project.create_folder if is_folder else self._project.create_file
            self._carry_out(make, (path,), self._on_created)

    def _free_name(self, folder: str, is_folder: bool) -> str:
        stem, end = ("folder", "") if is_folder else ("untitled", ".txt")
        taken = self._names.get(folder, set())
        names = (f"{stem}{'' if n == 1 else n}{end}" for n in count(1))
        return next(name for name in names if name not in taken)

    @Slot(object)
    def _on_created(self, path: PurePosixPath) -> None:
        parent = "" if str(path.parent) == "." else str(path.parent)
        self._on_children_requested(parent)
        if self._project is not None and (self._project.root / path).is_file():
            self._documents.open(path)

    @Slot(str, str)
    def _on_rename_requested(self, path: str, name: str) -> None:
        if self._project is not None:
            old = PurePosixPath(path)
            self._carry_out(self._project.rename, (old, old.parent / name), self._on_renamed)

    @Slot(object)
    def _on_renamed(self, renamed: Renamed) -> None:
        document = self._documents.get(renamed.old)
        if document is not None and not document.modified:
            self._documents.close(document)
            self._documents.open(renamed.new)
        self._on_children_requested(
            "" if str(renamed.old.parent) == "." else str(renamed.old.parent)
        )

    @Slot(str)
    def _on_delete_requested(self, path: str) -> None:
        if self._project is not None:
            self._carry_out(self._project.delete, (PurePosixPath(path),), self._on_deleted)

    def _carry_out(
        self,
        change: Callable[..., object],
        what: tuple[PurePosixPath, ...],
        then: Callable[..., None],
        confirmed: bool = False,
    ) -> None:
        """A wish of the tree, behind the door; a protected name is asked about by itself."""
        again = partial(self._carry_out, change, what, then, True)
        run = self._door.ask(change, *what, confirmed, subject=again)
        run.answered.connect(then)
        run.failed.connect(self._on_change_failed)

    @Slot(object, object)
    def _on_change_failed(self, error: BaseException, again: object) -> None:
        if isinstance(error, NeedsConfirmation):
            self.refused.emit(error, again)
        else:
            self.failed.emit(sentence_of(error))

    @Slot(object)
    def _on_deleted(self, path: PurePosixPath) -> None:
        self._on_children_requested("" if str(path.parent) == "." else str(path.parent))
        self.told.emit(f"{path} was deleted; History can bring it back.")

    @Slot(object, object)
    def _on_failed(self, error: BaseException, _subject: object) -> None:
        self.failed.emit(sentence_of(error))
