"""Folders and files as they are named on a command line, and the program without a model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psutil
from pytestqt.qtbot import QtBot

from tests.walks.harness import Walk, places_in, plain, repository, walking

Start = Callable[..., Walk]


def test_no_folder_shows_the_welcome_page_and_keys_do_no_harm(start: Start) -> None:
    walk = start(None)
    assert walk.window.stack.currentWidget() is walk.window.welcome
    walk.press("Ctrl+K", "Ctrl+S", "Alt+Return", "Alt+Shift+Backspace", "Ctrl+W", "Ctrl+Z", "F3")
    walk.press("Ctrl+Shift+Return")
    assert walk.message() == "No hunk is kept that is not committed yet."
    assert walk.window.stack.currentWidget() is walk.window.welcome


def test_a_file_argument_opens_its_folder_and_shows_the_file(start: Start, tmp_path: Path) -> None:
    folder = plain(tmp_path / "project", {"a.txt": "a\n", "b.txt": "b\n"})
    walk = start(folder / "b.txt")
    walk.until(lambda: walk.work.documents.current() is not None)
    assert walk.document("b.txt").editor.text() == "b\n"
    assert walk.work.project is not None
    assert walk.work.project.root == folder


def test_a_folder_that_is_not_there_is_said_and_nothing_is_made(
    start: Start, tmp_path: Path
) -> None:
    walk = start(tmp_path / "nowhere" / "at all")
    assert "nowhere" in walk.message()
    assert walk.work.project is None
    assert walk.window.stack.currentWidget() is walk.window.welcome
    assert not (tmp_path / "nowhere").exists()


def test_an_empty_folder_takes_a_first_file(start: Start, tmp_path: Path) -> None:
    folder = plain(tmp_path / "empty", {})
    walk = start(folder)
    assert walk.work.project is not None
    walk.window.tree.create_requested.emit("", False)
    walk.until(lambda: walk.work.documents.current() is not None)
    document = walk.work.documents.current()
    assert document is not None
    document.editor.setFocus()
    walk.type("first\n")
    walk.save(document)
    assert walk.disk(document.key) == b"first\n"


def test_without_a_model_the_built_in_edits_say_what_they_can_do(
    start: Start, tmp_path: Path
) -> None:
    folder = repository(tmp_path / "project", {"a.py": "x = 1\n"})
    walk = start(folder)
    walk.open("a.py")
    walk.press("Ctrl+A")
    walk.ask("invent a better architecture")
    assert "connect a model" in walk.ask_bar().status()
    assert walk.states("a.py") == []
    assert walk.document("a.py").editor.text() == "x = 1\n"
    assert walk.window.status.text_of("model") == "built-in edits (no model)"


def test_another_folder_replaces_the_first_and_each_keeps_its_unsaved_text(
    start: Start, tmp_path: Path
) -> None:
    one = plain(tmp_path / "one", {"a.txt": "one\n"})
    two = plain(tmp_path / "two", {"a.txt": "two\n"})
    walk = start(one)
    walk.open("a.txt")
    walk.type("unsaved ")
    walk.program.open_folder(str(two))
    walk.until(lambda: walk.work.project is not None and walk.work.project.root == two)
    assert walk.open("a.txt").editor.text() == "two\n"
    walk.program.open_folder(str(one))
    walk.until(lambda: walk.work.project is not None and walk.work.project.root == one)
    walk.until(lambda: walk.work.documents.get("a.txt") is not None)
    walk.until(lambda: walk.document("a.txt").editor.text() == "unsaved one\n")
    assert (one / "a.txt").read_text() == "one\n"


def test_a_second_window_on_the_same_folder_is_told_so_and_only_reads(
    start: Start, qtbot: QtBot, tmp_path: Path
) -> None:
    folder = plain(tmp_path / "project", {"a.txt": "a\n"})
    start(folder)
    with walking(qtbot, folder, tmp_path / "home") as second:
        assert second.work.project is not None
        assert second.work.project.reading
        assert any("already open in another Galley" in notice for notice in second.notices())
        assert second.open("a.txt").editor.surface.readOnly()


def test_quitting_while_the_index_starts_leaves_no_process(qtbot: QtBot, tmp_path: Path) -> None:
    folder = plain(tmp_path / "project", {"a.txt": "a\n"})
    walk = Walk(qtbot, folder, places_in(tmp_path / "home"))
    walk.program.show()
    walk.until(lambda: psutil.Process().children() or walk.program.door.runs() > 3)
    walk.close()
