"""The prompt bar and the composer: sending, history, mentions, thinking, Esc in three steps."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from assistant.events import Node, NodeKind, NodeState
from assistant.types import Autonomy, Care, Effort, LineSpan, Mention
from widgets.asking import Prompt
from widgets.composer import Composer
from widgets.controls import Button, Chip, IconButton
from widgets.look import Look
from widgets.mentionpopup import MentionPopup
from widgets.mentions import MentionItem, mention_label
from widgets.promptbar import PromptBar
from widgets.promptedit import LINES, PromptEdit

SELECTION = Mention("selection", "src/client.py", span=LineSpan(10, 19))
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def bar(look: Look, qtbot) -> Iterator[PromptBar]:
    window = QWidget()
    qtbot.addWidget(window)
    bar = PromptBar(look)
    QVBoxLayout(window).addWidget(bar)
    window.resize(700, 400)
    window.show()
    bar.open([SELECTION])
    window.activateWindow()
    bar.focus()
    yield bar
    window.close()


def test_enter_sends_text_mentions_and_effort(bar: PromptBar, qtbot) -> None:
    qtbot.keyClicks(bar.edit, "make it typed")
    with qtbot.waitSignal(bar.submitted) as sent:
        qtbot.keyClick(bar.edit, Qt.Key.Key_Return)
    assert sent.args == [Prompt("make it typed", (SELECTION,), Effort.MEDIUM, Autonomy.EDIT)]


def test_shift_enter_breaks_the_line_and_sends_nothing(bar: PromptBar, qtbot) -> None:
    with qtbot.assertNotEmitted(bar.submitted):
        qtbot.keyClicks(bar.edit, "one")
        qtbot.keyClick(bar.edit, Qt.Key.Key_Return, SHIFT)
        qtbot.keyClicks(bar.edit, "two")
    assert bar.edit.text() == "one\ntwo"


def test_nothing_is_sent_while_the_field_is_empty_or_an_answer_runs(bar: PromptBar, qtbot) -> None:
    with qtbot.assertNotEmitted(bar.submitted):
        qtbot.keyClick(bar.edit, Qt.Key.Key_Return)
        bar.show_running(True)
        qtbot.keyClicks(bar.edit, "more")
        qtbot.keyClick(bar.edit, Qt.Key.Key_Return)
    assert bar.edit.text() == "more"


def test_esc_stops_first_and_leaves_only_when_nothing_runs(bar: PromptBar, qtbot) -> None:
    bar.show_running(True)
    with qtbot.assertNotEmitted(bar.left), qtbot.waitSignal(bar.stop_requested):
        qtbot.keyClick(bar.edit, Qt.Key.Key_Escape)
    bar.show_running(False)
    with qtbot.waitSignal(bar.left):
        qtbot.keyClick(bar.edit, Qt.Key.Key_Escape)


def test_esc_closes_the_list_of_mentions_before_anything_else(bar: PromptBar, qtbot) -> None:
    bar.show_running(True)
    qtbot.keyClicks(bar.edit, "@cl")
    bar.set_mentions([MentionItem(Mention("file", "client.py"), "client.py")])
    assert bar.edit.popup_open()
    with qtbot.assertNotEmitted(bar.stop_requested):
        qtbot.keyClick(bar.edit, Qt.Key.Key_Escape)
    assert not bar.edit.popup_open()


def test_chips_stand_beside_each_other_also_when_they_come_late(bar: PromptBar, qtbot) -> None:
    bar.open([SELECTION, Mention("diff", "uncommitted")])
    plus = bar.chips._plus
    assert plus is not None

    def apart() -> bool:
        chips = [chip for chip in bar.chips.findChildren(Chip) if not chip.isHidden()]
        boxes = [widget.geometry() for widget in (*chips, plus)]
        return len(chips) == 2 and all(
            not one.intersects(other) for one, other in combinations(boxes, 2)
        )

    qtbot.waitUntil(apart)


def test_an_at_sign_asks_for_mentions_and_the_picked_one_becomes_a_chip(
    bar: PromptBar, qtbot
) -> None:
    asked: list[str] = []
    bar.mentions_requested.connect(asked.append)
    qtbot.keyClicks(bar.edit, "see @ca")
    assert asked == ["", "c", "ca"]
    cache, calls = Mention("file", "src/cache.py"), Mention("symbol", "calls")
    bar.set_mentions([MentionItem(cache, "cache.py", "src"), MentionItem(calls, "calls")])
    qtbot.keyClick(bar.edit, Qt.Key.Key_Down)
    qtbot.keyClick(bar.edit, Qt.Key.Key_Return)
    assert bar.edit.toPlainText() == "see "
    assert bar.chips.mentions() == (SELECTION, calls)


def test_an_at_sign_inside_a_word_is_an_address_not_a_mention(bar: PromptBar, qtbot) -> None:
    with qtbot.assertNotEmitted(bar.mentions_requested):
        qtbot.keyClicks(bar.edit, "me@home")


def test_a_late_answer_about_mentions_opens_nothing(bar: PromptBar, qtbot) -> None:
    qtbot.keyClicks(bar.edit, "@c ")
    bar.set_mentions([MentionItem(Mention("file", "c.py"), "c.py")])
    assert not bar.edit.popup_open()


def test_a_chip_is_removed_by_its_cross_and_by_the_delete_key(bar: PromptBar, qtbot) -> None:
    bar.chips.add(Mention("diff", "uncommitted"))
    chips = [chip for chip in bar.chips.findChildren(Chip) if not chip.isHidden()]
    qtbot.keyClick(chips[1], Qt.Key.Key_Delete)
    assert bar.chips.mentions() == (SELECTION,)
    chips = [chip for chip in bar.chips.findChildren(Chip) if not chip.isHidden()]
    cross = chips[0].findChild(IconButton)
    assert cross is not None
    qtbot.mouseClick(cross, Qt.MouseButton.LeftButton)
    assert bar.chips.mentions() == ()


def test_up_and_down_walk_the_history_and_come_back_to_the_draft(bar: PromptBar, qtbot) -> None:
    bar.edit.set_history(["first", "second"])
    qtbot.keyClicks(bar.edit, "draft")
    qtbot.keyClick(bar.edit, Qt.Key.Key_Up)
    assert bar.edit.text() == "second"
    qtbot.keyClick(bar.edit, Qt.Key.Key_Up)
    assert bar.edit.text() == "first"
    qtbot.keyClick(bar.edit, Qt.Key.Key_Down)
    qtbot.keyClick(bar.edit, Qt.Key.Key_Down)
    assert bar.edit.text() == "draft"


def test_up_inside_several_lines_moves_the_caret(bar: PromptBar, qtbot) -> None:
    bar.edit.set_history(["old"])
    bar.edit.set_text("one\ntwo")
    qtbot.keyClick(bar.edit, Qt.Key.Key_Up)
    assert bar.edit.text() == "one\ntwo"
    assert bar.edit.textCursor().blockNumber() == 0


def test_the_field_grows_to_eight_lines_and_no_further(bar: PromptBar) -> None:
    line = bar.edit.fontMetrics().lineSpacing()
    one = bar.edit.height()
    bar.edit.set_text("\n".join("abc"))
    assert bar.edit.height() == one + 2 * line
    bar.edit.set_text("\n".join("x" * 30))
    assert bar.edit.height() == one + (LINES - 1) * line


def test_the_thinking_level_moves_by_arrow_keys_and_by_menu(bar: PromptBar, qtbot) -> None:
    with qtbot.waitSignal(bar.effort_chosen) as chosen:
        qtbot.keyClick(bar.effort, Qt.Key.Key_Right)
    assert chosen.args == [Effort.HIGH]
    menu = bar.effort.menu()
    levels = [action for action in menu.actions() if action.data() in tuple(Effort)]
    assert [a.data() for a in levels] == ["off", "low", "medium", "high", "max"]
    with qtbot.waitSignal(bar.effort_chosen) as chosen:
        levels[4].trigger()
    assert chosen.args == [Effort.MAX]
    with qtbot.assertNotEmitted(bar.effort_chosen):
        qtbot.keyClick(bar.effort, Qt.Key.Key_Right)
    assert bar.prompt().effort is Effort.MAX
    menu.close()


def test_care_moves_by_arrow_keys_and_by_the_same_menu(bar: PromptBar, qtbot) -> None:
    assert bar.prompt().care is Care.QUICK
    assert bar.effort.text() == "medium"
    with qtbot.waitSignal(bar.effort.care_chosen) as chosen:
        qtbot.keyClick(bar.effort, Qt.Key.Key_Up)
    assert chosen.args == [Care.CHECKED]
    assert bar.effort.text() == "medium · checked"
    assert "Care: checked" in bar.effort.accessibleName()
    menu = bar.effort.menu()
    cares = [action for action in menu.actions() if action.data() in tuple(Care)]
    assert [(a.data(), a.isChecked()) for a in cares] == [
        ("quick", False), ("checked", True), ("council", False)
    ]  # fmt: skip
    with qtbot.waitSignal(bar.effort.care_chosen) as chosen:
        cares[2].trigger()
    assert chosen.args == [Care.COUNCIL]
    assert bar.prompt().care is Care.COUNCIL
    assert bar.prompt().effort is Effort.MEDIUM
    with qtbot.assertNotEmitted(bar.effort.care_chosen):
        qtbot.keyClick(bar.effort, Qt.Key.Key_Up)
    menu.close()


def test_the_calls_of_a_run_stand_in_one_row_and_go_again(bar: PromptBar, qtbot) -> None:
    nodes = (
        Node("a", NodeKind.DRAFT, "Draft A", "edit", "m", state=NodeState.DONE, run="r-1"),
        Node("check-a", NodeKind.CHECK, "Checks", after=("a",), state=NodeState.RUNNING),
        Node("choose", NodeKind.CHOOSE, "Choose", after=("check-a",)),
    )
    with qtbot.waitSignal(bar.height_changed):
        bar.show_graph(nodes)
    assert bar.graph.isVisibleTo(bar)
    assert [node.id for node in bar.graph.nodes()] == ["a", "check-a"]
    assert "Draft A: done · m" in bar.graph.accessibleDescription()
    [(_, first), (_, second)] = bar.graph.boxes()
    assert first.right() < second.left()
    with qtbot.waitSignal(bar.graph.opened) as opened:
        qtbot.mouseClick(bar.graph, Qt.MouseButton.LeftButton, pos=first.center().toPoint())
    assert opened.args == ["r-1"]
    with qtbot.waitSignal(bar.graph.opened):
        qtbot.keyClick(bar.graph, Qt.Key.Key_Right)
        qtbot.keyClick(bar.graph, Qt.Key.Key_Return)
    bar.graph.stop()
    assert bar.graph.nodes()[1].state is NodeState.STOPPED
    bar.show_graph(())
    assert not bar.graph.isVisibleTo(bar)


def test_an_error_has_buttons_for_what_can_be_done(bar: PromptBar, qtbot) -> None:
    bar.show_status("Nothing answered.", "error", [("retry", "Try again"), ("model", "Another")])
    assert bar.status() == "Nothing answered."
    button = next(b for b in bar.findChildren(Button) if b.key == "retry")
    with qtbot.waitSignal(bar.action_requested) as wished:
        qtbot.keyClick(button, Qt.Key.Key_Return)
    assert wished.args == ["retry"]
    bar.show_status("")
    assert bar.status() == ""


@pytest.mark.parametrize(
    ("mention", "label"),
    [
        (SELECTION, "client.py:11-19"),
        (Mention("file", "a/b.py", span=LineSpan(4, 5)), "b.py:5"),
        (Mention("file", "a/b.py"), "b.py"),
        (Mention("diff", ""), "diff"),
    ],
)
def test_a_chip_counts_lines_from_one(mention: Mention, label: str) -> None:
    assert mention_label(mention) == label


def test_the_composer_sends_how_far_the_model_may_go(look: Look, qtbot) -> None:
    composer = Composer(look)
    qtbot.addWidget(composer)
    composer.show()
    qtbot.keyClicks(composer.edit, "why?")
    composer.autonomy.choose("edit")
    with qtbot.waitSignal(composer.autonomy_chosen) as chosen:
        qtbot.keyClick(composer.autonomy, Qt.Key.Key_Left)
    assert chosen.args == [Autonomy.ASK]
    with qtbot.waitSignal(composer.submitted) as sent:
        qtbot.keyClick(composer.edit, Qt.Key.Key_Return)
    assert sent.args == [Prompt("why?", (), Effort.MEDIUM, Autonomy.ASK)]


def test_the_composer_button_stops_a_running_answer(look: Look, qtbot) -> None:
    composer = Composer(look)
    qtbot.addWidget(composer)
    composer.show_running(True)
    stop = next(b for b in composer.findChildren(IconButton) if b.accessibleName() == "Stop")
    with qtbot.waitSignal(composer.stop_requested):
        qtbot.mouseClick(stop, Qt.MouseButton.LeftButton)


def test_the_list_of_mentions_goes_with_its_field(look: Look, qtbot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    edit = PromptEdit(look, "x", window)
    window.show()
    edit.set_text("@a")
    edit.set_mentions([MentionItem(Mention("file", "a.py"), "a.py")])
    popup = window.findChild(MentionPopup)
    assert popup is not None
    with qtbot.waitSignal(popup.destroyed):
        edit.deleteLater()


def test_tab_walks_from_the_field_to_the_send_button(bar: PromptBar, qtbot) -> None:
    with qtbot.waitActive(bar.window()):
        bar.window().activateWindow()
    bar.edit.setFocus()
    qtbot.keyClick(bar.edit, Qt.Key.Key_Tab)
    focused = bar.window().focusWidget()
    assert isinstance(focused, IconButton) and focused.accessibleName() == "Send"
