"""Review bar, status bar and palette: what they say, and how they are driven."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from assistant.types import LeftOut
from widgets.look import Look
from widgets.palette import CommandEntry, Palette, SymbolEntry
from widgets.reviewbar import ReviewBar, ReviewCount
from widgets.statusbar import StatusBar, dollars, tokens

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def holder(qtbot) -> Iterator[QWidget]:
    holder = QWidget()
    qtbot.addWidget(holder)
    holder.resize(900, 600)
    holder.show()
    yield holder
    holder.close()


@pytest.fixture
def review(look: Look, holder: QWidget) -> ReviewBar:
    bar = ReviewBar(look, holder)
    bar.set_keys({"keep_all": "Ctrl+Enter", "reject_all": "Ctrl+Backspace", "next": "Alt+]"})
    return bar


def test_the_review_bar_counts_and_is_gone_when_all_is_decided(review: ReviewBar) -> None:
    review.show_count(ReviewCount(2, 11, 3, 15, 10, "client.py"))
    assert review.isVisible()
    assert review._count.text() == "2 of 11 pending, 3 files"
    assert (review._plus.text(), review._minus.text()) == ("+15", "−10")
    assert review._keep.text() == "Keep all  Ctrl+Enter"
    review.show_count(ReviewCount(0, 11, 3))
    assert not review.isVisible()


@pytest.mark.parametrize("width", [260, 330, 420, 900])
def test_the_review_bar_fits_and_its_buttons_stay_readable(
    review: ReviewBar, holder: QWidget, width: int
) -> None:
    review.show_count(ReviewCount(2, 11, 3, 15, 10, "a_file_with_a_long_name.py"))
    holder.resize(width, 400)
    assert holder.rect().contains(review.geometry())
    if width >= 330:
        review.layout().activate()
        for button in (review._keep, review._reject):
            assert button.width() >= button.fontMetrics().horizontalAdvance(button.text())


def test_the_review_bar_is_driven_by_mouse_and_keys(review: ReviewBar, qtbot) -> None:
    review.show_count(ReviewCount(2, 2))
    for key, modifier, signal in (
        (Qt.Key.Key_Return, CONTROL, review.keep_all_requested),
        (Qt.Key.Key_Backspace, CONTROL, review.reject_all_requested),
        (Qt.Key.Key_Down, Qt.KeyboardModifier.NoModifier, review.next_requested),
        (Qt.Key.Key_Up, Qt.KeyboardModifier.NoModifier, review.previous_requested),
        (Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier, review.focus_returned),
    ):
        with qtbot.waitSignal(signal):
            qtbot.keyClick(review, key, modifier)
    with qtbot.waitSignal(review.keep_all_requested):
        qtbot.mouseClick(review._keep, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(review.previous_requested):
        qtbot.mouseClick(review._up, Qt.MouseButton.LeftButton)


def test_while_only_streaming_nothing_can_be_decided(review: ReviewBar, qtbot) -> None:
    review.show_count(ReviewCount(0, 1, streaming=True))
    assert review.isVisible()
    with qtbot.assertNotEmitted(review.keep_all_requested):
        qtbot.keyClick(review, Qt.Key.Key_Return, CONTROL)


@pytest.mark.parametrize(
    ("cost", "words"),
    [(None, "—"), (0.0, "$0.000"), (0.0004, "<$0.001"), (0.043, "$0.043"), (1.2, "$1.20")],
)
def test_dollars(cost: float | None, words: str) -> None:
    assert dollars(cost) == words


@pytest.mark.parametrize(("count", "words"), [(940, "940"), (3100, "3.1k"), (38_000, "38k")])
def test_tokens(count: int, words: str) -> None:
    assert tokens(count) == words


@pytest.fixture
def status(look: Look, qtbot) -> StatusBar:
    status = StatusBar(look)
    qtbot.addWidget(status)
    status.resize(1400, 26)
    status.show()
    status.show_branch("fix/retries", changed=True)
    status.show_checks("14 passed", True)
    status.show_problems(0, 1)
    status.show_caret(12, 5)
    status.show_document("UTF-8", "LF", "Python")
    status.show_context(38_000, 200_000)
    status.show_speed(86.2)
    status.show_cost(None, 1.2)
    status.show_model("auto → sonnet")
    return status


def test_the_status_bar_says_what_it_was_told(status: StatusBar) -> None:
    said = {part: status.text_of(part) for part in status._parts}
    assert said == {
        "branch": "fix/retries*",
        "checks": "14 passed",
        "problems": "1",
        "caret": "Ln 12, Col 5",
        "encoding": "UTF-8",
        "eol": "LF",
        "language": "Python",
        "context": "38k / 200k",
        "speed": "86 tok/s",
        "cost": "— · today $1.20",
        "model": "auto → sonnet",
    }


def test_every_part_can_be_pressed_and_names_itself(status: StatusBar, qtbot) -> None:
    for key, button in status._parts.items():
        assert button.text() in button.accessibleName()
        with qtbot.waitSignal(status.part_clicked) as clicked:
            qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        assert clicked.args[0] == key


def test_a_narrow_status_bar_keeps_branch_caret_and_model(status: StatusBar) -> None:
    status.resize(420, 26)
    assert not status._parts["encoding"].isVisible()
    for key in ("branch", "caret", "model"):
        assert status._parts[key].isVisible()


def test_a_message_carries_its_action_and_goes_when_its_time_is_over(
    status: StatusBar, qtbot
) -> None:
    status.show_message("committed 1a2b3c", "undo", "undo:1a2b3c", seconds=0.05)
    with qtbot.waitSignal(status.action_requested) as wished:
        qtbot.mouseClick(status._action, Qt.MouseButton.LeftButton)
    assert wished.args == ["undo:1a2b3c"]
    qtbot.waitUntil(lambda: status.text_of("message") == "")
    assert status._action.isHidden()


@pytest.fixture
def palette(look: Look, holder: QWidget) -> Palette:
    palette = Palette(look, holder)
    palette.set_files(["src/client.py", "src/cache.py", "tests/test_client.py"], ["src/cache.py"])
    palette.set_commands(
        [
            CommandEntry("review.keep", "Keep this hunk", "Review", "Alt+Return"),
            CommandEntry("view.theme", "Next theme", "View"),
        ]
    )
    return palette


def titles(palette: Palette) -> list[str]:
    return [choice.title for choice in palette.choices()]


def test_recent_files_come_first_while_nothing_is_typed(palette: Palette) -> None:
    palette.popup()
    assert titles(palette) == ["cache.py"]


def test_a_file_is_found_by_a_few_letters_and_opened_with_enter(palette: Palette, qtbot) -> None:
    palette.popup()
    qtbot.keyClicks(palette.field, "cli")
    assert titles(palette) == ["client.py", "test_client.py"]
    qtbot.keyClick(palette.field, Qt.Key.Key_Down)
    with qtbot.waitSignal(palette.file_chosen) as chosen:
        qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert chosen.args == ["tests/test_client.py", -1]
    assert not palette.isVisible()


def test_a_line_after_the_name_goes_along(palette: Palette, qtbot) -> None:
    palette.popup()
    qtbot.keyClicks(palette.field, "client.py:88")
    with qtbot.waitSignal(palette.file_chosen) as chosen:
        qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert chosen.args == ["src/client.py", 87]


def test_commands_show_their_keys_and_run_by_mouse(palette: Palette, qtbot) -> None:
    palette.popup(">keep")
    assert [(c.title, c.keys) for c in palette.choices()] == [
        ("Review: Keep this hunk", "Alt+Return")
    ]
    rect = palette.view.visualRect(palette.view.model().index(0, 0))
    with qtbot.waitSignal(palette.command_chosen) as chosen:
        qtbot.mouseClick(palette.view.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    assert chosen.args == ["review.keep"]


def test_symbols_are_asked_for_and_chosen(palette: Palette, qtbot) -> None:
    asked: list[str] = []
    palette.symbols_requested.connect(asked.append)
    palette.popup("@fe")
    assert asked[-1] == "fe"
    fetch = SymbolEntry("fetch", "function", "src/client.py", 11)
    palette.set_symbols([SymbolEntry("Cache", "class"), fetch])
    assert [(c.title, c.detail) for c in palette.choices()] == [("fetch", "src/client.py:12")]
    with qtbot.waitSignal(palette.symbol_chosen) as chosen:
        qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert chosen.args == [fetch]


@pytest.mark.parametrize("text", [":", ":0", ":x"])
def test_no_line_no_choice(palette: Palette, text: str) -> None:
    palette.popup(text)
    assert palette.choices() == ()


def test_a_line_and_a_question(palette: Palette, qtbot) -> None:
    palette.popup(":42")
    with qtbot.waitSignal(palette.line_chosen) as line:
        qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert line.args == [41]
    palette.popup("?why is it slow")
    with qtbot.waitSignal(palette.asked) as asked:
        qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert asked.args == ["why is it slow"]


def test_what_the_index_leaves_out_is_shown_by_reason_then_file_by_file(
    palette: Palette, qtbot
) -> None:
    left = [LeftOut(PurePosixPath(f"data/d{n}.bin"), "is binary") for n in range(4000)]
    left.append(LeftOut(PurePosixPath("keys/.env"), "cannot be read: Permission denied"))
    palette.set_left_out(["12 files are known"], left)
    palette.popup("!")
    assert titles(palette) == ["12 files are known", "is binary", "cannot be read"]
    assert palette.choices()[1].detail == "4,000 files, data/d0.bin and others"
    assert palette.view.currentIndex().row() == 1
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert palette.isVisible() and palette.field.text() == "!is binary"
    assert len(palette.choices()) == 4000
    palette.field.setText("!keys denied")
    assert titles(palette) == [".env"]
    with qtbot.waitSignal(palette.file_chosen) as chosen:
        qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert chosen.args == ["keys/.env", -1]


def test_the_palette_shows_whole_rows(look: Look, holder: QWidget) -> None:
    palette = Palette(look, holder)
    palette.set_files([f"src/file{n}.py" for n in range(50)])
    palette.popup("file")
    palette.layout().activate()
    row = palette.view.visualRect(palette.view.model().index(0, 0)).height()
    assert palette.view.viewport().height() == 12 * row
    palette.set_left_out(["7 files are known"], [LeftOut(PurePosixPath("a.bin"), "is binary")])
    palette.popup("!")
    palette.layout().activate()
    assert palette.view.viewport().height() == 2 * row
    assert palette.view.verticalScrollBar().maximum() == 0


def test_esc_leaves_the_palette(palette: Palette, qtbot) -> None:
    palette.popup()
    with qtbot.waitSignal(palette.dismissed):
        qtbot.keyClick(palette.field, Qt.Key.Key_Escape)
    assert not palette.isVisible()


def test_up_from_the_first_row_is_the_last(palette: Palette, qtbot) -> None:
    palette.popup(">")
    qtbot.keyClick(palette.field, Qt.Key.Key_Up)
    assert palette.view.currentIndex().row() == 1
