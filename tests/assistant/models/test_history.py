"""Checks 22, 23 and 24: opaque items go back unchanged, to nobody else; the prefix is stable."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.models.connection import dialect
from assistant.models.dialect import Target, encode
from assistant.models.history import INTERRUPTED, merged, repaired
from assistant.models.reply import Reply
from assistant.types import (
    Image,
    Message,
    ModelRequest,
    Opaque,
    Role,
    Stop,
    Text,
    TextDelta,
    Thinking,
    ToolCall,
    ToolCallDelta,
    ToolResult,
    ToolSpec,
)
from tests.assistant.models.asking import READ, ask, decode, delta, reply, sse

MINE = Target("http://mine", "model-a", origin="mine a")
OTHER = Target("http://mine", "model-b", origin="mine b")
QUIRKY = replace(MINE, quirks={"reasoning_back": True})


def block(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": kind, **fields}


SIGNED = sse(
    block("content_block_start", index=0, content_block={"type": "thinking", "thinking": ""}),
    block("content_block_delta", index=0, delta={"type": "thinking_delta", "thinking": "Hm é."}),
    block(
        "content_block_delta", index=0, delta={"type": "signature_delta", "signature": "SIG+/=="}
    ),
    block("content_block_stop", index=0),
    block(
        "content_block_start", index=1, content_block={"type": "redacted_thinking", "data": "RED=="}
    ),
    block("content_block_stop", index=1),
    block(
        "content_block_start",
        index=2,
        content_block={"type": "tool_use", "id": "c1", "name": "read_file", "input": {}},
    ),
    block(
        "content_block_delta",
        index=2,
        delta={"type": "input_json_delta", "partial_json": '{"path": "a"}'},
    ),
    block("message_delta", delta={"stop_reason": "tool_use"}, usage={"output_tokens": 3}),
    block("message_stop"),
    done=False,
)
REASONED = sse(
    block(
        "response.output_item.done",
        item={"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "ENC+/=="},
    ),
    block(
        "response.output_item.added",
        item={"type": "function_call", "id": "f", "call_id": "c1", "name": "read_file"},
    ),
    block(
        "response.output_item.done",
        item={
            "type": "function_call",
            "id": "f",
            "call_id": "c1",
            "name": "read_file",
            "arguments": '{"path": "a"}',
        },
    ),
    block("response.completed", response={}),
    done=False,
)
SIGNATURES = sse(
    {
        "candidates": [
            {
                "content": {
                    "parts": [
                        {"text": "One."},
                        {"text": "Two.", "thoughtSignature": "T1=="},
                        {
                            "functionCall": {"name": "read_file", "args": {"path": "a"}},
                            "thoughtSignature": "T2==",
                        },
                        {"functionCall": {"name": "read_file", "args": {"path": "b"}}},
                    ]
                },
                "finishReason": "STOP",
            }
        ]
    },
    done=False,
)
REASONING = sse(
    delta(reasoning_content="Hm"),
    delta(reasoning_content=" é."),
    delta(
        tool_calls=[
            {
                "index": 0,
                "id": "c1",
                "function": {"name": "read_file", "arguments": '{"path": "a"}'},
            }
        ]
    ),
    delta(finish="tool_calls"),
)
DETAILS = sse(
    delta(reasoning_details=[{"type": "reasoning.encrypted", "data": "D=="}]),
    delta(content="Yes"),
    delta(finish="stop"),
)


def next_request(protocol: str, body: bytes, target: Target, to: Target) -> dict[str, Any]:
    said = reply(decode(protocol, body, target=target)).message()
    calls = [p for p in said.parts if isinstance(p, ToolCall)]
    results = Message(Role.TOOL, tuple(ToolResult(c.id, c.name, "text") for c in calls))
    first = ask("go", READ)
    whole = (*first.messages, said, *([results] if calls else []))
    return dialect(protocol).body(replace(first, messages=whole), to)


def test_check_22_anthropic_thinking_goes_back_byte_for_byte() -> None:
    body = next_request("messages", SIGNED, MINE, MINE)
    assert body["messages"][1]["content"] == [
        {"type": "thinking", "thinking": "Hm é.", "signature": "SIG+/=="},
        {"type": "redacted_thinking", "data": "RED=="},
        {"type": "tool_use", "id": "c1", "name": "read_file", "input": {"path": "a"}},
    ]
    assert body["messages"][2]["role"] == "user"


def test_check_22_encrypted_reasoning_goes_back_byte_for_byte() -> None:
    body = next_request("responses", REASONED, MINE, MINE)
    assert body["input"][1:] == [
        {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "ENC+/=="},
        {
            "type": "function_call",
            "call_id": "c1",
            "name": "read_file",
            "arguments": '{"path": "a"}',
        },
        {"type": "function_call_output", "call_id": "c1", "output": "text"},
    ]


def test_check_22_thought_signatures_go_back_on_their_own_part() -> None:
    body = next_request("gemini", SIGNATURES, MINE, MINE)
    assert body["contents"][1]["parts"] == [
        {"text": "One."},
        {"text": "Two.", "thoughtSignature": "T1=="},
        {"functionCall": {"name": "read_file", "args": {"path": "a"}}, "thoughtSignature": "T2=="},
        {"functionCall": {"name": "read_file", "args": {"path": "b"}}},
    ]
    assert [list(p["functionResponse"]) for p in body["contents"][2]["parts"]] == [
        ["name", "response"]
    ] * 2


def test_check_22_reasoning_content_goes_back_with_calls_even_empty() -> None:
    body = next_request("chat", REASONING, QUIRKY, QUIRKY)
    assert body["messages"][1]["reasoning_content"] == "Hm é."
    silent = Message(Role.ASSISTANT, (ToolCall("c", "read_file", {}),))
    sent = dialect("chat").body(ModelRequest((silent,)), QUIRKY)
    assert sent["messages"][0]["reasoning_content"] == ""


def test_check_22_reasoning_details_go_back() -> None:
    body = next_request("chat", DETAILS, MINE, MINE)
    assert body["messages"][1]["reasoning_details"] == [
        {"type": "reasoning.encrypted", "data": "D=="}
    ]


@pytest.mark.parametrize(
    ("protocol", "body"),
    [("messages", SIGNED), ("responses", REASONED), ("gemini", SIGNATURES), ("chat", DETAILS)],
)
def test_check_23_another_model_never_gets_them(protocol: str, body: bytes) -> None:
    sent = encode(next_request(protocol, body, MINE, OTHER)).decode()
    for secret in ("SIG", "RED==", "ENC", "T1==", "T2==", "D==", "Hm"):
        assert secret not in sent
    for other in ("chat", "responses", "messages", "ollama", "gemini"):
        said = reply(decode(protocol, body, target=MINE)).message()
        whole = dialect(other).body(ModelRequest((*ask("go").messages, said)), OTHER)
        assert "==" not in encode(whole).decode()


@pytest.mark.parametrize("protocol", ["chat", "responses", "messages", "gemini"])
def test_check_24_the_prefix_is_byte_identical_over_ten_turns(protocol: str) -> None:
    tools = (ToolSpec("zeta", "Z.", {"type": "object"}), READ)
    messages = [Message(Role.SYSTEM, (Text("You edit."),)), *ask("turn 0").messages]
    heads = set()
    earlier: list[Any] = []
    for turn in range(10):
        order = tools if turn % 2 else tools[::-1]
        body = dialect(protocol).body(
            ModelRequest(tuple(messages), tools=order, cache_key="s"), MINE
        )
        history = body.get("messages") or body.get("input") or body["contents"]
        assert history[: len(earlier)] == earlier
        earlier = list(history)
        text = encode(body).decode()
        heads.add(text[: text.index("turn 0")])
        messages += [
            Message(Role.ASSISTANT, (Text(f"said {turn}"),)),
            *ask(f"turn {turn + 1}").messages,
        ]
    assert len(heads) == 1


def test_anthropic_cache_marks_stand_at_the_system_and_the_last_two_turns() -> None:
    target = replace(MINE, quirks={"cache_control": True})
    messages = [Message(Role.SYSTEM, (Text("S"),))]
    for turn in range(4):
        messages += [*ask(f"t{turn}").messages, Message(Role.ASSISTANT, (Text("a"),))]
    body = dialect("messages").body(ModelRequest(tuple(messages[:-1]), tools=(READ,)), target)
    assert json.dumps(body).count("cache_control") == 3
    assert "cache_control" in body["messages"][-1]["content"][-1]


def call(name: str) -> ToolCall:
    return ToolCall(name, "read_file", {"path": name})


def result(name: str) -> ToolResult:
    return ToolResult(name, "read_file", "text")


def test_an_unanswered_call_is_answered_as_interrupted() -> None:
    fixed = repaired(
        [Message(Role.ASSISTANT, (call("a"), call("b"))), Message(Role.TOOL, (result("b"),))]
    )
    assert [p.call_id for p in fixed[1].parts if isinstance(p, ToolResult)] == ["a", "b"]
    assert fixed[1].parts[0] == ToolResult("a", "read_file", INTERRUPTED, is_error=True)
    assert len(fixed) == 2


def test_a_second_call_with_one_id_goes() -> None:
    twice = Message(Role.ASSISTANT, (call("a"), call("a")))
    later = Message(Role.ASSISTANT, (Text("again"), call("a")))
    fixed = repaired([twice, Message(Role.TOOL, (result("a"),)), later])
    assert fixed == (
        Message(Role.ASSISTANT, (call("a"),)),
        Message(Role.TOOL, (result("a"),)),
        Message(Role.ASSISTANT, (Text("again"),)),
    )


_PARTS = st.lists(
    st.sampled_from("abcd").flatmap(lambda n: st.sampled_from([call(n), result(n), Text(n)])),
    max_size=4,
)
_HISTORY = st.lists(st.builds(Message, st.sampled_from(list(Role)), _PARTS.map(tuple)), max_size=8)


@given(_HISTORY)
def test_any_history_becomes_one_that_every_server_takes(messages: list[Message]) -> None:
    messages = [
        m
        if m.role is Role.ASSISTANT
        else replace(m, parts=tuple(p for p in m.parts if not isinstance(p, ToolCall)))
        for m in messages
    ]
    fixed = repaired(messages)
    assert repaired(fixed) == fixed
    open_calls: list[str] = []
    for message in fixed:
        found = [p.call_id for p in message.parts if isinstance(p, ToolResult)]
        if found:
            assert found == open_calls
        else:
            assert not open_calls
        open_calls = []
        if message.role is Role.ASSISTANT:
            for part in message.parts:
                if isinstance(part, ToolCall) and part.id not in open_calls:
                    open_calls.append(part.id)
    assert not open_calls
    roles = [m.role for m in merged(m for m in fixed if m.role is not Role.SYSTEM)]
    assert all(a is not b for a, b in itertools.pairwise(roles))


def test_a_cut_reply_leaves_a_message_without_its_half_call_and_opaque_items() -> None:
    whole = Reply()
    whole.add(TextDelta("half "))
    whole.add(Opaque("x", {"a": 1}))
    whole.add(ToolCallDelta("c", "read_file", '{"pa'))
    whole.add(TextDelta("more"))
    assert whole.message().parts == (Text("half "), Text("more"))
    whole.add(ToolCall("c", "read_file", {}))
    whole.add(Stop("tool_calls"))
    assert [type(p) for p in whole.message().parts] == [Text, Opaque, ToolCall, Text]


@pytest.mark.parametrize(
    ("protocol", "mark"),
    [
        ("chat", '"url":"data:image/png;base64,UE5H"'),
        ("responses", '"image_url":"data:image/png;base64,UE5H"'),
        ("messages", '"media_type":"image/png","data":"UE5H"'),
        ("ollama", '"images":["UE5H"]'),
        ("gemini", '"inlineData":{"mimeType":"image/png","data":"UE5H"}'),
    ],
)
def test_pictures_and_thinking_in_the_history(protocol: str, mark: str) -> None:
    messages = (
        Message(Role.USER, (Text("see"), Image("image/png", b"PNG"))),
        Message(Role.ASSISTANT, (Thinking("secret thought"), Text("I see."))),
        *ask("and?").messages,
    )
    sent = encode(dialect(protocol).body(ModelRequest(messages), MINE)).decode()
    assert mark in sent
    assert "secret thought" not in sent


def test_anthropic_gets_results_before_the_words_of_the_same_turn() -> None:
    messages = (
        *ask("go").messages,
        Message(Role.ASSISTANT, (call("a"),)),
        Message(Role.USER, (Text("and this"), result("a"))),
    )
    body = dialect("messages").body(ModelRequest(repaired(messages), tools=(READ,)), MINE)
    assert [b["type"] for b in body["messages"][2]["content"]] == ["tool_result", "text"]


def test_ollama_always_names_a_window_that_holds_the_request() -> None:
    small = dialect("ollama").body(ask("hi"), MINE)
    large = dialect("ollama").body(ask("x" * 100_000), MINE)
    capped = dialect("ollama").body(ask("x" * 100_000), replace(MINE, context=8_000))
    assert small["options"]["num_ctx"] == 8_192
    assert large["options"]["num_ctx"] == 65_536
    assert capped["options"]["num_ctx"] == 8_000


def test_gemini_gets_only_the_words_of_json_schema_that_it_takes() -> None:
    schema = {
        "$schema": "x",
        "type": "object",
        "additionalProperties": False,
        "properties": {"a": {"type": ["string", "null"]}, "b": {"const": 1}},
    }
    tool = ToolSpec("t", "T.", schema)
    body = dialect("gemini").body(replace(ask("x"), tools=(tool,)), MINE)
    assert body["tools"][0]["functionDeclarations"][0]["parameters"] == {
        "type": "object",
        "properties": {"a": {"type": "string", "nullable": True}, "b": {"enum": [1]}},
    }
