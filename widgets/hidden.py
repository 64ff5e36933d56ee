"""Makes characters visible that would otherwise hide: bidi, zero width, controls.

Knows strings only.
"""

from __future__ import annotations

import re
import unicodedata

_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e0fff\U0001d173-\U0001d17a]"
)
_JOINERS = "\u200d\ufe0f"
"""Parts of emoji; they hide nothing between two pictures."""


def reveal(text: str) -> str:
    """``text`` with every hidden character replaced by ``⟨U+202E⟩``; a byte that is not UTF-8 by
    ``⟨\\xff⟩``.
    """
    return _HIDDEN.sub(_shown, text) if _HIDDEN.search(text) else text


def hides(text: str) -> bool:
    """Whether :func:`reveal` would change anything."""
    return _HIDDEN.search(text) is not None and reveal(text) != text


def _shown(match: re.Match[str]) -> str:
    letter = match.group()
    if letter in _JOINERS and match.start() > 0:
        before = match.string[match.start() - 1]
        if before in _JOINERS or unicodedata.category(before) in ("So", "Sk", "Sm", "Po", "Nd"):
            return letter
    code = ord(letter)
    if 0xDC80 <= code <= 0xDCFF:
        return f"⟨\\x{code - 0xDC00:02x}⟩"
    return f"⟨U+{code:04X}⟩"
