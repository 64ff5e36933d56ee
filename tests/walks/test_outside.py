"""What git does outside of the window to hunks that wait: kept when they are in, asked when not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.walks.harness import KEPT, PENDING, Walk, git, repository

Start = Callable[..., Walk]
OLD = "".join(f"line {n}\n" for n in range(1, 41))
NEW = OLD.replace("line 7\n", "seven\n").replace("line 27\n", "twenty\n")


@pytest.fixture
def walk(start: Start, tmp_path: Path) -> Walk:
    """Two hunks wait in a.py."""
    walk = start(repository(tmp_path / "shop", {"a.py": OLD}))
    walk.open("a.py")
    walk.press("Ctrl+A")
    walk.ask("replace 'line 7' with 'seven'")
    walk.press("Escape")
    walk.until(lambda: walk.work.inline.current() is None)
    assert walk.states("a.py") == [PENDING]
    return walk


def seven() -> str:
    return OLD.replace("line 7\n", "seven\n")


def test_a_hunk_written_and_committed_outside_is_kept_and_not_offered_again(walk: Walk) -> None:
    (walk.root / "a.py").write_text(seven())
    git(walk.root, "commit", "-qam", "outside")
    walk.until(lambda: walk.states("a.py") in ([KEPT], []))
    walk.until(lambda: not walk.work.review.kept())
    assert walk.document("a.py").editor.text() == seven()


def test_a_hunk_committed_outside_that_the_file_lacks_is_kept(walk: Walk) -> None:
    (walk.root / "a.py").write_text(seven())
    git(walk.root, "add", "a.py")
    (walk.root / "a.py").write_text(OLD)
    git(walk.root, "commit", "-qm", "outside")
    walk.until(lambda: walk.states("a.py") in ([KEPT], []))
    walk.until(lambda: not walk.work.review.kept())
    assert walk.document("a.py").editor.text() == seven()


def test_a_hunk_staged_outside_is_kept_and_can_still_be_committed(walk: Walk) -> None:
    (walk.root / "a.py").write_text(seven())
    git(walk.root, "add", "a.py")
    walk.until(lambda: walk.states("a.py") == [KEPT])
    walk.commit()
    assert walk.git("show", "HEAD:a.py") == seven()
    assert walk.git("status", "--porcelain") == ""


def test_a_kept_hunk_committed_outside_is_not_offered_again(walk: Walk) -> None:
    walk.press("Alt+Return")
    assert walk.states("a.py") == [KEPT]
    walk.save(walk.document("a.py"))
    git(walk.root, "commit", "-qam", "outside")
    walk.until(lambda: not walk.work.review.kept())


def test_a_commit_outside_of_something_else_keeps_nothing(walk: Walk) -> None:
    (walk.root / "b.py").write_text("b\n")
    git(walk.root, "add", "b.py")
    git(walk.root, "commit", "-qm", "outside")
    walk.until(lambda: walk.work.versions.head == walk.git("rev-parse", "HEAD").strip())
    assert walk.states("a.py") == [PENDING]


@pytest.fixture
def two(walk: Walk) -> Walk:
    """A second branch, side, with another line 30."""
    git(walk.root, "branch", "side")
    git(walk.root, "checkout", "-q", "side")
    (walk.root / "a.py").write_text(OLD.replace("line 30\n", "thirty\n"))
    git(walk.root, "commit", "-qam", "on the side")
    git(walk.root, "checkout", "-q", "main")
    walk.until(lambda: walk.work.versions._seen.branch == "main")
    walk.until(lambda: walk.document("a.py").editor.text() == OLD)
    return walk


def choose(walk: Walk, name: str) -> None:
    """A branch from the status bar, by mouse and keys."""
    walk.click(walk.window.status._parts["branch"])
    palette = walk.window.palette_box
    walk.until(lambda: palette.isVisible() and palette.choices())
    walk.type(name)
    walk.press("Return")


def test_switching_asks_first_while_hunks_are_pending_and_takes_them_along(two: Walk) -> None:
    two.window.notices.drop("branch")
    choose(two, "side")
    two.until(lambda: any("come along to side" in words for words in two.notices()))
    assert two.git("rev-parse", "--abbrev-ref", "HEAD") == "main\n"
    two.click(two.button(two.window.notices, "Switch to side"))
    two.until(lambda: two.work.versions._seen.branch == "side")
    assert two.git("status", "--porcelain") == ""
    two.until(lambda: "thirty\n" in two.document("a.py").editor.text())
    assert two.states("a.py") == [PENDING]
    assert not [words for words in two.notices() if "The branch is" in words]
    two.press("Alt+Return")
    assert two.document("a.py").editor.text() == seven().replace("line 30\n", "thirty\n")


def test_a_switch_that_would_meet_my_changes_is_refused_by_name(two: Walk) -> None:
    mine = OLD.replace("line 30\n", "mine\n")
    (two.root / "a.py").write_text(mine)
    two.until(lambda: two.document("a.py").editor.text() == mine)
    two.until(lambda: two.work.versions._seen.letters)
    choose(two, "side")
    two.until(lambda: any("come along to side" in words for words in two.notices()))
    two.click(two.button(two.window.notices, "Switch to side"))
    two.until(lambda: "Your changes in a.py meet" in two.message())
    assert two.git("rev-parse", "--abbrev-ref", "HEAD") == "main\n"
    assert two.disk("a.py").decode() == mine


def test_a_new_branch_is_made_from_the_palette(walk: Walk) -> None:
    choose(walk, "try/it")
    walk.until(lambda: walk.work.versions._seen.branch == "try/it")
    assert walk.git("rev-parse", "--abbrev-ref", "HEAD") == "try/it\n"
    assert walk.states("a.py") == [PENDING]
    assert walk.message() == "On try/it now."
