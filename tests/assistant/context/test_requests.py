"""What waits for the worker: questions before work."""

from __future__ import annotations

from assistant.context.requests import Requests


def test_a_line_goes_before_every_call_to_work() -> None:
    """Each call is a step of some 30 ms: a question behind a thousand of them waited long."""
    requests = Requests()
    for _ in range(1000):
        requests.wake()
    requests.put("question")
    requests.wake()
    assert requests.lines()
    assert requests.take(0.0) == "question"
    assert not requests.lines()
    assert requests.take(0.0) == ""


def test_lines_come_in_their_order_and_the_end_last() -> None:
    requests = Requests()
    requests.put("first")
    requests.wake()
    requests.put("second")
    requests.end()
    assert [requests.take(1.0) for _ in range(3)] == ["first", "second", None]


def test_a_call_to_work_ends_the_wait() -> None:
    requests = Requests()
    requests.wake()
    assert requests.take(60.0) == ""
