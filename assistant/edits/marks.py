"""The marks replies are made of: fences, rulers, envelopes, diff headers. Lines in, facts out."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FENCE = re.compile(r"^(\s*)(`{3,}|~{3,})\s*([^`]*)$")
_SEARCH = re.compile(r"^\s*(?:<{5,9}|-{5,9})\s*(?:SEARCH|ORIGINAL|OLD)\b.*$", re.IGNORECASE)
_DIVIDER = re.compile(r"^\s*={5,9}\s*(?:REPLACE|UPDATED|NEW)?\s*$", re.IGNORECASE)
_REPLACE = re.compile(
    r"^\s*(?:>{5,9}|\+{5,9})\s*(?:REPLACE|UPDATED|NEW)\b.*$|^>{5,9}\s*$", re.IGNORECASE
)
_V4A_BEGIN = re.compile(r"^\s*\*{3}\s*Begin Patch\s*\*{0,3}\s*$", re.IGNORECASE)
_V4A_FILE = re.compile(
    r"^\s*\*{3}\s*(Update|Add|Delete|Create|Modify)\s+File:\s*(.+?)\s*$", re.IGNORECASE
)
_SHELLS = frozenset(["console", "shell", "powershell", "terminal", "output", "shell-session"])
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

    @property
    def is_shell(self) -> bool:
        """Whether it says that commands follow, or what they print."""
        return self.language in _SHELLS

    def clashes(self, inner: Fence) -> bool:
        """Whether the end of ``inner`` would read as the end of this one."""
        return inner.ruler[0] == self.ruler[0] and len(inner.ruler) >= len(self.ruler)

    def closed_by(self, line: str, *, flush: bool = False) -> bool:
        """Whether this line is its end: the same ruler or a longer one, alone, not deeper than it
        began.

        ``flush``: at the very column it began, as a blank in front is the sign of a context line.
        """
        match = _FENCE.match(line)
        if match is None or match.group(3).strip():
            return False
        blanks, ruler = match.group(1), match.group(2)
        return (
            ruler[0] == self.ruler[0]
            and len(ruler) >= len(self.ruler)
            and (not flush or len(blanks) == len(self.indent))
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


_HUNK = re.compile(r"^@@+(?:\s*-(\d+)(?:,(\d+))?\s+\+(\d+)(?:,(\d+))?)?\s*(.*?)$")


@dataclass(frozen=True, slots=True)
class HunkHead:
    """``@@ -a,b +c,d @@ heading``. Numbers are None where the model left them out."""

    line: int | None
    old_count: int | None
    new_count: int | None
    heading: str


def hunk_head(line: str) -> HunkHead | None:
    """The head of a diff hunk or of a patch chunk, numbers or not."""
    match = _HUNK.match(line) if line.startswith("@@") else None
    if match is None:
        return None
    heading = match.group(5).strip()
    while heading.startswith("@@") or heading.endswith("@@"):
        heading = heading.removeprefix("@@").removesuffix("@@").strip()
    if heading.strip(".… ") == "" or re.fullmatch(r"[-+,\d\s.x]+", heading):
        heading = ""
    start = match.group(1)
    if start is None:
        return HunkHead(None, None, None, heading)
    counts = [int(x) if x is not None else 1 for x in (match.group(2), match.group(4))]
    return HunkHead(max(int(start) - 1, 0), counts[0], counts[1], heading)


def diff_path(line: str, sign: str) -> str | None:
    """The path of a ``---`` or ``+++`` line; ``/dev/null`` as it stands."""
    if not line.startswith(sign * 3 + " "):
        return None
    return line[4:].split("\t")[0].strip().strip('"')


_V4A_END = re.compile(r"^\s*\*{3}\s*End Patch\s*\*{0,3}\s*$", re.IGNORECASE)
_V4A_MOVE = re.compile(r"^\s*\*{3}\s*Move to:\s*(.+?)\s*$", re.IGNORECASE)
_V4A_EOF = re.compile(r"^\s*\*{3}\s*End of File\s*$", re.IGNORECASE)


def is_patch_end(line: str) -> bool:
    """``*** End Patch``."""
    return _V4A_END.match(line) is not None


def patch_move(line: str) -> str | None:
    """The path of ``*** Move to: q``."""
    match = _V4A_MOVE.match(line)
    return match.group(1) if match else None


def is_end_of_file(line: str) -> bool:
    """``*** End of File``."""
    return _V4A_EOF.match(line) is not None
