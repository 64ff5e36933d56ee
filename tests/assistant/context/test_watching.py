"""The index and the process that watches for it: floods, deaths, full queues, too few watches."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import psutil
import pytest

from tests.assistant.context.door import Door, git, watching, write

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="inotify")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    git(folder, "init", "-q", ".")
    write(folder, {f"pad{i % 5}/p{i}.py": f"def pad_{i}():\n    return {i}\n" for i in range(50)})
    return folder


def _watching(door: Door) -> psutil.Process:
    (found,) = [
        child
        for child in psutil.Process(door.process.pid).children()
        if any("assistant.watching" in word for word in child.cmdline())
    ]
    return found


def _same_as_fresh(door: Door, root: Path) -> None:
    """It answers like one that has just read the folder, without having been asked to look."""
    with Door() as fresh:
        fresh.ask("index", root=str(root))
        for words in ("pad 7", "storm member 3", "def late"):
            same = {"text": words, "k": 200, "budget_tokens": 3000}
            assert door.ask("query", **same) == fresh.ask("query", **same)


def test_edits_in_a_new_folder_are_seen(root: Path) -> None:
    with Door() as door:
        door.ask("index", root=str(root), watch=True)
        write(root, {"new/deep/a.py": "def first(): ...\n"})
        door.until(lambda: door.defines("first") == {"new/deep/a.py"})
        write(root, {"new/deep/a.py": "def second(): ...\n", "new/b.py": "def third(): ...\n"})
        door.until(lambda: door.defines("second") == {"new/deep/a.py"})
        door.until(lambda: door.defines("third") == {"new/b.py"})


def test_edits_in_a_folder_that_came_back_are_seen(root: Path) -> None:
    with Door() as door:
        door.ask("index", root=str(root), watch=True)
        shutil.rmtree(root / "pad1")
        door.until(lambda: not door.defines("pad_1"))
        write(root, {"pad1/p1.py": "def back(): ...\n"})
        door.until(lambda: door.defines("back") == {"pad1/p1.py"})
        write(root, {"pad1/p1.py": "def changed(): ...\n"})
        door.until(lambda: door.defines("changed") == {"pad1/p1.py"})
        os.rename(root / "pad2", root / "moved")
        door.until(lambda: door.defines("pad_2") == {"moved/p2.py"})
        write(root, {"moved/p2.py": "def moved_and_changed(): ...\n"})
        door.until(lambda: door.defines("moved_and_changed") == {"moved/p2.py"})


def test_what_happens_while_the_watching_process_is_dead_is_not_missed(root: Path) -> None:
    with Door() as door:
        door.ask("index", root=str(root), watch=True)
        first = _watching(door)
        first.suspend()  # deaf from here on; what it had not read dies with it
        write(root, {"pad0/p0.py": "def late_edit(): ...\n", "late.py": "def late_new(): ...\n"})
        os.unlink(root / "pad1/p1.py")
        first.kill()
        door.until(lambda: door.defines("late_edit") == {"pad0/p0.py"})
        door.until(lambda: door.defines("late_new") == {"late.py"} and not door.defines("pad_1"))
        assert _watching(door).pid != first.pid
        write(root, {"pad2/p2.py": "def after(): ...\n"})
        door.until(lambda: door.defines("after") == {"pad2/p2.py"})
        _same_as_fresh(door, root)


def test_a_watching_process_that_cannot_live_leads_to_looking_and_the_report_says_so(
    root: Path,
) -> None:
    often = "import assistant.context.keeper as keeper\nkeeper._POLL = keeper._LOOK = 0.05\n"
    with Door(prelude=often + watching("raise SystemExit(1)")) as door:
        door.ask("index", root=str(root), watch=True)
        (warning,) = door.ask("report")["warnings"]
        assert "every two seconds: the process that watches ended 4 times" in warning
        write(root, {"src/late.py": "def late(): ...\n"})
        door.until(lambda: door.defines("late") == {"src/late.py"})


def test_the_watching_process_ends_with_the_worker_however_that_ends(root: Path) -> None:
    for end in ("kill", "quit"):
        with Door() as door:
            door.ask("index", root=str(root), watch=True)
            process = _watching(door)
            if end == "kill":
                door.process.kill()
                _, alive = psutil.wait_procs([process], timeout=10)
                assert not alive
        assert not process.is_running()


@linux
def test_names_of_any_bytes_are_followed(root: Path) -> None:
    raw = [b"latin-\xe9.py", b"new\nline.py", b"\xff\xfe.py", "日本.py".encode()]
    with Door() as door:
        door.ask("index", root=str(root), watch=True)
        for i, name in enumerate(raw):
            with open(os.path.join(os.fsencode(root), b"pad0", name), "wb") as file:
                file.write(b"def bytes_%d(): ...\n" % i)
        for i, name in enumerate(raw):
            path = "pad0/" + os.fsdecode(name)
            door.until(lambda i=i, path=path: door.defines(f"bytes_{i}") == {path})  # type: ignore[misc]


def test_a_flood_is_followed_to_its_end(root: Path) -> None:
    with Door() as door:
        door.ask("index", root=str(root), watch=True)
        write(root, {f"storm/d{i % 40}/s{i}.py": f"def storm_{i}(): ...\n" for i in range(3000)})
        door.until(lambda: door.ask("report")["files"] == 3050, 60)
        shutil.rmtree(root / "storm")
        write(root, {f"pad{i % 5}/p{i}.py": f"def storm_pad_{i}(): ...\n" for i in range(50)})
        door.until(lambda: door.ask("report")["files"] == 50, 60)
        door.until(lambda: door.defines("storm_pad_49") == {"pad4/p49.py"}, 60)
        _same_as_fresh(door, root)


@linux
def test_a_kernel_queue_that_really_ran_over_is_made_good(root: Path) -> None:
    """Check 14, with the real queue: the process stands still until the kernel drops events."""
    with open("/proc/sys/fs/inotify/max_queued_events", encoding="ascii") as file:
        most = int(file.read())
    with Door() as door:
        door.ask("index", root=str(root), watch=True)
        process = _watching(door)
        process.suspend()
        for i in range(most + 100):  # equal neighbours would be one event; few names, no flood
            (root / "pad0" / f"noise{i % 8}").open("ab").close()
        for i in range(8):
            (root / "pad0" / f"noise{i}").unlink()
        write(root, {"pad3/p3.py": "def late_and_dropped(): ...\n"})
        process.resume()
        door.until(lambda: door.defines("late_and_dropped") == {"pad3/p3.py"}, 20)
        _same_as_fresh(door, root)
        write(root, {"pad4/p4.py": "def heard_again(): ...\n"})
        door.until(lambda: door.defines("heard_again") == {"pad4/p4.py"})


_FEW_WATCHES = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
if libc.unshare(0x10000000):  # a user namespace counts its own watches
    os.write(1, b"nno namespace\\0"); raise SystemExit
open("/proc/sys/user/max_inotify_watches", "w").write("12")
"""


@linux
def test_too_few_watches_for_all_folders_lead_to_looking(root: Path) -> None:
    """Check 15, with the real limit: the root can be watched, not all the folders inside."""
    write(root, {f"deep/a{i}/x.py": f"def x_{i}(): ...\n" for i in range(30)})
    often = "import assistant.context.keeper as keeper\nkeeper._POLL = keeper._LOOK = 0.05\n"
    with Door(prelude=often + watching(_FEW_WATCHES)) as door:
        door.ask("index", root=str(root), watch=True)
        (warning,) = door.ask("report")["warnings"]
        if "no namespace" in warning:
            pytest.skip("this system gives no namespaces of one's own")
        assert "no more watches" in warning
        write(root, {"deep/a29/x.py": "def beyond(): ...\n"})
        door.until(lambda: door.defines("beyond") == {"deep/a29/x.py"})
