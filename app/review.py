"""All proposals that wait for a verdict, over all files.

Knows documents and hunks, no model and no git.

A proposal belongs to a prompt (the id of its run) and a path. Where its file is open, the inline
diff of the editor holds the truth; a file that is not open yet is opened when one goes to it or
keeps something of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from PySide6.QtCore import QObject, Signal, Slot

from app.document import Document
from app.documents import Documents
from assistant.project import Loaded
from assistant.repo.codec import TextFile
from assistant.types import ChangeSet, FileAction, FileChange, Hunk, HunkState
from widgets.inlinediff.inlinediff import InlineDiff
from widgets.reviewbar import ReviewBar, ReviewCount

OPEN = (HunkState.STREAMING, HunkState.PENDING, HunkState.CONFLICTED)


@dataclass
class Proposal:
    """One file of one run. ``shown`` once the inline diff of its document took it over."""

    prompt: str
    title: str
    model: str
    change: FileChange
    shown: bool = False
    committed: set[int] = field(default_factory=set)
    """Ids of kept hunks that are in a commit."""


class Review(QObject):
    """Counts, moves between hunks, keeps and rejects; says what was decided."""

    counted = Signal(object)  # ReviewCount
    decided = Signal(object, object)  # PurePosixPath, Hunk: kept, rejected, or open again
    changed = Signal(str, object)  # prompt, FileChange with its present states
    file_action_requested = Signal(object)  # FileChange: a kept deletion or move
    kept_changed = Signal(int)  # hunks kept and not committed

    def __init__(self, documents: Documents, bar: ReviewBar) -> None:
        super().__init__(bar)
        self._documents, self._bar = documents, bar
        self._proposals: dict[tuple[str, str], Proposal] = {}
        documents.opened.connect(self._on_opened)
        documents.activated.connect(self._recount)
        bar.next_requested.connect(self.next)
        bar.previous_requested.connect(self.previous)
        bar.keep_all_requested.connect(self.keep_all)
        bar.reject_all_requested.connect(self.reject_all)
        bar.file_requested.connect(self.next)
        self._last_committed: list[tuple[Proposal, frozenset[int]]] = []
        self.count = ReviewCount(0, 0)

    # -- what runs say -------------------------------------------------------------------------

    def begin(self, prompt: str, title: str, model: str, document: Document | None) -> None:
        """A run starts from the text ``document`` shows now: its edits are logged from here on."""
        if document is not None:
            snapshot = document.snapshot()
            document.diff.begin(snapshot, prompt)
            key = (prompt, document.key)
            self._proposals[key] = Proposal(prompt, title, model, FileChange(snapshot), shown=True)

    def show(self, prompt: str, title: str, model: str, change: FileChange) -> None:
        """The latest hunks of one file; called at most once a frame."""
        key = (prompt, str(change.base.path))
        proposal = self._proposals.get(key)
        if proposal is None:
            proposal = self._proposals[key] = Proposal(prompt, title, model, change)
        proposal.change, proposal.model = change, model or proposal.model
        document = self._documents.get(change.base.path)
        if document is not None:
            self._place(proposal, document)
        self._recount()

    def withdraw(self, prompt: str) -> None:
        """The same prompt is asked again: its own undecided hunks go, nobody else's."""
        for (owner, path), proposal in self._proposals.items():
            document = self._documents.get(path)
            if owner == prompt and document is not None and proposal.shown:
                document.diff.withdraw(prompt)
        self._recount()

    def _place(self, proposal: Proposal, document: Document) -> None:
        if not proposal.shown:
            document.diff.begin(proposal.change.base, proposal.prompt)
            proposal.shown = True
        document.diff.show_change(proposal.change, proposal.prompt)

    @Slot(object)
    def _on_opened(self, document: Document) -> None:
        diff = document.diff
        diff.hunks_changed.connect(self._recount)
        diff.hunk_decided.connect(self._on_decided)
        diff.hunk_reopened.connect(self._on_decided)
        for (_, path), proposal in self._proposals.items():
            if path == document.key:
                self._place(proposal, document)

    @Slot(object)
    def _on_decided(self, hunk: Hunk) -> None:
        diff = self.sender()
        for document in self._documents.all():
            if document.diff is diff:
                self.decided.emit(document.path, hunk)
                for (_, path), proposal in self._proposals.items():
                    if path == document.key:
                        self.changed.emit(proposal.prompt, self.present(proposal))
        self._recount()

    # -- what the person does ------------------------------------------------------------------

    def keep(self) -> None:
        """The hunk that keys act on; going on to the next undecided one."""
        self._at_current(_keep_current)

    def reject(self) -> None:
        self._at_current(_reject_current)

    def keep_file(self) -> None:
        self._at_current(InlineDiff.keep_all)

    def reject_file(self) -> None:
        self._at_current(InlineDiff.reject_all)

    def restore(self) -> None:
        """Rejected hunks of the file in front are pending again."""
        self._at_current(InlineDiff.restore_rejected)

    def _at_current(self, act: Callable[[InlineDiff], object]) -> None:
        document = self._documents.current()
        if document is not None:
            act(document.diff)

    @Slot()
    def keep_all(self) -> None:
        """Every pending hunk of every file; what is in conflict waits for its own word."""
        for proposal in self._waiting():
            self._on_document(proposal, InlineDiff.keep_all)

    @Slot()
    def reject_all(self) -> None:
        for proposal in self._waiting():
            document = self._documents.get(proposal.change.base.path)
            if document is not None:
                document.diff.reject_all()
            else:
                states = {hunk.id: HunkState.REJECTED for hunk in proposal.change.hunks}
                proposal.change = proposal.change.with_states(states)
                self.changed.emit(proposal.prompt, proposal.change)
        self._recount()

    def decide_file(self, prompt: str, path: PurePosixPath, *, keep: bool) -> None:
        """From a card in the panel: all of one file of one run."""
        proposal = self._proposals.get((prompt, str(path)))
        if proposal is None:
            return
        if keep and proposal.change.action in (FileAction.DELETE, FileAction.MOVE):
            self.file_action_requested.emit(proposal.change)
        self._on_document(proposal, InlineDiff.keep_all if keep else InlineDiff.reject_all)

    def _on_document(self, proposal: Proposal, act: Callable[[InlineDiff], object]) -> None:
        def then(document: Document) -> None:
            self._place(proposal, document)
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
            _go(document, forward)
            return
        waiting = sorted(self._waiting(), key=lambda p: str(p.change.base.path))
        if not waiting:
            return
        here = document.key if document is not None else ""
        after = [p for p in waiting if (str(p.change.base.path) > here) == forward]
        target = (after or waiting)[0 if forward else -1]

        def then(opened: Document) -> None:
            _go(opened, forward)

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
        document = self._documents.get(proposal.change.base.path)
        if document is None or not proposal.shown:
            return proposal.change
        now = {hunk.id: hunk for hunk in document.diff.hunks(proposal.prompt)}
        hunks = tuple(_as_now(hunk, now.get(hunk.id)) for hunk in proposal.change.hunks)
        return replace(proposal.change, hunks=hunks)

    def proposals(self) -> tuple[Proposal, ...]:
        return tuple(self._proposals.values())

    def kept(self) -> tuple[ChangeSet, ...]:
        """What a commit would hold: per run, the files with hunks kept and not committed."""
        sets: dict[str, ChangeSet] = {}
        for proposal in self._proposals.values():
            change = self._uncommitted(proposal)
            if any(hunk.state is HunkState.KEPT for hunk in change.hunks):
                known = sets.setdefault(proposal.prompt, ChangeSet(proposal.prompt, proposal.title))
                sets[proposal.prompt] = replace(known, files=(*known.files, change))
        return tuple(sets.values())

    def _uncommitted(self, proposal: Proposal) -> FileChange:
        """Without hunks that are in a commit: the base already stands for them in the merge."""
        change = self.present(proposal)
        hunks = tuple(hunk for hunk in change.hunks if hunk.id not in proposal.committed)
        return replace(change, hunks=hunks)

    def models(self) -> tuple[str, ...]:
        """Who wrote the kept hunks."""
        kept = {changes.id for changes in self.kept()}
        return tuple(dict.fromkeys(p.model for p in self._proposals.values() if p.prompt in kept))

    def settle(self, committed: tuple[ChangeSet, ...]) -> None:
        """These kept hunks are committed: they are not offered again; what is undecided waits."""
        for changes in committed:
            for change in changes.files:
                proposal = self._proposals.get((changes.id, str(change.base.path)))
                if proposal is not None:
                    kept = {h.id for h in change.hunks if h.state is HunkState.KEPT}
                    proposal.committed |= kept
                    self._last_committed.append((proposal, frozenset(kept)))
        self._recount()

    def unsettle(self) -> None:
        """The last commit was undone: its hunks are kept and not committed again."""
        while self._last_committed:
            proposal, ids = self._last_committed.pop()
            proposal.committed -= ids
        self._recount()

    def _waiting(self) -> list[Proposal]:
        return [
            proposal
            for proposal in self._proposals.values()
            if any(hunk.state in OPEN for hunk in self.present(proposal).hunks)
        ]

    @Slot()
    def _recount(self) -> None:
        pending = total = added = removed = kept = 0
        files = set()
        streaming = False
        for proposal in self._proposals.values():
            for hunk in self.present(proposal).hunks:
                total += hunk.state is not HunkState.SUPERSEDED
                kept += hunk.state is HunkState.KEPT and hunk.id not in proposal.committed
                if hunk.state in OPEN:
                    pending += 1
                    added, removed = added + len(hunk.new), removed + len(hunk.old)
                    files.add(str(proposal.change.base.path))
                    streaming = streaming or hunk.state is HunkState.STREAMING
        current = self._documents.current()
        name = current.path.name if current is not None else ""
        self.count = ReviewCount(pending, total, len(files), added, removed, name, streaming)
        self._bar.show_count(self.count)
        self.counted.emit(self.count)
        self.kept_changed.emit(kept)


def _as_now(hunk: Hunk, now: Hunk | None) -> Hunk:
    """The model's hunk with what became of it; a hunk that is tracked no longer stays as it was."""
    if now is None:
        return hunk
    new = now.new if now.state is HunkState.KEPT else hunk.new
    return replace(hunk, state=now.state, new=new)


def _keep_current(diff: InlineDiff) -> None:
    if (hunk := diff.current()) is not None:
        diff.keep(hunk.id, diff.prompt_of(hunk.id))


def _reject_current(diff: InlineDiff) -> None:
    if (hunk := diff.current()) is not None:
        diff.reject(hunk.id, diff.prompt_of(hunk.id))


def _go(document: Document, forward: bool) -> None:
    if forward:
        document.diff.next()
    else:
        document.diff.previous()
