"""Check 19: an overflow has its name and its numbers, in the words of every server."""

from __future__ import annotations

import json

import pytest

from assistant.errors import ContextOverflow
from assistant.models.failures import from_response, in_band

OPENAI = (
    "This model's maximum context length is 128000 tokens. However, your messages resulted in "
    "130021 tokens. Please reduce the length of the messages."
)
VLLM = (
    "This model's maximum context length is 4096 tokens. However, you requested 5002 tokens "
    "(4002 in the messages, 1000 in the completion). Please reduce the length."
)
LITELLM = (
    "litellm.ContextWindowExceededError: litellm.BadRequestError: AnthropicException - "
    '{"type":"error","error":{"type":"invalid_request_error",'
    '"message":"prompt is too long: 215010 tokens > 200000 maximum"}}'
)
CASES = [
    (
        "llama.cpp",
        400,
        {
            "error": {
                "code": 400,
                "message": "request (3020 tokens) exceeds the available context size (512 tokens), "
                "try increasing it",
                "type": "exceed_context_size_error",
                "n_prompt_tokens": 3020,
                "n_ctx": 512,
            }
        },
        (3020, 512),
    ),
    (
        "OpenAI",
        400,
        {"error": {"code": "context_length_exceeded", "message": OPENAI}},
        (130021, 128000),
    ),
    ("vLLM", 400, {"object": "error", "message": VLLM, "code": 400}, (5002, 4096)),
    ("litellm", 400, {"error": {"message": LITELLM, "code": "400"}}, (215010, 200000)),
    (
        "Anthropic",
        400,
        {
            "type": "error",
            "error": {
                "type": "invalid_request_error",
                "message": "prompt is too long: 215010 tokens > 200000 maximum",
            },
        },
        (215010, 200000),
    ),
    (
        "Anthropic with max_tokens",
        400,
        {
            "error": {
                "type": "invalid_request_error",
                "message": "input length and `max_tokens` exceed context limit: 198000 + 8192 > "
                "200000, decrease input length or `max_tokens` and try again",
            }
        },
        (206192, 200000),
    ),
    (
        "Gemini",
        400,
        {
            "error": {
                "code": 400,
                "message": "The input token count (1200000) exceeds the maximum number of tokens "
                "allowed (1048576).",
                "status": "INVALID_ARGUMENT",
            }
        },
        (1200000, 1048576),
    ),
    (
        "Mistral",
        400,
        {
            "message": "Prompt contains 40000 tokens and 0 draft tokens, too large for model with "
            "32768 maximum context length"
        },
        (40000, 32768),
    ),
    (
        "xAI",
        400,
        {
            "error": "This model's maximum prompt length is 131072 but the request contains "
            "537812 tokens."
        },
        (537812, 131072),
    ),
    ("Groq", 413, {"error": {"message": "Request too large", "code": "x"}}, (None, None)),
    ("a proxy", 413, "too large", (None, None)),
]


@pytest.mark.parametrize(("name", "status", "body", "sizes"), CASES, ids=[c[0] for c in CASES])
def test_check_19_an_overflow_tells_what_was_needed_and_what_there_is(
    name: str, status: int, body: object, sizes: tuple[int | None, int | None]
) -> None:
    raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    error = from_response(status, raw, {}, name)
    assert isinstance(error, ContextOverflow), error
    assert (error.needed, error.window) == sizes
    assert not error.retryable
    assert error.action


def test_an_overflow_inside_a_stream_has_its_numbers_too() -> None:
    body = {"error": {"type": "invalid_request_error", "message": OPENAI}}
    error = in_band(body, "server")
    assert isinstance(error, ContextOverflow)
    assert (error.needed, error.window) == (130021, 128000)
