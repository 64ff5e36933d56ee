"""A run over the wire: a real llama.cpp server that calls tools, and recordings of five protocols.

Numbers in names are those of the acceptance checks.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.agent import sandbox
from assistant.agent.limits import Limits
from assistant.events import Event, PermissionAsked
from assistant.models.connection import connect
from assistant.models.egress import Egress
from assistant.types import Autonomy, HunkState
from tests.assistant.agent.errands import Errands, finished, notices, proposed
from tests.assistant.agent.trees import DiskTree
from tests.assistant.models.asking import model as http_model
from tests.assistant.models.asking import run
from tests.peers.raw import Heard, Line, raw_server
from tests.peers.scripted import Line as Scripted
from tests.peers.scripted import ScriptedServer, gguf_of, serve

RECORDINGS = Path(__file__).parents[2] / "peers" / "recordings"
BUG = "def area(r):\n    return 3 * r * r\n"
TEST = (
    "import unittest\nfrom shapes import area\n\n\nclass T(unittest.TestCase):\n"
    "    def test_area(self):\n        self.assertEqual(area(1), 3.14)\n"
)


def calling(*calls: tuple[str, dict[str, Any]]) -> str:
    """What the model says when it calls tools."""
    return "\n".join(
        f"<tool_call>\n{json.dumps({'name': name, 'arguments': arguments})}\n</tool_call>"
        for name, arguments in calls
    )


LOOK = calling(("read_file", {"path": "shapes.py"}), ("list_files", {"folder": "tests"}))
FIX = calling(
    ("edit_file", {"path": "shapes.py", "old_str": "return 3 *", "new_str": "return 3.14 *"})
)
PROVE = calling(("run_command", {"command": "python -m unittest -q tests.test_shapes"}))
SCRIPT = (
    Scripted(f"I look first.\n{LOOK}", "'fix the bug' in lu and nt == 0"),
    Scripted(f"<think>\nThree is not pi.\n</think>\n\n{FIX}", "'fix the bug' in lu and nt == 2"),
    Scripted(PROVE, "'fix the bug' in lu and nt == 3"),
    Scripted("The area is right now; its test passes.", "'fix the bug' in lu"),
    Scripted(calling(("search_text", {"pattern": "nowhere to be found"})), "'circle' in lu"),
    Scripted("Hello there, nothing to do."),
)


@pytest.fixture(scope="module")
def llama() -> Iterator[ScriptedServer]:
    with serve(gguf_of(SCRIPT), context=65_536) as server:
        yield server


@pytest.fixture
def tree(tmp_path: Path) -> DiskTree:
    files = {"shapes.py": BUG, "tests/__init__.py": "", "tests/test_shapes.py": TEST}
    return DiskTree(tmp_path / "p", files)


def played(
    tree: DiskTree, server: ScriptedServer, protocol: str, wish: str, **more: Any
) -> list[Event]:
    async def play(egress: Egress) -> list[Event]:
        source = connect(server.connection(protocol), egress)
        errands = Errands(tree, source, level=sandbox.confinement(), **more)
        return [event async for event in errands.stream(wish, Autonomy.AGENT)]

    events: list[Event] = run(play)
    return events


@pytest.mark.parametrize("protocol", ["chat", "responses", "messages"])
def test_27_fix_the_bug_on_a_real_server(
    tree: DiskTree, llama: ScriptedServer, protocol: str
) -> None:
    events = played(tree, llama, protocol, "fix the bug")
    assert finished(events) == [
        ("read_file", True),
        ("list_files", True),
        ("edit_file", True),
        ("run_command", True),
    ], notices(events)
    [change] = proposed(events).files
    assert change.applied([HunkState.PENDING]) == BUG.replace("3 *", "3.14 *")
    assert (tree.root / "shapes.py").read_text() == BUG
    if sandbox.confinement() in sandbox.FULL:
        assert not any(isinstance(event, PermissionAsked) for event in events)


@pytest.mark.parametrize("protocol", ["chat", "messages"])
def test_31_a_circle_on_a_real_server_ends(
    tree: DiskTree, llama: ScriptedServer, protocol: str
) -> None:
    events = played(tree, llama, protocol, "circle", answers=[("once", "")])
    assert "goes in circles" in notices(events)
    assert len(finished(events)) == 5


def test_32_a_limit_on_a_real_server_and_then_it_goes_on(
    tree: DiskTree, llama: ScriptedServer
) -> None:
    events = played(tree, llama, "chat", "fix the bug", limits=Limits(steps=2))
    assert "it took 2 steps" in notices(events)
    assert len(proposed(events).files) == 1


@pytest.mark.parametrize("protocol", ["chat", "responses", "messages", "ollama", "gemini"])
def test_1_3_22_five_protocols_call_two_tools_and_get_both_answers(
    tmp_path: Path, protocol: str
) -> None:
    tree = DiskTree(tmp_path / "p", {"one.txt": "first\n", "two.txt": "second\n"})
    streams = [
        (RECORDINGS / f"aimock.{protocol}.{kind}.txt").read_bytes() for kind in ("parallel", "text")
    ]
    heard: list[Heard] = []

    async def answer(request: Heard, line: Line) -> None:
        heard.append(request)
        await line.stream(streams[min(len(heard), 2) - 1])

    async def play(egress: Egress) -> list[Event]:
        async with raw_server(answer) as server:
            base = server.url if protocol in ("ollama",) else f"{server.url}/v1"
            errands = Errands(tree, http_model(base, egress, protocol))
            return [event async for event in errands.stream("parallel", Autonomy.AGENT)]

    events = run(play)
    assert finished(events) == [("read_file", True), ("read_file", True)]
    assert len(heard) == 2
    tools = [json.dumps(request.json["tools"]) for request in heard]
    assert tools[0] == tools[1] and "run_command" in tools[0]
    told = heard[1].body.decode()
    assert told.index("| first") < told.index("| second")
