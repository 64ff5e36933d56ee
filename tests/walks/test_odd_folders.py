"""Folders that are not as one expects: a name that is no UTF-8, gone since, empty, without git."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from assistant.settings import load
from tests.walks.harness import places_in, plain, walking


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/odd\xff\xfename"))
    return plain(folder, {"ok.py": "z = 1\n", os.fsdecode(b"f\xe9.py"): "z = 2\n"})


def test_a_folder_whose_name_is_no_utf8_opens_edits_saves_and_is_remembered(
    qtbot: QtBot, odd: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    with walking(qtbot, odd, home) as walk:
        assert "built-in" in walk.window.status.text_of("model")
        for name in ("ok.py", os.fsdecode(b"f\xe9.py")):
            document = walk.open(name)
            walk.type("# ")
            walk.save(document)
            assert (odd / name).read_bytes().startswith(b"# z = ")
    settings, problems = load(places_in(home).settings)
    assert problems == ()
    assert settings.recent == (str(odd),)
    with walking(qtbot, None, home) as walk:
        walk.click(walk.button(walk.window.welcome, "Open /"))
        walk.until(lambda: walk.work.project is not None)
        assert walk.work.project is not None
        assert walk.work.project.root == odd


def test_a_row_whose_name_is_no_utf8_is_never_taken_for_another_file(
    qtbot: QtBot, odd: Path, tmp_path: Path
) -> None:
    (odd / "f.py").write_text("not this one\n")
    with walking(qtbot, odd, tmp_path / "home") as walk:
        tree = walk.window.tree
        model = tree._model
        walk.until(lambda: model.rowCount() == 3)
        rows = [model.index(row, 0) for row in range(3)]
        [index] = [row for row in rows if model.entry(row).name == os.fsdecode(b"f\xe9.py")]
        tree.view.setCurrentIndex(index)
        tree.view.setFocus()
        walk.press("Return")
        walk.until(lambda: "has a name that is no UTF-8" in walk.message())
        assert walk.work.documents.all() == ()


def test_a_folder_that_is_gone_is_said_and_not_offered_again(qtbot: QtBot, tmp_path: Path) -> None:
    home, folder = tmp_path / "home", plain(tmp_path / "gone", {"a.py": "x = 1\n"})
    with walking(qtbot, folder, home) as walk:
        walk.open("a.py")
    (folder / "a.py").unlink()
    folder.rmdir()
    with walking(qtbot, None, home) as walk:
        assert not walk.window.welcome._recent
    with walking(qtbot, folder, home) as walk:
        assert str(folder) in walk.message()
        assert walk.work.project is None
        assert walk.window.welcome.isVisible()


def test_an_empty_folder_says_so_and_offers_a_first_file(qtbot: QtBot, tmp_path: Path) -> None:
    folder = plain(tmp_path / "empty", {})
    with walking(qtbot, folder, tmp_path / "home") as walk:
        tree = walk.window.tree
        walk.until(lambda: "Nothing is in this folder yet." in tree.said())
        walk.click(walk.button(tree, "Make the first file"))
        walk.until((folder / "untitled.txt").exists)
        walk.until(lambda: not tree.said())
