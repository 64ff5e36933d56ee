"""Judging is algebra: kept in any order it is the new text, undone it is the old bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from app.document import Document
from assistant.edits.diff import diff_lines
from assistant.types import FileChange, Hunk, HunkState, LineSpan, split_lines
from tests.walks.harness import KEPT, PENDING, REJECTED, Walk, plain, walking

LINE = st.sampled_from(["a", "b", "ü", "", "  c", "long line"])
END = st.sampled_from(["\n", "\r\n"])


@dataclass
class Case:
    """Two texts and an order in which to decide."""

    old: str
    new: str
    order: list[int]
    keeps: list[bool]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    lines = draw(st.lists(st.tuples(LINE, END), min_size=1, max_size=14))
    old = [text + end for text, end in lines]
    new: list[str] = []
    for line in old:
        what = draw(st.sampled_from(["same", "same", "same", "change", "drop", "add"]))
        new += {"same": [line], "change": ["new " + line], "drop": [], "add": ["more\n", line]}[
            what
        ]
    if draw(st.booleans()) and new:
        new[-1] = new[-1].rstrip("\r\n") or "end"
    order = draw(st.permutations(list(range(20))))
    keeps = draw(st.lists(st.booleans(), min_size=20, max_size=20))
    return Case("".join(old), "".join(new), list(order), keeps)


@pytest.fixture(scope="module")
def walk(
    qapp: object, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Walk]:
    """One program for all examples."""
    folder = plain(tmp_path_factory.mktemp("any") / "project", {"a.txt": "start\n"})
    with walking(QtBot(request), folder, tmp_path_factory.mktemp("any-home")) as walk:
        walk.open("a.txt")
        yield walk


def proposed(walk: Walk, case: Case, prompt: str) -> tuple[Document, list[Hunk]]:
    """The old text in the editor, the difference to the new one in the review."""
    document = walk.document("a.txt")
    document.editor.set_text(case.old)
    old, new = split_lines(case.old), split_lines(case.new)
    hunks = tuple(
        Hunk(number + 1, LineSpan(a0, a1), tuple(old[a0:a1]), tuple(new[b0:b1]))
        for number, (a0, a1, b0, b1) in enumerate(diff_lines(old, new))
    )
    review = walk.work.review
    review.begin(prompt, document)
    review.show(prompt, "any", "nobody", FileChange(document.snapshot(), hunks))
    assert document.editor.text() == case.old
    return document, [hunk for hunk in document.diff.hunks(prompt) if hunk.state is PENDING]


NUMBERS = iter(range(1_000_000))
FEW = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


@FEW
@given(cases())
def test_hunks_kept_in_any_order_give_the_new_text_and_undone_the_old_bytes(
    walk: Walk, case: Case
) -> None:
    prompt = f"any-{next(NUMBERS)}"
    document, hunks = proposed(walk, case, prompt)
    for at in case.order:
        if at < len(hunks):
            assert document.diff.keep(hunks[at].id, prompt)
    assert document.editor.text() == case.new
    assert set(document.diff.states(prompt).values()) <= {KEPT}
    while document.editor.surface.canUndo():
        document.editor.undo()
    assert document.editor.text() == case.old
    assert not document.modified
    assert set(document.diff.states(prompt).values()) <= {PENDING}
    while document.editor.surface.canRedo():
        document.editor.redo()
    assert document.editor.text() == case.new
    assert set(document.diff.states(prompt).values()) <= {KEPT}


@FEW
@given(cases())
def test_what_is_kept_is_what_the_change_says_for_those_states(walk: Walk, case: Case) -> None:
    prompt = f"any-{next(NUMBERS)}"
    document, hunks = proposed(walk, case, prompt)
    change = next(p.change for p in walk.work.review.proposals() if p.prompt == prompt)
    wanted: dict[int, HunkState] = {}
    for at in case.order:
        if at < len(hunks):
            decide = document.diff.keep if case.keeps[at] else document.diff.reject
            assert decide(hunks[at].id, prompt)
            wanted[hunks[at].id] = KEPT if case.keeps[at] else REJECTED
    assert document.editor.text() == change.with_states(wanted).applied()
    kept = next((c for c in walk.work.review.kept() if c.id == prompt), None)
    assert (kept is not None) == (KEPT in wanted.values())
    if kept is not None:
        assert kept.files[0].base.path == PurePosixPath("a.txt")
        assert kept.files[0].applied() == document.editor.text()
    assert (walk.root / "a.txt").read_bytes() == b"start\n"
    assert Path(walk.root) == walk.work.project.root  # type: ignore[union-attr]
