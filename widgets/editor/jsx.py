"""Reads JavaScript and TypeScript with mark-up inside, line by line. Pure: bytes in, styles out.

The C-family lexer takes an apostrophe in the text of an element for the start of a string. Here a
line is read from the state the line above left: a stack of what is open, and whether an operand
has just ended (after one, ``<`` compares and ``/`` divides).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

(
    DEFAULT,
    COMMENT,
    STRING,
    NUMBER,
    KEYWORD,
    BUILTIN,
    TYPE,
    OPERATOR,
    REGEXP,
    TAG,
    ATTRIBUTE,
    ESCAPE,
) = range(12)
ROLES: Mapping[int, str] = dict(
    enumerate(
        (
            "default",
            "comment",
            "string",
            "number",
            "keyword",
            "builtin",
            "type",
            "operator",
            "regexp",
            "tag",
            "attribute",
            "escape",
        )
    )
)

# What can be open, innermost last. ``x`` is the text of an element, ``t`` an opening tag, ``u`` a
# closing one; ``{`` braces of code, ``$`` of a template, ``e`` of an element.
BLOCK, HOLE, EXPRESSION, TEXT, OPENING, CLOSING, TEMPLATE, NOTE = b"{$extu`*"
QUOTES = b"\"'"


class State(NamedTuple):
    """Between two lines."""

    stack: bytes = b""
    operand: bool = False


_CODE = re.compile(
    rb"""(?P<blank>\s+)|(?P<line>//.*)|(?P<note>/\*)|(?P<string>"(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?)
    |(?P<number>\.?\d[\w.]*)|(?P<word>[#@]?[A-Za-z_$\x80-\xff][\w$\x80-\xff]*)
    |(?P<regexp>/(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\\[])+/[a-z]*)
    |(?P<tag><(?:[A-Za-z_$][\w.$:-]*|(?=>)))|(?P<open>[{])|(?P<close>[}])|(?P<template>`)
    |(?P<arrow>=>|\+\+|--|\?\.|&&|\|\||\?\?)|(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_GENERIC = re.compile(rb"<\s*(?:[\w$]+\s*(?:,|=|extends\b)|[A-Z]>\s*\()")
_TAG = re.compile(
    rb"""(?P<blank>\s+)|(?P<note>/\*)|(?P<line>//.*)|(?P<end>/?>)|(?P<open>[{])|(?P<quote>["'])
    |(?P<types><[^<>(){}]*>)|(?P<name>[A-Za-z_$\x80-\xff][\w.$:\x80-\xff-]*)|(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_TEXT = re.compile(
    rb"(?P<entity>&\#?\w+;)|(?P<open>[{])|(?P<closing></[\w.$:-]*)|(?P<tag><[\w.$:-]*)|(?P<text>[^&<{]+|.)",
    re.DOTALL,
)
_TEMPLATE = re.compile(
    rb"(?P<escape>\\.)|(?P<hole>\$\{)|(?P<end>`)|(?P<text>[^\\$`]+|.)", re.DOTALL
)
_BEFORE_VALUE = frozenset(
    b"return case default typeof instanceof in of new delete void throw await".split()
    + b"yield else do extends".split()
)
_REMEMBERED = 20_000


class Reader:
    """The words of one language; :meth:`line` may be called for lines in any order."""

    def __init__(self, words: Mapping[int, str]) -> None:
        self._words: dict[bytes, int] = {}
        self._known: dict[tuple[bytes, State], tuple[bytes, State]] = {}
        for slot, style in ((3, TYPE), (1, BUILTIN), (0, KEYWORD)):
            self._words.update(dict.fromkeys(words.get(slot, "").encode().split(), style))

    def line(self, data: bytes, before: State) -> tuple[bytes, State]:
        """One style for each byte of the line, and the state behind it.

        Lines are remembered: after a key the rest of the screen is asked for again, unchanged.
        """
        known = self._known.get((data, before))
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[data, before] = _Line(data, before, self._words).read()
        return known


class _Line:
    def __init__(self, data: bytes, before: State, words: Mapping[bytes, int]) -> None:
        self._data = data
        self._stack = bytearray(before.stack)
        self._operand = before.operand
        self._words = words
        self._styles = bytearray(len(data))
        self._at = 0
        quoted = partial(self._quoted)
        self._modes: dict[int, Callable[[], None]] = {
            TEXT: self._text,
            OPENING: self._tag,
            CLOSING: self._tag,
            TEMPLATE: self._template,
            NOTE: self._note,
            QUOTES[0]: quoted,
            QUOTES[1]: quoted,
        }

    def read(self) -> tuple[bytes, State]:
        size = len(self._data)
        while self._at < size:
            mode = self._modes.get(self._stack[-1], self._code) if self._stack else self._code
            mode()
        return bytes(self._styles), State(bytes(self._stack), self._operand)

    def _take(self, end: int, style: int) -> None:
        if style:
            self._styles[self._at : end] = bytes([style]) * (end - self._at)
        self._at = end

    def _open(self, what: int, end: int, style: int) -> None:
        self._stack.append(what)
        self._operand = False
        self._take(end, style)

    def _code(self) -> None:
        match = _CODE.match(self._data, self._at)
        assert match is not None  # its last way out takes any byte
        kind, word, end = match.lastgroup, match.group(), match.end()
        if kind == "word":
            style = self._words.get(word, DEFAULT)
            self._operand = word not in _BEFORE_VALUE
            self._take(end, style)
        elif kind in ("regexp", "tag") and (self._operand or self._is_generic(kind)):
            self._operand = False
            self._take(self._at + 1, OPERATOR)
        elif kind == "tag":
            self._open(OPENING, end, TAG)
        elif kind in ("open", "close", "template", "note"):
            self._bracket(kind, end)
        elif kind == "blank" or kind == "line":
            self._take(end, COMMENT if kind == "line" else DEFAULT)
        elif kind in ("string", "number", "regexp"):
            self._operand = True
            self._take(end, {"string": STRING, "number": NUMBER}.get(kind, REGEXP))
        else:
            self._operand = word in (b")", b"]")
            self._take(end, OPERATOR)

    def _is_generic(self, kind: str) -> bool:
        return kind == "tag" and _GENERIC.match(self._data, self._at) is not None

    def _bracket(self, kind: str, end: int) -> None:
        if kind == "open":
            self._open(BLOCK, end, OPERATOR)
        elif kind == "template":
            self._open(TEMPLATE, end, STRING)
        elif kind == "note":
            self._stack.append(NOTE)
            self._take(end, COMMENT)
        else:
            was = self._stack.pop() if self._stack else BLOCK
            self._operand = was == BLOCK
            self._take(end, STRING if was == HOLE else OPERATOR)

    def _note(self) -> None:
        end = self._data.find(b"*/", self._at)
        if end < 0:
            self._take(len(self._data), COMMENT)
        else:
            self._stack.pop()
            self._take(end + 2, COMMENT)

    def _quoted(self) -> None:
        """A string of mark-up: it knows no escapes and may go over several lines."""
        end = self._data.find(self._stack[-1:], self._at)
        if end < 0:
            self._take(len(self._data), STRING)
        else:
            self._stack.pop()
            self._take(end + 1, STRING)

    def _template(self) -> None:
        match = _TEMPLATE.match(self._data, self._at)
        assert match is not None
        if match.lastgroup == "hole":
            self._open(HOLE, match.end(), STRING)
            return
        if match.lastgroup == "end":
            self._stack.pop()
            self._operand = True
        self._take(match.end(), ESCAPE if match.lastgroup == "escape" else STRING)

    def _text(self) -> None:
        match = _TEXT.match(self._data, self._at)
        assert match is not None
        match match.lastgroup:
            case "open":
                self._open(EXPRESSION, match.end(), OPERATOR)
            case "closing":
                self._open(CLOSING, match.end(), TAG)
            case "tag":
                self._open(OPENING, match.end(), TAG)
            case "entity":
                self._take(match.end(), ESCAPE)
            case _:
                self._take(match.end(), DEFAULT)

    def _tag(self) -> None:
        match = _TAG.match(self._data, self._at)
        assert match is not None
        end = match.end()
        match match.lastgroup:
            case "end":
                self._end_tag(alone=match.group() == b"/>")
                self._take(end, TAG)
            case "open":
                self._open(EXPRESSION, end, OPERATOR)
            case "quote":
                self._stack.append(match.group()[0])
                self._take(end, STRING)
            case "note":
                self._stack.append(NOTE)
                self._take(end, COMMENT)
            case "line" | "name" | "types" | "other" as kind:
                styles = {"line": COMMENT, "name": ATTRIBUTE, "types": TYPE}
                self._take(end, styles.get(kind, OPERATOR))
            case _:
                self._take(end, DEFAULT)

    def _end_tag(self, *, alone: bool) -> None:
        """Behind an opening tag comes its text; a closing one takes its element off the stack."""
        was = self._stack.pop()
        if was == OPENING and not alone:
            self._stack.append(TEXT)
        else:
            if was == CLOSING and self._stack[-1:] == bytes([TEXT]):
                self._stack.pop()
            self._operand = True


def depth(state: State) -> int:
    """How deep a line is folded."""
    return sum(state.stack.count(what) for what in (BLOCK, HOLE, EXPRESSION, TEXT, NOTE))
