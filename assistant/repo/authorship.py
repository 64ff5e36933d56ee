"""Who wrote which line, from the journal's time line. Knows lines and entries, opens no file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from assistant.repo.codec import decode
from assistant.repo.delta import Merge
from assistant.repo.history import DiffLines
from assistant.repo.journal import Journal
from assistant.repo.ledger import Author, By
from assistant.repo.runner import Runner
from assistant.types import FileAction, LineSpan, split_lines


@dataclass(frozen=True, slots=True)
class Origin:
    """Where lines come from: ``entry`` is the journal's, 0 for what was there before Galley saw it.

    ``why`` is the instruction or the reason of the change.
    """

    author: Author
    entry: int = 0
    why: str = ""
    time: float = 0.0


@dataclass(frozen=True, slots=True)
class Authored:
    """Lines of one origin."""

    span: LineSpan
    origin: Origin


BEFORE = Origin(Author(By.DISK), why="was here before")


class Spans:
    """One text with the origin of each line; O(changed lines) per edit."""

    def __init__(self, lines: Sequence[str], origin: Origin = BEFORE) -> None:
        self.lines = tuple(lines)
        self.origins = [origin] * len(self.lines)

    def edit(self, lines: Sequence[str], origin: Origin, diff: DiffLines) -> None:
        """The text becomes ``lines``; what is new in it is from ``origin``."""
        new = tuple(lines)
        for a0, a1, b0, b1 in sorted(diff(self.lines, new), reverse=True):
            self.origins[a0:a1] = [origin] * (b1 - b0)
        self.lines = new
        assert len(self.origins) == len(new), (
            "the diff does not lead from the one text to the other"
        )

    def spans(self) -> tuple[Authored, ...]:
        """Runs of lines with one origin, covering the text."""
        found: list[Authored] = []
        for number, origin in enumerate(self.origins):
            if found and found[-1].origin == origin:
                found[-1] = Authored(LineSpan(found[-1].span.start, number + 1), origin)
            else:
                found.append(Authored(LineSpan(number, number + 1), origin))
        return tuple(found)

    def at(self, line: int) -> Origin:
        """The origin of a 0-based line."""
        return self.origins[line]


def authorship(
    journal: Journal, path: PurePosixPath, text: str, diff: DiffLines
) -> tuple[Authored, ...]:
    """Who wrote each line of ``text``, the buffer of ``path``, from everything the journal saw of
    it.

    Lines that changed outside between two entries are the disk's; what differs from the last
    entry is the person's own typing.
    """
    spans: Spans | None = None
    for entry in journal.ledger.of_path(path):
        for change in entry.changes:
            if path not in (change.path, change.moved_to):
                continue
            before = split_lines(decode(journal.ledger.content(change.pre)).text)
            after = split_lines(decode(journal.ledger.content(change.post)).text)
            if change.action is FileAction.MOVE and change.path == path:
                after = ()
            if spans is None:
                spans = Spans(before)
            elif spans.lines != before:
                spans.edit(before, Origin(Author(By.DISK), why="changed outside"), diff)
            spans.edit(after, Origin(entry.author, entry.id, entry.why, entry.time), diff)
    lines = split_lines(text)
    if spans is None:
        spans = Spans(lines)
    spans.edit(lines, Origin(Author(By.PERSON), why="typed"), diff)
    return spans.spans()


def without_model(
    journal: Journal, path: PurePosixPath, text: str, merge: Merge
) -> tuple[str, bool]:
    """``text`` without the model's last change of ``path``, the person's typing kept.

    The second value is false when they touch the same lines; then the text is unchanged.
    """
    for entry in reversed(journal.ledger.of_path(path)):
        if entry.author.by is not By.MODEL:
            continue
        for change in entry.changes:
            if path not in (change.path, change.moved_to) or change.pre == change.post:
                continue
            base = split_lines(decode(journal.ledger.content(change.post)).text)
            wanted = split_lines(decode(journal.ledger.content(change.pre)).text)
            result = merge(base, split_lines(text), wanted)
            if result.conflicts:
                return text, False
            return "".join(result.lines), True
    return text, False


def as_note(path: PurePosixPath, spans: Sequence[Authored]) -> str:
    """One JSON line about a file's origins, for a git note; lines count from 1 as in git."""
    return json.dumps(
        {
            "path": str(path),
            "lines": [
                {
                    "from": one.span.start + 1,
                    "to": one.span.end,
                    "by": one.origin.author.by.value,
                    "name": one.origin.author.name,
                    "run": one.origin.author.run,
                }
                for one in spans
                if one.origin is not BEFORE
            ],
        },
        separators=(",", ":"),
    )


def note_object(
    git: Runner, notes_commit: str, commit: str, text: str, identity: Mapping[str, str]
) -> str:
    """A notes commit on top of ``notes_commit`` (empty for the first) that says ``text`` of
    ``commit``."""
    blob = git.run("hash-object", "-w", "--stdin", stdin=text.encode()).decode().strip()
    git.run("read-tree", notes_commit or "--empty")
    line = f"100644 {blob} 0\t{commit}".encode()
    git.run("update-index", "-z", "--index-info", stdin=line + b"\0")
    tree = git.run("write-tree").decode().strip()
    parents = ["-p", notes_commit] if notes_commit else []
    message = b"Notes added by Galley\n"
    made = git.run("commit-tree", tree, *parents, stdin=message, environment=identity)
    return made.decode().strip()
