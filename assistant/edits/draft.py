"""What a reply makes of one file: edits in the file's own lines and bytes.

They add up to the FileChange.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from assistant.edits.guards import HIDDEN, blanks_before_text, hides
from assistant.edits.lines import BOM, bare, ending, newline_of
from assistant.edits.locate import TextIndex
from assistant.edits.outline import Outline
from assistant.types import FileAction, FileChange, Hunk, HunkState, LineSpan, Snapshot

PART_ROOM = 1 << 16
"""Hunk ids of one part of a reply lie in a room of their own, so they do not depend on the
chunking.
"""


@dataclass(frozen=True, slots=True)
class Edit:
    """``lines[start:end]`` of the file become ``new``, ends included. ``id`` names it for good."""

    start: int
    end: int
    new: tuple[str, ...]
    id: int = 0
    final: bool = True
    note: str = ""
    flags: tuple[str, ...] = ()


def part_id(part: int, ordinal: int) -> int:
    """The hunk id of the ``ordinal``-th run of part ``part``."""
    return part * PART_ROOM + min(ordinal, PART_ROOM - 2) + 1


class Draft:
    """One file of the reply. ``settled`` edits are against the base; ``live`` ones belong to the
    open part.
    """

    def __init__(
        self, base: Snapshot, action: FileAction = FileAction.MODIFY, *, refused: bool = False
    ) -> None:
        self.base = base
        self.lines = base.lines()
        self.action = action
        self.moved_to: PurePosixPath | None = None
        self.settled: list[Edit] = []
        self.live: list[Edit] = []
        self.dirty = False
        self._newline = newline_of(self.lines[:200])
        self._index: TextIndex | None = None
        self._outline: Outline | None = None
        self._hunks: dict[int, tuple[Edit, Hunk]] = {}
        self._result: tuple[tuple[str, ...], TextIndex] | None = None

    @property
    def index(self) -> TextIndex:
        """For finding places in the file as the model read it."""
        if self._index is None:
            self._index = TextIndex(self.lines)
        return self._index

    @property
    def result_index(self) -> TextIndex:
        """For finding places in the file with the settled edits in it."""
        if self._result is None:
            lines = tuple(self.result())
            self._result = (lines, TextIndex(lines))
        return self._result[1]

    @property
    def outline(self) -> Outline:
        """The definitions of the file as the model read it."""
        if self._outline is None:
            self._outline = Outline(self.index.lines, self.suffix)
        return self._outline

    @property
    def suffix(self) -> str:
        """What the file's name ends with, lower case, without the dot."""
        return self.base.path.suffix.lstrip(".").lower()

    def result(self) -> list[str]:
        """The lines with the settled edits in them."""
        return applied(self.lines, self.settled)

    def edit(
        self, start: int, end: int, texts: Sequence[str], lines: Sequence[str] | None = None
    ) -> Edit:
        """Texts without ends, to stand for ``lines[start:end]``: ends, BOM and the missing last
        newline follow.
        """
        return fitted(self.lines if lines is None else lines, start, end, texts, self._newline)

    def settle(self, edits: Iterable[Edit]) -> None:
        """Edits against the base become part of the result. They must not overlap settled ones."""
        self.settled = sorted([*self.settled, *edits], key=lambda e: (e.start, e.end))
        self.live = []
        self._result = None
        self.dirty = True

    def settle_on_result(self, edits: Sequence[Edit]) -> None:
        """Edits against the result so far (they may change what an earlier part wrote)."""
        self.settled = _recomposed(self.lines, self.settled, edits)
        self.live = []
        self._result = None
        self.dirty = True

    def clashes(self, edits: Iterable[Edit]) -> bool:
        """Whether an edit overlaps a settled one, or inserts at the same place."""
        for edit in edits:
            for other in self.settled:
                if edit.start < other.end and other.start < edit.end:
                    return True
                if edit.start == other.start and edit.end == other.end:
                    return True
        return False

    def show(self, edits: Sequence[Edit]) -> None:
        """What the open part makes so far."""
        if edits != self.live:
            self.live = list(edits)
            self.dirty = True

    def change(self) -> FileChange:
        """All hunks so far, ascending, touching ones joined."""
        live = [e for e in self.live if not self.clashes([e])] if self.settled else self.live
        joined = _joined([*self.settled, *live])
        known, self._hunks = self._hunks, {}
        hunks = []
        for edit in joined:
            old = known.get(edit.id)
            pair = old if old is not None and old[0] is edit else (edit, self._hunk(edit))
            self._hunks[edit.id] = pair
            hunks.append(pair[1])
        return FileChange(self.base, tuple(hunks), self.action, self.moved_to)

    def _hunk(self, edit: Edit) -> Hunk:
        hunk = Hunk(
            edit.id,
            LineSpan(edit.start, edit.end),
            self.lines[edit.start : edit.end],
            edit.new,
            HunkState.PENDING if edit.final else HunkState.STREAMING,
            edit.note,
            edit.flags,
        )
        if not edit.final:
            return hunk
        flags = [*hunk.flags, *([HIDDEN] if hides(hunk) else [])]
        if count := blanks_before_text(hunk):
            flags.append(f"{count}-blank-lines")
        return replace(hunk, flags=tuple(flags)) if len(flags) > len(hunk.flags) else hunk


def applied(lines: Sequence[str], edits: Iterable[Edit]) -> list[str]:
    """The lines with the edits in them; edits must not overlap."""
    out: list[str] = []
    position = 0
    for edit in sorted(edits, key=lambda e: (e.start, e.end)):
        out.extend(lines[position : edit.start])
        out.extend(edit.new)
        position = edit.end
    out.extend(lines[position:])
    return out


def fitted(
    lines: Sequence[str], start: int, end: int, texts: Sequence[str], newline: str = "\n"
) -> Edit:
    """Texts (no ends) as lines of the file: each takes the end of the line it replaces, or its
    neighbour's.

    A file without a final newline keeps that, one with it never loses it; a BOM stays at the very
    start.
    """
    texts = list(texts)
    count = len(lines)
    if start == 0 and count and lines[0].startswith(BOM):
        end, texts = _with_bom(lines, end, texts)
    unfinished = count > 0 and end == count and not ending(lines[-1])
    if unfinished and start == count and texts:
        start -= 1
        texts.insert(0, bare(lines[start]))
    elif unfinished and not texts and 0 < start < end:
        start -= 1
        texts = [bare(lines[start])]
    neighbour = newline
    around = [*lines[start:end], *lines[max(start - 1, 0) : start], *lines[end : end + 1]]
    for line in around:
        if ending(line):
            neighbour = ending(line)
            break
    new: list[str] = []
    for text, line in zip(texts, lines[start:end], strict=False):
        neighbour = ending(line) or neighbour
        new.append(text + neighbour)
    new += [text + neighbour for text in texts[len(new) :]]
    if new and (unfinished or new == [BOM + neighbour]):
        new[-1] = bare(new[-1])
    return Edit(start, end, tuple(new))


def _with_bom(lines: Sequence[str], end: int, texts: list[str]) -> tuple[int, list[str]]:
    """The edit of ``lines[:end]`` with the file's byte order mark still in front."""
    if texts and texts[0].startswith(BOM):
        return end, texts
    if (end == 0 or not texts) and end < len(lines):
        texts = [*texts, bare(lines[end]).removeprefix(BOM)]
        end += 1
    return end, [BOM + texts[0], *texts[1:]] if texts else [BOM]


def _joined(edits: Iterable[Edit]) -> list[Edit]:
    """Edits that touch become one, under the id of the first."""
    out: list[Edit] = []
    for edit in sorted(edits, key=lambda e: (e.start, e.end)):
        last = out[-1] if out else None
        if last is not None and edit.start <= last.end:
            out[-1] = replace(
                last,
                end=max(last.end, edit.end),
                new=last.new + edit.new,
                final=last.final and edit.final,
                note=last.note or edit.note,
                flags=tuple(dict.fromkeys(last.flags + edit.flags)),
            )
        else:
            out.append(edit)
    return out


@dataclass(frozen=True, slots=True)
class _Cell:
    """A line of the result with its number in the base, or -1; without text it only marks an
    edit's place.
    """

    origin: int
    text: str | None
    edit: Edit | None = None


def _recomposed(lines: Sequence[str], settled: Sequence[Edit], later: Sequence[Edit]) -> list[Edit]:
    """One list of edits against the base for ``settled``, and then ``later`` against their
    result.
    """
    cells: list[_Cell] = []
    position = 0
    for edit in settled:
        cells.extend(_Cell(k, lines[k]) for k in range(position, edit.start))
        cells.append(_Cell(-1, None, edit))
        cells.extend(_Cell(-1, line) for line in edit.new)
        position = edit.end
    cells.extend(_Cell(k, lines[k]) for k in range(position, len(lines)))
    at = [k for k, cell in enumerate(cells) if cell.text is not None]
    at.append(len(cells))
    for edit in sorted(later, key=lambda e: e.start, reverse=True):
        low, high = (
            at[edit.start],
            at[edit.end - 1] + 1 if edit.end > edit.start else at[edit.start],
        )
        marks = [cell for cell in cells[low:high] if cell.text is None]
        cells[low:high] = [*marks, _Cell(-1, None, edit), *[_Cell(-1, line) for line in edit.new]]
    return _regrouped(lines, cells)


def _regrouped(lines: Sequence[str], cells: Sequence[_Cell]) -> list[Edit]:
    out: list[Edit] = []
    position = k = 0
    while k <= len(cells):
        start = k
        while k < len(cells) and cells[k].origin < 0:
            k += 1
        end = cells[k].origin if k < len(cells) else len(lines)
        edits = [cell.edit for cell in cells[start:k] if cell.edit is not None]
        new = tuple(cell.text for cell in cells[start:k] if cell.text is not None)
        if edits and new != tuple(lines[position:end]):
            note = next((edit.note for edit in edits if edit.note), "")
            out.append(Edit(position, end, new, edits[0].id, True, note))
        position = end + 1
        k += 1
    return out
