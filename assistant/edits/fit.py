"""How a model's lines must change to stand in the file: indent, end blanks, typography."""

from __future__ import annotations

import itertools
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from rapidfuzz.distance import Indel

from assistant.edits.lines import fancy, indent, plain, unit_of, uses_tabs, width

Pair = tuple[str, str]
"""A model's line and the file's line it stands for, both without their ends."""


@dataclass(frozen=True, slots=True)
class Fit:
    """What to do with new lines. The default leaves them as they are."""

    add: str = ""
    drop: str = ""
    table: tuple[tuple[str, str], ...] = ()
    """Model indent to file indent, for each indent that was seen; used where no one prefix
    explains all.
    """
    unit: int = 4
    step: str = ""
    """Columns of one step in the model's lines, and one step as the file writes it."""
    trim: bool = False
    letters: dict[str, str] = field(default_factory=dict)
    compose: bool = False
    """Whether letters that came in two characters, base and accent, become one, as in the file."""

    @property
    def is_plain(self) -> bool:
        """Whether it changes nothing."""
        return not (
            self.add or self.drop or self.table or self.trim or self.letters or self.compose
        )

    def line(self, text: str) -> str:
        """One new line as the file would write it."""
        if self.compose:
            text = _composed(text)
        if self.letters:
            text = "".join(self.letters.get(char, char) for char in text)
        if self.trim:
            text = text.rstrip(" \t")
        if not text.strip():
            return text
        if self.add:
            return self.add + text
        if self.drop:
            return text[len(self.drop) :] if text.startswith(self.drop) else text.lstrip(" \t")
        if self.table:
            blanks = indent(text)
            return self._indent(blanks) + text[len(blanks) :]
        return text

    def _indent(self, blanks: str) -> str:
        for model, file in self.table:
            if model == blanks:
                return file
        columns = _columns(blanks, self.unit)
        known = [(_columns(m, self.unit), f) for m, f in self.table]
        below = [pair for pair in known if pair[0] <= columns]
        if below:
            reference, file = max(below, key=lambda pair: pair[0])
            steps, rest = divmod(columns - reference, self.unit)
            return file + self.step * steps + " " * rest
        reference, file = min(known, key=lambda pair: pair[0])
        steps = (reference - columns + self.unit - 1) // self.unit
        for _ in range(steps):
            if not file.endswith(self.step):
                break
            file = file[: len(file) - len(self.step)]
        return file


def _composed(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _columns(blanks: str, unit: int) -> int:
    """Columns where a tab is one step."""
    tabs = blanks.count("\t")
    return tabs * unit + len(blanks) - tabs


def fit_of(pairs: Iterable[Pair], file_lines: Sequence[str], new: Iterable[str] = ()) -> Fit | None:
    """The fit that turns each model line into its file line; None when no single one does.

    ``new`` are the model's other lines: they help to see its indent step.
    """
    pairs = [pair for pair in pairs if pair[0].strip() and pair[1].strip()]
    exact = [pair for pair in pairs if pair[0] != pair[1]]
    if not exact:
        return Fit(table=_tabs_table(pairs, file_lines, new)) if pairs else Fit()
    trim = any(m != m.rstrip() and f == f.rstrip() for m, f in exact)
    letters = _letters(exact)
    compose = any(_composed(m) != m and f.strip() in _composed(m) for m, f in exact)
    indents = {(indent(m), indent(f)) for m, f in pairs}
    base = Fit(trim=trim, letters=letters, compose=compose)
    if all(m == f for m, f in indents):
        return base
    add = {f[: len(f) - len(m)] for m, f in indents if f.endswith(m)}
    if len(add) == 1 and all(f.endswith(m) for m, f in indents):
        only = add.pop()
        uniform_tabs = not ("\t" in only and any(line.startswith("  ") for line in new))
        if uniform_tabs:
            return replace(base, add=only)
    drop = {m[: len(m) - len(f)] for m, f in indents if m.endswith(f)}
    if len(drop) == 1 and all(m.endswith(f) for m, f in indents):
        return replace(base, drop=drop.pop())
    table = dict(sorted(indents))
    ordered = sorted(table.items(), key=lambda pair: width(pair[0]))
    rising = [width(f) for _, f in ordered]
    if len(table) != len(indents) or rising != sorted(rising):
        return None
    model_lines = [m for m, _ in pairs] + list(new)
    unit = _unit(ordered, model_lines)
    return replace(base, table=tuple(ordered), unit=unit, step=_step(file_lines))


def nearest_fit(pairs: Sequence[Pair], file_lines: Sequence[str], new: Sequence[str]) -> Fit:
    """The fit of the most pairs, where they disagree."""
    votes = Counter((indent(m), indent(f)) for m, f in pairs if m.strip() and f.strip())
    table: dict[str, str] = {}
    for (model, file), _ in votes.most_common():
        table.setdefault(model, file)
    agreeing = [pair for pair in pairs if table.get(indent(pair[0])) == indent(pair[1])]
    found = fit_of(agreeing, file_lines, new)
    if found is not None:
        return found
    ordered = tuple(sorted(table.items(), key=lambda pair: width(pair[0])))
    return Fit(table=ordered, unit=unit_of(new), step=_step(file_lines))


def _tabs_table(
    pairs: Sequence[Pair], file_lines: Sequence[str], new: Iterable[str]
) -> tuple[tuple[str, str], ...]:
    """For a file of tabs whose context carried no indent while the new lines are indented with
    blanks.
    """
    if any(indent(m) for m, _ in pairs) or not uses_tabs(file_lines):
        return ()
    if not any(line.startswith("  ") for line in new):
        return ()
    steps = {" " * (unit_of(new) * k): "\t" * k for k in range(12)}
    return tuple(steps.items())


def _unit(table: Sequence[tuple[str, str]], model_lines: Sequence[str]) -> int:
    if any("\t" in model for model, _ in table):
        return 4
    steps = [
        len(m2) - len(m1)
        for (m1, f1), (m2, f2) in itertools.pairwise(table)
        if f2.startswith(f1) and f2[len(f1) :] == "\t"
    ]
    return min(steps) if steps else unit_of(model_lines)


def _step(file_lines: Sequence[str]) -> str:
    return "\t" if uses_tabs(file_lines) else " " * unit_of(file_lines)


def _letters(pairs: Iterable[Pair]) -> dict[str, str]:
    """Typographic characters that the model put where the file has plain ones."""
    table: dict[str, str] = {}
    for model, file in pairs:
        left, right = model.strip(), file.strip()
        if left == right or plain(left) != plain(right):
            continue
        if len(left) == len(right):
            table.update({m: f for m, f in zip(left, right, strict=True) if m != f and fancy(m)})
        else:
            table.update(
                {
                    char: plain(char)
                    for char in left
                    if fancy(char) and char not in right and plain(char)
                }
            )
    return table


def carried(model_old: str, file_old: str, model_new: str) -> str:
    """``model_new`` with the characters it shares with ``model_old`` as ``file_old`` writes them.

    For a line whose quotation differs only in typographic characters: the file's own survive the
    change.
    """
    if model_old == file_old or len(model_old) != len(file_old):
        return model_new
    out: list[str] = []
    for op in Indel.opcodes(model_old, model_new):
        if op.tag == "equal":
            out.append(file_old[op.src_start : op.src_end])
        else:
            out.append(model_new[op.dest_start : op.dest_end])
    return "".join(out)
