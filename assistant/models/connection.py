"""A connection to a model, as it is stored and shown, and how it becomes a ChatModel.

Holds no key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from assistant.errors import SettingsError
from assistant.models import prices, tables
from assistant.models.allowed import is_loopback
from assistant.models.chat_completions import ChatCompletions
from assistant.models.dialect import Dialect
from assistant.models.egress import Egress
from assistant.models.exchange import HttpModel, Limits
from assistant.models.gemini import Gemini
from assistant.models.keys import KeyStore
from assistant.models.messages import Messages
from assistant.models.ollama import Ollama
from assistant.models.responses import Responses

EMBEDDED = "embedded"
PROTOCOLS = ("chat", "responses", "messages", "ollama", "gemini")


@dataclass(frozen=True, slots=True)
class Connection:
    """``key`` is a reference (``env:NAME``, ``keyring:NAME``, ``session:NAME`` or empty), never the
    key itself.

    ``preset`` is a row of providers.toml, ``context`` the window in tokens when the person or the
    server said, ``images`` whether the server said that the model takes pictures.
    """

    name: str
    protocol: str
    base_url: str
    model: str
    key: str = ""
    preset: str = ""
    context: int | None = None
    images: bool | None = None
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)

    def problem(self) -> str | None:
        """A sentence saying what is wrong with it, or None."""
        parts = urlsplit(self.base_url)
        if self.preset == EMBEDDED:
            return None if parts.path.endswith(".gguf") else "No .gguf file is chosen."
        if self.protocol not in PROTOCOLS:
            return f"{self.protocol!r} is not one of {', '.join(PROTOCOLS)}."
        if parts.scheme not in ("http", "https") or not parts.hostname:
            return f"{self.base_url!r} is not a web address."
        if parts.username or parts.password:
            return "The address holds a user name or password; put the key into its own field."
        if not self.model:
            return "No model is chosen."
        if self.key and self.key.partition(":")[0] not in ("env", "keyring", "session"):
            return "The key field holds something that is not a reference to a key."
        return None

    @property
    def local(self) -> bool:
        """Whether the server is on this machine."""
        return self.preset == EMBEDDED or is_loopback(self.base_url)


def from_preset(preset: str, model: str, *, key: str = "", protocol: str = "") -> Connection:
    """A connection to a provider's usual address."""
    row = tables.provider(preset)
    return Connection(
        name=f"{model.rpartition('/')[2].removesuffix('.gguf')} · {row.title}",
        protocol=protocol or row.protocols[0],
        base_url=row.base_url,
        model=model,
        key=key,
        preset=preset,
    )


def from_file(path: Path, context: int | None = None) -> Connection:
    """A connection to a model file in the app's own engine; ``context`` is its window in tokens."""
    return Connection(
        name=f"{path.stem} · {tables.provider(EMBEDDED).title}",
        protocol="chat",
        base_url=path.absolute().as_uri(),
        model=path.stem,
        preset=EMBEDDED,
        context=context,
    )


def dialect(protocol: str) -> Dialect:
    """The adapter for a protocol. Raises SettingsError for an unknown one."""
    known: dict[str, Dialect] = {
        "chat": ChatCompletions(),
        "responses": Responses(),
        "messages": Messages(),
        "ollama": Ollama(),
        "gemini": Gemini(),
    }
    if protocol not in known:
        raise SettingsError(f"{protocol!r} is not a protocol.", f"Use one of {', '.join(known)}.")
    return known[protocol]


def limits(connection: Connection) -> Limits:
    """How patient to be: a local server may load a model first, so it gets minutes."""
    row = tables.provider(connection.preset)
    if not connection.preset and connection.local:
        row = tables.provider("llamacpp")
    return Limits(first_byte=row.first_byte, idle=row.idle)


def connect(
    connection: Connection,
    egress: Egress,
    *,
    keys: KeyStore | None = None,
    limits_: Limits | None = None,
) -> HttpModel:
    """The model behind a connection; nothing is sent, no key is read before the first request."""
    problem = connection.problem()
    if problem:
        raise SettingsError(f"The connection {connection.name!r} is not complete. {problem}")
    if connection.preset == EMBEDDED:
        raise SettingsError(
            f"{connection.name!r} runs in the app.", "Its model comes from Engines.model."
        )
    return HttpModel(
        connection,
        dialect(connection.protocol),
        egress,
        keys or KeyStore(),
        limits_ or limits(connection),
        prices.find(connection.preset, connection.model, local=connection.local),
    )
