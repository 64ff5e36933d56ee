"""What the first frame of the window loads, and what comes after it; in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

LATER = (
    "asyncio",
    "git",
    "httpx",
    "keyring",
    "lexilla",
    "numpy",
    "pyside6_scintilla",
    "rapidfuzz",
    "sqlite3",
    "ssl",
    "subprocess",
    "tree_sitter",
    "urllib.request",
    "watchdog",
    "assistant.agent",
    "assistant.builtin",
    "assistant.committing",
    "assistant.context",
    "assistant.errand",
    "assistant.project",
    "assistant.prompts",
    "assistant.provenance",
    "assistant.repo.journal",
    "assistant.repo.store",
    "assistant.rewind",
    "assistant.search",
    "assistant.session",
    "assistant.talking",
    "widgets.editor.codeeditor",
    "widgets.editor.surface",
    "widgets.inlinediff",
    "widgets.markdownview",
    "widgets.mentionpopup",
)
"""Modules, with all below them, that a person does not see in the first frame: 250 ms of loading
when they were loaded before it.
"""
BEGIN = """
import gc, sys
from PySide6.QtCore import QTimer
from app.main import arguments, begin
from app.places import temporary_places
program = begin(arguments(sys.argv[1:]), temporary_places().make())
"""
FIRST_FRAME = (
    BEGIN
    + """
def tell():
    print(*sys.modules, sep="\\n")
    program.app.quit()
program.warming.painted.connect(tell)
program.show()
program.app.exec()
"""
)
UNSEEN = (
    BEGIN
    + """
program.warming.start()
QTimer.singleShot(10_000, program.app, program.app.quit)
program.warming.painted.connect(program.app.quit)
program.app.exec()
print(program.window.isVisible())
program.window.close()
"""
)
WARM = (
    BEGIN
    + """
from app.warming import SOON
before = gc.isenabled()
program.warming.done.connect(program.app.quit)
QTimer.singleShot(20_000, program.app, program.app.quit)
program.run()
print(before, gc.isenabled(), gc.get_freeze_count() > 10_000, {*SOON} <= {*sys.modules})
program.window.close()
"""
)
FILE = (
    BEGIN
    + """
from PySide6.QtCore import QDeadlineTimer, QEventLoop
from PySide6.QtTest import QTest
program.show()
deadline = QDeadlineTimer(20_000)
while not deadline.hasExpired():
    program.app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, deadline)
    document = program.workspace.documents.current()
    if document is not None and document.editor.surface.hasFocus() and document.editor.text():
        break
editor = program.workspace.documents.current().editor
QTest.keyClick(editor.surface, "h")
print(editor.text())
program.window.close()
"""
)

CLOSED = (
    BEGIN
    + """
program.show()
program.app.processEvents()
opened = []
program.workspace.open = opened.append
program.window.close()
program.app.processEvents()
print(opened, program.workspace.project, program.door.runs(), gc.isenabled())
"""
)


def said(code: str, *argv: str) -> list[str]:
    """What a program of its own prints, line by line."""
    done = subprocess.run(
        [sys.executable, "-c", code, *argv], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def loaded() -> list[str]:
    return said(FIRST_FRAME)


@pytest.mark.parametrize("module", LATER)
def test_the_first_frame_stands_without(module: str, loaded: list[str]) -> None:
    assert "app.window" in loaded
    assert [name for name in loaded if name == module or name.startswith(module + ".")] == []


def test_a_folder_of_a_window_that_is_never_painted_is_opened_all_the_same() -> None:
    assert said(UNSEEN) == ["False"]


def test_after_the_first_frame_the_rest_is_loaded_and_garbage_is_collected_again() -> None:
    assert said(WARM) == ["False True True True"]


def test_a_file_named_at_the_start_is_there_with_the_keys_in_it(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("i\n")
    assert said(FILE, str(tmp_path / "a.txt")) == ["hi", ""]


def test_a_window_that_is_closed_at_once_opens_nothing_and_ends_at_once(tmp_path: Path) -> None:
    """The folder was opened while the window waited for its end, and held it for 15 seconds."""
    assert said(CLOSED, str(tmp_path)) == ["[] None 0 True"]
