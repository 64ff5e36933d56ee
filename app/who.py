"""Who wrote this line: a card by hover or key, and a model's change taken out of the text.

Knows documents, the review and the journal's answers. An undo of one place happens at once, as one
step of undo; several places stand in the text as hunks first, and go together or one by one.
"""

from __future__ import annotations

import time
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.bridge import Door, Run
from app.document import Document
from app.documents import Documents
from app.notices import Notices
from app.progress import dollars
from app.review import Review
from assistant.edits.diff import diff_lines
from assistant.errors import sentence_of
from assistant.types import (
    Author,
    By,
    FileChange,
    Hunk,
    LineSpan,
    Origin,
    Snapshot,
    split_lines,
)
from widgets.look import Look
from widgets.writercard import WriterCard, WriterWords

if TYPE_CHECKING:
    from assistant.project import Project
    from assistant.provenance import Undoable
    from assistant.repo.runs import RunNote

_numbers = count(1)


class Who(QObject):
    """One card for the window; it moves to the editor in which it is asked for."""

    told = Signal(str)
    failed = Signal(str)
    run_requested = Signal(str)

    def __init__(
        self, door: Door, look: Look, documents: Documents, review: Review, notices: Notices
    ) -> None:
        super().__init__(documents)
        self._door, self._look, self._documents = door, look, documents
        self._review, self._notices = review, notices
        self._project: Project | None = None
        self._card: WriterCard | None = None
        self._asked: tuple[Document, int, bool] | None = None
        documents.opened.connect(self._on_opened)
        documents.activated.connect(self._on_activated)

    def use(self, project: Project | None) -> None:
        self._project = project
        self._drop()

    def card(self) -> WriterCard | None:
        return self._card

    # -- the card ------------------------------------------------------------------------------

    def ask(self) -> None:
        """The command: who wrote the line of the caret; the card gets the keys."""
        document = self._documents.current()
        if document is not None:
            self._ask(document, document.editor.caret()[0], focus=True)

    def _ask(self, document: Document, line: int, *, focus: bool) -> None:
        if self._project is None:
            return
        self._asked = (document, line, focus)
        origins = document.editor.authors.origins_of(LineSpan(line, line + 1))
        run = next((o.author.run for o in origins if o.author.by is By.MODEL), "")
        asked = self._door.ask(self._project.provenance.run, run, subject=origins)
        asked.answered.connect(self._on_note)
        asked.failed.connect(self._on_failed)

    @Slot(object)
    def _on_note(self, note: RunNote | None) -> None:
        asked = self.sender()
        if self._asked is None or not isinstance(asked, Run):
            return
        document, line, focus = self._asked
        origins = asked.subject
        if document not in self._documents.all() or not isinstance(origins, tuple):
            return
        card = self._card_over(document)
        words = words_of(line, origins, note)
        place, height = document.editor.writing.place(line)
        at = document.editor.surface.viewport().mapTo(document.editor, place)
        card.show_words(words, at, height, focus)

    def _card_over(self, document: Document) -> WriterCard:
        if self._card is None or self._card.parentWidget() is not document.editor:
            self._drop()
            self._card = WriterCard(self._look, document.editor)
            self._card.undo_requested.connect(self._on_undo_requested)
            self._card.run_requested.connect(self.run_requested)
            self._card.closed.connect(self._on_closed)
        return self._card

    def _drop(self) -> None:
        card, self._card = self._card, None
        if card is not None:
            card.hide()
            card.deleteLater()

    @Slot(object)
    def _on_opened(self, document: Document) -> None:
        writing = document.editor.writing
        writing.line_hovered.connect(self._on_hovered)
        writing.hover_ended.connect(self._on_hover_ended)
        document.editor.surface.user_acted.connect(self._on_acted)
        document.editor.destroyed.connect(self._on_editor_gone)

    @Slot(int)
    def _on_hovered(self, line: int) -> None:
        document = self._documents.current()
        if document is not None and document.editor.writing is self.sender():
            self._ask(document, line, focus=False)

    @Slot()
    def _on_hover_ended(self) -> None:
        if self._card is not None:
            self._card.wait()

    @Slot()
    def _on_acted(self) -> None:
        if self._card is not None:
            self._card.leave()

    @Slot()
    def _on_editor_gone(self) -> None:
        """The card was the editor's child and went with it."""
        self._card = None

    @Slot(object)
    def _on_activated(self, _document: object) -> None:
        self._on_acted()

    @Slot()
    def _on_closed(self) -> None:
        if (document := self._documents.current()) is not None:
            document.editor.setFocus()

    # -- taking a change out -------------------------------------------------------------------

    def undo_last(self) -> None:
        """The command: the model's last change of this file goes, typing stays."""
        document = self._documents.current()
        if document is not None:
            self._undo(document)

    @Slot(object)
    def _on_undo_requested(self, words: WriterWords) -> None:
        document = self._documents.current()
        if document is not None:
            origins = document.editor.authors.origins_of(LineSpan(words.line, words.line + 1))
            origin = next((o for o in origins if o.author.by is By.MODEL), None)
            self._undo(document, words.line, origin)

    def _undo(
        self, document: Document, line: int | None = None, origin: Origin | None = None
    ) -> None:
        if self._project is None:
            return
        from assistant.provenance import UndoWish

        now, authors = document.snapshot(), document.editor.authors
        wish = UndoWish(
            now.path, now.text, now.version, document.disk_text, authors.steps(), line, origin
        )
        run = self._door.ask(self._project.provenance.undoable, wish)
        run.answered.connect(self._on_undoable)
        run.failed.connect(self._on_failed)

    @Slot(object)
    def _on_undoable(self, found: Undoable) -> None:
        document = self._documents.get(found.wish.path)
        if document is None:
            return
        if document.editor.version != found.wish.version:  # typed meanwhile: look again
            self._undo(document, found.wish.line, found.wish.origin)
        elif not found.places:
            self.failed.emit(found.why)
        elif found.places == 1:
            with document.editor.authors.writing(_undoing(found)):
                document.take(found.after)
            left = f" {found.why}" if found.why else ""
            undo = self._look.keys.get("edit.undo", "Undo")
            self.told.emit(f"Undone: {found.title}.{left} {undo} brings it back.")
        else:
            self._preview(document, found)

    def _preview(self, document: Document, found: Undoable) -> None:
        """Several places are shown before any of them goes."""
        prompt, snapshot = f"undo-{next(_numbers)}", document.snapshot()
        title, origin = f"Undo: {found.title}", _undoing(found)
        change = FileChange(snapshot, _hunks(snapshot, found.after))
        self._review.show(prompt, title, "", change, origin.author)
        document.editor.goto(change.hunks[0].base.start)
        left = f" {found.why}" if found.why else ""
        self._notices.show(
            "undo",
            f"“{found.title}” changed {found.places} places; the way back is shown.{left}",
            "info",
            (f"Undo all {found.places}", partial(self._decide, prompt, document, keep=True)),
            ("Leave it", partial(self._decide, prompt, document, keep=False)),
        )

    def _decide(self, prompt: str, document: Document, *, keep: bool) -> None:
        self._review.decide_file(prompt, document.path, keep=keep)

    @Slot(object, object)
    def _on_failed(self, error: BaseException, _subject: object) -> None:
        self.failed.emit(sentence_of(error))


def _undoing(found: Undoable) -> Origin:
    return Origin(Author(By.RESTORE), why=f"Undo: {found.title}", time=time.time())


def _hunks(base: Snapshot, after: str) -> tuple[Hunk, ...]:
    old, new = split_lines(base.text), split_lines(after)
    runs = diff_lines(old, new)
    return tuple(
        Hunk(number, LineSpan(a0, a1), old[a0:a1], new[b0:b1])
        for number, (a0, a1, b0, b1) in enumerate(runs, 1)
    )


# -- words -------------------------------------------------------------------------------------


def words_of(line: int, origins: tuple[Origin, ...], note: RunNote | None) -> WriterWords:
    """What the card says of a line: the model first, when it had a hand in it."""
    main = next((o for o in origins if o.author.by is By.MODEL), origins[0] if origins else None)
    if main is None:
        return WriterWords(line, "disk", "There is nothing on this line.")
    others = [_name(o) for o in origins if o != main and o.author != main.author]
    also = f"Partly by {' and '.join(dict.fromkeys(others))}." if others else ""
    model = main.author.by is By.MODEL
    wish = f"“{main.why}”" if main.author.by in (By.MODEL, By.FORMATTER) and main.why else ""
    return WriterWords(
        line,
        main.author.by.value,
        _title(main),
        wish,
        _facts(main, note),
        also,
        main.author.run if model else "",
        model,
    )


def _name(origin: Origin) -> str:
    names = {
        By.PERSON: "you",
        By.MODEL: origin.author.name or "a model",
        By.FORMATTER: origin.author.name or "a formatter",
        By.COMMAND: origin.author.name or "a command",
        By.PASTE: "paste",
        By.RESTORE: "an undo",
    }
    return names.get(origin.author.by, "another program" if origin.time else "the file as it was")


def _title(origin: Origin) -> str:
    match origin.author.by:
        case By.PERSON:
            return "You typed this line"
        case By.PASTE:
            return "You pasted this line"
        case By.RESTORE:
            return "An undo put this line here"
        case By.DISK if origin.why.startswith("changed outside"):
            return "Another program wrote this line"
        case By.DISK:
            return "This line was here before Galley saw the file"
        case _:
            return f"{_name(origin)} wrote this line"


def _facts(origin: Origin, note: RunNote | None) -> str:
    parts = [when(origin.time)] if origin.time else []
    if note is not None and note.id == origin.author.run:
        parts.append(dollars(note.cost))
        thought = f"thought {note.thought:.0f} s" if note.thought >= 1 else "did not think first"
        parts.append(thought)
    return " · ".join(parts)


def when(moment: float) -> str:
    """Today's by the clock, others by the day."""
    local = time.localtime(moment)
    today = time.localtime()[:3] == local[:3]
    return time.strftime("today %H:%M" if today else "%Y-%m-%d %H:%M", local)
