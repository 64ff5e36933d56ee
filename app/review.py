"""All proposals that wait for a verdict, over all files.

Knows documents and hunks, no model and no git.

A proposal belongs to a prompt (the id of its run) and a path. Where its file is open, the inline
diff of the editor holds the truth; a file that is not open yet is opened when one goes to it or
keeps something of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.deciding import (
    decide,
    decide_prompt,
    go,
    keep_all,
    keep_current,
    keep_these,
    reject_all,
    reject_current,
    restore_rejected,
)
from app.document import Document
from app.documents import Documents
from app.proposals import OPEN, Proposal, Proposals
from assistant.answers import Loaded
from assistant.repo.codec import TextFile
from assistant.types import PROTECTED, Author, ChangeSet, FileAction, FileChange, Hunk, HunkState
from widgets.reviewbar import ReviewBar, ReviewCount

if TYPE_CHECKING:
    from widgets.inlinediff.inlinediff import Guarded, InlineDiff


class Review(QObject):
    """Counts, moves between hunks, keeps and rejects; says what was decided."""

    counted = Signal(object)  # ReviewCount
    decided = Signal(object, object)  # PurePosixPath, Hunk: kept, rejected, or open again
    changed = Signal(str, object)  # prompt, FileChange with its present states
    file_action_requested = Signal(object)  # FileChange: a kept deletion or move
    kept_changed = Signal(int)  # hunks kept and not committed
    guarded = Signal(object, int, object)
    """Path of a protected file, how many of its hunks shall be kept, and what keeps them."""

    def __init__(self, documents: Documents, bar: ReviewBar) -> None:
        super().__init__(bar)
        self._documents, self._bar = documents, bar
        self._table = Proposals(documents)
        self._begun: dict[str, set[str]] = {}
        """Per prompt the files whose edits are followed and that have no hunks yet."""
        documents.opened.connect(self._on_opened)
        documents.closing.connect(self._on_closing)
        documents.renamed.connect(self._on_renamed)
        documents.activated.connect(self._show)
        bar.next_requested.connect(self.next)
        bar.previous_requested.connect(self.previous)
        bar.keep_all_requested.connect(self.keep_all)
        bar.reject_all_requested.connect(self.reject_all)
        bar.file_requested.connect(self.next)
        self._committed: dict[int, list[tuple[Proposal, frozenset[int]]]] = {}
        self.count = ReviewCount(0, 0)

    # -- what runs say -------------------------------------------------------------------------

    def begin(self, prompt: str, document: Document) -> None:
        """A run starts from the text ``document`` shows now: its edits are logged from here on."""
        document.diff.begin(document.snapshot(), prompt)
        self._begun.setdefault(prompt, set()).add(document.key)

    def end(self, prompt: str) -> None:
        """The run is over: where it proposed nothing, nothing is followed for it any more."""
        for path in self._begun.pop(prompt, ()):
            document = self._documents.get(path)
            if document is not None:
                document.diff.end(prompt)

    def show(
        self,
        prompt: str,
        title: str,
        model: str,
        change: FileChange,
        author: Author | None = None,
    ) -> None:
        """The latest hunks of one file; called at most once a frame."""
        path = str(change.base.path)
        proposal = self._table.get(prompt, path)
        document = self._documents.get(path)
        if proposal is None:
            begun = document is not None and path in self._begun.get(prompt, ())
            proposal = Proposal(prompt, title, model, change, shown=begun)
            self._table.put(proposal)
        else:
            decided = {h.id: h.state for h in proposal.change.hunks if h.state not in OPEN}
            proposal.change = change.with_states(decided) if decided else change
        proposal.model = model or proposal.model
        proposal.author = author or replace(proposal.author, name=proposal.model)
        if document is not None:
            self._table.place(proposal, document)
        self._count((proposal,))

    def bring_back(self, proposal: Proposal, known: str = "") -> None:
        """One of before, with its verdicts: what was kept of it stands in the file already."""
        self._count(self._table.bring_back(proposal, known))

    def withdraw(self, prompt: str, path: str = "") -> None:
        """The same prompt is asked again: its own undecided hunks go (those of ``path`` alone)."""
        own = [p for p in self._table.waiting() if p.prompt == prompt and path in ("", p.path)]
        for proposal in own:
            document = self._documents.get(proposal.path)
            if document is not None and proposal.shown:
                document.diff.withdraw(prompt)
            else:
                decide(proposal, HunkState.SUPERSEDED)
        self._count(own)

    def clear(self) -> None:
        """Another project: nothing that was proposed in this one is known there."""
        self._table.clear()
        self._begun.clear()
        self._committed.clear()
        self._count(())

    @Slot(object)
    def _on_opened(self, document: Document) -> None:
        diff = document.diff
        for proposal in self._table.of(document.key):
            self._table.place(proposal, document)
        self._count(self._table.of(document.key, settled=False))
        diff.hunks_changed.connect(self._on_hunks_changed)
        diff.hunk_decided.connect(self._on_decided)
        diff.hunk_reopened.connect(self._on_decided)
        diff.confirmation_requested.connect(self._on_confirmation_requested)

    @Slot(object)
    def _on_closing(self, document: Document) -> None:
        self._table.let_go(document)
        for files in self._begun.values():
            files.discard(document.key)
        self._count(self._table.of(document.key))

    @Slot(object, object)
    def _on_renamed(self, old: PurePosixPath, document: Document) -> None:
        self._table.rename(str(old), document)
        self._count(self._table.of(document.key))

    @Slot(object)
    def _on_hunks_changed(self, _counts: object) -> None:
        document = self._document_of(self.sender())
        if document is not None:
            self._count(self._table.of(document.key, settled=False))

    @Slot(object)
    def _on_decided(self, hunk: Hunk) -> None:
        document = self._document_of(self.sender())
        if document is None:
            return
        proposals = self._table.of(document.key)
        self.decided.emit(document.path, hunk)
        for proposal in proposals:
            self.changed.emit(proposal.prompt, self.present(proposal))
        self._count(proposals)

    @Slot(object)
    def _on_confirmation_requested(self, asked: Guarded) -> None:
        document = self._document_of(self.sender())
        if document is not None:
            keep = partial(self._keep_confirmed, document.key, asked)
            self.guarded.emit(document.path, len(asked.numbers), keep)

    def _keep_confirmed(self, path: str, asked: Guarded) -> None:
        proposal = self._table.get(asked.prompt, path)
        if proposal is not None:
            self._on_document(proposal, partial(keep_these, asked.prompt, asked.numbers))

    def _document_of(self, diff: object) -> Document | None:
        return next((d for d in self._documents.all() if d.diff is diff), None)

    # -- what the person does ------------------------------------------------------------------

    def keep(self) -> None:
        """The hunk that keys act on; going on to the next undecided one."""
        self._at_current(keep_current)

    def reject(self) -> None:
        self._at_current(reject_current)

    def keep_file(self) -> None:
        self._at_current(keep_all)

    def reject_file(self) -> None:
        self._at_current(reject_all)

    def restore(self) -> None:
        """Rejected hunks of the file in front are pending again."""
        self._at_current(restore_rejected)

    def _at_current(self, act: Callable[[InlineDiff], object]) -> None:
        document = self._documents.current()
        if document is not None:
            act(document.diff)

    @Slot()
    def keep_all(self) -> None:
        """Every pending hunk of every file; what is in conflict waits for its own word."""
        for proposal in self._waiting():
            self._on_document(proposal, keep_all)

    @Slot()
    def reject_all(self) -> None:
        for proposal in self._waiting():
            document = self._documents.get(proposal.change.base.path)
            if document is not None:
                document.diff.reject_all()
            else:
                decide(proposal, HunkState.REJECTED)
                self.changed.emit(proposal.prompt, proposal.change)
                self._count((proposal,))

    def decide_file(
        self, prompt: str, path: PurePosixPath, *, keep: bool, sure: bool = False
    ) -> None:
        """From a card in the panel: all of one file of one run. ``sure``: a protected name was
        confirmed.
        """
        proposal = self._table.get(prompt, str(path))
        if proposal is None:
            return
        change = proposal.change
        whole = keep and change.action in (FileAction.DELETE, FileAction.MOVE)
        if whole and not sure and any(PROTECTED in hunk.flags for hunk in change.hunks):
            again = partial(self.decide_file, prompt, path, keep=True, sure=True)
            self.guarded.emit(path, len(change.hunks), again)
            return
        if whole:
            self.file_action_requested.emit(change)
        self._on_document(proposal, partial(decide_prompt, prompt, keep, sure))

    def _on_document(self, proposal: Proposal, act: Callable[[InlineDiff], object]) -> None:
        def then(document: Document) -> None:
            self._table.place(proposal, document)
            act(document.diff)

        self.open(proposal, then)

    def open(
        self,
        proposal: Proposal,
        then: Callable[[Document], object] | None = None,
        show: bool = False,
    ) -> None:
        path = proposal.change.base.path
        if proposal.change.action is FileAction.CREATE and self._documents.get(path) is None:
            document = self._documents.adopt(Loaded(path, TextFile(""), None))
            if then is not None:
                then(document)
            return
        self._documents.open(path, show=show, then=then)

    @Slot()
    def next(self) -> None:
        self._step(forward=True)

    @Slot()
    def previous(self) -> None:
        self._step(forward=False)

    def _step(self, *, forward: bool) -> None:
        """Next always means next undecided: in this file, then in the next file that has one."""
        document = self._documents.current()
        if document is not None and not self._at_edge(document, forward):
            go(document, forward)
            return
        waiting = sorted(self._waiting(), key=lambda p: str(p.change.base.path))
        if not waiting:
            return
        here = document.key if document is not None else ""
        after = [p for p in waiting if (str(p.change.base.path) > here) == forward]
        target = (after or waiting)[0 if forward else -1]

        def then(opened: Document) -> None:
            go(opened, forward)

        self.open(target, then, show=True)

    def _at_edge(self, document: Document, forward: bool) -> bool:
        """Whether nothing undecided follows in this file while other files wait."""
        waiting = [hunk.id for hunk in document.diff.hunks() if hunk.state in OPEN]
        others = [p for p in self._waiting() if str(p.change.base.path) != document.key]
        current = document.diff.current()
        last = current is not None and waiting[-1 if forward else 0] == current.id
        return not waiting or (bool(others) and last)

    # -- what stands ---------------------------------------------------------------------------

    def present(self, proposal: Proposal) -> FileChange:
        """The change in the lines of its own base, with the states and new lines of this moment."""
        return self._table.present(proposal)

    def proposals(self) -> tuple[Proposal, ...]:
        """What is undecided, or kept and not committed."""
        return self._table.waiting()

    def proposed(self, prompt: str, path: PurePosixPath) -> FileChange | None:
        """What a run said of one file."""
        proposal = self._table.get(prompt, str(path))
        return proposal.change if proposal is not None else None

    def of(self, prompt: str) -> tuple[Proposal, ...]:
        """All that a run proposed, settled or not."""
        return tuple(p for p in self._table.all() if p.prompt == prompt)

    def kept(self) -> tuple[ChangeSet, ...]:
        """What a commit would hold: per run, the files with hunks kept and not committed."""
        sets: dict[str, ChangeSet] = {}
        for proposal in self._table.in_files():
            change = self._table.uncommitted(proposal)
            if any(hunk.state is HunkState.KEPT for hunk in change.hunks):
                known = sets.setdefault(proposal.prompt, ChangeSet(proposal.prompt, proposal.title))
                sets[proposal.prompt] = replace(known, files=(*known.files, change))
        return tuple(sets.values())

    def models(self, sets: Iterable[ChangeSet]) -> tuple[str, ...]:
        """Who wrote the hunks of ``sets``."""
        ids = {changes.id for changes in sets}
        return tuple(dict.fromkeys(p.model for p in self._table.waiting() if p.prompt in ids))

    def settle(self, commit: int, sets: tuple[ChangeSet, ...]) -> None:
        """These kept hunks are in, or on their way into, the commit with that number: they are not
        offered again; what is undecided waits.
        """
        taken = self._committed.setdefault(commit, [])
        for changes in sets:
            for change in changes.files:
                proposal = self._table.get(changes.id, str(change.base.path))
                if proposal is not None:
                    kept = {h.id for h in change.hunks if h.state is HunkState.KEPT}
                    taken.append((proposal, frozenset(kept - proposal.committed)))
                    proposal.committed |= kept
        self._count([proposal for proposal, _ in taken])

    def found_in_git(self, prompt: str, path: str, ids: frozenset[int], committed: bool) -> None:
        """Git has these hunks, by whoever's hand: what waits of them is kept, what is
        ``committed`` is not offered again.
        """
        proposal = self._table.get(prompt, path)
        if proposal is None:
            return
        states = {hunk.id: hunk.state for hunk in self.present(proposal).hunks}
        wait = [number for number in ids if states.get(number) is HunkState.PENDING]
        if wait:
            self._on_document(proposal, partial(keep_these, prompt, wait))
        if committed and not ids <= proposal.committed:
            proposal.committed |= ids
            self._count([proposal])

    def unsettle(self, commit: int) -> None:
        """That commit failed or was undone: its hunks are kept and not committed again."""
        undone = self._committed.pop(commit, [])
        for proposal, ids in undone:
            proposal.committed -= ids
            self._table.put(proposal)
        self._count([proposal for proposal, _ in undone])

    def _waiting(self) -> list[Proposal]:
        return [proposal for proposal in self._table.waiting() if proposal.tally.open]

    def _count(self, proposals: Iterable[Proposal]) -> None:
        """These may have changed; the others are counted already."""
        self._table.count(proposals)
        self._show()
        self.counted.emit(self.count)
        self.kept_changed.emit(self._table.sum.kept)

    @Slot()
    def _show(self) -> None:
        """The numbers in the bar, beside the name of the file in front."""
        all_of = self._table.sum
        current = self._documents.current()
        self.count = ReviewCount(
            all_of.open,
            self._table.total(),
            len(self._table.open_files()),
            all_of.added,
            all_of.removed,
            current.path.name if current is not None else "",
            bool(all_of.streaming),
        )
        self._bar.show_count(self.count)
