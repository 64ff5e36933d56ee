"""The time line of a project in plain values, and plans to take something back. Blocking calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from assistant.edits.diff import diff_lines
from assistant.edits.merge import three_way
from assistant.errors import Forgotten, RepoError
from assistant.repo.codec import TextFile, decode, encode
from assistant.repo.door import WriteDoor
from assistant.repo.effects import Effects
from assistant.repo.history import History, RestorePlan, Step
from assistant.repo.journal import Journal
from assistant.repo.ledger import Author, By, Entry, Line
from assistant.repo.paths import protected
from assistant.repo.points import Points
from assistant.repo.prune import Pruned, Room, prune, room_of
from assistant.repo.runs import RunNote
from assistant.types import FileAction, FileChange, Hunk, LineSpan, Snapshot, split_lines

PAGE = 20_000
WHO: Mapping[str, str] = {by.value: "me" if by is By.PERSON else by.value for by in By}


@dataclass(frozen=True, slots=True)
class Moment:
    """One step: who changed which files. ``part`` is 0 for all of an entry."""

    id: int
    part: int
    who: str
    why: str
    time: float
    files: tuple[str, ...]
    run: str = ""
    name: str = ""
    cost: float | None = None
    talk: bool = False
    """Its run is a turn of a conversation."""


@dataclass(frozen=True, slots=True)
class Moments:
    """``since`` is the entry they are newer than, ``before`` the one they are older than; 0 for
    none.
    """

    found: tuple[Moment, ...]
    since: int = 0
    before: int = 0


@dataclass(frozen=True, slots=True)
class Shown:
    """What one step did; hunks count from 0 as in a plan."""

    id: int
    part: int
    files: tuple[FileChange, ...]
    note: RunNote | None = None
    modes: Mapping[str, str] = field(default_factory=dict)
    """What became of the right to run, by path."""


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """``what`` is create, change, delete, nothing, conflict or left."""

    path: str
    what: str
    why: str = ""
    protected: str = ""
    """Why this name needs its own confirmation."""
    careful: bool = False
    """It is done only where the person says so for this file."""

    @property
    def doable(self) -> bool:
        return self.what in ("create", "change", "delete")


@dataclass(frozen=True, slots=True)
class PlannedRestore:
    """What a restore would do, one row a file; nothing has happened yet."""

    title: str
    files: tuple[PlannedFile, ...]
    plan: RestorePlan = field(compare=False, repr=False)


class Rewind:
    """Over the journal of one project; every restore goes through its write door."""

    def __init__(self, door: WriteDoor, journal: Journal, effects: Effects, points: Points) -> None:
        self._door, self._journal = door, journal
        self._effects, self._points = effects, points
        self._history = History(door, journal, merge=three_way, diff=diff_lines)

    # -- looking -------------------------------------------------------------------------------

    def moments(self, since: int = 0, before: int = 0, limit: int = PAGE) -> Moments:
        """The newest entries between two, newest first."""
        lines = self._journal.ledger.lines(limit, before or None, since)
        notes = self._journal.run_notes.many([line.run for line in lines])
        talks = self._journal.talks.runs_with_turns()
        return Moments(tuple(_moment(line, notes, talks) for line in lines), since, before)

    def tallies(self, wanted: Sequence[tuple[int, int]]) -> dict[tuple[int, int], tuple[int, int]]:
        """Lines added and removed by each step, counted once and kept; what was forgotten meanwhile
        is left out.
        """
        found: dict[tuple[int, int], tuple[int, int]] = {}
        fresh = []
        for number, part in wanted:
            known = self._journal.ledger.tally(number, part)
            if known is None:
                try:
                    step = self._history.step(number, part)
                except Forgotten:
                    continue
                known = self._counted(step)
                fresh.append((number, part, *known))
            found[number, part] = known
        self._journal.ledger.keep_tallies(fresh)
        return found

    def _counted(self, step: Entry) -> tuple[int, int]:
        added = removed = 0
        for _, before, after in self._history.diff_of(step):
            for a0, a1, b0, b1 in diff_lines(split_lines(before), split_lines(after)):
                removed, added = removed + a1 - a0, added + b1 - b0
        return added, removed

    def show(self, number: int, part: int) -> Shown:
        """What one step did to its files."""
        step = self._history.step(number, part)
        if step.author.by is By.CHECKPOINT:
            return self._show_point(number)
        texts = self._history.diff_of(step)
        files = [
            replace(_change(path, before, after), action=one.action)
            for one, (path, before, after) in zip(step.changes, texts, strict=True)
        ]
        modes = {
            str(one.path): "may be run now" if one.became & 0o111 else "may not be run any more"
            for one in step.changes
            if one.became
        }
        note = self._journal.run_notes.get(step.author.run)
        return Shown(number, part, tuple(files), note, modes)

    def _show_point(self, number: int) -> Shown:
        """What has changed since a checkpoint."""
        files = []
        for one in self._points.since(number):
            before, after = (decode(side or b"").text for side in (one.before, one.after))
            action = FileAction.MODIFY
            if one.before is None or one.after is None:
                action = FileAction.CREATE if one.before is None else FileAction.DELETE
            files.append(replace(_change(one.path, before, after), action=action))
        return Shown(number, 0, tuple(files))

    def room(self) -> Room:
        """How much the history uses."""
        return replace(room_of(self._journal), points=self._points.size())

    def tidy(self) -> Pruned:
        """Keep the journal below its quota; nothing of the last week goes."""
        return prune(self._journal)

    def prune(self, keep_seconds: float) -> Pruned:
        """Forget entries older than this many seconds, whatever the size."""
        done = prune(self._journal, limit=0, keep_seconds=keep_seconds)
        self._points.tidy()
        return done

    def note_outside(
        self, path: PurePosixPath, text: str, like: TextFile, why: str = "changed outside"
    ) -> int | None:
        """Another program changed ``path``, which said ``text`` before: an entry of its own, unless
        the journal knows what stands there now. While a command of ours runs it is booked at its
        end, with all that it did.
        """
        if self._effects.running is not None:
            return None
        known = self._history.last_content(path)
        if known is not None and known == self._door.read(path).hash:
            return None
        before: dict[PurePosixPath, bytes | None] = {path: encode(text, like)}
        return self._history.record_outside(before, Author(By.DISK), why)

    # -- planning ------------------------------------------------------------------------------

    def plan_undo(
        self, number: int, part: int = 0, path: str = "", hunk: int = -1
    ) -> PlannedRestore:
        """Take one step back, later edits kept; of it one file, or one part of a file."""
        step = self._history.step(number, part)
        if step.author.by is By.CHECKPOINT:
            return _planned(self._plan_of_point(number, PurePosixPath(path), hunk))
        if path and hunk >= 0:
            return _planned(self._history.plan_hunk(step, PurePosixPath(path), hunk))
        only = (PurePosixPath(path),) if path else ()
        return _planned(self._history.plan_entry(step, only))

    def _plan_of_point(self, number: int, path: PurePosixPath, hunk: int) -> RestorePlan:
        """One file as a checkpoint has it, or one part of it."""
        plan = self._points.plan(number)
        only = tuple(step for step in plan.steps if step.path == path)
        if hunk < 0 or not only or only[0].data is None:
            return replace(plan, steps=only)
        (now,) = (one.after or b"" for one in self._points.since(number) if one.path == path)
        file, old = decode(now), split_lines(decode(only[0].data).text)
        new = split_lines(file.text)
        runs = diff_lines(old, new)
        if not 0 <= hunk < len(runs):
            raise RepoError(f"{path} does not differ in a part {hunk + 1} any more.")
        a0, a1, b0, b1 = runs[hunk]
        data = encode("".join((*new[:b0], *old[a0:a1], *new[b1:])), file)
        return replace(plan, steps=(replace(only[0], data=data, mode=0),))

    def plan_to(self, number: int, part: int = 0) -> PlannedRestore:
        """Every file as it was right after one step; of a checkpoint, as it holds them."""
        step = self._history.step(number, part)
        if step.author.by is By.CHECKPOINT:
            return _planned(self._points.plan(number))
        return _planned(self._history.plan_to(step))

    def plan_run(self, run: str) -> PlannedRestore:
        """All that one run changed, taken back; what others wrote since stays."""
        return _planned(self._history.plan_run(run))

    def plan_moment(self, moment: float) -> PlannedRestore:
        """Every file as it was at ``moment``, in seconds since the epoch."""
        return _planned(self._history.plan_moment(moment))

    def restore(self, planned: PlannedRestore, paths: Sequence[str] | None = None) -> int:
        """Do it for these files, all or nothing, as one new entry; returns how many changed.

        Raises RepoError when none of them can be restored.
        """
        wanted = None if paths is None else set(paths)
        steps = tuple(s for s in planned.plan.steps if wanted is None or str(s.path) in wanted)
        plan = replace(planned.plan, steps=steps)
        if said := self._points.before(f"Before: {plan.title}", "restore"):
            self._journal.notes.append(said)
        return len(self._history.restore(plan, confirm_protected=True))


def _moment(line: Line, notes: Mapping[str, RunNote], talks: frozenset[str]) -> Moment:
    note = notes.get(line.run)
    return Moment(
        line.entry,
        line.part,
        WHO[line.author],
        line.why,
        line.time,
        line.files,
        line.run,
        line.name,
        note.cost if note is not None else None,
        bool(line.run) and line.run in talks,
    )


def _change(path: PurePosixPath, before: str, after: str) -> FileChange:
    old, new = split_lines(before), split_lines(after)
    hunks = tuple(
        Hunk(number, LineSpan(a0, a1), old[a0:a1], new[b0:b1])
        for number, (a0, a1, b0, b1) in enumerate(diff_lines(old, new))
    )
    return FileChange(Snapshot(path, before), hunks, FileAction.MODIFY)


def _planned(plan: RestorePlan) -> PlannedRestore:
    files = tuple(_row(step) for step in plan.steps if step.what != "nothing")
    if plan.steps and not files:
        raise RepoError("Everything is like that already.", "There is nothing to restore.")
    return PlannedRestore(plan.title, files, plan)


def _row(step: Step) -> PlannedFile:
    return PlannedFile(
        str(step.path), step.what, step.why, protected(step.path) or "", step.careful
    )
