"""The page while no folder is open: open one, go on with one, take the tour, connect a model.

Knows paths.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from widgets.controls import Button, Picture, Text, fill, named
from widgets.hidden import said
from widgets.look import Look

_ACTIONS = (
    ("open", "Open a folder", "folder-open", "file.open_folder"),
    ("tour", "Take the tour", "play", "help.tour"),
    ("connect", "Connect a model", "plug", "model.connect"),
)


class Welcome(QFrame):
    """Everything on it is a button that Tab reaches, from the top down."""

    open_requested = Signal()
    recent_requested = Signal(str)
    tour_requested = Signal()
    connect_requested = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "centre")
        self.setAccessibleName("Welcome")
        self._look = look
        self._keys: dict[str, Text] = {}
        self._recent: list[Button] = []
        self._list = QVBoxLayout()
        self._model = Text("", "muted", wrap=True)
        column = QVBoxLayout()
        head = QFrame()
        fill(
            QHBoxLayout(head), (Picture(look, "galley", "accent", 30), Text("Galley", "big"), None)
        )
        words = Text(
            "A model marks up your code like a printer's galley proof, and nothing is printed "
            "until you say so.",
            "muted",
            wrap=True,
        )
        starts = [self._start(look, *action) for action in _ACTIONS]
        self._caption = Text("RECENT", "caption")
        fill(column, (head, words, 10, *starts, 12, self._caption), spacing=6)
        column.addLayout(self._list)
        fill(self._list, (), spacing=1)
        column.addSpacing(10)
        column.addWidget(self._model)
        self._centre(column)
        self.set_recent(())

    def set_recent(self, paths: Sequence[str]) -> None:
        for button in self._recent:
            self._list.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._recent = []
        self._caption.setVisible(bool(paths))
        for path in paths[:8]:
            name = path.rstrip("/\\").replace("\\", "/").rpartition("/")[2] or path
            button = Button(f"{name}    {path}", "link", key=path, name=f"Open {path}")
            button.setToolTip(said(path))
            button.pressed_key.connect(self.recent_requested)
            self._list.addWidget(button, alignment=Qt.AlignmentFlag.AlignLeft)
            self._recent.append(button)

    def show_model(self, words: str) -> None:
        """Which model answers just now, in one sentence."""
        self._model.setText(words)

    def set_keys(self, keys: dict[str, str]) -> None:
        """Keys by command id."""
        for command, text in self._keys.items():
            text.setText(keys.get(command, ""))
            text.setVisible(bool(keys.get(command)))

    def _start(self, look: Look, key: str, words: str, icon: str, command: str) -> QFrame:
        row = QFrame()
        button = Button(words, "link", key=key)
        button.pressed_key.connect(self._pressed)
        self._keys[command] = Text("", "key")
        self._keys[command].hide()
        items = (Picture(look, icon, "accent", 16), button, None, self._keys[command])
        fill(QHBoxLayout(row), items, (0, 2, 0, 2), 7)
        return row

    def _centre(self, column: QVBoxLayout) -> None:
        holder = QFrame()
        holder.setLayout(column)
        holder.setFixedWidth(420)
        across = QHBoxLayout()
        fill(across, (None, holder, None), spacing=0)
        outer = QVBoxLayout(self)
        outer.addStretch(2)
        outer.addLayout(across)
        outer.addStretch(3)

    def _pressed(self, key: str) -> None:
        signals = {
            "open": self.open_requested,
            "tour": self.tour_requested,
            "connect": self.connect_requested,
        }
        signals[key].emit()
