"""One scripted llama.cpp server for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.assistant.models.asking import PARALLEL
from tests.peers.scripted import Line, ScriptedServer, gguf_of, said, serve

LONG = " ".join(f"word{n}" for n in range(300))
SCRIPT = (
    Line(PARALLEL, "'parallel' in lu and nt == 0"),
    Line("Both files were read in one step.", "'parallel' in lu"),
    said("think", "<think>\nLet me reason about this for a moment.\n</think>\n\nThe answer is 42."),
    said("long", LONG, chunk=7),
    Line("Hello from the scripted model — ünïcode 🎉 ok?"),
)


@pytest.fixture(scope="session")
def llama() -> Iterator[ScriptedServer]:
    with serve(gguf_of(SCRIPT), context=8_192) as server:
        yield server
