"""What will leave, before it leaves, and what has left: the context X-ray.

Knows the bars, the X-ray page and the assistance. The X-ray shows the very request a question would
send, portion by portion, and of a past run the one that was kept when it left.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.bridge import Run
from app.forecasts import Forecasts
from app.mentioning import Bar, Mentioning, item_of
from assistant.errors import sentence_of
from assistant.events import ContextReady, Event, Failed, Outcome, Parcel, Portion, RunStarted
from assistant.types import Instruction, LineSpan, Mention, Snippet
from widgets.promptbar import PromptBar

if TYPE_CHECKING:
    from app.workspace import Workspace
    from assistant.context.completion import Choice
    from widgets.xray import Piece, XRay

_FIXED = frozenset(("system", "prompt", "selection", "history", "image"))
_NO_LINES = frozenset(("folder", "commit", "diff", "problems", "terminal"))
_ALL = LineSpan(0, 1_000_000_000)


class Sending(QObject):
    """One X-ray for the window; pins and removals hold until the conversation is forgotten."""

    told = Signal(str)
    failed = Signal(str)

    def __init__(self, work: Workspace) -> None:
        super().__init__(work)
        self._door, self._window, self._documents = work.door, work.window, work.documents
        self._work = work
        self._page: XRay | None = None
        self._bar: Bar = work.window.panel.composer
        """Whose words the X-ray shows."""
        self._last_run = ""
        self._listed: dict[str, Portion] = {}
        self._pinned: list[Snippet] = []
        self._removed: list[Snippet] = []
        self.forecasts = Forecasts(self._door, work, self)
        self.mentioning = Mentioning(self._door, work)
        self.mentioning.failed.connect(self.failed)
        self.follow(self._bar)
        self._window.panel.transcript.context_requested.connect(self.show_sent)

    def follow(self, bar: Bar) -> None:
        """Answer the mentions and context wishes of a bar or the composer."""
        self.mentioning.follow(bar)
        self.forecasts.follow(bar, _role(bar))
        bar.context_requested.connect(self._on_context_requested)

    def wish(self, bar: Bar) -> Instruction | None:
        """What a bar would ask just now."""
        if not isinstance(bar, PromptBar):
            return self._work.conversation.wish(bar.prompt())
        ask = self._work.inline.ask_of(bar)
        return None if ask is None else ask.wish(bar.prompt())

    def edits(self) -> tuple[tuple[Snippet, ...], tuple[Snippet, ...]]:
        """What is pinned, and what is left out."""
        return tuple(self._pinned), tuple(self._removed)

    # -- before --------------------------------------------------------------------------------

    @Slot()
    def _on_context_requested(self) -> None:
        bar = self.sender()
        self._bar = bar if isinstance(bar, PromptBar) else self._window.panel.composer
        if run := self._bar.forecast.run():
            self.show_sent(run)
        else:
            self._ask()

    def _ask(self) -> None:
        assistance, wish = self._work.assistance, self.wish(self._bar)
        if assistance is None or wish is None:
            return
        run = self._door.open(assistance.preview(wish, *self.edits(), _role(self._bar)))
        run.events.connect(self._on_events)
        run.ended.connect(self._on_ended)
        self.forecasts.again()

    @Slot(list)
    def _on_events(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, ContextReady):
                self.show(event.parcel, sent=False)

    @Slot(object)
    def _on_ended(self, outcome: Outcome) -> None:
        if isinstance(outcome, Failed):
            self.failed.emit(sentence_of(outcome.error))

    # -- after ---------------------------------------------------------------------------------

    def remember(self, event: Event) -> None:
        """Every run says its name; what it sent is kept in its log."""
        if isinstance(event, RunStarted):
            self._last_run = event.id

    @Slot(str)
    def show_sent(self, run: str = "") -> None:
        """What one run sent, or the last one."""
        project, run = self._work.project, run or self._last_run
        if project is None or not run:
            self.told.emit("Nothing has been sent yet.")
            return
        self._door.ask(project.sent, run).answered.connect(self._on_sent)

    @Slot(object)
    def _on_sent(self, parcel: Parcel | None) -> None:
        if parcel is None:
            self.told.emit("What this run sent was not kept.")
        else:
            self.show(parcel, sent=True)

    # -- the page ------------------------------------------------------------------------------

    def show(self, parcel: Parcel, *, sent: bool) -> None:
        from widgets.xray import Budget

        page = self._made()
        self._listed = {_key(i, p): p for i, p in enumerate(parcel.portions)}
        pieces = [_piece(key, portion) for key, portion in self._listed.items()]
        page.show_pieces(
            [*pieces, *_staying(parcel)],
            Budget(parcel.terms, parcel.model, sent),
            removed=len(self._removed),
        )
        self._window.stack.setCurrentWidget(page)
        page.list.setFocus()

    def _made(self) -> XRay:
        from widgets.xray import XRay

        if self._page is None:
            page = self._page = XRay(self._window.look)
            self._window.stack.addWidget(page)
            page.closed.connect(self._on_closed)
            page.pin_requested.connect(self._on_pin)
            page.remove_requested.connect(self._on_remove)
            page.restore_requested.connect(self._on_restore)
            page.pieces_requested.connect(self._on_pieces_requested)
            page.add_requested.connect(self._on_add)
            page.open_requested.connect(self._on_open)
        return self._page

    @Slot()
    def _on_closed(self) -> None:
        document = self._documents.current()
        if document is not None:
            self._window.show_editor(document.editor)
        else:
            self._window.show_welcome()
        self._bar.edit.setFocus()

    @Slot(str, bool)
    def _on_pin(self, key: str, pinned: bool) -> None:
        place = _place(self._listed[key])
        if pinned:
            self._pinned.append(place)
        else:
            self._pinned = [pin for pin in self._pinned if not _touches(pin, place)]
        self._ask()

    @Slot(str)
    def _on_remove(self, key: str) -> None:
        place = _place(self._listed[key])
        self._removed.append(place)
        self._pinned = [pin for pin in self._pinned if not _touches(pin, place)]
        for mention in self._bar.chips.mentions():
            if mention.kind == self._listed[key].source:
                self._bar.chips.drop(mention)
        self._ask()

    @Slot()
    def _on_restore(self) -> None:
        self._removed.clear()
        self._ask()

    @Slot(str)
    def _on_pieces_requested(self, typed: str) -> None:
        assistance = self._work.assistance
        if assistance is not None:
            run = self._door.open(assistance.complete(typed))
            run.subject = typed
            run.answered.connect(self._on_choices)

    @Slot(object)
    def _on_choices(self, choices: tuple[Choice, ...]) -> None:
        run = self.sender()
        page = self._page
        if page is not None and isinstance(run, Run) and run.subject == page.picker.field.text():
            page.picker.set_items([item_of(c) for c in choices if c.kind in ("file", "symbol")])

    @Slot(object)
    def _on_add(self, mention: Mention) -> None:
        """Lines that were chosen in the picker are pinned: a file whole, a symbol's definition."""
        path = mention.value.rpartition(":")[0] if mention.kind == "symbol" else mention.value
        pin = Snippet(PurePosixPath(path), mention.span or _ALL, "", "you added it")
        self._removed = [gone for gone in self._removed if not _touches(gone, pin)]
        self._pinned.append(pin)
        self._ask()

    @Slot(str, int, int)
    def _on_open(self, path: str, start: int, end: int) -> None:
        self._documents.open(PurePosixPath(path), LineSpan(start, end))

    def forget(self) -> None:
        self._pinned.clear()
        self._removed.clear()


def _role(bar: Bar) -> str:
    return "edit" if isinstance(bar, PromptBar) else "chat"


def _key(index: int, portion: Portion) -> str:
    """The same for the same lines, also when other pieces come and go."""
    if not portion.path or portion.span is None:
        return f"{portion.source}:{index}"
    return f"{portion.source}:{portion.path}:{portion.span.start}-{portion.span.end}"


def _place(portion: Portion) -> Snippet:
    return Snippet(PurePosixPath(portion.path or portion.title), portion.span or _ALL, "", "")


def _touches(one: Snippet, other: Snippet) -> bool:
    return one.path == other.path and one.span.touches(other.span)


def _piece(key: str, portion: Portion) -> Piece:
    from widgets.xray import Piece

    span = portion.span if portion.source not in _NO_LINES else None
    return Piece(
        key,
        portion.title,
        portion.source,
        portion.why,
        portion.tokens,
        portion.path if span is not None else "",
        span.start if span is not None else 0,
        span.end if span is not None else 0,
        portion.redactions,
        pinned=portion.source == "pin",
        fixed=portion.source in _FIXED,
        text=portion.text,
        picture=portion.picture.data if portion.picture is not None else b"",
    )


def _staying(parcel: Parcel) -> list[Piece]:
    """What was kept back, each with its reason."""
    from widgets.xray import Piece

    return [
        Piece(f"stays:{i}", str(left.path), "", left.why, left.tokens, stays=True)
        for i, left in enumerate(parcel.left_out)
    ]
