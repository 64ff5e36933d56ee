"""Checks 6 and 7: any chunking, any line end, any legal character gives the same frames."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.models.egress import Egress
from assistant.models.sse import Frame, NDJSONDecoder, SniffingDecoder, SSEDecoder
from assistant.types import TextDelta
from tests.assistant.models.asking import ask, collect, decode, delta, model, run, sse, text
from tests.peers.raw import Heard, Line, raw_server

ODD = "a\u2028b\u2029c\u0085d\x0be\x0cf\x1cg 🎉 é"


def frames(body: bytes, size: int = 1, kind: type = SSEDecoder) -> list[Frame]:
    decoder = kind()
    found = []
    for start in range(0, len(body), size):
        found += decoder.feed(body[start : start + size])
    return found + decoder.close()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'data: {"t":1}\r\n\r\ndata: {"t":2}\r\n\r\n', ['{"t":1}', '{"t":2}']),
        (b'data: {"t":1}\r\rdata: {"t":2}\r\r', ['{"t":1}', '{"t":2}']),
        (b'data: {"t":\ndata: 1}\n\n', ['{"t":\n1}']),
        (b'data:{"t":1}\n\n', ['{"t":1}']),
        (b'\xef\xbb\xbfdata: {"t":1}\n\n', ['{"t":1}']),
        (b'data: {"t":1}\n\ndata: [DONE]', ['{"t":1}', "[DONE]"]),
        (b'id: 1\nretry: 10\nevent: x\ndata: {"t":1}\n\n', ['{"t":1}']),
        (f"data: {ODD}\n\n".encode(), [ODD]),
        (b"data\n\n", [""]),
        (b"data: a\r\n", ["a"]),
        (b"\n\n\ndata: a\n\n\n\n", ["a"]),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_check_6_every_form_of_the_stream_gives_the_same_payloads(
    body: bytes, expected: list[str], size: int
) -> None:
    assert [f.data for f in frames(body, size)] == expected


def test_the_event_name_is_that_of_its_own_event_only() -> None:
    found = frames(b"event: x\ndata: 1\n\ndata: 2\n\nevent: y\n\ndata: 3\n\n")
    assert [(f.event, f.data) for f in found] == [("x", "1"), ("", "2"), ("", "3")]


def test_check_8_a_comment_is_a_frame_of_its_own() -> None:
    found = frames(b': ping\n\n: OPENROUTER PROCESSING\n\ndata: {"t":1}\n\n')
    assert [f.comment for f in found] == [True, True, False]


@given(
    texts=st.lists(st.text(max_size=40), max_size=6),
    cuts=st.lists(st.integers(0, 400), max_size=12),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_any_chunking_gives_the_same_frames(texts: list[str], cuts: list[int], end: str) -> None:
    body = "".join(f"data: {json.dumps(t, ensure_ascii=False)}{end}{end}" for t in texts).encode(
        "utf-8", "replace"
    )
    decoder = SSEDecoder()
    found: list[Frame] = []
    edges = sorted({0, len(body), *[c for c in cuts if c < len(body)]})
    for start, stop in itertools.pairwise(edges):
        found += decoder.feed(body[start:stop])
    found += decoder.close()
    assert found == frames(body, max(len(body), 1))
    assert len(found) == len(texts)


@given(st.integers(1, 7), st.text(min_size=1, max_size=50))
def test_check_7_characters_survive_any_cut(size: int, words: str) -> None:
    words = words.encode("utf-8", "replace").decode() + "🎉"
    body = sse(delta(content=words[:3]), delta(content=words[3:]), delta(finish="stop"))
    assert text(decode("chat", body, size)) == text(decode("chat", body)) == words.lstrip() or (
        text(decode("chat", body, size)) == words
    )


def test_check_7_a_character_split_into_two_escapes_in_two_events_is_whole() -> None:
    async def work(egress: Egress) -> None:
        async def handle(heard: Heard, line: Line) -> None:
            first, second = (
                '{"choices":[{"delta":{"content":"' + half + '"}}]}'
                for half in ("ok \\ud83c", "\\udf89 lone \\udc80")
            )
            await line.stream(sse(first, second, delta(finish="stop")))

        async with raw_server(handle) as server:
            events = await collect(model(server.url, egress), ask("hi"))
        assert text(events) == "ok 🎉 lone \ufffd"

    run(work)


def test_json_lines_split_at_newlines_only() -> None:
    body = f'{{"a":"{ODD[:4]}"}}\n\n{{"b":1}}\r\n{{"c":2}}'.encode()
    for size in (1, 5, 100):
        assert [f.data for f in frames(body, size, NDJSONDecoder)] == [
            f'{{"a":"{ODD[:4]}"}}',
            '{"b":1}',
            '{"c":2}',
        ]


@pytest.mark.parametrize("size", [1, 2, 7, 500])
def test_a_document_instead_of_a_stream_is_recognised_by_its_body(size: int) -> None:
    assert frames(b'\xef\xbb\xbf\n {"a":\n1}\n', size, SniffingDecoder) == [
        Frame("document", '{"a":\n1}')
    ]
    assert frames(b"<html>no</html>", size, SniffingDecoder) == [Frame("page", "<html>no</html>")]
    assert [f.data for f in frames(b"\ndata: 1\n\n", size, SniffingDecoder)] == ["1"]
    assert frames(b"", 1, SniffingDecoder) == []


def test_a_long_line_in_single_bytes_is_linear() -> None:
    decoder = SSEDecoder()
    body = b"data: " + b"x" * 200_000 + b"\n\n"
    found = [f for byte in body for f in decoder.feed(bytes([byte]))]
    assert len(found[0].data) == 200_000


def test_a_whole_answer_where_a_stream_was_asked_for_is_read() -> None:
    body = json.dumps(
        {
            "choices": [{"message": {"content": "whole"}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 3, "completion_tokens": 1},
        }
    ).encode()
    events = decode("chat", body)
    assert events[0] == TextDelta("whole")
