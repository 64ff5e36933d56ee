"""Characters that a reader would not see, and how to show them. Pure: text in, text out.

Bidirectional controls can make code read differently from what it is (CVE-2021-42574), zero-width
characters and tags can carry words that only a model reads. They are shown in boxes wherever code
is shown: in the buffer and in proposals.
"""

from __future__ import annotations

import re

NAMES = {
    0x00AD: "SHY",
    0x034F: "CGJ",
    0x061C: "ALM",
    0x115F: "HCF",
    0x1160: "HJF",
    0x17B4: "KIV",
    0x17B5: "KIV",
    0x180E: "MVS",
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
    0x2060: "WJ",
    0x2061: "FA",
    0x2062: "IT",
    0x2063: "IS",
    0x2064: "IP",
    0x2066: "LRI",
    0x2067: "RLI",
    0x2068: "FSI",
    0x2069: "PDI",
    0x3164: "HF",
    0xFEFF: "BOM",
    0xFFA0: "HHF",
}
TAGS = range(0xE0000, 0xE0080)
_CONTROLS = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
HIDDEN = re.compile(f"[{_CONTROLS}{''.join(map(chr, NAMES))}\U000e0000-\U000e007f\udc80-\udcff]")
FAR_BLANKS = re.compile(r"(?<=\S)[ \t]{40,}(?=\S)|^[ \t]{160,}(?=\S)")
"""A run of blanks long enough to push what follows off the screen."""


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
