"""Two processes on one folder: one owns it, the other may read, and nothing is lost."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from assistant.repo.journal import Journal
from assistant.repo.ledger import By
from tests.walks.harness import LONG_MS, Player, Walk, fenced, repository, walking
from tests.walks.test_recovery import NAMES, OLD, all_back

Start = Callable[..., Walk]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return repository(tmp_path / "project", dict.fromkeys(NAMES, OLD))


@contextmanager
def owner(folder: Path, home: Path) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """Another process with the program, unsaved text in five tabs and hunks that wait."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.walks.victim", str(folder), str(home)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "journaled\n"
        texts = {}
        for name in NAMES:
            texts[name] = process.stdout.read(int(process.stdout.readline()))
        yield process, texts
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()


def test_25_the_second_reads_changes_nothing_and_takes_over_when_the_first_is_killed(
    qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    with owner(folder, home) as (first, texts):
        data = home / "data/projects"
        journal = next(data.glob("*/journal.db"))
        with walking(qtbot, folder, home, Player(fenced("changed\n", ""))) as walk:
            project = walk.work.project
            assert project is not None
            assert str(first.pid) in project.reading
            assert any("Here you can read it" in notice for notice in walk.notices())
            document = walk.open(NAMES[0])
            assert document.editor.text() == OLD  # the other's unsaved text is the other's
            walk.type("lost?")
            assert document.editor.text() == OLD
            assert not document.modified
            walk.begin("make it better")
            walk.settled()
            assert "Nothing is proposed here" in walk.ask_bar().status()
            walk.press("Escape")
            walk.window.tree.delete_requested.emit(NAMES[1])
            walk.until(lambda: "Nothing was changed" in walk.message())
            (folder / NAMES[0]).write_text(OLD + "one more\n")
            walk.until(lambda: document.editor.text() == OLD + "one more\n")
            (folder / NAMES[0]).write_text(OLD)
            walk.until(lambda: document.editor.text() == OLD)

            walk.click(walk.button(walk.window.notices, "Open it here"))
            walk.until(lambda: any("read it" in notice for notice in walk.notices()))
            assert walk.work.project is not None
            assert walk.work.project.reading  # it still runs

            first.send_signal(signal.SIGKILL)
            first.wait()
            walk.click(walk.button(walk.window.notices, "Open it here"))
            walk.until(lambda: walk.work.project and not walk.work.project.reading)
            all_back(walk, texts)
        assert list(data.glob("*/journal.db")) == [journal]
        assert not list((home / "data/readers").iterdir())
    with journal_of(home, folder) as again:
        for entry in again.ledger.entries():
            assert entry.author.by is By.DISK  # what the test itself wrote; nobody else did
            for change in entry.changes:
                assert again.ledger.content(change.pre) != again.ledger.content(change.post)


@contextmanager
def journal_of(home: Path, folder: Path) -> Iterator[Journal]:
    journal = Journal(home / "data", folder)
    try:
        yield journal
    finally:
        journal.close()


def test_25_what_a_killed_reader_left_goes_with_the_next_and_the_owner_saves_meanwhile(
    qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    with walking(qtbot, folder, home, Player("")) as walk:
        document = walk.open(NAMES[0])
        walk.type("mine ")
        with reader(folder, home) as second:
            walk.save(document)
            walk.type("and more ")
            second.send_signal(signal.SIGKILL)
            second.wait()
        assert list((home / "data/readers").iterdir())
        with reader(folder, home) as third:
            assert len(list((home / "data/readers").iterdir())) == 1
            walk.save(document)
            third.stdin.close()  # type: ignore[union-attr]
            assert third.wait(LONG_MS / 1000) == 0
        assert not list((home / "data/readers").iterdir())
        assert walk.disk(NAMES[0]).decode() == "mine and more " + OLD
    with journal_of(home, folder) as journal:
        saved = [e.why for e in journal.ledger.entries() if e.author.by is not By.DISK]
        assert saved == ["save", "save"]


READER = """
import sys
from pathlib import Path
from assistant.project import Project
from assistant.errors import GalleyError
project = Project(Path(sys.argv[1]), Path(sys.argv[2]))
assert project.reading
print(len(project.files()), flush=True)
sys.stdin.read()
project.close()
"""


@contextmanager
def reader(folder: Path, home: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the folder open for reading."""
    process = subprocess.Popen(
        [sys.executable, "-c", READER, str(folder), str(home / "data")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        assert process.stdout.readline() == f"{len(NAMES)}\n"
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        if not process.stdin.closed:
            process.stdin.close()
