"""The buttons "answer now" and "try now": pressed from any thread, heard by one request.

Knows what can be done at each kind of model; sends nothing.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace
from enum import StrEnum
from functools import cache
from typing import Protocol, runtime_checkable

from assistant.models import thinking
from assistant.models.patience import Patience
from assistant.types import Effort, Message, ModelEvent, ModelRequest, Role, Text
from resources import ROOT

_LONGEST = 40_000
"""Characters of thoughts that go back; of longer ones the end, which is nearest to an answer."""


class Hurry:
    """The buttons of one request. Any thread may press them; a second press does nothing."""

    def __init__(self) -> None:
        self.pressed = False
        self._used = False
        self._thinking: Patience | None = None
        self._waiting: Patience | None = None

    def press(self) -> None:
        """Ends the thinking now; does nothing once the answer has begun."""
        self.pressed = True
        if self._thinking is not None:
            self._thinking.call_off()

    def try_now(self) -> None:
        """Ends the wait before the next attempt; does nothing while none is waited for."""
        if self._waiting is not None:
            self._waiting.call_off()

    def watch(self, patience: Patience | None) -> None:
        """Which wait :meth:`press` ends; None when the answer has begun. A press before counts."""
        self._thinking = None if self._used else patience
        if self.pressed and not self._used and patience is not None:
            patience.call_off()

    def use(self) -> None:
        """It was carried out: what thinks from now on may finish."""
        self._used = True

    def watch_wait(self, patience: Patience | None) -> None:
        """Which countdown :meth:`try_now` ends."""
        self._waiting = patience


@runtime_checkable
class Hurriable(Protocol):
    """A model that hears the button. ``hurries`` is True; the name alone tells one from others."""

    hurries: bool

    def stream(
        self, request: ModelRequest, hurry: Hurry | None = None
    ) -> AsyncGenerator[ModelEvent, None]: ...


class Way(StrEnum):
    """How a model is brought to its answer. The words are what the person reads."""

    OFF = "answering now: asked again with thinking off"
    LEAST = "answering now: asked again with the least thinking this model can do"
    WORDS = "answering now: asked in words, for this model has no switch; it may think again"


def way(provider: str, protocol: str, model: str, effort: Effort) -> Way:
    """What can be done: no protocol lets a request change under way, so it is asked again.

    Off where the model has a switch, its lowest level where it always thinks, words where neither
    is known or the level was the lowest already.
    """
    rule = thinking.rule(provider, protocol, model)
    if rule is None or rule.fields[effort] == rule.fields[Effort.OFF]:
        return Way.WORDS
    return Way.LEAST if rule.always else Way.OFF


def hurried(request: ModelRequest, thoughts: str) -> ModelRequest:
    """The same request with thinking off and the thoughts so far behind the last words.

    What stood before stays byte for byte, so that the servers' prompt caches still hold it.
    """
    kept = thoughts.strip()[-_LONGEST:]
    words = _words().replace("{thoughts}", kept) if kept else _words().partition("\n")[0]
    last = request.messages[-1] if request.messages else None
    told = Text(f"\n\n{words}")
    if last is not None and last.role is Role.USER:
        messages = (*request.messages[:-1], replace(last, parts=(*last.parts, told)))
    else:
        messages = (*request.messages, Message(Role.USER, (told,)))
    return replace(request, messages=messages, effort=Effort.OFF)


@cache
def _words() -> str:
    return (ROOT / "prompts" / "answer_now.md").read_text(encoding="utf-8").strip()
