"""The status bar of a window: what is true now, and the last thing that happened.

Knows documents and events.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.document import Document
from app.documents import Documents
from app.progress import ran
from assistant.events import (
    CheckFinished,
    ContextReady,
    Event,
    Notice,
    Parcel,
    RunStarted,
    UsageChanged,
)
from assistant.types import Receipt, Switched
from widgets.statusbar import StatusBar

if TYPE_CHECKING:
    from assistant.answers import Status

NOTICE_S = 8.0


class StatusLine(QObject):
    """Everything it shows was measured or checked here; what is not known is a dash."""

    commit_requested = Signal()
    undo_requested = Signal()

    def __init__(self, bar: StatusBar, documents: Documents) -> None:
        super().__init__(bar)
        self._bar, self._documents = bar, documents
        self._document: Document | None = None
        self._today: float | None = None
        self._run_cost: float | None = None
        self._kept = 0
        documents.activated.connect(self._on_activated)
        documents.language_changed.connect(self._on_language_changed)
        bar.action_requested.connect(self._on_action)

    # -- events of runs ------------------------------------------------------------------------

    def hear(self, event: Event) -> None:
        match event:
            case RunStarted(model=model):
                self._bar.show_model(model)
            case Switched(model):
                self._bar.show_model(model)
            case ContextReady(parcel=parcel):
                self.show_context(parcel)
            case UsageChanged(usage, _, rate):
                self._bar.show_speed(rate or None)
                self._run_cost = usage.cost
                self._bar.show_cost(usage.cost, self._today)
            case CheckFinished(ok=ok, summary=summary) if ran(event):
                self._bar.show_checks(summary, ok)
            case Notice(text, "error"):
                self.error(text)

    @Slot(object)
    def show_context(self, parcel: Parcel) -> None:
        """How full the model's window is, or would be with what is being written."""
        if parcel.terms.leaves:
            self._bar.show_context(parcel.tokens, parcel.terms.window or 0)
        else:
            self._bar.show_context(0, 0)

    @Slot(list)
    def hear_all(self, events: list[Event]) -> None:
        for event in events:
            self.hear(event)
            if isinstance(event, Notice):
                self.tell(event.text)

    # -- the document in front -----------------------------------------------------------------

    @Slot(object)
    def _on_activated(self, document: Document | None) -> None:
        if self._document is not None and self._documents.get(self._document.path) is not None:
            self._document.editor.caret_moved.disconnect(self._on_caret_moved)
        self._document = document
        if document is None:
            self._bar.show_document("", "", "")
            return
        document.editor.caret_moved.connect(self._on_caret_moved)
        self._on_caret_moved(*document.editor.caret())
        self.show_document(document)

    @Slot(object)
    def _on_language_changed(self, document: Document) -> None:
        if document is self._document:
            self.show_document(document)

    def show_document(self, document: Document) -> None:
        habits = document.editor.habits
        name = document.like.encoding.upper() + (" BOM" if document.like.bom else "")
        eol = {"\r\n": "CRLF", "\r": "CR", "\n": "LF"}[habits.eol]
        self._bar.show_document(name, eol, document.editor.language.title)

    @Slot(int, int)
    def _on_caret_moved(self, line: int, column: int) -> None:
        selected = 0
        if self._document is not None:
            selected = self._document.editor.selected_size()
        self._bar.show_caret(line + 1, column + 1, selected)

    # -- what happened -------------------------------------------------------------------------

    @Slot(str)
    def tell(self, text: str) -> None:
        self._bar.show_message(text, seconds=NOTICE_S)

    @Slot(str)
    def error(self, text: str) -> None:
        """Stays until the next message: an error nobody saw did not happen."""
        self._bar.show_message(text, kind="failed")

    def show_branch(self, status: Status) -> None:
        name = status.branch + (f" ({status.operation})" if status.operation else "")
        self._bar.show_branch(name, changed=bool(status.letters))

    @Slot(object)
    def show_today(self, cost: float | None) -> None:
        self._today = cost
        self._bar.show_cost(self._run_cost, cost)

    @Slot(int)
    def show_kept(self, kept: int) -> None:
        """Hunks kept and not committed; the action commits them."""
        if kept and kept != self._kept:
            words = "1 hunk kept" if kept == 1 else f"{kept} hunks kept"
            self._bar.show_message(words, "commit", "commit")
        elif self._kept and not kept:
            self._bar.clear_message()
        self._kept = kept

    @Slot(object)
    def committed(self, receipt: Receipt) -> None:
        self._kept = 0
        where = f" on {receipt.branch}" if receipt.branch else ""
        words = f"committed {receipt.commit[:7]}{where}"
        self._bar.show_message(words, "undo", "undo-commit")

    @Slot(str)
    def _on_action(self, key: str) -> None:
        if key == "commit":
            self.commit_requested.emit()
        elif key == "undo-commit":
            self.undo_requested.emit()
