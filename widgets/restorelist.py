"""What a restore would do, file by file, before it does it. Knows words and ticks."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from widgets.controls import Button, Elided, Text, fill, named
from widgets.hidden import reveal
from widgets.look import Look


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One file: ``what`` would happen to it, and ``why`` not, or why it needs its own tick.

    ``doable`` rows have a tick; it is set unless the row is ``careful``.
    """

    path: str
    what: str
    why: str = ""
    doable: bool = True
    careful: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """``key`` is the owner's. ``talk`` says what happens to the conversation, if anything does."""

    key: str
    title: str
    rows: tuple[PlanRow, ...]
    talk: str = ""


class RestoreList(QFrame):
    """Nothing happens before the button; Escape leaves everything as it is."""

    accepted = Signal(str, list)
    """The plan's key and the paths that are ticked."""
    closed = Signal()

    def __init__(self, look: Look) -> None:
        super().__init__()
        named(self, "dock")
        self.setAccessibleName("What would be restored")
        self._look = look
        self._plan: Plan | None = None
        self._ticks: dict[str, QCheckBox] = {}
        self._title, self._talk = Text("", "title", wrap=True), Text("", "small", wrap=True)
        self._list = QScrollArea()
        self._list.setWidgetResizable(True)
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._yes, self._no = Button("Restore", "primary"), Button("Leave it", "ghost")
        self._note = Text("This can be taken back in the history too.", "tiny", wrap=True)
        foot = QFrame()
        fill(QHBoxLayout(foot), (self._yes, self._no, None), (0, 4, 0, 0), 6)
        rows = (self._title, self._talk, self._list, self._note, foot)
        fill(column := QVBoxLayout(self), rows, (12, 8, 10, 10), 5)
        column.setStretch(2, 1)
        self._yes.clicked.connect(self._on_yes)
        self._no.clicked.connect(self.closed)

    def plan(self) -> Plan | None:
        return self._plan

    def show_plan(self, plan: Plan) -> None:
        self._plan, self._ticks = plan, {}
        self._title.setText(reveal(plan.title))
        self._talk.setText(plan.talk)
        self._talk.setVisible(bool(plan.talk))
        page = QFrame()
        named(page, "dock")
        column = QVBoxLayout(page)
        fill(column, (), (0, 0, 0, 0), 3)
        for row in plan.rows:
            column.addWidget(self._row(row))
        column.addStretch(1)
        self._list.setWidget(page)
        self._list.setVisible(bool(plan.rows))
        self._count()

    def tick(self, path: str) -> QCheckBox:
        return self._ticks[path]

    def ticked(self) -> list[str]:
        return [path for path, tick in self._ticks.items() if tick.isChecked()]

    def focus(self) -> None:
        (self._yes if self._yes.isEnabled() else self._no).setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def _row(self, row: PlanRow) -> QWidget:
        line = QFrame()
        tick = QCheckBox()
        words = f"{row.what} {row.path}" + (f", {row.why}" if row.why else "")
        tick.setAccessibleName(reveal(words))
        tick.setChecked(row.doable and not row.careful)
        tick.setEnabled(row.doable)
        if row.doable:
            self._ticks[row.path] = tick
            tick.toggled.connect(self._count)
        name = Elided(reveal(row.path), "small" if row.doable else "muted")
        name.setToolTip(reveal(row.path))
        top, side = QFrame(), QFrame()
        fill(over := QHBoxLayout(top), (name, Text(row.what, "tiny")), (0, 0, 0, 0), 6)
        over.setStretch(0, 1)
        why = Text(reveal(row.why), "tiny", wrap=True)
        why.setVisible(bool(row.why))
        fill(QVBoxLayout(side), (top, why), (0, 0, 0, 0), 1)
        fill(across := QHBoxLayout(line), (tick, side), (0, 2, 0, 2), 6)
        across.setStretch(1, 1)
        across.setAlignment(tick, Qt.AlignmentFlag.AlignTop)
        return line

    def _count(self, *_: object) -> None:
        count = len(self.ticked())
        talk = self._plan is not None and bool(self._plan.talk)
        files = f"{count} file" + ("" if count == 1 else "s")
        self._yes.setText(f"Restore {files}" if count or not talk else "Restore the conversation")
        self._yes.setEnabled(bool(count) or talk)

    def _on_yes(self) -> None:
        if self._plan is not None:
            self.accepted.emit(self._plan.key, self.ticked())
