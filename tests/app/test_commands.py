"""Keys and commands: each of the keymap does something, and names that stand twice agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from app.commands import read_keymap
from app.reach import BUILTIN
from assistant.builtin.engine import BuiltinEngine
from assistant.errors import SettingsError
from assistant.settings import load
from tests.walks.harness import Walk, places_in

Start = Callable[..., Walk]


def test_every_command_of_the_keymap_does_something(start: Start) -> None:
    assert start(None).program.commands.unbound() == ()


def test_no_key_stands_for_two_commands_in_the_same_focus() -> None:
    keys = Counter((key, command.when) for command in read_keymap() for key in command.keys)
    assert [key for key, count in keys.items() if count > 1] == []


def test_every_command_has_a_title_of_its_own() -> None:
    titles = Counter(command.title for command in read_keymap())
    assert [title for title, count in titles.items() if count > 1] == []


def test_own_keys_replace_those_that_ship_and_a_wrong_one_is_named() -> None:
    own = {"file.save": "F2, Ctrl+Alt+W"}
    commands = {command.id: command for command in read_keymap(own=own)}
    assert commands["file.save"].keys == ("F2", "Ctrl+Alt+W")
    assert commands["file.close"].keys == ("Ctrl+W",)
    with pytest.raises(SettingsError, match=r"file\.save"):
        read_keymap(own={"file.save": "Ctrl+Nonsense"})


def test_the_built_in_engine_is_called_the_same_everywhere() -> None:
    assert BuiltinEngine.name == BUILTIN


def test_a_changed_setting_is_written_shown_and_read_again(start: Start, tmp_path: Path) -> None:
    walk = start(None)
    walk.program.change(font_size=17.0, theme="day", effort="high")
    assert walk.window.look.theme.name == "day"
    settings, problems = load(places_in(tmp_path / "home").settings)
    assert problems == ()
    assert (settings.font_size, settings.theme, settings.effort) == (17.0, "day", "high")
    walk.run("Next theme")
    assert walk.window.look.theme.name == "contrast"
    assert load(places_in(tmp_path / "home").settings)[0].theme == "contrast"
