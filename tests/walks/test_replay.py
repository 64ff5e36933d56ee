"""A run that is over, played again in the window: no model, no network, no byte changed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from pytestqt.qtbot import QtBot

from app.main import arguments
from app.program import Program
from assistant.events import Done
from assistant.tape import outcome_of, read
from tests.walks.harness import (
    LONG_MS,
    PENDING,
    Player,
    Walk,
    fenced,
    places_in,
    repository,
)
from widgets.cards import UserCard
from widgets.diffcard import DiffCard
from widgets.markdownview import MarkdownView
from widgets.replaypage import ReplayPage

Start = Callable[..., Walk]
OLD = "one = 1\ntwo = 2\n"
NEW = "one = 1\ntwo = 22\n"
REPLY = f"Doubled.\n\na.py\n{fenced(NEW)}"


def asked(walk: Walk) -> None:
    walk.open("a.py")
    walk.press("Ctrl+L")
    with walk.bot.waitSignal(walk.work.conversation.ended, timeout=LONG_MS):
        walk.type("double two\n")


def page(walk: Walk) -> ReplayPage:
    walk.until(lambda: isinstance(walk.window.stack.currentWidget(), ReplayPage))
    found = walk.window.stack.currentWidget()
    assert isinstance(found, ReplayPage)
    return found


def everything(folder: Path) -> dict[str, str]:
    """Every file below a folder by its content."""
    return {
        os.path.relpath(path, folder): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_last_answer_is_played_and_nothing_changes(start: Start, tmp_path: Path) -> None:
    player = Player(REPLY)
    walk = start(repository(tmp_path / "project", {"a.py": OLD}), player)
    asked(walk)
    assert walk.states("a.py") == [PENDING]
    before, requests = everything(tmp_path / "project"), len(player.requests)
    runs = everything(tmp_path / "home" / "data")
    walk.press("Ctrl+Alt+P")
    shown = page(walk)
    walk.until(lambda: not shown.playing())
    views = [e.markdown() for e in shown.record.entries() if isinstance(e, MarkdownView)]
    assert views[0].startswith("Doubled.")
    [card] = [e for e in shown.record.entries() if isinstance(e, DiffCard)]
    assert "22" in "".join(row.text for row in card.diff.rows())
    assert len(player.requests) == requests
    assert everything(tmp_path / "project") == before
    logs = {name for name in runs if name.endswith(".jsonl")}
    after = everything(tmp_path / "home" / "data")
    assert {name: after[name] for name in logs} == {name: runs[name] for name in logs}
    assert walk.states("a.py") == [PENDING]
    walk.press("Escape")
    walk.until(lambda: walk.window.stack.currentWidget() is walk.document("a.py").editor)
    assert walk.document("a.py").editor.text() == OLD


def test_an_answer_of_an_earlier_day_is_played_from_its_question(
    start: Start, tmp_path: Path, qtbot: QtBot
) -> None:
    folder = repository(tmp_path / "project", {"a.py": OLD})
    walk = start(folder, Player(REPLY))
    asked(walk)
    walk.press("Ctrl+Alt+L")
    walk.press("Ctrl+Alt+H")
    talks = walk.window.panel.talks
    walk.until(lambda: talks.isVisible() and walk.work.memory.talks is not None)
    transcript = walk.window.panel.transcript
    [talk] = walk.work.project.talking.talks()  # type: ignore[union-attr]
    walk.work.memory.talks.open(talk.id)
    walk.until(lambda: [e for e in transcript.entries() if isinstance(e, UserCard)])
    [card] = [e for e in transcript.entries() if isinstance(e, UserCard)]
    card.menu().actions()[-1].trigger()
    shown = page(walk)
    walk.until(lambda: not shown.playing())
    assert [e for e in shown.record.entries() if isinstance(e, DiffCard)]


def test_a_record_is_played_from_its_file_without_a_project(
    start: Start, tmp_path: Path, qtbot: QtBot
) -> None:
    walk = start(repository(tmp_path / "project", {"a.py": OLD}), Player(REPLY))
    asked(walk)
    project = walk.work.project
    assert project is not None
    [run] = project.journal.runs()
    moments = read(project.journal.run_log(run).read())
    assert outcome_of(moments) == Done()
    log = tmp_path / "run.jsonl"
    log.write_bytes(project.journal.run_log(run).path.read_bytes())
    walk.work.memory.replaying.play_file(log)
    shown = page(walk)
    walk.until(lambda: not shown.playing())
    assert shown.place() == len(moments)


def test_a_file_on_the_command_line_is_played_at_the_start(tmp_path: Path, qtbot: QtBot) -> None:
    log = tmp_path / "run.jsonl"
    log.write_text(
        '{"time":0,"kind":"tape","version":1,"events":'
        '[[0,{"$":"TextDelta","text":"Hello."}],[0.1,{"$":"Done"}]]}\n'
    )
    program = Program(arguments(["--replay", str(log)]), places_in(tmp_path / "home"))
    window = program.window
    try:
        program.show()
        qtbot.waitUntil(lambda: isinstance(window.stack.currentWidget(), ReplayPage))
        shown = window.stack.currentWidget()
        assert isinstance(shown, ReplayPage)
        qtbot.waitUntil(lambda: not shown.playing())
        views = [e.markdown() for e in shown.record.entries() if isinstance(e, MarkdownView)]
        assert views == ["Hello."]
    finally:
        window.close()
        window.deleteLater()
        program.deleteLater()


def test_what_cannot_be_played_is_said(start: Start, tmp_path: Path) -> None:
    walk = start(repository(tmp_path / "project", {"a.py": OLD}), Player(REPLY))
    walk.press("Ctrl+Alt+P")
    walk.until(lambda: "There is no run to play yet" in walk.message())
    other = tmp_path / "other.jsonl"
    other.write_text('{"kind":"tape","version":99,"events":[]}\n')
    walk.work.memory.replaying.play_file(other)
    walk.until(lambda: "version 99" in walk.message())
    other.write_text("no log\n")
    walk.work.memory.replaying.play_file(other)
    walk.until(lambda: "cannot be played" in walk.message())
    other.write_text('{"kind":"request"}\n')
    walk.work.memory.replaying.play_file(other)
    walk.until(lambda: "was not recorded" in walk.message())
