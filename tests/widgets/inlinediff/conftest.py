"""An editor with a proposal in it, and the functions the application passes in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath

import pytest
from pytestqt.qtbot import QtBot

from assistant.edits.diff import diff_lines, diff_words
from assistant.edits.merge import three_way
from assistant.types import FileChange, Hunk, HunkState, LineSpan, Snapshot, split_lines
from widgets.editor.codeeditor import CodeEditor
from widgets.inlinediff.inlinediff import InlineDiff
from widgets.theme import load_theme

OLD = '''"""Fetching."""
import os
import json
import requests

TIMEOUT = 10


def fetch(url, retries=3):
    """Fetch a URL."""
    for i in range(retries):
        resp = requests.get(url, timeout=TIMEOUT)
        if resp.status_code == 200:
            return json.loads(resp.text)
    return None


def save(path, data):
    with open(path, "w") as fh:
        json.dump(data, fh)


def main():
    data = fetch("https://example.com/api")
    save("out.json", data)
'''
NEW = '''"""Fetching."""
import json
import httpx

TIMEOUT = 10


class FetchError(RuntimeError):
    """All attempts failed."""


def fetch(url: str, *, retries: int = 3) -> dict:
    """Fetch a URL and decode its JSON body."""
    for attempt in range(retries):
        resp = httpx.get(url, timeout=TIMEOUT)
        if resp.status_code == 200:
            return resp.json()
    raise FetchError(url)


def save(path, data):
    with open(path, "w", encoding="utf-8") as fh:
        json.dump(data, fh, indent=2)


def main():
    data = fetch("https://example.com/api")
    save("out.json", data)
'''
PATH = PurePosixPath("client.py")


def change_of(
    old: str, new: str, state: HunkState = HunkState.PENDING, first_id: int = 1
) -> FileChange:
    """The hunks that make ``new`` of ``old``."""
    a, b = split_lines(old), split_lines(new)
    hunks = tuple(
        Hunk(first_id + at, LineSpan(a0, a1), a[a0:a1], b[b0:b1], state)
        for at, (a0, a1, b0, b1) in enumerate(diff_lines(a, b))
    )
    return FileChange(Snapshot(PATH, old), hunks)


@pytest.fixture
def editor(qtbot: QtBot) -> CodeEditor:
    made = CodeEditor(load_theme("night"))
    made.resize(900, 800)
    qtbot.addWidget(made)
    made.set_language("python")
    made.set_text(OLD)
    made.show()
    qtbot.waitExposed(made)
    made.setFocus()
    return made


@pytest.fixture
def diff(editor: CodeEditor) -> InlineDiff:
    return InlineDiff(editor, diff_words, three_way)


Propose = Callable[..., FileChange]


@pytest.fixture
def propose(editor: CodeEditor, diff: InlineDiff) -> Propose:
    """Begin a run on the editor's text and show the hunks that make ``new`` of it."""

    def show(
        new: str = NEW, prompt: str = "a", mode: str = "propose", first_id: int = 1
    ) -> FileChange:
        snapshot = editor.snapshot(PATH)
        diff.begin(snapshot, prompt, mode)
        change = change_of(snapshot.text, new, first_id=first_id)
        diff.show_change(change, prompt)
        return change

    return show
