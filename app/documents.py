"""The open files of a window: open, show, save, close, follow the disk. Knows documents, no model.

Reading and writing happen behind the door; what comes back carries its path. A file that changed on
disk while it has unsaved text is merged three ways, and only what cannot be merged is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.bridge import Door
from app.document import Document
from app.filling import Filling
from app.window import Window
from assistant.answers import SaveJob
from assistant.edits.merge import three_way
from assistant.errors import ChangedUnderneath, NeedsConfirmation, sentence_of
from assistant.types import LineSpan, split_lines
from widgets.tabs import Tab

if TYPE_CHECKING:
    from widgets.editor.codeeditor import CodeEditor
    from widgets.inlinediff.inlinediff import InlineDiff

    Maker = Callable[[], tuple[CodeEditor, InlineDiff]]
    from assistant.answers import Loaded, Written
    from assistant.project import Project


class Documents(QObject):
    """Keeps tabs, the stack of editors and the disk in step."""

    opened = Signal(object)  # Document
    closing = Signal(object)  # Document, while it is still there
    closed = Signal(object)  # PurePosixPath
    missed = Signal(str)  # the key of a file that could not be read
    activated = Signal(object)  # Document or None
    saved = Signal(object)  # Document
    edited = Signal(object)  # Document
    failed = Signal(str)
    told = Signal(str)
    conflicted = Signal(object, object)  # Document, Loaded: both sides changed the same lines
    close_asked = Signal(object)  # Document with unsaved text
    changed_outside = Signal(object, str, object)  # PurePosixPath, the text before, TextFile
    followed = Signal(object)  # Document: its text came from the disk
    refused = Signal(object, object)  # Document, NeedsConfirmation: a protected name
    name_requested = Signal(object)  # Document that shall be saved and has no file
    language_changed = Signal(object)  # Document
    renamed = Signal(object, object)  # PurePosixPath it had, Document

    def __init__(self, door: Door, window: Window, make: Maker) -> None:
        super().__init__(window)
        self._door, self._window, self._make = door, window, make
        tabs = self._tabs = window.tabs
        self._stack = window.stack
        self._project: Project | None = None
        self._open: dict[str, Document] = {}
        self._closing: set[str] = set()
        self._wanted: dict[str, tuple[LineSpan | None, bool]] = {}
        self._waiting: dict[str, list[Callable[[Document], object]]] = {}
        self._filling = Filling(door, self)
        self._filling.filled.connect(self._on_filled)
        self._filling.failed.connect(self._on_load_failed)
        self._looked_at = ""
        """The key of the file that is only looked at."""
        tabs.preview_kept.connect(self.keep_open)
        tabs.chosen.connect(self._on_tab_chosen)
        tabs.close_requested.connect(self._on_close_requested)
        tabs.close_others_requested.connect(self._on_close_others)

    def use(self, project: Project | None) -> None:
        self._project = project

    def all(self) -> tuple[Document, ...]:
        return tuple(self._open.values())

    def get(self, path: PurePosixPath | str) -> Document | None:
        return self._open.get(str(path))

    def awaits_text(self, document: Document) -> bool:
        """Whether its text is still on the way into its editor."""
        return self._filling.holds(document)

    def awaited(self) -> bool:
        """Whether a file is being read that shall come to the front."""
        return any(show for _, show in self._wanted.values())

    def arrange(self, keys: Sequence[str]) -> None:
        """Put the tabs of these into this order."""
        self._tabs.arrange(keys)

    def in_order(self) -> tuple[Document, ...]:
        """As their tabs stand."""
        keys = [tab.key for tab in self._tabs.tabs()]
        return tuple(self._open[key] for key in keys if key in self._open)

    def current(self) -> Document | None:
        return self._open.get(self._tabs.current())

    # -- opening -------------------------------------------------------------------------------

    def open(
        self,
        path: PurePosixPath,
        span: LineSpan | None = None,
        *,
        show: bool = True,
        then: Callable[[Document], object] | None = None,
    ) -> None:
        """Show ``path``, reading it first when it is not open; ``then`` gets the document."""
        document = self.get(path)
        if document is not None:
            self._reveal(document, span, show)
            if then is not None:
                self._filling.once_filled(document, then)
            return
        if self._project is None:
            return
        key = str(path)
        first = key not in self._waiting
        self._wanted[key] = (span, show or self._wanted.get(key, (None, False))[1])
        self._waiting.setdefault(key, []).extend([then] if then is not None else [])
        if first:
            run = self._door.ask(self._project.load, path, subject=key)
            run.answered.connect(self._on_loaded)
            run.failed.connect(self._on_load_failed)

    def look_at(self, path: PurePosixPath) -> None:
        """Open ``path`` in the tab of what was only looked at, unless that is worth its own."""
        if self.get(path) is None:
            self.open(path, then=self._as_look)
        else:
            self.open(path)

    def _as_look(self, document: Document) -> None:
        before, self._looked_at = self._open.get(self._looked_at), document.key
        self._tabs.set_preview(document.key, True)
        if before is not None and before is not document and before.idle():
            self.close(before)

    @Slot(str)
    def keep_open(self, key: str) -> None:
        """What was only looked at has a tab of its own now."""
        if key == self._looked_at:
            self._looked_at = ""
            self._tabs.set_preview(key, False)

    @Slot(object)
    def _on_loaded(self, loaded: Loaded) -> None:
        key = str(loaded.path)
        span, show = self._wanted.pop(key, (None, True))
        waiting = self._waiting.pop(key, [])
        document = self._open.get(key) or self.adopt(loaded)
        nothing_shown = self._window.shows_no_file()
        self._reveal(document, span, show or nothing_shown)
        for then in waiting:
            self._filling.once_filled(document, then)

    @Slot(object, object)
    def _on_load_failed(self, error: BaseException, key: object) -> None:
        self._wanted.pop(str(key), None)
        self._waiting.pop(str(key), None)
        self.failed.emit(sentence_of(error))
        self.missed.emit(str(key))

    def adopt(self, loaded: Loaded) -> Document:
        """Make a document of what was read (also of an empty file that is not there yet)."""
        editor, diff = self._make()
        document = Document(loaded.path, editor, diff)
        from widgets.editor.loading import ABOVE

        if len(loaded.file.text) > ABOVE:
            self._filling.fill(document, loaded)
        else:
            document.show_disk(loaded.file, loaded.content_hash)
            editor.set_language(editor.language_for(loaded.path))
        if self._only_reading():
            editor.set_read_only(True)
        document.modified_changed.connect(self._on_modified_changed)
        document.edited.connect(self.edited)
        self._open[document.key] = document
        self._stack.addWidget(editor)
        self._tabs.show_tab(Tab(document.key, loaded.path.name, self._detail(loaded.path)))
        self.opened.emit(document)
        if loaded.file.note:
            self.told.emit(f"{loaded.path.name}: {loaded.file.note}")
        return document

    def _only_reading(self) -> bool:
        return self._project is not None and bool(self._project.reading)

    @Slot(object)
    def _on_filled(self, document: Document) -> None:
        document.editor.set_read_only(self._only_reading())
        self.followed.emit(document)

    def _detail(self, path: PurePosixPath) -> str:
        twins = [d for d in self._open.values() if d.path.name == path.name and d.path != path]
        return str(path.parent) if twins else ""

    def _reveal(self, document: Document, span: LineSpan | None, show: bool) -> None:
        if span is not None:
            self._filling.once_filled(document, partial(_go_to, span.start))
        if show:
            self._tabs.choose(document.key)
            self._on_tab_chosen(document.key)

    @Slot(str)
    def _on_tab_chosen(self, key: str) -> None:
        document = self._open.get(key)
        if document is not None:
            self._window.show_editor(document.editor)
            document.editor.setFocus()
        self.activated.emit(document)

    # -- saving --------------------------------------------------------------------------------

    def save(self, document: Document, why: str = "save", confirmed: bool = False) -> None:
        """Write the buffer; pending hunks never reach the disk."""
        if self._project is None or document.saving:
            return
        if document.untitled:
            self.name_requested.emit(document)
            return
        snapshot, authors = document.begin_save(whole=False), document.editor.authors
        pieces = document.pieces
        job = SaveJob(
            snapshot,
            document.like,
            document.disk_hash,
            why,
            confirmed,
            document.disk_text,
            authors.steps(),
            authors.passages(snapshot.text) if pieces is None else (),
            () if pieces is None else pieces.parts(),
        )
        run = self._door.ask(self._project.save, job, subject=document.key)
        run.answered.connect(self._on_saved)
        run.failed.connect(self._on_save_failed)

    def save_all(self) -> None:
        for document in tuple(self._open.values()):
            if document.modified and not document.untitled:
                self.save(document)
        if unnamed := [one for one in self._open.values() if one.untitled and one.modified]:
            self.name_requested.emit(unnamed[0])

    def rename(self, document: Document, written: Written) -> None:
        """It was saved under another name, and is that file from now on."""
        old = self._open.pop(document.key).path
        document.saved_as(written)
        self._open[document.key] = document
        tab = Tab(document.key, document.path.name, self._detail(document.path))
        self._tabs.rename(str(old), tab)
        self.renamed.emit(old, document)
        self.saved.emit(document)
        self.activated.emit(self.current())

    @Slot(object)
    def _on_saved(self, written: Written) -> None:
        document = self.get(written.path)
        if document is None:
            return
        document.saved(written)
        self.saved.emit(document)
        if document.key in self._closing:
            self._closing.discard(document.key)
            self.close(document)

    @Slot(object, object)
    def _on_save_failed(self, error: BaseException, key: object) -> None:
        document = self._open.get(str(key))
        self._closing.discard(str(key))
        if document is not None:
            document.not_saved()
            if isinstance(error, NeedsConfirmation):
                self.refused.emit(document, error)
                return
            if isinstance(error, ChangedUnderneath):
                self.look_again([document.path])
        self.failed.emit(sentence_of(error))

    @Slot(object)
    def _on_modified_changed(self, document: Document) -> None:
        self.keep_open(document.key)
        self._tabs.set_modified(document.key, document.modified)

    # -- the disk changed ----------------------------------------------------------------------

    def look_again(self, paths: Iterable[PurePosixPath] | None = None) -> None:
        """Read the open ones of ``paths`` again, or all open files."""
        if self._project is None:
            return
        wanted = None if paths is None else {str(path) for path in paths}
        for key, document in self._open.items():
            busy = document.saving or document.untitled or self._filling.holds(document)
            if (wanted is None or key in wanted) and not busy:
                run = self._door.ask(self._project.look, document.path, subject=key)
                run.answered.connect(self._on_read_again)
                run.failed.connect(self._on_load_failed)

    @Slot(object)
    def _on_read_again(self, loaded: Loaded) -> None:
        document = self.get(loaded.path)
        if document is None or document.saving or loaded.content_hash == document.disk_hash:
            return
        if loaded.content_hash is None:
            document.disk_hash = None
            self.told.emit(f"{loaded.path.name} was deleted on disk; its text is still open here.")
            return
        if document.editor.text() == loaded.file.text:
            document.read_from(loaded.file, loaded.content_hash)
            document.filled()
            document.editor.set_saved()
            return
        merged = three_way(
            split_lines(document.disk_text),
            split_lines(document.editor.text()),
            split_lines(loaded.file.text),
        )
        self.changed_outside.emit(document.path, document.disk_text, document.like)
        if merged.conflicts:
            self.conflicted.emit(document, loaded)
            return
        was_modified = document.modified
        document.follow_disk(loaded.file, loaded.content_hash, "".join(merged.lines), loaded.by)
        self.followed.emit(document)
        if not was_modified:
            document.editor.set_saved()
        who = "changed on disk" if loaded.by is None else f"was changed by the {loaded.by.name}"
        self.told.emit(f"{loaded.path.name} {who}; the change was taken over.")

    # -- closing -------------------------------------------------------------------------------

    def request_close(self) -> None:
        """Close the tab in front; unsaved text is asked about first."""
        self._on_close_requested(self._tabs.current())

    @Slot(str)
    def _on_close_requested(self, key: str) -> None:
        document = self._open.get(key)
        if document is None:
            return
        if document.modified and not document.untitled:
            self.close_asked.emit(document)
        else:
            self.close(document)

    @Slot(str)
    def _on_close_others(self, key: str) -> None:
        for other in list(self._open):
            if other != key:
                self._on_close_requested(other)

    def close_when_saved(self, document: Document) -> None:
        self._closing.add(document.key)
        self.save(document)

    def close(self, document: Document) -> None:
        """Close without asking; the caller has seen to unsaved text."""
        self.closing.emit(document)
        in_front = document is self.current()
        self._open.pop(document.key, None)
        self._filling.forget(document)
        self._tabs.remove(document.key)
        self._stack.removeWidget(document.editor)
        self.closed.emit(document.path)
        document.editor.deleteLater()
        if not self._open:
            self._window.show_welcome()
            self.activated.emit(None)
        elif in_front:
            self._on_tab_chosen(self._tabs.current())


def _go_to(line: int, document: Document) -> None:
    document.editor.goto(line)
