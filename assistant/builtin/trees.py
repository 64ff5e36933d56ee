"""Syntax trees in characters instead of bytes; where strings and comments are. No I/O."""

from __future__ import annotations

import importlib
import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import cache
from itertools import accumulate

from tree_sitter import Language as Grammar
from tree_sitter import Node, Parser

from assistant.builtin.languages import Language

_MODULES = {
    "typescript": ("typescript", "language_typescript"),
    "tsx": ("typescript", "language_tsx"),
    "php": ("php", "language_php"),
}
_TEXT = re.compile(r"string|char(acter)?_literal|heredoc|regex")
_CODE = frozenset(
    [
        "interpolation",
        "template_substitution",
        "string_interpolation",
        "expansion",
        "simple_expansion",
        "command_substitution",
        "embedded_expression",
        "format_expression",
    ]
)


@cache
def _parser(grammar: str) -> Parser:
    module, function = _MODULES.get(grammar, (grammar, "language"))
    return Parser(Grammar(getattr(importlib.import_module(f"tree_sitter_{module}"), function)()))


class Tree:
    """A parsed text. Positions are 0-based characters of ``text``."""

    def __init__(self, text: str, grammar: str) -> None:
        self.text = text
        data = text.encode("utf-8", "surrogateescape")
        self.root = _parser(grammar).parse(data).root_node
        self._ends: list[int] | None = None
        if len(data) != len(text):
            self._ends = [
                0,
                *accumulate(len(char.encode("utf-8", "surrogateescape")) for char in text),
            ]

    def at(self, byte: int) -> int:
        """The character that starts at this byte."""
        return byte if self._ends is None else bisect_left(self._ends, byte)

    def span(self, node: Node) -> tuple[int, int]:
        return self.at(node.start_byte), self.at(node.end_byte)

    def source(self, node: Node) -> str:
        start, stop = self.span(node)
        return self.text[start:stop]

    def line(self, node: Node) -> int:
        """0-based, counted in line feeds as the parser does."""
        return int(node.start_point[0])


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, in the order of the text."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed(current.children))


def quiet_spans(text: str, language: Language) -> list[tuple[int, int]]:
    """Where strings and comments are, ascending and apart.

    What is interpolated into a string is code.
    """
    if language.grammar and language.grammar not in ("html", "css"):
        tree = Tree(text, language.grammar)
        return _merge(list(_tree_spans(tree, tree.root)))
    return list(_scan(text, language))


def _tree_spans(tree: Tree, node: Node) -> Iterator[tuple[int, int]]:
    stack = [node]
    while stack:
        current = stack.pop()
        if current.type.endswith("comment"):
            yield tree.span(current)
        elif current.is_named and _TEXT.search(current.type) and current.type not in _CODE:
            at, stop = tree.span(current)
            for code in _interpolated(current):
                start, end = tree.span(code)
                yield at, start
                at = end
                stack.append(code)
            yield at, stop
        else:
            stack.extend(current.children)


def _interpolated(node: Node) -> list[Node]:
    """The outermost pieces of code inside a string, in order."""
    found, stack = [], list(reversed(node.children))
    while stack:
        current = stack.pop()
        if current.type in _CODE:
            found.append(current)
        else:
            stack.extend(reversed(current.children))
    return found


def _merge(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    done: list[tuple[int, int]] = []
    for start, stop in sorted(span for span in spans if span[0] < span[1]):
        if done and start <= done[-1][1]:
            done[-1] = (done[-1][0], max(stop, done[-1][1]))
        else:
            done.append((start, stop))
    return done


def _scan(text: str, language: Language) -> Iterator[tuple[int, int]]:
    """For languages without a grammar: the marks of the table.

    A quote that is not closed in its line is text.
    """
    marks = []
    if language.block:
        opening, closing = map(re.escape, language.block)
        marks.append(rf"{opening}.*?(?:{closing}|\Z)")
    if language.line:
        edge = r"\b" if language.line[-1:].isspace() else ""
        marks.append(rf"{edge}{re.escape(language.line)}[^\r\n]*")
    for quote in language.quotes:
        if len(quote) == 3:
            marks.append(rf"{quote}.*?{quote}")
        else:
            marks.append(rf"{quote}(?:[^\\\r\n{quote}]|\\.)*{quote}")
    if not marks:
        return
    for match in re.finditer("|".join(marks), text, re.DOTALL):
        yield match.span()
