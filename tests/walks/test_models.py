"""Models as a person meets them: thinking cut short, a wait ended, another model, first run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from assistant.models.connection import Connection
from tests.assistant.models.asking import delta, sse
from tests.peers.raw import Heard, Line
from tests.walks.harness import PENDING, Walk, connected, fenced, raw_peer, repository
from widgets.cards import Callout, RetryCard, StepRow, ThinkingFold
from widgets.controls import Text
from widgets.markdownview import MarkdownView

Start = Callable[..., Walk]
OLD = "one = 1\ntwo = 2\n"
NEW = "one = 1\ntwo = 22\n"
DONE = sse(delta(content=fenced(NEW)), delta(finish="stop"))


def local(url: str, name: str = "test-model") -> Connection:
    return Connection(f"{name} · here", "chat", f"{url}/v1", name, preset="llamacpp")


def project(tmp_path: Path) -> Path:
    return repository(tmp_path / "project", {"a.py": OLD})


def entries(walk: Walk, kind: type) -> list:  # type: ignore[type-arg]
    return [e for e in walk.window.panel.transcript.entries() if isinstance(e, kind)]


def question(walk: Walk, words: str) -> None:
    walk.press("Ctrl+L")
    walk.type(f"{words}\n")


async def _thinks(heard: Heard, line: Line) -> None:
    if heard.json["chat_template_kwargs"]["enable_thinking"]:
        await line.head(200, content_type="text/event-stream")
        thoughts = [delta(reasoning_content=f"Is it {n}? ") for n in range(40)]
        await line.send(sse(*thoughts, done=False))
        await asyncio.sleep(30)
    await line.stream(sse(delta(content="It is 42."), delta(finish="stop")))


def test_thinking_is_cut_short_in_the_panel_and_the_answer_comes(
    start: Start, tmp_path: Path
) -> None:
    with raw_peer(_thinks) as peer:
        connected(tmp_path / "home", local(peer.url))
        walk = start(project(tmp_path))
        composer = walk.window.panel.composer
        question(walk, "what is it?")
        walk.until(lambda: entries(walk, ThinkingFold))
        button = walk.button(composer, "Stop thinking, answer now")
        assert button.isVisible()
        walk.click(button)
        walk.until(lambda: not composer.running())
        assert [v.markdown().strip() for v in entries(walk, MarkdownView)] == ["It is 42."]
        words = [step.words() for step in entries(walk, StepRow)]
        assert any("Answering now" in w and "thinking off" in w for w in words), words
        assert entries(walk, ThinkingFold)[0].title().startswith("Thought")
        assert not button.isVisible()
        assert len(peer.heard) == 2
        assert "Is it 3?" in peer.heard[1].body.decode()


def test_the_same_by_keys_under_the_lines(start: Start, tmp_path: Path) -> None:
    async def thinks(heard: Heard, line: Line) -> None:
        if heard.json["chat_template_kwargs"]["enable_thinking"]:
            await line.head(200, content_type="text/event-stream")
            await line.send(sse(delta(reasoning_content="Hm."), done=False))
            await asyncio.sleep(30)
        await line.stream(DONE)

    with raw_peer(thinks) as peer:
        connected(tmp_path / "home", local(peer.url))
        walk = start(project(tmp_path))
        walk.open("a.py")
        walk.press("Ctrl+A")
        walk.begin("double two")
        bar = walk.ask_bar()
        walk.until(lambda: peer.heard and bar._hurry.isVisible())
        walk.press("Ctrl+Alt+Return")
        walk.settled()
        assert walk.states("a.py") == [PENDING]
        assert len(peer.heard) == 2


def test_a_wait_counts_down_in_one_place_and_can_be_ended(start: Start, tmp_path: Path) -> None:
    async def limited(heard: Heard, line: Line) -> None:
        if len(peer.heard) == 1:
            await line.answer(429, b"", retry_after="90")
        else:
            await line.stream(DONE)

    with raw_peer(limited) as peer:
        connected(tmp_path / "home", local(peer.url))
        walk = start(project(tmp_path))
        walk.open("a.py")
        walk.press("Ctrl+A")
        walk.begin("double two")
        bar = walk.ask_bar()
        walk.until(lambda: "Trying again in 8" in bar.status())
        button = walk.button(bar, "Try now")
        walk.until(lambda: "in 88 s" in bar.status() or "in 87 s" in bar.status())
        assert walk.button(bar, "Try now") is button
        walk.click(button)
        walk.settled()
        assert walk.states("a.py") == [PENDING]
        assert "Trying again" not in bar.status()


def test_a_wait_in_the_panel_is_one_card_and_stop_ends_it(start: Start, tmp_path: Path) -> None:
    async def limited(heard: Heard, line: Line) -> None:
        await line.answer(529, b"", retry_after="90")

    with raw_peer(limited) as peer:
        connected(tmp_path / "home", local(peer.url))
        walk = start(project(tmp_path))
        question(walk, "why?")
        walk.until(lambda: entries(walk, RetryCard))
        [card] = entries(walk, RetryCard)
        walk.until(lambda: "in 88 s" in card.words() or "in 87 s" in card.words())
        assert entries(walk, RetryCard) == [card]
        walk.click(walk.button(card, "Stop"))
        walk.until(lambda: not walk.window.panel.composer.running())
        assert len(peer.heard) == 1


def test_a_fallback_answers_and_the_transcript_says_who_and_why(
    start: Start, tmp_path: Path
) -> None:
    async def refuses(heard: Heard, line: Line) -> None:
        await line.answer(401, {"error": {"message": "expired"}})

    async def answers(heard: Heard, line: Line) -> None:
        await line.stream(sse(delta(content="Because."), delta(finish="stop")))

    with raw_peer(refuses) as first, raw_peer(answers) as second:
        one, two = local(first.url, "grand"), local(second.url, "modest")
        connected(
            tmp_path / "home", one, two, fallbacks={"edit": (two.name,)}, efforts={"chat": "off"}
        )
        walk = start(project(tmp_path))
        question(walk, "why?")
        walk.until(lambda: entries(walk, MarkdownView))
        walk.until(lambda: not walk.window.panel.composer.running())
        [card] = entries(walk, Callout)
        assert card.words().startswith("modest · here answers instead.")
        assert "does not accept the key" in card.words()
        said = [t.text() for t in walk.window.panel.transcript.findChildren(Text)]
        assert "grand · here" in said
        assert "modest · here" in said
        assert walk.window.status.text_of("model") == "modest · here"
        # Both are in the book, each under its own name.
        assert second.heard
        assert walk.work.reach.ledger.day().requests == 1


def test_a_failed_answer_is_asked_again_from_its_card(start: Start, tmp_path: Path) -> None:
    async def once(heard: Heard, line: Line) -> None:
        if len(peer.heard) == 1:
            await line.answer(400, {"error": {"message": "bad day"}})
        else:
            await line.stream(sse(delta(content="Better."), delta(finish="stop")))

    with raw_peer(once) as peer:
        connected(tmp_path / "home", local(peer.url))
        walk = start(project(tmp_path))
        question(walk, "why?")
        walk.until(lambda: entries(walk, Callout))
        walk.click(walk.button(entries(walk, Callout)[0], "Try again"))
        walk.until(lambda: entries(walk, MarkdownView))
        assert peer.heard[1].json["messages"][-1] == peer.heard[0].json["messages"][-1]
