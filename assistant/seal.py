"""Takes secrets out of what leaves and puts them back into what comes. Knows text, not networks.

What counts as a secret is passed in. Putting back works on a stream: a tail that may be the
beginning of a placeholder is held until the next piece decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Protocol

MARK = "GALLEY_SECRET_"
_MAYBE = re.compile(rf"(?:{MARK}[A-Za-z_0-9]*)$")
_LONGEST = 80


class Masked(Protocol):
    @property
    def text(self) -> str: ...

    @property
    def placeholders(self) -> Mapping[str, str]: ...


class SecretSeal:
    """One for each run: placeholders it did not make, or was not told of, stay as they are."""

    def __init__(
        self,
        redact: Callable[[str], Masked],
        restore: Callable[[str, Mapping[str, str]], str],
        known: Mapping[str, str] | None = None,
    ) -> None:
        self._redact, self._restore = redact, restore
        self.placeholders: dict[str, str] = dict(known or {})
        self._held = ""

    def close(self, text: str) -> str:
        masked = self._redact(text)
        self.placeholders.update(masked.placeholders)
        return masked.text

    def open(self, piece: str) -> str:
        """The piece with secrets in it again; may hold back a tail of at most 80 characters."""
        text = self._held + piece
        cut = len(text) - _undecided(text)
        self._held = text[cut:]
        return self._restore(text[:cut], self.placeholders)

    def rest(self) -> str:
        """What was held back when the stream ended."""
        held, self._held = self._held, ""
        return self._restore(held, self.placeholders)


def _undecided(text: str) -> int:
    """How many characters at the end may still become a placeholder."""
    tail = text[-_LONGEST:]
    if found := _MAYBE.search(tail):
        return len(tail) - found.start()
    for size in range(min(len(MARK) - 1, len(tail)), 0, -1):
        if tail.endswith(MARK[:size]):
            return size
    return 0
