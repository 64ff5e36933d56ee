"""Checks 2, 3, 13, 14, 16, 18, 19, 24 and 26 on servers of others: aimock, the litellm proxy."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from assistant.errors import ContextOverflow, ModelError, Overloaded, RateLimited, StreamCut
from assistant.models.egress import Egress
from assistant.models.keys import KeyStore
from assistant.types import Message, ModelRequest, Retrying, Role, Stop, ToolResult, Usage
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
from tests.peers.heavy import LITELLM_KEY, Peer, aimock, litellm
from tests.peers.scripted import ScriptedServer

pytestmark = [pytest.mark.peers, pytest.mark.timeout(300)]
ALL = ("chat", "responses", "messages", "ollama", "gemini")
HELLO = "Hello from aimock — ünïcode 🎉 reply."


@pytest.fixture(scope="module")
def mock() -> Iterator[Peer]:
    with aimock() as peer:
        yield peer


@pytest.fixture(scope="module")
def proxy(llama: ScriptedServer, mock: Peer) -> Iterator[Peer]:
    with litellm(llama.root, mock.root) as peer:
        yield peer


@pytest.mark.parametrize("protocol", ALL)
def test_checks_2_and_3_all_five_protocols_on_aimock(mock: Peer, protocol: str) -> None:
    async def work(egress: Egress) -> None:
        source = model(mock.base_url(protocol), egress, protocol)
        assert text(await collect(source, ask("hi"))) == HELLO
        thought = await collect(source, ask("think"))
        assert text(thought) == "The answer is 42."
        assert thinking(thought) == "Let me reason about it."
        called = await collect(source, ask("parallel", READ))
        assert calls(called) == [("read_file", {"path": f"{n}.txt"}) for n in ("one", "two")]
        assert called[-1] == Stop("tool_calls")
        if protocol != "ollama":  # aimock says "stop" there.
            assert (await collect(source, ask("lengthstop")))[-1] == Stop("length")

    run(work)


@pytest.mark.parametrize("protocol", ALL)
def test_a_tool_round_trip_is_accepted_by_aimock(mock: Peer, protocol: str) -> None:
    async def work(egress: Egress) -> None:
        source = model(mock.base_url(protocol), egress, protocol)
        first = ask("parallel", READ)
        said = reply(await collect(source, first))
        results = tuple(ToolResult(c.id, c.name, "text") for c in said.calls)
        whole = (*first.messages, said.message(), Message(Role.TOOL, results))
        again = await collect(source, replace(first, messages=whole))
        assert text(again) == "Both files were read in one step."

    run(work)


@pytest.mark.parametrize("protocol", ALL)
def test_check_13_a_truncated_stream_is_a_cut_with_its_text(mock: Peer, protocol: str) -> None:
    async def work(egress: Egress) -> None:
        source = model(mock.base_url(protocol), egress, protocol)
        events, error = await until_error(source, ask("cutoff"))
        assert isinstance(error, StreamCut)
        assert "This answer will be cut short before".startswith(text(events)[:20])

    run(work)


@pytest.mark.parametrize("protocol", ALL)
def test_check_14_a_dropped_connection_is_a_cut_with_its_text(mock: Peer, protocol: str) -> None:
    async def work(egress: Egress) -> None:
        source = model(mock.base_url(protocol), egress, protocol)
        events, error = await until_error(source, ask("drop"))
        assert isinstance(error, ModelError)
        assert error.retryable
        assert "This stream drops in the middle".startswith(text(events)[:10])

    run(work)


def test_check_16_a_rate_limit_is_waited_for(mock: Peer) -> None:
    async def work(egress: Egress) -> None:
        start = time.monotonic()
        events = await collect(model(mock.base_url("chat"), egress), ask("ratelimit"))
        assert text(events) == "After the wait."
        assert time.monotonic() - start >= 1
        assert any(isinstance(e, Retrying) for e in events)

    run(work)


@pytest.mark.parametrize("protocol", ALL)
def test_an_overload_is_named_after_the_tries(mock: Peer, protocol: str) -> None:
    async def work(egress: Egress) -> None:
        source = model(mock.base_url(protocol), egress, protocol)
        _, error = await until_error(source, ask("overload"))
        assert isinstance(error, Overloaded)
        assert error.status == 529
        assert len(egress.sent) == 5

    run(work)


def test_reported_usage_is_read(mock: Peer) -> None:
    async def work(egress: Egress) -> None:
        for protocol in ("chat", "responses"):
            source = model(mock.base_url(protocol), egress, protocol)
            events = await collect(source, ask("usage"))
            assert [(e.input, e.output) for e in events if isinstance(e, Usage)][-1] == (1234, 56)

    run(work)


def test_checks_22_and_24_what_the_journal_saw(mock: Peer) -> None:
    """The same head in every request of a conversation, as the server itself kept it."""

    async def work(egress: Egress) -> None:
        source = model(mock.base_url("messages"), egress, "messages")
        messages = ask("turn 0").messages
        for turn in range(4):
            said = reply(await collect(source, ModelRequest(messages, tools=(READ,))))
            messages = (*messages, said.message(), *ask(f"turn {turn + 1}").messages)

    run(work)
    seen = mock.get("/__aimock/journal?path=/v1/messages")
    rows = seen if isinstance(seen, list) else seen.get("entries", seen.get("requests"))
    bodies = [row["body"] for row in rows if "messages" in row["path"]][-4:]
    assert len({json.dumps(body["tools"]) for body in bodies}) == 1
    for shorter, longer in itertools.pairwise(bodies):
        assert longer["messages"][: len(shorter["messages"])] == shorter["messages"]


@pytest.mark.parametrize("protocol", ["chat", "messages"])
def test_check_26_the_sdks_agree_on_aimock(mock: Peer, protocol: str) -> None:
    if protocol == "chat":
        import openai

        with openai.OpenAI(base_url=mock.base_url("chat"), api_key="x") as client:
            message = (
                client.chat.completions.create(
                    model="m", messages=[{"role": "user", "content": "hi"}]
                )
                .choices[0]
                .message.content
            )
    else:
        import anthropic

        with anthropic.Anthropic(base_url=mock.root, api_key="x") as claude:
            block = claude.messages.create(
                model="m", max_tokens=99, messages=[{"role": "user", "content": "hi"}]
            ).content[0]
            message = block.text
    ours = run(lambda egress: collect(model(mock.base_url(protocol), egress, protocol), ask("hi")))
    assert text(ours) == message


@pytest.mark.parametrize("name", ["llamacpp", "claude"])
@pytest.mark.parametrize("protocol", ["chat", "responses", "messages"])
def test_the_third_dialect_of_litellm(proxy: Peer, protocol: str, name: str) -> None:
    async def work(egress: Egress) -> None:
        keys = KeyStore(environment={"K": LITELLM_KEY})
        source = model(
            proxy.base_url(protocol), egress, protocol, keys=keys, key="env:K", name=name
        )
        assert text(await collect(source, ask("hi"))).startswith("Hello from")
        assert text(await collect(source, ask("think"))) == "The answer is 42."
        called = await collect(source, ask("parallel", READ))
        assert calls(called)[0] == ("read_file", {"path": "one.txt"})

    run(work)


def test_checks_18_and_19_litellms_errors_have_their_names(proxy: Peer) -> None:
    async def work(egress: Egress) -> None:
        keys = KeyStore(environment={"K": LITELLM_KEY})
        for name, kind in (("limited", RateLimited), ("narrow", ContextOverflow)):
            source = model(proxy.base_url("chat"), egress, keys=keys, key="env:K", name=name)
            _, error = await until_error(source, ask("hi"))
            assert isinstance(error, kind), error

    run(work)
