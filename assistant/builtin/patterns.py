"""A person's regular expression over a text, in a child that is ended when it runs away."""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assistant.builtin.process import run
from assistant.builtin.scene import CannotDo

_START = (
    "import sys; sys.path.insert(0, sys.argv[1]); from assistant.builtin.patterns import "
    "main; main()"
)
_PACKAGES = Path(__file__).parent.parent.parent
_SECONDS = 5


async def substitute(pattern: str, new: str, text: str) -> tuple[str, int]:
    """The text with every match replaced, and how many. Raises CannotDo."""
    answer = await _ask({"pattern": pattern, "new": new, "text": text})
    return str(answer["text"]), int(answer["times"])


async def matching(pattern: str, lines: Sequence[str]) -> list[bool]:
    """Which lines, without their ends, hold a match. Raises CannotDo."""
    answer = await _ask({"pattern": pattern, "lines": list(lines)})
    return [bool(hit) for hit in answer["hits"]]


async def _ask(request: dict[str, Any]) -> dict[str, Any]:
    """A match may take exponential time and cannot be interrupted, so it never runs in this
    process."""
    argv = [sys.executable, "-I", "-B", "-X", "utf8", "-c", _START, str(_PACKAGES)]
    with tempfile.TemporaryDirectory(prefix="galley-") as home:
        try:
            done = await run(argv, json.dumps(request), cwd=home, seconds=_SECONDS)
        except TimeoutError:
            raise CannotDo(
                f"The pattern was stopped after {_SECONDS} s; it tries too many ways."
            ) from None
    if done.code != 0:
        raise CannotDo("The pattern could not be tried; nothing was changed.")
    answer: dict[str, Any] = json.loads(done.out)
    if "error" in answer:
        raise CannotDo(f"`{request['pattern']}` is not a regular expression: {answer['error']}.")
    return answer


def main() -> None:
    """The child: one request on standard input, one answer on standard output."""
    json.dump(answer_to(json.load(sys.stdin)), sys.stdout)


def answer_to(request: dict[str, Any]) -> dict[str, Any]:
    """``{text, times}`` for a replacement, ``{hits}`` for lines, ``{error}`` for a wrong
    pattern."""
    try:
        pattern = re.compile(request["pattern"], re.MULTILINE)
        if "lines" in request:
            return {"hits": [pattern.search(line) is not None for line in request["lines"]]}
        text, times = pattern.subn(request["new"], request["text"])
        return {"text": text, "times": times}
    except (re.error, IndexError, OverflowError, RecursionError) as error:
        return {"error": str(error)}
