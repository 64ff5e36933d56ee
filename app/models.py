"""What the window has about models: the connect page, the menu, the knob, the folder's servers.

Knows the program; made with it, but what is heavy is made when it is asked for.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Slot
from PySide6.QtWidgets import QApplication

from assistant.models.allowed import ANYWHERE, allowed_in, host_of
from assistant.types import Care, Effort

if TYPE_CHECKING:
    from app.connecting import Connecting
    from app.localmodels import LocalModels
    from app.modelmenu import ModelMenu
    from app.program import Program
    from widgets.modelchips import EffortChip


class Models(QObject):
    """Settings stay with the program: what is chosen here is wished there."""

    def __init__(self, program: Program) -> None:
        super().__init__(program)
        self._program = program
        self._window, self._work = program.window, program.workspace
        composer = self._window.panel.composer
        composer.model_menu_requested.connect(self.popup)
        self._work.model_menu_requested.connect(self.popup)
        self._work.model_changed.connect(self._on_model)
        self.show_effort()

    @cached_property
    def connecting(self) -> Connecting:
        from app.connecting import Connecting
        from app.localmodels import LocalModels
        from widgets.connectbox import ConnectBox

        program, status = self._program, self._work.status
        box = ConnectBox(program.look)
        made = Connecting(program.door, self._work.reach, box, program.present_settings)
        made.settings_wished.connect(self._on_settings_wished)
        made.told.connect(status.tell)
        made.failed.connect(status.error)
        self.local = LocalModels(program.door, self._work.reach, box, made)
        return made

    local: LocalModels
    """Made with :attr:`connecting`."""

    @cached_property
    def menu(self) -> ModelMenu:
        from app.modelmenu import ModelMenu

        present = self._program.present_settings
        made = ModelMenu(self, self._work.reach, present, self._folder)
        made.chosen.connect(self._on_chosen)
        made.servers_wished.connect(self.allow)
        made.connect_requested.connect(self.connect_model)
        made.unload_requested.connect(self._on_unload_requested)
        return made

    @Slot(QPoint)
    def popup(self, at: QPoint) -> None:
        """The menu of who can answer."""
        self.menu.popup(self._window, at)

    def choose(self) -> None:
        """The same menu, at the panel's foot."""
        self.popup(self._window.panel.composer.mapToGlobal(QPoint(0, 0)))

    @Slot()
    def connect_model(self) -> None:
        self._program.pages.connect_model()

    # -- the knob ------------------------------------------------------------------------------

    def step_effort(self, by: int) -> None:
        """Think less or more, from the next question on: in the bar with the keys, or the panel."""
        chip = self._knob()
        chip.step(by)
        self._work.status.tell(f"thinking: {chip.effort()}")

    def next_care(self) -> None:
        """More care, from the next wish on; after the most the least."""
        chip = self._knob()
        cares = tuple(Care)
        care = cares[(cares.index(chip.care()) + 1) % len(cares)]
        chip.choose_care(care)
        self._work.status.tell(f"care: {care.value}")

    def _knob(self) -> EffortChip:
        """That of the bar with the keys, or of the panel."""
        ask = self._work.inline.current()
        focus = QApplication.focusWidget()
        if ask is not None and focus is not None and ask.bar.isAncestorOf(focus):
            return ask.bar.effort
        return self._window.panel.composer.effort

    def show_effort(self) -> None:
        """Where the knob of the panel stands at the start."""
        settings, chip = self._program.settings, self._window.panel.composer.effort
        chip.show_effort(Effort(settings.efforts.get("chat") or settings.effort))
        chip.show_care(Care(settings.care))

    # -- where requests may go -----------------------------------------------------------------

    def toggle_ai(self) -> None:
        program = self._program
        program.change(ai=not program.settings.ai)
        off = "All AI is off: no socket is opened."
        self._work.status.tell("AI is on." if program.settings.ai else off)

    def toggle_local_only(self) -> None:
        """This folder's requests may go to this machine alone, or anywhere that is connected."""
        folder = self._folder()
        if folder is None:
            return
        lists = {name: tuple(kept) for name, kept in self._program.settings.servers.items()}
        if lists.pop(str(folder), None) is None:
            lists[str(folder)] = ("localhost",)
        self.allow(lists)

    @Slot(dict)
    def allow(self, lists: dict[str, tuple[str, ...]]) -> None:
        """The lists of servers of all folders; says what counts for the open one."""
        self._program.change(servers=lists)
        folder = self._folder()
        if folder is not None:
            where = allowed_in(folder, lists)
            self._work.status.tell(f"Requests about {folder.name} may go to {where}.")

    # -- what happened -------------------------------------------------------------------------

    def _folder(self) -> Path | None:
        return self._work.project.root if self._work.project is not None else None

    @Slot(dict)
    def _on_settings_wished(self, values: dict[str, object]) -> None:
        self._program.change(**values)

    @Slot(str)
    def _on_chosen(self, name: str) -> None:
        self._program.change(roles={**self._program.settings.roles, "edit": name})

    @Slot()
    def _on_unload_requested(self) -> None:
        self._program.door.open(self._work.reach.unload())

    @Slot(str)
    def _on_model(self, name: str) -> None:
        """Who answers from now on, with what limits the folder has."""
        settings = self._program.settings
        rows = [row for row in settings.connections if row.get("name") == name]
        folder = self._folder()
        allowed = ANYWHERE if folder is None else allowed_in(folder, settings.servers)
        local = bool(rows) and not host_of(rows[0])
        limit = "" if allowed == ANYWHERE else str(allowed)
        self._window.show_model(name, local=local, limit=limit)
