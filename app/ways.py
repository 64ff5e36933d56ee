"""The ways through a folder: searching, looking at what is no text, going back, the last tabs.

Composes; decides nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.bridge import Door
from app.documents import Documents
from app.resume import Resume
from app.review import Review
from app.searching import Searching
from app.trail import Trail
from app.viewing import Viewing
from app.window import Window

if TYPE_CHECKING:
    from assistant.project import Project


class Ways(QObject):
    """``tabs`` is the app's own folder for what was open where."""

    told = Signal(str)

    def __init__(
        self, door: Door, window: Window, documents: Documents, review: Review, tabs: Path
    ) -> None:
        super().__init__(documents)
        self._window = window
        self.trail = Trail(documents)
        self.resume = Resume(door, documents, tabs)
        self.viewing = Viewing(door, documents, window.look)
        self.searching = Searching(door, window.search, documents, review)
        self.searching.told.connect(self.told)

    @Slot(str)
    def find_uses(self, word: str) -> None:
        """The search page with every place of a word, letter by letter and whole."""
        self._window.frame.show_page("search")
        self._window.search.find_word(word)

    def use(self, project: Project | None) -> None:
        self.viewing.use(project)
        self.resume.use(project)
        self.searching.use(project)
        self.trail.clear()
