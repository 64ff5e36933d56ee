"""Who wrote which byte, under any edits: equal to a list of one writer for each byte."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from assistant.types import BEFORE, Author, By, LineSpan, Origin, Passage, Step
from widgets.editor.codeeditor import CodeEditor
from widgets.editor.spans import Spans, carried
from widgets.theme import load_theme

MODEL = Origin(Author(By.MODEL, "qwen", "run-1"), why="rename", time=5.0)
OTHER = Origin(Author(By.MODEL, "qwen", "run-2"), why="again", time=6.0)
DISK = Origin(Author(By.DISK), why="changed outside")

RUNS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), max_size=8)
EDITS = st.lists(
    st.tuples(st.booleans(), st.integers(0, 40), st.integers(0, 12), RUNS), max_size=30
)


def flat(runs: list[tuple[int, int]] | tuple[tuple[int, int], ...]) -> list[int]:
    return [who for size, who in runs for _ in range(size)]


@given(RUNS, EDITS)
def test_runs_are_a_list_of_writers(start, edits) -> None:
    spans, naive = Spans(start), flat(start)
    for insert, at, size, runs in edits:
        at = min(at, len(naive))
        if insert:
            spans.insert(at, runs)
            naive[at:at] = flat(runs)
        else:
            size = min(size, len(naive) - at)
            assert flat(spans.delete(at, size)) == naive[at : at + size]
            del naive[at : at + size]
        assert flat(spans.runs()) == naive
        assert all(size for size, _ in spans.runs())
        whos = [who for _, who in spans.runs()]
        assert all(a != b for a, b in pairwise(whos))
        assert [spans.writer_at(n) for n in range(len(naive) + 1)] == [*naive, None]
        assert flat(spans.between(at, at + 7)) == naive[at : at + 7]


def test_a_replacement_leaves_lines_that_stood_there_with_their_writers() -> None:
    old, runs = b"a\nb\nc\n", [(2, 1), (2, 2), (2, 3)]
    assert carried(old, runs, b"a\nX\nc\nY\n", 9) == [(2, 1), (2, 9), (2, 3), (2, 9)]


@pytest.fixture
def make(qtbot: QtBot) -> Callable[[str], CodeEditor]:
    def editor(text: str) -> CodeEditor:
        made = CodeEditor(load_theme("night"))
        qtbot.addWidget(made)
        made.authors._clock = lambda: 1200.0  # type: ignore[method-assign]
        made.set_text(text)
        return made

    return editor


def by_byte(editor: CodeEditor) -> list[Origin]:
    return [one.origin for one in editor.authors.passages() for _ in range(one.size)]


TYPED = Origin(Author(By.PERSON), why="typed", time=1200.0)
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["type", "model", "other", "undo", "redo"]),
        st.integers(0, 30),
        st.integers(0, 8),
        st.text("ab\n", max_size=6),
    ),
    max_size=25,
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@example(acts=[("type", 0, 0, "bb"), ("model", 0, 2, "\nbb")])
@example(acts=[("type", 14, 0, "aaaab"), ("model", 18, 1, "\nb")])
@given(acts=ACTS)
def test_any_edits_by_anybody_with_undo_and_redo_equal_a_list_of_writers(make, acts) -> None:
    editor = make("one\ntwo\nthree\n")
    s = editor.surface
    states: list[tuple[bytes, list[Origin]]] = [(s.data(), [BEFORE] * s.length())]
    now = 0
    for what, at, size, text in acts:
        data, who = states[now]
        if what == "undo":
            now = max(0, now - 1)
            s.undo()
        elif what == "redo":
            now = min(len(states) - 1, now + 1)
            s.redo()
        else:
            at = min(at, len(data))
            end = min(len(data), at + size)
            new = text.encode()
            if data[at:end] == new or b"\n" in data[at:end]:
                continue  # whole lines that go and come keep their writers, which is told below
            origin = {"type": TYPED, "model": MODEL, "other": OTHER}[what]
            s.beginUndoAction()
            if origin is TYPED:
                s.replace(at, end, new)
            else:
                with editor.authors.writing(origin):
                    s.replace(at, end, new)
            s.endUndoAction()
            del states[now + 1 :]
            states.append(
                (data[:at] + new + data[end:], who[:at] + [origin] * len(new) + who[end:])
            )
            now += 1
        assert s.data() == states[now][0]
        assert by_byte(editor) == states[now][1]


def test_typed_letters_come_back_as_typed_and_a_kept_hunk_as_the_models(make) -> None:
    editor = make("one\ntwo\n")
    s = editor.surface
    editor.goto(0)
    QTest.keyClicks(s, "abc")
    with editor.authors.writing(MODEL):
        editor.replace_lines(LineSpan(1, 2), ("model\n",))
    QTest.keyClick(s, Qt.Key.Key_X)
    with_all = by_byte(editor)
    text = editor.text()
    while s.canUndo():
        s.undo()
    assert set(by_byte(editor)) == {BEFORE}
    assert editor.authors.steps() == ()
    while s.canRedo():
        s.redo()
    assert editor.text() == text
    assert by_byte(editor) == with_all
    assert [step.origin for step in editor.authors.steps()][-1] == MODEL


def test_pasted_text_is_known_as_pasted_and_moved_lines_keep_their_writer(make) -> None:
    editor = make("one\ntwo\n")
    s = editor.surface
    with editor.authors.writing(MODEL):
        editor.replace_lines(LineSpan(1, 2), ("model\n",))
    QGuiApplication.clipboard().setText("from elsewhere ")
    editor.goto(0)
    QTest.keyClick(s, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    (origin,) = set(by_byte(editor)[:15])
    assert origin.author.by is By.PASTE
    s.setSel(s.positionFromLine(1), s.positionFromLine(2))
    QTest.keyClick(s, Qt.Key.Key_X, Qt.KeyboardModifier.ControlModifier)
    editor.goto(0)
    QTest.keyClick(s, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert editor.text().startswith("model\n")
    assert editor.authors.origins_of(LineSpan(0, 1)) == (MODEL,)


def test_what_was_known_of_a_text_comes_back_in_characters(make) -> None:
    editor = make("öne\ntwo ☃\n")
    passages = (Passage(3, BEFORE), Passage(1, MODEL), Passage(6, DISK))
    steps = (Step(MODEL, "öne\ntwo ☃\n"),)
    assert editor.authors.load(passages, steps, "two ☃\n")
    assert editor.authors.passages() == passages
    assert [step.origin for step in editor.authors.steps()][-1] == MODEL
    assert editor.authors.origins_of(LineSpan(1, 2)) == (DISK,)
    assert editor.authors.lines_of(By.DISK, 0, 2) == [0, 1]
    assert editor.authors.lines_of(By.MODEL, 0, 2) == []  # a line end is not to be seen
    assert not editor.authors.load(passages[:1], (), "")
    assert editor.authors.passages() == passages
