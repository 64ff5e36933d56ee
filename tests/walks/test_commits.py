"""Commits in the window: queued, watched, cancelled, refused, chosen again, undone."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from assistant.events import JobState
from tests.walks.harness import KEPT, LONG_MS, Player, Walk, fenced, git, repository, select_lines
from widgets.commitjobs import CommitRow, JobRow

Start = Callable[..., Walk]
OLD = "".join(f"line {n}\n" for n in range(1, 41))
WAITING, RUNNING, DONE = JobState.WAITING, JobState.RUNNING, JobState.DONE
FAILED, CANCELLED = JobState.FAILED, JobState.CANCELLED


def hook(root: Path, name: str, body: str) -> None:
    path = root / ".git/hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


@pytest.fixture
def walk(start: Start, tmp_path: Path) -> Walk:
    return start(repository(tmp_path / "shop", {"a.py": OLD, "b.py": OLD, "c.py": OLD}))


def keep(walk: Walk, name: str, old: str = "line 7", new: str = "seven") -> None:
    """One hunk of ``name`` asked for and kept."""
    walk.open(name)
    walk.press("Ctrl+A")
    walk.ask(f"replace '{old}' with '{new}'")
    walk.press("Alt+Return", "Escape")
    walk.until(lambda: walk.work.inline.current() is None)
    assert KEPT in walk.states(name)


def page(walk: Walk) -> None:
    walk.press("Ctrl+Shift+Return")
    walk.until(lambda: walk.window.commit_box.wish().chosen)
    walk.until(lambda: walk.window.commit_box.options.ground.known)


def rows(walk: Walk) -> list[CommitRow]:
    """The newest commit first."""
    return [queued.row for queued in walk.work.commits._queued]


def state(walk: Walk, state: JobState, at: int = 0) -> None:
    walk.until(lambda: len(rows(walk)) > at and rows(walk)[at].state is state)


def act(walk: Walk, words: str, at: int = 0) -> None:
    """Press a button of a row."""
    jobs = walk.window.commit_box.jobs
    row = next(r for r in jobs.findChildren(JobRow) if r.row.id == rows(walk)[at].id)
    walk.click(walk.button(row, words))


def trust(walk: Walk) -> None:
    walk.click(walk.button(walk.window.trust, "Trust this folder"))
    walk.until(lambda: walk.work.project is not None and walk.work.project.is_trusted())
    walk.until(lambda: not walk.window.commit_box.options.ground.hooks_off)


def test_commits_queue_behind_a_hook_while_the_person_goes_on(walk: Walk) -> None:
    gate = walk.root / ".git/gate"
    os.mkfifo(gate)
    hook(walk.root, "pre-commit", "echo looking; read word < .git/gate; echo $word")
    trust(walk)
    keep(walk, "a.py")
    page(walk)
    box = walk.window.commit_box
    assert box.options.hooks.text() == "Run hooks: pre-commit"
    assert box.options.hooks.isChecked()
    walk.press("Ctrl+Return")
    state(walk, RUNNING)
    walk.until(lambda: "looking" in rows(walk)[0].output)
    assert rows(walk)[0].words == "running pre-commit"

    keep(walk, "b.py")
    page(walk)
    walk.click(box.options.hooks)
    walk.until(lambda: not walk.work.commits._facts.choices.hooks)
    walk.press("Ctrl+Return")
    state(walk, WAITING)
    keep(walk, "c.py")
    assert [row.state for row in rows(walk)] == [WAITING, RUNNING]
    assert walk.git("log", "--format=%s") == "start\n"

    gate.write_text("fine\n")
    state(walk, DONE, at=1)
    state(walk, DONE, at=0)
    assert "fine" in rows(walk)[1].output
    assert walk.git("show", "HEAD:b.py") == OLD.replace("line 7\n", "seven\n")
    assert walk.git("show", "HEAD~:a.py") == OLD.replace("line 7\n", "seven\n")
    assert walk.git("show", "HEAD:c.py") == OLD
    assert {path for path, _ in box.wish().chosen} == {"c.py"} or walk.commit()


def test_a_hook_that_refuses_is_shown_and_the_commit_done_without_it(walk: Walk) -> None:
    hook(walk.root, "pre-commit", "echo rule 12 says no; exit 1")
    trust(walk)
    keep(walk, "a.py")
    page(walk)
    walk.press("Ctrl+Return")
    state(walk, FAILED)
    assert rows(walk)[0].words.startswith("pre-commit refused the commit: rule 12 says no.")
    assert walk.git("log", "--format=%s") == "start\n"
    assert walk.window.commit_box.wish().chosen
    act(walk, "Commit without hooks")
    state(walk, DONE)
    assert walk.git("log", "-1", "--format=%H")[:7] == rows(walk)[0].words[:7]
    assert not walk.window.commit_box.wish().chosen


def test_a_running_commit_is_cancelled_by_its_button_and_can_be_done_again(walk: Walk) -> None:
    hook(walk.root, "pre-commit", "test -e .git/go || { echo waits; sleep 600; }")
    trust(walk)
    keep(walk, "a.py")
    page(walk)
    walk.press("Ctrl+Return")
    walk.until(lambda: rows(walk) and "waits" in rows(walk)[0].output)
    act(walk, "Cancel")
    state(walk, CANCELLED)
    assert walk.git("log", "--format=%s") == "start\n"
    (walk.root / ".git/go").touch()
    act(walk, "Commit again")
    state(walk, DONE)
    assert walk.git("show", "HEAD:a.py") == OLD.replace("line 7\n", "seven\n")


def test_closing_the_window_with_a_hook_at_work_ends_it_cleanly(walk: Walk) -> None:
    hook(walk.root, "pre-commit", "echo $$ > .git/pid; sleep 600")
    trust(walk)
    keep(walk, "a.py")
    page(walk)
    walk.press("Ctrl+Return")
    walk.until((walk.root / ".git/pid").exists)
    walk.window.close()
    assert not walk.program.door.runs()
    assert walk.git("log", "--format=%s") == "start\n"
    assert not list((walk.root / ".git").glob("*.lock"))


def test_commits_are_undone_one_after_the_other_and_committed_again(walk: Walk) -> None:
    for name in ("a.py", "b.py"):
        keep(walk, name)
        walk.commit()
    walk.run("Undo the last commit")
    walk.until(lambda: rows(walk)[0].state is CANCELLED)
    assert rows(walk)[1].actions == (("undo", "Undo"),)
    walk.press("Ctrl+Shift+Return")
    walk.until(walk.window.commit_box.isVisible)
    act(walk, "Undo", at=1)
    walk.until(lambda: rows(walk)[1].state is CANCELLED)
    assert walk.git("log", "--format=%s") == "start\n"
    assert {path for path, _ in walk.window.commit_box.wish().chosen} == {"a.py", "b.py"}
    walk.commit()
    assert walk.git("diff", "HEAD", "--stat") == ""


def test_a_commit_of_the_last_run_can_be_undone(start: Start, tmp_path: Path) -> None:
    walk = start(repository(tmp_path / "shop", {"a.py": OLD}))
    keep(walk, "a.py")
    walk.commit()
    project, _ = walk.work.project, walk.window
    walk.work.open(walk.root)
    walk.until(lambda: walk.work.project is not None and walk.work.project is not project)
    walk.open("a.py")
    walk.run("Undo the last commit")
    walk.until(lambda: "undone" in walk.message())
    assert walk.git("log", "--format=%s") == "start\n"
    assert walk.disk("a.py").decode() == OLD.replace("line 7\n", "seven\n")


def test_a_pushed_commit_asks_before_it_is_undone(walk: Walk) -> None:
    keep(walk, "a.py")
    walk.commit()
    git(walk.root, "update-ref", "refs/remotes/origin/main", "HEAD")
    walk.run("Undo the last commit")
    walk.until(walk.notices)
    assert "already pushed" in walk.notices()[-1]
    walk.click(walk.button(walk.window.notices, "Do it all the same"))
    walk.until(lambda: "undone" in walk.message())
    assert walk.git("log", "--format=%s") == "start\n"


def test_a_branch_switched_outside_asks_and_one_press_goes_on(walk: Walk) -> None:
    keep(walk, "a.py")
    page(walk)
    walk.until(lambda: walk.work.commits._facts is not None)
    git(walk.root, "checkout", "-q", "-b", "other")
    walk.press("Ctrl+Return")
    state(walk, FAILED)
    assert "prepared on main, and other is checked out now" in rows(walk)[0].words
    act(walk, "Commit on other")
    state(walk, DONE)
    assert walk.git("log", "--format=%s", "main") == "start\n"


def test_a_person_without_a_name_is_asked_in_the_page(walk: Walk) -> None:
    git(walk.root, "config", "--unset", "user.name")
    git(walk.root, "config", "--unset", "user.email")
    config = walk.disk(".git/config")
    keep(walk, "a.py")
    page(walk)
    box = walk.window.commit_box
    bar = box.options.author
    walk.until(bar.isVisible)
    assert not box._commit.isEnabled()
    bar.name.setFocus()
    walk.type("Grace\ngrace@example.invalid\n")
    walk.until(lambda: not bar.isVisible())
    with walk.bot.waitSignal(walk.work.commits.committed, timeout=LONG_MS):
        walk.click(box._commit)
    assert walk.git("log", "-1", "--format=%an <%ae>") == "Grace <grace@example.invalid>\n"
    assert walk.disk(".git/config") == config


def test_authorship_goes_to_notes_on_wish_and_the_wish_is_remembered(walk: Walk) -> None:
    keep(walk, "a.py")
    page(walk)
    notes = walk.window.commit_box.options.notes
    assert not notes.isChecked()
    walk.click(notes)
    walk.until(lambda: walk.work.commits._facts.choices.notes)
    walk.commit()
    assert "refs/notes/galley" in rows(walk)[0].words
    assert '"path":"a.py"' in walk.git("notes", "--ref=galley", "show", "HEAD")
    keep(walk, "b.py")
    page(walk)
    assert notes.isChecked()


def test_notes_about_the_last_commit_are_said_written_and_taken_back(walk: Walk) -> None:
    keep(walk, "a.py")
    walk.commit()
    walk.until(walk.window.commit_box.isVisible)

    def from_history() -> None:
        walk.press("Ctrl+Shift+H")
        walk.click(walk.window.timeline._notes)

    ways: list[Callable[[], None]] = [
        lambda: walk.click(walk.window.commit_box.options.note_last),
        lambda: walk.run("Write who wrote the last commit"),
        from_history,
    ]
    for way in ways:
        way()
        walk.until(lambda: any("goes into the ref refs/notes/galley" in n for n in walk.notices()))
        assert not walk.git("for-each-ref", "refs/notes")
        walk.click(walk.button(walk.window.notices, "Write notes"))
        walk.until(lambda: any("says who wrote 1 file" in notice for notice in walk.notices()))
        assert '"path":"a.py"' in walk.git("notes", "--ref=galley", "show", "HEAD")
        walk.click(walk.button(walk.window.notices, "Take it back"))
        walk.until(lambda: not walk.git("for-each-ref", "refs/notes"))
        walk.until(lambda: "The notes were taken back" in walk.message())


def test_an_amended_commit_keeps_its_message_or_takes_another(walk: Walk) -> None:
    keep(walk, "a.py")
    walk.commit()
    before = walk.git("log", "-1", "--format=%B")
    keep(walk, "b.py")
    page(walk)
    box = walk.window.commit_box
    walk.click(box.options.amend)
    assert box.wish().message == before.strip()
    with walk.bot.waitSignal(walk.work.commits.committed, timeout=LONG_MS):
        walk.click(box._commit)
    assert walk.git("log", "--format=%B").count("start") == 1
    assert walk.git("rev-list", "--count", "HEAD") == "2\n"
    assert walk.git("show", "HEAD:b.py") == OLD.replace("line 7\n", "seven\n")
    assert not box.options.amend.isChecked()
    box._message.setPlainText("only other words")
    walk.click(box.options.amend)
    assert box.wish().message == "only other words"
    box.focus()
    tree = walk.git("rev-parse", "HEAD^{tree}")
    with walk.bot.waitSignal(walk.work.commits.committed, timeout=LONG_MS):
        QTest.keyClick(box._message, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert walk.git("log", "-1", "--format=%s") == "only other words\n"
    assert walk.git("rev-parse", "HEAD^{tree}") == tree


def test_what_the_person_writes_is_not_overwritten_when_a_commit_ends(walk: Walk) -> None:
    hook(walk.root, "pre-commit", "test -e .git/go; exit 1")
    trust(walk)
    keep(walk, "a.py")
    page(walk)
    walk.press("Ctrl+Return")
    keep(walk, "b.py")
    page(walk)
    box = walk.window.commit_box
    box.focus()
    walk.press("Ctrl+A")
    walk.type("mine")
    state(walk, FAILED)
    assert box.wish().message == "mine"
    walk.until(lambda: {path for path, _ in box.wish().chosen} == {"a.py", "b.py"})


def test_a_model_writes_the_message_and_one_undo_brings_ones_own_back(
    start: Start, tmp_path: Path
) -> None:
    model = Player(fenced("seven\n"))
    walk = start(repository(tmp_path / "shop", {"a.py": "one\ntwo\nthree\n"}), model)
    document = walk.open("a.py")
    select_lines(document, 1, 2)
    walk.ask("make it seven")
    walk.press("Alt+Return", "Escape")
    page(walk)
    box = walk.window.commit_box
    box.focus()
    walk.press("Ctrl+A")
    walk.type("my own words")
    model.reply = "```\nSay seven where two stood\n\nBecause it was asked for.\n```"
    walk.click(walk.button(box, "Write message"))
    walk.until(lambda: box._write.text() == "Write message" and "Say" in box.wish().message)
    assert box.wish().message == "Say seven where two stood\n\nBecause it was asked for."
    assert "-two" in model.requests[-1].messages[-1].text
    box.focus()
    walk.press("Ctrl+Z")
    assert box.wish().message == "my own words"
    walk.press("Ctrl+Y")
    walk.press("Ctrl+Return")
    state(walk, DONE)
    assert walk.git("log", "-1", "--format=%s") == "Say seven where two stood\n"


def test_a_message_that_is_being_written_can_be_stopped(start: Start, tmp_path: Path) -> None:
    model = Player(fenced("seven\n"))
    walk = start(repository(tmp_path / "shop", {"a.py": "one\ntwo\nthree\n"}), model)
    select_lines(walk.open("a.py"), 1, 2)
    walk.ask("make it seven")
    walk.press("Alt+Return", "Escape")
    page(walk)
    box = walk.window.commit_box
    model.reply, model.hold = "Half of a message that never ends", 1
    walk.click(walk.button(box, "Write message"))
    walk.until(lambda: box.wish().message.startswith("Half"))
    model.closed.clear()
    walk.click(walk.button(box, "Stop writing"))
    walk.until(model.closed.is_set)
    assert box.wish().message == "Half of a message that n"
    assert box._status.text() == "Stopped. What was written stays."


def test_without_a_model_nobody_offers_to_write(walk: Walk) -> None:
    keep(walk, "a.py")
    page(walk)
    assert not walk.window.commit_box._write.isVisible()
