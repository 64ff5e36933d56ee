"""The marks replies are made of: fences, SEARCH/REPLACE rulers, patch envelopes, diff headers. Lines in, facts out."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FENCE = re.compile(r"^(\s*)(`{3,}|~{3,})\s*([^`]*)$")
_SEARCH = re.compile(r"^\s*(?:<{5,9}|-{5,9})\s*(?:SEARCH|ORIGINAL|OLD|HEAD)\b.*$", re.IGNORECASE)
_DIVIDER = re.compile(r"^\s*={5,9}\s*(?:REPLACE|UPDATED|NEW)?\s*$", re.IGNORECASE)
_REPLACE = re.compile(r"^\s*(?:>{5,9}|\+{5,9})\s*(?:REPLACE|UPDATED|NEW)\b.*$", re.IGNORECASE)
_V4A_BEGIN = re.compile(r"^\s*\*{3}\s*Begin Patch\s*\*{0,3}\s*$", re.IGNORECASE)
_V4A_FILE = re.compile(
    r"^\s*\*{3}\s*(Update|Add|Delete|Create|Modify)\s+File:\s*(.+?)\s*$", re.IGNORECASE
)
_LANGUAGES = frozenset(["diff", "patch", "udiff"])


@dataclass(frozen=True, slots=True)
class Fence:
    """An opening fence: its indent, its ruler, the words behind it."""

    indent: str
    ruler: str
    info: str

    @property
    def language(self) -> str:
        """The first word behind the ruler, when it is no path."""
        word = self.info.split()[0] if self.info.split() else ""
        return "" if "/" in word or "." in word else word.lower()

    @property
    def is_diff(self) -> bool:
        """Whether it says that a diff follows."""
        return self.language in _LANGUAGES

    def closed_by(self, line: str) -> bool:
        """Whether this line is its end: the same ruler or a longer one, alone, not deeper than it began."""
        match = _FENCE.match(line)
        if match is None or match.group(3).strip():
            return False
        blanks, ruler = match.group(1), match.group(2)
        return (
            ruler[0] == self.ruler[0]
            and len(ruler) >= len(self.ruler)
            and len(blanks) <= max(len(self.indent), 3 if not self.indent else 0)
        )


def fence_of(line: str) -> Fence | None:
    """The fence a line opens."""
    match = _FENCE.match(line)
    return Fence(match.group(1), match.group(2), match.group(3).strip()) if match else None


def is_search(line: str) -> bool:
    """``<<<<<<< SEARCH`` and its variants."""
    return _SEARCH.match(line) is not None


def is_divider(line: str) -> bool:
    """``=======``."""
    return _DIVIDER.match(line) is not None


def is_replace(line: str) -> bool:
    """``>>>>>>> REPLACE`` and its variants."""
    return _REPLACE.match(line) is not None


def is_patch_begin(line: str) -> bool:
    """``*** Begin Patch``."""
    return _V4A_BEGIN.match(line) is not None


def patch_file(line: str) -> tuple[str, str] | None:
    """``*** Update File: p`` as (``update``, ``p``)."""
    match = _V4A_FILE.match(line)
    if match is None:
        return None
    verb = {"create": "add", "modify": "update"}.get(match.group(1).lower(), match.group(1).lower())
    return verb, match.group(2).strip("`\"'")
