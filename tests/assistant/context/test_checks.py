"""The numbered checks of the index: each of the twenty-six is a test that names its number."""

from __future__ import annotations

import ast
import re
from pathlib import Path

CHECKS = 26


def test_every_check_has_a_test_that_names_it() -> None:
    named = set()
    for path in Path(__file__).parent.glob("test_*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                said = re.match(r"Check (\d+):", ast.get_docstring(node) or "")
                named |= {int(said[1])} if said else set()
    assert named == set(range(1, CHECKS + 1))
