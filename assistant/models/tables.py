"""The reader of ``resources/models/*.toml``: providers, thinking fields, windows, downloads.

Knows no network.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from assistant.errors import SettingsError
from assistant.types import Effort
from resources import ROOT

FOLDER = ROOT / "models"


@dataclass(frozen=True, slots=True)
class Provider:
    """A preset.

    Times are seconds; ``port`` is where a local server usually listens, 0 for hosted ones.
    """

    key: str
    title: str
    base_url: str
    protocols: tuple[str, ...]
    key_env: tuple[str, ...] = ()
    local: bool = False
    port: int = 0
    first_byte: float = 60.0
    idle: float = 90.0
    key_header: str = ""
    key_prefix: str = ""
    prefer: tuple[str, ...] = ()
    """Names of models to begin with, the first wish first."""
    quirks: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class ThinkingRule:
    """The request fields of each effort, for some models of some providers over one protocol."""

    name: str
    protocols: tuple[str, ...]
    providers: tuple[str, ...]
    models: tuple[str, ...]
    fields: Mapping[Effort, Mapping[str, Any]] = field(hash=False)
    always: bool = False
    """The model thinks whatever is asked of it."""

    def fits(self, provider: str, protocol: str, model: str) -> bool:
        name = model.lower()
        return (
            protocol in self.protocols
            and any(fnmatchcase(provider, p) for p in self.providers)
            and any(fnmatchcase(name, p) or fnmatchcase(name, f"*/{p}") for p in self.models)
        )


@dataclass(frozen=True, slots=True)
class Family:
    """What is known of a family of models: window and longest answer in tokens, and whether it
    needs help.

    ``small`` models get plainer prompts and rewrite the whole selection instead of following an
    edit format.
    """

    models: tuple[str, ...]
    context: int | None = None
    max_output: int | None = None
    small: bool = False


def load(name: str, folder: Path = FOLDER) -> dict[str, Any]:
    """One table. Raises SettingsError with the place of a mistake."""
    try:
        with (folder / f"{name}.toml").open("rb") as file:
            return tomllib.load(file)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(
            f"The table {name}.toml is not readable ({error}).", "Install the app again."
        ) from error


@cache
def providers() -> Mapping[str, Provider]:
    """The presets by key, in the order of the table."""
    found: dict[str, Provider] = {}
    for key, row in load("providers").items():
        row = dict(row)
        for name in ("protocols", "key_env", "prefer"):
            row[name] = tuple(row.get(name, ()))
        found[key] = Provider(key=key, **row)
    return found


def provider(key: str) -> Provider:
    """The preset; an empty or unknown key means any compatible server."""
    return providers().get(key) or providers()["compatible"]


@cache
def thinking_rules() -> tuple[ThinkingRule, ...]:
    """All rules; the first that fits counts."""
    rules = []
    for row in load("thinking")["rule"]:
        fields = {Effort(level): row.get(level, {}) for level in Effort}
        rules.append(
            ThinkingRule(
                name=row["name"],
                protocols=tuple(row["protocols"]),
                providers=tuple(row.get("providers", ["*"])),
                models=tuple(row.get("models", ["*"])),
                fields=fields,
                always=row.get("always", False),
            )
        )
    return tuple(rules)


@cache
def families() -> tuple[Family, ...]:
    """All families; the first that fits counts."""
    return tuple(
        Family(
            tuple(row["models"]),
            row.get("context"),
            row.get("max_output"),
            row.get("small", False),
        )
        for row in load("families")["family"]
    )


@lru_cache(maxsize=256)
def sees_images(model: str) -> bool | None:
    """Whether a model takes pictures, by its name; None when nobody said."""
    name = model.lower().rpartition("/")[2]
    table = load("families")["sight"]
    for answer, key in ((False, "blind"), (True, "sees")):
        if any(fnmatchcase(name, pattern) for pattern in table[key]):
            return answer
    return None


@lru_cache(maxsize=256)
def family(model: str) -> Family:
    """What is known of ``model``, or an empty family."""
    name = model.lower().rpartition("/")[2]
    for row in families():
        if any(fnmatchcase(name, pattern) for pattern in row.models):
            return row
    return Family(())
