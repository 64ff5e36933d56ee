"""Whether bare lines of a reply are code or prose, by their looks and the old text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.edits.lines import is_trivial, plain

_CODE = re.compile(
    r"[;{}]\s*$|^\s*[#@]\w|^\s*(?://|/\*|\*/|--)|\w\(.*\)|^\s*\w[\w.\[\]]*\s*(?:[-+*/|&:]?=|:=)\s*\S"
    r"|^\s*(?:def|class|fn|func|function|import|from|return|if|for|while|let|const|var|public|private|static"
    r"|async|await|try|except|catch|raise|throw|struct|enum|impl|use|package|type|interface)\b.*[:;({\w)]\s*$"
    r"|->|=>|::|&&|\|\||!=|==|</?\w+>"
)
_PROSE = re.compile(r"^\s*(?:[-*]\s+)?[A-Z][\w'’]*[,!.:]?(?:\s+[\w'’`\"(),/.-]+){3,}[.:!?]?\s*$")


def looks_like_code(lines: Sequence[str], old: Sequence[str]) -> bool:
    """Whether the lines so far show that the reply is the new text itself.

    A line of the old text, unless it says nothing, shows it; so does a line that only code can
    be. Where the
    old text is prose itself, only its own lines do.
    """
    solid = [line for line in lines if line.strip()]
    if not solid:
        return False
    known = {plain(line).strip() for line in old if not is_trivial(line.rstrip("\r\n"))}
    if plain(solid[-1]).strip() in known:
        return True
    if old and sum(bool(_is_code(line)) for line in old) * 3 < sum(
        bool(line.strip()) for line in old
    ):
        return False
    if any(_is_prose(line) for line in solid):
        return False
    return _is_code(solid[0]) or (len(solid) >= 2 and sum(map(_is_code, solid)) * 2 >= len(solid))


def is_prose(line: str, old: Sequence[str]) -> bool:
    """Whether a line can only be prose: it reads like a sentence, and the old text is no prose."""
    if not line.strip():
        return False
    solid = [text for text in old if text.strip()]
    if solid and sum(_is_code(text) for text in solid) * 3 < len(solid):
        return False
    return _is_prose(line) and plain(line).strip() not in {plain(text).strip() for text in old}


def _is_code(line: str) -> bool:
    return _CODE.search(line) is not None and not _is_prose(line)


def _is_prose(line: str) -> bool:
    return _PROSE.match(line) is not None and not line.rstrip().endswith((";", "{", "}", ")"))
