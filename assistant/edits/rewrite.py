"""The new text of a known span of a file, line by line as it arrives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant.edits.draft import Draft, Edit, part_id
from assistant.edits.fit import Fit, fit_of
from assistant.edits.lines import BOM, bare, indent, plain
from assistant.edits.stream import LineStream, StreamRun
from assistant.types import LineSpan

PAIRS = 40
"""So many lines that both texts have settle the indent."""
FEW = 2
"""So many lines may be missing at the end of a text of which nothing says that it is complete."""


class Rewrite:
    """Old lines stay the file's own wherever the new text only repeats them.

    The new text may stand at another indent than the span: that is found out from lines both
    have, or from
    the first line, and new lines are moved to the file's indent.
    """

    def __init__(self, draft: Draft, span: LineSpan, part: int) -> None:
        self.draft = draft
        self.span = span
        self.part = part
        self.received: list[str] = []
        lines = draft.lines[span.start : span.end]
        self._old = [bare(line) for line in lines]
        if span.start == 0 and self._old:
            self._old[0] = self._old[0].removeprefix(BOM)
        self._by_body: dict[str, list[str]] = {}
        for text in self._old:
            if len(text.strip()) > 1:
                self._by_body.setdefault(plain(text).strip(), []).append(text)
        self._pairs: list[tuple[str, str]] = []
        self.fit = Fit()
        self._held_blank = 0
        self.stream = self._new_stream()

    def _new_stream(self) -> LineStream:
        self._final: list[Edit | None] = []
        self._fitted: list[str] = []
        return LineStream([plain(text) for text in self._old])

    def push(self, text: str) -> None:
        """One more line, without its end."""
        self.received.append(text)
        fit = self._fit_with(text)
        if fit != self.fit:
            self.fit = fit
            self.stream = self._new_stream()
            for line in self.received:
                self._feed(line)
        else:
            self._feed(text)

    def _feed(self, text: str) -> None:
        fitted = self.fit.line(text)
        self._fitted.append(fitted)
        self.stream.push(plain(fitted))

    def _fit_with(self, text: str) -> Fit:
        """The fit after one more line: lines that stand once in the span tell the indent."""
        body = plain(text).strip()
        same = self._by_body.get(body, ())
        if len(same) == 1 and len(self._pairs) < PAIRS:
            self._pairs.append((text, same[0]))
            if not self.fit.is_plain or text != same[0]:
                return self._voted()
        if len(self.received) == 1 and not self._pairs and text.strip() and self._old:
            first = next((line for line in self._old if line.strip()), "")
            if len(indent(text)) < len(indent(first)) and indent(first).endswith(indent(text)):
                return Fit(add=indent(first)[: len(indent(first)) - len(indent(text))])
        return self.fit

    def _voted(self) -> Fit:
        found = fit_of(self._pairs, self._old, self.received)
        if found is not None:
            return replace(found, trim=False)
        agreeing = sum(indent(m) == indent(f) for m, f in self._pairs)
        if 2 * agreeing >= len(self._pairs):
            return Fit()
        return self.fit

    def edits(self) -> list[Edit]:
        """What is known so far, against the file's lines."""
        return self._edits(self.stream.runs())

    def close(self) -> list[Edit]:
        """The new text is complete."""
        self._even_out_end()
        runs = self.stream.finish()
        if not runs:
            self.stream = LineStream(self._old)
            self._final = []
            for text in self._fitted:
                self.stream.push(text)
            runs = self.stream.finish()
        return self._edits(runs)

    def _even_out_end(self) -> None:
        """Blank lines at the very end are the file's own: models and fences lose them and add
        them.
        """
        blank = _blank_tail(self._old)
        own = _blank_tail(self.received)
        if not self._old or own == blank or len(self.received) == own:
            return
        if own > blank:
            del self.received[len(self.received) - (own - blank) :]
            self.stream = self._new_stream()
            for text in self.received:
                self._feed(text)
        else:
            for text in self._old[len(self._old) - blank :][own:]:
                self.received.append(text)
                self._feed(text)

    def complete_edits(self) -> list[Edit]:
        """Only what nothing that might have followed could change: for a reply that was cut off."""
        return [edit for edit in self.edits() if edit.final]

    def reached_end(self) -> bool:
        """Whether the last line of the new text is the last line of the span: the reply can lack
        nothing.
        """
        stream = self.stream
        last = next((k for k in range(len(stream.old) - 1, -1, -1) if stream.old[k].strip()), -1)
        runs = stream.runs()
        if last < 0 or not stream.new:
            return False
        return stream.old[last] == stream.new[-1] and (not runs or runs[-1].b1 < len(stream.new))

    def drops_end(self) -> bool:
        """Whether the new text stops on a line of the span with several lines after it."""
        runs = self.stream.runs()
        if not self.received or (runs and runs[-1].b1 == len(self.received)):
            return False
        reached = len(self.received) - (runs[-1].b1 - runs[-1].a1 if runs else 0)
        return sum(bool(text.strip()) for text in self._old[reached:]) > FEW

    def _edits(self, runs: Sequence[StreamRun]) -> list[Edit]:
        for k in range(len(self._final), self.stream.settled):
            self._final.append(self._edit(k, runs[k]))
        rest = [self._edit(k, runs[k]) for k in range(len(self._final), len(runs))]
        return [edit for edit in self._final + rest if edit is not None]

    def _edit(self, k: int, run: StreamRun) -> Edit | None:
        """One run as an edit of the file; None when it only repeats the file's lines."""
        texts = self._fitted[run.b0 : run.b1]
        made = self.draft.edit(self.span.start + run.a0, self.span.start + run.a1, texts)
        if made.new == self.draft.lines[made.start : made.end]:
            return None
        return Edit(made.start, made.end, made.new, part_id(self.part, k), run.final)


def _blank_tail(lines: Sequence[str]) -> int:
    """How many blank lines stand at the end."""
    count = 0
    while count < len(lines) and not lines[len(lines) - 1 - count].strip():
        count += 1
    return count
