"""The history of changes by person, model, formatter and command, with wishes to restore.

Knows records. Below the list stands what the marked change did, or what a restore would do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPoint,
    QRect,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QAction, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QMenu,
    QSplitter,
    QStackedWidget,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from widgets.controls import Button, IconButton, Segments, Text, fill, named
from widgets.hidden import reveal_line
from widgets.look import Look
from widgets.momentpreview import MomentPreview, PastChange
from widgets.restorelist import Plan, RestoreList
from widgets.rows import Index, Rows, is_picked

ROW = 44
_WHO = {
    "me": ("user", "fg", "You"),
    "model": ("sparkles", "accent", "Model"),
    "formatter": ("wand-sparkles", "green", "Formatter"),
    "command": ("terminal", "yellow", "Command"),
    "disk": ("hard-drive", "muted", "Outside"),
    "commit": ("git-commit-horizontal", "blue", "Commit"),
    "paste": ("copy", "blue", "Pasted"),
    "restore": ("undo-2", "blue", "Restore"),
}
_FILTERS = (
    ("", "All", "Every change"),
    ("model", "Model", "What models changed"),
    ("me", "Mine", "What you changed"),
    ("other", "Other", "Formatters, commands, pasted text, other programs, undo"),
)
_MAIN = ("model", "me")
SEEN_MS = 60


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry.

    ``who`` is me, model, formatter, command, disk, commit or restore; ``when`` is ready to read.
    """

    id: str
    who: str
    title: str
    when: str
    detail: str = ""
    """Model, cost, files: one line."""
    added: int = 0
    removed: int = 0
    files: tuple[str, ...] = ()
    talk: bool = False
    """There is a conversation that can be taken back to this moment."""


class _Moments(Rows[Moment]):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.all: tuple[Moment, ...] = ()
        self.counts: dict[str, tuple[int, int]] = {}

    def show_some(self, moments: tuple[Moment, ...], who: str, words: str = "") -> None:
        self.all = moments
        wanted = words.casefold().split()
        self.show(
            m
            for m in moments
            if (not who or m.who == who or (who == "other" and m.who not in _MAIN))
            and (not wanted or _holds(m, wanted))
        )

    def counts_of(self, moment: Moment) -> tuple[int, int]:
        return self.counts.get(moment.id, (moment.added, moment.removed))

    def words(self, row: Moment) -> str:
        return row.title

    def spoken(self, row: Moment) -> str:
        added, removed = self.counts_of(row)
        counts = f"{added} added, {removed} removed"
        return f"{_WHO[row.who][2]}: {row.title}, {row.when}, {counts}"

    def tip(self, row: Moment) -> str | None:
        return "\n".join(row.files) or None


def _holds(moment: Moment, words: Sequence[str]) -> bool:
    text = f"{moment.title} {moment.detail} {' '.join(moment.files)}".casefold()
    return all(word in text for word in words)


class _Paint(QStyledItemDelegate):
    def __init__(self, look: Look, view: QListView, model: _Moments) -> None:
        super().__init__(view)
        self._look, self._view, self._model = look, view, model

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(100, max(ROW, self._look.px(13) + self._look.px(11) + 20))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        look, moment = self._look, index.data(Qt.ItemDataRole.UserRole)
        rect: QRect = option.rect
        picked = is_picked(option)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if picked:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.mixed("accent", "panel", 0.18))
            painter.drawRoundedRect(rect.adjusted(2, 1, -2, -1), 5, 5)
        icon, role, who = _WHO[moment.who]
        painter.setPen(look.colour("border"))
        painter.drawLine(rect.x() + 18, rect.y(), rect.x() + 18, rect.y() + 9)
        painter.drawLine(rect.x() + 18, rect.y() + 29, rect.x() + 18, rect.bottom())
        density = self._view.devicePixelRatioF()
        painter.drawPixmap(rect.x() + 11, rect.y() + 12, look.pixmap(icon, role, 14, density))
        flags = int(Qt.AlignmentFlag.AlignVCenter)
        right = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
        top = QRect(rect.x() + 36, rect.y() + 4, rect.width() - 46, rect.height() // 2 - 3)
        under = top.translated(0, top.height())
        painter.setFont(look.font(11))
        painter.setPen(look.colour("muted"))
        painter.drawText(top, right, moment.when)
        room = top.width() - painter.fontMetrics().horizontalAdvance(moment.when) - 8
        words = " · ".join(word for word in (who, reveal_line(moment.detail)) if word)
        added, removed = self._model.counts_of(moment)
        counts = f"+{added} −{removed}" if added or removed else ""
        width = painter.fontMetrics().horizontalAdvance(counts)
        elide = Qt.TextElideMode.ElideRight
        shown = painter.fontMetrics().elidedText(words, elide, under.width() - width - 8)
        painter.drawText(under, flags, shown)
        painter.drawText(under, right, counts)
        painter.setFont(look.font(13))
        painter.setPen(look.colour("fg"))
        title = painter.fontMetrics().elidedText(reveal_line(moment.title), elide, room)
        painter.drawText(top, flags, title)
        painter.restore()


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
    more_requested = Signal()
    """The end of the list is in sight."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "dock")
        self._look = look
        self.view = QListView()
        self._model = _Moments(self)
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
        self._size, self._prune = Text("", "tiny"), Button("Make smaller", "link")
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SEEN_MS)
        self._set_up_view()
        self._lay_out()
        self._filter.chosen.connect(self._filtered)
        self.words.textChanged.connect(self._filtered)
        self._here.toggled.connect(self._on_here)
        self._prune.clicked.connect(self.prune_requested)
        self._soon.timeout.connect(self._tell_seen)
        self.plan.closed.connect(self._on_plan_closed)
        look.changed.connect(self._on_look)

    def _on_look(self) -> None:
        self.view.viewport().update()

    def _set_up_view(self) -> None:
        view = self.view
        view.setModel(self._model)
        view.setItemDelegate(_Paint(self._look, view, self._model))
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
        fill(QHBoxLayout(head), (Text("HISTORY", "caption"), None), (14, 9, 8, 6), 0)
        fill(QHBoxLayout(bar), (self._filter, None), (10, 0, 8, 4), 0)
        fill(line := QHBoxLayout(field), (self.words, self._here), (10, 0, 8, 6), 4)
        line.setStretch(0, 1)
        fill(QHBoxLayout(foot), (self._size, None, self._prune), (14, 3, 10, 5), 6)
        parts = QSplitter(Qt.Orientation.Vertical)
        parts.addWidget(self.view)
        parts.addWidget(self._below)
        parts.setChildrenCollapsible(False)
        parts.setSizes([300, 260])
        self._below.hide()
        self._prune.hide()
        fill(column := QVBoxLayout(self), (head, bar, field, self._none, parts, foot), spacing=0)
        column.setStretch(4, 1)

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

    def current(self) -> Moment | None:
        index = self.view.currentIndex()
        return self._model.rows[index.row()] if index.isValid() else None

    def menu_of(self, moment: Moment) -> QMenu:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        entries = [("Open the file", "eye", "open"), ("Take back only this", "undo-2", "undo")]
        entries.append(("Restore the code to here", "history", "code"))
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
