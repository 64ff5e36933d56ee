"""Where the caret is: folders, file, symbol; each part can be pressed. Knows words, not files."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from widgets.controls import Text, fill, named
from widgets.icons import file_icon
from widgets.look import Look
from widgets.wordbutton import WordButton

_SYMBOLS = {
    "function": ("square-function", "accent"),
    "method": ("square-function", "accent"),
    "class": ("shapes", "yellow"),
    "variable": ("variable", "blue"),
    "heading": ("hash", "muted"),
}


def symbol_icon(kind: str) -> tuple[str, str]:
    """Icon and role of a kind of symbol."""
    return _SYMBOLS.get(kind, ("box", "accent"))


class Breadcrumbs(QFrame):
    """``src › atlas › client.py › fetch``."""

    folder_requested = Signal(str, QPoint)
    """A folder or file part was pressed; its path, and where a menu may open."""
    symbol_requested = Signal(str, QPoint)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "crumbs")
        self.setFixedHeight(24)
        self.setAccessibleName("Path")
        self._look = look
        self._path = ""
        self._symbols: tuple[tuple[str, str], ...] = ()
        self._line = QHBoxLayout(self)
        fill(self._line, (None,), (11, 1, 10, 1), 0)
        look.changed.connect(self._fill)

    def show_path(self, path: str) -> None:
        """A posix path relative to the project."""
        if path != self._path:
            self._path, self._symbols = path, ()
            self._fill()

    def show_symbols(self, symbols: Sequence[tuple[str, str]]) -> None:
        """(kind, name) from the outermost to the one that holds the caret."""
        if tuple(symbols) != self._symbols:
            self._symbols = tuple(symbols)
            self._fill()

    def _fill(self) -> None:
        while self._line.count() > 1:
            item = self._line.takeAt(0)
            widget = item.widget() if item else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        parts = [part for part in self._path.split("/") if part]
        made: list[QWidget] = []
        for index, part in enumerate(parts):
            last = index == len(parts) - 1
            crumb = self._crumb(part, "/".join(parts[: index + 1]), *_icon_of(part, last))
            crumb.pressed_at.connect(self.folder_requested)
            made.append(crumb)
        for kind, name in self._symbols:
            crumb = self._crumb(name, name, *symbol_icon(kind), "fg")
            crumb.pressed_at.connect(self.symbol_requested)
            made.append(crumb)
        at = 0
        for index, widget in enumerate(made):
            if index:
                self._line.insertWidget(at, Text("›", "muted"))
                at += 1
            self._line.insertWidget(at, widget)
            at += 1

    def _crumb(self, text: str, key: str, icon: str, icon_role: str, role: str) -> WordButton:
        crumb = WordButton(self._look, icon, text, key=key, role=role, icon_role=icon_role)
        crumb.setText(text)
        return crumb


def _icon_of(part: str, last: bool) -> tuple[str, str, str]:
    """Icon, its role and the word's role: only the file has an icon."""
    return (*file_icon(part), "fg") if last else ("", "muted", "muted")
