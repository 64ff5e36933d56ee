"""The project page: a lazy tree with icons, git letters, filter and wishes. Touches no disk.

The owner answers :attr:`ProjectTree.children_requested` with :meth:`ProjectTree.set_children`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QVBoxLayout,
    QWidget,
)

from widgets.controls import Button, IconButton, Text, fill, named, row
from widgets.hidden import reveal_line
from widgets.look import Look
from widgets.projectmodel import (
    PATH,
    Entry,
    ProjectModel,
)
from widgets.projectview import ProjectView
from widgets.ranking import rank

FOUND = 400
"""Rows a filter shows at most."""
__all__ = ["Entry", "ProjectTree"]


_BARE = "Nothing is in this folder yet."


class ProjectTree(QFrame):
    """Give it entries and states; it gives wishes."""

    children_requested = Signal(str)
    opened = Signal(str)
    """A file was chosen to be edited."""
    previewed = Signal(str)
    """A file was pressed once."""
    create_requested = Signal(str, bool)
    """In this folder; True for a folder. The owner makes it under a free name and then calls
    :meth:`edit_name`."""
    rename_requested = Signal(str, str)
    delete_requested = Signal(str)
    reveal_requested = Signal(str)
    context_requested = Signal(str)
    """This path shall be mentioned to the model."""

    odd_name_met = Signal(str)
    """A row was meant whose name is no UTF-8, as it is shown."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._files: Sequence[str] = ()
        self._opening: set[str] = set()
        self._selecting = self._naming = ""
        self._states: tuple[Mapping[str, str], Mapping[str, int]] = ({}, {})
        self._model = self._made(look)
        self._found: ProjectModel | None = None
        self.view = ProjectView(look)
        self.view.setModel(self._model)
        self._head = Text("EXPLORER", "caption")
        self._filter = QLineEdit()
        self._buttons = [
            IconButton(look, icon, name, size=14, key=key, command=command)
            for icon, name, key, command in (
                ("search", "Filter the files", "filter", ""),
                ("file-plus", "New file", "file", "file.new"),
                ("folder-plus", "New folder", "folder", ""),
                ("copy-minus", "Close all folders", "collapse", ""),
            )
        ]
        self._bare = False
        self._nothing = Text("", "muted", wrap=True)
        self._first = Button("Make the first file", "link", key="file")
        self._hint = QFrame()
        self._build()
        self._connect()

    def clear(self, title: str = "EXPLORER") -> None:
        """Another project: nothing loaded, and the root is asked for."""
        self._head.setText(title.upper())
        self._opening = set()
        self._selecting = self._naming = ""
        self._bare = False
        self._say("")
        self._model.deleteLater()
        self._model = self._made(self._look)
        self._model.children_requested.connect(self.children_requested)
        self._model.renamed.connect(self.rename_requested)
        self._filter.clear()
        self.view.setModel(self._model)
        self._model.ask(QModelIndex())

    def set_children(self, path: str, entries: Sequence[Entry]) -> None:
        """The answer to :attr:`children_requested`, and later whenever the folder changed."""
        self._model.set_children(path, entries)
        if not path:
            self._bare = not entries
            self._say(_BARE if self._bare else "", first=True)
        for wanted in sorted(self._opening):
            self._expand_now(wanted)
        if self._selecting and self.select(self._selecting):
            self._selecting = ""
        if self._naming and self.current() == self._naming:
            self._naming = ""
            self.view.edit(self.view.currentIndex())

    def said(self) -> str:
        """What stands in place of rows; empty while there are some."""
        return self._nothing.text() if not self._hint.isHidden() else ""

    def _say(self, words: str, *, first: bool = False) -> None:
        self._nothing.setText(words)
        self._first.setVisible(first)
        self._hint.setVisible(bool(words))

    def set_states(
        self, states: Mapping[str, str], pending: Mapping[str, int] | None = None
    ) -> None:
        """Git letters and waiting hunks by path; what is not named is unchanged."""
        self._states = (states, pending or {})
        for model in (self._model, self._found):
            if model is not None:
                model.set_states(*self._states)
        self.view.viewport().update()

    def set_files(self, paths: Sequence[str]) -> None:
        """All files of the project, for the filter."""
        self._files = paths

    def select(self, path: str) -> bool:
        """Show and mark a row; where its folder is not loaded yet, as soon as it is (False)."""
        index = self._model.index_at(path)
        if not index.isValid():
            self._selecting = path
            self.expand(path.rpartition("/")[0])
            return False
        if self._found is None and index != self.view.currentIndex():
            self.view.setCurrentIndex(index)
            self.view.scrollTo(index)
        return True

    def edit_name(self, path: str) -> None:
        """Open the name of a row for writing, as soon as the row is there."""
        if self.select(path):
            self.view.edit(self.view.currentIndex())
        else:
            self._naming = path

    def expand(self, path: str) -> None:
        """Open a folder and those above it, loading what is not there yet."""
        parts = path.split("/") if path else []
        for depth in range(1, len(parts) + 1):
            self._opening.add("/".join(parts[:depth]))
        for wanted in sorted(self._opening):
            self._expand_now(wanted)

    def expanded(self) -> tuple[str, ...]:
        """The folders that stand open, to be opened again next time."""
        return self._model.paths_where(self.view.isExpanded)

    def _expand_now(self, path: str) -> None:
        index = self._model.index_at(path)
        if index.isValid():
            self._opening.discard(path)
            self.view.expand(index)
            self._model.ask(index)

    def current(self) -> str:
        """The path of the marked row, or nothing."""
        return str(self.view.currentIndex().data(PATH) or "")

    def show_filter(self, seen: bool = True) -> None:
        self._filter.setVisible(seen)
        if seen:
            self._filter.setFocus()
            self._filter.selectAll()
        else:
            self._filter.clear()
            self.view.setFocus()

    def context_menu(self, path: str, is_folder: bool) -> QMenu:
        """What can be done with a row; an empty path is the project."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for words, icon, wish in _MENU:
            if not path and wish in ("open", "rename", "delete", "context"):
                continue
            if is_folder and wish == "open":
                continue
            action = menu.addAction(self._look.icon(icon), words)
            action.setData((wish, path, is_folder))
        menu.triggered.connect(self._menu_chosen)
        return menu

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._filter.isVisible():
            self.show_filter(False)
        else:
            super().keyPressEvent(event)

    def _made(self, look: Look) -> ProjectModel:
        return ProjectModel(look, self)

    def _build(self) -> None:
        self._filter.setPlaceholderText("Filter the files")
        self._filter.setAccessibleName("Filter the files")
        self._filter.setClearButtonEnabled(True)
        self._filter.hide()
        head, bar = QFrame(), QFrame()
        fill(QHBoxLayout(head), (self._head, None, *self._buttons), (14, 6, 8, 4), 0)
        fill(QHBoxLayout(bar), (self._filter,), (8, 0, 8, 0), 0)
        hint = (self._nothing, row(self._first, None))
        fill(QVBoxLayout(self._hint), hint, (14, 6, 14, 6), 6)
        self._hint.hide()
        fill(column := QVBoxLayout(self), (head, bar, self._hint, self.view), spacing=0)
        column.setStretch(3, 1)
        named(self, "dock")

    def _connect(self) -> None:
        self._model.children_requested.connect(self.children_requested)
        self._model.renamed.connect(self.rename_requested)
        self._look.changed.connect(self._restyle)
        self._filter.textChanged.connect(self._filtered)
        self._filter.returnPressed.connect(self._take_first)
        self.view.clicked.connect(self._clicked)
        self.view.doubleClicked.connect(self._double_clicked)
        self.view.key_wished.connect(self._key_wished)
        self.view.customContextMenuRequested.connect(self._menu)
        self._first.pressed_key.connect(self._button_pressed)
        for button in self._buttons:
            button.pressed_key.connect(self._button_pressed)

    def _restyle(self) -> None:
        self._model.refresh()
        if self._found is not None:
            self._found.refresh()

    def _is_folder(self, index: QModelIndex) -> bool:
        model = index.model()
        return isinstance(model, ProjectModel) and model.entry(index).is_folder

    def _is_odd(self, index: QModelIndex) -> bool:
        """Whether Qt's strings cannot hold the name: they would mean another file. Then it is
        said, and nothing is done.
        """
        model = index.model()
        name = model.entry(index).name if isinstance(model, ProjectModel) else ""
        odd = any("\ud800" <= letter <= "\udfff" for letter in name)
        if odd:
            self.odd_name_met.emit(reveal_line(name))
        return odd

    def _clicked(self, index: QModelIndex) -> None:
        self._selecting = self._naming = ""
        if self._is_odd(index):
            return
        if self._is_folder(index):
            self.view.setExpanded(index, not self.view.isExpanded(index))
        else:
            self.previewed.emit(index.data(PATH))

    def _double_clicked(self, index: QModelIndex) -> None:
        if not self._is_folder(index) and not self._is_odd(index):
            self.opened.emit(index.data(PATH))

    def _key_wished(self, wish: str) -> None:
        index = self.view.currentIndex()
        if not index.isValid() or self._is_odd(index):
            return
        if wish in ("open", "preview") and self._is_folder(index):
            self.view.setExpanded(index, not self.view.isExpanded(index))
        else:
            self._do(wish, index.data(PATH), self._is_folder(index))

    def _button_pressed(self, key: str) -> None:
        index = self.view.currentIndex()
        if key == "collapse":
            self.view.collapseAll()
        elif key == "filter":
            self.show_filter(not self._filter.isVisible())
        else:
            self._do(key, self.current(), self._is_folder(index))

    def _menu(self, at: QPoint) -> None:
        index = self.view.indexAt(at)
        if index.isValid() and self._is_odd(index):
            return
        path = str(index.data(PATH) or "")
        menu = self.context_menu(path, not path or self._is_folder(index))
        menu.popup(self.view.viewport().mapToGlobal(at))

    def _menu_chosen(self, action: QAction) -> None:
        self._do(*action.data())

    def _do(self, wish: str, path: str, is_folder: bool) -> None:
        match wish:
            case "open":
                self.opened.emit(path)
            case "preview":
                self.previewed.emit(path)
            case "file" | "folder":
                folder = path if is_folder else path.rpartition("/")[0]
                self.create_requested.emit(folder, wish == "folder")
            case "rename":
                self.view.edit(self.view.currentIndex())
            case "delete":
                self.delete_requested.emit(path)
            case "reveal":
                self.reveal_requested.emit(path)
            case "context":
                self.context_requested.emit(path)

    def _filtered(self, text: str) -> None:
        old, self._found = self._found, None
        if text.strip():
            found = [self._files[hit.at] for hit in rank(text, self._files, FOUND)]
            self._found = _tree_of(found, self._look, self)
            self._found.set_states(*self._states)
            self.view.setModel(self._found)
            self.view.expandAll()
            self._say("" if found else "No file has this in its path.")
        else:
            self.view.setModel(self._model)
            self._say(_BARE if self._bare else "", first=True)
        if old is not None:
            old.deleteLater()

    def _take_first(self) -> None:
        """Enter in the filter opens the best match."""
        best = rank(self._filter.text(), self._files, 1)
        if best:
            self.opened.emit(self._files[best[0].at])


_MENU = (
    ("Open", "file", "open"),
    ("New file…", "file-plus", "file"),
    ("New folder…", "folder-plus", "folder"),
    ("Rename…", "pencil", "rename"),
    ("Delete", "trash-2", "delete"),
    ("Mention to the model", "at-sign", "context"),
    ("Show in the file manager", "external-link", "reveal"),
)


def _tree_of(paths: Sequence[str], look: Look, parent: QWidget) -> ProjectModel:
    """A model that holds exactly these files and the folders above them."""
    model = ProjectModel(look, parent)
    model.editable = False
    folders: dict[str, dict[str, Entry]] = {"": {}}
    for path in paths:
        above, _, name = path.rpartition("/")
        folders.setdefault(above, {})[name] = Entry(name)
        while above:
            folder, _, own = above.rpartition("/")
            folders.setdefault(folder, {})[own] = Entry(own, True)
            above = folder
    for folder in sorted(folders, key=lambda f: f.count("/") if f else -1):
        model.set_children(folder, list(folders[folder].values()))
    return model
