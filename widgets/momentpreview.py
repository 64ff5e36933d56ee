"""What one change of the history did: its files and their parts, each with a way back. Knows
hunks.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from assistant.types import FileChange
from widgets.controls import Button, Elided, Picture, Text, fill, named
from widgets.diffcard import MiniDiff, counts, rows_of
from widgets.hidden import reveal
from widgets.icons import file_icon
from widgets.look import Look

PARTS = 30
ROWS = 14


@dataclass(frozen=True, slots=True)
class PastChange:
    """``id`` is the moment's; the hunks of ``files`` count from 0; ``facts`` is one line."""

    id: str
    title: str
    facts: str
    files: tuple[FileChange, ...]
    talk: bool = False
    point: bool = False
    """It is a checkpoint: ``files`` are what has changed since."""
    run: bool = False
    """A run did it, which may have done more."""


class MomentPreview(QScrollArea):
    """Wishes carry the moment's id."""

    undo_requested = Signal(str, str, int)
    """Id, path or nothing for all files, and the number of a part or -1."""
    restore_requested = Signal(str, str)
    """Id; code, talk or both."""
    run_undo_requested = Signal(str)
    """Id: all that its run did."""
    open_requested = Signal(str, int)
    """Path and 0-based line."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._what: PastChange | None = None
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("What this change did")

    def filled(self) -> bool:
        return self._what is not None

    def show_change(self, what: PastChange) -> None:
        self._what = what
        page = QFrame()
        named(page, "dock")
        column = QVBoxLayout(page)
        fill(column, (), (12, 8, 10, 10), 6)
        column.addWidget(Text(reveal(what.title), "title", wrap=True))
        column.addWidget(Text(reveal(what.facts), "tiny", wrap=True))
        column.addWidget(self._ways_back(what))
        room = PARTS
        for change in what.files:
            room -= self._add_file(column, change, room)
        column.addStretch(1)
        self.setWidget(page)

    def _ways_back(self, what: PastChange) -> QWidget:
        line = QFrame()
        undo = Button("Take back", "plain", key="", name="Take back only this change")
        undo.clicked.connect(self._on_all)
        run = Button("its whole run", "ghost", name="Take back all that this run did")
        run.clicked.connect(self._on_run)
        kind = "plain" if what.point else "ghost"
        code = Button("Restore to here", kind, key="code", name="Restore the code to here")
        both = Button("with conversation", "ghost", key="both", name="Restore both to here")
        for button in (code, both):
            button.pressed_key.connect(self._on_restore)
        fill(QHBoxLayout(line), (undo, run, code, both, None), (0, 2, 0, 4), 4)
        for button, shown in ((undo, not what.point), (run, what.run), (both, what.talk)):
            button.setVisible(shown)  # only in its place: alone it would be a window
        return line

    def _add_file(self, column: QVBoxLayout, change: FileChange, room: int) -> int:
        path = str(change.moved_to or change.base.path)
        icon, role = file_icon(path)
        added, removed = counts(change)
        head = QFrame()
        name = Elided(path, "small", Qt.TextElideMode.ElideLeft)
        verb = self._verb()
        back = Button(verb, "link", key=path, name=f"{verb} {path}")
        back.pressed_key.connect(self._on_file)
        numbers = (Text(f"+{added}", "plus"), Text(f"−{removed}", "minus")) if change.hunks else ()
        row = (Picture(self._look, icon, role, 14), name, *numbers, back)
        fill(line := QHBoxLayout(head), row, (0, 4, 0, 0), 6)
        line.setStretch(1, 1)
        column.addWidget(head)
        base = change.base.lines()
        for number, hunk in enumerate(change.hunks[:room]):
            diff = MiniDiff(self._look)
            one = FileChange(change.base, (hunk,))
            diff.show_rows(rows_of(one, base, ROWS, None)[0])
            column.addWidget(diff)
            if len(change.hunks) > 1:
                words = f"{verb} part {number + 1} of {path}"
                part = Button(f"{verb} this part", "link", key=f"{number}:{path}", name=words)
                part.pressed_key.connect(self._on_part)
                column.addWidget(part)
        if len(change.hunks) > room:
            column.addWidget(Text(f"{len(change.hunks) - max(0, room)} more parts", "tiny"))
        return len(change.hunks)

    def _verb(self) -> str:
        return "Bring back" if self._what is not None and self._what.point else "Take back"

    def _on_run(self) -> None:
        if self._what is not None:
            self.run_undo_requested.emit(self._what.id)

    def _on_all(self) -> None:
        if self._what is not None:
            self.undo_requested.emit(self._what.id, "", -1)

    def _on_file(self, path: str) -> None:
        if self._what is not None:
            self.undo_requested.emit(self._what.id, path, -1)

    def _on_part(self, key: str) -> None:
        number, _, path = key.partition(":")
        if self._what is not None:
            self.undo_requested.emit(self._what.id, path, int(number))

    def _on_restore(self, what: str) -> None:
        if self._what is not None:
            self.restore_requested.emit(self._what.id, what)
