"""Blocks of code that need no finding: a selection, a new file, an example in the prose."""

from __future__ import annotations

from assistant.edits.desk import Desk
from assistant.edits.difference import difference, flag_losses, renamed
from assistant.edits.draft import Draft
from assistant.edits.elision import is_elision
from assistant.edits.lazy import Merger
from assistant.edits.lines import bare, plain
from assistant.edits.marks import Fence
from assistant.edits.rewrite import Rewrite
from assistant.errors import EditRefused
from assistant.types import LineSpan, Refusal

MARKDOWN = frozenset(["md", "markdown", "mdx", "rst", "qmd", "rmd"])


class Selection:
    """The block is the new text of a span."""

    opaque = False

    def __init__(self, desk: Desk, draft: Draft, span: LineSpan) -> None:
        self.desk = desk
        self.rewrite = Rewrite(draft, span, desk.next_part())
        self.changed = False

    @property
    def is_markdown(self) -> bool:
        """Whether the text may have fences of its own."""
        return self.rewrite.draft.suffix in MARKDOWN

    def feed(self, line: str) -> bool:
        if line.strip() or self.rewrite.received or not self._starts_filled:
            self.rewrite.push(line)
        return True

    @property
    def _starts_filled(self) -> bool:
        """Whether the old text starts with a line that is not blank: then blank ones before the
        new are noise.
        """
        span = self.rewrite.span
        lines = self.rewrite.draft.lines[span.start : span.end]
        return bool(lines) and bool(lines[0].strip())

    def show(self) -> None:
        self.rewrite.draft.show(self.rewrite.edits())

    def close(self) -> None:
        rewrite, draft = self.rewrite, self.rewrite.draft
        known = {plain(line).strip() for line in draft.lines}
        marked = any(is_elision(t) and plain(t).strip() not in known for t in rewrite.received)
        if marked:
            self._merge()
            return
        edits = rewrite.close()
        self.changed = bool(edits)
        draft.settle(edits)

    def _merge(self) -> None:
        """Parts of the selection were left out behind a mark."""
        rewrite, draft, span = self.rewrite, self.rewrite.draft, self.rewrite.span
        old = [bare(line) for line in draft.lines[span.start : span.end]]
        shown = rewrite.edits()
        draft.show([])
        try:
            new = Merger(old, [rewrite.fit.line(t) for t in rewrite.received], draft.suffix).merge()
        except EditRefused as error:
            self.desk.refuse(Refusal(str(draft.base.path), error.cause, span.start))
            self.changed = True
            return
        edits = [flag_losses(e) for e in difference(draft, span, old, new, rewrite.part)]
        self.changed = bool(edits)
        draft.settle(renamed(edits, shown))

    def cut(self, *, cancelled: bool) -> None:
        rewrite = self.rewrite
        if not cancelled and rewrite.reached_end():
            self.close()
            return
        known = {plain(line).strip() for line in rewrite.draft.lines}
        marked = any(is_elision(t) and plain(t).strip() not in known for t in rewrite.received)
        rewrite.draft.settle([] if marked else rewrite.complete_edits())
        if not cancelled:
            path = str(rewrite.draft.base.path)
            reason = f"The new text of {path} was cut off; only what was complete is proposed."
            self.desk.refuse(Refusal(path, reason))


class Creation:
    """The block is a new file."""

    opaque = False

    def __init__(self, desk: Desk, draft: Draft) -> None:
        self.desk = desk
        self.rewrite = Rewrite(draft, LineSpan(0, 0), desk.next_part())

    @property
    def is_markdown(self) -> bool:
        """Whether the text may have fences of its own."""
        return self.rewrite.draft.suffix in MARKDOWN

    def feed(self, line: str) -> bool:
        self.rewrite.push(line)
        return True

    def show(self) -> None:
        self.rewrite.draft.show(self.rewrite.edits())

    def close(self) -> None:
        draft, path = self.rewrite.draft, str(self.rewrite.draft.base.path)
        if any(is_elision(text) for text in self.rewrite.received):
            draft.show([])
            self.desk.drop(draft)
            self.desk.refuse(
                Refusal(path, f"{path} does not exist, so nothing can be left out of it.")
            )
            return
        edits = self.rewrite.close()
        if not edits:
            self.desk.drop(draft)
        draft.settle(edits)

    def cut(self, *, cancelled: bool) -> None:
        draft, path = self.rewrite.draft, str(self.rewrite.draft.base.path)
        draft.show([])
        self.desk.drop(draft)
        if not cancelled:
            self.desk.refuse(
                Refusal(path, f"The text of {path} was cut off, so it was not created.")
            )


class Loose(Selection):
    """New text without a fence: the end of the reply is its end, when it gets as far as the old."""

    def cut(self, *, cancelled: bool) -> None:
        if cancelled or self.rewrite.drops_end():
            super().cut(cancelled=cancelled)
        else:
            self.close()


class Aside:
    """Code that belongs to the prose, with the fence it stands in."""

    opaque = False

    def __init__(self, prose: list[str], fence: Fence | None = None) -> None:
        self._prose, self._fence = prose, fence
        if fence is not None:
            prose.append(f"{fence.indent}{fence.ruler}{fence.info}\n")

    def feed(self, line: str) -> bool:
        self._prose.append(line + "\n")
        return True

    def show(self) -> None:
        """Nothing to show."""

    def close(self) -> None:
        """The fence ends."""
        if self._fence is not None:
            self._prose.append(f"{self._fence.indent}{self._fence.ruler}\n")
            self._fence = None

    def cut(self, *, cancelled: bool) -> None:
        """A fence that the reply left open is closed, or the rest of the panel would be code."""
        self.close()
