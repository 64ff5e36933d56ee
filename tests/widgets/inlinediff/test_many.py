"""Hundreds of hunks at once: what a key and a verdict cost, counted and not timed."""

from __future__ import annotations

import random

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QPaintEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from assistant.types import FileChange, Hunk, HunkState, LineSpan, Snapshot
from tests.widgets.inlinediff.conftest import PATH
from widgets.editor.codeeditor import CodeEditor
from widgets.inlinediff.inlinediff import InlineDiff
from widgets.inlinediff.tracking import Range, Ranges

APART = 6


class Counted(Range):
    """A range that counts how often it was moved."""

    moves = 0

    def __setattr__(self, name: str, value: object) -> None:
        if name == "start":
            Counted.moves += 1
        super().__setattr__(name, value)


class Painted(QObject):
    """How many pixels of height were painted."""

    def __init__(self, watched: QObject) -> None:
        super().__init__(watched)
        self.height = 0
        watched.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QPaintEvent):
            self.height += event.region().boundingRect().height()
        return False


def many(editor: CodeEditor, count: int) -> Snapshot:
    """A file with room for ``count`` hunks of each of two prompts."""
    editor.set_text("".join(f"line {n}\n" for n in range(count * APART)))
    return editor.snapshot(PATH)


def hunks_of(base: Snapshot, count: int, at: int, new: tuple[str, ...]) -> FileChange:
    """One line in ``APART`` is replaced, from line ``at`` on."""
    lines = base.lines()
    spans = [LineSpan(n * APART + at, n * APART + at + 1) for n in range(count)]
    return FileChange(
        base,
        tuple(
            Hunk(number, span, (lines[span.start],), new, HunkState.PENDING)
            for number, span in enumerate(spans, 1)
        ),
    )


def moved(count: int) -> int:
    """How many moves replacing ``count`` ranges takes, the last one first."""
    ranges = Ranges(lambda _at: 10)
    ranges.items = [Counted(10 * n, 10 * n + 5) for n in range(count)]
    ranges.sort()
    Counted.moves = 0
    with ranges.together():
        for item in reversed(ranges.items):
            ranges.replaced(item, b"old\n\n", b"new and longer\n")
    assert [item.start for item in ranges.items] == [20 * n for n in range(count)]
    assert {item.end - item.start for item in ranges.items} == {15}
    return Counted.moves


def test_keeping_many_hunks_moves_each_once() -> None:
    assert moved(400) <= 400
    assert moved(4_000) <= 4_000


def test_replacing_together_is_replacing_one_by_one() -> None:
    """Disjoint, touching, overlapping and empty ranges."""
    chance = random.Random(7)
    for _ in range(400):
        places = [sorted((chance.randrange(60), chance.randrange(60))) for _ in range(7)]
        sides = []
        for side in (Ranges(lambda _at: 10), Ranges(lambda _at: 10)):
            side.items = [Range(start, end) for start, end in places]
            side.sort()
            sides.append(side)
        one, other = sides
        chosen = [at for at in range(7) if chance.random() < 0.6]
        clear = [
            at
            for at in chosen
            if not any(one.items[at].overlaps(one.items[b]) for b in chosen if b != at)
        ]
        news = {at: b"x" * chance.randrange(12) for at in clear}
        for at in reversed(clear):
            one.replaced(one.items[at], b"y" * 4, news[at])
        with other.together():
            for at in reversed(clear):
                other.replaced(other.items[at], b"y" * 4, news[at])
        told = [[(i.start, i.end, i.displaced) for i in side.items] for side in sides]
        assert told[0] == told[1]


def test_one_undo_brings_back_more_hunks_than_history_used_to_hold(
    editor: CodeEditor, diff: InlineDiff
) -> None:
    base = many(editor, 2_200)
    diff.begin(base, "a")
    diff.show_change(hunks_of(base, 2_200, 1, ("x\n", "y\n")), "a")
    assert diff.keep_all() == 2_200
    editor.surface.undo()
    assert editor.text() == base.text
    assert diff.counts().pending == 2_200


def test_keeping_all_beside_another_prompt_keeps_and_puts_the_right_lines(
    editor: CodeEditor, diff: InlineDiff
) -> None:
    base = many(editor, 60)
    for prompt, at in (("a", 1), ("b", 3)):
        diff.begin(base, prompt)
        diff.show_change(hunks_of(base, 60, at, (f"{prompt}\n", "more\n")), prompt)
    assert diff.decide_prompt("a", True) == 60
    wanted = list(base.lines())
    for n in reversed(range(60)):
        wanted[n * APART + 1 : n * APART + 2] = ["a\n", "more\n"]
    assert editor.text() == "".join(wanted)
    assert [h.base.start for h in diff.hunks("b")] == [n * (APART + 1) + 4 for n in range(60)]
    assert set(diff.states("b").values()) == {HunkState.PENDING}


def test_a_verdict_derives_anew_only_what_it_may_concern(
    editor: CodeEditor, diff: InlineDiff
) -> None:
    base = many(editor, 200)
    for prompt, at in (("a", 1), ("b", 3)):
        diff.begin(base, prompt)
        diff.show_change(hunks_of(base, 200, at, ("new\n",)), prompt)
    before = {item: item.revision for item in diff._book.tracked}
    assert diff.keep(100, "a")
    derived = [item for item in diff._book.tracked if item.revision != before[item]]
    assert [(item.run.prompt, item.hunk.id) for item in derived] == [("a", 100)]


def test_a_verdict_on_a_hunk_is_heard_by_the_one_that_overlaps_it(
    editor: CodeEditor, diff: InlineDiff
) -> None:
    base = many(editor, 40)
    for prompt in ("a", "b"):
        diff.begin(base, prompt)
        diff.show_change(hunks_of(base, 40, 1, (f"{prompt}\n",)), prompt)
    assert set(diff.states("b").values()) == {HunkState.CONFLICTED}
    assert diff.reject(20, "a")
    free = [number for number, state in diff.states("b").items() if state is HunkState.PENDING]
    assert free == [20]


def test_a_key_paints_its_line_and_finds_no_place_anew(
    editor: CodeEditor, diff: InlineDiff, qtbot: QtBot
) -> None:
    base = many(editor, 300)
    diff.begin(base, "a")
    diff.show_change(hunks_of(base, 300, 1, ("new\n",)), "a")
    editor.goto(4, 0)
    s = editor.surface
    painted = Painted(s.viewport())
    for _ in range(3):  # the first ones still show the window, and which hunk is current
        QTest.keyClick(s, "x")
        qtbot.waitUntil(lambda: painted.height > 0 and not diff._later.isActive())
        QApplication.processEvents()
    places = [item.lines for item in diff._book.tracked]
    painted.height = 0
    QTest.keyClick(s, "x")
    qtbot.waitUntil(lambda: painted.height > 0)
    assert painted.height <= 3 * s.textHeight(0)
    assert all(old is item.lines for old, item in zip(places, diff._book.tracked, strict=True))
    assert "xxxxline 4" in editor.text()
