"""A switch does to links, modes, submodules, line ends and sparse trees what git does, or says why
not; each case is compared with a twin in which git itself switched."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.edits.merge import three_way
from assistant.errors import CommitFailed
from assistant.repo.branches import Branches
from tests.assistant.repo.conftest import TEXT, Room, commit_all, git, new_repository

Make = Callable[..., Room]
ELSEWHERE = "1234567890123456789012345678901234567890"


def picture(root: Path) -> dict[str, object]:
    """Files with their modes, links with their targets, and folders."""
    found: dict[str, object] = {}
    for folder, names, files in os.walk(root):
        if ".git" in names:
            names.remove(".git")
        for name in (*files, *names):
            path = Path(folder, name)
            what: object = "folder"
            if path.is_symlink():
                what = os.readlink(path)
            elif path.is_file():
                what = (path.read_bytes(), path.stat().st_mode)
            found[str(path.relative_to(root))] = what
    return found


def there_and_back(root: Path, make: Make, tmp_path: Path, *, clean: bool = True) -> None:
    """Switch to ``side`` and back, with git doing the same in a twin."""
    twin = tmp_path / "twin"
    subprocess.run(["cp", "-a", str(root), str(twin)], check=True)
    room = make(root)
    both = Branches(room.sidecar, room.journal, room.door, merge=three_way)
    for name in ("side", "main"):
        both.switch(name)
        git(twin, "checkout", "-q", name)
        assert picture(root) == picture(twin)
        assert git(root, "ls-files", "-s", "-t") == git(twin, "ls-files", "-s", "-t")
        assert git(root, "status", "--porcelain") == git(twin, "status", "--porcelain")
        assert not clean or git(root, "status", "--porcelain") == b""
        assert room.leftovers() == []


def refused(root: Path, make: Make, why: str) -> None:
    room = make(root)
    before = picture(root), git(root, "ls-files", "-s", "-t"), git(root, "for-each-ref")
    with pytest.raises(CommitFailed, match=why):
        Branches(room.sidecar, room.journal, room.door, merge=three_way).switch("side")
    after = picture(root), git(root, "ls-files", "-s", "-t"), git(root, "for-each-ref")
    assert before == after
    assert (root / ".git/HEAD").read_text() == "ref: refs/heads/main\n"
    assert room.leftovers() == []


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = new_repository(tmp_path / "project")
    (root / "a.py").write_text(TEXT)
    (root / "run").write_text("#!/bin/sh\n")
    (root / "run").chmod(0o755)
    (root / "sub").mkdir()
    (root / "sub/b.py").write_text("b\n")
    (root / "link").symlink_to("a.py")
    (root / "was-link").symlink_to("a.py")
    (root / "was-file").write_text("a file\n")
    commit_all(root)
    return root


def side(root: Path, change: Callable[[], object]) -> None:
    """A branch with what ``change`` makes of the files."""
    git(root, "checkout", "-q", "-b", "side")
    change()
    commit_all(root, "side")
    git(root, "checkout", "-q", "main")


def test_programs_links_and_emptied_folders(root: Path, make_room: Make, tmp_path: Path) -> None:
    def change() -> None:
        (root / "a.py").chmod(0o755)
        (root / "run").chmod(0o644)
        (root / "link").unlink()
        (root / "link").symlink_to("sub/b.py")
        (root / "deep/er").mkdir(parents=True)
        (root / "deep/er/new-link").symlink_to("../../a.py")
        (root / "was-link").unlink()
        (root / "was-link").write_text("a file now\n")
        (root / "was-file").unlink()
        (root / "was-file").symlink_to("sub")
        (root / "sub/b.py").unlink()

    side(root, change)
    there_and_back(root, make_room, tmp_path)


def test_a_mode_alone_changes_no_byte_of_an_edited_file(root: Path, make_room: Make) -> None:
    side(root, lambda: (root / "a.py").chmod(0o755))
    (root / "a.py").write_text("all of it mine\n")
    room = make_room(root)
    Branches(room.sidecar, room.journal, room.door, merge=three_way).switch("side")
    assert (root / "a.py").read_text() == "all of it mine\n"
    assert os.access(root / "a.py", os.X_OK)


def test_a_hard_link_becomes_a_program_in_place(root: Path, make_room: Make) -> None:
    side(root, lambda: (root / "a.py").chmod(0o755))
    os.link(root / "a.py", root / "twin.py")
    room = make_room(root)
    Branches(room.sidecar, room.journal, room.door, merge=three_way).switch("side")
    assert os.access(root / "a.py", os.X_OK)
    assert (root / "a.py").stat().st_ino == (root / "twin.py").stat().st_ino


@pytest.mark.parametrize("target", ["/etc/passwd", "../../etc", "sub/../../x", ".git/hooks/x"])
def test_a_link_that_leads_out_is_refused_by_name(root: Path, make_room: Make, target: str) -> None:
    side(root, lambda: (root / "evil").symlink_to(target))
    refused(root, make_room, "evil would be a link to")


def test_a_folder_that_became_a_link_is_not_written_through(root: Path, make_room: Make) -> None:
    side(root, lambda: (root / "sub/b.py").write_text("side\n"))
    (root / "sub").rename(root / "other")
    (root / "sub").symlink_to("other")
    refused(root, make_room, "sub/b.py cannot be reached")
    assert (root / "other/b.py").read_text() == "b\n"


@pytest.mark.parametrize("what", ["link", "retargeted", "a link over a file", "untracked"])
def test_links_of_ones_own_are_in_the_way(root: Path, make_room: Make, what: str) -> None:
    def change() -> None:
        (root / "link").unlink()
        (root / "link").symlink_to("sub/b.py")
        (root / "a.py").write_text("side\n")
        (root / "fresh").symlink_to("a.py")

    side(root, change)
    if what == "link":
        (root / "link").unlink()
        (root / "link").write_text("a file of mine\n")
    elif what == "retargeted":
        (root / "link").unlink()
        (root / "link").symlink_to("run")
    elif what == "a link over a file":
        (root / "a.py").rename(root / "b.py")
        (root / "a.py").symlink_to("b.py")
    else:
        (root / "fresh").write_text("mine\n")
    refused(root, make_room, "Your changes in .* meet")


def test_a_file_that_becomes_a_folder_is_refused(root: Path, make_room: Make) -> None:
    def change() -> None:
        (root / "was-file").unlink()
        (root / "was-file").mkdir()
        (root / "was-file/x").write_text("x\n")

    side(root, change)
    refused(root, make_room, "was-file/x cannot be reached")


def test_a_submodule_moves_in_the_index_and_keeps_its_files(
    root: Path, make_room: Make, tmp_path: Path
) -> None:
    inner = new_repository(tmp_path / "inner")
    (inner / "x").write_text("1\n")
    first = commit_all(inner)
    (inner / "x").write_text("2\n")
    second = commit_all(inner, "second")
    git(root, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), "mod")
    git(root / "mod", "checkout", "-q", first)
    commit_all(root, "with a module")
    git(root, "checkout", "-q", "-b", "side")
    for oid, path in ((second, "mod"), (ELSEWHERE, "empty")):
        git(root, "update-index", "--add", "--cacheinfo", f"160000,{oid},{path}")
    git(root, "commit", "-q", "-m", "side")
    git(root, "checkout", "-q", "main")
    there_and_back(root, make_room, tmp_path, clean=False)
    assert (root / "mod/x").read_text() == "1\n"
    assert not (root / "empty").exists()


def test_a_submodule_that_goes_leaves_its_files(root: Path, make_room: Make) -> None:
    git(root, "update-index", "--add", "--cacheinfo", f"160000,{ELSEWHERE},mod")
    git(root, "commit", "-q", "-m", "module")
    git(root, "branch", "side", "HEAD~1")
    (root / "mod").mkdir()
    (root / "mod/mine").write_text("mine\n")
    room = make_room(root)
    Branches(room.sidecar, room.journal, room.door, merge=three_way).switch("side")
    assert (root / "mod/mine").read_text() == "mine\n"
    assert git(root, "status", "--porcelain") == b"?? mod/\n"


def test_line_ends_are_those_of_the_branchs_own_attributes(
    root: Path, make_room: Make, tmp_path: Path
) -> None:
    def change() -> None:
        (root / ".gitattributes").write_text("*.py text eol=crlf\nsub/*.py eol=lf\n*.bin -text\n")
        (root / "a.py").write_text(TEXT.replace("line 3\n", "three\n"))
        (root / "sub/b.py").write_text("side\n")
        (root / "sub/c.py").write_text("c\n")
        (root / "raw.bin").write_bytes(b"a\r\nb\n\0")

    side(root, change)
    (root / "untracked").write_text("mine\n")
    there_and_back(root, make_room, tmp_path, clean=False)


def test_other_line_ends_of_the_same_lines_are_no_change_of_ones_own(
    root: Path, make_room: Make
) -> None:
    (root / ".gitattributes").write_text("* text=auto\n")
    commit_all(root, "attributes")
    side(root, lambda: (root / "a.py").write_text("quite another text\n"))
    (root / "a.py").write_bytes(TEXT.replace("\n", "\r\n").encode())
    room = make_room(root)
    Branches(room.sidecar, room.journal, room.door, merge=three_way).switch("side")
    assert (root / "a.py").read_text() == "quite another text\n"
    assert git(root, "status", "--porcelain") == b""


@pytest.mark.parametrize(("name", "said"), [("lfs", "by Git LFS"), ("x", "the filter “x”")])
def test_what_only_a_filter_can_make_is_left_to_git(
    root: Path, make_room: Make, name: str, said: str
) -> None:
    canary = root.parent / "canary"
    (root / ".gitattributes").write_text(f"*.big filter={name}\n")
    (root / "one.big").write_text("pointer 1\n")
    (root / "two.big").write_text("pointer 2\n")
    commit_all(root, "attributes")
    side(root, lambda: (root / "a.py").write_text("not filtered\n"))
    (root / "one.big").write_text("the real bytes\n")
    for way in ("smudge", "clean"):
        git(root, "config", f"filter.{name}.{way}", f"touch {canary}")
    room = make_room(root)
    Branches(room.sidecar, room.journal, room.door, merge=three_way).switch("side")
    assert (root / "one.big").read_text() == "the real bytes\n"
    Branches(room.sidecar, room.journal, room.door, merge=three_way).switch("main")
    room.journal.close()
    for way in ("smudge", "clean"):
        git(root, "config", "--unset", f"filter.{name}.{way}")
    (root / "one.big").write_text("pointer 1\n")
    git(root, "update-index", "--add", "--cacheinfo", f"100644,{_blob(root)},one.big")
    tree = git(root, "write-tree").decode().strip()
    made = git(root, "commit-tree", "-p", "main", "-m", "x", tree).decode().strip()
    git(root, "branch", "-f", "side", made)
    git(root, "read-tree", "main")
    for way in ("smudge", "clean"):
        git(root, "config", f"filter.{name}.{way}", f"touch {canary}")
    refused(root, make_room, f"one.big is stored .*{said}")
    assert not canary.exists()


def _blob(root: Path) -> str:
    return git(root, "hash-object", "-w", "--stdin", data=b"pointer 3\n").decode().strip()


def test_a_sparse_work_tree_stays_sparse(root: Path, make_room: Make, tmp_path: Path) -> None:
    for folder in ("in", "in/deep", "out", "out/deep"):
        (root / folder).mkdir()
        (root / folder / "f").write_text("1\n")
    commit_all(root, "folders")

    def change() -> None:
        for folder in ("in", "in/deep", "out", "out/deep"):
            (root / folder / "f").write_text("2\n")
            (root / folder / "new").write_text("new\n")
        (root / "sub/b.py").unlink()

    side(root, change)
    git(root, "sparse-checkout", "set", "--cone", "in", "out/deep")
    assert not (root / "sub").exists()
    there_and_back(root, make_room, tmp_path)
    assert not (root / "sub").exists()


def test_a_sparse_work_tree_by_patterns_is_refused(root: Path, make_room: Make) -> None:
    side(root, lambda: (root / "a.py").write_text("side\n"))
    git(root, "sparse-checkout", "set", "--no-cone", "*.py")
    refused(root, make_room, "not by whole folders")
