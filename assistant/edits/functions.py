"""Functions of a block put in the place of their namesakes; nothing else of the file moves."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.edits.elision import is_elision
from assistant.edits.lazy import Merger
from assistant.edits.lines import is_trivial, plain
from assistant.edits.outline import Definition, Outline
from assistant.errors import EditRefused


def with_functions(
    there: Outline, new: Sequence[str], suffix: str, *, implied: bool = True
) -> list[str]:
    """The lines of ``there`` with the definitions of ``new`` in the place of those with the same
    name.

    ``implied``: a class of the block may leave methods out without saying so. Raises
    :class:`EditRefused` when a
    name stands nowhere or twice, or when the block has other lines that the file has not.
    """
    old, block = there.lines, Outline(new, suffix)
    tops = block.top(0, len(new))
    if not tops:
        raise EditRefused("The block is neither the whole file nor a function of it.")
    _check_rest(tops, there, new)
    pairs = [(definition, _namesake(definition, tops, there, new)) for definition in tops]
    if all(target is None for _, target in pairs):
        raise EditRefused(f"There is no {tops[0].name} in the file to replace.")
    out = list(old)
    for k in range(len(pairs) - 1, -1, -1):
        definition, target = pairs[k]
        lines = list(new[definition.start : definition.end])
        if target is not None:
            inner = Merger(old[target.start : target.end], lines, suffix, implied=implied)
            out[target.start : target.end] = inner.merge()
            continue
        at, blank, shift = _beside(pairs, k, there)
        out[at:at] = [*[""] * blank, *[shift + t if t.strip() else t for t in lines]]
    return out


def _namesake(
    definition: Definition, tops: Sequence[Definition], there: Outline, new: Sequence[str]
) -> Definition | None:
    """The definition of the file that has the name; None for a new one beside known ones."""
    same = [d for d in there.definitions if d.name == definition.name]
    if "." not in definition.name and not same:
        same = [d for d in there.definitions if d.name.rpartition(".")[2] == definition.name]
    if len(same) > 1:
        same = _narrowed(definition, tops, same, there, new)
    if len(same) > 1:
        shown = ", ".join(str(d.header + 1) for d in same)
        raise EditRefused(
            f"{definition.name} stands at lines {shown}; write the class around the one you mean."
        )
    if same:
        return same[0]
    if len(tops) == 1:
        raise EditRefused(f"There is no {definition.name} in the file to replace.")
    return None


def _narrowed(
    definition: Definition,
    tops: Sequence[Definition],
    same: Sequence[Definition],
    there: Outline,
    new: Sequence[str],
) -> list[Definition]:
    """Of several namesakes those the block can mean: by kind, by decorators, by order of a whole
    group.
    """
    kinds = [d for d in same if d.kind == definition.kind]
    if len(kinds) == 1:
        return kinds
    if definition.start < definition.header:
        own = [text.strip() for text in new[definition.start : definition.header]]
        told = [d for d in same if [t.strip() for t in there.lines[d.start : d.header]] == own]
        if len(told) == 1:
            return told
    group = [d for d in tops if d.name == definition.name]
    if len(group) == len(same) and _siblings(same, there):
        return [same[group.index(definition)]]
    return list(same)


def _siblings(same: Sequence[Definition], there: Outline) -> bool:
    """Whether they stand in the same class."""

    def parent(d: Definition) -> int:
        around = [p.start for p in there.definitions if p.start < d.start and d.end <= p.end]
        return max(around, default=-1)

    return len({parent(d) for d in same}) == 1


def _beside(
    pairs: Sequence[tuple[Definition, Definition | None]], k: int, there: Outline
) -> tuple[int, int, str]:
    """Where a new definition goes: behind the one before it in the block, else before the one
    after.
    """
    before = next((t for d, t in reversed(pairs[:k]) if t is not None), None)
    after = next((t for d, t in pairs[k + 1 :] if t is not None), None)
    target = before or after
    assert target is not None
    blank = 2 if there.family == "python" and target.column == 0 else 1
    header = there.lines[target.header]
    own = pairs[k][0].column
    blanks = header[: len(header) - len(header.lstrip())]
    shift = blanks if own == 0 else ""
    if before is not None:
        return before.end, blank, shift
    return target.start, 0, shift


def _check_rest(tops: Sequence[Definition], there: Outline, lines: Sequence[str]) -> None:
    covered = {k for d in tops for k in range(d.start, d.end)}
    known = {plain(t).strip() for t in there.lines}
    for k, text in enumerate(lines):
        body = plain(text).strip()
        if k in covered or is_trivial(body) or body in known or is_elision(text):
            continue
        raise EditRefused(
            f"The line {text.strip()!r} belongs to no function, so its place is unknown."
        )
