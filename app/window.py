"""The window: makes every widget once and puts it in its place.

Knows widgets, not what they are for.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from widgets.breadcrumbs import Breadcrumbs
from widgets.frame import Frame
from widgets.look import Look
from widgets.palette import Palette
from widgets.projecttree import ProjectTree
from widgets.reviewbar import ReviewBar
from widgets.sidepanel import SidePanel
from widgets.statusbar import StatusBar
from widgets.tabs import TabRow

SIZE = (1386, 868)


class Window(QMainWindow):
    """Rooms reach the widgets by name; the window itself connects nothing to anything."""

    closing = Signal(object)  # QCloseEvent: whoever listens may ignore it
    activated = Signal()

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look = look
        self.setObjectName("galley")
        self.setWindowTitle("Galley")
        self.resize(*SIZE)
        self.frame = Frame(look)
        self.setCentralWidget(self.frame)
        self.tree = ProjectTree(look)
        self.frame.add_page("files", "files", "Explorer", self.tree)
        self.tabs = TabRow(look)
        self.crumbs = Breadcrumbs(look)
        self.stack = QStackedWidget()
        self.centre = _column(self.tabs, self.crumbs, self.stack)
        self.frame.set_centre(self.centre)
        self.review = ReviewBar(look, self.stack)
        self.panel = SidePanel(look)
        self.frame.set_right(self.panel)
        self.status = StatusBar(look)
        self.frame.set_status(self.status)
        self.palette_box = Palette(look, self.frame)
        self.frame.show_panel("right", True)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.closing.emit(event)

    def editor_area(self) -> QWidget:
        return self.stack


def _column(*widgets: QWidget) -> QWidget:
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    for widget in widgets:
        column.addWidget(widget, 1 if isinstance(widget, QStackedWidget) else 0)
    holder.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    return holder
