"""How two trees differ, and the same difference brought into an index that differs from both. Knows
git's plumbing only."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from assistant.errors import CommitFailed
from assistant.repo.delta import Merge, three_way
from assistant.repo.runner import Runner
from assistant.repo.tree import FILE_MODES, Entry, Plan, entries_at, read_blobs, write_blobs

_NONE = "000000"


@dataclass(frozen=True, slots=True)
class Difference:
    """One path in two trees; None where it is not there."""

    path: str
    old: Entry | None
    new: Entry | None

    @property
    def plain(self) -> bool:
        """Whether both sides are ordinary files, or none."""
        return all(e is None or e.mode in FILE_MODES for e in (self.old, self.new))


def changed_between(git: Runner, one: str, two: str) -> list[Difference]:
    """Every path that two trees (or commits) have differently."""
    raw = git.run("diff-tree", "-r", "-z", "--no-renames", one, two).split(b"\0")
    found = []
    for facts, name in zip(raw[0::2], raw[1::2], strict=False):
        old_mode, mode, old_oid, oid, _ = facts.decode().lstrip(":").split()
        old = None if old_mode == _NONE else Entry(old_mode, old_oid)
        new = None if mode == _NONE else Entry(mode, oid)
        found.append(Difference(os.fsdecode(name), old, new))
    return found


def with_changes(
    git: Runner, plan: Plan, differences: list[Difference], merge: Merge, folder: Path
) -> Plan:
    """``plan`` with ``differences`` brought into its index and told as its files.

    Raises CommitFailed where the person staged something else in the same lines.
    """
    paths = [one.path for one in differences]
    staged = entries_at(git, paths)
    index, before = dict(plan.index), dict(plan.index_before)
    for one in differences:
        here = index.get(one.path, staged[one.path])
        before.setdefault(one.path, staged[one.path])
        index[one.path] = _merged(git, one, here, merge, folder)
    files = tuple(dict.fromkeys((*plan.paths, *map(PurePosixPath, paths))))
    return replace(plan, index=index, index_before=before, paths=files)


def _merged(
    git: Runner, one: Difference, here: Entry | None, merge: Merge, folder: Path
) -> Entry | None:
    if here in (one.old, one.new):
        return one.new
    if here is not None and one.old is not None and one.new is not None and one.plain:
        blobs = read_blobs(git, [one.old.oid, here.oid, one.new.oid])
        old, mine, new = (blobs[e.oid] for e in (one.old, here, one.new))
        data = three_way(PurePosixPath(one.path), old, mine, new, merge)
        if data is not None:
            return Entry(one.new.mode, write_blobs(git, [data], folder)[0])
    raise CommitFailed(
        f"The hooks changed {one.path} where you staged edits of your own.",
        "Commit or unstage those first.",
    )
