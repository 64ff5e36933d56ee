"""Models and settings as the person sees them: what was found, one click to connect, the model
menu.

Knows the connect page, the settings page and the settings; asks the loop through the door.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal, Slot

from app.bridge import Door
from app.reach import BUILTIN, Reach, as_data
from assistant.errors import SettingsError, sentence_of
from assistant.models.roles import ROLES
from assistant.settings import Settings
from widgets.connectbox import ConnectBox, Offer

if TYPE_CHECKING:
    from assistant.models.connection import Connection
    from assistant.models.discovery import Found
    from assistant.models.preference import ModelInfo

CUSTOM = "custom"


class Connecting(QObject):
    """Finds, tries and chooses connections. A connection is stored only after it answered."""

    settings_wished = Signal(dict)  # values for Program.change
    told = Signal(str)
    failed = Signal(str)

    def __init__(
        self, door: Door, reach: Reach, box: ConnectBox, settings: Callable[[], Settings]
    ) -> None:
        super().__init__(box)
        self.local_offers: Callable[[], Sequence[Offer]] = tuple
        """Models that run in the app itself; whoever offers them sets this."""
        self._door, self._reach, self._settings = door, reach, settings
        self.box = self._box = box
        self._candidates: dict[str, Found] = {}
        self._tried: dict[str, Connection] = {}
        self._custom: dict[str, str] = {}
        self._models: dict[str, tuple[ModelInfo, ...]] = {}
        box.connect_requested.connect(self._on_connect_requested)
        box.model_chosen.connect(self._on_model_chosen)
        box.chosen.connect(self._on_chosen)
        box.off_requested.connect(self._on_off_requested)

    # -- looking -------------------------------------------------------------------------------

    @Slot()
    def look(self) -> None:
        """What is on this machine; shown as offers."""
        self._box.show_off(not self._settings().ai)
        self._show(())
        if self._settings().ai:
            self._door.open(self._reach.look()).answered.connect(self._on_found)

    @Slot(object)
    def _on_found(self, found: object) -> None:
        if isinstance(found, tuple):
            self._show(found, keep=True)
        elif isinstance(found, BaseException):
            self.failed.emit(sentence_of(found))

    def _show(self, found: tuple[Found, ...], *, keep: bool = False) -> None:
        self._candidates = {f"{f.preset}:{f.base_url}": f for f in found}
        offers = [_offer(key, f) for key, f in self._candidates.items()]
        words = "format, fix lint, rename, extract, sort … on any machine, right now"
        offers.append(Offer(BUILTIN, "builtin", "Built-in edits (no model)", words, "Use"))
        self._box.show_offers([*offers, *self.local_offers()], keep=keep)

    # -- trying --------------------------------------------------------------------------------

    @Slot(str)
    def _on_connect_requested(self, key: str) -> None:
        if key == BUILTIN:
            self.choose(BUILTIN)
            self._box.show_result(key, "In use.", "ok")
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
            self._models[key] = models
            connection = _chosen(connection, models)
            if not connection.model:
                words, state = "It answered but has no model. Load one there first.", "failed"
            else:
                words, state = self._took(key, connection), "ok"
                self.told.emit(f"Connected to {connection.name}.")
        if shown:
            self._box.show_models(key, _names(self._models.get(key, ())), connection.model)
            self._box.show_result(key, words, state)

    def _took(self, key: str, connection: Connection) -> str:
        """Keeps a connection that answered; says which model answers from now on."""
        self._tried[key] = connection
        self.store(connection)
        window = f" · window of {connection.context:,} tokens" if connection.context else ""
        return f"In use: {connection.model}{window}"

    @Slot(str, str)
    def _on_model_chosen(self, key: str, name: str) -> None:
        """Another of the models that a server offered."""
        models = self._models.get(key, ())
        if key in self._tried and name != self._tried[key].model:
            words = self._took(key, _chosen(self._tried[key], models, name))
            self._box.show_result(key, words, "ok")

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
            name=f"{model.rpartition('/')[2]} · {base_url.split('//')[-1].split('/')[0]}",
            protocol=self._custom.get("protocol", "") or "chat",
            base_url=base_url,
            model=model,
            key=self._custom.get("reference", ""),
        )
        if problem := connection.problem():
            self.failed.emit(str(SettingsError(problem)))
            return
        self.try_out(CUSTOM, connection)


def _offer(key: str, found: Found) -> Offer:
    if found.key:
        detail = f"key from {found.key.partition(':')[2]} in the environment"
        return Offer(key, "key", found.title, detail, leaves=True)
    names = ", ".join(model.name for model in found.models[:3]) or "no model loaded"
    return Offer(key, "server", found.title, f"{found.base_url} · {names}")


def _chosen(connection: Connection, models: tuple[ModelInfo, ...], name: str = "") -> Connection:
    """The connection with the named model, or the one to begin with; its window as the server
    says.
    """
    from assistant.models.preference import best

    wish = name or connection.model
    info = next((m for m in models if m.name == wish), None)
    if info is None and not wish:
        info = best(connection.preset, models)
    if info is None:
        return connection
    title = title_of(connection, info.name)
    return replace(connection, model=info.name, name=title, context=info.context)


def title_of(connection: Connection, model: str) -> str:
    """How a connection to this model is called: the model, and where it is."""
    from assistant.models.tables import provider

    short = model.rpartition("/")[2].removesuffix(".gguf")
    place = provider(connection.preset).title if connection.preset else ""
    return f"{short} · {place or connection.base_url.split('//')[-1].split('/')[0]}"


def _names(models: Sequence[ModelInfo]) -> tuple[str, ...]:
    from assistant.models.preference import talkers

    return tuple(model.name for model in talkers(models))


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
        "care": settings.care,
        "hub": settings.hub,
        "context_tokens": settings.context_tokens,
        "agent_steps": settings.agent_steps,
        "agent_minutes": settings.agent_minutes,
        "agent_tokens": settings.agent_tokens,
        "completion": settings.completion,
        "cap_per_edit": settings.cap_per_edit,
        "cap_per_day": settings.cap_per_day,
        **_role_values(settings),
    }


def _role_values(settings: Settings) -> Mapping[str, str]:
    values: dict[str, str] = {}
    for role in ROLES:
        values[f"role.{role}.model"] = settings.roles.get(role, "")
        values[f"role.{role}.effort"] = settings.efforts.get(role, "")
        after = (*settings.fallbacks.get(role, ()), "", "")
        values[f"role.{role}.then1"], values[f"role.{role}.then2"] = after[:2]
    return values
