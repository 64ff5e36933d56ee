"""The side panel: a question or a wish goes out, an answer and proposals come in.

Knows panel and review.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import count
from pathlib import PurePosixPath

from PySide6.QtCore import QObject, Signal, Slot

from app.alternatives import Alternatives, Shown
from app.bridge import Run
from app.documents import Documents
from app.progress import Progress
from app.review import Review
from app.writers import author_of
from assistant.events import Chosen, Event, Failed, HunksChanged, Outcome, ProposalReady, RunStarted
from assistant.types import Autonomy, ChangeSet, FileChange, Instruction, LineSpan, Origin, Snapshot
from widgets.asking import Prompt
from widgets.sidepanel import SidePanel

_numbers = count(1)


class Conversation(QObject):
    """One conversation at a time; what it proposes goes to the review like any other hunk."""

    started = Signal()
    asked = Signal(str, object)  # prompt, Instruction
    ended = Signal(object)  # Outcome
    heard = Signal(object)  # every Event, for the status line
    failed = Signal(object)  # error
    noted = Signal(object)  # RunNote: what is remembered of a run
    forgotten = Signal()  # a new conversation begins
    hurry_wished = Signal(str, str)  # answer or try, and the run that shall
    setting_requested = Signal(str)  # name of a limit that was reached

    def __init__(
        self,
        panel: SidePanel,
        documents: Documents,
        review: Review,
        run: Callable[[Instruction], Run],
        check: Callable[[ChangeSet], Run | None],
        alternatives: Alternatives,
    ) -> None:
        super().__init__(panel)
        self._alternatives = alternatives
        self._decided: bool | None = None
        """Whether the draft that a run of several chose is shown; None while it chose none."""
        self._panel, self._documents, self._review, self._open = panel, documents, review, run
        self._check = check
        self._run: Run | None = None
        self._prompt = ""
        self._title = self._model = self._id = ""
        self._progress = Progress()
        self._sent: Prompt | None = None
        self._owners: dict[str, str] = {}
        """Path to the prompt whose card shows it."""
        self._bases: dict[str, str] = {}
        """Path to the text that the hunks of this run are about."""
        self._legs = count(1)
        composer, transcript = panel.composer, panel.transcript
        composer.submitted.connect(self._on_submitted)
        composer.stop_requested.connect(self.stop)
        composer.hurry_requested.connect(self.answer_now)
        composer.left.connect(self._on_escaped)
        panel.new_requested.connect(self.forget)
        transcript.keep_requested.connect(self._on_keep)
        transcript.reject_requested.connect(self._on_reject)
        transcript.open_requested.connect(self._on_open)
        transcript.apply_requested.connect(self._on_apply)
        transcript.action_requested.connect(self._on_action)
        review.changed.connect(self._on_changed)
        alternatives.switched.connect(self._on_switched)
        transcript.draft_requested.connect(alternatives.switch_run)

    def prompt(self) -> str:
        """The name of the prompt that was asked last."""
        return self._prompt

    def go_on(self, owners: Mapping[str, str], title: str, model: str, run: str) -> None:
        """An earlier conversation is shown: whose its cards are, and its last run."""
        self._owners = dict(owners)
        self._title, self._model, self._id = title, model, run

    def running(self) -> bool:
        return self._run is not None

    def ask(self, text: str) -> None:
        """A question from elsewhere, such as the palette."""
        self._send(replace(self._panel.composer.prompt(), text=text, mentions=()))

    @Slot(object)
    def _on_submitted(self, prompt: Prompt) -> None:
        if prompt.text.strip():
            self._send(prompt)
            self._panel.composer.sent(prompt.text)

    def wish(self, prompt: Prompt) -> Instruction:
        """What would be asked with these words just now: about the file in front."""
        document = self._documents.current()
        span: LineSpan | None = None
        target: Snapshot | None = None
        if document is not None:
            target = document.snapshot()
            selected = document.editor.selected_span()
            span = None if selected.empty else selected
        return Instruction(
            prompt.text,
            target,
            span,
            mentions=prompt.mentions,
            effort=prompt.effort,
            autonomy=prompt.autonomy,
            care=prompt.care,
            buffers=tuple(d.snapshot() for d in self._documents.all() if d.modified),
        )

    def _send(self, prompt: Prompt) -> None:
        self.stop()
        instruction = self.wish(prompt)
        self._prompt = f"chat-{next(_numbers)}"
        from assistant.talking import without_secrets

        self._title, self._id = without_secrets(prompt.text), ""
        self._bases, self._decided = {}, None
        self._progress = Progress(prompt.effort)
        self._sent = prompt
        if prompt.autonomy is not Autonomy.ASK:
            for open_document in self._documents.all():
                self._review.begin(self._prompt, open_document)
        self._panel.transcript.begin(prompt.text, prompt.mentions)
        self._panel.show_talk()
        self._panel.show_title(prompt.text)
        self.asked.emit(self._prompt, instruction)
        self._panel.composer.show_running(True)
        self.started.emit()
        self._run = self._open(instruction)
        self._run.events.connect(self._on_events)
        self._run.ended.connect(self._on_ended)

    @Slot()
    def stop(self) -> None:
        if self._run is not None:
            self._run.cancel()

    @Slot()
    def answer_now(self) -> None:
        """The thinking ends and the answer begins."""
        if self._run is not None and self._progress.hurries:
            self._progress.hurried()
            self._panel.composer.show_hurry(False)
            self.hurry_wished.emit("answer", self._progress.run)

    @Slot(str)
    def _on_action(self, key: str) -> None:
        """What the person pressed under a failure or a wait."""
        if key == "stop":
            self.stop()
        elif key == "retry_now":
            self.hurry_wished.emit("try", self._progress.run)
        elif key.startswith("setting "):
            self.setting_requested.emit(key.removeprefix("setting "))
        elif key == "retry" and self._sent is not None and self._run is None:
            self._send(self._sent)

    @Slot()
    def forget(self) -> None:
        """A new conversation; proposals stay in the review."""
        self.stop()
        self._panel.clear()
        self._owners.clear()
        self.forgotten.emit()

    @Slot(list)
    def _on_events(self, events: list[Event]) -> None:
        latest: dict[str, FileChange] = {}
        shown: list[Event] = []
        for event in events:
            if isinstance(event, ProposalReady) and self._decided is False:
                event = ProposalReady(self._alternatives.shown(self._prompt))
            self._progress.hear(event)
            self.heard.emit(event)
            shown.append(event)
            match event:
                case RunStarted(id=run, model=model):
                    self._id, self._model = run, model
                case HunksChanged(change):
                    latest[str(change.base.path)] = change
                case Chosen():
                    self._show(shown, latest)
                    shown, latest = [], {}
                    wish, title = self._prompt, self._title
                    self._decided = self._alternatives.take(wish, self._id, title, event)
                case ProposalReady() if self._decided is not None:
                    shown.pop()  # its hunks, and what the checks say of them, are there already
                case ProposalReady(changes):
                    latest |= {str(change.base.path): change for change in changes.files}
                    self._prove(changes)
        self._show(shown, latest)
        self._panel.composer.show_hurry(self._progress.hurries)

    def _show(self, events: list[Event], latest: dict[str, FileChange]) -> None:
        self._panel.transcript.show_events(events)
        for path, change in latest.items():
            self._owners[path] = owner = self._owner_of(path, change)
            author = author_of(self._model, self._id)
            self._review.show(owner, self._title, self._model, change, author)

    @Slot(object)
    def _on_switched(self, shown: Shown) -> None:
        """Another draft of a wish of this conversation: its cards take the place of the others."""
        transcript = self._panel.transcript
        transcript.show_draft(shown.run, shown.candidate.id)
        if not shown.wish.startswith("chat-"):
            return
        for path in shown.gone:
            self._owners.pop(path, None)
            transcript.drop_change(path)
        for change in shown.candidate.changes.files:
            path = str(change.base.path)
            self._owners[path] = shown.owner
            proposed = self._review.proposed(shown.owner, change.base.path)
            transcript.show_change(proposed or change)

    def _owner_of(self, path: str, change: FileChange) -> str:
        """The prompt under which a file is shown. A run that goes on after the person changed the
        file speaks of another text: what it says from then on is a proposal of its own, and what
        was decided before stays decided.
        """
        owner = self._owners.get(path, "") if path in self._bases else self._prompt
        if self._bases.setdefault(path, change.base.text) == change.base.text:
            return owner
        self._bases[path] = change.base.text
        self._review.withdraw(owner, path)
        owner = f"{self._prompt}.{next(self._legs)}"
        document = self._documents.get(path)
        if document is not None:
            self._review.begin(owner, document)
        return owner

    @Slot(object)
    def _on_ended(self, outcome: Outcome) -> None:
        self._run = None
        self._panel.composer.show_running(False)
        self._panel.composer.show_hurry(False)
        self._panel.transcript.finish(outcome)
        own = self._alternatives.owners(self._prompt)
        for prompt in {*own, *(self._owners.get(path, "") for path in self._bases)}:
            self._review.end(prompt)
        if isinstance(outcome, Failed):
            self.failed.emit(outcome.error)
        if self._id:
            self.noted.emit(self._progress.note(self._id, self._title, self._model))
        self.ended.emit(outcome)

    def _prove(self, changes: ChangeSet) -> None:
        """The checks' results stand under the cards."""
        run = self._check(changes) if changes.files else None
        if run is not None:
            run.events.connect(self._panel.transcript.show_events)
            run.events.connect(self._on_checked)

    @Slot(list)
    def _on_checked(self, events: list[Event]) -> None:
        for event in events:
            self.heard.emit(event)

    @Slot(str, object)
    def _on_changed(self, prompt: str, change: FileChange) -> None:
        if self._owners.get(str(change.base.path)) == prompt:
            self._panel.transcript.show_change(change)

    @Slot(str)
    def _on_keep(self, path: str) -> None:
        self._decide(path, keep=True)

    @Slot(str)
    def _on_reject(self, path: str) -> None:
        self._decide(path, keep=False)

    def _decide(self, path: str, *, keep: bool) -> None:
        if prompt := self._owners.get(path):
            self._review.decide_file(prompt, PurePosixPath(path), keep=keep)

    @Slot(str, int)
    def _on_open(self, path: str, line: int) -> None:
        span = LineSpan(line, line) if line >= 0 else None
        self._documents.open(PurePosixPath(path), span)

    @Slot(str, str)
    def _on_apply(self, code: str, _language: str) -> None:
        """A code block of an answer goes where the caret is, as one step of undo, the model's."""
        document = self._documents.current()
        if document is not None:
            span = document.editor.selected_span()
            lines = tuple(line + "\n" for line in code.rstrip("\n").split("\n"))
            author = author_of(self._model, self._id)
            with document.editor.authors.writing(Origin(author, 0, self._title, time.time())):
                document.editor.replace_lines(span, lines)

    @Slot()
    def _on_escaped(self) -> None:
        if self.running():
            self.stop()
        elif (document := self._documents.current()) is not None:
            document.editor.setFocus()
