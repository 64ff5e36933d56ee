"""A model hub on loopback that redirects, stalls, breaks, lies and corrupts."""

from __future__ import annotations

import asyncio
import hashlib
import random

from tests.peers.raw import Heard, Line

FILE = b"GGUF" + random.Random(7).randbytes(3_000_000)
SHA = hashlib.sha256(FILE).hexdigest()


class Hub:
    """Serves one file with ranges; ``trouble`` is what happens to each download in turn: breaks,
    stalls, corrupts, ignores ranges, 404, 503.
    """

    def __init__(
        self, *trouble: str, data: bytes = FILE, sha: str = "", linked: bool = True
    ) -> None:
        self.data = data
        self.trouble = list(trouble)
        self.sha = sha or hashlib.sha256(data).hexdigest()
        self.linked = linked
        self.ranges: list[str] = []
        self.base = ""

    async def __call__(self, heard: Heard, line: Line) -> None:
        assert not {"authorization", "cookie"} & set(heard.headers)
        if "/resolve/" in heard.path:
            named = {"x_linked_etag": f'"{self.sha}"', "x_linked_size": str(len(self.data))}
            where = heard.path.replace("resolve", "cdn")
            await line.answer(302, b"", location=where, **(named if self.linked else {}))
            return
        self.ranges.append(heard.headers.get("range", ""))
        trouble = self.trouble.pop(0) if self.trouble else ""
        start = int(self.ranges[-1][6:-1]) if self.ranges[-1] else 0
        if trouble == "ignores ranges":
            start = 0
        if start >= len(self.data):
            await line.answer(416)
            return
        if trouble in ("404", "503"):
            await line.answer(int(trouble))
            return
        data = self.data[start:]
        if trouble == "corrupts":
            data = data[:-5] + bytes(255 - byte for byte in data[-5:])
        size = {"content_length": str(len(data)), "etag": '"v1"'}
        if start:
            size["content_range"] = f"bytes {start}-{len(self.data) - 1}/{len(self.data)}"
        head = "\r\n".join(f"{k.replace('_', '-')}: {v}" for k, v in size.items())
        line.writer.write(f"HTTP/1.1 {206 if start else 200} X\r\n{head}\r\n\r\n".encode())
        if trouble in ("breaks", "stalls"):
            line.writer.write(data[: min(1_000_000, len(self.data) // 3)])
            await line.writer.drain()
            await asyncio.sleep(0.1)
            if trouble == "stalls":
                await asyncio.sleep(30)
            line.reset()
            return
        line.writer.write(data)
        await line.writer.drain()
