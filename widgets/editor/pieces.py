"""Which bytes of a text are still those that stood there at a moment. Knows positions, no letters.

A large text is kept safe by what is new in it: copying all of it at each pause of typing would hold
the window. A cursor makes typing in one place cheap.
"""

from __future__ import annotations

from PySide6.QtCore import QObject

from widgets.editor.surface import DELETED, INSERTED, Surface

Piece = tuple[int, int] | bytes
"""Where it stood and how many bytes, or the bytes that are new."""
MOST = 2_000
"""Pieces above which all between the first and the last change counts as new."""
NEW = -1


class Pieces(QObject):
    """Follows the edits of one surface from the moment it is made until it is dropped."""

    def __init__(self, surface: Surface, *, same: bool = True) -> None:
        super().__init__(surface)
        self._surface = surface
        size = surface.length()
        self._runs: list[tuple[int, int]] = [(0 if same else NEW, size)] if size else []
        """Where each run stood, or NEW, and its bytes."""
        self._at = self._start = 0
        surface.modified.connect(self._on_modified)

    def drop(self) -> None:
        """Follow no more."""
        self._surface.modified.disconnect(self._on_modified)
        self.deleteLater()

    def parts(self) -> tuple[Piece, ...]:
        """The whole text, of which only what is new is copied."""
        found: list[Piece] = []
        at = 0
        for origin, size in self._runs:
            found.append(self._surface.data(at, at + size) if origin == NEW else (origin, size))
            at += size
        return tuple(found) or (b"",)

    def _on_modified(self, kind: int, position: int, length: int, _added: int, *_: object) -> None:
        if kind & INSERTED:
            at = self._cut(position)
            self._runs.insert(at, (NEW, length))
        elif kind & DELETED:
            at = self._cut(position)
            start = self._start
            end = self._cut(position + length)
            del self._runs[at:end]
            self._at, self._start = at, start
        else:
            return
        self._join(at)
        if len(self._runs) > MOST:
            self._coarsen()

    def _cut(self, position: int) -> int:
        """The number of the run that starts at ``position``, cut there where it did not."""
        at, start, runs = self._at, self._start, self._runs
        while at < len(runs) and start + runs[at][1] <= position:
            start += runs[at][1]
            at += 1
        while at and start > position:
            at -= 1
            start -= runs[at][1]
        if inside := position - start:
            origin, size = runs[at]
            later = NEW if origin == NEW else origin + inside
            runs[at : at + 1] = [(origin, inside), (later, size - inside)]
            at, start = at + 1, position
        self._at, self._start = at, start
        return at

    def _join(self, at: int) -> None:
        """Make one run of neighbours around ``at`` that go on from each other."""
        runs = self._runs
        for right in (at + 1, at):
            if not 0 < right < len(runs):
                continue
            (origin, size), (behind, more) = runs[right - 1], runs[right]
            if behind == (NEW if origin == NEW else origin + size):
                runs[right - 1 : right + 1] = [(origin, size + more)]
                if self._at >= right:
                    self._at, self._start = right - 1, self._start - size

    def _coarsen(self) -> None:
        first, last = self._runs[0], self._runs[-1]
        head = [first] if first[0] == 0 else []
        tail = [last] if last[0] != NEW else []
        middle = sum(size for _, size in self._runs[len(head) : len(self._runs) - len(tail)])
        self._runs = [*head, (NEW, middle), *tail]
        self._at = self._start = 0
