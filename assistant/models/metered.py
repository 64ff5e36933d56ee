"""A model with a meter: cost while it streams, caps that stop it, a row in the ledger.

Knows no protocol.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

from assistant.errors import CapReached, ModelError, StreamCut, StreamStalled
from assistant.models.hurry import Hurry
from assistant.models.ledger import Account, Ledger
from assistant.models.prices import Price, Range, estimate, shown
from assistant.models.reply import Reply
from assistant.models.tokens import Calibration, request_tokens, text_tokens
from assistant.types import (
    Effort,
    ModelEvent,
    ModelRequest,
    Retrying,
    Stop,
    TextDelta,
    ThinkingDelta,
    ToolCallDelta,
    Usage,
)

_ANSWER = (150, 4_000)
_THOUGHT = {Effort.OFF: 0, Effort.LOW: 1_000, Effort.MEDIUM: 4_000, Effort.HIGH: 16_000}
_THOUGHT[Effort.MAX] = 32_000
_WORDS = (TextDelta, ThinkingDelta, ToolCallDelta)
_EVERY_S = 0.2


@runtime_checkable
class PricedModel(Protocol):
    """What the meter needs of a model: ``model`` is its name at the server."""

    name: str
    hurries: bool

    @property
    def price(self) -> Price | None: ...

    @property
    def model(self) -> str: ...

    @property
    def longest(self) -> int | None: ...

    def stream(
        self, request: ModelRequest, hurry: Hurry | None = None
    ) -> AsyncGenerator[ModelEvent, None]: ...

    def remarks(self, request: ModelRequest, reply: Reply) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Caps:
    """US dollars; None is no limit.

    They count known prices only: a price that is unknown cannot be capped.
    """

    edit: float | None = None
    day: float | None = None


class MeteredModel:
    """A ChatModel around another.

    While it streams, an estimated Usage comes five times a second, so that the cost is seen live;
    before a Retrying comes the Usage of what was given up, which was paid for all the same.
    """

    hurries = True

    def __init__(
        self,
        model: PricedModel,
        ledger: Ledger,
        account: Account,
        *,
        caps: Caps | None = None,
        calibration: Calibration | None = None,
        clock: Callable[[], float] | None = None,
    ) -> None:
        import time

        self.name = model.name
        self._model = model
        self._ledger = ledger
        self._account = account
        self._caps = caps or Caps()
        self._calibration = calibration or Calibration()
        self._clock = clock or time.monotonic

    @property
    def model(self) -> str:
        """The model's name at its server."""
        return self._model.model

    @property
    def price(self) -> Price | None:
        return self._model.price

    @property
    def inner(self) -> PricedModel:
        """The model that is metered."""
        return self._model

    def forecast(self, request: ModelRequest, given: int | None = None) -> Range | None:
        """What the request will cost, at least and at most; None when the price is not known.

        ``given`` are the prompt's tokens, where somebody has counted them already.
        """
        if given is None:
            given = self._calibration.tokens(self._model.model, request_tokens(request))
        most = (request.max_tokens or _ANSWER[1]) + _THOUGHT[request.effort]
        return estimate(self.price, given, (min(_ANSWER[0], most), most))

    async def stream(
        self, request: ModelRequest, hurry: Hurry | None = None
    ) -> AsyncGenerator[ModelEvent, None]:
        """The reply of the model.

        Raises CapReached within one event of the limit; nothing is sent over it.
        """
        meter = _Meter(self, request, self._spent(), self._clock)
        meter.check()
        outcome = "cancelled"
        try:
            async with aclosing(self._model.stream(request, hurry)) as events:
                async for event in events:
                    given_up = len(meter.lost)
                    meter.add(event)
                    if len(meter.lost) > given_up:
                        yield meter.lost[-1]
                    if isinstance(event, Stop):
                        outcome = "complete"
                    yield event
                    if not isinstance(event, Stop):
                        meter.check()
                        if meter.due(event):
                            yield meter.usage()
        except CapReached:
            outcome = "capped"
            raise
        except (StreamCut, StreamStalled):
            outcome = "cut"
            raise
        except ModelError:
            outcome = "failed"
            raise
        finally:
            if meter.began:
                self._book(meter, outcome)

    def remarks(self, request: ModelRequest, reply: Reply) -> tuple[str, ...]:
        """What the person should know of a finished reply."""
        return self._model.remarks(request, reply)

    @property
    def longest(self) -> int | None:
        """Tokens the model can take; None where that is not known."""
        return self._model.longest

    def _book(self, meter: _Meter, outcome: str) -> None:
        key = self._model.model
        for lost in meter.lost:
            self._ledger.enter(self._account, key, lost, "cut")
        self._ledger.enter(self._account, key, meter.usage(), outcome)
        reported = meter.reported
        if outcome == "complete" and reported is not None:
            total = reported.input + reported.cache_read + reported.cache_write
            self._calibration.learn(key, meter.prompt, total)

    def _spent(self) -> tuple[float, float]:
        edit = self._ledger.edit(self._account.edit).usage.cost if self._account.edit else None
        return edit or 0.0, self._ledger.day().usage.cost or 0.0

    def check(self, cost: float | None, before: tuple[float, float], *, began: bool) -> None:
        """Raises CapReached when ``cost`` on top of what was spent before is over a limit."""
        limits = (
            (self._caps.edit, before[0], "this edit", "cap_per_edit"),
            (self._caps.day, before[1], "today", "cap_per_day"),
        )
        for cap, spent, what, setting in limits:
            if cap is not None and spent + (cost or 0.0) >= cap:
                so_far = "What came so far is kept." if began else "Nothing was sent."
                raise CapReached(
                    f"The limit of {shown(cap)} for {what} is reached.",
                    f"{so_far} Raise the limit in the settings to go on.",
                    setting=setting,
                )

    def estimated(self, request: ModelRequest) -> int:
        """The prompt's tokens, before calibration."""
        return request_tokens(request)

    def calibrated(self, tokens: int) -> int:
        """The same after calibration."""
        return self._calibration.tokens(self._model.model, tokens)


class _Meter:
    """The counts of one request."""

    def __init__(
        self,
        owner: MeteredModel,
        request: ModelRequest,
        before: tuple[float, float],
        clock: Callable[[], float],
    ) -> None:
        self.prompt = owner.estimated(request)
        self.reported: Usage | None = None
        self.lost: list[Usage] = []
        self.began = False
        self._owner = owner
        self._before = before
        self._clock = clock
        self._told = clock()
        self._text = self._thought = 0.0
        self._at_report = 0.0

    def add(self, event: ModelEvent) -> None:
        self.began = True
        match event:
            case TextDelta(text) | ToolCallDelta(arguments=text):
                self._text += _tokens(text)
            case ThinkingDelta(text):
                self._thought += _tokens(text)
            case Usage():
                self.reported = event
                self._at_report = self._text + self._thought
            case Retrying() if self._text or self._thought:
                # An attempt that was given up after it thought was paid for all the same.
                self.lost.append(self.usage())
                self._text = self._thought = self._at_report = 0.0
                self.reported = None

    def usage(self) -> Usage:
        """The server's report with what came after it, or an estimate where it has not reported
        yet.
        """
        price = self._owner.price
        made = int(self._text + self._thought)
        if self.reported is None:
            guess = Usage(
                input=self._owner.calibrated(self.prompt),
                output=made,
                reasoning=int(self._thought),
                estimated=True,
            )
        elif self._text + self._thought == self._at_report:
            return self.reported
        else:
            guess = replace(
                self.reported, output=max(self.reported.output, made), estimated=True, cost=None
            )
        return replace(guess, cost=None if price is None else price.cost(guess))

    def check(self) -> None:
        cost = self.usage().cost if self.began else None
        self._owner.check(cost, self._before, began=self.began)

    def due(self, event: ModelEvent) -> bool:
        """Whether the count so far is worth telling: after words, not more than once a while."""
        now = self._clock()
        if not isinstance(event, _WORDS) or now - self._told < _EVERY_S:
            return False
        self._told = now
        return True


def _tokens(text: str) -> float:
    """Pieces are about a token each; longer ones are counted by their length."""
    return max(1.0, text_tokens(text) * 0.9) if len(text) > 6 else 1.0 if text else 0.0
