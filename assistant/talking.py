"""Conversations of a project in plain values: kept, listed, gone back in. Blocking calls.

What a person typed is kept as it was sent: secrets stand as placeholders.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assistant.repo.journal import Journal
    from assistant.repo.talks import Talk, Turn


def without_secrets(text: str) -> str:
    """``text`` with placeholders where secrets stand, as it would be sent."""
    from assistant.context.secrets import redact  # only once something is asked

    return redact(text).text


@dataclass(frozen=True, slots=True)
class Opened:
    """A conversation to be shown; ``goto`` is the number of a turn, 0 for the last."""

    id: str
    title: str
    turns: tuple[Turn, ...]
    goto: int = 0
    memory: tuple[tuple[str, str], ...] = ()
    """Question and whole answer of each turn, as the model is told of them when it goes on."""


@dataclass(frozen=True, slots=True)
class RunShown:
    """A run that is no turn of a conversation, from its log."""

    id: str
    title: str
    model: str
    said: str
    cost: float | None
    seconds: float


@dataclass(frozen=True, slots=True)
class GoneBack:
    """``numbers`` of turns were set aside; ``question`` is the first of them."""

    id: str
    numbers: tuple[int, ...]
    question: str
    opened: Opened


class Talking:
    """Over the journal of one project."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._book = journal.talks

    def keep(self, talk: str, title: str, turn: Turn) -> None:
        changes = turn.changes
        if changes is not None:
            changes = replace(changes, title=without_secrets(changes.title))
        question, about = without_secrets(turn.question), without_secrets(turn.about)
        sealed = replace(turn, question=question, about=about, changes=changes)
        self._book.put(talk, without_secrets(title), sealed)

    def talks(self) -> list[Talk]:
        return self._book.talks()

    def next_number(self, talk: str) -> int:
        return self._book.next_number(talk)

    def open(self, talk: str, goto: int = 0) -> Opened:
        turns = tuple(self._book.turns(talk))
        memory = tuple((turn.words, self._reply(turn.run) or turn.said) for turn in turns)
        return Opened(talk, turns[0].question if turns else "", turns, goto, memory)

    def _reply(self, run: str) -> str:
        """What a run answered, edits and all, from its log."""
        lines = self._journal.run_log(run).read() if run else []
        return next((str(x.get("text", "")) for x in reversed(lines) if x["kind"] == "reply"), "")

    def open_run(self, run: str) -> Opened | RunShown:
        """The conversation that a run belongs to, or what its log says of it."""
        found = self._book.of_run(run)
        if found is not None:
            return self.open(*found)
        note = self._journal.run_notes.get(run)
        said = self._reply(run)
        if note is None:
            return RunShown(run, "A run of which nothing else is kept", "", said, None, 0.0)
        return RunShown(run, note.title, note.model, said, note.cost, note.seconds)

    def go_back(self, talk: str, number: int) -> GoneBack:
        """Set aside every turn from ``number`` on. No file is touched."""
        later = [turn for turn in self._book.turns(talk) if turn.number >= number]
        self._book.go_back(talk, number)
        question = later[0].question if later else ""
        return GoneBack(talk, tuple(t.number for t in later), question, self.open(talk))

    def go_back_to_run(self, run: str) -> GoneBack | None:
        """The conversation as it was right after the turn that ``run`` was."""
        found = self._book.of_run(run)
        return None if found is None else self.go_back(found[0], found[1] + 1)

    def bring_back(self, talk: str, numbers: tuple[int, ...]) -> Opened:
        self._book.bring_back(talk, numbers)
        return self.open(talk)

    def set_aside(self, talk: str, gone: bool) -> list[Talk]:
        """Take a conversation out of the list or put it back; the list as it is then."""
        self._book.set_aside(talk, gone)
        return self.talks()
