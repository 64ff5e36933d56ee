"""Refactorings by rope over a whole project: exact, reversible, never written, never run."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path, PurePosixPath

import psutil
import pytest

from assistant.builtin.engine import BuiltinEngine
from assistant.types import Instruction, ModelRequest, Snapshot
from tests.assistant.builtin.asking import ask

CLIENT = 'def fetch(url):\n    """fetch it"""\n    total = url + "/x"\n    return total\n'
USER = "from pkg.client import fetch\n\n\ndef go():\n    return fetch('a')  # fetch\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "__init__.py").write_text("")
    (tmp_path / "pkg" / "client.py").write_text(CLIENT)
    (tmp_path / "pkg" / "user.py").write_bytes(USER.replace("\n", "\r\n").encode())
    (tmp_path / "conftest.py").write_text("raise SystemExit('this ran')\n")
    return tmp_path


def tree(root: Path) -> dict[str, tuple[bytes, int]]:
    return {str(p): (p.read_bytes(), p.stat().st_mtime_ns) for p in root.rglob("*") if p.is_file()}


def test_a_rename_reaches_every_file_and_writes_none(project: Path) -> None:
    before = tree(project)
    reply = ask("rename fetch to load", CLIENT, "pkg/client.py", root=project)
    assert reply.text == CLIENT.replace("def fetch", "def load")
    expected = USER.replace("import fetch", "import load").replace("fetch('a')", "load('a')")
    assert reply.texts["pkg/user.py"] == expected.replace("\n", "\r\n")
    assert tree(project) == before


def test_there_and_back_is_nothing(project: Path) -> None:
    reply = ask("rename fetch to load", CLIENT, "pkg/client.py", root=project)
    for path, text in reply.texts.items():
        (project / path).write_bytes(text.encode())
    back = ask("rename load to fetch", reply.text, "pkg/client.py", root=project)
    assert back.text == CLIENT
    assert back.texts["pkg/user.py"] == USER.replace("\n", "\r\n")


def test_open_buffers_stand_in_for_files(project: Path) -> None:
    buffer = Snapshot(
        PurePosixPath("pkg/user.py"), "from pkg.client import fetch as get\n\nget(1)\n"
    )
    reply = ask("rename fetch to load", CLIENT, "pkg/client.py", root=project, buffers=(buffer,))
    assert reply.texts["pkg/user.py"] == "from pkg.client import load as get\n\nget(1)\n"


def test_comments_and_strings_only_when_asked(project: Path) -> None:
    reply = ask(
        "rename fetch to load, also in comments and strings", CLIENT, "pkg/client.py", root=project
    )
    assert '"""load it"""' in reply.text


def test_a_local_name_is_not_confused_with_another_of_the_same_name() -> None:
    source = "def f(x):\n    return x\n\n\ndef g(x):\n    return x\n"
    assert ask("rename x to y", source, span=(4, 6)).text == (
        "def f(x):\n    return x\n\n\ndef g(y):\n    return y\n"
    )


def test_what_cannot_be_resolved_is_left_and_named() -> None:
    source = (
        "class A:\n    def get(self):\n        return 1\n\n\ndef f(thing):\n    return "
        "thing.get()\n"
    )
    reply = ask("rename A.get to take", source)
    assert "def take(self)" in reply.text and "thing.get()" in reply.text
    assert "a.py:7" in reply.raw


def test_in_the_selection_it_is_text() -> None:
    source = "x = 1\nx = 2\nx = 3\n"
    assert (
        ask("rename x to y in the selection", source, span=(1, 2)).text == "x = 1\ny = 2\nx = 3\n"
    )


def test_an_existing_name_is_mentioned() -> None:
    reply = ask("rename a to b", "a = 1\nb = 2\nprint(a)\n")
    assert reply.edited and "`b` was already" in reply.raw


@pytest.mark.parametrize(
    ("wish", "source", "said"),
    [
        ("rename fetch to class", CLIENT, "`class` cannot be a name"),
        ("rename nothing_here to b", CLIENT, "does not occur"),
        ("rename fetch to fetch", CLIENT, "the same"),
        ("rename fetch to load", "def fetch(:\n", "a.py has a syntax error in line 1"),
        ("extract function f", CLIENT, "Select the lines"),
        ("inline nothing_here", CLIENT, "does not occur"),
        ("extract variable x", CLIENT, "Say which expression"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(wish: str, source: str, said: str) -> None:
    reply = ask(wish, source)
    assert not reply.edited and said in reply.raw, reply.raw


def test_extract_a_function() -> None:
    source = "def f(a):\n    b = a + 1\n    c = b * 2\n    return c\n"
    reply = ask("extract this into a function called twice", source, span=(1, 3))
    scope: dict[str, object] = {}
    exec(reply.text, scope)
    assert scope["f"](1) == 4 and scope["twice"](1) == 4  # type: ignore[operator]


def test_extract_and_inline_a_variable_is_nothing() -> None:
    source = "def f(a):\n    return g(a + 1)\n"
    reply = ask("extract `a + 1` into a variable called total", source)
    assert reply.text == "def f(a):\n    total = a + 1\n    return g(total)\n"
    assert ask("inline total", reply.text).text == source


def test_inlining_a_value_that_is_used_twice_warns() -> None:
    reply = ask("inline x", "x = f()\nprint(x, x)\n")
    assert reply.text == "print(f(), f())\n"
    assert "computed in each" in reply.raw


def test_coding_lines_marks_and_wide_characters_survive() -> None:
    source = "\ufeff# -*- coding: latin-1 -*-\r\né𝒳 = 'é𝒳'; fetch = é𝒳\r\nprint(fetch)\r\n"
    reply = ask("rename fetch to load", source)
    assert reply.text == source.replace("fetch", "load")


def test_cancelling_ends_the_child(project: Path) -> None:
    engine = BuiltinEngine(project)
    wish = Instruction("rename fetch to load", Snapshot(PurePosixPath("pkg/client.py"), CLIENT))

    others = set(psutil.Process().children())

    async def start_and_cancel() -> None:
        stream = engine.stream(ModelRequest((), instruction=wish))
        task = asyncio.create_task(anext(stream))  # type: ignore[arg-type]
        me = psutil.Process(os.getpid())
        while set(me.children()) <= others:
            await asyncio.sleep(0.002)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        born = [child for child in me.children() if child not in others]
        assert not [c for c in born if c.status() != psutil.STATUS_ZOMBIE]

    asyncio.run(start_and_cancel())
