"""Peers that are heavy to install: aimock (npm), the litellm proxy (pip). Starts them, no more.

aimock is installed by npm into a folder under the temporary one, once; where there is no Node its
tests are skipped. litellm takes 740 MB and is never installed by a test: GALLEY_LITELLM names its
program.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

AIMOCK = "1.43.0"
_FIXTURES = Path(__file__).with_name("aimock_fixtures.json")
LITELLM_KEY = "sk-local-1234"


@dataclass(frozen=True)
class Peer:
    """Where a peer listens."""

    root: str

    def base_url(self, protocol: str) -> str:
        """The base address of one protocol."""
        return self.root + {"gemini": "/v1beta", "ollama": ""}.get(protocol, "/v1")

    def get(self, path: str) -> Any:
        with urllib.request.urlopen(self.root + path, timeout=10) as answer:
            return json.load(answer)

    def post(self, path: str, body: Any, method: str = "POST") -> None:
        request = urllib.request.Request(
            self.root + path,
            json.dumps(body).encode(),
            {"content-type": "application/json"},
            method=method,
        )
        urllib.request.urlopen(request, timeout=10).close()


@contextmanager
def aimock() -> Iterator[Peer]:
    """The aimock server with this folder's fixtures; skips the test where it cannot be had."""
    program = _aimock_program()
    port = _free_port()
    with _running(
        ["node", str(program), "-p", str(port), "-f", str(_FIXTURES)], f"http://127.0.0.1:{port}"
    ) as peer:
        yield peer


@contextmanager
def litellm(llama: str, mock: str) -> Iterator[Peer]:
    """The litellm proxy in front of a llama.cpp server and aimock."""
    program = os.environ.get("GALLEY_LITELLM") or shutil.which("litellm")
    if not program:
        pytest.skip("litellm is not installed (GALLEY_LITELLM names its program)")
    port = _free_port()
    models = {
        "llamacpp": {"model": "openai/scripted", "api_base": f"{llama}/v1", "api_key": "x"},
        "claude": {"model": "anthropic/claude-x", "api_base": mock, "api_key": "x"},
        "limited": {
            "model": "openai/mock",
            "api_key": "x",
            "mock_response": "litellm.RateLimitError",
        },
        "narrow": {
            "model": "openai/mock",
            "api_key": "x",
            "mock_response": "litellm.ContextWindowExceededError",
        },
    }
    config = {
        "model_list": [{"model_name": n, "litellm_params": p} for n, p in models.items()],
        "general_settings": {"master_key": LITELLM_KEY},
        "litellm_settings": {"num_retries": 0, "telemetry": False},
    }
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        json.dump(config, file)  # JSON is YAML.
        file.flush()
        command = [program, "--config", file.name, "--port", str(port), "--host", "127.0.0.1"]
        more = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_LOG": "ERROR"}
        with _running(command, f"http://127.0.0.1:{port}", more, "/health/liveliness") as peer:
            yield peer


@contextmanager
def _running(
    command: list[str], root: str, environment: dict[str, str] | None = None, path: str = "/"
) -> Iterator[Peer]:
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **(environment or {})},
    )
    try:
        _wait(process, root + path)
        yield Peer(root)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + 90
    while process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
    raise RuntimeError(f"the peer ended with {process.returncode}")


def _aimock_program() -> Path:
    folder = Path(tempfile.gettempdir()) / f"galley-aimock-{AIMOCK}"
    program = folder / "node_modules" / "@copilotkit" / "aimock" / "dist" / "cli.js"
    if program.exists():
        return program
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("Node is not installed")
    home = os.environ.get("GALLEY_REAL_HOME", str(folder))
    done = subprocess.run(
        [npm, "install", "--prefix", str(folder), "--no-audit", f"@copilotkit/aimock@{AIMOCK}"],
        capture_output=True,
        text=True,
        env={**os.environ, "HOME": home},
        timeout=300,
    )
    if done.returncode or not program.exists():
        pytest.skip(f"aimock could not be installed: {done.stderr[-200:]}")
    return program


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if sys.platform == "win32":
    pytest.skip("these peers run on POSIX only", allow_module_level=True)
