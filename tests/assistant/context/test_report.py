"""The index's report as a person reads it."""

from __future__ import annotations

import os
from pathlib import Path

from assistant.context.report import report_of, report_words
from tests.assistant.context.door import Door, write


def test_the_report_names_how_much_is_held_and_why_the_rest_is_not(tmp_path: Path) -> None:
    root = tmp_path / "p"
    write(root, {"a.py": "x = 1\n", ".env": "A=1\n", "b.env": "A=1\n"})
    write(root, {".gitignore": "*.o\n", "c.o": "x"})
    os.mkfifo(root / "pipe")
    (root / "photo.py").write_bytes(b"\0" * 100)
    with Door() as door:
        door.ask("index", root=str(root))
        report = report_of(door.ask("report"))
    assert {str(entry.path): entry.why for entry in report.left} == {
        ".env": "it is an environment file, where secrets are kept",
        "b.env": "it is an environment file, where secrets are kept",
        "photo.py": "is binary",
        "pipe": "is not a regular file (a pipe, socket or device)",
    }
    assert report.heads == (
        "3 files are known, 0 symbols",
        "1 entry is ignored by the project's rules",
    )
    assert report.words == (
        "The index knows 3 files; without their text, or not at all: 2 like .env (it is an"
        " environment file, where secrets are kept); photo.py (is binary); pipe (is not a"
        " regular file (a pipe, socket or device)); 1 entry is ignored by the project's rules."
    )


def test_warnings_and_many_reasons_stay_one_short_text() -> None:
    left = {f"f{i}": f"reason {i}" for i in range(9)}
    words = report_words(
        {"files": 1200, "settled": False, "left_out": left, "ignored": 0, "warnings": ["No watch."]}
    )
    assert words.startswith("The index knows 1,200 files so far; ")
    assert words.endswith("5 other reasons. No watch.") and words.count("reason ") == 4
