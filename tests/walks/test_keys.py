"""Keys that the person chose: they act, and they are what is shown wherever keys are shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QAbstractButton

from app.commands import own_keymap
from assistant.settings import Settings, save
from tests.walks.harness import KEPT, PENDING, Player, Walk, places_in, repository, select_lines

Start = Callable[..., Walk]

OWN = {
    "review.keep": "F6",
    "review.reject": "Shift+F6",
    "review.keep_all": "F7",
    "chat.new": "F8",
    "view.settings": "Ctrl+Alt+9",
    "search.files": "Ctrl+Alt+8",
    "model.choose": "Ctrl+Alt+7",
    "edit.undo": "Ctrl+Alt+6",
}


@pytest.fixture
def walk(start: Start, tmp_path: Path) -> Walk:
    save(places_in(tmp_path / "home").settings, Settings(keys=OWN))
    folder = repository(tmp_path / "project", {"a.py": "x = 1\ny = 1\n"})
    return start(folder, Player("```python\nx = 2\n```\n"))


def tip_of(walk: Walk, name: str) -> str:
    buttons = walk.window.findChildren(QAbstractButton)
    return next(b.toolTip() for b in buttons if b.accessibleName() == name)


def test_the_keys_on_hunks_bars_and_tips_are_the_persons_own(walk: Walk) -> None:
    document = walk.open("a.py")
    select_lines(document, 0, 1)
    walk.ask("two")
    walk.until(lambda: walk.states("a.py") == [PENDING])
    [bar] = walk.hunk_bars("a.py")
    assert bar.keep.text() == "Keep  F6"
    assert bar.reject.text() == "Reject  Shift+F6"
    assert bar.keep.toolTip().endswith("F6")
    assert walk.window.review._keep.toolTip() == "F7"
    tips = {"New conversation": "F8", "Settings": "Ctrl+Alt+9", "Search in all files": "Ctrl+Alt+8"}
    for name, key in tips.items():
        assert tip_of(walk, name).endswith(key), name
    assert "Ctrl+Alt+7" in walk.window.panel.composer.model.toolTip()
    document.editor.setFocus()
    walk.press("F6")
    walk.until(lambda: walk.states("a.py") == [KEPT])
    walk.press("Ctrl+Alt+6")
    walk.until(lambda: walk.states("a.py") == [PENDING])


def test_the_palette_shows_the_persons_own_keys(walk: Walk) -> None:
    palette = walk.window.palette_box
    walk.press("Ctrl+Shift+P")
    walk.until(palette.isVisible)
    walk.type("Keep this hunk")
    rows = [(choice.title, choice.keys) for choice in palette.choices()]
    assert ("Review: Keep this hunk", "F6") in rows


def test_long_names_of_keys_are_signs_everywhere(start: Start, tmp_path: Path) -> None:
    walk = start(repository(tmp_path / "project", {"a.py": "x = 1\n"}))
    assert walk.window.look.keys["review.keep"] == "Alt+⏎"
    assert walk.window.look.keys["review.reject_all"] == "Ctrl+⌫"


def test_keys_that_cannot_be_used_are_told_and_nothing_else_is_lost(
    start: Start, tmp_path: Path
) -> None:
    wrong = {"file.save": "Ctrl+Nonsense", "no.such": "F4", "file.close": "F2", "file.new": "F2"}
    commands, problems = own_keymap(wrong)
    keys = {command.id: command.keys for command in commands}
    assert keys["file.save"] == ("Ctrl+S",)
    said = " ".join(map(str, problems))
    for word in (
        "Ctrl+Nonsense",
        "no.such",
        "F2 stands for “",
        "Close the tab",
        "New untitled text",
    ):
        assert word in said
    save(places_in(tmp_path / "home").settings, Settings(keys=wrong))
    walk = start(None)  # it starts
    assert walk.program.commands.all["file.save"].keys == ("Ctrl+S",)
    walk.until(lambda: "F2 stands for" in walk.message() or "no.such" in walk.message())
