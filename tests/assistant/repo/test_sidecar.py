"""Status, diff, log and blame are what plain git says, and a hostile project runs nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path, PurePosixPath

import pytest

from assistant.repo.commits import Commits
from assistant.repo.sidecar import Sidecar
from tests.assistant.repo.conftest import (
    TEXT,
    Room,
    change,
    changes,
    commit_all,
    edited,
    git,
    new_repository,
)

P = PurePosixPath


def plain_status(root: Path) -> set[tuple[str, str]]:
    raw = git(root, "status", "--porcelain=v1", "-z", "-uall", "--no-renames").decode(
        "utf-8", "surrogateescape"
    )
    return {(one[3:], one[:2].replace(" ", ".")) for one in raw.split("\0") if one}


def ours(room: Room) -> set[tuple[str, str]]:
    return {(str(f.path), f.index + f.tree) for f in room.sidecar.status().files}


def test_status_is_what_plain_git_says(room: Room) -> None:
    root = room.root
    (root / "a.py").write_text(edited(TEXT, l1="x"))
    (root / "staged new").write_text("n")
    (root / ".gitignore").write_text("*.log\n")
    (root / "x.log").write_text("ignored")
    (root / "info.skip").write_text("excluded")
    (root / ".git/info/exclude").write_text("*.skip\n")
    room.git("add", "staged new")
    (root / "b.py").unlink()
    (root / "ünï ☃.txt").write_text("u")
    (root / os.fsdecode(b"bad\xff.txt")).write_text("b")
    assert ours(room) == plain_status(root)
    assert room.sidecar.status().head.branch == "main"
    assert room.leftovers() == []


def test_status_sees_a_change_in_the_same_tick_and_size(room: Room) -> None:
    for _ in range(10):
        (room.root / "b.py").write_text("1\n")
        room.git("add", "b.py")
        (room.root / "b.py").write_text("2\n")
        assert ("b.py", "MM") in ours(room)


def test_the_persons_own_ignore_file_counts(room: Room, private_home: Path) -> None:
    (private_home / ".config/git").mkdir(parents=True)
    (private_home / ".config/git/ignore").write_text("*.mine\n")
    (room.root / "x.mine").write_text("x")
    assert ours(room) == plain_status(room.root) == set()


def test_reading_writes_nothing_into_the_repository(room: Room) -> None:
    (room.root / "a.py").write_text("new\n")
    before = {p: p.stat().st_mtime_ns for p in (room.root / ".git").rglob("*")}
    room.sidecar.status()
    room.sidecar.diff()
    room.sidecar.log()
    room.sidecar.blame(P("a.py"))
    room.sidecar.head_bytes(P("a.py"))
    assert {p: p.stat().st_mtime_ns for p in (room.root / ".git").rglob("*")} == before


def test_diff_log_blame_and_head_text(room: Room) -> None:
    (room.root / "a.py").write_text(edited(TEXT, l3="drei"))
    room.git("commit", "-qam", "second\n\nwith a body")
    (room.root / "a.py").write_text(edited(TEXT, l3="drei", l5="fünf"))
    assert "+fünf\n" in room.sidecar.diff()
    assert room.sidecar.diff(P("b.py")) == ""
    head = room.sidecar.head_text(P("a.py"))
    assert head is not None
    assert head.text == edited(TEXT, l3="drei")
    assert room.sidecar.head_text(P("nope")) is None
    assert [(e.subject, e.body) for e in room.sidecar.log()] == [
        ("second", "with a body"),
        ("start", ""),
    ]
    assert [e.subject for e in room.sidecar.log(path=P("b.py"))] == ["start"]
    blamed = room.sidecar.blame(P("a.py"))
    assert [blamed[2].subject, blamed[3].subject, len(blamed)] == ["second", "start", 40]
    live = room.sidecar.blame(P("a.py"), edited(TEXT, l3="drei", l5="mine").encode())
    assert set(live[4].commit) == {"0"}


def test_37_no_git_and_odd_git_say_exactly_what_is_off(tmp_path: Path) -> None:
    def status(root: Path):
        return Sidecar(root, tmp_path / "data").status()

    plain = tmp_path / "plain"
    plain.mkdir()
    assert (status(plain).repository, status(plain).notes) == (False, ())
    real = new_repository(tmp_path / "real")
    linked = tmp_path / "linked"
    linked.mkdir()
    (linked / ".git").symlink_to(real / ".git")
    assert "link" in status(linked).notes[0]
    thief = tmp_path / "thief"
    thief.mkdir()
    (thief / ".git").write_text(f"gitdir: {real}/.git\n")
    assert "does not lead back" in status(thief).notes[0]
    broken = tmp_path / "broken"
    (broken / ".git").mkdir(parents=True)
    assert "not a complete repository" in status(broken).notes[0]


def test_37_a_damaged_index_is_read_from_head_and_said(room: Room) -> None:
    (room.root / ".git/index").write_bytes(b"DIRCgarbage")
    (room.root / "a.py").write_text("changed\n")
    status = room.sidecar.status()
    assert "damaged" in status.notes[0]
    assert ("a.py", ".M") in {(str(f.path), f.index + f.tree) for f in status.files}
    assert (room.root / ".git/index").read_bytes() == b"DIRCgarbage"


def test_37_a_touched_lfs_file_is_not_shown_as_changed(room: Room) -> None:
    import hashlib

    content = b"\x00big\x01" * 100
    pointer = (
        "version https://git-lfs.github.com/spec/v1\n"
        f"oid sha256:{hashlib.sha256(content).hexdigest()}\nsize {len(content)}\n"
    )
    (room.root / ".gitattributes").write_text("*.bin filter=lfs diff=lfs merge=lfs -text\n")
    (room.root / "x.bin").write_text(pointer)
    commit_all(room.root, "lfs")
    (room.root / "x.bin").write_bytes(content)
    assert room.sidecar.status().files == ()
    (room.root / "x.bin").write_bytes(content + b"more")
    assert [str(f.path) for f in room.sidecar.status().files] == ["x.bin"]


def test_37_sparse_checkouts_work(tmp_path: Path, make_room) -> None:
    root = new_repository(tmp_path / "sparse")
    for name in ("in/a", "out/b"):
        (root / name).parent.mkdir()
        (root / name).write_text("x\n")
    commit_all(root)
    git(root, "sparse-checkout", "set", "--cone", "--sparse-index", "in")
    room = make_room(root)
    assert ours(room) == set()
    kept = change("in/a", "x\n", "y\n")
    (root / "in/a").write_text("y\n")
    room.commits.commit([changes(kept)], "yes")
    assert git(root, "ls-tree", "-r", "--name-only", "HEAD").split() == [b"in/a", b"out/b"]
    assert git(root, "status", "--porcelain") == b""


def test_an_inherited_git_dir_shows_no_other_project(
    room: Room, tmp_path: Path, monkeypatch
) -> None:
    other = new_repository(tmp_path / "other")
    (other / "secret").write_text("s")
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    assert room.sidecar.status().files == ()


# -- hostile projects ----------------------------------------------------------------------------


class Trap:
    """A program that leaves a mark when anything runs it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.marks = folder / "marks"
        self.marks.mkdir()
        self.program = folder / "trap.sh"
        self.program.write_text(
            f'#!/bin/sh\ntouch "{self.marks}/${{1:-ran}}-$$"\ncat 2>/dev/null\nexit 0\n'
        )
        self.program.chmod(0o755)

    def fired(self) -> list[str]:
        return sorted(os.listdir(self.marks))

    def run(self, what: str) -> str:
        return f"{self.program} {what}"


def config(root: Path, text: str) -> None:
    with (root / ".git/config").open("a") as file:
        file.write(text)


def fsmonitor(root: Path, trap: Trap) -> None:
    config(root, f'[core]\n\tfsmonitor = "{trap.run("fsmonitor")}"\n')


def hooks(root: Path, trap: Trap) -> None:
    names = [
        "post-index-change",
        "reference-transaction",
        "pre-commit",
        "post-commit",
        "commit-msg",
        "prepare-commit-msg",
        "post-checkout",
        "pre-auto-gc",
        "fsmonitor-watchman",
    ]
    (root / ".git/hooks").mkdir(exist_ok=True)
    for name in names:
        shutil.copy(trap.program, root / ".git/hooks" / name)


def hooks_path(root: Path, trap: Trap) -> None:
    (root / "evil-hooks").mkdir()
    for name in ("post-index-change", "reference-transaction", "pre-commit", "post-commit"):
        shutil.copy(trap.program, root / "evil-hooks" / name)
    config(root, f"[core]\n\thooksPath = {root}/evil-hooks\n")


def filters(root: Path, trap: Trap) -> None:
    (root / ".gitattributes").write_text("*.py filter=evil diff=evil merge=evil\n")
    config(
        root,
        f'[filter "evil"]\n\tclean = "{trap.run("clean")}"\n'
        f'\tsmudge = "{trap.run("smudge")}"\n\trequired = true\n'
        f'[diff "evil"]\n\ttextconv = "{trap.run("textconv")}"\n\tcommand = "{trap.run("diff")}"\n'
        f'[merge "evil"]\n\tdriver = "{trap.run("merge")}"\n',
    )


def process_filter(root: Path, trap: Trap) -> None:
    (root / ".git/info").mkdir(exist_ok=True)
    (root / ".git/info/attributes").write_text("* filter=evil diff=evil\n")
    config(
        root,
        f'[filter "evil"]\n\tprocess = "{trap.run("process")}"\n'
        f'[diff]\n\texternal = "{trap.run("external")}"\n',
    )


def programs(root: Path, trap: Trap) -> None:
    keys = [
        "core.pager",
        "core.editor",
        "core.sshCommand",
        "core.askPass",
        "credential.helper",
        "gpg.program",
        "gpg.ssh.program",
        "core.alternateRefsCommand",
        "sequence.editor",
        "pager.status",
        "pager.log",
        "alias.status",
        "uploadpack.packObjectsHook",
    ]
    for key in keys:
        value = trap.run(key)
        git(root, "config", key, f"!{value}" if key.startswith("alias") else value)
    config(root, "[commit]\n\tgpgSign = true\n[log]\n\tshowSignature = true\n[gc]\n\tauto = 1\n")


def include(root: Path, trap: Trap) -> None:
    (root / "evil.inc").write_text(f'[core]\n\tfsmonitor = "{trap.run("included")}"\n')
    config(root, f"[include]\n\tpath = {root}/evil.inc\n")


def submodule(root: Path, trap: Trap) -> None:
    inner = new_repository(root.parent / f"inner-{root.name}")
    (inner / "f").write_text("f")
    commit_all(inner)
    git(root, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner), "sub")
    git(root, "commit", "-qm", "sub")
    with (root / ".git/modules/sub/config").open("a") as file:
        file.write(f'[core]\n\tfsmonitor = "{trap.run("submodule")}"\n')
    (root / "sub/f").write_text("changed")


def bare_inside(root: Path, trap: Trap) -> None:
    inner = root / "looks-bare"
    subprocess.run(["git", "init", "-q", "--bare", str(inner)], check=True)
    with (inner / "config").open("a") as file:
        file.write(
            f'[core]\n\tfsmonitor = "{trap.run("bare")}"\n\tworktree = {root}\n\tbare = false\n'
        )


def nested(root: Path, trap: Trap) -> None:
    inner = new_repository(root / "nested")
    (inner / "f").write_text("f")
    commit_all(inner)
    fsmonitor(inner, trap)


def promisor(root: Path, trap: Trap) -> None:
    config(
        root,
        f'[remote "origin"]\n\turl = {root}\n\tpromisor = true\n'
        f'\tuploadpack = "{trap.run("uploadpack")}"\n'
        "\tpartialclonefilter = blob:none\n[extensions]\n\tpartialClone = origin\n"
        "[core]\n\trepositoryformatversion = 1\n",
    )


def fake_git(root: Path, trap: Trap) -> None:
    for name in ("git", "git.exe", "sh"):
        shutil.copy(trap.program, root / name)


def worktree_elsewhere(root: Path, trap: Trap) -> None:
    config(root, f"[core]\n\tworktree = {trap.marks}\n")


HOSTILE = [
    fsmonitor,
    hooks,
    hooks_path,
    filters,
    process_filter,
    programs,
    include,
    submodule,
    bare_inside,
    nested,
    promisor,
    fake_git,
    worktree_elsewhere,
]


@pytest.mark.parametrize("attack", HOSTILE, ids=lambda attack: attack.__name__)
@pytest.mark.parametrize("trusted", [False, True])
def test_07_a_hostile_project_is_browsed_kept_committed_and_undone_and_runs_nothing(
    tmp_path: Path, make_room, attack, trusted: bool, monkeypatch
) -> None:
    root = new_repository(tmp_path / "hostile")
    (root / "a.py").write_text(TEXT)
    (root / "b.txt").write_text("b\n")
    commit_all(root)
    trap = Trap(tmp_path / "trap")
    attack(root, trap)
    for mark in trap.marks.iterdir():
        mark.unlink()  # building the project may have run it
    (root / "a.py").write_text(edited(TEXT, l2="two"))
    monkeypatch.setenv("PATH", f".:{os.environ['PATH']}")
    monkeypatch.chdir(root)
    room = make_room(root, trusted=trusted)
    commits: Commits = room.commits
    room.sidecar.status()
    room.sidecar.diff()
    room.sidecar.log()
    room.sidecar.blame(P("a.py"))
    room.sidecar.blame(P("a.py"), TEXT.encode())
    room.sidecar.head_text(P("a.py"))
    state = room.door.read("b.txt")
    room.door.write("b.txt", b"c\n", expect=state.hash, why="keep")
    receipt = (
        commits.commit([changes(change("b.txt", "b\n", "c\n"))], "kept")
        if attack is not process_filter
        else None
    )
    if receipt is not None:
        commits.undo_commit(receipt)
    commits.recover()
    assert trap.fired() == []


def test_the_traps_do_fire_in_plain_git(tmp_path: Path) -> None:
    for attack in (fsmonitor, hooks, filters):
        root = new_repository(tmp_path / attack.__name__)
        (root / "a.py").write_text(TEXT)
        commit_all(root)
        trap = Trap(tmp_path / f"trap-{attack.__name__}")
        attack(root, trap)
        (root / "a.py").write_text("changed\n")
        subprocess.run(["git", "status"], cwd=root, capture_output=True)
        subprocess.run(["git", "add", "-A"], cwd=root, capture_output=True)
        assert trap.fired(), attack.__name__


@pytest.mark.parametrize("where", ["objects", "objects/pack", "refs", "refs/heads", "logs"])
def test_10_links_inside_git_never_lead_a_commit_outside(
    tmp_path: Path, make_room, where: str
) -> None:
    root = new_repository(tmp_path / "linked")
    (root / "a.py").write_text(TEXT)
    commit_all(root)
    victim = tmp_path / "victim"
    shutil.move(root / ".git" / where, victim)
    (root / ".git" / where).symlink_to(victim)
    before = {p: p.read_bytes() for p in victim.rglob("*") if p.is_file()}
    room = make_room(root)
    try:
        room.commits.commit([changes(change("a.py", TEXT, edited(TEXT, l2="x")))], "no")
    except Exception as error:
        assert "link" in str(error) or "cannot" in str(error) or "git" in str(error)
    assert {p: p.read_bytes() for p in victim.rglob("*") if p.is_file()} == before
