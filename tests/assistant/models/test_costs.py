"""Money and counts: prices, ledger, meter, caps that stop within one event, forecasts, truth."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import CapReached, SettingsError, StreamCut
from assistant.models import prices
from assistant.models.capabilities import FormatTrust, cut_notice, too_large
from assistant.models.hurry import Hurry
from assistant.models.ledger import Account, Ledger
from assistant.models.metered import Caps, MeteredModel
from assistant.models.prices import FREE, Price
from assistant.models.reply import Reply
from assistant.models.tokens import Calibration, request_tokens, text_tokens, was_cut
from assistant.types import (
    Effort,
    ModelEvent,
    ModelRequest,
    Retrying,
    Stop,
    TextDelta,
    ThinkingDelta,
    Usage,
)
from tests.assistant.models.asking import ask, text

PRICE = Price(input=3.0, output=15.0, cache_read=0.3, cache_write=3.75)
MINE = Account("/project", "session", "edit")


class Playing:
    """A model that plays events; an exception among them is raised."""

    name = "playing"
    model = "playing-1"
    hurries = True

    def __init__(self, *events: ModelEvent | Exception, price: Price | None = PRICE) -> None:
        self.events = events
        self.price = price
        self.closed = False
        self.asked = 0

    async def stream(
        self, request: ModelRequest, hurry: Hurry | None = None
    ) -> AsyncGenerator[ModelEvent, None]:
        self.asked += 1
        try:
            for event in self.events:
                if isinstance(event, Exception):
                    raise event
                if isinstance(event, Usage) and self.price is not None:
                    event = replace(event, cost=self.price.cost(event))
                yield event
        finally:
            self.closed = True

    longest: int | None = None

    def remarks(self, request: ModelRequest, reply: Reply) -> tuple[str, ...]:
        return ()


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    book = Ledger(tmp_path / "state" / "ledger.sqlite")
    yield book
    book.close()


def play(
    source: Playing, ledger: Ledger, caps: Caps | None = None, **more: object
) -> tuple[list[ModelEvent], BaseException | None]:
    events: list[ModelEvent] = []

    async def work() -> None:
        metered = MeteredModel(source, ledger, MINE, caps=caps, **more)  # type: ignore[arg-type]
        async with aclosing(metered.stream(ask("hi"))) as stream:
            async for event in stream:
                events.append(event)  # noqa: PERF401 - an error must leave what came

    try:
        asyncio.run(work())
    except (CapReached, StreamCut) as error:
        return events, error
    return events, None


def test_a_price_counts_every_kind_of_token() -> None:
    usage = Usage(input=1_000_000, cache_read=1_000_000, cache_write=1_000_000, output=1_000_000)
    assert PRICE.cost(usage) == pytest.approx(3 + 0.3 + 3.75 + 15)
    assert Price(3.0, 15.0).cost(usage) == pytest.approx(3 + 3 + 3 + 15)
    tiered = replace(PRICE, threshold=200_000, above=Price(6.0, 22.5))
    assert tiered.cost(Usage(input=200_000)) == pytest.approx(0.6)
    assert tiered.cost(Usage(input=100_000, cache_read=100_001)) > 1.2


def test_an_unknown_price_is_none_and_is_shown_as_a_dash() -> None:
    assert prices.find("openai", "gpt-unheard-of") is None
    assert prices.find("compatible", "x", local=True) is None
    assert prices.find("ollama", "qwen3:480b-cloud", local=True) is None
    assert prices.find("ollama", "qwen3:8b", local=True) is FREE
    assert prices.find("ollama", "qwen3:8b", local=False) is None
    assert [prices.shown(c) for c in (None, 0.0, 0.00001, 0.0123, 2.5)] == [
        "—",
        "free",
        "< $0.0001",
        "$0.012",
        "$2.50",
    ]


def test_the_table_knows_the_usual_models() -> None:
    for provider, name in (
        ("anthropic", "claude-opus-4-5"),
        ("anthropic", "claude-sonnet-4-6"),
        ("openai", "gpt-5.5"),
        ("google", "gemini-3.5-flash"),
        ("groq", "openai/gpt-oss-20b"),
    ):
        price = prices.find(provider, name)
        assert price is not None
        assert 0 < price.input < price.output


def test_a_request_is_booked_by_edit_session_day_and_project(ledger: Ledger) -> None:
    usage = Usage(input=1000, cache_read=500, output=200)
    play(Playing(TextDelta("ok"), usage, Stop("stop")), ledger)
    play(Playing(TextDelta("ok"), usage, Stop("stop"), price=None), ledger)
    total = ledger.edit("edit")
    assert total.requests == 2
    assert total.unpriced == 1
    assert total.usage == Usage(2000, 1000, 0, 400, 0, PRICE.cost(usage))
    assert ledger.session("session") == ledger.day() == ledger.project("/project") == total
    assert ledger.edit("other").usage.cost is None
    assert ledger.edit("other").requests == 0
    assert ledger.models(date(2000, 1, 1)) == (("playing-1", total),)


def test_only_unknown_prices_make_an_unknown_total(ledger: Ledger) -> None:
    play(Playing(Usage(5), Stop("stop"), price=None), ledger)
    assert ledger.day().usage.cost is None
    play(Playing(Usage(5), Stop("stop"), price=FREE), ledger)
    assert ledger.day().usage.cost == 0.0


def test_the_chart_has_every_day(tmp_path: Path) -> None:
    now = [1_800_000_000.0]
    book = Ledger(tmp_path / "l.sqlite", clock=lambda: now[0])
    book.enter(MINE, "m", Usage(1, cost=0.5), "complete")
    now[0] += 2 * 86_400
    book.enter(MINE, "m", Usage(1, cost=0.25), "complete")
    days = book.days(4)
    assert [total.usage.cost for _, total in days] == [None, 0.5, None, 0.25]
    assert book.days(4, "/elsewhere")[-1][1].requests == 0
    book.close()


def test_two_windows_share_a_ledger_and_a_broken_one_is_named(tmp_path: Path) -> None:
    one, two = Ledger(tmp_path / "l.sqlite"), Ledger(tmp_path / "l.sqlite")
    one.enter(MINE, "m", Usage(1, cost=0.5), "complete")
    assert two.day().usage.cost == 0.5
    one.close()
    two.close()
    (tmp_path / "bad.sqlite").write_bytes(b"not a database, not at all" * 100)
    with pytest.raises(SettingsError, match="does not open"):
        Ledger(tmp_path / "bad.sqlite")


def test_a_ledger_that_fails_is_named(tmp_path: Path) -> None:
    book = Ledger(tmp_path / "l.sqlite")
    with sqlite3.connect(tmp_path / "l.sqlite") as base:
        base.execute("DROP TABLE spent")
    base.close()
    with pytest.raises(SettingsError, match="fails"):
        book.enter(MINE, "m", Usage(), "complete")
    with pytest.raises(SettingsError, match="fails"):
        book.day()
    book.close()


def test_the_cap_of_an_edit_stops_within_one_event(ledger: Ledger) -> None:
    words = [TextDelta("word ") for _ in range(1000)]
    source = Playing(*words, Usage(10, output=1000), Stop("stop"))
    before = PRICE.cost(Usage(input=request_tokens(ask("hi"))))
    cap = before + PRICE.cost(Usage(output=100))
    events, error = play(source, ledger, Caps(edit=cap))
    assert isinstance(error, CapReached)
    assert source.closed
    assert len(events) == 100
    booked = ledger.edit("edit")
    assert booked.usage.estimated
    assert booked.usage.cost == pytest.approx(cap, abs=PRICE.cost(Usage(output=2)))


def test_a_reached_cap_sends_nothing_at_all(ledger: Ledger) -> None:
    ledger.enter(replace(MINE, edit="earlier"), "m", Usage(cost=2.0), "complete")
    source = Playing(Stop("stop"))
    events, error = play(source, ledger, Caps(edit=1.0, day=2.0))
    assert isinstance(error, CapReached)
    assert "today" in error.cause
    assert (events, source.asked) == ([], 0)


def test_a_complete_reply_over_the_cap_is_still_complete(ledger: Ledger) -> None:
    events, error = play(
        Playing(TextDelta("ok"), Stop("stop")), ledger, Caps(edit=PRICE.cost(Usage(12)) + 1e-3)
    )
    assert error is None
    assert events[-1] == Stop("stop")


@pytest.mark.parametrize(
    ("last", "outcome"), [(StreamCut("cut"), "cut"), (Stop("stop"), "complete")]
)
def test_a_reply_without_a_report_is_booked_as_an_estimate(
    ledger: Ledger, tmp_path: Path, last: ModelEvent | Exception, outcome: str
) -> None:
    play(Playing(ThinkingDelta("hm "), TextDelta("one "), TextDelta("two "), last), ledger)
    total = ledger.edit("edit").usage
    assert (total.output, total.reasoning, total.estimated) == (3, 1, True)
    assert total.cost
    with sqlite3.connect(tmp_path / "state" / "ledger.sqlite") as base:
        assert base.execute("SELECT outcome FROM spent").fetchall() == [(outcome,)]
    base.close()


def test_an_attempt_that_was_given_up_after_thinking_is_booked_too(ledger: Ledger) -> None:
    play(
        Playing(
            ThinkingDelta("hm "),
            ThinkingDelta("hm "),
            Retrying(0, 1, 1, "hurry"),
            TextDelta("ok "),
            Usage(10, output=1),
            Stop("stop"),
        ),
        ledger,
    )
    total = ledger.edit("edit")
    assert total.requests == 2
    assert total.usage.output == 2 + 1


def test_a_cancelled_reply_is_booked(ledger: Ledger) -> None:
    async def work() -> None:
        metered = MeteredModel(Playing(TextDelta("one "), TextDelta("two ")), ledger, MINE)
        stream = metered.stream(ask("hi"))
        await anext(stream)
        await stream.aclose()

    asyncio.run(work())
    assert ledger.edit("edit").usage.output == 1


def test_the_last_of_several_reports_counts(ledger: Ledger) -> None:
    play(
        Playing(
            Usage(100, output=1),
            TextDelta("ok"),
            Usage(100, output=9),
            Usage(100, output=9),
            Stop("stop"),
        ),
        ledger,
    )
    assert ledger.edit("edit").usage.output == 9
    assert not ledger.edit("edit").usage.estimated


def test_the_cost_is_told_while_it_streams(ledger: Ledger) -> None:
    now = [0.0]

    def clock() -> float:
        now[0] += 0.05
        return now[0]

    events, _ = play(
        Playing(*[TextDelta("w ")] * 40, Usage(10, output=40), Stop("stop")), ledger, clock=clock
    )
    told = [event for event in events if isinstance(event, Usage)]
    assert len(told) >= 5
    assert all(usage.estimated and usage.cost for usage in told[:-1])
    made = [usage.output for usage in told]
    assert made == sorted(made)
    assert told[-1] == Usage(10, output=40, cost=PRICE.cost(Usage(10, output=40)))
    assert text(events) == "w " * 40


def test_what_was_given_up_is_told_before_the_next_attempt(ledger: Ledger) -> None:
    events, _ = play(
        Playing(
            ThinkingDelta("let me see " * 20),
            Retrying(0.0, 1, 1, "answering now"),
            TextDelta("ok"),
            Usage(100, output=1),
            Stop("stop"),
        ),
        ledger,
    )
    place = next(n for n, event in enumerate(events) if isinstance(event, Retrying))
    lost = events[place - 1]
    assert isinstance(lost, Usage)
    assert lost.estimated
    assert lost.reasoning > 20
    assert lost.cost
    assert ledger.edit("edit").usage.cost == pytest.approx(
        lost.cost + PRICE.cost(Usage(100, output=1))
    )


def test_the_forecast_is_a_range_that_holds_the_real_cost(ledger: Ledger) -> None:
    metered = MeteredModel(Playing(), ledger, MINE)
    request = ask("x" * 36_000)
    off, most = (metered.forecast(replace(request, effort=e)) for e in (Effort.OFF, Effort.MAX))
    assert off is not None
    assert most is not None
    real = PRICE.cost(Usage(input=10_000, output=600))
    assert off.low < real < off.high < most.high
    assert MeteredModel(Playing(price=None), ledger, MINE).forecast(request) is None


def test_estimates_learn_from_reports() -> None:
    known = Calibration()
    for _ in range(6):
        known.learn("m", 1000, 1400)
    assert 1380 <= known.tokens("m", 1000) <= 1400
    assert known.tokens("other", 1000) == 1000
    known.learn("m", 1000, 9)
    assert known.tokens("m", 1000) >= 1380


@given(st.text(max_size=200), st.text(max_size=200))
def test_more_text_is_never_fewer_tokens(one: str, two: str) -> None:
    assert text_tokens(one + two) >= max(text_tokens(one), text_tokens(two))
    assert text_tokens("汉" * 15) > text_tokens("a" * 15)


@pytest.mark.parametrize(
    ("estimated", "reported", "window", "cut"),
    [
        (20_000, 4_096, 4_096, True),
        (20_000, 4_000, None, True),
        (20_000, 16_000, 32_000, False),
        (20_000, 12_000, 32_000, False),
        (9_000, 8_192, 8_192, False),
        (12_000, 8_100, 8_192, True),
        (500, 100, 128, False),
        (20_000, 0, 4_096, False),
    ],
)
def test_a_cut_prompt_is_seen_in_the_counts(
    estimated: int, reported: int, window: int | None, cut: bool
) -> None:
    assert was_cut(estimated, reported, window) is cut


def test_the_person_is_told_of_a_cut_prompt_and_of_one_that_will_not_fit() -> None:
    known, request = Calibration(), ask("x" * 36_000)
    assert "cut" in (cut_notice("m", request, Usage(4_096), 4_096, known) or "")
    assert cut_notice("m", request, Usage(10_000), 16_384, known) is None
    assert cut_notice("m", request, Usage(1, estimated=True), 4_096, known) is None
    assert "window of 4,096" in (too_large(request, 4_096, "m", known) or "")
    assert too_large(request, 65_536, "m", known) is None
    assert too_large(request, None, "m", known) is None


def test_a_model_that_fails_at_edits_is_asked_for_the_whole() -> None:
    trust = FormatTrust()
    assert trust.rewrite_whole("qwen2.5-coder:7b")
    assert not trust.rewrite_whole("claude-opus-5")
    trust.record("claude-opus-5", followed=False)
    assert not trust.rewrite_whole("claude-opus-5")
    trust.record("claude-opus-5", followed=False)
    assert trust.rewrite_whole("claude-opus-5")
    for _ in range(2):
        trust.record("qwen2.5-coder:7b", followed=True)
    assert not trust.rewrite_whole("qwen2.5-coder:7b")


def test_the_events_pass_the_meter_unchanged(ledger: Ledger) -> None:
    events, error = play(Playing(TextDelta("a"), TextDelta("b"), Stop("stop")), ledger)
    assert error is None
    assert (text(events), events[-1]) == ("ab", Stop("stop"))
