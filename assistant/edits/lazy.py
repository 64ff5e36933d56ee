"""A rewrite that leaves lines out, made whole; refused where it is not sure what it means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from assistant.edits.elision import is_elision
from assistant.edits.fit import Fit, fit_of, nearest_fit
from assistant.edits.lines import indent, is_trivial, plain
from assistant.edits.outline import Definition, Outline
from assistant.edits.units import DEFINITION, LINE, LOSABLE, MARK, Text, Unit, align
from assistant.errors import EditRefused


class Merger:
    """Makes whole the rewrite ``new`` of the text ``old``.

    ``implied``: gaps between definitions need no mark.
    """

    def __init__(
        self,
        old: Outline | Sequence[str],
        new: Sequence[str],
        suffix: str,
        *,
        implied: bool = False,
    ) -> None:
        self.old = Text(old, suffix)
        self.new = Text(new, suffix)
        self.implied = implied
        self._known = frozenset(plain(line).strip() for line in self.old.lines)

    def merge(self) -> list[str]:
        """The whole new text, old lines as they stand; raises :class:`EditRefused` where it is
        not sure.
        """
        out = self._level((0, len(self.old.lines)), (0, len(self.new.lines)), top=True)
        for line in out:
            if is_elision(line) and plain(line).strip() not in self._known:
                raise EditRefused(
                    f"The line {line.strip()!r} stands for lines that could not be told."
                )
        return out

    def _level(
        self,
        o: tuple[int, int],
        n: tuple[int, int],
        *,
        top: bool,
        function: bool = False,
        loose: bool = False,
    ) -> list[str]:
        old = self.old.units(*o, None)
        new = self.new.units(*n, self._known, function=function)
        free = self._free(new, loose=loose or (top and self.implied))
        self._check_names(old, new)
        pairs = align(old, new, free)
        self._check_marks(old, new, pairs)
        fit = self._fit(old, new, pairs)
        return self._emit(old, new, pairs, free, fit, top=top)

    def _free(self, new: Sequence[Unit], *, loose: bool) -> list[bool]:
        """For each gap before a unit, and after the last: whether old units may be passed over
        there.
        """
        free = [False] * (len(new) + 1)
        for k, unit in enumerate(new):
            if unit.kind == MARK:
                free[k] = free[k + 1] = True
        if loose:
            return [True] * (len(new) + 1)
        for k in range(len(new)):  # blanks beside a mark belong to it
            if free[k] and new[k].kind == LINE and not new[k].key:
                free[k + 1] = True
        for k in range(len(new) - 1, -1, -1):
            if free[k + 1] and new[k].kind == LINE and not new[k].key:
                free[k] = True
        return free

    def _check_names(self, old: Sequence[Unit], new: Sequence[Unit]) -> None:
        """A name that stands twice in the old text must stand as often in the new one."""
        before = Counter(unit.key for unit in old if unit.kind == DEFINITION)
        for name, count in Counter(unit.key for unit in new if unit.kind == DEFINITION).items():
            if before[name] > 1 and before[name] != count:
                raise EditRefused(
                    f"{name} stands {before[name]} times in the file; which one is not said."
                )

    def _check_marks(self, old: Sequence[Unit], new: Sequence[Unit], pairs: dict[int, int]) -> None:
        """Every written piece between marks needs a line the old text has too, or an end of the
        text.
        """
        pieces: list[list[int]] = [[]]
        for j, unit in enumerate(new):
            if unit.kind == MARK:
                pieces.append([])
            elif unit.key:
                pieces[-1].append(j)
        back = {j: i for i, j in pairs.items()}
        for number, piece in enumerate(pieces):
            if not piece or number in (0, len(pieces) - 1):
                continue
            if not any(j in back and _tells(old[back[j]]) for j in piece):
                line = self.new.lines[new[piece[0]].start].strip()
                raise EditRefused(
                    f"Nothing tells where the part that begins with {line!r} belongs."
                )

    def _fit(self, old: Sequence[Unit], new: Sequence[Unit], pairs: dict[int, int]) -> Fit:
        lines = []
        for i, j in pairs.items():
            a, b = old[i], new[j]
            if a.definition is not None and b.definition is not None:
                lines.append(
                    (self.new.lines[b.definition.header], self.old.lines[a.definition.header])
                )
            elif a.key and a.key == b.key:
                lines.append((self.new.lines[b.start], self.old.lines[a.start]))
        shown = [(_blanks(m) + "x", _blanks(f) + "x") for m, f in lines]
        rest = [self.new.lines[k] for u in new for k in range(u.start, u.end)]
        if not shown:
            return Fit()
        found = fit_of(shown, self.old.lines, rest)
        return found if found is not None else nearest_fit(shown, self.old.lines, rest)

    def _emit(
        self,
        old: Sequence[Unit],
        new: Sequence[Unit],
        pairs: dict[int, int],
        free: Sequence[bool],
        fit: Fit,
        *,
        top: bool,
    ) -> list[str]:
        back = {j: i for i, j in pairs.items()}
        out: list[str] = []
        i = 0
        for j, unit in enumerate(new):
            if unit.kind == MARK:
                continue
            if j in back:
                gap = old[i : back[j]]
                kept = self._gap(gap, new, j, back, free)
                out.extend(kept)
                i = back[j] + 1
                out.extend(self._pair(old[back[j]], unit, fit))
                continue
            if unit.kind == LINE and not unit.key and (free[j] or free[j + 1]):
                continue
            at = self._passed(new, j, i, back, free, len(old), top=top)
            out.extend(self._lines(old[i:at]))
            i = at
            if unit.kind == DEFINITION:
                self._space(out, unit)
            out.extend(fit.line(text) for text in self.new.lines[unit.start : unit.end])
            if unit.kind == DEFINITION and i < len(old) and old[i].key:
                out.extend([""] * self._blank_lines(unit))
        tail = old[i:]
        if free[len(new)] or not any(u.key for u in tail):
            out.extend(self._lines(tail))
        else:
            self._lose(tail)
        return out

    def _passed(
        self,
        new: Sequence[Unit],
        j: int,
        i: int,
        back: dict[int, int],
        free: Sequence[bool],
        count: int,
        *,
        top: bool,
    ) -> int:
        """How far into the old units a new one without a partner stands."""
        if not free[j]:
            return i
        ahead = next((back[k] for k in range(j + 1, len(new)) if k in back), None)
        if ahead is not None:
            return i if self._closed_before(new, j, back) else ahead
        return i if top or any(k in back for k in range(j)) else count

    def _closed_before(self, new: Sequence[Unit], j: int, back: dict[int, int]) -> bool:
        """Whether the unit stands right behind one that has its place, with no mark between."""
        for k in range(j - 1, -1, -1):
            if new[k].kind == MARK:
                return False
            if k in back:
                return True
        return False

    def _gap(
        self,
        gap: Sequence[Unit],
        new: Sequence[Unit],
        j: int,
        back: dict[int, int],
        free: Sequence[bool],
    ) -> list[str]:
        """Old units between two that have their places: kept where a mark is, else gone if little
        enough.
        """
        k = j
        while k > 0 and not free[k] and k - 1 not in back:
            k -= 1
        if any(free[m] for m in range(k, j + 1)):
            return self._lines(gap)
        self._lose(gap)
        return []

    def _lose(self, gap: Sequence[Unit]) -> None:
        lost = [unit for unit in gap if unit.kind == DEFINITION]
        if lost:
            raise EditRefused(
                f"The rewrite leaves out {lost[0].key} without a mark for what it leaves out."
            )
        if sum(not is_trivial(unit.key) for unit in gap) > LOSABLE:
            line = gap[0].start + 1
            raise EditRefused(f"The rewrite leaves out lines from {line} on without a mark for it.")

    def _pair(self, old: Unit, new: Unit, fit: Fit) -> list[str]:
        if old.definition is None or new.definition is None:
            if old.key == new.key:
                return self.old.lines[old.start : old.end]
            return [fit.line(self.new.lines[new.start])]
        a, b = old.definition, new.definition
        body = self.new.lines[b.header : b.end]
        inside = self.new.units(b.header + 1, b.end, self._known, function=b.kind == "function")
        marked = self._has_mark(b.header + 1, b.end) or any(unit.kind == MARK for unit in inside)
        partial = self.implied and a.kind == "class" and b.kind == "class"
        head = self._decorators(a, b, fit)
        whole = (
            a.kind == b.kind == "class"
        )  # its methods are looked at one by one, so that none gets lost
        if not marked and not whole:
            return head + [fit.line(text) for text in body]
        merged = self._level(
            (a.header + 1, a.end),
            (b.header + 1, b.end),
            top=False,
            function=b.kind == "function",
            loose=partial,
        )
        return [*head, self._header(a, b, fit), *merged]

    def _has_mark(self, low: int, high: int) -> bool:
        lines = self.new.lines[low:high]
        return any(is_elision(t) and plain(t).strip() not in self._known for t in lines)

    def _header(self, a: Definition, b: Definition, fit: Fit) -> str:
        old, new = self.old.lines[a.header], self.new.lines[b.header]
        return old if plain(old).strip() == plain(new).strip() else fit.line(new)

    def _decorators(self, a: Definition, b: Definition, fit: Fit) -> list[str]:
        """The reply's, or the file's where the reply left them out."""
        if b.start == b.header:
            return self.old.lines[a.start : a.header]
        return [fit.line(text) for text in self.new.lines[b.start : b.header]]

    def _lines(self, units: Sequence[Unit]) -> list[str]:
        return [line for unit in units for line in self.old.lines[unit.start : unit.end]]

    def _blank_lines(self, unit: Unit) -> int:
        column = unit.definition.column if unit.definition else 0
        return 2 if self.old.outline.family == "python" and column == 0 else 1

    def _space(self, out: list[str], unit: Unit) -> None:
        if out and out[-1].strip():
            out.extend([""] * self._blank_lines(unit))


def _blanks(text: str) -> str:
    return indent(text)


def _tells(unit: Unit) -> bool:
    return unit.kind == DEFINITION or not is_trivial(unit.key)
