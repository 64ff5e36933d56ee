"""Places in a text that is being edited: ranges that move along, a log of edits. Pure.

Pure arithmetic on byte positions; knows no widget and no hunk.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_NEWLINES = (10, 13)
_MOST_RECORDS = 2000
"""Texts that history may bring back, besides some for each range: one step of undo may hold all."""


@dataclass(slots=True, eq=False)
class Range:
    """Bytes ``start`` to ``end`` of the present text; ``touched`` when they may have changed."""

    start: int
    end: int
    touched: bool = True
    by_history: bool = False
    """The last touch was an undo or a redo."""
    displaced: bool = False
    """It was empty, and the text around it went away at once."""

    def overlaps(self, other: Range) -> bool:
        """Whether both claim the same bytes, or both insert at one place."""
        if self.start == self.end and other.start == other.end:
            return self.start == other.start
        return self.start < other.end and other.start < self.end

    def touch(self, by_history: bool) -> None:
        self.touched = True
        self.by_history = by_history


_Saved = dict[Range, tuple[int | None, int | None]]


class EditLog:
    """What happened to a text, so that a position of some earlier moment can be found now.

    One log serves every run: :meth:`mark` names a moment, and only what came after it is asked
    about. So a key costs the same however many runs wait.
    """

    def __init__(self) -> None:
        self._entries: list[list[int]] = []
        """[position, bytes removed, bytes added], each in the text as the entries before it left
        it.
        """
        self._dropped = 0
        self._sealed = 0
        """Entries before this one are older than a mark: nothing is added to them."""

    def mark(self) -> int:
        """This moment."""
        self._sealed = len(self._entries)
        return self._dropped + self._sealed

    def forget_before(self, mark: int) -> None:
        """Nobody asks about moments before ``mark`` any more."""
        gone = mark - self._dropped
        del self._entries[:gone]
        self._dropped = mark
        self._sealed = max(0, self._sealed - gone)

    def inserted(self, position: int, size: int) -> None:
        if len(self._entries) > self._sealed:
            last = self._entries[-1]
            if position == last[0] + last[2]:
                last[2] += size
                return
        self._entries.append([position, 0, size])

    def deleted(self, position: int, size: int) -> None:
        if len(self._entries) > self._sealed:
            last = self._entries[-1]
            if position >= last[0] and position + size == last[0] + last[2]:
                last[2] -= size
                if last[1:] == [0, 0]:
                    self._entries.pop()
                return
        self._entries.append([position, size, 0])

    def start_of(self, position: int, mark: int) -> int:
        """Where a range that started at ``position`` starts now: behind what was inserted right
        there.
        """
        for entry in self._entries[mark - self._dropped :]:
            position = start_after(position, *entry)
        return position

    def end_of(self, position: int, mark: int) -> int:
        """Where a range that ended at ``position`` ends now: before what came right there."""
        for entry in self._entries[mark - self._dropped :]:
            position = end_after(position, *entry)
        return position


def start_after(position: int, at: int, removed: int, added: int) -> int:
    """Where a range starts after one replacement."""
    if position >= at + removed and (position > at or not removed):
        return position + added - removed
    return min(position, at)


def end_after(position: int, at: int, removed: int, added: int) -> int:
    """Where a range ends after one replacement."""
    if position <= at:
        return position
    return position + added - removed if position >= at + removed else at + added


class Ranges:
    """The tracked ranges of one text in their order; moved by each modification, brought back by
    its undo.

    A deletion loses where a range stood inside the deleted text. So each is remembered until an
    undo or a redo puts the same bytes back at the same place: history is a line, and positions in
    it repeat exactly.
    """

    def __init__(self, byte_at: Callable[[int], int]) -> None:
        self.items: list[Range] = []
        self._byte_at = byte_at
        self._longest = 0
        self._records: dict[tuple[int, int, int], list[_Saved]] = {}
        self._shifts: list[tuple[int, int]] | None = None
        """While several are replaced: from which item on by how much."""

    def sort(self) -> None:
        """To be called when items were added or placed anew."""
        self.items.sort(key=lambda item: (item.start, item.end))
        self._longest = max((item.end - item.start for item in self.items), default=0)

    def remove(self, items: Iterable[Range]) -> None:
        gone = set(items)
        self.items = [item for item in self.items if item not in gone]

    def near(self, item: Range) -> slice:
        """Where in :attr:`items` everything stands that may overlap ``item``."""
        last = bisect_right(self.items, item.end, key=lambda other: other.start)
        return slice(self._first(item.start), last)

    def inserted(self, position: int, data: bytes, by_history: bool) -> None:
        """``data`` was inserted; ``by_history`` says by undo or redo."""
        size = len(data)
        saved = self._restored(position, data) if by_history else {}
        whole_lines = data[-1:] in (b"\n", b"\r")
        for item in self.items[self._first(position) :]:
            if item.start > position and not saved:
                item.start += size
                item.end += size
            elif item in saved:
                self._put_back(item, saved.pop(item), position, size)
                item.touch(by_history)
                item.displaced = False
                self._measure(item)
            elif item.start > position or (item.start == position < item.end and whole_lines):
                item.start += size
                item.end += size
            elif item.end > position or (
                item.start < position == item.end and self._byte_at(position - 1) not in _NEWLINES
            ):
                item.end += size
                item.touch(by_history)
                self._measure(item)

    def deleted(self, position: int, data: bytes, by_history: bool) -> None:
        """``data`` was deleted."""
        self._remember(position, data)
        size, end = len(data), position + len(data)
        for item in self.items[self._first(position) :]:
            if item.start > end:
                item.start -= size
                item.end -= size
                continue
            if item.start == item.end:
                if position <= item.start <= end:
                    item.displaced = item.displaced or position < item.start < end
                    item.touch(by_history)
            elif position < item.end and end > item.start:
                item.touch(by_history)
            item.start = _after_deletion(item.start, position, size)
            item.end = _after_deletion(item.end, position, size)

    def replaced(self, item: Range, old: bytes, new: bytes) -> None:
        """The whole of ``item`` was replaced by ``new``; neighbours keep their side of it."""
        start, end = item.start, item.end
        self._remember(start, old)
        shift = len(new) - len(old)
        behind = False
        for at in range(self._first(start), len(self.items)):
            other = self.items[at]
            if other.start > end:
                self._shift(at, shift)
                break
            if other is item:
                behind = True
            elif other.overlaps(item) and other.start != other.end:
                other.start = start if other.start > start else other.start
                other.end = start + len(new) if other.end <= end else other.end + shift
                other.touch(by_history=False)
                self._measure(other)
            elif other.start == end and behind:
                other.start += shift
                other.end += shift
            elif start < other.start == other.end < end:  # where it stood is gone
                other.start = other.end = min(other.start, start + len(new))
                other.displaced = True
                other.touch(by_history=False)
        item.end = start + len(new)
        item.touch(by_history=False)
        self._measure(item)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Several are replaced, the last in the text first: those behind them move once, at the
        end.
        """
        self._shifts = []
        try:
            yield
        finally:
            shifts, self._shifts = sorted(self._shifts), None
            shift = due = 0
            for at in range(shifts[0][0] if shifts else 0, len(self.items) if shifts else 0):
                while due < len(shifts) and shifts[due][0] <= at:
                    shift += shifts[due][1]
                    due += 1
                self._move(self.items[at], shift)

    def _shift(self, first: int, by: int) -> None:
        if self._shifts is not None:
            self._shifts.append((first, by))
            return
        for item in self.items[first:]:
            self._move(item, by)

    @staticmethod
    def _move(item: Range, by: int) -> None:
        item.start += by
        item.end += by

    def _measure(self, item: Range) -> None:
        self._longest = max(self._longest, item.end - item.start)

    def _first(self, position: int) -> int:
        """No item before this index reaches ``position``."""
        low = position - self._longest
        return bisect_left(self.items, low, key=lambda item: item.start)

    def _remember(self, position: int, data: bytes) -> None:
        end = position + len(data)
        saved: _Saved = {}
        for item in self.items[self._first(position) :]:
            if item.start > end:
                break
            first = item.start - position if position <= item.start <= end else None
            last = item.end - position if position <= item.end <= end else None
            if first is not None or last is not None:
                saved[item] = (first, last)
        if saved and data:
            if len(self._records) > _MOST_RECORDS + 2 * len(self.items):
                self._records.pop(next(iter(self._records)))
            self._records.setdefault((position, len(data), hash(data)), []).append(saved)

    def _restored(self, position: int, data: bytes) -> dict[Range, tuple[int | None, int | None]]:
        key = (position, len(data), hash(data))
        stack = self._records.get(key)
        if not stack:
            return {}
        saved = stack.pop()
        if not stack:
            del self._records[key]
        return saved

    @staticmethod
    def _put_back(
        item: Range, saved: tuple[int | None, int | None], position: int, size: int
    ) -> None:
        first, last = saved
        if first is not None:
            item.start = position + first
        if last is not None:
            item.end = position + last
        elif item.end >= position:
            item.end += size


def _after_deletion(at: int, position: int, size: int) -> int:
    return at - size if at >= position + size else min(at, position)
