"""Where the caret is: folders, file, symbol; each part can be pressed. Knows words, not files."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QWidget

from widgets.controls import Text, fill, named
from widgets.icons import file_icon
from widgets.look import Look

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


class _Crumb(QToolButton):
    picked = Signal(str, QPoint)

    def __init__(self, text: str, key: str, kind: str) -> None:
        super().__init__()
        self.setText(text)
        self.key = key
        self.setProperty("kind", kind)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.clicked.connect(self._clicked)

    def _clicked(self) -> None:
        self.picked.emit(self.key, self.mapToGlobal(QPoint(0, self.height())))


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
        fill(self._line, (None,), (14, 2, 10, 2), 1)
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
            crumb = _Crumb(part, "/".join(parts[: index + 1]), "crumb_on" if last else "crumb")
            crumb.picked.connect(self.folder_requested)
            if last:
                crumb.setIcon(self._look.icon(*file_icon(part), 14))
            made.append(crumb)
        for kind, name in self._symbols:
            crumb = _Crumb(name, name, "crumb_on")
            crumb.picked.connect(self.symbol_requested)
            crumb.setIcon(self._look.icon(*symbol_icon(kind), 14))
            made.append(crumb)
        at = 0
        for index, widget in enumerate(made):
            if index:
                self._line.insertWidget(at, Text("›", "muted"))
                at += 1
            self._line.insertWidget(at, widget)
            at += 1
