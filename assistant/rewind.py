"""The time line of a project in plain values, and plans to take something back. Blocking calls."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath

from assistant.edits.diff import diff_lines
from assistant.edits.merge import three_way
from assistant.errors import RepoError
from assistant.repo.codec import TextFile, encode
from assistant.repo.door import WriteDoor
from assistant.repo.history import History, RestorePlan
from assistant.repo.journal import Journal
from assistant.repo.ledger import Author, By, Entry
from assistant.types import split_lines

WHO = {By.PERSON: "me", By.MODEL: "model", By.FORMATTER: "formatter", By.COMMAND: "command"}
WHO |= {By.RESTORE: "restore", By.DISK: "disk", By.PASTE: "paste"}


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry: who changed which files, and by how many lines."""

    id: int
    who: str
    title: str
    time: float
    detail: str
    files: tuple[str, ...]
    added: int
    removed: int


@dataclass(frozen=True, slots=True)
class Moments:
    found: tuple[Moment, ...]


@dataclass(frozen=True, slots=True)
class PlannedRestore:
    """What a restore would do, one line a file; nothing has happened yet."""

    title: str
    lines: tuple[str, ...]
    doable: int
    plan: RestorePlan = field(compare=False, repr=False)


class Rewind:
    """Over the journal of one project; every restore goes through its write door."""

    def __init__(self, door: WriteDoor, journal: Journal) -> None:
        self._door = door
        self._history = History(door, journal, merge=three_way, diff=diff_lines)

    def moments(self, limit: int = 200) -> Moments:
        """The newest entries."""
        return Moments(tuple(self._moment(entry) for entry in self._history.entries(limit)))

    def _moment(self, entry: Entry) -> Moment:
        added = removed = 0
        for _, before, after in self._history.diff_of(entry):
            for a0, a1, b0, b1 in diff_lines(split_lines(before), split_lines(after)):
                removed, added = removed + a1 - a0, added + b1 - b0
        files = tuple(str(change.path) for change in entry.changes)
        who = WHO[entry.author.by]
        title = f"{entry.why} {files[0]}" if len(files) == 1 else f"{entry.why} {len(files)} files"
        return Moment(entry.id, who, title, entry.time, entry.author.name, files, added, removed)

    def note_outside(self, path: PurePosixPath, text: str, like: TextFile) -> int | None:
        """Another program changed ``path``, which said ``text`` before: an entry of its own, unless
        the journal knows what stands there now.
        """
        known = self._history.last_content(path)
        if known is not None and known == self._door.read(path).hash:
            return None
        before: dict[PurePosixPath, bytes | None] = {path: encode(text, like)}
        return self._history.record_outside(before, Author(By.DISK), "changed outside")

    def plan_undo(self, number: int) -> PlannedRestore:
        """Take one entry back, later edits kept."""
        return _planned(self._history.plan_entry(self._entry(number)))

    def plan_moment(self, number: int) -> PlannedRestore:
        """Every file as it was right after an entry."""
        return _planned(self._history.plan_moment(self._entry(number).time))

    def restore(self, planned: PlannedRestore) -> int:
        """Do it, all or nothing, as one new entry; returns how many files changed."""
        return len(self._history.restore(planned.plan, confirm_protected=True))

    def _entry(self, number: int) -> Entry:
        found = next((e for e in self._history.entries(10_000) if e.id == number), None)
        if found is None:
            raise RepoError("That entry is not in the history any more.", "Look at the list again.")
        return found


def _planned(plan: RestorePlan) -> PlannedRestore:
    lines = tuple(
        f"{step.what} {step.path}{f' ({step.why})' if step.why else ''}" for step in plan.steps
    )
    return PlannedRestore(plan.title, lines, len(plan.doable), plan)
