"""What to look for, and where it is in a text. Pure: no widget, no selection."""

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
