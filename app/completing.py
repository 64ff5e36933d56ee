"""Words for the completion of an editor: those of the other open files, and the index's symbols.

Knows documents and the door to the index, no key and no list.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from app.bridge import Door, Run
from app.document import Document
from app.documents import Documents
from app.rooms import Assistance

if TYPE_CHECKING:
    from assistant.context.completion import Choice


class Completing(QObject):
    """One question to the index at a time; an answer that comes late is for nobody."""

    def __init__(
        self, door: Door, documents: Documents, assistance: Callable[[], Assistance | None]
    ) -> None:
        super().__init__(documents)
        self._door, self._documents, self._assistance = door, documents, assistance
        documents.opened.connect(self._on_opened)
        documents.activated.connect(self._on_activated)

    @Slot(object)
    def _on_opened(self, document: Document) -> None:
        document.editor.completion.words_wished.connect(self._on_words_wished)

    @Slot(object)
    def _on_activated(self, front: object) -> None:
        """The other texts are read when one comes to the front, not while one types in it."""
        if not isinstance(front, Document):
            return
        others = [d for d in self._documents.all() if d is not front and not d.editor.is_large()]
        words = (document.editor.completion.words() for document in others)
        front.editor.completion.others = frozenset().union(*words)

    @Slot(str)
    def _on_words_wished(self, letters: str) -> None:
        asking, assistance = self.sender(), self._assistance()
        if assistance is None or not letters:
            return
        run = self._door.open(assistance.symbols(letters))
        run.subject = (asking, letters)
        run.answered.connect(self._on_symbols)

    @Slot(object)
    def _on_symbols(self, choices: tuple[Choice, ...]) -> None:
        from widgets.editor.completion import Completion

        run = self.sender()
        if not isinstance(run, Run) or not isinstance(run.subject, tuple):
            return
        asking, letters = run.subject
        front = self._documents.current()
        if (
            front is not None
            and isinstance(asking, Completion)
            and front.editor.completion is asking
        ):
            asking.offer(letters, dict.fromkeys(_last(choice.value) for choice in choices))


def _last(name: str) -> str:
    """``load`` of ``Store.load``."""
    return name.replace("::", ".").replace("#", ".").rpartition(".")[2]
