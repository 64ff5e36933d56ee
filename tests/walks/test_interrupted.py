"""Answers that do not end well: stopped, dropped, refused. Complete hunks stay, the text stays."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from shiboken6 import isValid

from assistant.events import CheckFinished
from assistant.models.connection import Connection
from tests.assistant.models.asking import delta, sse
from tests.peers.raw import Heard, Line
from tests.walks.harness import (
    KEPT,
    PENDING,
    Player,
    Walk,
    connected,
    fenced,
    raw_peer,
    repository,
    select_lines,
)

Start = Callable[..., Walk]

LINES = [f"line {number} of the file\n" for number in range(40)]
OLD = "".join(LINES)
NEW = "".join("changed\n" if number in (2, 18, 34) else line for number, line in enumerate(LINES))
FIRST = "".join("changed\n" if number == 2 else line for number, line in enumerate(LINES))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return repository(tmp_path / "project", {"a.txt": OLD})


def begun(walk: Walk) -> Any:
    document = walk.open("a.txt")
    select_lines(document, 0, 40)
    walk.begin("make it better")
    return document


def untouched(walk: Walk) -> None:
    document = walk.document("a.txt")
    assert document.editor.text() == OLD
    assert not document.modified
    assert not document.editor.surface.canUndo()
    assert walk.disk("a.txt").decode() == OLD
    assert walk.git("status", "--porcelain") == ""


@pytest.mark.parametrize(
    ("how", "after", "pending"),
    [("Escape", 0, 0), ("button", 1, 0), ("command", 12, 1), ("Escape", 30, 2), ("button", 99, 3)],
)
def test_a_stopped_answer_leaves_what_was_complete_and_nothing_half(
    start: Start, folder: Path, how: str, after: int, pending: int
) -> None:
    model = Player(fenced(NEW, ""), hold=after)
    walk = start(folder, model)
    begun(walk)
    walk.until(lambda: model.requests)
    if pending:
        walk.until(lambda: walk.states("a.txt").count(PENDING) >= pending)
    if how == "button":
        walk.click(walk.button(walk.ask_bar(), "Stop"))
    else:
        walk.press("Escape" if how == "Escape" else "Ctrl+Shift+Backspace")
    walk.settled()
    walk.until(model.closed.is_set)
    assert walk.ask_bar().status().startswith("Stopped")
    assert set(walk.states("a.txt")) <= {PENDING}
    assert len(walk.states("a.txt")) >= pending
    untouched(walk)

    walk.press("Escape")
    walk.until(lambda: walk.work.inline.current() is None)
    assert len(walk.states("a.txt")) >= pending  # a second Esc discards nothing
    if pending:
        walk.document("a.txt").editor.goto(0)
        walk.press("Alt+Return")
        assert walk.states("a.txt")[0] is KEPT
        assert walk.document("a.txt").editor.text() == FIRST


def test_typing_goes_on_while_an_answer_streams(start: Start, folder: Path) -> None:
    model = Player(fenced(NEW, ""), hold=20)
    walk = start(folder, model)
    document = begun(walk)
    walk.until(lambda: walk.states("a.txt").count(PENDING) >= 1)
    document.editor.setFocus()
    document.editor.goto(10)
    walk.type("typed\n")
    walk.press("Escape")
    walk.settled()
    assert document.editor.text() == "".join([*LINES[:10], "typed\n", *LINES[10:]])
    document.editor.goto(0)
    walk.press("Alt+Return")
    expected = [*LINES[:2], "changed\n", *LINES[3:10], "typed\n", *LINES[10:]]
    assert document.editor.text() == "".join(expected)


HALF = sse(delta(content=fenced(NEW, "")[:500]), done=False)


async def dies(_: Heard, line: Line) -> None:
    await line.head(content_type="text/event-stream")
    await line.send(HALF)
    await asyncio.sleep(0.05)
    line.reset()


async def ends_early(_: Heard, line: Line) -> None:
    await line.stream(HALF)


async def talks_nonsense(_: Heard, line: Line) -> None:
    await line.answer(200, b"<html>It works!</html>", content_type="text/html")


def status(code: int, words: str, **headers: str) -> Callable[..., Any]:
    async def answer(_: Heard, line: Line) -> None:
        await line.answer(code, {"error": {"message": words}}, **headers)

    return answer


FAULTS = {
    "dies": (dies, ("dropped", "ended", "cut"), 1),
    "ends early": (ends_early, ("ended", "cut"), 1),
    "nonsense": (talks_nonsense, ("web page",), 0),
    "401": (status(401, "bad key"), ("key",), 0),
    "429 for an hour": (status(429, "slow down", retry_after="3600"), ("limit", "many", "slow"), 0),
    "402": (status(402, "no money"), ("credit", "quota", "paid", "pay", "balance", "money"), 0),
    "404": (status(404, "model not found"), ("model", "address", "found"), 0),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_server_that_fails_says_why_and_the_text_is_untouched(
    start: Start, folder: Path, tmp_path: Path, fault: str
) -> None:
    handler, words, pending = FAULTS[fault]
    with raw_peer(handler) as peer:
        connection = Connection("peer", "chat", f"{peer.url}/v1", "test-model")
        connected(tmp_path / "home", connection)
        walk = start(folder)
        begun(walk)
        walk.settled()
        said = walk.ask_bar().status()
        assert any(word in said for word in words), said
        assert len(walk.states("a.txt")) >= pending
        assert set(walk.states("a.txt")) <= {PENDING}
        untouched(walk)
        assert peer.heard


def test_a_server_that_fails_once_is_asked_again_and_the_person_sees_it(
    start: Start, folder: Path, tmp_path: Path
) -> None:
    asked: list[Heard] = []

    async def second_time(heard: Heard, line: Line) -> None:
        asked.append(heard)
        if len(asked) == 1:
            await line.answer(503, {"error": {"message": "busy"}}, retry_after="0")
        else:
            await line.stream(sse(delta(content=fenced(NEW, "")), delta("stop")))

    with raw_peer(second_time) as peer:
        connection = Connection("peer", "chat", f"{peer.url}/v1", "test-model")
        connected(tmp_path / "home", connection)
        walk = start(folder)
        begun(walk)
        walk.settled()
        assert walk.states("a.txt") == [PENDING] * 3, walk.ask_bar().status()
        assert len(asked) == 2
        untouched(walk)


def test_a_server_that_stalls_can_be_stopped_at_once(
    start: Start, folder: Path, tmp_path: Path
) -> None:
    async def stalls(_: Heard, line: Line) -> None:
        await line.head(content_type="text/event-stream")
        await line.send(HALF)
        while True:  # nothing but signs of life, until nobody listens
            await asyncio.sleep(0.02)
            await line.send(b": ping\n\n")

    with raw_peer(stalls) as peer:
        connected(tmp_path / "home", Connection("peer", "chat", f"{peer.url}/v1", "test-model"))
        walk = start(folder)
        begun(walk)
        walk.until(lambda: walk.states("a.txt").count(PENDING) >= 1)
        walk.press("Escape")
        walk.settled()
        walk.until(lambda: peer.closed)  # the connection is closed, the server need not go on
        untouched(walk)


def test_after_a_failure_the_same_words_can_be_sent_again(
    start: Start, folder: Path, tmp_path: Path
) -> None:
    asked: list[Heard] = []

    async def then_well(heard: Heard, line: Line) -> None:
        asked.append(heard)
        if len(asked) == 1:
            await line.answer(401, {"error": {"message": "bad key"}})
        else:
            await line.stream(sse(delta(content=fenced(NEW, "")), delta("stop")))

    with raw_peer(then_well) as peer:
        connected(tmp_path / "home", Connection("peer", "chat", f"{peer.url}/v1", "test-model"))
        walk = start(folder)
        begun(walk)
        walk.settled()
        walk.click(walk.button(walk.ask_bar(), "Try again"))
        walk.until(lambda: walk.states("a.txt") == [PENDING] * 3)
        untouched(walk)


def test_switching_all_ai_off_ends_the_answer_and_opens_no_socket(
    start: Start, folder: Path, tmp_path: Path
) -> None:
    async def stalls(_: Heard, line: Line) -> None:
        await line.head(content_type="text/event-stream")
        await line.send(HALF)
        await asyncio.Event().wait()

    with raw_peer(stalls) as peer:
        connected(tmp_path / "home", Connection("peer", "chat", f"{peer.url}/v1", "test-model"))
        walk = start(folder)
        begun(walk)
        walk.until(lambda: walk.states("a.txt").count(PENDING) >= 1)
        walk.program.change(ai=False)
        walk.settled()
        assert "off" in walk.ask_bar().status()
        heard = len(peer.heard)
        walk.press("Return")
        walk.settled()
        assert len(peer.heard) == heard
        untouched(walk)


def test_evidence_that_comes_after_the_file_was_closed_is_no_error(
    folder: Path, start: Start
) -> None:
    walk = start(folder, Player(fenced(NEW, "")))
    document = begun(walk)
    walk.settled()
    (ask,) = walk.work.inline._asks
    walk.work.documents.close(document)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert not isValid(ask.bar)
    ask._on_checked([CheckFinished("tests", True, "3 passed", 0.1)])
    assert not walk.work.inline._asks
