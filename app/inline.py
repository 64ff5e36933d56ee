"""Ctrl+K: a bar under the lines, one for each place. Knows the documents and their bars."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from app.ask import Ask
from app.document import Document
from app.documents import Documents
from app.means import Means
from app.review import Review
from widgets.promptbar import PromptBar


class InlineEdit(QObject):
    """The asks of a window: at most one bar for each place."""

    failed = Signal(object)  # error
    settled = Signal(object)  # Outcome of any run
    hurry_wished = Signal(str, str)  # answer or try, and the run that shall
    setting_requested = Signal(str)  # name of a limit that was reached

    def __init__(self, documents: Documents, review: Review, means: Means) -> None:
        super().__init__(documents)
        self._documents, self._review, self._means = documents, review, means
        self._asks: list[Ask] = []
        documents.opened.connect(self._on_opened)
        documents.closing.connect(self._on_closing)

    def open(self) -> None:
        """Ctrl+K: under the selection; inside an active region its bar gets the keys."""
        document = self._documents.current()
        if document is None:
            return
        span = document.editor.selected_span()
        for ask in self._asks:
            if ask.document is document and (ask.place().touches(span) or ask.running()):
                ask.bar.focus()
                return
        for ask in list(self._asks):
            if ask.document is document:
                ask.leave()
        ask = Ask(document, span, self._review, self._means)
        ask.ended.connect(self._on_ended)
        ask.failed.connect(self._on_failed)
        ask.settled.connect(self.settled)
        ask.hurry_wished.connect(self.hurry_wished)
        ask.setting_requested.connect(self.setting_requested)
        self._asks.append(ask)

    def again(self) -> None:
        """Alt+E: back to the words of the prompt whose hunks stand here."""
        document = self._documents.current()
        for ask in self._asks:
            if ask.document is document:
                ask.bar.focus()
                return
        self.open()

    def ask_of(self, bar: PromptBar) -> Ask | None:
        """Whose bar it is."""
        return next((ask for ask in self._asks if ask.bar is bar), None)

    def current(self) -> Ask | None:
        document = self._documents.current()
        return next((ask for ask in self._asks if ask.document is document), None)

    @Slot()
    def escape(self) -> bool:
        """Esc in the editor: stop the stream, else leave the bar. False when there is neither."""
        ask = self.current()
        if ask is None:
            return False
        ask.leave()
        return True

    @Slot(object)
    def _on_opened(self, document: Document) -> None:
        document.editor.escaped.connect(self.escape)

    def answer_now(self) -> None:
        """All that think answer."""
        for ask in self._asks:
            ask.answer_now()

    def stop_all(self) -> None:
        for ask in list(self._asks):
            ask.stop()

    @Slot(object)
    def _on_closing(self, document: Document) -> None:
        for ask in [ask for ask in self._asks if ask.document is document]:
            ask.drop()
            self._asks.remove(ask)

    @Slot(object)
    def _on_ended(self, ask: Ask) -> None:
        self._asks.remove(ask)
        ask.deleteLater()

    @Slot(object, object)
    def _on_failed(self, _ask: Ask, error: object) -> None:
        self.failed.emit(error)
