"""A run that works in steps, as the window has part in it: questions and answers, a gauge, edits.

Knows panel, documents and the door, no model.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.bridge import Door
from app.conversation import Conversation
from app.document import Document
from app.documents import Documents
from app.rooms import Assistance
from app.window import Window
from assistant.events import Event, PermissionAsked, StepBegan, UsageChanged

SOON_MS = 60
"""Typing is told to a run in pieces of this length."""


class Errands(QObject):
    """What a run asks is always seen; what the person types while it works is told to it."""

    told = Signal(str)

    def __init__(
        self,
        door: Door,
        window: Window,
        documents: Documents,
        conversation: Conversation,
        assistance: Callable[[], Assistance | None],
    ) -> None:
        super().__init__(window)
        self._door, self._window, self._documents = door, window, documents
        self._conversation, self._assistance = conversation, assistance
        self._edited: dict[str, Document] = {}
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SOON_MS)
        self._soon.timeout.connect(self._tell)
        conversation.heard.connect(self._on_heard)
        conversation.ended.connect(self._on_ended)
        documents.edited.connect(self._on_edited)
        transcript = window.panel.transcript
        transcript.permission_answered.connect(self._on_answered)
        transcript.permission_left.connect(self._on_left)

    def to_question(self) -> None:
        """The keys go to what the run asks."""
        self._window.frame.show_panel("right", True)
        if not self._window.panel.transcript.focus_question():
            self.told.emit("Nothing is asked just now.")

    @Slot(object)
    def _on_heard(self, event: Event) -> None:
        gauge = self._window.panel.composer.gauge
        match event:
            case StepBegan():
                gauge.show_step(event)
            case UsageChanged(usage):
                gauge.show_cost(usage.cost)
            case PermissionAsked(title=title):
                gauge.wait()
                self._window.frame.show_panel("right", True)
                self.told.emit(title)

    @Slot(object)
    def _on_ended(self, _outcome: object) -> None:
        self._window.panel.composer.gauge.finish()

    @Slot(str, str, str)
    def _on_answered(self, key: str, choice: str, word: str) -> None:
        self._window.panel.composer.gauge.go_on()
        self._window.panel.composer.focus()
        assistance = self._assistance()
        if assistance is not None:
            self._door.call(partial(assistance.answer, key, choice, word))

    @Slot()
    def _on_left(self) -> None:
        self._window.panel.composer.focus()

    # -- the person goes on working ------------------------------------------------------------

    @Slot(object)
    def _on_edited(self, document: Document) -> None:
        if self._conversation.running():
            self._edited[document.key] = document
            if not self._soon.isActive():
                self._soon.start()

    @Slot()
    def _tell(self) -> None:
        edited, self._edited = self._edited, {}
        assistance = self._assistance()
        open_still = [d for key, d in edited.items() if self._documents.get(key) is d]
        if assistance is not None and open_still:
            snapshots = tuple(document.snapshot() for document in open_still)
            self._door.call(partial(assistance.follow, snapshots))
