"""A place for lines quoted almost right: context may differ a little, removed lines may not."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from rapidfuzz import fuzz
from rapidfuzz.distance import Indel

from assistant.edits.diff import diff_lines
from assistant.edits.lines import is_trivial
from assistant.edits.locate import Level, Place, TextIndex, key, placed

_DIGITS = re.compile(r"\d+")
SIMILAR = 75.0
"""A context line counts as the file's line from this similarity on (0 to 100)."""
SHARE = 0.25
"""Of the context lines that are not blank, at most this part (but always one) may differ."""
MARGIN = 0.02
"""By so much the best place must be better than the next."""


def fuzzy_place(index: TextIndex, old: Sequence[str], new: Sequence[str]) -> Place | list[Place]:
    """The one place where all removed lines stand, anchors of insertions stand, and most context
    does.

    A list of rivals when two places are equally good, empty when there is none.
    """
    wanted = [key(Level.PUNCTUATION, text) for text in old]
    solid = [i for i, text in enumerate(wanted) if text]
    if len(solid) < 3:
        return []
    needed, anchors = _needed(old, new)
    keys = index.keys(Level.PUNCTUATION)
    scored: list[tuple[float, Place]] = []
    context = [i for i in solid if i not in needed]
    changed = 0
    for start in _starts(index, wanted):
        found = _aligned(index, old, wanted, new, start)
        if found is not None and _holds(found, keys, wanted, needed, anchors):
            scored.append((found.score, found))
        elif found is not None:
            changed = max(changed, _equal_count(found, keys, wanted, context))
    scored.sort(key=lambda pair: -pair[0])
    if not scored:
        return []
    best = scored[0]
    if _equal_count(best[1], keys, wanted, context) <= changed:
        return []  # another place has the context; what was to be removed there has changed
    rivals = [p for score, p in scored if score > best[0] - MARGIN and p.mapping != best[1].mapping]
    return [best[1], *rivals] if rivals else best[1]


def _starts(index: TextIndex, wanted: Sequence[str]) -> list[int]:
    """Where the quotation may begin, by the votes of its lines; the likeliest first."""
    table = index.where(Level.PUNCTUATION)
    votes: Counter[int] = Counter()
    for i, text in enumerate(wanted):
        if text and not is_trivial(text):
            places = table.get(text, ())
            for k in places[:200]:
                votes[k - i] += 1
    return [start for start, _ in votes.most_common(12)]


def _aligned(
    index: TextIndex, old: Sequence[str], wanted: Sequence[str], new: Sequence[str], start: int
) -> Place | None:
    """The quotation laid on the file around ``start``: equal lines first, then similar ones
    between them.
    """
    slack = 2
    low, high = max(start - slack, 0), min(start + len(wanted) + slack, len(index.lines))
    keys = index.keys(Level.PUNCTUATION)[low:high]
    mapping: list[int | None] = [None] * len(wanted)
    score = 0.0
    weights = [0.0 if not text else 1.0 for text in wanted]
    for op in Indel.opcodes(list(wanted), keys):
        if op.tag == "equal":
            for i, k in zip(
                range(op.src_start, op.src_end), range(op.dest_start, op.dest_end), strict=True
            ):
                mapping[i] = low + k
                score += weights[i]
    _pair_similar(wanted, keys, low, mapping)
    for i, where in enumerate(mapping):
        if where is not None and wanted[i] != keys[where - low]:
            score += fuzz.ratio(wanted[i], keys[where - low]) / 100 * weights[i]
    if all(k is None for k in mapping):
        return None
    return placed(index, old, new, mapping, Level.FUZZY, score / max(sum(weights), 1.0))


def _pair_similar(
    wanted: Sequence[str], keys: Sequence[str], low: int, mapping: list[int | None]
) -> None:
    """Unmatched lines take the similar line that stands between the same neighbours."""
    taken = {k for k in mapping if k is not None}
    for i, text in enumerate(wanted):
        if mapping[i] is not None or not text:
            continue
        before = next((mapping[j] for j in range(i - 1, -1, -1) if mapping[j] is not None), None)
        after = next(
            (mapping[j] for j in range(i + 1, len(wanted)) if mapping[j] is not None), None
        )
        first = low if before is None else before + 1
        last = low + len(keys) if after is None else after
        best: int | None = None
        ratio = SIMILAR
        for k in range(first, last):
            if k in taken:
                continue
            if _DIGITS.findall(text) != _DIGITS.findall(keys[k - low]):
                continue  # near-duplicates of code differ in just such a number
            value = fuzz.ratio(text, keys[k - low], score_cutoff=SIMILAR)
            if value >= ratio and (best is None or value > ratio):
                best, ratio = k, value
        if best is not None:
            mapping[i] = best
            taken.add(best)


def _needed(old: Sequence[str], new: Sequence[str]) -> tuple[set[int], set[int]]:
    """Numbers of the old lines that are removed, and of those before which lines are inserted."""
    needed: set[int] = set()
    anchors: set[int] = set()
    for a0, a1, _, _ in diff_lines(old, new):
        needed.update(range(a0, a1))
        if a0 == a1:
            anchors.add(a0)
    return needed, anchors


def _equal_count(
    place: Place, keys: Sequence[str], wanted: Sequence[str], lines: Sequence[int]
) -> int:
    return sum((k := place.mapping[i]) is not None and keys[k] == wanted[i] for i in lines)


def _holds(
    place: Place, keys: Sequence[str], wanted: Sequence[str], needed: set[int], anchors: set[int]
) -> bool:
    """Whether removed lines and anchors are there as quoted and little enough of the context
    differs.
    """
    equal = [
        k is not None and keys[k] == text for k, text in zip(place.mapping, wanted, strict=True)
    ]
    context = [i for i, text in enumerate(wanted) if text and i not in needed]
    wrong = sum(not equal[i] for i in context)
    if any(place.mapping[i] is None for i in context) or not all(
        equal[i] for i in needed if wanted[i]
    ):
        return False
    for i in sorted(needed):
        here, before = place.mapping[i], place.mapping[i - 1] if i else None
        if i - 1 in needed and here is not None and before is not None and here != before + 1:
            return False
    for i in anchors:
        sides = [j for j in (i - 1, i) if 0 <= j < len(wanted)]
        if not any(equal[j] for j in sides):
            return False
    return wrong <= max(1, int(len(context) * SHARE)) and len(context) - wrong + len(needed) >= 2
