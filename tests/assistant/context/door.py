"""The worker as scripts see it: a child process asked in JSON lines. For tests; waits for answers,
never for time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

PROGRAM = Path(__file__).parents[3]


class Door:
    """One worker process; a context manager that leaves nothing behind."""

    def __init__(self, *, prelude: str = "", env: dict[str, str] | None = None) -> None:
        code = prelude + "\nfrom assistant.context.worker import main\nmain()\n"
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd="/",
            env=os.environ | {"PYTHONPATH": str(PROGRAM)} | (env or {}),
        )

    def __enter__(self) -> Door:
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin
        try:
            self.process.stdin.write('{"op": "quit"}\n')
            self.process.stdin.close()
        except BrokenPipeError:
            with suppress(BrokenPipeError):
                self.process.stdin.close()
        self.process.wait(20)
        for stream in (self.process.stdout, self.process.stderr):
            if stream:
                stream.close()

    def ask(self, op: str, **message: Any) -> dict[str, Any]:
        """The answer to one line; fails when the worker says error."""
        answer = self.try_ask(op, **message)
        assert "error" not in answer, answer
        return answer

    def try_ask(self, op: str, **message: Any) -> dict[str, Any]:
        """The same, errors and all."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps({"op": op, **message}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read() if self.process.stderr else ""
        answer: dict[str, Any] = json.loads(line)
        return answer

    def files(self, text: str, k: int = 10) -> list[str]:
        """Ranked files for a wish."""
        found: list[str] = self.ask("query", text=text, k=k, budget_tokens=2000)["files"]
        return found

    def holds(self, text: str) -> set[str]:
        """Files whose shown lines contain ``text``, which should be one rare word. What is shown is
        read from the disk: this says that an answer is right, not that the index knows."""
        rows = self.ask("search", text=text, k=30)["rows"]
        return {row["path"] for row in rows if text in row["text"]}

    def defines(self, name: str) -> set[str]:
        """Files in which the index itself knows a definition of that name; reads no file."""
        choices = self.ask("complete", kind="symbol", typed=name, limit=1000)["choices"]
        return {choice["path"] for choice in choices if choice["value"] == name}

    def until(self, true: Callable[[], bool], seconds: float = 10.0) -> float:
        """Ask again until it is true; how long that took."""
        started = time.monotonic()
        while not true():
            assert time.monotonic() - started < seconds, "it did not come true"
            time.sleep(0.01)
        return time.monotonic() - started


def watching(prelude: str) -> str:
    """What makes the worker's process that watches run ``prelude`` first, as ``watch``."""
    code = f"import assistant.watching as watch\n{prelude}\nwatch.main()\n"
    return f"""
import sys, assistant.watcher as watcher
watcher.PROGRAM = [sys.executable, "-P", "-c", {code!r}]
"""


def write(root: Path, files: dict[str, str | bytes]) -> None:
    """Make files with their folders."""
    for path, content in files.items():
        full = root / path
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_bytes(content if isinstance(content, bytes) else content.encode())


def git(root: Path, *arguments: str) -> str:
    """Run git in a test's own repository."""
    done = subprocess.run(
        [
            "git",
            "-C",
            str(root),
            "-c",
            "user.name=t",
            "-c",
            "user.email=t@example.invalid",
            *arguments,
        ],
        capture_output=True,
        check=True,
    )
    return done.stdout.decode("utf-8", "surrogateescape")
