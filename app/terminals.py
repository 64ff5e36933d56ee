"""The terminals of a window: opened, brought forward, ended; what they say for a model, on a press.

Knows the panel and the shells. Nothing starts before the folder is trusted, and nothing that a
model says gets into a shell but by the person's press, and then without its Enter.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QTimer, Signal, Slot
from PySide6.QtWidgets import QApplication

from app.layouts import read_names, write_names
from app.leads import Leads, bare
from app.notices import leave
from assistant.types import Finished
from widgets.hidden import reveal_line

if TYPE_CHECKING:
    from app.terminal import Terminal
    from app.workspace import Workspace
    from assistant.project import Project
    from widgets.terminal.panel import TerminalPanel

TELL_MS = 300
NO_FOLDER = "Open a folder to work in a terminal there."
NOT_TRUSTED = (
    "A terminal runs programs with all your rights, and files of this folder can steer them. "
    "Trust the folder first."
)
NOT_HERE = "There is no terminal in Galley on Windows yet; use one beside it."


class Terminals(QObject):
    """The panel is made when it is first shown, so that it costs nothing at the start."""

    told = Signal(str)
    failed = Signal(str)
    link_requested = Signal(str)

    def __init__(self, work: Workspace) -> None:
        super().__init__(work)
        self._work, self._door, self._window = work, work.door, work.window
        self._documents, self._notices = work.documents, work.notices
        self._folder = work.places.state / "terminals"
        self._project: Project | None = None
        self._panel: TerminalPanel | None = None
        self._all: dict[int, Terminal] = {}
        self._keys = count(1)
        self._agreed = False
        """The person said that what runs may end."""
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(TELL_MS)
        self._soon.timeout.connect(self.tell)
        self._leaving: list[int] = []
        """Terminals whose shell ended well: they go once their last event is through."""
        self._leave = QTimer(self)
        self._leave.setSingleShot(True)
        self._leave.timeout.connect(self._on_leave)
        work.memory.writers.during = self.during
        self._leads = Leads(work)
        self._leads.told.connect(self.told)
        self._window.frame.panel_shown.connect(self._on_panel_shown)
        self.told.connect(work.status.tell)
        self.failed.connect(work.status.error)

    # -- the folder ----------------------------------------------------------------------------

    def use(self, project: Project | None) -> None:
        """Another folder: the shells of this one end."""
        if self._project is not None and self._panel is not None:
            names = tuple(terminal.name for terminal in self._all.values())
            write_names(self._folder, self._project.root, names)
        for key in tuple(self._all):
            self._drop(key)
        self._project, self._agreed = project, False
        if self._window.frame.panel_seen("bottom"):
            self._on_panel_shown("bottom", True)

    def configure(self) -> None:
        """Other settings."""
        settings = self._work.settings
        for terminal in self._all.values():
            terminal.dress(settings.font_size, settings.terminal_lines)

    def busy(self) -> list[str]:
        """The programs at work in terminals, by name."""
        return [job for terminal in self._all.values() if (job := terminal.job())]

    def hold(self, again: Callable[[], object]) -> bool:
        """Whether a program is at work whose end must be agreed to first; then that is asked."""
        busy = self.busy()
        if not busy or self._agreed:
            return False
        more = f" and {len(busy) - 1} more" if len(busy) > 1 else ""
        name = reveal_line(busy[0])
        self._notices.show(
            "terminals",
            f"{name}{more} still runs in a terminal, and going on ends it.",
            "warning",
            ("End it and go on", partial(self._agree, again)),
            ("Stay", leave),
        )
        return True

    def _agree(self, again: Callable[[], object]) -> None:
        self._agreed = True
        again()

    # -- wishes --------------------------------------------------------------------------------

    def toggle(self) -> None:
        """Show the terminals, give them the keys, or go back to the text."""
        frame = self._window.frame
        if not frame.panel_seen("bottom"):
            frame.show_panel("bottom", True)
            self.focus()
        elif self.has_focus():
            self.hide()
        else:
            self.focus()

    def has_focus(self) -> bool:
        focus = QApplication.focusWidget()
        return self._panel is not None and focus is not None and self._panel.isAncestorOf(focus)

    def focus(self) -> None:
        self.shown().take_focus()

    @Slot()
    def hide(self) -> None:
        self._window.frame.show_panel("bottom", False)
        if (document := self._documents.current()) is not None:
            document.editor.setFocus()

    def new(self) -> None:
        """One more terminal, in front."""
        was = len(self._all)
        self._window.frame.show_panel("bottom", True)
        if len(self._all) == was:
            self._open("")
        self.focus()

    def find(self) -> None:
        self._window.frame.show_panel("bottom", True)
        self.shown().find_words()

    def act(self, name: str) -> None:
        """rename, restart, kill or close the terminal in front."""
        if self._panel is not None and (key := self._panel.tabs.current()):
            if name == "rename":
                self._panel.tabs.rename(key)
            else:
                self._on_action(name, key)

    def step(self, by: int) -> None:
        """The next terminal in the row, round its end."""
        if self._panel is not None and (tabs := self._panel.tabs).count():
            tabs.setCurrentIndex((tabs.currentIndex() + by) % tabs.count())

    @Slot(str)
    def insert(self, text: str) -> None:
        """Put the commands of an answer into a shell that waits, without their Enter."""
        self._window.frame.show_panel("bottom", True)
        front = self._front()
        if front is None or front.over or front.job():
            front = self._open("")
        if front is not None and (page := self.shown().page(front.key)) is not None:
            page.insert(bare(text))

    def ask(self) -> None:
        """What the terminal in front said last goes along with the next question."""
        front = self._front()
        if front is not None:
            self._leads.mention(front)

    def during(self) -> str:
        """The one command that runs in a terminal now, or nothing."""
        running = [line for terminal in self._all.values() if (line := terminal.command())]
        return running[0] if len(running) == 1 else ""

    @Slot()
    def tell(self) -> None:
        """Say what the terminal in front said last: that is what @terminal stands for."""
        self._soon.stop()
        if self._panel is not None:
            self._leads.tell(self._front())

    # -- the panel -----------------------------------------------------------------------------

    def shown(self) -> TerminalPanel:
        if self._panel is None:
            from widgets.terminal.panel import TerminalPanel

            panel = self._panel = TerminalPanel(self._window.look)
            self._window.frame.set_bottom(panel)
            panel.new_requested.connect(self.new)
            panel.hide_requested.connect(self.hide)
            panel.trust_requested.connect(self._on_trust_requested)
            panel.ask_requested.connect(self._on_ask)
            panel.tabs.chosen.connect(self._on_chosen)
            panel.tabs.renamed.connect(self._on_renamed)
            panel.tabs.action_requested.connect(self._on_action)
        return self._panel

    @Slot(str, bool)
    def _on_panel_shown(self, side: str, seen: bool) -> None:
        """There is always a terminal to be seen, where there may be one."""
        if side != "bottom" or not seen:
            return
        panel = self.shown()
        if (why := self._why_not()) is not None:
            panel.explain(*why)
        elif not self._all and self._project is not None:
            for name in read_names(self._folder, self._project.root) or ("",):
                self._open(name, front=False)  # a shell starts once it is looked at
            panel.show_page(panel.tabs.current())
        else:
            panel.explain("No terminal is open.", "New terminal")

    def trusted(self) -> None:
        """The folder may run programs now."""
        if self._window.frame.panel_seen("bottom"):
            self._on_panel_shown("bottom", True)

    def _why_not(self) -> tuple[str, str] | None:
        """Why no terminal can be opened, and the button that helps."""
        if sys.platform == "win32":
            return NOT_HERE, ""
        if self._project is None:
            return NO_FOLDER, ""
        if not self._project.is_trusted():
            return NOT_TRUSTED, "Trust this folder"
        return None

    def _front(self) -> Terminal | None:
        return self._all.get(self._panel.tabs.current()) if self._panel is not None else None

    def _open(self, name: str, *, front: bool = True) -> Terminal | None:
        panel = self.shown()
        if (why := self._why_not()) is not None:
            panel.explain(*why)
            return None
        from app.terminal import Terminal

        assert self._project is not None
        settings, key = self._work.settings, next(self._keys)
        root, look = self._project.root, self._window.look
        terminal = Terminal(
            key, self._door, look, root, settings.terminal_lines, settings.font_size
        )
        terminal.name = name
        self._all[key] = terminal
        terminal.changed.connect(self._on_changed)
        terminal.failed_command.connect(self._on_failed_command)
        terminal.began.connect(self._on_began)
        terminal.ended.connect(self._on_ended)
        terminal.said.connect(self._on_said)
        terminal.told.connect(self.told)
        terminal.failed.connect(self.failed)
        terminal.view.place_requested.connect(self._on_place)
        terminal.view.address_requested.connect(self.link_requested)
        terminal.view.menu_requested.connect(self._on_menu)
        panel.tabs.show_tab(terminal.tab(), choose=True)
        page = panel.add(key, terminal.view)
        page.first_shown.connect(terminal.start)
        page.restart_requested.connect(terminal.start)
        page.forget_requested.connect(terminal.forget)
        page.close_requested.connect(self._on_close_requested)
        terminal.started.connect(page.show_begin)
        if front:
            panel.show_page(key)
        return terminal

    def _drop(self, key: int) -> None:
        terminal = self._all.pop(key)
        terminal.leave()
        self._notices.drop(f"terminal:{key}")
        if self._panel is not None:
            self._panel.remove(key)
        terminal.deleteLater()

    # -- slots ---------------------------------------------------------------------------------

    @Slot()
    def _on_trust_requested(self) -> None:
        self._work.trust(True)

    @Slot(int)
    def _on_chosen(self, _key: int) -> None:
        self._soon.start()

    @Slot(int, str)
    def _on_renamed(self, key: int, name: str) -> None:
        self._all[key].name = name
        self._on_changed(key)

    @Slot(str, int)
    def _on_action(self, name: str, key: int) -> None:
        terminal = self._all.get(key)
        if terminal is None:
            return
        busy = terminal.job()
        if busy and not self._agreed:
            self._notices.show(
                f"terminal:{key}",
                f"{reveal_line(busy)} still runs in this terminal. End it?",
                "warning",
                ("End it", partial(self._do, name, key)),
                ("Leave it", leave),
            )
        else:
            self._do(name, key)

    def _do(self, name: str, key: int) -> None:
        terminal = self._all.get(key)
        if terminal is None:
            return
        if name == "kill":
            terminal.end()
            return
        keep = terminal.name
        self._drop(key)
        if name == "restart":
            self._open(keep)
        elif not self._all:
            self.hide()
        self.tell()

    @Slot(int)
    def _on_changed(self, key: int) -> None:
        if self._panel is not None and key in self._all:
            self._panel.tabs.show_tab(self._all[key].tab())

    @Slot(int)
    def _on_said(self, key: int) -> None:
        if not self._soon.isActive() and self._front() is self._all.get(key):
            self._soon.start()

    @Slot(int, object)
    def _on_failed_command(self, key: int, finished: Finished) -> None:
        page = self.shown().page(key)
        if page is not None:
            page.offer.show_failure(finished.line, finished.status)

    @Slot(int)
    def _on_began(self, key: int) -> None:
        if (page := self.shown().page(key)) is not None:
            page.offer.hide()

    @Slot(int)
    def _on_ended(self, key: int) -> None:
        terminal = self._all[key]
        if terminal.ended_by_itself():
            self._leaving.append(key)
            self._leave.start()
        elif (page := self.shown().page(key)) is not None:
            tab = terminal.tab()
            page.show_end(f"{tab.title} {tab.state}")

    @Slot()
    def _on_leave(self) -> None:
        leaving, self._leaving = self._leaving, []
        for key in leaving:
            self._do("close", key)

    @Slot()
    def _on_close_requested(self) -> None:
        if self._panel is not None:
            self._do("close", self._panel.tabs.current())

    @Slot(int)
    def _on_ask(self, key: int) -> None:
        if (terminal := self._all.get(key)) is not None:
            self._leads.mention(terminal)

    @Slot(str, int)
    def _on_place(self, path: str, line: int) -> None:
        if (front := self._front()) is not None:
            self._leads.open_place(front, path, line)

    @Slot(QPoint)
    def _on_menu(self, at: QPoint) -> None:
        page = self.shown().current()
        if page is not None:
            page.menu().popup(at)
