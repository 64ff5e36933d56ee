"""The one way out: egress, keys, and who could be connected.

Lives on the asyncio thread; knows no Qt.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.errors import GalleyError, SettingsError
from assistant.events import Answered, Event
from assistant.settings import Settings

if TYPE_CHECKING:
    from assistant.models.capabilities import FormatTrust
    from assistant.models.connection import Connection
    from assistant.models.downloads import Downloader
    from assistant.models.egress import Egress
    from assistant.models.engines import Engines
    from assistant.models.keys import KeyStore
    from assistant.models.ledger import Ledger, Total
    from assistant.models.speeds import Speeds
    from assistant.models.tokens import Calibration

BUILTIN = "built-in edits (no model)"
"""Name of the engine that is always there; a test compares it with the engine's own."""


SILENT = SettingsError("The model said nothing at all.", "Choose another file.")


@dataclass(frozen=True)
class Book:
    """``days`` are the last fourteen, oldest first; ``project`` is the sum of one project."""

    days: tuple[tuple[date, Total], ...]
    project: Total


class Reach:
    """Shared by all projects of the program. Nothing is imported or opened before it is needed."""

    def __init__(self, settings: Settings, data: Path) -> None:
        self._off, self._hub = not settings.ai, settings.hub
        self.ports: Mapping[str, int] | None = None
        """Where to look for servers instead of at the usual ports, by preset."""
        self._egress: Egress | None = None
        self._keys: KeyStore | None = None
        self._ledger: Ledger | None = None
        self._data = data
        self._engines: Engines | None = None
        self._speeds: Speeds | None = None
        self._downloader: Downloader | None = None
        self._calibration: Calibration | None = None
        self._formats: FormatTrust | None = None

    @property
    def calibration(self) -> Calibration:
        """How far token estimates are off, by model; learnt from all projects."""
        if self._calibration is None:
            from assistant.models.tokens import Calibration

            self._calibration = Calibration()
        return self._calibration

    @property
    def formats(self) -> FormatTrust:
        """Which models follow an edit format; learnt from all projects."""
        if self._formats is None:
            from assistant.models.capabilities import FormatTrust

            self._formats = FormatTrust()
        return self._formats

    @property
    def ledger(self) -> Ledger:
        """What was spent, by edit, session, day and project."""
        if self._ledger is None:
            from assistant.models.ledger import Ledger

            self._ledger = Ledger(self._data / "ledger.sqlite")
        return self._ledger

    @property
    def engines(self) -> Engines:
        """Models in .gguf files, run by llama.cpp in a process of its own, one at a time."""
        if self._engines is None:
            from assistant.models.engines import Engines

            self._engines = Engines(self.egress, speeds=self.speeds)
        return self._engines

    @property
    def speeds(self) -> Speeds:
        """How fast model files were on this machine."""
        if self._speeds is None:
            from assistant.models.speeds import Speeds

            self._speeds = Speeds(self._data / "models" / "speeds.json")
        return self._speeds

    def downloaded(self, file_name: str) -> Path | None:
        """Where a model file of the chooser is, once it has come."""
        path = self._data / "models" / file_name
        return path if path.is_file() else None

    @property
    def loaded(self) -> tuple[Path, ...]:
        """The model files that are in memory now."""
        return self._engines.running if self._engines is not None else ()

    async def unload(self) -> AsyncGenerator[Event, None]:
        """Free the memory of local engines that do not answer just now."""
        if self._engines is not None:
            await self._engines.unload()
        yield Answered(None)

    async def measure(self, key: str, connection: Connection) -> AsyncGenerator[Event, None]:
        """Answered with (key, tokens a second) once the model file answered, or (key, error)."""
        from assistant.types import Message, ModelRequest, Role, Text, TextDelta, ThinkingDelta

        words = "Count from one to thirty in words."
        request = ModelRequest((Message(Role.USER, (Text(words),)),), max_tokens=64)
        try:
            model = self.engines.model(connection)
            said = False
            async with aclosing(model.stream(request)) as events:
                async for event in events:
                    said |= isinstance(event, TextDelta | ThinkingDelta)
            yield Answered((key, model.speed if said else SILENT))
        except GalleyError as error:
            yield Answered((key, error))

    async def download(self, key: str) -> AsyncGenerator[Event, None]:
        """Answered repeatedly with (key, Downloading), last with (key, Downloaded or error)."""
        from assistant.models.downloads import Downloader, catalogue

        model = next(model for model in catalogue(self._hub) if model.key == key)
        if self._downloader is None:
            self._downloader = Downloader(self.egress, self._data / "models")
        try:
            async with aclosing(self._downloader.fetch(model)) as steps:
                async for step in steps:
                    yield Answered((key, step))
        except GalleyError as error:
            yield Answered((key, error))

    def book(self, project: str) -> Book:
        """The last two weeks by day, and one project's sum."""
        return Book(self.ledger.days(), self.ledger.project(project))

    def today(self) -> float | None:
        """Dollars of today; None when nothing with a known price was asked."""
        return self.ledger.day().usage.cost

    @property
    def egress(self) -> Egress:
        if self._egress is None:
            from assistant.models.egress import Egress

            self._egress = Egress()
            self._egress.switch(off=self._off)
        return self._egress

    @property
    def keys(self) -> KeyStore:
        if self._keys is None:
            from assistant.models.keys import KeyStore

            self._keys = KeyStore()
        return self._keys

    def switch(self, settings: Settings) -> None:
        """All AI off or on; what is under way ends at once."""
        self._off, self._hub = not settings.ai, settings.hub
        if self._egress is not None:
            self._egress.switch(off=self._off)

    async def look(self) -> AsyncGenerator[Event, None]:
        """Answered with what listens on this machine and which keys the environment holds."""
        from assistant.models.discovery import look_around

        try:
            yield Answered(await look_around(self.egress, self.keys, self.ports))
        except GalleyError as error:
            yield Answered(error)

    async def try_out(self, key: str, connection: Connection) -> AsyncGenerator[Event, None]:
        """Answered with (key, the models it offers) or (key, the error): the server really
        answered.
        """
        from assistant.models.discovery import models_of

        try:
            yield Answered((key, await models_of(connection, self.egress, self.keys)))
        except GalleyError as error:
            yield Answered((key, error))

    async def keep_key(self, name: str, key: str) -> AsyncGenerator[Event, None]:
        """Answered with (reference, a sentence about where the key is kept)."""
        yield Answered(self.keys.put(name, key))

    async def close(self) -> AsyncGenerator[Event, None]:
        """Close what is open, and end the local engines."""
        if self._engines is not None:
            await self._engines.close()
        if self._egress is not None:
            await self._egress.aclose()
        if self._ledger is not None:
            self._ledger.close()
        yield Answered(None)


def as_data(connection: Any) -> dict[str, Any]:
    """A connection as it stands in the settings: plain data, no key."""
    from dataclasses import asdict

    return {
        name: value for name, value in asdict(connection).items() if value not in ("", None, {})
    }
