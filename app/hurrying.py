"""The person will not wait: what thinks shall answer, what waits shall try again.

Knows who can be hurried and the door.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Slot

from app.bridge import Door
from app.conversation import Conversation
from app.inline import InlineEdit
from app.rooms import Assistance


class Hurrying(QObject):
    """Carries a press in the window to the run it is for."""

    def __init__(
        self,
        door: Door,
        conversation: Conversation,
        inline: InlineEdit,
        assistance: Callable[[], Assistance | None],
    ) -> None:
        super().__init__(conversation)
        self._door, self._conversation, self._inline = door, conversation, inline
        self._assistance = assistance
        conversation.hurry_wished.connect(self._on_hurry_wished)
        inline.hurry_wished.connect(self._on_hurry_wished)

    def answer_now(self) -> None:
        """Whatever thinks answers."""
        self._conversation.answer_now()
        self._inline.answer_now()

    @Slot(str, str)
    def _on_hurry_wished(self, what: str, run: str) -> None:
        assistance = self._assistance()
        if assistance is not None:
            act = assistance.answer_now if what == "answer" else assistance.try_now
            self._door.call(partial(act, run))
