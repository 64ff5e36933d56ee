"""First run and routing: what is found here, which model does which work, who takes over."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from assistant.errors import (
    BadRequest,
    ConnectionFailed,
    ContextOverflow,
    ModelError,
    SettingsError,
    StreamCut,
)
from assistant.models.connection import Connection, connect, from_preset
from assistant.models.discovery import look_around, models_of, read_models
from assistant.models.egress import Egress
from assistant.models.keys import KeyStore
from assistant.models.roles import ROLES
from assistant.models.router import Assignment, Router
from assistant.types import ChatModel, Effort, ModelEvent, ModelRequest, Stop, Switched, TextDelta
from tests.assistant.models.asking import ask, collect, run, text
from tests.peers.raw import Heard, Line, raw_server
from tests.peers.scripted import ScriptedServer

OLLAMA_SHOW = {
    "model_info": {"general.architecture": "qwen3", "qwen3.context_length": 40_960},
    "capabilities": ["completion", "tools", "thinking"],
}


async def ollama(heard: Heard, line: Line) -> None:
    match heard.path:
        case "/api/tags":
            await line.answer(200, {"models": [{"name": "qwen3:8b"}, {"name": "llava:7b"}]})
        case "/api/show":
            await line.answer(200, OLLAMA_SHOW if "qwen3" in heard.json["model"] else {})
        case _:
            await line.answer(404)


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_servers_and_keys_are_found_and_connect_at_once(llama: ScriptedServer) -> None:
    async def work(egress: Egress) -> None:
        async with raw_server(ollama) as server:
            ports = {
                "ollama": server.port,
                "llamacpp": int(llama.root.rpartition(":")[2]),
                "lmstudio": closed_port(),
                "vllm": closed_port(),
            }
            keys = KeyStore(environment={"ANTHROPIC_API_KEY": "sk-x", "OPENAI_API_KEY": " "})
            found = await look_around(egress, keys, ports)
            assert [f.preset for f in found] == ["ollama", "llamacpp", "anthropic"]
            assert [m.name for m in found[0].models] == ["qwen3:8b", "llava:7b"]
            # Its window of 8,192 is shared by two slots, and it says so.
            assert found[1].models[0].context == 4_096
            assert found[2].key == "env:ANTHROPIC_API_KEY"
            connection = found[1].connection()
            assert connection.context == 4_096
            assert connection.name.endswith(" · llama.cpp")
            assert "/" not in connection.name
            assert text(await collect(connect(connection, egress), ask("hi"))).startswith("Hello")
            assert all("sk-x" not in repr(entry) for entry in egress.sent)
            assert all("127.0.0.1" in entry.url for entry in egress.sent)

    run(work)


def test_a_port_that_never_answers_does_not_hold_up_the_first_run() -> None:
    async def mute(heard: Heard, line: Line) -> None:
        await asyncio.sleep(30)

    async def work(egress: Egress) -> None:
        async with raw_server(mute) as server:
            ports = dict.fromkeys(("ollama", "llamacpp", "lmstudio", "vllm"), server.port)
            start = time.monotonic()
            assert await look_around(egress, KeyStore(environment={}), ports) == ()
            assert time.monotonic() - start < 2.5

    run(work)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{", b'{"data":3}', b'{"models":[null]}'])
def test_something_else_on_a_usual_port_is_no_model_server(body: bytes) -> None:
    async def other(heard: Heard, line: Line) -> None:
        await line.answer(200, body)

    async def work(egress: Egress) -> None:
        async with raw_server(other) as server:
            ports = {"ollama": server.port, "llamacpp": server.port, "lmstudio": 0, "vllm": 0}
            for found in await look_around(egress, KeyStore(environment={}), ports):
                assert found.models == ()

    run(work)


def test_ollama_says_windows_and_abilities() -> None:
    async def work(egress: Egress) -> None:
        async with raw_server(ollama) as server:
            connection = Connection("o", "ollama", server.url, "qwen3:8b", preset="ollama")
            first, second = await models_of(connection, egress, KeyStore(environment={}))
            assert (first.context, first.thinks, first.tools, first.images) == (
                40_960,
                True,
                True,
                False,
            )
            assert (second.context, second.thinks) == (None, None)

    run(work)


@pytest.mark.parametrize(
    ("body", "name", "context"),
    [
        ({"data": [{"id": "gpt-5.5", "object": "model"}]}, "gpt-5.5", None),
        ({"data": [{"id": "c", "max_input_tokens": 1000000, "max_tokens": 64000}]}, "c", 1_000_000),
        (
            {"models": [{"name": "models/gemini-3", "inputTokenLimit": 1048576}]},
            "gemini-3",
            1048576,
        ),
        ({"data": [{"id": "a/b", "context_length": 200000}]}, "a/b", 200_000),
        ({"data": [{"id": "v", "max_model_len": 32768}]}, "v", 32_768),
        (
            {"data": [{"id": "l", "loaded_context_length": 4096, "max_context_length": 9}]},
            "l",
            4096,
        ),
        ({"data": [{"id": "q", "meta": {"n_ctx": 8192, "n_ctx_train": 32768}}]}, "q", 8_192),
        ([{"id": "bare"}], "bare", None),
    ],
)
def test_every_form_of_the_list_of_models_is_read(
    body: object, name: str, context: int | None
) -> None:
    (info,) = read_models(body)
    assert (info.name, info.context) == (name, context)


@pytest.mark.parametrize(
    "connection",
    [
        Connection("n", "smoke", "http://x", "m"),
        Connection("n", "chat", "x/v1", "m"),
        Connection("n", "chat", "http://user:pw@x/v1", "m"),
        Connection("n", "chat", "http://x/v1", ""),
        Connection("n", "chat", "http://x/v1", "m", key="sk-pasted-here"),
    ],
)
def test_an_incomplete_connection_says_what_is_missing(connection: Connection) -> None:
    with pytest.raises(SettingsError) as caught:
        connect(connection, Egress())
    assert "sk-pasted-here" not in str(caught.value)


class Playing:
    """A model that plays one thing."""

    def __init__(self, name: str, *events: ModelEvent | Exception) -> None:
        self.name = name
        self.events = events or (TextDelta(name), Stop("stop"))
        self.seen: list[ModelRequest] = []

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        self.seen.append(request)
        for event in self.events:
            if isinstance(event, Exception):
                raise event
            yield event


def router(roles: dict[str, Assignment], **models: Playing) -> Router:
    connections = {key: from_preset("openai", key) for key in models}
    return Router(
        connections, roles, lambda c: models[c.model], Playing("built-in edits (no model)")
    )


def test_every_role_has_its_model_or_inherits_one() -> None:
    a, b, c = Playing("a"), Playing("b"), Playing("c")
    made = router({"chat": Assignment("b"), "summary": Assignment("c")}, a=a, b=b, c=c)
    names = {role: made.pick(role).name for role in ROLES}
    assert names == {
        "edit": "a",
        "repair": "a",
        "chat": "b",
        "judge": "b",
        "summary": "c",
        "commit": "c",
    }


def test_the_effort_and_the_person_can_choose_another() -> None:
    made = router(
        {"edit": Assignment("a", {Effort.MAX: "b"})}, a=Playing("a"), b=Playing("b"), c=Playing("c")
    )
    assert made.pick("edit", Effort.LOW).name == "a"
    assert made.pick("edit", Effort.MAX).name == "b"
    assert made.pick("edit", Effort.MAX, "c").name == "c"
    assert made.pick("edit", override="built-in edits (no model)").name.startswith("built-in")
    with pytest.raises(SettingsError):
        made.pick("edit", override="gone")
    with pytest.raises(SettingsError):
        made.pick("poet")
    with pytest.raises(SettingsError):
        router({"poet": Assignment("a")}, a=Playing("a"))


def test_with_nothing_connected_the_built_in_engine_answers() -> None:
    assert router({}).pick("edit").name == "built-in edits (no model)"
    with pytest.raises(SettingsError, match="connected"):
        Router({}, {}, lambda c: Playing("x")).pick("edit")


def test_a_fallback_takes_over_and_says_so() -> None:
    a = Playing("a", ConnectionFailed("Nothing answers."))
    b = Playing("b")
    made = router({"edit": Assignment("a", fallbacks=("b",))}, a=a, b=b)
    source = made.pick("edit")
    events = asyncio.run(collect(source, ask("hi", model="a-1")))
    assert text(events) == "b"
    assert events[0] == Switched("b", "Nothing answers.")
    assert source.name == "b"
    assert b.seen[0].model == ""


@pytest.mark.parametrize(
    ("events", "error"),
    [
        ((TextDelta("half"), StreamCut("cut")), StreamCut),
        ((TextDelta("half"), ConnectionFailed("gone")), ConnectionFailed),
        ((ContextOverflow("too long"),), ContextOverflow),
        ((BadRequest("no such model"),), BadRequest),
    ],
)
def test_no_fallback_after_a_word_or_for_a_wrong_request(
    events: tuple[ModelEvent | Exception, ...], error: type[ModelError]
) -> None:
    made = router(
        {"edit": Assignment("a", fallbacks=("b",))}, a=Playing("a", *events), b=Playing("b")
    )
    with pytest.raises(error):
        asyncio.run(collect(made.pick("edit"), ask("hi")))


def test_the_last_failure_is_the_persons() -> None:
    down = [Playing(n, ConnectionFailed(f"{n} is down.")) for n in "ab"]
    made = router({"edit": Assignment("a", fallbacks=("b",))}, a=down[0], b=down[1])
    with pytest.raises(ConnectionFailed, match="b is down"):
        asyncio.run(collect(made.pick("edit"), ask("hi")))


def test_a_repair_goes_to_the_model_that_answered_and_every_model_of_a_chain_is_wrapped() -> None:
    a, b = Playing("a", ConnectionFailed("Nothing answers.")), Playing("b")
    wrapped = []

    def wrap(model: ChatModel) -> ChatModel:
        wrapped.append(model.name)
        return model

    made = router({"edit": Assignment("a", fallbacks=("b",))}, a=a, b=b)
    source = made.pick("edit", wrap=wrap)
    assert wrapped == ["a", "b"]
    asyncio.run(collect(source, ask("hi")))
    again = asyncio.run(collect(source, ask("again")))
    assert text(again) == "b"
    assert not any(isinstance(event, Switched) for event in again)
    assert (len(a.seen), len(b.seen)) == (1, 2)


def test_leaving_a_reply_early_closes_the_model_behind() -> None:
    closed = []

    class Closing(Playing):
        async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
            try:
                yield TextDelta("x")
                yield TextDelta("y")
            finally:
                closed.append(True)

    async def work() -> None:
        made = router({"edit": Assignment("a", fallbacks=("b",))}, a=Closing("a"), b=Playing("b"))
        async with aclosing(made.pick("edit").stream(ask("hi"))) as events:
            await anext(events)
        assert closed == [True]

    asyncio.run(work())
