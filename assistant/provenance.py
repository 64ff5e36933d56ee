"""Who wrote what in a project, in plain values, and taking one change out of a buffer. Blocking
calls.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from assistant.edits.diff import diff_lines
from assistant.edits.merge import three_way
from assistant.repo.authorship import OUTSIDE, passages_of, typed_over
from assistant.repo.codec import decode
from assistant.repo.effects import Effects
from assistant.repo.journal import Journal
from assistant.repo.runs import RunNote
from assistant.repo.takeback import take_back
from assistant.types import Author, By, LineSpan, Origin, Passage, Step


@dataclass(frozen=True, slots=True)
class Writers:
    """Who wrote a text: ``steps`` lead from what is saved to an unsaved text that was recovered."""

    path: PurePosixPath
    text: str
    passages: tuple[Passage, ...]
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class UndoWish:
    """Take a model's change out of ``text``: the place that ``line`` stands in, which ``origin``
    wrote, or the whole last change. ``saved`` and ``steps`` are how the buffer came about.
    """

    path: PurePosixPath
    text: str
    version: int
    saved: str
    steps: tuple[Step, ...] = ()
    line: int | None = None
    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Undoable:
    """What would stand: ``after`` in place of the buffer. ``places`` is 0 when nothing can be done,
    and then ``why`` is a sentence; with places it tells what would be left.
    """

    wish: UndoWish
    after: str
    places: int = 0
    title: str = ""
    model: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class _Change:
    author: Author
    why: str
    before: str
    after: str


class Provenance:
    """Over the journal of one project."""

    def __init__(self, journal: Journal, effects: Effects) -> None:
        self._journal, self._effects = journal, effects

    # -- what is known -------------------------------------------------------------------------

    def writers(self, path: PurePosixPath, text: str, saved: str) -> Writers:
        """Who wrote ``text``: an unsaved buffer as it was journaled, else a file as it was read."""
        known: tuple[Passage, ...] | None = None
        steps: tuple[Step, ...] = ()
        if text != saved:
            known, steps = self._journal.passages.buffer(path, text)
        if known is None:
            if text != saved:
                known = typed_over(self._journal, path, text, diff_lines, saved)
            else:
                known = passages_of(self._journal, path, text, diff_lines, self._outside())
        return Writers(path, text, known, steps)

    def _outside(self) -> Origin:
        """Who wrote what the journal does not know: the command that runs, or another program."""
        running = self._effects.running
        return OUTSIDE if running is None else Origin(running, why=running.name, time=time.time())

    def run(self, run: str) -> RunNote | None:
        return self._journal.run_notes.get(run)

    def note_run(self, note: RunNote) -> None:
        self._journal.run_notes.put(note)

    # -- taking one change out -----------------------------------------------------------------

    def undoable(self, wish: UndoWish) -> Undoable:
        """What taking the change back would make of the buffer; nothing happens yet."""
        changes = self._changes(wish)
        if wish.origin is not None:
            who, why = wish.origin.author, wish.origin.why
            changes = [c for c in changes if c.author == who and c.why == why]
        else:
            changes = _of_last_run(changes, wish.text)
        if not changes:
            return Undoable(wish, wish.text, why="No model changed this file.")
        text, places = wish.text, 0
        clashes: list[LineSpan] = []
        for change in changes:
            line = wish.line if text == wish.text else None
            if wish.line is not None and line is None:
                break  # the place was found in a newer step
            taken = take_back(
                text, change.before, change.after, merge=three_way, diff=diff_lines, line=line
            )
            text, places = taken.after, places + taken.places
            clashes += taken.clashes
        first = changes[0]
        why = _clashing(clashes, places) if clashes else ""
        if not places and not why:
            why = "Nothing of that change stands here any more."
        return Undoable(wish, text, places, first.why, first.author.name, why)

    def _changes(self, wish: UndoWish) -> list[_Change]:
        """What models did to the buffer, the newest first: unsaved steps, then saved ones."""
        found: list[_Change] = []
        before = wish.saved
        for step in wish.steps:
            if step.origin.author.by is By.MODEL:
                found.append(_Change(step.origin.author, step.origin.why, before, step.after))
            before = step.after
        found.reverse()
        for entry in reversed(self._journal.ledger.steps_of_path(wish.path)):
            if entry.author.by is By.MODEL:
                for change in entry.changes:
                    if change.pre != change.post:
                        texts = self._text(change.pre), self._text(change.post)
                        found.append(_Change(entry.author, entry.why, *texts))
        return found

    def _text(self, key: str) -> str:
        return decode(self._journal.ledger.content(key)).text


def _of_last_run(changes: Sequence[_Change], text: str) -> list[_Change]:
    """All steps of the newest run of which anything still stands in ``text``."""
    for change in changes:
        taken = take_back(text, change.before, change.after, merge=three_way, diff=diff_lines)
        if taken.places or taken.clashes:
            mine = (change.author, change.why)
            return [other for other in changes if (other.author, other.why) == mine]
    return []


def _clashing(clashes: Sequence[LineSpan], places: int) -> str:
    where = ", ".join(str(span.start + 1) for span in clashes[:3])
    more = " and more" if len(clashes) > 3 else ""
    left = "that part stays" if places else "it is left as it is"
    return f"You changed the same lines too (line {where}{more}), so {left}."
