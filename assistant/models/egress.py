"""The one way out: every byte to a model server passes here. Knows no protocol and no model.

No proxies or certificates from the environment, no redirects (a key must not follow one), an
allow-list of servers for each project, and one switch that turns all AI off: then no socket is
opened.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections import deque
from collections.abc import AsyncIterator, Generator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

import httpx

from assistant.errors import ConnectionFailed, ModelError
from assistant.models.allowed import ANYWHERE, Allowed
from assistant.models.keys import Secret
from assistant.models.patience import CalledOff, Patience

_HIDDEN = "•••"
_OPEN_HEADERS = frozenset(
    {
        "accept",
        "accept-encoding",
        "content-type",
        "content-length",
        "user-agent",
        "anthropic-version",
    }
    | {"anthropic-beta", "range", "if-range", "http-referer", "x-title"}
)
_MOST = 32 << 20
_JUDGE = "galley.judge"


class AIOff(ModelError):
    """The person turned all AI off. Nothing was sent."""


class ServerNotAllowed(ModelError):
    """The project's list of allowed servers does not hold this one. Nothing was sent."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What left: secrets in headers and address are replaced, the body is exact.

    ``status`` is 0 until an answer.
    """

    at: float
    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    status: int = 0


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One request: ``key_header`` and ``key_prefix`` say where the secret goes, so that nobody else
    holds it.
    """

    url: str
    body: bytes = b""
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)
    key: Secret | None = None
    key_header: str = "authorization"
    key_prefix: str = "Bearer "
    connect_seconds: float = 10.0
    answer_seconds: float = 60.0


class _KeyAuth(httpx.Auth):
    """Puts the key into the request at the last moment; no other object, log or traceback holds it
    in clear.
    """

    def __init__(self, outgoing: Outgoing) -> None:
        self._outgoing = outgoing

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        key = self._outgoing.key
        if key is not None:
            value = self._outgoing.key_prefix + key.reveal()
            request.headers[self._outgoing.key_header] = value
        yield request


class _Guard(httpx.AsyncBaseTransport):
    """The last line before the socket: judges the address again, whoever built the request."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        judge = request.extensions.get(_JUDGE)
        if judge is None:
            raise ServerNotAllowed("A request came by another way than the egress.", "Report this.")
        judge(str(request.url))
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self._inner.aclose()


class _Wire:
    """What all projects share: the client, the switch, the record, the replies under way."""

    def __init__(self, transport: httpx.AsyncBaseTransport | None, proxy: str | None, keep: int):
        self.transport = transport
        self.proxy = proxy
        self.off = False
        self.sent: deque[Sent] = deque(maxlen=keep)
        self._kept = 0
        self.live: set[Patience] = set()
        self._clients: dict[bool, httpx.AsyncClient] = {}
        self._stale: list[httpx.AsyncClient] = []
        self._trust: ssl.SSLContext | None = None
        self._nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    def remember(self, entry: Sent) -> None:
        """Keeps a request; the oldest go when the bodies take more than 32 MB."""
        if len(self.sent) == self.sent.maxlen:
            self._kept -= len(self.sent.popleft().body)
        self.sent.append(entry)
        self._kept += len(entry.body)
        while self._kept > _MOST and len(self.sent) > 1:
            self._kept -= len(self.sent.popleft().body)

    async def client(self, url: str) -> httpx.AsyncClient:
        """The client for plain or for encrypted addresses.

        Reading the certificates takes 50 ms: it is done once, in a thread, and not at all for
        servers on this machine. The context of the plain client trusts nobody.
        """
        secure = urlsplit(url).scheme == "https" or self.proxy is not None
        if secure and self._trust is None:
            self._trust = await asyncio.to_thread(httpx.create_ssl_context, trust_env=False)
        if secure not in self._clients:
            trust = self._trust if secure and self._trust is not None else self._nobody
            self._clients[secure] = httpx.AsyncClient(
                transport=_Guard(self.transport or self._transport(trust)),
                trust_env=False,
                follow_redirects=False,
                headers={"user-agent": "galley", "accept-encoding": "identity"},
            )
        return self._clients[secure]

    def _transport(self, trust: ssl.SSLContext) -> httpx.AsyncHTTPTransport:
        return httpx.AsyncHTTPTransport(
            verify=trust,
            trust_env=False,
            proxy=self.proxy,
            limits=httpx.Limits(max_connections=64, max_keepalive_connections=8),
            # A dead line is noticed by the system also while a model thinks for minutes.
            socket_options=[(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)],
        )

    def renew(self) -> None:
        if self.transport is None:
            self._stale += self._clients.values()
            self._clients.clear()

    async def sweep(self, everything: bool = False) -> None:
        if everything:
            self._stale += self._clients.values()
            self._clients.clear()
        if everything or not self.live:
            stale, self._stale = self._stale, []
            for client in stale:
                await client.aclose()


class Egress:
    """Opens requests, or refuses.

    ``transport`` is the seam for tests; ``proxy`` is the person's own setting.
    """

    def __init__(
        self,
        *,
        allowed: Allowed = ANYWHERE,
        transport: httpx.AsyncBaseTransport | None = None,
        proxy: str | None = None,
        keep: int = 200,
    ) -> None:
        self._allowed = allowed
        self._wire = _Wire(transport, proxy, keep)

    def for_project(self, allowed: Allowed) -> Egress:
        """The same way out, switch and record, with a project's own list of servers."""
        view = Egress.__new__(Egress)
        view._allowed = allowed
        view._wire = self._wire
        return view

    @property
    def off(self) -> bool:
        """Whether all AI is off."""
        return self._wire.off

    def switch(self, *, off: bool) -> None:
        """Turns all AI off or on; replies under way end at once.

        Any thread may call it.
        """
        self._wire.off = off
        if off:
            for patience in tuple(self._wire.live):
                patience.call_off()

    @property
    def sent(self) -> tuple[Sent, ...]:
        """The last requests, oldest first, with secrets replaced."""
        return tuple(self._wire.sent)

    def check(self, url: str) -> None:
        """Raises AIOff or ServerNotAllowed when nothing may be sent to ``url``."""
        if self._wire.off:
            raise AIOff("All AI is turned off.", "Turn it on again to use a model.")
        if not self._allowed.permits(url):
            host = urlsplit(url).netloc.rpartition("@")[2]
            raise ServerNotAllowed(
                f"This project does not allow {host}.",
                "Choose a model on an allowed server, or add this one to the project's list.",
            )

    def renew(self) -> None:
        """The next request opens a fresh connection: a kept-alive one may have died unseen."""
        self._wire.renew()

    @asynccontextmanager
    async def open(
        self, outgoing: Outgoing, patience: Patience | None = None
    ) -> AsyncIterator[httpx.Response]:
        """Sends and gives the answer with its body unread; leaving closes the connection.

        Raises ConnectionFailed when nothing answers, TimeoutError when the answer takes longer than
        ``answer_seconds``, AIOff and ServerNotAllowed before a socket is opened.
        """
        self.check(outgoing.url)
        patience = patience or Patience()
        wire = self._wire
        client = await wire.client(outgoing.url)
        entry = _record(outgoing)
        wire.remember(entry)
        wire.live.add(patience)
        response: httpx.Response | None = None
        try:
            limits = httpx.Timeout(None, connect=outgoing.connect_seconds)
            request = client.build_request(
                outgoing.method,
                outgoing.url,
                headers=dict(outgoing.headers),
                content=outgoing.body or None,
                timeout=limits,
                extensions={_JUDGE: self.check},
            )
            sending = client.send(request, stream=True, auth=_KeyAuth(outgoing))
            response = await patience.wait(sending, outgoing.answer_seconds)
            _note_status(wire.sent, entry, response.status_code)
            yield response
        except (httpx.TransportError, httpx.InvalidURL, httpx.StreamError) as error:
            raise unreachable(outgoing.url, error) from None
        except CalledOff:
            if wire.off:
                raise AIOff("All AI was turned off.", "The reply so far is kept.") from None
            raise
        finally:
            wire.live.discard(patience)
            if response is not None:
                await response.aclose()
            await wire.sweep()

    async def aclose(self) -> None:
        """Closes every connection."""
        await self._wire.sweep(everything=True)


def unreachable(url: str, error: Exception) -> ConnectionFailed:
    """The same failure in words; the original is left behind because it holds the request with its
    key.
    """
    where = urlsplit(url).netloc.rpartition("@")[2] or url
    match error:
        case httpx.ConnectTimeout():
            cause, action = f"{where} did not take the connection in time.", "Check the network."
        case httpx.ConnectError():
            detail = str(error) or "no connection"
            cause, action = (
                f"Nothing answers at {where} ({detail}).",
                "Start the server or check the address.",
            )
        case httpx.UnsupportedProtocol() | httpx.InvalidURL():
            cause, action = (
                f"{url!r} is not a web address.",
                "It must start with http:// or https://.",
            )
        case _:
            detail = str(error) or type(error).__name__
            cause, action = f"The connection to {where} dropped ({detail}).", "Try again."
    return ConnectionFailed(cause, action)


def _record(outgoing: Outgoing) -> Sent:
    parts = urlsplit(outgoing.url)
    query = "&".join(
        f"{p.partition('=')[0]}={_HIDDEN}" if "key" in p.lower() else p
        for p in parts.query.split("&")
    )
    netloc = parts.netloc.rpartition("@")[2]
    headers = [
        (name.lower(), value if name.lower() in _OPEN_HEADERS else _HIDDEN)
        for name, value in outgoing.headers.items()
    ]
    if outgoing.key is not None:
        headers.append((outgoing.key_header, _HIDDEN))
    url = urlunsplit((parts.scheme, netloc, parts.path, query if parts.query else "", ""))
    return Sent(time.time(), outgoing.method, url, tuple(headers), outgoing.body)


def _note_status(sent: deque[Sent], entry: Sent, status: int) -> None:
    for index in range(len(sent) - 1, -1, -1):
        if sent[index] is entry:
            sent[index] = Sent(entry.at, entry.method, entry.url, entry.headers, entry.body, status)
            return
