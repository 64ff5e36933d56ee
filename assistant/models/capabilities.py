"""What a model can be trusted with: edit formats, windows, a cut prompt.

Learns from what happened; sends nothing.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from assistant.models import thinking
from assistant.models.reply import Reply
from assistant.models.tables import family
from assistant.models.tokens import Calibration, request_tokens, was_cut
from assistant.types import ModelRequest, Usage

_TRIES, _FAILURES = 4, 2


@dataclass(slots=True)
class FormatTrust:
    """Which models follow an edit format.

    Small families start without trust; others lose it by failing.
    """

    _results: dict[str, deque[bool]] = field(default_factory=dict)

    def record(self, model: str, *, followed: bool) -> None:
        """Whether one reply could be read as edits."""
        self._results.setdefault(model, deque(maxlen=_TRIES)).append(followed)

    def rewrite_whole(self, model: str) -> bool:
        """Whether to ask for the whole selection anew instead of for edits."""
        results = self._results.get(model, ())
        if sum(results) >= _FAILURES:
            return False
        return family(model).small or len(results) - sum(results) >= _FAILURES


def cut_notice(
    model: str, request: ModelRequest, usage: Usage, window: int | None, known: Calibration
) -> str | None:
    """A sentence when the server seems to have dropped part of the prompt, by its own count."""
    if usage.estimated:
        return None
    estimated = known.tokens(model, request_tokens(request))
    reported = usage.input + usage.cache_read + usage.cache_write
    if not was_cut(estimated, reported, window):
        return None
    return (
        f"{model} read only about {reported:,} of {estimated:,} tokens: its server cut "
        "the request. Give it a larger window, or send less context."
    )


def remarks(
    provider: str,
    protocol: str,
    model: str,
    request: ModelRequest,
    reply: Reply,
    window: int | None,
    known: Calibration | None = None,
) -> tuple[str, ...]:
    """Sentences about a finished reply: the thinking knob was ignored, the prompt was cut."""
    usage = reply.usage or Usage(estimated=True)
    thought = bool(reply.thinking) or usage.reasoning > 0
    said = (
        thinking.verdict(provider, protocol, model, request.effort, thought=thought)
        if reply.complete
        else None,
        cut_notice(model, request, usage, window, known or Calibration()),
    )
    return tuple(sentence for sentence in said if sentence)


def too_large(
    request: ModelRequest, window: int | None, model: str, known: Calibration
) -> str | None:
    """A sentence when the request will not fit the window, before it is sent."""
    if window is None:
        return None
    needed = known.tokens(model, request_tokens(request)) + (request.max_tokens or 1_024)
    if needed <= window:
        return None
    return f"The request needs about {needed:,} tokens; {model} has a window of {window:,}."
