"""What a tool of a run is: its words for the model, what it may do at worst, and its answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from assistant.agent.policy import Risk
from assistant.types import Refusal, ToolSpec

Arguments = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Result:
    """``text`` is for the model, ``summary`` a few words for the person, ``touched`` the files
    whose proposal changed. A command that ran and failed is ``done`` and not ``ok``.
    """

    text: str
    summary: str = ""
    ok: bool = True
    done: bool = True
    touched: tuple[PurePosixPath, ...] = ()


@dataclass(frozen=True, slots=True)
class Tool:
    """``label`` says of a call what it is about: a path, a pattern, a command."""

    spec: ToolSpec
    risk: Risk
    run: Callable[[Arguments], Awaitable[Result]]
    label: Callable[[Arguments], str]


def failed(text: str, summary: str = "refused") -> Result:
    """An answer that says what went wrong and what to do instead."""
    return Result(text, summary, ok=False, done=False)


def refused(refusal: Refusal) -> Result:
    """The same from a refusal."""
    return failed(refusal.reason)


def spec(name: str, description: str, required: str = "", /, **properties: Any) -> ToolSpec:
    """A tool with these properties; ``required`` names some of them. Nothing else may be given."""
    schema = {
        "type": "object",
        "properties": properties,
        "required": required.split(),
        "additionalProperties": False,
    }
    return ToolSpec(name, description, schema)


def text(description: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", "description": description, **more}


def number(description: str, low: int, high: int) -> dict[str, Any]:
    return {"type": "integer", "description": description, "minimum": low, "maximum": high}


def flag(description: str) -> dict[str, Any]:
    return {"type": "boolean", "description": description}


def problem(arguments: Arguments, schema: Mapping[str, Any]) -> str:
    """Why the arguments do not fit the schema, as a sentence for the model; empty when they do.

    Whole numbers may be written as 3.0 or "3": :func:`fitted` makes them numbers.
    """
    properties: Mapping[str, Any] = schema["properties"]
    for name in schema["required"]:
        if name not in arguments:
            return f"The argument {name!r} is missing."
    for name, value in arguments.items():
        if name not in properties:
            known = ", ".join(properties)
            return f"There is no argument {name!r}; the arguments are {known}."
        wanted = properties[name]["type"]
        if not _fits(value, wanted):
            return f"The argument {name!r} must be of type {wanted}, not {type(value).__name__}."
        if wanted == "integer":
            low, high = properties[name]["minimum"], properties[name]["maximum"]
            if not low <= value <= high:
                return f"The argument {name!r} must be from {low} to {high}."
    return ""


def fitted(arguments: Arguments, schema: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments with numbers and truths that were written as text made what they mean; null
    is as good as nothing.
    """
    out = {}
    for name, value in arguments.items():
        wanted = schema["properties"].get(name, {}).get("type")
        if value is None and name not in schema["required"]:
            continue
        if wanted == "integer":
            value = _number(value)
        elif wanted == "boolean" and value in ("true", "false"):
            value = value == "true"
        out[name] = value
    return out


def _number(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and value.strip().lstrip("-").isdecimal():
        return int(value)
    return value


def _fits(value: Any, wanted: str) -> bool:
    match wanted:
        case "string":
            return isinstance(value, str)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "boolean":
            return isinstance(value, bool)
    raise ValueError(wanted)
