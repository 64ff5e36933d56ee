"""Places and addresses in what a terminal says: ``src/a.py:12``, ``File "a.py", line 3``, the web.

Knows text and a source, opens nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.types import Spot
from widgets.terminal.selection import whole_line
from widgets.terminal.source import Source

_PLACE = re.compile(
    r'File "(?P<quoted>[^"\n]{1,400})", line (?P<at>\d{1,7})'
    r"|(?P<web>https?://[^\s<>\"'`\x00-\x1f]{1,2000}[^\s<>\"'`.,;:!?)\]}\x00-\x1f])"
    r"|(?P<path>(?:[A-Za-z]:)?[\w./~+@\-]{1,400}\.\w{1,12}|[\w.~+@\-/]{0,400}/[\w.+@\-]{1,200})"
    r"(?:[:(](?P<line>\d{1,7})(?:[:,]\d{1,7})?\)?)?"
)


@dataclass(frozen=True, slots=True)
class Link:
    """``address`` of the web, or a ``path`` with a ``line`` from 1, 0 for none."""

    start: Spot
    end: Spot
    address: str = ""
    path: str = ""
    line: int = 0


def link_at(source: Source, spot: Spot) -> Link | None:
    """What a cell leads to: the address a program gave for it, or one that can be read there."""
    if given := source.link_at(spot):
        left = right = spot.column
        while left > 0 and source.link_at(Spot(spot.line, left - 1)) == given:
            left -= 1
        while source.link_at(Spot(spot.line, right)) == given:
            right += 1
        return Link(Spot(spot.line, left), Spot(spot.line, right), address=given)
    start, end = whole_line(source, spot.line)
    if end.line - start.line > 20:
        return None
    text, places = "", list[Spot]()
    for line in range(start.line, end.line + 1):
        for column, cell in enumerate(source.cells(line)):
            text += cell
            places += [Spot(line, column)] * len(cell)
    for found in _PLACE.finditer(text):
        first, last = places[found.start()], places[found.end() - 1]
        if first <= spot <= last:
            return _link(found, first, Spot(last.line, last.column + 1))
    return None


def _link(found: re.Match[str], first: Spot, after: Spot) -> Link:
    if found["web"]:
        return Link(first, after, address=found["web"])
    if found["quoted"]:
        return Link(first, after, path=found["quoted"], line=int(found["at"]))
    return Link(first, after, path=found["path"], line=int(found["line"] or 0))
