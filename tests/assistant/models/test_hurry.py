"""Stop thinking, answer now: what each kind of model is asked, on a real server and on the wire."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

import pytest

from assistant.models.connection import connect
from assistant.models.egress import Egress
from assistant.models.hurry import Hurry, Way, hurried, way
from assistant.models.ledger import Account, Ledger
from assistant.models.metered import MeteredModel
from assistant.models.prices import Price
from assistant.types import (
    ChatModel,
    Effort,
    Message,
    ModelEvent,
    ModelRequest,
    Retrying,
    Role,
    Text,
    TextDelta,
    ThinkingDelta,
    ToolResult,
    Usage,
)
from tests.assistant.models.asking import ask, collect, delta, model, run, sse, text, thinking
from tests.peers.raw import Heard, raw_server
from tests.peers.raw import Line as Wire
from tests.peers.scripted import Line, scripted_server

__all__ = ["scripted_server"]
THOUGHTS = " ".join(f"thought{n}" for n in range(400))


async def pressed(
    source: Any, request: ModelRequest, after: int = 3, hurry: Hurry | None = None
) -> list[ModelEvent]:
    """The events of a reply whose button is pressed after some thoughts."""
    hurry = hurry or Hurry()
    events: list[ModelEvent] = []
    async with aclosing(source.stream(request, hurry)) as stream:
        async for event in stream:
            events.append(event)
            if sum(isinstance(e, ThinkingDelta) for e in events) == after:
                hurry.press()
    return events


@pytest.mark.parametrize("protocol", ["chat", "responses", "messages"])
def test_a_real_server_answers_at_once_from_the_thoughts_so_far(
    scripted_server: Any, protocol: str
) -> None:
    server = scripted_server(
        [
            Line("It is 42, at once.", "'write your answer now' in lu"),
            Line(f"<think>\n{THOUGHTS}\n</think>\n\nIt is 42, after all that.", chunk=7),
        ]
    )

    async def work(egress: Egress) -> None:
        source = connect(server.connection(protocol), egress)
        events = await pressed(source, ask("what is it?", effort=Effort.HIGH))
        assert text(events) == "It is 42, at once."
        said = [e.reason for e in events if isinstance(e, Retrying)]
        # Only Chat Completions of llama.cpp has the switch; the others are asked in words.
        assert said == [Way.OFF if protocol == "chat" else Way.WORDS]
        assert len(egress.sent) == 2
        first, second = (sent.body.decode() for sent in egress.sent)
        if protocol == "chat":
            assert '"enable_thinking":true' in first
            assert '"enable_thinking":false' in second
        assert "thought0" in second
        assert "thought399" not in second
        while await asyncio.to_thread(server.busy):
            await asyncio.sleep(0.02)

    run(work)


FAMILIES = [
    ("anthropic", "messages", "claude-opus-5-5", Way.OFF),
    ("anthropic", "messages", "claude-sonnet-4-5", Way.OFF),
    ("anthropic", "messages", "claude-mythos-5", Way.LEAST),
    ("openai", "responses", "gpt-5.5", Way.OFF),
    ("openai", "responses", "o3", Way.LEAST),
    ("google", "gemini", "gemini-2.5-flash", Way.OFF),
    ("google", "gemini", "gemini-3.1-pro-preview", Way.LEAST),
    ("openrouter", "chat", "x/y", Way.OFF),
    ("deepseek", "chat", "deepseek-v4", Way.OFF),
    ("deepseek", "chat", "deepseek-reasoner", Way.WORDS),
    ("llamacpp", "chat", "qwen3-8b", Way.OFF),
    ("embedded", "chat", "gpt-oss-20b", Way.LEAST),
    ("vllm", "chat", "qwen3", Way.OFF),
    ("ollama", "ollama", "qwen3:8b", Way.OFF),
    ("ollama", "ollama", "gpt-oss:20b", Way.LEAST),
    ("compatible", "chat", "some-model", Way.WORDS),
]


@pytest.mark.parametrize(("provider", "protocol", "name", "expected"), FAMILIES)
def test_every_family_is_hurried_as_far_as_it_can_be(
    provider: str, protocol: str, name: str, expected: Way
) -> None:
    assert way(provider, protocol, name, Effort.MAX) is expected
    # A model at its lowest already has nothing left but words.
    assert way(provider, protocol, name, Effort.OFF) is Way.WORDS


CLAUDE = sse(
    {"type": "message_start", "message": {"usage": {"input_tokens": 100, "output_tokens": 1}}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking"}},
    *[
        {
            "type": "content_block_delta",
            "index": 0,
            "delta": {"type": "thinking_delta", "thinking": f"so far {n} "},
        }
        for n in range(3)
    ],
    done=False,
)
ANSWER = sse(
    {"type": "message_start", "message": {"usage": {"input_tokens": 120, "output_tokens": 1}}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "ok"}},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}},
    {"type": "message_stop"},
    done=False,
)


def test_what_was_given_up_is_seen_and_booked(tmp_path: Any) -> None:
    """On the recorded shape of Anthropic: thinking off, thoughts as words, both requests paid."""

    async def handle(heard: Heard, line: Wire) -> None:
        if "thinking" in heard.json:
            await line.head(200, content_type="text/event-stream")
            await line.send(CLAUDE)
            await asyncio.sleep(30)
        await line.stream(ANSWER)

    async def work(egress: Egress) -> None:
        async with raw_server(handle) as server:
            ledger = Ledger(tmp_path / "l.sqlite")
            inner = model(
                f"{server.url}/v1", egress, "messages", preset="anthropic", name="claude-sonnet-4-5"
            )
            inner.price = Price(input=3.0, output=15.0)
            source = MeteredModel(inner, ledger, Account(edit="e"))
            events = await pressed(source, ask("hi", effort=Effort.HIGH))
            assert (text(events), thinking(events)) == ("ok", "so far 0 so far 1 so far 2 ")
            second = server.heard[1].json
            assert "thinking" not in second
            last = second["messages"][-1]["content"]
            assert last[0]["text"] == "hi"
            assert "so far 0 so far 1" in last[1]["text"]
            place = next(n for n, e in enumerate(events) if isinstance(e, Retrying))
            lost = events[place - 1]
            assert isinstance(lost, Usage)
            assert lost.cost
            booked = ledger.edit("e")
            assert booked.requests == 2
            final = [e for e in events if isinstance(e, Usage)][-1]
            assert booked.usage.cost == pytest.approx(lost.cost + (final.cost or 0))
            ledger.close()

    run(work)


def test_a_press_before_the_first_byte_and_during_a_wait_counts() -> None:
    async def handle(heard: Heard, line: Wire) -> None:
        if heard.json["chat_template_kwargs"]["enable_thinking"]:
            await line.answer(429, b"", retry_after="0.2")
        else:
            await line.stream(sse(delta(content="ok"), delta(finish="stop")))

    async def work(egress: Egress) -> None:
        async with raw_server(handle) as server:
            hurry = Hurry()
            source = model(server.url, egress, preset="llamacpp")
            events: list[ModelEvent] = []
            async with aclosing(source.stream(ask("hi", effort=Effort.HIGH), hurry)) as stream:
                async for event in stream:
                    events.append(event)
                    hurry.press()
            assert text(events) == "ok"
            # Without thoughts there are none to hand back.
            assert "<thoughts>" not in server.heard[-1].body.decode()

    run(work)


def test_a_second_press_does_not_ask_a_third_time() -> None:
    async def handle(heard: Heard, line: Wire) -> None:
        await line.head(200)
        await line.send(
            sse(delta(reasoning_content="Hm "), delta(reasoning_content="hm "), done=False)
        )
        if len(server.heard) == 1:
            await asyncio.sleep(30)
        await line.send(sse(delta(content="ok"), delta(finish="stop")))
        await line.end()

    async def work(egress: Egress) -> None:
        nonlocal server
        async with raw_server(handle) as server:
            hurry = Hurry()
            events: list[ModelEvent] = []
            source = model(server.url, egress)
            async with aclosing(source.stream(ask("hi"), hurry)) as stream:
                async for event in stream:
                    events.append(event)
                    if isinstance(event, ThinkingDelta):
                        hurry.press()
            assert text(events) == "ok"
            assert len(server.heard) == 2

    server: Any = None
    run(work)


def test_try_now_ends_the_wait_and_asks() -> None:
    async def handle(heard: Heard, line: Wire) -> None:
        if len(server.heard) == 1:
            await line.answer(429, b"", retry_after="60")
        else:
            await line.stream(sse(delta(content="ok"), delta(finish="stop")))

    async def work(egress: Egress) -> None:
        nonlocal server
        async with raw_server(handle) as server:
            hurry = Hurry()
            events: list[ModelEvent] = []
            async with (
                asyncio.timeout(10),
                aclosing(model(server.url, egress).stream(ask("hi"), hurry)) as stream,
            ):
                async for event in stream:
                    events.append(event)
                    if isinstance(event, Retrying):
                        asyncio.get_running_loop().call_soon(hurry.try_now)
            assert text(events) == "ok"

    server: Any = None
    run(work)


def test_the_request_keeps_its_beginning_byte_for_byte() -> None:
    request = ask("question", effort=Effort.HIGH)
    again = hurried(request, "I think")
    assert again.effort is Effort.OFF
    assert again.messages[0].parts[0] == request.messages[0].parts[0]
    assert "I think" in again.messages[0].text
    results = Message(Role.TOOL, (ToolResult("c", "read", "text"),))
    after_tools = hurried(ModelRequest((*request.messages, results)), "x" * 90_000)
    assert after_tools.messages[1] == results
    assert after_tools.messages[2].role is Role.USER
    assert len(after_tools.messages[2].text) < 41_000
    assert isinstance(after_tools.messages[2].parts[0], Text)


def test_every_model_of_the_app_hears_the_button(tmp_path: Any) -> None:
    from assistant.builtin.engine import BuiltinEngine
    from assistant.models.hurry import Hurriable
    from assistant.models.router import WithFallbacks

    egress = Egress()
    one = model("http://127.0.0.1:9", egress)
    chain: ChatModel = WithFallbacks([one])
    assert isinstance(one, Hurriable)
    assert isinstance(chain, Hurriable)
    assert not isinstance(BuiltinEngine, Hurriable)
    asyncio.run(egress.aclose())


def test_collecting_without_a_button_still_works() -> None:
    async def handle(heard: Heard, line: Wire) -> None:
        await line.stream(sse(delta(content="ok"), delta(finish="stop")))

    async def work(egress: Egress) -> None:
        async with raw_server(handle) as server:
            events = await collect(model(server.url, egress), ask("hi"))
            assert [e for e in events if isinstance(e, TextDelta)] == [TextDelta("ok")]

    run(work)
