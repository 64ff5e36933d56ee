"""Definitions in one text: name, kind, lines. Knows no files and no index."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.context.grammars import grammar, language_of

if TYPE_CHECKING:
    from tree_sitter import Node

KINDS = (
    "",
    "function",
    "method",
    "class",
    "interface",
    "type",
    "enum",
    "constant",
    "module",
    "section",
)
_OUTLINE = re.compile(
    r"^[ \t]*(?:(?:export|public|private|protected|internal|static|final|abstract|async|pub|open"
    r"|override|inline)\s+)*"
    r"(?P<kind>def|class|function|func|fun|fn|interface|trait|struct|enum|module|object|sub|proc|type|protocol)\s+"
    r"(?P<name>[A-Za-z_][\w.:]*)",
    re.MULTILINE,
)
_KIND_OF_WORD = {
    "class": "class",
    "struct": "class",
    "object": "class",
    "interface": "interface",
    "trait": "interface",
    "protocol": "interface",
    "enum": "enum",
    "module": "module",
    "type": "type",
}


@dataclass(frozen=True, slots=True)
class Definition:
    """``first`` to ``last`` are 1-based lines, inclusive; ``line`` is where the name stands."""

    name: str
    kind: str
    first: int
    last: int
    line: int


def definitions(path: str, text: str) -> list[Definition]:
    r"""Definitions of ``text`` (line ends ``\n``), outer before inner; nested ones are included."""
    language = language_of(path)
    known = grammar(language)
    if known is None:
        return _by_outline(text) if _has_code(path) else []
    from tree_sitter import QueryCursor

    data = text.encode("utf-8", "replace")
    tree = known.parser.parse(data)
    found: dict[tuple[int, int], Definition] = {}
    for _, captures in QueryCursor(known.query).matches(tree.root_node):
        names = captures.get("n")
        kind = next((key for key in captures if key not in ("n", "a")), "")
        if names and kind:
            one = _definition(captures[kind][0], names[0], kind, language)
            there = found.get((one.first, one.last))
            if there is None or there.kind == "constant":  # a constant that is a function is one
                found[one.first, one.last] = one
    return sorted(found.values(), key=lambda d: (d.first, -d.last, d.name))


def _definition(node: Node, name: Node, kind: str, language: str) -> Definition:
    first = node.start_point[0] + 1
    last = node.end_point[0] + (1 if node.end_point[1] else 0)
    parent = node.parent
    if language == "python" and parent is not None and parent.type == "decorated_definition":
        first = parent.start_point[0] + 1
    raw = (name.text or b"").decode("utf-8", "replace")
    said = raw.split("(")[0].strip() if language not in ("markdown", "css") else raw.strip()
    said = " ".join(said.split())[-80:]
    return Definition(said, kind, first, max(first, last), name.start_point[0] + 1)


CODE_WITHOUT_GRAMMAR = frozenset(
    [
        ".kt",
        ".kts",
        ".swift",
        ".scala",
        ".dart",
        ".pl",
        ".pm",
        ".jl",
        ".ex",
        ".exs",
        ".erl",
        ".hs",
        ".ml",
        ".mli",
        ".fs",
        ".vb",
        ".groovy",
        ".m",
        ".mm",
        ".nim",
        ".zig",
        ".cr",
        ".r",
        ".vue",
        ".svelte",
        ".pas",
        ".d",
        ".v",
        ".sol",
        ".proto",
        ".coffee",
        ".clj",
        ".el",
        ".vim",
        ".ps1",
        ".gd",
        ".elm",
    ]
)
"""Suffixes of programming languages that no grammar here reads."""


def _has_code(path: str) -> bool:
    return any(path.lower().endswith(suffix) for suffix in CODE_WITHOUT_GRAMMAR)


def _by_outline(text: str) -> list[Definition]:
    """A guess for languages without a grammar: a definition reaches to the line before the next as
    far out."""
    heads: list[tuple[int, int, str, str]] = []
    for match in _OUTLINE.finditer(text):
        line = text.count("\n", 0, match.start("name")) + 1 if len(heads) < 2000 else 0
        if not line:
            break
        indent = len(match[0]) - len(match[0].lstrip())
        heads.append((line, indent, match["name"], _KIND_OF_WORD.get(match["kind"], "function")))
    total = text.count("\n") + 1
    out = []
    for i, (line, indent, name, kind) in enumerate(heads):
        end = next((other - 1 for other, depth, _, _ in heads[i + 1 :] if depth <= indent), total)
        out.append(Definition(name, kind, line, max(line, end), line))
    return out
