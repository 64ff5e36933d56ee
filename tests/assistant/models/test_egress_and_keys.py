"""Check 25, the switch, the allow-lists and the record: what leaves, and what never does."""

from __future__ import annotations

import asyncio
import copy
import io
import logging
import pickle
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from keyring.backends.fail import Keyring as NoKeyring

from assistant.errors import BadRequest, ConnectionFailed, SettingsError, Unauthorized
from assistant.models.allowed import ANYWHERE, LOOPBACK_ONLY, Allowed, allowed_in, is_loopback
from assistant.models.discovery import look_around
from assistant.models.egress import AIOff, Egress, Outgoing, ServerNotAllowed
from assistant.models.keys import KeyStore, Secret
from tests.assistant.models.asking import ask, collect, delta, model, run, sse, until_error
from tests.peers.raw import Heard, Line, raw_server

KEY = "sk-very-secret-0123456789"
GOOD = sse(delta(content="ok"), delta(finish="stop"))
_sockets: list[object] = []
_watching = False


def _audit(event: str, arguments: object) -> None:
    if _watching and event in ("socket.connect", "socket.getaddrinfo", "socket.__new__"):
        _sockets.append((event, arguments))


sys.addaudithook(_audit)


@pytest.fixture
def sockets() -> Iterator[list[object]]:
    """Every socket made, connected or looked up for, as the interpreter itself reports it."""
    global _watching
    _sockets.clear()
    _watching = True
    yield _sockets
    _watching = False


class Ring:
    """A keyring in memory."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


async def good(heard: Heard, line: Line) -> None:
    await line.stream(GOOD)


@pytest.mark.parametrize("place", ["authorization", "x-api-key", "x-goog-api-key"])
def test_check_25_the_key_arrives_and_stands_nowhere_else(
    place: str, caplog: pytest.LogCaptureFixture
) -> None:
    protocol = {"authorization": "chat", "x-api-key": "messages", "x-goog-api-key": "gemini"}[place]
    caplog.set_level(logging.DEBUG)

    async def refuse(heard: Heard, line: Line) -> None:
        await line.answer(500, {"error": {"message": "no"}})

    async def work(egress: Egress) -> None:
        keys = KeyStore(environment={"K": KEY})
        async with raw_server(refuse) as server:
            source = model(server.url, egress, protocol, keys=keys, key="env:K")
            trace = io.StringIO()
            try:
                await collect(source, ask("hi"))
            except Exception as error:
                whole = traceback.TracebackException.from_exception(error, capture_locals=True)
                trace.write("".join(whole.format()))
                trace.write(repr(error) + str(error) + repr(error.__dict__))
            assert KEY in server.heard[0].headers[place]
            assert "capture_locals" not in trace.getvalue()
            assert len(trace.getvalue()) > 500
            for seen in (
                trace.getvalue(),
                caplog.text,
                repr(egress.sent),
                repr(source),
                repr(source.connection),
                repr(keys),
                repr(vars(source)),
            ):
                assert KEY not in seen
            assert "•••" in repr(egress.sent)

    run(work)


def test_azure_wants_its_key_and_its_query_elsewhere() -> None:
    async def work(egress: Egress) -> None:
        keys = KeyStore(environment={"K": KEY})
        async with raw_server(good) as server:
            base = f"{server.url}/openai/deployments/d?api-version=2026-01-01"
            source = model(base, egress, keys=keys, key="env:K", preset="azure")
            await collect(source, ask("hi"))
            assert server.heard[0].headers["api-key"] == KEY
            assert "authorization" not in server.heard[0].headers
            assert server.heard[0].path == (
                "/openai/deployments/d/chat/completions?api-version=2026-01-01"
            )

    run(work)


def test_check_25_a_dead_server_does_not_spill_the_key_either() -> None:
    async def reset(heard: Heard, line: Line) -> None:
        line.reset()

    async def work(egress: Egress) -> None:
        keys = KeyStore(environment={"K": KEY})
        async with raw_server(reset) as server:
            source = model(server.url, egress, keys=keys, key="env:K")
            try:
                await collect(source, ask("hi"))
            except ConnectionFailed as error:
                whole = traceback.TracebackException.from_exception(error, capture_locals=True)
                assert KEY not in "".join(whole.format())
            else:
                raise AssertionError("it answered")

    run(work)


def test_check_25_a_redirect_is_not_followed_and_the_key_stays() -> None:
    async def work(egress: Egress) -> None:
        async with raw_server(good) as thief:

            async def lead_away(heard: Heard, line: Line) -> None:
                await line.answer(307, b"", location=thief.url + "/chat/completions")

            async with raw_server(lead_away) as server:
                keys = KeyStore(environment={"K": KEY})
                source = model(server.url, egress, keys=keys, key="env:K")
                _, error = await until_error(source, ask("hi"))
                assert isinstance(error, BadRequest)
                assert "does not follow" in error.cause
                assert thief.connections == 0

    run(work)


def test_a_secret_shows_itself_to_nobody() -> None:
    secret = Secret(KEY)
    assert KEY not in f"{secret} {secret!r} {[secret]}"
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    with pytest.raises(TypeError):
        copy.deepcopy(secret)
    assert secret.reveal() == KEY


def test_keys_go_to_the_keyring_and_come_back() -> None:
    ring = Ring()
    store = KeyStore(environment={}, ring=ring)
    reference, sentence = store.put("openai", f" {KEY}\n")
    assert reference == "keyring:openai"
    assert "keyring" in sentence
    assert store.get(reference).reveal() == KEY
    store.forget(reference)
    with pytest.raises(Unauthorized):
        store.get(reference)


def test_without_a_keyring_a_key_is_kept_for_the_run_and_that_is_said() -> None:
    store = KeyStore(environment={}, ring=NoKeyring())
    reference, sentence = store.put("openai", KEY)
    assert reference == "session:openai"
    assert "this run only" in sentence
    assert store.get(reference).reveal() == KEY
    store.forget(reference)
    with pytest.raises(Unauthorized):
        store.get(reference)
    with pytest.raises(Unauthorized, match="does not open"):
        store.get("keyring:openai")


def test_a_key_pasted_as_a_reference_is_not_repeated_in_the_error() -> None:
    with pytest.raises(SettingsError) as caught:
        KeyStore(environment={}).get(KEY)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/v1", "http://models.example/v1"])
def test_all_ai_off_opens_no_socket(sockets: list[object], url: str) -> None:
    async def work(egress: Egress) -> None:
        sockets.clear()
        egress.switch(off=True)
        for protocol in ("chat", "responses", "messages", "ollama", "gemini"):
            _, error = await until_error(model(url, egress, protocol), ask("hi"))
            assert isinstance(error, AIOff)
        with pytest.raises(AIOff):
            await look_around(egress, KeyStore(environment={"OPENAI_API_KEY": KEY}))
        assert sockets == []
        assert egress.sent == ()

    run(work)


def test_on_again_it_answers(sockets: list[object]) -> None:
    async def work(egress: Egress) -> None:
        async with raw_server(good) as server:
            egress.switch(off=True)
            assert (await until_error(model(server.url, egress), ask("hi")))[1] is not None
            egress.switch(off=False)
            sockets.clear()
            assert await collect(model(server.url, egress), ask("hi"))
            assert sockets

    run(work)


def test_a_project_for_localhost_only_sends_nowhere_else(sockets: list[object]) -> None:
    async def work(egress: Egress) -> None:
        view = egress.for_project(LOOPBACK_ONLY)
        sockets.clear()
        for url in (
            "https://api.openai.com/v1",
            "http://localhost.evil.example/v1",
            "http://127.0.0.1.evil.example/v1",
            "http://10.0.0.1/v1",
            "http://0.0.0.0/v1",
            "http://user@evil.example:80/v1",
        ):
            _, error = await until_error(model(url, view), ask("hi"))
            assert isinstance(error, ServerNotAllowed), url
        assert sockets == []
        async with raw_server(good) as server:
            assert await collect(model(server.url, view), ask("hi"))
        assert len(egress.sent) == 1

    run(work)


@pytest.mark.parametrize(
    ("url", "yes"),
    [
        ("https://api.openai.com/v1", True),
        ("https://API.openai.com./v1", True),
        ("https://api.openai.com.evil.example", False),
        ("https://evil.example/api.openai.com", False),
        ("https://xapi.openai.com", False),
        ("https://box.example:8443/v1", True),
        ("https://box.example/v1", False),
        ("http://127.0.0.1:8080", False),
    ],
)
def test_only_whole_names_of_the_list_count(url: str, yes: bool) -> None:
    assert Allowed(frozenset({"api.openai.com", "box.example:8443"})).permits(url) is yes
    assert ANYWHERE.permits(url)


@pytest.mark.parametrize(
    ("url", "yes"),
    [
        ("http://localhost", True),
        ("http://[::1]:9", True),
        ("http://127.9.9.9", True),
        ("http://128.0.0.1", False),
        ("http://[::2]", False),
        ("nonsense", False),
    ],
)
def test_this_machine_is_known_by_its_spelling(url: str, yes: bool) -> None:
    assert is_loopback(url) is yes


def test_a_list_inside_a_list_can_only_take_away() -> None:
    here = Path("/home/ada/job/bank")
    lists = {
        "/home/ada/job": ("localhost", "api.example.com"),
        "/home/ada/job/bank": ("localhost", "evil.example.com"),
        "/home/ada/job/near": ("127.0.0.1:8080",),
        "/home/ada/play": ("evil.example.com",),
    }
    allowed = allowed_in(here / "src", lists)
    assert allowed == LOOPBACK_ONLY
    assert str(allowed) == "this machine only"
    assert not allowed.permits("https://evil.example.com/v1")
    near = allowed_in(Path("/home/ada/job/near"), lists)
    assert near.permits("http://127.0.0.1:8080/v1")
    assert not near.permits("http://127.0.0.1:9/v1")
    assert allowed_in(Path("/home/ada"), lists) == ANYWHERE
    assert str(ANYWHERE) == "any connected server"
    none = Allowed(frozenset({"a.example"})).narrowed(frozenset({"b.example"}))
    assert str(none) == "no server"
    assert not none.permits("http://127.0.0.1/")


@pytest.mark.parametrize("wish", ["off", "unknown"])
def test_the_last_line_before_the_socket_asks_again(wish: str) -> None:
    """Between the first look and the socket the certificates are read: time for a press."""
    reached: list[str] = []

    class Wire(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            reached.append(str(request.url))
            return httpx.Response(200)

    async def work(egress: Egress) -> None:
        outgoing = Outgoing("https://model.invalid/v1/models", method="GET")
        if wish == "off":
            asyncio.get_running_loop().call_soon(lambda: egress.switch(off=True))
            with pytest.raises(AIOff):
                async with egress.open(outgoing):
                    pass
        else:  # a request that nobody judged
            client = await egress._wire.client(outgoing.url)
            with pytest.raises(ServerNotAllowed):
                await client.get(outgoing.url)
        assert not reached

    run(work, Egress(transport=Wire()))


def test_the_environment_cannot_divert_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(egress: Egress) -> None:
        async with raw_server(good) as server, raw_server(good) as proxy:
            for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
                monkeypatch.setenv(name, proxy.url)
            assert await collect(model(server.url, egress), ask("hi"))
            assert proxy.connections == 0

    run(work)


def test_the_persons_own_proxy_is_used() -> None:
    async def outer() -> None:
        async with raw_server(good) as proxy:
            egress = Egress(proxy=proxy.url)
            source = model("http://models.example/v1", egress)
            assert await collect(source, ask("hi"))
            assert proxy.heard[0].path == "http://models.example/v1/chat/completions"
            await egress.aclose()

    run(lambda _: outer())


def test_the_record_keeps_the_exact_body_and_hides_keys_in_addresses() -> None:
    async def work(egress: Egress) -> None:
        async with raw_server(good) as server:
            sent = Outgoing(f"{server.url}/x?key={KEY}&a=1", b"{}", headers={"X-Own": KEY})
            async with egress.open(sent) as response:
                await response.aread()
            entry = egress.sent[-1]
            assert entry.body == b"{}"
            assert entry.url.endswith("/x?key=•••&a=1")
            assert KEY not in repr(entry)

    run(work)
