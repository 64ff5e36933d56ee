"""Thinking written inline as ``<think>…</think>`` at the head of an answer.

Knows only text in pieces.
"""

from __future__ import annotations

from collections.abc import Iterator

from assistant.types import TextDelta, ThinkingDelta

_OPEN = ("<think>", "<thinking>", "<reasoning>")


class ThinkTags:
    """Splits the head of an answer from its body.

    A tag further down is part of the answer and stays there.

    Any chunking gives the same text; at most the length of a tag is held back.
    """

    def __init__(self) -> None:
        self._held = ""
        self._close = ""
        self._state = "head"
        self._fresh = False

    def feed(self, text: str) -> Iterator[TextDelta | ThinkingDelta]:
        """The pieces that are certain so far."""
        if self._state == "body":
            if text:
                yield TextDelta(text)
            return
        self._held += text
        if self._state == "head":
            yield from self._head()
        if self._state == "inside":
            yield from self._inside()
        if self._state == "after":
            yield from self._after()

    def close(self) -> Iterator[TextDelta | ThinkingDelta]:
        """What was held back, at the end of the reply."""
        held, self._held = self._held, ""
        if held and self._state == "inside":
            yield ThinkingDelta(held)
        elif held and self._state != "after":
            yield TextDelta(held)

    def _head(self) -> Iterator[TextDelta | ThinkingDelta]:
        start = self._held.lstrip()
        for tag in _OPEN:
            if start.startswith(tag):
                self._state, self._held, self._fresh = "inside", start[len(tag) :], True
                self._close = "</" + tag[1:]
                return
        if any(tag.startswith(start) for tag in _OPEN):
            return
        held, self._held, self._state = self._held, "", "body"
        yield TextDelta(held)

    def _inside(self) -> Iterator[TextDelta | ThinkingDelta]:
        if self._fresh and self._held:
            self._held, self._fresh = self._held.removeprefix("\n"), False
        place = self._held.find(self._close)
        if place >= 0:
            if place:
                yield ThinkingDelta(self._held[:place])
            self._held, self._state = self._held[place + len(self._close) :], "after"
            return
        keep = next(
            (n for n in range(len(self._close) - 1, 0, -1) if self._held.endswith(self._close[:n])),
            0,
        )
        sure = self._held[: len(self._held) - keep]
        if sure:
            self._held = self._held[len(sure) :]
            yield ThinkingDelta(sure)

    def _after(self) -> Iterator[TextDelta | ThinkingDelta]:
        rest = self._held.lstrip("\r\n ")
        if rest:
            self._held, self._state = "", "body"
            yield TextDelta(rest)
        else:
            self._held = ""
