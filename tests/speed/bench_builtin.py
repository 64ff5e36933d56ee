"""The built-in edits beside the bare tools they use: ruff, rope and difflib in the same run."""

from __future__ import annotations

import asyncio
import difflib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path, PurePosixPath

from rope.base.project import Project
from rope.refactor.rename import Rename
from ruff import find_ruff_bin  # type: ignore[import-untyped]

from assistant.builtin.engine import BuiltinEngine
from assistant.builtin.intent import read_wishes
from assistant.types import Instruction, LineSpan, ModelRequest, Snapshot

FUNCTION = (
    "def name_{n}(a, b = {n}):\n    import re\n    value = [a,b , {n}]\n    return  value\n\n\n"
)
MODULE = "from pkg.base import fetch\n\n\ndef use_{n}(url):\n    return fetch(url), {n}\n" * 3


def clock(work: Callable[[], object], rounds: int = 5) -> float:
    """Median seconds."""
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


async def _stream(engine: BuiltinEngine, instruction: Instruction) -> tuple[float, float]:
    started = time.perf_counter()
    first = 0.0
    async with aclosing(engine.stream(ModelRequest((), instruction=instruction))) as stream:
        async for _ in stream:
            first = first or time.perf_counter() - started
    return first, time.perf_counter() - started


def ask(
    wish: str,
    text: str,
    path: str = "a.py",
    root: Path | None = None,
    span: LineSpan | None = None,
) -> tuple[float, float]:
    """Median seconds to the first and to the last event."""
    engine = BuiltinEngine(root)
    instruction = Instruction(wish, Snapshot(PurePosixPath(path), text), span)
    runs = [asyncio.run(_stream(engine, instruction)) for _ in range(5)]
    return statistics.median(r[0] for r in runs), statistics.median(r[1] for r in runs)


def show(what: str, first: float, whole: float, peer: str, other: float) -> None:
    print(
        f"{what:44} first {first * 1e3:7.1f} ms  whole {whole * 1e3:7.1f} ms"
        f"  | {peer} {other * 1e3:7.1f} ms  ratio {first / other:.2f}"
    )


def words() -> None:
    wishes = [
        "sort lines",
        "please remove unused imports and sort the imports",
        "make the tea",
    ] * 50
    seconds = clock(lambda: [read_wishes(wish) for wish in wishes])
    print(f"{'reading a wish':44} {seconds / len(wishes) * 1e6:7.0f} µs")


def ruff() -> None:
    text = "".join(FUNCTION.format(n=n) for n in range(2000))
    command = [find_ruff_bin(), "format", "--isolated", "--no-cache", "-"]

    def bare() -> None:
        subprocess.run(command, input=text, capture_output=True, text=True, check=True)

    first, whole = ask("format", text)
    show("format 10,000 lines", first, whole, "ruff format", clock(bare))
    first, whole = ask("fix lint", text)
    command = [find_ruff_bin(), "check", "--fix", "--exit-zero", "--isolated", "--no-cache", "-"]
    show("fix lint in 10,000 lines", first, whole, "ruff check --fix", clock(bare))


def rope() -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "pkg").mkdir()
        (root / "pkg" / "__init__.py").write_text("")
        base = "def fetch(url):\n    return url\n"
        (root / "pkg" / "base.py").write_text(base)
        for number in range(300):
            (root / "pkg" / f"user{number}.py").write_text(MODULE.format(n=number))
        first, whole = ask("rename fetch to load", base, "pkg/base.py", root)

        def bare() -> None:
            code = (
                "import sys\nfrom rope.base.project import Project\n"
                "from rope.refactor.rename import Rename\n"
                "p = Project(sys.argv[1], ropefolder=None)\n"
                "Rename(p, p.get_resource('pkg/base.py'), 4).get_changes('load')\n"
            )
            subprocess.run([sys.executable, "-I", "-c", code, folder], check=True)

        def inside() -> None:
            project = Project(folder, ropefolder=None)
            Rename(project, project.get_resource("pkg/base.py"), 4).get_changes("load")
            project.close()

        show("rename in 300 files", first, whole, "rope in a process", clock(bare, 3))
        print(f"{'':44} rope on the caller's thread {clock(inside, 3) * 1e3:7.1f} ms")


def lines() -> None:
    text = "".join(f"{n * 7919 % 10_007} word\n" for n in range(10_000))
    rows = text.splitlines(keepends=True)
    first, whole = ask("sort numerically", text, "a.txt")
    peer = clock(lambda: list(difflib.unified_diff(rows, sorted(rows))), 3)
    show("sort 10,000 lines", first, whole, "sorted + difflib", peer)
    code = "".join(f"    value_{n} = {n}\n" for n in range(10_000))
    first, whole = ask("comment out", code)
    done = ["    # " + row[4:] for row in code.splitlines(keepends=True)]
    peer = clock(lambda: list(difflib.unified_diff(code.splitlines(keepends=True), done)), 3)
    show("comment out 10,000 lines", first, whole, "difflib", peer)


def main() -> None:
    words()
    ruff()
    rope()
    lines()


if __name__ == "__main__":
    main()
