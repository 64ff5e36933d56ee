"""The banner of a folder that is not trusted yet: what that means and the two answers.

Knows a path.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from widgets.controls import Button, Elided, Picture, Text, fill, named
from widgets.hidden import reveal
from widgets.look import Look

_LONGEST = 18
_MEANS = (
    "Restricted: you can read, edit, search and use the built-in edits. Nothing in the folder "
    "runs, its settings and instruction files are not read, and nothing of it is sent to a model.",
    "Trusted: its checks and tools may run when you ask for them, its instruction files guide "
    "the model, and what you send may hold parts of its files.",
)


def _short(name: str) -> str:
    """A name that leaves room for the answers; the whole path stands beside it."""
    return name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"


class TrustBar(QFrame):
    """Stays until it is answered; staying restricted needs no answer."""

    trusted = Signal()
    stayed_restricted = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "notice_warning")
        self._words = Text("", "strong")
        self._where = Elided("", "muted", Qt.TextElideMode.ElideMiddle)
        self._found = Text("", "muted", wrap=True)
        self._means = Text("\n".join(_MEANS), "muted", wrap=True)
        self._means.hide()
        self._more = Button("What does this mean?", "link")
        self._stay = Button("Stay restricted", "plain")
        self._trust = Button("Trust this folder", "plain")
        picture = Picture(look, "shield", "yellow", 16)
        top = QFrame()
        items = (picture, self._words, self._where, self._more, self._stay, self._trust)
        fill(line := QHBoxLayout(top), items, (0, 0, 0, 0), 8)
        line.setStretch(2, 1)
        fill(QVBoxLayout(self), (top, self._found, self._means), (14, 5, 10, 5), 4)
        self._more.clicked.connect(self._toggle)
        self._stay.clicked.connect(self._stayed)
        self._trust.clicked.connect(self._trusted)
        self.hide()

    def ask(self, path: str, found: Sequence[str] = ()) -> None:
        """``found`` names what trusting would let in: rule files, hooks, task files."""
        name = reveal(PurePath(path).name or path)
        self._words.setText(f"Do you trust {_short(name)}?")
        self._where.setText(f"{reveal(path)} is restricted")
        self._found.setText("It brings: " + ", ".join(reveal(name) for name in found))
        self._found.setVisible(bool(found))
        self.setAccessibleName(f"{reveal(path)} is restricted. Do you trust what is in it?")
        self.setAccessibleDescription(" ".join(_MEANS))
        self.show()

    def _toggle(self) -> None:
        self._means.setVisible(self._means.isHidden())

    def _stayed(self) -> None:
        self.hide()
        self.stayed_restricted.emit()

    def _trusted(self) -> None:
        self.hide()
        self.trusted.emit()
