"""Searching: in the text in front without holding the window, and through all files.

Knows the find bars, the search page and the review. Replacing through all files writes nothing: it
proposes hunks.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.bridge import Door, Run
from app.document import Document
from app.documents import Documents
from app.review import Review
from assistant.errors import GalleyError, sentence_of
from assistant.types import (
    FileChange,
    FileHits,
    Found,
    Hit,
    Hunk,
    LineSpan,
    Looked,
    Search,
    Snapshot,
    look,
)
from widgets.searchpage import SearchPage, Wish

if TYPE_CHECKING:
    from assistant.project import Project

AT_ONCE = 1_000_000
"""Characters up to which plain words are looked for without another process."""
_numbers = count(1)
Then = Callable[[Found], object]


class Searching(QObject):
    """One search through files at a time, and one in the text in front."""

    told = Signal(str)
    failed = Signal(str)

    def __init__(self, door: Door, page: SearchPage, documents: Documents, review: Review) -> None:
        super().__init__(page)
        self._door, self._page, self._documents, self._review = door, page, documents, review
        self._project: Project | None = None
        self._in_text: Run | None = None
        self._in_files: Run | None = None
        documents.opened.connect(self._on_opened)
        page.searched.connect(self._on_searched)
        page.replace_requested.connect(self._on_replace_requested)
        page.cleared.connect(self.stop)
        page.opened.connect(self._on_hit_opened)

    def use(self, project: Project | None) -> None:
        self.stop()
        self._project = project
        self._page.clear()

    @Slot()
    def stop(self) -> None:
        """End the search through files."""
        if self._in_files is not None:
            self._in_files.cancel()
            self._in_files = None

    def open(self, *, replace: bool = False) -> None:
        """The page, with the selected words in it."""
        document = self._documents.current()
        self._page.open(document.editor.selected_words() if document else "", replace=replace)

    # -- one text --------------------------------------------------------------------------------

    @Slot(object)
    def _on_opened(self, document: Document) -> None:
        document.editor.find_bar.finder = self.find

    def find(self, search: Search, text: str, then: Then) -> None:
        """Plain words at once; what could take long in another process, which can be ended."""
        if self._in_text is not None:
            self._in_text.cancel()
            self._in_text = None
        if not search.query.regex and len(text) <= AT_ONCE:
            then(look(search, text))
            return
        from assistant.search.engine import in_text  # not before something is looked for

        run = self._in_text = self._door.open(in_text(search, text))
        run.subject = then
        run.answered.connect(self._on_found)
        run.failed.connect(self._on_find_failed)

    @Slot(object)
    def _on_found(self, found: Found) -> None:
        run = self.sender()
        if isinstance(run, Run) and callable(run.subject):
            run.subject(found)

    @Slot(object, object)
    def _on_find_failed(self, error: BaseException, then: object) -> None:
        if callable(then):
            then(Found(error=sentence_of(error)))

    # -- all files -------------------------------------------------------------------------------

    @Slot(object)
    def _on_searched(self, wish: Wish) -> None:
        run = self._begin(wish)
        if run is not None:
            run.answered.connect(self._on_hits)

    @Slot(object)
    def _on_replace_requested(self, wish: Wish) -> None:
        run = self._begin(wish)
        if run is not None:
            run.subject = Replacement(wish)
            run.answered.connect(self._on_swaps)

    def _begin(self, wish: Wish) -> Run | None:
        self.stop()
        if self._project is None:
            self._page.say("Open a folder first.")
            return None
        try:
            wish.query.compile()
        except ValueError as error:
            self._page.say(str(error), bad=True)
            return None
        from assistant.search.engine import in_files

        buffers = {d.key: d.editor.text() for d in self._documents.all() if d.modified}
        stream = in_files(
            self._project.root,
            self._project.known_files,
            wish.query,
            scope=wish.scope,
            buffers=buffers,
            template=wish.template,
        )
        self._in_files = self._door.open(stream)
        self._in_files.failed.connect(self._on_files_failed)
        return self._in_files

    @Slot(object)
    def _on_hits(self, found: object) -> None:
        if isinstance(found, FileHits):
            self._page.show_hits(found)
        elif isinstance(found, Looked):
            self._page.show_end(found)

    @Slot(object, object)
    def _on_files_failed(self, error: BaseException, _subject: object) -> None:
        self._page.say(sentence_of(error), bad=True)

    @Slot(str, object)
    def _on_hit_opened(self, path: str, hit: Hit) -> None:
        def show(document: Document) -> None:
            line = document.editor.line_text(hit.line)
            at = line.find(hit.text) if hit.text else -1
            start = max(0, at) + hit.start
            document.editor.select_in_line(hit.line, start, start + hit.end - hit.start)

        self._documents.open(PurePosixPath(path), LineSpan(hit.line, hit.line), then=show)

    # -- replacing -------------------------------------------------------------------------------

    @Slot(object)
    def _on_swaps(self, found: object) -> None:
        run = self.sender()
        if not isinstance(run, Run) or not isinstance(run.subject, Replacement):
            return
        replacement = run.subject
        if isinstance(found, FileHits):
            replacement.files.append(found)
        elif isinstance(found, Looked) and found.error:
            self._page.say(found.error, bad=True)
        elif isinstance(found, Looked) and self._project is not None:
            open_ones = {d.key: d.snapshot() for d in self._documents.all()}
            asked = self._door.ask(
                changes_of, self._project, tuple(replacement.files), open_ones, subject=replacement
            )
            asked.answered.connect(self._on_changes)
            asked.failed.connect(self._on_files_failed)

    @Slot(object)
    def _on_changes(self, changes: tuple[FileChange, ...]) -> None:
        run = self.sender()
        if not isinstance(run, Run) or not isinstance(run.subject, Replacement):
            return
        wish = run.subject.wish
        title = f"Replace {wish.query.pattern} with {wish.template or 'nothing'}"
        prompt = f"replace-{next(_numbers)}"
        for change in changes:
            self._review.show(prompt, title, "", change)
        hunks = sum(len(change.hunks) for change in changes)
        if not hunks:
            self.told.emit("Nothing would change.")
            return
        self.told.emit(f"{hunks:,} hunks in {len(changes):,} files wait for your verdict.")
        self._review.next()


class Replacement:
    """What a replacement through all files has gathered so far."""

    def __init__(self, wish: Wish) -> None:
        self.wish = wish
        self.files: list[FileHits] = []


def changes_of(
    project: Project, files: tuple[FileHits, ...], open_ones: dict[str, Snapshot]
) -> tuple[FileChange, ...]:
    """Hunks against what an editor shows or the disk says; lines that changed meanwhile are left.

    Runs on another thread.
    """
    changes = []
    for found in files:
        path = PurePosixPath(found.path)
        base = open_ones.get(found.path)
        if base is None:
            try:
                base = Snapshot(path, project.load(path).file.text)
            except GalleyError:
                continue  # gone, or no text any more: there is nothing to replace in it
        lines = base.lines()
        hunks: list[Hunk] = []
        for swap in found.swaps:
            span = LineSpan(swap.line, swap.line + len(swap.old))
            if lines[span.start : span.end] == swap.old:
                hunks.append(Hunk(len(hunks) + 1, span, swap.old, swap.new))
        if hunks:
            changes.append(FileChange(base, tuple(hunks)))
    return tuple(changes)
