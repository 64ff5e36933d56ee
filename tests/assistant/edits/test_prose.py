"""Prose around edits is shown as it was written; signed lines are taken at their word."""

from __future__ import annotations

from assistant.types import HunkState
from tests.assistant.edits.project import reader


def test_code_that_is_only_quoted_keeps_its_fence() -> None:
    said = "1. look:\n\n   ```python\n   oldest = min(a)\n   ```\n2. so\n\n~~~\nleft open\n"
    made = reader({})
    prose = "".join(made.push(character).prose for character in said)
    assert not made.finish().files
    assert prose + made.last_prose() == said + "~~~\n"


def test_an_end_blank_that_a_patch_takes_away_goes_also_beside_another_change() -> None:
    made = reader({"a.py": "x = 1  \nimport os  \ny = 2\n"})
    patch = "@@ -1,3 +1,3 @@\n-x = 1  \n+x = 1\n import os  \n-y = 2\n+y = 3\n"
    made.push(f"```diff\n--- a/a.py\n+++ b/a.py\n{patch}```\n")
    [change] = made.finish().files
    assert change.applied([HunkState.PENDING]) == "x = 1\nimport os  \ny = 3\n"
