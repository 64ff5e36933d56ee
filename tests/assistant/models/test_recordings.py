"""Real streams of three servers, as captured, read the same in every chunking; they always run."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.types import Stop, Usage
from tests.assistant.models.asking import calls, decode, text, thinking
from tests.peers import record

FILES = sorted(record.FOLDER.glob("*.txt"))
BOTH = [("read_file", {"path": "one.txt"}), ("read_file", {"path": "two.txt"})]
HELLO = {
    "llamacpp": "Hello from the scripted model — ünïcode 🎉 ok?",
    "litellm": "Hello from the scripted model — ünïcode 🎉 ok?",
    "litellm-claude": "Hello from aimock — ünïcode 🎉 reply.",
    "aimock": "Hello from aimock — ünïcode 🎉 reply.",
}
# litellm drops llama.cpp's thinking when it translates to Messages.
SILENT = {"litellm.messages.think"}


def test_every_peer_protocol_and_case_is_recorded() -> None:
    names = {path.stem for path in FILES}
    assert len(names) == 42
    for protocol in ("chat", "responses", "messages", "ollama", "gemini"):
        assert {f"aimock.{protocol}.{case}" for case in record.CASES} <= names


@pytest.mark.parametrize("size", [0, 1, 7])
@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_checks_1_2_and_3_a_recorded_stream_says_what_was_said(path: Path, size: int) -> None:
    peer, protocol, case = path.stem.split(".")
    events = decode(protocol, path.read_bytes(), size)
    match case:
        case "text":
            assert text(events) == HELLO[peer]
            assert thinking(events) == ""
            assert events[-1] == Stop("stop")
        case "think":
            assert text(events) == "The answer is 42."
            assert ("Let me reason about" in thinking(events)) is (path.stem not in SILENT)
            assert events[-1] == Stop("stop")
        case "parallel":
            assert calls(events) == BOTH
            assert events[-1] == Stop("tool_calls")


@pytest.mark.parametrize(
    "path", [p for p in FILES if p.stem.startswith("ll")], ids=lambda p: p.stem
)
def test_check_9_recorded_counts_are_read(path: Path) -> None:
    usage = [e for e in decode(path.stem.split(".")[1], path.read_bytes()) if isinstance(e, Usage)]
    assert usage[-1].output > 0
    assert usage[-1].input + usage[-1].cache_read > 10


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_check_13_no_cut_of_a_recording_makes_a_call_or_a_false_end(path: Path) -> None:
    """Wherever the line breaks, a reply is either complete or an error; there is no third thing."""
    from assistant.errors import BadReply, StreamCut

    _, protocol, case = path.stem.split(".")
    body = path.read_bytes()
    whole = decode(protocol, body)
    for place in range(0, len(body), 37):
        try:
            events = decode(protocol, body[:place])
        except (StreamCut, BadReply):
            continue
        assert events[-1] == whole[-1]
        assert text(events) == text(whole)
        if case == "parallel":
            assert calls(events) == BOTH
