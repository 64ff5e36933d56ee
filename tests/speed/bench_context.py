"""The context engine on about a million lines: index, questions, edits, a branch switch, reopening;
beside peers; and how often the right file is found, where repositories are at hand.

Peers in the same run: ``git grep`` counting the words of a question, and plain BM25 over whole
files in Python.
"""

from __future__ import annotations

import asyncio
import math
import re
import statistics
import subprocess
import sysconfig
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import psutil

from assistant.context.engine import ContextEngine
from assistant.types import Instruction
from tests.speed import recall

_LINES = 1_000_000
_SWITCHED = 5_000
_QUESTIONS = (
    "parse the header of a multipart request",
    "close the connection when the pool is full",
    "raise a clear error for a missing argument",
    "cache compiled patterns",
    "iterate over tokens of a line",
    "retry when the server is overloaded",
    "decode surrogate escapes in file names",
    "sort imports by module",
    "why does json.dumps fail on bytes",
    "read_until timeout in StreamReader",
    "format a traceback with colors",
    "convert a datetime to a timestamp with a time zone",
    "walk the syntax tree and rename variables",
    "lock a file on windows",
    "matrix multiplication of sparse arrays",
    "validate the model fields",
    "send a signal to a child process",
    "unicode normalization of identifiers",
    "subclass dict and keep order",
    "argparse subcommand with default",
    "ssl context verify hostname",
    "copy metadata of a directory tree",
)
_WORD = re.compile(r"[A-Za-z_]\w+")


def main() -> None:
    """Print the figures; needs about 300 MB of disk and two minutes."""
    with tempfile.TemporaryDirectory(prefix="galley-bench-") as folder:
        root = Path(folder) / "corpus"
        lines, files = _corpus(root)
        print(f"corpus: {lines:,} lines in {files:,} files, copied from this Python's libraries")
        asyncio.run(_measure(root, Path(folder) / "cache"))
        _peers(root)
    recall.main()


def _corpus(root: Path) -> tuple[int, int]:
    """Copies source files until there are enough lines; the work tree of a repository with one
    commit."""
    lines = files = 0
    for source in _sources():
        data = source.read_bytes()
        if len(data) > 900_000 or b"\0" in data:
            continue
        target = root / f"part{files // 400}" / f"{source.parent.name}_{files}" / source.name
        target.parent.mkdir(parents=True)
        target.write_bytes(data)
        lines += data.count(b"\n")
        files += 1
        if lines >= _LINES:
            break
    _git(root, "init", "-q", ".")
    _git(root, "add", ".")
    _git(root, "commit", "-qm", "copied")
    return lines, files


def _sources() -> Iterator[Path]:
    for name in ("purelib", "stdlib"):
        folder = Path(sysconfig.get_paths()[name])
        for pattern in ("*.py", "*.pyi", "*.h"):
            yield from sorted(
                p
                for p in folder.rglob(pattern)
                if "site-packages" not in p.parts[len(folder.parts) :]
            )


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(
        [
            "git",
            "-C",
            str(root),
            "-c",
            "user.name=b",
            "-c",
            "user.email=b@example.invalid",
            "-c",
            "gc.auto=0",
            *arguments,
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


class _Memory:
    """The largest sum of what the worker and its helpers really use, sampled."""

    def __init__(self) -> None:
        self.peak = 0.0
        self._task: asyncio.Task[None] | None = None
        self.gap = 0.0

    async def __aenter__(self) -> _Memory:
        self._task = asyncio.create_task(self._sample())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _sample(self) -> None:
        turn = 0
        while True:
            if turn % 40 == 0:
                total = 0
                for child in psutil.Process().children(recursive=True):
                    try:
                        facts = child.memory_full_info()
                        total += getattr(facts, "pss", facts.rss)
                    except psutil.Error:
                        continue
                self.peak = max(self.peak, total / 1e6)
            turn += 1
            before = time.perf_counter()
            await asyncio.sleep(0.005)
            self.gap = max(self.gap, time.perf_counter() - before - 0.005)


async def _measure(root: Path, cache: Path) -> None:
    async with _Memory() as memory:
        engine = ContextEngine(root, cache)
        started = time.perf_counter()
        await engine.start()
        listed = time.perf_counter() - started
        context = await engine.gather(Instruction(_QUESTIONS[0]), 4000)
        first = time.perf_counter() - started
        await engine.settled()
        indexed = time.perf_counter() - started
    report = await engine.report()
    print(
        f"index: {indexed:.1f} s (goal 10), files listed after {listed:.2f} s, first answer"
        f" ({len(context.snippets)} snippets) after {first:.2f} s (goal 1);"
        f" {report['files']:,} files, {report['chunks']:,} chunks, {report['symbols']:,} symbols"
    )
    print(
        f"memory: peak {memory.peak:.0f} MB for worker and helpers,"
        f" {report['resident_mb']:.0f} MB after"
        f" (goal 350); longest gap of the asking loop {memory.gap * 1000:.0f} ms (goal 50)"
    )
    await _questions(engine)
    await _edits(engine, root)
    await _switch(engine, root)
    started = time.perf_counter()
    await engine.close()
    closed = time.perf_counter() - started
    engine = ContextEngine(root, cache)
    started = time.perf_counter()
    await engine.start()
    opened = time.perf_counter() - started
    found = await engine.search(_QUESTIONS[1], 5)
    answered = time.perf_counter() - started
    size = sum(f.stat().st_size for f in cache.rglob("index.bin")) / 1e6
    print(
        f"reopen: {opened:.2f} s, first answer after {answered:.2f} s with {len(found)} rows"
        " (goal 0.5);"
        f" saved in {closed:.1f} s, {size:.0f} MB"
    )
    await engine.close()


async def _questions(engine: ContextEngine) -> None:
    rank, gather = [], []
    for _ in range(3):
        for text in _QUESTIONS:
            started = time.perf_counter()
            await engine.search(text, 10)
            rank.append(time.perf_counter() - started)
            started = time.perf_counter()
            await engine.gather(Instruction(text), 4000)
            gather.append(time.perf_counter() - started)
    print(
        f"question: {_spread(rank)} for ten chunks (goal p95 40);"
        f" {_spread(gather)} for 4,000 tokens"
    )


async def _edits(engine: ContextEngine, root: Path) -> None:
    """Thirty files, each changed once; those whose text is not indexed (generated, minified)
    are passed over."""
    left_out = (await engine.report())["left_out"]
    known = [p for p in sorted(root.rglob("*.py")) if str(p.relative_to(root)) not in left_out]
    times = []
    for i, path in enumerate(known[:: max(1, len(known) // 30)]):
        word = f"walrus_{i}_tusk"
        text = path.read_text("utf-8", "surrogateescape") + f"\n\ndef {word}():\n    return {i}\n"
        if len(text) > 900_000:
            continue
        started = time.perf_counter()
        path.write_text(text, "utf-8", "surrogateescape")
        while not any(word in row.text for row in await engine.search(word, 10)):
            if time.perf_counter() - started > 10:
                raise RuntimeError(f"the change of {path} was not seen within ten seconds")
            await asyncio.sleep(0.001)
        times.append(time.perf_counter() - started)
    print(
        f"one changed file, from the write to the answer: {_spread(times)}"
        " (goal 40 after its event)"
    )


async def _switch(engine: ContextEngine, root: Path) -> None:
    """A branch with thousands of other files."""
    _git(root, "add", "-A")
    _git(root, "commit", "-qm", "edits")
    _git(root, "switch", "-qc", "other")
    files = sorted(root.rglob("*.py"))
    extra = root / "extra"
    for i in range(max(0, _SWITCHED - len(files))):
        target = extra / f"d{i % 40}" / f"m{i}.py"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(
            "".join(f"def walrus_new_{i}_{j}(a):\n    return a + {j}\n\n" for j in range(25))
        )
    for path in files[:_SWITCHED]:
        with path.open("a") as file:
            file.write("\n# switched\n")
    _git(root, "add", "-A")
    _git(root, "commit", "-qm", "other")
    _git(root, "switch", "-q", "-")
    await engine.settled()
    started = time.perf_counter()
    switching = await asyncio.create_subprocess_exec(
        "git", "-C", str(root), "switch", "-q", "other"
    )
    waits = []
    settled: asyncio.Task[None] | None = None
    while settled is None or not settled.done():
        before = time.perf_counter()
        await engine.search("walrus_new_7_7 switched", 5)
        waits.append(time.perf_counter() - before)
        if settled is None and switching.returncode is not None:
            settled = asyncio.create_task(engine.settled())
        await asyncio.sleep(0.02)
    took = time.perf_counter() - started
    report = await engine.report()
    there = sum(1 for _ in root.rglob("*.py")) + sum(
        1 for p in ("*.pyi", "*.h") for _ in root.rglob(p)
    )
    print(
        f"branch switch of {_SWITCHED:,} files: settled after {took:.1f} s (goal 30), questions"
        f" meanwhile {_spread(waits)}, longest {max(waits) * 1000:.0f} ms (goal 150);"
        f" {report['files']:,} of {there:,} files known"
    )


def _peers(root: Path) -> None:
    grep = []
    for text in _QUESTIONS[:8]:
        words = [w for w in _WORD.findall(text) if len(w) > 3]
        started = time.perf_counter()
        counts: Counter[str] = Counter()
        out = _git(root, "grep", "-c", "-i", "-w", *(f for w in words for f in ("-e", w)))
        for line in out.splitlines():
            path, _, count = line.rpartition(":")
            counts[path] += int(count)
        counts.most_common(10)
        grep.append(time.perf_counter() - started)
    print(f"peer, git grep counting words: {_spread(grep)}, no index")
    started = time.perf_counter()
    postings: dict[str, dict[int, int]] = defaultdict(dict)
    lengths = []
    for number, path in enumerate(
        p for p in sorted(root.rglob("*")) if p.suffix in (".py", ".pyi", ".h")
    ):
        counter = Counter(_WORD.findall(path.read_text("utf-8", "replace").lower()))
        lengths.append(counter.total())
        for word, count in counter.items():
            postings[word][number] = count
    built = time.perf_counter() - started
    mean = statistics.mean(lengths)
    times = []
    for text in _QUESTIONS:
        started = time.perf_counter()
        scores: dict[int, float] = defaultdict(float)
        for word in _WORD.findall(text.lower()):
            held = postings.get(word, {})
            weight = math.log(1 + (len(lengths) - len(held) + 0.5) / (len(held) + 0.5))
            for number, count in held.items():
                scores[number] += (
                    weight * count * 2.2 / (count + 1.2 * (0.25 + 0.75 * lengths[number] / mean))
                )
        sorted(scores, key=lambda n: -scores[n])[:10]
        times.append(time.perf_counter() - started)
    print(
        f"peer, plain BM25 over whole files in memory: index {built:.1f} s,"
        f" question {_spread(times)}, nothing kept"
    )


def _spread(times: list[float]) -> str:
    ordered = sorted(times)
    p95 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    return f"p50 {statistics.median(ordered) * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms"


if __name__ == "__main__":
    main()
