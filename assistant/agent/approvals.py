"""Questions of a run that wait for the person. Used from the asyncio thread alone.

An answer is for one question: it names the question's key, which holds the hash of exactly what was
shown. What was allowed for the run is kept by that hash, so a changed command is asked again.
"""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass

from assistant.events import PermissionAsked

ONCE, RUN, NO = "once", "run", "no"


@dataclass(frozen=True, slots=True)
class Reply:
    """``choice`` is once, run or no; ``word`` is what the person said besides."""

    choice: str
    word: str = ""

    @property
    def allows(self) -> bool:
        return self.choice in (ONCE, RUN)


class Approvals:
    """All open questions of a session."""

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Future[Reply]] = {}
        self._numbers = itertools.count(1)

    def ask(self, kind: str, name: str, title: str, detail: str) -> PermissionAsked:
        """Opens a question; ``name`` is the hash of what it is about. Await :meth:`answer_to`."""
        key = f"{name}.{next(self._numbers)}"
        self._waiting[key] = asyncio.get_running_loop().create_future()
        return PermissionAsked(key, title, detail, kind)

    async def answer_to(self, question: PermissionAsked) -> Reply:
        """Waits as long as it takes; cancelled, the question is closed."""
        try:
            return await self._waiting[question.key]
        finally:
            self._waiting.pop(question.key, None)

    def answer(self, key: str, choice: str, word: str = "") -> None:
        """The person answered. Anything but an answer of the card, or to an open question, is
        nothing.
        """
        waiting = self._waiting.get(key)
        if waiting is not None and not waiting.done() and choice in (ONCE, RUN, NO):
            waiting.set_result(Reply(choice, word))
