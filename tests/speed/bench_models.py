"""Models: what we add to the first token, to every token, and to memory, each beside a peer in the
same run.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import psutil

from assistant.models.connection import dialect
from assistant.models.dialect import Target, encode
from assistant.models.egress import Egress
from assistant.models.local import EngineSettings, LocalEngine
from assistant.types import TextDelta
from tests.assistant.models.asking import ask, collect, decode, delta, model, sse
from tests.peers.scripted import Line, gguf_of

ROUNDS = 200
TOKENS = 1_000
_SERVER = """
import asyncio
from tests.assistant.models.asking import delta, sse
from tests.peers.raw import raw_server
BODY = sse(delta(content="ok"), delta(finish="stop"))
async def handle(heard, line):
    last = heard.path.startswith("/once")
    await line.stream(BODY, **({"connection": "close"} if last else {}))
    if last:
        line.writer.close()
async def main():
    async with raw_server(handle) as server:
        print(server.port, flush=True)
        await asyncio.get_running_loop().run_in_executor(None, input)
asyncio.run(main())
"""


def row(what: str, ours: float, peer: str, theirs: float, unit: str) -> None:
    ratio = ours / theirs if theirs else 0.0
    print(f"   {what:44} {ours:9.3f} {unit:3} {peer:26} {theirs:9.3f} {unit:3} x{ratio:.2f}")


def p50(samples: list[float]) -> float:
    return statistics.median(samples)


def quiet(samples: list[float]) -> float:
    """The tenth percentile: what is left of the figure when the machine is not busy with others."""
    return statistics.quantiles(samples, n=10)[0]


async def first_tokens(port: int) -> None:
    """Time to the first token on a new and on a kept connection, and over a bare socket."""
    url = f"http://127.0.0.1:{port}"
    target = Target(url, "test-model")
    body = encode(dialect("chat").body(ask("hi"), target))
    head = (
        f"POST /chat/completions HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    ).encode()
    for what, path in (("new connection", "/once"), ("kept connection", "")):
        egress = Egress()
        source = model(url + path, egress)
        await collect(source, ask("hi"))
        bare, ours = [], []
        for _ in range(ROUNDS):
            bare.append(await _bare(port, head + body))
            ours.append(await _first(source))
        await egress.aclose()
        for name, figure in (("p50", p50), ("quietest tenth", quiet)):
            mine, theirs = figure(ours) * 1e3, figure(bare) * 1e3
            row(f"first token, {what}, {name}", mine, "bare socket, new", theirs, "ms")
        added = p50([a - b for a, b in zip(ours, bare, strict=True)]) * 1e3
        print(f"   {'':44} {added:+9.3f} ms  added by us, p50 of pairs (aim: at most 2)")


async def _bare(port: int, request: bytes) -> float:
    start = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    await reader.readuntil(b'"content"')
    took = time.perf_counter() - start
    writer.close()
    await writer.wait_closed()
    return took


async def _first(source: Any) -> float:
    start = time.perf_counter()
    took = 0.0
    async with aclosing(source.stream(ask("hi"))) as events:
        async for event in events:
            if isinstance(event, TextDelta) and not took:
                took = time.perf_counter() - start
    return took


def timed(work: Callable[[], object], rounds: int = 15) -> float:
    """Milliseconds, the median of some rounds."""
    samples = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        samples.append(time.perf_counter() - start)
    return p50(samples) * 1e3


def streams() -> dict[str, bytes]:
    """A reply of 1,000 tokens in each protocol."""
    words = [f"word{n} " for n in range(TOKENS)]
    frame = {"id": "c-1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    block = {"type": "content_block_delta", "index": 0}
    item = {"type": "response.output_text.delta", "item_id": "m", "output_index": 0}
    line = {"model": "m", "created_at": "2026-01-01T00:00:00Z", "done": False}
    return {
        "chat": sse(*[{**frame, **delta(content=w)} for w in words], delta(finish="stop")),
        "messages": sse(
            *[{**block, "delta": {"type": "text_delta", "text": w}} for w in words],
            {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
            done=False,
        ),
        "responses": sse(
            *[{**item, "sequence_number": n, "delta": w} for n, w in enumerate(words)],
            {"type": "response.completed", "response": {}},
            done=False,
        ),
        "ollama": b"".join(
            json.dumps({**line, "message": {"role": "assistant", "content": w}}).encode() + b"\n"
            for w in words
        )
        + b'{"done":true}\n',
        "gemini": sse(
            *[{"candidates": [{"content": {"parts": [{"text": w}]}}]} for w in words],
            {"candidates": [{"finishReason": "STOP"}]},
            done=False,
        ),
    }


def decoding() -> None:
    """Cost of 1,000 tokens, one network chunk each, in process: ours and the official SDK's."""
    import httpx2
    import openai

    bodies = streams()
    body = bodies["chat"]

    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(
            200, headers={"content-type": "text/event-stream"}, stream=_Chunks(body)
        )

    transport = httpx2.MockTransport(answer)
    with openai.OpenAI(api_key="x", http_client=httpx2.Client(transport=transport)) as client:

        def sdk() -> None:
            stream = client.chat.completions.create(
                model="m", messages=[{"role": "user", "content": "hi"}], stream=True
            )
            assert sum(1 for _ in stream) == TOKENS + 1

        theirs = timed(sdk)
    for protocol, raw in bodies.items():
        step = len(raw) // TOKENS
        ours = timed(lambda p=protocol, r=raw, s=step: decode(p, r, s))  # type: ignore[misc]
        row(f"decode {TOKENS} tokens, {protocol}", ours, "openai SDK, chat", theirs, "ms")


def memory() -> None:
    """Memory after importing what speaks to a model, and of the engine in the app."""
    base = _imported("pass")
    ours = _imported("import assistant.models.connection, assistant.models.router") - base
    for peer in ("openai", "anthropic"):
        theirs = _imported(f"import {peer}") - base
        row("memory of the import", ours, f"import {peer}", theirs, "MB")
    asyncio.run(_engine())


async def _engine() -> None:
    egress = Egress()
    here = psutil.Process()
    before = here.memory_info().rss
    engine = LocalEngine(EngineSettings(gguf_of([Line("Hello there.")]), 4_096, 1), egress)
    start = time.perf_counter()
    async with engine.using():
        took = (time.perf_counter() - start) * 1e3
        child = psutil.Process(engine.pid).memory_info().rss / 1e6
        grown = (here.memory_info().rss - before) / 1e6
        print(f"   engine in the app: up in {took:.0f} ms; its process {child:.0f} MB", end="")
        print(f" with an empty model, this process {grown:+.1f} MB")
    await engine.close()
    await egress.aclose()


def _imported(code: str) -> float:
    say = f"{code}; import psutil; print(psutil.Process().memory_info().rss / 1e6)"
    done = subprocess.run([sys.executable, "-c", say], capture_output=True, text=True, check=True)
    return float(done.stdout)


def _chunks_of(body: bytes) -> list[bytes]:
    step = len(body) // TOKENS
    return [body[start : start + step] for start in range(0, len(body), step)]


class _Chunks:
    """A body that arrives in as many chunks as it has tokens."""

    def __new__(cls, body: bytes) -> Any:
        import httpx2

        class Stream(httpx2.SyncByteStream):
            def __iter__(self) -> Any:
                return iter(_chunks_of(body))

        return Stream()


def main() -> None:
    """Prints the figures."""
    server = subprocess.Popen(
        [sys.executable, "-c", _SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert server.stdout is not None
    assert server.stdin is not None
    try:
        asyncio.run(first_tokens(int(server.stdout.readline())))
    finally:
        server.stdin.close()
        server.stdout.close()
        server.terminate()
        server.wait()
    decoding()
    memory()


if __name__ == "__main__":
    main()
