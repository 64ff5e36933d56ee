"""GGUF files from a model hub: progress, resume, cancel, space, checksum.

Knows no engine and no window.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urljoin, urlsplit

import httpx

from assistant.errors import BadReply, DiskFailed, ModelError, StreamStalled
from assistant.models import failures
from assistant.models.egress import Egress, Outgoing, unreachable
from assistant.models.patience import CalledOff, Patience
from assistant.models.tables import load

_BLOCK = 1 << 20
_SPARE = 512 << 20
_SHA = re.compile(r'^"?([0-9a-f]{64})"?$')


@dataclass(frozen=True, slots=True)
class Downloadable:
    """``size`` in bytes and ``memory`` in GB are for the person; the hub's word counts."""

    key: str
    title: str
    url: str
    size: int
    memory: float
    licence: str
    note: str = ""
    sha256: str = ""

    @property
    def file_name(self) -> str:
        """The name of the file on disk."""
        return urlsplit(self.url).path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Downloading:
    """``done`` of ``total`` bytes (0: not known) at ``speed`` bytes a second; ``note`` says what is
    going on.
    """

    done: int
    total: int
    speed: float = 0.0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Downloaded:
    """The file stands. ``verified``: its SHA-256 is the one that the hub or the table names."""

    path: Path
    verified: bool


@dataclass(slots=True)
class _Facts:
    """What is known of the remote file; kept with the part, so that a resume is of the same."""

    url: str
    sha256: str = ""
    etag: str = ""
    size: int = 0


def catalogue(hub: str = "") -> tuple[Downloadable, ...]:
    """The models on offer; ``hub`` replaces the usual hub by a mirror within reach."""
    table = load("downloads")
    base = (hub or table["hub"]).rstrip("/")
    return tuple(Downloadable(**{**row, "url": base + row["url"]}) for row in table["model"])


class Downloader:
    """Fetches into ``folder``.

    ``hosts`` are the names a redirect may lead to; the first host always may.
    """

    def __init__(
        self,
        egress: Egress,
        folder: Path,
        *,
        hosts: tuple[str, ...] | None = None,
        idle_seconds: float = 30.0,
        attempts: int = 5,
        pause_seconds: float = 1.0,
        free: Callable[[Path], int] = lambda path: shutil.disk_usage(path).free,
    ) -> None:
        self._egress = egress
        self._folder = folder
        self._hosts = tuple(load("downloads")["hosts"]) if hosts is None else hosts
        self._idle = idle_seconds
        self._attempts = attempts
        self._pause = pause_seconds
        self._free = free
        self._turns: dict[str, asyncio.Lock] = {}

    def there(self, model: Downloadable) -> Path | None:
        """The file, when it has been downloaded."""
        path = self._folder / model.file_name
        return path if path.is_file() else None

    def discard(self, model: Downloadable) -> None:
        """Removes a part that was kept for a resume."""
        part = self._part(model)
        part.unlink(missing_ok=True)
        part.with_suffix(".json").unlink(missing_ok=True)

    async def fetch(self, model: Downloadable) -> AsyncGenerator[Downloading | Downloaded, None]:
        """Progress, and last the file.

        Closing or cancelling keeps the part; the next fetch goes on from it.

        Raises DiskFailed, BadReply for a wrong checksum (the part is removed), and ModelError.
        """
        # One that was just stopped still writes down what came: two would mix their bytes.
        turn = self._turns.setdefault(model.file_name, asyncio.Lock())
        async with turn, aclosing(self._fetch(model)) as events:
            async for event in events:
                yield event

    async def _fetch(self, model: Downloadable) -> AsyncGenerator[Downloading | Downloaded, None]:
        done = self.there(model)
        if done is not None:
            yield Downloaded(done, verified=False)
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        failed = 0
        while True:
            before = self._have(model)
            try:
                async with aclosing(self._attempt(model)) as events:
                    async for progress in events:
                        yield progress
                break
            except (DiskFailed, BadReply):
                raise
            except ModelError as error:
                failed = 0 if self._have(model) > before else failed
                failed += 1
                if not error.retryable or failed >= self._attempts:
                    raise
                have = self._have(model)
            yield Downloading(have, model.size, note=f"{error_text(failed, self._attempts)}")
            await asyncio.sleep(self._pause * failed)
        yield await self._finish(model)

    async def _attempt(self, model: Downloadable) -> AsyncGenerator[Downloading, None]:
        facts = self._known(model)
        have = self._have(model) if facts.etag or facts.sha256 else 0
        if facts.size and have >= facts.size:
            return
        patience = Patience()
        url = model.url
        for _ in range(6):
            headers = {"range": f"bytes={have}-"} if have else {}
            get = Outgoing(url, method="GET", headers=headers, answer_seconds=self._idle)
            try:
                async with self._egress.open(get, patience) as response:
                    self._learn(facts, response)
                    if response.is_redirect:
                        url = self._next(url, response, model)
                        continue
                    have = self._accept(response, have, facts, model)
                    self._keep(model, facts)
                    await asyncio.to_thread(self._room, facts.size - have)
                    pieces = self._receive(response, have, facts, model, patience)
                    async with aclosing(pieces) as events:
                        async for progress in events:
                            yield progress
                    return
            except TimeoutError:
                raise StreamStalled(
                    f"{urlsplit(url).netloc} does not answer.", "Try again later."
                ) from None
        raise BadReply(f"{urlsplit(model.url).netloc} redirects without end.", "Try another hub.")

    def _next(self, url: str, response: httpx.Response, model: Downloadable) -> str:
        target = str(urljoin(url, response.headers.get("location", "")))
        parts, first = urlsplit(target), urlsplit(model.url)
        host = (parts.hostname or "").lower()
        known = host == first.hostname or any(fnmatchcase(host, name) for name in self._hosts)
        if not known or (parts.scheme != "https" and parts.scheme != first.scheme):
            raise BadReply(
                f"The hub leads to {parts.scheme}://{host}, which is not one of its servers.",
                "Nothing was downloaded from there.",
            )
        return target

    def _learn(self, facts: _Facts, response: httpx.Response) -> None:
        """The hub names the SHA-256 and size of a stored file in two headers of its redirect."""
        linked = _SHA.match(response.headers.get("x-linked-etag", ""))
        if linked and not facts.sha256:
            facts.sha256 = linked[1]
        size = response.headers.get("x-linked-size", "")
        if size.isdigit():
            facts.size = int(size)

    def _accept(
        self, response: httpx.Response, have: int, facts: _Facts, model: Downloadable
    ) -> int:
        """Where to go on: ``have`` for a partial answer to the same file, else 0."""
        status = response.status_code
        if status == 416:
            self.discard(model)
            raise StreamStalled("The part on disk does not fit the file.", "It starts anew.")
        if status not in (200, 206):
            host = response.url.netloc.decode("ascii", "replace")
            raise failures.from_response(status, b"", response.headers, host)
        etag = response.headers.get("etag", "")
        changed = bool(facts.etag and etag and etag != facts.etag and not facts.sha256)
        start = have
        if status == 206:
            span = re.match(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("content-range", ""))
            if span is None or int(span[1]) != have or changed:
                self.discard(model)
                raise StreamStalled("The server sent another part than asked.", "It starts anew.")
            if span[2] != "*":
                facts.size = int(span[2])
        else:
            start = 0
            length = response.headers.get("content-length", "")
            facts.size = int(length) if length.isdigit() else facts.size
        facts.etag = etag
        return start

    async def _receive(
        self,
        response: httpx.Response,
        have: int,
        facts: _Facts,
        model: Downloadable,
        patience: Patience,
    ) -> AsyncGenerator[Downloading, None]:
        began, start = time.monotonic(), have
        held = bytearray()
        with self._open_part(model, have) as file:
            try:
                async with aclosing(self._chunks(response, model, patience)) as chunks:
                    async for chunk in chunks:
                        held += chunk
                        have += len(chunk)
                        if len(held) >= _BLOCK:
                            block, held = bytes(held), bytearray()
                            await _written(file, block)
                        seconds = time.monotonic() - began
                        speed = (have - start) / seconds if seconds > 0.2 else 0.0
                        yield Downloading(have, facts.size, speed)
            finally:
                # What came before a break, a stall or a cancel counts: the next try goes on.
                _write(file, bytes(held))
        if facts.size and have < facts.size:
            raise StreamStalled(
                f"The download ended {facts.size - have} bytes early.", "Try again."
            )

    async def _chunks(
        self, response: httpx.Response, model: Downloadable, patience: Patience
    ) -> AsyncGenerator[bytes, None]:
        chunks = response.aiter_bytes().__aiter__()
        while True:
            try:
                chunk = await patience.wait(anext(chunks, b""), self._idle)
            except (TimeoutError, CalledOff):
                self._egress.check(model.url)
                raise StreamStalled(
                    f"The download stood still for {self._idle:.0f} seconds.", "Try again."
                ) from None
            except httpx.TransportError as error:
                raise unreachable(str(response.url), error) from None
            if not chunk:
                return
            yield chunk

    async def _finish(self, model: Downloadable) -> Downloaded:
        part, facts = self._part(model), self._known(model)
        wanted = model.sha256 or facts.sha256
        digest, magic = await asyncio.to_thread(_digest, part)
        if magic != b"GGUF" or (wanted and digest != wanted):
            self.discard(model)
            what = "is not a GGUF model" if magic != b"GGUF" else "has a wrong checksum"
            raise BadReply(
                f"The downloaded file {what}; it was removed.",
                "Download it again, or from another hub.",
            )
        path = self._folder / model.file_name
        await asyncio.to_thread(part.replace, path)
        self.discard(model)
        return Downloaded(path, verified=bool(wanted))

    def _room(self, needed: int) -> None:
        free = self._free(self._folder)
        if needed > 0 and free < needed + _SPARE:
            raise DiskFailed(
                f"The disk has {free / 1e9:.1f} GB free; the model needs {needed / 1e9:.1f} GB "
                "and some to spare.",
                "Free some space or choose a smaller model.",
            )

    def _open_part(self, model: Downloadable, have: int) -> BinaryIO:
        part = self._part(model)
        try:
            file = part.open("r+b" if have else "wb")
            file.seek(have)
            file.truncate()
        except OSError as error:
            raise _disk(error) from error
        return file

    def _part(self, model: Downloadable) -> Path:
        return self._folder / f"{model.file_name}.part"

    def _have(self, model: Downloadable) -> int:
        part = self._part(model)
        return part.stat().st_size if part.exists() else 0

    def _known(self, model: Downloadable) -> _Facts:
        try:
            facts = _Facts(**json.loads(self._part(model).with_suffix(".json").read_text()))
        except (OSError, ValueError, TypeError):
            return _Facts(model.url, model.sha256)
        if facts.url == model.url and (not model.sha256 or facts.sha256 == model.sha256):
            return facts
        return _Facts(model.url, model.sha256)

    def _keep(self, model: Downloadable, facts: _Facts) -> None:
        kept = {"url": facts.url, "sha256": facts.sha256, "etag": facts.etag, "size": facts.size}
        try:
            self._part(model).with_suffix(".json").write_text(json.dumps(kept))
        except OSError as error:
            raise _disk(error) from error


def error_text(failed: int, attempts: int) -> str:
    """What the person reads while a broken download waits to go on."""
    return f"the connection broke; trying again ({failed} of {attempts - 1})"


def from_address(url: str) -> Downloadable:
    """Any other GGUF file by its address."""
    base = Downloadable("custom", urlsplit(url).path.rpartition("/")[2], url, 0, 0.0, "not known")
    return replace(base, note="chosen by its address")


async def _written(file: BinaryIO, block: bytes) -> None:
    """Writes off the loop; a cancel waits for the write, so that the part on disk has no gap."""
    writing = asyncio.ensure_future(asyncio.to_thread(_write, file, block))
    try:
        await asyncio.shield(writing)
    except asyncio.CancelledError:
        await writing
        raise


def _write(file: BinaryIO, chunk: bytes) -> None:
    try:
        file.write(chunk)
    except OSError as error:
        raise _disk(error) from error


def _digest(path: Path) -> tuple[str, bytes]:
    total = hashlib.sha256()
    try:
        with path.open("r+b") as file:
            magic = file.read(4)
            file.seek(0)
            while block := file.read(_BLOCK):
                total.update(block)
            os.fsync(file.fileno())
    except OSError as error:
        raise _disk(error) from error
    return total.hexdigest(), magic


def _disk(error: OSError) -> DiskFailed:
    return DiskFailed(
        f"The model cannot be written ({error.strerror or error}).", "Check the disk."
    )
