"""Hooks run for the person's own commit, are seen, can refuse, and nothing they do is swallowed."""

from __future__ import annotations

import os
import time
from pathlib import Path

import psutil
import pytest

from assistant.errors import CommitFailed
from assistant.repo.commits import Options
from assistant.repo.hooks import present
from tests.assistant.repo.conftest import TEXT, Room, change, changes, edited, git

HOOKED = Options(hooks=True)


def hook(root: Path, name: str, body: str, folder: str = ".git/hooks") -> Path:
    path = root / folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def kept(**lines: str):
    return [changes(change("a.py", TEXT, edited(TEXT, **(lines or {"l2": "x"}))))]


def test_a_hook_sees_head_plus_the_kept_hunks_and_nothing_else(room: Room) -> None:
    (room.root / "b.py").write_text("staged by me\n")
    room.git("add", "b.py")
    (room.root / "a.py").write_text(edited(TEXT, l2="x", l30="typed, not kept"))
    hook(room.root, "pre-commit", "git diff --cached > seen; git status --porcelain > state")
    room.commits.commit(kept(), "one", HOOKED)
    seen = (room.root / "seen").read_text()
    assert "+x\n" in seen
    assert "typed" not in seen
    assert "staged by me" not in seen
    assert room.git("show", ":b.py") == "staged by me\n"


def test_the_words_of_a_hook_are_heard_while_it_runs(room: Room) -> None:
    gate = room.root / "gate"
    os.mkfifo(gate)
    hook(room.root, "pre-commit", "echo first; read word < gate; echo second $word >&2")
    heard: list[str] = []

    def listen(words: str) -> None:
        heard.append(words)
        if "first" in words:
            gate.write_text("now\n")

    room.commits.commit(kept(), "one", HOOKED, heard=listen)
    assert heard[0] == "first\n"
    assert "second now" in "".join(heard[1:])


def test_message_hooks_change_the_message_and_an_empty_one_is_refused(room: Room) -> None:
    hook(room.root, "prepare-commit-msg", 'echo "Ticket: $2" >> "$1"')
    hook(room.root, "commit-msg", 'sed -i "1s/^/[x] /" "$1"')
    room.commits.commit(kept(), "one", HOOKED)
    assert room.git("log", "-1", "--format=%B").strip() == "[x] one\nTicket: message"
    hook(room.root, "commit-msg", ': > "$1"')
    before = room.state()
    with pytest.raises(CommitFailed, match="no message"):
        room.commits.commit(kept(l20="y"), "two", HOOKED)
    assert room.state() == before


@pytest.mark.parametrize("name", ["pre-commit", "prepare-commit-msg", "commit-msg"])
def test_each_hook_can_refuse_and_the_way_on_is_offered(room: Room, name: str) -> None:
    hook(room.root, name, "echo because of a rule >&2; exit 3")
    before = room.state()
    with pytest.raises(CommitFailed, match=f"{name} refused the commit: because of a rule") as no:
        room.commits.commit(kept(), "one", HOOKED)
    assert room.state() == before
    assert room.leftovers() == []
    (way,) = no.value.ways
    room.commits.commit(kept(), "one", Options(hooks=True, allowed=frozenset({way.key})))
    assert room.git("log", "-1", "--format=%s") == "one\n"


def test_a_post_commit_that_fails_is_told_and_the_commit_stands(room: Room) -> None:
    hook(room.root, "post-commit", "git log -1 --format=%s > after; exit 4")
    receipt = room.commits.commit(kept(), "one", HOOKED)
    assert (room.root / "after").read_text() == "one\n"
    assert receipt.notes == (
        "post-commit failed with status 4; the commit stands.",
        "post-commit changed after on disk.",
    )


def test_what_a_hook_stages_is_asked_about_and_never_swallowed(room: Room) -> None:
    (room.root / "a.py").write_text(edited(TEXT, l2="x", l30="typed, not kept"))
    hook(room.root, "pre-commit", "git add a.py")
    before = room.state()
    with pytest.raises(CommitFailed, match=r"changed what would be committed: a\.py") as asked:
        room.commits.commit(kept(), "one", HOOKED)
    assert room.state() == before
    with_it, without = (way.key for way in asked.value.ways)
    room.commits.commit(kept(), "one", Options(hooks=True, allowed=frozenset({with_it})))
    assert room.git("show", "HEAD:a.py") == edited(TEXT, l2="x", l30="typed, not kept")
    assert room.git("status", "--porcelain") == ""
    assert without == "no-hooks"


def test_agreeing_to_one_change_of_a_hook_allows_no_other(room: Room) -> None:
    hook(room.root, "pre-commit", "echo $$ > b.py; git add b.py")
    with pytest.raises(CommitFailed) as asked:
        room.commits.commit(kept(), "one", HOOKED)
    allowed = frozenset({asked.value.ways[0].key})
    with pytest.raises(CommitFailed, match=r"b\.py"):
        room.commits.commit(kept(), "one", Options(hooks=True, allowed=allowed))


def test_a_hooks_change_meets_what_the_person_staged(room: Room) -> None:
    (room.root / "a.py").write_text(edited(TEXT, l30="staged"))
    room.git("add", "a.py")
    line = edited(TEXT, l2="x", l10="formatted").replace("\n", "\\n")
    script = f"printf '{line}' | git hash-object -w --stdin"
    hook(room.root, "pre-commit", f"git update-index --cacheinfo 100644,$({script}),a.py")
    with pytest.raises(CommitFailed) as asked:
        room.commits.commit(kept(), "one", HOOKED)
    allowed = frozenset({asked.value.ways[0].key})
    room.commits.commit(kept(), "one", Options(hooks=True, allowed=allowed))
    assert room.git("show", "HEAD:a.py") == edited(TEXT, l2="x", l10="formatted")
    assert room.git("show", ":a.py") == edited(TEXT, l2="x", l10="formatted", l30="staged")


def test_files_that_a_hook_writes_are_named(room: Room) -> None:
    hook(room.root, "pre-commit", "echo more >> b.py")
    receipt = room.commits.commit(kept(), "one", HOOKED)
    assert receipt.notes == ("The hooks changed b.py on disk; that is not in the commit.",)
    hook(room.root, "pre-commit", "echo more >> b.py; exit 1")
    with pytest.raises(CommitFailed, match=r"It changed b\.py on disk"):
        room.commits.commit(kept(l20="y"), "two", HOOKED)


def test_a_hook_can_be_cancelled_with_all_its_children(room: Room) -> None:
    hook(room.root, "pre-commit", "sleep 600 & echo $! > child; echo started; wait")
    started: list[str] = []
    before = room.state()
    began = time.monotonic()
    with pytest.raises(CommitFailed, match="cancelled"):
        room.commits.commit(
            kept(), "one", HOOKED, heard=started.append, cancelled=lambda: bool(started)
        )
    assert time.monotonic() - began < 30
    assert _gone(int((room.root / "child").read_text()))
    assert room.state() == before
    assert room.leftovers() == []


def test_a_hook_that_never_ends_is_ended_at_the_limit(room: Room) -> None:
    hook(room.root, "pre-commit", "trap '' TERM; sleep 600 & echo $! > child; wait; sleep 600")
    with pytest.raises(CommitFailed, match="was stopped after 1 s"):
        room.commits.commit(kept(), "one", Options(hooks=True, hook_limit_s=0.6))
    assert _gone(int((room.root / "child").read_text()))


def _gone(process: int) -> bool:
    try:
        return psutil.Process(process).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_no_lock_is_held_while_hooks_run_and_staging_meanwhile_is_kept(room: Room) -> None:
    hook(room.root, "pre-commit", "test ! -e .git/index.lock && echo free > free")

    def meddle(step: str) -> None:
        if step == "running pre-commit":
            (room.root / "b.py").write_text("staged meanwhile\n")
            room.git("add", "b.py")

    room.commits.commit(kept(), "one", HOOKED, progress=meddle)
    assert (room.root / "free").exists()
    assert room.git("show", ":b.py") == "staged meanwhile\n"
    assert room.git("show", "HEAD:b.py") == "b\n"


def test_a_hook_that_commits_by_itself_leaves_ours_undone(room: Room) -> None:
    body = "git -c core.hooksPath=/dev/null commit -qm theirs --allow-empty"
    hook(room.root, "pre-commit", f"unset GIT_INDEX_FILE; {body}")
    with pytest.raises(CommitFailed, match="moved by someone else"):
        room.commits.commit(kept(), "one", HOOKED)
    assert room.git("log", "--format=%s").split() == ["theirs", "start"]


def test_hooks_are_found_where_git_finds_them(room: Room) -> None:
    repo, _ = room.sidecar.repository()
    assert repo is not None
    assert present(repo, repo.config) == ()
    hook(room.root, "commit-msg", "")
    hook(room.root, "pre-commit", "").chmod(0o644)
    assert present(repo, repo.config) == ("commit-msg",)
    room.git("config", "core.hooksPath", "own")
    hook(room.root, "pre-commit", "echo own > ran", folder="own")
    repo, _ = room.sidecar.repository()
    assert repo is not None
    assert present(repo, repo.config) == ("pre-commit",)
    room.commits.commit(kept(), "one", HOOKED)
    assert (room.root / "ran").exists()


def test_hooks_of_a_linked_worktree_run_in_it(room: Room, tmp_path: Path, make_room) -> None:
    hook(room.root, "pre-commit", "git rev-parse --abbrev-ref HEAD > where")
    room.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    side = make_room(tmp_path / "side")
    side.commits.commit(kept(), "side", HOOKED)
    assert (tmp_path / "side/where").read_text() == "side\n"


def test_a_hook_that_cannot_be_run_is_said(room: Room) -> None:
    path = hook(room.root, "pre-commit", "")
    path.write_text("#!/no/such/shell\n")
    before = room.state()
    with pytest.raises(CommitFailed, match="pre-commit cannot be run"):
        room.commits.commit(kept(), "one", HOOKED)
    assert room.state() == before


def test_a_commit_with_hooks_is_what_git_would_have_made(room: Room, tmp_path: Path) -> None:
    hook(room.root, "commit-msg", 'echo "Checked: yes" >> "$1"')
    (room.root / "a.py").write_text(edited(TEXT, l2="x"))
    twin = tmp_path / "twin"
    git(tmp_path, "clone", "-q", str(room.root), str(twin))
    git(twin, "config", "user.name", "Ada Person")
    git(twin, "config", "user.email", "ada@example.org")
    hook(twin, "commit-msg", 'echo "Checked: yes" >> "$1"')
    (twin / "a.py").write_text(edited(TEXT, l2="x"))
    git(twin, "commit", "-qam", "one")
    room.commits.commit(kept(), "one", HOOKED)
    theirs = git(twin, "log", "-1", "--format=%T %an %ae %cn%n%B").decode()
    assert room.git("log", "-1", "--format=%T %an %ae %cn%n%B") == theirs
