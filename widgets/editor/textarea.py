"""TextArea: the text of one document, and where one stands in it. No language, no looks.

Lines and columns are 0-based characters; the bytes stay with the surface.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QWidget

from assistant.types import LineSpan, Snapshot
from widgets.editor import margins
from widgets.editor.rtl import RightToLeft
from widgets.editor.surface import INSERTED, Surface, decode, encode


class TextArea(QWidget):
    """The text of one document: in, out, and where one stands in it. Lines and columns are 0-based
    characters.
    """

    text_changed = Signal()
    caret_moved = Signal(int, int)
    """Line and column of the main caret."""
    saved_state_changed = Signal(bool)
    """True when the text differs from what was saved."""
    scrolled = Signal()
    document_replaced = Signal()
    """The text is about to be another one altogether: whatever was tracked in it is void."""
    focused = Signal(bool)
    definition_requested = Signal()
    menu_requested = Signal(QPoint)
    """Ctrl and click on a word; the caret stands in it."""
    dropped = Signal(str)
    """The address of a file that was dropped here."""
    escaped = Signal()
    """Escape, and nothing in the editor had a use for it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.surface = Surface(self)
        self.version = 0
        """Counts edits; a snapshot carries it."""
        self._at = (0, 0)
        self._touched = False
        self._rtl = RightToLeft(self.surface)
        margins.set_up(self.surface)
        self.surface.modified.connect(self._on_modified)
        self.surface.updateUi.connect(self._on_update)
        self.surface.savePointChanged.connect(self._on_save_point)
        self.surface.focusChanged.connect(self.focused)
        self.surface.resized.connect(self._on_resized)
        self.surface.user_acted.connect(self._on_user_acted)

    def set_text(self, text: str) -> None:
        """Start a new document with this text: no undo, nothing modified, caret at the start."""
        s = self.surface
        self.document_replaced.emit()
        read_only = s.readOnly()
        s.setReadOnly(False)
        s.replace(0, s.length(), encode(text))
        s.emptyUndoBuffer()
        s.setSavePoint()
        s.gotoPos(0)
        s.setReadOnly(read_only)

    def text(self) -> str:
        """The whole text; bytes that are not UTF-8 come as surrogate escapes."""
        return decode(self.surface.data())

    def text_of(self, span: LineSpan) -> str:
        """These lines with their ends."""
        s = self.surface
        return decode(s.data(s.line_start(span.start), s.line_start(span.end)))

    def snapshot(self, path: PurePosixPath) -> Snapshot:
        """What the document says now."""
        return Snapshot(path, self.text(), self.version)

    def selected_span(self) -> LineSpan:
        """The selection as whole lines; without one the caret's line, empty."""
        s = self.surface
        start, end = s.selectionStart(), s.selectionEnd()
        first, last = s.lineFromPosition(start), s.lineFromPosition(end)
        if start == end:
            return LineSpan(first, first)
        return LineSpan(first, last if end == s.positionFromLine(last) else last + 1)

    def caret(self) -> tuple[int, int]:
        """Line and column of the main caret."""
        s = self.surface
        position = s.currentPos()
        line = s.lineFromPosition(position)
        return line, s.countCharacters(s.positionFromLine(line), position)

    def goto(self, line: int, column: int = 0) -> None:
        """Put the caret there (or as near as the text allows), unfold it and bring it into view."""
        s = self.surface
        line = max(0, min(line, s.lineCount() - 1))
        start, end = s.positionFromLine(line), s.lineEndPosition(line)
        position = min(end, s.positionRelative(start, column)) if column > 0 else start
        s.ensureVisibleEnforcePolicy(line)
        s.gotoPos(end if column > 0 and position == 0 else position)
        s.verticalCentreCaret() if not self._on_screen(line) else s.scrollCaret()

    def top(self) -> int:
        """The first line on screen."""
        return self.surface.docLineFromVisible(self.surface.firstVisibleLine())

    def show_place(self, line: int, column: int, top: int) -> None:
        """The caret there, scrolled as it was."""
        self.goto(line, column)
        self.surface.setFirstVisibleLine(self.surface.visibleFromDocLine(top))

    def selected_size(self) -> int:
        """How many characters are selected."""
        s = self.surface
        return s.countCharacters(s.selectionStart(), s.selectionEnd())

    def word_at_caret(self) -> str:
        """The selected words, or the word the caret stands in or at."""
        if selected := self.selected_words():
            return selected.strip()
        s = self.surface
        at = s.currentPos()
        return decode(s.data(s.wordStartPosition(at, True), s.wordEndPosition(at, True)))

    def line_text(self, line: int) -> str:
        """One line without its end; empty for a line that is not there."""
        s = self.surface
        if not 0 <= line < s.lineCount():
            return ""
        return decode(s.data(s.positionFromLine(line), s.lineEndPosition(line)))

    def select_in_line(self, line: int, start: int, end: int) -> None:
        """Select characters of one line and show them."""
        self.goto(line)
        s, text = self.surface, self.line_text(line)
        at = s.positionFromLine(min(line, s.lineCount() - 1))
        first = at + len(encode(text[:start]))
        last = at + len(encode(text[:end]))
        s.setSelection(last, first)
        s.scrollRange(first, last)

    def selected_words(self) -> str:
        """The selected text when it stands in one line, else nothing."""
        s = self.surface
        start, end = s.selectionStart(), s.selectionEnd()
        if start == end or s.lineFromPosition(start) != s.lineFromPosition(end):
            return ""
        return decode(s.data(start, end))

    def replace_lines(self, span: LineSpan, lines: Sequence[str]) -> None:
        """Replace whole lines as one step of undo."""
        s = self.surface
        s.beginUndoAction()
        s.replace(s.line_start(span.start), s.line_start(span.end), encode("".join(lines)))
        s.endUndoAction()

    def is_modified(self) -> bool:
        """Whether the text differs from the last :meth:`set_saved` or :meth:`set_text`."""
        return bool(self.surface.modify())

    def set_saved(self) -> None:
        self.surface.setSavePoint()

    def undo(self) -> None:
        self.surface.undo()

    def redo(self) -> None:
        self.surface.redo()

    def _on_resized(self) -> None:
        """A place gone to before there was room for it is shown as soon as there is."""
        s = self.surface
        line = s.lineFromPosition(s.selectionStart())
        if not self._touched and s.linesOnScreen() > 2 and not self._on_screen(line):
            s.setFirstVisibleLine(0)
            if not self._on_screen(line):
                s.setFirstVisibleLine(s.visibleFromDocLine(line) - s.linesOnScreen() // 3)

    def _on_user_acted(self) -> None:
        """From the first key or click on, where the text is scrolled to is up to the person."""
        self._touched = True

    def _on_screen(self, line: int) -> bool:
        s = self.surface
        shown = s.visibleFromDocLine(line) - s.firstVisibleLine()
        return 0 <= shown < s.linesOnScreen()

    def _on_modified(
        self, kind: int, _position: int, _length: int, _added: int, data: object, *_: object
    ) -> None:
        if kind & INSERTED:
            raw: bytes = data.data()  # type: ignore[attr-defined]
            if not raw.isascii():
                self._rtl.see(decode(raw))
        self.version += 1
        self.text_changed.emit()

    def _on_update(self, what: int) -> None:
        if what & 0x03:
            at = self.caret()
            if at != self._at:
                self._at = at
                self.caret_moved.emit(*at)
        if what & 0x0C:
            self._see_screen()
            self.scrolled.emit()

    def _see_screen(self) -> None:
        """What was filled in away from here was not told letter by letter."""
        s = self.surface
        first = s.firstVisibleLine()
        top = s.positionFromLine(s.docLineFromVisible(first))
        end = s.line_start(s.docLineFromVisible(first + s.linesOnScreen()) + 1)
        data = s.data(top, min(end, top + 100_000))
        if not data.isascii():
            self._rtl.see(decode(data))

    def _on_save_point(self, dirty: bool) -> None:
        self.saved_state_changed.emit(dirty)
