"""Functions of a block over their namesakes in the file: what to show before the block ends."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.edits.draft import Draft, Edit, part_id
from assistant.edits.elision import is_elision
from assistant.edits.lines import indent, width
from assistant.edits.outline import Outline, header_of
from assistant.edits.rewrite import Rewrite
from assistant.types import LineSpan

_ROOM = 1 << 8


class FunctionPreview:
    """Opens a rewrite at each line that begins a function which stands once in the file."""

    def __init__(self, draft: Draft, there: Outline, part: int) -> None:
        self.draft = draft
        self.part = part
        self._there = there
        self._done: list[list[Edit]] = []
        self._open: Rewrite | None = None
        self._column = 0
        self._held: list[str] = []
        self._named: set[str] = set()

    def feed(self, line: str) -> None:
        """One more line of the block."""
        header = header_of(line, self._there.family)
        if self._open is not None:
            if is_elision(line):
                self._open = None
                return
            inside = not line.strip() or width(indent(line)) > self._column or _closes(line)
            if inside or (header is None and len(self._open.received) < 2):
                self._open.push(line)
                return
            self._finish()
        if header is None or header[1] == "class":
            return
        found = [d for d in self._there.definitions if d.name == header[0] and d.kind == "function"]
        if len(found) != 1 or header[0] in self._named:
            return
        self._named.add(header[0])
        self._column = width(indent(line))
        self._open = Rewrite(self.draft, LineSpan(found[0].header, found[0].end), 0)
        self._open.push(line)

    def _finish(self) -> None:
        if self._open is not None:
            self._done.append(self._numbered(self._open.close(), len(self._done)))
            self._open = None

    def _numbered(self, edits: Sequence[Edit], which: int) -> list[Edit]:
        """Ids in a room of this part that the final difference does not use."""
        return [
            Edit(e.start, e.end, e.new, part_id(self.part, (which + 1) * _ROOM + k), False)
            for k, e in enumerate(edits)
        ]

    def edits(self) -> list[Edit]:
        """The hunks so far."""
        out = [edit for edits in self._done for edit in edits]
        if self._open is not None:
            out.extend(self._numbered(self._open.edits(), len(self._done)))
        return out


def _closes(line: str) -> bool:
    return line.strip()[:1] in (")", "}", "]") or line.strip().startswith("end")
