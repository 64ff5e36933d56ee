"""Every preset of the table: the address, the headers and the fields of a real request."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import httpx
import pytest

from assistant.models import tables
from assistant.models.connection import connect, from_preset
from assistant.models.egress import Egress
from assistant.models.keys import KeyStore
from assistant.models.preference import ModelInfo, best, talkers
from tests.assistant.models.asking import READ, ask, until_error

OPENAI = {"authorization": "Bearer sk-1"}
CLAUDE = {"x-api-key": "sk-1", "anthropic-version": "2023-06-01"}
GOOGLE = {"x-goog-api-key": "sk-1"}
CASES: list[tuple[str, str, str, str, dict[str, str], dict[str, Any]]] = [
    (
        "openai",
        "responses",
        "gpt-5.5",
        "https://api.openai.com/v1/responses",
        OPENAI,
        {"max_output_tokens": 99, "prompt_cache_key": "s", "store": False, "stream": True},
    ),
    (
        "openai",
        "chat",
        "gpt-5.5",
        "https://api.openai.com/v1/chat/completions",
        OPENAI,
        {
            "max_completion_tokens": 99,
            "prompt_cache_key": "s",
            "stream_options": {"include_usage": True, "include_obfuscation": False},
        },
    ),
    (
        "anthropic",
        "messages",
        "claude-opus-5-5",
        "https://api.anthropic.com/v1/messages",
        CLAUDE,
        {"max_tokens": 99, "stream": True},
    ),
    (
        "google",
        "gemini",
        "gemini-3.5-flash",
        "https://generativelanguage.googleapis.com/v1beta/models/"
        "gemini-3.5-flash:streamGenerateContent?alt=sse",
        GOOGLE,
        {},
    ),
    (
        "openrouter",
        "chat",
        "anthropic/claude-opus-5",
        "https://openrouter.ai/api/v1/chat/completions",
        {**OPENAI, "x-title": "Galley"},
        {"max_tokens": 99, "stream_options": {"include_usage": True}},
    ),
    (
        "deepseek",
        "chat",
        "deepseek-v4",
        "https://api.deepseek.com/v1/chat/completions",
        OPENAI,
        {"max_tokens": 99},
    ),
    (
        "mistral",
        "chat",
        "devstral-medium",
        "https://api.mistral.ai/v1/chat/completions",
        OPENAI,
        {"max_tokens": 99, "stream_options": None},
    ),
    (
        "groq",
        "chat",
        "openai/gpt-oss-120b",
        "https://api.groq.com/openai/v1/chat/completions",
        OPENAI,
        {"max_completion_tokens": 99},
    ),
    (
        "xai",
        "chat",
        "grok-4",
        "https://api.x.ai/v1/chat/completions",
        OPENAI,
        {"max_tokens": 99},
    ),
    (
        "azure",
        "responses",
        "gpt-5.5",
        "https://RESOURCE.openai.azure.com/openai/v1/responses",
        {"api-key": "sk-1"},
        {"max_output_tokens": 99},
    ),
    (
        "azure",
        "chat",
        "gpt-5.5",
        "https://RESOURCE.openai.azure.com/openai/v1/chat/completions",
        {"api-key": "sk-1"},
        {"max_completion_tokens": 99},
    ),
    (
        "lmstudio",
        "chat",
        "qwen3-8b",
        "http://127.0.0.1:1234/v1/chat/completions",
        {},
        {"max_tokens": 99},
    ),
    (
        "llamacpp",
        "chat",
        "qwen3-8b",
        "http://127.0.0.1:8080/v1/chat/completions",
        {},
        {"max_tokens": 99, "parallel_tool_calls": True},
    ),
    (
        "llamacpp",
        "messages",
        "qwen3-8b",
        "http://127.0.0.1:8080/v1/messages",
        {"anthropic-version": "2023-06-01"},
        {"max_tokens": 99},
    ),
    (
        "vllm",
        "responses",
        "Qwen/Qwen3-32B",
        "http://127.0.0.1:8000/v1/responses",
        {},
        {"max_output_tokens": 99},
    ),
    (
        "vllm",
        "chat",
        "Qwen/Qwen3-32B",
        "http://127.0.0.1:8000/v1/chat/completions",
        {},
        {"max_tokens": 99},
    ),
    (
        "ollama",
        "ollama",
        "qwen3:8b",
        "http://127.0.0.1:11434/api/chat",
        {},
        {"options": {"num_ctx": 8192, "num_predict": 99}, "stream": True},
    ),
]


def sent(preset: str, protocol: str, model: str, base_url: str = "") -> httpx.Request:
    """The request as it reaches the last line before the socket."""
    seen: list[httpx.Request] = []

    class Wire(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            seen.append(request)
            return httpx.Response(400, json={"error": {"message": "seen"}})

    async def work() -> None:
        egress = Egress(transport=Wire())
        local = tables.provider(preset).local
        connection = from_preset(preset, model, key="" if local else "env:K", protocol=protocol)
        if base_url:
            connection = replace(connection, base_url=base_url)
        source = connect(connection, egress, keys=KeyStore(environment={"K": "sk-1"}))
        await until_error(source, ask("hi", READ, max_tokens=99, cache_key="s"))
        await egress.aclose()

    asyncio.run(work())
    return seen[0]


@pytest.mark.parametrize(
    ("preset", "protocol", "model", "url", "headers", "fields"),
    CASES,
    ids=[f"{case[0]}-{case[1]}" for case in CASES],
)
def test_a_preset_sends_to_its_address_with_its_headers_and_fields(
    preset: str,
    protocol: str,
    model: str,
    url: str,
    headers: dict[str, str],
    fields: dict[str, Any],
) -> None:
    request = sent(preset, protocol, model)
    assert str(request.url) == url.replace("RESOURCE", "resource")
    assert request.method == "POST"
    assert request.headers["content-type"] == "application/json"
    secrets = {"authorization", "x-api-key", "api-key", "x-goog-api-key"}
    known = {**dict.fromkeys(secrets), **headers}
    assert {name: request.headers.get(name) for name in known} == known
    body = json.loads(request.content)
    assert {name: body.get(name) for name in fields} == fields
    if protocol != "gemini":
        assert body["model"] == model
    assert len(body["tools"]) == 1


def test_the_table_has_a_case_for_every_preset() -> None:
    apart = {"embedded", "compatible"}
    assert {case[0] for case in CASES} == set(tables.providers()) - apart


@pytest.mark.parametrize(
    ("base", "protocol", "url"),
    [
        ("http://10.0.0.5:9000/v1", "chat", "http://10.0.0.5:9000/v1/chat/completions"),
        ("http://10.0.0.5:9000/v1/", "responses", "http://10.0.0.5:9000/v1/responses"),
        ("https://box.example/api?v=2", "chat", "https://box.example/api/chat/completions?v=2"),
        (
            "https://box.example/anthropic/v1",
            "messages",
            "https://box.example/anthropic/v1/messages",
        ),
        ("http://box.example:11434/v1", "ollama", "http://box.example:11434/api/chat"),
    ],
)
def test_any_compatible_address_is_taken_as_it_is(base: str, protocol: str, url: str) -> None:
    assert str(sent("compatible", protocol, "some-model", base).url) == url


@pytest.mark.parametrize(
    ("preset", "names", "expected"),
    [
        (
            "openai",
            ["gpt-3.5-turbo", "dall-e-3", "gpt-5-mini", "gpt-5", "gpt-5.5", "gpt-5-2026-01-01"],
            "gpt-5.5",
        ),
        ("openai", ["text-embedding-3-large", "gpt-4.1", "gpt-4o-audio-preview"], "gpt-4.1"),
        (
            "anthropic",
            ["claude-opus-4-1", "claude-sonnet-4-5-20250929", "claude-sonnet-5-5"],
            "claude-sonnet-5-5",
        ),
        (
            "google",
            ["gemini-2.5-pro", "gemini-3.1-pro-preview", "gemini-3.5-flash"],
            "gemini-3.1-pro-preview",
        ),
        ("ollama", ["nomic-embed-text", "qwen3:8b"], "qwen3:8b"),
        ("llamacpp", ["only-embedding"], "only-embedding"),
    ],
)
def test_it_begins_with_a_model_that_talks(preset: str, names: list[str], expected: str) -> None:
    found = best(preset, [ModelInfo(name) for name in names])
    assert found is not None
    assert found.name == expected


def test_a_server_without_a_model_offers_none() -> None:
    assert best("openai", ()) is None
    assert talkers(()) == ()
