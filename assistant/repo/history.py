"""The time line of every change, and the way back to any point of it. Works without git; judges
no trust.

A restore is first a list (:meth:`History.plan_entry` and its siblings), then a change like any
other: through the write door, three-way against what came later, and itself an entry that can be
restored.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from assistant.errors import Forgotten, RepoError
from assistant.repo.batch import Delete, Operation, Write
from assistant.repo.codec import decode
from assistant.repo.delta import Merge, three_way
from assistant.repo.door import WriteDoor
from assistant.repo.journal import Journal
from assistant.repo.ledger import Author, By, Change, Entry, ends, steps_of
from assistant.repo.saver import FileState, digest, runnable
from assistant.types import FileAction, split_lines

DiffLines = Callable[[Sequence[str], Sequence[str]], Sequence[tuple[int, int, int, int]]]
"""``diff(old, new)`` gives changed runs ``(a0, a1, b0, b1)`` over lines."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a restore would do to one file: ``what`` is create, change, delete, nothing, conflict
    or left.

    ``why`` is a sentence for conflict and left; ``data`` the bytes afterwards, None for no file;
    ``mode`` the permission bits, 0 for those that are there.
    """

    path: PurePosixPath
    what: str
    data: bytes | None = None
    expect: str = ""
    why: str = ""
    mode: int = 0
    careful: bool = False
    """The person did not ask for just this, so it waits for a word of theirs."""


@dataclass(frozen=True, slots=True)
class RestorePlan:
    """The list that is shown before a restore; nothing has happened yet."""

    title: str
    steps: tuple[Step, ...]
    undoes: int | None = None

    @property
    def doable(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.what in ("create", "change", "delete"))


class History:
    """The time line of one project. ``merge`` and ``diff`` are the line algorithms."""

    def __init__(self, door: WriteDoor, journal: Journal, *, merge: Merge, diff: DiffLines) -> None:
        self._door = door
        self._ledger = journal.ledger
        self._merge = merge
        self._diff = diff

    def entries(self, limit: int = 200, before: int | None = None) -> list[Entry]:
        """The time line, newest first; ``before`` an entry's id for the next page."""
        return self._ledger.entries(limit, before)

    def steps(self, limit: int = 200, before: int | None = None) -> list[Entry]:
        """The time line by who wrote what, newest first: a save that several wrote is several."""
        entries = self._ledger.entries(limit, before)
        return [step for entry in entries for step in reversed(steps_of(entry))]

    def step(self, entry: int, part: int = 0) -> Entry:
        """One step; Forgotten when it was pruned."""
        found = self._ledger.entry(entry)
        for step in steps_of(found) if found is not None and part else ():
            if step.part == part:
                return step
        if found is None or part:
            raise Forgotten("That entry is not in the history any more.", "Look at the list again.")
        return found

    def last_content(self, path: PurePosixPath) -> str | None:
        """The hash of what the journal last saw at ``path``; None when it never saw it change."""
        for entry in reversed(self._ledger.of_path(path)):
            for found, _, post in reversed(ends(entry)):
                if found == path:
                    return post
        return None

    def diff_of(self, entry: Entry) -> list[tuple[PurePosixPath, str, str]]:
        """``(path, text before, text after)`` of each file of an entry."""
        found = []
        for change in entry.changes:
            before, after = (decode(self._ledger.content(key)) for key in (change.pre, change.post))
            found.append((change.moved_to or change.path, before.text, after.text))
        return found

    def record_outside(
        self, before: dict[PurePosixPath, bytes | None], author: Author, why: str
    ) -> int | None:
        """Note what a command or another program did since ``before`` was read; the entry's id,
        or None.

        ``before`` maps paths to their bytes then, None where there was no file.
        """
        changes, contents = [], []
        for path, old in before.items():
            now = self._door.read(path)
            pre = "" if old is None else digest(old)
            if pre == now.hash:
                continue
            action = FileAction.MODIFY
            if old is None or not now.exists:
                action = FileAction.CREATE if old is None else FileAction.DELETE
            changes.append(Change(path, action, pre, now.hash, now.mode))
            contents += [
                data for data in (old, now.data if now.exists else None) if data is not None
            ]
        if not changes:
            return None
        return self._ledger.begin(changes, contents, author, why, state="done")

    # -- plans -------------------------------------------------------------------------------------

    def plan_entry(self, entry: Entry, only: Sequence[PurePosixPath] = ()) -> RestorePlan:
        """Take one entry back, later edits kept; ``only`` some of its files."""
        steps: list[Step] = []
        for change in reversed(entry.changes):
            path = change.moved_to or change.path
            if only and path not in only and change.path not in only:
                continue
            steps += self._back(change)
        return RestorePlan(f"Take back: {entry.why}", tuple(steps), entry.id)

    def plan_hunk(self, entry: Entry, path: PurePosixPath, hunk: int) -> RestorePlan:
        """Take one changed run of lines of one file back; ``hunk`` counts from 0 as in a diff of
        the entry."""
        change = _of(entry, path)
        old, new = (self._text(key) for key in (change.pre, change.post))
        runs = self._diff(old, new)
        if not 0 <= hunk < len(runs):
            raise RepoError(f"This change of {path} has no part {hunk + 1}.")
        a0, a1, b0, b1 = runs[hunk]
        without = "".join((*new[:b0], *old[a0:a1], *new[b1:]))
        post = decode(self._ledger.content(change.post))
        target = without.encode(
            post.encoding, "surrogateescape" if post.encoding == "utf-8" else "strict"
        )
        mark = (
            self._ledger.content(change.post)[:3] if post.bom and post.encoding == "utf-8" else b""
        )
        step = self._toward(path, self._ledger.content(change.post), mark + target)
        return RestorePlan(f"Take back part {hunk + 1} of: {entry.why}", (step,), entry.id)

    def plan_moment(self, moment: float, only: Sequence[PurePosixPath] = ()) -> RestorePlan:
        """Every file as it was at ``moment`` (seconds since the epoch), as far as the journal saw
        it change.

        Only changes that went through Galley or were recorded are taken back; edits of others are
        kept.
        """
        steps: dict[PurePosixPath, Step] = {}
        later = self._ledger.since(moment)
        modes = _modes(later)
        for path, chain in _chains(later).items():
            if only and path not in only:
                continue
            step = self._from_to(path, chain[-1][1], chain[0][0])
            steps[path] = self._with_mode(step, *modes.get(path, (0, 0)))
        said = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(moment))
        return RestorePlan(f"Back to {said}", tuple(steps.values()))

    def plan_to(self, step: Entry) -> RestorePlan:
        """Every file as it was right after ``step``, as far as the journal saw it change since."""
        later = [one for one in self._ledger.after(step.id - 1) if _is_after(one, step)]
        modes = _modes(later)
        steps = [
            self._with_mode(
                self._from_to(path, chain[-1][1], chain[0][0]), *modes.get(path, (0, 0))
            )
            for path, chain in _chains(later).items()
        ]
        said = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(step.time))
        return RestorePlan(f"Back to {said}", tuple(steps))

    def plan_run(self, run: str) -> RestorePlan:
        """Take back what one run of a model changed, later typing kept."""
        chains = _chains(self._ledger.of_run(run))
        steps = [self._unwound(path, chain) for path, chain in chains.items()]
        return RestorePlan("Take back what this run did", tuple(steps))

    def restore(
        self, plan: RestorePlan, *, confirm_protected: bool = False
    ) -> tuple[FileState, ...]:
        """Do what the list says: all of it or nothing, as one new entry of the time line.

        Raises ChangedUnderneath when a file changed since the list was made; RepoError when
        nothing is doable.
        """
        batch: list[Operation] = []
        for step in plan.doable:
            if step.data is None:
                batch.append(Delete(step.path, step.expect))
            else:
                batch.append(Write(step.path, step.data, step.expect, mode=step.mode))
        if not batch:
            raise RepoError("There is nothing to take back.", "See the list for the reasons.")
        return self._door.apply(
            batch,
            why=plan.title,
            author=Author(By.RESTORE),
            undoes=plan.undoes,
            confirm_protected=confirm_protected,
        )

    # -- one file ----------------------------------------------------------------------------------

    def _back(self, change: Change) -> list[Step]:
        if change.action is not FileAction.MOVE:
            step = self._from_to(change.path, change.post, change.pre)
            return [self._with_mode(step, *_modes_of(change))]
        assert change.moved_to is not None
        now, then = self._door.read(change.moved_to), self._door.read(change.path)
        if not now.exists or then.exists:
            why = f"{change.moved_to} is gone" if not now.exists else f"{change.path} exists again"
            return [Step(change.moved_to, "left", why=f"{why}.")]
        return [
            Step(change.path, "create", now.data),
            Step(change.moved_to, "delete", None, now.hash),
        ]

    def _unwound(self, path: PurePosixPath, chain: Sequence[tuple[str, str]]) -> Step:
        """The step that takes back every ``(before, after)`` of ``chain``, the newest first; what
        others wrote between them stays.
        """
        together = [chain[0]]
        for pre, post in chain[1:]:
            if pre == together[-1][1]:
                together[-1] = (together[-1][0], post)
            else:
                together.append((pre, post))
        if len(together) == 1 or any(not pre or not post for pre, post in together):
            return self._from_to(path, together[-1][1], together[0][0])
        now = self._door.read(path)
        if not now.exists:
            return Step(path, "left", why="It was deleted by others since.")
        data: bytes | None = now.data
        for pre, post in reversed(together):
            if data is not None:
                old, new = self._ledger.content(post), self._ledger.content(pre)
                data = three_way(path, old, data, new, self._merge)
        if data is None:
            return Step(path, "conflict", why="Later edits touch the same lines.")
        return Step(path, "nothing") if data == now.data else Step(path, "change", data, now.hash)

    def _from_to(self, path: PurePosixPath, base: str, wanted: str) -> Step:
        """The step that undoes the way from ``wanted`` to ``base`` (hashes) in what ``path`` says
        now."""
        now = self._door.read(path)
        if base == wanted or now.hash == wanted:
            return Step(path, "nothing")
        if not wanted:
            if now.hash == base:
                return Step(path, "delete", None, now.hash)
            return Step(path, "left", why="It was created here, and changed by others since.")
        if not now.exists:
            if base:
                return Step(path, "left", why="It was deleted by others since.")
            return Step(path, "create", self._ledger.content(wanted))
        if not base:
            return Step(path, "left", why="It was deleted here, and created by others since.")
        return self._toward(path, self._ledger.content(base), self._ledger.content(wanted), now)

    def _toward(
        self, path: PurePosixPath, base: bytes, wanted: bytes, now: FileState | None = None
    ) -> Step:
        state = now or self._door.read(path)
        if not state.exists:
            return Step(path, "left", why="It was deleted by others since.")
        data = three_way(path, base, state.data, wanted, self._merge)
        if data is None:
            return Step(path, "conflict", why="Later edits touch the same lines.")
        return (
            Step(path, "nothing") if data == state.data else Step(path, "change", data, state.hash)
        )

    def _text(self, key: str) -> tuple[str, ...]:
        return split_lines(decode(self._ledger.content(key)).text)

    def _with_mode(self, step: Step, mode: int, became: int) -> Step:
        """The step with the right to run as it was, where a change of ours took or gave it."""
        if step.what == "create":
            return replace(step, mode=mode)
        if not became or step.what not in ("nothing", "change"):
            return step
        now, ran = self._door.read(step.path), bool(mode & 0o111)
        if not now.exists or bool(now.mode & 0o111) == ran:
            return step
        wanted = runnable(now.mode) if ran else now.mode & ~0o111
        if step.what == "change":
            return replace(step, mode=wanted)
        why = "It may be run again." if ran else "It may not be run again."
        return Step(step.path, "change", now.data, now.hash, why, wanted)


def _chains(entries: Sequence[Entry]) -> dict[PurePosixPath, list[tuple[str, str]]]:
    """For each path the ``(before, after)`` hashes of its changes, in the order of ``entries``."""
    chains: dict[PurePosixPath, list[tuple[str, str]]] = {}
    for path, pre, post in (end for entry in entries for end in ends(entry)):
        chains.setdefault(path, []).append((pre, post))
    return chains


def _modes(entries: Sequence[Entry]) -> dict[PurePosixPath, tuple[int, int]]:
    """For each path the mode before, and the one that it got where that was changed."""
    found: dict[PurePosixPath, tuple[int, int]] = {}
    for change in (change for entry in entries for change in entry.changes):
        mode, became = _modes_of(change)
        if mode:
            first = found.get(change.path, (mode, 0))
            found[change.path] = (first[0], became or first[1])
    return found


def _modes_of(change: Change) -> tuple[int, int]:
    known = change.became or change.action is FileAction.DELETE
    return (change.mode, change.became) if known else (0, 0)


def _is_after(one: Entry, step: Entry) -> bool:
    return one.id > step.id or (step.part > 0 and one.part > step.part)


def _of(entry: Entry, path: PurePosixPath) -> Change:
    for change in entry.changes:
        if path in (change.path, change.moved_to):
            return replace(change)
    raise RepoError(f"This entry did not change {path}.")
