"""Diffs: whatever changed, applying the diff gives the new text, whoever found the runs."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.builtin.reply import write_reply
from assistant.builtin.runs import Differ, changed_runs
from assistant.builtin.scene import Edited
from assistant.edits.diff import diff_lines
from assistant.types import Snapshot, split_lines
from tests.assistant.builtin.asking import apply

TEXT = st.lists(
    st.sampled_from(["a\n", "b\n", "b  \n", "\n", "  \n", "c\r\n", "```\n", "-- x\n", "+\n"]),
    max_size=25,
).map("".join)


@pytest.mark.parametrize("differ", [changed_runs, diff_lines])
@given(old=TEXT, new=TEXT, open_old=st.booleans())
def test_the_diff_gives_the_new_text(differ: Differ, old: str, new: str, open_old: bool) -> None:
    old = old.rstrip("\r\n") if open_old else old
    base = Snapshot(PurePosixPath("a.txt"), old)
    raw = write_reply(Edited(((base, new),), "Done."), differ)
    assert apply(raw, base, None).text == new


@given(TEXT, TEXT)
def test_runs_ascend_and_do_not_touch(old: str, new: str) -> None:
    a, b = list(split_lines(old)), list(split_lines(new))
    out, at = [], 0
    for a0, a1, b0, b1 in changed_runs(a, b):
        assert a0 > at or at == 0
        assert a0 < a1 or b0 < b1
        out += a[at:a0] + b[b0:b1]
        at = a1
    assert out + a[at:] == b


def test_thirty_thousand_lines_of_two_kinds_are_compared_in_time() -> None:
    old = ["\n", "x\n"] * 15_000
    new = ["\n", "y\n"] * 7_000 + ["\n", "x\n"] * 8_000 + ["end\n"]
    base = Snapshot(PurePosixPath("a.txt"), "".join(old))
    raw = write_reply(Edited(((base, "".join(new)),)))
    assert apply(raw, base, None).text == "".join(new)
