"""Line and word differences, and the streamed diff."""

from __future__ import annotations

import itertools
import random

from hypothesis import given
from hypothesis import strategies as st

from assistant.edits.diff import diff_lines, diff_words
from assistant.edits.stream import LineStream

LINES = st.lists(
    st.sampled_from(["a", "b", "c", "", "}", "return x", "def f():", "    y = 1"]), max_size=30
)


def rebuilt(old: list[str], new: list[str], runs: list[tuple[int, int, int, int]]) -> list[str]:
    out, at = [], 0
    for a0, a1, b0, b1 in runs:
        out += old[at:a0] + new[b0:b1]
        at = a1
    return out + old[at:]


@given(LINES, LINES)
def test_the_runs_turn_the_old_lines_into_the_new_ones(old: list[str], new: list[str]) -> None:
    runs = diff_lines(old, new)
    assert rebuilt(old, new, runs) == new
    assert all(a[1] < b[0] for a, b in itertools.pairwise(runs))


def test_an_inserted_function_starts_at_its_header_and_takes_the_blank_lines_after_it() -> None:
    old = ["def a():", "    pass", "", "", "def c():", "    pass"]
    new = ["def a():", "    pass", "", "", "def b():", "    pass", "", "", "def c():", "    pass"]
    assert diff_lines(old, new) == [(4, 4, 4, 8)]


def test_two_substantial_changes_around_a_blank_line_are_one_run() -> None:
    old = ["a1", "a2", "", "b1", "b2"]
    new = ["x1", "x2", "", "y1", "y2"]
    assert diff_lines(old, new) == [(0, 5, 0, 5)]


def test_small_changes_apart_stay_apart() -> None:
    old = ["one", "same", "two"]
    assert diff_lines(old, ["1", "same", "2"]) == [(0, 1, 0, 1), (2, 3, 2, 3)]


def test_word_marks_name_the_words_that_differ() -> None:
    old, new = "value = load(path, limit)", "value = store(path, limit)"
    left, right = diff_words(old, new)
    assert [old[a:b] for a, b in left] == ["load"]
    assert [new[a:b] for a, b in right] == ["store"]


def test_lines_too_unlike_get_no_word_marks() -> None:
    assert diff_words("for x in items:", "raise Broken(1)") == ([], [])


@given(LINES, LINES)
def test_a_streamed_diff_gives_the_new_lines_and_never_takes_back_a_final_run(
    old: list[str], new: list[str]
) -> None:
    stream = LineStream(old)
    final: list[object] = []
    for line in new:
        stream.push(line)
        runs = [run for run in stream.runs() if run.final]
        assert runs[: len(final)] == final
        final = list(runs)
    runs = stream.finish()
    assert runs[: len(final)] == final
    assert rebuilt(old, new, [(r.a0, r.a1, r.b0, r.b1) for r in runs]) == new


def test_old_lines_the_stream_has_not_reached_look_untouched() -> None:
    old = [f"line {k}" for k in range(100)]
    stream = LineStream(old)
    for line in [*old[:10], "new", *old[10:20]]:
        stream.push(line)
    assert [(r.a0, r.a1, r.b0, r.b1, r.final) for r in stream.runs()] == [(10, 10, 10, 11, True)]


def test_a_change_is_final_once_a_telling_line_after_it_is_seen() -> None:
    old = ["alpha", "beta", "gamma", "delta"]
    stream = LineStream(old)
    stream.push("alpha")
    stream.push("BETA")
    assert [r.final for r in stream.runs()] == [False]
    stream.push("gamma")
    assert [(r.a0, r.a1, r.final) for r in stream.runs()] == [(1, 2, True)]


def test_a_large_deletion_is_recognised_after_few_lines() -> None:
    old = [f"line {k}" for k in range(80)]
    stream = LineStream(old)
    for line in [*old[:10], *old[30:45]]:
        stream.push(line)
    assert [(r.a0, r.a1, r.b0, r.b1) for r in stream.runs()] == [(10, 30, 10, 10)]


def test_a_streamed_diff_is_hardly_larger_than_the_best_one() -> None:
    rng = random.Random(5)
    streamed = best = 0
    for _ in range(40):
        old = [
            rng.choice(["", "}", "return", f"call {rng.randrange(60)}", f"x{k}"])
            for k in range(120)
        ]
        new = list(old)
        for _ in range(5):
            k = rng.randrange(len(new))
            new[k : k + rng.randrange(4)] = [f"new {rng.random()}" for _ in range(rng.randrange(4))]
        stream = LineStream(old)
        for line in new:
            stream.push(line)
        streamed += sum(r.a1 - r.a0 + r.b1 - r.b0 for r in stream.finish())
        best += sum(a1 - a0 + b1 - b0 for a0, a1, b0, b1 in diff_lines(old, new))
    assert streamed <= 1.2 * best
