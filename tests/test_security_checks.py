"""The security checks by number, each with the tests that hold it; every name is really a test."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
CHECKS: dict[int, tuple[str, ...]] = {
    1: ("torture/test_torture.py::test_01_02_14_24", "torture/test_oracle.py::test_01_every"),
    2: ("torture/test_torture.py::test_01_02_14_24", "assistant/repo/test_door.py::test_02_"),
    3: ("torture/test_torture.py::test_03_", "walks/test_recovery.py::test_after_kill_9"),
    4: ("assistant/repo/test_commits.py::test_04_14_", "assistant/repo/test_history.py::test_04_"),
    5: ("assistant/repo/test_history.py::test_05_",),
    6: ("assistant/repo/test_history.py::test_06_",),
    7: ("walks/test_hostile.py::test_07_", "assistant/repo/test_sidecar.py::test_07_"),
    8: ("walks/test_hostile.py::test_07_08_",),
    9: ("walks/test_hostile.py::test_07_08_09_", "walks/test_hostile.py::test_09_"),
    10: ("assistant/repo/test_paths.py::test_10_", "assistant/repo/test_sidecar.py::test_10_"),
    11: ("walks/test_hostile.py::test_07_08_09_11_", "app/test_starting.py::test_11_"),
    12: ("assistant/repo/test_door.py::test_12_", "walks/test_disk.py::test_12_35_"),
    13: ("walks/test_disk.py::test_13_",),
    14: ("assistant/repo/test_commits.py::test_04_14_", "torture/test_torture.py::test_01_02_14"),
    15: ("assistant/repo/test_commits.py::test_15_",),
    16: ("assistant/repo/test_codec.py::test_16_", "assistant/repo/test_door.py::test_16_"),
    17: ("assistant/repo/test_codec.py::test_17_",),
    18: ("assistant/repo/test_paths.py::test_18_", "walks/test_disk.py::test_18_"),
    23: ("assistant/repo/test_checkpoints.py::test_23_",),
    24: ("assistant/repo/test_door.py::test_24_", "torture/test_torture.py::test_01_02_14_24"),
    25: ("walks/test_two.py::test_25_", "assistant/repo/test_journal.py::test_25_"),
    26: ("assistant/models/test_egress_and_keys.py::test_check_25_the_key_arrives",),
    28: ("assistant/edits/test_notations.py::test_dangerous_hunks_are_flagged",),
    29: (
        "walks/test_shown.py::test_29_34_",
        "widgets/editor/test_view.py::test_29_",
        "widgets/inlinediff/test_on_screen.py::test_29_",
        "widgets/test_transcript.py::test_29_",
    ),
    30: ("walks/test_shown.py::test_30_", "widgets/test_markdown.py::test_30_"),
    31: ("walks/test_disk.py::test_31_", "widgets/editor/test_text.py::test_another_thread_fills"),
    32: ("walks/test_disk.py::test_32_",),
    33: ("assistant/repo/test_door.py::test_33_", "assistant/repo/test_paths.py::test_33_"),
    34: ("assistant/repo/test_door.py::test_34_", "widgets/test_markdown.py::test_34_"),
    35: ("assistant/repo/test_door.py::test_35_", "torture/test_torture.py::test_12_35_"),
    36: ("walks/test_trust.py::test_36_", "walks/test_hostile.py::test_07_08_09_11_33_36_"),
    37: ("assistant/repo/test_commits.py::test_37_", "assistant/repo/test_sidecar.py::test_37_"),
    38: ("assistant/repo/test_checkpoints.py::test_38_", "assistant/repo/test_journal.py::test_38"),
    39: ("assistant/repo/test_checkpoints.py::test_39_", "assistant/repo/test_commits.py::test_39"),
    40: ("assistant/repo/test_checkpoints.py::test_40_",),
}
"""20 to 22 and 27 are about commands and servers of an agent, which are held where those live."""


@cache
def names_in(file: str) -> tuple[str, ...]:
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    return tuple(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("number", CHECKS)
def test_a_check_is_held_by_tests_that_are_there(number: int) -> None:
    for place in CHECKS[number]:
        file, _, start = place.partition("::")
        assert any(name.startswith(start) for name in names_in(file)), place
