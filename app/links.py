"""Where a click leads: menus of the bars, crumbs, links in answers. Knows the window and its rooms.

A link to the web asks first, shows the whole address, and opens nothing but http and https.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote

from PySide6.QtCore import QObject, QPoint, QUrl, Slot
from PySide6.QtGui import QAction, QDesktopServices
from PySide6.QtWidgets import QMenu

from app.document import Document
from assistant.types import LineSpan, Mention
from widgets.hidden import literal, reveal_line

if TYPE_CHECKING:
    from app.program import Program

_TEXT_MENU = (
    "inline.edit",
    "chat.add_selection",
    "",
    "edit.cut",
    "edit.copy",
    "edit.paste",
    "",
    "go.definition",
    "go.uses",
    "who.line",
    "",
    "edit.comment",
)


class Links(QObject):
    """Connects the wishes that are answered by going somewhere."""

    def __init__(self, program: Program) -> None:
        super().__init__(program)
        self._program = program
        window, work = program.window, program.workspace
        work.documents.opened.connect(self._on_opened)
        window.frame.top.search_requested.connect(work.finder.files)
        window.frame.top.project_menu_requested.connect(self._on_project_menu)
        window.frame.top.branch_menu_requested.connect(self._on_branch_menu)
        window.crumbs.folder_requested.connect(self._on_folder)
        window.tabs.reveal_requested.connect(self._on_reveal)
        window.tree.reveal_requested.connect(self._on_show_outside)
        window.timeline.more_requested.connect(work.past.more)
        window.panel.menu_requested.connect(self._on_panel_menu)
        window.panel.transcript.shell_requested.connect(work.terminals.insert)
        work.terminals.link_requested.connect(self._on_link)
        window.panel.transcript.link_requested.connect(self._on_link)
        window.panel.transcript.mention_opened.connect(self._on_mention)

    # -- menus ---------------------------------------------------------------------------------

    @Slot(object)
    def _on_opened(self, document: Document) -> None:
        document.editor.menu_requested.connect(self._on_text_menu)

    @Slot(QPoint)
    def _on_text_menu(self, at: QPoint) -> None:
        """What can be done where the caret stands; the clipboard first."""
        self._commands(_TEXT_MENU).popup(at)

    @Slot(QPoint)
    def _on_project_menu(self, at: QPoint) -> None:
        menu = self._commands(["file.open_folder", "help.tour", "project.trust"])
        recent = [path for path in self._program.settings.recent if Path(path).is_dir()]
        if recent:
            menu.addSeparator()
        for path in recent:
            menu.addAction(literal(path)).setData(path)
        menu.triggered.connect(self._on_recent)
        menu.popup(at)

    @Slot(QAction)
    def _on_recent(self, action: QAction) -> None:
        if isinstance(path := action.data(), str):
            self._program.open_folder(path)

    @Slot(QPoint)
    def _on_branch_menu(self, at: QPoint) -> None:
        names = ["branch.choose", "review.commit", "review.undo_commit", "view.timeline"]
        self._commands(names).popup(at)

    @Slot(QPoint)
    def _on_panel_menu(self, at: QPoint) -> None:
        names = ["chat.new", "chat.context", "model.choose", "model.connect", "view.spending"]
        self._commands(names).popup(at)

    def _commands(self, names: Sequence[str]) -> QMenu:
        """A menu of commands, with their keys; no name is a line between them."""
        menu = QMenu(self._program.window)
        for name in names:
            if name:
                menu.addAction(self._program.commands.actions[name])
            else:
                menu.addSeparator()
        menu.aboutToHide.connect(menu.deleteLater)
        return menu

    # -- places --------------------------------------------------------------------------------

    @Slot(str, QPoint)
    def _on_folder(self, path: str, _at: QPoint) -> None:
        self._on_reveal(path)

    @Slot(str)
    def _on_reveal(self, path: str) -> None:
        window = self._program.window
        window.frame.show_page("files")
        window.tree.expand(path)
        window.tree.select(path)

    @Slot(str)
    def _on_show_outside(self, path: str) -> None:
        """The folder of a file in the desktop's own file manager."""
        project = self._program.workspace.project
        if project is not None:
            folder = (project.root / path).parent
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    @Slot(object)
    def _on_mention(self, mention: Mention) -> None:
        if mention.kind in ("file", "selection", "paste"):
            self._program.workspace.documents.open(PurePosixPath(mention.value), mention.span)

    @Slot(str)
    def _on_link(self, url: str) -> None:
        """``src/a.py:12`` is a place in the project; the web asks first."""
        web = QUrl(url)
        if web.scheme() in ("http", "https"):
            address = bytes(web.toEncoded().data()).decode()  # letters of other scripts as they go
            host = web.host(QUrl.ComponentFormattingOption.FullyEncoded)
            self._program.workspace.notices.show(
                "link",
                f"Open {host} in the browser? The whole address is {reveal_line(address)}",
                "info",
                ("Open", partial(QDesktopServices.openUrl, web)),
            )
            return
        path, span = _place(url)
        project = self._program.workspace.project
        if path is None or project is None or not (project.root / path).is_file():
            self._program.workspace.status.error(
                f"{reveal_line(url)} is neither a file of this project nor a web address."
            )
            return
        self._program.workspace.documents.open(path, span)


_PLACE = re.compile(r"(?P<path>[^:#?]+)(?:[:#]L?(?P<line>\d{1,9})(?:[-:].*)?)?")


def _place(url: str) -> tuple[PurePosixPath | None, LineSpan | None]:
    """``src/a.py:12`` or ``src/a.py#L12`` as a path below the project and a line; else None."""
    found = _PLACE.fullmatch(unquote(url))
    path = PurePosixPath(found["path"]) if found else None
    if found is None or path is None or path.is_absolute() or ".." in path.parts:
        return None, None
    line = int(found["line"] or 0)
    return path, LineSpan(line - 1, line - 1) if line else None
