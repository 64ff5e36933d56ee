"""What can be said of a proposal before the person judges it: checks, another model's opinion.

Knows review, notices and the assistance. An opinion is a label on a hunk and changes nothing.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from app.bridge import Run
from app.document import Document
from app.proposals import OPEN, Proposal
from assistant.errors import sentence_of
from assistant.events import (
    ContextReady,
    Event,
    Failed,
    Opinion,
    OpinionsGiven,
    Outcome,
    Parcel,
    UsageChanged,
    Verdict,
)
from assistant.types import ChangeSet, FileChange
from widgets.forecast import cost_words
from widgets.statusbar import tokens

if TYPE_CHECKING:
    from app.workspace import Workspace

_NOTICE = "opinion"


class Judgement(QObject):
    """One question at a time; what was said of a hunk is told again when its file opens."""

    def __init__(self, work: Workspace) -> None:
        super().__init__(work)
        self._work, self._review, self._documents = work, work.review, work.documents
        self._run: Run | None = None
        self._asked: tuple[Proposal, ...] = ()
        self._given: dict[tuple[str, str], dict[int, Opinion]] = {}
        self._said = ""
        self._documents.opened.connect(self._on_opened)

    # -- the app's own checks ------------------------------------------------------------------

    def check_now(self) -> None:
        """Run the checks over everything that is proposed, and over unsaved text."""
        waiting = tuple(self._review.present(p) for p in self._review.proposals())
        named = {change.base.path for change in waiting}
        typed = tuple(
            FileChange(document.snapshot())
            for document in self._documents.all()
            if document.modified and document.path not in named
        )
        run = self._work.check(ChangeSet("checks", "checks", (*waiting, *typed)))
        if run is not None:
            self._work.status.tell("The checks are running.")
            run.events.connect(self._work.status.hear_all)

    # -- another model's opinion ---------------------------------------------------------------

    @Slot()
    def ask(self) -> None:
        """What it would cost first; it is asked when the person says so."""
        assistance = self._work.assistance
        self._asked = self._in_front()
        if assistance is None or not self._asked:
            self._work.status.tell("No hunk waits for an opinion.")
            return
        self.stop()
        run = self._work.door.open(assistance.opinion(self._changes(), ask=False))
        run.events.connect(self._on_weighed)
        run.ended.connect(self._on_failed)

    def stop(self) -> None:
        """The opinion is not waited for any more."""
        if self._run is not None:
            self._run.cancel()

    def clear(self) -> None:
        """Another project."""
        self.stop()
        self._asked = ()
        self._given.clear()

    def _in_front(self) -> tuple[Proposal, ...]:
        """What is undecided of the run whose hunk is in front; else of all."""
        waiting = tuple(p for p in self._review.proposals() if p.tally.open)
        current = self._documents.current()
        hunk = current.diff.current() if current is not None else None
        if current is None or hunk is None:
            return waiting
        prompt = current.diff.prompt_of(hunk.id)
        return tuple(p for p in waiting if p.prompt == prompt)

    def _changes(self) -> ChangeSet:
        files = tuple(self._review.present(proposal) for proposal in self._asked)
        return ChangeSet("opinion", self._asked[0].title, files)

    @Slot(list)
    def _on_weighed(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, ContextReady):
                self._offer(event.parcel)

    def _offer(self, parcel: Parcel) -> None:
        """Model, size and price, before anything leaves."""
        hunks = sum(h.state in OPEN for change in self._changes().files for h in change.hunks)
        what = "1 hunk" if hunks == 1 else f"{hunks} hunks"
        cost = cost_words(parcel.terms)
        price = "price not known" if cost == "—" else cost
        words = (
            f"Ask {parcel.model} for its opinion of {what}?"
            f" ≈ {tokens(parcel.tokens)} tokens, {price}."
        )
        show = partial(self._work.sending.show, parcel, sent=False)
        actions = (("Ask", self._ask), ("Show what leaves", show))
        self._work.notices.show(_NOTICE, words, "info", *actions)

    def _ask(self) -> None:
        assistance = self._work.assistance
        self._asked = tuple(p for p in self._asked if p.tally.open)
        if assistance is None or not self._asked:
            return
        run = self._run = self._work.door.open(assistance.opinion(self._changes(), ask=True))
        run.events.connect(self._on_events)
        run.ended.connect(self._on_ended)
        stop = ("Stop", self.stop)
        self._work.notices.show(_NOTICE, "The second opinion is being written.", "info", stop)

    @Slot(list)
    def _on_events(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, UsageChanged):
                self._work.status.hear(event)
            self._work.sending.remember(event)
            if isinstance(event, OpinionsGiven):
                self._take(event)

    def _take(self, given: OpinionsGiven) -> None:
        prompts = {proposal.path: proposal.prompt for proposal in self._asked}
        by_path = {str(p.change.moved_to): p.path for p in self._asked if p.change.moved_to}
        for opinion in given.opinions:
            path = by_path.get(opinion.path, opinion.path)
            key = (prompts[path], path)
            self._given.setdefault(key, {})[opinion.hunk] = opinion
        for document in self._documents.all():
            self._on_opened(document)
        self._said = summary(given)
        self._work.status.tell(self._said)

    @Slot(object)
    def _on_opened(self, document: Document) -> None:
        for (prompt, path), opinions in self._given.items():
            if path == document.key:
                for number, opinion in opinions.items():
                    document.diff.show_opinion(opinion, number, prompt)

    @Slot(object)
    def _on_failed(self, outcome: Outcome) -> None:
        if isinstance(outcome, Failed):
            self._work.status.error(sentence_of(outcome.error))

    @Slot(object)
    def _on_ended(self, outcome: Outcome) -> None:
        self._run = None
        self._work.notices.drop(_NOTICE)
        if isinstance(outcome, Failed):
            self._work.status.error(sentence_of(outcome.error))


def summary(given: OpinionsGiven) -> str:
    """``qwen3 thinks: 2 fine, 1 doubt. 1 remark named no such line.``"""
    counts = [
        f"{count} {verdict.value}"
        for verdict in Verdict
        if (count := sum(o.verdict is verdict for o in given.opinions))
    ]
    words = f"{given.model} thinks: {', '.join(counts) or 'nothing that can be read'}."
    if given.dropped:
        words += f" {given.dropped} of its remarks named lines or hunks that there are not."
    return words
