"""The X-ray with its treemap, the history, and the cost chart."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt

from assistant.events import Terms
from assistant.types import Mention
from widgets.costchart import CostChart, Day
from widgets.forecast import cost_words
from widgets.look import Look
from widgets.mentions import MentionItem
from widgets.momentpreview import PastChange
from widgets.restorelist import Plan, PlanRow
from widgets.timeline import Moment, Timeline
from widgets.treemap import squarify
from widgets.xray import Budget, Piece, XRay

LEFT = Qt.MouseButton.LeftButton
PIECES = [
    Piece("sel", "client.py", "selection", "selected", 400, "client.py", 10, 19, fixed=True),
    Piece("cache", "cache.py", "symbol", "defines Cache", 1800, "cache.py", 0, 40),
    Piece("guide", "guide.md", "pin", "you pinned it", 800, "guide.md", redactions=2, pinned=True),
]
STAYS = Piece("stays:0", ".env", "", "it is an environment file", 0, stays=True)
KNOWN = Terms(window=200_000, rate=3e-6, low=0.011, high=0.05)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.integers(0, 10_000), max_size=40),
    st.floats(1, 2000),
    st.floats(1, 2000),
)
def test_areas_are_in_proportion_and_fill_the_box(
    sizes: list[int], width: float, height: float
) -> None:
    boxes = squarify(sizes, (5.0, 7.0, width, height))
    assert len(boxes) == len(sizes)
    total = sum(sizes)
    for size, (x, y, w, h) in zip(sizes, boxes, strict=True):
        if size == 0:
            assert w == h == 0
            continue
        assert math.isclose(w * h, width * height * size / total, rel_tol=1e-6)
        assert x >= 5 - 1e-6 and y >= 7 - 1e-6
        assert x + w <= 5 + width + 1e-6 and y + h <= 7 + height + 1e-6


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(1, 1000), min_size=2, max_size=15))
def test_no_two_boxes_overlap(sizes: list[int]) -> None:
    boxes = squarify(sizes, (0, 0, 300, 200))
    for one, (ax, ay, aw, ah) in enumerate(boxes):
        for bx, by, bw, bh in boxes[one + 1 :]:
            wide = min(ax + aw, bx + bw) - max(ax, bx)
            tall = min(ay + ah, by + bh) - max(ay, by)
            assert wide <= 1e-6 or tall <= 1e-6


def test_the_example_of_the_paper_is_squarish() -> None:
    boxes = squarify([6, 6, 4, 3, 2, 2, 1], (0, 0, 6, 4))
    assert boxes[0] == pytest.approx((0, 0, 3, 2))
    assert max(max(w / h, h / w) for _, _, w, h in boxes) < 3


@pytest.fixture
def xray(look: Look, qtbot) -> XRay:
    xray = XRay(look)
    qtbot.addWidget(xray)
    xray.resize(640, 560)
    xray.show()
    xray.show_pieces([*PIECES, STAYS], Budget(KNOWN, "gpt-4o"))
    return xray


def test_the_xray_adds_up_tokens_price_and_redactions(xray: XRay) -> None:
    assert xray.sum() == "3.0k of 200k tokens · $0.011–0.050 · gpt-4o"
    assert xray._out.text() == "2 secrets leave as placeholders and come back in the diff."
    xray.show_pieces(PIECES, Budget())
    assert xray.sum() == "3.0k tokens · price —"


def test_every_row_has_its_price_and_what_stays_has_its_reason(xray: XRay) -> None:
    assert xray.list.rows() == [
        ["Leaves (3)"],
        ["cache.py:1-40", "symbol", "defines Cache", "1.8k", "$0.005"],
        ["guide.md", "pinned", "you pinned it · 2 secrets masked", "800", "$0.002"],
        ["client.py:11-19", "selection", "selected", "400", "$0.001"],
        ["Stays here"],
        [".env", "", "it is an environment file", "", ""],
    ]
    xray.show_pieces(PIECES, Budget(Terms(window=8000)))
    assert [row[4] for row in xray.list.rows()[1:]] == ["—", "—", "—"]


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        (Terms(), "—"),
        (Terms(low=0.02, high=0.14), "$0.02–0.14"),
        (Terms(low=0.0021, high=0.034), "$0.002–0.034"),
        (Terms(low=0.00004, high=0.0123), "up to $0.012"),
        (Terms(low=0.00001, high=0.00002), "<$0.0001"),
        (Terms(low=1.501, high=1.502), "$1.50"),
        (Terms(low=0, high=0, local=True), "free, local"),
        (Terms(low=0, high=0), "free"),
        (Terms(leaves=False), "nothing leaves"),
    ],
)
def test_a_price_before_sending_is_a_range_and_never_nothing_when_unknown(
    terms: Terms, words: str
) -> None:
    assert cost_words(terms) == words


def test_the_very_text_is_shown_with_its_placeholders_marked(xray: XRay) -> None:
    secret = "GALLEY_SECRET_VALUE_0123456789ab"
    piece = Piece("a", "a.py", "file", "w", 9, text=f'key = "{secret}"\u202e\n', redactions=1)
    xray.show_pieces([piece, STAYS], Budget())
    xray.mark("a")
    shown = xray.view.text.toPlainText()
    assert secret in shown
    assert "\u202e" not in shown
    [mark] = xray.view.text.extraSelections()
    assert mark.cursor.selectedText() == secret  # type: ignore[attr-defined]
    xray.mark("stays:0")
    assert xray.view.text.toPlainText() == "it is an environment file"


def test_a_file_or_symbol_is_added_by_typing_and_choosing(xray: XRay, qtbot) -> None:
    asked: list[str] = []
    xray.pieces_requested.connect(asked.append)
    qtbot.mouseClick(xray._add, LEFT)
    assert xray.picker.isVisible()
    qtbot.keyClicks(xray.picker.field, "ca")
    assert asked == ["", "c", "ca"]
    one, two = Mention("file", "src/cache.py"), Mention("symbol", "src/a.py:calls")
    xray.picker.set_items([MentionItem(one, "cache.py"), MentionItem(two, "calls")])
    qtbot.keyClick(xray.picker.field, Qt.Key.Key_Down)
    with qtbot.waitSignal(xray.add_requested) as added:
        qtbot.keyClick(xray.picker.field, Qt.Key.Key_Return)
    assert added.args == [two]
    assert not xray.picker.isVisible()


def test_a_press_on_the_map_marks_the_row_and_two_open_the_lines(xray: XRay, qtbot) -> None:
    at = next(rect for piece, rect in xray.map.boxes() if piece.key == "cache").center().toPoint()
    qtbot.mouseClick(xray.map, LEFT, pos=at)
    assert xray.current() == "cache"
    with qtbot.waitSignal(xray.open_requested) as opened:
        qtbot.mouseDClick(xray.map, LEFT, pos=at)
    assert opened.args == ["cache.py", 0, 40]


def test_pieces_are_left_out_pinned_and_added_by_wish(xray: XRay, qtbot) -> None:
    xray.mark("cache")
    with qtbot.waitSignal(xray.remove_requested) as removed:
        qtbot.keyClick(xray, Qt.Key.Key_Delete)
    assert removed.args == ["cache"]
    xray.mark("guide")
    assert xray._pin.text() == "Unpin"
    with qtbot.waitSignal(xray.pin_requested) as pinned:
        qtbot.mouseClick(xray._pin, LEFT)
    assert pinned.args == ["guide", False]


def test_what_the_instruction_needs_cannot_be_left_out(xray: XRay, qtbot) -> None:
    xray.mark("sel")
    assert not xray._remove.isEnabled()
    with qtbot.assertNotEmitted(xray.remove_requested):
        qtbot.keyClick(xray, Qt.Key.Key_Delete)


def test_what_was_sent_can_only_be_looked_at(xray: XRay, qtbot) -> None:
    xray.show_pieces(PIECES, Budget(Terms(window=200_000), sent=True))
    xray.mark("cache")
    assert xray._title.text() == "What was sent"
    assert not xray._remove.isEnabled() and not xray._pin.isEnabled()
    assert not xray._add.isEnabled() and xray._open.isEnabled()


def test_a_switch_of_theme_keeps_the_mark(xray: XRay, look: Look) -> None:
    xray.mark("guide")
    look.changed.emit()
    assert xray.current() == "guide"


def test_arrow_keys_walk_the_map(xray: XRay, qtbot) -> None:
    xray.mark("sel")
    qtbot.keyClick(xray.map, Qt.Key.Key_Right)
    assert xray.current() == "cache"
    with qtbot.waitSignal(xray.open_requested):
        qtbot.keyClick(xray.map, Qt.Key.Key_Return)


def test_the_map_tells_a_screen_reader_what_it_shows(xray: XRay) -> None:
    assert "cache.py, 1800 tokens, symbol" in xray.map.accessibleDescription()


MOMENTS = [
    Moment("3", "commit", "Make it robust", "12:41", added=15, removed=10),
    Moment("2", "model", "Make it robust", "12:40", "sonnet", 15, 10, ("a.py",), talk=True),
    Moment("1", "me", "a.py", "12:38", added=1, removed=1),
]


@pytest.fixture
def timeline(look: Look, qtbot) -> Timeline:
    timeline = Timeline(look)
    qtbot.addWidget(timeline)
    timeline.resize(320, 400)
    timeline.show()
    timeline.show_moments(MOMENTS)
    return timeline


def test_a_moment_is_opened_with_enter(timeline: Timeline, qtbot) -> None:
    timeline.view.setCurrentIndex(timeline._model.index(1))
    with qtbot.waitSignal(timeline.opened) as opened:
        qtbot.keyClick(timeline.view, Qt.Key.Key_Return)
    assert opened.args == ["2"]


def test_code_and_talk_are_restored_apart(timeline: Timeline, qtbot) -> None:
    menu = timeline.menu_of(MOMENTS[1])
    wishes = {action.data()[0]: action for action in menu.actions()}
    assert set(wishes) == {"open", "undo", "code", "talk", "both"}
    with qtbot.waitSignal(timeline.restore_requested) as restored:
        wishes["talk"].trigger()
    assert restored.args == ["2", "talk"]
    with qtbot.waitSignal(timeline.undo_requested) as undone:
        wishes["undo"].trigger()
    assert undone.args == ["2"]
    menu.close()
    without = timeline.menu_of(MOMENTS[2])
    assert {action.data()[0] for action in without.actions()} == {"open", "undo", "code"}
    without.close()


def test_the_filter_leaves_one_author(timeline: Timeline, qtbot) -> None:
    timeline._filter.setFocus()
    qtbot.keyClick(timeline._filter, Qt.Key.Key_Right)
    assert [moment.id for moment in timeline._model.rows] == ["2"]
    timeline.show_moments([*MOMENTS, Moment("0", "model", "x", "12:00")])
    assert [moment.id for moment in timeline._model.rows] == ["2", "0"]


def test_the_mark_stays_on_its_moment_when_new_ones_come(timeline: Timeline) -> None:
    timeline.view.setCurrentIndex(timeline._model.index(2))
    timeline.show_moments([Moment("4", "disk", "b.py", "12:50"), *MOMENTS])
    current = timeline.current()
    assert current is not None and current.id == "1"


def test_ten_thousand_moments_ask_for_more_only_at_the_end(timeline: Timeline, qtbot) -> None:
    timeline.show_moments([Moment(str(n), "me", f"f{n}.py", "1") for n in range(10_000)])
    with qtbot.assertNotEmitted(timeline.more_requested):
        timeline.view.verticalScrollBar().setValue(1000)
    with qtbot.waitSignal(timeline.more_requested):
        timeline.view.scrollToBottom()
    assert not timeline.grab().isNull()


def test_a_plan_that_waits_stays_in_front_of_what_a_change_did(timeline: Timeline, qtbot) -> None:
    timeline.show_plan(Plan("1", "Back to 12:40", (PlanRow("a.py", "change"),)))
    timeline.show_change(PastChange("1", "a.py", "12:38", ()))
    assert timeline.plan.isVisible()
    qtbot.keyClick(timeline.plan, Qt.Key.Key_Escape)
    assert timeline.preview.isVisible()


def test_bars_are_as_high_as_the_days_were_dear(look: Look, qtbot) -> None:
    chart = CostChart(look)
    qtbot.addWidget(chart)
    chart.resize(300, 120)
    chart.show_days([Day("Mon", 0.5), Day("Tue", 1.0), Day("Wed", None, 900), Day("Thu", 0.0)])
    mon, tue, wed, thu = (rect.height() for _, rect in chart.bars())
    assert tue == pytest.approx(2 * mon)
    assert wed > thu
    assert "Wed: —" in chart.accessibleDescription()
    assert not chart.grab().isNull()


def test_the_cap_sets_the_scale(look: Look, qtbot) -> None:
    chart = CostChart(look)
    qtbot.addWidget(chart)
    chart.resize(300, 120)
    chart.show_days([Day("Mon", 1.0)])
    alone = chart.bars()[0][1].height()
    chart.show_days([Day("Mon", 1.0)], cap=4.0)
    assert chart.bars()[0][1].height() == pytest.approx(alone / 4)
