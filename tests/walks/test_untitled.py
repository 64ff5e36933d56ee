"""A text without a file: journaled, edited by a model, named in the window, and never lost when its
tab is closed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pytestqt.qtbot import QtBot

from tests.walks.harness import KEPT, PENDING, Player, Walk, fenced, repository, walking

Start = Callable[..., Walk]
CODE = "def area(r):\n    return 3 * r * r\n"


def begin(start: Start, tmp_path: Path, **files: str) -> Walk:
    root = repository(tmp_path / "project", {"a.py": "a = 1\n", "src/b.py": "b = 1\n", **files})
    return start(root, Player(fenced(CODE.replace("3 *", "3.14 *"))))


def new_text(walk: Walk, text: str) -> None:
    walk.press("Ctrl+N")
    walk.until(lambda: walk.work.documents.current() is not None)
    document = walk.work.documents.current()
    assert document is not None
    document.editor.setFocus()
    document.take(text)


def named(walk: Walk, name: str) -> None:
    """Write ``name`` into the box and wait for what it means."""
    box = walk.window.save_box
    walk.until(box.isVisible)
    assert walk.focused() is box.field
    walk.press("Ctrl+A")
    walk.type(name)
    walk.until(lambda: box.words.text() and box._verdict is not None)


def test_nothing_is_on_disk_until_it_has_a_name(start: Start, tmp_path: Path) -> None:
    walk = begin(start, tmp_path)
    new_text(walk, CODE)
    assert walk.work.documents.current().key == "Untitled-1"
    assert walk.work.documents.current().editor.language.name == "python"
    walk.press("Ctrl+S")
    box = walk.window.save_box
    walk.until(box.isVisible)
    assert box.text() == "untitled.py"
    assert box.field.selectedText() == "untitled"
    named(walk, "src/area.py")
    assert not (walk.root / "src/area.py").exists()
    walk.press("Return")
    walk.until(lambda: (walk.root / "src/area.py").exists())
    walk.until(lambda: walk.work.documents.get("src/area.py") is not None)
    assert (walk.root / "src/area.py").read_text() == CODE
    assert [d.key for d in walk.work.documents.all()] == ["src/area.py"]
    assert not walk.document("src/area.py").modified
    assert [tab.key for tab in walk.window.tabs.tabs()] == ["src/area.py"]
    assert not (walk.root / "Untitled-1").exists()
    walk.press("Ctrl+Z")
    assert walk.document("src/area.py").editor.text() == ""
    walk.press("Ctrl+Shift+Z")
    walk.press("Ctrl+S")
    walk.until(lambda: not walk.document("src/area.py").modified)


def test_a_model_edits_it_and_its_hunks_keep_their_place_under_the_name(
    start: Start, tmp_path: Path
) -> None:
    walk = begin(start, tmp_path)
    new_text(walk, CODE)
    walk.press("Ctrl+A")
    walk.ask("a better number")
    walk.until(lambda: walk.states("Untitled-1") == [PENDING])
    walk.press("Escape")
    walk.work.documents.current().editor.setFocus()
    walk.press("Ctrl+S")
    named(walk, "area.py")
    walk.press("Return")
    walk.until(lambda: walk.work.documents.get("area.py") is not None)
    assert (walk.root / "area.py").read_text() == CODE, "a pending hunk never reaches the disk"
    assert walk.states("area.py") == [PENDING]
    walk.document("area.py").editor.setFocus()
    walk.press("Alt+Return")
    walk.until(lambda: walk.states("area.py") == [KEPT])
    assert "3.14" in walk.document("area.py").editor.text()
    assert walk.work.review.count.pending == 0


def test_a_closed_one_comes_back_with_its_text_and_after_a_restart(
    qtbot: QtBot, tmp_path: Path
) -> None:
    root = repository(tmp_path / "project", {"a.py": "a = 1\n"})
    with walking(qtbot, root, tmp_path / "home", Player("")) as walk:
        new_text(walk, CODE)
        walk.press("Ctrl+W")
        walk.until(lambda: not walk.work.documents.all())
        assert not walk.notices()
        walk.press("Ctrl+Shift+T")
        walk.until(lambda: walk.work.documents.get("Untitled-1") is not None)
        assert walk.document("Untitled-1").editor.text() == CODE
        walk.document("Untitled-1").editor.setFocus()
        walk.press("Ctrl+W")
        walk.until(lambda: not walk.work.documents.all())
    with walking(qtbot, root, tmp_path / "home", Player("")) as walk:
        assert not walk.work.documents.all()
        walk.until(lambda: walk.work.memory.untitled._shut)
        walk.press("Ctrl+Shift+T")
        walk.until(lambda: walk.work.documents.get("Untitled-1") is not None)
        assert walk.document("Untitled-1").editor.text() == CODE
        assert walk.document("Untitled-1").modified


def test_an_open_one_comes_back_by_itself(qtbot: QtBot, tmp_path: Path) -> None:
    root = repository(tmp_path / "project", {"a.py": "a = 1\n"})
    with walking(qtbot, root, tmp_path / "home", Player("")) as walk:
        new_text(walk, CODE)
    with walking(qtbot, root, tmp_path / "home", Player("")) as walk:
        walk.until(lambda: walk.work.documents.get("Untitled-1") is not None)
        document = walk.document("Untitled-1")
        walk.until(lambda: document.editor.text() == CODE)
        assert document.untitled
        assert document.modified


def test_a_file_that_is_there_and_a_protected_name_want_a_word(
    start: Start, tmp_path: Path
) -> None:
    walk = begin(start, tmp_path)
    new_text(walk, CODE)
    box = walk.window.save_box
    for name, word in (("a.py", "Replace"), ("conftest.py", "Save all the same")):
        walk.press("Ctrl+Shift+S")
        named(walk, name)
        assert box.save.text() == word
        before = (walk.root / name).read_text() if (walk.root / name).exists() else None
        walk.press("Return")
        assert box.isVisible(), "Enter alone is no word"
        assert walk.focused() is box.save
        now = (walk.root / name).read_text() if (walk.root / name).exists() else None
        assert now == before
        walk.press("Return")
        walk.until(lambda name=name: walk.work.documents.get(name) is not None)
        assert (walk.root / name).read_text() == CODE
    for name in ("../out.py", ".git/hooks/x", "/etc/x", "src"):
        walk.press("Ctrl+Shift+S")
        named(walk, name)
        assert not box.save.isEnabled(), name
        walk.press("Return")
        assert box.isVisible()
        walk.press("Escape")
        assert not box.isVisible()
    assert not (tmp_path / "out.py").exists()


def test_save_as_leaves_the_old_file_as_it_is(start: Start, tmp_path: Path) -> None:
    walk = begin(start, tmp_path)
    document = walk.open("a.py")
    document.take("a = 2\n")
    walk.press("Ctrl+Shift+S")
    named(walk, "c.py")
    walk.press("Return")
    walk.until(lambda: walk.work.documents.get("c.py") is document)
    assert (walk.root / "a.py").read_text() == "a = 1\n"
    assert (walk.root / "c.py").read_text() == "a = 2\n"
    assert walk.work.documents.get("a.py") is None


def test_its_language_can_be_chosen(start: Start, tmp_path: Path) -> None:
    walk = begin(start, tmp_path)
    new_text(walk, "just words\n")
    walk.program.commands.run("file.language")
    palette = walk.window.palette_box
    walk.until(palette.isVisible)
    walk.type("Rust")
    walk.press("Return")
    walk.until(lambda: walk.work.documents.current().editor.language.name == "rust")
    assert walk.window.status.text_of("language") == "Rust"
    walk.press("Ctrl+S")
    walk.until(walk.window.save_box.isVisible)
    assert walk.window.save_box.text() == "untitled.rs"
    walk.press("Escape")


def test_a_name_that_is_taken_is_not_used(start: Start, tmp_path: Path) -> None:
    walk = begin(start, tmp_path, **{"Untitled-1": "a real file\n"})
    new_text(walk, CODE)
    assert walk.work.documents.current().key == "Untitled-2"
    assert not walk.open("Untitled-1").untitled
