"""Checks 3, 4, 5, 9, 10, 11, 12 and 15 on the wire forms that servers really send."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import BadReply, ModelError, Overloaded, RateLimited, StreamCut, Unauthorized
from assistant.models.dialect import Target
from assistant.types import Opaque, Stop, ToolCall, ToolCallDelta, Usage
from tests.assistant.models.asking import calls, decode, delta, sse, text, thinking


def tool(index: int | None, id: str | None, name: str | None, arguments: Any) -> dict[str, Any]:
    piece: dict[str, Any] = {"function": {"arguments": arguments}}
    if index is not None:
        piece["index"] = index
    if id is not None:
        piece["id"] = id
    if name is not None:
        piece["function"]["name"] = name
    return delta(tool_calls=[piece])


TWO = [("a", {"x": 1}), ("b", {"y": 2})]


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param(
            [tool(0, "1", "a", '{"x"'), tool(0, None, None, ":1}"), tool(1, "2", "b", '{"y":2}')],
            id="as documented",
        ),
        pytest.param(
            [tool(0, "1", "a", '{"x":1}'), tool(0, "2", "b", '{"y":2}')], id="index always 0"
        ),
        pytest.param(
            [tool(0, None, "a", '{"x":1}'), tool(0, None, "b", '{"y":2}')], id="no ids, index 0"
        ),
        pytest.param(
            [tool(None, None, "a", '{"x":1}'), tool(None, None, "b", '{"y":2}')], id="nothing"
        ),
        pytest.param(
            [
                tool(None, "1", "a", '{"x"'),
                tool(None, "1", None, ":1}"),
                tool(None, "2", "b", '{"y":2}'),
            ],
            id="ids only",
        ),
        pytest.param(
            [tool(0, "1", "a", {"x": 1}), tool(1, "2", "b", {"y": 2})], id="arguments as objects"
        ),
        pytest.param(
            [
                tool(0, "1", "a", ""),
                tool(1, "2", "b", ""),
                tool(1, None, None, '{"y":2}'),
                tool(0, None, None, '{"x":1}'),
            ],
            id="interleaved",
        ),
        pytest.param(
            [
                tool(0, "1", "a", '{"x"'),
                tool(0, "1", "a", ":1}"),
                tool(1, "2", "b", '{"y":2}'),
            ],
            id="name and id repeated",
        ),
    ],
)
@pytest.mark.parametrize("finish", ["tool_calls", "stop", "function_call"])
def test_checks_3_and_4_two_calls_are_two_calls_in_order(
    pieces: list[dict[str, Any]], finish: str
) -> None:
    events = decode("chat", sse(*pieces, delta(finish=finish)))
    assert calls(events) == TWO
    assert events[-1] == Stop("tool_calls")
    ids = [e.id for e in events if isinstance(e, ToolCall)]
    assert len(set(ids)) == 2
    keys = [e.key for e in events if isinstance(e, ToolCallDelta)]
    assert set(keys) == set(ids)


@pytest.mark.parametrize(
    "chunks",
    [
        [delta(reasoning_content="Hm."), delta(content="Yes")],
        [delta(reasoning="Hm."), delta(content="Yes")],
        [delta(reasoning="Hm.", reasoning_content="Hm."), delta(content="Yes")],
        [
            delta(reasoning_details=[{"type": "reasoning.text", "text": "Hm."}]),
            delta(content="Yes"),
        ],
        [delta(content="<think>"), delta(content="\nHm.</thi"), delta(content="nk>\n\nYes")],
        [delta(content="\n<think>Hm.</think>Yes")],
        [
            delta(content=[{"type": "thinking", "thinking": [{"text": "Hm."}]}]),
            delta(content="Yes"),
        ],
        [delta(content=None, reasoning_content="Hm."), delta(content=[{"text": "Yes"}])],
    ],
)
def test_check_5_every_form_of_thinking_is_thinking_and_never_answer(
    chunks: list[dict[str, Any]],
) -> None:
    events = decode("chat", sse(*chunks, delta(finish="stop")))
    assert thinking(events) == "Hm."
    assert text(events) == "Yes"


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_check_5_a_think_tag_inside_the_answer_stays_there(size: int) -> None:
    said = "Use `<think>` and </think> so: <think>x</think>"
    pieces = [delta(content=said[i : i + size]) for i in range(0, len(said), size)]
    events = decode("chat", sse(*pieces, delta(finish="stop")))
    assert (text(events), thinking(events)) == (said, "")


@pytest.mark.parametrize("size", [1, 2, 3, 5, 100])
def test_inline_thinking_is_the_same_in_any_chunking(size: int) -> None:
    said = "<think>\na < b </th\n</think>\n\n<b>"
    pieces = [delta(content=said[i : i + size]) for i in range(0, len(said), size)]
    events = decode("chat", sse(*pieces, delta(finish="stop")))
    assert (text(events), thinking(events)) == ("<b>", "a < b </th\n")


COUNTS = {
    "prompt_tokens": 10,
    "completion_tokens": 4,
    "prompt_tokens_details": {"cached_tokens": 6},
}


@pytest.mark.parametrize(
    "chunks",
    [
        [delta(finish="stop"), {"choices": [], "usage": COUNTS}],
        [delta(finish="stop"), {**delta(), "usage": COUNTS}],
        [{**delta(finish="stop"), "usage": COUNTS}],
        [{**delta(), "usage": COUNTS}, delta(finish="stop"), {"choices": None, "usage": COUNTS}],
    ],
)
def test_check_9_usage_in_any_chunk_counts_once(chunks: list[dict[str, Any]]) -> None:
    events = decode("chat", sse(delta(content="x"), *chunks))
    assert [e for e in events if isinstance(e, Usage)][-1] == Usage(4, 6, 0, 4)


def test_check_9_usage_that_never_comes_is_not_invented() -> None:
    events = decode("chat", sse(delta(content="x"), delta(finish="stop")))
    assert not [e for e in events if isinstance(e, Usage)]


def test_reasoning_counted_beside_the_answer_is_added() -> None:
    usage = {
        "prompt_tokens": 10,
        "completion_tokens": 4,
        "total_tokens": 20,
        "completion_tokens_details": {"reasoning_tokens": 6},
    }
    events = decode("chat", sse(delta(finish="stop"), {"choices": [], "usage": usage}))
    assert [e for e in events if isinstance(e, Usage)] == [Usage(10, 0, 0, 10, 6)]


def block(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": kind, **fields}


def test_check_10_anthropic_counts_overwrite_and_missing_ones_stay() -> None:
    events = decode(
        "messages",
        sse(
            block(
                "message_start",
                message={
                    "usage": {
                        "input_tokens": 100,
                        "cache_read_input_tokens": 40,
                        "cache_creation_input_tokens": 7,
                        "output_tokens": 1,
                    }
                },
            ),
            block(
                "message_delta",
                delta={"stop_reason": "end_turn"},
                usage={"output_tokens": 25, "input_tokens": None},
            ),
            block("message_stop"),
            done=False,
        ),
    )
    assert [e for e in events if isinstance(e, Usage)][-1] == Usage(100, 40, 7, 25)


def test_check_11_overlapping_blocks_are_put_together_by_index() -> None:
    """As llama.cpp sends them: block 1 starts before block 0 stops, a late empty signature."""
    events = decode(
        "messages",
        sse(
            block("message_start", message={}),
            block("content_block_start", index=0, content_block={"type": "thinking"}),
            block(
                "content_block_delta", index=0, delta={"type": "thinking_delta", "thinking": "H"}
            ),
            block("content_block_start", index=1, content_block={"type": "text", "text": ""}),
            block("content_block_delta", index=1, delta={"type": "text_delta", "text": "Yes"}),
            block(
                "content_block_delta", index=0, delta={"type": "thinking_delta", "thinking": "m"}
            ),
            block(
                "content_block_start",
                index=2,
                content_block={"type": "tool_use", "id": "t", "name": "a"},
            ),
            block(
                "content_block_delta",
                index=2,
                delta={"type": "input_json_delta", "partial_json": '{"x":'},
            ),
            block(
                "content_block_delta", index=0, delta={"type": "signature_delta", "signature": ""}
            ),
            block("content_block_stop", index=0),
            block(
                "content_block_delta",
                index=2,
                delta={"type": "input_json_delta", "partial_json": "1}"},
            ),
            block("message_delta", delta={"stop_reason": "tool_use"}, usage={}),
            block("message_stop"),
            done=False,
        ),
    )
    assert (thinking(events), text(events)) == ("Hm", "Yes")
    assert calls(events) == [("a", {"x": 1})]
    assert not [e for e in events if isinstance(e, Opaque)]


def test_check_12_responses_without_positions_and_numbers() -> None:
    events = decode(
        "responses",
        sse(
            block("response.created", response={}),
            block("response.output_item.added", item={"type": "reasoning", "id": "r"}),
            block("response.reasoning_text.delta", item_id="r", delta="Hm."),
            block("response.output_item.added", item={"type": "message", "id": "m"}),
            block("response.output_text.delta", item_id="m", delta="Yes"),
            block(
                "response.output_item.done",
                item={"type": "reasoning", "id": "r", "encrypted_content": "E=="},
            ),
            block(
                "response.output_item.added",
                item={"type": "function_call", "id": "f", "call_id": "c", "name": "a"},
            ),
            block("response.function_call_arguments.delta", item_id="f", delta='{"x":'),
            block(
                "response.output_item.done",
                item={
                    "type": "function_call",
                    "id": "f",
                    "call_id": "c",
                    "name": "a",
                    "arguments": '{"x":1}',
                },
            ),
            block(
                "response.completed", response={"usage": {"input_tokens": 3, "output_tokens": 2}}
            ),
            done=False,
        ),
    )
    assert (thinking(events), text(events)) == ("Hm.", "Yes")
    assert calls(events) == [("a", {"x": 1})]
    assert [e.data["encrypted_content"] for e in events if isinstance(e, Opaque)] == ["E=="]
    assert events[-1] == Stop("tool_calls")


def test_an_item_that_only_comes_whole_is_shown_once() -> None:
    message = {"type": "message", "id": "m", "content": [{"type": "output_text", "text": "Yes"}]}
    body = sse(
        block("response.output_text.delta", item_id="m", delta="Y"),
        block("response.output_item.done", item=message),
        block(
            "response.incomplete", response={"incomplete_details": {"reason": "max_output_tokens"}}
        ),
        done=False,
    )
    events = decode("responses", body)
    assert text(events) == "Yes"
    assert events[-1] == Stop("length")


def test_ollama_calls_come_whole_and_the_reason_is_corrected() -> None:
    lines = [
        {"message": {"thinking": "Hm."}},
        {"message": {"content": "Y"}},
        {"message": {"tool_calls": [{"function": {"name": "a", "arguments": {"x": 1}}}]}},
        {"message": {"tool_calls": [{"function": {"name": "b", "arguments": {"y": 2}}}]}},
        {"done": True, "done_reason": "stop", "prompt_eval_count": 9, "eval_count": 3},
    ]
    body = "\n".join(json.dumps(line) for line in lines).encode()
    for size in (0, 1, 9):
        events = decode("ollama", body, size)
        assert (thinking(events), text(events), calls(events)) == ("Hm.", "Y", TWO)
        assert Usage(9, output=3) in events
        assert events[-1] == Stop("tool_calls")


def gemini(*parts: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"candidates": [{"content": {"parts": list(parts)}, **more}]}


def test_gemini_parts_thoughts_and_counts() -> None:
    body = sse(
        gemini({"text": "Hm.", "thought": True}),
        gemini({"text": "Y"}),
        gemini({"functionCall": {"name": "a", "args": {"x": 1}}, "thoughtSignature": "S=="}),
        {
            **gemini({"functionCall": {"name": "b", "args": {"y": 2}}}, finishReason="STOP"),
            "usageMetadata": {
                "promptTokenCount": 10,
                "cachedContentTokenCount": 4,
                "candidatesTokenCount": 3,
                "thoughtsTokenCount": 5,
            },
        },
        done=False,
    )
    events = decode("gemini", body)
    assert (thinking(events), text(events), calls(events)) == ("Hm.", "Y", TWO)
    assert Usage(6, 4, 0, 8, 5) in events
    assert events[-1] == Stop("tool_calls")


def test_gemini_as_one_array_is_read_too() -> None:
    body = json.dumps([gemini({"text": "Y"}), gemini({"text": "es"}, finishReason="STOP")]).encode()
    events = decode("gemini", body)
    assert (text(events), events[-1]) == ("Yes", Stop("stop"))


@pytest.mark.parametrize(
    ("protocol", "body", "kind"),
    [
        ("chat", sse({"error": {"message": "x", "type": "server_error"}}), Overloaded),
        ("chat", sse({"error": {"message": "x", "code": 429}}), RateLimited),
        ("chat", sse({"object": "error", "message": "x", "code": 400}), BadReply),
        ("chat", sse(delta(finish="error")), Overloaded),
        ("chat", sse({"error": "invalid_api_key"}), Unauthorized),
        (
            "messages",
            b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error"}}\n\n',
            Overloaded,
        ),
        (
            "responses",
            sse(block("response.failed", response={"error": {"code": "rate_limit_exceeded"}})),
            RateLimited,
        ),
        ("responses", sse(block("error", code="server_error", message="x")), Overloaded),
        ("ollama", b'{"error":"llama runner process has terminated"}\n', Overloaded),
        ("gemini", sse({"error": {"code": 503, "status": "UNAVAILABLE"}}), Overloaded),
        ("chat", b'{"error":{"message":"no credit","code":"insufficient_quota"}}', ModelError),
    ],
)
def test_check_15_errors_inside_the_stream_have_their_type(
    protocol: str, body: bytes, kind: type[ModelError]
) -> None:
    with pytest.raises(kind) as caught:
        decode(protocol, body)
    assert caught.value.cause
    assert caught.value.action


@pytest.mark.parametrize("protocol", ["chat", "responses", "messages", "ollama", "gemini"])
def test_check_13_an_end_without_a_word_of_it_is_a_cut(protocol: str) -> None:
    with pytest.raises(StreamCut):
        decode(protocol, b"")


def test_a_call_cut_off_by_the_token_limit_never_becomes_a_call() -> None:
    events = decode(
        "chat",
        sse(
            tool(0, "1", "a", '{"x":1}'),
            tool(1, "2", "b", '{"y": "half'),
            delta(finish="length"),
        ),
    )
    assert calls(events) == [("a", {"x": 1})]
    assert events[-1] == Stop("length")


def test_a_call_that_is_no_json_is_marked_and_has_no_arguments() -> None:
    events = decode("chat", sse(tool(0, "1", "a", "{x: 1}"), delta(finish="tool_calls")))
    assert [e for e in events if isinstance(e, ToolCall)] == [ToolCall("1", "a", {}, "{x: 1}")]


@pytest.mark.parametrize("arguments", ["", "{}", None, "null", '"{\\"x\\": 1}"'])
def test_odd_but_meaningful_arguments_are_understood(arguments: str | None) -> None:
    events = decode("chat", sse(tool(0, "1", "a", arguments), delta(finish="tool_calls")))
    call = next(e for e in events if isinstance(e, ToolCall))
    assert not call.invalid
    assert call.arguments == ({"x": 1} if arguments and "x" in arguments else {})


def test_unknown_events_and_fields_are_ignored() -> None:
    assert decode("chat", sse({"moderation": {}}, {"x": 1}, delta(finish="stop"))) == [Stop("stop")]
    for protocol, end in (
        ("messages", [block("novelty"), block("message_delta", delta={"stop_reason": "end_turn"})]),
        ("responses", [block("response.novelty"), block("response.completed", response={})]),
    ):
        assert decode(protocol, sse(*end, done=False))[-1] == Stop("stop")


@pytest.mark.parametrize("protocol", ["chat", "responses", "messages", "gemini", "ollama"])
@pytest.mark.parametrize(
    "payload",
    [
        "null",
        "[]",
        "1",
        '"x"',
        '{"choices":3}',
        '{"choices":[null]}',
        '{"candidates":[{}]}',
        '{"choices":[{"delta":{"tool_calls":[null]}}]}',
        '{"type":"content_block_delta"}',
        '{"type":"response.output_item.added"}',
        '{"message":null}',
        "{",
        "<html>",
    ],
)
def test_nonsense_is_an_error_with_a_name_or_is_ignored(protocol: str, payload: str) -> None:
    body = payload.encode() + b"\n" if protocol == "ollama" else sse(payload, done=False)
    with pytest.raises(ModelError):
        decode(protocol, body, target=Target("http://test", "m"))


_NAMES = st.sampled_from(
    [
        "choices",
        "delta",
        "content",
        "tool_calls",
        "function",
        "index",
        "id",
        "name",
        "arguments",
        "usage",
        "type",
        "message",
        "error",
        "content_block",
        "item",
        "response",
        "output",
        "item_id",
        "text",
        "candidates",
        "parts",
        "functionCall",
        "args",
        "done",
        "finish_reason",
        "stop_reason",
        "prompt_tokens",
        "usageMetadata",
        "summary",
        "input_tokens_details",
        "thinking",
        "partial_json",
        "signature",
        "call_id",
        "encrypted_content",
    ]
)
_KINDS = st.sampled_from(
    [
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_start",
        "tool_use",
        "response.output_item.added",
        "response.output_item.done",
        "response.completed",
        "reasoning",
        "message",
        "text",
        "function_call",
        "input_json_delta",
        "thinking",
        "stop",
        "response.failed",
        "signature_delta",
    ]
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 9) | st.floats() | st.text(max_size=5) | _KINDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=5),
    max_leaves=20,
)


@pytest.mark.parametrize("protocol", ["chat", "responses", "messages", "gemini", "ollama"])
@given(payloads=st.lists(st.dictionaries(_NAMES, _JSON, max_size=5), min_size=1, max_size=4))
def test_any_json_gives_events_or_a_named_error(protocol: str, payloads: list[Any]) -> None:
    lines = [json.dumps(p) for p in payloads]
    body = "\n".join(lines).encode() if protocol == "ollama" else sse(*lines, done=False)
    try:
        events = decode(protocol, body)
    except ModelError:
        return
    assert isinstance(events[-1], Stop)
