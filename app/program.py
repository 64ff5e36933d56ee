"""The program: one window, one door, one set of settings, and the keys. Composes; decides nothing.

What is not needed to show the window happens after its first paint.
"""

from __future__ import annotations

import argparse
import gc
import json
import logging
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEventLoop, QObject, QPoint, QTimer, QUrl, Slot
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QApplication, QFileDialog

from app.bridge import Door
from app.commands import Commands, own_keymap, shown_keys
from app.document import Document
from app.keys import bind
from app.links import Links
from app.main import project_of
from app.models import Models
from app.places import Places
from app.warming import Warming
from app.window import Window
from app.workspace import Workspace
from assistant.edits.diff import diff_words
from assistant.settings import Settings, load, save
from widgets.look import Look, application, system_theme
from widgets.theme import load_theme

if TYPE_CHECKING:
    from app.pages import Pages
    from assistant.project import Project

RECENT = 12
LONGEST_END_MS = 15_000
HIGH_DENSITY_FRAME_S = 0.033
log = logging.getLogger("galley")


class Program(QObject):
    """Made once by ``script``; :meth:`run` returns the exit status."""

    def __init__(self, options: argparse.Namespace, places: Places, last_crash: str = "") -> None:
        running = QApplication.instance()
        self.app = running if isinstance(running, QApplication) else application()
        super().__init__()
        self.app.setApplicationName("galley")
        self.app.setApplicationDisplayName("Galley")
        self.options, self.places = options, places
        self.settings, problems = load(places.settings)
        keymap, wrong = own_keymap(self.settings.keys)
        self._problems = (*problems, *wrong)
        self._last_crash = last_crash
        self.look = Look(load_theme(self._theme_name()))
        self.look.keys = shown_keys(keymap)
        self.look.dress(self.app)
        self.door = Door()
        self.window = Window(self.look, diff_words)
        self.commands = Commands(self.window, keymap)
        self.workspace = Workspace(self.window, self.door, self.commands, places, self.settings)
        self.models = Models(self)
        self.window.panel.composer.autonomy.choose(self.settings.autonomy)
        self.links = Links(self)
        self.warming = Warming(self.window)
        bind(self)
        self._connect()

    def _connect(self) -> None:
        self.window.closing.connect(self._on_closing)
        self.window.dropped.connect(self._on_dropped)
        self.workspace.documents.opened.connect(self._on_opened)
        self.window.welcome.command_requested.connect(self.commands.run)
        self.window.welcome.recent_requested.connect(self.open_folder)
        self.window.frame.activity.settings_requested.connect(self.show_settings)
        self.window.status.part_clicked.connect(self._on_part_clicked)
        self.workspace.project_changed.connect(self._on_project)
        self.workspace.inline.setting_requested.connect(self.show_setting)
        self.workspace.conversation.setting_requested.connect(self.show_setting)
        self.workspace.ways.resume.settled.connect(self._show_welcome)
        self.workspace.documents.missed.connect(self._on_missed)
        self.warming.painted.connect(self._on_painted)
        self.app.styleHints().colorSchemeChanged.connect(self._on_system_theme)

    def run(self) -> int:
        self.warming.done.connect(self._on_warm)
        self.show()
        self.app.exec()
        return self.exit_status

    @Slot()
    def _on_warm(self) -> None:
        """What stands now stands until the end: the collector need not look at it again."""
        gc.freeze()
        gc.enable()

    def show(self) -> None:
        """Show the window with the folder that was asked for; the rest follows the first paint."""
        self._restore_window()
        self._show_recent()
        folder, file = project_of(self.options.folder)
        if folder is not None and not self.options.tour:
            self.window.show_project(folder.name, str(folder))
            self.window.welcome.show_inside(True)
            self.window.show_nothing()
        self.warming.start()
        self.window.show()
        if self.window.devicePixelRatioF() > 1.5:
            self.door.frame_s = HIGH_DENSITY_FRAME_S
        if self.options.screenshot:
            from app.pictures import Pictures

            self.pictures = Pictures(self, Path(self.options.screenshot))
            self.pictures.start()
        elif self.options.tour:
            self.take_tour()
        self._first_folder, self._first_file = folder, file

    _first_folder: Path | None = None
    _first_file: Path | None = None
    exit_status = 0

    @Slot()
    def _on_painted(self) -> None:
        if self._first_folder is not None and not self.options.tour:
            self.workspace.open(self._first_folder)
        if self.options.replay:
            self.workspace.memory.replaying.play_file(Path(self.options.replay))
        for problem in self._problems:
            self.workspace.status.error(str(problem))
        if self._last_crash:
            log.error("the last run died:\n%s", self._last_crash)
            self.workspace.status.tell("Galley ended unexpectedly last time; unsaved work is back.")

    # -- pages ---------------------------------------------------------------------------------

    @cached_property
    def pages(self) -> Pages:
        from app.pages import Pages

        made = Pages(self.window, self.models.connecting, self.door, self.workspace.reach)
        made.settings_wished.connect(self._on_settings_wished)
        made.setting_requested.connect(self.show_setting)
        return made

    def present_settings(self) -> Settings:
        return self.settings

    @Slot()
    def show_settings(self) -> None:
        self.pages.settings(self.settings)

    @Slot(str)
    def show_setting(self, name: str) -> None:
        """The settings, with the keys in this one."""
        self.pages.settings(self.settings, name)

    @Slot()
    def show_spending(self) -> None:
        project = self.workspace.project
        self.pages.spending(str(project.root) if project else "", self.settings.cap_per_day)

    @Slot()
    def take_tour(self) -> None:
        from app.tour import Tour

        self.tour = Tour(self)
        self.tour.start()

    @Slot(str, QPoint)
    def _on_part_clicked(self, part: str, at: QPoint) -> None:
        if part == "model":
            self.models.popup(at)
        elif part == "cost":
            self.show_spending()
        elif part == "caret":
            self.workspace.finder.lines()
        elif part == "branch":
            self.workspace.versions.branching.open()

    @Slot(dict)
    def _on_settings_wished(self, values: dict[str, object]) -> None:
        self.change(**values)

    # -- settings ------------------------------------------------------------------------------

    def change(self, **values: object) -> None:
        """Change settings, write them, and tell whoever works by them."""
        self.settings = replace(self.settings, **values)  # type: ignore[arg-type]
        self._save()
        self.workspace.configure(self.settings)
        if "pages" in self.__dict__:
            self.pages.show_values(self.settings)
        if {"effort", "efforts", "care"} & values.keys():
            self.models.show_effort()
        if "autonomy" in values:
            self.window.panel.composer.autonomy.choose(self.settings.autonomy)
        if "theme" in values:
            self.apply_theme()
        else:
            self.workspace.dress()

    def _save(self) -> None:
        try:
            save(self.places.settings, self.settings)
        except OSError as error:
            self.workspace.status.error(f"The settings could not be saved: {error}.")

    def _theme_name(self) -> str:
        name = self.options.theme or self.settings.theme
        return system_theme() if name == "system" else name

    def apply_theme(self) -> None:
        self.look.use(load_theme(self._theme_name()))
        self.workspace.dress()

    def next_theme(self) -> None:
        names = ("night", "day", "contrast")
        self.options.theme = None
        current = self.look.theme.name
        self.change(theme=names[(names.index(current) + 1) % len(names)])

    @Slot()
    def _on_system_theme(self) -> None:
        if self.settings.theme == "system":
            self.apply_theme()

    def focus_chat(self) -> None:
        self.window.frame.show_panel("right", True)
        self.window.panel.composer.focus()

    def close_tab(self) -> None:
        self.workspace.documents.request_close()

    @Slot()
    def ask_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self.window, "Open a file")
        if name:
            self.open_file(Path(name))

    def open_file(self, path: Path) -> None:
        """A file of the project, or its folder as the project with the file in front."""
        project = self.workspace.project
        if project is not None and path.resolve().is_relative_to(project.root):
            self.workspace.show_file(path)
            return
        self._first_file = path
        self.workspace.open(path.parent)

    @Slot(object)
    def _on_opened(self, document: Document) -> None:
        document.editor.dropped.connect(self._on_dropped)

    @Slot(str)
    def _on_dropped(self, address: str) -> None:
        """A folder becomes the project; a file opens in it, or in its own folder."""
        path = Path(QUrl(address).toLocalFile())
        if path.is_dir():
            self.workspace.open(path)
        elif path.is_file():
            self.open_file(path)

    def zoom(self, steps: int) -> None:
        """Larger or smaller code; 0 is the normal size."""
        size = Settings().font_size if steps == 0 else self.settings.font_size + steps
        self.change(font_size=min(40.0, max(6.0, size)))

    # -- projects ------------------------------------------------------------------------------

    @Slot()
    def ask_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self.window, "Open a folder")
        if folder:
            self.workspace.open(Path(folder))

    @Slot(object)
    def open_folder(self, folder: str) -> None:
        self.workspace.open(Path(folder))

    @Slot(object)
    def _on_project(self, project: Project | None) -> None:
        self.window.show_project(
            project.name if project else "", str(project.root) if project else ""
        )
        self.window.welcome.show_inside(project is not None)
        if project is None:
            self._show_welcome()
            return
        recent = [str(project.root), *(r for r in self.settings.recent if r != str(project.root))]
        if not self.options.temp:
            self.settings = replace(self.settings, recent=tuple(recent[:RECENT]))
            self._save()
            self._show_recent()
        if self._first_file is not None:
            self.workspace.show_file(self._first_file)
            self._first_file = None
        QTimer.singleShot(0, self.workspace.warm)

    @Slot(str)
    def _on_missed(self, _key: str) -> None:
        if self.window.shows_no_file():
            self._show_welcome()

    @Slot()
    def _show_welcome(self) -> None:
        """Where no file came to the front, and none is about to."""
        documents = self.workspace.documents
        if documents.current() is None and not documents.awaited():
            self.window.show_welcome()

    def _show_recent(self) -> None:
        """Folders that are gone are not offered."""
        there = [path for path in self.settings.recent if Path(path).is_dir()]
        self.window.welcome.set_recent(there)

    # -- the end -------------------------------------------------------------------------------

    @Slot(object)
    def _on_closing(self, event: QCloseEvent) -> None:
        """Unsaved text and pending hunks are journaled: quitting asks about nothing but a program
        in a terminal, whose end nobody can undo.
        """
        if self.workspace.terminals.hold(self.window.close):
            event.ignore()
            return
        self._remember_window()
        self.warming.stop()
        gc.enable()
        self.workspace.close()
        self.door.open(self.workspace.reach.close())
        self.finish()

    def finish(self) -> None:
        """Let what was journaled reach the disk, then end the asyncio thread."""
        if self.door.runs():
            loop = QEventLoop()
            self.door.idle.connect(loop.quit)
            QTimer.singleShot(LONGEST_END_MS, loop, loop.quit)
            loop.exec()
        self.door.close()

    def _window_file(self) -> Path:
        return self.places.state / "window.json"

    def _remember_window(self) -> None:
        state = {
            "geometry": bytes(self.window.saveGeometry().toBase64().data()).decode(),
            "frame": self.window.frame.save_state(),
        }
        self._window_file().write_text(json.dumps(state), encoding="utf-8")

    def _restore_window(self) -> None:
        try:
            state = json.loads(self._window_file().read_text(encoding="utf-8"))
            self.window.restoreGeometry(_bytes(state["geometry"]))
            self.window.frame.restore_state(state["frame"])
        except FileNotFoundError:
            return
        except (ValueError, KeyError, TypeError) as error:
            log.info("the window's last place is unreadable: %s", error)


def _bytes(encoded: str):  # type: ignore[no-untyped-def]
    from PySide6.QtCore import QByteArray

    return QByteArray.fromBase64(QByteArray(encoded.encode()))
