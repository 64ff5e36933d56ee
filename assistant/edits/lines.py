"""What a line is made of: its end, its indent, its trailing blanks, its typographic twins."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

BOM = "\ufeff"

_PUNCTUATION = {
    0x2018: "'", 0x2019: "'", 0x201A: "'", 0x201B: "'", 0x2032: "'",
    0x201C: '"', 0x201D: '"', 0x201E: '"', 0x201F: '"', 0x2033: '"', 0x00AB: '"', 0x00BB: '"',
    0x2010: "-", 0x2011: "-", 0x2012: "-", 0x2013: "-", 0x2014: "-", 0x2015: "-", 0x2212: "-",
    0x00A0: " ", 0x2002: " ", 0x2003: " ", 0x2007: " ", 0x2009: " ", 0x202F: " ", 0x3000: " ",
    0x2026: "...", 0x200B: "", 0x2060: "", 0xFEFF: "",
}  # fmt: skip
_FANCY = re.compile("[^\x00-\x7f]")
_TRIVIAL = re.compile(
    r"\W*|\s*(?:pass|else:?|try:?|finally:?|return;?|continue;?|break;?|end|\} else \{"
    r"|do|then|fi|done)\s*"
)


def bare(line: str) -> str:
    """The line without its end."""
    if line.endswith("\n"):
        return line[:-2] if line.endswith("\r\n") else line[:-1]
    return line[:-1] if line.endswith("\r") else line


def ending(line: str) -> str:
    r"""The end of the line: ``\n``, ``\r\n``, ``\r`` or nothing."""
    return line[len(bare(line)) :]


def indent(text: str) -> str:
    """The blanks and tabs a line starts with; of a blank line, nothing."""
    body = text.lstrip(" \t")
    return text[: len(text) - len(body)] if body.strip() else ""


def width(blanks: str) -> int:
    """Columns of an indent, tabs going to the next multiple of 8."""
    column = 0
    for char in blanks:
        column = column + 8 - column % 8 if char == "\t" else column + 1
    return column


def plain(text: str) -> str:
    """Typographic punctuation as ASCII, composed, no trailing blanks: what a model meant to
    quote.
    """
    if _FANCY.search(text):
        text = unicodedata.normalize("NFC", text).translate(_PUNCTUATION)
    return text.rstrip()


def fancy(char: str) -> bool:
    """Whether :func:`plain` would write this character differently."""
    return ord(char) in _PUNCTUATION


def is_trivial(text: str) -> bool:
    """Whether a line says so little that finding it again proves nothing: blank, a brace,
    ``else:``.
    """
    return _TRIVIAL.fullmatch(text) is not None


def newline_of(lines: Iterable[str]) -> str:
    r"""The line end most lines have; ``\n`` where there is none."""
    counts = Counter(ending(line) for line in lines)
    counts.pop("", None)
    return counts.most_common(1)[0][0] if counts else "\n"


def uses_tabs(lines: Sequence[str]) -> bool:
    """Whether more indented lines start with a tab than with a blank."""
    tabs = sum(line.startswith("\t") for line in lines)
    return tabs > sum(line.startswith("  ") for line in lines)


def unit_of(lines: Iterable[str]) -> int:
    """Columns of one indent step among space-indented lines; 4 when nothing tells."""
    steps: Counter[int] = Counter()
    before = 0
    for line in lines:
        blanks = indent(line)
        if not line.strip() or "\t" in blanks:
            continue
        if len(blanks) > before and len(blanks) - before <= 8:
            steps[len(blanks) - before] += 1
        before = len(blanks)
    for step, _ in steps.most_common():
        if step in (2, 3, 4, 8):
            return step
    return 4
