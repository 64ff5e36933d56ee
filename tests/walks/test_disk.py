"""Bytes: every kind of file stays as it is outside the hunk; a disk that changes loses nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.torture.outside import VICTIM
from tests.walks.harness import (
    KEPT,
    LONG_MS,
    PENDING,
    Player,
    Walk,
    fenced,
    plain,
    repository,
)

Start = Callable[..., Walk]

LINES = [f"line {number} of the file" for number in range(24)]
NEW = ["changed ü" if number in (2, 20) else line for number, line in enumerate(LINES)]


def text(lines: list[str], eol: str = "\n") -> str:
    return "".join(line + eol for line in lines)


def utf16(value: str) -> bytes:
    return b"\xff\xfe" + value.encode("utf-16-le")


MIXED = [line + ("\r\n" if number % 3 else "\n") for number, line in enumerate(LINES)]
MIXED_NEW = [
    line if number not in (2, 20) else "changed ü" + line[len(LINES[number]) :]
    for number, line in enumerate(MIXED)
]
FILES: dict[str, tuple[bytes, bytes]] = {
    "crlf": (text(LINES, "\r\n").encode(), text(NEW, "\r\n").encode()),
    "cr": (text(LINES, "\r").encode(), text(NEW, "\r").encode()),
    "mixed line ends": ("".join(MIXED).encode(), "".join(MIXED_NEW).encode()),
    "utf-16": (utf16(text(LINES, "\r\n")), utf16(text(NEW, "\r\n"))),
    "bom": (b"\xef\xbb\xbf" + text(LINES).encode(), b"\xef\xbb\xbf" + text(NEW).encode()),
    "no final newline": (text(LINES)[:-1].encode(), text(NEW)[:-1].encode()),
    "not utf-8, so latin": (
        text(LINES).encode().replace(b"line 7", b"l\xe9ne \xff7"),
        text(NEW).encode("latin-1").replace(b"line 7", b"l\xe9ne \xff7"),
    ),
    "form feeds": (
        text(LINES).encode().replace(b"line 7", b"line\x0c\xe2\x80\xa87"),
        text(NEW).encode().replace(b"line 7", b"line\x0c\xe2\x80\xa87"),
    ),
}


@pytest.mark.parametrize("kind", FILES)
def test_bytes_outside_the_hunks_stay_exactly_as_they_were(
    start: Start, tmp_path: Path, kind: str
) -> None:
    before, after = FILES[kind]
    reply = "".join(
        f"a.txt\n<<<<<<< SEARCH\n{LINES[number]}\n=======\nchanged ü\n>>>>>>> REPLACE\n\n"
        for number in (2, 20)
    )
    folder = repository(tmp_path / "project", {"a.txt": before})
    walk = start(folder, Player(reply))
    document = walk.open("a.txt")
    walk.press("Ctrl+A")
    walk.ask("change two lines")
    assert walk.states("a.txt") == [PENDING] * 2, walk.ask_bar().status()
    assert not document.modified
    walk.press("Alt+Return", "Alt+Return")
    assert walk.states("a.txt") == [KEPT] * 2
    walk.press("Escape")
    walk.until(lambda: walk.work.inline.current() is None)
    walk.save(document)
    assert walk.disk("a.txt") == after
    walk.press("Ctrl+Z", "Ctrl+Z")
    walk.save(document)
    assert walk.disk("a.txt") == before
    walk.press("Ctrl+Y", "Ctrl+Y")
    walk.commit()
    blob = walk.git("cat-file", "blob", "HEAD:a.txt")
    assert blob.encode("utf-8", "surrogateescape") == after
    assert walk.git("status", "--porcelain") == ""


@pytest.fixture
def open_walk(start: Start, tmp_path: Path) -> Walk:
    folder = repository(tmp_path / "project", {"a.txt": text(LINES), "b.txt": "b\n"})
    walk = start(folder, Player(fenced(text(NEW), "")))
    walk.open("a.txt")
    return walk


def test_a_clean_file_that_changes_on_disk_is_taken_over(open_walk: Walk) -> None:
    document = open_walk.document("a.txt")
    (open_walk.root / "a.txt").write_text("other\n" + text(LINES))
    open_walk.until(lambda: document.editor.text().startswith("other\n"))
    assert not document.modified
    assert not open_walk.notices()


def test_unsaved_text_and_a_change_elsewhere_on_disk_are_merged(open_walk: Walk) -> None:
    document = open_walk.document("a.txt")
    document.editor.goto(5)
    open_walk.type("typed\n")
    (open_walk.root / "a.txt").write_text(text([*LINES[:15], "from outside", *LINES[15:]]))
    expected = text([*LINES[:5], "typed", *LINES[5:15], "from outside", *LINES[15:]])
    open_walk.until(lambda: document.editor.text() == expected)
    assert document.modified
    open_walk.save(document)
    assert open_walk.disk("a.txt").decode() == expected


def test_pending_hunks_follow_a_change_on_disk(open_walk: Walk) -> None:
    document = open_walk.document("a.txt")
    open_walk.press("Ctrl+A")
    open_walk.ask("make it better")
    assert open_walk.states("a.txt") == [PENDING] * 2
    (open_walk.root / "a.txt").write_text(text([*LINES[:10], "from outside", *LINES[10:]]))
    open_walk.until(lambda: "from outside" in document.editor.text())
    assert open_walk.states("a.txt") == [PENDING] * 2
    open_walk.press("Alt+Shift+Return")
    assert document.editor.text() == text([*NEW[:10], "from outside", *NEW[10:]])


@pytest.mark.parametrize("answer", ["Show both", "Keep mine", "Take the disk's"])
def test_lines_that_both_changed_are_asked_about_and_neither_is_lost(
    open_walk: Walk, answer: str
) -> None:
    document = open_walk.document("a.txt")
    document.editor.goto(5)
    open_walk.type("mine ")
    mine = document.editor.text()
    theirs = text([*LINES[:5], "theirs", *LINES[6:]])
    (open_walk.root / "a.txt").write_text(theirs)
    open_walk.until(lambda: any("changed on disk" in notice for notice in open_walk.notices()))
    assert document.editor.text() == mine
    assert open_walk.disk("a.txt").decode() == theirs
    with open_walk.bot.waitSignal(open_walk.work.documents.failed, timeout=LONG_MS):
        open_walk.press("Ctrl+S")  # never over what somebody else wrote
    assert open_walk.disk("a.txt").decode() == theirs

    open_walk.until(lambda: any("changed on disk" in notice for notice in open_walk.notices()))
    open_walk.click(open_walk.button(open_walk.window.notices, answer))
    if answer == "Show both":
        assert f"mine {LINES[5]}\n" in document.editor.text()
        assert "theirs\n" in document.editor.text()
    else:
        assert document.editor.text() == (mine if answer == "Keep mine" else theirs)
    expected = document.editor.text()
    document.editor.setFocus()
    if document.modified:
        open_walk.save(document)
    assert open_walk.disk("a.txt").decode() == expected
    while document.editor.surface.canUndo() and document.editor.text() != mine:
        open_walk.press("Ctrl+Z")
    assert document.editor.text() == mine


def test_a_file_deleted_on_disk_stays_open_and_can_be_written_again(open_walk: Walk) -> None:
    document = open_walk.document("a.txt")
    document.editor.goto(0)
    (open_walk.root / "a.txt").unlink()
    open_walk.until(lambda: any("deleted" in told for told in open_walk.told))
    assert document.editor.text() == text(LINES)
    open_walk.type("again ")
    open_walk.save(document)
    assert open_walk.disk("a.txt").decode() == "again " + text(LINES)


def test_a_protected_file_is_written_only_after_its_own_confirmation(
    start: Start, tmp_path: Path
) -> None:
    folder = plain(tmp_path / "project", {"conftest.py": "x = 1\n"})
    walk = start(folder)
    document = walk.open("conftest.py")
    walk.type("y = 2\n")
    walk.press("Ctrl+S")
    walk.until(lambda: any("conftest.py is protected" in notice for notice in walk.notices()))
    assert walk.disk("conftest.py") == b"x = 1\n"
    assert document.modified
    with walk.bot.waitSignal(walk.work.documents.saved, timeout=LONG_MS):
        walk.click(walk.button(walk.window.notices, "Save this file"))
    assert walk.disk("conftest.py") == b"y = 2\nx = 1\n"
    assert not walk.notices()


def test_18_the_tree_asks_about_a_protected_name_by_itself(start: Start, tmp_path: Path) -> None:
    folder = plain(tmp_path / "project", {"a.txt": "x\n", "b.txt": "y\n"})
    walk = start(folder)
    tree = walk.window.tree
    tree.rename_requested.emit("a.txt", "conftest.py")
    walk.until(lambda: any("conftest.py is protected" in notice for notice in walk.notices()))
    assert walk.disk("a.txt") == b"x\n"
    walk.click(walk.button(walk.window.notices, "Change this file"))
    walk.until((folder / "conftest.py").exists)
    assert not (folder / "a.txt").exists()
    tree.delete_requested.emit("conftest.py")
    walk.until(lambda: any("conftest.py is protected" in notice for notice in walk.notices()))
    assert walk.disk("conftest.py") == b"x\n"
    tree.rename_requested.emit("b.txt", "deep/er/c.txt")
    walk.until((folder / "deep/er/c.txt").exists)
    tree.rename_requested.emit("deep/er/c.txt", "../../../out.txt")
    walk.until(lambda: "outside the open folder" in walk.message())
    assert not (tmp_path / "out.txt").exists()


def test_12_35_saves_beside_a_careless_program_touch_nothing_outside_and_lose_no_text(
    start: Start, tmp_path: Path
) -> None:
    """Another process appends, replaces, deletes, swaps links for the file and its folder."""
    folder, victim = tmp_path / "project", tmp_path / "victim"
    plain(folder, {"sub/a": "start\n"})
    plain(victim, {"a": VICTIM})
    walk = start(folder)
    document = walk.open("sub/a")
    code = "import sys, pathlib; from tests.torture.outside import disturb;"
    code += "disturb(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), 7)"
    other = subprocess.Popen([sys.executable, "-c", code, str(folder), str(victim)])
    ended: list[object] = []
    for signal in (walk.work.documents.saved, walk.work.documents.failed):
        signal.connect(ended.append)
    try:
        for number in range(40):
            ended.clear()
            document.editor.goto(0)
            walk.type(f"mine {number}\n")
            document.editor.setFocus()
            walk.press("Ctrl+S")
            walk.until(lambda: ended)
    finally:
        other.kill()
        other.wait()
    assert {p.name: p.read_bytes() for p in victim.iterdir()} == {"a": VICTIM}
    assert "mine 39" in document.editor.text()
    assert walk.work.project is not None
    ledger = walk.work.project.journal.ledger
    for entry in ledger.entries(1000):
        for change in entry.changes:
            assert b"nobody may write" not in ledger.content(change.post)


def test_13_a_models_edit_meets_unsaved_text_in_the_buffer_and_never_on_the_disk(
    open_walk: Walk,
) -> None:
    document = open_walk.document("a.txt")
    document.editor.goto(5)
    open_walk.type("typed\n")
    before = open_walk.disk("a.txt")
    assert isinstance(open_walk.work.model, Player)
    open_walk.work.model.reply = fenced(text([*NEW[:5], "typed", *NEW[5:]]), "")
    open_walk.press("Ctrl+A")
    open_walk.ask("make it better")
    assert open_walk.states("a.txt") == [PENDING] * 2
    assert open_walk.disk("a.txt") == before
    open_walk.press("Alt+Shift+Return")
    assert document.editor.text() == text([*NEW[:5], "typed", *NEW[5:]])
    assert open_walk.disk("a.txt") == before
    open_walk.save(document)
    assert open_walk.disk("a.txt").decode() == text([*NEW[:5], "typed", *NEW[5:]])


def test_31_a_line_of_a_million_letters_and_a_million_lines_open_and_save_byte_for_byte(
    start: Start, tmp_path: Path
) -> None:
    files = {"long.txt": b"x" * 1_000_000 + b"\n", "lines.txt": b"line\n" * 1_000_000}
    walk = start(plain(tmp_path / "project", files))
    for name, data in files.items():
        document = walk.open(name)
        walk.until(lambda document=document: not document.editor.surface.readOnly())
        walk.type("a")
        walk.save(document)
        assert walk.disk(name) == b"a" + data


def test_32_thousands_of_files_are_listed_and_found(start: Start, tmp_path: Path) -> None:
    files = {f"d{number % 40}/file{number}.txt": "x\n" for number in range(4000)}
    walk = start(plain(tmp_path / "project", files))
    walk.until(lambda: walk.window.tree._model.rowCount() == 40)
    walk.press("Ctrl+P")
    walk.type("file3999")
    walk.until(
        lambda: "file3999" in str(walk.window.palette_box.view.model().index(0, 0).data() or "")
    )
    walk.press("Return")
    walk.until(lambda: walk.work.documents.get("d39/file3999.txt") is not None)
