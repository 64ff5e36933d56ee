"""Tabs: order, dots, closing by mouse and key, preview; and the path above the editor."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt

from widgets.breadcrumbs import Breadcrumbs
from widgets.look import Look
from widgets.tabs import Tab, TabRow
from widgets.wordbutton import WordButton


@pytest.fixture
def row(look: Look, qtbot) -> TabRow:
    row = TabRow(look)
    qtbot.addWidget(row)
    for key in ("a.py", "b.py", "c.py"):
        row.show_tab(Tab(key, key), choose=True)
    row.resize(700, 36)
    row.show()
    return row


def centre(row: TabRow, index: int) -> QPoint:
    return row.bar.tabRect(index).center() - QPoint(20, 0)


def test_a_new_tab_stands_right_of_the_current_one(row: TabRow) -> None:
    row.choose("a.py")
    row.show_tab(Tab("new.py", "new.py"), choose=True)
    assert [tab.key for tab in row.tabs()] == ["a.py", "new.py", "b.py", "c.py"]
    assert row.current() == "new.py"


def test_choosing_by_mouse_is_said_and_by_the_owner_is_not(row: TabRow, qtbot) -> None:
    with qtbot.waitSignal(row.chosen) as chosen:
        qtbot.mouseClick(row.bar, Qt.MouseButton.LeftButton, pos=centre(row, 0))
    assert chosen.args == ["a.py"]
    with qtbot.assertNotEmitted(row.chosen):
        row.choose("b.py")
        row.remove("b.py")


@pytest.mark.parametrize("way", ["cross", "middle", "delete"])
def test_closing_is_a_wish_and_names_its_tab(row: TabRow, qtbot, way: str) -> None:
    with qtbot.waitSignal(row.close_requested) as closed:
        if way == "cross":
            at = row.bar.cross(1).center()
            qtbot.mouseClick(row.bar, Qt.MouseButton.LeftButton, pos=at)
        elif way == "middle":
            qtbot.mouseClick(row.bar, Qt.MouseButton.MiddleButton, pos=centre(row, 1))
        else:
            row.choose("b.py")
            qtbot.keyClick(row.bar, Qt.Key.Key_Delete)
    assert closed.args == ["b.py"]
    assert len(row.tabs()) == 3


def test_dragging_a_tab_reorders(row: TabRow, qtbot) -> None:
    start, end = centre(row, 0), row.bar.tabRect(2).center() + QPoint(30, 0)
    qtbot.mousePress(row.bar, Qt.MouseButton.LeftButton, pos=start)
    with qtbot.waitSignal(row.reordered) as moved:
        qtbot.mouseMove(row.bar, end)
    qtbot.mouseRelease(row.bar, Qt.MouseButton.LeftButton, pos=end)
    assert moved.args == [["b.py", "c.py", "a.py"]]


def test_ctrl_and_arrow_move_the_tab(row: TabRow, qtbot) -> None:
    row.choose("a.py")
    qtbot.keyClick(row.bar, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    assert [tab.key for tab in row.tabs()] == ["b.py", "a.py", "c.py"]


def test_a_changed_document_says_so_also_to_a_screen_reader(row: TabRow) -> None:
    row.set_modified("b.py", True)
    assert row.tabs()[1].modified
    assert row.bar.accessibleTabName(1) == "b.py, changed"
    picture = row.bar.grab().toImage()
    row.set_modified("b.py", False)
    assert row.bar.grab().toImage() != picture


def test_a_preview_is_in_italics_and_stays_after_a_double_click(row: TabRow, qtbot) -> None:
    row.show_tab(Tab("p.py", "p.py", preview=True), choose=True)
    at = centre(row, row.bar.currentIndex())
    with qtbot.waitSignal(row.preview_kept) as kept:
        qtbot.mouseDClick(row.bar, Qt.MouseButton.LeftButton, pos=at)
    assert kept.args == ["p.py"]


def test_step_goes_round_the_end(row: TabRow, qtbot) -> None:
    row.choose("c.py")
    with qtbot.waitSignal(row.chosen) as chosen:
        row.step(1)
    assert chosen.args == ["a.py"]


def test_the_list_of_all_tabs_brings_one_forward(row: TabRow, qtbot) -> None:
    menu = row.list_menu()
    assert [action.text() for action in menu.actions()] == ["a.py", "b.py", "c.py"]
    with qtbot.waitSignal(row.chosen) as chosen:
        menu.actions()[0].trigger()
    assert chosen.args == ["a.py"]
    menu.close()


def test_the_path_has_a_button_for_every_part(look: Look, qtbot) -> None:
    crumbs = Breadcrumbs(look)
    qtbot.addWidget(crumbs)
    crumbs.show_path("src/atlas/client.py")
    crumbs.show_symbols([("class", "Client"), ("method", "fetch")])
    crumbs.show()
    buttons = [b for b in crumbs.findChildren(WordButton) if not b.isHidden()]
    assert [b.text() for b in buttons] == ["src", "atlas", "client.py", "Client", "fetch"]
    with qtbot.waitSignal(crumbs.folder_requested) as folder:
        qtbot.mouseClick(buttons[1], Qt.MouseButton.LeftButton)
    assert folder.args[0] == "src/atlas"
    with qtbot.waitSignal(crumbs.symbol_requested) as symbol:
        qtbot.keyClick(buttons[4], Qt.Key.Key_Space)
    assert symbol.args[0] == "fetch"
