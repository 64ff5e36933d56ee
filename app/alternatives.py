"""Several drafts of one wish: which is shown in the review, and the way to the others.

Knows review and documents. What the person decided stays decided, whichever draft is shown; a draft
that is shown again waits as it came, under a prompt of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import count

from PySide6.QtCore import QObject, Signal, Slot

from app.document import Document
from app.documents import Documents
from app.review import Review
from app.writers import author_of
from assistant.edits.rebase import rebase
from assistant.events import Candidate, Chosen
from assistant.types import ChangeSet, FileChange, Hunk, HunkState
from widgets.reviewbar import ReviewBar

_MARK = "~"


def wish_of(prompt: str) -> str:
    """The wish that a draft's prompt belongs to; a prompt without drafts is its own."""
    return prompt.partition(_MARK)[0]


@dataclass(eq=False)
class _Drafts:
    """The drafts of one wish. ``owner`` is the prompt under which the shown one waits."""

    run: str
    title: str
    candidates: dict[str, Candidate]
    shown: str
    """The one in the review; empty while that is what came of a draft that failed."""
    owner: str
    owners: list[str]


@dataclass(frozen=True, slots=True)
class Shown:
    """Another draft is in the review: ``wish`` and ``run`` it belongs to, ``owner`` its prompt;
    ``gone`` are files that it does not change and the last one did.
    """

    wish: str
    run: str
    owner: str
    candidate: Candidate
    gone: tuple[str, ...] = ()


class Alternatives(QObject):
    """Keyed by the prompt of the wish."""

    switched = Signal(object)  # Shown
    told = Signal(str)

    def __init__(self, documents: Documents, review: Review, bar: ReviewBar) -> None:
        super().__init__(review)
        self._documents, self._review, self._bar = documents, review, bar
        self._wishes: dict[str, _Drafts] = {}
        self._legs = count(1)
        bar.draft_requested.connect(self.next)
        review.counted.connect(self._on_counted)
        documents.activated.connect(self._on_counted)

    def take(self, wish: str, run: str, title: str, chosen: Chosen) -> bool:
        """A run was decided: what it chose is shown, unless the person has decided something of
        what was shown until now. Returns whether the chosen one is shown.
        """
        candidates = {candidate.id: candidate for candidate in chosen.candidates}
        seen = chosen.shown
        self._wishes[wish] = _Drafts(run, title, candidates, seen, wish, [wish])
        if chosen.id != seen and self._decided(wish):
            best = candidates[chosen.id].title
            self.told.emit(f"{best} is better, but you have decided already; it waits beside.")
        elif chosen.id != seen:
            self.switch(wish, chosen.id)
        self._on_counted()
        return self._wishes[wish].shown == chosen.id

    def shown(self, wish: str) -> ChangeSet:
        """What the draft of a wish proposes that is shown."""
        drafts = self._wishes[wish]
        shown = drafts.candidates.get(drafts.shown)
        return shown.changes if shown is not None else ChangeSet(drafts.run, drafts.title)

    def owners(self, wish: str) -> tuple[str, ...]:
        """All prompts under which drafts of a wish were shown."""
        return tuple(self._wishes[wish].owners) if wish in self._wishes else (wish,)

    def clear(self) -> None:
        """Another project."""
        self._wishes.clear()
        self._bar.show_draft("")

    @Slot(str, str)
    def switch_run(self, run: str, id: str) -> None:
        """The same by the name of the run, from its card."""
        wish = next((wish for wish, drafts in self._wishes.items() if drafts.run == run), "")
        if wish and id in self._wishes[wish].candidates:
            self.switch(wish, id)

    @Slot()
    def next(self) -> None:
        """The next draft of the wish in front, after the last the first."""
        wish = self._in_front()
        if not wish:
            self.told.emit("There is no other draft here.")
            return
        drafts = self._wishes[wish]
        ids = list(drafts.candidates)
        place = ids.index(drafts.shown) if drafts.shown in ids else -1
        self.switch(wish, ids[(place + 1) % len(ids)])

    def switch(self, wish: str, id: str) -> None:
        """Show another draft: what is undecided of the shown one goes, what is kept stays."""
        drafts = self._wishes[wish]
        if id == drafts.shown:
            return
        before = {proposal.path for proposal in self._review.of(drafts.owner)}
        taken = self._taken(drafts)
        self._review.withdraw(drafts.owner)
        drafts.shown, candidate = id, drafts.candidates[id]
        drafts.owner = owner = f"{wish}{_MARK}{id}{next(self._legs)}"
        drafts.owners.append(owner)
        author = author_of(candidate.model, drafts.run)
        for change in candidate.changes.files:
            document = self._documents.get(change.base.path)
            left = _without(change, taken.get(str(change.base.path), ()))
            if document is not None:
                left = self._placed(left, document, owner)
            self._review.show(owner, drafts.title, candidate.model, left, author)
        gone = before - {str(change.base.path) for change in candidate.changes.files}
        self.switched.emit(Shown(wish, drafts.run, owner, candidate, tuple(sorted(gone))))
        self._on_counted()

    def _placed(self, change: FileChange, document: Document, owner: str) -> FileChange:
        """The change in the lines of the text as it is now."""
        self._review.begin(owner, document)
        moved = rebase(change, document.snapshot())
        left = (hunk for hunk in moved.hunks if hunk.state is not HunkState.KEPT)
        return replace(moved, hunks=tuple(left))

    def _decided(self, prompt: str) -> bool:
        """Whether the person kept or rejected something of it."""
        decided = (HunkState.KEPT, HunkState.REJECTED)
        changes = map(self._review.present, self._review.of(prompt))
        return any(hunk.state in decided for change in changes for hunk in change.hunks)

    def _taken(self, drafts: _Drafts) -> dict[str, list[Hunk]]:
        """Kept hunks of every draft of the wish, by file: they stand in the text already."""
        taken: dict[str, list[Hunk]] = {}
        for proposal in (p for owner in drafts.owners for p in self._review.of(owner)):
            said = {hunk.id: hunk for hunk in proposal.change.hunks}
            now = self._review.present(proposal).hunks
            kept = [said[h.id] for h in now if h.state is HunkState.KEPT and h.id in said]
            taken.setdefault(proposal.path, []).extend(kept)
        return taken

    def _in_front(self) -> str:
        """The wish whose drafts the bar speaks of: of the file in front, else the latest."""
        waiting = [p for p in self._review.proposals() if p.tally.open]
        current = self._documents.current()
        here = [p for p in waiting if current is not None and p.path == current.key]
        for proposal in (*reversed(here), *reversed(waiting)):
            wish = wish_of(proposal.prompt)
            if wish in self._wishes and len(self._wishes[wish].candidates) > 1:
                return wish
        return ""

    @Slot()
    def _on_counted(self) -> None:
        wish = self._in_front()
        drafts = self._wishes.get(wish)
        if drafts is None or not drafts.shown:
            self._bar.show_draft("")
            return
        candidate, total = drafts.candidates[drafts.shown], len(drafts.candidates)
        place = list(drafts.candidates).index(drafts.shown) + 1
        letter = drafts.shown.upper()
        self._bar.show_draft(
            f"Draft {letter}", f"Draft {place} of {total}, by {candidate.model}. Show the next one"
        )


def _without(change: FileChange, taken: Iterable[Hunk]) -> FileChange:
    """The change without hunks that say what was kept from another draft already."""
    same = {(hunk.base, hunk.new) for hunk in taken}
    hunks = tuple(hunk for hunk in change.hunks if (hunk.base, hunk.new) not in same)
    return replace(change, hunks=hunks)
