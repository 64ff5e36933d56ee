"""How a text is written: its line ends and its indentation. Pure: text in, facts out."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

_INDENT = re.compile(r"^(\t+|  +)(?=\S)", re.MULTILINE)
SAMPLE = 200_000


@dataclass(frozen=True, slots=True)
class Habits:
    r"""``eol`` is ``\n``, ``\r\n`` or ``\r``; ``mixed`` says that others occur; ``width`` is 0 when
    nothing shows it.
    """

    eol: str = "\n"
    mixed: bool = False
    tabs: bool = False
    width: int = 0


def habits(text: str, default_eol: str = "\n") -> Habits:
    """What the first 200,000 characters show."""
    sample = text[:SAMPLE]
    crlf = sample.count("\r\n")
    ends = {"\r\n": crlf, "\n": sample.count("\n") - crlf, "\r": sample.count("\r") - crlf}
    used = [end for end in ends if ends[end]]
    eol = max(ends, key=lambda end: ends[end]) if used else default_eol
    tabs = spaces = 0
    steps: Counter[int] = Counter()
    before = 0
    for match in _INDENT.finditer(sample):
        lead = match.group()
        if lead[0] == "\t":
            tabs += 1
            continue
        spaces += 1
        step = len(lead) - before
        if 2 <= step <= 8:
            steps[step] += 1
        before = len(lead)
    width = max(steps, key=lambda step: (steps[step], -step)) if steps else 0
    return Habits(eol, len(used) > 1, tabs > spaces, width)
