"""What tokens cost, in US dollars. A price that is not known is None, never 0."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache

from assistant.models.tables import load
from assistant.types import Usage

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens.

    ``above`` is the price of requests with more input than ``threshold``.
    """

    input: float
    output: float
    cache_read: float | None = None
    cache_write: float | None = None
    threshold: int = 0
    above: Price | None = None

    def rate(self, tokens: int) -> float:
        """Dollars for one token of a prompt of this length."""
        if self.above is not None and tokens > self.threshold:
            return self.above.rate(tokens)
        return self.input / _MILLION

    def cost(self, usage: Usage) -> float:
        """Dollars for one request.

        Cached tokens without a price of their own cost as much as others.
        """
        total = usage.input + usage.cache_read + usage.cache_write
        if self.above is not None and total > self.threshold:
            return self.above.cost(usage)
        read = self.input if self.cache_read is None else self.cache_read
        write = self.input if self.cache_write is None else self.cache_write
        dollars = usage.input * self.input + usage.cache_read * read
        dollars += usage.cache_write * write + usage.output * self.output
        return dollars / _MILLION


FREE = Price(0.0, 0.0, 0.0, 0.0)
"""A model on the person's own machine: known to cost nothing per token."""

_OWN_MACHINE = ("ollama", "lmstudio", "llamacpp", "vllm", "embedded")


@dataclass(frozen=True, slots=True)
class Range:
    """What a request will cost: at least, and at most with the longest answer."""

    low: float
    high: float


@cache
def _rows() -> tuple[tuple[str, str, Price], ...]:
    rows = []
    for row in load("prices")["price"]:
        row = dict(row)
        provider, models = row.pop("provider"), row.pop("models")
        above = row.pop("above", None)
        price = Price(**row, above=Price(**above) if above else None)
        rows += [(provider, model, price) for model in models]
    return tuple(rows)


def find(provider: str, model: str, *, local: bool = False) -> Price | None:
    """The price, or None.

    A loopback address alone is not free: it may be a proxy to a paid model.
    """
    name = model.lower()
    if local and provider in _OWN_MACHINE and not name.endswith("-cloud"):
        return FREE
    rows = [(pattern, price) for wanted, pattern, price in _rows() if wanted == provider]
    exact = next((price for pattern, price in rows if pattern == name), None)
    return exact or next((price for pattern, price in rows if fnmatchcase(name, pattern)), None)


def estimate(
    price: Price | None, input_tokens: int, output_tokens: tuple[int, int]
) -> Range | None:
    """The range before sending: the shortest answer with a warm cache, and the longest with a cold
    one.
    """
    if price is None:
        return None
    low = Usage(cache_read=input_tokens, output=output_tokens[0])
    high = Usage(input=input_tokens, output=output_tokens[1])
    if price.cache_write is not None and price.cache_write > price.input:
        high = Usage(cache_write=input_tokens, output=output_tokens[1])
    return Range(price.cost(low), max(price.cost(high), price.cost(low)))


def shown(cost: float | None) -> str:
    """Money in words: ``—`` when unknown, and enough digits to see small amounts."""
    if cost is None:
        return "—"
    if cost == 0:
        return "free"
    if cost < 0.0001:
        return "< $0.0001"
    return f"${cost:.4f}" if cost < 0.01 else f"${cost:.3f}" if cost < 1 else f"${cost:,.2f}"
