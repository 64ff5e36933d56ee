"""The menu of who can answer: models, what this folder may use, what is loaded.

Knows the settings and the reach; stores nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from PySide6.QtCore import QObject, QPoint, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from app.reach import BUILTIN, Reach
from assistant.models.allowed import ANYWHERE, LOOPBACK_ONLY, Allowed, allowed_in, host_of
from assistant.settings import Settings

ANY, NEAR = "any", "near"


class ModelMenu(QObject):
    """Each entry is one wish; what the folder does not allow is shown and cannot be chosen."""

    chosen = Signal(str)
    """Name of a connection, or of the built-in edits."""
    servers_wished = Signal(dict)
    """The lists of all folders, as the settings hold them."""
    connect_requested = Signal()
    unload_requested = Signal()

    def __init__(
        self,
        parent: QObject,
        reach: Reach,
        settings: Callable[[], Settings],
        folder: Callable[[], Path | None],
    ) -> None:
        super().__init__(parent)
        self._reach, self._settings, self._folder = reach, settings, folder

    def popup(self, parent: QWidget, at: QPoint) -> None:
        menu = self.made(parent)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)

    def made(self, parent: QWidget) -> QMenu:
        """The menu as it is now."""
        menu = QMenu(parent)
        menu.setToolTipsVisible(True)
        self._add_models(menu)
        if (folder := self._folder()) is not None:
            menu.addSeparator()
            self._add_servers(menu, folder)
        menu.addSeparator()
        if loaded := self._reach.loaded:
            action = menu.addAction(f"Free the memory of {loaded[0].stem}")
            action.triggered.connect(self.unload_requested)
        menu.addAction("Connect a model …").triggered.connect(self.connect_requested)
        return menu

    def _add_models(self, menu: QMenu) -> None:
        settings = self._settings()
        connections = settings.connections if settings.ai else ()
        names = [str(row["name"]) for row in connections]
        current = str(settings.roles.get("edit", "")) or (names[0] if names else BUILTIN)
        folder = self._folder()
        allowed = ANYWHERE if folder is None else allowed_in(folder, settings.servers)
        group = QActionGroup(menu)
        for row in connections:
            name = str(row["name"])
            action = self._add(menu, group, name + self._speed(row), name, name == current)
            if not permits(allowed, row):
                action.setEnabled(False)
                action.setText(f"{name}   not for this folder")
        self._add(menu, group, BUILTIN, BUILTIN, current not in names)
        group.triggered.connect(self._on_model)

    def _speed(self, row: Mapping[str, object]) -> str:
        path = urlsplit(str(row.get("base_url", ""))).path
        speed = self._reach.speeds.of(Path(path).name) if row.get("preset") == "embedded" else None
        return f"   {speed:.0f} tokens/s here" if speed else ""

    def _add_servers(self, menu: QMenu, folder: Path) -> None:
        """Whom requests about this folder may reach; a folder above can have narrowed it."""
        settings = self._settings()
        own = settings.servers.get(str(folder))
        outer = allowed_in(folder.parent, settings.servers)
        allowed = allowed_in(folder, settings.servers)
        below = menu.addMenu(f"{folder.name} may use: {allowed}")
        group = QActionGroup(below)
        self._add(below, group, str(outer).capitalize(), ANY, own is None)
        near = own is not None and set(own) == set(LOOPBACK_ONLY.servers or ())
        self._add(below, group, "This machine only", NEAR, near)
        group.triggered.connect(self._on_scope)
        hosts = sorted({host_of(row) for row in settings.connections} - {""})
        if hosts:
            below.addSeparator()
        some = QActionGroup(below)
        some.setExclusive(False)
        for host in hosts:
            url = f"https://{host}"
            action = self._add(below, some, f"This machine and {host}", host, False)
            action.setChecked(own is not None and host in own)
            action.setEnabled(outer.permits(url))
        some.triggered.connect(self._on_host)

    def _add(
        self, menu: QMenu, group: QActionGroup, words: str, data: str, checked: bool
    ) -> QAction:
        action = menu.addAction(words)
        action.setCheckable(True)
        action.setChecked(checked)
        action.setData(data)
        group.addAction(action)
        return action

    @Slot(QAction)
    def _on_model(self, action: QAction) -> None:
        self.chosen.emit(str(action.data()))

    @Slot(QAction)
    def _on_scope(self, action: QAction) -> None:
        self._wish(None if action.data() == ANY else ("localhost",))

    @Slot(QAction)
    def _on_host(self, action: QAction) -> None:
        """One more server, or one less, beside this machine."""
        folder = self._folder()
        before = set(self._settings().servers.get(str(folder), ())) | {"localhost"}
        host = str(action.data())
        self._wish(tuple(sorted(before | {host} if action.isChecked() else before - {host})))

    def _wish(self, servers: tuple[str, ...] | None) -> None:
        folder = str(self._folder())
        rest = {name: kept for name, kept in self._settings().servers.items() if name != folder}
        self.servers_wished.emit(rest if servers is None else {**rest, folder: servers})


def permits(allowed: Allowed, row: Mapping[str, object]) -> bool:
    """Whether a stored connection may be used; the engine in the app is this machine."""
    return row.get("preset") == "embedded" or allowed.permits(str(row.get("base_url", "")))
