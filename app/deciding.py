"""What a person's word does to the hunks of one editor. Knows its inline diff, no other file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.document import Document
from app.proposals import OPEN, Proposal
from assistant.types import HunkState

if TYPE_CHECKING:
    from widgets.inlinediff.inlinediff import InlineDiff


def keep_these(prompt: str, numbers: Sequence[int], diff: InlineDiff) -> None:
    """Without another question: the person said yes to this file, or git has the hunks already."""
    diff.confirm(prompt)
    for number in numbers:
        diff.keep(number, prompt)


def decide_prompt(prompt: str, keep: bool, sure: bool, diff: InlineDiff) -> None:
    """All hunks of one run; ``sure``: the name of a protected file was confirmed."""
    if sure:
        diff.confirm(prompt)
    diff.decide_prompt(prompt, keep)


def keep_current(diff: InlineDiff) -> None:
    """The hunk that keys act on."""
    if (hunk := diff.current()) is not None:
        diff.keep(hunk.id, diff.prompt_of(hunk.id))


def reject_current(diff: InlineDiff) -> None:
    """The hunk that keys act on."""
    if (hunk := diff.current()) is not None:
        diff.reject(hunk.id, diff.prompt_of(hunk.id))


def keep_all(diff: InlineDiff) -> None:
    """Everything that is pending in the file."""
    diff.keep_all()


def reject_all(diff: InlineDiff) -> None:
    """Everything that is open in the file."""
    diff.reject_all()


def restore_rejected(diff: InlineDiff) -> None:
    """What was rejected in the file is pending again."""
    diff.restore_rejected()


def go(document: Document, forward: bool) -> None:
    """To the next undecided hunk, or the one before."""
    if forward:
        document.diff.next()
    else:
        document.diff.previous()


def decide(proposal: Proposal, verdict: HunkState) -> None:
    """A word on what is undecided of a file that no editor shows."""
    states = {hunk.id: verdict for hunk in proposal.change.hunks if hunk.state in OPEN}
    proposal.change = proposal.change.with_states(states)
