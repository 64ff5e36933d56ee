"""Which hunks of a proposal git has already: in HEAD, or staged. Reads both, changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from assistant.repo.codec import TextFile, decode
from assistant.repo.sidecar import Sidecar
from assistant.repo.tree import FILE_MODES, entries_at, read_blobs
from assistant.types import FileAction, FileChange, HunkState, Snapshot

Rebase = Callable[[FileChange, Snapshot], FileChange]
"""Brings a change to another text; what that text has already comes back as kept."""


@dataclass(frozen=True, slots=True)
class Already:
    """Numbers of hunks of one file of one run; those in HEAD are in a commit."""

    prompt: str
    path: PurePosixPath
    head: frozenset[int]
    index: frozenset[int]


def already_in_git(
    sidecar: Sidecar, asked: Sequence[tuple[str, FileChange]], rebase: Rebase
) -> tuple[Already, ...]:
    """For each (run, change of a file) with such hunks; moves and deletions are left out."""
    changes = [one for one in asked if one[1].action in (FileAction.MODIFY, FileAction.CREATE)]
    repo, _ = sidecar.repository()
    if repo is None or not changes:
        return ()
    texts = {change.base.path: sidecar.head_text(change.base.path) for _, change in changes}
    staged = _staged(sidecar, tuple(texts), str(repo.prefix))
    found = []
    for prompt, change in changes:
        path = change.base.path
        head = _has(change, texts[path], rebase)
        index = _has(change, staged.get(path), rebase)
        if head or index:
            found.append(Already(prompt, path, head, index))
    return tuple(found)


def _has(change: FileChange, file: TextFile | None, rebase: Rebase) -> frozenset[int]:
    if file is None or file.binary or file.text == change.base.text:
        return frozenset()
    open_again = change.with_states({hunk.id: HunkState.PENDING for hunk in change.hunks})
    there = rebase(open_again, Snapshot(change.base.path, file.text))
    return frozenset(hunk.id for hunk in there.hunks if hunk.state is HunkState.KEPT)


def _staged(
    sidecar: Sidecar, paths: Sequence[PurePosixPath], prefix: str
) -> dict[PurePosixPath, TextFile]:
    """The files as the index has them; a file in conflict is in none."""
    view = sidecar.view()
    names = {str(PurePosixPath(prefix) / path): path for path in paths}
    with view.index() as index:
        git = view.runner(index=index)
        entries = {n: e for n, e in entries_at(git, list(names), conflicts=False).items() if e}
        plain = {n: e.oid for n, e in entries.items() if e.mode in FILE_MODES}
        blobs = read_blobs(git, plain.values())
    return {names[name]: decode(blobs[oid]) for name, oid in plain.items()}
