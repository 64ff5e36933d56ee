"""One knob for thinking time: the exact request fields for a provider and model family.

Data decides, not code.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from assistant.models.tables import ThinkingRule, thinking_rules
from assistant.types import Effort


@lru_cache(maxsize=256)
def rule(provider: str, protocol: str, model: str) -> ThinkingRule | None:
    """The first rule of the table that fits, or None: then nothing is sent and the model does as it
    likes.
    """
    return next((r for r in thinking_rules() if r.fits(provider, protocol, model)), None)


def fields(provider: str, protocol: str, model: str, effort: Effort) -> Mapping[str, Any]:
    """What to merge into the request body."""
    found = rule(provider, protocol, model)
    return {} if found is None else found.fields[effort]


def steerable(provider: str, protocol: str, model: str) -> bool:
    """Whether the knob does anything for this model."""
    found = rule(provider, protocol, model)
    return found is not None and any(found.fields.values())


def verdict(
    provider: str, protocol: str, model: str, effort: Effort, *, thought: bool
) -> str | None:
    """A sentence where the model did not do as the knob said, or None."""
    found = rule(provider, protocol, model)
    if effort is Effort.OFF and thought:
        if found is not None and found.always:
            return f"{model} always thinks; the knob only says how long."
        return f"{model} thought although thinking was off."
    if effort is not Effort.OFF and not thought:
        if not steerable(provider, protocol, model):
            return f"{model} has no thinking to turn on."
        if effort in (Effort.HIGH, Effort.MAX):
            return f"{model} answered without showing any thinking."
    return None
