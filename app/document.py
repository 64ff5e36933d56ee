"""One open file: its editor, its inline diff, and what the disk said last. Knows no other file."""

from __future__ import annotations

import time
from dataclasses import replace
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
    from collections.abc import Sequence

    from assistant.answers import Written
    from assistant.repo.pieces import Piece
    from widgets.editor.codeeditor import CodeEditor
    from widgets.editor.pieces import Pieces
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
        self.pieces: Pieces | None = None
        """Of a large text: what it has of ``disk_text``."""
        self._pieces_in_save: Pieces | None = None
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
    def large(self) -> bool:
        """Whether the text is one that is copied only where there is no other way."""
        return self.editor.is_large()

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
        self.like = replace(file, text="")  # or a save would leave the text of before in memory
        self.disk_text = file.text
        self.disk_hash = content_hash
        self._forget_save()
        self._use(None)

    def saved_as(self, written: Written) -> None:
        """It was written under another name, and is that file from now on."""
        self.path = written.path
        self.editor.set_language(self.editor.language_for(self.path))
        self.saved(written)

    def begin_save(self, *, whole: bool = True) -> Snapshot:
        """What is going to be written; where not the ``whole`` is asked for, a large text is in
        :attr:`pieces` alone.
        """
        self.saving = True
        self.steps_in_save = self.editor.authors.count()
        if self.pieces is not None:
            self._forget_save()
            self._pieces_in_save = self.editor.follow()
            if not whole:
                return Snapshot(self.path, "", self.editor.version)
        return self.snapshot()

    def saved(self, written: Written) -> None:
        """What :meth:`begin_save` took is on disk."""
        self.saving = False
        self.disk_hash, self.disk_text = written.content_hash, written.text
        self._use(self._pieces_in_save)
        self._pieces_in_save = None
        self.editor.authors.settle(self.steps_in_save)
        if self.editor.version == written.version:
            self.editor.set_saved()

    def not_saved(self) -> None:
        """The save failed: the disk says what it said."""
        self.saving = False
        self._forget_save()

    def filled(self) -> None:
        """The editor holds ``disk_text`` now."""
        if self.editor.is_large():
            self._use(self.editor.follow())

    def _forget_save(self) -> None:
        if self._pieces_in_save is not None:
            self._pieces_in_save.drop()
            self._pieces_in_save = None

    def _use(self, pieces: Pieces | None) -> None:
        if self.pieces is not None:
            self.pieces.drop()
        self.pieces = pieces

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
        if self.editor.is_large():
            self._use(self.editor.follow(same=merged == file.text))

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

    def take_pieces(self, pieces: Sequence[Piece]) -> None:
        """:meth:`take` of a large text that is told as pieces of what the editor holds."""
        surface = self.editor.surface
        edits: list[tuple[int, int, bytes]] = []
        at, new = 0, b""
        for piece in (*pieces, (surface.length(), 0)):
            if isinstance(piece, bytes):
                new += piece
                continue
            start, size = piece
            if new or start > at:
                edits.append((at, start, new))
            at, new = start + size, b""
        only_read = surface.readOnly()
        self.editor.set_read_only(False)
        surface.beginUndoAction()
        for start, end, data in reversed(edits):
            surface.replace(start, end, data)
        surface.endUndoAction()
        self.editor.set_read_only(only_read)

    @Slot(bool)
    def _on_saved_state(self, _modified: bool) -> None:
        self.modified_changed.emit(self)

    @Slot()
    def _on_text_changed(self) -> None:
        self.edited.emit(self)
