"""A block of bare code: a selection, a file, some functions, or a rewrite with parts left out."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.edits.desk import Desk
from assistant.edits.difference import difference, flag_losses, renamed
from assistant.edits.draft import Draft, Edit
from assistant.edits.elision import is_elision
from assistant.edits.formats import EditFormat
from assistant.edits.functions import with_functions
from assistant.edits.lazy import Merger
from assistant.edits.lines import BOM, bare, is_trivial, plain
from assistant.edits.outline import Outline
from assistant.edits.preview import FunctionPreview
from assistant.edits.rewrite import Rewrite
from assistant.edits.selection import MARKDOWN, Aside, Creation
from assistant.edits.stream import LineStream
from assistant.edits.units import end_of_prefix
from assistant.errors import EditRefused
from assistant.types import FileAction, LineSpan, Refusal

HEAD_SHARE = 0.5
"""Of a file's telling lines, so many must be in a block that is taken for the whole file."""


class CodeBlock:
    """The block rewrites an existing file, wholly or in parts; which one shows at its end."""

    opaque = False

    def __init__(
        self, desk: Desk, draft: Draft, format: EditFormat, aside: list[str] | None = None
    ) -> None:
        self.desk = desk
        self.aside = aside
        self.draft = draft
        self.format = format
        self.part = desk.next_part()
        self.received: list[str] = []
        self._old = [bare(line) for line in draft.lines]
        if self._old:
            self._old[0] = self._old[0].removeprefix(BOM)
        self._known = frozenset(plain(line).strip() for line in self._old)
        self._marked = False
        self._before: list[Edit] = []
        self._whole: Rewrite | None = None
        self._functions: FunctionPreview | None = None

    @property
    def is_markdown(self) -> bool:
        """Whether the text may have fences of its own."""
        return self.draft.suffix in MARKDOWN

    def feed(self, line: str) -> bool:
        self.received.append(line)
        if not self._marked and is_elision(line) and plain(line).strip() not in self._known:
            self._marked = True
            if self._whole is not None:
                self._before = self._whole.edits()
                self._whole = None
        if len(self.received) == 1 or (self._whole is None and self._functions is None):
            self._choose(line)
        if self._whole is not None:
            self._whole.push(line)
        elif self._functions is not None:
            self._functions.feed(line)
        return True

    def _choose(self, line: str) -> None:
        """What to preview: the file from its top, or functions as they are named."""
        if not line.strip():
            return
        first = next((text for text in self._old if text.strip()), "")
        as_file = self.format is EditFormat.WHOLE_FILE or (
            self.format is EditFormat.AUTO
            and plain(line) == plain(first)
            and len(self.received) == 1
        )
        if as_file and not self._marked:
            self._whole = Rewrite(self.draft, LineSpan(0, len(self._old)), self.part)
            for text in self.received[:-1]:
                self._whole.push(text)
        else:
            self._functions = FunctionPreview(self.draft, self.draft.outline, self.part)
            for text in self.received[:-1]:
                self._functions.feed(text)

    def show(self) -> None:
        self.draft.show(self._shown())

    def _shown(self) -> list[Edit]:
        """The preview: what was sure before the first mark, then functions as they are named."""
        if self._whole is not None:
            return self._whole.edits()
        later = self._functions.edits() if self._functions is not None else []
        end = max((edit.end for edit in self._before), default=-1)
        return [*self._before, *[edit for edit in later if edit.start > end]]

    def close(self) -> None:
        path = str(self.draft.base.path)
        shown = self._shown()
        try:
            edits = self._edits()
        except EditRefused as error:
            self._decline(f"{path}: {error.cause}")
            return
        if not edits:
            self._decline(f"The block for {path} changes nothing: the file reads like this.")
            return
        if self.draft.clashes(edits):
            self._decline(f"A second block rewrites lines of {path} that were changed already.")
            return
        self.draft.settle(renamed(edits, shown))

    def _decline(self, why: str) -> None:
        """Refuse, unless the block was only taken for an edit because a sentence named the file."""
        self.draft.show([])
        if self.aside is None:
            self.desk.refuse(Refusal(str(self.draft.base.path), why))
        else:
            self.aside.extend(f"{line}\n" for line in self.received)

    def _edits(self) -> list[Edit]:
        old, new = self._old, self._trimmed()
        span = LineSpan(0, len(old))
        if self._marked:
            edits = difference(self.draft, span, old, self._filled(old, new), self.part)
            return [flag_losses(edit) for edit in edits]
        if self._is_whole(old, new):
            self._check_tail(old, new)
            rewrite = Rewrite(self.draft, span, self.part)
            for text in self.received:
                rewrite.push(text)
            return rewrite.close()
        merged = with_functions(self.draft.outline, new, self.draft.suffix)
        return difference(self.draft, span, old, merged, self.part)

    def _trimmed(self) -> list[str]:
        """Without a first line that only names the file, and blank lines at the ends."""
        lines = list(self.received)
        while lines and not lines[-1].strip():
            lines.pop()
        return lines

    def _filled(self, old: Sequence[str], new: Sequence[str]) -> list[str]:
        """The rewrite with its elided parts; after one mark at the very end, by lines before by
        definitions.
        """
        marks = [
            k for k, t in enumerate(new) if is_elision(t) and plain(t).strip() not in self._known
        ]
        if len(marks) == 1 and marks[0] == len(new) - 1 and len(new) > 1:
            attached = bool(new[-2].strip()) or self.format is EditFormat.WHOLE_FILE
            kept = list(new[:-1])
            while kept and not kept[-1].strip():
                kept.pop()
            if (
                attached
                and kept
                and not self._closed(kept)
                and (tail := self._tail_after(old, kept)) is not None
            ):
                return [*kept, *tail]
        suffix = self.draft.suffix
        if self.format is EditFormat.WHOLE_FUNCTION:
            return with_functions(self.draft.outline, new, suffix)
        tops = self._outline(new).top(0, len(new))
        covered = {k for d in tops for k in range(d.start, d.end)}
        if tops and not any(t.strip() for k, t in enumerate(new) if k not in covered):
            return with_functions(self.draft.outline, new, suffix, implied=False)
        outer = {d.name for d in self.draft.outline.top(0, len(old))}
        if tops and not any(d.name in outer for d in tops):
            return with_functions(self.draft.outline, new, suffix, implied=False)
        return Merger(self.draft.outline, new, suffix).merge()

    def _tail_after(self, old: Sequence[str], kept: Sequence[str]) -> list[str] | None:
        """The old lines after the one the last written line stands for; None when it is not an
        old line.
        """
        at = end_of_prefix(old, kept)
        return None if at is None else list(old[at:])

    def _closed(self, kept: Sequence[str]) -> bool:
        """Whether the written part ends with a definition that its own brackets close."""
        outline = self._outline(kept)
        return outline.family == "brace" and any(
            d.end == len(kept) for d in outline.top(0, len(kept))
        )

    def _is_whole(self, old: Sequence[str], new: Sequence[str]) -> bool:
        if self.format is EditFormat.WHOLE_FILE or not any(text.strip() for text in old):
            return True
        if self.format is EditFormat.WHOLE_FUNCTION:
            return False
        telling = [plain(t).strip() for t in old if not is_trivial(plain(t).strip())]
        have = {plain(t).strip() for t in new}
        share = sum(text in have for text in telling) / max(len(telling), 1)
        if share >= MOST_SHARE and self._same_head(old, new):
            return True
        tops = self._outline(new).top(0, len(new))
        covered = {k for d in tops for k in range(d.start, d.end)}
        loose = [t for k, t in enumerate(new) if k not in covered and not is_trivial(t.strip())]
        names = {d.name for d in self.draft.outline.definitions}
        if tops and not [t for t in loose if not t.lstrip().startswith(("#", "//", "/*", "*"))]:
            old_tops = self.draft.outline.top(0, len(old))
            only = {d.name for d in old_tops} <= {d.name for d in tops}
            return only and share >= HEAD_SHARE and self._same_head(old, new)
        first = next((d.start for d in self.draft.outline.top(0, len(old))), len(old))
        head = [t for t in (plain(x).strip() for x in old[:first]) if not is_trivial(t)][:6]
        head = head or telling[:6]
        beginning = 2 * sum(text in have for text in head) >= len(head)
        if self._same_head(old, new) or (share >= HEAD_SHARE and beginning):
            return True
        return not (tops and any(d.name in names for d in tops)) and beginning

    def _same_head(self, old: Sequence[str], new: Sequence[str]) -> bool:
        first = [next((plain(t).strip() for t in side if t.strip()), "") for side in (old, new)]
        return first[0] == first[1]

    def _outline(self, lines: Sequence[str]) -> Outline:
        return Outline(lines, self.draft.suffix)

    def _check_tail(self, old: Sequence[str], new: Sequence[str]) -> None:
        """A whole file that stops in the middle of what the file has was cut off, whatever its
        fence says.
        """
        stream = LineStream([plain(t).rstrip() for t in old])
        for text in new:
            stream.push(plain(text).rstrip())
        runs = stream.finish()
        if not runs or runs[-1].a1 < len(old) or runs[-1].b1 > runs[-1].b0:
            return
        lost = old[runs[-1].a0 :]
        solid = [t for t in lost if not is_trivial(t.strip())]
        if not solid or len(solid) < 3:
            return
        at = runs[-1].a0
        inside = any(d.start < at < d.end for d in self.draft.outline.definitions)
        if inside or len(solid) > max(LONG_TAIL, len(old) // 3):
            raise EditRefused(
                f"The new text ends where line {at + 1} was; {len(lost)} lines are missing."
            )

    def cut(self, *, cancelled: bool) -> None:
        path = str(self.draft.base.path)
        self.draft.show([])
        if not cancelled:
            self.desk.refuse(
                Refusal(path, f"The new text for {path} was cut off, so it was not applied.")
            )


MOST_SHARE = 0.7
"""With so many of the file's telling lines and the same beginning, a block is the whole file."""
LONG_TAIL = 40
"""So many telling lines may a whole-file reply drop at the end before it counts as cut off."""


def open_file(
    desk: Desk, written: str | None, format: EditFormat, aside: list[str] | None = None
) -> CodeBlock | Creation | Aside:
    """The block for a file that has been named: to rewrite it, or to create it.

    ``aside`` takes the lines as prose if they prove to be no edit.
    """
    path = desk.resolve(written)
    if isinstance(path, Refusal):
        desk.refuse(path)
        return Aside([])
    draft = desk.open(written) if desk.exists(path) else desk.create(written)
    if isinstance(draft, Refusal):
        desk.refuse(draft)
        return Aside([])
    if draft.action is FileAction.CREATE and not draft.settled:
        return Creation(desk, draft)
    return CodeBlock(desk, draft, format, aside)


def names_only(desk: Desk, machine: object, first: str) -> bool:
    """Whether the first line of a block says which file it is, and is no line of that file."""
    said = desk.resolve(desk.paths.in_comment(first) or desk.paths.in_line(first) or "")
    if isinstance(machine, CodeBlock):
        top = {line.strip() for line in machine.draft.lines[:20]}
        return first.strip() not in top and said == machine.draft.base.path
    return isinstance(machine, Creation) and said == machine.rewrite.draft.base.path
