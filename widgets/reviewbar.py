"""The floating bar of a review: how many are undecided, which way next, all at once.

Knows numbers and names.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from widgets.controls import Button, Elided, IconButton, Item, Text, fill, named
from widgets.look import Look
from widgets.shadow import Shadow


@dataclass(frozen=True, slots=True)
class ReviewCount:
    """``pending`` of ``total`` hunks wait in ``files`` files; lines are those of pending ones."""

    pending: int
    total: int
    files: int = 1
    added: int = 0
    removed: int = 0
    name: str = ""
    """The file in front."""
    streaming: bool = False

    def words(self) -> str:
        files = "" if self.files == 1 else f", {self.files} files"
        return f"{self.pending} of {self.total} pending{files}"


class ReviewBar(QFrame):
    """Give it the editor area as parent: it keeps itself at the bottom in the middle."""

    next_requested = Signal()
    previous_requested = Signal()
    keep_all_requested = Signal()
    reject_all_requested = Signal()
    file_requested = Signal()
    draft_requested = Signal()
    """The next draft of the same wish shall be shown."""
    focus_returned = Signal()
    """Esc: the editor shall have the keys again."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        named(self, "review")
        self.setAccessibleName("Review")
        self._keys: dict[str, str] = {}
        self._shown = ReviewCount(0, 0)
        self._aside = False
        self._up = IconButton(look, "chevron-up", "Previous undecided", size=14)
        self._down = IconButton(look, "chevron-down", "Next undecided", size=14)
        self._count, self._file = Text("", "small"), Elided("", "small")
        self._plus, self._minus = Text("", "plus"), Text("", "minus")
        self._reject, self._keep = Button("Reject all", "ghost"), Button("Keep all", "primary")
        self._draft = Button("", "ghost", name="Show the next draft")
        self._draft.hide()
        self._drafts = ""
        items: tuple[Item, ...] = (self._up, self._count, self._down, 4, self._draft, self._file)
        items = (*items, self._plus, self._minus, 6)
        fill(QHBoxLayout(self), (*items, self._reject, self._keep), (8, 5, 6, 5), 5)
        Shadow(look, self)
        self._up.clicked.connect(self.previous_requested)
        self._down.clicked.connect(self.next_requested)
        self._keep.clicked.connect(self.keep_all_requested)
        self._reject.clicked.connect(self.reject_all_requested)
        self._draft.clicked.connect(self.draft_requested)
        parent.installEventFilter(self)
        self.hide()

    def show_count(self, count: ReviewCount) -> None:
        """Show the numbers; hidden while nothing is to be decided."""
        self._shown = count
        self._count.setToolTip(count.words())
        self._file.setText(count.name)
        self._plus.setText(f"+{count.added}")
        self._minus.setText(f"−{count.removed}")
        for button in (self._keep, self._reject):
            button.setEnabled(count.pending > 0)
        self.setAccessibleDescription(
            f"{count.words()}, {count.added} added, {count.removed} removed"
        )
        self._appear()

    def stand_aside(self, aside: bool) -> None:
        """A page that is no text is in front: nothing of the review stands over it."""
        self._aside = aside
        self._appear()

    def _appear(self) -> None:
        count = self._shown
        self.setVisible((count.pending > 0 or count.streaming) and not self._aside)
        self._place()

    def show_draft(self, words: str, detail: str = "") -> None:
        """Which of several drafts is shown; no words where there is only one."""
        if (words, detail) != (self._drafts, self._draft.toolTip()):
            self._drafts = words
            self._draft.setText(words)
            self._draft.setToolTip(detail)
            self._draft.setAccessibleName(detail or "Show the next draft")
            self._place()

    def set_keys(self, keys: dict[str, str]) -> None:
        """Keys to tell: ``next previous keep_all reject_all``."""
        self._keys = dict(keys)
        self._up.rename("Previous undecided", keys.get("previous", ""))
        self._down.rename("Next undecided", keys.get("next", ""))
        self._keep.setToolTip(keys.get("keep_all", ""))
        self._reject.setToolTip(keys.get("reject_all", ""))
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.parent() and event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        control = event.modifiers() == Qt.KeyboardModifier.ControlModifier
        match Qt.Key(event.key()):
            case Qt.Key.Key_Escape:
                self.focus_returned.emit()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter if control and self._keep.isEnabled():
                self.keep_all_requested.emit()
            case Qt.Key.Key_Backspace if control and self._reject.isEnabled():
                self.reject_all_requested.emit()
            case Qt.Key.Key_Up:
                self.previous_requested.emit()
            case Qt.Key.Key_Down:
                self.next_requested.emit()
            case _:
                super().keyPressEvent(event)

    def _place(self) -> None:
        """At the bottom in the middle; in a narrow editor the least important parts give way."""
        holder = self.parentWidget()
        if holder is None or self.isHidden():
            return
        room = holder.width() - 24
        for tier in range(4):
            self._dress(tier)
            if self.sizeHint().width() <= room:
                break
        size = self.sizeHint()
        width = min(size.width(), room)
        x, y = (holder.width() - width) // 2, holder.height() - size.height() - 18
        self.setGeometry(x, max(0, y), width, size.height())
        self.raise_()

    def _dress(self, tier: int) -> None:
        """0 says everything; 1 leaves out the file, 2 the lines, 3 the keys and most words."""
        count, keys = self._shown, {} if tier >= 3 else self._keys
        self._file.setVisible(tier < 1 and bool(count.name))
        self._draft.setVisible(tier < 3 and bool(self._drafts))
        self._plus.setVisible(tier < 2)
        self._minus.setVisible(tier < 2)
        self._count.setText(f"{count.pending}/{count.total}" if tier >= 3 else count.words())
        self._keep.setText(f"Keep all  {keys.get('keep_all', '')}".strip())
        self._reject.setText(f"Reject all  {keys.get('reject_all', '')}".strip())
        layout = self.layout()
        if layout is not None:
            layout.activate()
