"""Evidence: only what ran, over what it says, and nothing of it reaches the project."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

import psutil
import pytest

from assistant.agent import landlock
from assistant.agent.checks import (
    NOT_RUN,
    Check,
    Proposal,
    RuffCheck,
    SyntaxCheck,
    TestsCheck,
    run_checks,
)
from assistant.agent.findings import Finding, difference
from assistant.agent.sandbox import confinement
from assistant.agent.testrun import find_runner
from assistant.builtin.scripted import Step, load_steps, write_project
from assistant.edits.reader import EditReader
from assistant.events import CheckFinished
from assistant.types import HunkState, Refusal, Snapshot
from resources import ROOT

TOUR = ROOT / "tour"
P = PurePosixPath
Changes = Mapping[PurePosixPath, str | None]


class Files:
    def __init__(self, root: Path) -> None:
        self._root = root

    def paths(self) -> Sequence[PurePosixPath]:
        return [P(path.relative_to(self._root).as_posix()) for path in self._root.rglob("*.py")]

    def read(self, path: PurePosixPath) -> Snapshot | Refusal:
        return Snapshot(path, (self._root / path).read_text())


def kept(step: Step, root: Path) -> dict[PurePosixPath, str | None]:
    """The texts after keeping all of a step's hunks, as the app's own reader places them."""
    target = Files(root).read(step.file)
    assert isinstance(target, Snapshot)
    reader = EditReader(Files(root), title=step.title, target=target, span=step.span)
    reader.push(step.reply)
    changes = reader.finish()
    assert changes.refused == () and changes.files
    return {change.base.path: change.applied([HunkState.PENDING]) for change in changes.files}


def run(
    root: Path, changes: Changes, trusted: bool = True, checks: Sequence[Check] | None = None
) -> list[CheckFinished]:
    async def collect() -> list[CheckFinished]:
        return [found async for found in run_checks(root, changes, trusted, checks=checks)]

    return asyncio.run(collect())


@pytest.fixture
def atlas(tmp_path: Path) -> Path:
    write_project(TOUR, tmp_path / "atlas")
    return tmp_path / "atlas"


def disk(root: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(p): (p.read_bytes(), p.stat().st_mtime_ns)
        for p in sorted(root.rglob("*"))
        if p.is_file()
    }


def test_the_good_edit_of_the_tour_passes_and_the_disk_stays(atlas: Path) -> None:
    before = disk(atlas)
    found = run(atlas, kept(load_steps(TOUR)[0], atlas))
    assert [(check.tool, check.ok) for check in found] == [
        ("syntax", True),
        ("ruff", True),
        ("tests", True),
    ]
    assert found[2].summary == "16 passed"
    assert "unittest in a copy of the tree" in found[2].scope
    assert disk(atlas) == before


def test_the_mistake_of_the_tour_fails_and_the_tests_say_where(atlas: Path) -> None:
    found = run(atlas, kept(load_steps(TOUR)[2], atlas), checks=[TestsCheck()])
    assert not found[0].ok
    assert found[0].summary == "1 failed, 13 passed; without the change: 14 passed"
    assert "test_the_page_stored_first_goes_first" in found[0].details[0]


def test_the_question_of_the_tour_proposes_nothing(atlas: Path) -> None:
    step = load_steps(TOUR)[1]
    reader = EditReader(Files(atlas), title=step.title)
    prose = reader.push(step.reply).prose
    changes = reader.finish()
    assert changes.files == () and changes.refused == ()
    assert "min(self.stored" in prose + step.reply


def test_tests_do_not_run_in_a_folder_that_is_not_trusted(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    (tmp_path / "test_a.py").write_text(f"open({str(mark)!r}, 'w')\n")
    (check,) = run(tmp_path, {P("a.py"): "x = 1\n"}, False, [TestsCheck()])
    assert check.summary.startswith(NOT_RUN) and not check.ok
    assert not mark.exists()


def test_a_folder_without_tests_gives_no_evidence(tmp_path: Path) -> None:
    assert run(tmp_path, {P("a.md"): "x\n"}) == []


def test_a_test_file_without_tests_is_not_success(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text("x = 1\n")
    (check,) = run(tmp_path, {P("a.py"): "x = 1\n"}, True, [TestsCheck()])
    assert not check.ok and check.summary == "not run: no tests were found"


def test_pytest_is_found_and_its_counts_are_read(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("")
    (tmp_path / "test_a.py").write_text(
        "import a, pytest\n\ndef test_a():\n    assert a.x == 2\n\ndef test_b():\n    pass\n\n"
        "@pytest.mark.skip\ndef test_c():\n    pass\n"
    )
    (tmp_path / "a.py").write_text("x = 1\n")
    (good,) = run(tmp_path, {P("a.py"): "x = 2\n"}, True, [TestsCheck()])
    assert (good.ok, good.summary) == (True, "2 passed, 1 skipped")
    (bad,) = run(tmp_path, {P("a.py"): "x = 3\n"}, True, [TestsCheck()])
    assert (bad.ok, bad.summary) == (
        False,
        "1 failed, 1 passed, 1 skipped; the same without the change",
    )
    assert bad.details[0].startswith("test_a.py::test_a")


def test_deleted_and_new_files_are_in_the_copy(tmp_path: Path) -> None:
    (tmp_path / "gone.py").write_text("")
    (tmp_path / "test_a.py").write_text(
        "import os, unittest\n\nclass T(unittest.TestCase):\n    def test_a(self):\n"
        "        self.assertEqual((os.path.exists('gone.py'), os.path.exists('deep/new.py')), "
        "(False, True))\n"
    )
    (check,) = run(tmp_path, {P("gone.py"): None, P("deep/new.py"): "x\n"}, True, [TestsCheck()])
    assert check.ok, check


def test_the_environment_of_the_tests_is_bare(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_TOKEN", "secret")
    (tmp_path / "test_a.py").write_text(
        "import os, unittest\n\nclass T(unittest.TestCase):\n    def test_a(self):\n"
        "        self.assertNotIn('MY_TOKEN', os.environ)\n"
        f"        self.assertNotEqual(os.path.expanduser('~'), {os.path.expanduser('~')!r})\n"
    )
    (check,) = run(tmp_path, {P("a.py"): "\n"}, True, [TestsCheck()])
    assert check.ok, check


def test_a_hanging_test_is_stopped_with_its_children(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text(
        "import subprocess, sys, time, unittest\n\nclass T(unittest.TestCase):\n    def "
        "test_a(self):\n"
        "        subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n      "
        "  time.sleep(600)\n"
    )
    (check,) = run(tmp_path, {P("a.py"): "\n"}, True, [TestsCheck(seconds=1.5)])
    assert not check.ok and check.summary == "stopped after 1.5 s without a result"


def test_cancelling_ends_the_tests_and_removes_the_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    root = tmp_path / "project"
    root.mkdir()
    (root / "test_a.py").write_text(
        "import time, unittest\n\nclass T(unittest.TestCase):\n    def test_a(self):\n        "
        "time.sleep(600)\n"
    )

    me = psutil.Process()
    others = set(me.children(recursive=True))

    async def start_and_cancel() -> None:
        task = asyncio.create_task(TestsCheck().run(Proposal(root, {}, True)))
        while set(me.children()) <= others:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        born = set(me.children(recursive=True)) - others
        assert not [c for c in born if c.status() != psutil.STATUS_ZOMBIE]

    asyncio.run(start_and_cancel())
    assert list(scratch.iterdir()) == []


@pytest.mark.skipif(not landlock.available(), reason="this kernel has no Landlock")
def test_a_test_cannot_write_outside_its_copy_nor_reach_the_network(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    root = tmp_path / "project"
    root.mkdir()
    (root / "test_a.py").write_text(
        "import socket, unittest\n\nclass T(unittest.TestCase):\n    def test_disk(self):\n"
        f"        with self.assertRaises(OSError):\n            open({str(outside)!r}, 'w')\n"
        "        open('inside', 'w').close()\n"
        "    def test_net(self):\n        with self.assertRaises(OSError):\n"
        "            socket.create_connection(('127.0.0.1', 9), 1)\n"
    )
    (check,) = run(root, {P("a.py"): "\n"}, True, [TestsCheck()])
    assert check.ok, check
    assert "confined by" in check.scope
    assert not outside.exists()
    (free,) = run(root, {P("a.py"): "\n"}, True, [TestsCheck(confine=False)])
    assert not free.ok and "not confined" in free.scope
    assert outside.exists()


def test_the_level_that_is_named_is_one_that_exists() -> None:
    level = confinement()
    assert level in ("bwrap", "landlock-net", "landlock", "")
    assert bool(landlock.available()) <= bool(level)


@pytest.mark.parametrize(
    ("files", "name", "argv"),
    [
        ({"test_a.py": "import unittest\n"}, "unittest", ("-m", "unittest")),
        (
            {"tests/test_a.py": "import unittest\n"},
            "unittest",
            ("-m", "unittest", "discover", "-s", "tests"),
        ),
        (
            {"tests/__init__.py": "", "tests/test_a.py": "import unittest\n"},
            "unittest",
            ("-m", "unittest"),
        ),
        ({"tests/test_a.py": "def test_a():\n    pass\n"}, "pytest", ("-m", "pytest")),
        (
            {"pyproject.toml": "[tool.pytest.ini_options]\n", "tests/deep/test_a.py": ""},
            "pytest",
            ("-m", "pytest"),
        ),
    ],
)  # fmt: skip
def test_the_runner_is_told_from_the_files(
    tmp_path: Path, files: dict[str, str], name: str, argv: tuple[str, ...]
) -> None:
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    runner = find_runner(tmp_path)
    assert runner is not None and runner.name == name
    assert runner.argv[0] == sys.executable
    assert runner.argv[1 : 1 + len(argv)] == argv


def test_a_missing_pytest_is_said(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text("def test_a():\n    pass\n")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    (check,) = run(tmp_path, {P("a.py"): "x = 1\n"}, True, [TestsCheck()])
    assert not check.ok and check.summary.startswith("not run: the tests need pytest")


def test_ruff_tells_only_what_the_change_brought_or_took(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import os\nimport re\n\nx = 1\n")
    (check,) = run(
        tmp_path, {P("a.py"): "import re\n\nx = 1\ny = undefined\n"}, True, [RuffCheck()]
    )
    assert (check.ok, check.summary) == (False, "1 new finding, 1 fewer")
    assert check.details == (
        "a.py:4: F821 Undefined name `undefined`",
        "a.py: no longer F401 `os` imported but unused",
    )


def test_ruff_follows_the_projects_settings_only_when_trusted(tmp_path: Path) -> None:
    (tmp_path / "ruff.toml").write_text("lint.select = ['N']\n")
    change = {P("a.py"): "import os\ndef Loud():\n    pass\n"}
    (own,) = run(tmp_path, change, False, [RuffCheck()])
    codes = [line.split()[1] for line in own.details]
    assert "F401" in codes and "N802" not in codes
    (project,) = run(tmp_path, change, True, [RuffCheck()])
    assert [line.split()[1] for line in project.details] == ["N802"]
    assert "the project's settings" in project.scope


def test_settings_that_ruff_cannot_read_are_said_and_not_success(tmp_path: Path) -> None:
    (tmp_path / "ruff.toml").write_text("nonsense = [\n")
    (check,) = run(tmp_path, {P("a.py"): "x = 1\n"}, True, [RuffCheck()])
    assert not check.ok and check.summary.startswith(NOT_RUN)


def test_a_finding_that_only_moved_is_neither_new_nor_gone() -> None:
    old = [Finding("F401", "`os`", 1, "import os"), Finding("E711", "none", 5, "a == None")]
    new = [
        Finding("F401", "`os`", 9, "import os"),
        Finding("E711", "none", 7, "b == None"),
        Finding("F841", "x", 3, "x = 1"),
    ]
    assert difference(old, new) == ([new[2]], [])
    assert difference(new, old) == ([], [new[2]])


@pytest.mark.parametrize(
    ("path", "text", "problem"),
    [
        ("a.py", "def f(:\n", "line 1"),
        ("a.py", "return 1\n", "line 1"),
        ("a.py", "x = 1\n", ""),
        ("a.json", "{", "line 1"),
        ("a.toml", "x =\n", "line 1"),
        ("a.ts", "let a: = 1\n", "line 1"),
        ("a.ts", "let a: number = 1\n", ""),
        ("a.go", "package a\nfunc f( {\n", "line 2"),
    ],
)
def test_syntax_is_read_and_never_run(tmp_path: Path, path: str, text: str, problem: str) -> None:
    (check,) = run(tmp_path, {P(path): text}, False, [SyntaxCheck()])
    assert check.ok is (not problem)
    assert problem in "".join(check.details)


def test_python_is_compiled_and_not_executed(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    run(tmp_path, {P("a.py"): f"open({str(mark)!r}, 'w')\n"}, False)
    assert not mark.exists()


def test_what_the_grammar_could_not_read_before_is_no_evidence(tmp_path: Path) -> None:
    (tmp_path / "a.ts").write_text("let a: = 1\n")
    assert run(tmp_path, {P("a.ts"): "let a: = 2\n"}, False, [SyntaxCheck()]) == []


def test_links_that_leave_the_project_are_not_copied(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s")
    root = tmp_path / "project"
    root.mkdir()
    (root / "link").symlink_to(tmp_path / "secret")
    (root / "test_a.py").write_text(
        "import os, unittest\n\nclass T(unittest.TestCase):\n    def test_a(self):\n        "
        "self.assertFalse(os.path.lexists('link'))\n"
    )
    (check,) = run(root, {}, True, [TestsCheck()])
    assert check.ok, check
