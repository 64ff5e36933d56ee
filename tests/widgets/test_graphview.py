"""The picture of a run of several calls: where boxes stand, what they say, what opens them."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import PurePosixPath

import pytest
from PySide6.QtCore import Qt

import assistant.events as ev
from assistant.events import Candidate, CheckFinished, Chosen, Node, NodeKind, NodeState, When
from assistant.types import ChangeSet, FileChange, Hunk, LineSpan, Snapshot
from widgets.controls import Segments
from widgets.graphview import GraphView, state_look
from widgets.look import Look
from widgets.runcard import RunCard, evidence_words
from widgets.transcript import Transcript

DONE, RUNNING, WAITING = NodeState.DONE, NodeState.RUNNING, NodeState.WAITING


def draft(letter: str, **more: object) -> Node:
    node = Node(letter, NodeKind.DRAFT, f"Draft {letter.upper()}", "edit", f"model-{letter}")
    return replace(node, **more)  # type: ignore[arg-type]


def check(letter: str, **more: object) -> Node:
    node = Node(f"check-{letter}", NodeKind.CHECK, "Checks", after=(letter,))
    return replace(node, **more)  # type: ignore[arg-type]


JUDGE = Node(
    "judge", NodeKind.JUDGE, "Judge", "judge", "wise",
    after=("check-a", "check-b", "check-c"), when=When.IF_TIED,
)  # fmt: skip
CHOOSE = Node("choose", NodeKind.CHOOSE, "Choose", after=("judge",))
COUNCIL = (
    draft("a", state=DONE, run="r-1", seconds=3.0, cost=0.012, tokens=900, good=True),
    check("a", state=DONE, good=True, note="14 passed", seconds=0.8),
    draft("b", state=NodeState.FAILED, run="r-1_b", note="The server is busy."),
    check("b", state=NodeState.SKIPPED, note="there is nothing to check"),
    draft("c", state=RUNNING, run="r-1_c", seconds=2.0),
    check("c"),
    JUDGE,
    CHOOSE,
)


@pytest.fixture
def view(look: Look, qtbot) -> GraphView:
    view = GraphView(look)
    qtbot.addWidget(view)
    view.show_nodes(COUNCIL)
    view.resize(340, view.sizeHint().height())
    return view


def test_drafts_stand_side_by_side_over_their_checks_and_the_judge_below(view: GraphView) -> None:
    boxes = view.boxes()
    assert set(boxes) == {node.id for node in COUNCIL} - {"choose"}
    assert boxes["a"].right() < boxes["b"].left() < boxes["b"].right() < boxes["c"].left()
    for letter in "abc":
        assert boxes[letter].bottom() < boxes[f"check-{letter}"].top()
        assert boxes[letter].x() == boxes[f"check-{letter}"].x()
    assert boxes["judge"].top() > boxes["check-a"].bottom()
    assert boxes["judge"].width() > 2 * boxes["a"].width()


@pytest.mark.parametrize("width", [180, 260, 340, 900])
def test_no_boxes_overlap_and_none_stands_outside(view: GraphView, width: int) -> None:
    view.resize(width, view.sizeHint().height())
    boxes = view.boxes()
    for one, two in combinations(boxes.values(), 2):
        assert not one.intersects(two)
    assert all(box.right() <= width and box.bottom() <= view.height() for box in boxes.values())


def test_every_state_has_a_mark_and_words_of_its_own(view: GraphView) -> None:
    looks = {state: state_look(draft("a", state=state)) for state in NodeState}
    assert len({icon for icon, _, _ in looks.values()}) == len(NodeState)
    assert len({words for _, _, words in looks.values()}) == len(NodeState)
    passed = state_look(check("a", state=DONE, good=True))
    failed = state_look(check("a", state=DONE, good=False))
    nothing = state_look(check("a", state=DONE))
    assert len({look[0] for look in (passed, failed, nothing)}) == 3
    assert "checked" in nothing[2]


def test_a_screen_reader_hears_all_of_it(view: GraphView) -> None:
    said = view.accessibleDescription()
    assert "Draft A: taken · model-a · 3 s · $0.012" in said
    assert "14 passed" in said
    assert "The server is busy." in said
    assert "—" in view.words(COUNCIL[2])
    assert "Choose: waits" in said


def test_a_price_that_is_not_known_is_a_dash(view: GraphView) -> None:
    assert view.words(draft("a", state=DONE, seconds=1)).endswith("1.0 s · —")


def test_a_box_opens_what_was_sent_by_mouse_and_by_key(view: GraphView, qtbot) -> None:
    spot = view.boxes()["b"].center().toPoint()
    with qtbot.waitSignal(view.opened) as opened:
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=spot)
    assert opened.args == ["r-1_b"]
    with qtbot.waitSignal(view.opened) as opened:
        qtbot.keyClick(view, Qt.Key.Key_Left)
        qtbot.keyClick(view, Qt.Key.Key_Left)
        qtbot.keyClick(view, Qt.Key.Key_Return)
    assert opened.args == ["r-1"]
    with qtbot.assertNotEmitted(view.opened):
        spot = view.boxes()["check-a"].center().toPoint()
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=spot)


def test_the_end_of_a_run_stops_what_ran(view: GraphView) -> None:
    view.stop()
    states = {node.id: node.state for node in view.nodes()}
    assert states["c"] is NodeState.STOPPED
    assert states["check-c"] is states["judge"] is NodeState.SKIPPED
    assert states["a"] is DONE
    assert not view._tick.isActive()


def test_hidden_characters_in_a_note_are_shown(view: GraphView) -> None:
    view.show_nodes((draft("a", state=NodeState.FAILED, note="a\u202eb"),))
    assert "\u202e" not in view.accessibleDescription()


# -- the card --------------------------------------------------------------------------------------

HUNK = Hunk(1, LineSpan(0, 1), ("x\n",), ("y\n",))
CHANGES = ChangeSet("r", "t", (FileChange(Snapshot(PurePosixPath("a.py"), "x\n"), (HUNK,)),))


def candidate(letter: str, *evidence: CheckFinished) -> Candidate:
    return Candidate(letter, f"Draft {letter.upper()}", f"model-{letter}", CHANGES, evidence)


PASSED = CheckFinished("tests", True, "14 passed", 1.0)
FAILED = CheckFinished("tests", False, "2 failed", 1.0)
NOT_RUN = CheckFinished("tests", False, "not run: the folder is not trusted", 0.0)


def test_what_the_checks_say_of_a_draft_is_never_better_than_they_said() -> None:
    assert evidence_words(candidate("a", PASSED)) == "14 passed"
    assert evidence_words(candidate("a", PASSED, FAILED)) == "2 failed"
    assert evidence_words(candidate("a", NOT_RUN)) == "not checked"
    empty = replace(candidate("a", PASSED), changes=ChangeSet("r", "t"))
    assert evidence_words(empty) == "no change that could be applied"


def test_the_card_says_what_was_taken_and_switches_between_drafts(look: Look, qtbot) -> None:
    card = RunCard(look, "r-1")
    qtbot.addWidget(card)
    card.show_nodes(COUNCIL)
    assert card.drafts() is None
    card.show_chosen(Chosen("b", "it is right", (candidate("a", FAILED), candidate("b", PASSED))))
    card.show()
    switch = card.drafts()
    assert isinstance(switch, Segments)
    assert switch.choice() == "b"
    with qtbot.waitSignal(card.draft_requested) as wished:
        qtbot.keyClick(switch, Qt.Key.Key_Left)
    assert wished.args == ["r-1", "a"]
    card.show_draft("a")
    assert "2 failed" in card._evidence.text()


def test_one_draft_has_nothing_to_switch(look: Look, qtbot) -> None:
    card = RunCard(look)
    qtbot.addWidget(card)
    card.show_nodes(COUNCIL[:2])
    card.show_chosen(Chosen("a", "it is the only one", (candidate("a", PASSED),)))
    assert card.drafts() is None


def test_each_run_of_a_conversation_has_its_own_card(look: Look, qtbot) -> None:
    talk = Transcript(look)
    qtbot.addWidget(talk)
    for run in ("r-1", "r-2"):
        talk.begin("a question")
        talk.show_events([ev.RunStarted(run, "t", "m"), ev.GraphChanged(COUNCIL)])
        talk.show_events([ev.Chosen("a", "so", (candidate("a"), candidate("b")))])
        talk.finish(ev.Done())
    cards = [entry for entry in talk.entries() if isinstance(entry, RunCard)]
    assert len(cards) == 2
    talk.show_draft("r-1", "b")
    choices = [switch.choice() for card in cards if (switch := card.drafts()) is not None]
    assert choices == ["b", "a"]
