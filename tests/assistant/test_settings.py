"""Settings: defaults, sentences about wrong values, nothing unknown lost."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.settings import Settings, load, save


def test_a_missing_file_gives_the_defaults(tmp_path: Path) -> None:
    assert load(tmp_path / "none.json") == (Settings(), ())


def test_what_is_saved_is_what_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "settings.json"
    mine = replace(
        Settings(), theme="day", font_size=13.0, recent=("/a", "/b"), roles={"edit": "x"}
    )
    save(path, mine)
    assert load(path) == (mine, ())
    assert [p.name for p in path.parent.iterdir()] == ["settings.json"]


def test_only_what_differs_from_the_defaults_is_written(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    save(path, replace(Settings(), ai=False))
    assert json.loads(path.read_text()) == {"ai": False}


def test_names_of_a_newer_version_survive(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{"hologram": {"depth": 3}, "theme": "night"}')
    settings, problems = load(path)
    save(path, replace(settings, theme="day"))
    assert not problems
    assert json.loads(path.read_text()) == {"hologram": {"depth": 3}, "theme": "day"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"theme": "pink"}', "night"),
        ('{"font_size": "big"}', "number from 6 to 40"),
        ('{"font_size": true}', "number"),
        ('{"ai": 1}', "true or false"),
        ('{"connections": {}}', "a list"),
        ('{"roles": []}', "a table"),
        ('{"theme": 3}', "night"),
        ("[]", "does not hold settings"),
        ("{nonsense", "cannot be read"),
    ],
)
def test_a_wrong_value_gets_a_sentence_and_the_default(
    tmp_path: Path, text: str, words: str
) -> None:
    path = tmp_path / "settings.json"
    path.write_text(text)
    settings, problems = load(path)
    assert settings == Settings()
    [problem] = problems
    assert words in str(problem)
