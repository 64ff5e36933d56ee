"""Files that are no text: pictures are shown, of the others it is said what they are.

Knows open files and the desktop's own programs.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QImage, QImageReader

from app.bridge import Door, Run
from app.document import Document
from app.documents import Documents
from widgets.look import Look

if TYPE_CHECKING:
    from assistant.project import Project

LARGEST = 100_000_000
"""Bytes of a picture that is read."""


class Viewing(QObject):
    """Puts a view over the empty text of a file that is none."""

    def __init__(self, door: Door, documents: Documents, look: Look) -> None:
        super().__init__(documents)
        self._door, self._documents, self._look = door, documents, look
        self._project: Project | None = None
        documents.opened.connect(self._on_opened)

    def use(self, project: Project | None) -> None:
        self._project = project

    @Slot(object)
    def _on_opened(self, document: Document) -> None:
        if not document.like.binary or self._project is None:
            return
        from widgets.pictureview import PictureView  # not before there is something to look at

        view = PictureView(self._look, document.path.name)
        view.outside_requested.connect(self._on_outside)
        document.editor.show_instead(view)
        path = self._project.root / document.path
        self._door.ask(read, path, subject=document.key).answered.connect(self._on_read)

    @Slot(object)
    def _on_read(self, found: tuple[int, QImage]) -> None:
        run = self.sender()
        document = self._documents.get(str(run.subject)) if isinstance(run, Run) else None
        view = document.editor.instead if document is not None else None
        from widgets.pictureview import PictureView

        if isinstance(view, PictureView):
            view.show_file(*found)

    @Slot()
    def _on_outside(self) -> None:
        document = self._documents.current()
        if document is not None and self._project is not None:
            path = self._project.root / document.path
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))


def read(path: Path) -> tuple[int, QImage]:
    """Size and picture; a picture that is null where the file is none. Runs on another thread."""
    try:
        size = path.stat().st_size
    except OSError:
        return 0, QImage()
    if size > LARGEST:
        return size, QImage()
    reader = QImageReader(str(path))
    reader.setDecideFormatFromContent(True)
    reader.setAutoTransform(True)
    return size, reader.read()
