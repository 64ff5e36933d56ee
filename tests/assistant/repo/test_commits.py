"""Commits hold exactly the kept hunks; everything else of the person stays as it was."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path, PurePosixPath

import pytest

from assistant.errors import CommitFailed
from assistant.repo.commits import Options, create_repository
from assistant.types import FileAction, FileChange, Hunk, HunkState, LineSpan, Snapshot
from tests.assistant.repo.conftest import (
    TEXT,
    Room,
    change,
    changes,
    commit_all,
    created,
    edited,
    git,
    new_repository,
)


def test_a_commit_holds_only_kept_hunks_and_names_the_model(room: Room) -> None:
    new = edited(TEXT, l3="three", l20="twenty", l35="thirty-five")
    kept = change("a.py", TEXT, new, keep=lambda n: n != 1)
    (room.root / "a.py").write_text(kept.applied())
    receipt = room.commits.commit([changes(kept)], "Rename lines", Options(models=("test-model",)))
    assert room.git("show", "HEAD:a.py") == edited(TEXT, l3="three", l35="thirty-five")
    assert room.git("rev-parse", "HEAD").strip() == receipt.commit
    assert receipt.branch == "main"
    assert receipt.files == (PurePosixPath("a.py"),)
    assert room.git("log", "-1", "--format=%an <%ae> %cn%n%B").strip() == (
        "Ada Person <ada@example.org> Ada Person\nRename lines\n\nAssisted-by: test-model (Galley)"
    )
    assert room.git("status", "--porcelain") == ""
    assert "Rename lines" in room.git("reflog")
    git(room.root, "fsck", "--strict")
    assert room.leftovers() == []


def test_04_14_staged_and_unstaged_work_stays_staged_and_unstaged(room: Room) -> None:
    staged = edited(TEXT, l10="staged by me")
    (room.root / "a.py").write_text(staged)
    room.git("add", "a.py")
    working = edited(staged, l30="unstaged by me")
    (room.root / "b.py").write_text("b staged\n")
    room.git("add", "b.py")
    kept = change("a.py", working, edited(working, l20="from the model"))
    (room.root / "a.py").write_text(kept.applied())
    room.commits.commit([changes(kept)], "model's line")
    assert room.git("show", "HEAD:a.py") == edited(TEXT, l20="from the model")
    assert room.git("show", ":a.py") == edited(staged, l20="from the model")
    assert (room.root / "a.py").read_text() == edited(working, l20="from the model")
    assert room.git("show", "HEAD:b.py") == "b\n"
    assert room.git("show", ":b.py") == "b staged\n"


def test_undoing_a_commit_restores_head_index_and_leaves_the_files(room: Room) -> None:
    (room.root / "b.py").write_text("b staged\n")
    room.git("add", "b.py")
    before = room.state()
    kept = change("a.py", TEXT, edited(TEXT, l20="new"))
    (room.root / "a.py").write_text(kept.applied())
    receipt = room.commits.commit([changes(kept)], "one")
    room.commits.undo_commit(receipt)
    assert room.state() == before
    assert (room.root / "a.py").read_text() == kept.applied()
    with pytest.raises(CommitFailed):
        room.commits.undo_commit(receipt)


def test_undoing_is_refused_when_something_newer_stands_on_it(room: Room) -> None:
    receipt = room.commits.commit([changes(change("a.py", TEXT, edited(TEXT, l2="x")))], "one")
    git(room.root, "commit", "-q", "--allow-empty", "-m", "newer")
    before = room.state()
    with pytest.raises(CommitFailed, match="newer"):
        room.commits.undo_commit(receipt)
    assert room.state() == before


def test_undoing_is_refused_when_it_was_pushed(room: Room) -> None:
    receipt = room.commits.commit([changes(change("a.py", TEXT, edited(TEXT, l2="x")))], "one")
    room.git("update-ref", "refs/remotes/origin/main", receipt.commit)
    with pytest.raises(CommitFailed, match="pushed"):
        room.commits.undo_commit(receipt)


def test_undoing_keeps_what_was_staged_after_the_commit(room: Room) -> None:
    receipt = room.commits.commit([changes(change("a.py", TEXT, edited(TEXT, l2="x")))], "one")
    (room.root / "b.py").write_text("later\n")
    room.git("add", "b.py")
    room.commits.undo_commit(receipt)
    assert room.git("show", ":b.py") == "later\n"
    assert room.git("show", ":a.py") == TEXT


def test_a_conflict_with_head_fails_and_changes_nothing(room: Room) -> None:
    working = edited(TEXT, l20="mine, not committed")
    (room.root / "a.py").write_text(working)
    before = room.state()
    kept = change("a.py", working, edited(working, l20="model on top of mine"))
    with pytest.raises(CommitFailed, match=r"a\.py.*HEAD.*line 20"):
        room.commits.commit([changes(kept)], "no")
    assert room.state() == before
    assert room.leftovers() == []


def test_a_conflict_with_the_index_alone_fails_and_changes_nothing(room: Room) -> None:
    (room.root / "a.py").write_text(edited(TEXT, l20="staged"))
    room.git("add", "a.py")
    (room.root / "a.py").write_text(TEXT)
    before = room.state()
    with pytest.raises(CommitFailed, match="the index"):
        room.commits.commit([changes(change("a.py", TEXT, edited(TEXT, l20="model")))], "no")
    assert room.state() == before


def test_nothing_kept_and_nothing_new_are_said(room: Room) -> None:
    rejected = change("a.py", TEXT, edited(TEXT, l2="x"), keep=lambda _: False)
    with pytest.raises(CommitFailed, match="Nothing was kept"):
        room.commits.commit([changes(rejected)], "no")
    done = change("a.py", TEXT, edited(TEXT, l2="x"))
    room.commits.commit([changes(done)], "yes")
    with pytest.raises(CommitFailed, match="already"):
        room.commits.commit([changes(done)], "again")


def test_created_deleted_and_moved_files_are_committed(room: Room) -> None:
    gone = FileChange(
        Snapshot(PurePosixPath("b.py"), "b\n"),
        (Hunk(0, LineSpan(0, 1), ("b\n",), (), HunkState.KEPT),),
        FileAction.DELETE,
    )
    base = change("a.py", TEXT, edited(TEXT, l1="moved"))
    moved = FileChange(base.base, base.hunks, FileAction.MOVE, PurePosixPath("sub/c.py"))
    room.commits.commit([changes(gone, moved, created("new/deep.py", "n\n"))], "all")
    assert room.git("ls-tree", "-r", "--name-only", "HEAD").split() == ["new/deep.py", "sub/c.py"]
    assert room.git("ls-files").split() == ["new/deep.py", "sub/c.py"]
    assert room.git("show", "HEAD:sub/c.py").startswith("moved\n")


def test_two_runs_are_committed_in_their_order(room: Room) -> None:
    first = created("n.py", "one\ntwo\nthree\nfour\n")
    second = change("n.py", "one\ntwo\nthree\nfour\n", "one\n2\nthree\nfour\n")
    room.commits.commit([changes(first), changes(second)], "both")
    assert room.git("show", "HEAD:n.py") == "one\n2\nthree\nfour\n"


def test_15_an_outside_commit_in_between_is_merged_or_refused_never_lost(room: Room) -> None:
    kept = change("a.py", TEXT, edited(TEXT, l20="model"))
    (room.root / "a.py").write_text(edited(TEXT, l5="outside"))
    git(room.root, "commit", "-qam", "outside")
    room.commits.commit([changes(kept)], "mine")
    assert room.git("show", "HEAD:a.py") == edited(TEXT, l5="outside", l20="model")


def test_15_a_branch_that_moves_during_the_commit_refuses_it(room: Room) -> None:
    def meddle(step: str) -> None:
        if step == "committing":
            parent = room.git("rev-parse", "HEAD").strip()
            made = room.git("commit-tree", "HEAD^{tree}", "-p", parent, data=b"out").strip()
            room.git("update-ref", "refs/heads/main", made)

    index = room.git("ls-files", "-s")
    with pytest.raises(CommitFailed, match="moved by someone else"):
        room.commits.commit(
            [changes(change("a.py", TEXT, edited(TEXT, l2="x")))], "no", progress=meddle
        )
    assert room.git("log", "--format=%s").split() == ["out", "start"]
    assert room.git("ls-files", "-s") == index
    assert room.leftovers() == []


def test_a_cancelled_commit_changes_nothing(room: Room) -> None:
    before = room.state()
    with pytest.raises(CommitFailed, match="cancelled"):
        kept = change("a.py", TEXT, edited(TEXT, l2="x"))
        room.commits.commit([changes(kept)], "no", cancelled=lambda: True)
    assert room.state() == before


def test_a_foreign_index_lock_is_respected_and_left(room: Room) -> None:
    lock = room.root / ".git/index.lock"
    lock.write_bytes(b"")
    with pytest.raises(CommitFailed, match=r"index\.lock"):
        room.commits.commit([changes(change("a.py", TEXT, edited(TEXT, l2="x")))], "no")
    assert lock.exists()
    assert room.commits.recover() == []
    assert lock.exists()


def test_no_identity_fails_loudly(room: Room) -> None:
    room.git("config", "--unset", "user.email")
    with pytest.raises(CommitFailed, match="address"):
        room.commits.commit([changes(change("a.py", TEXT, edited(TEXT, l2="x")))], "no")


def test_the_identity_of_the_persons_own_files_and_their_includes_counts(
    room: Room, private_home: Path
) -> None:
    room.git("config", "--unset", "user.email")
    room.git("config", "--unset", "user.name")
    (private_home / ".gitconfig").write_text(
        f'[user]\n\tname = "Grace \\"H\\" # not a comment" ; this is\n'
        f'[includeIf "gitdir:{room.root}/"]\n\tpath = work.inc\n'
    )
    (private_home / "work.inc").write_text("[user]\n\temail = grace@work.example\n")
    room.commits.commit([changes(change("a.py", TEXT, edited(TEXT, l2="x")))], "yes")
    assert room.git("log", "-1", "--format=%an|%ae").strip() == (
        'Grace "H" # not a comment|grace@work.example'
    )


def test_37_the_first_commit_of_an_unborn_branch_and_its_undo(tmp_path: Path, make_room) -> None:
    room = make_room(new_repository(tmp_path / "unborn"))
    receipt = room.commits.commit([changes(created("a.py", "a\n"))], "first")
    assert room.git("log", "--format=%s%P") == "first\n"
    assert room.git("status", "--porcelain").strip() == "D a.py"
    room.commits.undo_commit(receipt)
    assert room.git("for-each-ref") == ""
    assert room.git("ls-files") == ""


def test_37_a_detached_head_moves_itself(room: Room) -> None:
    room.git("checkout", "-q", "--detach")
    main = room.git("rev-parse", "main")
    receipt = room.commits.commit([changes(change("a.py", TEXT, edited(TEXT, l2="x")))], "off")
    assert receipt.branch == ""
    assert room.git("rev-parse", "HEAD").strip() == receipt.commit
    assert room.git("rev-parse", "main") == main
    room.commits.undo_commit(receipt)
    assert room.git("rev-parse", "HEAD") == main


@pytest.mark.parametrize("kind", ["merge", "rebase"])
def test_37_a_merge_or_rebase_in_progress_is_said_and_refused(room: Room, kind: str) -> None:
    room.git("checkout", "-q", "-b", "other")
    (room.root / "a.py").write_text(edited(TEXT, l3="other"))
    room.git("commit", "-qam", "other")
    room.git("checkout", "-q", "main")
    (room.root / "a.py").write_text(edited(TEXT, l3="main"))
    room.git("commit", "-qam", "main")
    git(room.root, kind, "other", check=False)
    assert room.sidecar.head().doing == f"a {kind}"
    assert [f.index for f in room.sidecar.status().files if str(f.path) == "a.py"] == ["U"]
    with pytest.raises(CommitFailed, match="in progress"):
        room.commits.commit([changes(change("b.py", "b\n", "c\n"))], "no")


@pytest.mark.parametrize(
    "setup",
    [
        ["update-index", "--index-version", "4"],
        ["update-index", "--split-index"],
        ["update-index", "--untracked-cache"],
    ],
)
def test_37_other_index_formats_work(room: Room, setup: list[str]) -> None:
    room.git(*setup)
    (room.root / "b.py").write_text("staged\n")
    room.git("add", "b.py")
    assert [(str(f.path), f.index) for f in room.sidecar.status().files] == [("b.py", "M")]
    room.commits.commit([changes(change("a.py", TEXT, edited(TEXT, l2="x")))], "yes")
    assert room.git("show", ":b.py") == "staged\n"
    assert room.git("show", "HEAD:a.py") == edited(TEXT, l2="x")
    git(room.root, "fsck", "--strict")


def test_37_sha256_repositories_work(tmp_path: Path, make_room) -> None:
    root = new_repository(tmp_path / "sha256", "--object-format=sha256")
    (root / "a.py").write_text(TEXT)
    commit_all(root)
    room = make_room(root)
    receipt = room.commits.commit([changes(change("a.py", TEXT, edited(TEXT, l2="x")))], "yes")
    assert len(receipt.commit) == 64
    assert room.git("show", "HEAD:a.py") == edited(TEXT, l2="x")
    room.commits.undo_commit(receipt)
    assert room.git("show", "HEAD:a.py") == TEXT


def test_37_a_linked_worktree_commits_to_its_own_branch(
    room: Room, tmp_path: Path, make_room
) -> None:
    room.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    side = make_room(tmp_path / "side")
    side.commits.commit([changes(change("a.py", TEXT, edited(TEXT, l2="x")))], "side")
    assert room.git("show", "side:a.py") == edited(TEXT, l2="x")
    assert room.git("show", "main:a.py") == TEXT
    assert side.git("status", "--porcelain").strip() == "M a.py"


def test_39_a_subfolder_commits_only_its_own_files(tmp_path: Path, make_room) -> None:
    root = new_repository(tmp_path / "mono")
    (root / "one").mkdir()
    (root / "one/a.py").write_text(TEXT)
    (root / "top.py").write_text("top\n")
    commit_all(root)
    (root / "top.py").write_text("top changed\n")
    room = make_room(root / "one")
    (root / "one/a.py").write_text(edited(TEXT, l2="x"))
    assert [str(f.path) for f in room.sidecar.status().files] == ["a.py"]
    receipt = room.commits.commit([changes(change("a.py", TEXT, edited(TEXT, l2="x")))], "yes")
    assert receipt.files == (PurePosixPath("a.py"),)
    assert git(root, "status", "--porcelain").decode() == " M top.py\n"


@pytest.mark.parametrize("attributes", ["", "*.py text\n", "*.py text eol=crlf\n"])
def test_37_crlf_files_are_committed_as_git_stores_them(
    tmp_path: Path, make_room, attributes: str
) -> None:
    root = new_repository(tmp_path / "crlf")
    if not attributes:
        git(root, "config", "core.autocrlf", "true")
    (root / ".gitattributes").write_text(attributes)
    crlf = TEXT.replace("\n", "\r\n")
    (root / "a.py").write_bytes(crlf.encode())
    commit_all(root)
    assert git(root, "show", "HEAD:a.py").decode() == TEXT
    room = make_room(root)
    assert room.sidecar.status().files == ()
    kept = change("a.py", crlf, crlf.replace("line 7\r", "seven\r"))
    (root / "a.py").write_bytes(kept.applied().encode())
    fresh = created("new.py", "x\r\ny\r\n")
    (root / "new.py").write_bytes(b"x\r\ny\r\n")
    room.commits.commit([changes(kept, fresh)], "yes")
    assert room.git("show", "HEAD:a.py") == edited(TEXT, l7="seven")
    assert room.git("show", "HEAD:new.py") == "x\ny\n"
    assert room.git("status", "--porcelain") == ""


def test_crlf_conversion_by_the_person_is_not_committed_along(room: Room) -> None:
    crlf = TEXT.replace("\n", "\r\n")
    kept = change("a.py", crlf, crlf.replace("line 7\r", "seven\r"))
    room.commits.commit([changes(kept)], "yes")
    assert room.git("show", "HEAD:a.py") == edited(TEXT, l7="seven")


def test_utf16_and_wrong_bytes_are_committed_byte_exact(room: Room) -> None:
    (room.root / "w.txt").write_bytes("eins\r\nzwei\r\n".encode("utf-16"))
    (room.root / "x.txt").write_bytes(b"ok \xc3\xa9\nbad \xff\nend\n")
    commit_all(room.root, "more")
    one = change("w.txt", "eins\r\nzwei\r\n", "eins\r\ndrei\r\n")
    two = change("x.txt", "ok é\nbad \udcff\nend\n", "ok é\nbad \udcff\nENDE\n")
    room.commits.commit([changes(one, two)], "yes")
    assert git(room.root, "show", "HEAD:w.txt") == "eins\r\ndrei\r\n".encode("utf-16")
    assert git(room.root, "show", "HEAD:x.txt") == b"ok \xc3\xa9\nbad \xff\nENDE\n"


def test_37_files_behind_a_filter_are_refused_by_name(room: Room) -> None:
    (room.root / ".gitattributes").write_text("*.bin filter=lfs\n")
    (room.root / "x.bin").write_text("pointer\n")
    commit_all(room.root, "lfs")
    before = room.state()
    with pytest.raises(CommitFailed, match="filter “lfs”"):
        room.commits.commit([changes(change("x.bin", "pointer\n", "new\n"))], "no")
    assert room.state() == before


def test_an_untracked_file_is_refused_with_a_way_out(room: Room) -> None:
    with pytest.raises(CommitFailed, match=r"u\.py is not in HEAD.*git add"):
        room.commits.commit([changes(change("u.py", "a\n", "b\n"))], "no")


def test_amending_replaces_the_newest_commit_and_keeps_its_author(room: Room) -> None:
    room.git("commit", "-q", "--amend", "--author", "Other <o@example.org>", "-m", "start")
    receipt = room.commits.commit(
        [changes(change("a.py", TEXT, edited(TEXT, l2="x")))], "better", Options(amend=True)
    )
    assert room.git("log", "--format=%s|%an|%cn") == "better|Other|Ada Person\n"
    room.commits.undo_commit(receipt)
    assert room.git("log", "--format=%s|%an") == "start|Other\n"


def test_a_branch_of_its_own_leaves_head_and_index_alone(room: Room) -> None:
    head, index = room.git("rev-parse", "HEAD"), room.git("ls-files", "-s")
    kept = change("a.py", TEXT, edited(TEXT, l2="x"))
    receipt = room.commits.commit([changes(kept)], "aside", Options(branch="galley/try"))
    assert receipt.branch == "galley/try"
    assert room.git("show", "galley/try:a.py") == edited(TEXT, l2="x")
    assert room.git("rev-parse", "HEAD") == head
    assert room.git("ls-files", "-s") == index
    room.commits.undo_commit(receipt)
    assert "galley/try" not in room.git("for-each-ref")


def hook(root: Path, name: str, body: str) -> None:
    path = root / ".git/hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def test_hooks_run_only_on_wish_in_a_trusted_folder_and_are_seen(room: Room, make_room) -> None:
    hook(room.root, "pre-commit", "echo hook says hello; echo ran >> hook-ran")
    kept = change("a.py", TEXT, edited(TEXT, l2="x"))
    room.commits.commit([changes(kept)], "without")
    assert not (room.root / "hook-ran").exists()
    said: list[str] = []
    more = change("b.py", "b\n", "c\n")
    room.commits.commit(
        [changes(more)], "with", Options(hooks=True, models=("m",)), heard=said.append
    )
    assert (room.root / "hook-ran").read_text() == "ran\n"
    assert any("hook says hello" in one for one in said)
    assert room.git("show", "HEAD:b.py") == "c\n"
    assert "Assisted-by: m (Galley)" in room.git("log", "-1", "--format=%B")


def test_a_hook_that_refuses_leaves_everything_as_it_was(room: Room) -> None:
    hook(room.root, "pre-commit", "echo no way >&2; exit 1")
    (room.root / "b.py").write_text("staged\n")
    room.git("add", "b.py")
    before = room.state()
    with pytest.raises(CommitFailed, match="no way"):
        kept = change("a.py", TEXT, edited(TEXT, l2="x"))
        room.commits.commit([changes(kept)], "no", Options(hooks=True))
    assert room.state() == before
    assert room.leftovers() == []


def test_a_commit_with_hooks_can_be_undone(room: Room) -> None:
    hook(room.root, "pre-commit", "exit 0")
    before = room.state()
    kept = change("a.py", TEXT, edited(TEXT, l2="x"))
    receipt = room.commits.commit([changes(kept)], "yes", Options(hooks=True))
    room.commits.undo_commit(receipt)
    assert room.state() == before


def test_hooks_are_refused_without_trust(room: Room, tmp_path: Path, make_room) -> None:
    root = new_repository(tmp_path / "wild")
    wild = make_room(root, trusted=False)
    with pytest.raises(CommitFailed, match="trust"):
        wild.commits.commit([changes(created("a", "a\n"))], "no", Options(hooks=True))


def test_a_repository_is_created_once_and_never_in_the_home_folder(
    tmp_path: Path, make_room
) -> None:
    root = tmp_path / "plain"
    root.mkdir()
    assert create_repository(root) == "main"
    assert not (root / ".git/hooks").exists()
    with pytest.raises(CommitFailed, match="already"):
        create_repository(root)
    with pytest.raises(CommitFailed, match="too much"):
        create_repository(os.path.expanduser("~"))
    room = make_room(root)
    git(root, "config", "user.name", "A")
    git(root, "config", "user.email", "a@example.org")
    room.commits.commit([changes(created("a", "a\n"))], "first")
    assert room.git("log", "--format=%s") == "first\n"


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="signing needs ssh-keygen")
def test_a_commit_is_signed_when_the_person_asks_for_it(
    room: Room, private_home: Path, tmp_path: Path
) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    (private_home / ".gitconfig").write_text(
        f"[gpg]\n\tformat = ssh\n[user]\n\tsigningkey = {key}\n[commit]\n\tgpgSign = true\n"
    )
    kept = change("a.py", TEXT, edited(TEXT, l2="x"))
    room.commits.commit([changes(kept)], "signed", Options(hooks=True))
    assert "BEGIN SSH SIGNATURE" in room.git("cat-file", "commit", "HEAD")
