"""One edit as old lines and new lines: their difference, at the place of the old ones.

The file keeps its own lines wherever the two sides are the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant.edits.draft import Draft, Edit, part_id
from assistant.edits.elision import is_elision
from assistant.edits.feedback import already_applied, ambiguous, not_found, stale
from assistant.edits.find import Found, Hint, find
from assistant.edits.fit import carried
from assistant.edits.fragment import replaced_inside
from assistant.edits.lazy import Merger
from assistant.edits.lines import plain
from assistant.edits.locate import Level, Place, TextIndex
from assistant.edits.stream import LineStream, StreamRun
from assistant.errors import EditRefused
from assistant.types import Refusal


class BlockEdit:
    """A SEARCH/REPLACE pair, a patch chunk, a string replacement: ``number`` names it to the
    model.
    """

    def __init__(
        self,
        draft: Draft,
        part: int,
        number: int,
        hint: Hint | None = None,
        *,
        fragments: bool = True,
        signed: bool = False,
    ) -> None:
        self.draft = draft
        self.part = part
        self.number = number
        self.hint = hint or Hint()
        self._fragments = fragments
        self._signed = signed
        self.old: list[str] = []
        self.new: list[str] = []
        self._found: Found | None = None
        self._stream: LineStream | None = None
        self._on_result = False

    def old_done(self) -> None:
        """All old lines are known: look for them, so that new ones can be shown as they come."""
        self._found = find(self.draft.index, self.old, (), self.hint)
        if self._found.place is not None:
            self._stream = LineStream([text.rstrip() for text in self._found.old])

    def push_new(self, text: str) -> None:
        """One more new line, without its end."""
        self.new.append(text)
        if self._stream is not None:
            self._stream.push((self._found.reading(text) if self._found else text).rstrip())

    def edits(self) -> list[Edit]:
        """What is known so far."""
        if self._stream is None or self._found is None or self._found.place is None:
            return []
        new = [self._found.reading(text) for text in self.new]
        made = realised(self.draft, self._found, new, self._stream.runs(), self.part)
        return made if isinstance(made, list) else []

    def close(self) -> Refusal | None:
        """Both sides are complete: settle the edits in the draft, or say why not."""
        found = find(self.draft.index, self.old, self.new, self.hint)
        if self._fragments and found.place is None and not found.rivals and len(self.old) == 1:
            inside = replaced_inside(
                self.draft,
                self.part,
                self.number,
                "\n".join(self.old),
                "\n".join(self.new),
                fragment=True,
            )
            if inside is None:
                return None
        refusal = self._settle(found, on_result=False)
        if refusal is None:
            return None
        if self.draft.settled:
            later = find(self.draft.result_index, self.old, self.new, self.hint)
            if later.place is not None and self._settle(later, on_result=True) is None:
                return None
        self.draft.show([])
        return refusal

    def replace_text(self, old: str, new: str, *, everywhere: bool = False) -> Refusal | None:
        """A replacement of a string, which may begin and end inside lines; else of whole lines."""
        refusal = replaced_inside(
            self.draft, self.part, self.number, old, new, everywhere=everywhere
        )
        if not isinstance(refusal, str):
            return refusal
        self.old = [line.removesuffix("\r") for line in old.removesuffix("\n").split("\n")]
        self.new = (
            [line.removesuffix("\r") for line in new.removesuffix("\n").split("\n")] if new else []
        )
        return self.close()

    def _settle(self, found: Found, *, on_result: bool) -> Refusal | None:
        path = str(self.draft.base.path)
        index = self.draft.result_index if on_result else self.draft.index
        refusal = self._unplaced(found, index)
        if refusal is not None or found.place is None:
            return refusal
        new = [found.reading(text) for text in self.new]
        if self._elides(index, new):
            try:
                new = Merger(found.old, new, self.draft.suffix).merge()
            except EditRefused as error:
                return Refusal(
                    path, f"Edit {self.number} of {path}: {error.cause}", found.place.start
                )
        literal = self._signed and found.place.level is Level.EXACT
        runs = difference_of(found.old, new, literal=literal)
        if not runs:
            return Refusal(
                path, f"Edit {self.number} changes nothing: old and new text are the same."
            )
        lines = self.draft.result() if on_result else self.draft.lines
        made = realised(self.draft, found, new, runs, self.part, lines)
        if isinstance(made, int):
            return stale(path, self.number, index, self.old, found.place, made)
        if not made:
            return Refusal(path, f"Edit {self.number} changes nothing in the file.")
        if on_result:
            self.draft.settle_on_result(made)
        elif self.draft.clashes(made):
            done = {(e.start, e.end, e.new) for e in self.draft.settled}
            if any((e.start, e.end, e.new) not in done for e in made):
                return not_found(path, self.number, index, self.old)
            self.draft.show([])
        else:
            self.draft.settle(made)
        return None

    def _unplaced(self, found: Found, index: TextIndex) -> Refusal | None:
        """Why there is nothing to apply: no place, several, or the new text is there."""
        path = str(self.draft.base.path)
        present = standing(index, self.old, self.new, found.place)
        if present is None and found.place is not None and found.place.level is Level.FUZZY:
            present = _verbatim(index, self.new)
        if present is not None:
            return Refusal(path, already_applied(self.number, present), present[0])
        if found.place is not None:
            return None
        if len(found.rivals) > 1:
            return ambiguous(path, self.number, index, found.rivals)
        return not_found(path, self.number, index, self.old)

    def _elides(self, index: TextIndex, new: Sequence[str]) -> bool:
        """Whether the new text leaves out lines that the old text quotes."""
        known = {text.strip() for text in self.old}
        marks = [text for text in new if text.strip() not in known and is_elision(text)]
        return any(not index.has(Level.INDENT, text.strip()) for text in marks)


def attempt(block: BlockEdit, *, strict: bool) -> Refusal | None:
    """Close the block; when ``strict``, only at a place found exactly or by blanks at line ends."""
    if strict:
        found = find(block.draft.index, block.old, block.new, block.hint)
        if found.place is None or found.place.level not in (Level.EXACT, Level.TRAILING):
            path = str(block.draft.base.path)
            return Refusal(path, f"Edit {block.number} of {path} is not there to the letter.")
    return block.close()


def difference_of(
    old: Sequence[str], new: Sequence[str], *, literal: bool = False
) -> list[StreamRun]:
    """The runs between two quotations; end blanks count only where nothing else differs, or
    where every line that goes and comes was signed as such (``literal``).
    """
    for blind in (False,) if literal else (True, False):
        stream = LineStream([text.rstrip() if blind else text for text in old])
        for text in new:
            stream.push(text.rstrip() if blind else text)
        if runs := stream.finish():
            return runs
    return []


def realised(
    draft: Draft,
    found: Found,
    new: Sequence[str],
    runs: Sequence[StreamRun],
    part: int,
    lines: Sequence[str] | None = None,
) -> list[Edit] | int:
    """The runs between old and new as edits of the file; or the number of the old line that is
    not there.
    """
    place = found.place
    assert place is not None
    lines = draft.lines if lines is None else lines
    out: list[Edit] = []
    for k, run in enumerate(runs):
        span = _span(place, run, found.old)
        if isinstance(span, int):
            return span
        texts = _texts(found, place, run, new, lines)
        made = draft.edit(*span, texts, lines)
        if made.new != tuple(lines[made.start : made.end]):
            out.append(replace(made, id=part_id(part, k), final=run.final, note=str(place.level)))
    return out


def _span(place: Place, run: StreamRun, old: Sequence[str]) -> tuple[int, int] | int:
    """The file lines of a run; or the number of the old line that has none and must not be
    missing.
    """
    mapped = [place.mapping[i] for i in range(run.a0, run.a1)]
    for i, where in zip(range(run.a0, run.a1), mapped, strict=True):
        if where is None and old[i].strip():
            return i
    known = [where for where in mapped if where is not None]
    if known:
        return known[0], known[-1] + 1
    before = place.mapping[run.a0 - 1] if run.a0 else None
    if before is not None:
        return before + 1, before + 1
    after = place.mapping[run.a1] if run.a1 < len(place.mapping) else None
    if after is not None:
        return after, after
    earlier = [where for where in place.mapping[: run.a0] if where is not None]
    if all(not text.strip() for i, text in enumerate(old[: run.a0]) if place.mapping[i] is None):
        at = earlier[-1] + 1 if earlier else place.start
        return at, at
    return run.a0


def _texts(
    found: Found, place: Place, run: StreamRun, new: Sequence[str], lines: Sequence[str]
) -> list[str]:
    texts = []
    for k in range(run.b0, run.b1):
        text = new[k]
        i = run.a0 + k - run.b0
        where = place.mapping[i] if i < run.a1 else None
        if place.level in (Level.PUNCTUATION, Level.BLANKS, Level.FUZZY) and where is not None:
            model, file = found.old[i].strip(), lines[where].strip()
            if model != file and plain(model) == plain(file):
                blanks = text[: len(text) - len(text.lstrip())]
                text = blanks + carried(model, file, text.strip())
        texts.append(place.fit.line(text))
    return texts


def standing(
    index: TextIndex, old: Sequence[str], new: Sequence[str], place: Place | None
) -> tuple[int, int] | None:
    """The lines where the new text stands already, so that the edit would be made a second time."""
    known = set(old)
    added = [text.strip() for text in new if text not in known]
    if not any(len(text) > 2 for text in added):
        return None
    if not all(index.has(Level.INDENT, text) for text in added):
        return None
    trimmed = _trimmed(new)
    starts = index.starts(Level.TRAILING, [text.rstrip() for text in trimmed])
    if place is None:
        return (starts[0], starts[0] + len(trimmed)) if starts else None
    if len(trimmed) <= len(old):
        return None
    for start in starts:
        if start <= place.start and place.end <= start + len(trimmed):
            return start, start + len(trimmed)
    return None


def _trimmed(lines: Sequence[str]) -> list[str]:
    """Without blank lines at both ends."""
    out = list(lines)
    while out and not out[0].strip():
        out.pop(0)
    while out and not out[-1].strip():
        out.pop()
    return out


def _verbatim(index: TextIndex, new: Sequence[str]) -> tuple[int, int] | None:
    """Where the whole new text stands word for word, when it is long enough to tell."""
    trimmed = _trimmed(new)
    if sum(bool(text.strip()) for text in trimmed) < 3:
        return None
    starts = index.starts(Level.TRAILING, [text.rstrip() for text in trimmed])
    return (starts[0], starts[0] + len(trimmed)) if starts else None
