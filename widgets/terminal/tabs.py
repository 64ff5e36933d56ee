"""The terminals of a window as tabs: name, state in words, a cross; renamed in place."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QMenu, QTabBar

from widgets.hidden import reveal_line
from widgets.look import Look

HEIGHT = 32
_ACTIONS = (
    ("rename", "Rename"),
    ("restart", "Restart"),
    ("kill", "End the shell"),
    ("close", "Close"),
)


@dataclass(frozen=True, slots=True)
class TerminalTab:
    """``state`` is said beside the title: the program at work, or how the shell ended."""

    key: int
    title: str
    state: str = ""
    ended: bool = False
    bell: bool = False


class TerminalTabs(QTabBar):
    """Signals carry the key of the terminal."""

    chosen = Signal(int)
    action_requested = Signal(str, int)
    renamed = Signal(int, str)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look, self._hover, self._quiet = look, -1, False
        self._field: QLineEdit | None = None
        self._renaming = 0
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setUsesScrollButtons(True)
        self.setElideMode(Qt.TextElideMode.ElideNone)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFixedHeight(HEIGHT)
        self.setAccessibleName("Terminals")
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._on_menu)
        self.currentChanged.connect(self._on_current)
        look.changed.connect(self.update)

    def show_tab(self, tab: TerminalTab, *, choose: bool = False) -> None:
        """Add a tab at the end, or change the one of the same key."""
        index = self.index_of(tab.key)
        self._quiet = True
        if index < 0:
            index = self.addTab("")
        title = reveal_line(tab.title)[:60]
        self.setTabData(index, tab)
        words = f"{title} · {tab.state}" if tab.state else title
        self.setTabText(index, words.replace("&", "&&"))
        self.setAccessibleTabName(index, f"Terminal {words}")
        if choose:
            self.setCurrentIndex(index)
        self._quiet = False
        self.update()

    def remove(self, key: int) -> None:
        self._quiet = True
        self.removeTab(self.index_of(key))
        self._quiet = False

    def tab(self, index: int) -> TerminalTab:
        data = self.tabData(index)
        assert isinstance(data, TerminalTab)
        return data

    def current(self) -> int:
        """The key of the terminal in front; 0 for none."""
        index = self.currentIndex()
        return self.tab(index).key if index >= 0 else 0

    def index_of(self, key: int) -> int:
        return next((i for i in range(self.count()) if self.tab(i).key == key), -1)

    def rename(self, key: int) -> None:
        """A field over the tab: Enter takes the name, Esc leaves it."""
        index = self.index_of(key)
        if index < 0 or self._field is not None:
            return
        self._renaming = key
        field = self._field = QLineEdit(self.tab(index).title, self)
        field.setAccessibleName("Name of the terminal")
        box = self.tabRect(index).adjusted(24, 3, -4, -3)
        field.setGeometry(box.x(), box.y(), max(110, box.width()), box.height())
        field.selectAll()
        field.editingFinished.connect(self._on_named)
        field.show()
        field.setFocus()

    def _on_named(self) -> None:
        field, self._field = self._field, None
        if field is not None:
            name = field.text().strip()
            field.deleteLater()
            if name:
                self.renamed.emit(self._renaming, name)

    def menu_of(self, key: int) -> QMenu:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for name, title in _ACTIONS:
            menu.addAction(title).setData((name, key))
        menu.triggered.connect(self._on_action)
        return menu

    def _on_menu(self, at: QPoint) -> None:
        index = self.tabAt(at)
        if index >= 0:
            self.menu_of(self.tab(index).key).popup(self.mapToGlobal(at))

    def _on_action(self, action: QAction) -> None:
        name, key = action.data()
        if name == "rename":
            self.rename(key)
        else:
            self.action_requested.emit(name, key)

    def _on_current(self, index: int) -> None:
        if index >= 0 and not self._quiet and self.tabData(index) is not None:
            self.chosen.emit(self.tab(index).key)

    # -- looks and the mouse -------------------------------------------------------------------

    def tabSizeHint(self, index: int) -> QSize:
        width = self.fontMetrics().horizontalAdvance(self.tabText(index))
        return QSize(min(280, 30 + width + 30), HEIGHT)

    def minimumTabSizeHint(self, index: int) -> QSize:
        return self.tabSizeHint(index)

    def cross(self, index: int) -> QRect:
        """Where the close button of a tab stands."""
        rect = self.tabRect(index)
        return QRect(rect.right() - 23, rect.center().y() - 7, 16, 16)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover = self.tabAt(event.position().toPoint())
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        index = self.tabAt(at)
        if index < 0 or not self.cross(index).contains(at):
            super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        at = event.position().toPoint()
        index = self.tabAt(at)
        middle = event.button() == Qt.MouseButton.MiddleButton
        if index >= 0 and (middle or self.cross(index).contains(at)):
            self.action_requested.emit("close", self.tab(index).key)
        else:
            super().mouseReleaseEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.tabAt(event.position().toPoint())
        if index >= 0:
            self.rename(self.tab(index).key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete and self.current():
            self.action_requested.emit("close", self.current())
        elif event.key() == Qt.Key.Key_F2 and self.current():
            self.rename(self.current())
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        for index in range(self.count()):
            self._paint(painter, index, self.tabRect(index))

    def _paint(self, painter: QPainter, index: int, rect: QRect) -> None:
        look, tab, on = self._look, self.tab(index), index == self.currentIndex()
        if index == self._hover and not on:
            painter.fillRect(rect, look.colour("hover"))
        if on:
            line = QRect(rect.x() + 8, rect.bottom() - 1, rect.width() - 16, 2)
            painter.fillRect(line, look.colour("accent"))
        density, middle = self.devicePixelRatioF(), rect.center().y()
        icon, role = ("bell", "yellow") if tab.bell else ("terminal", "fg" if on else "muted")
        if tab.ended:
            icon, role = "circle-stop", "muted"
        painter.drawPixmap(rect.x() + 9, middle - 6, look.pixmap(icon, role, 14, density))
        painter.setFont(look.font(12))
        painter.setPen(look.colour("fg" if on else "muted"))
        room = QRect(rect.x() + 30, rect.y(), rect.width() - 56, rect.height())
        flags = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        title = reveal_line(tab.title)
        metrics = painter.fontMetrics()
        shown = metrics.elidedText(title, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, flags, shown)
        if tab.state:
            left = metrics.horizontalAdvance(shown) + 8
            painter.setPen(look.colour("muted"))
            rest = room.adjusted(left, 0, 0, 0)
            state = metrics.elidedText(tab.state, Qt.TextElideMode.ElideRight, rest.width())
            painter.drawText(rest, flags, state)
        if on or index == self._hover:
            role = "fg" if index == self._hover else "faint"
            painter.drawPixmap(
                self.cross(index).topLeft() + QPoint(2, 2), look.pixmap("x", role, 12, density)
            )
        if on and self.hasFocus():
            painter.setPen(look.colour("accent"))
            painter.drawRect(rect.adjusted(2, 3, -3, -4))
