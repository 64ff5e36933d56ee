"""JSON laid out anew: pretty, minified, keys sorted; literals stay as written. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from assistant.builtin.scene import CannotDo, Edited, Scene, Wish, line_end, replace_region
from assistant.types import split_lines

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[-+\w.]+|[{}\[\],:]', re.DOTALL)
_DEPTH = 500

Node = str | tuple[str, list[tuple[str, "Node"]]]
"""A literal, or a bracket with its members; members of a list have an empty key."""


def edit_json(wish: Wish, scene: Scene) -> Edited:
    """The selected lines, or the whole file; they must be one JSON value.

    Raises CannotDo with the line.
    """
    text = "".join(scene.target.lines(scene.region))
    node = _read(text, scene.region.start, scene)
    stem = text.strip().removeprefix("\ufeff")
    if wish.skill == "sort-keys":
        node = _sorted(node)
    unit = " " * int(wish.get("width")) if wish.flag("width") else _unit(text)
    eol = line_end(scene.target.text)
    if wish.skill == "json-minify":
        new, said = _compact(node, ",", ":"), "Minified the JSON."
    elif wish.skill == "sort-keys" and not re.search(r"[\r\n]", stem):
        comma, colon = (", " if ", " in stem else ","), (": " if '": ' in stem else ":")
        new, said = _compact(node, comma, colon), "Sorted the keys of every object."
    else:
        new = eol.join(_pretty(node, unit))
        said = (
            "Sorted the keys of every object."
            if wish.skill == "sort-keys"
            else "Laid the JSON out over lines."
        )
    at = text.find(stem)
    new = text[:at] + new + text[at + len(stem) :]
    return replace_region(scene, split_lines(new), said)


def _read(text: str, first: int, scene: Scene) -> Node:
    plain = text.removeprefix("\ufeff")
    try:
        json.loads(plain)
        node, _ = _parse(_TOKEN.findall(plain), 0, 0)
    except json.JSONDecodeError as error:
        line = first + error.lineno
        where = "The selected lines are" if scene.span else f"{scene.target.path.name} is"
        raise CannotDo(f"{where} not complete JSON: {error.msg} in line {line}.") from error
    except RecursionError as error:
        raise CannotDo(
            f"{scene.target.path.name} is nested deeper than {_DEPTH} levels."
        ) from error
    return node


def _parse(tokens: Sequence[str], at: int, depth: int) -> tuple[Node, int]:
    head = tokens[at]
    if depth > _DEPTH:
        raise RecursionError
    if head not in ("{", "["):
        return head, at + 1
    members: list[tuple[str, Node]] = []
    at += 1
    while tokens[at] not in ("}", "]"):
        key = ""
        if head == "{":
            key, at = tokens[at], at + 2
        value, at = _parse(tokens, at, depth + 1)
        members.append((key, value))
        at += tokens[at] == ","
    return (head, members), at + 1


def _sorted(node: Node) -> Node:
    if isinstance(node, str):
        return node
    bracket, members = node
    deep = [(key, _sorted(value)) for key, value in members]
    if bracket == "{":
        deep.sort(key=lambda member: str(json.loads(member[0])))
    return bracket, deep


def _pretty(node: Node, unit: str, lead: str = "") -> list[str]:
    if isinstance(node, str):
        return [node]
    bracket, members = node
    close = "}" if bracket == "{" else "]"
    if not members:
        return [bracket + close]
    lines = [bracket]
    for at, (key, value) in enumerate(members):
        inner = _pretty(value, unit, lead + unit)
        inner[0] = lead + unit + (f"{key}: " if key else "") + inner[0]
        inner[-1] += "," if at < len(members) - 1 else ""
        lines += inner
    return [*lines, lead + close]


def _compact(node: Node, comma: str, colon: str) -> str:
    if isinstance(node, str):
        return node
    bracket, members = node
    inside = comma.join(
        (key + colon if key else "") + _compact(value, comma, colon) for key, value in members
    )
    return bracket + inside + ("}" if bracket == "{" else "]")


def _unit(text: str) -> str:
    """The indentation in use, two spaces when there is none."""
    found = re.search(r"[{\[][ \t]*\r?\n([ \t]+)", text)
    return found[1] if found else "  "
