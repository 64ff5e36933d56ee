"""The write door: compared, journalled, atomic, all or nothing, and closed to what is outside."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest

from assistant.errors import (
    ChangedUnderneath,
    DiskFailed,
    NeedsConfirmation,
    NotTrusted,
    WriteRefused,
)
from assistant.repo.disk import Disk
from assistant.repo.door import Delete, Move, Write, WriteDoor
from assistant.repo.journal import Journal
from assistant.repo.ledger import Author, By
from tests.torture.faults import as_user, needs_root

P = PurePosixPath


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    return root


@pytest.fixture
def journal(tmp_path: Path, root: Path):
    journal = Journal(tmp_path / "data", root)
    yield journal
    journal.close()


@pytest.fixture
def door(root: Path, journal: Journal) -> WriteDoor:
    return WriteDoor(root, journal, trusted=True)


def clean(root: Path) -> bool:
    return not [
        name for _, _, files in os.walk(root) for name in files if name.startswith(".~galley")
    ]


def test_a_file_is_created_changed_moved_and_deleted(root: Path, door: WriteDoor) -> None:
    one = door.write("sub/a.txt", b"1", expect=None, why="new")
    assert (root / "sub/a.txt").read_bytes() == b"1"
    two = door.write("sub/a.txt", b"2", expect=one.hash, why="edit")
    door.move("sub/a.txt", "b.txt", expect=two.hash, why="rename")
    assert not (root / "sub/a.txt").exists()
    assert door.read("b.txt").data == b"2"
    door.delete("b.txt", expect=two.hash, why="gone")
    assert not (root / "b.txt").exists()
    assert clean(root)
    assert [e.why for e in door._journal.ledger.entries()] == ["gone", "rename", "edit", "new"]


@pytest.mark.parametrize("how", ["append", "replace", "delete", "same size and time"])
def test_12_an_outside_change_is_never_overwritten(root: Path, door: WriteDoor, how: str) -> None:
    file = root / "a.txt"
    file.write_bytes(b"old!")
    state = door.read("a.txt")
    seen = file.stat()
    match how:
        case "append":
            with file.open("ab") as out:
                out.write(b"more")
        case "replace":
            (root / "t").write_bytes(b"other")
            os.replace(root / "t", file)
        case "delete":
            file.unlink()
        case _:
            file.write_bytes(b"new!")
            os.utime(file, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    now = file.read_bytes() if file.exists() else None
    for act in (
        lambda: door.write("a.txt", b"x", expect=state.hash, why="w"),
        lambda: door.delete("a.txt", expect=state.hash, why="d"),
        lambda: door.move("a.txt", "b.txt", expect=state.hash, why="m"),
    ):
        with pytest.raises(ChangedUnderneath):
            act()
    assert (file.read_bytes() if file.exists() else None) == now


def test_a_free_name_must_be_free(root: Path, door: WriteDoor) -> None:
    (root / "a").write_bytes(b"mine")
    for expect in (None, ""):
        with pytest.raises(ChangedUnderneath):
            door.write("a", b"x", expect=expect, why="w")
    other = door.write("b", b"b", expect=None, why="w")
    with pytest.raises(WriteRefused, match="exists"):
        door.move("b", "a", expect=other.hash, why="m")
    assert (root / "a").read_bytes() == b"mine"


@pytest.mark.parametrize("mode", [0o644, 0o600, 0o755, 0o4755, 0o664])
def test_16_the_mode_stays(root: Path, door: WriteDoor, mode: int) -> None:
    (root / "a").write_bytes(b"1")
    (root / "a").chmod(mode)
    state = door.read("a")
    assert door.write("a", b"2", expect=state.hash, why="w").mode == mode
    assert stat.S_IMODE((root / "a").stat().st_mode) == mode


def test_a_new_file_gets_the_mode_of_any_new_file(root: Path, door: WriteDoor) -> None:
    old = os.umask(0o027)
    try:
        assert door.write("a", b"1", expect=None, why="w").mode == 0o640
    finally:
        os.umask(old)
    assert stat.S_IMODE((root / "a").stat().st_mode) == 0o640


def test_16_links_hard_links_and_attributes_stay(root: Path, door: WriteDoor) -> None:
    (root / "real").write_bytes(b"1")
    (root / "link").symlink_to("real")
    os.link(root / "real", root / "twin")
    os.setxattr(root / "real", "user.colour", b"red")
    state = door.read("link")
    door.write("link", b"22", expect=state.hash, why="w")
    assert (root / "link").is_symlink()
    assert (root / "twin").read_bytes() == b"22"
    assert (root / "real").stat().st_nlink == 2
    (root / "twin").unlink()
    inode = (root / "real").stat().st_ino
    door.write("link", b"3", expect=door.read("link").hash, why="w")
    assert (root / "real").stat().st_ino != inode
    assert os.getxattr(root / "real", "user.colour") == b"red"


@needs_root
def test_16_the_owner_stays(root: Path, door: WriteDoor) -> None:
    (root / "a").write_bytes(b"1")
    os.chown(root / "a", 12345, 54321)
    door.write("a", b"2", expect=door.read("a").hash, why="w")
    seen = (root / "a").stat()
    assert (seen.st_uid, seen.st_gid) == (12345, 54321)


@needs_root
def test_16_a_foreign_owners_file_is_written_in_place(tmp_path: Path) -> None:
    root = tmp_path / "shared"
    root.mkdir()
    for folder in (
        tmp_path,
        *[p for p in tmp_path.parents if p.name.startswith(("pytest-", "popen-"))],
        root,
    ):
        folder.chmod(0o777)
    file = root / "a"
    file.write_bytes(b"theirs")
    os.chown(file, 12345, 12345)
    file.chmod(0o666)
    inode = file.stat().st_ino

    def act() -> None:
        journal = Journal(tmp_path / "nobodys", root)
        door = WriteDoor(root, journal, trusted=True)
        door.write("a", b"ours now", expect=door.read("a").hash, why="w")
        journal.close()

    assert as_user(65534, act) == 0
    assert file.read_bytes() == b"ours now"
    assert (file.stat().st_uid, file.stat().st_ino) == (12345, inode)
    assert clean(root)


@pytest.mark.parametrize("mode", [0o444, 0o400])
def test_02_a_read_only_file_stays(root: Path, door: WriteDoor, mode: int) -> None:
    (root / "a").write_bytes(b"1")
    (root / "a").chmod(mode)
    with pytest.raises(WriteRefused, match="read-only"):
        door.write("a", b"2", expect=door.read("a").hash, why="w")
    assert (root / "a").read_bytes() == b"1"
    assert clean(root)


@needs_root
def test_02_a_read_only_folder_leaves_the_file(tmp_path: Path) -> None:
    root = tmp_path / "ro"
    root.mkdir()
    (root / "a").write_bytes(b"1")
    (root / "a").chmod(0o666)
    root.chmod(0o555)
    for folder in (
        tmp_path,
        *[p for p in tmp_path.parents if p.name.startswith(("pytest-", "popen-"))],
    ):
        folder.chmod(0o777)

    def act() -> None:
        journal = Journal(tmp_path / "nobodys", root)
        door = WriteDoor(root, journal, trusted=True)
        with pytest.raises(DiskFailed, match="you may not"):
            door.write("a", b"2", expect=door.read("a").hash, why="w")
        journal.close()

    assert as_user(65534, act) == 0
    assert (root / "a").read_bytes() == b"1"


@pytest.mark.timeout(20)
@pytest.mark.parametrize("kind", ["fifo", "folder", "socket", "device"])
def test_33_what_is_no_file_is_refused_without_waiting(
    root: Path, door: WriteDoor, kind: str
) -> None:
    import socket

    path = root / "odd"
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "device":
        path = root / "null"
        if os.geteuid():
            pytest.skip("making a device needs root")
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))
    else:
        with socket.socket(socket.AF_UNIX) as one:
            here = os.getcwd()
            os.chdir(root)
            one.bind("odd")
            os.chdir(here)
    for act in (
        lambda: door.read(path.name),
        lambda: door.write(path.name, b"", expect=None, why="w"),
    ):
        with pytest.raises(WriteRefused):
            act()


def test_18_protected_names_ask_with_the_resolved_path(root: Path, door: WriteDoor) -> None:
    (root / ".github").mkdir()
    (root / "ci").symlink_to(".github")
    with pytest.raises(NeedsConfirmation) as asked:
        door.write("ci/run.yml", b"x", expect=None, why="w")
    assert asked.value.path == P(".github/run.yml")
    assert not (root / ".github/run.yml").exists()
    door.write("ci/run.yml", b"x", expect=None, why="w", confirm_protected=True)
    assert (root / ".github/run.yml").read_bytes() == b"x"


def test_18_a_confirmation_never_opens_git(root: Path, door: WriteDoor) -> None:
    (root / ".git").mkdir()
    (root / "g").symlink_to(".git")
    for path in (".git/config", "g/config", "x/.Git/hooks/y"):
        with pytest.raises(WriteRefused):
            door.write(path, b"x", expect=None, why="w", confirm_protected=True)
    assert os.listdir(root / ".git") == []


def test_18_without_trust_only_the_person_writes_protected_names(
    root: Path, journal: Journal
) -> None:
    door = WriteDoor(root, journal, trusted=False)
    model = Author(By.MODEL, "m")
    with pytest.raises(NeedsConfirmation):
        door.write("conftest.py", b"x", expect=None, why="w", confirm_protected=True, author=model)
    door.write("conftest.py", b"x", expect=None, why="w", confirm_protected=True)


def test_19_the_apps_own_folders_are_closed(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "data", tmp_path)
    door = WriteDoor(tmp_path, journal, trusted=True, closed=[tmp_path / "settings"])
    for path in ("data/trust.json", "settings/x.toml", "settings/../data/projects/x"):
        with pytest.raises(WriteRefused, match="outside"):
            door.write(path, b"x", expect=None, why="w", confirm_protected=True)
    journal.close()


def test_24_several_files_change_together(root: Path, door: WriteDoor) -> None:
    for name in "abc":
        (root / name).write_bytes(name.encode())
    h = {name: door.read(name).hash for name in "abc"}
    door.apply(
        [
            Write(P("a"), b"A", h["a"]),
            Delete(P("b"), h["b"]),
            Move(P("c"), P("n/d"), h["c"]),
            Write(P("e"), b"E", ""),
        ],
        why="all",
    )
    found = {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}
    assert found == {"a": b"A", "n/d": b"c", "e": b"E"}


def test_24_one_refused_file_stops_them_all(root: Path, door: WriteDoor) -> None:
    (root / "a").write_bytes(b"a")
    (root / "ro").write_bytes(b"ro")
    (root / "ro").chmod(0o444)
    batch = [
        Write(P("a"), b"A", door.read("a").hash),
        Write(P("new/deep"), b"N", ""),
        Write(P("ro"), b"RO", door.read("ro").hash),
    ]
    with pytest.raises(WriteRefused):
        door.apply(batch, why="all")
    found = {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}
    assert found == {"a": b"a", "ro": b"ro"}
    assert not (root / "new").exists()
    assert door._journal.ledger.entries() == []


def test_24_the_same_file_twice_is_refused(root: Path, door: WriteDoor) -> None:
    (root / "l").symlink_to("a")
    with pytest.raises(WriteRefused, match="twice"):
        door.apply([Write(P("a"), b"1", ""), Write(P("l"), b"2", "")], why="all")
    assert not (root / "a").exists()


def race(root: Path, disturb: Callable[[int], None], rounds: int, door: WriteDoor) -> int:
    """Keep ``rounds`` changes while ``disturb`` runs in another thread; how many were written."""
    stop = threading.Event()

    def loop() -> None:
        number = 0
        while not stop.is_set():
            disturb(number)
            number += 1

    thread = threading.Thread(target=loop)
    thread.start()
    written = 0
    try:
        for number in range(rounds):
            try:
                state = door.read("sub/a")
                door.write("sub/a", b"%d" % number, expect=state.hash, why="keep")
                written += 1
            except (WriteRefused, ChangedUnderneath, DiskFailed):
                continue
    finally:
        stop.set()
        thread.join()
    return written


@pytest.mark.parametrize("what", ["file", "folder"])
def test_35_links_that_are_swapped_in_never_lead_outside(
    root: Path, door: WriteDoor, tmp_path: Path, what: str
) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "a").write_bytes(b"victim")
    (root / "sub").mkdir()
    (root / "sub/a").write_bytes(b"0")

    def swap(number: int) -> None:
        here = root / ("sub" if what == "folder" else "sub/a")
        away = root / "away"
        try:
            os.rename(here, away)
            os.symlink(victim if what == "folder" else victim / "a", here)
            os.unlink(here)
            os.rename(away, here)
        except OSError:
            for path in (here,):
                if path.is_symlink():
                    path.unlink()
            if away.exists() and not here.exists():
                os.rename(away, here)
            elif away.is_file():
                away.unlink()

    race(root, swap, 150, door)
    assert {p.name: p.read_bytes() for p in victim.iterdir()} == {"a": b"victim"}


def test_12_lines_that_another_program_writes_meanwhile_are_never_lost(
    root: Path, door: WriteDoor
) -> None:
    (root / "sub").mkdir()
    file = root / "sub/a"
    file.write_bytes(b"start\n")
    stop, lines = threading.Event(), []

    def outside() -> None:
        """Adds a line to its own text and replaces the file with it, as a careless editor would."""
        while not stop.is_set():
            lines.append(b"outside %d\n" % len(lines))
            (root / "t").write_bytes(b"start\n" + b"".join(lines))
            os.replace(root / "t", file)

    thread = threading.Thread(target=outside)
    thread.start()
    refused = 0
    try:
        for number in range(300):
            state = door.read("sub/a")
            try:
                door.write("sub/a", state.data + b"keep %d\n" % number, expect=state.hash, why="k")
            except ChangedUnderneath:
                refused += 1
    finally:
        stop.set()
        thread.join()
    assert refused, "nothing ever came in between"
    found = b"".join(path.read_bytes() for path in (root / "sub").iterdir())
    assert [line for line in lines if line not in found] == []


class Meddling(Disk):
    """Another program that acts at the last instant: after the last look, before the swap."""

    def __init__(self, act: Callable[[], None]) -> None:
        self.act: Callable[[], None] | None = act

    def on(self, call: str, name: str) -> bool:
        return name == "a" and call != "write"

    def before(self, call: str, name: str) -> None:
        if call in ("exchange", "rename", "write") and self.on(call, name) and self.act is not None:
            act, self.act = self.act, None
            act()


@pytest.mark.parametrize("how", ["append", "replace", "link"])
def test_12_35_even_a_change_at_the_last_instant_is_seen_and_kept(
    root: Path, journal: Journal, tmp_path: Path, how: str
) -> None:
    file = root / "a"
    file.write_bytes(b"old")
    (tmp_path / "victim").write_bytes(b"victim")

    def act() -> None:
        if how == "append":
            with file.open("ab") as out:
                out.write(b" and theirs")
        else:
            file.unlink()
            if how == "link":
                file.symlink_to(tmp_path / "victim")
            else:
                file.write_bytes(b"theirs")

    door = WriteDoor(root, journal, trusted=True, disk=Meddling(act))
    with pytest.raises(ChangedUnderneath):
        door.write("a", b"ours", expect=door.read("a").hash, why="w")
    expected = {"append": b"old and theirs", "replace": b"theirs", "link": b"victim"}
    assert file.read_bytes() == expected[how]
    assert file.is_symlink() == (how == "link")
    assert (tmp_path / "victim").read_bytes() == b"victim"
    assert clean(root)


def test_nothing_is_written_when_the_journal_cannot_be(root: Path, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "other", root)
    door = WriteDoor(root, journal, trusted=True)
    (root / "a").write_bytes(b"1")
    state = door.read("a")
    journal.store.db.execute("PRAGMA query_only=1")
    with pytest.raises(DiskFailed, match="journal"):
        door.write("a", b"2", expect=state.hash, why="w")
    assert (root / "a").read_bytes() == b"1"
    assert clean(root)
    journal.close()


def test_writing_the_same_bytes_touches_nothing(root: Path, door: WriteDoor) -> None:
    (root / "a").write_bytes(b"1")
    before = (root / "a").stat()
    door.write("a", b"1", expect=door.read("a").hash, why="w")
    assert (root / "a").stat().st_mtime_ns == before.st_mtime_ns
    assert door._journal.ledger.entries() == []
    assert issubclass(NotTrusted, Exception)


def test_34_odd_names_are_written_and_read(root: Path, door: WriteDoor) -> None:
    for name in (
        "a b",
        "-rf",
        "new\nline",
        "<b>x</b>",
        "ünï",
        "x" * 200,
        os.fsdecode(b"bad\xff"),
        "tab\t",
    ):
        door.write(name, b"x", expect=None, why="w")
        assert door.read(name).data == b"x"
    listed = {str(c.path) for e in door._journal.ledger.entries() for c in e.changes}
    assert os.fsdecode(b"bad\xff") in listed


class MeddlingAt(Meddling):
    """As above, ahead of one call that names no old file."""

    def __init__(self, act: Callable[[], None], call: str) -> None:
        super().__init__(act)
        self.call = call

    def on(self, call: str, name: str) -> bool:
        return call == self.call


def test_12_a_file_that_appears_at_the_last_instant_is_never_written_over(
    root: Path, journal: Journal
) -> None:
    (root / "b").write_bytes(b"ours")

    def act() -> None:
        (root / "a").write_bytes(b"theirs")

    for name, how in (("new", "write"), ("moved", "move")):
        (root / "a").unlink(missing_ok=True)
        door = WriteDoor(root, journal, trusted=True, disk=MeddlingAt(act, "rename"))
        with pytest.raises(ChangedUnderneath):
            if how == "write":
                door.write("a", b"ours", expect=None, why=name)
            else:
                door.move("b", "a", expect=door.read("b").hash, why=name)
        assert (root / "a").read_bytes() == b"theirs"
        assert (root / "b").read_bytes() == b"ours"
        assert clean(root)


def test_12_what_replaces_a_file_at_the_last_instant_is_not_deleted_in_its_stead(
    root: Path, journal: Journal
) -> None:
    (root / "a").write_bytes(b"old")

    def act() -> None:
        (root / "t").write_bytes(b"theirs")
        os.replace(root / "t", root / "a")

    door = WriteDoor(root, journal, trusted=True, disk=MeddlingAt(act, "rename"))
    with pytest.raises(ChangedUnderneath):
        door.delete("a", expect=door.read("a").hash, why="d")
    assert (root / "a").read_bytes() == b"theirs"
    assert clean(root)


def test_12_a_hard_link_that_became_another_file_is_not_written_into(
    root: Path, journal: Journal
) -> None:
    (root / "a").write_bytes(b"old")
    os.link(root / "a", root / "twin")
    synced: list[str] = []

    def act() -> None:
        (root / "t").write_bytes(b"theirs")
        os.replace(root / "t", root / "a")

    class Late(Meddling):
        def on(self, call: str, name: str) -> bool:
            return False

        def before(self, call: str, name: str) -> None:
            if call == "fsync":
                synced.append(name)
                if len(synced) == 2:  # the folder, when the copy stands beside the file
                    act()

    door = WriteDoor(root, journal, trusted=True, disk=Late(act))
    with pytest.raises(ChangedUnderneath):
        door.write("a", b"ours", expect=door.read("a").hash, why="w")
    assert (root / "a").read_bytes() == b"theirs"
    assert (root / "twin").read_bytes() == b"old"
    assert clean(root)


@pytest.mark.parametrize("how", ["delete", "move"])
def test_18_a_link_is_not_taken_for_the_file_it_leads_to(
    root: Path, door: WriteDoor, how: str
) -> None:
    (root / "conftest.py").write_bytes(b"x")
    (root / "notes.txt").symlink_to("conftest.py")
    state = door.read("notes.txt")
    with pytest.raises(WriteRefused, match="is a link to conftest"):
        if how == "delete":
            door.delete("notes.txt", expect=state.hash, why="d", confirm_protected=True)
        else:
            door.move("notes.txt", "b", expect=state.hash, why="m", confirm_protected=True)
    assert (root / "conftest.py").read_bytes() == b"x"
    assert (root / "notes.txt").is_symlink()


def test_a_folder_is_made_through_the_door_with_those_above_it(
    root: Path, door: WriteDoor, tmp_path: Path
) -> None:
    door.make_folder("a/b/c")
    assert (root / "a/b/c").is_dir()
    (root / "out").symlink_to(tmp_path)
    for path in ("a/b", "../x", "out/x", ".git", "a/.GIT/hooks"):
        with pytest.raises(WriteRefused):
            door.make_folder(path)
    with pytest.raises(NeedsConfirmation):
        door.make_folder(".github/workflows")
    door.make_folder(".github/workflows", confirm_protected=True)
    assert (root / ".github/workflows").is_dir()
    assert sorted(p.name for p in root.iterdir()) == [".github", "a", "out"]


class Naming(Disk):
    """The calls with their names, in order."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def before(self, call: str, name: str) -> None:
        self.calls.append(f"{call} {'temp' if '.~galley' in name else os.path.basename(name)}")


def test_01_the_bytes_are_on_the_device_before_the_name_and_the_name_before_it_is_said(
    root: Path, journal: Journal
) -> None:
    (root / "a").write_bytes(b"old")
    disk = Naming()
    door = WriteDoor(root, journal, trusted=True, disk=disk)
    door.write("a", b"new", expect=door.read("a").hash, why="w")
    assert disk.calls == [
        *("create temp", "write temp", "chmod a", "fsync temp"),
        *("exchange a", "unlink temp", f"fsync {root.name}"),
    ]
    disk.calls.clear()
    os.link(root / "a", root / "twin")
    door.write("a", b"newer", expect=door.read("a").hash, why="w")
    assert disk.calls == [
        *("create temp", "write temp", "chmod a", "fsync temp", f"fsync {root.name}"),
        *("write a", "truncate a", "fsync a", "unlink temp", f"fsync {root.name}"),
    ]
