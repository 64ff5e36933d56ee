"""Takes secrets out of what leaves and puts them back into what comes. Knows text, not networks.

What counts as a secret is passed in. Putting back works on a stream: a tail that may be the
beginning of a placeholder is held until the next piece decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Protocol

from assistant.types import ToolCall

MARK = "GALLEY_SECRET_"
_MAYBE = re.compile(rf"(?:{MARK}[A-Za-z_0-9]*)$")
_NAME = re.compile(rf"{MARK}[A-Z_]+_[0-9a-f]{{12}}")
_LONGEST = 80
_SHORTEST = 8
"""Characters of a secret that is looked for wherever it stands; shorter ones may be any word."""


class Masked(Protocol):
    @property
    def text(self) -> str: ...

    @property
    def placeholders(self) -> Mapping[str, str]: ...


class SecretSeal:
    """One for each run. Placeholders it was not told of, and did not make, stay as they are.

    ``known`` is the book of a whole conversation: what was a secret once is masked wherever it is
    quoted, also without the name that gave it away. New ones are entered into it.
    """

    def __init__(
        self,
        redact: Callable[[str], Masked],
        restore: Callable[[str, Mapping[str, str]], str],
        known: dict[str, str] | None = None,
    ) -> None:
        self._redact, self._restore = redact, restore
        self.placeholders: dict[str, str] = {} if known is None else known
        self._held = ""

    def close(self, text: str) -> str:
        masked = self._redact(self._without_known(text))
        self.placeholders.update(masked.placeholders)
        return masked.text

    def hidden(self, text: str) -> int:
        """How many of its placeholders are in ``text``."""
        return sum(name in self.placeholders for name in _NAME.findall(text))

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

    def arguments(self, call: ToolCall) -> ToolCall:
        """The complete call with secrets in every string of its arguments."""
        return replace(call, arguments=self._opened(dict(call.arguments)))

    def _opened(self, value: Any) -> Any:
        match value:
            case str():
                return self._restore(value, self.placeholders)
            case dict():
                return {key: self._opened(item) for key, item in value.items()}
            case list():
                return [self._opened(item) for item in value]
        return value

    def _without_known(self, text: str) -> str:
        """Longest first: one secret may hold another."""
        found = [
            (secret, name)
            for name, secret in self.placeholders.items()
            if len(secret) >= _SHORTEST and secret in text
        ]
        for secret, name in sorted(found, key=lambda pair: -len(pair[0])):
            text = text.replace(secret, name)
        return text


def _undecided(text: str) -> int:
    """How many characters at the end may still become a placeholder."""
    tail = text[-_LONGEST:]
    if found := _MAYBE.search(tail):
        return len(tail) - found.start()
    for size in range(min(len(MARK) - 1, len(tail)), 0, -1):
        if tail.endswith(MARK[:size]):
            return size
    return 0
