"""Unsaved text and pending hunks outlive the program: an orderly quit, and kill -9."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from pytestqt.qtbot import QtBot

from tests.walks.harness import (
    PENDING,
    Player,
    Walk,
    fenced,
    repository,
    select_lines,
    walking,
)

Start = Callable[..., Walk]

LINES = [f"line {number} of the file\n" for number in range(24)]
OLD = "".join(LINES)
NEW = "".join("changed\n" if number in (2, 11, 20) else line for number, line in enumerate(LINES))
NAMES = [f"file{number}.txt" for number in range(5)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return repository(tmp_path / "project", dict.fromkeys(NAMES, OLD))


def dirty(walk: Walk) -> dict[str, str]:
    """Unsaved text in five files, pending hunks in two, one of them with a kept hunk too."""
    for name in NAMES:
        document = walk.open(name)
        document.editor.goto(6)
        walk.type(f"unsaved in {name}\n")
    for name in NAMES[:2]:
        document = walk.open(name)
        select_lines(document, 0, document.editor.surface.lineCount())
        walk.work.model.reply = fenced(  # type: ignore[union-attr]
            NEW.replace("line 6 of", f"unsaved in {name}\nline 6 of"), ""
        )
        walk.ask("make it better")
        assert walk.states(name) == [PENDING] * 3, walk.ask_bar().status()
        walk.press("Escape")
        walk.until(lambda: walk.work.inline.current() is None)
    walk.press("Alt+Return")
    return {name: walk.document(name).editor.text() for name in NAMES}


def all_back(walk: Walk, texts: dict[str, str]) -> None:
    """Every text is there unsaved, every hunk pending, and the disk as it was."""
    walk.until(lambda: len(walk.work.documents.all()) == len(NAMES))
    walk.until(lambda: all(document.modified for document in walk.work.documents.all()))
    assert {d.key: d.editor.text() for d in walk.work.documents.all()} == texts
    assert {name: walk.disk(name).decode() for name in NAMES} == dict.fromkeys(NAMES, OLD)
    assert walk.git("status", "--porcelain") == ""
    assert walk.states(NAMES[0]).count(PENDING) == 3
    assert walk.states(NAMES[1]).count(PENDING) == 2
    assert any("Brought back" in notice for notice in walk.notices())

    document = walk.open(NAMES[0])
    document.editor.goto(0)
    walk.press("Alt+Shift+Return")
    assert document.editor.text() == NEW.replace("line 6 of", "unsaved in file0.txt\nline 6 of")
    document = walk.open(NAMES[1])
    walk.press("Alt+Shift+Return")
    assert document.editor.text() == NEW.replace("line 6 of", "unsaved in file1.txt\nline 6 of")


def test_quitting_asks_nothing_and_everything_is_back_at_the_next_start(
    qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    with walking(qtbot, folder, tmp_path / "home", Player("")) as walk:
        texts = dirty(walk)
    with walking(qtbot, folder, tmp_path / "home", Player("")) as walk:
        all_back(walk, texts)


def test_after_kill_9_everything_is_back_and_no_process_is_left(
    qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    victim = subprocess.Popen(
        [sys.executable, "-m", "tests.walks.victim", str(folder), str(tmp_path / "home")],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert victim.stdout is not None
    try:
        assert victim.stdout.readline() == "journaled\n"
        born = psutil.Process(victim.pid).children(recursive=True)
        texts = dict.fromkeys(NAMES, "")
        for name in NAMES:
            length = int(victim.stdout.readline())
            texts[name] = victim.stdout.read(length)
    finally:
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        victim.stdout.close()
    _gone, alive = psutil.wait_procs(born, timeout=10)
    assert not alive, [process.cmdline() for process in alive]
    assert {name: (folder / name).read_text() for name in NAMES} == dict.fromkeys(NAMES, OLD)
    with walking(qtbot, folder, tmp_path / "home", Player("")) as walk:
        all_back(walk, texts)


def test_hunks_of_one_answer_in_several_files_are_all_back(
    qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    reply = "".join(
        f"{name}\n<<<<<<< SEARCH\nline 5 of the file\n=======\nchanged\n>>>>>>> REPLACE\n\n"
        for name in NAMES[:3]
    )
    with walking(qtbot, folder, tmp_path / "home", Player(reply)) as walk:
        walk.press("Ctrl+L")
        with walk.bot.waitSignal(walk.work.conversation.ended, timeout=15_000):
            walk.type("change line five\n")
        assert walk.work.review.count.words() == "3 of 3 pending, 3 files"
    with walking(qtbot, folder, tmp_path / "home", Player("")) as walk:
        walk.until(lambda: walk.work.review.count.pending == 3)
        assert walk.work.review.count.words() == "3 of 3 pending, 3 files"
    with walking(qtbot, folder, tmp_path / "home", Player("")) as walk:
        walk.until(lambda: walk.work.review.count.pending == 3)
        walk.click(walk.button(walk.window.review, "Reject all"))
        walk.until(lambda: walk.work.review.count.pending == 0)
    with walking(qtbot, folder, tmp_path / "home", Player("")) as walk:
        assert not walk.notices()
        assert walk.work.review.count.pending == 0


def test_saved_text_is_not_brought_back(qtbot: QtBot, folder: Path, tmp_path: Path) -> None:
    with walking(qtbot, folder, tmp_path / "home") as walk:
        document = walk.open(NAMES[0])
        walk.type("mine ")
        walk.save(document)
    with walking(qtbot, folder, tmp_path / "home") as walk:
        assert walk.open(NAMES[0]).editor.text() == "mine " + OLD
        assert not walk.document(NAMES[0]).modified
        assert not walk.notices()
