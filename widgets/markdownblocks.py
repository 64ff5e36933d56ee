"""Splits streaming Markdown into top-level blocks, so that only the last one is ever drawn again.

No Qt.

Any chunking of the same text gives the same blocks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_FENCE = re.compile(r"^ {0,12}(`{3,}|~{3,})\s*([^`\r\n]*)$")
_ITEM = re.compile(r"^\s{0,3}(?:[-*+]|\d{1,9}[.)])\s+")
_HEAD = re.compile(r"^ {0,3}#{1,6}(?:\s|$)")
_RULE = re.compile(r"^ {0,3}(?:(?:-\s*){3,}|(?:\*\s*){3,}|(?:_\s*){3,})$")
_TABLE = re.compile(r"^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)+\|?\s*$")


@dataclass(frozen=True, slots=True)
class Block:
    """``kind`` is text, code, table or rule; ``text`` of code stands between the fences."""

    kind: str
    text: str
    language: str = ""


class Splitter:
    """Push text; take closed blocks away; the open one can be looked at any time."""

    def __init__(self) -> None:
        self._partial = ""
        self._lines: list[str] = []
        self._fence = ""
        self._indent = 0
        self._language = ""
        self._blank = False

    def push(self, text: str) -> list[Block]:
        """Blocks that this text closed, in order."""
        closed: list[Block] = []
        *whole, self._partial = (self._partial + text).split("\n")
        for line in whole:
            self._take(line.rstrip("\r"), closed)
        return closed

    def open_block(self) -> Block | None:
        """What is not closed yet, the half line at the end included."""
        trial = self._copy()
        closed: list[Block] = []
        if self._partial.strip():
            trial._take(self._partial, closed)
        rest = trial._current()
        blocks = [*closed, *([rest] if rest else [])]
        if not blocks:
            return None
        if len(blocks) == 1:
            return blocks[0]
        return Block("text", "\n\n".join(_source(block) for block in blocks))

    def finish(self) -> list[Block]:
        """The text is complete: everything that is left."""
        closed = self.push("\n") if self._partial else []
        rest = self._current()
        self._lines, self._fence, self._blank = [], "", False
        return [*closed, rest] if rest else closed

    def _copy(self) -> Splitter:
        other = Splitter()
        other._lines = list(self._lines)
        other._fence, other._indent = self._fence, self._indent
        other._language, other._blank = self._language, self._blank
        return other

    def _take(self, line: str, closed: list[Block]) -> None:
        fence = _FENCE.match(line)
        if self._fence:
            ends = fence and fence[1].startswith(self._fence) and not fence[2].strip()
            if ends:
                closed.append(Block("code", "\n".join(self._lines), self._language))
                self._lines, self._fence = [], ""
            else:
                self._lines.append(_unindent(line, self._indent))
            return
        if fence:
            self._close(closed)
            self._fence, self._indent = fence[1], len(line) - len(line.lstrip(" "))
            self._language = fence[2].split()[0] if fence[2].split() else ""
        elif not line.strip():
            self._blank = bool(self._lines)
        elif self._blank and not self._continues(line):
            self._close(closed)
            self._start(line, closed)
        else:
            if self._blank:
                self._lines.append("")
            self._blank = False
            self._start(line, closed)

    def _start(self, line: str, closed: list[Block]) -> None:
        if _HEAD.match(line):
            self._close(closed)
            closed.append(Block("text", line))
        elif _RULE.match(line) and not self._lines:
            closed.append(Block("rule", line))
        else:
            self._lines.append(line)

    def _continues(self, line: str) -> bool:
        """After a blank line: does a list go on?"""
        listed = _ITEM.match(self._lines[0])
        return bool(listed and (_ITEM.match(line) or line.startswith("  ")))

    def _close(self, closed: list[Block]) -> None:
        block = self._current()
        if block is not None:
            closed.append(block)
        self._lines, self._blank = [], False

    def _current(self) -> Block | None:
        if self._fence:
            return Block("code", "\n".join(self._lines), self._language)
        if not self._lines:
            return None
        table = len(self._lines) > 1 and _TABLE.match(self._lines[1]) and "|" in self._lines[0]
        return Block("table" if table else "text", "\n".join(self._lines))


def closed_inline(text: str) -> str:
    """An unfinished paragraph with its open code span or emphasis closed, so that no marker
    flickers.
    """
    if text.count("`") % 2:
        return text + "`"
    plain = re.sub(r"`[^`]*`", "", text)
    return text + "**" if plain.count("**") % 2 and not text.endswith("*") else text


def _source(block: Block) -> str:
    return f"```{block.language}\n{block.text}\n```" if block.kind == "code" else block.text


def _unindent(line: str, by: int) -> str:
    lead = len(line) - len(line.lstrip(" "))
    return line[min(by, lead) :]
