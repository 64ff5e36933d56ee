"""Characters that a reader would not see, and how to show them. Pure: text in, text out.

Bidirectional controls can make code read differently from what it is (CVE-2021-42574), zero-width
characters and tags can carry words that only a model reads. They are shown in boxes wherever code
is shown: in the buffer and in proposals.
"""

from __future__ import annotations

import re

from assistant.types import HIDDEN as LETTERS
from widgets.hidden import FAR_BLANKS

NAMES = {
    0x00A0: "NBSP",
    0x00AD: "SHY",
    0x034F: "CGJ",
    0x061C: "ALM",
    0x115F: "HCF",
    0x1160: "HJF",
    0x17B4: "KIV",
    0x17B5: "KIV",
    0x1680: "OSP",
    0x180B: "FVS1",
    0x180C: "FVS2",
    0x180D: "FVS3",
    0x180E: "MVS",
    0x180F: "FVS4",
    **dict.fromkeys(range(8192, 8203), "SP"),
    0x200B: "ZWSP",
    0x200C: "ZWNJ",
    0x200D: "ZWJ",
    0x200E: "LRM",
    0x200F: "RLM",
    0x2028: "LS",
    0x2029: "PS",
    0x202A: "LRE",
    0x202B: "RLE",
    0x202C: "PDF",
    0x202D: "LRO",
    0x202E: "RLO",
    0x202F: "NNBSP",
    0x205F: "MMSP",
    0x2060: "WJ",
    0x2061: "FA",
    0x2062: "IT",
    0x2063: "IS",
    0x2064: "IP",
    0x2066: "LRI",
    0x2067: "RLI",
    0x2068: "FSI",
    0x2069: "PDI",
    0x2800: "BB",
    0x3164: "HF",
    **{0xFE00 + number: f"VS{number + 1}" for number in range(16)},
    0xFEFF: "BOM",
    0xFFA0: "HHF",
    **{0xE0100 + number: f"VS{number + 17}" for number in range(240)},
}
"""Short names; of the blanks other than a space, the ideographic one alone is seen as what it is.
"""
TAGS = range(0xE0000, 0xE0080)
HIDDEN = re.compile(f"[{LETTERS}{''.join(map(chr, NAMES))}\udc80-\udcff]")
OTHERS = tuple(
    code
    for first, last in ((0x80, 0xA0), (0x2060, 0x2070), (0xFFF0, 0xFFFC), (0x1BCA0, 0x1BCA4))
    for code in range(first, last)
    if code not in NAMES
) + tuple(range(0x1D173, 0x1D17B))
COMMON = tuple(code for code in (*NAMES, *OTHERS) if code < 0xE0000)
"""What every editor names from the start."""
RARE = tuple(range(0xE0000, 0xE1000))
"""Tags, selectors, and code points that mean nothing and are not seen: too many to be named in
every editor."""
RARE_BYTES = b"\xf3\xa0"
"""What their UTF-8 begins with."""


def shown(character: str) -> str:
    """A visible name for one hidden character: its short name, its byte, or its code point."""
    code = ord(character)
    if code in NAMES:
        return NAMES[code]
    if 0xDC80 <= code <= 0xDCFF:
        return f"x{code - 0xDC00:02X}"
    if code in TAGS:
        plain = chr(code - 0xE0000)
        return f"TAG {plain}" if plain.isprintable() else f"U+{code:X}"
    return f"U+{code:04X}"


def find(text: str) -> list[tuple[int, int, str]]:
    """Where ``text`` (one line) hides something: start, end and what to show there; ascending."""
    found = [(m.start(), m.end(), f"[{shown(m.group())}]") for m in HIDDEN.finditer(text)]
    if len(text) > 80:
        found += [
            (m.start(), m.end(), f" [{m.end() - m.start()} blanks] ")
            for m in FAR_BLANKS.finditer(text)
        ]
        found.sort()
    return found
