"""Who wrote what in one editor, character by character, while it is edited. Draws nothing.

Undo and redo bring writers back with their text: history is a line, so what was deleted at a place
comes back at that place with the same bytes. The steps of others than the person are kept with the
text before and after, so that a save can be booked by who wrote what.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence

from assistant.types import BEFORE, TYPED, Author, By, LineSpan, Origin, Passage, Step
from widgets.editor.spans import Run, Spans, carried
from widgets.editor.surface import DELETED, INSERTED, REDONE, UNDONE, Surface, decode, encode

MINUTES = 10 * 60
"""Typing within the same ten minutes is one passage."""
_MOST_RECORDS = 20_000
_NOTHING: tuple[int, bytes, list[Run]] = (-1, b"", [])
LARGE = 50_000_000
"""Above this many bytes no step is kept apart: each would be two copies of the text."""
_LARGE = 5_000_000
"""Above this many bytes only the last step of a kind is kept apart."""


@dataclass(frozen=True, slots=True)
class _Step:
    origin: Origin
    before: bytes
    after: bytes


class Authors(QObject):
    """Wrap what a program writes in :meth:`writing`; everything else is the person's."""

    changed = Signal()
    """Other writers than those of the last edit: after a load."""

    def __init__(self, surface: Surface, clock: Callable[[], float] = time.time) -> None:
        super().__init__(surface)
        self._surface, self._clock = surface, clock
        self._origins: list[Origin] = [BEFORE]
        self._numbers: dict[Origin, int] = {BEFORE: 0}
        self._spans = Spans()
        self._signed: dict[str, Origin] = {}
        self._writer: int | None = None
        self._gone: dict[tuple[int, int, int], list[list[Run]]] = {}
        self._lifted: tuple[bytes, list[Run]] = (b"", [])
        """The last whole lines that went, so that lines which are moved keep their writers."""
        self._replaced = _NOTHING
        """What a program took out just now, where it is going to put something else."""
        self._steps: list[_Step] = []
        self._undone: list[_Step] = []
        surface.pasting = self.pasting
        surface.modified.connect(self._on_modified)

    # ---- who ----

    def sign(self, prompt: str, origin: Origin) -> None:
        """Hunks of ``prompt`` that are kept from now on are from ``origin``."""
        self._signed[prompt] = origin

    def signer(self, prompt: str) -> Origin:
        """Who is behind a prompt; a model without a name when nobody signed for it."""
        origin = self._signed.get(prompt) or Origin(Author(By.MODEL), why=prompt)
        return origin if origin.time else Origin(origin.author, 0, origin.why, self._clock())

    @contextmanager
    def writing(self, origin: Origin, *, booked: bool = True) -> Iterator[None]:
        """What changes inside is from ``origin``, as one step; ``booked`` when a save shall tell
        of it, which none does of a large text.
        """
        outer = self._writer
        booked = booked and outer is None and self._surface.length() <= LARGE
        before = self._surface.data() if booked else b""
        self._writer = self._number(origin)
        try:
            yield
        finally:
            self._writer = outer
            if booked and (after := self._surface.data()) != before:
                self._book(_Step(origin, before, after))

    def pasting(self) -> AbstractContextManager[None]:
        """What comes in from the clipboard or is dropped here."""
        moment = self._clock() // MINUTES * MINUTES
        return self.writing(Origin(Author(By.PASTE), why="pasted", time=moment))

    def take_key(self, event: QKeyEvent) -> bool:
        """Paste is done here, so that it is known as one."""
        if not event.matches(QKeySequence.StandardKey.Paste):
            return False
        with self.pasting():
            self._surface.paste()
        return True

    # ---- what is known ----

    def load(self, passages: Sequence[Passage], steps: Sequence[Step], saved: str) -> bool:
        """Who wrote the present text, and how it came from ``saved``; False if they do not fit."""
        runs = self._as_runs(passages)
        if sum(size for size, _ in runs) != self._surface.length():
            return False
        self._spans.reset(runs)
        before = encode(saved)
        self._steps.clear()
        for step in steps:
            after = encode(step.after)
            if step.origin.author.by is not By.PERSON:
                self._steps.append(_Step(step.origin, before, after))
            before = after
        self.changed.emit()
        return True

    def passages(self, text: str | None = None) -> tuple[Passage, ...]:
        """The whole text in characters; ``text`` is that text, where the caller has it already."""
        found: list[Passage] = []
        at = 0
        if text is None:
            plain = self._surface.data().isascii()
        else:  # as many characters as bytes: each is one of both
            plain = len(text) == self._surface.length()
        for size, who in self._spans.runs():
            count = size if plain else len(decode(self._surface.data(at, at + size)))
            found.append(Passage(count, self._origins[who]))
            at += size
        return tuple(found)

    def steps(self) -> tuple[Step, ...]:
        """How the text came about since it was saved; the person's typing stands between others'
        steps.
        """
        found: list[Step] = []
        last: bytes | None = None
        for step in self._steps:
            if step.before != last:
                found.append(Step(TYPED, decode(step.before)))
            found.append(Step(step.origin, decode(step.after)))
            last = step.after
        return tuple(found)

    def count(self) -> int:
        """How many steps :meth:`steps` tells of, without the typing between them."""
        return len(self._steps)

    def settle(self, count: int) -> None:
        """The first ``count`` steps are booked; what came since stays."""
        del self._steps[:count]

    def rebase(self, moved: Callable[[str], str | None]) -> None:
        """What is saved became another text: ``moved`` tells what a text of a step is now, or None
        when that cannot be told; then the step is booked as typing.
        """
        found = []
        for step in self._steps:
            before, after = moved(decode(step.before)), moved(decode(step.after))
            if before is not None and after is not None and before != after:
                found.append(_Step(step.origin, encode(before), encode(after)))
        self._steps = found
        self._undone.clear()

    def origins_of(self, span: LineSpan) -> tuple[Origin, ...]:
        """Who wrote what can be seen of these lines, most of it first."""
        s = self._surface
        start, end = s.line_start(span.start), s.line_start(span.end)
        weights: dict[int, int] = {}
        at = start
        for size, who in self._spans.between(start, end):
            seen = len(s.data(at, at + size).strip())
            weights[who] = weights.get(who, 0) + seen
            at += size
        ranked = sorted((who for who, seen in weights.items() if seen), key=lambda w: -weights[w])
        return tuple(self._origins[who] for who in ranked or weights)

    def lines_of(self, by: By, first: int, last: int) -> list[int]:
        """The lines from ``first`` to before ``last`` of which ``by`` wrote something visible."""
        s = self._surface
        found: list[int] = []
        at = s.line_start(first)
        for size, who in self._spans.between(at, s.line_start(last)):
            if self._origins[who].author.by is by and s.data(at, at + size).strip():
                begin = s.lineFromPosition(at)
                end = s.lineFromPosition(at + size - 1)
                found += [n for n in range(begin, end + 1) if not found or n > found[-1]]
            at += size
        return found

    # ---- inside ----

    def _number(self, origin: Origin) -> int:
        number = self._numbers.get(origin)
        if number is None:
            number = self._numbers[origin] = len(self._origins)
            self._origins.append(origin)
        return number

    def _typed(self) -> int:
        """The person, now."""
        moment = self._clock() // MINUTES * MINUTES
        return self._number(Origin(TYPED.author, 0, TYPED.why, moment))

    def _as_runs(self, passages: Sequence[Passage]) -> list[Run]:
        data = self._surface.data()
        if data.isascii():
            return [(one.size, self._number(one.origin)) for one in passages]
        text, at, runs = decode(data), 0, []
        for one in passages:
            size = len(encode(text[at : at + one.size]))
            runs.append((size, self._number(one.origin)))
            at += one.size
        return runs

    def start(self) -> None:
        """Another text altogether: all of it was here before."""
        self._spans.reset([(self._surface.length(), 0)])
        self._gone.clear()
        self._steps.clear()
        self._undone.clear()
        self._lifted = (b"", [])

    def _book(self, step: _Step) -> None:
        self._undone.clear()
        last = self._steps[-1] if self._steps else None
        large = len(step.after) > _LARGE
        if last is not None and large and last.origin == step.origin:
            self._steps[-1] = _Step(step.origin, last.before, step.after)
        else:
            self._steps.append(step)

    def _on_modified(
        self, kind: int, position: int, length: int, _added: int, data: object, *_: object
    ) -> None:
        if not kind & (INSERTED | DELETED):
            return
        raw: bytes = data.data()  # type: ignore[attr-defined]
        by_history = bool(kind & (UNDONE | REDONE))
        if kind & INSERTED:
            self._spans.insert(position, self._writers(position, raw, by_history))
            self._replaced = _NOTHING
        else:
            gone = self._spans.delete(position, length)
            self._remember(position, raw, gone)
            self._replaced = (position, raw, gone) if self._writer is not None else _NOTHING
            if not by_history and b"\n" in raw:
                self._lifted = (raw, gone)
        if by_history:
            self._follow(kind)
        elif self._writer is None:
            self._undone.clear()

    def _writers(self, position: int, raw: bytes, by_history: bool) -> list[Run]:
        key = (position, len(raw), hash(raw))
        if by_history and (stack := self._gone.get(key)):
            return stack.pop()
        pasted = self._writer is not None and self._origins[self._writer].author.by is By.PASTE
        if raw == self._lifted[0] and (self._writer is None or pasted):
            return self._lifted[1]
        if self._writer is None:
            return [(len(raw), self._typed())]
        at, old, runs = self._replaced
        if at == position and b"\n" in old:  # a part of a line is no line that came back
            return carried(old, runs, raw, self._writer)
        return [(len(raw), self._writer)]

    def _remember(self, position: int, raw: bytes, gone: list[Run]) -> None:
        if len(self._gone) > _MOST_RECORDS:
            self._gone.pop(next(iter(self._gone)))
        self._gone.setdefault((position, len(raw), hash(raw)), []).append(gone)

    def _follow(self, kind: int) -> None:
        """Undo goes back over steps, redo forward again."""
        if kind & UNDONE and self._steps and self._is(self._steps[-1].before):
            self._undone.append(self._steps.pop())
        elif kind & REDONE and self._undone and self._is(self._undone[-1].after):
            self._steps.append(self._undone.pop())

    def _is(self, text: bytes) -> bool:
        return len(text) == self._surface.length() and self._surface.data() == text
