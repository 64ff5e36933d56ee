"""A branch that moves under a commit, locks of others, and undoing one commit after the other."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from assistant.errors import CommitFailed
from assistant.repo.commit_facts import Choices, choices, choose, commit_facts
from assistant.repo.commits import Identity, Options
from assistant.repo.gitdir import Head
from assistant.repo.journal import Journal
from assistant.repo.view import View
from assistant.types import ChangeSet
from tests.assistant.repo.conftest import (
    TEXT,
    Room,
    change,
    changes,
    commits_of,
    created,
    edited,
    git,
    new_repository,
)


def kept(**lines: str) -> list[ChangeSet]:
    return [changes(change("a.py", TEXT, edited(TEXT, **lines)))]


def head(room: Room) -> Head:
    found = room.sidecar.head()
    assert found is not None
    return found


def test_15_a_commit_from_outside_is_refused_and_one_choice_goes_on(room: Room) -> None:
    seen = head(room)
    room.git("commit", "-q", "--allow-empty", "-m", "outside")
    before = room.state()
    with pytest.raises(CommitFailed, match=r"main was moved outside of Galley") as no:
        room.commits.commit(kept(l2="x"), "mine", Options(seen=seen))
    assert room.state() == before
    (way,) = no.value.ways
    room.commits.commit(kept(l2="x"), "mine", Options(seen=seen, allowed=frozenset({way.key})))
    assert room.git("log", "--format=%s").split() == ["mine", "outside", "start"]


def test_15_a_branch_switched_outside_is_refused_and_one_choice_goes_on(room: Room) -> None:
    seen = head(room)
    room.git("checkout", "-q", "-b", "other")
    with pytest.raises(CommitFailed, match="prepared on main, and other is checked out") as no:
        room.commits.commit(kept(l2="x"), "mine", Options(seen=seen))
    allowed = frozenset({no.value.ways[0].key})
    room.git("commit", "-q", "--allow-empty", "-m", "and moved again")
    with pytest.raises(CommitFailed, match="prepared on main"):
        room.commits.commit(kept(l2="x"), "mine", Options(seen=seen, allowed=allowed))
    assert room.git("log", "-1", "--format=%s") == "and moved again\n"


def test_commits_of_ones_own_in_between_are_no_surprise(room: Room) -> None:
    seen = head(room)
    first = room.commits.commit(kept(l2="x"), "one", Options(seen=seen))
    room.commits.commit(kept(l9="y"), "two", Options(seen=seen))
    later = head(room)
    room.commits.undo_commit(room.commits.last())
    assert room.git("rev-parse", "HEAD").strip() == first.commit
    room.commits.commit(kept(l20="z"), "three", Options(seen=later))
    assert room.git("log", "--format=%s").split() == ["three", "one", "start"]


def test_commits_are_undone_one_after_the_other(room: Room) -> None:
    before = room.state()
    text = edited(TEXT, l2="x", l9="y", l20="z")
    (room.root / "a.py").write_text(text)
    for line in ({"l2": "x"}, {"l9": "y"}, {"l20": "z"}):
        room.commits.commit(kept(**line), "one")
    for _ in range(3):
        room.commits.undo_commit(room.commits.last())
    assert room.commits.last() is None
    assert room.state() == before
    assert (room.root / "a.py").read_text() == text


def test_the_last_commit_is_undone_after_a_restart_while_head_is_on_it(
    room: Room, tmp_path: Path
) -> None:
    before = room.state()
    made = room.commits.commit(kept(l2="x"), "one", Options(models=("m",)))
    room.journal.close()
    journal = Journal(tmp_path / "galley-data", room.root)
    try:
        again = commits_of(room.sidecar, journal)
        last = again.last()
        assert last is not None
        assert (last.commit, last.subject, last.branch) == (made.commit, "one", "main")
        room.git("commit", "-q", "--allow-empty", "-m", "newer")
        assert again.last() is None
        room.git("reset", "-q", "--soft", "HEAD~")
        again.undo_commit(last)
        assert room.state()[1:] == before[1:]
    finally:
        journal.close()


@pytest.mark.parametrize("what", ["amend", "undo"])
def test_what_was_pushed_is_changed_only_when_the_person_says_so(
    room: Room, tmp_path: Path, what: str
) -> None:
    made = room.commits.commit(kept(l2="x"), "one")
    git(tmp_path, "init", "-q", "--bare", "far.git")
    room.git("remote", "add", "origin", str(tmp_path / "far.git"))
    room.git("push", "-q", "-u", "origin", "main")

    def act(allowed: frozenset[str]) -> None:
        if what == "undo":
            room.commits.undo_commit(made, allowed)
        else:
            options = Options(amend=True, allowed=allowed)
            room.commits.commit(kept(l9="y"), "better", options)

    with pytest.raises(CommitFailed, match="already pushed") as no:
        act(frozenset())
    act(frozenset(way.key for way in no.value.ways))
    assert room.git("log", "-1", "--format=%s").strip() == {"undo": "start"}.get(what, "better")


def test_a_lock_of_another_git_is_waited_for(room: Room) -> None:
    lock = room.root / ".git/index.lock"
    lock.write_bytes(b"")
    steps: list[str] = []

    def freed(step: str) -> None:
        steps.append(step)
        if step.startswith("waiting for"):
            threading.Timer(0, lock.unlink).start()

    room.commits.commit(kept(l2="x"), "one", Options(wait_s=20), progress=freed)
    assert "waiting for another git command" in steps
    assert room.git("log", "-1", "--format=%s") == "one\n"


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
def test_who_holds_the_lock_is_said_and_the_lock_is_left(room: Room) -> None:
    lock = room.root / ".git/index.lock"
    script = "import sys; f = open(sys.argv[1], 'w'); print('held', flush=True); sys.stdin.read()"
    words = [sys.executable, "-c", script, str(lock)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(CommitFailed, match=rf"\(process {other.pid}\) holds the index"):
            room.commits.commit(kept(l2="x"), "one", Options(wait_s=0))
        steps: list[str] = []
        with pytest.raises(CommitFailed, match="cancelled"):
            room.commits.commit(
                kept(l2="x"),
                "one",
                Options(wait_s=600),
                progress=steps.append,
                cancelled=lambda: any("waiting" in s for s in steps),
            )
        assert lock.exists()
        assert other.stdin is not None
        other.stdin.close()
    assert lock.exists()


def test_a_lock_on_the_ref_fails_and_puts_the_index_back(room: Room) -> None:
    lock = room.root / ".git/refs/heads/main.lock"
    lock.write_bytes(b"")
    before = room.state()
    with pytest.raises(CommitFailed, match="is changing refs/heads/main"):
        room.commits.commit(kept(l2="x"), "one")
    assert room.state() == before
    assert lock.exists()


def facts(room: Room, *, trusted: bool = True):
    repo, _ = room.sidecar.repository()
    assert repo is not None
    return commit_facts(View(repo, room.sidecar.folder), room.journal, trusted=trusted)


def test_the_facts_before_a_commit(room: Room, tmp_path: Path) -> None:
    assert facts(room).author == Identity("Ada Person", "ada@example.org")
    assert (facts(room).hooks, facts(room).signing, facts(room).blocked) == ((), "", "")
    assert (facts(room).last, facts(room).pushed, facts(room).odd) == ("start", False, ())
    room.git("update-ref", "refs/remotes/origin/main", "HEAD")
    assert facts(room).pushed
    room.git("checkout", "-q", "--detach")
    assert "No branch" in facts(room).odd[0]
    room.git("config", "commit.gpgsign", "true")
    assert "only this folder's settings" in facts(room).signing


def test_a_person_git_does_not_know_is_asked_and_remembered_here_alone(
    room: Room, private_home: Path
) -> None:
    room.git("config", "--unset", "user.email")
    assert facts(room).author is None
    config = (room.root / ".git/config").read_bytes()
    choose(room.journal, Choices(hooks=False, notes=True, author=Identity("Grace", "g@x.example")))
    assert facts(room).author == Identity("Grace", "g@x.example")
    assert (choices(room.journal).hooks, choices(room.journal).notes) == (False, True)
    room.commits.commit(kept(l2="x"), "one", Options(author=facts(room).author))
    assert room.git("log", "-1", "--format=%an <%ae>").strip() == "Grace <g@x.example>"
    assert (room.root / ".git/config").read_bytes() == config
    assert not (private_home / ".gitconfig").exists()


def test_the_facts_of_an_unborn_branch(tmp_path: Path, make_room) -> None:
    room = make_room(new_repository(tmp_path / "unborn"))
    assert facts(room).odd == ("This will be the first commit on main.",)
    with pytest.raises(CommitFailed, match="no commit to amend"):
        room.commits.commit([changes(created("a", "a\n"))], "no", Options(amend=True))
