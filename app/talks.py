"""Conversations outlive the program: each turn is kept, the list is shown, one is opened again.

Knows the panel, the conversation and the journal's answers. Going back in a conversation sets turns
aside and touches no file.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.alternatives import Shown, wish_of
from app.conversation import Conversation
from app.lane import Lane
from app.notices import Notices
from app.progress import dollars
from app.review import Review
from app.who import when
from assistant.events import Done, Event, ProposalReady, RunStarted, UsageChanged
from assistant.types import ChangeSet, FileChange, HunkState, Instruction, TextDelta
from widgets.sidepanel import SidePanel
from widgets.talklist import TalkRow

if TYPE_CHECKING:
    from assistant.project import Project
    from assistant.repo.talks import Talk, Turn
    from assistant.talking import GoneBack, Opened, RunShown

_numbers = count(1)
PAUSE_MS = 1000
_OPEN = (HunkState.PENDING, HunkState.STREAMING, HunkState.CONFLICTED)


class Talks(QObject):
    """One conversation is open in the panel; the others wait in the list."""

    told = Signal(str)
    failed = Signal(str)
    recalled = Signal(list)
    """(question, answer) of the turns that the model shall know."""
    code_wished = Signal(float, str)
    """The code shall be as it was at this moment; and the turn the conversation goes back to."""

    def __init__(
        self,
        panel: SidePanel,
        conversation: Conversation,
        review: Review,
        notices: Notices,
        lane: Lane,
    ) -> None:
        super().__init__(panel)
        self._panel, self._conversation, self._review = panel, conversation, review
        self._notices, self._lane = notices, lane
        self._project: Project | None = None
        self._id = ""
        self._title = ""
        self._turns: dict[str, Turn] = {}
        """By prompt, those of the open conversation, in their order."""
        self._changed: set[str] = set()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self.write)
        conversation.asked.connect(self._on_asked)
        conversation.heard.connect(self._on_heard)
        conversation.ended.connect(self._on_ended)
        conversation.forgotten.connect(self._on_forgotten)
        review.changed.connect(self._on_changed)
        panel.history_requested.connect(self.show_list)
        panel.talks.opened.connect(self.open)
        panel.talks.removed.connect(self._on_removed)
        panel.transcript.back_requested.connect(self._on_back_requested)

    def use(self, project: Project | None) -> None:
        """Another project has other conversations; what is open was kept."""
        if self._project is not None:
            self._conversation.forget()
        self._project = project

    # -- keeping -------------------------------------------------------------------------------

    @Slot(str, object)
    def _on_asked(self, prompt: str, instruction: Instruction) -> None:
        from assistant.prompts import selected_text
        from assistant.repo.talks import Turn

        if not self._id:
            self._id = f"{time.strftime('%Y%m%d-%H%M%S')}-{next(_numbers)}"
            self._title = " ".join(instruction.text.split())
        number = 1 + max((turn.number for turn in self._turns.values()), default=self._highest)
        about = selected_text(instruction)
        if about and instruction.target is not None:
            about = f"{instruction.target.path}:\n{about}"
        self._turns[prompt] = Turn(number, instruction.text, about, time=time.time())
        self._keep(prompt)

    _highest = 0
    """The highest number of a turn that was set aside."""

    @Slot(object)
    def _on_heard(self, event: Event) -> None:
        prompt = self._conversation.prompt()
        turn = self._turns.get(prompt)
        if turn is None or turn.ended:
            return
        match event:
            case RunStarted(id=run, model=model):
                turn = replace(turn, run=run, model=model)
            case TextDelta(text):
                turn = replace(turn, said=turn.said + text)
            case UsageChanged(usage, seconds, _):
                turn = replace(turn, cost=usage.cost, seconds=seconds)
            case ProposalReady(changes):
                turn = replace(turn, changes=changes)
        self._turns[prompt] = turn

    @Slot(object)
    def _on_ended(self, _outcome: object) -> None:
        prompt = self._conversation.prompt()
        if (turn := self._turns.get(prompt)) is not None:
            self._turns[prompt] = replace(turn, ended=True)
            self._keep(prompt)

    @Slot(str, object)
    def _on_changed(self, prompt: str, change: FileChange) -> None:
        """A decision: the turn tells of it when it is opened again."""
        prompt = wish_of(prompt)
        turn = self._turns.get(prompt)
        if turn is None or turn.changes is None:
            return
        files = tuple(
            change if one.base.path == change.base.path else one for one in turn.changes.files
        )
        self._turns[prompt] = replace(turn, changes=replace(turn.changes, files=files))
        self._changed.add(prompt)
        self._timer.start()

    @Slot(object)
    def on_switched(self, shown: Shown) -> None:
        """Another draft of a turn is what is proposed."""
        turn = self._turns.get(shown.wish)
        if turn is not None and turn.changes is not None:
            self._turns[shown.wish] = replace(turn, changes=shown.candidate.changes)
            self._changed.add(shown.wish)
            self._timer.start()

    @Slot()
    def write(self) -> None:
        """Keep what was decided since the last time."""
        self._timer.stop()
        changed, self._changed = self._changed, set()
        for prompt in changed:
            self._keep(prompt)

    def _keep(self, prompt: str) -> None:
        if self._project is not None and prompt in self._turns:
            talking = self._project.talking
            self._lane.ask(talking.keep, self._id, self._title, self._turns[prompt])

    @Slot()
    def _on_forgotten(self) -> None:
        self.write()
        for prompt, turn in self._turns.items():
            if not turn.ended:  # it was stopped just now; its end is not waited for
                self._turns[prompt] = replace(turn, ended=True)
                self._keep(prompt)
        self._id, self._title, self._turns, self._highest = "", "", {}, 0

    # -- the list ------------------------------------------------------------------------------

    @Slot()
    def show_list(self) -> None:
        """The list in place of the conversation, or the conversation again."""
        if self._panel.talks.isVisible():
            self._panel.show_talk()
        elif self._project is not None:
            self.write()
            self._panel.show_list()
            self._lane.ask(self._project.talking.talks, then=self._on_talks)

    @Slot(object)
    def _on_talks(self, talks: Sequence[Talk]) -> None:
        self._panel.talks.show_talks([_row(talk, talk.id == self._id) for talk in talks])

    @Slot(str)
    def _on_removed(self, talk: str) -> None:
        """Out of the list; nothing else changes, and it can be put back."""
        if self._project is None:
            return
        self._lane.ask(self._project.talking.set_aside, talk, True, then=self._on_talks)
        self._notices.show(
            "talk",
            "The conversation is out of the list. Files and hunks are as they were.",
            "info",
            ("Put it back", partial(self._put_back, talk)),
        )
        if talk == self._id:
            self._conversation.forget()
            self._panel.show_list()

    def _put_back(self, talk: str) -> None:
        if self._project is not None:
            self._lane.ask(self._project.talking.set_aside, talk, False, then=self._on_talks)

    # -- opening again -------------------------------------------------------------------------

    @Slot(str)
    def open(self, talk: str) -> None:
        if talk == self._id:
            self._panel.show_talk()
        elif self._project is not None:
            self.write()
            self._lane.ask(self._project.talking.open, talk, then=self._on_opened)

    @Slot(str)
    def open_run(self, run: str) -> None:
        """The conversation of a run, or the run alone."""
        self.write()
        if self._project is not None:
            self._lane.ask(self._project.talking.open_run, run, then=self._on_opened)

    @Slot(object)
    def _on_opened(self, opened: Opened | RunShown) -> None:
        from assistant.repo.talks import Turn
        from assistant.talking import RunShown

        self._conversation.forget()
        if isinstance(opened, RunShown):
            self._show_run(opened)
            return
        self._id, self._title = opened.id, opened.title
        owners: dict[str, str] = {}
        for turn in opened.turns:
            prompt = self._prompt_of(turn)
            shown = _as_it_is(turn, self._review, prompt)
            self._turns[prompt] = shown
            if shown.changes is not None:
                owners |= {str(change.base.path): prompt for change in shown.changes.files}
            self._show_turn(shown)
        self._highest = max((turn.number for turn in opened.turns), default=0)
        self._panel.show_title(opened.title)
        last = opened.turns[-1] if opened.turns else Turn(0, "")
        self._conversation.go_on(owners, last.question, last.model, last.run)
        self._panel.show_talk()
        self._panel.transcript.show_turn(
            next((n for n, t in enumerate(opened.turns) if t.number == opened.goto), -1)
        )
        self.recalled.emit(list(opened.memory))

    def _prompt_of(self, turn: Turn) -> str:
        """The prompt under which the hunks of a turn wait, if they do."""
        for proposal in self._review.proposals():
            if turn.run and proposal.author.run == turn.run:
                return proposal.prompt
        return f"kept-{turn.run or turn.number}"

    def _show_turn(self, turn: Turn) -> None:
        transcript = self._panel.transcript
        transcript.begin(turn.question)
        events: list[Event] = []
        if turn.run:
            events.append(RunStarted(turn.run, turn.question, turn.model))
        if turn.said:
            events.append(TextDelta(turn.said))
        if turn.changes is not None:
            events.append(ProposalReady(turn.changes))
        transcript.show_events(events)
        if turn.seconds:
            transcript.show_facts(f"{turn.seconds:.1f} s · {dollars(turn.cost)}")
        if not turn.ended:
            transcript.note("Galley ended before the answer did.")
        transcript.finish(Done())

    def _show_run(self, run: RunShown) -> None:
        from assistant.repo.talks import Turn

        turn = Turn(0, run.title, "", run.said, run.id, run.model, run.cost, run.seconds)
        self._show_turn(replace(turn, ended=True))
        self._panel.show_title(run.title)
        self._panel.show_talk()

    # -- going back ----------------------------------------------------------------------------

    @Slot(int, str)
    def _on_back_requested(self, index: int, what: str) -> None:
        """To before the question ``index``: talk, code or both."""
        turns = list(self._turns.values())
        if not 0 <= index < len(turns) or not turns[index].number:
            return
        turn = turns[index]
        if what == "talk":
            self.go_back(f"turn:{turn.number}")
        else:
            self.code_wished.emit(turn.time, f"turn:{turn.number}" if what == "both" else "")

    @Slot(str)
    def go_back(self, mark: str) -> None:
        """To before a turn of the open conversation (``turn:3``), or to right after a run."""
        self.write()
        if self._project is None:
            return
        if mark.startswith("turn:"):
            number = int(mark.partition(":")[2])
            self._lane.ask(self._project.talking.go_back, self._id, number, then=self._on_back)
        else:
            self._lane.ask(self._project.talking.go_back_to_run, mark, then=self._on_back)

    @Slot(object)
    def _on_back(self, gone: GoneBack | None) -> None:
        if gone is None:
            self.failed.emit("That conversation is not kept any more.")
            return
        self._on_opened(gone.opened)
        self._id = gone.id
        self._highest = max([self._highest, *gone.numbers])
        if gone.question:
            self._panel.composer.focus(gone.question)
        turns = f"{len(gone.numbers)} turn" + ("" if len(gone.numbers) == 1 else "s")
        self._notices.show(
            "talk",
            f"{turns} set aside. Files are as they were.",
            "info",
            ("Bring back", partial(self._bring_back, gone)),
        )

    def _bring_back(self, gone: GoneBack) -> None:
        if self._project is not None:
            back = self._project.talking.bring_back
            self._lane.ask(back, gone.id, gone.numbers, then=self._on_opened)


def _as_it_is(turn: Turn, review: Review, prompt: str) -> Turn:
    """The turn with what became of its hunks; what waits nowhere any more cannot be decided."""
    if turn.changes is None:
        return turn
    now = {
        str(p.change.base.path): review.present(p) for p in review.proposals() if p.prompt == prompt
    }
    files = []
    for change in turn.changes.files:
        left = {h.id: HunkState.SUPERSEDED for h in change.hunks if h.state in _OPEN}
        files.append(now.get(str(change.base.path)) or change.with_states(left))
    return replace(turn, changes=ChangeSet(turn.changes.id, turn.changes.title, tuple(files)))


def _row(talk: Talk, current: bool) -> TalkRow:
    turns = f"{talk.turns} turn" + ("" if talk.turns == 1 else "s")
    detail = " · ".join(part for part in (talk.model, turns, dollars(talk.cost)) if part)
    return TalkRow(talk.id, talk.title, detail, when(talk.time), current)
