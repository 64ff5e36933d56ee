"""What the person said of hunks goes into the model's next turn. Knows hunks, no model.

A reason typed on a rejection is told, and how a hunk was changed before it was kept.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from app.document import Document
from app.documents import Documents
from app.review import Review
from assistant.types import Hunk, HunkState

if TYPE_CHECKING:
    from widgets.inlinediff.inlinediff import Reason

_SOMEWHERE = PurePosixPath("a file")


class Verdicts(QObject):
    """Tells each verdict once, also when a keep is undone and done again."""

    def __init__(
        self,
        documents: Documents,
        review: Review,
        tell: Callable[[str, PurePosixPath], object],
    ) -> None:
        super().__init__(documents)
        self._documents, self._review, self._tell = documents, review, tell
        self._told: set[str] = set()
        documents.opened.connect(self._on_opened)
        review.decided.connect(self._on_decided)

    @Slot(object)
    def _on_opened(self, document: Document) -> None:
        document.diff.reason_given.connect(self._on_reason)

    @Slot(object)
    def _on_reason(self, reason: Reason) -> None:
        diff = self.sender()
        path = next((d.path for d in self._documents.all() if d.diff is diff), _SOMEWHERE)
        proposed = "".join(reason.hunk.new)
        self._say(path, f"In {path} these lines were rejected because: {reason.text}\n{proposed}")

    @Slot(object, object)
    def _on_decided(self, path: PurePosixPath, hunk: Hunk) -> None:
        proposed = self._proposed(path, hunk)
        if hunk.state is HunkState.KEPT and proposed is not None and proposed.new != hunk.new:
            was, now = "".join(proposed.new), "".join(hunk.new)
            self._say(path, f"In {path} your lines\n{was}were kept, but changed by hand to\n{now}")

    def _proposed(self, path: PurePosixPath, hunk: Hunk) -> Hunk | None:
        document = self._documents.get(path)
        prompt = document.diff.prompt_of(hunk.id) if document is not None else ""
        change = self._review.proposed(prompt, path)
        return next((h for h in change.hunks if h.id == hunk.id), None) if change else None

    def _say(self, path: PurePosixPath, verdict: str) -> None:
        if verdict not in self._told:
            self._told.add(verdict)
            self._tell(verdict, path)
