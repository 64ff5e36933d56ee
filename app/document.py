"""One open file: its editor, its inline diff, and what the disk said last. Knows no other file."""

from __future__ import annotations

import time
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from assistant.edits.diff import diff_lines
from assistant.edits.merge import three_way
from assistant.edits.rebase import rebase
from assistant.repo.codec import TextFile
from assistant.types import (
    Author,
    By,
    FileChange,
    Hunk,
    HunkState,
    LineSpan,
    Origin,
    Snapshot,
    split_lines,
)
from assistant.untitled import is_untitled

if TYPE_CHECKING:
    from assistant.answers import Written
    from widgets.editor.codeeditor import CodeEditor
    from widgets.inlinediff.inlinediff import InlineDiff


def outside(by: Author | None = None) -> Origin:
    """Another program, now; or the command ``by``."""
    if by is not None:
        return Origin(by, why=by.name, time=time.time())
    return Origin(Author(By.DISK), why="changed outside", time=time.time())


class Document(QObject):
    """Made by :class:`app.documents.Documents`. ``like`` is how the file is written back."""

    modified_changed = Signal(object)  # Document
    edited = Signal(object)  # Document

    def __init__(self, path: PurePosixPath, editor: CodeEditor, diff: InlineDiff) -> None:
        super().__init__(editor)
        self.path = path
        self.editor = editor
        self.diff = diff
        self.like = TextFile("")
        self.disk_hash: str | None = None
        """Content hash of the file as last read or written; None for a file that is not there yet.
        """
        self.disk_text = ""
        self.saving = False
        self.steps_in_save = 0
        """How many steps of others the save under way tells of."""
        editor.saved_state_changed.connect(self._on_saved_state)
        editor.text_changed.connect(self._on_text_changed)

    @property
    def key(self) -> str:
        return str(self.path)

    @property
    def untitled(self) -> bool:
        """Whether there is no file for it, and nobody named one."""
        return self.disk_hash is None and is_untitled(self.path)

    @property
    def modified(self) -> bool:
        return self.editor.is_modified()

    def idle(self) -> bool:
        """Whether nothing is lost when it closes: no unsaved text, no open hunk, no prompt."""
        return not (self.modified or self.diff.counts().open or self.diff.slot.widget is not None)

    def snapshot(self) -> Snapshot:
        return self.editor.snapshot(self.path)

    def show_disk(self, file: TextFile, content_hash: str | None) -> None:
        """Start from what is on disk: no undo, nothing modified."""
        self.editor.set_text(file.text)
        self.read_from(file, content_hash)
        self.editor.set_read_only(file.binary)

    def read_from(self, file: TextFile, content_hash: str | None) -> None:
        """Remember what the disk says without touching the buffer."""
        self.like = file
        self.disk_text = file.text
        self.disk_hash = content_hash

    def saved_as(self, written: Written) -> None:
        """It was written under another name, and is that file from now on."""
        self.path = written.path
        self.disk_hash, self.disk_text = written.content_hash, written.text
        self.editor.authors.settle(self.steps_in_save)
        self.editor.set_language(self.editor.language_for(self.path))
        if self.editor.version == written.version:
            self.editor.set_saved()

    def follow_disk(
        self, file: TextFile, content_hash: str | None, merged: str, by: Author | None = None
    ) -> None:
        """The file changed outside, by the command ``by`` where it is known: ``merged`` is that
        with what is unsaved here; one undo step.
        """
        old, new = split_lines(self.disk_text), split_lines(file.text)

        def moved(text: str) -> str | None:
            result = three_way(old, split_lines(text), new)
            return None if result.conflicts else "".join(result.lines)

        self._keep_what_is_in(merged)
        with self.editor.authors.writing(outside(by), booked=False):
            self.take(merged)
        self.editor.authors.rebase(moved)
        self.read_from(file, content_hash)

    def _keep_what_is_in(self, text: str) -> None:
        """A pending hunk whose lines ``text`` has was done outside: it is kept, not in conflict."""
        here, there = self.snapshot(), Snapshot(self.path, text)

        def done(hunk: Hunk) -> bool:
            (moved,) = rebase(FileChange(here, (hunk,)), there).hunks
            return moved.state is HunkState.KEPT

        self.diff.keep_those(done)

    def select(self, span: LineSpan) -> None:
        """Select these whole lines and show them."""
        surface = self.editor.surface
        self.editor.goto(span.start)
        surface.setSel(surface.positionFromLine(span.end), surface.positionFromLine(span.start))

    def drop_selection(self) -> None:
        """No lines are marked any more; the caret goes to where the selection began."""
        surface = self.editor.surface
        surface.setEmptySelection(surface.selectionStart())

    def take(self, text: str) -> None:
        """Make the buffer equal to ``text`` as one undo step, touching only lines that differ."""
        old, new = split_lines(self.editor.text()), split_lines(text)
        surface = self.editor.surface
        only_read = surface.readOnly()
        self.editor.set_read_only(False)  # what the disk says is shown in any case
        surface.beginUndoAction()
        for a0, a1, b0, b1 in sorted(diff_lines(old, new), reverse=True):
            self.editor.replace_lines(LineSpan(a0, a1), new[b0:b1])
        surface.endUndoAction()
        self.editor.set_read_only(only_read)

    @Slot(bool)
    def _on_saved_state(self, _modified: bool) -> None:
        self.modified_changed.emit(self)

    @Slot()
    def _on_text_changed(self) -> None:
        self.edited.emit(self)
