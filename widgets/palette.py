"""The palette: files, commands, symbols, lines and questions behind one field.

Knows lists it was given.

The first letter chooses what is searched: none files, ``>`` commands, ``@`` symbols, ``:`` a line,
``?`` ask, ``~`` branches, ``%`` the language of the text in front, ``!`` what the index
leaves out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPoint,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QVBoxLayout,
    QWidget,
)

from assistant.types import LeftOut
from widgets.breadcrumbs import symbol_icon
from widgets.controls import Picture, Text, fill, named
from widgets.icons import file_icon
from widgets.leftoutrows import STAY, left_out_rows
from widgets.look import Look
from widgets.palettelist import ROW, Choice, ChoicePaint, Choices
from widgets.ranking import Ranker
from widgets.shadow import Shadow

SHOWN = 80
_MARKS = frozenset(">@:?~%!")


@dataclass(frozen=True, slots=True)
class CommandEntry:
    """A command as the palette shows it."""

    id: str
    title: str
    group: str = ""
    keys: str = ""


@dataclass(frozen=True, slots=True)
class SymbolEntry:
    """A symbol: ``kind`` is function, class, method, variable or heading; ``line`` is 0-based."""

    name: str
    kind: str
    path: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class BranchEntry:
    """A branch: ``detail`` is its newest commit."""

    name: str
    detail: str = ""
    current: bool = False


class Palette(QFrame):
    """Floats over ``parent``; gone after a choice, Esc, or when the focus goes elsewhere."""

    file_chosen = Signal(str, int)
    """Path, and 0-based line or -1 (``client.py:88`` asks for a line)."""
    command_chosen = Signal(str)
    symbol_chosen = Signal(object)
    symbols_requested = Signal(str)
    """The owner answers with :meth:`set_symbols`."""
    line_chosen = Signal(int)
    """0-based."""
    asked = Signal(str)
    branch_chosen = Signal(str, bool)
    """Its name, and whether it is to be made."""
    language_chosen = Signal(str)
    dismissed = Signal()

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        named(self, "float")
        self.setAccessibleName("Palette")
        self._look = look
        self._recent: tuple[str, ...] = ()
        self._files = Ranker(())
        self._commands: tuple[CommandEntry, ...] = ()
        self._titles = Ranker(())
        self._symbols: tuple[SymbolEntry, ...] = ()
        self._branches: tuple[BranchEntry, ...] = ()
        self._heads: tuple[str, ...] = ()
        self._left: tuple[LeftOut, ...] = ()
        self.field = QLineEdit()
        self.view = QListView()
        self._model = Choices(self)
        self._none = Text("", "muted")
        self._build()
        parent.installEventFilter(self)
        self.hide()

    def set_files(self, paths: Sequence[str], recent: Sequence[str] = ()) -> None:
        """All files of the project; ``recent`` ones stand first while nothing is typed."""
        self._files, self._recent = Ranker(paths), tuple(recent)
        if self.isVisible():
            self._search(self.field.text())

    def set_recent(self, recent: Sequence[str]) -> None:
        self._recent = tuple(recent)

    def set_commands(self, commands: Sequence[CommandEntry]) -> None:
        self._commands = tuple(commands)
        self._titles = Ranker([f"{c.group}: {c.title}" if c.group else c.title for c in commands])

    def set_symbols(self, symbols: Sequence[SymbolEntry]) -> None:
        """The answer to :attr:`symbols_requested`."""
        self._symbols = tuple(symbols)
        if self.isVisible() and self.field.text().startswith("@"):
            self._show(self._symbol_rows(self.field.text()[1:]))

    def set_branches(self, branches: Sequence[BranchEntry]) -> None:
        self._branches = tuple(branches)
        if self.isVisible() and self.field.text().startswith("~"):
            self._show(self._branch_rows(self.field.text()[1:]))

    def set_left_out(self, heads: Sequence[str], left: Sequence[LeftOut]) -> None:
        """What the index says of itself, and every file it leaves out, with the reason."""
        self._heads, self._left = tuple(heads), tuple(left)

    def popup(self, text: str = "") -> None:
        """Open it with this text, which is empty or begins with one of the marks."""
        self._place()
        self.show()
        self.raise_()
        self.field.setText(text)
        self._search(text)
        # The reason "shortcut" would select the mark, and the first letter would overwrite it.
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)
        self.field.end(False)
        self._place()

    def choices(self) -> tuple[Choice, ...]:
        return tuple(self._model.rows)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.KeyPress:
                return self._key(event)
        elif watched is self.field and event.type() == QEvent.Type.FocusOut:
            if self.isVisible() and not self.view.hasFocus():
                self._dismiss()
        elif watched is self.parent() and event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return False

    def _build(self) -> None:
        self.field.setProperty("kind", "bare")
        self.field.setPlaceholderText("File name · > command · @ symbol · : line · ? ask")
        self.field.setAccessibleName("Search files, symbols, commands, or ask")
        self.field.installEventFilter(self)
        self.field.textChanged.connect(self._search)
        self.view.setModel(self._model)
        self.view.setItemDelegate(ChoicePaint(self._look, self.view))
        self.view.setUniformItemSizes(True)
        self.view.setFrameShape(QFrame.Shape.NoFrame)
        self.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setAccessibleName("Matches")
        self.view.clicked.connect(self._take_index)
        top, line = QFrame(), QFrame()
        self._top = top
        fill(
            QHBoxLayout(top),
            (Picture(self._look, "search", "muted", 15), self.field),
            (12, 9, 12, 9),
            9,
        )
        named(line, "line")
        line.setFixedHeight(1)
        self._none.setContentsMargins(14, 8, 14, 10)
        fill(column := QVBoxLayout(self), (top, line, self._none, self.view), (1, 1, 1, 5), 0)
        column.setStretch(3, 1)
        Shadow(self._look, self, 40, 10)

    def _key(self, event: QKeyEvent) -> bool:
        steps = {
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_PageDown: 10,
            Qt.Key.Key_PageUp: -10,
        }
        key = Qt.Key(event.key())
        if key in steps:
            self._step(steps[key], around=abs(steps[key]) == 1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take_index(self.view.currentIndex())
        elif key == Qt.Key.Key_Escape:
            self._dismiss()
        else:
            return False
        return True

    def _step(self, by: int, *, around: bool) -> None:
        count = len(self._model.rows)
        if count:
            row = self.view.currentIndex().row() + by
            row = row % count if around else min(count - 1, max(0, row))
            self.view.setCurrentIndex(self._model.index(row))

    def _search(self, text: str) -> None:
        mode, rest = (text[0], text[1:]) if text[:1] in _MARKS else ("", text)
        match mode:
            case ">":
                rows = self._command_rows(rest)
            case "@":
                self.symbols_requested.emit(rest.strip())
                rows = self._symbol_rows(rest)
            case ":":
                rows = self._line_rows(rest)
            case "?":
                rows = [
                    Choice("sparkles", "accent", "Ask", rest.strip(), value=("ask", rest.strip()))
                ]
            case "~":
                rows = self._branch_rows(rest)
            case "%":
                rows = _language_rows(rest.strip())
            case "!":
                rows = left_out_rows(self._heads, self._left, rest)
            case _:
                rows = self._file_rows(rest)
        self._show(rows)

    def _show(self, rows: list[Choice]) -> None:
        self._model.show(rows)
        self._none.setText(self._nothing())
        self._none.setVisible(not rows)
        self._place()
        if rows:  # what only tells something is not marked
            first = next((at for at, row in enumerate(rows) if row.value != STAY), 0)
            self.view.setCurrentIndex(self._model.index(first))
            self.view.scrollToTop()

    def _nothing(self) -> str:
        text = self.field.text()
        if text.startswith(":"):
            return "Write the number of a line."
        return "Nothing matches." if text.strip("@>?~%! ") else "Nothing to choose from yet."

    def _file_rows(self, text: str) -> list[Choice]:
        name, line = _line_of(text)
        paths = self._files.items
        if not name.strip():
            known = [path for path in self._recent if path] or list(paths[:SHOWN])
            return [_file_row(path, (), line) for path in known[:SHOWN]]
        found = self._files.rank(name, SHOWN)
        return [_file_row(paths[hit.at], hit.places, line) for hit in found]

    def _command_rows(self, text: str) -> list[Choice]:
        rows = []
        for hit in self._titles.rank(text, SHOWN):
            command = self._commands[hit.at]
            title = self._titles.items[hit.at]
            value = ("command", command.id)
            rows.append(Choice("command", "muted", title, "", command.keys, hit.places, value))
        return rows

    def _symbol_rows(self, text: str) -> list[Choice]:
        names = Ranker([symbol.name for symbol in self._symbols])
        rows = []
        for hit in names.rank(text.strip(), SHOWN):
            symbol = self._symbols[hit.at]
            where = f"{symbol.path}:{symbol.line + 1}" if symbol.path else f"line {symbol.line + 1}"
            value = ("symbol", symbol)
            icon, role = symbol_icon(symbol.kind)
            rows.append(Choice(icon, role, symbol.name, where, "", hit.places, value))
        return rows

    def _branch_rows(self, text: str) -> list[Choice]:
        """Branches to switch to, and the typed name as a new one."""
        names, typed = Ranker([branch.name for branch in self._branches]), text.strip()
        rows = []
        for hit in names.rank(typed, SHOWN):
            branch = self._branches[hit.at]
            icon, role = ("check", "accent") if branch.current else ("git-branch", "muted")
            value = ("branch", branch.name, False)
            keys = "here" if branch.current else ""
            rows.append(Choice(icon, role, branch.name, branch.detail, keys, hit.places, value))
        if typed and typed not in names.items:
            words = f"New branch {typed}"
            rows.append(Choice("plus", "accent", words, "from here", value=("branch", typed, True)))
        return rows

    @staticmethod
    def _line_rows(text: str) -> list[Choice]:
        if not text.strip().isdecimal() or int(text) < 1:
            return []
        line = int(text)
        return [Choice("hash", "muted", f"Go to line {line}", value=("line", line - 1))]

    def _take_index(self, index: QModelIndex) -> None:
        if not index.isValid():
            return
        value = self._model.rows[index.row()].value
        match value:
            case tuple() if value == STAY:
                return
            case ("write", str(text)):
                self.field.setText(text)
                return
        self.hide()
        match value:
            case ("file", str(path), int(line)):
                self.file_chosen.emit(path, line)
            case ("command", str(name)):
                self.command_chosen.emit(name)
            case ("symbol", symbol):
                self.symbol_chosen.emit(symbol)
            case ("line", int(line)):
                self.line_chosen.emit(line)
            case ("branch", str(name), bool(new)):
                self.branch_chosen.emit(name, new)
            case ("language", str(name)):
                self.language_chosen.emit(name)
            case ("ask", str(text)):
                self.asked.emit(text)

    def _dismiss(self) -> None:
        self.hide()
        self.dismissed.emit()

    def _place(self) -> None:
        holder = self.parentWidget()
        if holder is None:
            return
        width = min(640, holder.width() - 32)
        rows = min(12, len(self._model.rows))
        row = max(ROW, self._look.px(13) + 15)
        body = rows * row if rows else self._none.sizeHint().height()
        head = self._top.sizeHint().height()
        height = min(head + 1 + body + 6, holder.height() - 24)
        fits = rows == len(self._model.rows) and height == head + 1 + body + 6
        bar = (
            Qt.ScrollBarPolicy.ScrollBarAlwaysOff if fits else Qt.ScrollBarPolicy.ScrollBarAsNeeded
        )
        self.view.setVerticalScrollBarPolicy(bar)
        self.view.setVisible(rows > 0)
        at = QPoint((holder.width() - width) // 2, min(56, max(8, holder.height() // 12)))
        self.setGeometry(at.x(), at.y(), width, height)


def _language_rows(typed: str) -> list[Choice]:
    """Every language by its title."""
    from widgets.editor.languages import languages  # it loads the editor, which nobody sees yet

    known = sorted(languages().values(), key=lambda language: language.title.lower())
    titles = Ranker([language.title for language in known])
    rows = []
    for hit in titles.rank(typed, SHOWN):
        one = known[hit.at]
        ends = " ".join(one.patterns[:4])
        value = ("language", one.name)
        rows.append(Choice("file", "muted", one.title, ends, "", hit.places, value))
    return rows


def _line_of(text: str) -> tuple[str, int]:
    """``client.py:88`` is the file and line 87; no number is line -1."""
    name, colon, number = text.rpartition(":")
    if colon and number.isdecimal() and int(number) > 0:
        return name, int(number) - 1
    return (name, -1) if colon and not number else (text, -1)


def _file_row(path: str, places: tuple[int, ...], line: int) -> Choice:
    folder, _, name = path.rpartition("/")
    cut = len(path) - len(name)
    icon, role = file_icon(name)
    own = tuple(place - cut for place in places if place >= cut)
    return Choice(icon, role, name, folder, "", own, ("file", path, line))
