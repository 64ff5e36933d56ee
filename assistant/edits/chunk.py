"""One hunk of a patch: signed lines in, placed as soon as they can stand in one place only."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.edits.blocks import BlockEdit, attempt
from assistant.edits.desk import Desk
from assistant.edits.draft import Draft, Edit, part_id
from assistant.edits.find import Hint, by_hint
from assistant.edits.locate import Level, Place, key
from assistant.types import Refusal

Op = tuple[str, str]
RIVALS = 50
"""With more places than this a preview waits for more lines."""


class Chunk:
    """Collects the lines of one hunk; :meth:`edits` is the preview, :meth:`close` the judgement."""

    def __init__(self, draft: Draft, desk: Desk, hint: Hint) -> None:
        self.draft = draft
        self.part = desk.next_part()
        self.number = self.part + 1
        self.hint = hint
        self.ops: list[Op] = []
        self.unsigned: list[bool] = []
        self._place: Place | None = None
        self._lost = False

    def at_end(self) -> None:
        """``*** End of File``."""
        self.hint = Hint(self.hint.line, self.hint.scopes, True)

    def feed(self, line: str) -> None:
        """A line of the hunk with its sign."""
        sign = line[:1]
        if sign == "\\":
            return
        if sign in ("+", "-", " "):
            self.ops.append((sign, line[1:]))
            self.unsigned.append(False)
        else:
            self.ops.append((" ", line))
            self.unsigned.append(True)
        if sign != "+":
            self._follow()

    def _follow(self) -> None:
        """Keep the preview's place in step with the old lines so far."""
        old = [text for sign, text in self.ops if sign != "+"]
        index = self.draft.index
        place = self._place
        if self._lost:
            return
        if place is not None:
            k = place.end
            if k < len(index.lines) and index.lines[k].rstrip() == old[-1].rstrip():
                self._place = Place(place.start, k + 1, (*place.mapping, k), place.level)
            else:
                self._lost = True
            return
        if not any(text.strip() for text in old):
            return
        for level in (Level.EXACT, Level.TRAILING):
            starts = index.starts(level, [key(level, text) for text in old])
            if not starts:
                continue
            span = range(len(old))
            decides = self.hint.line is not None or self.hint.scopes or self.hint.at_end
            if len(starts) > 1 and (len(starts) > RIVALS or not decides):
                return
            places = [Place(k, k + len(old), tuple(k + i for i in span), level) for k in starts]
            self._place = places[0] if len(places) == 1 else by_hint(index, places, self.hint)
            return

    def edits(self) -> list[Edit]:
        """The preview: runs of signed lines at the place found so far."""
        if self._place is None:
            return []
        out: list[Edit] = []
        at = position = 0
        known = len(self._place.mapping)
        while at < len(self.ops) and (position < known or not self._lost):
            if self.ops[at][0] == " ":
                at, position = at + 1, position + 1
                continue
            gone: list[str] = []
            come: list[str] = []
            while at < len(self.ops) and self.ops[at][0] != " ":
                (gone if self.ops[at][0] == "-" else come).append(self.ops[at][1])
                at += 1
            start = self._place.start + position
            position += len(gone)
            if gone != come:
                made = self.draft.edit(start, start + len(gone), come)
                if made.new != self.draft.lines[made.start : made.end]:
                    out.append(
                        Edit(made.start, made.end, made.new, part_id(self.part, len(out)), False)
                    )
        return out

    def close(self) -> Refusal | None:
        """The hunk is complete: place it for good.

        Readings of how signs were lost are tried in turn.
        """
        variants = self._variants()
        for strict in (True, False):
            for ops in variants if strict else variants[:1]:
                refusal = self._attempt(ops, strict=strict and len(variants) > 1)
                if refusal is None:
                    return None
            if len(variants) == 1:
                break
        return refusal

    def _attempt(self, ops: list[Op], *, strict: bool) -> Refusal | None:
        old = [text for sign, text in ops if sign != "+"]
        new = [text for sign, text in ops if sign != "-"]
        if not any(text.strip() for text in old):
            return self._insertion(new)
        block = BlockEdit(
            self.draft, self.part, self.number, self.hint, fragments=False, signed=True
        )
        block.old, block.new = old, new
        return attempt(block, strict=strict)

    def _variants(self) -> list[list[Op]]:
        """The ops as signed; without blank lines at the end; with context whose blank sign was
        lost.
        """
        out = [self.ops]
        trimmed = list(self.ops)
        marks = list(self.unsigned)
        while trimmed and marks[-1] and not trimmed[-1][1].strip():
            trimmed.pop()
            marks.pop()
        if trimmed and len(trimmed) < len(self.ops):
            out.append(trimmed)
        restored = [
            (sign, " " + text) if sign == " " and not bare and text else (sign, text)
            for (sign, text), bare in zip(trimmed, marks, strict=True)
        ]
        if restored != trimmed:
            out.append(restored)
        return out

    def _insertion(self, new: Sequence[str]) -> Refusal | None:
        """A hunk of added lines only: at its line number in an empty file, or at the end when it
        says so.
        """
        path = str(self.draft.base.path)
        count = len(self.draft.lines)
        if self.hint.at_end or count == 0:
            made = self.draft.edit(count, count, list(new))
            self.draft.settle([Edit(made.start, made.end, made.new, part_id(self.part, 0))])
            return None
        reason = f"Edit {self.number} of {path} adds lines and quotes none to find the place by."
        return Refusal(path, reason)
