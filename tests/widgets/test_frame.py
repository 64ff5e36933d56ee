"""The frame: pages, panels, sizes that come back, and no overlap from small to large."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from widgets.frame import Frame
from widgets.look import Look


@pytest.fixture
def frame(look: Look, qtbot) -> Frame:
    frame = Frame(look)
    qtbot.addWidget(frame)
    frame.add_page("explorer", "files", "Explorer", QLabel("files"))
    frame.add_page("search", "search", "Search", QLabel("search"))
    frame.set_centre(QLabel("centre"))
    frame.set_right(QLabel("right"))
    frame.set_bottom(QLabel("bottom"))
    frame.set_status(QLabel("status"))
    frame.resize(1200, 800)
    frame.show()
    return frame


def test_the_button_of_the_shown_page_hides_the_dock_and_brings_it_back(
    frame: Frame, qtbot
) -> None:
    button = frame.activity._buttons["explorer"]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert not frame.panel_seen("left")
    assert not button.isChecked()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert frame.panel_seen("left")
    assert button.isChecked()


def test_another_page_comes_forward_and_says_so(frame: Frame, qtbot) -> None:
    with qtbot.waitSignal(frame.page_shown) as shown:
        qtbot.mouseClick(frame.activity._buttons["search"], Qt.MouseButton.LeftButton)
    assert shown.args == ["search"]


def test_the_switches_of_the_top_bar_show_and_hide_panels(frame: Frame, qtbot) -> None:
    with qtbot.waitSignal(frame.panel_shown) as shown:
        qtbot.mouseClick(frame.top._switches["bottom"], Qt.MouseButton.LeftButton)
    assert shown.args == ["bottom", True]
    assert frame.panel_seen("bottom")


def test_sizes_and_panels_come_back_from_plain_data(look: Look, frame: Frame, qtbot) -> None:
    frame.show_panel("right", True)
    frame._across.setSizes([300, 500, 354])
    frame.show_page("search")
    state = frame.save_state()
    assert all(isinstance(value, str | bool) for value in state.values())
    wanted = frame._across.sizes()
    frame._across.setSizes([160, 900, 330])
    frame.show_page("explorer")
    frame.show_panel("right", False)
    frame.restore_state(state)
    assert frame._across.sizes() == pytest.approx(wanted, abs=1)  # the handle's pixel
    assert frame.panel_seen("right")
    assert frame.save_state()["page"] == "search"


def test_a_broken_state_is_passed_over(frame: Frame) -> None:
    frame.restore_state({"across": "not base64 at all", "page": "gone", "left": "yes", "x": True})
    assert frame.panel_seen("left")


@pytest.mark.parametrize("size", [(900, 600), (1500, 940), (3840, 2160)])
def test_the_search_box_never_covers_its_neighbours(
    frame: Frame, qtbot, size: tuple[int, int]
) -> None:
    frame.top.show_project("a-project-with-quite-a-long-name")
    frame.top.show_branch("feature/that-goes-on-and-on")
    frame.top.show_agents(3)
    frame.resize(*size)
    qtbot.waitUntil(lambda: frame.width() == size[0])
    top = frame.top
    others: list[QWidget] = [top._project, top._branch, top._agents, *top._switches.values()]
    for other in others:
        assert not top.pill.geometry().intersects(other.geometry()), other.accessibleName()


def test_the_search_box_opens_by_mouse_and_by_key(frame: Frame, qtbot) -> None:
    with qtbot.waitSignal(frame.top.search_requested):
        qtbot.mouseClick(frame.top.pill, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(frame.top.search_requested):
        qtbot.keyClick(frame.top.pill, Qt.Key.Key_Return)


def test_in_a_narrow_window_the_dock_wished_for_last_stands_and_the_other_comes_back(
    frame: Frame, qtbot
) -> None:
    frame.show_panel("right", True)
    assert frame.panel_seen("left")
    frame.resize(700, 600)
    qtbot.waitUntil(lambda: frame.width() == 700)
    assert not frame.panel_seen("left")
    right = frame._docks["right"]
    qtbot.waitUntil(lambda: right.geometry().right() <= frame._across.width())
    qtbot.mouseClick(frame.activity._buttons["explorer"], Qt.MouseButton.LeftButton)
    assert frame.panel_seen("left")
    assert not frame.panel_seen("right")
    assert not frame.top._switches["right"].isChecked()
    assert frame.save_state()["right"] is True
    frame.resize(1200, 600)
    qtbot.waitUntil(lambda: frame.panel_seen("right"))
    assert frame.panel_seen("left")


@pytest.mark.parametrize("side", ["left", "right"])
def test_nothing_is_cut_off_in_the_smallest_window(frame: Frame, qtbot, side: str) -> None:
    frame.show_panel("right", True)
    frame.resize(frame.minimumSize())
    qtbot.waitUntil(lambda: frame.width() == frame.minimumWidth())
    frame.show_panel(side, True)
    dock = frame._docks[side]

    def whole() -> bool:
        ends = [w.mapTo(frame, w.rect().bottomRight()) for w in (frame._centre, dock)]
        wide = all(w.width() >= w.minimumWidth() for w in (frame._centre, dock))
        apart = not frame._down.geometry().intersects(dock.geometry())
        return wide and apart and all(frame.rect().contains(end) for end in ends)

    qtbot.waitUntil(whole)
