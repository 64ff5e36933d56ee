"""Words while typing, every use of a word, and the menu of the text: by keys and by mouse."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QMenu

from tests.walks.harness import Walk, repository

Start = Callable[..., Walk]

CLASS = """class Store:
    def load(self):
        return 1


def last():
    pass
"""
STORE = "def load_everything(path):\n    return path\n\n\nclass Store:\n    pass\n"
MAIN = "from store import load_everything\n\nload_everything(1)\n"
NOTES = "reload_everything is no use of load_everything\n"


@pytest.fixture
def walk(start: Start, tmp_path: Path) -> Walk:
    files = {"store.py": STORE, "main.py": MAIN, "notes.txt": NOTES, "new.py": "\n"}
    return start(repository(tmp_path / "project", files))


def test_symbols_of_the_project_and_words_of_other_tabs_complete(walk: Walk) -> None:
    document = walk.open("new.py")
    completion = document.editor.completion

    def known() -> bool:
        """The index may still be made: typed again until it answers."""
        walk.press("Ctrl+A", "Delete")
        walk.type("load_")
        return "load_everything" in completion.choices("load_")

    walk.until(known)
    walk.until(completion.active)
    walk.press("Tab")
    assert document.editor.text() == "load_everything"
    walk.open("notes.txt")
    walk.open("new.py")
    walk.press("Ctrl+A")
    walk.type("relo")
    walk.until(completion.active)
    walk.press("Tab")
    assert document.editor.text() == "reload_everything"


def test_the_setting_switches_it_off_and_ctrl_space_asks_all_the_same(walk: Walk) -> None:
    document = walk.open("main.py")
    walk.program.change(completion=False)
    document.editor.goto(3)
    walk.type("load_e")
    assert not document.editor.completion.active()
    walk.press("Ctrl+Space")
    walk.until(document.editor.completion.active)
    walk.press("Return")
    assert document.editor.text() == MAIN + "load_everything"


def test_every_use_of_a_word_is_listed_and_its_definition_is_marked(walk: Walk) -> None:
    document = walk.open("main.py")
    document.editor.goto(2, 3)
    hits = walk.window.search.list

    def listed() -> bool:
        """Pressed again until the index knows where it is defined."""
        document.editor.setFocus()
        walk.press("Shift+F12")
        walk.bot.waitUntil(lambda: "places" in walk.window.search.said.text(), timeout=10_000)
        return ("store.py", 0) in hits._rows.defined

    walk.until(listed)
    assert walk.window.search.said.text() == "4 places in 3 files."
    rows = [hits._rows.spoken(row) for row in hits._rows.rows]
    assert "line 1, defined here: def load_everything(path):" in rows
    assert walk.focused() is hits
    for _ in range(rows.index("line 1, defined here: def load_everything(path):") + 1):
        walk.press("Down")
    walk.press("Return")
    walk.until(lambda: walk.work.documents.current() is walk.work.documents.get("store.py"))


def test_where_no_word_stands_it_is_said(walk: Walk) -> None:
    walk.open("main.py").editor.goto(1)
    walk.press("Shift+F12")
    walk.until(lambda: walk.message() == "There is no word at the caret.")


def test_the_crumbs_say_in_which_definition_the_caret_is_and_the_palette_lists_them(
    walk: Walk,
) -> None:
    document = walk.open("new.py")
    document.take(CLASS)
    document.editor.goto(2)
    crumbs = walk.window.crumbs

    def shown() -> list[str]:
        return [name for _, name in crumbs._symbols]

    walk.until(lambda: shown() == ["Store", "load"])
    document.editor.goto(5)
    walk.until(lambda: shown() == ["last"])
    walk.press("Ctrl+Alt+O")
    palette = walk.window.palette_box
    walk.until(palette.isVisible)
    titles = [choice.title for choice in palette.choices()]
    assert [title.rpartition(".")[2] for title in titles] == ["Store", "load", "last"]
    walk.type("load")
    walk.press("Return")
    walk.until(lambda: document.editor.caret()[0] == 1)


def test_the_right_button_brings_a_menu_of_what_can_be_done_here(walk: Walk) -> None:
    document = walk.open("main.py")
    surface = document.editor.surface
    document.editor.goto(0)
    spot = surface.positionFromLine(2) + 3
    at = QPoint(surface.pointXFromPosition(spot) + 2, surface.pointYFromPosition(spot) + 4)
    event = QContextMenuEvent(
        QContextMenuEvent.Reason.Mouse, at, surface.viewport().mapToGlobal(at)
    )
    QApplication.sendEvent(surface.viewport(), event)
    menu = next(w for w in QApplication.topLevelWidgets() if isinstance(w, QMenu) and w.isVisible())
    titles = [action.text() for action in menu.actions() if not action.isSeparator()]
    for title in ("Cut", "Copy", "Paste", "Find every use", "Go to the definition"):
        assert title in titles
    assert document.editor.caret()[0] == 2
    menu.close()


def test_cut_and_paste_of_the_menu_are_one_step_each(walk: Walk) -> None:
    document = walk.open("main.py")
    document.editor.goto(0)
    walk.press("Shift+Down")
    walk.run("Cut")
    assert document.editor.text() == MAIN.partition("\n")[2]
    document.editor.setFocus()
    walk.run("Paste")
    assert document.editor.text() == MAIN
    walk.press("Ctrl+Z")
    assert document.editor.text() == MAIN.partition("\n")[2]
