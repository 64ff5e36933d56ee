"""One request over HTTP: watchdogs, retries, cancelling, "answer now".

Knows no protocol's words.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from assistant.errors import ModelError, StreamCut, StreamStalled
from assistant.models import failures, tables, thinking
from assistant.models.capabilities import remarks
from assistant.models.dialect import (
    Dialect,
    ReplyReader,
    Target,
    WholeText,
    encode,
    mapping,
    number,
    whole_text,
)
from assistant.models.egress import Egress, Outgoing, unreachable
from assistant.models.history import repaired
from assistant.models.hurry import Hurry, hurried, way
from assistant.models.keys import KeyStore
from assistant.models.patience import CalledOff, Patience
from assistant.models.prices import Price
from assistant.models.reply import Reply
from assistant.models.retry import Backoff, countdown
from assistant.models.sse import Decoder, Frame
from assistant.types import (
    KeepAlive,
    ModelEvent,
    ModelRequest,
    Retrying,
    Stop,
    TextDelta,
    ThinkingDelta,
    ToolCall,
    ToolCallDelta,
    Usage,
)

if TYPE_CHECKING:
    from assistant.models.connection import Connection

_GRACE = 2.0
_DRAIN = 0.05
_KEEP_ALIVE = KeepAlive()


@dataclass(frozen=True, slots=True)
class Limits:
    """Patience in seconds: until the first byte, between two bytes (comments count), and for
    connecting.
    """

    first_byte: float = 60.0
    idle: float = 90.0
    connect: float = 10.0


class _Hurried(Exception):
    pass


class HttpModel:
    """A ChatModel over HTTP. Usage events are cumulative: the last one counts."""

    hurries = True

    def __init__(
        self,
        connection: Connection,
        dialect: Dialect,
        egress: Egress,
        keys: KeyStore,
        limits: Limits,
        price: Price | None,
        backoff: Backoff | None = None,
    ) -> None:
        self.name = connection.name
        self.connection = connection
        self.price = price
        self._dialect = dialect
        self._egress = egress
        self._keys = keys
        self._limits = limits
        self._backoff = backoff or Backoff()

    @property
    def model(self) -> str:
        """The model's name at its server."""
        return self.connection.model

    @property
    def longest(self) -> int | None:
        """Tokens the model can take, as the person, the server or its family says; else None."""
        return self.connection.context or tables.family(self.connection.model).context

    def window(self, request: ModelRequest) -> int | None:
        """The window of this request in tokens, as asked for or as known; None when it is not."""
        target = self._target(request)
        options = mapping(self._dialect.body(request, target).get("options"))
        return number(options.get("num_ctx")) or target.context

    def remarks(self, request: ModelRequest, reply: Reply) -> tuple[str, ...]:
        """What to say of a reply: it ignored the thinking knob, its prompt was cut."""
        c = self.connection
        window = self.window(request)
        return remarks(c.preset, self._dialect.name, c.model, request, reply, window)

    def __repr__(self) -> str:
        return f"HttpModel({self.name!r}, {self._dialect.name!r})"

    async def stream(
        self, request: ModelRequest, hurry: Hurry | None = None
    ) -> AsyncGenerator[ModelEvent, None]:
        """The reply.

        A Retrying event means: what came of this reply so far (thinking only) is void.
        """
        hurry = hurry or Hurry()
        request = replace(request, messages=repaired(request.messages))
        attempt = 0
        thoughts: list[str] = []
        while True:
            spoke = False
            try:
                async with aclosing(self._attempt(request, hurry)) as events:
                    async for event in events:
                        if type(event) is ThinkingDelta:
                            thoughts.append(event.text)
                        elif type(event) in (TextDelta, ToolCallDelta, ToolCall, Stop):
                            spoke = True
                        yield event
                return
            except _Hurried:
                c = self.connection
                how = way(c.preset, self._dialect.name, request.model or c.model, request.effort)
                yield Retrying(0.0, 1, 1, how)
                hurry.use()
                request = hurried(request, "".join(thoughts))
                continue
            except ModelError as error:
                delay = None if spoke else self._backoff.delay(error, attempt)
                if delay is None:
                    raise
                failure = error
            attempt += 1
            if failure.status == 0:
                self._egress.renew()
            thoughts.clear()
            async with aclosing(self._wait(delay, attempt, failure, hurry)) as waiting:
                async for moment in waiting:
                    yield moment

    async def _wait(
        self, delay: float, attempt: int, failure: ModelError, hurry: Hurry
    ) -> AsyncGenerator[ModelEvent, None]:
        patience = Patience()
        hurry.watch_wait(patience)
        attempts = self._backoff.attempts
        waiting = countdown(delay, attempt, attempts, failure.cause, patience)
        try:
            async with aclosing(waiting):
                async for moment in waiting:
                    yield moment
        finally:
            hurry.watch_wait(None)

    async def _attempt(
        self, request: ModelRequest, hurry: Hurry
    ) -> AsyncGenerator[ModelEvent, None]:
        target = self._target(request)
        reader = self._dialect.reader(target)
        patience = Patience()
        whole = WholeText()
        hurry.watch(patience)
        try:
            async with self._egress.open(self._outgoing(request, target), patience) as response:
                if response.status_code >= 300:
                    raise await self._refused(response, patience)
                decoder = self._dialect.decoder()
                frames = self._frames(response, decoder, reader, patience)
                async with aclosing(frames):
                    async for frame in frames:
                        if frame.comment:
                            yield _KEEP_ALIVE
                            continue
                        for event in reader.read(frame):
                            if type(event) is TextDelta or type(event) is ToolCallDelta:
                                hurry.watch(None)
                            if type(event) is TextDelta:
                                event = TextDelta(whole.add(event.text))
                            yield self._finished(event)
                for event in reader.finish():
                    yield self._finished(event)
        except CalledOff:
            raise _Hurried from None
        except TimeoutError:
            raise self._silent(self._limits.first_byte) from None
        finally:
            hurry.watch(None)

    async def _frames(
        self,
        response: httpx.Response,
        decoder: Decoder,
        reader: ReplyReader,
        patience: Patience,
    ) -> AsyncGenerator[Frame, None]:
        """Frames until the reply is complete; raises StreamStalled and StreamCut."""
        chunks = response.aiter_bytes().__aiter__()
        limit = self._limits.first_byte
        while not reader.done:
            try:
                chunk = await patience.wait(
                    anext(chunks, b""), min(limit, _GRACE) if reader.settled else limit
                )
            except TimeoutError:
                if reader.settled:
                    return
                raise self._silent(limit) from None
            except (httpx.TransportError, httpx.DecodingError) as error:
                if reader.settled:
                    return
                raise self._dropped(error) from None
            limit = self._limits.idle
            if not chunk:
                for frame in decoder.close():
                    yield frame
                return
            for frame in decoder.feed(chunk):
                yield frame
                if reader.done:
                    break
        await _drain(chunks)

    async def _refused(self, response: httpx.Response, patience: Patience) -> ModelError:
        raw = b""
        try:
            async for chunk in response.aiter_bytes():
                raw += chunk
                if len(raw) > 65_536:
                    break
        except httpx.TransportError:
            pass  # The status alone must do.
        return failures.from_response(response.status_code, raw, response.headers, self._server)

    def _outgoing(self, request: ModelRequest, target: Target) -> Outgoing:
        row = tables.provider(self.connection.preset)
        headers = {
            "content-type": "application/json",
            "accept": "text/event-stream, application/json",
            **self._dialect.headers(target),
            **self.connection.headers,
        }
        return Outgoing(
            url=self._dialect.url(target),
            body=encode(self._dialect.body(request, target)),
            headers=headers,
            key=self._keys.get(self.connection.key),
            key_header=row.key_header or self._dialect.key_header,
            key_prefix=row.key_prefix if row.key_header else self._dialect.key_prefix,
            connect_seconds=self._limits.connect,
            answer_seconds=self._limits.first_byte,
        )

    def _target(self, request: ModelRequest) -> Target:
        c = self.connection
        model = request.model or c.model
        known = tables.family(model)
        return Target(
            base_url=c.base_url.rstrip("/"),
            model=model,
            provider=c.preset,
            origin=f"{self._dialect.name} {c.base_url.rstrip('/')} {model}",
            context=c.context or known.context,
            max_output=known.max_output,
            thinking=thinking.fields(c.preset, self._dialect.name, model, request.effort),
            quirks=tables.provider(c.preset).quirks,
        )

    def _finished(self, event: ModelEvent) -> ModelEvent:
        match event:
            case ThinkingDelta(text):
                return ThinkingDelta(whole_text(text))
            case Usage() if event.cost is None and self.price is not None:
                return replace(event, cost=self.price.cost(event))
        return event

    @property
    def _server(self) -> str:
        return urlsplit(self.connection.base_url).netloc

    def _silent(self, seconds: float) -> StreamStalled:
        return StreamStalled(
            f"{self._server} said nothing for {seconds:.0f} seconds.",
            "Try again; a local model may still be loading.",
        )

    def _dropped(self, error: Exception) -> StreamCut:
        detail = unreachable(self.connection.base_url, error).cause
        return StreamCut(f"The reply broke off. {detail}", "The text so far is kept; try again.")


async def _drain(chunks: AsyncIterator[bytes]) -> None:
    """Reads the little that follows a complete reply, so that its connection can be used again."""
    try:
        async with asyncio.timeout(_DRAIN):
            async for _ in chunks:
                pass
    except (TimeoutError, httpx.HTTPError):
        return
