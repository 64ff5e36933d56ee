"""What the kept hunks of a change make of some version of the file. Knows texts and bytes, no
git."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import PurePosixPath
from typing import Protocol

from assistant.errors import CommitFailed
from assistant.repo.codec import TextFile, decode, encode
from assistant.types import FileAction, FileChange, HunkState, split_lines


class Merged(Protocol):
    """The result of a three-way merge: lines, and the conflicts that were left (empty when
    clean)."""

    @property
    def lines(self) -> Sequence[str]: ...

    @property
    def conflicts(self) -> Sequence[object]: ...


Merge = Callable[[Sequence[str], Sequence[str], Sequence[str]], Merged]
"""``merge(base, ours, theirs)`` over lines with their ends."""


def is_kept(change: FileChange) -> bool:
    """Whether anything of ``change`` was kept; a change without hunks (empty file, plain move)
    is."""
    if change.action is FileAction.DELETE:
        return all(hunk.state is HunkState.KEPT for hunk in change.hunks)
    return not change.hunks or any(hunk.state is HunkState.KEPT for hunk in change.hunks)


def carried_over(change: FileChange, existing: bytes, merge: Merge, where: str) -> bytes:
    """``existing`` with the kept hunks in it, in its own encoding and line ends.

    ``where`` names the version for the person. Raises CommitFailed for a binary or a conflict.
    """
    path = change.base.path
    file = decode(existing)
    if file.binary:
        raise CommitFailed(f"{path} is not text in {where}.", "Commit it in a terminal.")
    base, kept = _with_ends_of(file.text, change.base.text, change.applied())
    result = merge(split_lines(base), split_lines(file.text), split_lines(kept))
    if result.conflicts:
        raise CommitFailed(
            f"{path}: the kept change touches lines that differ in {where} "
            f"({_where(base, kept)}), so it cannot be committed alone.",
            "Commit your own changes of this file together with it, or in a terminal first.",
        )
    return encode("".join(result.lines), file)


def created(change: FileChange, *, as_lf: bool) -> bytes:
    """The bytes of a file that the change creates; ``as_lf`` when git stores its lines with LF."""
    text = change.applied()
    return encode(text.replace("\r\n", "\n") if as_lf else text, TextFile(""))


def three_way(
    path: PurePosixPath, base: bytes, ours: bytes, theirs: bytes, merge: Merge
) -> bytes | None:
    """The change from ``base`` to ``theirs`` brought into ``ours``; None when they touch the same
    lines."""
    if ours == base:
        return theirs
    if theirs == base or ours == theirs:
        return ours
    file = decode(ours)
    old, new = decode(base, file.encoding), decode(theirs, file.encoding)
    if file.binary or old.binary or new.binary:
        return None
    before, after = _with_ends_of(file.text, old.text, new.text)
    result = merge(split_lines(before), split_lines(file.text), split_lines(after))
    return None if result.conflicts else encode("".join(result.lines), file)


def _ends(text: str) -> set[str]:
    crlf = text.count("\r\n")
    found = {"\r\n"} if crlf else set()
    if text.count("\n") > crlf:
        found.add("\n")
    if text.count("\r") > crlf:
        found.add("\r")
    return found


def _with_ends_of(target: str, *texts: str) -> list[str]:
    """``texts`` with the line ends of ``target``, when it has one kind and the first text has
    another one.

    Git may store LF where the working file has CRLF; and a file whose ends the person converted
    without committing must not have the conversion committed along.
    """
    wanted, present = _ends(target), _ends(texts[0])
    if len(wanted) != 1 or len(present) != 1 or wanted == present:
        return list(texts)
    (new,), (old,) = wanted, present
    return [text.replace(old, new) for text in texts]


def _where(base: str, kept: str) -> str:
    one, two = split_lines(base), split_lines(kept)
    at = next((i for i, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), len(one))
    return f"near line {at + 1}"
