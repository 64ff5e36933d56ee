"""What is wrong with files as they are now: readers and linters, no change in sight.

Runs nothing of the project.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import aclosing
from pathlib import Path, PurePosixPath

from assistant.agent.checks import NOT_RUN, run_checks
from assistant.agent.findings import RuffCheck
from assistant.agent.syntax import SyntaxCheck


async def present_problems(
    root: Path, texts: Mapping[PurePosixPath, str], trusted: bool
) -> list[str]:
    """``path:line: what is wrong``, one a line; a linter that could not run is a line too."""
    nothing = dict.fromkeys(texts, "")
    checks = run_checks(root, texts, trusted, checks=(SyntaxCheck(), RuffCheck()), before=nothing)
    lines: list[str] = []
    async with aclosing(checks) as found:
        async for event in found:
            lines += event.details
            if event.summary.startswith(NOT_RUN):
                lines.append(f"({event.tool} {event.summary})")
    return lines
