"""The history of changes by person, model, formatter and command, with wishes to restore.

Below the list stands what the marked change did, or what a restore would do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPoint,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QMenu,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from widgets.controls import Button, IconButton, Segments, Text, fill, named
from widgets.look import Look
from widgets.momentlist import ROW, Moment, MomentPaint, Moments
from widgets.momentpreview import MomentPreview, PastChange
from widgets.pointbar import PointBar
from widgets.restorelist import Plan, RestoreList

_FILTERS = (
    ("", "All", "Every change"),
    ("model", "Model", "What models changed"),
    ("me", "Mine", "What you changed"),
    ("other", "Other", "Formatters, commands, checkpoints, pasted text, other programs, undo"),
)
__all__ = ["Moment", "Timeline"]
SEEN_MS = 60


class Timeline(QFrame):
    """Newest first. Restoring is a wish; the owner shows what would change before it does it."""

    restore_requested = Signal(str, str)
    """Id of a moment; code, talk or both."""
    undo_requested = Signal(str)
    """Take back only this change, keep what came after."""
    opened = Signal(str)
    selected = Signal(str)
    """The mark is on another moment: what it did is wanted."""
    seen = Signal(list)
    """Ids of moments in sight whose counts are not known."""
    prune_requested = Signal()
    run_undo_requested = Signal(str)
    """Take back all that the run of this moment did."""
    checkpoint_requested = Signal(str)
    """Keep all files as they are now, under this name."""
    notes_requested = Signal()
    """Who wrote the newest commit shall go into git notes."""
    more_requested = Signal()
    """The end of the list is in sight."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "dock")
        self._look = look
        self.view = QListView()
        self._model = Moments(self)
        self._filter = Segments(_FILTERS, "Show")
        self.words = QLineEdit()
        self.words.setPlaceholderText("File or words")
        self.words.setAccessibleName("Show only changes with this file or these words")
        self.words.setClearButtonEnabled(True)
        self._here = IconButton(look, "file", "Only the file in front", checkable=True)
        self._file = ""
        self.preview = MomentPreview(look)
        self.plan = RestoreList(look)
        self._below = QStackedWidget()
        self._below.addWidget(self.preview)
        self._below.addWidget(self.plan)
        self._none = Text("Nothing has been changed yet.", "muted")
        self._none.setContentsMargins(16, 6, 16, 6)
        self._size, self._prune = Text("", "tiny", wrap=True), Button("Make smaller", "link")
        self._pin = IconButton(look, "pin", "Take a checkpoint: keep all files as they are now")
        words = "Write who wrote the last commit as git notes"
        self._notes = IconButton(look, "git-commit-horizontal", words)
        self.naming = PointBar()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SEEN_MS)
        self._set_up_view()
        self._lay_out()
        self._filter.chosen.connect(self._filtered)
        self.words.textChanged.connect(self._filtered)
        self._here.toggled.connect(self._on_here)
        self._notes.clicked.connect(self.notes_requested)
        self._pin.clicked.connect(self.name_checkpoint)
        self.naming.named.connect(self.checkpoint_requested)
        self.naming.left.connect(self.view.setFocus)
        self._prune.clicked.connect(self.prune_requested)
        self._soon.timeout.connect(self._tell_seen)
        self.plan.closed.connect(self._on_plan_closed)
        look.changed.connect(self._on_look)

    def _on_look(self) -> None:
        self.view.viewport().update()

    def _set_up_view(self) -> None:
        view = self.view
        view.setModel(self._model)
        view.setItemDelegate(MomentPaint(self._look, view, self._model))
        view.setUniformItemSizes(True)
        view.setAccessibleName("History of changes")
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._menu)
        view.doubleClicked.connect(self._opened)
        view.verticalScrollBar().valueChanged.connect(self._scrolled)
        view.selectionModel().currentChanged.connect(self._on_current)
        view.installEventFilter(self)

    def _lay_out(self) -> None:
        head, bar, field, foot = QFrame(), QFrame(), QFrame(), QFrame()
        fill(
            QHBoxLayout(head),
            (Text("HISTORY", "caption"), None, self._notes, self._pin),
            (14, 9, 8, 6),
            0,
        )
        fill(QHBoxLayout(bar), (self._filter, None), (10, 0, 8, 4), 0)
        fill(line := QHBoxLayout(field), (self.words, self._here), (10, 0, 8, 6), 4)
        line.setStretch(0, 1)
        fill(line := QHBoxLayout(foot), (self._size, self._prune), (14, 3, 10, 5), 6)
        line.setStretch(0, 1)
        parts = QSplitter(Qt.Orientation.Vertical)
        parts.addWidget(self.view)
        parts.addWidget(self._below)
        parts.setChildrenCollapsible(False)
        parts.setSizes([300, 260])
        self._below.hide()
        self._prune.hide()
        fill(
            column := QVBoxLayout(self),
            (head, self.naming, bar, field, self._none, parts, foot),
            spacing=0,
        )
        column.setStretch(5, 1)

    def show_moments(self, moments: Sequence[Moment]) -> None:
        """The whole list as it is now; the mark stays on its moment."""
        current = self.current()
        self._fill(tuple(moments))
        for row, moment in enumerate(self._model.rows):
            if current is not None and moment.id == current.id:
                self.view.setCurrentIndex(self._model.index(row))
                break

    def moments(self) -> tuple[Moment, ...]:
        return self._model.all

    def show_counts(self, counts: Mapping[str, tuple[int, int]]) -> None:
        """Lines added and removed, by the id of a moment."""
        self._model.counts.update(counts)
        self.view.viewport().update()

    def show_size(self, words: str) -> None:
        """How much the history uses, in words."""
        self._size.setText(words)
        self._prune.setVisible(bool(words))

    def show_file(self, path: str) -> None:
        """The file in front."""
        self._file = path
        if self._here.isChecked():
            self.words.setText(path)

    def show_change(self, what: PastChange) -> None:
        """What the marked moment did; a plan that waits for its answer stays in front."""
        self.preview.show_change(what)
        if not self.plan.isVisible():
            self._below.setCurrentWidget(self.preview)
            self._below.show()

    def show_plan(self, plan: Plan) -> None:
        """What a restore would do; nothing has happened yet."""
        self.plan.show_plan(plan)
        self._below.setCurrentWidget(self.plan)
        self._below.show()
        self.plan.focus()

    def name_checkpoint(self) -> None:
        """The field that asks for its name."""
        self.naming.open()

    def current(self) -> Moment | None:
        index = self.view.currentIndex()
        return self._model.rows[index.row()] if index.isValid() else None

    def menu_of(self, moment: Moment) -> QMenu:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        entries = [("Restore the code to here", "history", "code")]
        if moment.who != "checkpoint":
            entries.insert(0, ("Take back only this", "undo-2", "undo"))
            entries.insert(0, ("Open the file", "eye", "open"))
        if moment.run:
            entries.append(("Take back all that this run did", "bot", "run"))
        if moment.talk:
            entries.append(("Restore the conversation to here", "message-square", "talk"))
            entries.append(("Restore both to here", "layers", "both"))
        for words, icon, wish in entries:
            action = menu.addAction(self._look.icon(icon), words)
            action.setData((wish, moment.id))
        menu.triggered.connect(self._chosen)
        return menu

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._opened(self.view.currentIndex())
                return True
            if event.key() == Qt.Key.Key_Delete and (moment := self.current()):
                if moment.who != "checkpoint":
                    self.undo_requested.emit(moment.id)
                return True
            if event.key() == Qt.Key.Key_Menu and (moment := self.current()):
                self.menu_of(moment).popup(self.view.mapToGlobal(QPoint(30, 30)))
                return True
        return False

    def _fill(self, moments: tuple[Moment, ...]) -> None:
        self._model.show_some(moments, self._filter.choice(), self.words.text())
        empty = "Nothing has been changed yet." if not moments else "No change is like that."
        self._none.setText(empty)
        self._none.setVisible(not self._model.rows)
        self._soon.start()

    def _filtered(self, *_: object) -> None:
        self._fill(self._model.all)

    def _on_here(self, on: bool) -> None:
        self.words.setText(self._file if on else "")

    def _on_current(self, index: QModelIndex, _before: QModelIndex) -> None:
        if index.isValid():
            self.selected.emit(self._model.rows[index.row()].id)

    def _on_plan_closed(self) -> None:
        self._below.setCurrentWidget(self.preview)
        self._below.setVisible(self.preview.filled())
        self.view.setFocus()

    def _menu(self, at: QPoint) -> None:
        index = self.view.indexAt(at)
        if index.isValid():
            menu = self.menu_of(self._model.rows[index.row()])
            menu.popup(self.view.viewport().mapToGlobal(at))

    def _chosen(self, action: QAction) -> None:
        wish, moment = action.data()
        if wish == "open":
            self.opened.emit(moment)
        elif wish == "undo":
            self.undo_requested.emit(moment)
        elif wish == "run":
            self.run_undo_requested.emit(moment)
        else:
            self.restore_requested.emit(moment, wish)

    def _opened(self, index: QModelIndex) -> None:
        if index.isValid():
            self.opened.emit(self._model.rows[index.row()].id)

    def _scrolled(self, value: int) -> None:
        self._soon.start()
        bar = self.view.verticalScrollBar()
        if bar.maximum() and value >= bar.maximum() - 3 * ROW:
            self.more_requested.emit()

    def _tell_seen(self) -> None:
        rows, known = self._model.rows, self._model.counts
        first = max(0, self.view.indexAt(QPoint(8, 2)).row())
        count = self.view.height() // ROW + 2
        ids = [m.id for m in rows[first : first + count] if m.id not in known and not m.added]
        if ids:
            self.seen.emit(ids)
