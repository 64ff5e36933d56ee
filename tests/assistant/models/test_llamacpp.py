"""Checks 1, 3, 9, 12, 19, 21 and 26 on a real llama.cpp server, the official SDKs as oracles."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import aclosing
from dataclasses import replace

import pytest

from assistant.errors import BadRequest, ContextOverflow, StreamCut, Unauthorized
from assistant.models.connection import connect
from assistant.models.discovery import models_of
from assistant.models.egress import Egress
from assistant.models.keys import KeyStore
from assistant.types import Effort, Message, Role, Stop, Text, TextDelta, ToolResult, Usage
from tests.assistant.models.asking import (
    READ,
    ask,
    calls,
    collect,
    model,
    reply,
    run,
    text,
    thinking,
    until_error,
)
from tests.assistant.models.conftest import LONG
from tests.peers.scripted import Line, ScriptedServer, scripted_server

__all__ = ["scripted_server"]

PROTOCOLS = ("chat", "responses", "messages")


def test_check_1_three_protocols_give_the_same_answer(llama: ScriptedServer) -> None:
    async def work(egress: Egress) -> None:
        answers = {}
        for protocol in PROTOCOLS:
            source = connect(llama.connection(protocol), egress)
            plain = await collect(source, ask("hi"))
            thought = await collect(source, ask("think", effort=Effort.LOW))
            called = await collect(source, ask("parallel", READ))
            answers[protocol] = (
                text(plain),
                plain[-1],
                text(thought),
                thinking(thought).strip(),
                calls(called),
                called[-1],
            )
        assert answers["chat"] == answers["responses"] == answers["messages"]
        assert answers["chat"] == (
            "Hello from the scripted model — ünïcode 🎉 ok?",
            Stop("stop"),
            "The answer is 42.",
            "Let me reason about this for a moment.",
            [("read_file", {"path": "one.txt"}), ("read_file", {"path": "two.txt"})],
            Stop("tool_calls"),
        )

    run(work)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_tool_round_trip_is_accepted(llama: ScriptedServer, protocol: str) -> None:
    async def work(egress: Egress) -> None:
        source = connect(llama.connection(protocol), egress)
        first = ask("parallel", READ)
        said = reply(await collect(source, first))
        results = Message(
            Role.TOOL, tuple(ToolResult(c.id, c.name, "text", False) for c in said.calls)
        )
        again = await collect(
            source,
            ask("parallel", READ).__class__(
                (*first.messages, said.message(), results), tools=(READ,)
            ),
        )
        assert text(again) == "Both files were read in one step."

    run(work)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_check_9_the_counts_are_the_servers(llama: ScriptedServer, protocol: str) -> None:
    async def work(egress: Egress) -> None:
        events = await collect(connect(llama.connection(protocol), egress), ask("long"))
        usage = [e for e in events if isinstance(e, Usage)][-1]
        assert usage.output == sum(isinstance(e, TextDelta) for e in events) + 1
        assert usage.input + usage.cache_read > 15
        assert usage.cost == 0.0

    run(work)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_check_19_an_overflow_is_recognised(llama: ScriptedServer, protocol: str) -> None:
    async def work(egress: Egress) -> None:
        source = connect(llama.connection(protocol), egress)
        _, error = await until_error(source, ask("x" * 9_000))
        assert isinstance(error, ContextOverflow)
        assert not error.retryable
        assert len(egress.sent) == 1

    run(work)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_check_21_cancelling_is_at_once_and_frees_the_server(
    llama: ScriptedServer, protocol: str
) -> None:
    async def work(egress: Egress) -> None:
        source = connect(llama.connection(protocol), egress)
        begun = asyncio.Event()

        async def read() -> None:
            async with aclosing(source.stream(ask("long"))) as events:
                async for event in events:
                    if isinstance(event, TextDelta):
                        begun.set()
                        await asyncio.sleep(0)

        task = asyncio.create_task(read())
        await begun.wait()
        start = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert time.monotonic() - start < 0.1
        while await asyncio.to_thread(llama.busy):
            assert time.monotonic() - start < 1.0
            await asyncio.sleep(0.02)

    run(work)


def test_the_token_limit_is_a_length_stop(llama: ScriptedServer) -> None:
    async def work(egress: Egress) -> None:
        for protocol in ("chat", "messages"):
            events = await collect(
                connect(llama.connection(protocol), egress), ask("long", max_tokens=5)
            )
            assert events[-1] == Stop("length")
            assert LONG.startswith(text(events))

    run(work)


def test_a_server_that_dies_in_the_middle_leaves_the_text_and_a_cut(scripted_server) -> None:
    server = scripted_server([Line(LONG * 3, chunk=4)])

    async def work(egress: Egress) -> None:
        source = connect(server.connection(), egress)
        got = ""
        with pytest.raises(StreamCut) as caught:
            async with aclosing(source.stream(ask("go"))) as events:
                async for event in events:
                    if isinstance(event, TextDelta):
                        if not got:
                            server.kill()
                        got += event.text
        assert got
        assert LONG.startswith(got[:50])
        assert "dropped" in str(caught.value) or "ended" in str(caught.value)

    run(work)


def test_a_key_is_demanded_and_given(scripted_server) -> None:
    server = scripted_server([Line("Hello with a key.")], key="sk-right")

    async def work(egress: Egress) -> None:
        keys = KeyStore(environment={"K": "sk-wrong"})
        connection = server.connection(key="env:K")
        _, error = await until_error(connect(connection, egress, keys=keys), ask("hi"))
        assert isinstance(error, Unauthorized)
        good = KeyStore(environment={"K": " sk-right\n"})
        assert text(await collect(connect(connection, egress, keys=good), ask("hi")))
        infos = await models_of(connection, egress, good)
        assert infos[0].context

    run(work)


def test_a_wrong_address_is_explained(llama: ScriptedServer) -> None:
    async def work(egress: Egress) -> None:
        _, error = await until_error(model(llama.root + "/nowhere", egress), ask("hi"))
        assert isinstance(error, BadRequest)
        assert "base URL" in error.action

    run(work)


def test_check_26_the_openai_sdk_gets_the_same_message(llama: ScriptedServer) -> None:
    import openai

    with openai.OpenAI(base_url=llama.base_url, api_key="none", max_retries=0) as client:
        for words in ("hi", "long", "parallel"):
            with client.chat.completions.stream(
                model="scripted",
                messages=[{"role": "user", "content": words}],
                tools=[_openai_tool()] if words == "parallel" else openai.omit,
                parallel_tool_calls=True if words == "parallel" else openai.omit,
            ) as stream:
                message = stream.get_final_completion().choices[0].message
            ours = run(
                lambda egress, words=words: collect(
                    connect(llama.connection("chat"), egress),
                    ask(words, *([READ] if words == "parallel" else [])),
                )
            )
            assert text(ours) == (message.content or "")
            theirs = [
                (c.function.name, json.loads(c.function.arguments))
                for c in message.tool_calls or []
            ]
            assert calls(ours) == theirs


def test_check_26_the_anthropic_sdk_gets_the_same_message(llama: ScriptedServer) -> None:
    import anthropic

    with anthropic.Anthropic(base_url=llama.root, api_key="none", max_retries=0) as client:
        for words in ("hi", "think", "parallel"):
            more = {"tools": [_anthropic_tool()]} if words == "parallel" else {}
            with client.messages.stream(
                model="scripted",
                max_tokens=900,
                messages=[{"role": "user", "content": words}],
                **more,
            ) as stream:
                message = stream.get_final_message()
            ours = run(
                lambda egress, words=words: collect(
                    connect(llama.connection("messages"), egress),
                    ask(words, *([READ] if words == "parallel" else [])),
                )
            )
            assert text(ours) == "".join(b.text for b in message.content if b.type == "text")
            assert thinking(ours) == "".join(
                b.thinking for b in message.content if b.type == "thinking"
            )
            assert calls(ours) == [
                (b.name, b.input) for b in message.content if b.type == "tool_use"
            ]


def _openai_tool() -> dict:
    return {
        "type": "function",
        "function": {
            "name": READ.name,
            "description": READ.description,
            "parameters": dict(READ.schema),
        },
    }


def _anthropic_tool() -> dict:
    return {
        "name": READ.name,
        "description": READ.description,
        "input_schema": dict(READ.schema),
    }


def test_the_thinking_switch_reaches_the_template(scripted_server) -> None:
    """llama.cpp hands ``chat_template_kwargs`` to the template: off and on make two prompts."""
    server = scripted_server(
        [
            Line(
                "Thinking was turned off here.",
                "enable_thinking is defined and not enable_thinking",
            ),
            Line("Thinking was left on today.", "enable_thinking is defined and enable_thinking"),
            Line("Nobody said a thing about it."),
        ]
    )

    async def work(egress: Egress) -> None:
        source = connect(server.connection(), egress)
        assert "turned off" in text(await collect(source, ask("x", effort=Effort.OFF)))
        assert "left on" in text(await collect(source, ask("x", effort=Effort.HIGH)))

    run(work)


def test_the_history_may_hold_what_no_server_takes(llama: ScriptedServer) -> None:
    """Bytes of a Latin-1 file, as surrogates, and an unanswered call."""

    async def work(egress: Egress) -> None:
        said = reply(
            await collect(connect(llama.connection(), egress), ask("parallel", READ))
        ).message()
        for protocol in PROTOCOLS:
            source = connect(llama.connection(protocol), egress)
            request = ask("x \udce9 y", READ)
            then = Message(Role.USER, (Text("hi"),))
            request = replace(request, messages=(*request.messages, said, then))
            assert text(await collect(source, request)).startswith("Hello")

    run(work)
