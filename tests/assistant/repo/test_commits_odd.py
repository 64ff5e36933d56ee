"""Repositories that are not plain: a commit works there, or says exactly what is off."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from assistant.errors import CommitFailed
from assistant.repo.commits import Options
from assistant.repo.disk import Disk
from assistant.repo.journal import Journal
from assistant.repo.sidecar import Sidecar
from tests.assistant.repo.conftest import (
    TEXT,
    Room,
    change,
    changes,
    commit_all,
    commits_of,
    edited,
    git,
    new_repository,
)

KEPT = [changes(change("a.py", TEXT, edited(TEXT, l2="x")))]
NEW = edited(TEXT, l2="x")


def test_37_a_damaged_index_refuses_and_stays_as_it_is(room: Room) -> None:
    (room.root / ".git/index").write_bytes(b"DIRCgarbage")
    head = room.git("rev-parse", "HEAD")
    with pytest.raises(CommitFailed, match="index"):
        room.commits.commit(KEPT, "no")
    assert (room.root / ".git/index").read_bytes() == b"DIRCgarbage"
    assert room.git("rev-parse", "HEAD") == head
    assert room.leftovers() == []


def test_37_a_missing_object_is_named_and_nothing_is_fetched(room: Room) -> None:
    blob = room.git("rev-parse", "HEAD:a.py").strip()
    (room.root / ".git/objects" / blob[:2] / blob[2:]).unlink()
    before = room.state()
    with pytest.raises(CommitFailed, match=blob[:12]):
        room.commits.commit(KEPT, "no")
    assert room.state() == before


def test_37_a_partial_clone_commits_what_is_here_and_asks_no_server(
    tmp_path: Path, make_room
) -> None:
    far = new_repository(tmp_path / "far")
    (far / "a.py").write_text(TEXT)
    (far / "other.bin").write_text("elsewhere\n" * 100)
    commit_all(far)
    git(far, "config", "uploadpack.allowFilter", "true")
    url = f"file://{far}"
    git(tmp_path, "clone", "-q", "--filter=blob:none", "--no-checkout", url, "near")
    near = tmp_path / "near"
    git(near, "config", "user.name", "Ada")
    git(near, "config", "user.email", "a@example.org")
    git(near, "reset", "-q")
    git(near, "checkout", "-q", "HEAD", "--", "a.py")
    far.rename(tmp_path / "gone")
    room = make_room(near)
    (near / "a.py").write_text(NEW)
    room.commits.commit(KEPT, "yes")
    assert git(near, "show", "HEAD:a.py").decode() == NEW
    assert "other.bin" in git(near, "ls-tree", "HEAD").decode()


def test_37_a_work_tree_of_a_bare_repository_commits(tmp_path: Path, make_room) -> None:
    seed = new_repository(tmp_path / "seed")
    (seed / "a.py").write_text(TEXT)
    commit_all(seed)
    git(tmp_path, "clone", "-q", "--bare", str(seed), "hub.git")
    git(tmp_path / "hub.git", "config", "user.name", "Ada")
    git(tmp_path / "hub.git", "config", "user.email", "a@example.org")
    git(tmp_path / "hub.git", "worktree", "add", "-q", str(tmp_path / "tree"))
    room = make_room(tmp_path / "tree")
    room.commits.commit(KEPT, "yes")
    assert git(tmp_path / "tree", "show", "HEAD:a.py").decode() == NEW
    assert git(tmp_path / "hub.git", "rev-parse", "tree") == git(
        tmp_path / "tree", "rev-parse", "HEAD"
    )


def test_37_a_folder_inside_a_bare_repository_is_in_no_repository(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare", "hub.git")
    inside = tmp_path / "hub.git" / "inside"
    inside.mkdir()
    assert Sidecar(inside, tmp_path / "data").repository() == (None, "")


def test_37_a_submodule_stays_as_it_is_and_can_be_opened_itself(tmp_path: Path, make_room) -> None:
    inner = new_repository(tmp_path / "inner")
    (inner / "a.py").write_text(TEXT)
    commit_all(inner)
    root = new_repository(tmp_path / "outer")
    (root / "a.py").write_text(TEXT)
    allow = ("-c", "protocol.file.allow=always")
    git(root, *allow, "submodule", "add", "-q", str(inner), "sub")
    commit_all(root)
    link = git(root, "ls-tree", "HEAD", "sub")
    (root / "sub/a.py").write_text("changed inside\n")
    room = make_room(root)
    room.commits.commit(KEPT, "outer")
    assert git(root, "ls-tree", "HEAD", "sub") == link
    assert git(root, "show", "HEAD:a.py").decode() == NEW
    with pytest.raises(CommitFailed, match="link or a submodule"):
        room.commits.commit([changes(change("sub", TEXT, NEW))], "no")
    git(root / "sub", "config", "user.name", "Ada")
    git(root / "sub", "config", "user.email", "a@example.org")
    (root / "sub/a.py").write_text(NEW)
    sub = make_room(root / "sub")
    sub.commits.commit(KEPT, "inner")
    assert git(root / "sub", "show", "HEAD:a.py").decode() == NEW
    assert git(root, "ls-tree", "HEAD", "sub") == link


@pytest.mark.parametrize("how", ["autocrlf", "attributes"])
def test_37_lines_that_git_stores_with_lf_are_committed_so(room: Room, how: str) -> None:
    if how == "autocrlf":
        room.git("config", "core.autocrlf", "true")
    else:
        (room.root / ".gitattributes").write_text("*.py text eol=crlf\n")
        commit_all(room.root, "attributes")
    crlf, new = (text.replace("\n", "\r\n") for text in (TEXT, NEW))
    (room.root / "a.py").write_bytes(new.encode())
    room.commits.commit([changes(change("a.py", crlf, new))], "yes")
    assert room.git("show", "HEAD:a.py") == NEW
    assert room.git("status", "--porcelain") == ""
    assert (room.root / "a.py").read_bytes() == new.encode()


def test_inherited_git_variables_lead_no_commit_elsewhere(
    room: Room, tmp_path: Path, monkeypatch
) -> None:
    other = new_repository(tmp_path / "other")
    (other / "a.py").write_text(TEXT)
    before = commit_all(other)
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git/index"))
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Nobody")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "user.name")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "Nobody")
    room.commits.commit(KEPT, "yes", Options(hooks=True))
    for name in [n for n in os.environ if n.startswith("GIT_")]:
        monkeypatch.delenv(name)
    assert git(other, "rev-parse", "HEAD").decode().strip() == before
    assert room.git("log", "-1", "--format=%an %s") == "Ada Person yes\n"


@pytest.mark.parametrize("file", ["CHERRY_PICK_HEAD", "REVERT_HEAD", "MERGE_HEAD"])
def test_37_what_is_in_progress_is_named(room: Room, file: str) -> None:
    (room.root / ".git" / file).write_text(room.git("rev-parse", "HEAD"))
    with pytest.raises(CommitFailed, match="in progress here"):
        room.commits.commit(KEPT, "no")


class Full(Disk):
    """A disk that is full for one file."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name, self.hits = name, 0

    def write(self, fd: int, data: bytes, what: str) -> None:
        if what.endswith(self.name):
            self.hits += 1
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        super().write(fd, data, what)


@pytest.mark.parametrize("name", ["index.galley", "galley.waiting"])
def test_a_full_disk_fails_the_commit_and_changes_nothing(
    room: Room, tmp_path: Path, name: str
) -> None:
    before = room.state()
    room.journal.close()
    disk = Full(name)
    journal = Journal(tmp_path / "galley-data", room.root, disk)
    try:
        commits = commits_of(room.sidecar, journal)
        with pytest.raises(CommitFailed, match="No space left"):
            commits.commit(KEPT, "no")
        assert disk.hits
        assert room.state() == before
        assert room.leftovers() == []
        disk.name = "nothing"
        commits.commit(KEPT, "yes")
    finally:
        journal.close()
    assert room.git("log", "-1", "--format=%s") == "yes\n"


def test_an_object_store_that_cannot_be_written_fails_with_gits_words(room: Room) -> None:
    before = room.state()
    folders = [room.root / ".git/objects" / f"{number:02x}" for number in range(256)]
    blocked = [folder for folder in folders if not folder.exists()]
    for folder in blocked:
        folder.write_bytes(b"")  # a file where git needs a folder stops root too
    with pytest.raises(CommitFailed, match="Nothing was committed: git hash-object failed"):
        room.commits.commit(KEPT, "no")
    for folder in blocked:
        folder.unlink()
    assert room.state() == before
    assert room.leftovers() == []
