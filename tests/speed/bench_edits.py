"""Edits: applying, streaming, diffing and merging, beside difflib and git in the same run."""

from __future__ import annotations

import difflib
import random
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from assistant.edits.diff import diff_lines, diff_words
from assistant.edits.merge import three_way
from assistant.edits.reader import EditFormat, EditReader
from assistant.types import LineSpan, Refusal, Snapshot

PATH = "module.py"


class One:
    """A project of one file."""

    def __init__(self, text: str) -> None:
        self.text = text

    def paths(self) -> list[PurePosixPath]:
        return [PurePosixPath(PATH)]

    def read(self, path: PurePosixPath) -> Snapshot | Refusal:
        return Snapshot(path, self.text)


def source(count: int, seed: int = 1) -> list[str]:
    """Lines that look like a program: blocks of eight, many lines alike."""
    rng = random.Random(seed)
    lines: list[str] = []
    while len(lines) < count:
        k = len(lines)
        lines += [f"def handle_{k}(value, limit):", "    if value is None:", "        return None"]
        lines += [f"    total = compute_{rng.randrange(40)}(value, limit, {rng.randrange(900)})"]
        lines += ["    for item in range(limit):", f"        total += item * {rng.randrange(9)}"]
        lines += ["    return total", ""]
    return lines[:count]


def edited(lines: list[str], places: int, seed: int = 2) -> list[str]:
    rng = random.Random(seed)
    new = list(lines)
    for k in sorted(rng.sample(range(5, len(lines) - 5), places), reverse=True):
        new[k : k + 1] = [f"    changed_{k} = {rng.randrange(999)}", "    log(changed)"]
    return new


def timed(work: Callable[[], object], rounds: int = 7) -> float:
    """Median milliseconds."""
    spent = []
    for _ in range(rounds):
        started = time.perf_counter()
        work()
        spent.append((time.perf_counter() - started) * 1e3)
    return statistics.median(spent)


def blocks(lines: list[str], places: int) -> str:
    """SEARCH/REPLACE blocks of ten lines each way."""
    rng = random.Random(3)
    out = []
    for k in rng.sample(range(10, len(lines) - 20, 17), places):
        old = lines[k : k + 10]
        new = [*old[:4], f"    changed_{k} = True", *old[5:]]
        out += [PATH, "```", "<<<<<<< SEARCH", *old, "=======", *new, ">>>>>>> REPLACE", "```"]
    return "\n".join(out) + "\n"


def read(lines: list[str], reply: str, format: EditFormat = EditFormat.AUTO) -> EditReader:
    reader = EditReader(One("\n".join(lines) + "\n"), title="bench", format=format)
    reader.push(reply)
    reader.finish()
    return reader


def applying() -> None:
    lines = source(5000)
    reply = blocks(lines, 10)
    ours = timed(lambda: read(lines, reply))
    print(f"  apply a reply of 240 lines (10 blocks) to 5,000 lines: {ours:.1f} ms")
    new = edited(lines, 10)
    diff = "".join(
        difflib.unified_diff(
            [line + "\n" for line in lines], [line + "\n" for line in new], f"a/{PATH}", f"b/{PATH}"
        )
    )
    fenced = f"```diff\n{diff}```\n"
    mine = timed(lambda: read(lines, fenced))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, PATH)
        patch = Path(folder, "x.patch")
        patch.write_text(diff)
        file.write_text("\n".join(lines) + "\n")
        command = ["git", "apply", "--check", "x.patch"]
        git = timed(lambda: subprocess.run(command, cwd=folder, check=True, capture_output=True))
    print(f"  apply a diff of 10 hunks to it: {mine:.1f} ms; git apply --check {git:.1f} ms")
    large = source(14_000)
    reply = blocks(large, 40)
    print(f"  40 blocks in 14,000 lines: {timed(lambda: read(large, reply), 3):.0f} ms")


def streaming() -> None:
    lines = source(1000)
    for name, new in (
        ("a change every 50 lines", edited(lines, 20)),
        ("a change every 5 lines", edited(lines, 200)),
        ("every line new", [f"{line} # {k}" for k, line in enumerate(lines)]),
    ):
        text = "\n".join(lines) + "\n"

        def work(new: list[str] = new, text: str = text) -> None:
            target = Snapshot(PurePosixPath(PATH), text)
            span = LineSpan(0, len(lines))
            reader = EditReader(One(text), title="bench", target=target, span=span)
            reader.push("```python\n")
            for line in new:
                reader.push(line + "\n")
            reader.push("```\n")
            reader.finish()

        spent = timed(work, 3)
        print(f"  stream a selection of 1,000 lines, {name}: {spent / len(new):.3f} ms a line")


def diffing() -> None:
    for count, places in ((2600, 60), (14_000, 1), (14_000, 300)):
        lines = source(count)
        new = edited(lines, places)
        mine = timed(lambda a=lines, b=new: diff_lines(a, b), 5)  # type: ignore[misc]
        peer = timed(
            lambda a=lines, b=new: difflib.SequenceMatcher(
                None, a, b, autojunk=False
            ).get_opcodes(),  # type: ignore[misc]
            1,
        )
        print(
            f"  diff {count:,} lines, {places} places: {mine:.1f} ms; "
            f"difflib {peer:.0f} ms ({peer / mine:.0f} times as long)"
        )
    old = "    total = compute_7(value, limit, 12) + previous.get(name, default)"
    fresh = "    total = compute_8(value, bound, 12) - previous.get(key, default)"
    mine = timed(lambda: [diff_words(old, fresh) for _ in range(200)]) / 200
    peer = timed(
        lambda: [difflib.SequenceMatcher(None, old, fresh).get_opcodes() for _ in range(200)], 3
    )
    print(f"  words of a line: {mine * 1e3:.0f} µs; difflib by characters {peer * 5:.0f} µs")


def merging() -> None:
    base = source(2500)
    ours, theirs = edited(base, 5, 7), edited(base, 5, 8)
    mine = timed(lambda: three_way(base, ours, theirs))
    with tempfile.TemporaryDirectory() as folder:
        for name, lines in (("o", ours), ("b", base), ("t", theirs)):
            Path(folder, name).write_text("\n".join(lines) + "\n")
        command = ["git", "merge-file", "-p", "o", "b", "t"]
        git = timed(lambda: subprocess.run(command, cwd=folder, check=False, capture_output=True))
    print(f"  merge three texts of 2,500 lines: {mine:.1f} ms; git merge-file {git:.1f} ms")


def main() -> None:
    """Print the figures, each beside its peer."""
    applying()
    streaming()
    diffing()
    merging()
