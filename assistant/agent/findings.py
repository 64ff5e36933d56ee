"""Linter findings that a change adds or removes. Runs ruff on stdin, writes nothing."""

from __future__ import annotations

import json
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ruff import find_ruff_bin  # type: ignore[import-untyped]

from assistant.agent.proposal import Proposal
from assistant.builtin.process import run
from assistant.builtin.ruffing import nearest_settings
from assistant.events import CheckFinished
from assistant.types import split_lines


@dataclass(frozen=True, slots=True)
class Finding:
    """``line`` is 1-based; ``source`` is the text of that line without blanks around it."""

    code: str
    message: str
    line: int
    source: str


class RuffCheck:
    """Python files by ruff:

    Its own rules before the folder is trusted, the project's settings after.
    """

    name = "ruff"

    async def run(self, proposal: Proposal) -> CheckFinished | None:
        started = time.monotonic()
        files = {
            path: text for path, text in proposal.texts().items() if path.suffix in (".py", ".pyi")
        }
        if not files:
            return None
        added, removed, details, project = 0, 0, [], False
        for path, text in files.items():
            config = nearest_settings(proposal.root, path) if proposal.trusted else None
            project = project or config is not None
            old = await _findings(path, proposal.old(path), config, proposal.root)
            new = await _findings(path, text, config, proposal.root)
            more, less = difference(old, new)
            added, removed = added + len(more), removed + len(less)
            details += [f"{path}:{found.line}: {found.code} {found.message}" for found in more]
            details += [f"{path}: no longer {found.code} {found.message}" for found in less]
        scope = "what the change adds, by " + (
            "the project's settings" if project else "ruff's own rules"
        )
        return CheckFinished(
            self.name,
            not added,
            _summary(added, removed),
            time.monotonic() - started,
            scope,
            tuple(details),
        )


def _summary(added: int, removed: int) -> str:
    new = f"{added or 'no'} new finding{'' if added == 1 else 's'}"
    return new + (f", {removed} fewer" if removed else "")


async def _findings(
    path: PurePosixPath, text: str, config: Path | None, root: Path
) -> list[Finding]:
    """Raises RuntimeError with ruff's own words when it cannot run."""
    if not text:
        return []
    settings = ["--config", str(config)] if config else ["--isolated"]
    name = str(root / path) if config else path.name
    argv = [
        find_ruff_bin(),
        "check",
        *settings,
        "--no-cache",
        "--exit-zero",
        "--output-format=json",
        "--stdin-filename",
        name,
        "-",
    ]
    with tempfile.TemporaryDirectory(prefix="galley-") as nowhere:
        done = await run(argv, text, cwd=nowhere)
    if done.code != 0:
        raise RuntimeError(f"ruff could not run: {' '.join(done.err.split())[:200]}")
    lines = split_lines(text)
    return [
        Finding(
            str(raw["code"] or "syntax"),
            raw["message"],
            row,
            lines[row - 1].strip() if row <= len(lines) else "",
        )
        for raw in json.loads(done.out)
        for row in [raw["location"]["row"]]
    ]


def difference(
    old: Iterable[Finding], new: Iterable[Finding]
) -> tuple[list[Finding], list[Finding]]:
    """What is only in ``new`` and only in ``old``:

    The same finding on a moved or reworded line is neither.
    """
    gone, came = list(old), list(new)
    for key in (lambda f: (f.code, f.message, f.source), lambda f: (f.code, f.message)):
        shared = Counter(map(key, gone)) & Counter(map(key, came))
        gone, came = _without(gone, key, shared), _without(came, key, shared)
    return came, gone


def _without(
    findings: list[Finding], key: object, shared: Counter[tuple[str, ...]]
) -> list[Finding]:
    left = Counter(shared)
    kept = []
    for found in findings:
        name = key(found)  # type: ignore[operator]
        if left[name] > 0:
            left[name] -= 1
        else:
            kept.append(found)
    return kept
