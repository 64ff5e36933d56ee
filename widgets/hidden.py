"""Makes characters visible that would otherwise hide: bidi, zero width, controls, tags.

Knows strings only. Also how to say such a text in a tool tip, where Qt would take it for markup.
"""

from __future__ import annotations

import html
import re
import unicodedata

from assistant.types import HIDDEN

_HIDDEN = re.compile(f"[{HIDDEN}\ud800-\udfff]|\r(?!\n)")
_HIDDEN_IN_LINE = re.compile(f"[{HIDDEN}\ud800-\udfff\t\n\r]")
_FAR = re.compile(r"[\s\u2800]{20,}")
_BLANK = r"[ \t\xa0\u1680\u2000-\u200b\u202f\u205f\u2800\u3000\u3164\ufeff]"
FAR_BLANKS = re.compile(rf"(?<=\S){_BLANK}{{40,}}(?=\S)|^{_BLANK}{{160,}}(?=\S)")
"""A run of blanks long enough to push what follows off the screen."""
_JOINERS = "\u200d\ufe0f"
"""Parts of emoji; they hide nothing between two pictures."""


def reveal(text: str) -> str:
    """``text`` with every hidden character replaced by ``⟨U+202E⟩``; a byte that is not UTF-8 by
    ``⟨\\xff⟩``.
    """
    return _HIDDEN.sub(_shown, text) if _HIDDEN.search(text) else text


def reveal_line(text: str) -> str:
    """As :meth:`reveal`, for a name or whatever stands on one line: line ends and tabs are shown
    too, and many blanks become their number.
    """
    shown = _HIDDEN_IN_LINE.sub(_shown, text) if _HIDDEN_IN_LINE.search(text) else text
    return _FAR.sub(_counted, shown) if len(shown) > 20 else shown


def reveal_code(line: str) -> str:
    """As :meth:`reveal`, for a line of code: text behind a long run of blanks is drawn near."""
    return reveal(FAR_BLANKS.sub(_counted, line) if len(line) > 80 else line)


def hides(text: str) -> bool:
    """Whether :func:`reveal` would change anything."""
    return _HIDDEN.search(text) is not None and reveal(text) != text


def literal(text: str) -> str:
    """One line for a menu or a tab: hidden characters shown, ``&`` never an accelerator."""
    return reveal_line(text).replace("&", "&&")


def said(text: str) -> str:
    """``text`` for ``setToolTip``: hidden characters shown, never read as markup."""
    shown = reveal(text)
    if "<" not in shown and "&lt;" not in shown:  # all that Qt takes for markup
        return shown
    return f"<p style='white-space:pre-wrap'>{html.escape(shown)}</p>"


def _counted(match: re.Match[str]) -> str:
    return f" ⟨{match.end() - match.start()} blanks⟩ "


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
