"""Models and settings as the person sees them: what was found, one click to connect, the model
menu.

Knows the connect page, the settings page and the settings; asks the loop through the door.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QPoint, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from app.bridge import Door, Run
from app.reach import BUILTIN, Reach, as_data
from assistant.errors import SettingsError, sentence_of
from assistant.settings import Settings
from widgets.connectbox import ConnectBox, Offer

if TYPE_CHECKING:
    from assistant.models.connection import Connection
    from assistant.models.discovery import Found, ModelInfo

CUSTOM = "custom"
ROLE_NAMES = ("edit", "chat", "plan", "apply", "summary", "commit", "judge")
OPEN_FILE = "open-file"
DOWNLOAD = "download:"


class Connecting(QObject):
    """Finds, tries and chooses connections. A connection is stored only after it answered."""

    settings_wished = Signal(dict)  # values for Program.change
    told = Signal(str)
    failed = Signal(str)

    def __init__(
        self, door: Door, reach: Reach, box: ConnectBox, settings: Callable[[], Settings]
    ) -> None:
        super().__init__(box)
        self._door, self._reach, self._settings = door, reach, settings
        self.box = self._box = box
        self._candidates: dict[str, Found] = {}
        self._tried: dict[str, Connection] = {}
        self._custom: dict[str, str] = {}
        self._downloads: dict[str, Run] = {}
        box.connect_requested.connect(self._on_connect_requested)
        box.cancel_requested.connect(self._on_cancel_requested)
        box.chosen.connect(self._on_chosen)
        box.off_requested.connect(self._on_off_requested)

    # -- looking -------------------------------------------------------------------------------

    @Slot()
    def look(self) -> None:
        """What is on this machine; shown as offers."""
        self._box.show_off(not self._settings().ai)
        self._show((), ())
        if self._settings().ai:
            self._door.open(self._reach.look()).answered.connect(self._on_found)

    @Slot(object)
    def _on_found(self, found: object) -> None:
        if isinstance(found, tuple):
            self._show(found, ())
        elif isinstance(found, BaseException):
            self.failed.emit(sentence_of(found))

    def _show(self, found: tuple[Found, ...], more: tuple[Offer, ...]) -> None:
        self._candidates = {f"{f.preset}:{f.base_url}": f for f in found}
        offers = [_offer(key, f) for key, f in self._candidates.items()]
        words = "format, fix lint, rename, extract, sort … on any machine, right now"
        offers.append(Offer(BUILTIN, "builtin", "Built-in edits (no model)", words, "Use"))
        self._box.show_offers([*offers, *_local_offers(), *more])

    # -- trying --------------------------------------------------------------------------------

    @Slot(str)
    def _on_connect_requested(self, key: str) -> None:
        if key == BUILTIN:
            self.choose(BUILTIN)
            self._box.show_result(key, "In use.", "ok")
            return
        if key == OPEN_FILE:
            self._open_file()
            return
        if key.startswith(DOWNLOAD):
            self._download(key.removeprefix(DOWNLOAD))
            return
        found = self._candidates.get(key)
        if found is not None:
            self.try_out(key, found.connection())

    def try_out(self, key: str, connection: Connection) -> None:
        """Ask the server for its models; only a server that answers is stored."""
        self._tried[key] = connection
        if key in {offer.key for offer in self._box.offers()}:
            self._box.show_result(key, "Asking …", "busy")
        run = self._door.open(self._reach.try_out(key, connection))
        run.answered.connect(self._on_tried)

    @Slot(object)
    def _on_tried(self, answer: tuple[str, object]) -> None:
        key, result = answer
        connection = self._tried[key]
        shown = key in {offer.key for offer in self._box.offers()}
        if isinstance(result, BaseException):
            words, state = sentence_of(result), "failed"
            self.failed.emit(words)
        else:
            models: tuple[ModelInfo, ...] = result  # type: ignore[assignment]
            connection = _with_model(connection, models)
            self._tried[key] = connection
            words, state = f"Answered; using {connection.model or 'its model'}.", "ok"
            self.store(connection)
            self.told.emit(f"Connected to {connection.name}.")
        if shown:
            self._box.show_result(key, words, state)

    @Slot(str)
    def _on_chosen(self, key: str) -> None:
        if key in self._tried:
            self.store(self._tried[key])

    def store(self, connection: Connection) -> None:
        """Keep the connection and let it answer from now on."""
        others = [c for c in self._settings().connections if c.get("name") != connection.name]
        roles = {**self._settings().roles, "edit": connection.name}
        values = {"connections": (as_data(connection), *others), "roles": roles}
        self.settings_wished.emit(values)

    def choose(self, name: str) -> None:
        """Another model answers from now on; the built-in edits are one of them."""
        self.settings_wished.emit({"roles": {**self._settings().roles, "edit": name}})

    @Slot(bool)
    def _on_off_requested(self, off: bool) -> None:
        self.settings_wished.emit({"ai": not off})
        self.told.emit("All AI is off: no socket is opened." if off else "AI is on.")
        if not off:
            self.look()

    # -- a model in the app --------------------------------------------------------------------

    def _open_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self._box, "Open a model", "", "Models (*.gguf)")
        if name:
            self.use_file(Path(name))

    def use_file(self, path: Path) -> None:
        """A .gguf file answers from now on; llama.cpp starts when it is first asked."""
        with path.open("rb") as file:
            if file.read(4) != b"GGUF":
                self.failed.emit(f"{path.name} is not a model in the GGUF format. Choose another.")
                return
        from assistant.models.connection import from_file

        self.store(from_file(path))
        self.told.emit(f"{path.stem} answers now; it starts with the first question.")

    def _download(self, key: str) -> None:
        run = self._door.open(self._reach.download(key))
        self._downloads[key] = run
        self._box.show_result(DOWNLOAD + key, "Starting …", "busy")
        run.answered.connect(self._on_download)

    @Slot(str)
    def _on_cancel_requested(self, key: str) -> None:
        run = self._downloads.pop(key.removeprefix(DOWNLOAD), None)
        if run is not None:
            run.cancel()
            self._box.show_progress(key, None)
            self._box.show_result(
                key, "Stopped; what came is kept and the next try goes on.", "busy"
            )

    @Slot(object)
    def _on_download(self, answer: tuple[str, object]) -> None:
        from assistant.models.downloads import Downloaded, Downloading

        key, step = answer
        row = DOWNLOAD + key
        match step:
            case Downloading(done, total, speed, note):
                self._box.show_progress(row, done / total if total else None)
                rate = f"{done / 1e6:.0f} of {total / 1e6:.0f} MB · {speed / 1e6:.1f} MB/s"
                self._box.show_result(row, note or rate, "busy")
            case Downloaded(path, verified):
                self._box.show_progress(row, None)
                words = "Checksum verified." if verified else "The hub named no checksum."
                self._box.show_result(row, words, "ok")
                self.use_file(path)
            case BaseException():
                self._box.show_progress(row, None)
                self._box.show_result(row, sentence_of(step), "failed")

    # -- a server by its address ---------------------------------------------------------------

    def set_custom(self, name: str, value: str) -> None:
        """One field of the settings page; address and model together are tried at once."""
        self._custom[name] = value.strip()
        if name == "key" and value.strip():
            run = self._door.open(self._reach.keep_key(CUSTOM, value.strip()))
            run.answered.connect(self._on_key_kept)
            return
        self._try_custom()

    @Slot(object)
    def _on_key_kept(self, kept: tuple[str, str]) -> None:
        reference, words = kept
        self._custom["reference"] = reference
        self.told.emit(words)
        self._try_custom()

    def _try_custom(self) -> None:
        from assistant.models.connection import Connection

        base_url, model = self._custom.get("base_url", ""), self._custom.get("model", "")
        if not base_url or not model:
            return
        connection = Connection(
            name=f"{model} · {base_url.split('//')[-1].split('/')[0]}",
            protocol=self._custom.get("protocol", "") or "chat",
            base_url=base_url,
            model=model,
            key=self._custom.get("reference", ""),
        )
        if problem := connection.problem():
            self.failed.emit(str(SettingsError(problem)))
            return
        self.try_out(CUSTOM, connection)

    # -- the menu ------------------------------------------------------------------------------

    def menu(self, parent: QWidget, at: QPoint) -> None:
        """Who can answer; the present one is marked."""
        menu = QMenu(parent)
        current = str(self._settings().roles.get("edit", ""))
        names = [str(c["name"]) for c in self._settings().connections]
        current = current or (names[0] if names else BUILTIN)
        for name in [*names, BUILTIN]:
            action = menu.addAction(name)
            action.setCheckable(True)
            action.setChecked(name == current)
            action.setData(name)
        menu.triggered.connect(self._on_menu)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)

    @Slot(QAction)
    def _on_menu(self, action: QAction) -> None:
        self.choose(str(action.data()))


def _local_offers() -> list[Offer]:
    """Models that can be had, and a file that is there already."""
    from assistant.models.downloads import catalogue

    offers = [
        Offer(
            DOWNLOAD + model.key,
            "local",
            model.title,
            f"{model.size / 1e9:.1f} GB, needs {model.memory:g} GB, {model.licence}. {model.note}",
            "Download",
        )
        for model in catalogue()
    ]
    words = "a model in the GGUF format that is on this machine already"
    return [*offers, Offer(OPEN_FILE, "local", "Open a .gguf file", words, "Choose")]


def _offer(key: str, found: Found) -> Offer:
    if found.key:
        detail = f"key from {found.key.partition(':')[2]} in the environment"
        return Offer(key, "key", found.title, detail, leaves=True)
    names = ", ".join(model.name for model in found.models[:3]) or "no model loaded"
    return Offer(key, "server", found.title, f"{found.base_url} · {names}")


def _with_model(connection: Connection, models: tuple[ModelInfo, ...]) -> Connection:
    """The connection with the first model the server offers when none was chosen."""
    if connection.model or not models:
        return connection
    first = models[0]
    return replace(connection, model=first.name, name=f"{first.name} · {connection.name}")


def values_of(settings: Settings) -> Mapping[str, Any]:
    """What the settings page shows."""
    return {
        "theme": settings.theme,
        "font_size": settings.font_size,
        "wrap": settings.wrap,
        "whitespace": settings.whitespace,
        "pairs": settings.pairs,
        "ai": settings.ai,
        "effort": settings.effort,
        "autonomy": settings.autonomy,
        "context_tokens": settings.context_tokens,
        "cap_per_edit": settings.cap_per_edit,
        "cap_per_day": settings.cap_per_day,
        **{f"role.{role}": settings.roles.get(role, "") for role in ROLE_NAMES},
    }
