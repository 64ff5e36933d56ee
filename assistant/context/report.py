"""What the index says of itself: how much it holds, what is left out and why; in one sentence, and
file by file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from assistant.types import LeftOut

_REASONS = 4


@dataclass(frozen=True, slots=True)
class IndexReport:
    """``words`` is one sentence; ``heads`` say how much is held, ignored and wrong, a line each;
    ``left`` are the files without their text, or not known at all."""

    words: str
    heads: tuple[str, ...]
    left: tuple[LeftOut, ...]


def report_of(report: Mapping[str, Any]) -> IndexReport:
    """``report`` is what :meth:`ContextEngine.report` gives."""
    left = tuple(LeftOut(PurePosixPath(p), str(why), 0) for p, why in report["left_out"].items())
    so_far = "" if report["settled"] else " so far"
    symbols = "1 symbol" if report["symbols"] == 1 else f"{report['symbols']:,} symbols"
    heads = [f"{_files(report['files'])} known{so_far}, {symbols}"]
    if more := report["left_out_more"]:
        heads.append(f"{more:,} more are left out than this list shows")
    if report["ignored"]:
        heads.append(_ignored(report["ignored"]))
    heads += [str(warning).rstrip(".") for warning in report["warnings"]]
    return IndexReport(report_words(report), tuple(heads), left)


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
    if report["ignored"]:
        words += f"; {_ignored(report['ignored'])}"
    return ". ".join([words, *(str(w).rstrip(".") for w in report["warnings"])]) + "."


def _files(number: int) -> str:
    return "1 file is" if number == 1 else f"{number:,} files are"


def _ignored(number: int) -> str:
    many = "1 entry is" if number == 1 else f"{number:,} entries are"
    return f"{many} ignored by the project's rules"


def _part(why: str, paths: list[str]) -> str:
    return f"{paths[0]} ({why})" if len(paths) == 1 else f"{len(paths):,} like {paths[0]} ({why})"
