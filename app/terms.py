"""What a model takes and what it asks for one request. Knows models, prices and windows.

Lives on the asyncio thread.
"""

from __future__ import annotations

from dataclasses import replace

from app.reach import BUILTIN
from assistant.parcel import Terms
from assistant.types import ChatModel, Effort, ModelRequest

_BY_ITSELF = Effort.MEDIUM
"""What a model may think that nobody told how long to think."""
_LONGER = tuple(Effort).index


def terms(model: ChatModel, request: ModelRequest, tokens: int) -> Terms:
    """For a request whose prompt is about ``tokens`` long. What is not known is None."""
    from assistant.models.exchange import HttpModel
    from assistant.models.metered import MeteredModel
    from assistant.models.router import WithFallbacks
    from assistant.models.tables import sees_images

    thinks: bool | None
    if model.name == BUILTIN or getattr(model, "scripted", False):
        return Terms(leaves=False, local=True, sees=False)
    if isinstance(model, WithFallbacks):
        return terms(model.first, request, tokens)
    if not isinstance(model, MeteredModel):
        inner: object = model
        low = high = rate = None
        thinks = False  # nobody knows its price either
    else:
        inner = model.inner
        effort = _as_it_thinks(inner, request.effort)
        thinks = None if effort is None else effort is not Effort.OFF
        request = replace(request, effort=effort or max(request.effort, _BY_ITSELF, key=_LONGER))
        cost = model.forecast(request, tokens)
        low, high = (cost.low, cost.high) if cost is not None else (None, None)
        rate = model.price.rate(tokens) if model.price is not None else None
    if not isinstance(inner, HttpModel):
        longest = getattr(inner, "longest", None)
        return Terms(longest, rate, low, high, local=isinstance(model, MeteredModel))
    connection = inner.connection
    sees = sees_images(connection.model) if connection.images is None else connection.images
    window = inner.window(request) or inner.longest
    return Terms(window, rate, low, high, sees, connection.local, thinks=thinks)


def _as_it_thinks(model: object, wished: Effort) -> Effort | None:
    """How long it will think, knowing what the knob does to it; None where no table knows the
    model: then no field is sent, and it thinks or not as it likes.
    """
    from assistant.models.exchange import HttpModel
    from assistant.models.thinking import rule

    if not isinstance(model, HttpModel):
        return wished
    c = model.connection
    found = rule(c.preset, c.protocol, c.model)
    if found is None:
        return None
    if found.always and wished is Effort.OFF:
        return Effort.LOW
    return wished if found.always or any(found.fields.values()) else Effort.OFF
