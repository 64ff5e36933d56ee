"""Words while typing, every use of a word, and the menu of the text: by keys and by mouse."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.walks.harness import Walk, repository

Start = Callable[..., Walk]

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
