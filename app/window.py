"""The window: makes every widget once and puts it in its place.

Knows widgets, not what they are for.
"""

from __future__ import annotations

from pathlib import PurePosixPath

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFrame, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from widgets.breadcrumbs import Breadcrumbs
from widgets.commitbox import CommitBox
from widgets.diffcard import WordDiff
from widgets.frame import Frame
from widgets.hidden import reveal_line
from widgets.look import Look
from widgets.noticebar import NoticeBar
from widgets.palette import Palette
from widgets.projecttree import ProjectTree
from widgets.reviewbar import ReviewBar
from widgets.savebox import SaveBox
from widgets.searchpage import SearchPage
from widgets.sidepanel import SidePanel
from widgets.statusbar import StatusBar
from widgets.tabs import TabRow
from widgets.timeline import Timeline
from widgets.trustbar import TrustBar
from widgets.welcome import Welcome

SIZE = (1386, 868)


class Window(QMainWindow):
    """Rooms reach the widgets by name; the window itself connects nothing to anything."""

    closing = Signal(object)  # QCloseEvent
    dropped = Signal(str)  # the address of a file or folder

    def __init__(self, look: Look, diff_words: WordDiff) -> None:
        super().__init__()
        self.look = look
        self.project_name = ""
        self.setObjectName("galley")
        self.setWindowTitle("Galley")
        self.resize(*SIZE)
        self.setAcceptDrops(True)
        self.frame = Frame(look)
        self.setCentralWidget(self.frame)
        self.tree = ProjectTree(look)
        self.commit_box = CommitBox(look)
        self.frame.add_page("files", "files", "Explorer", self.tree, "view.explorer")
        self.search = SearchPage(look)
        self.frame.add_page("search", "search", "Search in all files", self.search, "search.files")
        commit = "git-commit-horizontal"
        self.frame.add_page("commit", commit, "Commit", self.commit_box, "review.commit")
        self.timeline = Timeline(look)
        self.frame.add_page("history", "history", "History", self.timeline, "view.timeline")
        self.tabs = TabRow(look)
        self.crumbs = Breadcrumbs(look)
        self.stack = QStackedWidget()
        self.welcome = Welcome(look)
        self.stack.addWidget(self.welcome)
        self._nothing = QFrame()
        self._nothing.setProperty("kind", "centre")
        self.stack.addWidget(self._nothing)
        self.centre = _column(self.tabs, self.crumbs, self.stack)
        self.frame.set_centre(self.centre)
        self.review = ReviewBar(look, self.stack)
        self.panel = SidePanel(look, diff_words=diff_words)
        self.frame.set_right(self.panel)
        self.trust = TrustBar(look)
        self.notices = NoticeBar(look)
        self.frame.add_banner(self.trust)
        self.frame.add_banner(self.notices)
        self.status = StatusBar(look)
        self.frame.set_status(self.status)
        self.palette_box = Palette(look, self.frame)
        self.save_box = SaveBox(look, self.frame)
        self.frame.show_panel("right", True)
        self.frame.show_page("files")
        self.show_welcome()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Files and folders from the desktop."""
        event.acceptProposedAction()
        for url in event.mimeData().urls():
            self.dropped.emit(url.toString())

    def closeEvent(self, event: QCloseEvent) -> None:
        self.closing.emit(event)

    def show_welcome(self) -> None:
        """Nothing is open: no tabs, no crumbs."""
        self.stack.setCurrentWidget(self.welcome)
        self.tabs.hide()
        self.crumbs.hide()
        self.welcome.take_focus()

    def show_nothing(self) -> None:
        """A folder is coming: what it opens with is not known yet, and no page flashes by."""
        self.stack.setCurrentWidget(self._nothing)
        self.tabs.hide()
        self.crumbs.hide()

    def shows_no_file(self) -> bool:
        return self.stack.currentWidget() in (self.welcome, self._nothing)

    def show_editor(self, editor: QWidget) -> None:
        self.tabs.show()
        self.crumbs.show()
        self.stack.setCurrentWidget(editor)

    def show_project(self, name: str, path: str) -> None:
        self.project_name = name
        self.frame.top.show_project(name, path)
        self.show_path(PurePosixPath())

    def show_path(self, path: PurePosixPath) -> None:
        """The file in front, in the crumbs and the title."""
        self.crumbs.show_path(str(path) if path.parts else "")
        parts = [path.name, self.project_name, "Galley"]
        self.setWindowTitle(" — ".join(reveal_line(part) for part in parts if part))

    def show_model(self, name: str, *, local: bool = False, limit: str = "") -> None:
        """Who answers, whether on this machine, and whom the folder is limited to, if it is."""
        self.status.show_model(f"{name} · {limit}" if limit else name)
        detail = f"This folder may use: {limit}." if limit else ""
        self.panel.composer.model.show_model(name, local=local, detail=detail)

    def toggle_full_screen(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)


def _column(*widgets: QWidget) -> QWidget:
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    for widget in widgets:
        column.addWidget(widget, 1 if isinstance(widget, QStackedWidget) else 0)
    return holder
