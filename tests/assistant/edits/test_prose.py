"""Prose around edits: what is only quoted is shown as it was written."""

from __future__ import annotations

from tests.assistant.edits.project import reader


def test_code_that_is_only_quoted_keeps_its_fence() -> None:
    said = "1. look:\n\n   ```python\n   oldest = min(a)\n   ```\n2. so\n\n~~~\nleft open\n"
    made = reader({})
    prose = "".join(made.push(character).prose for character in said)
    assert not made.finish().files
    assert prose + made.last_prose() == said + "~~~\n"
