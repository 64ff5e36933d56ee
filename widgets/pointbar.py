"""A field that gives a checkpoint its name. Knows one line of words."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit

from widgets.controls import Button, fill

UNNAMED = "Checkpoint"


class PointBar(QFrame):
    """Hidden until :meth:`open`. Enter takes the checkpoint, also without a name; Escape leaves."""

    named = Signal(str)
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.field = QLineEdit()
        self.field.setPlaceholderText("Name it")
        self.field.setAccessibleName("Name of the checkpoint: all files are kept as they are now")
        self.field.setMaxLength(120)
        self.take = Button("Take", "primary", name="Take the checkpoint")
        fill(line := QHBoxLayout(self), (self.field, self.take), (10, 0, 8, 6), 6)
        line.setStretch(0, 1)
        self.field.returnPressed.connect(self._on_taken)
        self.take.clicked.connect(self._on_taken)
        self.hide()

    def open(self) -> None:
        self.show()
        self.field.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._leave()
        else:
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self.field.clear()
        super().hideEvent(event)

    def _on_taken(self) -> None:
        self.named.emit(self.field.text().strip() or UNNAMED)
        self._leave()

    def _leave(self) -> None:
        self.hide()
        self.left.emit()
