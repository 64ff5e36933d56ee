"""The index follows the disk: edits, renames, branch switches, lost events. Asked through the
worker."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from assistant.context.watch import cover
from tests.assistant.context.door import PROGRAM, Door, git, watching, write


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    git(folder, "init", "-q", ".")
    write(folder, {"src/a.py": "def needle_one():\n    return 1\n", "docs/x.md": "# Title\n"})
    return folder


def test_an_edit_is_seen(root: Path) -> None:
    with Door() as door:
        door.ask("index", root=str(root), watch=True)
        write(root, {"src/a.py": "def needle_two():\n    return 2\n"})
        door.until(lambda: door.defines("needle_two") == {"src/a.py"})
        assert door.defines("needle_one") == door.holds("needle_one") == set()
        assert door.holds("needle_two") == {"src/a.py"}


def test_editing_ignore_rules_removes_and_adds_files(root: Path) -> None:
    """Check 2: a changed rule counts at once."""
    with Door() as door:
        door.ask("index", root=str(root), watch=True)
        write(root, {".gitignore": "src/\n"})
        assert door.until(lambda: door.defines("needle_one") == set()) < 5
        assert door.holds("needle_one") == set()
        write(root, {".gitignore": "docs/\n"})
        assert door.until(lambda: door.defines("needle_one") == {"src/a.py"}) < 5


def test_a_new_file_that_is_ignored_never_shows(root: Path) -> None:
    write(root, {".gitignore": "*.gen.py\nout/\n"})
    with Door() as door:
        door.ask("index", root=str(root), watch=True)
        write(
            root,
            {
                "src/b.gen.py": "def needle_gen(): ...\n",
                "out/c.py": "def needle_out(): ...\n",
                "z.py": "def needle_z(): ...\n",
            },
        )
        door.until(lambda: door.defines("needle_z") == {"z.py"})
        door.ask("settle")
        for name in ("needle_gen", "needle_out"):
            assert door.holds(name) == door.defines(name) == set()


def test_a_file_and_a_folder_of_500_are_renamed(root: Path) -> None:
    """Check 10: renames of a file and of a folder."""
    write(root, {f"many/f{i}.py": f"def member_{i}():\n    return {i}\n" for i in range(500)})
    with Door() as door:
        door.ask("index", root=str(root), watch=True)
        parsed = door.ask("report")["parsed"]
        assert parsed == 502
        os.rename(root / "src/a.py", root / "src/b.py")
        door.until(lambda: door.defines("needle_one") == {"src/b.py"})
        os.rename(root / "many", root / "moved")
        door.until(lambda: door.defines("member_499") == {"moved/f499.py"})
        door.ask("settle")
        report = door.ask("report")
        assert report["parsed"] == parsed, "a renamed file was taken apart again"
        assert report["recalled"] >= 501
        assert report["files"] == 502
        assert not any(path.startswith("many/") for path in door.files("member f", k=2000))


def test_a_branch_that_comes_back_is_not_taken_apart_again(root: Path) -> None:
    write(root, {f"many/f{i}.py": f"def old_{i}():\n    return {i}\n" for i in range(300)})
    git(root, "add", ".")
    git(root, "commit", "-qm", "old names")
    git(root, "switch", "-qc", "other")
    write(root, {f"many/f{i}.py": f"def new_{i}():\n    return {i}\n" for i in range(300)})
    git(root, "commit", "-qam", "new names")
    with Door() as door:
        door.ask("index", root=str(root), watch=True)
        git(root, "switch", "-q", "-")
        door.until(lambda: door.defines("old_299") == {"many/f299.py"})
        door.ask("settle")
        parsed = door.ask("report")["parsed"]
        assert parsed == 602
        for name, other, branch in (("new", "old", "other"), ("old", "new", "-")):
            git(root, "switch", "-q", branch)
            door.until(lambda: door.defines(f"{name}_299") == {"many/f299.py"})
            door.ask("settle")
            for i in range(0, 300, 50):
                assert door.defines(f"{name}_{i}") == {f"many/f{i}.py"}
                assert door.defines(f"{other}_{i}") == set()
        assert door.ask("report")["parsed"] == parsed


def test_a_deleted_file_and_a_deleted_folder_are_gone(root: Path) -> None:
    """Check 11: what is deleted is not answered with."""
    write(root, {f"many/f{i}.py": f"def member_{i}():\n    return {i}\n" for i in range(60)})
    with Door() as door:
        door.ask("index", root=str(root), watch=True)
        os.unlink(root / "src/a.py")
        door.until(lambda: door.defines("needle_one") == set())
        shutil.rmtree(root / "many")
        door.until(lambda: door.ask("report")["files"] == 1)
        assert door.defines("member_7") == door.holds("member_7") == set()


def test_an_atomic_save_by_another_program_is_seen_under_the_right_name(root: Path) -> None:
    """Check 12: an atomic save by another program."""
    with Door() as door:
        door.ask("index", root=str(root), watch=True)
        write(root, {"src/.a.py.swp": "def needle_three():\n    return 3\n"})
        os.replace(root / "src/.a.py.swp", root / "src/a.py")
        door.until(lambda: door.defines("needle_three") == {"src/a.py"})
        door.ask("settle")
        assert door.ask("report")["files"] == 2


def test_a_branch_switch_of_five_thousand_files_loses_none(root: Path) -> None:
    """Check 13: a branch switch loses nothing; questions go on."""
    write(root, {f"pkg{i % 20}/m{i}.py": f"def old_{i}():\n    return {i}\n" for i in range(5000)})
    git(root, "add", ".")
    git(root, "commit", "-qm", "old names")
    git(root, "switch", "-qc", "other")
    write(root, {f"pkg{i % 20}/m{i}.py": f"def new_{i}():\n    return {i}\n" for i in range(5000)})
    git(root, "commit", "-qam", "new names")
    git(root, "switch", "-q", "-")
    with Door() as door, Door() as fresh:
        door.ask("index", root=str(root), watch=True)
        git(root, "switch", "-q", "other")
        door.until(lambda: door.defines("new_4999") == {"pkg19/m4999.py"}, 60)
        door.ask("settle")
        fresh.ask("index", root=str(root))
        for words in ("new 7", "old 7 names", "def new_4321", "pkg3 m203"):
            assert door.ask("query", text=words, k=50, budget_tokens=3000) == fresh.ask(
                "query", text=words, k=50, budget_tokens=3000
            )


_LOSE = """
import logging
original = watch._Handler.dispatch
def dispatch(self, event):
    logging.getLogger("watchdog").warning("Inotify queue overflowed; filesystem events were lost")
watch._Handler.dispatch = dispatch
"""


def test_lost_events_are_made_good_when_the_watcher_says_so(root: Path) -> None:
    """Check 14: a full queue of events is made good."""
    with Door(prelude=watching(_LOSE)) as door, Door() as fresh:
        door.ask("index", root=str(root), watch=True)
        write(root, {f"n{i}.py": f"def fresh_{i}():\n    return {i}\n" for i in range(50)})
        os.unlink(root / "docs/x.md")
        door.until(lambda: door.defines("fresh_49") == {"n49.py"})
        door.until(lambda: door.ask("report")["files"] == 51)
        fresh.ask("index", root=str(root))
        same = {"text": "fresh 3", "k": 60, "budget_tokens": 2000}
        assert door.ask("query", **same) == fresh.ask("query", **same)


_DEAF = """
watch._Handler.dispatch = lambda self, event: None
"""


def test_a_file_whose_event_was_lost_is_read_again_before_it_is_shown(root: Path) -> None:
    with Door(prelude=watching(_DEAF)) as door:
        door.ask("index", root=str(root), watch=True)
        write(root, {"src/a.py": "# a new head\n\ndef needle_one():\n    return 'changed'\n"})
        wish = {"text": "needle_one", "budget": 1000}
        rows = door.ask("gather", wish=wish)["snippets"]
        (row,) = [row for row in rows if row["path"] == "src/a.py" and "needle_one" in row["text"]]
        assert "changed" in row["text"] and row["start"] <= 2


_NO_WATCHES = """
import errno, watchdog.observers.api as api
def refuse(self, *a, **k):
    raise OSError(errno.ENOSPC, "inotify watch limit reached")
api.BaseObserver.start = refuse
"""
_OFTEN = """
import assistant.context.keeper as keeper
keeper._POLL = keeper._LOOK = 0.05
"""


def test_without_watches_the_folder_is_polled_and_the_report_says_so(root: Path) -> None:
    """Check 15: no watches to be had."""
    with Door(prelude=_OFTEN + watching(_NO_WATCHES)) as door:
        door.ask("index", root=str(root), watch=True)
        assert "every two seconds" in door.ask("report")["warnings"][0]
        write(root, {"src/late.py": "def needle_late(): ...\n"})
        door.until(lambda: door.defines("needle_late") == {"src/late.py"})


def test_a_new_commit_reaches_the_history(root: Path) -> None:
    git(root, "add", ".")
    git(root, "commit", "-qm", "first")
    with Door() as door:
        door.ask("index", root=str(root), watch=True)
        assert door.ask("report")["commits"] == 1
        git(root, "commit", "-q", "--allow-empty", "-m", "zebra stripes")
        write(root, {"src/z.py": "a = 1\n"})
        git(root, "add", ".")
        git(root, "commit", "-qm", "giraffe necks")
        door.until(lambda: door.ask("report")["commits"] == 3)
        assert door.files("giraffe necks")[0] == "src/z.py"


def test_only_folders_that_count_are_watched() -> None:
    folders = ["", "src", "src/a", "web", "web/lib", "web/lib/x"]
    assert cover(folders, [".git", "web/node_modules", "src/__pycache__"]) == [
        ("", False),
        ("src", True),
        ("web", False),
        ("web/lib", True),
    ]


def test_an_edit_during_the_first_indexing_is_not_lost(root: Path) -> None:
    write(root, {f"many/f{i}.py": f"def member_{i}():\n    return {i}\n" * 20 for i in range(400)})
    with Door() as door:
        door.ask("open", root=str(root), watch=True)
        write(root, {"many/f399.py": "def needle_during():\n    return 1\n"})
        door.ask("settle")
        door.until(lambda: door.defines("needle_during") == {"many/f399.py"})


def test_kill_9_leaves_no_child_and_no_half_written_index(root: Path, tmp_path: Path) -> None:
    """Check 22: kill -9 while indexing."""
    import psutil

    write(
        root, {f"many/f{i}.py": f"def member_{i}():\n    return {i}\n" * 200 for i in range(1500)}
    )
    with Door() as door:
        door.ask("open", root=str(root), store=str(tmp_path / "cache"), cache=True)
        children = psutil.Process(door.process.pid).children()
        assert children
        door.process.kill()
        _, alive = psutil.wait_procs(children, timeout=10)
        assert not alive
    assert not list((tmp_path / "cache").rglob("index*"))


def test_what_a_dead_helper_owed_is_read_without_it(root: Path) -> None:
    import psutil

    write(root, {f"many/f{i}.py": f"def member_{i}():\n    return {i}\n" * 100 for i in range(900)})
    with Door() as door:
        door.ask("open", root=str(root))
        children = psutil.Process(door.process.pid).children()
        helpers = [c for c in children if "assistant.context.analyst" in c.cmdline()]
        assert len(helpers) == 2
        helpers[0].kill()
        door.ask("settle")
        report = door.ask("report")
        assert report["files"] == 902
        assert any("a helper process ended early" in said for said in report["warnings"])
        assert door.defines("member_899") == {"many/f899.py"}


def test_the_whole_worker_runs_without_opening_a_socket(root: Path) -> None:
    """Check 23: no socket, no network."""
    hook = """
import sys
def forbid(event, args):
    if event.startswith(("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.sendto")):
        sys.stderr.write(event); raise SystemExit(3)
sys.addaudithook(forbid)
"""
    with Door(prelude=hook) as door:
        door.ask("index", root=str(root), watch=True)
        assert door.holds("needle_one") == {"src/a.py"}


def test_no_room_imports_pickle_or_the_network() -> None:
    """Check 21: nothing is unpickled anywhere."""
    for path in (PROGRAM / "assistant" / "context").glob("*.py"):
        text = path.read_text()
        for word in (
            "import pickle",
            "marshal",
            "shelve",
            "eval(",
            "exec(",
            "import socket",
            "urllib",
            "httpx",
        ):
            assert word not in text.replace("create_subprocess_exec(", ""), f"{path.name}: {word}"
        assert "np.load" not in text or "allow_pickle=False" in text


def test_answers_do_not_depend_on_the_hash_seed(root: Path) -> None:
    """Check 16: two processes agree."""
    write(
        root,
        {f"n{i}.py": f"def fresh_{i % 7}(thing):\n    return thing.other_{i}\n" for i in range(80)},
    )
    answers = []
    for seed in ("1", "2"):
        with Door(env={"PYTHONHASHSEED": seed}) as door:
            door.ask("index", root=str(root))
            answers.append(door.ask("query", text="fresh thing other 3", k=80, budget_tokens=4000))
    assert answers[0] == answers[1]
