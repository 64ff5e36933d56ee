"""InlineDiff: shows what a run proposes in one editor, carries out what is decided.

The book keeps places and states; this draws them, once per call of :meth:`InlineDiff.show_change`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from assistant.events import Opinion
from assistant.types import PROTECTED, FileChange, Hunk, HunkState, LineSpan, Snapshot
from widgets.editor.codeeditor import CodeEditor
from widgets.editor.surface import INSERTED
from widgets.inlinediff.book import HunkBook
from widgets.inlinediff.canvas import Canvas
from widgets.inlinediff.proposal import OPEN, Mode, ThreeWay, Tracked
from widgets.inlinediff.proposal import Counts as Counts
from widgets.inlinediff.rendering import DiffWords

DECIDABLE = (HunkState.PENDING, HunkState.CONFLICTED)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a hunk was rejected, in the person's words."""

    hunk: Hunk
    prompt: str
    text: str


@dataclass(frozen=True, slots=True)
class Guarded:
    """Hunks of a protected file that were to be kept: they wait for a word on that file."""

    prompt: str
    numbers: tuple[int, ...]


class InlineDiff(QObject):
    """The proposals of one editor. Hunks are named by their id; ``prompt`` tells apart runs that
    number alike.
    """

    hunk_decided = Signal(object)
    """A :class:`Hunk` in present coordinates, kept or rejected (by a command, or again by redo)."""
    hunk_reopened = Signal(object)
    """A :class:`Hunk` that is pending again: its keep was undone, or its rejection was taken back.
    """
    hunks_changed = Signal(object)
    """:class:`Counts`, whenever hunks came, went, or changed their state."""
    reason_given = Signal(object)
    """A :class:`Reason`."""
    confirmation_requested = Signal(object)
    """:class:`Guarded`: nothing of it was kept; :meth:`confirm` and keep again."""

    def __init__(
        self,
        editor: CodeEditor,
        diff_words: DiffWords,
        three_way: ThreeWay,
        keys: Mapping[str, str] | None = None,
    ) -> None:
        """``keys`` are those of commands, as the buttons of hunks show them."""
        super().__init__(editor)
        self._editor = editor
        self._book = HunkBook(editor.surface, three_way, self._writing)
        self._canvas = Canvas(editor, self._book, diff_words, self, keys or {})
        self._chosen: Tracked | None = None
        self._confirmed: set[str] = set()
        """Prompts whose hunks in this file the person confirmed."""
        self._counts = Counts()
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.timeout.connect(self.refresh)
        self.slot = self._canvas.slot
        self._book.replaced.append(self.slot.on_replaced)
        editor.surface.modified.connect(self._on_modified)
        editor.document_replaced.connect(self.clear)
        canvas = self._canvas
        canvas.keep_requested.connect(self._keep)
        canvas.reject_requested.connect(self._reject)
        canvas.replace_requested.connect(self._replace)
        canvas.moved_requested.connect(self._to_other_half)
        canvas.reason_typed.connect(self._on_reason)
        canvas.line_requested.connect(self._on_line)

    # ---- what a run says ----

    def begin(self, snapshot: Snapshot, prompt: str = "", mode: Mode | str = Mode.PROPOSE) -> None:
        """A run starts to answer ``snapshot``, which was just taken; edits are followed from here
        on.
        """
        self._book.begin(snapshot, prompt, Mode(mode))

    def show_change(self, change: FileChange, prompt: str = "") -> None:
        """The run's hunks so far. Call at most once a frame, with the latest; ids are stable."""
        self._book.show(change, prompt)
        self.refresh()

    def show_opinion(self, opinion: Opinion, number: int, prompt: str) -> None:
        """What a model thinks of a hunk, beside its buttons."""
        item = self._book.find(number, prompt)
        if item is not None and item.opinion != opinion:
            item.opinion = opinion
            self.refresh()

    def end(self, prompt: str = "") -> None:
        """The run is over; when it proposed nothing here, nothing of it is followed any more."""
        self._book.end(prompt)

    def follows(self) -> bool:
        """Whether edits of the text matter to any run."""
        return self._book.follows()

    def withdraw(self, prompt: str = "") -> None:
        """The prompt is asked again: its undecided hunks are superseded."""
        self._book.withdraw(prompt)
        self.refresh()

    def forget_decided(self) -> None:
        """Track decided hunks no longer: after a commit, or when the document is closed."""
        self._book.forget(set(HunkState) - set(OPEN))
        self.refresh()

    def clear(self) -> None:
        """Forget every hunk, decided or not; the text stays as it is."""
        self._book.clear()
        self.refresh()

    # ---- what the person decides ----

    def keep(self, number: int, prompt: str | None = None) -> bool:
        """Put the hunk into the text, one step of undo. A conflict keeps both sides. False if it is
        not open, or waits for :meth:`confirm`.
        """
        return self._with(self._book.find(number, prompt), self._keep)

    def confirm(self, prompt: str) -> None:
        """The person was shown the name of this protected file and said yes to this run's hunks."""
        self._confirmed.add(prompt)

    def reject(self, number: int, prompt: str | None = None, reason: str = "") -> bool:
        """Leave the text as it is; touches no byte and no undo. False if it is not open."""
        item = self._book.find(number, prompt)
        done = self._with(item, self._reject)
        if done and reason and item is not None:
            self.reason_given.emit(Reason(self._book.as_hunk(item), item.run.prompt, reason))
        return done

    def keep_all(self) -> int:
        """Keep every pending hunk as one step of undo; conflicts stay open. Returns how many."""
        return self._decide_all(keep=True)

    def keep_those(self, wanted: Callable[[Hunk], bool]) -> int:
        """Keep the pending hunks that ``wanted`` names, seen as by :meth:`hunks`; how many."""
        self._settle()
        pending = [i for i in self._book.tracked if i.state is HunkState.PENDING]
        chosen = [item for item in pending if wanted(self._book.as_hunk(item))]
        return sum(self._with(item, self._keep) for item in reversed(chosen))

    def reject_all(self) -> int:
        """Reject everything that is open. Returns how many."""
        return self._decide_all(keep=False)

    def decide_prompt(self, prompt: str, keep: bool) -> int:
        """The same for the hunks of one prompt alone."""
        return self._decide_all(keep, prompt)

    def restore_rejected(self) -> int:
        """Make every rejected hunk pending again. Returns how many."""
        rejected = [item for item in self._book.tracked if item.state is HunkState.REJECTED]
        for item in reversed(rejected):
            self._book.restore(item)
        self.refresh()
        return len(rejected)

    # ---- where one is ----

    def next(self) -> Hunk | None:
        """Go to the next undecided hunk after the current one; from the last to the first."""
        return self._step(1)

    def previous(self) -> Hunk | None:
        """Go to the undecided hunk before the current one."""
        return self._step(-1)

    def current(self) -> Hunk | None:
        """The hunk that keys act on: the one gone to, else the one at the caret or after it."""
        self._settle()
        item = self._current()
        return self._book.as_hunk(item) if item is not None else None

    def hunks(self, prompt: str | None = None) -> tuple[Hunk, ...]:
        """All hunks in coordinates of the present buffer, in their order."""
        self._settle()
        items = self._book.tracked
        return tuple(self._book.as_hunk(i) for i in items if prompt in (None, i.run.prompt))

    def states(self, prompt: str | None = None) -> Mapping[int, HunkState]:
        """State by id."""
        self._settle()
        items = self._book.tracked
        return {i.hunk.id: i.state for i in items if prompt in (None, i.run.prompt)}

    def counts(self) -> Counts:
        """How many hunks there are now, by state."""
        self._settle()
        return self._counts

    def prompt_of(self, number: int) -> str:
        """The prompt of the hunk that this id means here; empty when there is none."""
        item = self._book.find(number)
        return item.run.prompt if item is not None else ""

    def open_prompt(self, widget: QWidget, span: LineSpan) -> None:
        """Show ``widget`` under the first line of ``span``; it holds its place while text grows."""
        self.slot.open(widget, span)

    def refresh(self) -> None:
        """Derive what was touched and draw what changed."""
        self._later.stop()
        self._settle()
        self._canvas.draw(self._current())

    # ---- inside ----

    def _writing(self, prompt: str) -> AbstractContextManager[None]:
        authors = self._editor.authors
        return authors.writing(authors.signer(prompt))

    def _settle(self) -> None:
        for item, old in self._book.settle():
            if item.state in OPEN and old not in OPEN:
                self.hunk_reopened.emit(self._book.as_hunk(item))
            elif item.state not in OPEN and item.state is not HunkState.SUPERSEDED:
                self.hunk_decided.emit(self._book.as_hunk(item))
        tally = Counter(item.state for item in self._book.tracked)
        counts = Counts(
            tally[HunkState.PENDING],
            tally[HunkState.STREAMING],
            tally[HunkState.CONFLICTED],
            tally[HunkState.KEPT],
            tally[HunkState.REJECTED],
        )
        if counts != self._counts:
            self._counts = counts
            self.hunks_changed.emit(counts)

    def _with(self, item: Tracked | None, act: object) -> bool:
        self._settle()
        if item is None or item.state not in OPEN or not callable(act):
            return False
        act(item)
        return item.state not in OPEN

    def _keep(self, item: Tracked) -> None:
        if item.state not in DECIDABLE or self._editor.surface.readOnly():
            return
        if not self._free([item]):
            return
        self._act(item, self._book.apply if item.run.mode is Mode.PROPOSE else self._book.dismiss)

    def _reject(self, item: Tracked) -> None:
        if item.run.mode is Mode.PROPOSE:
            self._act(item, self._book.dismiss)
        elif not self._editor.surface.readOnly():
            self._act(item, self._book.apply)

    def _replace(self, item: Tracked) -> None:
        if item.state in DECIDABLE and not self._editor.surface.readOnly() and self._free([item]):
            self._act(item, self._book.apply_instead)

    def _free(self, items: Iterable[Tracked]) -> list[Tracked]:
        """Those that may be kept; for the others it is asked, once for each run."""
        free: list[Tracked] = []
        asks: dict[str, list[int]] = {}
        for item in items:
            if PROTECTED in item.hunk.flags and item.run.prompt not in self._confirmed:
                asks.setdefault(item.run.prompt, []).append(item.hunk.id)
            else:
                free.append(item)
        for prompt, numbers in asks.items():
            self.confirmation_requested.emit(Guarded(prompt, tuple(numbers)))
        return free

    def _act(self, item: Tracked, act: object) -> None:
        assert callable(act)
        following = self._after(item)
        with self._canvas.annotations.still():
            act(item)
            if self._chosen is item:
                self._chosen = following
            self.refresh()

    def _decide_all(self, keep: bool, prompt: str | None = None) -> int:
        self._settle()
        s = self._editor.surface
        states = DECIDABLE[:1] if keep else OPEN
        items = [item for item in self._book.tracked if item.state in states]
        items = [item for item in items if prompt in (None, item.run.prompt)]
        if s.readOnly():
            items = [item for item in items if keep is (item.run.mode is Mode.REVIEW)]
        if keep:
            items = self._free(items)
        with self._canvas.annotations.still():
            s.beginUndoAction()
            for prompt in dict.fromkeys(item.run.prompt for item in items):
                with self._writing(prompt):  # one step of one writer, however many hunks
                    self._put_all([i for i in reversed(items) if i.run.prompt == prompt], keep)
            s.endUndoAction()
            self.refresh()
        return len(items)

    def _put_all(self, items: list[Tracked], keep: bool) -> None:
        puts = {item for item in items if keep is (item.run.mode is Mode.PROPOSE)}
        self._book.apply_all(puts)
        self._book.dismiss_all(item for item in items if item not in puts)

    def _step(self, by: int) -> Hunk | None:
        self._settle()
        items = [item for item in self._book.tracked if item.state in OPEN]
        if not items:
            return None
        here = self._chosen if self._chosen in items else None
        if here is not None:
            at = (items.index(here) + by) % len(items)
        else:
            caret = self._editor.surface.currentPos()
            later = [n for n, item in enumerate(items) if item.range.end >= caret]
            at = later[0] if later else 0
            if by < 0:
                at = (later[0] if later else len(items)) - 1
        self._go(items[at])
        return self._book.as_hunk(items[at])

    def _go(self, item: Tracked) -> None:
        self._chosen = item
        span = self._book.span(item)
        self._editor.goto(span.start)
        self.refresh()

    def _current(self) -> Tracked | None:
        items = [item for item in self._book.tracked if item.state in DECIDABLE]
        if self._chosen in items:
            return self._chosen
        caret = self._editor.surface.currentPos()
        return next(
            (item for item in items if item.range.end >= caret), items[-1] if items else None
        )

    def _after(self, item: Tracked) -> Tracked | None:
        items = [other for other in self._book.tracked if other.state in OPEN or other is item]
        if item not in items or len(items) < 2:
            return None
        return items[(items.index(item) + 1) % len(items)]

    def _to_other_half(self, item: Tracked) -> None:
        other = item.run.hunks.get(item.hunk.moved)
        if other is not None:
            self._go(other)

    def _on_line(self, item: Tracked) -> None:
        """The line an opinion speaks of, as near as the text that stands has it."""
        opinion, span = item.opinion, self._book.span(item)
        if opinion is not None and opinion.line is not None:
            shift = opinion.line - item.hunk.base.start
            self._chosen = item
            self._editor.goto(span.start + max(0, min(shift, max(0, span.size - 1))))
            self.refresh()

    def _on_reason(self, item: Tracked, text: str) -> None:
        if self._with(item, self._reject) and text:
            self.reason_given.emit(Reason(self._book.as_hunk(item), item.run.prompt, text))

    def _on_modified(
        self, kind: int, position: int, length: int, added: int, data: object, *_: object
    ) -> None:
        if not kind & 3:
            return
        if self._book.follows():
            raw: bytes = data.data()  # type: ignore[attr-defined]
            self._book.on_modified(int(kind), position, raw)
        if not self._book.replacing:
            self.slot.on_modified(bool(kind & INSERTED), position, length)
        if self._book.tracked or self.slot.widget is not None:
            self._canvas.on_modified(position, added)
            self._later.start()
