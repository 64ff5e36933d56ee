"""Kept hunks outlive the program until they are committed; those of an undone commit too."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.document import Document
from tests.walks.harness import (
    KEPT,
    PENDING,
    REJECTED,
    Player,
    Walk,
    fenced,
    repository,
    select_lines,
    walking,
)
from tests.walks.test_verdicts_stay import NEW, OLD, A, B, C, with_lines


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return repository(tmp_path / "project", {"a.txt": OLD, "b.txt": "other\n"})


def asked(walk: Walk) -> Document:
    document = walk.open("a.txt")
    select_lines(document, 0, 24)
    walk.work.model.reply = fenced(NEW, "")  # type: ignore[union-attr]
    walk.ask("make it better")
    assert walk.states("a.txt") == [PENDING] * 3, walk.ask_bar().status()
    walk.press("Escape")
    walk.until(lambda: walk.work.inline.current() is None)
    return document


def chosen(walk: Walk) -> list[str]:
    return [path for path, _ in walk.window.commit_box.wish().chosen]


def page(walk: Walk, count: int) -> None:
    walk.until(lambda: walk.work.review.count.pending >= 0 and walk.work.review.kept())
    walk.press("Ctrl+Shift+Return")
    walk.until(lambda: len(chosen(walk)) == count)


def restarted(walk: Walk) -> None:
    walk.until(lambda: walk.work.project is not None)


@pytest.mark.parametrize("saved", [True, False])
def test_kept_hunks_are_offered_for_a_commit_after_a_restart(
    qtbot: QtBot, folder: Path, tmp_path: Path, saved: bool
) -> None:
    with walking(qtbot, folder, tmp_path / "home", Player("")) as walk:
        document = asked(walk)
        document.editor.goto(0)
        walk.press("Alt+Return")
        document.editor.goto(20)
        walk.press("Alt+Return")
        walk.press("Alt+Backspace")
        assert sorted(walk.states("a.txt")) == [KEPT, KEPT, REJECTED]
        if saved:
            walk.save(document)
    with walking(qtbot, folder, tmp_path / "home", Player("")) as walk:
        page(walk, 2)
        commit = walk.commit()
        wanted = walk.document("a.txt").editor.text()
        assert wanted in (with_lines({**A, **B}), with_lines({**A, **C}))
        assert walk.git("show", f"{commit}:a.txt") == wanted
        walk.until(lambda: walk.disk("a.txt").decode() == wanted)


def test_the_hunks_of_an_undone_commit_are_kept_again_after_a_restart(
    qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    with walking(qtbot, folder, tmp_path / "home", Player("")) as walk:
        document = asked(walk)
        document.editor.goto(0)
        walk.press("Alt+Return")
        walk.press("Alt+Return")
        commit = walk.commit()
        tree = walk.git("rev-parse", f"{commit}^{{tree}}")
    with walking(qtbot, folder, tmp_path / "home", Player("")) as walk:
        restarted(walk)
        walk.run("Undo the last commit")
        walk.until(lambda: walk.git("log", "--format=%s") == "start\n")
        page(walk, 2)
        document = walk.open("a.txt")
        walk.until(lambda: walk.states("a.txt").count(KEPT) >= 2)
        assert document.editor.text() == with_lines({**A, **B})
        assert not document.modified
    with walking(qtbot, folder, tmp_path / "home", Player("")) as walk:
        page(walk, 2)
        again = walk.commit()
        assert walk.git("rev-parse", f"{again}^{{tree}}") == tree
        assert walk.git("log", "--format=%s").split("\n")[1] == "start"
        walk.until(lambda: not walk.work.review.kept())


def test_a_verdict_with_its_reason_reaches_the_next_model_after_a_kill(
    qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    words = ["-m", "tests.walks.verdict_victim", str(folder), str(tmp_path / "home")]
    program = [sys.executable, *words]
    child = subprocess.Popen(program, stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "rejected\n"
        os.kill(child.pid, signal.SIGKILL)
    finally:
        child.kill()
        child.wait()
        child.stdout.close()
    with walking(qtbot, folder, tmp_path / "home", Player("")) as walk:
        walk.until(lambda: walk.work.review.count.pending == 2)
        document = walk.open("b.txt")
        select_lines(document, 0, 1)
        walk.work.model.reply = fenced("another\n", "")  # type: ignore[union-attr]
        walk.ask("another word")
        (request,) = walk.work.model.requests  # type: ignore[union-attr]
        said = request.messages[-1].text
        assert "rejected because: it must stay as it was" in said
        assert "line 2, written anew" in said
