"""The 26 acceptance checks of a model client: each is named by a test."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent


def test_checks_1_to_26_are_each_named_by_a_test() -> None:
    named: set[int] = set()
    for path in (*HERE.rglob("test_*.py"), *HERE.parent.glob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        for words in re.findall(r"def test_checks?_((?:\d+_(?:and_)?)+)", text):
            named |= {int(number) for number in re.findall(r"\d+", words)}
    assert set(range(1, 27)) - named == set()
