"""What the index says of itself, in one sentence: how much it holds, what is left out and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_REASONS = 4


def report_words(report: Mapping[str, Any]) -> str:
    """``report`` is what :meth:`ContextEngine.report` gives. The most frequent reasons come first,
    each with its number and one file."""
    held, left = report["files"], report["left_out"]
    reasons: dict[str, list[str]] = {}
    for path, why in left.items():
        reasons.setdefault(str(why).partition(":")[0], []).append(path)
    order = sorted(reasons.items(), key=lambda item: (-len(item[1]), item[0]))
    parts = [_part(why, paths) for why, paths in order[:_REASONS]]
    if len(order) > _REASONS:
        parts.append(f"{len(order) - _REASONS} other reasons")
    words = f"The index knows {held:,} files" + ("" if report["settled"] else " so far")
    if parts:
        words += f"; without their text, or not at all: {'; '.join(parts)}"
    if ignored := report["ignored"]:
        many = "1 entry is" if ignored == 1 else f"{ignored:,} entries are"
        words += f"; {many} ignored by the project's rules"
    return ". ".join([words, *(str(w).rstrip(".") for w in report["warnings"])]) + "."


def _part(why: str, paths: list[str]) -> str:
    return f"{paths[0]} ({why})" if len(paths) == 1 else f"{len(paths):,} like {paths[0]} ({why})"
