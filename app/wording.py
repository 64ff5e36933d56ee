"""A commit message written by a model, on one press, into the field of the commit page.

Knows the box and streams; the words are the person's to change before they commit.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal, Slot

from app.bridge import Run
from assistant.errors import sentence_of
from assistant.events import Cancelled, Event, Outcome
from assistant.types import ChangeSet, TextDelta
from widgets.commitbox import CommitBox

Ask = Callable[[ChangeSet], Run | None]
Chosen = Callable[[], tuple[ChangeSet, ...]]


class Wording(QObject):
    """``chosen`` are the ticked hunks, ``ask`` has them described; pressing again stops it."""

    heard = Signal(object)  # Event, for the meters

    def __init__(self, box: CommitBox, chosen: Chosen, ask: Ask) -> None:
        super().__init__(box)
        self._box, self._chosen, self._ask = box, chosen, ask
        self._run: Run | None = None
        self._text = ""
        self._able = False
        box.message_requested.connect(self.toggle)

    def offer(self, able: bool) -> None:
        """Whether a model is there that can write one."""
        self._able = able
        self._show()

    @Slot()
    def toggle(self) -> None:
        if self._run is not None:
            self._run.cancel()
            return
        sets = self._chosen()
        if not sets:
            self._box.show_status("Tick a hunk first: the message is about what is ticked.")
            return
        title = "; ".join(dict.fromkeys(one.title for one in sets if one.title))
        run = self._ask(ChangeSet("message", title, tuple(f for one in sets for f in one.files)))
        if run is None:
            return
        self._run, self._text = run, ""
        self._box.show_status("")
        run.events.connect(self._on_events)
        run.failed.connect(self._on_failed)
        run.ended.connect(self._on_ended)
        self._show()

    @Slot(list)
    def _on_events(self, events: list[Event]) -> None:
        words = "".join(event.text for event in events if isinstance(event, TextDelta))
        for event in events:
            if not isinstance(event, TextDelta):
                self.heard.emit(event)
        if words:
            first, self._text = not self._text.strip(), self._text + words
            self._box.write_message(unfenced(self._text), first=first)

    @Slot(object, object)
    def _on_failed(self, error: BaseException, _subject: object) -> None:
        self._box.show_status(f"No message was written: {sentence_of(error)}", "error")

    @Slot(object)
    def _on_ended(self, outcome: Outcome) -> None:
        self._run = None
        if isinstance(outcome, Cancelled) and self._text:
            self._box.show_status("Stopped. What was written stays.")
        self._show()

    def _show(self) -> None:
        words = "Stop writing" if self._run is not None else "Write message" if self._able else ""
        self._box.show_writer(words)


def unfenced(text: str) -> str:
    """The message without the fence some models put around it, whole or still open."""
    lines = text.strip().split("\n")
    if lines[0].startswith("```"):
        del lines[0]
        if lines and lines[-1].strip() == "```":
            del lines[-1]
    return "\n".join(lines).strip()
