"""The bare frame of the window: bars, docks, splitters and their sizes.

Knows nothing of what it holds.

top bar
activity | left dock | centre (tabs, crumbs, editors) | right dock
         |           | drawer                          |
status bar
"""

from __future__ import annotations

import base64

from PySide6.QtCore import QByteArray, QPoint, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from widgets.controls import IconButton, fill, named
from widgets.look import Look
from widgets.topbar import TopBar

SIDES = ("left", "bottom", "right")
SMALLEST = (640, 420)
"""Logical pixels: half of a 1280 screen at 2x. The centre and one dock beside it fit."""
_CENTRE, _LEFT, _RIGHT = 280, 150, 312


class ActivityBar(QFrame):
    """A column of pages; the current one has a bar at its left and a brighter icon."""

    page_chosen = Signal(str)
    settings_requested = Signal(QPoint)

    def __init__(self, look: Look) -> None:
        super().__init__()
        named(self, "activity")
        self.setFixedWidth(46)
        self.setAccessibleName("Pages")
        self._look = look
        self._buttons: dict[str, IconButton] = {}
        self._gear = IconButton(look, "settings", "Settings", size=19, command="view.settings")
        self._gear.setFixedSize(45, 38)
        self._gear.clicked.connect(self._settings)
        self._column = QVBoxLayout(self)
        fill(self._column, (None, self._gear), (0, 6, 0, 8), 4)

    def add(self, key: str, icon: str, name: str, command: str = "") -> None:
        button = IconButton(
            self._look, icon, name, size=19, key=key, checkable=True, command=command
        )
        button.setFixedSize(45, 38)
        button.pressed_key.connect(self._chosen)
        self._column.insertWidget(len(self._buttons), button)
        self._buttons[key] = button

    def show_page(self, key: str) -> None:
        """Mark a page as current; an empty key marks none."""
        for name, button in self._buttons.items():
            button.setChecked(name == key)

    def _chosen(self, key: str) -> None:
        self.page_chosen.emit(key)

    def _settings(self) -> None:
        self.settings_requested.emit(self._gear.mapToGlobal(QPoint(self._gear.width(), 0)))


class Frame(QWidget):
    """Put pages and panels in; it moves, shows, hides and remembers them.

    Where the window is too narrow for both docks, the one that was wished for last stands and the
    other one waits: it comes back with the width.
    """

    page_shown = Signal(str)
    panel_shown = Signal(str, bool)
    """left, bottom or right is now seen or not."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "root")
        self.setMinimumSize(*SMALLEST)
        self.top = TopBar(look)
        self.activity = ActivityBar(look)
        self._pages: dict[str, QWidget] = {}
        self._docks = {side: QStackedWidget() for side in SIDES}
        self._wished = dict.fromkeys(SIDES, True)
        self._last = "left"
        self._centre = QWidget()
        self._build()
        self.activity.page_chosen.connect(self._page_wished)
        self.top.panel_toggled.connect(self.show_panel)
        for side in SIDES:
            self.show_panel(side, side == "left")

    def add_page(self, key: str, icon: str, name: str, page: QWidget, command: str = "") -> None:
        """A page of the left dock with its button in the activity bar."""
        self.activity.add(key, icon, name, command)
        self._pages[key] = page
        self._docks["left"].addWidget(page)
        if len(self._pages) == 1:
            self.show_page(key)

    def set_centre(self, centre: QWidget) -> None:
        self._put(self._centre, centre)

    def set_right(self, panel: QWidget) -> None:
        self._docks["right"].addWidget(panel)

    def set_bottom(self, panel: QWidget) -> None:
        self._docks["bottom"].addWidget(panel)

    def set_status(self, bar: QWidget) -> None:
        self._put(self._foot, bar)

    def add_banner(self, banner: QWidget) -> None:
        """A bar that stands under the top bar while it is visible."""
        self._banners.addWidget(banner)

    def show_page(self, key: str) -> None:
        """Bring a page of the left dock forward, and the dock with it."""
        self._docks["left"].setCurrentWidget(self._pages[key])
        self.show_panel("left", True)
        self.page_shown.emit(key)

    def show_panel(self, side: str, seen: bool) -> None:
        self._wished[side] = seen
        if seen and side != "bottom":
            self._last = side
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Show what is wished for, as far as the width holds it."""
        both = self._wished["left"] and self._wished["right"]
        narrow = self.width() < self.activity.width() + _LEFT + _CENTRE + _RIGHT + 2
        for side in SIDES:
            waits = both and narrow and side not in ("bottom", self._last)
            self._put_panel(side, self._wished[side] and not waits)

    def _put_panel(self, side: str, seen: bool) -> None:
        dock = self._docks[side]
        changed = dock.isHidden() == seen
        dock.setVisible(seen)
        self.top.show_panel(side, seen)
        if side == "left":
            self.activity.show_page(self._current_page() if seen else "")
        if changed:
            self.panel_shown.emit(side, seen)

    def panel_seen(self, side: str) -> bool:
        return not self._docks[side].isHidden()

    def save_state(self) -> dict[str, str | bool]:
        """Sizes and what is seen, as plain data."""
        state: dict[str, str | bool] = dict(self._wished)
        state["page"] = self._current_page()
        for name, splitter in (("across", self._across), ("down", self._down)):
            state[name] = base64.b64encode(splitter.saveState().data()).decode()
        return state

    def restore_state(self, state: dict[str, str | bool]) -> None:
        """What :meth:`save_state` gave; anything unknown or broken is passed over."""
        page = state.get("page")
        if isinstance(page, str) and page in self._pages:
            self.show_page(page)
        for side in SIDES:
            if isinstance(seen := state.get(side), bool):
                self.show_panel(side, seen)
        for name, splitter in (("across", self._across), ("down", self._down)):
            raw = state.get(name)
            if isinstance(raw, str):
                splitter.restoreState(QByteArray.fromBase64(QByteArray(raw.encode())))

    def _build(self) -> None:
        self._down = QSplitter(Qt.Orientation.Vertical)
        self._across = QSplitter(Qt.Orientation.Horizontal)
        for splitter in (self._down, self._across):
            splitter.setHandleWidth(1)
            splitter.setChildrenCollapsible(False)
        for side, kind in (("left", "dock"), ("bottom", "drawer"), ("right", "panel")):
            named(self._docks[side], kind)
        named(self._centre, "centre")
        self._centre.setMinimumSize(_CENTRE, 160)
        self._docks["left"].setMinimumWidth(_LEFT)
        self._docks["right"].setMinimumWidth(_RIGHT)
        self._across.setMinimumWidth(1)  # or the docks would keep the window from being narrow
        self._docks["bottom"].setMinimumHeight(90)
        self._down.addWidget(self._centre)
        self._down.addWidget(self._docks["bottom"])
        for widget in (self._docks["left"], self._down, self._docks["right"]):
            self._across.addWidget(widget)
        self._across.setStretchFactor(1, 1)
        self._down.setStretchFactor(0, 1)
        self._across.setSizes([222, 860, 404])
        self._down.setSizes([700, 220])
        middle, self._foot, banners = QWidget(), QWidget(), QWidget()
        self._banners = QVBoxLayout(banners)
        fill(self._banners, (), spacing=0)
        fill(across := QHBoxLayout(middle), (self.activity, self._across), spacing=0)
        across.setStretch(1, 1)
        fill(column := QVBoxLayout(self), (self.top, banners, middle, self._foot), spacing=0)
        column.setStretch(2, 1)

    @staticmethod
    def _put(holder: QWidget, content: QWidget) -> None:
        layout = holder.layout()
        if layout is None:
            layout = QVBoxLayout(holder)
            layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(content)

    def _current_page(self) -> str:
        shown = self._docks["left"].currentWidget()
        return next((key for key, page in self._pages.items() if page is shown), "")

    def _page_wished(self, key: str) -> None:
        """The button of the page that is seen hides the dock, any other brings its page."""
        if self.panel_seen("left") and key == self._current_page():
            self.show_panel("left", False)
        else:
            self.show_page(key)
