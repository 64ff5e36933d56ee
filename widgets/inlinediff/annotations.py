"""Rows under lines: pieces share an annotation, far ones stay blank, the screen stands still.

Scintilla validates every byte of an annotation for each of its visible rows, so rows off screen
carry no text: the height is right, and painting costs the same for a proposal of any length.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from widgets.editor.surface import Surface
from widgets.inlinediff.rendering import Row

MARGIN = 60
"""Rows above and below the screen that carry text."""
BLANK: Row = (b"", b"")


@dataclass(frozen=True, slots=True)
class Piece:
    """``count`` rows of one owner; ``revision`` differs when they look different. ``rows`` gives
    them when needed.
    """

    owner: Hashable
    count: int
    revision: object
    rows: Callable[[], Sequence[Row]]


@dataclass(slots=True)
class _Entry:
    pieces: tuple[Piece, ...]
    filled: tuple[int, int]

    @property
    def count(self) -> int:
        return sum(piece.count for piece in self.pieces)

    @property
    def look(self) -> list[tuple[Hashable, int, object]]:
        return [(piece.owner, piece.count, piece.revision) for piece in self.pieces]


class AnnotationLayer:
    """What stands under which line of one surface. Lines move by themselves; :meth:`on_lines` keeps
    count.
    """

    def __init__(self, surface: Surface) -> None:
        self._surface = surface
        self._entries: dict[int, _Entry] = {}
        self.broken = False
        """Lines came or went beside a row: all are laid anew."""
        self._anchor: tuple[int, int] | None = None
        self.held: int | None = None
        """A line that keeps its place on screen instead of the first one shown."""

    def entries(self) -> Iterator[tuple[int, Piece, int]]:
        """Line, piece and the piece's first row within the line's rows, for lines on screen."""
        s = self._surface
        first = s.firstVisibleLine()
        top, bottom = (
            s.docLineFromVisible(first),
            s.docLineFromVisible(first + s.linesOnScreen() + 1),
        )
        for line, entry in self._entries.items():
            if top <= line <= bottom and s.lineVisible(line):
                row = 0
                for piece in entry.pieces:
                    yield line, piece, row
                    row += piece.count

    def on_lines(self, line: int, added: int) -> None:
        """``added`` lines (negative: fewer) came after ``line``. Near an annotation all are laid
        anew later.
        """
        if self._anchor is not None and line < self._anchor[0]:
            self._anchor = (max(line, self._anchor[0] + added), self._anchor[1])
        if self.held is not None and line < self.held:
            self.held = max(line, self.held + added)
        if self.broken and len(self._entries) > MARGIN:
            return
        reach = line + 1 + max(0, -added)
        if any(line - 1 <= at <= reach for at in self._entries):
            self.broken = True
        self._entries = {
            at + added if at > reach else at: entry for at, entry in self._entries.items()
        }

    def sync(self, wanted: Mapping[int, Sequence[Piece]]) -> None:
        """Make the annotations these; only what changed is touched."""
        if self.broken:
            self._surface.annotationClearAll()
            self._entries.clear()
            self.broken = False
        for line in [line for line in self._entries if line not in wanted]:
            self._surface.annotate(line, b"", b"")
            del self._entries[line]
        changed = []
        for line, pieces in wanted.items():
            entry = self._entries.get(line)
            fresh = _Entry(tuple(pieces), (0, 0))
            if entry is None or entry.look != fresh.look:
                if entry is None or entry.count != fresh.count:
                    self._surface.annotate(
                        line, b"\n".join([b" "] * fresh.count), b"\0" * fresh.count * 2
                    )
                self._entries[line] = fresh
                changed.append(line)
        self.fill()

    def fill(self) -> None:
        """Give text to the rows near the screen that have none yet."""
        if not self._entries:
            return
        s = self._surface
        first, shown = s.firstVisibleLine(), s.linesOnScreen() + 1
        top = s.docLineFromVisible(max(0, first - MARGIN // 2))
        bottom = s.docLineFromVisible(first + shown + MARGIN // 2)
        for line in [line for line in self._entries if top <= line <= bottom]:
            entry = self._entries[line]
            start = s.visibleFromDocLine(line) + s.wrapCount(line)
            count = entry.count
            low, high = max(0, min(first - start, count)), max(0, min(first + shown - start, count))
            if entry.filled[0] <= low and high <= entry.filled[1] and entry.filled[1]:
                continue
            low, high = max(0, low - MARGIN), min(count, high + MARGIN)
            entry.filled = (low, high)
            self._write(line, entry, low, high)

    def clear(self) -> None:
        self._surface.annotationClearAll()
        self._entries.clear()

    @contextmanager
    def still(self) -> Iterator[None]:
        """Whatever changes height inside: the same text stays at the same place of the screen."""
        s = self._surface
        if self._anchor is not None:
            yield
            return
        first = s.firstVisibleLine()
        line = s.docLineFromVisible(first) if self.held is None else self.held
        self._anchor = (line, first - s.visibleFromDocLine(line))
        try:
            yield
        finally:
            line, offset = self._anchor
            self._anchor = None
            wanted = max(0, s.visibleFromDocLine(min(line, s.lineCount() - 1)) + offset)
            if wanted != s.firstVisibleLine():
                s.setFirstVisibleLine(wanted)

    def _write(self, line: int, entry: _Entry, low: int, high: int) -> None:
        rows: list[Row] = []
        for piece in entry.pieces:
            at = len(rows)
            if at >= high or at + piece.count <= low:
                rows += [BLANK] * piece.count
                continue
            drawn = list(piece.rows())
            rows += drawn[: piece.count] + [BLANK] * (piece.count - len(drawn))
        rows = [row if low <= at < high else BLANK for at, row in enumerate(rows)]
        text = b"\n".join(text or b" " for text, _ in rows)
        self._surface.annotate(line, text, b"\0".join(styles or b"\0" for _, styles in rows))
