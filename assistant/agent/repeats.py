"""Notices that a run goes in circles: the same calls with the same answers, the same errors."""

from __future__ import annotations

import json
import re
from collections import deque
from dataclasses import dataclass
from enum import StrEnum

from assistant.agent.policy import digest
from assistant.types import ToolCall, ToolResult

ASK_AT, STOP_AT = 3, 5
_WINDOW = 40
"""Calls that are looked back at: a circle of up to eight steps is seen five times in it."""
_TOOK = re.compile(r"\d+(?:\.\d+)?\s?(?:ms|s|sec|seconds)\b")
_VARIES = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`|\d+|/\S+")


class Turn(StrEnum):
    """What a repetition calls for."""

    GO_ON = "go on"
    ASK = "ask"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Repeated:
    turn: Turn
    words: str = ""
    """What is repeated, as a sentence."""


_FINE = Repeated(Turn.GO_ON)


class Repeats:
    """Listens to every call and its result. Asks once for each thing that is repeated."""

    def __init__(self) -> None:
        self._pairs: deque[str] = deque(maxlen=_WINDOW)
        self._errors: list[str] = []
        self._asked: set[str] = set()

    def heard(self, call: ToolCall, result: ToolResult) -> Repeated:
        """The same call with the same result, in whatever rhythm; or the same kind of error in a
        row.
        """
        pair = digest("pair", call.name, canonical(call), _TOOK.sub("", result.text))
        self._pairs.append(pair)
        if result.is_error:
            kind = digest("error", call.name, _VARIES.sub("", result.text.split("\n")[0])[:120])
            if self._errors and self._errors[-1] != kind:
                self._errors.clear()
            self._errors.append(kind)
        else:
            self._errors.clear()
        same = self._verdict(pair, self._pairs.count(pair), f"called {call.name} with the same "
                             "arguments and got the same answer")  # fmt: skip
        if same.turn is Turn.STOP or not self._errors:
            return same
        failed = self._verdict(
            self._errors[-1], len(self._errors), f"got the same error from {call.name}"
        )
        return failed if failed.turn is not Turn.GO_ON else same

    def _verdict(self, what: str, count: int, words: str) -> Repeated:
        said = f"It {words} {count} times."
        if count >= STOP_AT:
            return Repeated(Turn.STOP, said)
        if count >= ASK_AT and what not in self._asked:
            self._asked.add(what)
            return Repeated(Turn.ASK, said)
        return _FINE


def canonical(call: ToolCall) -> str:
    """The arguments as text that does not depend on their order."""
    if call.invalid:
        return call.invalid
    return json.dumps(dict(call.arguments), sort_keys=True, ensure_ascii=True, default=str)
