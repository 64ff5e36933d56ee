"""The table of proposals: what waits for a verdict, what is settled, how many hunks in which state.

Knows documents, no bar and no run. Counting costs what changed: only proposals of the file that
changed are looked at. What is settled, every hunk rejected or committed, leaves the table; it comes
back when an undo or a restored rejection opens one of its hunks again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from app.document import Document
from app.documents import Documents
from assistant.edits.rebase import rebase
from assistant.types import Author, By, FileChange, Hunk, HunkState, Origin, Snapshot

MODEL = Author(By.MODEL)
OPEN = (HunkState.STREAMING, HunkState.PENDING, HunkState.CONFLICTED)


class Tally(NamedTuple):
    """Hunks of one proposal, or of all; lines are those of open hunks."""

    open: int = 0
    total: int = 0
    added: int = 0
    removed: int = 0
    kept: int = 0
    """Kept and in no commit."""
    streaming: int = 0

    def plus(self, other: Tally, sign: int = 1) -> Tally:
        return Tally(*(mine + sign * its for mine, its in zip(self, other, strict=True)))


NONE = Tally()


@dataclass(eq=False)
class Proposal:
    """One file of one run. ``shown`` once the inline diff of its document took it over."""

    prompt: str
    title: str
    model: str
    change: FileChange
    author: Author = MODEL
    """Who has written what is kept of it."""
    shown: bool = False
    committed: set[int] = field(default_factory=set)
    """Ids of kept hunks that are in a commit."""
    tally: Tally = NONE
    closed: bool = False
    """Its document was closed since it was made."""
    ground: Snapshot | None = None
    """The text it was placed on where that is not its base: what is shown is rebased on it."""

    @property
    def path(self) -> str:
        return str(self.change.base.path)

    @property
    def key(self) -> tuple[str, str]:
        return self.prompt, self.path


class Proposals:
    """Keyed by prompt and path; ``sum`` counts what waits."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._waiting: dict[tuple[str, str], Proposal] = {}
        self._settled: dict[tuple[str, str], Proposal] = {}
        self._at: dict[str, dict[tuple[str, str], Proposal]] = {}
        self._open_files: Counter[str] = Counter()
        self._done: dict[tuple[str, str], int] = {}
        """Hunks of proposals that were settled while others still wait."""
        self.sum = NONE

    def waiting(self) -> tuple[Proposal, ...]:
        """What is not settled, the oldest first."""
        return tuple(self._waiting.values())

    def all(self) -> tuple[Proposal, ...]:
        """What waits and what is settled."""
        return (*self._waiting.values(), *self._settled.values())

    def in_files(self) -> tuple[Proposal, ...]:
        """What is not settled and can be committed: not that of a text without a file."""
        unnamed = {document.key for document in self._documents.all() if document.untitled}
        return tuple(one for one in self._waiting.values() if one.path not in unnamed)

    def get(self, prompt: str, path: str) -> Proposal | None:
        return self._waiting.get((prompt, path)) or self._settled.get((prompt, path))

    def of(self, path: str, *, settled: bool = True) -> tuple[Proposal, ...]:
        """The proposals of one file."""
        found = self._at.get(path, {})
        return tuple(p for key, p in found.items() if settled or key in self._waiting)

    def put(self, proposal: Proposal) -> None:
        self._at.setdefault(proposal.path, {})[proposal.key] = proposal
        if proposal.key not in self._settled:
            self._waiting[proposal.key] = proposal

    def rename(self, old: str, document: Document) -> None:
        """The file has another name: so has what is proposed for it."""
        found = self._at.pop(old, {})
        for key, proposal in found.items():
            base = replace(proposal.change.base, path=document.path)
            proposal.change = replace(proposal.change, base=base)
            for table in (self._waiting, self._settled):
                if table.pop(key, None) is not None:
                    table[proposal.key] = proposal
            if key in self._done:
                self._done[proposal.key] = self._done.pop(key)
            self._at.setdefault(document.key, {})[proposal.key] = proposal
        if old in self._open_files:
            self._open_files[document.key] = self._open_files.pop(old)

    def bring_back(self, proposal: Proposal, known: str = "") -> tuple[Proposal, ...]:
        """One of before: it is read into what its file says now. Where the prompt ``known`` has it
        here already, its hunks are only in no commit any more.
        """
        here = self.get(known, proposal.path)
        if here is not None:
            here.committed -= {hunk.id for hunk in proposal.change.hunks}
            self.put(here)
            return (here,)
        proposal.closed = True
        self.put(proposal)
        document = self._documents.get(proposal.path)
        if document is not None:
            self.place(proposal, document)
        return (proposal,)

    def clear(self) -> None:
        for table in (self._waiting, self._settled, self._at, self._open_files, self._done):
            table.clear()
        self.sum = NONE

    # -- what stands -----------------------------------------------------------------------------

    def present(self, proposal: Proposal) -> FileChange:
        """The change in the lines of its own base, with the states and new lines of this moment."""
        document = self._documents.get(proposal.path)
        if document is None or not proposal.shown:
            return proposal.change
        now = {hunk.id: hunk for hunk in document.diff.hunks(proposal.prompt)}
        hunks = tuple(_as_now(hunk, now.get(hunk.id)) for hunk in proposal.change.hunks)
        return replace(proposal.change, hunks=hunks)

    def uncommitted(self, proposal: Proposal) -> FileChange:
        """Without hunks that are in a commit: the base already stands for them in the merge."""
        change = self.present(proposal)
        hunks = tuple(hunk for hunk in change.hunks if hunk.id not in proposal.committed)
        return replace(change, hunks=hunks)

    def total(self) -> int:
        """Hunks of this round of review, the settled ones included."""
        return self.sum.total + sum(self._done.values())

    def open_files(self) -> tuple[str, ...]:
        return tuple(sorted(self._open_files))

    def count(self, proposals: Iterable[Proposal]) -> None:
        """These may have changed."""
        for proposal in proposals:
            self._move(proposal, self._tally(proposal))
        if not self.sum.open:
            self._done.clear()

    def _move(self, proposal: Proposal, now: Tally) -> None:
        """Count ``proposal`` anew, and let it leave the table or come back to it."""
        key = proposal.key
        self.sum = self.sum.plus(proposal.tally, -1)
        self._open_files[proposal.path] += now.open - proposal.tally.open
        if not self._open_files[proposal.path]:
            del self._open_files[proposal.path]
        if now.total and not now.open and not now.kept:
            self._waiting.pop(key, None)
            self._settled[key] = proposal
            self._done[key] = now.total
            proposal.tally = NONE
            return
        if self._settled.pop(key, None) is not None:
            self._waiting[key] = proposal
            self._done.pop(key, None)
        proposal.tally = now
        self.sum = self.sum.plus(now)

    def _tally(self, proposal: Proposal) -> Tally:
        document = self._documents.get(proposal.path)
        states: Mapping[int, HunkState] = {}
        if document is not None and proposal.shown:
            states = document.diff.states(proposal.prompt)
        named = document is None or not document.untitled  # what has no file is in no commit
        pending = total = added = removed = kept = streaming = 0
        for hunk in proposal.change.hunks:
            state = states.get(hunk.id, hunk.state)
            total += state is not HunkState.SUPERSEDED
            kept += state is HunkState.KEPT and hunk.id not in proposal.committed and named
            if state in OPEN:
                pending += 1
                added, removed = added + len(hunk.new), removed + len(hunk.old)
                streaming += state is HunkState.STREAMING
        return Tally(pending, total, added, removed, kept, streaming)

    # -- documents come and go -------------------------------------------------------------------

    def let_go(self, document: Document) -> None:
        """The document closes: what was decided in it stays decided, unless its text is thrown
        away.
        """
        path = document.key
        for proposal in self.of(path):
            if proposal.key in self._settled:  # nothing is left that could be undone
                del self._settled[proposal.key], self._at[path][proposal.key]
                continue
            if proposal.shown:
                proposal.change = self._left_behind(proposal, document)
                proposal.shown, proposal.closed, proposal.ground = False, True, None

    def _left_behind(self, proposal: Proposal, document: Document) -> FileChange:
        now = self.present(proposal)
        if not document.modified:
            return now
        on_disk = _read_in(now, Snapshot(document.path, document.disk_text))
        still = {hunk.id for hunk in on_disk.hunks if hunk.state is HunkState.KEPT}
        states = {hunk.id: hunk.state for hunk in now.hunks}
        for number, state in states.items():
            if state is HunkState.KEPT and number not in still:
                states[number] = HunkState.PENDING
        return proposal.change.with_states(states)

    def place(self, proposal: Proposal, document: Document) -> None:
        """Show the proposal in its document."""
        change = proposal.change
        if proposal.closed and not proposal.shown:
            proposal.ground = document.snapshot()
        if proposal.ground is not None:
            change = _read_in(change, proposal.ground)
        if not proposal.shown:
            document.diff.begin(change.base, proposal.prompt)
            proposal.shown = True
        origin = Origin(proposal.author, why=proposal.title)
        document.editor.authors.sign(proposal.prompt, origin)
        document.diff.show_change(change, proposal.prompt)


def _read_in(change: FileChange, text: Snapshot) -> FileChange:
    """``change`` in the lines of ``text``; a kept hunk whose old lines stand there is pending."""
    kept = {hunk.id for hunk in change.hunks if hunk.state is HunkState.KEPT}
    moved = rebase(change.with_states(dict.fromkeys(kept, HunkState.PENDING)), text)
    stay = {h.id for h in moved.hunks if h.id in kept and h.state is not HunkState.PENDING}
    return moved.with_states(dict.fromkeys(stay, HunkState.KEPT))


def _as_now(hunk: Hunk, now: Hunk | None) -> Hunk:
    """The model's hunk with what became of it; a hunk that is tracked no longer stays as it was."""
    if now is None:
        return hunk
    new = now.new if now.state is HunkState.KEPT else hunk.new
    return replace(hunk, state=now.state, new=new)
