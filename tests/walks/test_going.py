"""Going about: definitions, back and forward, the tabs of last time, the empty page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.walks.harness import Walk, places_in, repository, walking

Start = Callable[..., Walk]

STORE = "import os\n\n\ndef load(path):\n    return path\n\n\nclass Store:\n    pass\n" + "x\n" * 60
MAIN = "from store import load\n\n\nload(1)\nmissing(2)\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return repository(tmp_path / "project", {"store.py": STORE, "main.py": MAIN, "c.txt": "c\n"})


def at(walk: Walk) -> tuple[str, int]:
    document = walk.work.documents.current()
    assert document is not None
    return document.key, document.editor.caret()[0]


def goes_to(walk: Walk, key: str, line: int, *keys: str) -> None:
    """The index may still be made: the keys are pressed until it knows."""

    def there() -> bool:
        if at(walk) != (key, line):
            walk.press(*keys)
        return at(walk) == (key, line)

    walk.until(there)


def test_the_definition_is_gone_to_and_the_way_back(start: Start, folder: Path) -> None:
    walk = start(folder)
    document = walk.open("main.py")
    document.editor.goto(3, 1)
    goes_to(walk, "store.py", 3, "F12")
    walk.press("Alt+Left")
    walk.until(lambda: at(walk) == ("main.py", 3))
    walk.press("Alt+Right")
    walk.until(lambda: at(walk) == ("store.py", 3))
    walk.document("store.py").editor.goto(50)
    walk.press("Alt+Left")
    walk.until(lambda: at(walk) == ("store.py", 3))


def test_ctrl_and_click_goes_there_too_and_what_is_unknown_is_said(
    start: Start, folder: Path
) -> None:
    walk = start(folder)
    document = walk.open("main.py")
    surface = document.editor.surface

    def click(line: int) -> None:
        position = surface.positionFromLine(line) + 2
        point = QPoint(surface.pointXFromPosition(position), surface.pointYFromPosition(position))
        control = Qt.KeyboardModifier.ControlModifier
        QTest.mouseClick(
            surface.viewport(), Qt.MouseButton.LeftButton, control, point + QPoint(1, 5)
        )

    def clicked() -> bool:
        if at(walk)[0] == "main.py":
            click(3)
        return at(walk) == ("store.py", 3)

    walk.until(clicked)
    walk.press("Alt+Left")
    walk.until(lambda: at(walk)[0] == "main.py")
    click(4)
    walk.until(lambda: walk.message() == "missing is not defined in this folder.")
    assert surface.selections() == 1


def test_a_symbol_of_the_palette_is_where_it_stands(start: Start, folder: Path) -> None:
    walk = start(folder)
    walk.open("c.txt")

    def there() -> bool:
        walk.press("Ctrl+Alt+O")
        walk.type("Store")
        palette = walk.window.palette_box
        walk.bot.waitUntil(lambda: palette._model.rowCount() > 0, timeout=5000)
        walk.press("Return")
        walk.bot.waitUntil(lambda: not palette.isVisible(), timeout=5000)
        return True

    walk.until(lambda: walk.work.assistance is not None)
    there()
    walk.until(lambda: at(walk) == ("store.py", 7))


def test_tabs_and_carets_come_back_with_the_folder(
    qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    with walking(qtbot, folder, home) as walk:
        walk.open("store.py").editor.goto(40, 1)
        walk.open("c.txt")
        walk.open("main.py").editor.goto(3, 2)
        walk.open("store.py")
    (folder / "c.txt").unlink()
    with walking(qtbot, folder, home) as walk:
        walk.until(lambda: len(walk.work.documents.all()) == 2)
        walk.until(lambda: walk.work.documents.current() is walk.document("store.py"))
        assert [document.key for document in walk.work.documents.in_order()] == [
            "store.py",
            "main.py",
        ]
        assert walk.document("store.py").editor.caret() == (40, 1)
        assert walk.document("main.py").editor.caret() == (3, 2)


def test_the_tab_in_front_comes_first_and_the_others_to_their_places_even_past_one_that_is_lost(
    qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    names = [f"f{n}.txt" for n in range(8)]
    for name in names:
        (folder / name).write_text(name)
    with walking(qtbot, folder, home) as walk:
        for name in names:
            walk.open(name)
        walk.open("f5.txt")
    outside = tmp_path / "outside.txt"
    outside.write_text("x")
    (folder / "f2.txt").unlink()
    (folder / "f2.txt").symlink_to(outside)  # a file, and none that may be read here
    with walking(qtbot, folder, home) as walk:
        # The order in which they were opened is the order of the documents.
        walk.until(lambda: len(walk.work.documents.all()) == 7)
        assert walk.work.documents.all()[0].key == "f5.txt"
        assert at(walk)[0] == "f5.txt"
        shown = [document.key for document in walk.work.documents.in_order()]
        assert shown == [name for name in names if name != "f2.txt"]


def test_no_page_flashes_by_before_what_a_folder_opens_with(
    qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    with walking(qtbot, folder, home) as walk:
        walk.until(walk.window.welcome.isVisible)
        walk.open("store.py")
    walk = Walk(qtbot, folder, places_in(home))
    try:
        seen: list[QWidget | None] = []
        stack = walk.window.stack
        stack.currentChanged.connect(lambda at: seen.append(stack.widget(at)))
        walk.start()
        walk.until(lambda: walk.work.documents.get("store.py") is not None)
        walk.until(lambda: at(walk)[0] == "store.py")
        assert walk.window.welcome not in seen
        assert stack.currentWidget() is walk.document("store.py").editor
    finally:
        walk.close()


def test_a_named_file_that_cannot_be_read_leaves_the_first_page(
    qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("x")
    (folder / "link.txt").symlink_to(outside)
    with walking(qtbot, folder / "link.txt", tmp_path / "home") as walk:
        walk.until(walk.window.welcome.isVisible)


def test_a_file_that_was_named_is_in_front_of_those_of_last_time(
    qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    with walking(qtbot, folder, home) as walk:
        walk.open("store.py")
    with walking(qtbot, folder / "main.py", home) as walk:
        walk.until(lambda: len(walk.work.documents.all()) == 2)
        assert at(walk)[0] == "main.py"


def test_the_empty_page_leads_on(start: Start, folder: Path) -> None:
    walk = start(folder)
    walk.until(walk.window.welcome.isVisible)
    walk.click(walk.button(walk.window.welcome, "Search in all files"))
    assert walk.focused() is walk.window.search.pattern
    walk.click(walk.button(walk.window.welcome, "Go to a file"))
    walk.until(walk.window.palette_box.isVisible)


def test_recent_folders_stand_on_the_first_page(qtbot: QtBot, folder: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    with walking(qtbot, folder, home):
        pass
    with walking(qtbot, None, home) as walk:
        walk.click(walk.button(walk.window.welcome, "Open " + str(folder)))
        walk.until(lambda: walk.work.project is not None)


def test_after_a_tab_closes_the_one_in_front_is_seen_and_has_the_keys(
    start: Start, folder: Path
) -> None:
    walk = start(folder)
    for name in ("store.py", "main.py", "c.txt"):
        walk.open(name)
    walk.open("main.py")
    walk.press("Ctrl+W")
    walk.until(lambda: walk.work.documents.get("main.py") is None)
    front = walk.work.documents.current()
    assert front is not None
    assert walk.window.stack.currentWidget() is front.editor
    assert walk.focused() is front.editor.surface
    assert walk.window.windowTitle().startswith(front.path.name)
    assert walk.window.status.text_of("language") == front.editor.language.title


def test_a_look_at_a_file_takes_no_tab_of_its_own(start: Start, folder: Path) -> None:
    walk = start(folder)
    tree = walk.window.tree
    walk.open("c.txt")
    tree.previewed.emit("store.py")
    walk.until(lambda: walk.work.documents.get("store.py") is not None)
    tree.previewed.emit("main.py")
    walk.until(lambda: walk.work.documents.get("store.py") is None)
    assert [d.key for d in walk.work.documents.in_order()] == ["c.txt", "main.py"]
    walk.document("main.py").editor.setFocus()
    walk.type("x")
    tree.previewed.emit("store.py")
    walk.until(lambda: walk.work.documents.get("store.py") is not None)
    tree.opened.emit("store.py")
    tree.previewed.emit("c.txt")
    walk.until(lambda: walk.work.documents.current() is walk.document("c.txt"))
    keys = {d.key for d in walk.work.documents.all()}
    assert keys == {"c.txt", "main.py", "store.py"}  # changed, or asked for: they stay


def test_what_the_index_leaves_out_is_listed_with_its_reason_and_opened(
    start: Start, folder: Path
) -> None:
    (folder / "table.txt").write_bytes(b"\0" * 100)
    (folder / "made.min.js").write_text("let a=1;" * 20_000)
    walk = start(folder)
    palette = walk.window.palette_box

    def listed() -> bool:
        """The index may still be made: it is asked again until it knows."""
        walk.press("Escape", "Ctrl+Shift+P")
        walk.until(palette.isVisible)
        walk.type("What the index knows")
        walk.press("Return")
        walk.until(lambda: palette.isVisible() and palette.field.text() == "!")
        return any(choice.title == "is binary" for choice in palette.choices())

    walk.until(listed)
    heads = [choice.title for choice in palette.choices()]
    assert heads[0].endswith("symbols") and "files are known" in heads[0]
    walk.type("table")
    assert [(c.title, c.detail) for c in palette.choices()] == [("table.txt", "is binary")]
    for _ in range(5):
        walk.press("Backspace")
    walk.type("made.min")
    walk.press("Return")
    walk.until(lambda: walk.work.documents.current() is walk.document("made.min.js"))
