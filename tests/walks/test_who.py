"""Who wrote what, as a person meets it: hover and key, undo of the model's change alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from assistant.repo.ledger import steps_of
from assistant.types import By, LineSpan
from tests.walks.harness import PENDING, Player, Walk, fenced, plain, select_lines, walking
from widgets.writercard import WriterCard

Start = Callable[..., Walk]
P = PurePosixPath
LINES = [f"line {number} of the file\n" for number in range(24)]
OLD = "".join(LINES)


def with_lines(*numbers: int, text: str = OLD, word: str = "by the model") -> str:
    lines = text.splitlines(keepends=True)
    for number in numbers:
        lines[number] = f"{word} {number}\n"
    return "".join(lines)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return plain(tmp_path / "project", {"a.txt": OLD, "b.txt": OLD})


def asked(walk: Walk, name: str, new: str, words: str = "say who wrote it") -> None:
    """Ask about the whole file and get ``new``; the bar is left."""
    document = walk.open(name)
    select_lines(document, 0, document.editor.surface.lineCount())
    walk.work.model.reply = fenced(new, "")  # type: ignore[union-attr]
    walk.ask(words)
    walk.press("Escape")
    walk.until(lambda: walk.work.inline.current() is None)


def by(walk: Walk, name: str, line: int) -> list[By]:
    origins = walk.document(name).editor.authors.origins_of(LineSpan(line, line + 1))
    return [origin.author.by for origin in origins]


def booked(walk: Walk, name: str) -> list[tuple[By, str]]:
    assert walk.work.project is not None
    entries = walk.work.project.journal.ledger.of_path(P(name))
    return [(step.author.by, step.why) for entry in entries for step in steps_of(entry)]


def card(walk: Walk) -> WriterCard:
    found = walk.work.who.card()
    assert found is not None
    return found


def test_a_save_is_booked_by_who_wrote_it_and_it_is_known_after_a_restart(
    qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    model = Player("")
    with walking(qtbot, folder, tmp_path / "home", model) as walk:
        asked(walk, "a.txt", with_lines(4, 20))
        document = walk.document("a.txt")
        walk.press("Alt+Shift+Return")
        document.editor.goto(10)
        walk.type("typed by me ")
        document.editor.goto(4, 3)
        walk.type("edited ")
        assert by(walk, "a.txt", 4) == [By.MODEL, By.PERSON]
        walk.save(document)
        assert booked(walk, "a.txt") == [(By.MODEL, "say who wrote it"), (By.PERSON, "typed")]
        document.editor.goto(15)
        walk.type("never saved ")
        walk.until(lambda: walk.work.project.journal.buffers())  # type: ignore[union-attr]
    with walking(qtbot, folder, tmp_path / "home", Player("")) as walk:
        walk.until(lambda: walk.work.documents.get("a.txt"))
        walk.until(lambda: by(walk, "a.txt", 20) == [By.MODEL])
        assert by(walk, "a.txt", 4) == [By.MODEL, By.PERSON]
        assert By.PERSON in by(walk, "a.txt", 10)
        assert by(walk, "a.txt", 15)[0] is By.DISK and By.PERSON in by(walk, "a.txt", 15)
        (folder / "a.txt").write_text((folder / "a.txt").read_text() + "from outside\n")
        walk.work.documents.look_again()
        walk.until(lambda: "from outside" in walk.document("a.txt").editor.text())
        assert by(walk, "a.txt", 24) == [By.DISK]
        assert by(walk, "a.txt", 20) == [By.MODEL]
        walk.until(lambda: (By.DISK, "changed outside") in booked(walk, "a.txt"))


def test_a_key_tells_who_wrote_the_line_and_its_change_alone_is_undone(
    qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    with walking(qtbot, folder, tmp_path / "home", Player("")) as walk:
        asked(walk, "a.txt", with_lines(4, 20))
        document = walk.document("a.txt")
        walk.press("Alt+Shift+Return")
        document.editor.goto(10)
        walk.type("mine ")
        walk.save(document)
        document.editor.goto(20)
        walk.press("Ctrl+Alt+W")
        walk.until(lambda: walk.work.who.card() and card(walk).isVisible())
        words = card(walk).words()
        assert words is not None
        assert words.title == "a test's own words wrote this line"
        assert words.wish == "“say who wrote it”"
        assert "$0.00 · did not think first" in words.facts
        assert "today" in words.facts
        assert card(walk).accessibleName().startswith("Line 21: a test's own words wrote this line")
        before = document.editor.text()
        assert walk.focused() is walk.button(card(walk), "Undo only this change")
        walk.press("Return")
        walk.until(lambda: document.editor.text() != before)
        mine = LINES[10].replace("line", "mine line")
        expected = with_lines(4).replace(LINES[10], mine)
        assert document.editor.text() == expected
        assert "Ctrl+Z brings it back" in walk.message()
        document.editor.setFocus()
        walk.press("Ctrl+Z")
        assert document.editor.text() == before
        assert by(walk, "a.txt", 20) == [By.MODEL]
        document.editor.goto(10)
        walk.press("Ctrl+Alt+W")
        walk.until(lambda: card(walk).isVisible())
        assert card(walk).words().title == "This line was here before Galley saw the file"  # type: ignore[union-attr]
        assert card(walk).words().others == "Partly by you."  # type: ignore[union-attr]
        walk.press("Escape")
        assert not card(walk).isVisible()
        assert walk.focused() is document.editor.surface


def test_hovering_a_models_line_shows_the_card_and_leaving_hides_it(
    qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    with walking(qtbot, folder, tmp_path / "home", Player("")) as walk:
        asked(walk, "a.txt", with_lines(2))
        walk.press("Alt+Shift+Return")
        editor = walk.document("a.txt").editor
        viewport = editor.surface.viewport()
        place, height = editor.writing.place(7)
        QTest.mouseMove(viewport, place + QPoint(20, height // 2))
        place, height = editor.writing.place(2)
        QTest.mouseMove(viewport, place + QPoint(30, height // 2))
        walk.until(lambda: walk.work.who.card() and card(walk).isVisible())
        assert not card(walk).focusWidget() or not card(walk).focusWidget().hasFocus()
        assert walk.focused() is editor.surface
        QTest.mouseMove(viewport, QPoint(viewport.width() - 30, viewport.height() - 5))
        walk.until(lambda: not card(walk).isVisible())


def test_the_models_last_change_goes_from_several_places_after_it_was_shown(
    qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    with walking(qtbot, folder, tmp_path / "home", Player("")) as walk:
        asked(walk, "a.txt", with_lines(2, 11, 20))
        document = walk.document("a.txt")
        walk.press("Alt+Shift+Return")
        walk.save(document)
        document.editor.goto(6)
        walk.type("mine ")
        typed = document.editor.text()
        walk.run("Undo only the model's last change")
        walk.until(lambda: walk.states("a.txt").count(PENDING) == 3)
        assert document.editor.text() == typed
        assert "“say who wrote it” changed 3 places; the way back is shown." in walk.notices()
        walk.click(walk.button(walk.window.notices, "Undo all 3"))
        expected = OLD.replace(LINES[6], f"mine {LINES[6]}")
        assert document.editor.text() == expected
        document.editor.setFocus()
        walk.press("Ctrl+Z")
        assert document.editor.text() == typed
        walk.click(walk.button(walk.window.review, "Reject all"))
        assert document.editor.text() == typed


def test_lines_that_both_changed_are_not_undone_and_it_is_said(
    qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    with walking(qtbot, folder, tmp_path / "home", Player("")) as walk:
        asked(walk, "a.txt", with_lines(4))
        document = walk.document("a.txt")
        walk.press("Alt+Shift+Return")
        document.editor.goto(4, 2)
        QTest.keyClick(document.editor.surface, Qt.Key.Key_X)
        text = document.editor.text()
        walk.press("Ctrl+Alt+Z")
        walk.until(lambda: "You changed the same lines too (line 5)" in walk.message())
        assert document.editor.text() == text
