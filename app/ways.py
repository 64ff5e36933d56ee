"""The ways through a folder: searching its files, going back, and the tabs of last time.

Composes; decides nothing.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.bridge import Door
from app.documents import Documents
from app.resume import Resume
from app.review import Review
from app.searching import Searching
from app.trail import Trail
from assistant.project import Project
from widgets.searchpage import SearchPage


class Ways(QObject):
    """``tabs`` is the app's own folder for what was open where."""

    told = Signal(str)

    def __init__(
        self, door: Door, page: SearchPage, documents: Documents, review: Review, tabs: Path
    ) -> None:
        super().__init__(documents)
        self.trail = Trail(documents)
        self.resume = Resume(door, documents, tabs)
        self.searching = Searching(door, page, documents, review)
        self.searching.told.connect(self.told)

    def use(self, project: Project | None) -> None:
        self.resume.use(project)
        self.searching.use(project)
        self.trail.clear()
