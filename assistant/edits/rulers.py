"""SEARCH/REPLACE blocks between their rulers. Lines in, settled edits out."""

from __future__ import annotations

import re

from assistant.edits import marks
from assistant.edits.blocks import BlockEdit
from assistant.edits.desk import Desk
from assistant.edits.find import Hint, find
from assistant.edits.locate import Level
from assistant.edits.rewrite import Rewrite
from assistant.types import LineSpan, Refusal

_START_LINE = re.compile(r"^\s*:(?:start_line|end_line)\s*:?\s*(\d+)\s*$")


class Ruled:
    """One block, from the line after ``<<<<<<< SEARCH`` to ``>>>>>>> REPLACE``."""

    opaque = True

    def __init__(self, desk: Desk, path: str | None) -> None:
        self.desk = desk
        self.path = path
        self.part = desk.next_part()
        self.number = self.part + 1
        self._lines: list[str] = []
        self._dividers: list[int] = []
        self._block: BlockEdit | None = None
        self._creation: Rewrite | None = None
        self._refusal: Refusal | None = None
        self._done = False

    def feed(self, line: str) -> bool:
        if self._done:
            return False
        if marks.is_search(line):
            self.cut(cancelled=False)
            return False
        if self._dividers and marks.is_replace(line):
            self._done = True
            self.close()
            return True
        if marks.is_divider(line):
            self._dividers.append(len(self._lines))
            self._lines.append(line)
            if len(self._dividers) == 1:
                self._begin()
            return True
        self._lines.append(line)
        if len(self._dividers) == 1:
            if self._block is not None:
                self._block.push_new(line)
            elif self._creation is not None:
                self._creation.push(line)
        return True

    @property
    def finished(self) -> bool:
        """Whether its end was read."""
        return self._done

    def _begin(self) -> None:
        """SEARCH is complete, as far as one can tell."""
        old, hint = _plain_search(self._lines[: self._dividers[0]])
        if not any(text.strip() for text in old):
            draft = self.desk.create(self.path)
            if isinstance(draft, Refusal):
                self._refusal = draft
            else:
                self._creation = Rewrite(draft, LineSpan(0, 0), self.part)
            return
        opened = self.desk.open(self.path)
        if isinstance(opened, Refusal):
            self._refusal = opened
            return
        self._block = BlockEdit(opened, self.part, self.number, hint)
        self._block.old = old
        self._block.old_done()

    def show(self) -> None:
        if self._block is not None:
            self._block.draft.show(self._block.edits())
        elif self._creation is not None:
            self._creation.draft.show(self._creation.edits())

    def close(self) -> None:
        self._done = True
        if self._block is not None:
            self._split()
            self.desk.refuse(self._block.close())
        elif self._creation is not None:
            edits = self._creation.close()
            if edits:
                self._creation.draft.settle(edits)
            else:
                self.desk.drop(self._creation.draft)
                self.desk.refuse(
                    Refusal(self.path or "", f"Edit {self.number} creates an empty file.")
                )
        else:
            self.desk.refuse(self._refusal)

    def _split(self) -> None:
        """Where the text itself has divider lines, the divider is the one that gives a SEARCH
        text of the file.
        """
        block = self._block
        assert block is not None
        choices = []
        for at in self._dividers:
            old, _ = _plain_search(self._lines[:at])
            choices.append((old, self._lines[at + 1 :]))
        block.old, block.new = choices[0]
        if len(choices) > 1:
            for old, new in reversed(choices):
                found = find(block.draft.index, old, new, Hint())
                if found.place is not None and found.place.level is Level.EXACT:
                    block.old, block.new = old, new
                    return

    def cut(self, *, cancelled: bool) -> None:
        self._done = True
        if self._block is not None:
            self._block.draft.show([])
        if self._creation is not None:
            self._creation.draft.show([])
            self.desk.drop(self._creation.draft)
        if not cancelled:
            path = self.path or ""
            self.desk.refuse(
                self._refusal
                or Refusal(
                    path, f"Edit {self.number} of {path} was cut off, so it was not applied."
                )
            )


def _plain_search(lines: list[str]) -> tuple[list[str], Hint]:
    """The SEARCH text without the line-number header some models write, and what that says."""
    line: int | None = None
    k = 0
    while k < len(lines) and (match := _START_LINE.match(lines[k])):
        line = int(match.group(1)) - 1 if line is None else line
        k += 1
    if k and k < len(lines) and re.fullmatch(r"\s*-{5,9}\s*", lines[k]):
        k += 1
    return lines[k:], Hint(line)
