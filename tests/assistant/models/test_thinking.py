"""The thinking knob: the exact request field for every provider and family; what is said after."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from assistant.models import tables, thinking
from assistant.models.connection import dialect, from_preset
from assistant.models.dialect import Target
from assistant.types import Effort
from tests.assistant.models.asking import ask

LEVELS = tuple(Effort)


def body(provider: str, protocol: str, model: str, effort: Effort, **more: Any) -> dict[str, Any]:
    row = tables.provider(provider)
    target = Target(
        row.base_url,
        model,
        provider,
        thinking=thinking.fields(provider, protocol, model, effort),
        quirks=row.quirks,
    )
    return dialect(protocol).body(replace(ask("hi", **more), effort=effort), target)


def adaptive(effort: str) -> dict[str, Any]:
    return {
        "thinking": {"type": "adaptive", "display": "summarized"},
        "output_config": {"effort": effort},
    }


def budget(tokens: int) -> dict[str, Any]:
    return {"thinking": {"type": "enabled", "budget_tokens": tokens}}


def level(name: str, show: bool = True) -> dict[str, Any]:
    config = {"thinkingLevel": name, **({"includeThoughts": True} if show else {})}
    return {"generationConfig": {"thinkingConfig": config}}


def tokens(count: int, show: bool = True) -> dict[str, Any]:
    config = {"thinkingBudget": count, **({"includeThoughts": True} if show else {})}
    return {"generationConfig": {"thinkingConfig": config}}


def reasoning(effort: str) -> dict[str, Any]:
    return {"reasoning": {"effort": effort, "summary": "auto"}}


def template(on: bool, **more: Any) -> dict[str, Any]:
    return {"chat_template_kwargs": {"enable_thinking": on}, **more}


def efforts(*names: str) -> list[dict[str, Any]]:
    return [{"reasoning_effort": name} for name in names]


GPT_OSS_RESPONSES = [{"reasoning": {"effort": e}} for e in ("low", "low", "medium", "high", "high")]
TABLE: list[tuple[str, str, str, list[dict[str, Any]]]] = [
    (
        "openai",
        "responses",
        "gpt-5.5",
        [{"reasoning": {"effort": "none"}}, *map(reasoning, ("low", "medium", "high", "xhigh"))],
    ),
    (
        "openai",
        "responses",
        "gpt-5-mini",
        [{"reasoning": {"effort": "minimal"}}, *map(reasoning, ("low", "medium", "high", "high"))],
    ),
    (
        "openai",
        "responses",
        "o3",
        [{"reasoning": {"effort": "low"}}, *map(reasoning, ("low", "medium", "high", "high"))],
    ),
    ("openai", "chat", "gpt-5.1-codex", efforts("none", "low", "medium", "high", "xhigh")),
    ("openai", "chat", "o4-mini", efforts("low", "low", "medium", "high", "high")),
    ("azure", "chat", "gpt-6", efforts("none", "low", "medium", "high", "xhigh")),
    ("openai", "chat", "gpt-4.1", [{}] * 5),
    (
        "anthropic",
        "messages",
        "claude-opus-5-5",
        [{}, *map(adaptive, ("low", "medium", "high", "max"))],
    ),
    (
        "anthropic",
        "messages",
        "claude-opus-4-7",
        [{}, *map(adaptive, ("low", "medium", "high", "max"))],
    ),
    (
        "anthropic",
        "messages",
        "claude-sonnet-4-5-20250929",
        [{}, *map(budget, (1024, 4096, 16384, 32000))],
    ),
    ("anthropic", "messages", "claude-haiku-4-5", [{}, *map(budget, (1024, 4096, 16384, 32000))]),
    ("anthropic", "messages", "claude-3-5-haiku-latest", [{}] * 5),
    (
        "google",
        "gemini",
        "gemini-2.5-flash",
        [tokens(0, False), *map(tokens, (1024, 8192, 16384, 24576))],
    ),
    (
        "google",
        "gemini",
        "gemini-2.5-pro",
        [tokens(128, False), *map(tokens, (1024, 8192, 24576, 32768))],
    ),
    (
        "google",
        "gemini",
        "gemini-3.5-flash",
        [level("MINIMAL", False), *map(level, ("LOW", "MEDIUM", "HIGH", "HIGH"))],
    ),
    (
        "google",
        "gemini",
        "gemini-3.1-pro-preview",
        [level("LOW", False), *map(level, ("LOW", "MEDIUM", "HIGH", "HIGH"))],
    ),
    (
        "google",
        "gemini",
        "gemini-3-pro-preview",
        [level("LOW", False), *map(level, ("LOW", "HIGH", "HIGH", "HIGH"))],
    ),
    (
        "openrouter",
        "chat",
        "anthropic/claude-opus-5",
        [
            {"reasoning": {"enabled": False}},
            *[{"reasoning": {"effort": e}} for e in ("low", "medium", "high", "xhigh")],
        ],
    ),
    (
        "deepseek",
        "chat",
        "deepseek-v4",
        [
            {"thinking": {"type": "disabled"}},
            *[
                {"thinking": {"type": "enabled"}, **e}
                for e in efforts("low", "high", "high", "max")
            ],
        ],
    ),
    ("deepseek", "chat", "deepseek-reasoner", [{}] * 5),
    ("groq", "chat", "openai/gpt-oss-120b", efforts("low", "low", "medium", "high", "high")),
    ("groq", "chat", "qwen/qwen3-32b", efforts("none", "default", "default", "default", "default")),
    ("mistral", "chat", "magistral-medium-latest", efforts("none", "high", "high", "high", "high")),
    ("xai", "chat", "grok-3-mini", efforts("low", "low", "low", "high", "high")),
    (
        "llamacpp",
        "chat",
        "qwen3-8b",
        [
            template(False),
            template(True, thinking_budget_tokens=1024),
            template(True, thinking_budget_tokens=4096),
            template(True, thinking_budget_tokens=16384),
            template(True, thinking_budget_tokens=-1),
        ],
    ),
    (
        "embedded",
        "chat",
        "gpt-oss-20b-mxfp4",
        [{"chat_template_kwargs": e} for e in efforts("low", "low", "medium", "high", "high")],
    ),
    ("vllm", "chat", "Qwen/Qwen3-32B", [template(False), *[template(True)] * 4]),
    ("lmstudio", "chat", "qwen3-8b", [template(False), *[template(True)] * 4]),
    ("ollama", "ollama", "qwen3:8b", [{"think": False}, *[{"think": True}] * 4]),
    (
        "ollama",
        "ollama",
        "gpt-oss:20b",
        [{"think": e} for e in ("low", "low", "medium", "high", "high")],
    ),
    ("ollama", "ollama", "llama3.2", [{}] * 5),
    ("ollama", "chat", "qwen3:8b", efforts("none", "low", "medium", "high", "high")),
    ("openai", "chat", "gpt-5", efforts("minimal", "low", "medium", "high", "high")),
    ("vllm", "responses", "openai/gpt-oss-120b", GPT_OSS_RESPONSES),
    (
        "anthropic",
        "messages",
        "claude-mythos-5",
        [
            {"thinking": {"type": "adaptive"}, "output_config": {"effort": "low"}},
            *map(adaptive, ("low", "medium", "high", "max")),
        ],
    ),
    (
        "anthropic",
        "messages",
        "claude-sonnet-4-6",
        [
            {"thinking": {"type": "disabled"}},
            *[
                {"thinking": {"type": "adaptive"}, "output_config": {"effort": e}}
                for e in ("low", "medium", "high", "max")
            ],
        ],
    ),
]
_NAMES = {"reasoning", "reasoning_effort", "thinking", "output_config", "generationConfig"}
_NAMES |= {"chat_template_kwargs", "thinking_budget_tokens", "think"}


@pytest.mark.parametrize(("provider", "protocol", "model", "expected"), TABLE)
def test_every_level_sends_exactly_its_fields(
    provider: str, protocol: str, model: str, expected: list[dict[str, Any]]
) -> None:
    for effort, fields in zip(LEVELS, expected, strict=True):
        sent = body(provider, protocol, model, effort)
        assert {k: v for k, v in sent.items() if k in _NAMES} == fields, effort


def test_every_rule_is_reached_by_the_table() -> None:
    reached = {thinking.rule(p, w, m) for p, w, m, _ in TABLE}
    assert {r.name for r in tables.thinking_rules() if r not in reached} == set()


def test_a_temperature_goes_only_where_it_is_taken() -> None:
    def has(provider: str, protocol: str, model: str, effort: Effort) -> bool:
        return "temperature" in body(provider, protocol, model, effort, temperature=0.2)

    assert not has("anthropic", "messages", "claude-opus-5", Effort.OFF)
    assert not has("anthropic", "messages", "claude-sonnet-4-5", Effort.LOW)
    assert has("anthropic", "messages", "claude-sonnet-4-5", Effort.OFF)
    assert not has("openai", "responses", "o3", Effort.OFF)
    assert has("llamacpp", "chat", "qwen3-8b", Effort.HIGH)


def test_a_budget_leaves_room_for_the_answer() -> None:
    sent = body("anthropic", "messages", "claude-sonnet-4-5", Effort.MAX, max_tokens=100)
    assert sent["max_tokens"] == 32_000 + 1_024
    assert (
        body("anthropic", "messages", "claude-sonnet-4-5", Effort.OFF, max_tokens=100)["max_tokens"]
        == 100
    )


def test_encrypted_reasoning_is_asked_for_where_there_is_any() -> None:
    assert "include" in body("openai", "responses", "gpt-5.5", Effort.LOW)
    assert "include" not in body("openai", "responses", "gpt-4.1", Effort.LOW)


@pytest.mark.parametrize(
    ("provider", "model", "effort", "thought", "words"),
    [
        ("llamacpp", "qwen3-8b", Effort.OFF, True, "although thinking was off"),
        ("embedded", "gpt-oss-20b", Effort.OFF, True, "always thinks"),
        ("llamacpp", "qwen3-8b", Effort.HIGH, False, "without showing any thinking"),
        ("openai", "gpt-4.1", Effort.LOW, False, "no thinking to turn on"),
        ("llamacpp", "qwen3-8b", Effort.LOW, False, None),
        ("llamacpp", "qwen3-8b", Effort.HIGH, True, None),
        ("llamacpp", "qwen3-8b", Effort.OFF, False, None),
    ],
)
def test_a_model_that_ignores_the_knob_is_named(
    provider: str, model: str, effort: Effort, thought: bool, words: str | None
) -> None:
    said = thinking.verdict(provider, "chat", model, effort, thought=thought)
    assert (words in said) if said and words else said is words


def test_the_tables_are_sound() -> None:
    for row in tables.providers().values():
        assert row.title
        assert set(row.protocols) <= {"chat", "responses", "messages", "ollama", "gemini"}
        apart = row.key in ("compatible", "embedded")
        assert apart or from_preset(row.key, "m").problem() is None
        assert row.local == bool(row.port) or row.key == "embedded"
    assert tables.family("Qwen2.5-Coder-7B-Instruct").small
    assert tables.family("qwen2.5-coder:1.5b").small
    assert not tables.family("qwen3-coder-30b-a3b").small
    assert not tables.family("qwen2.5-coder-14b").small
    assert tables.family("anthropic/claude-opus-4-7").context == 1_000_000
    assert tables.family("unheard-of").context is None
