"""Checks 8, 13, 14, 16, 17, 18 and 20 on a raw socket: retries, watchdogs, cuts, hurry."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from contextlib import aclosing

import pytest

from assistant.errors import (
    BadReply,
    BadRequest,
    ConnectionFailed,
    ContextOverflow,
    ModelError,
    Overloaded,
    QuotaExhausted,
    RateLimited,
    StreamCut,
    StreamStalled,
    Unauthorized,
)
from assistant.models.egress import AIOff, Egress
from assistant.models.exchange import Hurry, Limits
from assistant.models.retry import Backoff
from assistant.types import (
    Effort,
    KeepAlive,
    Retrying,
    Stop,
    TextDelta,
    ThinkingDelta,
    ToolCall,
)
from tests.assistant.models.asking import (
    ask,
    collect,
    delta,
    model,
    run,
    sse,
    text,
    thinking,
    until_error,
)
from tests.peers.raw import Heard, Line, RawServer, raw_server

GOOD = sse(delta(content="ok"), delta(finish="stop"))


def failing_first(*failures):
    """A handler that plays each failure once and then answers well."""
    left = list(failures)

    async def handle(heard: Heard, line: Line) -> None:
        if left:
            await left.pop(0)(line)
        else:
            await line.stream(GOOD)

    return handle


def status(code: int, body: object = b"", **headers: str):
    async def play(line: Line) -> None:
        await line.answer(code, body, **headers)

    return play


def test_check_8_comments_reset_the_watchdog_and_are_said() -> None:
    async def handle(heard: Heard, line: Line) -> None:
        await line.head(200)
        for _ in range(6):
            await line.send(b": working\n\n")
            await asyncio.sleep(0.05)
        await line.send(GOOD)
        await line.end()

    async def work(egress: Egress) -> None:
        async with raw_server(handle) as server:
            patience = Limits(first_byte=0.2, idle=0.2)
            events = await collect(model(server.url, egress, patience=patience), ask("hi"))
            assert events.count(KeepAlive()) == 6
            assert events[-1] == Stop("stop")

    run(work)


def test_check_13_a_cut_stream_keeps_its_text_and_runs_no_call() -> None:
    call = delta(
        tool_calls=[{"index": 0, "id": "1", "function": {"name": "rm", "arguments": "{}"}}]
    )

    async def handle(heard: Heard, line: Line) -> None:
        await line.stream(sse(delta(content="half"), call, done=False))

    async def work(egress: Egress) -> None:
        async with raw_server(handle) as server:
            events, error = await until_error(model(server.url, egress), ask("hi"))
            assert isinstance(error, StreamCut)
            assert text(events) == "half"
            assert not [e for e in events if isinstance(e, ToolCall)]
            assert len(server.heard) == 1

    run(work)


def test_check_14_a_reset_before_any_text_is_tried_again_on_a_new_connection() -> None:
    async def reset(line: Line) -> None:
        await line.head(200)
        await line.send(b": hello\n\n")
        line.reset()

    async def work(egress: Egress) -> None:
        async with raw_server(failing_first(reset)) as server:
            events = await collect(model(server.url, egress), ask("hi"))
            assert text(events) == "ok"
            notices = [e for e in events if isinstance(e, Retrying)]
            assert len({n.attempt for n in notices}) == 1
            assert "dropped" in notices[0].reason
            assert server.connections == 2

    run(work)


def test_a_kept_connection_that_died_unseen_is_replaced() -> None:
    async def work(egress: Egress) -> None:
        lines: list[Line] = []

        async def handle(heard: Heard, line: Line) -> None:
            lines.append(line)
            await line.stream(GOOD)

        async with raw_server(handle) as server:
            source = model(server.url, egress)
            await collect(source, ask("hi"))
            await collect(source, ask("hi"))
            assert server.connections == 1
            lines[0].reset()
            assert text(await collect(source, ask("hi"))) == "ok"
            assert server.connections == 2

    run(work)


def test_after_a_silence_all_kept_connections_are_mistrusted() -> None:
    """A router that forgot its lines: the kept ones swallow everything, a new one works."""
    used: set[int] = set()

    async def handle(heard: Heard, line: Line) -> None:
        if id(line.writer) in used:
            await asyncio.sleep(30)
        used.add(id(line.writer))
        if len(used) <= 3:
            await asyncio.sleep(0.05)
        await line.stream(GOOD)

    async def work(egress: Egress) -> None:
        async with raw_server(handle) as server:
            source = model(server.url, egress, patience=Limits(first_byte=0.4, idle=9))
            await asyncio.gather(*[collect(source, ask("hi")) for _ in range(3)])
            assert server.connections == 3
            events = await collect(source, ask("hi"))
            assert text(events) == "ok"
            assert {e.attempt for e in events if isinstance(e, Retrying)} == {1}
            assert server.connections == 4

    run(work)


def test_check_16_a_429_waits_counts_down_and_then_succeeds() -> None:
    async def work(egress: Egress) -> None:
        slow = status(429, {"error": {"message": "slow down"}}, retry_after="1.2")
        async with raw_server(failing_first(slow)) as server:
            start = time.monotonic()
            events = await collect(model(server.url, egress), ask("hi"))
            assert time.monotonic() - start >= 1.2
            shown = [e.seconds for e in events if isinstance(e, Retrying)]
            assert len(shown) >= 2
            assert shown == sorted(shown, reverse=True)
            assert shown[0] == pytest.approx(1.2, abs=0.05)

    run(work)


def test_check_16_the_wait_can_be_cancelled() -> None:
    async def work(egress: Egress) -> None:
        slow = status(429, b"", retry_after="60")
        async with raw_server(failing_first(slow)) as server:
            waiting = asyncio.Event()

            async def read() -> None:
                async with aclosing(model(server.url, egress).stream(ask("hi"))) as events:
                    async for event in events:
                        if isinstance(event, Retrying):
                            waiting.set()

            task = asyncio.create_task(read())
            await waiting.wait()
            start = time.monotonic()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert time.monotonic() - start < 0.1
            assert len(server.heard) == 1

    run(work)


def test_check_17_a_long_wait_is_left_to_the_person() -> None:
    async def work(egress: Egress) -> None:
        async with raw_server(failing_first(status(429, b"", retry_after="600"))) as server:
            events, error = await until_error(model(server.url, egress), ask("hi"))
            assert isinstance(error, RateLimited)
            assert error.retry_after == 600
            assert events == []

    run(work)


def test_a_wait_may_stand_in_milliseconds_as_a_date_or_in_words() -> None:
    from email.utils import formatdate

    from assistant.models.failures import from_response

    error = from_response(429, b"", {"retry-after-ms": "1500", "retry-after": "9"}, "s")
    assert error.retry_after == 1.5
    when = formatdate(time.time() + 30, usegmt=True)
    assert 25 < (from_response(503, b"", {"retry-after": when}, "s").retry_after or 0) <= 30
    body = b'{"error":{"message":"Rate limit reached. Please try again in 1.3s."}}'
    assert from_response(429, body, {}, "s").retry_after == 1.3
    assert from_response(429, b"", {"retry-after": "soon"}, "s").retry_after is None


NEVER = [
    (400, {"error": {"message": "bad"}}, BadRequest),
    (401, {"error": {"message": "no key"}}, Unauthorized),
    (402, {"error": {"message": "pay"}}, QuotaExhausted),
    (403, {"error": {"message": "no"}}, Unauthorized),
    (404, {"error": {"message": "model not found"}}, BadRequest),
    (413, b"too large", ContextOverflow),
    (422, {"detail": [{"msg": "extra field"}]}, BadRequest),
    (429, {"error": {"code": "insufficient_quota", "message": "quota"}}, QuotaExhausted),
    (400, {"error": {"message": "Your credit balance is too low"}}, QuotaExhausted),
    (400, {"error": {"message": "prompt is too long: 210000 tokens > 200000"}}, ContextOverflow),
    (400, {"error": {"code": "context_length_exceeded", "message": "x"}}, ContextOverflow),
    (400, {"error": {"type": "exceed_context_size_error", "message": "x"}}, ContextOverflow),
    (500, {"error": {"message": "ContextWindowExceededError: too long"}}, ContextOverflow),
    (307, b"", BadRequest),
]


@pytest.mark.parametrize(("code", "body", "kind"), NEVER)
def test_check_18_what_waiting_does_not_help_is_asked_once(
    code: int, body: object, kind: type[ModelError]
) -> None:
    async def work(egress: Egress) -> None:
        async with raw_server(failing_first(*[status(code, body)] * 9)) as server:
            events, error = await until_error(model(server.url, egress), ask("hi"))
            assert type(error) is kind
            assert error.status == code
            assert error.cause.endswith(".")
            assert error.action
            assert events == []
            assert len(server.heard) == 1

    run(work)


@pytest.mark.parametrize("code", [408, 409, 429, 500, 502, 503, 504, 529])
def test_what_may_pass_is_asked_again_and_given_up_in_the_end(code: int) -> None:
    async def work(egress: Egress) -> None:
        async with raw_server(failing_first(*[status(code)] * 9)) as server:
            _, error = await until_error(model(server.url, egress), ask("hi"))
            assert isinstance(error, (Overloaded, RateLimited, ConnectionFailed))
            assert len(server.heard) == 5

    run(work)


def test_the_server_may_say_itself_whether_to_ask_again() -> None:
    async def work(egress: Egress) -> None:
        no, yes = status(500, b"", x_should_retry="false"), status(400, b"", x_should_retry="true")
        async with raw_server(failing_first(no)) as server:
            assert (await until_error(model(server.url, egress), ask("hi")))[1] is not None
            assert len(server.heard) == 1
        async with raw_server(failing_first(yes)) as server:
            assert text(await collect(model(server.url, egress), ask("hi"))) == "ok"

    run(work)


def test_an_overload_inside_the_stream_before_text_is_tried_again() -> None:
    async def overloaded(line: Line) -> None:
        await line.stream(sse({"error": {"type": "overloaded_error", "message": "busy"}}))

    async def work(egress: Egress) -> None:
        async with raw_server(failing_first(overloaded)) as server:
            assert text(await collect(model(server.url, egress), ask("hi"))) == "ok"
            assert len(server.heard) == 2

    run(work)


def test_check_20_silence_before_the_first_byte_has_its_own_limit() -> None:
    async def work(egress: Egress) -> None:
        async def mute(line: Line) -> None:
            await asyncio.sleep(30)

        async with raw_server(failing_first(mute)) as server:
            source = model(server.url, egress, patience=Limits(first_byte=0.2, idle=30))
            start = time.monotonic()
            events = await collect(source, ask("hi"))
            assert text(events) == "ok"
            assert time.monotonic() - start < 1.2

    run(work)


def test_check_20_a_stalled_stream_ends_within_the_idle_limit() -> None:
    async def handle(heard: Heard, line: Line) -> None:
        await line.head(200)
        await line.send(sse(delta(content="half"), done=False))
        await asyncio.sleep(30)

    async def work(egress: Egress) -> None:
        async with raw_server(handle) as server:
            source = model(server.url, egress, patience=Limits(first_byte=30, idle=0.3))
            start = time.monotonic()
            events, error = await until_error(source, ask("hi"))
            assert isinstance(error, StreamStalled)
            assert text(events) == "half"
            assert 0.3 <= time.monotonic() - start < 1.3

    run(work)


def test_a_complete_reply_does_not_wait_for_the_line_to_close() -> None:
    async def handle(heard: Heard, line: Line) -> None:
        await line.head(200)
        await line.send(GOOD)
        await asyncio.sleep(30)

    async def work(egress: Egress) -> None:
        async with raw_server(handle) as server:
            start = time.monotonic()
            assert text(await collect(model(server.url, egress), ask("hi"))) == "ok"
            assert time.monotonic() - start < 0.5

    run(work)


def test_a_reply_that_lacks_only_its_closing_mark_counts() -> None:
    body = sse(delta(content="ok"), delta(finish="stop"), done=False)

    async def ended(heard: Heard, line: Line) -> None:
        await line.head(200)
        await line.send(body)
        line.reset()

    async def work(egress: Egress) -> None:
        async with raw_server(ended) as server:
            events = await collect(model(server.url, egress), ask("hi"))
            assert events[-1] == Stop("stop")

    run(work)


def test_nothing_listens_and_the_error_says_where() -> None:
    async def work(egress: Egress) -> None:
        source = model("http://127.0.0.1:9", egress, backoff=Backoff(attempts=1, first=0.01))
        events, error = await until_error(source, ask("hi"))
        assert isinstance(error, ConnectionFailed)
        assert "127.0.0.1:9" in error.cause
        assert next(e.attempt for e in events if isinstance(e, Retrying)) == 1

    run(work)


@pytest.mark.parametrize("body", [b"", b"<html><title>Proxy</title></html>"])
def test_an_answer_that_is_no_reply_is_an_error(body: bytes) -> None:
    async def handle(heard: Heard, line: Line) -> None:
        await line.answer(200, body)

    async def work(egress: Egress) -> None:
        async with raw_server(handle) as server:
            _, error = await until_error(model(server.url, egress), ask("hi"))
            assert isinstance(error, (StreamCut, BadReply))

    run(work)


def test_hurry_ends_the_thinking_and_asks_for_the_answer() -> None:
    async def handle(heard: Heard, line: Line) -> None:
        if heard.json["chat_template_kwargs"]["enable_thinking"]:
            await line.head(200)
            await line.send(sse(delta(reasoning_content="Hmmm"), done=False))
            await asyncio.sleep(30)
        await line.stream(GOOD)

    async def work(egress: Egress) -> None:
        async with raw_server(handle) as server:
            hurry = Hurry()
            source = model(server.url, egress, preset="llamacpp")
            events = []
            async with aclosing(source.stream(ask("hi", effort=Effort.HIGH), hurry)) as stream:
                async for event in stream:
                    events.append(event)
                    if isinstance(event, ThinkingDelta):
                        hurry.press()
            assert (text(events), thinking(events)) == ("ok", "Hmmm")
            assert any(isinstance(e, Retrying) for e in events)
            assert len(server.heard) == 2

    run(work)


def test_hurry_after_the_answer_began_changes_nothing() -> None:
    async def handle(heard: Heard, line: Line) -> None:
        await line.head(200)
        await line.send(sse(delta(content="o"), done=False))
        await asyncio.sleep(0.1)
        await line.send(sse(delta(content="k"), delta(finish="stop")))
        await line.end()

    async def work(egress: Egress) -> None:
        async with raw_server(handle) as server:
            hurry = Hurry()
            events = []
            async with aclosing(model(server.url, egress).stream(ask("hi"), hurry)) as stream:
                async for event in stream:
                    events.append(event)
                    if isinstance(event, TextDelta):
                        hurry.press()
            assert text(events) == "ok"
            assert len(server.heard) == 1

    run(work)


def test_turning_ai_off_ends_a_reply_under_way() -> None:
    async def handle(heard: Heard, line: Line) -> None:
        await line.head(200)
        await line.send(sse(delta(content="half"), done=False))
        await asyncio.sleep(30)

    async def work(egress: Egress) -> None:
        async with raw_server(handle) as server:
            got = []
            start = time.monotonic()
            with pytest.raises(AIOff):
                async with aclosing(model(server.url, egress).stream(ask("hi"))) as stream:
                    async for event in stream:
                        got.append(event)
                        egress.switch(off=True)
            assert text(got) == "half"
            assert time.monotonic() - start < 1

    run(work)


@pytest.mark.parametrize("what", ["off", "hurry"])
def test_the_switch_and_the_button_may_be_pressed_on_another_thread(what: str) -> None:
    async def handle(heard: Heard, line: Line) -> None:
        if len(server.heard) == 1:
            await line.head(200)
            await line.send(sse(delta(reasoning_content="Hm"), done=False))
            await asyncio.sleep(30)
        await line.stream(GOOD)

    async def work(egress: Egress) -> None:
        nonlocal server
        async with raw_server(handle) as server:
            hurry = Hurry()
            press = hurry.press if what == "hurry" else lambda: egress.switch(off=True)
            timer = threading.Timer(0.2, press)
            timer.start()
            start = time.monotonic()
            source = model(server.url, egress)
            if what == "hurry":
                assert text(await collect(source, ask("hi"), hurry)) == "ok"
            else:
                with pytest.raises(AIOff):
                    await collect(source, ask("hi"))
            assert 0.1 < time.monotonic() - start < 1.5
            timer.join()

    server = RawServer()
    run(work)


def test_what_was_sent_is_valid_json_in_a_stable_order() -> None:
    async def work(egress: Egress) -> None:
        async with raw_server(failing_first()) as server:
            await collect(model(server.url, egress), ask("hi", max_tokens=5, temperature=0.5))
            body = json.loads(egress.sent[0].body)
            assert list(body) == [
                "model",
                "messages",
                "stream",
                "stream_options",
                "max_tokens",
                "temperature",
            ]
            assert egress.sent[0].status == 200

    run(work)
