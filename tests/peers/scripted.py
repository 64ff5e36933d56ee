"""A real llama.cpp server on loopback that says what a test's script says, as the fixture
``scripted_server``.

    from tests.peers.scripted import Line, said, scripted_server   # in any test module or conftest

    def test_x(scripted_server):
        server = scripted_server([said("fix the bug", "Fixed: it adds."), Line("Hello there.")])
        server.base_url      # http://127.0.0.1:PORT/v1 for Chat Completions, Responses and Messages
        server.connection()  # an assistant.models Connection to it

A server lives as long as its test; ``with serve(path)`` holds one longer. The GGUF of a script is
written once a session.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from assistant.models.connection import Connection
from tests.peers import scripted_gguf
from tests.peers.scripted_gguf import Line, said

__all__ = ["Line", "ScriptedServer", "gguf_of", "said", "scripted_server", "serve"]

_SERVER = """
import json, os, sys, threading
import xllamacpp as x
wish = json.loads(sys.stdin.readline())
p = x.CommonParams()
p.model.path = wish["path"]; p.n_ctx = wish["context"]; p.n_parallel = 2
p.hostnames = ["127.0.0.1"]; p.port = 0; p.use_jinja = True
p.endpoint_props = p.endpoint_metrics = p.endpoint_slots = True
p.cpuparams.n_threads = 1; p.cpuparams_batch.n_threads = 1; p.n_threads_http = 4; p.warmup = False
p.verbosity = 0
if wish["ping"]: p.sse_ping_interval = wish["ping"]
if wish["key"]: p.api_keys = [wish["key"]]
server = x.Server(p)
print("READY " + server.listening_address, flush=True)
sys.stdin.read()
os._exit(0)
"""


@dataclass(frozen=True)
class ScriptedServer:
    """Where it listens. ``key`` is empty unless the server was started with one."""

    root: str
    process: subprocess.Popen[bytes]
    key: str = ""
    model: str = "scripted"

    @property
    def base_url(self) -> str:
        return f"{self.root}/v1"

    def connection(self, protocol: str = "chat", **more: Any) -> Connection:
        """A connection to it over one of chat, responses, messages."""
        return Connection(
            "scripted", protocol, self.base_url, self.model, preset="llamacpp", **more
        )

    def get(self, path: str) -> Any:
        """The JSON at a path such as ``/slots`` or ``/props``."""
        request = urllib.request.Request(self.root + path)
        if self.key:
            request.add_header("authorization", f"Bearer {self.key}")
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def busy(self) -> bool:
        """Whether it still works on a request."""
        return any(slot["is_processing"] for slot in self.get("/slots"))

    def kill(self) -> None:
        """The server dies as a crashed one does."""
        self.process.kill()
        self.process.wait()


def gguf_of(script: Sequence[Line], folder: Path | None = None) -> Path:
    """The model file of a script, written once for each user and script."""
    text = json.dumps([[line.say, line.when, line.chunk] for line in script])
    source = Path(scripted_gguf.__file__).read_bytes()
    name = hashlib.sha256(text.encode() + source).hexdigest()[:20]
    folder = folder or Path(tempfile.gettempdir()) / "galley-scripted"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.gguf"
    if not path.exists():
        with tempfile.NamedTemporaryFile(dir=folder, suffix=".part", delete=False) as part:
            part.close()
            scripted_gguf.write(script, Path(part.name))
            Path(part.name).replace(path)
    return path


@contextmanager
def serve(
    model: Path, *, context: int = 16_384, ping: int = 0, key: str = ""
) -> Iterator[ScriptedServer]:
    """Runs the server in a process of its own until the block ends.

    ``ping``: seconds between comments.
    """
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", _SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    wish = {"path": str(model), "context": context, "ping": ping, "key": key}
    process.stdin.write(json.dumps(wish).encode() + b"\n")
    process.stdin.flush()
    try:
        lines = iter(process.stdout.readline, b"")
        address = next((line[6:] for line in lines if line.startswith(b"READY ")), None)
        assert address is not None, f"llama.cpp ended with {process.wait()} before it was ready"
        server = ScriptedServer(address.decode().strip().rstrip("/"), process, key)
        _wait_ready(server)
        yield server
    finally:
        process.stdin.close()
        process.stdout.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_ready(server: ScriptedServer) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            server.get("/health")
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


@pytest.fixture
def scripted_server() -> Iterator[Callable[..., ScriptedServer]]:
    """``scripted_server(script, context=…, ping=…, key=…)`` starts a server that ends with the
    test.
    """
    with ExitStack() as stack:

        def start(script: Sequence[Line], **more: Any) -> ScriptedServer:
            return stack.enter_context(serve(gguf_of(script), **more))

        yield start
