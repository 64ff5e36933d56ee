"""What a model takes and what it asks for one request. Knows models, prices and windows.

Lives on the asyncio thread.
"""

from __future__ import annotations

from dataclasses import replace

from app.reach import BUILTIN
from assistant.parcel import Terms
from assistant.types import ChatModel, Effort, ModelRequest


def terms(model: ChatModel, request: ModelRequest, tokens: int) -> Terms:
    """For a request whose prompt is about ``tokens`` long. What is not known is None."""
    from assistant.models.exchange import HttpModel
    from assistant.models.metered import MeteredModel
    from assistant.models.router import WithFallbacks
    from assistant.models.tables import sees_images

    if model.name == BUILTIN or getattr(model, "scripted", False):
        return Terms(leaves=False, local=True, sees=False)
    if isinstance(model, WithFallbacks):
        return terms(model.first, request, tokens)
    if not isinstance(model, MeteredModel):
        inner: object = model
        low = high = rate = None
    else:
        inner = model.inner
        request = _as_it_thinks(inner, request)
        cost = model.forecast(request, tokens)
        low, high = (cost.low, cost.high) if cost is not None else (None, None)
        rate = model.price.rate(tokens) if model.price is not None else None
    if not isinstance(inner, HttpModel):
        longest = getattr(inner, "longest", None)
        return Terms(longest, rate, low, high, local=isinstance(model, MeteredModel))
    connection = inner.connection
    sees = sees_images(connection.model) if connection.images is None else connection.images
    window = inner.window(request) or inner.longest
    return Terms(window, rate, low, high, sees, connection.local)


def _as_it_thinks(model: object, request: ModelRequest) -> ModelRequest:
    """A model of a known provider that no rule lets think spends nothing on thinking."""
    from assistant.models.exchange import HttpModel
    from assistant.models.thinking import rule

    if not isinstance(model, HttpModel) or not model.connection.preset:
        return request
    c = model.connection
    found = rule(c.preset, c.protocol, c.model)
    silent = found is not None and not found.always and not any(found.fields.values())
    return replace(request, effort=Effort.OFF) if silent else request
