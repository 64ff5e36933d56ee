"""What other programs obey: a model's hunks there are seen, and kept after a word of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.walks.harness import KEPT, PENDING, Player, Walk, repository, select_lines

Start = Callable[..., Walk]

CONFTEST = "import pytest\n\nx = 1\n"
FLOW = ".github/workflows/ci.yml"
FILES = {"a.py": "x = 1\n", "conftest.py": CONFTEST, FLOW: "on: push\n", "b.txt": "b\n"}


def block(path: str, old: str, new: str) -> str:
    return f"{path}\n```\n<<<<<<< SEARCH\n{old}=======\n{new}>>>>>>> REPLACE\n```\n\n"


BOTH = block("a.py", "x = 1\n", "x = 2\n") + block(FLOW, "on: push\n", "on: [push]\n")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return repository(tmp_path / "project", FILES)


def asks(walk: Walk, name: str) -> None:
    walk.until(lambda: any(f"{name} is protected" in notice for notice in walk.notices()))


def test_a_hunk_in_a_protected_file_is_seen_and_waits_for_its_own_word(
    start: Start, folder: Path
) -> None:
    walk = start(folder, Player("```python\nx = 2\n```\n"))
    document = walk.open("conftest.py")
    select_lines(document, 2, 3)
    walk.ask("two")
    walk.until(lambda: walk.states("conftest.py") == [PENDING])
    [bar] = walk.hunk_bars("conftest.py")
    assert "protected file" in bar.note.text()
    for keep in (lambda: walk.press("Alt+Return"), lambda: walk.click(bar.keep)):
        document.editor.setFocus()
        keep()
        asks(walk, "conftest.py")
        assert "pytest runs it by itself" in walk.notices()[0]
        assert walk.states("conftest.py") == [PENDING]
        assert document.editor.text() == CONFTEST
    walk.click(walk.button(walk.window.notices, "Keep in this file"))
    walk.until(lambda: walk.states("conftest.py") == [KEPT])
    assert document.editor.text() == CONFTEST.replace("1", "2")
    assert walk.disk("conftest.py") == CONFTEST.encode()
    walk.press("Ctrl+Z")
    walk.until(lambda: walk.states("conftest.py") == [PENDING])
    walk.press("Alt+Return")  # the word on this file stands
    walk.until(lambda: walk.states("conftest.py") == [KEPT])


def test_keep_all_keeps_the_others_and_asks_about_each_protected_file(
    start: Start, folder: Path
) -> None:
    walk = start(folder, Player(BOTH))
    walk.open("b.txt")
    walk.ask("both")
    walk.until(lambda: walk.work.review.count.pending == 2)
    walk.window.review.setFocus()
    walk.press("Ctrl+Return")
    asks(walk, FLOW)
    walk.until(lambda: walk.states("a.py") == [KEPT])
    assert walk.states(FLOW) == [PENDING]
    walk.click(walk.button(walk.window.notices, "Keep in this file"))
    walk.until(lambda: walk.states(FLOW) == [KEPT])
    document = walk.open(FLOW)
    assert document.editor.text() == "on: [push]\n"
    walk.press("Ctrl+S")
    asks(walk, FLOW)
    assert walk.disk(FLOW) == b"on: push\n"
    walk.click(walk.button(walk.window.notices, "Save this file"))
    walk.until(lambda: walk.disk(FLOW) == b"on: [push]\n")


def test_a_word_given_after_the_tab_was_closed_opens_the_file_again(
    start: Start, folder: Path
) -> None:
    walk = start(folder, Player(BOTH))
    walk.open("b.txt")
    walk.ask("both")
    walk.until(lambda: walk.work.review.count.pending == 2)
    document = walk.open(FLOW)
    walk.press("Alt+Return")
    asks(walk, FLOW)
    walk.work.documents.close(document)
    assert walk.work.documents.get(FLOW) is None
    walk.click(walk.button(walk.window.notices, "Keep in this file"))
    walk.until(lambda: walk.work.documents.get(FLOW) is not None)
    walk.until(lambda: walk.states(FLOW) == [KEPT])


@pytest.mark.parametrize("path", [".git/hooks/pre-commit", ".galley/policy.toml"])
def test_what_belongs_to_git_or_rules_a_run_is_refused_by_name(
    start: Start, folder: Path, path: str
) -> None:
    reply = f"{path}\n```\n#!/bin/sh\n```\n" + block("a.py", "x = 1\n", "x = 2\n")
    walk = start(folder, Player(reply))
    walk.open("b.txt")
    walk.ask("a hook")
    walk.until(lambda: walk.work.review.count.pending == 1)
    assert path in walk.ask_bar().status()
    assert not (folder / path).exists()
