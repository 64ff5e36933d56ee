"""What will be committed and under which words: message, kept hunks by file, options.

Knows no git.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from widgets.controls import Button, Text, fill, named
from widgets.hidden import reveal_line, said
from widgets.icons import file_icon
from widgets.look import Look
from widgets.promptbar import StatusLine

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


class CommitBox(QFrame):
    """Ctrl+Enter commits; boxes choose what goes in."""

    commit_requested = Signal(object)
    """A :class:`CommitWish`."""
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
        self._list = QTreeWidget()
        self._list.setHeaderHidden(True)
        self._list.setColumnCount(2)
        self._list.header().setStretchLastSection(False)
        self._list.setIndentation(14)
        self._list.setAccessibleName("What goes into the commit")
        self._amend = QCheckBox("Amend the last commit")
        self._branch = QLineEdit()
        self._branch.setPlaceholderText("New branch (optional)")
        self._branch.setAccessibleName("New branch, empty for this one")
        self._commit = Button("Commit", "primary")
        self._status = StatusLine(look)
        self._build()
        self._message.textChanged.connect(self._tell)
        self._list.itemChanged.connect(self._tell)
        self._list.itemDoubleClicked.connect(self._double_clicked)
        self._commit.clicked.connect(self._wish)
        look.changed.connect(self._restyle)
        self._status.action_requested.connect(self.action_requested)

    def show_changes(self, files: Sequence[CommitFile], message: str, author: str = "") -> None:
        """The kept hunks, all chosen, and the message proposed for them."""
        self._message.setPlainText(message)
        self._message.setToolTip(said(f"Author: {author}") if author else "")
        self._list.blockSignals(True)
        self._list.clear()
        for file in files:
            top = QTreeWidgetItem([reveal_line(file.path), _sum(file.hunks)])
            top.setIcon(0, self._look.icon(*file_icon(file.path)))
            top.setFlags(top.flags() | Qt.ItemFlag.ItemIsAutoTristate | _CHECKABLE)
            top.setData(0, Qt.ItemDataRole.UserRole, file.path)
            self._list.addTopLevelItem(top)
            for hunk in file.hunks:
                row = QTreeWidgetItem([reveal_line(hunk.title.strip()), _sum((hunk,))])
                row.setFlags(row.flags() | _CHECKABLE)
                row.setCheckState(0, Qt.CheckState.Checked)
                row.setData(0, Qt.ItemDataRole.UserRole, hunk.id)
                top.addChild(row)
            top.setExpanded(len(files) <= 6)
        self._list.blockSignals(False)
        header = self._list.header()
        header.setSectionResizeMode(0, header.ResizeMode.Stretch)
        header.setSectionResizeMode(1, header.ResizeMode.ResizeToContents)
        self._tell()

    def show_status(
        self, text: str, kind: str = "info", actions: Sequence[tuple[str, str]] = ()
    ) -> None:
        """Progress, refusal, or what was committed."""
        self._status.show_status(text, kind, actions)

    def show_busy(self, busy: bool) -> None:
        self._commit.setEnabled(not busy and bool(self.wish().chosen))
        self._commit.setText("Committing…" if busy else "Commit")

    def wish(self) -> CommitWish:
        chosen = []
        for at in range(self._list.topLevelItemCount()):
            top = self._list.topLevelItem(at)
            assert top is not None
            for row in range(top.childCount()):
                child = top.child(row)
                if child is not None and child.checkState(0) == Qt.CheckState.Checked:
                    path = str(top.data(0, Qt.ItemDataRole.UserRole))
                    chosen.append((path, int(child.data(0, Qt.ItemDataRole.UserRole))))
        message = self._message.toPlainText().strip()
        branch = self._branch.text().strip()
        return CommitWish(message, tuple(chosen), self._amend.isChecked(), branch)

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
        fill(QHBoxLayout(head), (Text("COMMIT", "caption"), None, self._length), (0, 0, 0, 0), 0)
        fill(line := QHBoxLayout(foot), (self._branch, self._commit), (0, 0, 0, 0), 7)
        line.setStretch(0, 1)
        items = (head, self._message, self._list, self._amend, foot, self._status)
        fill(column := QVBoxLayout(self), items, (12, 9, 12, 10), 8)
        column.setStretch(2, 1)

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
        self._commit.setEnabled(bool(wish.message) and (count > 0 or wish.amend))

    def _wish(self) -> None:
        if self._commit.isEnabled():
            self.commit_requested.emit(self.wish())

    def _double_clicked(self, item: QTreeWidgetItem) -> None:
        top = item.parent() or item
        self.file_requested.emit(str(top.data(0, Qt.ItemDataRole.UserRole)))


_CHECKABLE = Qt.ItemFlag.ItemIsUserCheckable


def _sum(hunks: Sequence[CommitHunk]) -> str:
    return f"+{sum(h.added for h in hunks)} −{sum(h.removed for h in hunks)}"
