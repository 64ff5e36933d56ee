"""One conversation as it unfolds: turns a run's events into entries of a column.

Knows events, runs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

import assistant.events as ev
from assistant.types import FileChange, Mention, Retrying, Switched, TextDelta, ThinkingDelta
from widgets.cards import (
    Callout,
    EvidenceRow,
    RetryCard,
    ThinkingFold,
    UserCard,
)
from widgets.columnview import ColumnView
from widgets.controls import Button, Picture, Text, fill
from widgets.diffcard import DiffCard, Highlighter, WordDiff
from widgets.look import Look
from widgets.permissioncard import PermissionCard
from widgets.runcard import RunCard
from widgets.statusbar import dollars, tokens
from widgets.steprow import StepRow
from widgets.steprow import step_kind as step_kind

if TYPE_CHECKING:
    from widgets.markdownview import MarkdownView


class Transcript(ColumnView):
    """Begin a turn, show its events, finish it. Wishes come out as signals."""

    link_requested = Signal(str)
    apply_requested = Signal(str, str)
    shell_requested = Signal(str)
    mention_opened = Signal(object)
    again_requested = Signal(str)
    """This question shall be asked again, changed."""
    back_requested = Signal(int, str)
    """To before the question with this number, from 0: talk, code or both."""
    replay_requested = Signal(str)
    """The run of this name shall be played again."""
    keep_requested = Signal(str)
    reject_requested = Signal(str)
    open_requested = Signal(str, int)
    permission_answered = Signal(str, str, str)
    """Key of the question, the answer, and a word besides."""
    permission_left = Signal()
    """Esc in a question: it stays open, the keys go elsewhere."""
    context_requested = Signal(str)
    """What the run of this name sent."""
    draft_requested = Signal(str, str)
    """Of the run of this name the draft of this id shall be shown."""
    action_requested = Signal(str)
    """retry, retry_now, stop, or ``undo:<commit>``."""

    def __init__(
        self,
        look: Look,
        parent: QWidget | None = None,
        *,
        diff_words: WordDiff | None = None,
        highlighter: Highlighter | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName("Conversation")
        self._look, self._diff_words, self._highlighter = look, diff_words, highlighter
        self._answer: MarkdownView | None = None
        self._thinking: ThinkingFold | None = None
        self._retry: RetryCard | None = None
        self._steps: dict[str, StepRow] = {}
        self._cards: dict[str, DiffCard] = {}
        self._run_cards: dict[str, RunCard] = {}
        """By the name of their run."""
        self._cost: Text | None = None
        self._questions: list[PermissionCard] = []
        self._before = ""
        self._run = ""
        self._asked: list[UserCard] = []

    def begin(self, text: str, mentions: Sequence[Mention] = ()) -> None:
        """The person's part of a turn."""
        self._settle()
        self._steps, self._cost = {}, None
        card = UserCard(self._look, text, mentions)
        card.mention_opened.connect(self.mention_opened)
        card.edit_requested.connect(self.again_requested)
        card.back_requested.connect(self._on_back)
        card.replay_requested.connect(self.replay_requested)
        self._asked.append(card)
        self._put(card, "user", 18)
        bar = self.verticalScrollBar()
        self.arrange()
        bar.setValue(bar.maximum())

    def show_events(self, events: Iterable[ev.Event]) -> None:
        """What came in one delivery, in order; runs of text are drawn once."""
        words: list[str] = []
        for event in events:
            if isinstance(event, TextDelta):
                words.append(event.text)
                continue
            self._say(words)
            self._show(event)
        self._say(words)
        self.arrange()

    def show_facts(self, text: str) -> None:
        """What an earlier answer took and cost, in one line."""
        self._end_answer()
        row = QFrame()
        fill(QVBoxLayout(row), (Text(text, "tiny"),), (1, 0, 0, 0), 0)
        self._put(row, "cost", 8)

    def note(self, text: str) -> None:
        """A remark of the app's own at the end."""
        self._callout("info", text)

    def show_turn(self, index: int) -> None:
        """Bring a question into view, counted from 0; the end for -1."""
        self.arrange()
        bar = self.verticalScrollBar()
        bar.setValue(bar.maximum() if index < 0 else self._asked[index].y() - 8)

    def _on_back(self, what: str) -> None:
        card = self.sender()
        if isinstance(card, UserCard) and card in self._asked:
            self.back_requested.emit(self._asked.index(card), what)

    def focus_question(self) -> bool:
        """The keys go to the question that waits for an answer; False when none does."""
        waiting = next((card for card in self._questions if card.waits), None)
        if waiting is not None:
            self.ensureWidgetVisible(waiting)
            waiting.focus()
        return waiting is not None

    def finish(self, outcome: ev.Outcome) -> None:
        """The last word of a run."""
        self._settle()
        if self._run in self._run_cards:
            self._run_cards[self._run].stop()
        for card in self._questions:
            card.close_question()
        self._questions.clear()
        match outcome:
            case ev.Cancelled():
                self._put(StepRow(self._look, "Stopped", "what came stays"), "step", 8)
            case ev.Failed(error):
                cause = str(getattr(error, "cause", "")) or str(error) or type(error).__name__
                action, limit = (str(getattr(error, name, "")) for name in ("action", "setting"))
                raising = ((f"setting {limit}", "Raise the limit"),) if limit else ()
                self._callout("error", cause, action, (*raising, ("retry", "Try again")))
            case ev.Done():
                pass
        self.arrange()

    def show_change(self, change: FileChange) -> None:
        """The latest of a file, also after the run: decisions, rebased hunks."""
        path = str(change.base.path)
        card = self._cards.get(path)
        if card is None:
            self._end_answer()
            card = self._cards[path] = DiffCard(
                self._look, path, self._diff_words, self._highlighter
            )
            card.keep_requested.connect(self.keep_requested)
            card.reject_requested.connect(self.reject_requested)
            card.open_requested.connect(self.open_requested)
            self._put(card, "card")
        card.show_change(change)
        self.mark(card)

    def drop_change(self, path: str) -> None:
        """A file is proposed no longer."""
        card = self._cards.pop(path, None)
        if card is not None:
            self.drop(card)

    def show_draft(self, run: str, id: str) -> None:
        """Another draft of a run is what the review shows."""
        if run in self._run_cards:
            self._run_cards[run].show_draft(id)

    def clear(self) -> None:
        self._settle()
        self._steps, self._cards, self._run_cards, self._cost = {}, {}, {}, None
        self._asked.clear()
        super().clear()

    def cards(self) -> tuple[DiffCard, ...]:
        return tuple(self._cards.values())

    def _show(self, event: ev.Event) -> None:
        match event:
            case ThinkingDelta(text):
                self._think(text)
                return
            case ev.UsageChanged():
                self._show_usage(event)
                return
            case ev.GraphChanged(nodes):
                self._show_graph(nodes)
                return
            case Retrying():
                self._show_retry(event)
                return
            case Switched(model, reason):
                self._end_thinking()
                self._settle_retry()
                self._callout("warning", f"{model} answers instead.", reason)
                self._show_model(model, False)
                return
        self._end_thinking()
        self._settle_retry()
        match event:
            case ev.RunStarted(run, _, model, scripted):
                self._run = run
                if self._asked:
                    self._asked[-1].run = run
                self._show_model(model, scripted)
            case ev.ContextReady(context):
                count = len(context.snippets) + len(context.rules)
                noun = "piece" if count == 1 else "pieces"
                step = StepRow(self._look, "context", f"{count} {noun} of the project")
                step.finish(f"{tokens(event.parcel.tokens or context.tokens)} tokens")
                more = Button("show", "link", key=self._run, name="Show what was sent")
                more.pressed_key.connect(self.context_requested)
                step.add(more)
                self._put(step, "step")
            case ev.HunksChanged(change):
                self.show_change(change)
            case ev.ProposalReady(changes):
                for change in changes.files:
                    self.show_change(change)
            case ev.PartRefused(refusal):
                where = refusal.path + ("" if refusal.line is None else f":{refusal.line + 1}")
                self._callout("warning", f"Not applied to {where}", refusal.reason)
            case _:
                self._show_work(event)

    def _show_work(self, event: ev.Event) -> None:
        match event:
            case ev.ToolStarted(call, label):
                self._end_answer()
                given = next((str(v) for v in call.arguments.values() if isinstance(v, str)), "")
                kind = step_kind(call.name, label)
                step = StepRow(self._look, kind, label or given, verb=call.name, key=call.id)
                self._steps[call.id] = step
                self._put(step, "step")
            case ev.ToolFinished(call, summary, ok, seconds, output, done):
                if call.id in self._steps:
                    self._steps[call.id].finish(summary, ok, seconds, output, done=done)
            case ev.PermissionAsked(key, title, detail, kind):
                self._end_answer()
                card = PermissionCard(self._look, key, title, detail, kind)
                card.answered.connect(self.permission_answered)
                card.left.connect(self.permission_left)
                self._questions.append(card)
                self._put(card, "callout")
            case ev.CheckFinished(_, ok, summary, _, scope, details):
                self._end_answer()
                self._put(EvidenceRow(self._look, ok, summary, scope, details), "evidence")
            case ev.Chosen() if self._run in self._run_cards:
                self._run_cards[self._run].show_chosen(event)
            case ev.Committed(receipt):
                where = f"Committed {receipt.commit[:7]} on {receipt.branch}"
                undo = (f"undo:{receipt.commit}", "Undo the commit")
                self._callout("info", where, receipt.subject, (undo,))
            case ev.Notice(text, level):
                self._callout(level, text)
            case ev.Saved(path, _):
                step = StepRow(self._look, "write", str(path))
                step.finish("")
                self._put(step, "step")

    def _show_graph(self, nodes: Sequence[ev.Node]) -> None:
        """One card a run, in its place from the first moment."""
        card = self._run_cards.get(self._run)
        if card is None:
            card = self._run_cards[self._run] = RunCard(self._look, self._run)
            card.opened.connect(self.context_requested)
            card.draft_requested.connect(self.draft_requested)
            self._put(card, "card")
        card.show_nodes(nodes)

    def _show_model(self, model: str, scripted: bool) -> None:
        row = QFrame()
        words = f"{model}, scripted replies" if scripted else model
        icon = Picture(self._look, "play" if scripted else "sparkles", "faint", 12)
        fill(QHBoxLayout(row), (icon, Text(words, "tiny"), None), (1, 0, 0, 0), 6)
        self._put(row, "model", 8)

    def _show_usage(self, event: ev.UsageChanged) -> None:
        usage = event.usage
        if self._cost is None:
            self._cost = Text("", "tiny")
            row = QFrame()
            fill(QVBoxLayout(row), (self._cost,), (1, 0, 0, 0), 0)
            self._put(row, "cost", 8)
        into = usage.input + usage.cache_read + usage.cache_write
        about = "about " if usage.estimated else ""
        cached = f" ({tokens(usage.cache_read)} cached)" if usage.cache_read else ""
        thought = f" ({tokens(usage.reasoning)} thinking)" if usage.reasoning else ""
        parts = [
            f"{about}{tokens(into)} in{cached}",
            f"{tokens(usage.output)} out{thought}",
            f"{event.tokens_per_second:.0f} tok/s" if event.tokens_per_second else "",
            f"{event.seconds:.1f} s",
            dollars(usage.cost),
        ]
        self._cost.setText(" · ".join(part for part in parts if part))
        if self._thinking is not None:
            made = tokens(usage.reasoning or usage.output)
            self._thinking.count(f"{made} tokens · {dollars(usage.cost)}")

    def _show_retry(self, event: Retrying) -> None:
        """One card a wait; what is no failure (a start, a hurry) is one line."""
        self._end_thinking()
        if event.seconds <= 0 and event.attempts <= 1:
            verb, _, detail = event.reason.partition(": ")
            self._put(StepRow(self._look, "note", detail, verb=verb.capitalize()), "step")
            return
        if self._retry is not None and self._retry.attempt == event.attempt:
            self._retry.wait(event.seconds)
            return
        self._settle_retry()
        card = RetryCard(self._look, event.reason, event.seconds, event.attempt, event.attempts)
        card.action_requested.connect(self.action_requested)
        self._retry = card
        self._put(card, "callout")

    def _think(self, text: str) -> None:
        if self._thinking is None:
            self._end_answer()
            self._thinking = ThinkingFold(self._look)
            self._put(self._thinking, "step")
        self._thinking.append(text)

    def _say(self, words: list[str]) -> None:
        if not words:
            return
        self._end_thinking()
        self._settle_retry()
        if self._answer is None:
            from widgets.markdownview import MarkdownView

            self._answer = MarkdownView(self._look, None, self._highlighter)
            self._answer.link_requested.connect(self.link_requested)
            self._answer.apply_requested.connect(self.apply_requested)
            self._answer.shell_requested.connect(self.shell_requested)
            self._put(self._answer, "answer")
        self._answer.append("".join(words))
        self.mark(self._answer)
        words.clear()

    def _callout(
        self, level: str, text: str, detail: str = "", actions: Sequence[tuple[str, str]] = ()
    ) -> None:
        self._end_answer()
        known = level if level in ("info", "warning", "error") else "info"
        card = Callout(self._look, known, text, detail, actions)
        card.action_requested.connect(self.action_requested)
        self._put(card, "callout")

    def _put(self, entry: QWidget, kind: str, gap: int = 12) -> None:
        """Steps stand close to steps; the cost line stays the last of its turn."""
        close = kind == "step" and self._before == "step"
        self._before = kind
        self.add(entry, 3 if close else gap)

    def _end_answer(self) -> None:
        if self._answer is not None:
            self._answer.finish()
            self.mark(self._answer)
            self._answer = None

    def _end_thinking(self) -> None:
        if self._thinking is not None:
            self._thinking.finish()
            self._thinking = None

    def _settle_retry(self) -> None:
        if self._retry is not None:
            self._retry.settle()
            self._retry = None

    def _settle(self) -> None:
        self._end_answer()
        self._end_thinking()
        self._settle_retry()
