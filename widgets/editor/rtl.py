"""Letters of scripts that run from right to left, each in its own place. Changes no text.

Qt lays a run of such letters out from its right edge, and the editing component, which asks for the
place of each byte from the left, takes the run for empty: strings and comments in Hebrew or Arabic
could not be seen at all. A letter that stands for itself is measured alone. So they stand in the
order in which they are typed, which is how they lie in the file.
"""

from __future__ import annotations

import re
from unicodedata import bidirectional, category

from widgets.editor.surface import Surface

_MAYBE = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)


class RightToLeft:
    """Shows what :meth:`see` was given; a letter is told to the surface once."""

    def __init__(self, surface: Surface) -> None:
        self._surface = surface
        self._known: set[str] = set()

    def see(self, text: str) -> None:
        """These letters may stand in the text now."""
        if text.isascii():
            return
        for letter in set(_MAYBE.findall(text)) - self._known:
            self._known.add(letter)
            if bidirectional(letter) in ("R", "AL") and category(letter)[0] != "C":
                self._surface.represent_plainly(letter)
