"""Rows and marked words of open hunks, worked out near the screen and kept while right."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from assistant.types import HunkState, split_lines
from widgets.blankruns import parts, runs, words
from widgets.editor.codeeditor import CodeEditor
from widgets.editor.styling import ADDED_KIND, REMOVED_KIND
from widgets.editor.surface import IND_ADDED, IND_REMOVED, decode, encode
from widgets.inlinediff.proposal import Mode, Tracked
from widgets.inlinediff.rendering import (
    DiffWords,
    Renderer,
    Row,
    Spans,
    changed_words,
    end_note,
    line_ends,
    note_row,
)

_MARK_LIMIT = 400
"""Marked words in one hunk's real lines; more would be noise."""


class HunkRows:
    """What :class:`Canvas` shows of each hunk's other side, and the marks on its real lines."""

    def __init__(self, editor: CodeEditor, diff_words: DiffWords) -> None:
        self._editor, self._diff_words = editor, diff_words
        self._surface = editor.surface
        self._renderer = Renderer(editor.surface, editor)
        self._look: tuple[str, int] = ("", 0)
        self._rows: dict[Tracked, tuple[object, tuple[str, ...], list[Row]]] = {}
        self._words: dict[Tracked, tuple[int, Spans, Spans]] = {}
        self._marked: dict[Tracked, int] = {}
        self._folds: dict[Tracked, tuple[tuple[str, ...], list[tuple[int, int]]]] = {}
        self._unfolded: set[Tracked] = set()

    def look(self) -> tuple[str, int]:
        """Changes with the editor's language and theme; follow them before drawing."""
        editor = self._editor
        if self._look[0] != editor.language.name:
            self._renderer.set_language(editor.language)
        self._look = (editor.language.name, id(editor.theme))
        return self._look

    def at_top(self, item: Tracked) -> bool:
        """Whether it inserts above line 0, where there is no room for rows."""
        return item.range.end == 0 and self._surface.length() > 0 and bool(item.rows)

    def lines(self, item: Tracked) -> tuple[str, ...]:
        """The other side as rows; at the top of the file line 0 is shown in both colours."""
        if self.at_top(item):
            s = self._surface
            return (*item.rows, decode(s.data(0, s.lineEndPosition(0))))
        return item.rows

    def blanks(self, item: Tracked) -> int:
        """The longest run of blank lines among its rows that is long enough to be folded."""
        return max((end - start for start, end in self._runs(item)), default=0)

    def folded(self, item: Tracked) -> bool:
        return item not in self._unfolded

    def toggle(self, item: Tracked) -> None:
        """Show its blank lines, or their number again."""
        self._unfolded ^= {item}

    def count(self, item: Tracked) -> int:
        """How many rows it has, with runs of blank lines as one row each."""
        hidden = sum(end - start - 1 for start, end in self._folded_runs(item))
        return len(self.lines(item)) - hidden

    def _folded_runs(self, item: Tracked) -> list[tuple[int, int]]:
        return self._runs(item) if item not in self._unfolded else []

    def _runs(self, item: Tracked) -> list[tuple[int, int]]:
        lines = self.lines(item)
        known = self._folds.get(item)
        if known is None or (known[0] is not lines and known[0] != lines):
            known = self._folds[item] = (lines, runs(lines))
        return known[1]

    def later(self, item: Tracked) -> Callable[[], Sequence[Row]]:
        """The rows of one hunk, asked for when they come near the screen."""
        return _Rows(self, item)

    def drop(self, item: Tracked) -> None:
        """It is no longer open: forget its rows and take its marks away."""
        if self._marked.pop(item, None) is not None:
            start, end = item.range.start, item.range.end
            self._unmark(start, max(end, start + 1))
        self._rows.pop(item, None)
        self._words.pop(item, None)
        self._folds.pop(item, None)
        self._unfolded.discard(item)

    def rows(self, item: Tracked) -> Sequence[Row]:
        """The rows of one hunk, from the cache where it is still right."""
        lines = self.lines(item)
        key = self._look
        spans = self._word_spans(item)[1]
        old = self._rows.get(item)
        start = 0
        rows: list[Row] = []
        if old is not None and old[0] == key and not spans and item.state is HunkState.STREAMING:
            same = zip(old[1], lines, strict=False)
            start = next(
                (n for n, (a, b) in enumerate(same) if a != b), min(len(old[1]), len(lines))
            )
            rows = old[2][:start]
        kind = ADDED_KIND if item.run.mode is Mode.PROPOSE else REMOVED_KIND
        table = self._editor.styling.translation()
        rows = rows + self._renderer.rows(item, item.range.start, lines, table, spans, kind, start)
        self._rows[item] = (key, lines, rows)
        if item.state is not HunkState.STREAMING:
            rows = self._with_end_notes(item, lines, rows)
        return self._fold(item, rows)

    def _fold(self, item: Tracked, rows: list[Row]) -> list[Row]:
        folds = self._folded_runs(item)
        if not folds:
            return rows
        shown: list[Row] = []
        for start, end, folded in parts(len(rows), folds):
            shown += [note_row(words(end - start))] if folded else rows[start:end]
        return shown

    def _with_end_notes(self, item: Tracked, lines: Sequence[str], rows: list[Row]) -> list[Row]:
        usual = line_ends(item.here) if item.here else {*line_ends(lines[:1])}
        if self.at_top(item) or line_ends(lines) <= usual:
            return rows
        noted = []
        for line, (text, styles) in zip(lines, rows, strict=True):
            note, note_styles = note_row(end_note(line, usual))
            noted.append((text + note, styles + note_styles))
        return noted

    def _word_spans(self, item: Tracked) -> tuple[Spans, Spans]:
        """Changed words on the buffer's side and on the other; none while it streams."""
        if item.state is HunkState.STREAMING or self.at_top(item):
            return [], []
        known = self._words.get(item)
        if known is None or known[0] != item.revision:
            present = split_lines(decode(item.present))
            old, new = (
                (present, item.rows) if item.run.mode is Mode.PROPOSE else (item.rows, present)
            )
            left, right = changed_words(self._diff_words, old, new)
            if item.run.mode is Mode.REVIEW:
                left, right = right, left
            known = self._words[item] = (item.revision, left, right)
        return known[1], known[2]

    def mark_words(self, item: Tracked) -> None:
        """Boxes under the changed words of real lines."""
        if self._marked.get(item) == item.revision:
            return
        self._marked[item] = item.revision
        s = self._surface
        start, end = item.range.start, item.range.end
        self._unmark(start, end)
        s.setIndicatorCurrent(IND_REMOVED if item.run.mode is Mode.PROPOSE else IND_ADDED)
        text = decode(item.present)
        for first, last in self._word_spans(item)[0][:_MARK_LIMIT]:
            at = start + len(encode(text[:first]))
            s.indicatorFillRange(at, len(encode(text[first:last])))

    def _unmark(self, start: int, end: int) -> None:
        s = self._surface
        for indicator in (IND_REMOVED, IND_ADDED):
            s.setIndicatorCurrent(indicator)
            s.indicatorClearRange(start, end - start)


class _Rows:
    """Remembers which hunk; equal work is done once."""

    def __init__(self, owner: HunkRows, item: Tracked) -> None:
        self._owner, self._item = owner, item

    def __call__(self) -> Sequence[Row]:
        return self._owner.rows(self._item)
