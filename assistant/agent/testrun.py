"""Runs a trusted project's tests in a throw-away copy with a change applied."""

from __future__ import annotations

import asyncio
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assistant.agent import command
from assistant.agent.proposal import NOT_RUN, Proposal
from assistant.agent.sandbox import LEVELS, confined, confinement, installed, interpreter
from assistant.agent.treecopy import TooLarge, copy_tree
from assistant.events import CheckFinished

_SHOWN = 24_000
"""Characters of what was printed that go along with the result."""
_PYTEST_FILES = (
    "pytest.ini",
    ".pytest.ini",
    "conftest.py",
    "tests/conftest.py",
    "test/conftest.py",
)
_COUNTS = re.compile(r"(\d+) (passed|failed|errors?|skipped|xfailed|xpassed)")
_RAN = re.compile(r"^Ran (\d+) tests? in ", re.MULTILINE)
_PART = re.compile(r"(failures|errors|skipped|expected failures|unexpected successes)=(\d+)")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run of the tests said. ``counts`` is empty when it did not get so far."""

    ok: bool
    counts: str
    failed: tuple[str, ...]
    output: str


class TestsCheck:
    """Finds pytest or unittest, runs it once with the change, and once without where it failed."""

    name = "tests"
    __test__ = False

    def __init__(self, seconds: float = 120, *, confine: bool = True) -> None:
        """``seconds`` limits each run. ``confine`` False runs without a sandbox, and says so."""
        self._seconds = seconds
        self._confine = confine

    async def run(self, proposal: Proposal) -> CheckFinished | None:
        started = time.monotonic()

        def finished(
            ok: bool, summary: str, scope: str = "", details: Sequence[str] = (), said: str = ""
        ) -> CheckFinished:
            seconds = time.monotonic() - started
            return CheckFinished(
                self.name, ok, summary, seconds, scope, tuple(details), said[-_SHOWN:]
            )

        runner = await asyncio.to_thread(find_runner, proposal.root)
        if runner is None:
            return None
        if not proposal.trusted:
            return finished(False, f"{NOT_RUN}: the folder is not trusted, and tests run its code")
        if runner.missing:
            return finished(False, f"{NOT_RUN}: {runner.missing}")
        level = confinement() if self._confine else ""
        scope = f"{runner.name} in a copy of the tree with these edits; {LEVELS[level]}"
        try:
            done = await self._once(proposal, runner, level, changed=True)
        except TimeoutError:
            return finished(False, f"stopped after {self._seconds:g} s without a result", scope)
        except TooLarge as error:
            return finished(False, f"{NOT_RUN}: {error}", scope)
        if done.ok or not done.counts:
            missing = "" if done.counts else _why_nothing(done)
            return finished(
                done.ok and not missing,
                done.counts or missing,
                scope,
                done.failed or _last(done),
                done.output,
            )
        same, words = await self._compared(proposal, runner, level, done)
        found = finished(False, done.counts + words, scope, done.failed, done.output)
        return replace(found, same_before=same)

    async def _compared(
        self, proposal: Proposal, runner: Runner, level: str, done: Outcome
    ) -> tuple[bool, str]:
        """Whether the change is not to blame, by the same tests without it; and the words."""
        try:
            plain = await self._once(proposal, runner, level, changed=False)
        except TimeoutError:
            return False, ""
        if plain.counts == done.counts and _names(plain) == _names(done):
            return True, "; the same without the change"
        return False, f"; without the change: {plain.counts or 'no result'}"

    async def _once(
        self, proposal: Proposal, runner: Runner, level: str, *, changed: bool
    ) -> Outcome:
        home = await asyncio.to_thread(tempfile.mkdtemp, prefix="galley-tests-")
        try:
            tree = Path(home) / "tree" / (proposal.root.name or "project")
            await asyncio.to_thread(copy_tree, proposal, tree, changed)
            for name in ("home", "tmp"):
                (Path(home) / name).mkdir(exist_ok=True)
            readable = [*installed(proposal.root), *interpreter(runner.argv[0])]
            argv = confined(level, runner.argv, home, readable)
            env = command.environment(Path(home), tree, ()) | runner.env
            ran = await command.run(argv, cwd=tree, env=env, seconds=self._seconds)
        finally:
            await asyncio.shield(asyncio.to_thread(shutil.rmtree, home, ignore_errors=True))
        if ran.late:
            raise TimeoutError
        return runner.read(ran.code, ran.text)


@dataclass(frozen=True, slots=True)
class Runner:
    """A way to run the tests: pytest or unittest, by the project's interpreter where it has one."""

    name: str
    argv: tuple[str, ...]
    missing: str = ""
    """Why it cannot run, or empty."""

    @property
    def env(self) -> dict[str, str]:
        """The app's own interpreter has plugins that are none of the project's business."""
        return {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"} if self.argv[0] == sys.executable else {}

    def read(self, code: int, output: str) -> Outcome:
        return _read_pytest(code, output) if self.name == "pytest" else _read_unittest(code, output)


def find_runner(root: Path) -> Runner | None:
    """None when the folder has no Python tests that can be told.

    Reads names and a few settings files.
    """
    tests = [
        path
        for folder in (root, root / "tests", root / "test")
        for path in sorted(folder.glob("test*.py"))
    ]
    if not tests and not any((root / "tests").glob("*/test*.py")):
        return None
    python = _python(root)
    if _wants_pytest(root, tests):
        if not _has_pytest(python):
            return Runner(
                "pytest", (python,), missing=f"the tests need pytest, which {python} lacks"
            )
        return Runner(
            "pytest", (python, "-m", "pytest", "-q", "-rfE", "--color=no", "-p", "no:cacheprovider")
        )
    package = any((root / name / "__init__.py").exists() for name in ("tests", "test"))
    at_root = any(path.parent == root for path in tests)
    start = (
        ()
        if package or at_root
        else ("discover", "-s", "tests" if (root / "tests").is_dir() else "test")
    )
    return Runner("unittest", (python, "-m", "unittest", *start))


def _python(root: Path) -> str:
    for name in (
        ".venv/bin/python",
        "venv/bin/python",
        ".venv/Scripts/python.exe",
        "venv/Scripts/python.exe",
    ):
        if (root / name).exists():
            return str(root / name)
    return sys.executable


def _wants_pytest(root: Path, tests: Sequence[Path]) -> bool:
    if any((root / name).exists() for name in _PYTEST_FILES):
        return True
    for name, mark in (
        ("pyproject.toml", "[tool.pytest"),
        ("setup.cfg", "[tool:pytest]"),
        ("tox.ini", "[pytest]"),
    ):
        path = root / name
        if path.is_file() and mark in path.read_text("utf-8", "replace"):
            return True
    heads = (path.read_text("utf-8", "replace") for path in tests[:20])
    return any(
        re.search(r"^\s*(?:import|from) pytest\b|^def test", head, re.MULTILINE) for head in heads
    )


def _has_pytest(python: str) -> bool:
    folder = Path(python).parent.parent
    places = [
        *folder.glob("lib/python3*/site-packages/pytest"),
        *folder.glob("Lib/site-packages/pytest"),
    ]
    return bool(places)


def _read_pytest(code: int, output: str) -> Outcome:
    last = next(
        (line for line in reversed(output.splitlines()) if _COUNTS.search(line) and " in " in line),
        "",
    )
    counts = ", ".join(f"{number} {word}" for number, word in _COUNTS.findall(last))
    failed = tuple(re.findall(r"^(?:FAILED|ERROR) (.+)$", output, re.MULTILINE))
    return Outcome(code == 0, counts, failed[:50], output)


def _read_unittest(code: int, output: str) -> Outcome:
    ran = _RAN.findall(output)
    if not ran or not int(ran[-1]):
        return Outcome(False, "", (), output)
    parts = {name: int(number) for name, number in _PART.findall(output[output.rfind("Ran ") :])}
    names = {
        "failures": "failed",
        "errors": "errors",
        "skipped": "skipped",
        "expected failures": "xfailed",
        "unexpected successes": "xpassed",
    }
    passed = int(ran[-1]) - sum(parts.values())
    counts = [f"{number} {names[name]}" for name, number in parts.items()]
    failed = tuple(re.findall(r"^(?:FAIL|ERROR): (.+)$", output, re.MULTILINE))
    return Outcome(code == 0, ", ".join([*counts, f"{max(0, passed)} passed"]), failed[:50], output)


def _why_nothing(done: Outcome) -> str:
    if re.search(r"no tests ran|Ran 0 tests|NO TESTS RAN", done.output):
        return f"{NOT_RUN}: no tests were found"
    return "the tests could not be started"


def _names(done: Outcome) -> list[str]:
    """Without the messages, which may tell a value that the change touched."""
    return [line.split(" - ", 1)[0] for line in done.failed]


def _last(done: Outcome) -> tuple[str, ...]:
    return () if done.ok else tuple(line for line in done.output.splitlines() if line.strip())[-8:]
