"""How far a request was over the window, as each server says it. Sends nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_N = r"(\d[\d,_]*)"
_NEEDED_FIRST = tuple(
    re.compile(pattern, re.IGNORECASE | re.DOTALL)
    for pattern in (
        rf"request \({_N} tokens\) exceeds the available context size \({_N}",  # llama.cpp
        rf"prompt is too long: {_N} tokens? > {_N}",  # Anthropic
        rf"input token count \({_N}\) exceeds the maximum[^(]*\({_N}",  # Gemini
        rf"prompt contains {_N} tokens.*?{_N} maximum context",  # Mistral
        rf"{_N} tokens? (?:exceeds?|is greater than|>) [^\d]*{_N}",
    )
)
_WITH_ANSWER = re.compile(rf"exceed context limit: {_N} \+ {_N} > {_N}", re.IGNORECASE)
"""Anthropic counts the wished answer in."""
_WINDOW_FIRST = tuple(
    re.compile(pattern, re.IGNORECASE | re.DOTALL)
    for pattern in (
        rf"maximum context length is {_N} tokens.*?(?:resulted in|requested|contains?"
        rf"|you passed|input has)[^\d]*{_N}",  # OpenAI, vLLM, DeepSeek, OpenRouter, litellm
        rf"maximum prompt length is {_N} but the request contains {_N}",  # xAI
        rf"context length is only {_N} tokens[^\d]*{_N}",  # older vLLM
    )
)


def sizes(body: Any, text: str) -> tuple[int | None, int | None]:
    """Tokens of the request, and tokens of the window; None where the server did not say."""
    error = body.get("error") if isinstance(body, Mapping) else None
    if isinstance(error, Mapping):
        needed, window = error.get("n_prompt_tokens"), error.get("n_ctx")
        if isinstance(needed, int) and isinstance(window, int):
            return needed, window
    if found := _WITH_ANSWER.search(text):
        return _number(found[1]) + _number(found[2]), _number(found[3])
    for pattern in _NEEDED_FIRST:
        if found := pattern.search(text):
            return _number(found[1]), _number(found[2])
    for pattern in _WINDOW_FIRST:
        if found := pattern.search(text):
            return _number(found[2]), _number(found[1])
    return None, None


def _number(text: str) -> int:
    return int(text.replace(",", "").replace("_", ""))
