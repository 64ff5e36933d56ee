"""Files whose text is not copied at each pause: safe all the same, and saved byte for byte."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.document import Document
from tests.walks.harness import Player, Walk, plain, walking
from tests.widgets.editor.test_pieces import counted
from widgets.editor.loading import ABOVE, LARGE

NAME = "big.txt"
LINE = b"a line of a log, gr\xc3\xbcn, \xff and one byte of it is no UTF-8\n"
DATA = LINE * (LARGE // len(LINE) + 1000)
TYPED = b"first " + DATA[: -len(LINE)] + b"last " + LINE


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return plain(tmp_path / "project", {NAME: DATA})


def open_whole(walk: Walk) -> Document:
    document = walk.open(NAME)
    size = (walk.root / NAME).stat().st_size
    walk.until(lambda: document.editor.surface.length() == size)
    return document


def type_twice(walk: Walk, document: Document) -> None:
    """At the start, and in the last line."""
    document.editor.goto(0)
    walk.type("first ")
    document.editor.goto(document.editor.surface.line_count() - 1)
    walk.type("last ")


def journaled(walk: Walk) -> None:
    recovery = walk.work.recovery
    walk.until(lambda: not recovery._timer.isActive() and recovery.lane._run is None)


def back(walk: Walk, text: bytes) -> Document:
    """The unsaved text stands there, and nothing of it was written."""
    walk.until(lambda: walk.work.documents.get(NAME) is not None)
    document = walk.document(NAME)
    walk.until(lambda: not walk.work.documents.awaits_text(document))
    walk.until(lambda: document.modified)
    assert document.editor.surface.data() == text
    return document


def test_typing_and_its_journal_copy_only_what_was_typed(
    qtbot: QtBot, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with walking(qtbot, folder, tmp_path / "home", Player("")) as walk:
        document = open_whole(walk)
        taken = counted(monkeypatch)
        type_twice(walk, document)
        journaled(walk)
        assert max(taken) <= 200_000
        assert document.modified
        (row,) = walk.work.project.journal.buffers()  # type: ignore[union-attr]
        new = [one for one in row.pieces if isinstance(one, bytes)]
        assert new == [b"first ", b"last "]


def test_a_paste_copies_only_itself(
    qtbot: QtBot, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with walking(qtbot, folder, tmp_path / "home", Player("")) as walk:
        document = open_whole(walk)
        walk.program.app.clipboard().setText("pasted\n")
        taken = counted(monkeypatch)
        document.editor.paste()
        journaled(walk)
        assert max(taken) <= 200_000
        assert document.editor.surface.data(0, 7) == b"pasted\n"


def test_after_kill_9_the_text_is_back_and_is_saved_byte_for_byte(
    qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    die(folder, tmp_path / "home")
    assert (folder / NAME).read_bytes() == DATA
    with walking(qtbot, folder, tmp_path / "home", Player("")) as walk:
        document = back(walk, TYPED)
        assert any("Brought back" in notice for notice in walk.notices())
        walk.press("Ctrl+Z")
        assert document.editor.surface.data() == DATA
        walk.press("Ctrl+Shift+Z")
        walk.work.documents.save(document)
        walk.until(lambda: not document.saving and not document.modified)
        assert (folder / NAME).read_bytes() == TYPED
        journaled(walk)
        assert walk.work.project.journal.buffers() == []  # type: ignore[union-attr]


def test_after_kill_9_the_text_is_back_over_a_file_that_another_program_changed(
    qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    die(folder, tmp_path / "home")
    (folder / NAME).write_bytes(LINE + DATA)
    with walking(qtbot, folder, tmp_path / "home", Player("")) as walk:
        back(walk, TYPED)
        assert (folder / NAME).read_bytes() == LINE + DATA


def test_what_is_typed_while_it_is_saved_is_journaled_over_what_was_saved(
    qtbot: QtBot, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with walking(qtbot, folder, tmp_path / "home", Player("")) as walk:
        document = open_whole(walk)
        type_twice(walk, document)
        taken = counted(monkeypatch)
        walk.work.documents.save(document)
        document.editor.surface.replace(0, 0, b"more, ")
        walk.until(lambda: not document.saving)
        assert (folder / NAME).read_bytes() == TYPED
        journaled(walk)
        (row,) = walk.work.project.journal.buffers()  # type: ignore[union-attr]
        assert row.pieces == (b"more, ", (0, len(TYPED)))
        assert max(taken) <= 200_000
    with walking(qtbot, folder, tmp_path / "home", Player("")) as walk:
        back(walk, b"more, " + TYPED)


def test_a_text_that_comes_from_another_thread_waits_for_it_to_be_brought_back(
    qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    """Between the two bounds: journaled whole, and filled in after its tab is there."""
    data = LINE * (LARGE * 4 // 5 // len(LINE))
    assert len(data) > ABOVE
    (folder / NAME).write_bytes(data)
    with walking(qtbot, folder, tmp_path / "home", Player("")) as walk:
        document = open_whole(walk)
        assert document.pieces is None
        document.editor.surface.replace(0, 0, b"first ")
        journaled(walk)
    with walking(qtbot, folder, tmp_path / "home", Player("")) as walk:
        back(walk, b"first " + data)


def die(folder: Path, home: Path) -> None:
    """The program types into the file, journals it and is killed."""
    words = [sys.executable, "-m", "tests.walks.large_victim", str(folder), str(home)]
    victim = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert victim.stdout is not None
    try:
        assert victim.stdout.readline() == "journaled\n"
    finally:
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        victim.stdout.close()
