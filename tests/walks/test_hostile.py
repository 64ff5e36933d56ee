"""Hostile projects in the real window: opened, browsed, searched, asked, kept, saved, committed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from app.main import arguments, stand_aside
from assistant.models.connection import Connection
from tests.assistant.models.asking import delta, sse
from tests.peers.raw import Heard, Line, RawServer
from tests.walks.harness import (
    LONG_MS,
    Walk,
    connected,
    fenced,
    raw_peer,
)
from tests.walks.hostile import ATTACKS, CODE, Hostile, forms, leaks, watched

Start = Callable[..., Walk]
COMMIT_HOOKS = ("pre-commit", "prepare-commit-msg", "commit-msg", "post-commit")
"""What git runs for the person's own commit; here only where the folder is trusted."""
NEW = CODE.replace("return 2", "return 1 + 1")


async def answers(_: Heard, line: Line) -> None:
    await line.stream(sse(delta(content=fenced(NEW, "")), delta("stop")))


async def silent(_: Heard, line: Line) -> None:
    await line.answer(200, b"caught")


def tour_of(walk: Walk, one: Hostile, trusted: bool) -> None:
    """What a person does with a project: look at all of it, ask, keep, save, commit, undo."""
    entries = sorted(os.scandir(one.root), key=lambda entry: entry.name)
    folders = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    for entry in entries:
        if entry.name not in folders:
            walk.work.explorer._on_opened(entry.name)
    walk.until(lambda: not walk.work.documents._waiting)
    for name in folders:
        walk.work.explorer._on_children_requested(name)
    walk.press("Ctrl+P")
    walk.type("a.py")
    walk.press("Escape")
    document = walk.open("a.py")
    walk.press("Ctrl+L")
    with walk.bot.waitSignal(walk.work.conversation.ended, timeout=LONG_MS):
        walk.type("what do AGENTS.md, .env, leak.txt and keys.py say? hunter2 AKIA\n")
    document.editor.setFocus()
    walk.press("Ctrl+A")
    walk.ask("return the sum" if trusted else "sort imports")
    walk.press("Escape")
    document.editor.setFocus()
    walk.press("Alt+Shift+Return")
    assert document.editor.text() != CODE
    walk.save(document)
    walk.press("Ctrl+Shift+Return")
    walk.window.commit_box.grab()
    if walk.window.commit_box.wish().chosen:
        ended: list[object] = []
        for signal in (walk.work.commits.committed, walk.work.commits.failed):
            signal.connect(ended.append)
        walk.press("Ctrl+Return")
        walk.until(lambda: ended)
        walk.run("Undo the last commit")


@pytest.mark.parametrize("trusted", [False, True], ids=["restricted", "trusted"])
@pytest.mark.parametrize("attack", ATTACKS)
def test_07_08_09_11_33_36_a_hostile_project_runs_reaches_and_learns_nothing(
    start: Start,
    tmp_path: Path,
    attack: str,
    trusted: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with raw_peer(silent) as evil, raw_peer(answers) as peer:
        one = ATTACKS[attack](tmp_path, evil.url)
        connected(tmp_path / "home", Connection("peer", "chat", f"{peer.url}/v1", "test-model"))
        monkeypatch.setenv("PATH", f".:{os.environ['PATH']}")
        monkeypatch.chdir(one.root)
        options = arguments([str(one.root)])
        stand_aside(options)
        with watched(one.root) as seen:
            seen.ports = {peer.port}
            walk = start(one.root, trusting=trusted)
            tour_of(walk, one, trusted)
        hooks = [f"ran ['{one.root}/.git/hooks/{name}'" for name in COMMIT_HOOKS if trusted]
        assert [found for found in seen.found if not found.startswith(tuple(hooks))] == []
        assert [mark for mark in one.harm() if not (trusted and mark.startswith("ran-"))] == []
        assert evil.connections == 0
        nothing_leaves(peer, trusted)


def nothing_leaves(peer: RawServer, trusted: bool) -> None:
    """No secret in any request; none at all from a restricted folder; rules only as data."""
    if not trusted:
        assert not peer.connections
        return
    assert peer.heard
    for heard in peer.heard:
        sent = heard.path.encode() + repr(heard.headers).encode() + heard.body
        assert leaks(sent) == []
        for message in heard.json["messages"]:
            if "SEEN-AS-DATA" in str(message) or "IGNORE ALL RULES" in str(message):
                assert message["role"] == "user"
            assert "\\udb40" not in str(message).encode("unicode-escape").decode()
            assert not any(0xE0000 <= ord(letter) <= 0xE007F for letter in str(message))


def test_09_the_search_for_secrets_finds_every_form() -> None:
    for form in forms("hunter2-env-98a7f3"):
        assert leaks(b"x" * 7 + form + b"y" * 5) == [".env"], form
    assert leaks(b"nothing of it") == []
