"""Draws the book of one editor: bands, rows, buttons, ticks, the prompt. Decides nothing."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QPainter

from assistant.types import PROTECTED, HunkState, LineSpan, split_lines
from widgets.editor.codeeditor import CodeEditor
from widgets.editor.surface import decode
from widgets.inlinediff.annotations import AnnotationLayer, Piece
from widgets.inlinediff.book import HunkBook
from widgets.inlinediff.hunkbar import HunkBar
from widgets.inlinediff.hunkrows import HunkRows
from widgets.inlinediff.overview import Overview, Tick
from widgets.inlinediff.painting import Band, BandPainter
from widgets.inlinediff.promptslot import PromptSlot
from widgets.inlinediff.proposal import OPEN, Mode, Tracked
from widgets.inlinediff.rendering import DiffWords

FLAG_WORDS = {
    "deletes-most": "deletes most of the file",
    "empties-file": "empties the file",
    "drops-elided": "drops lines the model left out",
    "hidden-characters": "hidden characters",
    PROTECTED: "protected file, keeping asks once more",
}


ROOMY = 420
"""Pixels beside the margins from which on the bars of hunks tell their keys."""


class Canvas(QObject):
    """What one sees of the hunks of one editor."""

    keep_requested = Signal(object)
    reject_requested = Signal(object)
    replace_requested = Signal(object)
    moved_requested = Signal(object)
    reason_typed = Signal(object, str)
    line_requested = Signal(object)
    """The line that an opinion of this hunk speaks of."""

    def __init__(
        self,
        editor: CodeEditor,
        book: HunkBook,
        diff_words: DiffWords,
        parent: QObject,
        keys: Mapping[str, str],
    ) -> None:
        super().__init__(parent)
        self._editor, self._book, self._keys = editor, book, keys
        s = self._surface = editor.surface
        self.annotations = AnnotationLayer(s)
        self.slot = PromptSlot(s)
        self._rows = HunkRows(editor, diff_words)
        self._theme = editor.theme
        # The first one costs twenty milliseconds (styles, fonts): not in the first frame.
        self.bars: list[HunkBar] = [self._new_bar()]
        self.bars[0].warm_up()
        self._painter = BandPainter(s, editor.theme)
        self._current: Tracked | None = None
        self._shown: set[Tracked] = set()
        self._open: list[Tracked] = []
        self._overview = Overview(s.verticalScrollBar(), self._ticks, self._total)
        self._laid_out: tuple[int, ...] = ()
        self._made_of: tuple[object, ...] = ()
        self._painted: list[Band] = []
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.timeout.connect(self._redraw)
        self.slot.changed.connect(self._redraw)
        s.user_acted.connect(self.slot.release)
        s.overpaint.append(self._paint)
        s.updateUi.connect(self._on_update)
        s.resized.connect(self._place)

    # ---- drawing ----

    def draw(self, current: Tracked | None) -> None:
        """Bring the screen up to date with the book."""
        self._current = current
        self._follow_editor()
        self._open = [item for item in self._book.tracked if item.state in OPEN]
        self._forget()
        self._unfold()
        self.annotations.held = self.slot.line() if self.slot.holding else None
        with self.annotations.still():
            changed = self._sync()
        self._place()
        if changed:
            self._overview.update()
        if self._bands() != self._painted:
            self._surface.viewport().update()

    def on_modified(self, position: int, added: int) -> None:
        """The text changed: follow the lines."""
        s = self._surface
        line = s.lineFromPosition(position)
        if added:
            self.annotations.on_lines(line, added)
        if line == 0:
            for item in self._open:
                if self._rows.at_top(item):
                    item.range.touched = True

    def _redraw(self) -> None:
        self.draw(self._current)

    def _sync(self) -> bool:
        """Rows under lines, when anything they are made of changed: a key alone does not.

        Says whether it did.
        """
        slot = (self.slot.line(), self.slot.rows()) if self.slot.widget is not None else None
        made_of = (
            self._book.lines_changed,
            self._rows.look(),
            self._total(),
            slot,
            self._open,
            [item.revision for item in self._open],
        )
        if made_of == self._made_of and not self.annotations.broken:
            self.annotations.fill()
            return False
        self._made_of = made_of
        self.annotations.sync(self._wanted())
        return True

    def _wanted(self) -> dict[int, list[Piece]]:
        wanted: dict[int, list[Piece]] = {}
        look = self._rows.look()
        if self.slot.widget is not None:
            count = self.slot.rows()
            wanted[self.slot.line()] = [Piece("slot", count, count, lambda: ())]
        for item in self._open:
            count = self._rows.count(item)
            if not count:
                continue
            drawn = (item.revision, look, self._rows.folded(item))
            piece = Piece(item, count, drawn, self._rows.later(item))
            wanted.setdefault(self._anchor(item), []).append(piece)
        return wanted

    def _span(self, item: Tracked) -> LineSpan:
        return LineSpan(0, 1) if self._rows.at_top(item) else self._book.span(item)

    def _anchor(self, item: Tracked) -> int:
        span = self._span(item)
        if item.run.mode is Mode.REVIEW and span.start > 0:
            return span.start - 1
        return max(0, span.end - 1)

    def _forget(self) -> None:
        """Undo what was drawn for hunks that are no longer open."""
        now = set(self._open)
        for item in self._shown - now:
            self._rows.drop(item)
        for item in now - self._shown:
            span = self._book.span(item)
            for line in range(max(0, span.start - 1), span.end):
                self._fold_open(line)
        self._shown = now

    def _unfold(self) -> None:
        if self._current is not None:
            self._fold_open(self._book.span(self._current).start)

    def _fold_open(self, line: int) -> None:
        if not self._surface.lineVisible(line):
            self._surface.ensureVisible(line)

    def _follow_editor(self) -> None:
        editor = self._editor
        if self._theme is not editor.theme:
            self._theme = self._painter.theme = editor.theme
            for bar in self.bars:
                bar.apply_theme(editor.theme)
        self._painter.family = editor.styling.family

    # ---- on screen ----

    def _on_update(self, what: int) -> None:
        if what & 0x0C:
            self.annotations.fill()
            self._place()

    def _visible(self) -> list[Tracked]:
        s = self._surface
        first = s.firstVisibleLine()
        top = s.positionFromLine(s.docLineFromVisible(first))
        bottom = s.line_start(s.docLineFromVisible(first + s.linesOnScreen() + 1) + 1)
        return [item for item in self._open if item.range.end >= top and item.range.start <= bottom]

    def _place(self) -> None:
        """Put a bar on every hunk on screen that can be decided, and the prompt into its slot."""
        self.slot.place()
        s = self._surface
        view, used = s.viewport(), 0
        for item in self._visible():
            self._rows.mark_words(item)
            area = self._area(item)
            if item.state is HunkState.STREAMING or area is None:
                continue
            top, height = area
            if top + height <= 0 or top >= view.height():
                continue
            if used == len(self.bars):
                self.bars.append(self._new_bar())
            bar = self.bars[used]
            used += 1
            self._describe(bar, item)
            size = bar.sizeHint()
            bar.setGeometry(
                view.width() - size.width() - 14, max(2, top), size.width(), size.height()
            )
            if bar.isHidden():
                bar.show()
                bar.raise_()
        for bar in self.bars[used:]:
            bar.hide()

    def _describe(self, bar: HunkBar, item: Tracked) -> None:
        span = self._book.span(item)
        name = f"change at line {span.start + 1}, {item.state.value}"
        notes = [
            item.note or item.hunk.note,
            *(FLAG_WORDS.get(f, f.replace("-", " ")) for f in item.hunk.flags),
        ]
        if item.edited:
            notes.append("with your edit")
        text = " · ".join(note for note in notes if note)
        if (text and item.state is not HunkState.PENDING) or item.hunk.flags:
            text = f"⚠ {text}"
        s = self._surface
        bar.describe(
            item,
            name,
            text,
            roomy=s.viewport().width() - s.text_left() > ROOMY,
            moved=bool(item.hunk.moved),
            blanks=self._blanks(item),
            conflict=item.state is HunkState.CONFLICTED,
            current=item is self._current,
        )
        bar.show_opinion(item.opinion)

    def _blanks(self, item: Tracked) -> str:
        """What the button says that shows or folds a flood of blank lines; nothing without one."""
        count = self._rows.blanks(item)
        if not count:
            return ""
        return f"Show {count} blank lines" if self._rows.folded(item) else "Fold blank lines"

    def _toggle_blanks(self, item: Tracked) -> None:
        self._rows.toggle(item)
        self._redraw()

    def _new_bar(self) -> HunkBar:
        bar = HunkBar(self._surface.viewport(), self._theme, self._keys)
        bar.keep_requested.connect(self.keep_requested)
        bar.reject_requested.connect(self.reject_requested)
        bar.replace_requested.connect(self.replace_requested)
        bar.moved_requested.connect(self.moved_requested)
        bar.reason_typed.connect(self.reason_typed)
        bar.copy_requested.connect(self._copy)
        bar.line_requested.connect(self.line_requested)
        bar.blanks_requested.connect(self._toggle_blanks)
        return bar

    def _copy(self, item: Tracked, proposed: bool) -> None:
        """Rows can not be selected, so that they are never mistaken for text; this is the way."""
        lines = item.rows if proposed else split_lines(decode(item.present))
        QGuiApplication.clipboard().setText("".join(lines))

    def _area(self, item: Tracked) -> tuple[int, int] | None:
        """Top and height in pixels of both sides together; None when it is folded away."""
        s = self._surface
        span, height = self._span(item), s.textHeight(0)
        anchor, rows = self._anchor(item), self._rows.count(item)
        if not s.lineVisible(anchor):
            return None
        if not span.empty and (item.run.mode is Mode.PROPOSE or anchor >= span.start):
            top = s.pointYFromPosition(s.positionFromLine(span.start))
        else:
            top = self._rows_top(anchor, item)
        shown = s.visibleFromDocLine(span.end) - s.visibleFromDocLine(span.start)
        return top, max(shown, rows + span.size) * height

    def _rows_top(self, line: int, owner: object) -> int:
        s = self._surface
        height = s.textHeight(0)
        top = s.pointYFromPosition(s.positionFromLine(line)) + s.wrapCount(line) * height
        for at, piece, row in self.annotations.entries():
            if at == line and piece.owner is owner:
                return top + row * height
        return top

    def _layout(self) -> tuple[int, ...]:
        """What rows and bars were laid out by; zoom, wrapping and themes change it silently."""
        s, editor = self._surface, self._editor
        size = (s.textHeight(0), s.wrapMode(), s.text_left(), s.viewport().width())
        return *size, id(editor.theme), id(editor.language)

    def _paint(self, painter: QPainter) -> None:
        s = self._surface
        height = s.textHeight(0)
        if self._laid_out != self._layout():
            self._laid_out = self._layout()
            self._later.start()
        self._painted = self._bands()
        self._painter.paint(painter, self._painted, height)
        self._painter.paint_far(painter)

    def _bands(self) -> list[Band]:
        """What is laid over the text on screen."""
        s = self._surface
        height = s.textHeight(0)
        bands = [band for item in self._visible() for band in self._real_bands(item, height)]
        for line, piece, row in self.annotations.entries():
            item = piece.owner
            if isinstance(item, Tracked):
                top = s.pointYFromPosition(s.positionFromLine(line)) + s.wrapCount(line) * height
                colour, sign = ("add", "+") if item.run.mode is Mode.PROPOSE else ("del", "−")
                current = item is self._current
                bands.append(Band(top + row * height, piece.count, colour, sign, current))
        return bands

    def _real_bands(self, item: Tracked, height: int) -> list[Band]:
        """The lines of the buffer that the hunk stands on; folded ones and rows of other hunks stay
        out.
        """
        s = self._surface
        span = self._span(item)
        first = s.docLineFromVisible(s.firstVisibleLine())
        last = s.docLineFromVisible(s.firstVisibleLine() + s.linesOnScreen() + 1)
        colour, sign = ("del", "−") if item.run.mode is Mode.PROPOSE else ("add", "+")
        if item.state is HunkState.CONFLICTED:
            colour, sign = "conflict", "!"
        bands: list[Band] = []
        for line in range(max(span.start, first), min(span.end, last + 1)):
            if not s.lineVisible(line):
                continue
            top = s.pointYFromPosition(s.positionFromLine(line))
            rows = s.wrapCount(line)
            if bands and bands[-1].top + bands[-1].rows * height == top:
                before = bands.pop()
                bands.append(Band(before.top, before.rows + rows, colour, sign, before.current))
            else:
                bands.append(Band(top, rows, colour, sign, item is self._current))
        return bands

    def _ticks(self) -> list[Tick]:
        s, ui = self._surface, self._theme.ui
        found: list[Tick] = []
        for item in self._open:
            span, propose = self._span(item), item.run.mode is Mode.PROPOSE
            first = s.visibleFromDocLine(span.start)
            real, other = (ui["red"], ui["green"]) if propose else (ui["green"], ui["red"])
            if item.state is HunkState.CONFLICTED:
                real = ui["yellow"]
            if not span.empty:
                found.append((first, span.size, real))
            if item.rows:
                found.append((first + span.size, self._rows.count(item), other))
        return found

    def _total(self) -> int:
        s = self._surface
        last = s.lineCount() - 1
        return s.visibleFromDocLine(last) + s.wrapCount(last) + s.annotationLines(last)
