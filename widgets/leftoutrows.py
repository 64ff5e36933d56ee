"""Rows of the palette that tell what the index leaves out: by reason, then file by file.

Knows paths and words only.
"""

from __future__ import annotations

from collections.abc import Sequence

from assistant.types import LeftOut
from widgets.icons import file_icon
from widgets.palettelist import Choice

SHOWN = 5000
STAY = ("stay",)
"""Of a row that only tells something."""


def left_out_rows(heads: Sequence[str], left: Sequence[LeftOut], typed: str) -> list[Choice]:
    """While nothing is typed, ``heads`` and each reason with its number, the most frequent first;
    else the files whose path or reason holds every word."""
    words = typed.lower().split()
    if not words:
        return [*(Choice("info", "muted", head, value=STAY) for head in heads), *_reasons(left)]
    found = [
        entry
        for entry in left
        if all(word in f"{entry.path} {entry.why}".lower() for word in words)
    ]
    return [_file(entry) for entry in found[:SHOWN]]


def reason_of(why: str) -> str:
    """What files have in common: without what the system said of one of them."""
    return why.partition(":")[0]


def _reasons(left: Sequence[LeftOut]) -> list[Choice]:
    groups: dict[str, list[LeftOut]] = {}
    for entry in left:
        groups.setdefault(reason_of(entry.why), []).append(entry)
    rows = []
    for why, entries in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])):
        first = str(entries[0].path)
        many = first if len(entries) == 1 else f"{len(entries):,} files, {first} and others"
        rows.append(Choice("filter", "muted", why, many, value=("write", f"!{why}")))
    return rows


def _file(entry: LeftOut) -> Choice:
    icon, role = file_icon(entry.path.name)
    folder = "" if str(entry.path.parent) == "." else f"{entry.path.parent} · "
    return Choice(
        icon, role, entry.path.name, f"{folder}{entry.why}", value=("file", str(entry.path), -1)
    )
