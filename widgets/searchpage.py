"""The page that looks through all files: what for, where, what instead. Finds nothing itself."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from assistant.types import FileHits, Looked, Query
from widgets.controls import Button, IconButton, Text, fill, named, rekind
from widgets.hitlist import HitList
from widgets.look import Look

PAUSE_MS = 250
SHORTEST = 2
"""Characters from which on a search begins while one types; Enter searches for one too."""


@dataclass(frozen=True, slots=True)
class Wish:
    """``template`` is None where nothing is to be replaced."""

    query: Query
    scope: str = ""
    template: str | None = None


class SearchPage(QFrame):
    """Fill it with :meth:`show_hits` as they come and :meth:`show_end`."""

    searched = Signal(object)  # Wish
    replace_requested = Signal(object)  # Wish
    cleared = Signal()
    opened = Signal(str, object)  # path, Hit
    left = Signal()
    """Esc: the editor shall have the keys again."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "dock")
        self.pattern = self._field("Search", "Search in all files")
        self.replacement = self._field("Replace with", "Replace with")
        self.scope = self._field("Files: *.py, src/, !tests", "Files to look through")
        self.case = IconButton(look, "case-sensitive", "Match case", checkable=True)
        self.word = IconButton(look, "whole-word", "Whole words", checkable=True)
        self.regex = IconButton(look, "regex", "Regular expression", checkable=True)
        self.propose = Button("Propose", "plain", name="Propose the replacements as hunks")
        self.propose.setToolTip("Every place becomes a hunk to keep or reject")
        self.propose.setEnabled(False)
        self.said = Text("", "muted", wrap=True)
        self.said.setContentsMargins(12, 2, 12, 4)
        self.list = HitList(look)
        self._fold = IconButton(look, "copy-minus", "Close or open all files")
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(PAUSE_MS)
        self._build(look)
        self._connect()

    def open(self, text: str = "", *, replace: bool = False) -> None:
        """Ready to type, with ``text`` as what to look for."""
        if text:
            self.pattern.setText(text)
            self.search()
        field = self.replacement if replace and self.pattern.text() else self.pattern
        field.setFocus()
        field.selectAll()

    def find_word(self, word: str) -> None:
        """Every place of exactly this word; the keys go to the list, where Enter opens one."""
        for toggle, on in ((self.case, True), (self.word, True), (self.regex, False)):
            toggle.blockSignals(True)
            toggle.setChecked(on)
            toggle.blockSignals(False)
        self.pattern.setText(word)
        self.scope.clear()
        self.search()
        self.list.setFocus()

    def wish(self, template: str | None = None) -> Wish:
        query = Query(
            self.pattern.text(),
            self.regex.isChecked(),
            self.case.isChecked(),
            self.word.isChecked(),
        )
        return Wish(query, self.scope.text(), template)

    def search(self) -> None:
        """Look now, as far as there is something to look for."""
        self._later.stop()
        self.clear()
        if self.pattern.text():
            self.say("Searching…")
            self.searched.emit(self.wish())
        else:
            self.cleared.emit()

    def clear(self) -> None:
        self.list.clear()
        self.propose.setEnabled(False)
        self.say("")

    def show_hits(self, found: FileHits) -> None:
        self.list.add(found)

    def show_end(self, end: Looked) -> None:
        if end.error:
            self.say(end.error, bad=True)
            return
        self.propose.setEnabled(end.hits > 0)
        if not end.hits:
            self.say("Nothing found.")
            return
        more = " There is more; narrow the search." if end.cut else ""
        places = "1 place" if end.hits == 1 else f"{end.hits:,} places"
        files = "1 file" if end.files == 1 else f"{end.files:,} files"
        self.say(f"{places} in {files}.{more}")

    def say(self, text: str, *, bad: bool = False) -> None:
        rekind(self.said, "failed" if bad else "muted")
        self.said.setText(text)
        self.said.setVisible(bool(text))

    # -- inside --------------------------------------------------------------------------------

    def _field(self, hint: str, name: str) -> QLineEdit:
        field = QLineEdit()
        field.setPlaceholderText(hint)
        field.setAccessibleName(name)
        field.setToolTip(name)
        field.installEventFilter(self)
        return field

    def _build(self, look: Look) -> None:
        head, first, second, third = QFrame(), QFrame(), QFrame(), QFrame()
        fill(QHBoxLayout(head), (Text("SEARCH", "caption"), None, self._fold), (14, 6, 8, 3), 0)
        toggles = (self.case, self.word, self.regex)
        fill(QHBoxLayout(first), (self.pattern, *toggles), (10, 2, 8, 2), 2)
        fill(QHBoxLayout(second), (self.replacement, self.propose), (10, 2, 8, 2), 4)
        fill(QHBoxLayout(third), (self.scope,), (10, 2, 8, 4), 2)
        parts = (head, first, second, third, self.said, self.list)
        fill(column := QVBoxLayout(self), parts, spacing=0)
        column.setStretch(len(parts) - 1, 1)
        self.said.hide()

    def _connect(self) -> None:
        self._later.timeout.connect(self.search)
        self.pattern.textChanged.connect(self._typed)
        self.scope.textChanged.connect(self._typed)
        for toggle in (self.case, self.word, self.regex):
            toggle.toggled.connect(self.search)
        self.propose.clicked.connect(self._propose)
        self._fold.clicked.connect(self.list.close_all)
        self.list.opened.connect(self.opened)
        self.list.left.connect(self.pattern.setFocus)

    def _typed(self) -> None:
        size = len(self.pattern.text())
        if size == 0 or size >= SHORTEST:
            self._later.start()

    def _propose(self) -> None:
        self.replace_requested.emit(self.wish(self.replacement.text()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            match event.key():
                case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                    if watched is self.replacement and self.propose.isEnabled():
                        self._propose()
                    else:
                        self.search()
                    return True
                case Qt.Key.Key_Down if self.list.model().rowCount():
                    self.list.setFocus()
                    if not self.list.currentIndex().isValid():
                        self.list.setCurrentIndex(self.list.model().index(0, 0))
                    return True
        return super().eventFilter(watched, event)
