"""What will be committed and under which words: message, kept hunks by file, options.

Knows no git.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QTextCursor
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from widgets.asking import StatusLine
from widgets.commitjobs import CommitJobs
from widgets.commitoptions import CommitOptions
from widgets.controls import Button, Text, fill, named
from widgets.hidden import reveal_line, said
from widgets.icons import file_icon
from widgets.look import Look

SUBJECT = 72


@dataclass(frozen=True, slots=True)
class CommitHunk:
    """One kept hunk: ``id`` as in the change set; ``title`` is its first telling line."""

    id: int
    title: str
    added: int
    removed: int


@dataclass(frozen=True, slots=True)
class CommitFile:
    path: str
    hunks: tuple[CommitHunk, ...]


@dataclass(frozen=True, slots=True)
class CommitWish:
    """``chosen`` are (path, hunk id) pairs; an empty branch is the one that is checked out."""

    message: str
    chosen: tuple[tuple[str, int], ...]
    amend: bool = False
    branch: str = ""
    hooks: bool = False
    notes: bool = False


class CommitBox(QFrame):
    """Ctrl+Enter commits; boxes choose what goes in. Commits that were asked for are listed below,
    while the next one is put together.
    """

    commit_requested = Signal(object)
    """A :class:`CommitWish`."""
    message_requested = Signal()
    """A model should write the message, or stop writing it."""
    closed = Signal()
    file_requested = Signal(str)
    action_requested = Signal(str)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "dock")
        self.setAccessibleName("Commit")
        self._look = look
        self._message = QPlainTextEdit()
        self._message.setPlaceholderText("Message")
        self._message.setAccessibleName("Commit message")
        self._message.setTabChangesFocus(True)
        self._message.setFixedHeight(92)
        self._length = Text("", "tiny")
        self._proposed = ""
        """What the field was given last; while it says just that, the person wrote nothing."""
        self._before = ""
        """What was proposed before the message of an amended commit took its place."""
        self._paths: dict[int, str] = {}
        self._list = QTreeWidget()
        self._list.setHeaderHidden(True)
        self._list.setColumnCount(2)
        self._list.header().setStretchLastSection(False)
        self._list.setIndentation(13)
        self._list.setRootIsDecorated(False)
        self._list.setAccessibleName("What goes into the commit")
        self._empty = Text("Hunks you keep are listed here until they are committed.", "muted")
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.options = CommitOptions(look)
        self._amend = self.options.amend
        self.jobs = CommitJobs(look)
        self._write = Button("Write message", "link")
        self._write.setToolTip("A model reads the chosen hunks and proposes a message.")
        self._write.hide()
        self._branch = QLineEdit()
        self._branch.setPlaceholderText("New branch")
        self._branch.setAccessibleName("New branch, empty for this one")
        self._commit = Button("Commit", "primary")
        self._status = StatusLine(look)
        self._build()
        self._message.textChanged.connect(self._tell)
        self._list.itemChanged.connect(self._tell)
        self._list.itemDoubleClicked.connect(self._double_clicked)
        self._commit.clicked.connect(self._wish)
        self._write.clicked.connect(self.message_requested)
        self.options.changed.connect(self._tell)
        self._amend.toggled.connect(self._amending)
        self._branch.textChanged.connect(self._tell)
        look.changed.connect(self._restyle)
        self._status.action_requested.connect(self.action_requested)

    def show_changes(self, files: Sequence[CommitFile], message: str, author: str = "") -> None:
        """The kept hunks, chosen but for those that were unticked here, and the message proposed
        for them: it takes the place of the last proposal, never of the person's own words.
        """
        out = {number for number, ticked in self._ticks() if not ticked}
        if self._message.toPlainText() in ("", self._proposed):
            self.show_message(message)
        self._message.setToolTip(said(f"Author: {author}") if author else "")
        self._paths = {hunk.id: file.path for file in files for hunk in file.hunks}
        self._list.blockSignals(True)
        self._list.clear()
        for file in files:
            folder, _, name = file.path.rpartition("/")
            words = f"{name}  ·  {folder}" if folder else name
            top = QTreeWidgetItem([reveal_line(words), _sum(file.hunks)])
            top.setToolTip(0, said(file.path))
            top.setIcon(0, self._look.icon(*file_icon(file.path)))
            top.setFlags(top.flags() | Qt.ItemFlag.ItemIsAutoTristate | _CHECKABLE)
            top.setData(0, Qt.ItemDataRole.UserRole, file.path)
            self._list.addTopLevelItem(top)
            for hunk in file.hunks:
                row = QTreeWidgetItem([reveal_line(hunk.title.strip()), _sum((hunk,))])
                row.setToolTip(0, said(hunk.title.strip()))
                row.setFlags(row.flags() | _CHECKABLE)
                row.setCheckState(0, _UNTICKED if hunk.id in out else _TICKED)
                row.setData(0, Qt.ItemDataRole.UserRole, hunk.id)
                top.addChild(row)
            top.setExpanded(len(files) <= 6)
        self._list.blockSignals(False)
        self._list.setVisible(bool(files))
        self._empty.setVisible(not files)
        header = self._list.header()
        header.setSectionResizeMode(0, header.ResizeMode.Stretch)
        header.setSectionResizeMode(1, header.ResizeMode.ResizeToContents)
        self._tell()

    def show_status(
        self, text: str, kind: str = "info", actions: Sequence[tuple[str, str]] = ()
    ) -> None:
        """Progress, refusal, or what was committed."""
        self._status.show_status(text, kind, actions)

    def show_message(self, message: str) -> None:
        """Words for the field, as they are written; the person can go on from them."""
        self._proposed = message
        self._message.setPlainText(message)

    def write_message(self, message: str, *, first: bool) -> None:
        """The message so far of one that is being written; one undo brings back what was there
        before its ``first`` words.
        """
        cursor = QTextCursor(self._message.document())
        if first:
            cursor.beginEditBlock()
        else:
            cursor.joinPreviousEditBlock()
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.insertText(message)
        cursor.endEditBlock()

    def show_writer(self, words: str) -> None:
        """The button that has a message written, by its words; none hides it."""
        self._write.setText(words or "Write message")
        self._write.setAccessibleName(self._write.text())
        self._write.setVisible(bool(words))

    def clear(self) -> None:
        """What was here is on its way: the page is free for the next commit."""
        self._amend.setChecked(False)
        self._branch.clear()
        self.show_message("")
        self.show_changes((), "")

    def wish(self) -> CommitWish:
        chosen = [(self._paths[number], number) for number, ticked in self._ticks() if ticked]
        message = self._message.toPlainText().strip()
        branch = self._branch.text().strip()
        options = self.options
        hooks = options.hooks.isChecked() and not options.hooks.isHidden() and not branch
        amend, notes = self._amend.isChecked(), options.notes.isChecked()
        return CommitWish(message, tuple(chosen), amend, branch, hooks, notes)

    def _ticks(self) -> list[tuple[int, bool]]:
        """Number and tick of every hunk in the list."""
        found = []
        for at in range(self._list.topLevelItemCount()):
            top = self._list.topLevelItem(at)
            rows = [top.child(n) for n in range(top.childCount())] if top is not None else []
            for row in filter(None, rows):
                number = int(row.data(0, Qt.ItemDataRole.UserRole))
                found.append((number, row.checkState(0) == _TICKED))
        return found

    def focus(self) -> None:
        self._message.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and control:
            self._wish()
        elif event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def _build(self) -> None:
        head, foot = QFrame(), QFrame()
        line = QHBoxLayout(head)
        fill(line, (Text("COMMIT", "caption"), None, self._write, self._length), (0, 0, 0, 0), 8)
        fill(line := QHBoxLayout(foot), (self._branch, self._commit), (0, 0, 0, 0), 7)
        line.setStretch(0, 1)
        items = (self._list, self._empty, self.options, foot, self._status, self.jobs)
        fill(column := QVBoxLayout(self), (head, self._message, *items), (12, 9, 12, 10), 8)
        column.setStretch(2, 1)
        column.setStretch(3, 1)
        self._list.hide()

    def _restyle(self) -> None:
        for at in range(self._list.topLevelItemCount()):
            top = self._list.topLevelItem(at)
            if top is not None:
                path = str(top.data(0, Qt.ItemDataRole.UserRole))
                self._list.blockSignals(True)
                top.setIcon(0, self._look.icon(*file_icon(path)))
                self._list.blockSignals(False)

    def _tell(self) -> None:
        wish = self.wish()
        subject = wish.message.partition("\n")[0]
        count = len(wish.chosen)
        hunks = "1 hunk" if count == 1 else f"{count} hunks"
        long = f" · subject {len(subject)} of {SUBJECT}" if len(subject) > SUBJECT else ""
        self._length.setText(hunks + long)
        ground = self.options.ground
        ready = bool(wish.message) and (count > 0 or wish.amend) and not ground.blocked
        self._commit.setEnabled(ready and not self.options.asks())
        self.options.show_branch(wish.branch)

    def _amending(self, on: bool) -> None:
        """An amended commit keeps its message unless the person writes another."""
        last = self.options.ground.last
        if on and last and self._message.toPlainText() in ("", self._proposed):
            self._before, self._proposed = self._proposed, last
            self._message.setPlainText(last)
        elif not on and self._message.toPlainText() == last:
            self.show_message(self._before)

    def _wish(self) -> None:
        if self._commit.isEnabled():
            self.commit_requested.emit(self.wish())

    def _double_clicked(self, item: QTreeWidgetItem) -> None:
        top = item.parent() or item
        self.file_requested.emit(str(top.data(0, Qt.ItemDataRole.UserRole)))


_TICKED, _UNTICKED = Qt.CheckState.Checked, Qt.CheckState.Unchecked
_CHECKABLE = Qt.ItemFlag.ItemIsUserCheckable


def _sum(hunks: Sequence[CommitHunk]) -> str:
    return f"+{sum(h.added for h in hunks)} −{sum(h.removed for h in hunks)}"
