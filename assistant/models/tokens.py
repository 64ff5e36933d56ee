"""How many tokens a text has, estimated and then calibrated by what servers report.

Knows no tokenizer.
"""

from __future__ import annotations

import re

from assistant.types import Image, Message, ModelRequest, Text, ToolCall, ToolResult

_WIDE = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_LATIN, _WIDE_CHARS, _MARGIN = 3.6, 1.5, 1.1
_IMAGE = 1_200
_WINDOWS = (8_192, 16_384, 32_768, 65_536, 131_072, 262_144, 524_288, 1_048_576)


def text_tokens(text: str) -> int:
    """An estimate that is rather too high: about 3.6 characters of code, or 1.5 of Chinese, a
    token.
    """
    wide = 0 if text.isascii() else len(_WIDE.findall(text))
    return int(((len(text) - wide) / _LATIN + wide / _WIDE_CHARS) * _MARGIN) + 1


def request_tokens(request: ModelRequest) -> int:
    """The prompt of a request: messages, tools and what frames them."""
    tools = sum(text_tokens(t.name + t.description + str(dict(t.schema))) for t in request.tools)
    return tools + sum(4 + message_tokens(message) for message in request.messages)


def message_tokens(message: Message) -> int:
    """One message with its calls and results."""
    total = 0
    for part in message.parts:
        match part:
            case Text(text):
                total += text_tokens(text)
            case ToolCall():
                total += text_tokens(part.name + str(dict(part.arguments)) + part.invalid)
            case ToolResult():
                total += text_tokens(part.text)
            case Image():
                total += _IMAGE
    return total


def fitting_window(needed: int, longest: int | None) -> int:
    """The smallest usual window that holds ``needed`` tokens, but not more than the model has."""
    window = next((size for size in _WINDOWS if size >= needed), _WINDOWS[-1])
    return window if longest is None else min(window, longest)


class Calibration:
    """How far the estimate is off for each model, learnt from reported counts."""

    def __init__(self) -> None:
        self._ratio: dict[str, float] = {}

    def learn(self, model: str, estimated: int, reported: int) -> None:
        """Takes one pair; later ones weigh more, absurd ones are left out."""
        if estimated < 50 or reported <= 0 or not 0.2 < reported / estimated < 5:
            return
        ratio = reported / estimated
        before = self._ratio.get(model)
        self._ratio[model] = ratio if before is None else 0.7 * before + 0.3 * ratio

    def tokens(self, model: str, estimated: int) -> int:
        """The estimate, corrected by what is known of the model."""
        return max(int(estimated * self._ratio.get(model, 1.0)), 1)


def was_cut(estimated: int, reported: int, window: int | None) -> bool:
    """Whether a server seems to have dropped part of the prompt without a word.

    The reported count must be far under the estimate, and either at the window or under half the
    estimate: estimates are rough, windows are exact.
    """
    if reported <= 0 or estimated < 1_000 or reported >= estimated * 0.75:
        return False
    at_window = window is not None and reported >= window * 0.9 and estimated > window
    return at_window or reported < estimated * 0.5
