"""Evidence on a proposal: what ran over it and what came out; never more than that."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from assistant.agent.findings import RuffCheck
from assistant.agent.proposal import NOT_RUN, Check, Proposal
from assistant.agent.syntax import SyntaxCheck
from assistant.agent.testrun import TestsCheck
from assistant.events import CheckFinished

__all__ = [
    "NOT_RUN",
    "Check",
    "Proposal",
    "RuffCheck",
    "SyntaxCheck",
    "TestsCheck",
    "default_checks",
    "run_checks",
]


def default_checks() -> tuple[Check, ...]:
    """Syntax, ruff, then the project's tests."""
    return SyntaxCheck(), RuffCheck(), TestsCheck()


async def run_checks(
    root: Path,
    changes: Mapping[PurePosixPath, str | None],
    trusted: bool,
    *,
    checks: Sequence[Check] | None = None,
    before: Mapping[PurePosixPath, str] | None = None,
) -> AsyncGenerator[CheckFinished, None]:
    """Runs the checks one after the other, the quick ones first, and says of each what came out.

    A check that breaks is reported as not run, with the cause. Close the generator to stop.
    """
    proposal = Proposal(root, dict(changes), trusted, before)
    for check in default_checks() if checks is None else checks:
        started = time.monotonic()
        try:
            found = await check.run(proposal)
        except (OSError, ValueError, RuntimeError) as error:
            seconds = time.monotonic() - started
            found = CheckFinished(check.name, False, f"{NOT_RUN}: {error}", seconds)
        if found is not None:
            yield found
