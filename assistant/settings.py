"""The person's settings: one frozen value, one reader, one writer. Knows the standard library and
JSON.

Settings live in the app's own folder, never in a project. A value that is wrong is reported and
replaced by its default; names this version does not know are kept when the file is written again.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from assistant.errors import SettingsError

CHOICES: dict[str, tuple[str, ...]] = {
    "theme": ("system", "night", "day", "contrast"),
    "effort": ("off", "low", "medium", "high", "max"),
    "autonomy": ("ask", "edit", "agent"),
    "care": ("quick", "checked", "council"),
}
RANGES: dict[str, tuple[float, float]] = {
    "font_size": (6, 40),
    "terminal_lines": (100, 200_000),
    "context_tokens": (1000, 1_000_000),
    "agent_steps": (0, 1_000),
    "agent_minutes": (0, 1_440),
    "agent_tokens": (0, 1_000_000_000),
    "cap_per_edit": (0, 10_000),
    "cap_per_day": (0, 100_000),
}

_LONE = re.compile("[\ud800-\udfff]")
"""Bytes of a path that are no UTF-8, as Python holds them: in the file they stand escaped."""


def _is_list_of_words(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)


TABLES: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "roles": ("a table of names", lambda value: isinstance(value, str)),
    "efforts": ("a table of off, low, medium, high or max", CHOICES["effort"].__contains__),
    "fallbacks": ("a table of lists of names", _is_list_of_words),
    "servers": ("a table of lists of servers", _is_list_of_words),
}


@dataclass(frozen=True)
class Settings:
    theme: str = "system"
    font_size: float = 11.0
    wrap: bool = False
    whitespace: bool = False
    mark_models: bool = False
    """Lines that a model wrote have a mark beside them."""
    pairs: bool = True
    completion: bool = True
    """Words that go on from what is typed are offered while one types."""
    terminal_lines: int = 10_000
    """Lines of its past that a terminal keeps."""
    ai: bool = True
    """Off: no socket is opened, by anything."""
    effort: str = "medium"
    autonomy: str = "edit"
    care: str = "quick"
    """How much is spent to get an edit right."""
    context_tokens: int = 16_000
    agent_steps: int = 40
    agent_minutes: float = 15.0
    agent_tokens: int = 2_000_000
    """How far a run goes by itself; 0 is no limit. ``cap_per_edit`` limits its cost."""
    cap_per_edit: float = 1.0
    cap_per_day: float = 20.0
    connections: tuple[Mapping[str, Any], ...] = ()
    """One table a connection; :class:`assistant.models` reads them. Keys are never in here, only
    their names.
    """
    roles: Mapping[str, str] = field(default_factory=dict)
    """Role to the name of a connection; a role that is missing uses the first connection."""
    efforts: Mapping[str, str] = field(default_factory=dict)
    """Role to how long its model thinks; for edits and questions the knob's place at the start."""
    fallbacks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Role to the connections that answer, in this order, when its model cannot."""
    servers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Real path of a folder to the servers it may talk to: ``localhost``, a host, ``host:port``.
    It counts for the folders inside too. A folder that is not here may talk to every connected one.
    """
    hub: str = ""
    """Where models for the engine in the app come from, when not from the usual hub."""
    recent: tuple[str, ...] = ()
    keys: Mapping[str, str] = field(default_factory=dict)
    """Command id to its keys, over the keymap that ships."""
    unknown: Mapping[str, Any] = field(default_factory=dict)


def load(path: Path) -> tuple[Settings, tuple[SettingsError, ...]]:
    """Read ``path``; a missing file gives the defaults. Never raises for what is in the file."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings(), ()
    except (OSError, ValueError) as error:
        problem = SettingsError(
            f"The settings in {path} cannot be read: {error}.",
            "The defaults are used; the file is kept as it is until you change a setting.",
        )
        return Settings(), (problem,)
    if not isinstance(raw, dict):
        return Settings(), (
            SettingsError(f"{path} does not hold settings.", "The defaults are used."),
        )
    return _checked(raw)


def _checked(raw: dict[str, Any]) -> tuple[Settings, tuple[SettingsError, ...]]:
    defaults = Settings()
    good: dict[str, Any] = {}
    problems: list[SettingsError] = []
    known = {f.name for f in fields(Settings)} - {"unknown"}
    for name, value in raw.items():
        if name not in known:
            continue
        try:
            good[name] = check(name, value, getattr(defaults, name))
        except SettingsError as problem:
            problems.append(problem)
    if isinstance(raw.get("local_only"), list) and "servers" not in good:
        # Written before folders had lists of servers; forgetting it would widen what is allowed.
        good["servers"] = {str(folder): ("localhost",) for folder in raw["local_only"]}
    unknown = {name: value for name, value in raw.items() if name not in known}
    return replace(defaults, **good, unknown=unknown), tuple(problems)


def check(name: str, value: Any, default: Any) -> Any:
    """``value`` as the type of ``default``. Raises SettingsError with the values that are
    allowed.
    """
    if name in CHOICES:
        if value not in CHOICES[name]:
            raise SettingsError(
                f"The setting {name} is {value!r}.", f"It can be {', '.join(CHOICES[name])}."
            )
        return value
    if isinstance(default, bool):
        wanted, ok = "true or false", isinstance(value, bool)
    elif isinstance(default, int | float):
        low, high = RANGES[name]
        wanted = f"a number from {low:g} to {high:g}"
        ok = isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
        value = type(default)(value) if ok else value
    elif isinstance(default, tuple):
        wanted, ok = "a list", isinstance(value, list | tuple)
        value = tuple(value) if ok else value
    elif isinstance(default, Mapping):
        wanted, ok = "a table", isinstance(value, Mapping)
        if ok and name in TABLES:
            wanted, fits = TABLES[name]
            ok = all(isinstance(k, str) and fits(v) for k, v in value.items())
            value = {k: tuple(v) if isinstance(v, list) else v for k, v in value.items()}
    else:
        wanted, ok = "text", isinstance(value, str)
    if not ok:
        raise SettingsError(f"The setting {name} is {value!r}.", f"It must be {wanted}.")
    return value


def save(path: Path, settings: Settings) -> None:
    """Write the settings that differ from the defaults, whole or not at all. Raises OSError."""
    defaults = asdict(Settings())
    values = {k: v for k, v in asdict(settings).items() if k != "unknown" and v != defaults[k]}
    text = json.dumps({**settings.unknown, **values}, indent=2, ensure_ascii=False) + "\n"
    text = _LONE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".settings-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
        raise
