"""Dangers a person must see before keeping a hunk: lost lines, hidden characters; and moves."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from assistant import types
from assistant.edits.lines import bare, is_trivial
from assistant.types import PROTECTED, FileAction, FileChange, Hunk, HunkState

EMPTIES, DELETES_MOST, DROPS_ELIDED = "empties-file", "deletes-most", "drops-elided"
HIDDEN = "hidden-characters"
MOST = 0.5
"""From this part of a file's lines on, losing them is losing most of it."""
MANY_BLANKS = 40
"""Blank lines that fill a screen."""
SMALL = 10
"""Files with fewer lines are read at a glance: only emptying them is flagged."""

_HIDDEN = re.compile(f"[{types.HIDDEN}]")


def flagged(change: FileChange) -> FileChange:
    """The change with the flags that its hunks deserve together, added to those they have."""
    if change.action is FileAction.DELETE:
        return change
    loss = sum(len(hunk.old) - len(hunk.new) for hunk in change.hunks)
    total = change.base.text.count("\n") + 1 if loss > 0 else 0
    if loss * 2 < total * MOST or loss <= 0:
        return change  # far from it: the usual case costs nothing
    total = len(change.base.lines())
    emptied = change.action is FileAction.MODIFY and not _left(change)
    most = total >= SMALL and loss > total * MOST
    hunks = []
    for hunk in change.hunks:
        flags = list(hunk.flags)
        if emptied:
            flags.append(EMPTIES)
        if most and _loss(hunk) > 0:
            flags.append(DELETES_MOST)
        unique = tuple(dict.fromkeys(flags))
        hunks.append(replace(hunk, flags=unique) if unique != hunk.flags else hunk)
    return replace(change, hunks=tuple(hunks))


def guarded(change: FileChange, why: Callable[[PurePosixPath], str | None]) -> FileChange:
    """The change with every hunk flagged where ``why`` protects the file, or its new name."""
    names = [change.base.path, *([change.moved_to] if change.moved_to is not None else [])]
    if all(why(name) is None for name in names):
        return change
    hunks = [
        hunk if PROTECTED in hunk.flags else replace(hunk, flags=(*hunk.flags, PROTECTED))
        for hunk in change.hunks
    ]
    return replace(change, hunks=tuple(hunks))


def _loss(hunk: Hunk) -> int:
    return len(hunk.old) - len(hunk.new)


def _left(change: FileChange) -> bool:
    """Whether anything but blanks would be left with all hunks kept."""
    return bool(change.applied((HunkState.PENDING, HunkState.STREAMING, HunkState.KEPT)).strip())


def hides(hunk: Hunk) -> bool:
    """Whether the new lines bring characters that are not seen, which the old ones had not."""
    new = "".join(hunk.new)
    if new.isascii() and new.isprintable():
        return False
    found = set(_HIDDEN.findall(new))
    return bool(found - set(_HIDDEN.findall("".join(hunk.old)))) if found else False


def blanks_before_text(hunk: Hunk) -> int:
    """The longest run of new blank lines that text stands behind, where it could push that text
    out of sight; else 0.
    """
    if len(hunk.new) - len(hunk.old) < MANY_BLANKS:
        return 0
    longest = run = 0
    for line in hunk.new:
        if line.strip():
            longest, run = max(longest, run), 0
        else:
            run += 1
    return longest if longest >= MANY_BLANKS else 0


def with_moves(files: Sequence[FileChange]) -> tuple[FileChange, ...]:
    """Hunks whose lines only moved, linked both ways by id; indents and blank lines may differ."""
    gone: dict[tuple[str, ...], list[int]] = {}
    come: dict[tuple[str, ...], list[int]] = {}
    for hunk in (hunk for change in files for hunk in change.hunks):
        if body := _body(hunk.old):
            if not _body(hunk.new, telling=0):
                gone.setdefault(body, []).append(hunk.id)
        elif not _body(hunk.old, telling=0) and (body := _body(hunk.new)):
            come.setdefault(body, []).append(hunk.id)
    links: dict[int, int] = {}
    for body, sources in gone.items():
        targets = come.get(body, [])
        if len(sources) == len(targets) == 1:
            links[sources[0]], links[targets[0]] = targets[0], sources[0]
    if not links:
        return tuple(files)
    return tuple(
        replace(
            change, hunks=tuple(replace(h, moved=links.get(h.id, h.moved)) for h in change.hunks)
        )
        for change in files
    )


def _body(lines: Sequence[str], telling: int = 2) -> tuple[str, ...]:
    """The lines without indents and blanks; nothing when too few of them tell anything."""
    body = tuple(bare(line).strip() for line in lines if line.strip())
    return body if sum(not is_trivial(text) for text in body) >= telling else ()
