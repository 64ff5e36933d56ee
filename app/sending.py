"""What will leave, before it leaves: mentions while they are typed, and the context X-ray.

Knows the bars, the X-ray page and the assistance. The X-ray shows the very context a question would
send.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.bridge import Door, Run
from app.documents import Documents
from app.window import Window
from assistant.events import ContextReady, Event
from assistant.types import Context, Instruction, LineSpan, Mention, Snippet
from widgets.composer import Composer
from widgets.promptbar import PromptBar
from widgets.promptedit import MentionItem

if TYPE_CHECKING:
    from app.rooms import Assistance
    from assistant.context.completion import Choice
    from widgets.xray import Piece, XRay

KINDS = (("diff", "uncommitted changes"), ("problems", "what the checks say"))


class Sending(QObject):
    """One X-ray for the window; pins and removals hold until the conversation is forgotten."""

    told = Signal(str)

    def __init__(
        self,
        door: Door,
        window: Window,
        documents: Documents,
        assistance: Callable[[], Assistance | None],
    ) -> None:
        super().__init__(window)
        self._door, self._window, self._documents = door, window, documents
        self._assistance = assistance
        self._page: XRay | None = None
        self._asking: Instruction | None = None
        self._shown = Context()
        self._listed: dict[str, Snippet] = {}
        self.window_tokens = 0
        self._pinned: dict[str, Snippet] = {}
        self._removed: dict[str, Snippet] = {}
        self.follow(window.panel.composer)
        window.panel.transcript.context_requested.connect(self.show_sent)

    def follow(self, bar: PromptBar | Composer) -> None:
        """Answer the mentions and context wishes of a bar or the composer."""
        bar.mentions_requested.connect(self._on_mentions_requested)
        bar.context_requested.connect(self._on_context_requested)

    # -- mentions ------------------------------------------------------------------------------

    @Slot(str)
    def _on_mentions_requested(self, typed: str) -> None:
        assistance = self._assistance()
        if assistance is not None:
            run = self._door.open(assistance.complete(typed))
            run.subject = (self.sender(), typed)
            run.answered.connect(self._on_choices)

    @Slot(object)
    def _on_choices(self, choices: tuple[Choice, ...]) -> None:
        run = self.sender()
        if not isinstance(run, Run) or not isinstance(run.subject, tuple):
            return
        bar, typed = run.subject
        items = [
            MentionItem(Mention(kind, kind), f"@{kind}", words)
            for kind, words in KINDS
            if kind.startswith(typed.casefold())
        ]
        items += [_item(choice) for choice in choices]
        bar.edit.set_mentions(items)

    # -- the X-ray -----------------------------------------------------------------------------

    @Slot()
    def _on_context_requested(self) -> None:
        bar = self.sender()
        if not isinstance(bar, PromptBar | Composer):
            return
        prompt = bar.prompt()
        document = self._documents.current()
        snapshot = document.snapshot() if document is not None else None
        span = document.editor.selected_span() if document is not None else None
        self._asking = Instruction(
            prompt.text,
            snapshot,
            span if span is not None and not span.empty else None,
            mentions=tuple(m for m in prompt.mentions if m.kind != "selection"),
            buffers=tuple(d.snapshot() for d in self._documents.all() if d.modified),
        )
        self._ask()

    def _ask(self) -> None:
        assistance = self._assistance()
        if assistance is None or self._asking is None:
            return
        pins = tuple(self._pinned.values())
        gone = tuple(self._removed.values())
        run = self._door.open(assistance.preview(self._asking, pins, gone))
        run.events.connect(self._on_events)

    @Slot(list)
    def _on_events(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, ContextReady):
                self.show(event.context, sent=False)

    @Slot()
    def show_sent(self) -> None:
        """What the last question sent."""
        self.show(self._shown, sent=True)

    def remember(self, event: Event) -> None:
        """Every run says what it sent."""
        if isinstance(event, ContextReady):
            self._shown = event.context

    def show(self, context: Context, *, sent: bool) -> None:
        from widgets.xray import Budget

        page = self._made()
        pieces = [_piece(key, s, key in self._pinned) for key, s in _keyed(context).items()]
        page.show_pieces(pieces, Budget(self.window_tokens, None, sent, len(context.left_out)))
        self._listed = _keyed(context)
        self._window.stack.setCurrentWidget(page)
        page.setFocus()

    def _made(self) -> XRay:
        from widgets.xray import XRay

        if self._page is None:
            page = self._page = XRay(self._window.look)
            self._window.stack.addWidget(page)
            page.closed.connect(self._on_closed)
            page.pin_requested.connect(self._on_pin)
            page.remove_requested.connect(self._on_remove)
            page.open_requested.connect(self._on_open)
        return self._page

    @Slot()
    def _on_closed(self) -> None:
        document = self._documents.current()
        if document is not None:
            self._window.show_editor(document.editor)
            document.editor.setFocus()
        else:
            self._window.show_welcome()

    @Slot(str, bool)
    def _on_pin(self, key: str, pinned: bool) -> None:
        if pinned:
            self._pinned[key] = self._listed[key]
        else:
            self._pinned.pop(key, None)
        self._ask()

    @Slot(str)
    def _on_remove(self, key: str) -> None:
        self._removed[key] = self._listed[key]
        self._pinned.pop(key, None)
        self._ask()

    @Slot(str, int, int)
    def _on_open(self, path: str, start: int, end: int) -> None:
        self._documents.open(PurePosixPath(path), LineSpan(start, end))

    def forget(self) -> None:
        self._pinned.clear()
        self._removed.clear()


def _item(choice: Choice) -> MentionItem:
    return MentionItem(Mention(choice.kind, choice.value), choice.value, choice.detail)


def _keyed(context: Context) -> dict[str, Snippet]:
    snippets = (*context.rules, *context.snippets)
    return {f"{s.source}:{s.path}:{s.span.start}-{s.span.end}": s for s in snippets}


def _piece(key: str, snippet: Snippet, pinned: bool) -> Piece:
    from widgets.xray import Piece

    return Piece(
        key,
        snippet.path.name,
        snippet.source,
        snippet.why,
        snippet.tokens,
        str(snippet.path),
        snippet.span.start,
        snippet.span.end,
        snippet.redactions,
        pinned,
        fixed=snippet.source == "selection",
    )
