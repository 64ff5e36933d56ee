"""One file of a proposal in the assistant panel: name, +n −m, the diff in small, keep and reject.

Knows hunks.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from assistant.types import FileAction, FileChange, Hunk, HunkState
from widgets.blankruns import parts, runs, words
from widgets.controls import Button, Elided, IconButton, Picture, Text, fill, named, rekind
from widgets.hidden import reveal_code, reveal_line
from widgets.icons import file_icon
from widgets.look import Look

Highlighter = Callable[[str, str], Sequence[tuple[int, int, str]]]
"""(language or file name, text) to (start, end, role of the theme's syntax)."""
WordDiff = Callable[[str, str], tuple[list[tuple[int, int]], list[tuple[int, int]]]]
ROWS = 12
OPEN = (HunkState.PENDING, HunkState.STREAMING, HunkState.CONFLICTED)


@dataclass(frozen=True, slots=True)
class Row:
    """``sign`` is ``-``, ``+``, a space, or ``…`` between two hunks; ``marks`` are character
    ranges.
    """

    sign: str
    text: str
    marks: tuple[tuple[int, int], ...] = ()
    styles: tuple[tuple[int, int, str], ...] = ()
    """(start, end, syntax role)"""
    lines: int = 1
    """How many lines it stands for: more than one where they are all blank."""


def counts(change: FileChange) -> tuple[int, int]:
    """Lines added and removed by the hunks that are not rejected or superseded."""
    out = (HunkState.REJECTED, HunkState.SUPERSEDED)
    hunks = [hunk for hunk in change.hunks if hunk.state not in out]
    return sum(len(h.new) for h in hunks), sum(len(h.old) for h in hunks)


def rows_of(
    change: FileChange, base: Sequence[str], limit: int, diff_words: WordDiff | None
) -> tuple[list[Row], int]:
    """At most ``limit`` rows of a change, and how many more there are."""
    rows: list[Row] = []
    total = 0
    shown = [hunk for hunk in change.hunks if hunk.state is not HunkState.SUPERSEDED]
    for index, hunk in enumerate(shown):
        total += len(hunk.old) + len(hunk.new)
        if len(rows) >= limit:
            continue
        if index:
            rows.append(Row("…", ""))
        if hunk.base.start > 0 and hunk.base.start <= len(base):
            rows.append(Row(" ", _flat(base[hunk.base.start - 1])))
        rows += _hunk_rows(hunk, limit - len(rows), diff_words)
    seen = sum(row.lines for row in rows[:limit] if row.sign in "+-")
    return rows[:limit], total - seen


def _hunk_rows(hunk: Hunk, room: int, diff_words: WordDiff | None) -> list[Row]:
    old, new = [_flat(line) for line in hunk.old], [_flat(line) for line in hunk.new]
    gone: list[Row] = []
    come: list[Row] = []
    paired = diff_words is not None and len(old) == len(new) <= 40
    for index, line in enumerate(old):
        marks = diff_words(line, new[index])[0] if paired and diff_words else []
        gone.append(Row("-", line, tuple(marks)))
    for index, line in enumerate(new):
        marks = diff_words(old[index], line)[1] if paired and diff_words else []
        come.append(Row("+", line, tuple(marks)))
    gone, come = _folded(gone, old), _folded(come, new)
    if len(gone) + len(come) > room and come:
        gone = gone[: max(1, room // 2)]
    return [*gone, *come]


def _folded(rows: list[Row], lines: Sequence[str]) -> list[Row]:
    """Blank lines that would push the rest away as one row."""
    folds = runs(lines)
    if not folds:
        return rows
    shown: list[Row] = []
    for start, end, folded in parts(len(rows), folds):
        if folded:
            count = end - start
            shown.append(Row(rows[start].sign, words(count), lines=count))
        else:
            shown += rows[start:end]
    return shown


def styled(rows: Sequence[Row], path: str, highlighter: Highlighter) -> list[Row]:
    """The same rows with syntax roles: the old side and the new side are each read as one text."""
    styles: dict[int, list[tuple[int, int, str]]] = {}
    for sign in "-+":
        side = [index for index, row in enumerate(rows) if row.sign in (sign, " ")]
        starts, at = [], 0
        for index in side:
            starts.append(at)
            at += len(rows[index].text) + 1
        spans = highlighter(path, "\n".join(rows[index].text for index in side))
        for start, end, role in spans:
            where = bisect_right(starts, start) - 1
            if where >= 0 and (sign == "+" or rows[side[where]].sign == "-"):
                length, own = len(rows[side[where]].text), start - starts[where]
                found = (own, min(length, end - starts[where]), role)
                styles.setdefault(side[where], []).append(found)
    return [replace(row, styles=tuple(styles.get(i, ()))) for i, row in enumerate(rows)]


def _flat(line: str) -> str:
    return reveal_code(line.rstrip("\r\n").replace("\t", "    "))


class MiniDiff(QWidget):
    """Paints rows in the code font: a bar, a sign and a tint for each, so that colour is not the
    only cue.
    """

    pressed = Signal()

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._rows: tuple[Row, ...] = ()
        self._indent = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        look.changed.connect(self.updateGeometry)

    def show_rows(self, rows: Sequence[Row]) -> None:
        self._rows = tuple(rows)
        filled = [r.text for r in rows if r.text.strip()]
        self._indent = min((len(text) - len(text.lstrip(" ")) for text in filled), default=0)
        self.setAccessibleName("Changes: " + "; ".join(f"{r.sign} {r.text.strip()}" for r in rows))
        self.updateGeometry()
        self.update()

    def rows(self) -> tuple[Row, ...]:
        return self._rows

    def sizeHint(self) -> QSize:
        return QSize(120, len(self._rows) * self._row_height() + (8 if self._rows else 0))

    def minimumSizeHint(self) -> QSize:
        return QSize(60, self.sizeHint().height())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.pressed.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        font = self._look.code_font(12)
        painter.setFont(font)
        height, wide = self._row_height(), QFontMetricsF(font).horizontalAdvance("m" * 100) / 100
        for index, row in enumerate(self._rows):
            rect = QRect(0, 3 + index * height, self.width(), height)
            if rect.intersects(event.rect()):
                self._paint_row(painter, row, rect, wide)

    def _paint_row(self, painter: QPainter, row: Row, rect: QRect, wide: float) -> None:
        look, text = self._look, row.text[self._indent :]
        flags = int(Qt.AlignmentFlag.AlignVCenter)
        if row.sign == "…":
            painter.setPen(look.colour("faint"))
            painter.drawText(rect.adjusted(24, 0, 0, 0), flags, "⋯")
            return
        tint = {"+": ("add", "add_hi", "green"), "-": ("del", "del_hi", "red")}.get(row.sign)
        if tint:
            painter.fillRect(rect, look.colour(tint[0]))
            painter.fillRect(QRect(0, rect.y(), 3, rect.height()), look.colour(tint[2]))
            for start, end in row.marks:
                left = 24 + max(0, start - self._indent) * wide
                width = (max(end, self._indent) - max(start, self._indent)) * wide
                mark = QRectF(left, rect.y() + 1, width, rect.height() - 2)
                painter.fillRect(mark, look.colour(tint[1]))
            painter.setPen(look.colour(tint[2]))
            sign = "−" if row.sign == "-" else "+"
            painter.drawText(QRect(9, rect.y(), 14, rect.height()), flags, sign)
        painter.setPen(look.colour("fg" if tint else "muted"))
        if row.styles and text.isascii():
            self._paint_styles(painter, row, rect, wide)
        else:
            painter.drawText(QRect(24, rect.y(), rect.width() - 26, rect.height()), flags, text)

    def _paint_styles(self, painter: QPainter, row: Row, rect: QRect, wide: float) -> None:
        """Runs of one role each; ASCII only, so that every character is one advance wide."""
        flags, plain = int(Qt.AlignmentFlag.AlignVCenter), painter.pen().color()
        at = self._indent
        for start, end, role in (*row.styles, (len(row.text), len(row.text), "default")):
            start, end = max(start, at), max(end, at)
            for begin, stop, name in ((at, start, ""), (start, end, role)):
                if stop > begin:
                    colour = QColor(self._look.theme.role(name).fg) if name else plain
                    painter.setPen(colour)
                    left = 24 + (begin - self._indent) * wide
                    room = QRectF(left, rect.y(), (stop - begin) * wide + 4, rect.height())
                    painter.drawText(room, flags, row.text[begin:stop])
            at = end

    def _row_height(self) -> int:
        return QFontMetrics(self._look.code_font(12)).height() + 3


_STATES = {
    "pending": ("", "circle-dot", "accent"),
    "kept": ("ok", "circle-check", "green"),
    "rejected": ("failed", "circle-x", "red"),
    "mixed": ("muted", "circle-dot", "muted"),
    "streaming": ("muted", "loader-circle", "accent"),
    "conflicted": ("warned", "triangle-alert", "yellow"),
}
_ACTIONS = {
    FileAction.CREATE: "new file",
    FileAction.DELETE: "deletes the file",
    FileAction.MOVE: "moves the file",
    FileAction.MODIFY: "",
}


class DiffCard(QFrame):
    """Shows the latest of a file; decisions are wishes, what became of them is shown by the next
    change.
    """

    keep_requested = Signal(str)
    reject_requested = Signal(str)
    open_requested = Signal(str, int)
    """Path, and the 0-based line of the first hunk."""

    def __init__(
        self,
        look: Look,
        path: str,
        diff_words: WordDiff | None = None,
        highlighter: Highlighter | None = None,
    ) -> None:
        super().__init__()
        named(self, "card")
        self.path = path
        self._diff_words, self._highlighter = diff_words, highlighter
        self._base: tuple[str, tuple[str, ...]] = ("", ())
        self._limit = ROWS
        self._locked = False
        self._change: FileChange | None = None
        icon, role = file_icon(path)
        self._head = QFrame()
        named(self._head, "cardhead")
        self._name = Elided(path, "small", Qt.TextElideMode.ElideLeft)
        self._note, self._plus, self._minus = Text("", "tiny"), Text("", "plus"), Text("", "minus")
        self._state_icon = Picture(look, "loader-circle", "accent", 13)
        self._state = Text("", "tiny")
        shown = reveal_line(path)
        self._open = IconButton(look, "file-search", f"Open {shown}", size=14)
        self._no = IconButton(look, "x", f"Reject all of {shown}", size=14, role="red")
        self._yes = IconButton(look, "check", f"Keep all of {shown}", size=14, role="green")
        items = (Picture(look, icon, role, 14), self._name, self._plus, self._minus, self._note)
        tail = (None, self._state_icon, self._state, self._open, self._no, self._yes)
        fill(line := QHBoxLayout(self._head), (*items, *tail), (10, 3, 6, 3), 6)
        line.setStretch(1, 0)
        self.diff = MiniDiff(look)
        self._more = Button("", "link", name="Show the whole change")
        self._more.hide()
        fill(QVBoxLayout(self), (self._head, self.diff, self._more), (1, 1, 1, 1), 0)
        self._connect()

    def show_change(self, change: FileChange) -> None:
        self._change = change
        plus, minus = counts(change)
        self._plus.setText(f"+{plus}")
        self._minus.setText(f"−{minus}")
        note = _ACTIONS[change.action]
        if change.moved_to is not None:
            note = f"to {change.moved_to}"
        flags = sorted({flag.replace("-", " ") for hunk in change.hunks for flag in hunk.flags})
        self._note.setText(", ".join(word for word in (note, *flags) if word))
        self._note.setVisible(bool(self._note.text()))
        self._show_state(change)
        self._fill_rows(change)

    def state(self) -> str:
        return str(self.property("state") or "")

    def change(self) -> FileChange | None:
        return self._change

    def _show_state(self, change: FileChange) -> None:
        words, state = state_of(change)
        style, icon, role = _STATES[state]
        self.setProperty("state", state)
        self._state.setText(words)
        self._state_icon.show_icon(icon, role)
        rekind(self._state, style or "tiny")
        undecided = state in ("pending", "conflicted", "streaming")
        self._state.setVisible(state != "pending")
        self._state_icon.setVisible(state != "pending")
        for button in (self._yes, self._no):
            button.setVisible(undecided and not self._locked)
            button.setEnabled(state != "streaming")
        self.setAccessibleName(f"{reveal_line(str(change.base.path))}, {words}")

    def _fill_rows(self, change: FileChange) -> None:
        if self._base[0] is not change.base.text:
            self._base = (change.base.text, change.base.lines())
        rows, more = rows_of(change, self._base[1], self._limit, self._diff_words)
        if self._highlighter is not None:
            rows = styled(rows, self.path, self._highlighter)
        self.diff.show_rows(rows)
        self.diff.setVisible(bool(rows))
        self._more.setVisible(more > 0 or self._limit > ROWS)
        lines = "line" if more == 1 else "lines"
        self._more.setText(f"  {more} more {lines}" if more > 0 else "  Show less")
        rekind(self._head, "cardhead" if rows else "cardhead_only")

    def _connect(self) -> None:
        self._open.clicked.connect(self._open_wished)
        self.diff.pressed.connect(self._open_wished)
        self._yes.clicked.connect(self._keep_wished)
        self._no.clicked.connect(self._reject_wished)
        self._more.clicked.connect(self._toggle)

    def lock(self) -> None:
        """It only shows: there is nothing to decide here."""
        self._locked = True
        for button in (self._open, self._no, self._yes):
            button.hide()

    def _toggle(self) -> None:
        self._limit = 400 if self._limit == ROWS else ROWS
        if self._change is not None:
            self._fill_rows(self._change)

    def _keep_wished(self) -> None:
        self.keep_requested.emit(self.path)

    def _reject_wished(self) -> None:
        self.reject_requested.emit(self.path)

    def _open_wished(self) -> None:
        hunks = self._change.hunks if self._change else ()
        self.open_requested.emit(self.path, hunks[0].base.start if hunks else 0)


def state_of(change: FileChange) -> tuple[str, str]:
    """Words and kind for the hunks together."""
    states = [hunk.state for hunk in change.hunks if hunk.state is not HunkState.SUPERSEDED]
    waiting = sum(state in OPEN for state in states)
    kept = states.count(HunkState.KEPT)
    if HunkState.STREAMING in states:
        return "streaming", "streaming"
    if conflicts := states.count(HunkState.CONFLICTED):
        return f"{conflicts} in conflict", "conflicted"
    if waiting:
        return f"{waiting} of {len(states)} pending", "pending"
    if not states:
        return "no change", "mixed"
    if kept == len(states):
        return "kept", "kept"
    if not kept:
        return "rejected", "rejected"
    return f"{kept} of {len(states)} kept", "mixed"
