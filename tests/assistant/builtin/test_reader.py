"""What the engine streams is read back by the app's own edit reader, byte for byte."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

import pytest

from assistant.edits.reader import EditReader
from assistant.types import ChangeSet, HunkState, LineSpan, Refusal, Snapshot
from tests.assistant.builtin.asking import ask

PYTHON = (
    "import sys\nimport os\n\nx = {'b': 1, 'a': 2}   \n\n\ndef f(a, b):\n\tfetch = "
    "a\n\treturn fetch\n\n\n\nprint(os,x)"
)
WORDS = "b 10\na 9\n\nb 10\nc\n\nthe end...\n"


class Files:
    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def paths(self) -> Sequence[PurePosixPath]:
        return [self._snapshot.path]

    def read(self, path: PurePosixPath) -> Snapshot | Refusal:
        return self._snapshot if path == self._snapshot.path else Refusal(str(path), "no such file")


def read(raw: str, target: Snapshot, span: tuple[int, int] | None) -> tuple[str, ChangeSet]:
    reader = EditReader(
        Files(target), title="t", target=target, span=LineSpan(*span) if span else None
    )
    for at in range(0, len(raw), 7):
        reader.push(raw[at : at + 7])
    changes = reader.finish()
    text = target.text
    for change in changes.files:
        assert all(hunk.state is HunkState.PENDING for hunk in change.hunks)
        text = change.applied([HunkState.PENDING])
    return text, changes


CASES = [
    ("a.py", "import sys\nx = 1  \ny = 2\n", "fix lint"),
    ("a.py", PYTHON, "fix lint"),
    ("a.py", PYTHON, "format"),
    ("a.py", PYTHON, "remove trailing whitespace"),
    ("a.py", PYTHON, "add a newline at the end of the file"),
    ("a.py", PYTHON, "convert tabs to spaces"),
    ("a.py", PYTHON, "comment out"),
    ("a.py", PYTHON, "rename fetch to load"),
    ("a.py", PYTHON, "use double quotes"),
    ("a.py", PYTHON, "add docstrings"),
    ("a.py", PYTHON, "sort the keys of this dictionary"),
    ("a.py", PYTHON, "uppercase"),
    ("a.py", PYTHON, "indent"),
    ("a.py", PYTHON, "remove blank lines"),
    ("a.txt", WORDS, "sort"),
    ("a.txt", WORDS, "sort numerically"),
    ("a.txt", WORDS, "remove duplicate lines"),
    ("a.txt", WORDS, "reverse the lines"),
    ("a.txt", WORDS, "number lines"),
    ("a.txt", WORDS, "join lines"),
    ("a.txt", WORDS, "remove blank lines"),
    ("a.txt", WORDS, "surround with quotes"),
    ("a.txt", WORDS, 'delete lines containing "b"'),
]


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("span", [None, (2, 6), (0, 3)])
@pytest.mark.parametrize(("path", "source", "wish"), CASES)
def test_the_reader_makes_the_same_text(
    path: str, source: str, wish: str, span: tuple[int, int] | None, ends: str
) -> None:
    target = Snapshot(PurePosixPath(path), source.replace("\n", ends))
    reply = ask(wish, target.text, path, span)
    text, changes = read(reply.raw, target, span)
    assert text == reply.text
    assert changes.refused == ()
    assert bool(changes.files) == reply.edited


@pytest.mark.parametrize("span", [None, (0, 1), (0, 2)])
@pytest.mark.parametrize(
    ("wish", "source"),
    [
        ("make the tea", "return f(x)\nb()\n"),
        ('replace "f(x) = y;" with "b"', "a = 1;\nb()\n"),
        ("rename foo to foo", "foo(1);\nb()\n"),
        ("rename foo to bar", "def f(:\nb()\n"),
        ("sort", "a()\nb()\n"),
        ("format", "x = 1\ny = 2\n"),
        ("extract function class", "x()\nb()\n"),
    ],
)
def test_a_reply_without_an_edit_is_prose(
    wish: str, source: str, span: tuple[int, int] | None
) -> None:
    target = Snapshot(PurePosixPath("a.py"), source)
    reply = ask(wish, source, "a.py", span)
    assert not reply.edited
    text, changes = read(reply.raw, target, span)
    assert text == source and changes.files == () and changes.refused == ()
