"""``python -m tests.peers.record``: real streams of peers into ``recordings/``. Judges nothing."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from pathlib import Path

from assistant.models.connection import dialect
from assistant.models.dialect import Target, encode
from assistant.models.egress import Egress, Outgoing
from assistant.models.keys import Secret
from tests.assistant.models.asking import READ, ask
from tests.assistant.models.conftest import SCRIPT
from tests.peers.heavy import LITELLM_KEY, aimock, litellm
from tests.peers.scripted import gguf_of, serve

FOLDER = Path(__file__).with_name("recordings")
CASES = {"text": ask("hi"), "think": ask("think"), "parallel": ask("parallel", READ)}


async def capture(egress: Egress, name: str, protocol: str, base: str, model: str) -> None:
    """One file for each case: the bytes of the body as they came."""
    for case, request in CASES.items():
        adapter = dialect(protocol)
        target = Target(base, model, quirks={"parallel_tools": True})
        out = Outgoing(
            adapter.url(target),
            encode(adapter.body(request, target)),
            headers={"content-type": "application/json", **adapter.headers(target)},
            key=Secret(LITELLM_KEY),
            key_header=adapter.key_header,
            key_prefix=adapter.key_prefix,
        )
        async with egress.open(out) as response:
            body = await response.aread()
            print(f"{name}.{protocol}.{case}: {response.status_code}, {len(body)} bytes")
            if response.status_code == 200:
                (FOLDER / f"{name}.{protocol}.{case}.txt").write_bytes(body)


async def main() -> None:
    """Starts every peer that is installed and records it."""
    FOLDER.mkdir(exist_ok=True)
    egress = Egress()
    with ExitStack() as stack:
        llama = stack.enter_context(serve(gguf_of(SCRIPT)))
        mock = stack.enter_context(aimock())
        proxy = stack.enter_context(litellm(llama.root, mock.root))
        for protocol in ("chat", "responses", "messages"):
            await capture(egress, "llamacpp", protocol, llama.base_url, "scripted")
            await capture(egress, "litellm", protocol, proxy.base_url(protocol), "llamacpp")
            await capture(egress, "litellm-claude", protocol, proxy.base_url(protocol), "claude")
        for protocol in ("chat", "responses", "messages", "ollama", "gemini"):
            await capture(egress, "aimock", protocol, mock.base_url(protocol), "test-model")
    await egress.aclose()


if __name__ == "__main__":
    asyncio.run(main())
