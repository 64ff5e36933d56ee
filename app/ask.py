"""One bar under some lines: an instruction, a stream of hunks in place, asked again as often as one
likes.

Knows one document.
"""

from __future__ import annotations

import math
from itertools import count

from PySide6.QtCore import QObject, Signal, Slot

from app.bridge import Run
from app.document import Document
from app.means import Means
from app.progress import Progress, ran
from app.review import Review
from app.writers import author_of
from assistant.errors import sentence_of
from assistant.events import (
    Cancelled,
    CheckFinished,
    Chosen,
    ContextReady,
    Done,
    Event,
    Failed,
    GraphChanged,
    HunksChanged,
    Notice,
    Outcome,
    PartRefused,
    ProposalReady,
    RunStarted,
    UsageChanged,
)
from assistant.types import (
    ChangeSet,
    FileChange,
    HunkState,
    Instruction,
    LineSpan,
    Mention,
    Retrying,
    Switched,
    TextDelta,
    ThinkingDelta,
)
from widgets.asking import Prompt

_numbers = count(1)


class Ask(QObject):
    """One bar and everything that was asked through it; asking again withdraws what the last run
    proposed and nobody decided.
    """

    ended = Signal(object)  # Ask: the bar is gone
    settled = Signal(object)  # Outcome of a run
    failed = Signal(object, object)  # Ask, error
    hurry_wished = Signal(str, str)  # answer or try, and the run that shall
    setting_requested = Signal(str)  # name of a limit that was reached

    def __init__(self, document: Document, span: LineSpan, review: Review, means: Means) -> None:
        super().__init__(document.editor)
        self.document, self.span = document, span
        self.prompt = f"edit-{next(_numbers)}"
        self.bar = means.bar()
        self._review, self._means = review, means
        self._run: Run | None = None
        self._model = ""
        self._id = ""
        """The id of the run."""
        self._title = ""
        self._progress = Progress()
        self._latest: dict[str, FileChange] = {}
        self._said = ""
        self._waiting = self._chosen = self._dropped = False
        self._findings: list[CheckFinished] = []
        self._left: list[str] = []
        """Parts that were refused, and why: said beside the evidence, too."""
        self.bar.submitted.connect(self._on_submitted)
        self.bar.stop_requested.connect(self.stop)
        self.bar.hurry_requested.connect(self.answer_now)
        self.bar.left.connect(self.leave)
        self.bar.action_requested.connect(self._on_action)
        document.diff.open_prompt(self.bar, span)
        self.bar.open((_selection(document, span),))

    def running(self) -> bool:
        return self._run is not None

    def place(self) -> LineSpan:
        """The lines the bar speaks of, in the buffer of this moment."""
        return self.document.diff.slot.span()

    def wish(self, prompt: Prompt) -> Instruction:
        """What would be asked with these words just now, about the lines of the bar."""
        return Instruction(
            prompt.text,
            self.document.snapshot(),
            self.place(),
            mentions=tuple(m for m in prompt.mentions if m.kind != "selection"),
            effort=prompt.effort,
            care=prompt.care,
            buffers=self._means.buffers(),
        )

    def submit(self, text: str) -> None:
        """Ask with these words, as if they had been typed."""
        self.bar.edit.setPlainText(text)
        self._on_submitted(self.bar.prompt())

    @Slot(object)
    def _on_submitted(self, prompt: Prompt) -> None:
        self.stop()
        if not prompt.text.strip():
            return
        instruction = self.wish(prompt)
        for prompt_of_draft in self._means.alternatives.owners(self.prompt):
            self._review.withdraw(prompt_of_draft)
        self.prompt = f"edit-{next(_numbers)}"
        from assistant.talking import without_secrets

        self._title, self._said, self._latest = without_secrets(prompt.text), "", {}
        self._id, self._chosen = "", False
        self.bar.show_graph(())
        self._findings, self._left = [], []
        self._review.begin(self.prompt, self.document)
        self.document.drop_selection()
        self._progress = Progress(prompt.effort)
        self.bar.show_running(True)
        self.bar.show_status("")
        self._run = self._means.run(instruction)
        self._run.events.connect(self._on_events)
        self._run.ended.connect(self._on_ended)

    @Slot(str)
    def _on_action(self, key: str) -> None:
        if key == "again":
            self._on_submitted(self.bar.prompt())
        elif key == "retry_now":
            self.hurry_wished.emit("try", self._progress.run)
        elif key == "stop":
            self.stop()
        elif key.startswith("setting "):
            self.setting_requested.emit(key.removeprefix("setting "))

    @Slot()
    def answer_now(self) -> None:
        """The thinking ends and the answer begins."""
        if self._run is not None and self._progress.hurries:
            self._progress.hurried()
            self.bar.show_hurry(False)
            self.hurry_wished.emit("answer", self._progress.run)

    @Slot()
    def stop(self) -> None:
        """End the stream; what came stays as pending."""
        if self._run is not None:
            self._run.cancel()

    def drop(self) -> None:
        """The text is closed and takes the bar along: evidence that comes later is not shown."""
        self.stop()
        self._dropped = True

    @Slot()
    def leave(self) -> None:
        """The bar goes; hunks stay where they are."""
        if self._run is not None:
            self.stop()
            return
        self._dropped = True
        self.document.diff.slot.close()
        self.bar.deleteLater()
        self.ended.emit(self)
        self.document.editor.setFocus()

    @Slot(list)
    def _on_events(self, events: list[Event]) -> None:
        for event in events:
            self._means.listen(event)
            self._hear(event)
        self._flush()
        self.bar.show_progress(self._progress.words())
        self.bar.show_hurry(self._progress.hurries)

    def _flush(self) -> None:
        for change in self._latest.values():
            self._show(change)
        self._latest = {}

    def _show(self, change: FileChange) -> None:
        author = author_of(self._model, self._id)
        self._review.show(self.prompt, self._title, self._model, change, author)

    def _hear(self, event: Event) -> None:
        self._progress.hear(event)
        if self._waiting and isinstance(event, ThinkingDelta | TextDelta | HunksChanged):
            self._waiting = False
            self.bar.show_status("")
        match event:
            case ContextReady(parcel=parcel):
                self.bar.forecast.show_parcel(parcel, run=self._progress.run)
            case RunStarted(id=run, model=model):
                self._id, self._model = run, model
            case HunksChanged(change):
                self._latest[str(change.base.path)] = change
            case GraphChanged(nodes):
                self.bar.show_graph(nodes)
            case CheckFinished():
                self._findings.append(event)
            case Chosen():
                self._flush()
                self._chosen = True
                self._means.alternatives.take(self.prompt, self._id, self._title, event)
            case ProposalReady(changes):
                self._finish(changes)
            case PartRefused(refusal):
                self.bar.show_status(f"{refusal.path}: {refusal.reason}", "warning")
            case Notice(text, level):
                self.bar.show_status(text, level)
            case Retrying(seconds, attempt, attempts, reason):
                self._show_wait(seconds, attempt, attempts, reason)
            case Switched(model, reason):
                self._model = model
                self.bar.show_status(f"{reason} {model} answers instead.", "warning")
            case TextDelta(text):
                self._said += text
            case UsageChanged() | ThinkingDelta():
                pass

    def _show_wait(self, seconds: float, attempt: int, attempts: int, reason: str) -> None:
        if seconds <= 0 and attempts <= 1:  # no failure: another way to the answer
            self.bar.show_status(f"{reason[:1].upper()}{reason[1:]}.", "info")
            return
        self._waiting = True
        wait = f"Trying again in {math.ceil(seconds)} s ({attempt} of {attempts}): {reason}"
        actions = (("retry_now", "Try now"), ("stop", "Stop"))
        self.bar.show_status(wait, "warning", actions)

    def _finish(self, changes: ChangeSet) -> None:
        hunks = [hunk for change in changes.files for hunk in change.hunks]
        self._left = [f"{refused.path}: {refused.reason}" for refused in changes.refused]
        if hunks and self._chosen:
            self._show_findings()
        elif hunks:
            self._check(changes)
            first = [*self._left, *(h.note for h in hunks if h.note)]
            self.bar.show_status(first[0] if first else "", "warning" if first else "info")
        elif not changes.refused:
            words = " ".join(self._said.split())
            self.bar.show_status(words or "The model proposed no change.")

    def _check(self, changes: ChangeSet) -> None:
        """Evidence for the hunks; it comes when the tools have spoken, the review need not wait."""
        run = self._means.check(changes)
        if run is not None:
            self._findings = []
            run.events.connect(self._on_checked)

    @Slot(list)
    def _on_checked(self, events: list[Event]) -> None:
        for event in events:
            self._means.listen(event)
            if isinstance(event, CheckFinished):
                self._findings.append(event)
        if not self._dropped:
            self._show_findings()

    def _show_findings(self) -> None:
        results = [found for found in self._findings if ran(found)]
        bad = [found for found in results if not found.ok]
        told = [found.summary for found in bad or results or self._findings]
        level = "warning" if bad or self._left else "ok" if results else "info"
        self.bar.show_status(" · ".join([*self._left, *told]), level)

    @Slot(object)
    def _on_ended(self, outcome: Outcome) -> None:
        self._run = None
        self.bar.show_running(False)
        if self._id:
            self._means.note(self._progress.note(self._id, self._title, self._model))
        self.bar.show_hurry(False)
        self.settled.emit(outcome)
        self._say_how_it_ended(outcome)
        self.bar.graph.stop()
        for prompt in self._means.alternatives.owners(self.prompt):
            self._review.end(prompt)

    def _say_how_it_ended(self, outcome: Outcome) -> None:
        match outcome:
            case Done():
                self.bar.show_progress(self._progress.words())
            case Cancelled():
                self._settle_what_came()
                self.bar.show_status("Stopped. What was complete is pending.")
            case Failed(error):
                self._settle_what_came()
                limit = str(getattr(error, "setting", ""))
                raising = ((f"setting {limit}", "Raise the limit"),) if limit else ()
                again = ("again", "Try again")
                self.bar.show_status(sentence_of(error), "error", (*raising, again))
                self.failed.emit(self, error)

    def _settle_what_came(self) -> None:
        """Hunks that were growing when the stream ended: complete ones wait, the last goes."""
        for proposal in self._review.proposals():
            if proposal.prompt == self.prompt:
                hunks = tuple(
                    h for h in proposal.change.hunks if h.state is not HunkState.STREAMING
                )
                if hunks != proposal.change.hunks:
                    whole = FileChange(
                        proposal.change.base,
                        hunks,
                        proposal.change.action,
                        proposal.change.moved_to,
                    )
                    self._show(whole)


def _selection(document: Document, span: LineSpan) -> Mention:
    return Mention("selection", str(document.path), span=span)
