"""Properties: whatever is streamed, kept, typed and undone, nobody's words are lost."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from assistant.edits.diff import diff_words
from assistant.edits.merge import three_way
from assistant.types import FileChange, HunkState, split_lines
from tests.widgets.inlinediff.conftest import PATH, change_of
from widgets.editor.codeeditor import CodeEditor
from widgets.editor.surface import encode
from widgets.inlinediff.inlinediff import InlineDiff
from widgets.theme import load_theme

LINES = st.sampled_from(
    [
        "a\n",
        "b\n",
        "\n",
        "    x\n",
        "}\n",
        "return\n",
        "é日\n",
        "\tq\n",
        "c\r\n",
        "🙂 d\r",
        "\udcfe\n",
    ]
)
TEXT = st.lists(LINES, max_size=25).map("".join)
QUIET = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


class Bench:
    """One editor for all examples: making one costs more than an example."""

    def __init__(self, qtbot: QtBot) -> None:
        self.editor = CodeEditor(load_theme("night"))
        self.editor.resize(700, 400)
        qtbot.addWidget(self.editor)
        self.editor.show()
        self.diff = InlineDiff(self.editor, diff_words, three_way)

    def start(self, text: str) -> None:
        self.diff.reject_all()
        self.diff.forget_decided()
        self.diff.withdraw("a")
        self.diff.forget_decided()
        self.editor.set_text(text)


@pytest.fixture
def bench(qtbot: QtBot) -> Iterator[Bench]:
    yield Bench(qtbot)


@QUIET
@given(old=TEXT, new=TEXT, data=st.data())
def test_streamed_in_pieces_and_kept_in_any_order_gives_the_new_text(
    bench: Bench, old: str, new: str, data: st.DataObject
) -> None:
    bench.start(old)
    editor, diff = bench.editor, bench.diff
    change = change_of(old, new)
    diff.begin(editor.snapshot(PATH), "a")
    for count in range(len(change.hunks)):
        hunk = change.hunks[count]
        for part in range(len(hunk.new)):
            growing = type(hunk)(hunk.id, hunk.base, hunk.old, hunk.new[:part], HunkState.STREAMING)
            diff.show_change(FileChange(change.base, (*change.hunks[:count], growing)), "a")
        assert editor.text() == old
    diff.show_change(change, "a")
    for number in data.draw(st.permutations([hunk.id for hunk in change.hunks])):
        assert diff.keep(number)
    assert editor.text() == new
    assert set(diff.states().values()) <= {HunkState.KEPT}
    while editor.surface.canUndo():
        editor.undo()
    assert editor.text() == old
    assert set(diff.states().values()) <= {HunkState.PENDING}
    while editor.surface.canRedo():
        editor.redo()
    assert editor.text() == new
    assert set(diff.states().values()) <= {HunkState.KEPT}


@QUIET
@given(old=TEXT, new=TEXT)
def test_rejecting_in_review_mode_gives_the_old_text_back(bench: Bench, old: str, new: str) -> None:
    bench.start(new)
    change = change_of(old, new)
    bench.diff.begin(change.base, "a", "review")
    bench.diff.show_change(change, "a")
    assert bench.editor.text() == new
    bench.diff.reject_all()
    assert bench.editor.text() == old
    assert bench.diff.restore_rejected() == len(change.hunks)
    assert bench.editor.text() == new


EDITS = st.lists(
    st.tuples(
        st.sampled_from(["type", "line", "delete", "keep", "undo", "redo", "reject", "restore"]),
        st.floats(0, 1),
        st.integers(0, 12),
    ),
    max_size=14,
)


@QUIET
@given(old=TEXT, new=TEXT, late=st.booleans(), edits=EDITS)
def test_no_character_of_the_person_is_lost(
    bench: Bench, old: str, new: str, late: bool, edits: list[tuple[str, float, int]]
) -> None:
    """Every typed character is a private-use one, so each can be told apart."""
    bench.start(old)
    editor, diff, s = bench.editor, bench.diff, bench.editor.surface
    change = change_of(old, new)
    diff.begin(editor.snapshot(PATH), "a")
    if not late:
        diff.show_change(change, "a")
    typed: set[str] = set()
    code = 0xE000
    for kind, share, number in edits:
        at = s.positionRelative(0, round(share * s.countCharacters(0, s.length())))
        if at == 0 and share > 0:
            at = s.length()
        before = editor.text()
        if kind in ("type", "line"):
            mark = chr(code)
            code += 1
            s.replace(at, at, encode(mark + ("\n" if kind == "line" else "")))
            typed.add(mark)
        elif kind == "delete":
            end = min(s.length(), s.positionAfter(at + number)) if number else at
            s.replace(at, max(at, end), b"")
            typed = {mark for mark in typed if mark in editor.text()}
        elif kind == "undo":
            editor.undo()
            typed = {mark for mark in map(chr, range(0xE000, code)) if mark in editor.text()}
        elif kind == "redo":
            editor.redo()
            typed = {mark for mark in map(chr, range(0xE000, code)) if mark in editor.text()}
        elif kind == "keep":
            diff.keep(number)
        elif kind == "reject":
            diff.reject(number)
            assert editor.text() == before
        else:
            diff.restore_rejected()
            assert editor.text() == before
        assert all(mark in editor.text() for mark in typed), kind
    diff.show_change(change, "a")
    for hunk in diff.hunks():
        assert 0 <= hunk.base.start <= hunk.base.end <= s.lineCount()
    diff.keep_all()
    assert all(mark in editor.text() for mark in typed)
    for number in [hunk.id for hunk in diff.hunks()]:
        diff.keep(number)
    assert all(mark in editor.text() for mark in typed)
    diff.refresh()


@QUIET
@given(old=TEXT, new=TEXT, at=st.floats(0, 1), late=st.booleans())
def test_a_whole_line_typed_between_hunks_changes_nothing_else(
    bench: Bench, old: str, new: str, at: float, late: bool
) -> None:
    bench.start(old)
    editor, diff = bench.editor, bench.diff
    change = change_of(old, new)
    lines = split_lines(old)
    inside = {line for hunk in change.hunks for line in range(hunk.base.start, hunk.base.end + 1)}
    line = round(at * len(lines))
    if line in inside or (lines and line == len(lines)):
        return
    diff.begin(editor.snapshot(PATH), "a")
    if not late:
        diff.show_change(change, "a")
    position = editor.surface.line_start(line)
    editor.surface.replace(position, position, encode("\ue000\n"))
    if late:
        diff.show_change(change, "a")
    diff.keep_all()
    assert editor.text().replace("\ue000\n", "") == new


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "type",
                "line",
                "delete",
                "keep",
                "reject",
                "undo",
                "redo",
                "restore",
                "propose",
                "all",
            ]
        ),
        st.floats(0, 1),
        st.integers(0, 8),
        TEXT,
    ),
    max_size=12,
)


@QUIET
@given(old=TEXT, steps=STEPS)
def test_several_prompts_at_once_never_lose_the_way(
    bench: Bench, old: str, steps: list[tuple[str, float, int, str]]
) -> None:
    """Undoing everything gives the old text; every hunk has one state and a place in the text."""
    bench.start(old)
    editor, diff, s = bench.editor, bench.diff, bench.editor.surface
    for turn, (kind, share, number, new) in enumerate(steps):
        at = s.line_start(round(share * s.lineCount()))
        match kind:
            case "type":
                s.replace(at, at, encode("\ue000"))
            case "line":
                s.replace(at, at, encode("\ue000\n"))
            case "delete":
                s.replace(at, min(s.length(), s.positionAfter(at + number)), b"")
            case "keep":
                diff.keep(number)
            case "reject":
                diff.reject(number)
            case "undo":
                editor.undo()
            case "redo":
                editor.redo()
            case "restore":
                diff.restore_rejected()
            case "all":
                diff.keep_all()
            case _:
                prompt = "ab"[number % 2]
                snapshot = editor.snapshot(PATH)
                diff.begin(snapshot, prompt)
                diff.show_change(change_of(snapshot.text, new, first_id=turn * 100), prompt)
        for hunk in diff.hunks():
            assert 0 <= hunk.base.start <= hunk.base.end <= s.lineCount()
        diff.refresh()
    counts = diff.counts()
    superseded = sum(hunk.state is HunkState.SUPERSEDED for hunk in diff.hunks())
    assert counts.total + superseded == len(diff.hunks())
    while s.canUndo():
        editor.undo()
    assert editor.text() == old
