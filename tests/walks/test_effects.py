"""What a hook did to the files, in the real window: listed, marked, adopted, taken back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from assistant.events import JobState
from assistant.types import By
from tests.walks.harness import Walk, repository
from tests.walks.test_commits import act, hook, keep, page, rows, state, trust
from tests.walks.test_history import history, mark
from tests.walks.test_who import by, card

Start = Callable[..., Walk]
OLD = "".join(f"line {n}\n" for n in range(1, 41))
HOOKED = OLD.replace("line 3\n", "hooked 3\n").replace("line 30\n", "hooked 30\n")
BODY = "sed -i 's/^line 3$/hooked 3/; s/^line 30$/hooked 30/' b.py c.py; chmod 755 c.py"


@pytest.fixture
def walk(start: Start, tmp_path: Path) -> Walk:
    walk = start(repository(tmp_path / "shop", {"a.py": OLD, "b.py": OLD, "c.py": OLD}))
    trust(walk)
    return walk


def begun(walk: Walk, body: str) -> None:
    """A commit of one hunk in a.py begins, with this pre-commit hook."""
    hook(walk.root, "pre-commit", body)
    keep(walk, "a.py")
    page(walk)
    walk.until(lambda: walk.window.commit_box.wish().hooks)
    walk.press("Ctrl+Return")


def committed(walk: Walk, body: str, end: JobState = JobState.DONE) -> None:
    begun(walk, body)
    state(walk, end)


def test_a_hooks_change_is_a_commands_in_the_history_and_taken_back_part_by_part(
    walk: Walk,
) -> None:
    committed(walk, BODY)
    assert history(walk)[0] == ("command", "Changed 2 files")
    page = walk.window.timeline
    assert page._model.rows[0].detail == "pre-commit hook"
    walk.until(lambda: page._model.counts_of(page._model.rows[0]) == (4, 4))
    mark(walk, 0)
    assert page.preview._what is not None
    assert "c.py may be run now" in page.preview._what.facts
    walk.click(walk.button(page.preview, "Take back part 1 of b.py"))
    walk.until(page.plan.isVisible)
    assert walk.disk("b.py").decode() == HOOKED
    walk.press("Return")
    one_back = HOOKED.replace("hooked 3\n", "line 3\n")
    walk.until(lambda: walk.disk("b.py").decode() == one_back)

    row = next(n for n, m in enumerate(page._model.rows) if m.who == "command")
    mark(walk, row)
    walk.click(walk.button(page.preview, "Take back only this change"))
    walk.until(page.plan.isVisible)
    assert sorted(page.plan.ticked()) == ["b.py", "c.py"]
    walk.press("Return")
    walk.until(lambda: walk.disk("b.py") == walk.disk("c.py") == OLD.encode())
    assert not (walk.root / "c.py").stat().st_mode & 0o111

    walk.until(lambda: page._model.rows[0].title == "Take back: pre-commit hook")
    page.view.setFocus()
    page.view.setCurrentIndex(page._model.index(0))
    QTest.keyClick(page.view, Qt.Key.Key_Delete)
    walk.until(page.plan.isVisible)
    walk.press("Return")
    walk.until(lambda: walk.disk("c.py").decode() == HOOKED)
    assert (walk.root / "c.py").stat().st_mode & 0o111


def test_open_files_take_a_hooks_change_over_with_what_was_typed_and_mark_it(walk: Walk) -> None:
    walk.open("c.py")
    document = walk.open("b.py")
    document.editor.goto(14)
    walk.type("typed ")
    committed(walk, f"{BODY}; exit 1", JobState.FAILED)
    assert "It changed b.py, c.py on disk" in rows(walk)[0].words
    walk.until(lambda: "hooked 3\n" in document.editor.text())
    assert document.editor.text() == HOOKED.replace("line 15\n", "typed line 15\n")
    assert document.modified
    assert by(walk, "b.py", 2) == [By.COMMAND]
    assert By.PERSON in by(walk, "b.py", 14)
    walk.until(lambda: walk.document("c.py").editor.text() == HOOKED)
    walk.until(lambda: by(walk, "c.py", 29) == [By.COMMAND])
    document = walk.open("c.py")
    document.editor.goto(29)
    walk.press("Ctrl+Alt+W")
    walk.until(lambda: walk.work.who.card() and card(walk).isVisible())
    words = card(walk).words()
    assert words is not None
    assert words.title == "pre-commit hook wrote this line"
    walk.press("Escape")

    walk.save(walk.open("b.py"))
    assert [who for who, _ in history(walk)][:2] == ["me", "command"]
    assert by(walk, "b.py", 2) == [By.COMMAND]
    assert By.PERSON in by(walk, "b.py", 14)


def test_a_file_that_is_saved_while_a_hook_runs_stays_the_persons(walk: Walk) -> None:
    os.mkfifo(walk.root / ".git/gate")
    document = walk.open("b.py")
    begun(walk, f"{BODY}; echo ready; read word < .git/gate")
    walk.until(lambda: rows(walk) and "ready" in rows(walk)[0].output)
    walk.until(lambda: document.editor.text() == HOOKED)
    walk.open("b.py")
    document.editor.goto(14)
    walk.type("typed ")
    walk.save(document)
    (walk.root / ".git/gate").write_text("go\n")
    state(walk, JobState.DONE)
    mine = HOOKED.replace("line 15\n", "typed line 15\n")
    assert walk.disk("b.py").decode() == mine
    walk.press("Ctrl+Shift+H")
    timeline = walk.window.timeline
    wanted = [("me", "Edited b.py"), ("command", "Changed 2 files")]
    walk.until(lambda: [(m.who, m.title) for m in timeline._model.rows][:2] == wanted)
    mark(walk, 1)
    walk.click(walk.button(timeline.preview, "Take back b.py"))
    walk.until(timeline.plan.isVisible)
    walk.press("Return")
    walk.until(lambda: walk.disk("b.py").decode() == OLD.replace("line 15", "typed line 15"))
    walk.until(lambda: document.editor.text() == OLD.replace("line 15", "typed line 15"))


def test_a_cancelled_hooks_change_is_listed_too(walk: Walk) -> None:
    begun(walk, f"{BODY}; echo waits; sleep 600")
    walk.until(lambda: rows(walk) and "waits" in rows(walk)[0].output)
    act(walk, "Cancel")
    state(walk, JobState.CANCELLED)
    assert history(walk)[0] == ("command", "Changed 2 files")


def test_a_hook_that_kills_the_program_is_told_and_listed_at_the_next_start(
    start: Start, tmp_path: Path
) -> None:
    folder = repository(tmp_path / "shop", {"a.py": OLD, "b.py": OLD, "c.py": OLD})
    hook(folder, "pre-commit", f"{BODY}; kill -9 $PPID; sleep 0.1")
    program = [sys.executable, "-m", "tests.walks.hook_victim", str(folder), str(tmp_path / "home")]
    assert subprocess.run(program, timeout=120).returncode == -signal.SIGKILL
    assert (folder / "b.py").read_text() == HOOKED
    walk = start(folder)
    walk.until(lambda: any("pre-commit hook was at work" in one for one in walk.notices()))
    walk.click(walk.button(walk.window.notices, "Show the history"))
    page = walk.window.timeline
    walk.until(lambda: page._model.rows)
    row = next(n for n, m in enumerate(page._model.rows) if m.who == "command")
    assert page._model.rows[row].title == "Changed 2 files"
    assert page._model.rows[row].detail.startswith("pre-commit hook, cut off when Galley ended")
    mark(walk, row)
    walk.click(walk.button(page.preview, "Take back only this change"))
    walk.until(page.plan.isVisible)
    walk.press("Return")
    walk.until(lambda: walk.disk("b.py").decode() == OLD)
    assert walk.git("log", "--format=%s") == "start\n"
