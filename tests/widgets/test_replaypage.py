"""A recording played in a page: at its speed, step by step, back and forth; nothing can be done."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton

import assistant.events as ev
from assistant.types import (
    ChangeSet,
    Context,
    FileChange,
    Hunk,
    LineSpan,
    Mention,
    Snapshot,
    TextDelta,
    Usage,
)
from widgets.cards import EvidenceRow, UserCard
from widgets.diffcard import DiffCard
from widgets.look import Look
from widgets.markdownview import MarkdownView
from widgets.replaypage import Moments, ReplayPage
from widgets.runcard import RunCard
from widgets.transcript import Transcript

HUNK = Hunk(1, LineSpan(0, 1), ("x\n",), ("y\n",))
CHANGE = FileChange(Snapshot(PurePosixPath("a.py"), "x\n"), (HUNK,))
CHANGES = ChangeSet("r", "t", (CHANGE,))
CANDIDATES = tuple(ev.Candidate(i, f"Draft {i}", "m", CHANGES) for i in "ab")
MOMENTS: Moments = (
    (0.0, ev.RunStarted("r-1", "make it y", "model m")),
    (0.01, ev.ContextReady(Context())),
    (0.02, ev.GraphChanged((ev.Node("a", ev.NodeKind.DRAFT, "Draft A"),))),
    (0.03, TextDelta("One ")),
    (0.04, TextDelta("moment.")),
    (0.05, ev.UsageChanged(Usage(1, output=2), 1.0, 1.0)),
    (0.06, ev.HunksChanged(CHANGE)),
    (0.07, ev.CheckFinished("tests", True, "3 passed", 1.0)),
    (0.08, ev.Chosen("a", "so", CANDIDATES)),
    (0.09, ev.ProposalReady(CHANGES)),
    (0.10, ev.Done()),
)


@pytest.fixture
def page(look: Look, qtbot) -> ReplayPage:
    page = ReplayPage(look)
    qtbot.addWidget(page)
    page.resize(700, 500)
    page.load(MOMENTS)
    page.show()
    return page


def shown(transcript: Transcript) -> list[str]:
    """What stands in a conversation, one entry after the other, without times."""
    words = []
    for entry in transcript.entries():
        text = entry.markdown() if isinstance(entry, MarkdownView) else entry.accessibleName()
        words.append(f"{type(entry).__name__}: {text}")
    return words


def live(look: Look, qtbot) -> Transcript:
    """The same run, as it was seen."""
    talk = Transcript(look)
    qtbot.addWidget(talk)
    talk.resize(700, 500)
    talk.begin("make it y")
    talk.show_events([event for _, event in MOMENTS[:-1]])  # type: ignore[misc]
    talk.finish(ev.Done())
    return talk


def test_it_plays_by_itself_to_the_end_and_shows_what_was_seen(
    page: ReplayPage, look: Look, qtbot
) -> None:
    page.toggle()
    assert page.playing()
    qtbot.waitUntil(lambda: not page.playing())
    assert page.place() == len(MOMENTS)
    assert shown(page.record) == shown(live(look, qtbot))
    page.toggle()
    assert page.place() < len(MOMENTS)


def test_step_by_step_words_are_one_step(page: ReplayPage, look: Look, qtbot) -> None:
    places = []
    while page.place() < len(MOMENTS):
        qtbot.keyClick(page, Qt.Key.Key_Right)
        places.append(page.place())
    assert places == [1, 2, 6, 7, 8, 9, 10, 11]
    assert shown(page.record) == shown(live(look, qtbot))


def test_the_slider_goes_back_and_forth(page: ReplayPage, look: Look, qtbot) -> None:
    page._slider.setValue(len(MOMENTS))
    assert shown(page.record) == shown(live(look, qtbot))
    page._slider.setValue(5)
    assert [e.markdown() for e in page.record.entries() if isinstance(e, MarkdownView)] == [
        "One moment."
    ]
    assert not [e for e in page.record.entries() if isinstance(e, DiffCard | EvidenceRow)]
    qtbot.keyClick(page, Qt.Key.Key_Home)
    assert page.place() == 0
    assert [type(e) for e in page.record.entries()] == [UserCard]


def test_nothing_in_it_decides_asks_or_switches(page: ReplayPage, qtbot) -> None:
    page._slider.setValue(len(MOMENTS))
    [card] = [e for e in page.record.entries() if isinstance(e, DiffCard)]
    [run] = [e for e in page.record.entries() if isinstance(e, RunCard)]
    [asked] = [e for e in page.record.entries() if isinstance(e, UserCard)]
    for holder in (card, asked):
        assert not [b for b in holder.findChildren(QAbstractButton) if b.isVisible()]
    switch = run.drafts()
    assert switch is not None
    assert not switch.isEnabled()


def test_a_question_of_a_run_is_shown_and_cannot_be_answered(page: ReplayPage, qtbot) -> None:
    page.load([(0.0, ev.PermissionAsked("k", "Run this?", "rm -r x")), (0.1, ev.Cancelled())])
    page._slider.setValue(2)
    buttons = page.record.findChildren(QAbstractButton)
    assert not [b for b in buttons if b.isVisible() and "Run" in b.text()]


def test_a_recording_without_an_end_stops_where_it_stops(page: ReplayPage, qtbot) -> None:
    page.load(MOMENTS[:5])
    page.toggle()
    qtbot.waitUntil(lambda: not page.playing())
    assert page.place() == 5


def test_esc_leaves_and_space_pauses(page: ReplayPage, qtbot) -> None:
    page.load([(0.0, TextDelta("a")), (500.0, ev.Done())])
    qtbot.keyClick(page, Qt.Key.Key_Space)
    assert page.playing()
    qtbot.keyClick(page, Qt.Key.Key_Space)
    assert not page.playing()
    with qtbot.waitSignal(page.closed):
        qtbot.keyClick(page, Qt.Key.Key_Escape)


def test_an_answer_can_be_played_once_its_run_is_known(look: Look, qtbot) -> None:
    talk = Transcript(look)
    qtbot.addWidget(talk)
    talk.begin("q", (Mention("file", "a.py"),))
    [asked] = [e for e in talk.entries() if isinstance(e, UserCard)]
    play = asked.menu().actions()[-1]
    assert not play.isEnabled()
    talk.show_events([ev.RunStarted("r-7", "q", "m")])
    play = asked.menu().actions()[-1]
    with qtbot.waitSignal(talk.replay_requested) as wished:
        play.trigger()
    assert wished.args == ["r-7"]
