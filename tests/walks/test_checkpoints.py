"""Checkpoints in the real window: by name, before a run, gone back to after a list, undone."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from assistant.types import Autonomy
from tests.walks.harness import Player, Walk, fenced, plain, select_lines, walking
from tests.walks.test_history import LINES, NEW, OLD, history, mark, worked


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Without git."""
    return plain(tmp_path / "project", {"a.txt": OLD, "b.txt": "b\n", "c.txt": "c\n"})


def pinned(walk: Walk, name: str) -> None:
    """A checkpoint by its key, a name and Enter."""
    page = walk.window.timeline
    walk.press("Ctrl+Alt+N")
    walk.until(page.naming.field.hasFocus)
    walk.type(f"{name}\n")
    walk.until(lambda: page._model.rows and page._model.rows[0].title == name)
    assert not page.naming.isVisible()
    assert page.view.hasFocus()


def titles(walk: Walk) -> list[tuple[str, str]]:
    return [(moment.who, moment.title) for moment in walk.window.timeline._model.rows]


def test_a_named_checkpoint_is_gone_back_to_and_what_is_typed_stays(
    qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    with walking(qtbot, folder, tmp_path / "home", Player("")) as walk:
        pinned(walk, "before it all")
        assert "Checkpoint “before it all” was taken." in walk.message()
        page = walk.window.timeline
        mark(walk, 0)
        assert page.preview._what is not None
        assert page.preview._what.facts.endswith("nothing differs now")

        (folder / "b.txt").write_text("outside\n")
        (folder / "c.txt").unlink()
        (folder / "came.txt").write_text("since\n")
        document = walk.open("a.txt")
        document.editor.goto(20)
        walk.type("saved ")
        walk.save(document)
        document.editor.goto(2)
        walk.type("typed ")
        history(walk)
        row = next(n for n, m in enumerate(page._model.rows) if m.who == "checkpoint")
        mark(walk, row - 1)
        mark(walk, row)
        walk.until(lambda: page.preview._what.facts.endswith("4 files differ now"))  # type: ignore[union-attr]
        page.view.setFocus()
        walk.press("Return")
        walk.until(page.plan.isVisible)
        assert sorted(page.plan.ticked()) == ["a.txt", "b.txt", "c.txt"]
        assert not page.plan.tick("came.txt").isChecked()
        assert "not through Galley" in page.plan.tick("came.txt").accessibleName()
        assert walk.disk("b.txt") == b"outside\n"  # the list comes first
        walk.press("Return")
        walk.until(lambda: titles(walk)[0] == ("restore", "Back to checkpoint: before it all"))
        assert walk.disk("b.txt") == b"b\n"
        assert walk.disk("a.txt").decode() == OLD
        assert walk.disk("c.txt") == b"c\n"
        assert walk.disk("came.txt") == b"since\n"
        walk.until(lambda: document.editor.text() == OLD.replace(LINES[2], f"typed {LINES[2]}"))
        assert document.modified

        assert titles(walk)[1] == ("checkpoint", "Before: Back to checkpoint: before it all")
        mark(walk, 0)
        walk.click(walk.button(page.preview, "Take back only this change"))
        walk.until(page.plan.isVisible)
        walk.press("Return")
        walk.until(lambda: not (folder / "c.txt").exists())  # what goes comes last
        assert walk.disk("b.txt") == b"outside\n"
        assert walk.disk("a.txt").decode() == OLD.replace(LINES[20], f"saved {LINES[20]}")


def test_one_part_of_one_file_is_brought_back_from_a_checkpoint(
    qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    with walking(qtbot, folder, tmp_path / "home", Player("")) as walk:
        pinned(walk, "start")
        (folder / "a.txt").write_text(NEW)
        page = walk.window.timeline
        mark(walk, 0)
        page.view.setCurrentIndex(page._model.index(-1))
        mark(walk, 0)
        walk.until(lambda: page.preview._what and page.preview._what.files)
        walk.click(walk.button(page.preview, "Bring back part 2 of a.txt"))
        walk.until(page.plan.isVisible)
        walk.press("Return")
        walk.until(lambda: walk.disk("a.txt").decode() == NEW.replace("model 15\n", LINES[15]))


def test_a_run_that_works_in_steps_has_one_before_it(
    qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    model = Player("")
    with walking(qtbot, folder, tmp_path / "home", model) as walk:
        document = walk.open("a.txt")
        select_lines(document, 0, 24)
        model.reply = fenced(NEW, "")
        walk.press("Ctrl+L")
        composer = walk.window.panel.composer
        composer.autonomy.choose(Autonomy.AGENT)
        walk.type("number the lines\n")
        history(walk)
        walk.until(lambda: ("checkpoint", "Before: number the lines") in titles(walk))


def test_all_that_a_run_did_is_taken_back_from_its_row(
    qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    with walking(qtbot, folder, tmp_path / "home", Player("")) as walk:
        worked(walk)
        history(walk)
        page = walk.window.timeline
        row = next(n for n, m in enumerate(page._model.rows) if m.who == "model")
        mark(walk, row)
        walk.click(walk.button(page.preview, "Take back all that this run did"))
        walk.until(page.plan.isVisible)
        assert page.plan.ticked() == ["a.txt"]
        walk.press("Return")
        mine = OLD.replace(LINES[9], f"mine {LINES[9]}")
        walk.until(lambda: walk.disk("a.txt").decode() == mine)


def test_a_checkpoint_without_a_name_and_one_that_is_left(
    qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    with walking(qtbot, folder, tmp_path / "home", Player("")) as walk:
        page = walk.window.timeline
        walk.run("Take a checkpoint")
        walk.until(page.naming.field.hasFocus)
        walk.type("no")
        walk.press("Escape")
        assert not page.naming.isVisible()
        walk.click(page._pin)
        assert page.naming.field.text() == ""
        walk.click(page.naming.take)
        walk.until(lambda: titles(walk) == [("checkpoint", "Checkpoint")])
        walk.until(lambda: "of it checkpoints" in page._size.text())
        page.words.setFocus()
        walk.type("checkpoint")
        assert len(page._model.rows) == 1
        menu = page.menu_of(page._model.rows[0])
        assert [a.text() for a in menu.actions()] == ["Restore the code to here"]
        menu.close()
