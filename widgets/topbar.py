"""The strip along the top: project, branch, the search box, agents, panel switches.

Knows nothing of the panels.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from widgets.controls import Elided, IconButton, Item, Picture, Text, fill, named
from widgets.look import Look
from widgets.wordbutton import WordButton

HEIGHT = 40


class SearchPill(QFrame):
    """Looks like a field and opens the palette."""

    clicked = Signal()

    def __init__(self, look: Look) -> None:
        super().__init__()
        named(self, "pill")
        self.keys = Text("Ctrl+P", "key")
        text = Elided("Search files, symbols, or ask", "muted")
        items = (Picture(look, "search", "faint", 13), text, None, self.keys)
        fill(line := QHBoxLayout(self), items, (10, 0, 6, 0), 7)
        line.setStretch(1, 1)
        self.setFixedHeight(27)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("Search files, symbols, or ask")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Space):
            self.clicked.emit()
        else:
            super().keyPressEvent(event)


class TopBar(QFrame):
    """Signals are wishes; what is shown is set from outside."""

    search_requested = Signal()
    project_menu_requested = Signal(QPoint)
    branch_menu_requested = Signal(QPoint)
    agents_requested = Signal()
    panel_toggled = Signal(str, bool)
    """left, bottom or right, and whether it shall be seen."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "topbar")
        self.setFixedHeight(HEIGHT)
        self.setAccessibleName("Title bar")
        self.pill = SearchPill(look)
        self._project = WordButton(
            look,
            "chevron-down",
            "Project",
            size=13,
            weight=600,
            role="fg",
            icon_role="faint",
            after=True,
            icon_size=12,
        )
        self._branch = WordButton(look, "git-branch", "Branch")
        self._agents = WordButton(look, "bot", "Agents at work")
        self._switches = {
            side: IconButton(look, f"panel-{side}", name, key=side, checkable=True)
            for side, name in (
                ("left", "Side bar"),
                ("bottom", "Terminal"),
                ("right", "Assistant panel"),
            )
        }
        left = (Picture(look, "galley", "accent", 17), 2, self._project, 4, self._branch, None)
        switches = tuple(self._switches.values())
        items: tuple[Item, ...] = (*left, self._agents, 8, *switches)
        fill(self._line(), items, (13, 0, 8, 0), 4)
        self.pill.setParent(self)
        self.setTabOrder(self._branch, self.pill)
        self._agents.hide()
        self._branch.hide()
        self._connect()
        self.show_project("Galley")

    def show_project(self, name: str, tip: str = "") -> None:
        self._project.show_word(name, tip)
        self._place()

    def show_branch(self, name: str) -> None:
        """The branch, or nothing where there is no repository."""
        self._branch.setVisible(bool(name))
        self._branch.show_word(name if len(name) <= 32 else name[:15] + "…" + name[-16:], name)
        self._place()

    def show_agents(self, count: int) -> None:
        self._agents.setVisible(count > 0)
        self._agents.show_word("1 agent" if count == 1 else f"{count} agents")
        self._place()

    def show_panel(self, side: str, seen: bool) -> None:
        """Show the state of a switch without asking for it."""
        self._switches[side].setChecked(seen)

    def set_keys(self, keys: dict[str, str]) -> None:
        """Keys to tell: ``search`` and the three sides."""
        self.pill.keys.setText(keys.get("search", ""))
        self.pill.keys.setVisible(bool(keys.get("search")))
        for side, button in self._switches.items():
            button.rename(button.accessibleName(), keys.get(side, ""))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self._place()
        return super().event(event)

    def _line(self) -> QHBoxLayout:
        return QHBoxLayout(self)

    def _connect(self) -> None:
        self.pill.clicked.connect(self.search_requested)
        self._project.pressed_at.connect(self._project_pressed)
        self._branch.pressed_at.connect(self._branch_pressed)
        self._agents.clicked.connect(self.agents_requested)
        for button in self._switches.values():
            button.pressed_key.connect(self._switched)

    def _place(self) -> None:
        """Centre the search box in the window, and give way to what stands beside it."""
        after = self._branch if self._branch.isVisibleTo(self) else self._project
        before = self._agents if self._agents.isVisibleTo(self) else self._switches["left"]
        low = after.x() + after.sizeHint().width() + 16
        high = before.x() - 16
        width = max(120, min(430, self.width() * 45 // 100, high - low))
        x = max(low, min((self.width() - width) // 2, high - width))
        self.pill.setGeometry(x, (HEIGHT - 1 - self.pill.height()) // 2, width, self.pill.height())

    def _project_pressed(self, _: str, at: QPoint) -> None:
        self.project_menu_requested.emit(at)

    def _branch_pressed(self, _: str, at: QPoint) -> None:
        self.branch_menu_requested.emit(at)

    def _switched(self, side: str) -> None:
        self.panel_toggled.emit(side, self._switches[side].isChecked())
