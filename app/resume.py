"""The tabs of a folder come back with it: which files, in which order, where the caret stood.

Knows open files and one small file of the app's own for each folder.
"""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.bridge import Door
from app.document import Document
from app.documents import Documents

if TYPE_CHECKING:
    from assistant.project import Project

PAUSE_MS = 1500
MOST = 40
log = logging.getLogger("galley")


@dataclass(frozen=True, slots=True)
class Tab:
    path: str
    line: int = 0
    column: int = 0
    top: int = 0
    """The first line on screen."""


@dataclass(frozen=True, slots=True)
class Tabs:
    tabs: tuple[Tab, ...] = ()
    current: str = ""


class Resume(QObject):
    """Remembers while one works, and once more when the folder is left."""

    settled = Signal()  # everything that comes back is there, or nothing does

    def __init__(self, door: Door, documents: Documents, folder: Path) -> None:
        super().__init__(documents)
        self._door, self._documents, self._folder = door, documents, folder
        self._project: Project | None = None
        self._waiting: list[Tab] = []
        self._order: list[str] = []
        self._current = ""
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(PAUSE_MS)
        self._later.timeout.connect(self._remember)
        documents.activated.connect(self._on_changed)
        documents.closed.connect(self._on_changed)
        documents.missed.connect(self._on_missed)

    def use(self, project: Project | None) -> None:
        """Another folder: what was open in this one is kept, what was open in that one opens."""
        if self._project is not None and not self._waiting:
            write(self._file(self._project), self._tabs())
        self._later.stop()
        self._waiting.clear()
        self._project = project
        if project is not None:
            self._door.ask(read, self._file(project)).answered.connect(self._on_read)

    def _file(self, project: Project) -> Path:
        name = hashlib.sha256(str(project.root).encode("utf-8", "surrogateescape")).hexdigest()
        return self._folder / f"{name[:24]}.json"

    def _tabs(self) -> Tabs:
        current = self._documents.current()
        tabs = [
            Tab(document.key, *document.editor.caret(), document.editor.top())
            for document in self._documents.in_order()
            if document.disk_hash is not None
        ]
        return Tabs(tuple(tabs[:MOST]), current.key if current is not None else "")

    @Slot()
    def _remember(self) -> None:
        if self._project is not None and not self._waiting:
            self._door.ask(write, self._file(self._project), self._tabs())

    @Slot(object)
    def _on_changed(self, _document: object) -> None:
        if self._project is not None:
            self._later.start()

    @Slot(object)
    def _on_read(self, tabs: Tabs) -> None:
        if self._project is None:
            return
        root = self._project.root
        self._waiting = [tab for tab in tabs.tabs if (root / tab.path).is_file()]
        self._order = [tab.path for tab in self._waiting]
        # What is in front already was asked for by name, or has unsaved text: it stays in front.
        taken = self._documents.current() is not None or self._documents.awaited()
        self._current = "" if taken else tabs.current
        self._waiting.sort(key=lambda tab: tab.path != self._current)
        self._open_next()

    def _open_next(self) -> None:
        """The one in front first, then the others in their places."""
        if self._waiting:
            path = PurePosixPath(self._waiting[0].path)
            front = str(path) == self._current
            self._documents.open(path, show=front, then=self._on_opened)
        else:
            self.settled.emit()

    @Slot(str)
    def _on_missed(self, key: str) -> None:
        """It cannot be read any more; the others come all the same."""
        if self._waiting and self._waiting[0].path == key:
            del self._waiting[0]
            self._open_next()

    def _on_opened(self, document: Document) -> None:
        tab = next((tab for tab in self._waiting if tab.path == document.key), None)
        if tab is None:
            return
        self._waiting.remove(tab)
        if document.editor.caret() == (0, 0):
            document.editor.show_place(tab.line, tab.column, tab.top)
        self._documents.arrange(self._order)
        self._open_next()


def write(file: Path, tabs: Tabs) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps(asdict(tabs)), encoding="utf-8", errors="surrogateescape")
    fresh.replace(file)


def read(file: Path) -> Tabs:
    """No tabs where there is no file, or one that cannot be read."""
    try:
        said = json.loads(file.read_text(encoding="utf-8", errors="surrogateescape"))
        return Tabs(tuple(Tab(**tab) for tab in said["tabs"]), said["current"])
    except FileNotFoundError:
        return Tabs()
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.info("the tabs of a folder are unreadable: %s", error)
        return Tabs()
