"""Who wrote which line, from the journal's time line. Knows lines and entries, opens no file.

Where the editor saw how a version came about, every character is known; between such versions and
for changes from outside, whole lines are told apart by their difference.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from assistant.repo.codec import decode
from assistant.repo.history import DiffLines
from assistant.repo.journal import Journal
from assistant.repo.ledger import Author, By, Entry
from assistant.types import BEFORE, TYPED, FileAction, LineSpan, Origin, Passage, split_lines

__all__ = [
    "BEFORE",
    "Authored",
    "Origin",
    "Spans",
    "as_note",
    "authorship",
    "committed",
    "passages_of",
]
OUTSIDE = Origin(Author(By.DISK), why="changed outside")
_Parts = tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Authored:
    """Lines of one origin; ``others`` wrote some of their characters too."""

    span: LineSpan
    origin: Origin
    others: tuple[Origin, ...] = ()


class Spans:
    """One text with the origins of each line; O(changed lines) per edit."""

    def __init__(self, lines: Sequence[str], origin: Origin = BEFORE) -> None:
        self.lines = tuple(lines)
        self.parts: list[_Parts] = [(Passage(len(line), origin),) for line in self.lines]

    def edit(self, lines: Sequence[str], origin: Origin, diff: DiffLines) -> None:
        """The text becomes ``lines``; what is new in it is from ``origin``."""
        new = tuple(lines)
        for a0, a1, b0, b1 in sorted(diff(self.lines, new), reverse=True):
            self.parts[a0:a1] = [(Passage(len(line), origin),) for line in new[b0:b1]]
        self.lines = new
        assert len(self.parts) == len(new), "the diff does not lead from the one text to the other"

    def go_back(
        self, earlier: Spans, lines: Sequence[str], origin: Origin, diff: DiffLines
    ) -> None:
        """The text becomes ``lines`` by a restore: what ``earlier`` held has its writers again."""
        new = tuple(lines)
        self.edit(new, origin, diff)
        at = kept = 0
        for _, a1, b0, b1 in [*diff(earlier.lines, new), (len(earlier.lines), 0, len(new), 0)]:
            for number in range(b0 - at):
                if any(part.origin == origin for part in self.parts[at + number]):
                    self.parts[at + number] = earlier.parts[kept + number]
            at, kept = b1, a1

    def know(self, passages: Sequence[Passage]) -> None:
        """Exactly these wrote the present text."""
        self.parts = list(_by_line(self.lines, passages))

    def copy(self) -> Spans:
        twin = Spans(())
        twin.lines, twin.parts = self.lines, list(self.parts)
        return twin

    def spans(self) -> tuple[Authored, ...]:
        """Runs of lines with the same origins, covering the text."""
        found: list[Authored] = []
        for number, line in enumerate(self.lines):
            origin, others = _weighed(line, self.parts[number])
            last = found[-1] if found else None
            if last is not None and (last.origin, last.others) == (origin, others):
                found[-1] = replace(last, span=LineSpan(last.span.start, number + 1))
            else:
                found.append(Authored(LineSpan(number, number + 1), origin, others))
        return tuple(found)

    def passages(self) -> tuple[Passage, ...]:
        """The whole text as runs of characters."""
        found: list[Passage] = []
        for part in (part for parts in self.parts for part in parts if part.size):
            if found and found[-1].origin == part.origin:
                found[-1] = Passage(found[-1].size + part.size, part.origin)
            else:
                found.append(part)
        return tuple(found)


def authorship(
    journal: Journal, path: PurePosixPath, text: str, diff: DiffLines
) -> tuple[Authored, ...]:
    """Who wrote each line of ``text``, the buffer of ``path``, from everything the journal saw of
    it.

    Lines that changed outside between two entries are the disk's; what differs from the last
    entry is the person's own typing.
    """
    return _told(journal, path, text, TYPED, diff).spans()


def committed(
    journal: Journal, path: PurePosixPath, text: str, diff: DiffLines
) -> tuple[Authored, ...]:
    """Who wrote each line of a version that is in git: what the person has not committed yet may
    stand on disk already, so lines are looked for in every version that was seen.
    """
    spans, seen = _seen(journal, path, diff)
    lines = split_lines(text)
    if spans is None:
        return Spans(lines).spans()
    latest = spans.copy()
    spans.edit(lines, OUTSIDE, diff)
    for earlier in (latest, *reversed(seen.values())):
        spans.go_back(earlier, lines, OUTSIDE, diff)
    return spans.spans()


def passages_of(
    journal: Journal,
    path: PurePosixPath,
    text: str,
    diff: DiffLines,
    unknown: Origin = OUTSIDE,
) -> tuple[Passage, ...]:
    """Who wrote each character of ``text``, which was just read from disk; what the journal does
    not know is from ``unknown``.
    """
    return _told(journal, path, text, unknown, diff).passages()


def typed_over(
    journal: Journal, path: PurePosixPath, text: str, diff: DiffLines, saved: str
) -> tuple[Passage, ...]:
    """The same of an unsaved text; what neither the journal knows nor the file ``saved`` was
    typed.
    """
    spans, _ = _seen(journal, path, diff)
    spans = spans if spans is not None else Spans(split_lines(saved))
    spans.edit(split_lines(text), TYPED, diff)
    return spans.passages()


def _told(
    journal: Journal, path: PurePosixPath, text: str, unknown: Origin, diff: DiffLines
) -> Spans:
    """The writers of ``text``; what the journal does not know is from ``unknown``."""
    spans, _ = _seen(journal, path, diff)
    lines = split_lines(text)
    if spans is None:
        return Spans(lines)
    spans.edit(lines, unknown, diff)
    return spans


def _seen(
    journal: Journal, path: PurePosixPath, diff: DiffLines
) -> tuple[Spans | None, dict[str, Spans]]:
    """The newest version that the journal saw, and every version by its hash, oldest first."""
    spans: Spans | None = None
    seen: dict[str, Spans] = {}
    for entry in _since_known(journal, path):
        for change in entry.changes:
            if path not in (change.path, change.moved_to):
                continue
            before, after = _lines(journal, change.pre), _lines(journal, change.post)
            if change.action is FileAction.MOVE and change.path == path:
                after = ()
            if spans is None:
                spans = Spans(before)
            elif spans.lines != before:
                spans.edit(before, OUTSIDE, diff)
            seen[change.pre] = spans.copy()
            origin = Origin(entry.author, entry.id, entry.why, entry.time)
            known = journal.passages.get(path, change.post)
            if change.post in seen and entry.author.by is By.RESTORE:
                spans = seen[change.post].copy()
            elif entry.author.by is By.RESTORE and seen:
                spans.go_back(_nearest(journal, entry, seen), after, origin, diff)
            else:
                spans.edit(after, origin, diff)
            if known is not None and sum(one.size for one in known) == sum(map(len, after)):
                spans.know(known)
            seen[change.post] = spans.copy()
    return spans, seen


def _since_known(journal: Journal, path: PurePosixPath) -> list[Entry]:
    """The entries of a file from the newest version on whose writers are known exactly; all of
    them when a restore may have gone further back.
    """
    entries = journal.ledger.steps_of_path(path)
    start = 0
    for number, entry in enumerate(entries):
        if entry.author.by is By.RESTORE:
            continue
        ends = [change.post for change in entry.changes if path in (change.path, change.moved_to)]
        if ends and journal.passages.get(path, ends[-1]) is not None:
            start = number
    later = entries[start:]
    return entries if any(entry.author.by is By.RESTORE for entry in later) else later


def _nearest(journal: Journal, entry: Entry, seen: dict[str, Spans]) -> Spans:
    """The version that a restore went back to: the one before the entry it undoes, or the first."""
    undone = journal.ledger.entry(entry.undoes) if entry.undoes is not None else None
    for change in undone.changes if undone is not None else ():
        if change.pre in seen:
            return seen[change.pre]
    return next(iter(seen.values()))


def _lines(journal: Journal, key: str) -> tuple[str, ...]:
    return split_lines(decode(journal.ledger.content(key)).text)


def _by_line(lines: Sequence[str], passages: Sequence[Passage]) -> list[_Parts]:
    """Passages of a whole text, cut at its line ends."""
    found: list[_Parts] = []
    rest = list(reversed(passages))
    for line in lines:
        parts, room = [], len(line)
        while room and rest:
            one = rest.pop()
            if one.size > room:
                rest.append(replace(one, size=one.size - room))
                one = replace(one, size=room)
            parts.append(one)
            room -= one.size
        found.append(tuple(parts) or (Passage(0, BEFORE),))
    return found


def _weighed(line: str, parts: _Parts) -> tuple[Origin, tuple[Origin, ...]]:
    """Who wrote most of a line that can be seen, and who else."""
    if len(parts) == 1:
        return parts[0].origin, ()
    weights: Counter[Origin] = Counter()
    at = 0
    for part in parts:
        seen = len(line[at : at + part.size].strip())
        weights[part.origin] += seen
        at += part.size
    ranked = [origin for origin, seen in weights.most_common() if seen]
    return (ranked[0], tuple(ranked[1:])) if ranked else (parts[0].origin, ())


def as_note(path: PurePosixPath, spans: Sequence[Authored]) -> str:
    """One JSON line about a file's origins, for a git note; lines count from 1 as in git.

    A line that more than one wrote names the others under ``also``.
    """
    return json.dumps(
        {
            "path": str(path),
            "lines": [
                {"from": one.span.start + 1, "to": one.span.end, **_said(one.origin), **_also(one)}
                for one in spans
                if one.origin is not BEFORE and one.origin != BEFORE
            ],
        },
        separators=(",", ":"),
    )


def _said(origin: Origin) -> dict[str, str]:
    return {"by": origin.author.by.value, "name": origin.author.name, "run": origin.author.run}


def _also(one: Authored) -> dict[str, list[dict[str, str]]]:
    others = [_said(origin) for origin in one.others if origin != BEFORE]
    return {"also": others} if others else {}
