"""The page while no file is open: open a folder, or ways on from here when one is open.

Knows paths.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from widgets.controls import Button, Picture, Text, fill, named
from widgets.hidden import said
from widgets.look import Look

_BEFORE = (
    ("Open a folder", "folder-open", "file.open_folder"),
    ("Take the tour", "play", "help.tour"),
    ("Connect a model", "plug", "model.connect"),
)
_INSIDE = (
    ("Go to a file", "file-search", "go.anything"),
    ("Search in all files", "search", "search.files"),
    ("Ask about the project", "message-square", "chat.focus"),
    ("Run a command", "command", "go.commands"),
    ("Open another folder", "folder-open", "file.open_folder"),
)


class Welcome(QFrame):
    """Everything on it is a button that Tab reaches, from the top down."""

    command_requested = Signal(str)  # command id
    recent_requested = Signal(object)
    """A path as a str; an object, for Qt's own strings lose bytes that are no UTF-8."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "centre")
        self.setAccessibleName("Welcome")
        self._keys: dict[str, list[Text]] = {}
        self._recent: list[Button] = []
        self._paths: tuple[str, ...] = ()
        self._inside = False
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
        self._before = [self._start(look, *action) for action in _BEFORE]
        self._within = [self._start(look, *action) for action in _INSIDE]
        self._caption = Text("RECENT", "caption")
        starts = (*self._before, *self._within)
        fill(column, (head, words, 10, *starts, 12, self._caption), spacing=6)
        column.addLayout(self._list)
        fill(self._list, (), spacing=1)
        column.addSpacing(10)
        column.addWidget(self._model)
        self._centre(column)
        self.set_recent(())
        self.show_inside(False)

    def show_inside(self, inside: bool) -> None:
        """A folder is open, only no file of it: other ways lead on from here."""
        self._inside = inside
        for row in self._before:
            row.setVisible(not inside)
        for row in self._within:
            row.setVisible(inside)
        self._show_recent()

    def take_focus(self) -> None:
        """The first way on from here gets the keys."""
        row = (self._within if self._inside else self._before)[0]
        row.findChild(Button).setFocus()  # type: ignore[union-attr]

    def _show_recent(self) -> None:
        seen = bool(self._recent) and not self._inside
        self._caption.setVisible(seen)
        for button in self._recent:
            button.setVisible(seen)

    def set_recent(self, paths: Sequence[str]) -> None:
        for button in self._recent:
            self._list.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._recent = []
        self._paths = tuple(paths[:8])
        for number, path in enumerate(self._paths):
            name = path.rstrip("/\\").replace("\\", "/").rpartition("/")[2] or path
            button = Button(f"{name}    {path}", "link", key=str(number), name=f"Open {path}")
            button.setToolTip(said(path))
            button.pressed_key.connect(self._recent_pressed)
            self._list.addWidget(button, alignment=Qt.AlignmentFlag.AlignLeft)
            self._recent.append(button)
        self._show_recent()

    def _recent_pressed(self, number: str) -> None:
        self.recent_requested.emit(self._paths[int(number)])

    def show_model(self, words: str) -> None:
        """Which model answers just now, in one sentence."""
        self._model.setText(words)

    def set_keys(self, keys: dict[str, str]) -> None:
        """Keys by command id."""
        for command, texts in self._keys.items():
            for text in texts:
                text.setText(keys.get(command, ""))
                text.setVisible(bool(keys.get(command)))

    def _start(self, look: Look, words: str, icon: str, command: str) -> QFrame:
        row = QFrame()
        button = Button(words, "link", key=command)
        button.pressed_key.connect(self.command_requested)
        key = Text("", "key")
        key.hide()
        self._keys.setdefault(command, []).append(key)
        items = (Picture(look, icon, "accent", 16), button, None, key)
        fill(QHBoxLayout(row), items, (0, 2, 0, 2), 7)
        return row

    def _centre(self, column: QVBoxLayout) -> None:
        holder = QFrame()
        holder.setLayout(column)
        holder.setMaximumWidth(420)
        across = QHBoxLayout()
        fill(across, (None, holder, None), (14, 0, 14, 0), spacing=0)
        across.setStretch(1, 100)
        outer = QVBoxLayout(self)
        outer.addStretch(2)
        outer.addLayout(across)
        outer.addStretch(3)
