"""Searching by hand: a bad expression holds nothing, all files are found, replacing proposes."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer

from tests.walks.harness import PENDING, Walk, repository

Start = Callable[..., Walk]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {
        "long.txt": "a" * 64 + "!\n",
        "src/one.py": "url = 1\nother = 2\n",
        "src/two.py": "print(url)\n",
        "notes.md": "no such word\n",
    }
    return repository(tmp_path / "project", files)


def test_an_expression_without_end_does_not_hold_the_window(start: Start, folder: Path) -> None:
    walk = start(folder)
    document = walk.open("long.txt")
    walk.press("Ctrl+F")
    bar = document.editor.find_bar
    walk.until(bar.isVisible)
    bar.regex.setChecked(True)
    beats: list[float] = []
    beat = QTimer()
    beat.setInterval(5)
    beat.timeout.connect(lambda: beats.append(time.perf_counter()))
    beat.start()
    walk.type("(a+)+$")
    walk.until(lambda: bar.count.text() == "Searching…")
    document.editor.setFocus()
    walk.type("x")
    assert document.editor.text().startswith("x")
    bar.pattern.setFocus()
    walk.until(lambda: "too long" in bar.count.text())
    gaps = [after - before for before, after in pairwise(beats)]
    assert max(gaps) < 2.0  # the expression alone would take years
    bar.pattern.setText("a!")
    walk.until(lambda: bar.count.text() == "1 of 1")


def rows(walk: Walk) -> list[str]:
    model = walk.window.search.list.model()
    return [
        str(model.data(model.index(at, 0), Qt.ItemDataRole.AccessibleTextRole))
        for at in range(model.rowCount())
    ]


def test_all_files_are_searched_and_a_line_is_opened_by_keys(start: Start, folder: Path) -> None:
    walk = start(folder)
    document = walk.open("notes.md")
    document.editor.surface.replace(0, 0, b"url, unsaved\n")
    walk.press("Ctrl+Shift+F")
    walk.type("url\n")
    walk.until(lambda: walk.window.search.said.text() == "3 places in 3 files.")
    assert rows(walk) == [
        "notes.md, 1 found",
        "line 1: url, unsaved",
        "src/one.py, 1 found",
        "line 1: url = 1",
        "src/two.py, 1 found",
        "line 1: print(url)",
    ]
    walk.press("Down", "Down", "Down", "Down", "Down", "Down", "Return")
    walk.until(lambda: "src/two.py" in [d.key for d in walk.work.documents.all()])
    walk.until(lambda: walk.work.documents.current() is walk.document("src/two.py"))
    assert walk.document("src/two.py").editor.selected_words() == "url"


def test_replacing_in_all_files_proposes_hunks(start: Start, folder: Path) -> None:
    walk = start(folder)
    walk.run("Replace in all files")
    page = walk.window.search
    page.pattern.setFocus()
    walk.type("url\n")
    walk.until(page.propose.isEnabled)
    page.replacement.setFocus()
    walk.type("address\n")
    walk.until(lambda: walk.work.review.count.words() == "2 of 2 pending, 2 files")
    assert walk.disk("src/one.py") == b"url = 1\nother = 2\n"
    walk.until(lambda: walk.work.documents.current() is not None)
    assert walk.states("src/one.py") == [PENDING]
    walk.press("Alt+Return")
    assert walk.document("src/one.py").editor.text() == "address = 1\nother = 2\n"
    walk.press("Ctrl+Z")
    assert walk.states("src/one.py") == [PENDING]
    walk.press("Alt+]")
    walk.until(lambda: walk.work.documents.get("src/two.py") is not None)
    assert walk.states("src/two.py") == [PENDING]


def test_a_bad_expression_is_said_in_the_page(start: Start, folder: Path) -> None:
    walk = start(folder)
    walk.press("Ctrl+Shift+F")
    page = walk.window.search
    page.regex.setChecked(True)
    walk.type("(\n")
    walk.until(lambda: page.said.text().startswith("Missing )"))
    page.pattern.setText("(a+)+$")
    walk.until(lambda: "too long" in page.said.text())
