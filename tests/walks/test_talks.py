"""Conversations in the real window: kept, opened again after a restart, gone back in."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from assistant.types import Role
from tests.walks.harness import PENDING, Player, Walk, plain, walking

OLD = "".join(f"line {number}\n" for number in range(12))
EDIT = (
    "Here it is.\n\na.txt\n```\n<<<<<<< SEARCH\nline 3\n=======\nchanged 3\n>>>>>>> REPLACE\n```\n"
)
SECRET = "ghp_" + "a1B2c3D4e5F6g7H8i9J0" + "k1L2m3N4o5P6q7R8"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return plain(tmp_path / "project", {"a.txt": OLD})


def say(walk: Walk, words: str, reply: str) -> None:
    """Ask in the panel; comes back when the answer is complete."""
    walk.work.model.reply = reply  # type: ignore[union-attr]
    activate(walk)
    walk.press("Ctrl+L")
    walk.until(lambda: has_keys(walk))
    walk.type(words)
    with walk.bot.waitSignal(walk.work.conversation.ended, timeout=15_000):
        walk.press("Return")


def questions(walk: Walk) -> list[str]:
    return [card.text for card in walk.window.panel.transcript._asked]


def has_keys(walk: Walk) -> bool:
    """The field has the keys; a menu that goes late takes the window's focus along, see below."""
    if not walk.window.isActiveWindow():
        walk.window.activateWindow()
    return walk.focused() is walk.window.panel.composer.edit


def activate(walk: Walk) -> None:
    """Without a window manager nobody gives the focus back when a menu's window goes."""
    walk.window.activateWindow()
    walk.bot.waitActive(walk.window)


def go_back(walk: Walk, index: int, words: str) -> None:
    """The clock beside a question, and a line of its menu."""
    walk.click(walk.window.panel.transcript._asked[index]._back)
    menu = walk.program.app.activePopupWidget()
    assert isinstance(menu, QMenu)
    action = next(action for action in menu.actions() if action.text() == words)
    QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center())
    activate(walk)


def listed(walk: Walk) -> list[tuple[str, str]]:
    walk.press("Ctrl+Alt+H")
    walk.until(walk.window.panel.talks.isVisible)
    walk.until(lambda: walk.window.panel.talks.rows())
    return rows(walk)


def rows(walk: Walk) -> list[tuple[str, str]]:
    return [(row.title, row.detail) for row in walk.window.panel.talks.rows()]


def test_a_conversation_is_listed_after_a_restart_and_goes_on_with_the_model_knowing_it(
    qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    with walking(qtbot, folder, home, Player("")) as walk:
        walk.open("a.txt")
        say(walk, "what is this?", "Twelve lines.")
        say(walk, "change the fourth", EDIT)
        assert walk.states("a.txt") == [PENDING]
        walk.press("Ctrl+Alt+L")
        assert questions(walk) == []
        say(walk, "another matter", "Fine.")
        assert folder.joinpath("a.txt").read_text() == OLD
    model = Player("")
    with walking(qtbot, folder, home, model) as walk:
        walk.until(lambda: walk.work.documents.get("a.txt"))
        assert listed(walk) == [
            ("another matter", "a test's own words · 1 turn · $0.00"),
            ("what is this?", "a test's own words · 2 turns · $0.00"),
        ]
        walk.type("what is")
        walk.press("Down", "Return")
        walk.until(lambda: questions(walk) == ["what is this?", "change the fourth"])
        (card,) = walk.window.panel.transcript.cards()
        assert card.state() == "pending"
        card.keep_requested.emit("a.txt")
        walk.until(lambda: card.state() == "kept")
        assert walk.document("a.txt").editor.text() == OLD.replace("line 3\n", "changed 3\n")
        say(walk, "and now?", "Go on.")
        texts = [(m.role, m.text) for m in model.requests[-1].messages]
        assert (Role.USER, "what is this?") in texts
        assert (Role.ASSISTANT, "Twelve lines.") in texts
        assert any(role is Role.ASSISTANT and "changed 3" in text for role, text in texts)
        assert not any("another matter" in text for _, text in texts)
        row = ("what is this?", "a test's own words · 3 turns · $0.00")
        walk.press("Ctrl+Alt+H")
        walk.until(lambda: row in rows(walk))


def test_going_back_sets_turns_aside_and_touches_no_file_and_is_undone(
    qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    model = Player("")
    with walking(qtbot, folder, tmp_path / "home", model) as walk:
        document = walk.open("a.txt")
        say(walk, "first", "One.")
        say(walk, "change the fourth", EDIT)
        walk.press("Ctrl+1")
        walk.press("Alt+Shift+Return")
        walk.save(document)
        text = document.editor.text()
        say(walk, "third", "Three.")
        panel = walk.window.panel
        go_back(walk, 1, "Restore the conversation to here")
        walk.until(lambda: questions(walk) == ["first"])
        assert panel.composer.edit.toPlainText() == "change the fourth"
        assert document.editor.text() == text
        assert walk.disk("a.txt").decode() == text
        walk.until(lambda: "2 turns set aside. Files are as they were." in walk.notices())
        walk.click(walk.button(walk.window.notices, "Bring back"))
        walk.until(lambda: questions(walk) == ["first", "change the fourth", "third"])

        go_back(walk, 1, "Restore code and conversation to here")
        page = walk.window.timeline
        walk.until(page.plan.isVisible)
        assert page.plan.ticked() == ["a.txt"]
        assert "set aside" in page.plan._talk.text()
        assert questions(walk) == ["first", "change the fourth", "third"]
        walk.press("Return")
        walk.until(lambda: walk.disk("a.txt").decode() == OLD)
        walk.until(lambda: questions(walk) == ["first"])
        walk.until(lambda: document.editor.text() == OLD)
        panel.composer.edit.clear()
        say(walk, "anew", "Yes.")
        texts = [m.text for m in model.requests[-1].messages]
        assert "first" in texts
        assert "third" not in texts


def test_taking_a_conversation_out_of_the_list_changes_no_file_and_no_hunk(
    qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    with walking(qtbot, folder, tmp_path / "home", Player("")) as walk:
        document = walk.open("a.txt")
        say(walk, "change the fourth", EDIT)
        listed(walk)
        talks = walk.window.panel.talks
        talks.view.setFocus()
        QTest.keyClick(talks.view, Qt.Key.Key_Delete)
        walk.until(lambda: not talks.rows())
        assert walk.states("a.txt") == [PENDING]
        assert document.editor.text() == OLD
        walk.click(walk.button(walk.window.notices, "Put it back"))
        walk.until(lambda: [row.title for row in talks.rows()] == ["change the fourth"])
        QTest.keyClick(talks.view, Qt.Key.Key_Return)
        walk.until(lambda: questions(walk) == ["change the fourth"])


def test_what_is_kept_of_a_question_has_placeholders_for_secrets(
    qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    with walking(qtbot, folder, home, Player("")) as walk:
        walk.open("a.txt")
        say(walk, f"is {SECRET} valid?", "No idea.")
        listed(walk)
        assert SECRET not in walk.window.panel.talks.rows()[0].title
    for path in home.rglob("*"):
        if path.is_file():
            assert SECRET.encode() not in path.read_bytes(), path


def test_the_run_of_a_line_is_opened_from_its_card(
    qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    with walking(qtbot, folder, tmp_path / "home", Player("")) as walk:
        document = walk.open("a.txt")
        say(walk, "change the fourth", EDIT)
        walk.press("Ctrl+1", "Alt+Shift+Return", "Ctrl+Alt+L")
        document.editor.setFocus()
        document.editor.goto(3)
        walk.press("Ctrl+Alt+W")
        walk.until(lambda: walk.work.who.card() and walk.work.who.card().isVisible())  # type: ignore[union-attr]
        walk.click(walk.button(walk.work.who.card(), "Open the run"))  # type: ignore[arg-type]
        walk.until(lambda: questions(walk) == ["change the fourth"])
        assert walk.window.panel.transcript.cards()[0].state() == "kept"


def test_a_reason_given_for_a_rejection_is_told_after_a_restart_and_only_once(
    qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    with walking(qtbot, folder, home, Player("")) as walk:
        document = walk.open("a.txt")
        say(walk, "change the fourth", EDIT)
        (hunk,) = document.diff.hunks()
        assert document.diff.reject(hunk.id, reason="too clever")
    model = Player("")
    with walking(qtbot, folder, home, model) as walk:
        walk.until(lambda: walk.work.memory._untold)
        walk.open("a.txt")
        say(walk, "again, please", "Fine.")
        say(walk, "thanks", "Fine.")
        said = [[m.text for m in request.messages] for request in model.requests]
        assert any("rejected because: too clever" in text for text in said[0])
        assert "too clever" not in said[1][-1]
        project = walk.work.project
        assert project is not None
        walk.until(lambda: not project.journal.verdicts())
