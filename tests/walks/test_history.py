"""The history page in the real window: what is shown, what is taken back, and that back again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.walks.harness import Player, Walk, fenced, plain, select_lines, walking

Start = Callable[..., Walk]
LINES = [f"line {number} of the file\n" for number in range(24)]
OLD = "".join(LINES)
NEW = "".join(f"model {n}\n" if n in (3, 15) else line for n, line in enumerate(LINES))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Without git, so that nothing but the journal can bring anything back."""
    return plain(tmp_path / "project", {"a.txt": OLD, "b.txt": "b\n"})


def history(walk: Walk) -> list[tuple[str, str]]:
    """Opened by its key: who and what, newest first."""
    walk.press("Ctrl+Shift+H")
    page = walk.window.timeline
    walk.until(lambda: page.isVisible() and page._model.rows)
    return [(moment.who, moment.title) for moment in page._model.rows]


def mark(walk: Walk, row: int) -> None:
    page = walk.window.timeline
    page.view.setCurrentIndex(page._model.index(row))
    wanted = page._model.rows[row].id
    walk.until(lambda: page.preview._what is not None and page.preview._what.id == wanted)


def worked(walk: Walk) -> None:
    """A model's two hunks and typing in one save, then typing in another file."""
    document = walk.open("a.txt")
    select_lines(document, 0, 24)
    walk.work.model.reply = fenced(NEW, "")  # type: ignore[union-attr]
    walk.ask("number the lines")
    walk.press("Escape")
    walk.press("Alt+Shift+Return")
    document.editor.goto(9)
    walk.type("mine ")
    walk.save(document)
    other = walk.open("b.txt")
    walk.type("also mine ")
    walk.save(other)


def test_a_part_a_change_and_a_moment_are_restored_and_the_restores_are_undone(
    qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    mine = NEW.replace(LINES[9], f"mine {LINES[9]}")
    with walking(qtbot, folder, tmp_path / "home", Player("")) as walk:
        worked(walk)
        assert history(walk) == [
            ("me", "Edited b.txt"),
            ("me", "Edited a.txt"),
            ("model", "number the lines"),
        ]
        page = walk.window.timeline
        walk.until(lambda: page._model.counts_of(page._model.rows[2]) == (2, 2))
        assert "History uses" in page._size.text()
        mark(walk, 2)
        walk.click(walk.button(page.preview, "Take back part 2 of a.txt"))
        walk.until(page.plan.isVisible)
        assert walk.disk("a.txt").decode() == mine  # the list comes first
        assert walk.focused() is page.plan._yes
        walk.press("Return")
        one_back = mine.replace("model 15\n", LINES[15])
        walk.until(lambda: walk.disk("a.txt").decode() == one_back)
        walk.until(lambda: walk.document("a.txt").editor.text() == one_back)
        walk.until(lambda: page._model.rows[0].who == "restore")

        row = next(n for n, m in enumerate(page._model.rows) if m.who == "model")
        mark(walk, row)
        page.restore_requested.emit(page._model.rows[row].id, "code")
        walk.until(page.plan.isVisible)
        assert sorted(page.plan.ticked()) == ["a.txt", "b.txt"]
        page.plan.tick("b.txt").click()
        walk.click(page.plan._yes)
        walk.until(lambda: walk.disk("a.txt").decode() == NEW)
        assert walk.disk("b.txt") == b"also mine b\n"

        walk.until(lambda: page._model.rows[0].title.startswith("Back to"))
        page.view.setFocus()
        page.view.setCurrentIndex(page._model.index(0))
        QTest.keyClick(page.view, Qt.Key.Key_Delete)
        walk.until(page.plan.isVisible)
        walk.press("Return")
        walk.until(lambda: walk.disk("a.txt").decode() == one_back)
        assert sorted(p.name for p in folder.iterdir()) == ["a.txt", "b.txt"]


def test_the_list_is_filtered_by_who_and_by_file_and_escape_leaves_a_plan(
    qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    with walking(qtbot, folder, tmp_path / "home", Player("")) as walk:
        worked(walk)
        history(walk)
        page = walk.window.timeline
        page.words.setFocus()
        walk.type("b.txt")
        assert [moment.title for moment in page._model.rows] == ["Edited b.txt"]
        page.words.clear()
        walk.open("a.txt")
        walk.click(page._here)
        assert [moment.who for moment in page._model.rows] == ["me", "model"]
        walk.click(page._here)
        page._filter._group.button(1).click()
        assert [moment.who for moment in page._model.rows] == ["model"]
        page.view.setFocus()
        page.view.setCurrentIndex(page._model.index(0))
        QTest.keyClick(page.view, Qt.Key.Key_Delete)
        walk.until(page.plan.isVisible)
        walk.press("Escape")
        assert not page.plan.isVisible()
        assert walk.disk("a.txt").decode() == NEW.replace(LINES[9], f"mine {LINES[9]}")


def test_forgetting_is_asked_first_and_leaves_files_alone(
    qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    with walking(qtbot, folder, tmp_path / "home", Player("")) as walk:
        worked(walk)
        history(walk)
        page, project = walk.window.timeline, walk.work.project
        assert project is not None
        with project.journal.store.transaction() as db:
            db.execute("UPDATE tx SET time=time-40*86400")
            db.execute("UPDATE part SET time=0")
        walk.work.past.use(project)
        walk.work.past.refresh()
        walk.until(lambda: len(page.moments()) == 3)
        walk.click(page._prune)
        walk.until(lambda: any("2 changes are older than 30 days" in n for n in walk.notices()))
        walk.click(walk.button(walk.window.notices, "Forget what is older"))
        walk.until(lambda: not page.moments())
        assert "Forgot 2 changes" in walk.message()
        assert walk.disk("b.txt") == b"also mine b\n"
