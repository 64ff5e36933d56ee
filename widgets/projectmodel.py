"""The tree of a project as a Qt model, filled folder by folder. Knows names and states, no disk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtCore import Signal as QtSignal

from widgets.hidden import reveal_line, said
from widgets.icons import file_icon
from widgets.look import Look

Index = QModelIndex | QPersistentModelIndex
STATE = Qt.ItemDataRole.UserRole + 1
PATH = Qt.ItemDataRole.UserRole + 2
PENDING = Qt.ItemDataRole.UserRole + 3
IGNORED = Qt.ItemDataRole.UserRole + 4

STATE_ROLES = {"M": "yellow", "A": "green", "U": "green", "?": "green", "D": "red", "!": "red"}
STATE_WORDS = {
    "M": "changed",
    "A": "added",
    "U": "untracked",
    "?": "untracked",
    "D": "deleted",
    "!": "in conflict",
}


_PLAIN = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
_EDIT, _LEAF = Qt.ItemFlag.ItemIsEditable, Qt.ItemFlag.ItemNeverHasChildren
# Asked twice for every row of a folder that opens: joining flags each time took half of it.
_FLAGS = {
    (False, False): _PLAIN | _LEAF,
    (False, True): _PLAIN,
    (True, False): _PLAIN | _EDIT | _LEAF,
    (True, True): _PLAIN | _EDIT,
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One name of a folder. ``ignored`` names are shown faint."""

    name: str
    is_folder: bool = False
    ignored: bool = False


def folders_first(entries: Iterable[Entry]) -> list[Entry]:
    """The order of the tree: folders, then files, each by name without regard to case."""
    return sorted(entries, key=lambda e: (not e.is_folder, e.name.casefold(), e.name))


class _Node:
    __slots__ = ("asked", "children", "entry", "parent", "path", "row")

    def __init__(self, entry: Entry, parent: _Node | None, row: int) -> None:
        self.entry, self.parent, self.row = entry, parent, row
        above = parent.path if parent else ""
        self.path: str = f"{above}/{entry.name}" if above else entry.name
        self.children: list[_Node] | None = None
        self.asked = False


class ProjectModel(QAbstractItemModel):
    """Rows come through :meth:`set_children`, when :attr:`children_requested` asked for them."""

    children_requested = QtSignal(str)
    """A folder's posix path; the root is the empty string."""
    renamed = QtSignal(str, str)
    """The person wrote another name: path, new name. The row does not change by itself."""

    def __init__(self, look: Look, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._root = _Node(Entry("", True), None, 0)
        self._states: dict[str, str] = {}
        self._folder_states: dict[str, str] = {}
        self._pending: dict[str, int] = {}
        self.editable = True

    def set_children(self, path: str, entries: Sequence[Entry]) -> None:
        """What a folder holds now. Rows that stay keep their place, children and selection."""
        node = self._root if not path else self.node_at(path)
        if node is None:
            return
        wanted = folders_first(entries)
        if node.children is None:
            self._fill(node, wanted)
            return
        names = {entry.name: entry for entry in wanted}
        for row in range(len(node.children) - 1, -1, -1):
            old = node.children[row].entry
            if old.name not in names or names[old.name].is_folder != old.is_folder:
                self.beginRemoveRows(self._index_of(node), row, row)
                del node.children[row]
                self._number(node)
                self.endRemoveRows()
        for row, entry in enumerate(wanted):
            if row < len(node.children) and node.children[row].entry.name == entry.name:
                node.children[row].entry = entry
                continue
            self.beginInsertRows(self._index_of(node), row, row)
            node.children.insert(row, _Node(entry, node, row))
            self._number(node)
            self.endInsertRows()

    def set_states(self, states: Mapping[str, str], pending: Mapping[str, int]) -> None:
        """Git letters (M A D U ? !) and waiting hunks by path; folders show they hold some."""
        self._states, self._pending = dict(states), dict(pending)
        above: dict[str, str] = {}
        for path, letter in self._states.items():
            folder = path.rpartition("/")[0]
            while folder and above.get(folder) != "M":
                above[folder] = "M" if letter in "MD!" else letter
                folder = folder.rpartition("/")[0]
        self._folder_states = above
        self.refresh()

    def refresh(self) -> None:
        """Everything may look different: new states or a new theme."""
        last = self.rowCount() - 1
        if last >= 0:
            self.dataChanged.emit(self.index(0, 0), self.index(last, 0))

    def node_at(self, path: str) -> _Node | None:
        """The row of a path, if its folder is loaded."""
        node = self._root
        for part in path.split("/"):
            found = next((c for c in node.children or () if c.entry.name == part), None)
            if found is None:
                return None
            node = found
        return node

    def index_at(self, path: str) -> QModelIndex:
        node = self.node_at(path) if path else None
        return self._index_of(node) if node else QModelIndex()

    def paths_where(self, holds: Callable[[QModelIndex], bool]) -> tuple[str, ...]:
        """Loaded folders for whose row this holds, from the top down."""
        found: list[str] = []
        todo = [child for child in self._root.children or () if child.entry.is_folder]
        while todo:
            node = todo.pop(0)
            if holds(self._index_of(node)):
                found.append(node.path)
                todo += [child for child in node.children or () if child.entry.is_folder]
        return tuple(found)

    def entry(self, index: Index) -> Entry:
        return self._node(index).entry

    def ask(self, index: Index) -> None:
        """Ask for the children of a folder once; the view calls this when it opens one."""
        node = self._node(index)
        if node.children is None and not node.asked:
            node.asked = True
            self.children_requested.emit(node.path)

    # -- Qt's side -------------------------------------------------------------------------

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        children = self._node(parent).children or []
        if 0 <= row < len(children) and column == 0:
            return self.createIndex(row, 0, children[row])
        return QModelIndex()

    def parent(self, index: Index = QModelIndex()) -> QModelIndex:  # type: ignore[override]  # noqa: B008
        node = self._node(index).parent
        return self._index_of(node) if node else QModelIndex()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return len(self._node(parent).children or ())

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 1

    def hasChildren(self, parent: Index = QModelIndex()) -> bool:  # noqa: B008
        node = self._node(parent)
        return node.entry.is_folder and (node.children is None or bool(node.children))

    def canFetchMore(self, parent: Index) -> bool:
        node = self._node(parent)
        return node.entry.is_folder and node.children is None and not node.asked

    def fetchMore(self, parent: Index) -> None:
        self.ask(parent)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return _FLAGS[self.editable, index.internalPointer().entry.is_folder]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        node = self._node(index)
        if role == Qt.ItemDataRole.DisplayRole:
            return reveal_line(node.entry.name)
        if role == Qt.ItemDataRole.EditRole:
            return node.entry.name
        if role == PATH:
            return node.path
        if role == STATE:
            found = self._folder_states if node.entry.is_folder else self._states
            return found.get(node.path, "")
        if role == PENDING:
            return self._pending.get(node.path, 0)
        if role == IGNORED:
            return node.entry.ignored
        if role == Qt.ItemDataRole.DecorationRole and not node.entry.is_folder:
            return self._look.icon(*file_icon(node.entry.name))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(node)
        if role == Qt.ItemDataRole.ToolTipRole:
            return said(reveal_line(node.path))
        return None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        node = self._node(index)
        name = str(value).strip()
        if role != Qt.ItemDataRole.EditRole or not name or name == node.entry.name:
            return False
        self.renamed.emit(node.path, name)
        return True

    def _spoken(self, node: _Node) -> str:
        words = [reveal_line(node.entry.name), "folder" if node.entry.is_folder else ""]
        if not node.entry.is_folder:
            words.append(STATE_WORDS.get(self._states.get(node.path, ""), ""))
        if count := self._pending.get(node.path, 0):
            words.append(f"{count} hunks pending")
        return ", ".join(word for word in words if word)

    def _fill(self, node: _Node, wanted: list[Entry]) -> None:
        if not wanted:
            node.children = []
            place = self._index_of(node)
            if place.isValid():
                self.dataChanged.emit(place, place)
            return
        self.beginInsertRows(self._index_of(node), 0, len(wanted) - 1)
        node.children = [_Node(entry, node, row) for row, entry in enumerate(wanted)]
        self.endInsertRows()

    @staticmethod
    def _number(node: _Node) -> None:
        for row, child in enumerate(node.children or ()):
            child.row = row

    def _node(self, index: Index) -> _Node:
        if not index.isValid():
            return self._root
        node: _Node = index.internalPointer()
        return node

    def _index_of(self, node: _Node) -> QModelIndex:
        return QModelIndex() if node is self._root else self.createIndex(node.row, 0, node)
