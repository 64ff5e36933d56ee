"""Commits in words and rows: messages, lists of hunks, facts, receipts.

Knows values, holds none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.errors import CommitFailed, GalleyError
from assistant.events import JobState
from assistant.types import ChangeSet, Hunk, HunkState, Receipt
from widgets.commitbox import CommitFile, CommitHunk
from widgets.commitoptions import CommitGround

if TYPE_CHECKING:
    from assistant.committing import CommitFacts

SUBJECT = 72


def rows_of(sets: tuple[ChangeSet, ...], known: dict[tuple[str, int], int]) -> list[CommitFile]:
    """The kept hunks by file; ``known`` numbers (run, hunk) for good, so that ticks stay."""
    files: dict[str, list[CommitHunk]] = {}
    for changes in sets:
        for change in changes.files:
            for hunk in change.hunks:
                if hunk.state is HunkState.KEPT:
                    number = known.setdefault((changes.id, hunk.id), len(known) + 1)
                    row = CommitHunk(number, _telling(hunk), len(hunk.new), len(hunk.old))
                    files.setdefault(str(change.base.path), []).append(row)
    return [CommitFile(path, tuple(rows)) for path, rows in files.items()]


def message_of(sets: tuple[ChangeSet, ...]) -> str:
    """A commit message out of the instructions: the first one first, the others as a list."""
    titles = list(dict.fromkeys(changes.title.strip() for changes in sets if changes.title.strip()))
    if not titles:
        return "Apply reviewed edits"
    first = titles[0].split("\n")[0].rstrip(".")
    subject = first[:1].upper() + first[1:]
    if len(subject) > SUBJECT:
        subject = subject[: SUBJECT - 1].rsplit(" ", 1)[0] + "…"
    rest = "\n".join(f"- {title}" for title in titles[1:])
    whole = titles[0] if len(first) > SUBJECT or "\n" in titles[0] else ""
    body = "\n\n".join(part for part in (whole, rest) if part)
    return f"{subject}\n\n{body}" if body else subject


def ground_of(facts: CommitFacts | None) -> CommitGround:
    """What the page shows before a commit."""
    if facts is None:
        return CommitGround()
    who = facts.author
    off = "" if facts.trusted else f"Not run in a restricted folder: {', '.join(facts.hooks)}."
    return CommitGround(
        known=True,
        author=f"{who.name} <{who.email}>" if who is not None else "",
        branch=facts.head.branch,
        hooks=facts.hooks,
        hooks_on=facts.choices.hooks,
        hooks_off=off,
        notes_on=facts.choices.notes,
        signing=facts.signing,
        signs=facts.signs,
        last=facts.last,
        pushed=facts.pushed,
        remarks=facts.odd,
        blocked=facts.blocked,
    )


def done_words(receipt: Receipt) -> str:
    """``1a2b3c4 on main, signed with ssh key id_ed25519``, then what else happened."""
    where = f" on {receipt.branch}" if receipt.branch else ""
    first = f"{receipt.commit[:7]}{where}" + (f", {receipt.signed}" if receipt.signed else "")
    return "\n".join((first, *receipt.notes))


def ways_of(error: GalleyError, state: JobState) -> tuple[tuple[str, str], ...]:
    """What can be done about a commit that was not made; a question has its own answers first."""
    ways = error.ways if isinstance(error, CommitFailed) else ()
    own = tuple((way.key, way.title) for way in ways)
    again = "Try again" if state is JobState.FAILED else "Commit again"
    return (*own, ("retry", again), ("dismiss", "Dismiss"))


def _telling(hunk: Hunk) -> str:
    """The first line of a hunk that says something."""
    lines = [line.strip() for line in (*hunk.new, *hunk.old) if line.strip()]
    return lines[0] if lines else "blank lines"
