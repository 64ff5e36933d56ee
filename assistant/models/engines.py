"""All local engines of the app: one for each model file, one loaded at a time. Knows no window."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from assistant.errors import SettingsError
from assistant.models.connection import EMBEDDED, Connection
from assistant.models.egress import Egress
from assistant.models.local import EngineSettings, LocalEngine, LocalModel
from assistant.models.speeds import Speeds

_WINDOW = 16_384


class Engines:
    """Makes models of embedded connections. To be used on one event loop; ``close`` before it ends.

    Starting one model unloads the others that do not answer just now: memory holds one at a time.
    """

    def __init__(
        self,
        egress: Egress,
        *,
        idle_seconds: float = 600.0,
        threads: int = 0,
        speeds: Speeds | None = None,
    ) -> None:
        self._speeds = speeds
        self._egress = egress
        self._idle_seconds = idle_seconds
        self._threads = threads
        self._models: dict[tuple[Path, int], LocalModel] = {}

    def model(self, connection: Connection) -> LocalModel:
        """The model; nothing starts before its first request. Raises SettingsError for others."""
        if connection.preset != EMBEDDED or connection.problem():
            raise SettingsError(f"{connection.name!r} is no model file.", "Choose a .gguf file.")
        path = Path(url2pathname(unquote(urlsplit(connection.base_url).path)))
        wish = (path, connection.context or _WINDOW)
        if wish not in self._models:
            settings = EngineSettings(path, wish[1], self._threads, self._idle_seconds)
            engine = LocalEngine(settings, self._egress, make_room=self._make_room)
            self._models[wish] = LocalModel(engine, speeds=self._speeds)
        return self._models[wish]

    @property
    def running(self) -> tuple[Path, ...]:
        """The files that are loaded now."""
        return tuple(path for (path, _), m in self._models.items() if m.engine.running)

    async def unload(self) -> None:
        """Frees the memory of all engines that do not answer just now."""
        for model in self._models.values():
            if not model.engine.busy:
                await model.engine.stop()

    async def close(self) -> None:
        """Ends all processes."""
        for model in self._models.values():
            await model.engine.close()
        self._models.clear()

    async def _make_room(self, starting: LocalEngine) -> None:
        for model in self._models.values():
            if model.engine is not starting and not model.engine.busy:
                await model.engine.stop()
