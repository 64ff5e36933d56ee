"""Texts that have no file yet: made, put away when they are closed, brought back.

Knows documents and the journal's lane. Closing one asks nothing: its text is put away and comes
back with "Open the closed tab again", after a restart too.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import count
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.document import Document
from app.documents import Documents
from app.lane import Lane
from assistant.answers import Loaded
from assistant.repo.codec import TextFile
from assistant.untitled import untitled_name
from widgets.editor.guess import guess

if TYPE_CHECKING:
    from assistant.project import Project


class Untitled(QObject):
    """Ctrl+N, and Ctrl+Shift+T for every closed tab."""

    told = Signal(str)

    def __init__(self, documents: Documents, lane: Lane) -> None:
        super().__init__(documents)
        self._documents, self._lane = documents, lane
        self._project: Project | None = None
        self._shut: list[tuple[PurePosixPath, str | None]] = []
        """Closed tabs, the last one at the end; a text where there is no file."""
        documents.closing.connect(self._on_closing)
        documents.edited.connect(self._on_edited)

    def use(self, project: Project | None) -> None:
        self._project = project
        self._shut.clear()
        if project is not None:
            self._lane.ask(project.put_away_texts, then=self._on_found)

    def new(self) -> None:
        """An empty text in a tab of its own; nothing is on disk."""
        if self._project is None:
            self.told.emit("Open a folder first: the text is journaled with it.")
            return
        self._adopt(self._free())

    def reopen(self) -> None:
        """The tab that was closed last."""
        if not self._shut or self._project is None:
            self.told.emit("No tab was closed.")
            return
        path, text = self._shut.pop()
        if text is None:
            self._documents.open(path)
            return
        free = path if self._documents.get(path) is None else self._free()
        document = self._adopt(free)
        document.take(text)
        self._lane.ask(self._project.keep_buffer, free, text, None)
        self._lane.ask(self._project.take_out, path)

    def _adopt(self, path: PurePosixPath) -> Document:
        document = self._documents.adopt(Loaded(path, TextFile(""), None))
        self._documents.open(path)
        return document

    def _free(self) -> PurePosixPath:
        assert self._project is not None
        names = (untitled_name(number) for number in count(1))
        taken = {str(path) for path, _ in self._shut} | {d.key for d in self._documents.all()}
        root = self._project.root
        return PurePosixPath(
            next(n for n in names if n not in taken and not os.path.lexists(root / n))
        )

    @Slot(object)
    def _on_found(self, texts: Sequence[tuple[PurePosixPath, str]]) -> None:
        self._shut[:0] = texts

    @Slot(object)
    def _on_closing(self, document: Document) -> None:
        if self._project is None:  # the folder is left: what is unsaved comes back with it
            return
        if not document.untitled:
            if document.disk_hash is not None:
                self._shut.append((document.path, None))
            return
        text = document.editor.text()
        if text:
            self._shut.append((document.path, text))
            self._lane.ask(self._project.put_away, document.path, text)
            self.told.emit(f"{document.path.name} was closed; Ctrl+Shift+T brings it back.")

    @Slot(object)
    def _on_edited(self, document: Document) -> None:
        """What the text turns out to be colours it, until somebody says otherwise."""
        if document.untitled and document.editor.language.name == "plain":
            name = guess(document.editor.text())
            if name:
                document.editor.set_language(name)
                self._documents.language_changed.emit(document)
