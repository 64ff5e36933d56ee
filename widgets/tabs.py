"""The row of open documents: dots, crosses, order, preview in italics.

Knows titles and keys, not documents.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QFontMetrics,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QTabBar, QWidget

from widgets.controls import IconButton, fill, named
from widgets.hidden import literal, reveal_line, said
from widgets.icons import file_icon
from widgets.look import Look

HEIGHT = 36


@dataclass(frozen=True, slots=True)
class Tab:
    """One open document. ``key`` is its path; ``detail`` tells two of the same name apart."""

    key: str
    title: str
    detail: str = ""
    modified: bool = False
    preview: bool = False
    pending: int = 0
    """Hunks that wait for a decision."""


class _Bar(QTabBar):
    """A QTabBar that paints itself and reorders by dragging."""

    close_wished = Signal(int)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._hover = -1
        self._grabbed = -1
        self._start = QPoint()
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setUsesScrollButtons(True)
        self.setElideMode(Qt.TextElideMode.ElideNone)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("Open documents")
        self.setFixedHeight(HEIGHT)
        self.setSelectionBehaviorOnRemove(QTabBar.SelectionBehavior.SelectPreviousTab)
        look.changed.connect(self.refresh)

    def tab(self, index: int) -> Tab:
        data = self.tabData(index)
        assert isinstance(data, Tab)
        return data

    def refresh(self) -> None:
        self.setIconSize(QSize(16, 16))
        for index in range(self.count()):
            self.setTabText(index, self.tabText(index))
        self.update()

    def tabSizeHint(self, index: int) -> QSize:
        tab = self.tab(index) if self.tabData(index) is not None else Tab("", "")
        width = self._metrics(tab).horizontalAdvance(self._words(tab))
        if tab.detail:
            width += self.fontMetrics().horizontalAdvance(tab.detail) + 8
        return QSize(min(300, 12 + 14 + 7 + width + 8 + 16 + 9), HEIGHT)

    def minimumTabSizeHint(self, index: int) -> QSize:
        return self.tabSizeHint(index)

    def cross(self, index: int) -> QRect:
        """Where the close button (or the dot) of a tab stands."""
        rect = self.tabRect(index)
        return QRect(rect.right() - 24, rect.center().y() - 8, 17, 17)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        for index in range(self.count()):
            rect = self.tabRect(index)
            if rect.intersects(event.rect()):
                self._paint(painter, index, rect)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        index = self.tabAt(at)
        if event.button() == Qt.MouseButton.LeftButton and index >= 0:
            if self.cross(index).contains(at):
                return
            self._grabbed, self._start = index, at
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        hover = self.tabAt(at)
        self._hover = hover
        if self._grabbed >= 0 and event.buttons() & Qt.MouseButton.LeftButton:
            self._drag(at)
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        index = self.tabAt(at)
        middle = event.button() == Qt.MouseButton.MiddleButton
        left = event.button() == Qt.MouseButton.LeftButton
        grabbed, self._grabbed = self._grabbed, -1
        if index >= 0 and (middle or (left and grabbed < 0 and self.cross(index).contains(at))):
            self.close_wished.emit(index)
            return
        super().mouseReleaseEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._hover = -1
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        moved = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if event.key() == Qt.Key.Key_Delete and self.currentIndex() >= 0:
            self.close_wished.emit(self.currentIndex())
        elif moved and step and 0 <= self.currentIndex() + step < self.count():
            self.moveTab(self.currentIndex(), self.currentIndex() + step)
        else:
            super().keyPressEvent(event)

    def _drag(self, at: QPoint) -> None:
        if abs(at.x() - self._start.x()) < 8 and self._start.x() >= 0:
            return
        self._start = QPoint(-100, 0)
        over = self.tabAt(at)
        if over < 0 or over == self._grabbed:
            return
        centre = self.tabRect(over).center().x()
        if (over > self._grabbed and at.x() > centre) or (over < self._grabbed and at.x() < centre):
            self.moveTab(self._grabbed, over)
            self._grabbed = over

    def _words(self, tab: Tab) -> str:
        return f"{tab.title}  {tab.pending}" if tab.pending else tab.title

    def _metrics(self, tab: Tab) -> QFontMetrics:
        return QFontMetrics(self._look.font(13, italic=tab.preview))

    def _paint(self, painter: QPainter, index: int, rect: QRect) -> None:
        look, tab, on = self._look, self.tab(index), index == self.currentIndex()
        if on:
            painter.fillRect(rect, look.colour("bg"))
            painter.fillRect(QRect(rect.x(), 0, rect.width(), 2), look.colour("accent"))
        elif index == self._hover:
            painter.fillRect(rect.adjusted(0, 0, 0, -1), look.colour("hover"))
        painter.fillRect(QRect(rect.right(), 0, 1, rect.height()), look.colour("border"))
        if not on:
            painter.fillRect(QRect(rect.x(), HEIGHT - 1, rect.width(), 1), look.colour("border"))
        density = self.devicePixelRatioF()
        icon, role = file_icon(tab.title)
        middle = rect.center().y() + 1
        painter.drawPixmap(rect.x() + 12, middle - 7, look.pixmap(icon, role, 14, density))
        self._paint_words(painter, tab, on, QRect(rect.x() + 33, 1, rect.width() - 60, HEIGHT))
        cross = self.cross(index)
        if tab.modified and index != self._hover:
            picture = look.pixmap("dot", "accent", 17, density)
            painter.drawPixmap(cross.topLeft(), picture)
        elif on or index == self._hover:
            role = "fg" if index == self._hover else "faint"
            painter.drawPixmap(cross.topLeft() + QPoint(2, 2), look.pixmap("x", role, 13, density))
        if on and self.hasFocus():
            painter.setPen(look.colour("accent"))
            painter.drawRect(rect.adjusted(2, 4, -4, -4))

    def _paint_words(self, painter: QPainter, tab: Tab, on: bool, room: QRect) -> None:
        look = self._look
        painter.setFont(look.font(13, italic=tab.preview))
        painter.setPen(look.colour("fg" if on or tab.modified else "muted"))
        flags = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        words = painter.fontMetrics().elidedText(
            tab.title, Qt.TextElideMode.ElideMiddle, room.width()
        )
        painter.drawText(room, flags, words)
        left = room.x() + painter.fontMetrics().horizontalAdvance(words) + 8
        if tab.pending:
            painter.setPen(look.colour("accent"))
            painter.drawText(QRect(left, room.y(), 40, room.height()), flags, str(tab.pending))
            left += painter.fontMetrics().horizontalAdvance(str(tab.pending)) + 8
        if tab.detail:
            painter.setFont(look.font(12))
            painter.setPen(look.colour("faint"))
            rest = QRect(left, room.y(), max(0, room.right() - left), room.height())
            elide = Qt.TextElideMode.ElideRight
            shown = painter.fontMetrics().elidedText(tab.detail, elide, rest.width())
            painter.drawText(rest, flags, shown)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            index = self.tabAt(event.pos())
            self.setToolTip(said(reveal_line(self.tab(index).key)) if index >= 0 else "")
        return super().event(event)


class TabRow(QFrame):
    """The tabs with what stands at their right: all open documents."""

    chosen = Signal(str)
    close_requested = Signal(str)
    close_others_requested = Signal(str)
    reordered = Signal(list)
    preview_kept = Signal(str)
    """A preview tab was double-clicked: it stays open."""
    reveal_requested = Signal(str)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "tabrow")
        self.setFixedHeight(HEIGHT)
        self._look = look
        self._quiet = False
        self.bar = _Bar(look)
        self._list = IconButton(look, "ellipsis", "All open documents")
        items = (self.bar, None, self._list)
        fill(line := QHBoxLayout(self), items, (0, 0, 6, 0), 0)
        line.setStretch(0, 0)
        self.bar.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.bar.customContextMenuRequested.connect(self._menu)
        self.bar.currentChanged.connect(self._current_changed)
        self.bar.close_wished.connect(self._close_wished)
        self.bar.tabMoved.connect(self._moved)
        self.bar.tabBarDoubleClicked.connect(self._double_clicked)
        self._list.clicked.connect(self._show_list)

    def tabs(self) -> tuple[Tab, ...]:
        return tuple(self.bar.tab(index) for index in range(self.bar.count()))

    def current(self) -> str:
        """Key of the tab in front, or nothing."""
        index = self.bar.currentIndex()
        return self.bar.tab(index).key if index >= 0 else ""

    def show_tab(self, tab: Tab, *, choose: bool = False) -> None:
        """Add a tab right of the current one, or change the one of the same key."""
        tab = replace(tab, title=reveal_line(tab.title), detail=reveal_line(tab.detail))
        self._quiet = True
        index = self._index(tab.key)
        if index < 0:
            index = self.bar.insertTab(self.bar.currentIndex() + 1, "")
        self.bar.setTabData(index, tab)
        state = ", changed" if tab.modified else ""
        self.bar.setTabText(index, f"{tab.title}{state}")
        self.bar.setAccessibleTabName(index, f"{tab.title}{state} {tab.detail}".strip())
        if choose:
            self.bar.setCurrentIndex(index)
        self._quiet = False
        self.bar.update()

    def choose(self, key: str) -> None:
        """Bring a tab forward without saying that the person did."""
        self._quiet = True
        self.bar.setCurrentIndex(self._index(key))
        self._quiet = False

    def arrange(self, keys: Sequence[str]) -> None:
        """Those of these that there are stand first, in this order."""
        self._quiet = True
        there = [key for key in keys if self._index(key) >= 0]
        for at, key in enumerate(there):
            self.bar.moveTab(self._index(key), at)
        self._quiet = False

    def rename(self, key: str, tab: Tab) -> None:
        """The tab of ``key`` becomes ``tab``, where it stands."""
        index = self._index(key)
        if index >= 0:
            self.bar.setTabData(index, replace(self.bar.tab(index), key=tab.key))
            self.show_tab(replace(tab, pending=self.bar.tab(index).pending))

    def set_modified(self, key: str, modified: bool) -> None:
        index = self._index(key)
        if index >= 0 and self.bar.tab(index).modified != modified:
            self.show_tab(replace(self.bar.tab(index), modified=modified))

    def set_preview(self, key: str, preview: bool) -> None:
        index = self._index(key)
        if index >= 0 and self.bar.tab(index).preview != preview:
            self.show_tab(replace(self.bar.tab(index), preview=preview))

    def remove(self, key: str) -> None:
        """Take a tab away; the tab that comes forward is not announced, ask :meth:`current`."""
        self._quiet = True
        self.bar.removeTab(self._index(key))
        self._quiet = False

    def step(self, by: int) -> None:
        """Ctrl+Tab and back: the next tab in the row, round the end."""
        if self.bar.count():
            self.bar.setCurrentIndex((self.bar.currentIndex() + by) % self.bar.count())

    def _index(self, key: str) -> int:
        return next((i for i in range(self.bar.count()) if self.bar.tab(i).key == key), -1)

    def _current_changed(self, index: int) -> None:
        if index >= 0 and not self._quiet:
            self.chosen.emit(self.bar.tab(index).key)

    def _close_wished(self, index: int) -> None:
        self.close_requested.emit(self.bar.tab(index).key)

    def _moved(self) -> None:
        self.reordered.emit([tab.key for tab in self.tabs()])

    def _double_clicked(self, index: int) -> None:
        if index >= 0 and self.bar.tab(index).preview:
            self.preview_kept.emit(self.bar.tab(index).key)

    def _menu(self, at: QPoint) -> None:
        index = self.bar.tabAt(at)
        if index >= 0:
            self.menu_of(self.bar.tab(index)).popup(self.bar.mapToGlobal(at))

    def menu_of(self, tab: Tab) -> QMenu:
        """What can be done with one tab."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for word in ("Close", "Close others", "Reveal in the tree"):
            action = menu.addAction(word)
            action.setData((word, tab.key))
        menu.triggered.connect(self._menu_chosen)
        return menu

    def _menu_chosen(self, action: QAction) -> None:
        word, key = action.data()
        wishes = {
            "Close": self.close_requested,
            "Close others": self.close_others_requested,
            "Reveal in the tree": self.reveal_requested,
        }
        wishes[word].emit(key)

    def _show_list(self) -> None:
        self.list_menu().popup(self._list.mapToGlobal(QPoint(0, self._list.height())))

    def list_menu(self) -> QMenu:
        """All open documents, also those scrolled out of sight."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for tab in self.tabs():
            icon, role = file_icon(tab.title)
            words = f"{tab.title}  {tab.detail}".strip() + ("  •" if tab.modified else "")
            action = menu.addAction(self._look.icon(icon, role), literal(words))
            action.setData(tab.key)
        menu.triggered.connect(self._listed)
        return menu

    def _listed(self, action: QAction) -> None:
        self.bar.setCurrentIndex(self._index(action.data()))
