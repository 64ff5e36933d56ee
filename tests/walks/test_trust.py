"""Trust: a restricted folder sends nothing, its rules are no instructions; one press changes it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from assistant.models.connection import Connection
from tests.assistant.models.asking import delta, sse
from tests.peers.raw import Heard, Line
from tests.walks.harness import LONG_MS, Player, Walk, connected, fenced, raw_peer, repository

Start = Callable[..., Walk]
RULE = "ALWAYS-SAY-ORANGE-7731"
FILES = {"a.py": "import sys\nimport os\n\nprint(os, sys)\n", "AGENTS.md": f"{RULE}\n"}


async def answers(_: Heard, line: Line) -> None:
    await line.stream(sse(delta(content="Nothing to change."), delta("stop")))


def asked(walk: Walk, words: str) -> str:
    """The question in the panel; what the transcript says when it ended."""
    walk.press("Ctrl+L")
    with walk.bot.waitSignal(walk.work.conversation.ended, timeout=LONG_MS):
        walk.type(f"{words}\n")
    return " ".join(
        label.text() for label in walk.window.panel.findChildren(type(walk.window.trust._means))
    )


def test_36_a_restricted_folder_sends_nothing_and_its_rules_count_only_once_it_is_trusted(
    start: Start, tmp_path: Path
) -> None:
    folder = repository(tmp_path / "project", FILES)
    with raw_peer(answers) as peer:
        connected(tmp_path / "home", Connection("peer", "chat", f"{peer.url}/v1", "test-model"))
        walk = start(folder, trusting=False)
        bar = walk.window.trust
        assert bar.isVisible()
        assert "AGENTS.md" in bar._found.text()
        walk.open("a.py")
        assert "restricted, so nothing of it is sent" in asked(walk, "what is this?")
        walk.press("Ctrl+A")
        walk.begin("what is this?")
        walk.settled()
        assert "restricted, so nothing of it is sent" in walk.ask_bar().status()
        walk.press("Escape")
        assert not peer.heard
        assert not peer.connections

        walk.trust()
        assert not bar.isVisible()
        asked(walk, "what is this?")
        assert len(peer.heard) == 1
        messages = peer.heard[0].json["messages"]
        assert [m["role"] for m in messages if RULE in str(m)] == ["user"]

        walk.run("Trust this folder")
        walk.until(lambda: "restricted" in walk.message())
        assert "restricted, so nothing of it is sent" in asked(walk, "and now?")
        assert len(peer.heard) == 1


def test_built_in_edits_work_in_a_restricted_folder_though_a_server_is_connected(
    start: Start, tmp_path: Path
) -> None:
    folder = repository(tmp_path / "project", FILES)
    with raw_peer(answers) as peer:
        connected(tmp_path / "home", Connection("peer", "chat", f"{peer.url}/v1", "test-model"))
        walk = start(folder, trusting=False)
        document = walk.open("a.py")
        walk.press("Ctrl+A")
        walk.ask("sort imports")
        walk.press("Alt+Shift+Return")
        assert document.editor.text().startswith("import os\nimport sys\n")
        assert not peer.connections


def test_a_folder_put_in_the_place_of_a_trusted_one_is_asked_about_again(
    start: Start, tmp_path: Path
) -> None:
    folder = repository(tmp_path / "project", FILES)
    walk = start(folder, Player(fenced("x\n")))
    walk.trust()
    folder.rename(tmp_path / "away")
    repository(tmp_path / "project", FILES)
    assert walk.work.project is not None
    assert not walk.work.project.is_trusted()
    walk.program.open_folder(str(folder))
    walk.until(lambda: walk.window.trust.isVisible())
