"""Trees written here are the trees that git itself would write."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.errors import CommitFailed
from assistant.repo.tree import Entry
from assistant.repo.treewrite import new_tree
from assistant.repo.view import View
from tests.assistant.repo.conftest import Room, commit_all, git, new_repository

NAMES = st.sampled_from(["a", "a.py", "a-b", "a0", "b", "ab", "z ☃"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)


def runner(room: Room):
    repo, _ = room.sidecar.repository()
    assert repo is not None
    return View(repo, room.sidecar.folder).runner(write_objects=True)


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(PATHS, st.sampled_from([None, b"1", b"2"]), min_size=1, max_size=6))
def test_any_changes_give_gits_own_tree(tmp_path_factory, changed: dict[str, bytes | None]) -> None:
    root = new_repository(tmp_path_factory.mktemp("t") / "project")
    for path in ("a.py", "b/a.py", "b/ab/b", "z ☃/a0"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(path)
    commit_all(root)
    from assistant.repo.gitdir import find

    repo, _ = find(str(root.resolve()))
    assert repo is not None
    folder = tmp_path_factory.mktemp("data")
    ours = View(repo, folder).runner(write_objects=True)
    entries, lines = {}, []
    for path, data in changed.items():
        oid = None
        if data is not None:
            oid = git(root, "hash-object", "-w", "--stdin", data=data).decode().strip()
        entries[path] = None if oid is None else Entry("100644", oid)
        lines.append(f"{'100644' if oid else '0'} {oid or '0' * 40}\t{path}")
    before = set(git(root, "ls-files", "-z").decode().split("\0")[:-1])
    after = {p for p in before if p not in changed} | {
        p for p, d in changed.items() if d is not None
    }
    clash = any(p != q and q.startswith(p + "/") for p in after for q in after)
    try:
        made = new_tree(ours, repo.head().commit, entries, "sha1", folder)
    except CommitFailed:
        assert clash or any(q.startswith(p + "/") for p in changed for q in {*before, *changed})
        return
    assert not clash
    listed = git(root, "ls-tree", "-r", "-z", "--name-only", made).decode().split("\0")[:-1]
    assert set(listed) == after
    git(root, "read-tree", made)
    assert git(root, "write-tree").decode().strip() == made


def test_a_file_where_a_folder_is_is_refused(room: Room, tmp_path: Path) -> None:
    (room.root / "d").mkdir()
    (room.root / "d/x").write_text("x")
    head = commit_all(room.root, "d")
    blob = room.git("rev-parse", "HEAD:b.py").strip()
    for path in ("d", "b.py/x"):
        with pytest.raises(CommitFailed):
            new_tree(runner(room), head, {path: Entry("100644", blob)}, "sha1", tmp_path)
