"""What the journal keeps, across crashes, versions, damage and two instances."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.errors import DiskFailed, RepoError
from assistant.repo.journal import Journal
from assistant.repo.lock import ProjectBusy
from assistant.repo.prune import prune
from assistant.repo.serial import changes_from_json, changes_to_json
from assistant.repo.trust import TrustStore
from assistant.types import ChangeSet, FileAction, FileChange, HunkState, Refusal, Snapshot
from tests.assistant.repo.conftest import Room, change, changes, created
from tests.torture.faults import in_child

P = PurePosixPath


@pytest.fixture
def journal(tmp_path: Path):
    (tmp_path / "p").mkdir()
    journal = Journal(tmp_path / "data", tmp_path / "p")
    yield journal
    journal.close()


def reopened(journal: Journal) -> Journal:
    journal.close()
    return Journal(journal.store.folder.parent.parent, journal.root)


def test_03_unsaved_texts_come_back_after_kill_9(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    texts = {P(f"f{n}.py"): f"tab {n} \udcff ☃\r\n" * 500 for n in range(4)} | {
        P("untitled:1"): "new\n"
    }

    def type_and_die() -> None:
        journal = Journal(tmp_path / "data", tmp_path / "p")
        for path, text in texts.items():
            journal.save_buffer(path, text[:100], "hash")
            journal.save_buffer(path, text, "hash")
        journal.save_proposal(
            changes(change("a.py", "1\n2\n", "1\nzwei\n", keep=lambda _: False)), "r1"
        )
        journal.decide("c1", P("a.py"), 0, HunkState.KEPT)
        os.kill(os.getpid(), signal.SIGKILL)

    assert in_child(type_and_die) == -signal.SIGKILL
    journal = Journal(tmp_path / "data", tmp_path / "p")
    try:
        assert any("ended without closing" in note for note in journal.notes)
        assert {b.path: b.text for b in journal.buffers()} == texts
        (saved,) = journal.proposals()
        assert saved.run == "r1"
        assert saved.changes.files[0].applied() == "1\nzwei\n"
    finally:
        journal.close()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=6))
def test_any_typing_comes_back(tmp_path_factory, texts: list[str]) -> None:
    base = tmp_path_factory.mktemp("j")
    journal = Journal(base / "data", base)
    try:
        for text in texts:
            journal.save_buffer(P("a"), text)
            assert [b.text for b in journal.buffers()] == [text]
    finally:
        journal.close()


def test_a_saved_buffer_is_dropped(journal: Journal) -> None:
    journal.save_buffer(P("a"), "x")
    journal.drop_buffer(P("a"))
    journal = reopened(journal)
    assert journal.buffers() == []
    journal.close()


def test_a_large_paste_is_kept_whole(journal: Journal) -> None:
    journal.save_buffer(P("a"), "start\n")
    big = "".join(f"{n}\n" for n in range(300_000))
    journal.save_buffer(P("a"), big)
    journal.save_buffer(P("a"), big[:1000] + "typed" + big[1000:])
    journal = reopened(journal)
    assert journal.buffers()[0].text == big[:1000] + "typed" + big[1000:]
    journal.close()


def test_proposals_travel_as_json_without_loss() -> None:
    moved = FileChange(Snapshot(P("a"), "x\udcffy\u2028\n", 3), (), FileAction.MOVE, P("b"))
    whole = ChangeSet("i", "title ☃", (created("n", "a\r\nb"), moved), (Refusal("p", "why", 3),))
    assert changes_from_json(changes_to_json(whole)) == whole


def test_25_a_second_instance_is_told_and_the_first_keeps_the_journal(journal: Journal) -> None:
    code = (
        "import sys\nfrom assistant.repo.journal import Journal\n"
        "from assistant.repo.lock import ProjectBusy\n"
        "try: Journal(__import__('pathlib').Path(sys.argv[1]), sys.argv[2])\n"
        "except ProjectBusy as error: print(error.cause)"
    )
    data = journal.store.folder.parent.parent
    out = subprocess.run(
        [sys.executable, "-c", code, data, journal.root], capture_output=True, check=True
    )
    assert f"(process {os.getpid()})" in out.stdout.decode()
    with pytest.raises(ProjectBusy):
        Journal(data, journal.root)
    journal.save_buffer(P("a"), "still mine")
    assert journal.buffers()[0].text == "still mine"


def test_beside_a_newer_format_goes_a_journal_of_its_own_and_the_newer_is_left_alone(
    journal: Journal,
) -> None:
    journal.save_buffer(P("a"), "x" * 2_000_000)
    journal.store.db.execute("PRAGMA user_version=99")
    journal.close()
    folder = journal.store.folder
    kept = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for _ in range(2):
        beside = Journal(folder.parent.parent, journal.root)
        assert any("newer Galley" in note for note in beside.notes)
        beside.save_buffer(P("b"), "y" * 2_000_000)
        prune(beside, limit=0, keep_seconds=0)
        assert [buffer.path for buffer in beside.buffers()] == [P("b")]
        beside.close()
    lock = folder / "lock"
    assert {p: p.read_bytes() for p in kept if p != lock} == {
        p: data for p, data in kept.items() if p != lock
    }


@pytest.mark.parametrize("where", ["all of it", "inside"])
def test_a_damaged_journal_is_kept_aside_and_said(journal: Journal, where: str) -> None:
    journal.save_buffer(P("a"), "x" * 100)
    journal.close()
    path = journal.store.folder / "journal.db"
    data = path.read_bytes()
    garbage = b"garbage" * 1000
    path.write_bytes(
        garbage if where == "all of it" else data[:4096] + b"\xff" * (len(data) - 4096)
    )
    garbage = path.read_bytes()
    again = Journal(journal.store.folder.parent.parent, journal.root)
    assert any("damaged" in note for note in again.notes)
    assert any(p.read_bytes() == garbage for p in path.parent.glob("*.damaged-*.db"))
    again.close()


def test_a_damaged_content_is_an_error_not_other_bytes(journal: Journal) -> None:
    with journal.store.transaction():
        key = journal.store.blobs.put(b"x" * 5000)
    with journal.store.transaction() as db:
        db.execute("UPDATE blob SET data=?, kind=0 WHERE hash=?", (b"y" * 5000, key))
    with pytest.raises(RepoError, match="damaged"):
        journal.ledger.content(key)


def test_14_files_of_the_journal_are_private(journal: Journal) -> None:
    journal.save_buffer(P("a"), "secret")
    journal.run_log("r").append("start", {})
    assert journal.store.folder.stat().st_mode & 0o077 == 0
    for path in journal.store.folder.rglob("*"):
        if path.is_dir():
            assert path.stat().st_mode & 0o077 == 0, path


def test_a_run_log_is_appended_and_survives_a_torn_line(journal: Journal) -> None:
    log = journal.run_log("run-1")
    log.append("request", {"body": "é\udcff"})
    with log.path.open("ab") as file:
        file.write(b'{"kind":"torn')
    log.append("end", {"n": 1})
    assert [(line["kind"], line.get("body")) for line in log.read()] == [
        ("request", "é\udcff"),
        ("end", None),
    ]
    assert journal.runs() == ["run-1"]
    for name in ("", "../x", "a/b", "a.b"):
        with pytest.raises(ValueError, match="name"):
            journal.run_log(name)


def test_38_pruning_drops_the_oldest_and_keeps_what_is_referenced(room: Room) -> None:
    state = room.door.read("b.py")
    for number in range(20):
        data = os.urandom(50_000) + b"%d" % number
        state = room.door.write("b.py", data, expect=state.hash, why=f"{number}")
    room.journal.save_buffer(P("u"), "unsaved text", "")
    before = room.journal.store.blobs.size()
    report = prune(room.journal, limit=300_000, keep_seconds=0)
    assert report.bytes_before == before
    assert report.bytes_after <= 300_000
    entries = room.journal.ledger.entries()
    assert 0 < len(entries) < 20
    for entry in entries:
        for one in entry.changes:
            room.journal.ledger.content(one.pre), room.journal.ledger.content(one.post)
    assert room.journal.buffers()[0].text == "unsaved text"
    assert prune(room.journal, limit=0, keep_seconds=3600).dropped == 0


def test_02_a_full_disk_under_the_journal_is_said_and_harms_nothing(journal: Journal) -> None:
    journal.save_buffer(P("a"), "before")
    pages = journal.store.db.execute("PRAGMA page_count").fetchone()[0]
    journal.store.db.execute(f"PRAGMA max_page_count={pages + 2}")
    with pytest.raises(DiskFailed, match="journal"):
        journal.save_buffer(P("b"), os.urandom(200_000).hex())
    assert [b.text for b in journal.buffers()] == ["before"]


def test_trust_is_bound_to_place_device_and_owner(tmp_path: Path) -> None:
    store = TrustStore(tmp_path / "data")
    one = tmp_path / "one"
    one.mkdir()
    assert not store.is_trusted(one)
    store.grant(one)
    assert TrustStore(tmp_path / "data").is_trusted(one)
    (tmp_path / "link").symlink_to(one)
    assert store.is_trusted(tmp_path / "link")
    (one / "sub").mkdir()
    assert not store.is_trusted(one / "sub")
    one.rename(tmp_path / "moved")
    one.mkdir()
    assert not store.is_trusted(one)
    assert not store.is_trusted(tmp_path / "moved")
    store.revoke(one)
    store.grant(one)
    store.revoke(one)
    assert not store.is_trusted(one)
    assert not store.is_trusted(tmp_path / "nowhere")


def test_the_home_folder_and_the_disk_cannot_be_trusted(tmp_path: Path) -> None:
    store = TrustStore(tmp_path / "data")
    for path in (os.path.expanduser("~"), "/", os.path.dirname(os.path.expanduser("~"))):
        with pytest.raises(RepoError, match="too much"):
            store.grant(path)


def test_an_unreadable_trust_list_trusts_nobody(tmp_path: Path) -> None:
    store = TrustStore(tmp_path / "data")
    store.grant(tmp_path)
    (tmp_path / "data/trust.json").write_text("[1")
    assert not store.is_trusted(tmp_path)
    assert (tmp_path / "data/trust.json").stat().st_mode & 0o077 == 0


def test_the_database_is_synced_fully(journal: Journal) -> None:
    assert journal.store.db.execute("PRAGMA synchronous").fetchone()[0] == 2
    assert journal.store.db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert sqlite3.threadsafety


def test_trust_is_not_inherited_by_a_new_folder_that_gets_the_old_ones_inode(
    tmp_path: Path,
) -> None:
    store = TrustStore(tmp_path / "data")
    one = tmp_path / "one"
    one.mkdir()
    store.grant(one)
    number = one.stat().st_ino
    for _ in range(20):
        one.rmdir()
        one.mkdir()
        assert not store.is_trusted(one)
        if one.stat().st_ino == number:
            break  # ext4 gives it at once; elsewhere the number already tells them apart


def test_the_pieces_of_a_large_text_come_back_after_kill_9(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    base = "tab \udcff ☃\r\n" * 300_000
    size = len(base.encode("utf-8", "surrogateescape"))
    pieces = (b"new \xfe", (0, 20), (40, size - 40))

    def type_and_die() -> None:
        journal = Journal(tmp_path / "data", tmp_path / "p")
        journal.save_pieces(P("a"), base, ((0, 20), b"x"), "hash")
        journal.save_pieces(P("a"), base, pieces, "hash")
        os.kill(os.getpid(), signal.SIGKILL)

    assert in_child(type_and_die) == -signal.SIGKILL
    journal = Journal(tmp_path / "data", tmp_path / "p")
    try:
        (left,) = journal.buffers()
        assert (left.text, left.base_hash, left.pieces) == ("", "hash", pieces)
        raw = base.encode("utf-8", "surrogateescape")
        assert journal.whole(P("a")).encode("utf-8", "surrogateescape") == (
            b"new \xfe" + raw[:20] + raw[40:]
        )
    finally:
        journal.close()


def test_what_a_large_text_is_made_from_is_written_once(journal: Journal) -> None:
    base = "".join(f"{n}\n" for n in range(300_000))
    journal.save_pieces(P("a"), base, ((0, 10),))
    (stored,) = (path for path in journal.store.folder.glob("blobs/??/*") if path.is_file())
    before = stored.stat()
    journal.save_pieces(P("a"), base, ((0, 10), b"typed"))
    journal.drop_buffer(P("a"))
    journal.save_pieces(P("a"), base, ((0, 10), b"typed again"))
    after = stored.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert stored.read_bytes() == base.encode()
    assert journal.whole(P("a")) == base[:10] + "typed again"


def test_damaged_pieces_are_no_text(journal: Journal) -> None:
    journal.save_pieces(P("a"), "old\n" * 1000, ((0, 8), b"typed"))
    journal.store.db.execute("UPDATE buffer SET middle=?", (b"[[0,4],5]\nTYPED",))
    with pytest.raises(RepoError, match="damaged"):
        journal.buffers()
    with pytest.raises(RepoError, match="damaged"):
        journal.whole(P("a"))
    with pytest.raises(RepoError, match="no unsaved text"):
        journal.whole(P("b"))
