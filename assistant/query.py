"""What is looked for, and where it is in a text. Pure: no file, no widget."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Query:
    """``pattern`` as typed; a regular expression is Python's, with ^ and $ at line ends."""

    pattern: str
    regex: bool = False
    case: bool = False
    word: bool = False

    def compile(self) -> re.Pattern[str]:
        """Raises ``ValueError`` with a sentence when the pattern is no regular expression."""
        source = self.pattern if self.regex else re.escape(self.pattern)
        if self.word:
            source = rf"(?<!\w)(?:{source})(?!\w)"
        try:
            return re.compile(source, re.MULTILINE | (0 if self.case else re.IGNORECASE))
        except re.error as error:
            raise ValueError(f"{error.msg[:1].upper()}{error.msg[1:]}.") from error

    def find(self, text: str, limit: int) -> list[re.Match[str]]:
        """Up to ``limit`` matches that are not empty, ascending."""
        found = []
        for match in self.compile().finditer(text):
            if match.end() > match.start():
                found.append(match)
                if len(found) >= limit:
                    break
        return found

    def replacement(self, match: re.Match[str], template: str) -> str:
        r"""What stands in for ``match``: in a regular expression \1 and \g<name> are its groups."""
        if not self.regex:
            return template
        try:
            return match.expand(template)
        except (re.error, IndexError) as error:
            raise ValueError(f"The replacement names no group: {error}.") from error


@dataclass(frozen=True, slots=True)
class Search:
    """One question to a text; with a ``template`` also what would stand in for each match."""

    query: Query
    limit: int
    template: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """``spans`` are UTF-8 byte positions, ascending; ``error`` is a sentence."""

    spans: tuple[tuple[int, int], ...] = ()
    new: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """One match in a file: its 0-based line, that line without its end, and where in it."""

    line: int
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Swap:
    """Whole lines that would change: they stand from ``line`` on as ``old``."""

    line: int
    old: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FileHits:
    """What was found in one file."""

    path: str
    hits: tuple[Hit, ...]
    swaps: tuple[Swap, ...] = ()


@dataclass(frozen=True, slots=True)
class Looked:
    """The end of a search through files; ``cut`` when there was more than was wanted."""

    files: int
    hits: int
    cut: bool = False
    error: str = ""


def look(search: Search, text: str) -> Found:
    """The answer, at once: a bad expression can make it take for ever."""
    try:
        matches = search.query.find(text, search.limit) if search.query.pattern else []
        new = (
            tuple(search.query.replacement(match, search.template) for match in matches)
            if search.template is not None
            else ()
        )
    except ValueError as error:
        return Found(error=str(error))
    return Found(tuple(byte_spans(text, (match.span() for match in matches))), new)


def byte_spans(text: str, spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Ascending character spans as UTF-8 byte spans, in one pass over the text."""
    if text.isascii():
        return list(spans)
    found = []
    at = position = 0
    for start, end in spans:
        position += len(text[at:start].encode("utf-8", "surrogateescape"))
        size = len(text[start:end].encode("utf-8", "surrogateescape"))
        found.append((position, position + size))
        position, at = position + size, end
    return found
